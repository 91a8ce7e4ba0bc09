package rules

// The literals of many sets, searched for together: what a page says is read
// once, however many rules there are.

import (
	"io/fs"
	"slices"
	"strings"
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

// scanner finds every occurrence of many literals in one reading. A filter of
// four-byte beginnings says at once where none begins.
type scanner struct {
	lits  []string         // by id
	ids   map[string]int32 // of lits
	pairs []int32          // literals of two bytes, too short for the filter
	bits  [1024]uint64     // the filter, a bit a hash
	heads []head           // hash table, open addressing
	kin   []kin            // literals by head
	mask  uint32
}

// kin is a literal with its bytes from the fifth to the eighth, as many as it
// has: most that share a beginning part ways there.
type kin struct {
	id         int32
	tail, mask uint32
}

// head is a beginning that literals share: those of kin[from:to].
type head struct {
	bytes    uint32
	from, to uint32 // from == to: a free entry
}

const (
	headLen   = 4
	headPrime = 2654435761
)

func (sc *scanner) id(lit string) int32 {
	if id, ok := sc.ids[lit]; ok {
		return id
	}
	id := int32(len(sc.lits))
	sc.lits = append(sc.lits, lit)
	sc.ids[lit] = id
	return id
}

// build fills the filter and the table. A literal of three bytes stands under
// every fourth byte that can follow it.
func (sc *scanner) build() {
	kins := map[uint32][]kin{}
	for i, lit := range sc.lits {
		switch {
		case len(lit) < headLen-1:
			sc.pairs = append(sc.pairs, int32(i))
		case len(lit) == headLen-1:
			for last := range 256 {
				h := uint32(lit[0]) | uint32(lit[1])<<8 | uint32(lit[2])<<16 | uint32(last)<<24
				kins[h] = append(kins[h], kin{id: int32(i)})
			}
		default:
			h := headOf(lit)
			tail, mask := tailOf(lit[headLen:])
			kins[h] = append(kins[h], kin{int32(i), tail, mask})
		}
	}
	size := 16
	for size < 2*len(kins) {
		size *= 2
	}
	sc.heads, sc.mask = make([]head, size), uint32(size-1)
	for h, ids := range kins {
		hash := h * headPrime
		sc.bits[hash>>22] |= 1 << (hash >> 16 & 63)
		at := hash >> 8 & sc.mask
		for sc.heads[at].to > 0 {
			at = (at + 1) & sc.mask
		}
		sc.heads[at] = head{h, uint32(len(sc.kin)), uint32(len(sc.kin) + len(ids))}
		sc.kin = append(sc.kin, ids...)
	}
}

// tailOf is up to four bytes of s as a word, and which of its bits they fill.
func tailOf(s string) (tail, mask uint32) {
	for i := range min(len(s), headLen) {
		tail |= uint32(s[i]) << (8 * i)
		mask |= 0xff << (8 * i)
	}
	return tail, mask
}

func headOf(s string) uint32 {
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// scan tells found every occurrence of every literal, those of one literal in
// order.
func (sc *scanner) scan(s string, found func(lit int32, at int)) {
	for _, id := range sc.pairs {
		for at, lit := 0, sc.lits[id]; ; at++ {
			i := strings.Index(s[at:], lit)
			if i < 0 {
				break
			}
			at += i
			found(id, at)
		}
	}
	if len(s) < headLen-1 {
		return
	}
	w := uint32(s[0])<<8 | uint32(s[1])<<16 | uint32(s[2])<<24
	for i := headLen - 1; i < len(s); i++ {
		w = w>>8 | uint32(s[i])<<24
		hash := w * headPrime
		if sc.bits[hash>>22]&(1<<(hash>>16&63)) != 0 {
			sc.verify(s, i-headLen+1, w, found)
		}
	}
	w >>= 8 // the last three bytes, with nothing after them
	if hash := w * headPrime; sc.bits[hash>>22]&(1<<(hash>>16&63)) != 0 {
		sc.verify(s, len(s)-headLen+1, w, found)
	}
}

// verify compares the literals that begin like s[at:] does.
func (sc *scanner) verify(s string, at int, w uint32, found func(lit int32, at int)) {
	for i := w * headPrime >> 8 & sc.mask; ; i = (i + 1) & sc.mask {
		h := &sc.heads[i]
		switch {
		case h.to == 0:
			return
		case h.bytes != w:
			continue
		}
		next := uint32(0)
		if at+2*headLen <= len(s) {
			next = headOf(s[at+headLen:])
		} else if at+headLen < len(s) {
			next, _ = tailOf(s[at+headLen:])
		}
		for _, k := range sc.kin[h.from:h.to] {
			if (next^k.tail)&k.mask == 0 && strings.HasPrefix(s[at:], sc.lits[k.id]) {
				found(k.id, at)
			}
		}
		return
	}
}

// seen is where the literals of one place stand in its hay: a chain of
// occurrences by literal.
type seen struct {
	first []int32 // by literal: index into at, 0 where it is nowhere
	at    []occurrence
}

type occurrence struct {
	pos  int32 // in the hay
	next int32 // index of the next one of the same literal, 0 at the end
}

// maxOccurrences bounds what is kept of one literal in one place.
const maxOccurrences = 20_000

func (sc *scanner) see(text string) *seen {
	v := &seen{first: make([]int32, 2*len(sc.lits)), at: make([]occurrence, 1, 64)}
	last := v.first[len(sc.lits):]
	v.first = v.first[:len(sc.lits)]
	var count map[int32]int // beyond the first few
	sc.scan(text, func(lit int32, pos int) {
		n := int32(len(v.at))
		if len(v.at) > maxOccurrences {
			if count == nil {
				count = map[int32]int{}
			}
			if count[lit]++; count[lit] > maxOccurrences {
				return
			}
		}
		v.at = append(v.at, occurrence{pos: int32(pos)})
		if v.first[lit] == 0 {
			v.first[lit] = n
		} else {
			v.at[last[lit]].next = n
		}
		last[lit] = n
	})
	return v
}

// none tells that none of the literals stands anywhere.
func (v *seen) none(lits []int32) bool {
	return !slices.ContainsFunc(lits, func(id int32) bool { return v.first[id] > 0 })
}
