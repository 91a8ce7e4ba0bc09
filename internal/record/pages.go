package record

// The page index as bytes, for who keeps it.

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
)

// KeptVisit is the pages of the latest visit to a comune, as they are kept so
// that they can be observed again. They hold what the site said, names of persons
// included: a cache for this computer and not for show.
type KeptVisit struct {
	Istat   string     `cbor:"-"`
	Run     string     `cbor:"1,keyasint"`
	Started time.Time  `cbor:"2,keyasint"`
	Pages   []KeptPage `cbor:"3,keyasint"`           // in the order they were shown
	Under   []byte     `cbor:"4,keyasint,omitempty"` // what its trace was made under: of use where that is the same to the byte
	Trace   IndexID    `cbor:"5,keyasint,omitempty"` // where its KeptTrace lies, if Under is there
}

// KeptTrace is how a visit went, with what the checks noted on the way: what
// another visit will note that finds every page as it was.
type KeptTrace struct {
	Trace page.Trace     `cbor:"1,keyasint"`
	Facts finding.Packed `cbor:"2,keyasint"`
	Shown []KeptShowing  `cbor:"3,keyasint"` // of each page, in the order they were shown
	Open  []string       `cbor:"4,keyasint"` // ids of the interests still open at the end
}

// KeptShowing is what there was once a page had been shown.
type KeptShowing struct {
	Facts      int      `cbor:"1,keyasint"`           // how many
	Unanswered bool     `cbor:"2,keyasint,omitempty"` // AgID had been asked and had not answered yet
	Open       []string `cbor:"3,keyasint,omitempty"` // then: the interests open, with how long they wait
}

// KeptPage is one page of a visit: how it was asked for, by what it is known
// again, and where its index lies.
type KeptPage struct {
	URL     string        `cbor:"1,keyasint"` // as asked
	Depth   int           `cbor:"2,keyasint"`
	For     []string      `cbor:"3,keyasint,omitempty"`
	Source  page.Source   `cbor:"4,keyasint"` // zero: it cannot be known again
	Scripts []page.Source `cbor:"5,keyasint,omitempty"`
	Read    time.Time     `cbor:"6,keyasint"` // when its document was last sent to us
	Version int           `cbor:"7,keyasint"` // page.IndexVersion of then
	Index   IndexID       `cbor:"8,keyasint"`
}

// IndexID names a packed index by its content.
type IndexID [16]byte

// IDOf is the id of a packed index.
func IDOf(index []byte) IndexID {
	sum := sha256.Sum256(index)
	return IndexID(sum[:16])
}

// Page is the page as that visit saw it, from its packed index.
func (k KeptPage) Page(index []byte) (*page.Page, error) {
	p, err := UnpackPage(index)
	if err == nil {
		p.Asked(k.URL, k.Depth, k.For)
	}
	return p, err
}

// Bounds on what one packed page may hold, so that a damaged file costs an
// error and no memory. The index of a page within the limits of crawler/page
// stays below them.
const (
	maxPageItems  = 1 << 17
	maxPageNested = 16
	maxVisitPages = 1_000
)

// pageDecoder has no state of its own.
var pageDecoder = sync.OnceValues(func() (cbor.DecMode, error) {
	return cbor.DecOptions{
		MaxArrayElements: maxPageItems, MaxMapPairs: maxPageItems, MaxNestedLevels: maxPageNested,
		UTF8: cbor.UTF8DecodeInvalid, // what servers write in their headers
	}.DecMode()
})

// visitEncoder keeps moments to the nanosecond.
var visitEncoder = sync.OnceValues(func() (cbor.EncMode, error) {
	return cbor.EncOptions{Time: cbor.TimeRFC3339NanoUTC}.EncMode()
})

// pageEncoder writes into room of its caller's.
var pageEncoder = sync.OnceValues(func() (cbor.UserBufferEncMode, error) { return cbor.EncOptions{}.UserBufferEncMode() })

// PackPage is the index of a page as bytes, without its tree, appended to room.
func PackPage(p *page.Page, room *bytes.Buffer) error {
	mode, err := pageEncoder()
	if err != nil {
		return err
	}
	if err := mode.MarshalToBuffer(p, room); err != nil {
		return fmt.Errorf("packing a page: %w", err)
	}
	return nil
}

// UnpackPage undoes PackPage. It refuses what no page can be.
func UnpackPage(b []byte) (*page.Page, error) {
	mode, err := pageDecoder()
	if err != nil {
		return nil, err
	}
	p := &page.Page{}
	if err := mode.Unmarshal(b, p); err != nil {
		return nil, fmt.Errorf("unpacking a page: %w", err)
	}
	return p, nil
}

// PackVisit is a visit as bytes.
func PackVisit(v KeptVisit) ([]byte, error) {
	mode, err := visitEncoder()
	if err != nil {
		return nil, err
	}
	b, err := mode.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("packing a visit: %w", err)
	}
	return b, nil
}

// PackTrace is a trace as bytes.
func PackTrace(k KeptTrace) ([]byte, error) {
	b, err := cbor.Marshal(k)
	if err != nil {
		return nil, fmt.Errorf("packing a trace: %w", err)
	}
	return b, nil
}

// UnpackTrace undoes PackTrace. It refuses what no trace can be.
func UnpackTrace(b []byte) (KeptTrace, error) {
	mode, err := pageDecoder()
	if err != nil {
		return KeptTrace{}, err
	}
	var k KeptTrace
	if err := mode.Unmarshal(b, &k); err != nil {
		return KeptTrace{}, fmt.Errorf("unpacking a trace: %w", err)
	}
	shown, facts := 0, 0
	for _, s := range k.Trace.Steps {
		if s.Shown {
			shown++
		}
	}
	for _, s := range k.Shown {
		if s.Facts < facts || s.Facts > k.Facts.Len() {
			return KeptTrace{}, errors.New("unpacking a trace: facts that are not there")
		}
		facts = s.Facts
	}
	if shown != len(k.Shown) {
		return KeptTrace{}, fmt.Errorf("unpacking a trace: %d pages, %d showings", shown, len(k.Shown))
	}
	return k, nil
}

// onACalendar tells whether a moment can be written down (RFC 3339, section 1):
// of the years 0 to 9999.
func onACalendar(t time.Time) bool { year := t.UTC().Year(); return year >= 0 && year <= 9999 }

// UnpackVisit undoes PackVisit. It refuses what no visit can be.
func UnpackVisit(b []byte) (KeptVisit, error) {
	mode, err := pageDecoder()
	if err != nil {
		return KeptVisit{}, err
	}
	var v KeptVisit
	if err := mode.Unmarshal(b, &v); err != nil {
		return KeptVisit{}, fmt.Errorf("unpacking a visit: %w", err)
	}
	if len(v.Pages) > maxVisitPages {
		return KeptVisit{}, fmt.Errorf("unpacking a visit: %d pages", len(v.Pages))
	}
	if !onACalendar(v.Started) || slices.ContainsFunc(v.Pages, func(p KeptPage) bool { return !onACalendar(p.Read) }) {
		return KeptVisit{}, errors.New("unpacking a visit: a moment that no calendar has")
	}
	v.Started = v.Started.UTC()
	for i := range v.Pages {
		v.Pages[i].Read = v.Pages[i].Read.UTC()
	}
	return v, nil
}
