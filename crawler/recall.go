package crawler

// What an earlier visit kept of a page, in place of fetching or parsing it
// again: where the server says that nothing has changed, or sends the same bytes.

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/vigile-it/vigile/crawler/page"
)

// A Cache has what was kept of the pages of one site. It is asked by the
// goroutine of the visit it was given to.
type Cache interface {
	// Get is what was kept of the document at a final URL, if anything was.
	Get(url string) (Copy, bool)
}

// Copy is a page as it was kept.
type Copy struct {
	// Source is by what it is known again. Without ETag and LastModified the
	// document is asked for without conditions, and recalled where its bytes are
	// the same.
	Source page.Source
	// Scripts are those whose words are part of the index: where one has changed,
	// the copy is worth nothing.
	Scripts []page.Source
	// Index is the index of a page that was shown, and was Whole.
	Index func() (*page.Page, error)
}

// copyOf is what is kept of the document that a request asks for.
func (s *session) copyOf(req *http.Request, t *transfer) *Copy {
	if s.cache == nil || t.anew || t.kind != page.FetchPage {
		return nil
	}
	c, ok := s.cache.Get(tidy(req.URL))
	if !ok || s.changed(c.Scripts) {
		return nil
	}
	return &c
}

// conditional is the request with the conditions of a source; not the requests
// of redirects that follow it, which have their own.
func conditional(req *http.Request, known page.Source) *http.Request {
	conditions := known.Conditions()
	if len(conditions) == 0 {
		return req
	}
	req = req.Clone(req.Context())
	maps.Copy(req.Header, conditions)
	return req
}

// obtain fetches a page and makes its index, or recalls the kept one. A server
// whose "not modified" turns out to be of no use is asked again for all of it.
func (s *session) obtain(ctx context.Context, o order) (*result, *page.Page) {
	r := s.fetch(ctx, o)
	p := s.recall(ctx, r, o)
	if p == nil && (r.confirmed() || r.spent) && ctx.Err() == nil {
		again := r.log(o)
		again.Repeat, again.Detail = true, "not modified, but what was kept cannot be used"
		s.visit.Fetches = append(s.visit.Fetches, again)
		o.anew = true
		r = s.fetch(ctx, o)
	}
	if p == nil {
		p = s.index(ctx, r, o)
	}
	return r, p
}

// confirmed tells an answer by which the copy still holds.
func (r *result) confirmed() bool { return r.status == http.StatusNotModified && r.copy != nil }

// source is by what the document is known again, made once and while its body is
// there.
func (r *result) source() page.Source {
	if r.origin.Sum == "" {
		r.origin = page.SourceOf(page.Clean(r.base(), page.MaxHref), r.header, r.body)
	}
	return r.origin
}

// recall is the kept index where it is that of what came; nil: it is not, or
// nobody can tell.
func (s *session) recall(ctx context.Context, r *result, o order) (p *page.Page) {
	if r.copy == nil || r.reach != page.ReachOK || r.media != "" || r.base() != r.copy.Source.URL {
		return nil
	}
	defer s.crawler.survive("recalling "+r.url, func(string) { p = nil })
	switch {
	case r.confirmed(), r.spent:
		if !s.unchanged(ctx, r.copy.Scripts) {
			return nil
		}
	case r.status != http.StatusOK, r.truncated, r.source().Sum != r.copy.Source.Sum:
		return nil
	case !s.allKnown(r.copy.Scripts): // the body is at hand: no request for the sake of saving one parse
		return nil
	}
	if !s.hold(ctx) {
		return nil
	}
	p, err := r.copy.Index()
	if err != nil || p == nil || p.Status != http.StatusOK || !p.Whole() || p.Frameset || p.FinalURL != r.copy.Source.URL {
		return nil
	}
	p.Asked(r.url, o.depth, o.ids)
	p.Recalled, p.Confirmed, r.unchanged = true, r.confirmed(), true
	if r.confirmed() {
		p.Amended = p.Freshen(r.header)
	} else { // the same bytes may go by a new name, and say less
		p.Source, p.Amended = r.source(), !slices.Equal(page.Saying(p.Header), page.Saying(r.header))
		p.Header = r.header
	}
	r.spend(&s.crawler.room)
	return p
}

// changed tells that one of the scripts is known to be another one by now, or
// not to be had.
func (s *session) changed(scripts []page.Source) bool {
	for _, known := range scripts {
		if got, asked := s.scripts[known.URL]; asked && got.source.Sum != known.Sum {
			return true
		}
	}
	return false
}

// allKnown tells that all the scripts were asked for and are the same.
func (s *session) allKnown(scripts []page.Source) bool {
	for _, known := range scripts {
		if got, asked := s.scripts[known.URL]; !asked || got.source.Sum != known.Sum {
			return false
		}
	}
	return true
}

// unchanged asks for the scripts that were not asked for yet, and tells whether
// all are the same.
func (s *session) unchanged(ctx context.Context, scripts []page.Source) bool {
	for _, known := range scripts {
		if _, asked := s.scripts[known.URL]; !asked {
			if ctx.Err() != nil || s.left() == 0 {
				return false
			}
			s.scripts[known.URL] = s.fetchScript(ctx, known.URL, known)
		}
		if s.changed(scripts) {
			return false
		}
	}
	return true
}
