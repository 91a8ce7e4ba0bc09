package rules

// What is searched: the strings of one place joined into one.

import (
	"slices"
	"sort"
	"strings"

	"github.com/vigile-it/vigile/crawler/page"
)

// separator stands between the items of a hay, so that no literal spans two.
const separator = "\x00"

// hay is the joined, folded strings of one place.
type hay struct {
	text   string
	starts []int    // where each item begins
	index  []int    // which item of the page it is; nil: the same
	raw    []string // the items as written; nil: they are links, or running text
}

// A Look is one page prepared for matching: its strings folded, joined and
// searched once, whatever the number of sets that look. It is not safe for
// concurrent use and must not outlive the page.
type Look struct {
	page  *page.Page
	hays  []keyedHay
	views []*view
	marks []uint32 // by item of the page: judged in this round
	round uint32
	lines lineIndex

	buf   []byte // hays are written in it
	last  []int32
	found []found
	hits  []Hit
	links []int // that the rule at hand has hit already
}

type hayKey struct {
	at    place
	exact bool
}

type keyedHay struct {
	hayKey
	*hay
}

// view is a page as the scanners of one lexicon see it.
type view struct {
	lex   *Lexicon
	hays  []*hay       // by place of the lexicon; nil: not yet searched
	first [][]int32    // by place, by literal: index into at, 0 where it is nowhere
	at    []occurrence // of all places
}

// NewLook prepares a page. Nothing is folded before a rule asks for it.
func NewLook(p *page.Page) *Look { return &Look{page: p} }

// view is the page through a lexicon. A page is seldom looked at through more
// than one or two.
func (l *Look) view(x *Lexicon) *view {
	for _, v := range l.views {
		if v.lex == x {
			return v
		}
	}
	v := &view{lex: x, hays: make([]*hay, len(x.scanners)), first: make([][]int32, len(x.scanners)), at: make([]occurrence, 1, 256)}
	all := 0
	for _, sc := range x.scanners {
		all += len(sc.lits)
	}
	first := make([]int32, all)
	for i, sc := range x.scanners {
		v.first[i], first = first[:len(sc.lits)], first[len(sc.lits):]
	}
	l.views = append(l.views, v)
	return v
}

// at is one place of the page, searched.
func (l *Look) at(v *view, p *part, exact bool) (*hay, []int32) {
	h := v.hays[p.id]
	if h == nil {
		h = l.hay(p.place, exact)
		v.hays[p.id] = h
		sc := v.lex.scanners[p.id]
		if len(l.last) < len(sc.lits) {
			l.last = make([]int32, 2*len(sc.lits))
		}
		v.at = sc.see(h.text, v.first[p.id], l.last, v.at)
	}
	return h, v.first[p.id]
}

// hay returns the strings of one place, folded, joined and kept.
func (l *Look) hay(at place, exact bool) *hay {
	key := hayKey{at, exact}
	for i := range l.hays {
		if l.hays[i].hayKey == key {
			return l.hays[i].hay
		}
	}
	if l.hays == nil {
		l.hays = make([]keyedHay, 0, 48)
	}
	h := l.newHay(at, exact)
	l.hays = append(l.hays, keyedHay{key, h})
	return h
}

func (l *Look) newHay(at place, exact bool) *hay {
	h := &hay{}
	if l.buf == nil {
		l.buf = make([]byte, 0, l.room())
	}
	switch {
	case at.name == placeText && !exact:
		h.text, h.starts = l.page.Folded, []int{0}
	case at.ofLink():
		l.buf = h.joinLinks(l.buf[:0], l.page.Links, at, exact)
	default:
		h.raw = items(l.page, at)
		l.buf = h.join(l.buf[:0], h.raw, at, exact)
	}
	return h
}

// room is how many bytes the hays of a page's links mostly need at the most.
func (l *Look) room() int {
	n := 1 << 10
	for i := range l.page.Links {
		link := &l.page.Links[i]
		n += len(link.Href) + len(link.URL) + 2*len(separator)
	}
	return n
}

// join folds the items and lays them end to end in the buffer b, leaving blank
// ones out. It returns the buffer.
func (h *hay) join(b []byte, raw []string, at place, exact bool) []byte {
	if len(raw) == 1 {
		h.text, h.starts = fold(at.folding(), exact, raw[0]), []int{0}
		return b
	}
	if len(raw) > 0 {
		h.starts, h.index = make([]int, 0, len(raw)), make([]int, 0, len(raw))
	}
	for i, s := range raw {
		if s == "" {
			continue
		}
		from := len(b)
		switch {
		case exact:
			b = append(b, s...)
		case at.folding() == foldText:
			b = append(b, page.Fold(s)...)
		default:
			b = appendLower(b, s)
		}
		if len(b) > from { // folding may leave nothing
			b = h.end(b, from, i)
		}
	}
	h.text = string(b)
	return b
}

// end closes an item that begins at from.
func (h *hay) end(b []byte, from, item int) []byte {
	h.starts = append(h.starts, from)
	h.index = append(h.index, item)
	return append(b, separator...)
}

// joinLinks is join for one place of links, which have most of a page's strings.
func (h *hay) joinLinks(b []byte, links []page.Link, at place, exact bool) []byte {
	if len(links) == 1 {
		h.text, h.starts = linkFold(&links[0], at.name, exact), []int{0}
		return b
	}
	h.starts, h.index = make([]int, 0, len(links)), make([]int, 0, len(links))
	for i := range links {
		from := len(b)
		switch {
		case at.name == placeLinkText && !exact:
			b = append(b, links[i].Folded...)
		case exact:
			b = append(b, linkString(&links[i], at.name)...)
		case at.name == placeHref:
			b = appendLower(b, links[i].Href)
			if tail := resolved(&links[i]); tail != "" {
				b = appendLower(append(b, ' '), tail)
			}
		default:
			b = appendLower(b, linkString(&links[i], at.name))
		}
		if len(b) > from {
			b = h.end(b, from, i)
		}
	}
	h.text = string(b)
	return b
}

// ofLink is the string one link has in a hay of links.
func (h *hay) ofLink(link int) string {
	if h.index == nil {
		return h.text // of the only link
	}
	i, ok := slices.BinarySearch(h.index, link)
	if !ok {
		return ""
	}
	return h.text[h.starts[i]:h.endOf(i)]
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

// newRound forgets which items were judged.
func (l *Look) newRound() { l.round++ }

// mark notes that an item was judged in this round.
func (l *Look) mark(item int) {
	if item >= len(l.marks) {
		l.marks = append(l.marks, make([]uint32, item+1-len(l.marks)+64)...)
	}
	l.marks[item] = l.round
}

func (l *Look) marked(item int) bool { return item < len(l.marks) && l.marks[item] == l.round }
