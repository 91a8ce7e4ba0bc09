package checks

// Where observers write facts down.

import (
	"hash/maphash"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/rules"
)

// maxFacts bounds the facts one check may note of one comune, so that a hostile
// site cannot fill the store.
const maxFacts = 150

// Notes collects the facts of one comune, for all checks; its zero value with
// the Comune is ready. It is not safe for concurrent use.
type Notes struct {
	Comune registry.Comune

	left  finding.Packed // facts of the pages left
	facts []finding.Fact // all, those left among them; none while no page is shown
	seed  maphash.Seed
	seen  map[uint64]int // index of a fact with that hash
	count map[string]int
	own   map[string]bool // words of the comune's name, which snippets may keep
	look  *rules.Look     // of the page being shown
	shown *page.Page

	showings map[showing]bool
	atHome   atHome
	abroad   []uint64 // addresses off the site that the home page links, hashed
}

// showing is that a page was shown to what several checks share.
type showing struct{ who, asked, final string }

// Add notes a fact, cleaned. A fact noted before, or beyond the bound of its
// check, is left out.
func (n *Notes) Add(f finding.Fact) {
	f = finding.NewFact(f)
	n.unpack()
	hash := maphash.Comparable(n.seed, f)
	at, known := n.seen[hash]
	if n.count[f.Check] >= maxFacts || known && (n.facts[at] == f || slices.Contains(n.facts, f)) {
		return
	}
	if !known {
		n.seen[hash] = len(n.facts)
	}
	f.Value, f.Snippet = strings.Clone(f.Value), strings.Clone(f.Snippet) // cut from the text of a page, which they would keep
	n.count[f.Check]++
	n.facts = append(n.facts, f)
}

// linkHome remembers where the home page leads off the site.
func (n *Notes) linkHome(p *page.Page) {
	n.unpack()
	for i := range p.Links {
		if address := p.Links[i].URL; address != "" && !sameSite(address, p.FinalURL) {
			n.abroad = append(n.abroad, maphash.String(n.seed, address))
		}
	}
}

// linkedHome tells whether the home page leads there too.
func (n *Notes) linkedHome(address string) bool {
	n.unpack()
	return slices.Contains(n.abroad, maphash.String(n.seed, address))
}

// Facts lists what was noted, in order.
func (n *Notes) Facts() []finding.Fact {
	n.unpack()
	return n.facts[:len(n.facts):len(n.facts)]
}

// unpack has the facts of the pages left at hand again.
func (n *Notes) unpack() {
	if n.seen != nil {
		return
	}
	if n.count == nil {
		n.seed, n.count = maphash.MakeSeed(), map[string]int{}
	}
	room := n.left.Len() + roomForPage
	n.facts, n.seen = make([]finding.Fact, 0, room), make(map[uint64]int, room)
	for f := range n.left.All() {
		n.seen[maphash.Comparable(n.seed, f)] = len(n.facts)
		n.facts = append(n.facts, f)
	}
}

// roomForPage is how many facts a page mostly adds at the most.
const roomForPage = 48

// Packed is what Facts lists; the page that was shown last is forgotten, as by Leave.
func (n *Notes) Packed() finding.Packed {
	n.Leave()
	return n.left
}

// lookAt prepares a page for matching, once for all checks it is shown to, and
// notes a page from which nothing may be called absent although it arrived whole.
func (n *Notes) lookAt(p *page.Page) *rules.Look {
	if n.shown != p {
		n.look, n.shown = rules.NewLook(p), p
		if thin(p) {
			f := finding.Fact{Check: pageFacts, Kind: factThin, URL: p.FinalURL, Depth: p.Depth, Snippet: p.Title}
			if bareSignIn(p) {
				f.Value = thinSignIn
			}
			n.Add(f)
		}
		if p.Depth == 0 {
			n.noteEntrance(p)
		}
	}
	return n.look
}

// Leave forgets the page that was shown last; what was noted of it is packed. A visit
// spends its time waiting, and would keep that page and all that was made of it.
func (n *Notes) Leave() {
	if n.seen != nil {
		n.left.Append(n.facts[n.left.Len():]...)
	}
	n.look, n.shown, n.facts, n.seen = nil, nil, nil, nil
}

// pageFacts stands in place of a check in facts that concern all of them.
const pageFacts = "page"

// factThin is the kind of fact of a page that shows too little of itself;
// thinSignIn its value where that is all a sign-in has to show.
const (
	factThin   = "thin"
	thinSignIn = "sign-in"
)

// bareSignIn tells a small page that the server sent as a form for a password
// with words of its own: no shell, for nothing else need come. A frame may hold
// more.
func bareSignIn(p *page.Page) bool {
	form := asksPassword(p)
	return p.Depth > 0 && form != nil && form.Text != "" && len(p.Frames) == 0 && !p.Frameset
}

// Bounds below which a page is taken for a shell or a fragment: real pages of
// comuni have a menu and some words.
const (
	thinLinks = 5
	thinText  = 100 // bytes
)

// thin tells a page that is a shell or a fragment, whatever the reason: its
// links are elsewhere, so what is not on it proves nothing.
func thin(p *page.Page) bool {
	return len(p.Links) < thinLinks || len(p.Folded) < thinText || p.Depth == 0 && p.Title == ""
}

// keepWords are the words a snippet of this comune may keep: its own name and
// the words of a field, which all comuni share.
func (n *Notes) keepWords(words map[string]bool) []map[string]bool {
	if n.own == nil {
		n.own = publicNames(n.Comune, "")
	}
	return []map[string]bool{n.own, words}
}

// Bears tells whether facts that stand under a name bear on a check: its own, those of
// the sign-in, and those that concern all.
func Bears(name, check string) bool {
	switch name {
	case check, pageFacts:
		return true
	case loginFacts:
		return check == spidID || check == cieID || check == eidasID || check == legacyLoginID
	}
	return false
}
