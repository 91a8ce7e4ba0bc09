package rules

// The literals of many sets, searched for together: what a page says is read
// once, however many rules there are.

import (
	"io/fs"
	"sync"
	"sync/atomic"
)

// A Lexicon holds the literals of the sets loaded through it, by the place they
// are looked for in. Sets that look at the same pages belong in one: a place is
// then searched once for all of them. The zero value is ready; it is safe for
// concurrent use, and its sets are immutable.
type Lexicon struct {
	mu     sync.Mutex
	sets   map[string]*Set // by file name
	closed atomic.Bool     // something has been searched for: the scanners stand

	places   map[hayKey]int // index into scanners
	scanners []*scanner
	tasters  sync.Pool // of *taster, for links asked about one by one
}

// Load is the function Load for a set that shares this lexicon. A file loaded
// before is the same set again. What is loaded after the first search gets a
// lexicon of its own.
func (x *Lexicon) Load(fsys fs.FS, name string) (*Set, error) {
	x.mu.Lock()
	s := x.sets[name]
	x.mu.Unlock()
	if s != nil {
		return s, nil
	}
	s, err := Load(fsys, name)
	if err != nil {
		return nil, err
	}
	return x.take(name, s), nil
}

// Parse is the function Parse for a set that shares this lexicon, unless the
// first search has been made.
func (x *Lexicon) Parse(name string, data []byte) (*Set, error) {
	s, err := Parse(name, data)
	if err != nil {
		return nil, err
	}
	return x.take(name, s), nil
}

func (x *Lexicon) take(name string, s *Set) *Set {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed.Load() {
		return s
	}
	s.lex = x
	if x.sets == nil {
		x.sets = map[string]*Set{}
	}
	x.sets[name] = s
	return s
}

// part is one single place a rule looks in, with the ids its literals have in
// the scanner of that place.
type part struct {
	place
	id     int     // of the place in the lexicon
	lits   []int32 // in the order of the rule
	link   bool    // part of a link
	runs   bool    // one long run of text
	window int     // bytes each side of a literal that the rule sees
}

// ready builds the scanners from all sets, once.
func (x *Lexicon) ready() {
	if x.closed.Load() {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed.Load() {
		return
	}
	x.places = map[hayKey]int{}
	for _, s := range x.sets {
		x.index(s)
	}
	for _, sc := range x.scanners {
		sc.build()
	}
	x.closed.Store(true)
}

// index gives every literal of a set its number.
func (x *Lexicon) index(s *Set) {
	for _, r := range s.rules {
		r.parts = r.parts[:0]
		for _, at := range r.places {
			for _, single := range at.parts() {
				r.parts = append(r.parts, x.part(r, single))
			}
		}
	}
}

func (x *Lexicon) part(r *Rule, at place) part {
	key := hayKey{at, r.Exact}
	id, known := x.places[key]
	if !known {
		id = len(x.scanners)
		x.places[key] = id
		x.scanners = append(x.scanners, &scanner{ids: map[string]int32{}})
	}
	p := part{place: at, id: id, link: at.ofLink(), runs: at.running(), window: r.Window}
	if p.window == 0 {
		p.window = itemWindow
		if p.runs {
			p.window = textWindow
		}
	}
	for _, lit := range r.folded[at.folding()].literals {
		p.lits = append(p.lits, x.scanners[id].id(lit))
	}
	return p
}
