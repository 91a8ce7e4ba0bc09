package rules

// What is searched: the strings of one place joined into one, with a filter
// that tells at once that a literal is nowhere in it.

import (
	"sort"
	"strings"
)

// separator stands between the items of a hay, so that no literal spans two.
const separator = "\x00"

// hay is the joined, folded strings of one place.
type hay struct {
	text   string
	starts []int // where each item begins
	index  []int // which item of the page it is; nil: the same
	grams  *grams
}

// hay returns the strings of one place, folded, joined and kept for the next
// rule.
func (l *Look) hay(at place, exact bool) *hay {
	key := hayKey{at, exact}
	if h := l.hays[key]; h != nil {
		return h
	}
	h := &hay{}
	switch {
	case at.name == placeText && !exact:
		h.text, h.starts = l.page.Folded, []int{0}
	case at.ofLink():
		h.join(len(l.page.Links), func(i int) string { return linkFold(&l.page.Links[i], at.name, exact) })
	default:
		raw := items(l.page, at)
		if !exact {
			raw = fold(at.folding(), false, raw)
		}
		h.join(len(raw), func(i int) string { return raw[i] })
	}
	if len(h.text) > gramsFrom {
		h.grams = newGrams(h.text)
	}
	l.hays[key] = h
	return h
}

// join lays the items end to end, leaving blank ones out.
func (h *hay) join(n int, item func(int) string) {
	if n == 1 {
		h.text, h.starts = item(0), []int{0}
		return
	}
	var b strings.Builder
	for i := range n {
		s := item(i)
		if s == "" {
			continue
		}
		h.starts = append(h.starts, b.Len())
		h.index = append(h.index, i)
		b.WriteString(s)
		b.WriteString(separator)
	}
	h.text = b.String()
}

// may tells whether the literal can be in the hay; false is certain.
func (h *hay) may(literal string) bool {
	if h.text == "" || len(h.starts) == 0 {
		return false
	}
	return h.grams == nil || h.grams.may(literal)
}

func (h *hay) itemAt(offset int) int {
	return sort.SearchInts(h.starts, offset+1) - 1
}

func (h *hay) endOf(item int) int {
	if item+1 < len(h.starts) {
		return h.starts[item+1] - len(separator)
	}
	return len(strings.TrimSuffix(h.text, separator))
}

// refs turns an item of the hay into an item of the page.
func (h *hay) refs(item int) int {
	if h.index == nil {
		return item
	}
	return h.index[item]
}

// gramsFrom is the length from which a filter pays for itself.
const gramsFrom = 512

// grams is the set of four-byte sequences of a text, as a bit a hash: most
// literals are on no page, and this says so without a search.
type grams [1024]uint64

func newGrams(s string) *grams {
	g := new(grams)
	last := uint32(0)
	for i := 0; i < len(s); i++ {
		last = last<<8 | uint32(s[i])
		h := last * gramPrime >> 16
		g[h>>6&(uint32(len(g))-1)] |= 1 << (h & 63)
	}
	return g
}

const gramPrime = 2654435761

func (g *grams) may(literal string) bool {
	last := uint32(0)
	for i := 0; i < len(literal); i++ {
		last = last<<8 | uint32(literal[i])
		if h := last * gramPrime >> 16; i > 2 && g[h>>6&(uint32(len(g))-1)]&(1<<(h&63)) == 0 {
			return false
		}
	}
	return true
}
