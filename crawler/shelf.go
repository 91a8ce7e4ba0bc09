package crawler

// Links that were seen are kept for the rest of a visit, for an interest may turn
// up later that wants one of them. They are many and hardly ever looked at again,
// so they lie packed: one block a page, compressed, and a few numbers a link.

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"strings"
	"sync"

	"github.com/klauspost/compress/s2"

	"github.com/vigile-it/vigile/crawler/page"
)

// seenLink says where on the shelf a link lies.
type seenLink struct {
	sum uint64 // of what tells it from another link to the same address
	row uint32
	at  uint32
}

// shelf holds packed links. The zero value is empty.
type shelf struct {
	seed    maphash.Seed
	rows    []row
	open    []byte // the row being written
	page    string // of the row being written
	clicks  int    // to that page
	scratch []byte
	at      int    // of rows, the one unpacked last
	text    string // of it; empty: none is
}

// row holds the links of one page that were new.
type row struct {
	links []byte // compressed
	page  string
	depth int // of the page
}

// What of a link is not written out, for it is said elsewhere.
const (
	samePage  = 1 << (iota + linkFields) // the page of its row
	sameURL                              // the address of its target
	hrefInURL                            // its href is the end of its URL
)

// linkFields is the number of strings of a link.
const linkFields = 15

// stringsOf are the strings of a link; its place goes apart.
func stringsOf(l *page.Link) [linkFields]*string {
	return [linkFields]*string{
		&l.Href, &l.URL, &l.Text, &l.Alt, &l.Title, &l.AriaLabel, &l.Element, &l.Class, &l.OnClick, &l.Image, &l.Rel,
		(*string)(&l.Place), &l.Script, &l.Page, &l.Folded,
	}
}

// The places in stringsOf of what may be left out.
const (
	fieldHref = 0
	fieldURL  = 1
	fieldPage = 13
)

// sum tells links to one address apart by what an interest may judge them by. Two
// that differ have the same one with a chance of one in 2^64.
func (s *shelf) sum(l *page.Link) uint64 {
	if s.seed == (maphash.Seed{}) {
		s.seed = maphash.MakeSeed()
	}
	b := append(s.scratch[:0], l.Folded...)
	b = append(append(b, 0), l.Element...)
	b = append(append(b, 0), l.Place...)
	s.scratch = append(append(b, 0), l.Class...)
	return maphash.Bytes(s.seed, s.scratch)
}

// begin opens a row for the links of a page at a depth.
func (s *shelf) begin(links []page.Link, depth int) {
	s.open, s.page, s.clicks = (*openRows.Get().(*[]byte))[:0], "", depth
	if len(links) > 0 {
		s.page = links[0].Page
	}
}

// put packs a link to a target at url into the open row.
func (s *shelf) put(l *page.Link, url string, sum uint64) seenLink {
	seen := seenLink{sum: sum, row: uint32(len(s.rows)), at: uint32(len(s.open))}
	fields, written := stringsOf(l), uint64(0)
	for i, f := range fields {
		if *f != "" {
			written |= 1 << i
		}
	}
	if l.Page == s.page {
		written = written&^(1<<fieldPage) | samePage
	}
	if l.Href != "" && strings.HasSuffix(l.URL, l.Href) {
		written = written&^(1<<fieldHref) | hrefInURL
	}
	if l.URL == url {
		written = written&^(1<<fieldURL) | sameURL
	}
	b := binary.AppendUvarint(s.open, written)
	b = binary.AppendVarint(b, int64(l.Depth))
	if written&hrefInURL != 0 {
		b = binary.AppendUvarint(b, uint64(len(l.Href)))
	}
	for i, f := range fields {
		if written&(1<<i) != 0 {
			b = append(binary.AppendUvarint(b, uint64(len(*f))), *f...)
		}
	}
	s.open = b
	return seen
}

// end closes the open row: from then on its links may be taken.
func (s *shelf) end() {
	room := *openRows.Get().(*[]byte)
	packed := s2.Encode(room[:cap(room)], s.open)
	s.rows = append(s.rows, row{links: bytes.Clone(packed), page: s.page, depth: s.clicks})
	for _, b := range [][]byte{s.open, packed} {
		if cap(b) <= keptRow {
			openRows.Put(&b)
		}
	}
	s.open = nil
}

// unpacked is the text of a row. It is kept for the next link of it, until fold.
func (s *shelf) unpacked(n int) string {
	if s.text == "" || s.at != n {
		text, err := s2.Decode(nil, s.rows[n].links)
		if err != nil {
			panic("a row that was packed here: " + err.Error())
		}
		s.at, s.text = n, string(text)
	}
	return s.text
}

// fold lets go of what take has unpacked.
func (s *shelf) fold() { s.text = "" }

// depth is that of the page a link stands on.
func (s *shelf) depth(seen seenLink) int {
	if int(seen.row) == len(s.rows) {
		return s.clicks
	}
	return s.rows[seen.row].depth
}

// keptRow is the largest buffer that is kept for the next row.
const keptRow = 64 << 10

// openRows are buffers for the rows being written: a visit writes one for a moment
// and then waits.
var openRows = sync.Pool{New: func() any { return new([]byte) }}

// take unpacks a link to the target at url.
func (s *shelf) take(at seenLink, url string) page.Link {
	r := s.rows[at.row]
	in := unpacker(s.unpacked(int(at.row))[at.at:])
	written := in.uvarint()
	l := page.Link{Depth: int(in.varint())}
	href := 0
	if written&hrefInURL != 0 {
		href = int(in.uvarint())
	}
	for i, f := range stringsOf(&l) {
		if written&(1<<i) != 0 {
			*f = in.text(int(in.uvarint()))
		}
	}
	if written&samePage != 0 {
		l.Page = r.page
	}
	if written&sameURL != 0 {
		l.URL = url
	}
	if written&hrefInURL != 0 {
		l.Href = l.URL[len(l.URL)-href:]
	}
	return l
}

// unpacker is what is left to read of a row; its words share the row's memory.
type unpacker string

func (u *unpacker) text(n int) string {
	out := (*u)[:n]
	*u = (*u)[n:]
	return string(out)
}

func (u *unpacker) uvarint() (v uint64) {
	for shift := 0; ; shift += 7 {
		c := (*u)[0]
		*u = (*u)[1:]
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
}

// varint undoes the zigzag of binary.AppendVarint.
func (u *unpacker) varint() int64 {
	v := u.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}
