package crawler

// Framesets: pages of an older age, whose menu and content are documents of
// their own that a reader sees as one.

import (
	"context"
	"net/url"
	"slices"

	"github.com/vigile-it/vigile/crawler/page"
)

// maxFrames bounds the frames read of one visit.
const maxFrames = 8

// framesOf lists the documents of a frameset, itself apart; none for any other
// page.
func framesOf(p *page.Page) (all []*url.URL) {
	if p == nil || !p.Frameset {
		return nil
	}
	seen := []string{p.FinalURL}
	for _, f := range p.Frames {
		canonical, ok := page.Canonical(nil, f)
		u, err := url.Parse(canonical)
		if ok && err == nil && !slices.Contains(seen, canonical) {
			seen, all = append(seen, canonical), append(all, u)
		}
	}
	return all
}

// readFrames adds the frames of a frameset to its page, those on its own host
// alone. Where one is not read, nothing may be called absent from the page.
func (s *session) readFrames(ctx context.Context, p *page.Page, o order) {
	frames := framesOf(p)
	if len(frames) == 0 {
		return
	}
	at, err := url.Parse(p.FinalURL)
	if err != nil {
		return
	}
	for _, f := range frames {
		q, known := s.frames[s.scope.key(f)]
		if !known && len(s.frames) < maxFrames && siteHost(f) == siteHost(at) && trap(f) == trapNone && ctx.Err() == nil && s.exhausted() == "" {
			q = s.readFrame(ctx, f, o)
			s.frames[s.scope.key(f)] = q
		}
		if q == nil {
			p.Partial = true
			continue
		}
		p.AddFrame(q)
	}
}

// readFrame fetches one document of a frameset; nil where it cannot be read.
func (s *session) readFrame(ctx context.Context, at *url.URL, o order) *page.Page {
	o.url, o.home, o.anew = at.String(), false, true
	o.vet = func(to *url.URL) error {
		if siteHost(at) != siteHost(to) {
			return &refusal{reach: page.ReachOffsite, why: "the redirect leaves the site", final: withoutQuery(to)}
		}
		return nil
	}
	s.tries++
	r := s.fetch(ctx, o)
	q := s.index(ctx, r, o)
	if q != nil {
		if class := s.classify(q); class.reach != page.ReachEmptyOrJSOnly && class.says(r) { // a frame may be a banner alone
			r.reach, r.detail = class.reach, class.why
		}
	}
	s.visit.Fetches = append(s.visit.Fetches, r.log(o))
	if r.reach != page.ReachOK || q == nil {
		return nil
	}
	s.pages++
	return q
}
