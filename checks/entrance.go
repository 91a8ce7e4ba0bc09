package checks

// Home pages that are not the site: an entrance to it, a chooser of languages, a
// notice of a move, or what somebody else has put under a name that ran out. They
// arrive whole, and what is not on them proves nothing.

import (
	"regexp"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
)

// factEntrance is the kind of fact of such a page; its Value tells why.
const (
	factEntrance = "entrance"
	fewWays      = "few_links" // hardly any link leads into the site
	nameless     = "nameless"  // it names neither the comune nor any
)

// fewestWays is how many different ways into its site a home page has at the
// least: those of comuni have dozens, a chooser of languages four.
const fewestWays = 5

// noteEntrance notes a home page that is not the site.
func (n *Notes) noteEntrance(p *page.Page) {
	why := ""
	switch {
	case waysIn(p) < fewestWays:
		why = fewWays
	case n.Comune.Name != "" && !namesComune(p, n.Comune) && !ofAComune(p):
		why = nameless
	default:
		return
	}
	n.Add(finding.Fact{Check: pageFacts, Kind: factEntrance, Value: why, URL: p.FinalURL, Snippet: p.Title})
}

// waysIn counts the different ways that lead from a page into its own site, to
// fewestWays; what a script opens may be one.
func waysIn(p *page.Page) int {
	seen := map[string]bool{p.FinalURL: true}
	n := 0
	for i := range p.Links {
		l := &p.Links[i]
		way := l.URL
		switch {
		case scripted(*l):
			way = l.Href + l.OnClick
		case way == "" || !sameSite(way, p.FinalURL):
			continue
		}
		if seen[way] {
			continue
		}
		seen[way] = true
		if n++; n == fewestWays {
			break
		}
	}
	return n
}

// leastWord is the length in bytes of a word of a name that is told from others.
const leastWord = 4

// namesComune tells whether a page names the comune, by any longer word of its
// names in any language: in its text, in what stands for a picture, or in an
// address that is not its own host's, which may have been bought with the name.
func namesComune(p *page.Page, c registry.Comune) bool {
	words := nameWords(append([]string{c.Name}, c.Aliases...))
	hasWord := func(folded string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return holdsWord(folded, w) })
	}
	holds := func(address string) bool {
		address = strings.ToLower(address)
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(address, w) })
	}
	if hasWord(page.Fold(p.Title)) || hasWord(p.Folded) {
		return true
	}
	for _, m := range p.Metas {
		if hasWord(page.Fold(m.Content)) {
			return true
		}
	}
	for _, i := range p.Images {
		if hasWord(page.Fold(i.Alt)) || holds(pathOf(i.Src)) {
			return true
		}
	}
	return slices.ContainsFunc(p.Links, func(l page.Link) bool {
		if sameSite(l.URL, p.FinalURL) {
			return hasWord(l.Folded) || holds(pathOf(l.URL))
		}
		return hasWord(l.Folded) || holds(l.Href)
	})
}

// nameWords are the longer words of names, folded; where a name has none, all of it.
func nameWords(names []string) []string {
	var out []string
	for _, name := range names {
		all := strings.FieldsFunc(page.Fold(name), notLetter)
		long := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return len(w) < leastWord })
		if len(long) == 0 {
			long = all
		}
		out = append(out, long...)
	}
	return out
}

// holdsWord tells whether a word stands in a folded text by itself.
func holdsWord(folded, word string) bool {
	for at := 0; ; at++ {
		i := strings.Index(folded[at:], word)
		if i < 0 {
			return false
		}
		at += i
		end := at + len(word)
		if (at == 0 || !isLetter(folded[at-1])) && (end == len(folded) || !isLetter(folded[end])) {
			return true
		}
	}
}

func isLetter(b byte) bool { return b >= 'a' && b <= 'z' }

// ofAComune tells a page that speaks of a comune, whatever it is called: its name
// may stand in a picture alone.
func ofAComune(p *page.Page) bool {
	return titledComune.MatchString(page.Fold(p.Title)) || spokenOfComune.MatchString(p.Folded)
}

var (
	titledComune = regexp.MustCompile(`\bcomun(e|i|al[ei])?\b|\bmunicip|\bgemeinde|\bcommune\b|\bmairie\b|\bobcin|\bchemun`)
	// "comune" alone is an adjective too
	spokenOfComune = regexp.MustCompile(`\b(il|del|al|dal|sul) comune\b|\bcomune (di|d')|\bamministrazione (comunale|trasparente)|\balbo pretorio|\bmunicip|\bsindac[oa]\b|\bgemeinde|\bburgermeister|\bcommune d|\bmairie\b|\bobcin|\bzupan|\bchemun`)
)
