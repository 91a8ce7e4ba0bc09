package crawler

// Framesets: pages of an older age, whose menu and content are documents of
// their own that a reader sees as one.

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/crawler/page"
)

// maxFrames bounds the frames read of one page.
const maxFrames = 5

// framesOf lists the documents of a frameset; none for any other page.
func framesOf(p *page.Page) []string {
	if p == nil || !p.Frameset {
		return nil
	}
	var all []string
	for _, f := range p.Frames {
		if canonical, ok := page.Canonical(nil, f); ok && strings.HasPrefix(canonical, "http") && !slices.Contains(all, canonical) {
			all = append(all, canonical)
		}
	}
	return all
}

// readFrames adds the frames of a frameset to its page, those on its own host
// alone. Where one is not read, nothing may be called absent from the page.
func (s *session) readFrames(ctx context.Context, p *page.Page, o order) {
	frames := framesOf(p)
	if len(frames) > maxFrames {
		frames, p.Partial = frames[:maxFrames], true
	}
	for _, f := range frames {
		if q := s.readFrame(ctx, p, f, o); q != nil {
			p.AddFrame(q)
			q.Drop()
		} else {
			p.Partial = true
		}
	}
}

func (s *session) readFrame(ctx context.Context, p *page.Page, address string, o order) *page.Page {
	at, err := url.Parse(p.FinalURL)
	to, wrong := url.Parse(address)
	if err != nil || wrong != nil || siteHost(at) != siteHost(to) || trap(to) != trapNone || ctx.Err() != nil || s.exhausted() != "" {
		return nil
	}
	o.url, o.home = address, false
	o.vet = func(to *url.URL) error {
		if siteHost(at) != siteHost(to) {
			return &refusal{reach: page.ReachOffsite, why: "the redirect leaves the site", final: withoutQuery(to)}
		}
		return nil
	}
	s.tries++
	r := s.fetch(ctx, o)
	q := s.index(r, o)
	if q != nil {
		if class := s.classify(q); class.reach != page.ReachEmptyOrJSOnly && class.says(r) { // a banner is no page, and still part of one
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
