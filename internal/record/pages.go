package record

// The page index as bytes, for who keeps it.

import (
	"fmt"
	"sync"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/vigile-it/vigile/crawler/page"
)

// Kept is the index of one page of the latest visit to a comune, as it is kept
// so that it can be observed again. It holds what the page said, names of
// persons included: it is a cache for this computer and not for show.
type Kept struct {
	Istat   string
	Run     string
	Started time.Time // of the visit
	Seq     int       // the place of the page in the visit, from 0
	Index   []byte    // see PackPage
}

// Bounds on what one packed page may hold, so that a damaged file costs an
// error and no memory. The index of a page within the limits of crawler/page
// stays below them.
const (
	maxPageItems  = 1 << 17
	maxPageNested = 16
)

// pageDecoder has no state of its own.
var pageDecoder = sync.OnceValues(func() (cbor.DecMode, error) {
	return cbor.DecOptions{MaxArrayElements: maxPageItems, MaxMapPairs: maxPageItems, MaxNestedLevels: maxPageNested}.DecMode()
})

// PackPage is the index of a page as bytes, without its tree.
func PackPage(p *page.Page) ([]byte, error) {
	b, err := cbor.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("packing a page: %w", err)
	}
	return b, nil
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
