package rules

// Finding many literals in one reading of a string.

import (
	"cmp"
	"slices"
	"strings"
)

// scanner finds every occurrence of many literals in one reading. Each literal
// is known by its anchor, four bytes of it that other texts seldom have: a
// filter says at once where no anchor stands.
type scanner struct {
	lits  []string         // by id
	ids   map[string]int32 // of lits
	pairs []int32          // literals of two bytes, too short for an anchor
	three bool             // some literal has three bytes
	bits  [1024]uint64     // the filter, a bit a hash
	table []anchor         // hash table, open addressing; those of one hash follow each other
	mask  uint32
}

// anchor is where a literal is recognised, with the four bytes after it: most
// that share an anchor part ways there.
type anchor struct {
	bytes  uint32 // of a literal of three bytes: those, and zero
	tail   uint32 // what follows, as far as the literal goes
	id     int32
	offset uint8 // of the anchor in the literal
	after  uint8 // bytes of the literal in tail
	size   uint8 // bytes of the literal; 0: a free entry, full: longer
	exact  bool  // anchor and tail are all of the literal
}

const (
	anchorLen   = 4
	anchorPrime = 2654435761
	longest     = 255 // the largest offset and size an anchor can tell
)

// tailMasks are the bits of a tail of so many bytes.
var tailMasks = [anchorLen + 1]uint32{0, 0xff, 0xffff, 0xffffff, 0xffffffff}

func (sc *scanner) id(lit string) int32 {
	if id, ok := sc.ids[lit]; ok {
		return id
	}
	id := int32(len(sc.lits))
	sc.lits = append(sc.lits, lit)
	sc.ids[lit] = id
	return id
}

// build fills the filter and the table. A literal of three bytes passes the
// filter with every fourth byte that can follow it.
func (sc *scanner) build() {
	shared := sc.shared()
	var anchors []anchor
	for i, lit := range sc.lits {
		a := anchor{id: int32(i), size: uint8(min(len(lit), longest))}
		switch {
		case len(lit) < anchorLen-1:
			sc.pairs = append(sc.pairs, int32(i))
			continue
		case len(lit) == anchorLen-1:
			sc.three = true
			a.bytes, a.exact = uint32(lit[0])|uint32(lit[1])<<8|uint32(lit[2])<<16, true
			for last := range uint32(256) {
				sc.pass(a.bytes | last<<24)
			}
		default:
			at := anchorOf(lit, shared)
			a.bytes, a.offset = wordOf(lit[at:]), uint8(at)
			rest := lit[at+anchorLen:]
			a.after = uint8(min(len(rest), anchorLen))
			a.tail, a.exact = tailOf(rest), at == 0 && len(rest) <= anchorLen
			sc.pass(a.bytes)
		}
		anchors = append(anchors, a)
	}
	size := 16
	for size < 2*len(anchors) {
		size *= 2
	}
	sc.table, sc.mask = make([]anchor, size), uint32(size-1)
	slices.SortFunc(anchors, func(a, b anchor) int { return cmp.Or(cmp.Compare(a.bytes, b.bytes), cmp.Compare(a.id, b.id)) })
	for _, a := range anchors {
		at := a.bytes * anchorPrime >> 8 & sc.mask
		for sc.table[at].size > 0 {
			at = (at + 1) & sc.mask
		}
		sc.table[at] = a
	}
}

// pass lets four bytes through the filter.
func (sc *scanner) pass(w uint32) {
	hash := w * anchorPrime
	sc.bits[hash>>22] |= 1 << (hash >> 16 & 63)
}

// shared counts in how many places of the literals each four bytes stand.
func (sc *scanner) shared() map[uint32]int {
	count := map[uint32]int{}
	for _, lit := range sc.lits {
		for i := 0; i+anchorLen <= len(lit); i++ {
			count[wordOf(lit[i:])]++
		}
	}
	return count
}

// anchorOf chooses the four bytes of a literal that tell it best: seldom in
// what pages say, and in few other literals.
func anchorOf(lit string, shared map[uint32]int) int {
	best, least := 0, -1
	for i := 0; i+anchorLen <= len(lit) && i <= longest; i++ {
		cost := 0
		for _, c := range []byte(lit[i : i+anchorLen]) {
			cost += 1 + strings.IndexByte(byFrequency, c)
		}
		cost += sharedCost * min(shared[wordOf(lit[i:])], 20)
		if least < 0 || cost < least {
			best, least = i, cost
		}
	}
	return best
}

