package crawler

// Going the way of the visit before: where each of its documents is confirmed, by
// a 304 or by the same bytes, there is nothing to unpack and nothing to show. What
// the wire says is tonight's all the same: status, certificate, redirects, headers.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"

	"github.com/vigile-it/vigile/crawler/page"
)

// A Trail knows how the visit before went. Its methods are called from the
// goroutine of the visit it was given to.
type Trail interface {
	// Before is the trace of the visit before; nil: it cannot be gone again.
	Before() *page.Trace
	// Confirmed is told of each page that visit was shown, in order, once it is
	// known to be the same. False: that page led on then and would not today.
	Confirmed() bool
	// Enough tells, once all of them are confirmed, that nobody would read on, and
	// whether that is because all is settled.
	Enough() (enough, settled bool)
	// Astray is told that the visit goes another way: what was confirmed is going to
	// be shown.
	Astray()
	// Keep is given the trace of a visit that went its own way, if the next one may
	// follow it.
	Keep(page.Trace)
}

// errAstray ends a redirect that led elsewhere the time before.
var errAstray = errors.New("it leads elsewhere than the time before")

// retraced goes the way of the visit before, and tells whether it was the same to
// the end. If not the visit is to begin anew, with what was asked at hand.
func (s *session) retraced(ctx context.Context, t Target, asked *url.URL) bool {
	if t.Trail == nil || t.Cache == nil {
		return false
	}
	before := t.Trail.Before()
	if before == nil || len(before.Steps) == 0 {
		return false
	}
	s.ahead.learning = true
	same := s.retrace(ctx, before, t.Trail, asked)
	s.ahead.learning = false
	if same {
		s.visit.Inquiries = before.Inquiries
		s.askPlain(ctx, t, before.Plain)
		return true
	}
	if ctx.Err() == nil {
		t.Trail.Astray()
		s.rewind()
	}
	return ctx.Err() != nil
}

func (s *session) retrace(ctx context.Context, before *page.Trace, trail Trail, asked *url.URL) bool {
	last := 0
	for i, step := range before.Steps {
		if step.Kind == page.FetchPage {
			last = i
		}
	}
	for i, step := range before.Steps {
		if ctx.Err() != nil || s.left() == 0 || s.bytes >= bytesPerLimit*s.crawler.pageLimit {
			return false
		}
		if step.Kind == page.FetchSitemap {
			if !s.sameSitemap(ctx, step) {
				return false
			}
			continue
		}
		r := s.samePage(ctx, step, i == 0)
		if r == nil || step.Shown && !trail.Confirmed() {
			return false
		}
		if i == 0 {
			s.arrived(asked, &arrival{result: r})
			s.visit.Attempts = append(s.visit.Attempts, r.attempt())
		}
		if i < last {
			continue
		}
		s.letGo()
		enough, settled := trail.Enough()
		if s.visit.Settled = settled; !enough || before.Asked && !slices.Equal(s.sitemapAddresses(ctx), before.Sitemaps) {
			return false
		}
	}
	return ctx.Err() == nil
}

// samePage asks for what a step asked for; nil: it is not what it was.
func (s *session) samePage(ctx context.Context, step page.Step, home bool) *result {
	if home && (!step.Shown || step.Repeat) {
		return nil
	}
	o := order{
		url: step.URL, kind: page.FetchPage, limit: s.crawler.pageLimit, home: home, depth: step.Depth, ids: step.For, vet: sameWay(step),
	}
	r := s.request(ctx, o)
	if ctx.Err() != nil || !s.same(ctx, r, step) {
		return nil
	}
	said := *r // by its status it may have been a page
	said.reach, said.detail = step.Reach, step.Detail
	s.visit.Fetches = append(s.visit.Fetches, said.log(o))
	return r
}

// sameWay lets a fetch take the redirects of a step and no other.
func sameWay(step page.Step) func(*url.URL) error {
	n := 0
	return func(to *url.URL) error {
		if n == len(step.Hops) || step.Hops[n] != tidy(to) {
			return errAstray
		}
		switch n++; {
		case n < len(step.Hops):
		case step.Repeat:
			return &alreadyRead{outcome: outcome{home: step.Reach != page.ReachOK}, to: tidy(to)}
		case step.Away:
			return &refusal{reach: page.ReachOffsite, why: step.Detail, final: step.Final}
		}
		return nil
	}
}

// same tells whether what came is what a step brought. What was no page then is none
// now where it is the same to the byte.
func (s *session) same(ctx context.Context, r *result, step page.Step) bool {
	if r.truncated || r.base() != step.At() || !slices.EqualFunc(r.hops, step.Hops, func(h page.Hop, to string) bool { return h.To == to }) {
		return false
	}
	switch {
	case step.Repeat:
		return r.known != nil
	case step.Away:
		return r.away
	case step.Shown:
		return s.sameShown(ctx, r, step)
	case r.status != step.Status || r.media != step.Media || r.saysElse(step.Said):
		return false
	}
	return step.Media != "" || r.source().Sum == step.Source.Sum
}

