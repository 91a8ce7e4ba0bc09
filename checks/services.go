package checks

// The page that lists the comune's services: several checks look for their
// evidence there, so it is one interest.

import (
	"slices"
	"strings"

	"github.com/vigile-it/vigile/crawler/page"
)

// servicesPage is the id of the interest in the page that lists the services.
const servicesPage = "services"

// services is that interest, one click from the home page.
func (b *builder) services() page.Interest {
	set := b.rules("services")
	return within(page.Interest{ID: servicesPage, MaxHops: 1, Match: func(l page.Link) int {
		if l.Depth > 0 {
			return 0
		}
		return rank(set, l)
	}}, func(l page.Link) bool { return onSite(l) && !documentFile(l.URL) })
}

// socialHosts are where share buttons and profiles lead: never the comune's own
// services, whatever the rest of the address says.
var socialHosts = []string{"facebook.com", "twitter.com", "x.com", "linkedin.com", "whatsapp.com", "wa.me", "t.me", "telegram.me", "instagram.com", "youtube.com", "pinterest.com", "tiktok.com"}

// social tells an address on a social network.
func social(address string) bool {
	host := hostOf(address)
	return slices.ContainsFunc(socialHosts, func(s string) bool { return host == s || strings.HasSuffix(host, "."+s) })
}