// byFrequency are the bytes of Italian labels and addresses, the rarest first;
// what is not among them is rarer still.
const byFrequency = "xkjwq79865430y12h:=?&zf-_bgv.mpdu/clsrntoaie "

// sharedCost weighs another literal with the same four bytes against the
// frequency of the bytes.
const sharedCost = 4

// tailOf is up to four bytes of s as a word.
func tailOf(s string) (tail uint32) {
	for i := range min(len(s), anchorLen) {
		tail |= uint32(s[i]) << (8 * i)
	}
	return tail
}

func wordOf(s string) uint32 {
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
	if len(s) < anchorLen-1 || len(sc.table) == 0 {
		return
	}
	bits := &sc.bits
	w := uint32(s[0])<<8 | uint32(s[1])<<16 | uint32(s[2])<<24
	for i := anchorLen - 1; i < len(s); i++ {
		w = w>>8 | uint32(s[i])<<24
		hash := w * anchorPrime
		if bits[hash>>22]>>(hash>>16&63)&1 != 0 {
			sc.verify(s, i-anchorLen+1, w, found)
		}
	}
	if sc.three {
		sc.lookUp(s, len(s)-anchorLen+1, w>>8, true, found) // the last three bytes, with nothing after them
	}
}

// verify compares the literals whose anchor s[at:] begins with.
func (sc *scanner) verify(s string, at int, w uint32, found func(lit int32, at int)) {
	sc.lookUp(s, at, w, false, found)
	if sc.three && w > tailMasks[3] {
		sc.lookUp(s, at, w&tailMasks[3], true, found)
	}
}

// lookUp is verify for the anchors of these bytes, or for the literals of three
// bytes alone.
func (sc *scanner) lookUp(s string, at int, w uint32, three bool, found func(lit int32, at int)) {
	for i := w * anchorPrime >> 8 & sc.mask; ; i = (i + 1) & sc.mask {
		a := &sc.table[i]
		if a.size == 0 {
			return
		}
		if a.bytes == w && (a.size < anchorLen || !three && a.stands(s, at, sc.lits)) {
			found(a.id, at-int(a.offset))
		}
	}
}

// stands tells whether the literal of an anchor that s has at that place is
// there.
func (a *anchor) stands(s string, at int, lits []string) bool {
	rest := s[at+anchorLen:]
	if len(rest) < int(a.after) || at < int(a.offset) {
		return false
	}
	next := uint32(0)
	if len(rest) >= anchorLen {
		next = wordOf(rest)
	} else {
		next = tailOf(rest)
	}
	if (next^a.tail)&tailMasks[a.after] != 0 {
		return false
	}
	return a.exact || strings.HasPrefix(s[at-int(a.offset):], lits[a.id])
}

// occurrence is where a literal stands in the hay of its place: a link of the
// chain of all its occurrences there.
type occurrence struct {
	pos  int32 // in the hay
	next int32 // index of the next one of the same literal, 0 at the end
}

// maxOccurrences bounds what is kept of one literal in one place.
const maxOccurrences = 20_000

// see adds the occurrences of the literals to at, and the index of the first of
// each literal to first. last is scratch as long as first.
func (sc *scanner) see(text string, first, last []int32, at []occurrence) []occurrence {
	var count map[int32]int // beyond the first few
	before := len(at)
	sc.scan(text, func(lit int32, pos int) {
		n := int32(len(at))
		if len(at)-before >= maxOccurrences {
			if count == nil {
				count = map[int32]int{}
			}
			if count[lit]++; count[lit] > maxOccurrences {
				return
			}
		}
		at = append(at, occurrence{pos: int32(pos)})
		if first[lit] == 0 {
			first[lit] = n
		} else {
			at[last[lit]].next = n
		}
		last[lit] = n
	})
	return at
}

// none tells that none of the literals stands anywhere.
func none(first, lits []int32) bool {
	for _, id := range lits {
		if first[id] > 0 {
			return false
		}
	}
	return true
}
