package assess

// Pages kept for observing them again: by a replay, and by the next visit where
// they have not changed.

import (
	"bytes"
	"context"
	"hash/fnv"
	"runtime"
	"slices"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
)

// A PageKeeper keeps the indexes of the pages of the latest visit to a comune:
// each index as its page is shown, and at the end the visit that lists them, which
// takes the place of the visit before. It may forget any of it at any time.
type PageKeeper interface {
	KeepIndex(ctx context.Context, istat string, index []byte) (record.IndexID, error) // index is the caller's again
	KeepVisit(ctx context.Context, v record.KeptVisit) error
	Visit(ctx context.Context, istat string) (v record.KeptVisit, known bool, err error)
	Index(ctx context.Context, istat string, id record.IndexID) ([]byte, error)
}

// For how long a server is believed that a page has not changed since it was last
// sent: between four days and seven, by comune, so that not all are read anew in
// one night. Two nights may lie less than a day apart, hence the slack.
const (
	believedDays = 4
	believedMore = 4
	nightSlack   = 12 * time.Hour
)

// shelf holds what was kept of one comune, for the crawler, and hands the pages of
// the visit under way to the keeper, in order. A page that could not be kept ends
// it: a visit kept in part could not be observed again.
type shelf struct {
	ctx     context.Context
	keeper  PageKeeper
	packing chan *bytes.Buffer         // room for as many as are packed at once
	kept    map[string]record.KeptPage // of the visit before, by the address of their document
	before  record.KeptVisit           // that visit
	asks    bool                       // whether the server may say that a page has not changed
	dated   bool                       // and by a date alone
	now     record.KeptVisit
	broken  error
}

// shelf begins the shelf of a visit; nil where no page is kept.
func (a *Assessor) shelf(ctx context.Context, istat string, at time.Time, r Request, before past) *shelf {
	if a.pages == nil || len(r.Checks) > 0 {
		return nil
	}
	s := &shelf{
		ctx: ctx, keeper: a.pages, packing: a.packing, kept: map[string]record.KeptPage{},
		now: record.KeptVisit{Istat: istat, Run: r.Run, Started: at},
	}
	v, known, err := a.pages.Visit(ctx, istat)
	if err != nil {
		a.log.Warn("kept pages not read", "istat", istat, "err", err)
	}
	if err != nil || !known {
		return s
	}
	s.before = v
	oldest, newest := at, at
	for _, k := range v.Pages {
		if k.Source.Sum != "" && k.Version == page.IndexVersion {
			s.kept[k.Source.URL] = k
		}
		if k.Read.Before(oldest) {
			oldest = k.Read
		}
		if k.Read.After(newest) { // by a clock that was ahead: it would not grow old
			newest = k.Read
		}
	}
	s.asks = !r.Anew && at.Sub(oldest) < believed(istat) && newest.Equal(at)
	s.dated = !before.red()
	return s
}

// believed is for how long a comune's server is believed.
func believed(istat string) time.Duration {
	h := fnv.New32a()
	h.Write([]byte(istat))
	return time.Duration(believedDays+h.Sum32()%believedMore)*24*time.Hour - nightSlack
}

// red tells whether a failure stands. The date of a page may be that of its text,
// with a footer mended since: no failure rests on it.
func (p past) red() bool {
	return slices.ContainsFunc(p.view.Standings, func(s record.Standing) bool {
		return s.Finding.Verdict == finding.Fail || s.LastDefinite.Verdict == finding.Fail
	})
}

// Get is what was kept of a document, with what the server may be asked by.
func (s *shelf) Get(url string) (crawler.Copy, bool) {
	k, ok := s.kept[url]
	if !ok {
		return crawler.Copy{}, false
	}
	scripts := slices.Clone(k.Scripts)
	for i := range scripts {
		scripts[i] = s.askedBy(scripts[i])
	}
	return crawler.Copy{Source: s.askedBy(k.Source), Scripts: scripts, Index: func() (*page.Page, error) {
		index, err := s.keeper.Index(s.ctx, s.now.Istat, k.Index)
		if err != nil {
			return nil, err
		}
		return k.Page(index)
	}}, true
}

// askedBy is a source with what its server may be asked by. A server asked by both
// may go by the date (RFC 9110 §13.2.2 notwithstanding).
func (s *shelf) askedBy(known page.Source) page.Source {
	if !s.asks {
		known.ETag = ""
	}
	if !s.asks || !s.dated {
		known.LastModified = ""
	}
	return known
}

// put keeps a page that was shown; one that is kept already is but listed.
func (s *shelf) put(p *page.Page) {
	if s == nil || s.broken != nil {
		return
	}
	k := record.KeptPage{
		URL: p.URL, Depth: p.Depth, For: slices.Clone(p.For), Source: p.Source, Scripts: p.Written, Read: s.now.Started, Version: page.IndexVersion,
	}
	if !p.Whole() || p.Source.URL != p.FinalURL {
		k.Source = page.Source{}
	}
	if was, ok := s.kept[p.FinalURL]; ok && p.Recalled {
		k.Index = was.Index
		if p.Confirmed {
			k.Read = was.Read
		}
	}
	if !p.Recalled || p.Amended {
		k.Index, s.broken = s.pack(p)
	}
	s.now.Pages = append(s.now.Pages, k)
}

// again lists a page of the visit before that is still the same. It is no younger for
// having been sent once more: its scripts and the sitemaps perhaps were not.
func (s *shelf) again(k record.KeptPage) { s.now.Pages = append(s.now.Pages, k) }

// pack packs as many pages at once as there are processors: an index is large.
func (s *shelf) pack(p *page.Page) (record.IndexID, error) {
	var room *bytes.Buffer
	select {
	case room = <-s.packing:
	case <-s.ctx.Done():
		return record.IndexID{}, s.ctx.Err()
	}
	defer func() {
		if room.Reset(); room.Cap() > keptPacking {
			room = new(bytes.Buffer)
		}
		s.packing <- room
	}()
	if err := record.PackPage(p, room); err != nil {
		return record.IndexID{}, err
	}
	return s.keeper.KeepIndex(s.ctx, s.now.Istat, room.Bytes())
}

// keptPacking is the largest room that is kept for the next page.
const keptPacking = 512 << 10

// packingRoom is room for as many pages at once as there are processors.
func packingRoom() chan *bytes.Buffer {
	n := runtime.GOMAXPROCS(0)
	rooms := make(chan *bytes.Buffer, n)
	for range n {
		rooms <- new(bytes.Buffer)
	}
	return rooms
}

// end keeps the visit. The error is what kept its pages from being kept; of a
// visit that was interrupted or saw no page, those of the one before stay.
func (s *shelf) end() error {
	if s == nil || s.ctx.Err() != nil || len(s.now.Pages) == 0 {
		return nil
	}
	if s.broken == nil {
		s.broken = s.keeper.KeepVisit(s.ctx, s.now)
	}
	return s.broken
}

// Shelving is the same Assessor with that keeper of pages.
func (a *Assessor) Shelving(k PageKeeper) *Assessor {
	with := *a
	with.pages = k
	return &with
}