// sameShown tells whether a page is the one that is kept, its scripts and what its
// header says of it included.
func (s *session) sameShown(ctx context.Context, r *result, step page.Step) bool {
	if r.reach != page.ReachOK || r.copy == nil || r.media != "" || r.base() != r.copy.Source.URL || r.saysElse(step.Said) {
		return false
	}
	if !r.confirmed() {
		if r.status != http.StatusOK || r.source().Sum != r.copy.Source.Sum {
			return false
		}
		r.spend(&s.crawler.room)
		r.spent = true
	}
	r.unchanged = s.unchanged(ctx, r.copy.Scripts)
	return r.unchanged
}

// saysElse tells whether the header says of a page something else than was said. That
// of a 304 need not say all of it again.
func (r *result) saysElse(said []uint64) bool {
	if r.confirmed() {
		return page.SaysNew(r.header, said)
	}
	return !slices.Equal(page.Saying(r.header), said)
}

// sameSitemap asks for a sitemap and tells whether it is what it was. One that is
// not is kept, to be read.
func (s *session) sameSitemap(ctx context.Context, step page.Step) bool {
	var body bytes.Buffer
	got := s.fetchSitemap(ctx, step.URL, step.Source, func(r io.Reader) error {
		_, err := body.ReadFrom(io.LimitReader(r, keptSitemap+1))
		return err
	})
	if got.Reach == step.Reach && (got.Unchanged || got.Status == step.Status && got.source.Sum == step.Source.Sum) {
		return true
	}
	if got.source.Sum != "" && body.Len() <= keptSitemap {
		got.body, s.ahead.changed = body.Bytes(), got
	}
	return false
}

// rewind forgets the visit but for what was asked.
func (s *session) rewind() {
	log := s.ahead.astray()
	for _, f := range s.visit.Fetches {
		if f.Kind == page.FetchSitemap && (s.ahead.changed == nil || f.URL != s.ahead.changed.URL) {
			f.Repeat = true
			log = append(log, f)
		}
	}
	s.visit = page.Visit{Site: s.visit.Site, Started: s.visit.Started, Plain: s.visit.Plain, Hurried: s.visit.Hurried, Fetches: log}
	s.trace, s.missing, s.lost, s.retries = page.Trace{}, 0, false, 0
	s.begin()
}

// mark notes what was asked as a step of the trace.
func (s *session) mark(got *arrival, whole bool) {
	if s.lost || s.cache == nil {
		return
	}
	o := got.asked
	step := page.Step{Kind: page.FetchPage, URL: o.url, For: o.ids, Depth: o.depth, Reach: got.reach, Detail: got.detail, Status: got.status}
	if got.final != got.url {
		step.Final = got.final
	}
	for _, h := range got.hops {
		s.lost = s.lost || h.Kind != hopHTTP
		step.Hops = append(step.Hops, h.To)
	}
	switch p := got.page; {
	case got.truncated || got.url != o.url:
		s.lost = true
	case got.known != nil:
		step.Repeat = true
	case got.away:
		step.Away = true
	case p != nil:
		step.Shown, step.Said = true, page.Saying(p.Header)
		s.lost = s.lost || !whole || p.Frameset || p.Source.Sum == "" || p.Source.URL != p.FinalURL
	case got.media != "":
		step.Media, step.Said = got.media, page.Saying(got.header)
	case lasting(got.status) && got.origin.Sum != "":
		s.missing++
		s.lost = s.lost || s.missing > maxMissing
		step.Source, step.Said = page.Source{Sum: got.origin.Sum}, page.Saying(got.header)
	default:
		s.lost = true
	}
	s.trace.Steps = append(s.trace.Steps, step)
}

// lasting tells a status that a server may mean, whatever there is under it; the
// others are of the moment.
func lasting(status int) bool {
	return status == http.StatusOK || status == http.StatusUnauthorized || status == http.StatusForbidden || gone(status)
}

// maxMissing is how many documents that were no pages a trace may hold: their bodies
// are kept while it is gone again, should the visit go astray.
const maxMissing = 2

// keepTrace hands over the trace of a visit that can be gone again: it found the
// site at the first try, and all that was asked can be known again.
func (s *session) keepTrace(ctx context.Context, t Target) {
	if t.Trail == nil || t.Cache == nil || s.lost || ctx.Err() != nil || s.visit.Reach != page.ReachOK || s.visit.Exhausted != "" || len(s.visit.Attempts) != 1 {
		return
	}
	s.trace.Inquiries = s.visit.Inquiries
	t.Trail.Keep(s.trace)
}
