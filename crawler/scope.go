package crawler

// Which addresses belong to the site being looked at. Registrable domains do
// not help here: comune.milano.it is one by itself (milano.it is a public
// suffix), and a vendor's host carries many comuni side by side.

import (
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// scope is the set of places that are the comune's own.
type scope struct{ places []place }

// place is one host of the site, with the part of it that is the tenant's.
type place struct {
	host   string // without www.
	prefix string // "/bonefro/" on a shared host; empty: the whole host
}

// add makes the site's own what stands at that address: the host with its
// www/bare twin and its subdomains or, on a host that is shared, the tenant's
// path alone.
func (s *scope) add(u *url.URL) {
	p := place{host: siteHost(u), prefix: tenantPath(u)}
	if p.host != "" && !slices.Contains(s.places, p) {
		s.places = append(s.places, p)
	}
}

// tenant tells whether a part of the site is set apart by its path.
func (s *scope) tenant() bool {
	return slices.ContainsFunc(s.places, func(p place) bool { return p.prefix != "" })
}

// contains tells whether an address is the site's own.
func (s *scope) contains(u *url.URL) bool {
	host := siteHost(u)
	for _, p := range s.places {
		if host == p.host && (p.prefix == "" || strings.HasPrefix(u.EscapedPath()+"/", p.prefix)) {
			return true
		}
		if p.prefix == "" && isSubdomain(host, p.host) {
			return true
		}
	}
	return false
}

// key identifies a document whatever its scheme and its www., for a site
// answers the same under all of them; on other hosts only the scheme is left out.
func (s *scope) key(u *url.URL) string {
	host := u.Host
	if s.contains(u) {
		host = siteHost(u)
	}
	p := u.EscapedPath()
	if p == "" {
		p = "/"
	}
	if u.RawQuery != "" {
		p += "?" + u.RawQuery
	}
	return host + p
}

// siteHost is the host name without www. and without port. Under an IP address
// the port is kept: each is a site of its own there.
func siteHost(u *url.URL) string {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if isAddress(host) {
		return u.Host
	}
	return strings.TrimPrefix(host, "www.")
}

func isAddress(host string) bool {
	if last := len(host) - 1; last < 0 || (host[last] < '0' || host[last] > '9') && !strings.Contains(host, ":") {
		return false // nearly all; the parser would make an error of each
	}
	_, err := netip.ParseAddr(host)
	return err == nil
}

// isSubdomain tells whether host lies below parent, where parent is a name that
// somebody registered and not a suffix under which anybody may.
func isSubdomain(host, parent string) bool {
	if isAddress(parent) || !strings.HasSuffix(host, "."+parent) {
		return false
	}
	suffix, _ := publicsuffix.PublicSuffix(parent)
	return suffix != parent || strings.HasPrefix(parent, "comune.")
}

// ownNames begin the hosts that a comune has to itself, so that a path on them
// is a part of its site and no tenant's.
var ownNames = []string{"comune.", "comunedi", "comune-", "comunidi", "gemeinde.", "commune.", "citta.", "cittadi"}

// plainSegments are first path segments that any software may put there.
var plainSegments = map[string]bool{
	"it": true, "it-it": true, "ita": true, "de": true, "en": true, "home": true, "hh": true, "zf": true, "sito": true, "site": true, "web": true,
	"www": true, "portal": true, "portale": true, "cms": true, "joomla": true, "wordpress": true, "wp": true, "drupal": true,
	"openweb": true, "myportal": true, "public": true,
}

// tenantPath is the path that sets one comune apart on a host that carries
// several ("/c058023/" of www.halleyweb.com/c058023/hh/index.php), or "".
func tenantPath(u *url.URL) string {
	host := siteHost(u)
	for _, own := range ownNames {
		if strings.HasPrefix(host, own) {
			return ""
		}
	}
	first, rest, more := strings.Cut(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	if first == "" || plainSegments[strings.ToLower(first)] || (!more && rest == "" && path.Ext(first) != "") {
		return ""
	}
	return "/" + first + "/"
}

// twin is the same address with www. added or taken away; false where a host
// has no such twin.
func twin(u *url.URL) (*url.URL, bool) {
	if isAddress(u.Hostname()) || u.Port() != "" || !strings.Contains(u.Hostname(), ".") {
		return nil, false
	}
	t := *u
	if bare, ok := strings.CutPrefix(u.Host, "www."); ok {
		t.Host = bare
	} else {
		t.Host = "www." + u.Host
	}
	return &t, true
}

// sameSite tells whether two addresses stand under one registrable domain. A
// host without one (an IP address, a bare suffix) is its own.
func sameSite(a, b *url.URL) bool { return registrable(a) == registrable(b) }

func registrable(u *url.URL) string {
	host := siteHost(u)
	if isAddress(u.Hostname()) {
		return u.Hostname()
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}
