package main

// Visits that are asked for over the API: told at once whether they will be
// made, and made one after the other.

import (
	"context"
	"errors"
	"slices"

	"github.com/vigile-it/vigile/internal/nightly"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/web"
)

// maxOrders is how many visits may wait.
const maxOrders = 16

// order finds the comune and has it visited when its turn comes.
func (s *service) order(ctx context.Context, comune string) (web.Ordered, error) {
	look, err := s.app.source(ctx, s.crew, crawlFlags{})
	if err != nil {
		return web.Ordered{}, err
	}
	c, err := look.find(comune)
	var nobody *registry.NotFoundError
	var several *registry.AmbiguousError
	switch {
	case errors.As(err, &nobody), errors.As(err, &several):
		return web.Ordered{}, web.ErrUnknown
	case err != nil:
		return web.Ordered{}, err
	}
	s.waiting.Lock()
	defer s.waiting.Unlock()
	if !slices.Contains(s.ordered, c.Istat) { // else it is about to be visited anyway
		select {
		case s.orders <- c:
			s.ordered = append(s.ordered, c.Istat)
		default:
			return web.Ordered{}, web.ErrBusy
		}
	}
	return web.Ordered{Istat: c.Istat, Comune: c.Name, Province: c.Province}, nil
}

// work visits who was ordered until ctx ends.
func (s *service) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-s.orders:
			s.waiting.Lock()
			s.ordered = slices.DeleteFunc(s.ordered, func(istat string) bool { return istat == c.Istat })
			s.waiting.Unlock()
			s.visit(ctx, c)
		}
	}
}

func (s *service) visit(ctx context.Context, c registry.Comune) {
	if !s.requests.await(ctx) {
		return
	}
	defer s.requests.end()
	s.log.Info("a visit was asked for", "istat", c.Istat, "comune", c.Name)
	var progress nightly.Progress // that nobody looks at
	sel := nightly.Selection{Comuni: []registry.Comune{c}, Words: c.Istat, Again: true}
	if _, err := s.crawl(ctx, sel, &progress); err != nil && ctx.Err() == nil {
		s.log.Error("a visit that was asked for", "istat", c.Istat, "error", err)
	}
}
