package checks

// The links worth following. Interests are shared between checks by id, so that
// a page two checks want is fetched once.

import (
	"strings"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

// Ids of the interests; must_read names them.
const (
	accessibilityPage = "accessibility-page"
	legalNotes        = "legal-notes"
	transparencyPage  = "transparency"
	organisationPage  = "at-organisation"
	rtdPage           = "rtd-page"
	furtherData       = "at-further-data" // Amministrazione trasparente, Altri contenuti, Dati ulteriori
)

// ranks are the priorities of the strengths.
var ranks = map[rules.Strength]int{rules.Strong: 30, rules.Medium: 20, rules.Weak: 10}

// interest is the interest whose links the rules of rules/interests.yaml with
// that id as their value describe, at most hops clicks from the home page.
func (b *builder) interest(id string, hops int) page.Interest {
	if b.words == nil {
		b.words = b.rules("interests")
	}
	set := b.words.Valued(id)
	i := page.Interest{ID: id, MaxHops: hops, Match: func(l page.Link) int {
		if l.Depth >= hops {
			return 0 // what stands deeper is not part of the question
		}
		return rank(set, l)
	}}
	if id == transparencyPage || id == organisationPage {
		return atSuppliers(i)
	}
	return i
}

// supplierPages are the pages of one part of Amministrazione Trasparente that
// are read at a supplier's.
const supplierPages = 2

// atSuppliers lets an interest in Amministrazione Trasparente lead off the site,
// for many comuni have it on their supplier's host; what is on the site itself
// comes first.
func atSuppliers(i page.Interest) page.Interest {
	match := i.Match
	i.CrossHost, i.OffSite = true, supplierPages
	i.Match = func(l page.Link) int {
		best := match(l)
		if best > 1 && !onSite(l) {
			best -= 2
		}
		return best
	}
	return i
}

// within narrows an interest to the links that keep accepts.
func within(i page.Interest, keep func(page.Link) bool) page.Interest {
	match := i.Match
	i.Match = func(l page.Link) int {
		best := match(l) // nearly always 0, and cheaper than the narrowing
		if best == 0 || !keep(l) {
			return 0
		}
		return best
	}
	return i
}

// rank is the priority of a link by its best rule; a link in the header or the
// footer comes before one of the same strength elsewhere.
func rank(set *rules.Set, l page.Link) int {
	if l.URL == "" && !scripted(l) {
		return 0
	}
	best := 0
	for _, h := range set.MatchLink(l) {
		best = max(best, ranks[h.Rule.Strength])
	}
	if best > 0 && (l.Place == page.PlaceFooter || l.Place == page.PlaceHeader) {
		best += 5
	}
	return best
}

// scripted tells a link without an address that a script may follow all the
// same: nobody can read what is behind it, and nobody may call it absent.
func scripted(l page.Link) bool {
	href := strings.ToLower(strings.TrimSpace(l.Href))
	return l.URL == "" && (l.OnClick != "" || strings.HasPrefix(href, "javascript:") && !idleScript(href))
}

// onSite tells whether a link stays on the site of the page it stands on.
func onSite(l page.Link) bool { return l.Page == "" || l.URL == "" || sameSite(l.Page, l.URL) }
