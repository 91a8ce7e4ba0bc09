package crawler

// The frontier: every link seen, ranked against what is wanted now.

import (
	"cmp"
	"net/url"
	"slices"

	"github.com/vigile-it/vigile/crawler/page"
)

// Bounds on what one visit remembers.
const (
	maxTargets  = 20_000 // addresses
	maxVariants = 6      // differing links to one address
	maxAsked    = 200    // interests
	patience    = 5      // fetches for one interest before it is the others' turn
)

// frontier holds the links of all pages read and what became of each address.
type frontier struct {
	scope    *scope
	asked    []page.Interest     // every interest ever heard of, in the order it was
	index    map[string]int      // of asked, by id
	broken   []bool              // by interest: its Match panicked
	tries    []int               // by interest: fetches made for it
	away     []int               // by interest: those of them off the site's own hosts
	targets  map[string]*target  // by key
	spelt    map[string]*target  // by address as links have it, where that is dear to locate
	sites    map[string]standing // by host and port
	order    []*target           // as first seen
	fresh    []target            // made and not used yet
	shelf    shelf               // of the links seen
	key      []byte              // one being looked up
	outcomes map[string]outcome
	overflow bool // links were left out
	fault    func(what string, v any)
}

// outcome is what came of fetching one address.
type outcome struct {
	reach page.Reach
	whole bool   // absence may be concluded from it
	final string // the document that was read
	home  bool   // it is the home page
	void  bool   // it was found to hold no page of the site: nothing could have been named there
	depth int
}

func newFrontier(s *scope, fault func(string, any)) *frontier {
	return &frontier{
		scope: s, index: map[string]int{}, targets: map[string]*target{}, spelt: map[string]*target{}, sites: map[string]standing{},
		outcomes: map[string]outcome{}, fault: fault,
	}
}

// ask makes the interests known. An id names one Match for the whole visit: the
// first heard counts.
func (f *frontier) ask(wanted []page.Interest) {
	before := len(f.asked)
	for _, i := range wanted {
		if _, known := f.index[i.ID]; known || i.ID == "" || i.ID == page.Home || i.Match == nil || len(f.asked) == maxAsked {
			continue
		}
		f.index[i.ID] = len(f.asked)
		f.asked = append(f.asked, i)
		f.broken = append(f.broken, false)
		f.tries = append(f.tries, 0)
		f.away = append(f.away, 0)
	}
	if len(f.asked) == before {
		return
	}
	defer f.shelf.fold()
	for _, t := range f.order {
		for seen := range t.links {
			l := f.shelf.take(seen, t.url)
			for n := before; n < len(f.asked); n++ {
				f.weigh(t, &l, f.shelf.depth(seen), n)
			}
		}
	}
}

// add takes in the links of a page that was read.
func (f *frontier) add(links []page.Link, depth int) {
	f.shelf.begin(links, depth)
	defer f.shelf.end()
	for i := range links {
		f.addLink(&links[i], depth)
	}
}

// choice is an address to fetch next and the interests it would serve.
type choice struct {
	*target
	ids      []string
	turns    int // had by the interest it serves that had the fewest
	priority int
	wait     int // of the interest it serves that waits least
}

// next is the best address not tried yet: what waits least first, then the
// highest priority, then the fewest clicks, then footer and header, then by
// address, so that two visits of one site read the same pages. Interests take
// turns of a few fetches, so that one with many candidates does not starve the
// rest. Nil when nothing is left.
func (f *frontier) next(wanted []page.Interest) *choice {
	var best *choice
	for _, t := range f.order {
		if c := f.consider(t, wanted); c != nil && (best == nil || better(c, best)) {
			best = c
		}
	}
	return best
}

// consider is what fetching the target would serve, nil where nothing.
func (f *frontier) consider(t *target, wanted []page.Interest) *choice {
	if t.url == "" || t.rare == nil || len(t.rare.ranks) == 0 {
		return nil
	}
	var c *choice
	for _, i := range wanted {
		n, known := f.index[i.ID]
		if !known || !t.own && !f.mayGo(n) {
			continue
		}
		priority := t.rank(n).priority
		if priority == 0 {
			continue
		}
		if c == nil {
			if f.done(t) {
				return nil
			}
			c = &choice{target: t, wait: i.Wait}
		}
		turns := f.tries[n] / patience
		switch {
		case len(c.ids) == 0 || turns < c.turns:
			c.turns, c.priority = turns, priority
		case turns == c.turns:
			c.priority = max(c.priority, priority)
		}
		c.wait = min(c.wait, i.Wait)
		c.ids = append(c.ids, i.ID)
	}
	if c == nil {
		return nil
	}
	slices.Sort(c.ids)
	c.ids = slices.Compact(c.ids)
	return c
}

// done tells whether an address was tried, or must never be. Most addresses are
// wanted by nobody, so this is asked only of one that is.
func (f *frontier) done(t *target) bool {
	if _, tried := f.outcomes[t.key]; tried {
		return true
	}
	r := t.more()
	if !r.vetted {
		r.vetted = true
		if u, err := url.Parse(t.url); err == nil {
			r.u, r.refused = u, trap(u)
		} else {
			r.refused = trapBroken
		}
	}
	return r.refused != ""
}

func better(a, b *choice) bool {
	return cmp.Or(cmp.Compare(a.wait, b.wait), cmp.Compare(a.turns, b.turns), cmp.Compare(b.priority, a.priority), cmp.Compare(a.depth, b.depth),
		cmp.Compare(a.placed, b.placed), cmp.Compare(a.url, b.url)) < 0
}

// mayLeave tells whether a redirect of this choice may lead off the site: only
// where an interest it serves allows that.
func (f *frontier) mayLeave(ids []string) bool {
	return slices.ContainsFunc(ids, func(id string) bool {
		n, known := f.index[id]
		return known && f.mayGo(n)
	})
}

// mayGo tells whether an interest may still lead off the site's own hosts.
func (f *frontier) mayGo(n int) bool {
	i := f.asked[n]
	return i.CrossHost && (i.OffSite == 0 || f.away[n] < i.OffSite)
}

// wentAway counts a fetch that was made, or ended, off the site's own hosts.
func (f *frontier) wentAway(ids []string) {
	for _, id := range ids {
		if n, known := f.index[id]; known {
			f.away[n]++
		}
	}
}

// tried counts a fetch against the interests it was made for.
func (f *frontier) tried(ids []string) {
	for _, id := range ids {
		if n, known := f.index[id]; known {
			f.tries[n]++
		}
	}
}

// settle records what came of an address and of those it was reached by. A
// document read whole is never overwritten.
func (f *frontier) settle(o outcome, addresses ...string) {
	for _, a := range addresses {
		u, err := url.Parse(a)
		if err != nil || a == "" {
			continue
		}
		key := f.scope.key(u)
		if old, known := f.outcomes[key]; known && (old.whole || old.home) {
			continue
		}
		f.outcomes[key] = o
	}
}

// outcome is what is known of an address.
func (f *frontier) outcome(u *url.URL) (outcome, bool) {
	o, known := f.outcomes[f.scope.key(u)]
	return o, known
}

// unserved lists the wanted interests for which no address is known.
func (f *frontier) unserved(wanted []page.Interest) []page.Interest {
	var without []page.Interest
	for _, i := range wanted {
		n, known := f.index[i.ID]
		if known && !slices.ContainsFunc(f.order, func(t *target) bool { return t.serves(n) }) {
			without = append(without, i)
		}
	}
	return without
}
