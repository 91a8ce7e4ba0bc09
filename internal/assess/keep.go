package assess

// Pages kept for observing them again.

import (
	"context"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
)

// A PageKeeper keeps the indexes of the pages of the latest visit to a comune.
// The first page of a visit (Seq 0) takes the place of the visit before.
type PageKeeper interface {
	Keep(ctx context.Context, k record.Kept) error
}

// shelf hands the pages of one visit to a keeper, in order. A page that could
// not be kept ends it: a visit kept in part could not be observed again.
type shelf struct {
	ctx    context.Context
	keeper PageKeeper
	next   record.Kept
	broken error
}

func (s *shelf) put(p *page.Page) {
	if s == nil || s.broken != nil {
		return
	}
	k := s.next
	if k.Index, s.broken = record.PackPage(p); s.broken == nil {
		s.broken = s.keeper.Keep(s.ctx, k)
	}
	s.next.Seq++
}

// err is what kept the pages from being kept.
func (s *shelf) err() error {
	if s == nil || s.ctx.Err() != nil {
		return nil
	}
	return s.broken
}

// Shelving is the same Assessor with that keeper of pages.
func (a *Assessor) Shelving(k PageKeeper) *Assessor {
	with := *a
	with.pages = k
	return &with
}
