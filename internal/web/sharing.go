package web

// Publications of AgID's that several comuni link: found by going through the
// whole store, and so kept for a while.

import (
	"context"
	"sync"
	"time"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/report"
)

// sharingAge is how many times the age of a snapshot the index may reach: going
// through whole views takes longer than counting brief ones, and links to
// publications change once a year.
const sharingAge = 10

// sharing keeps the index. The zero value is ready.
type sharing struct {
	mu    sync.Mutex
	taken time.Time
	index *report.SharedIndex
}

// shared is the index for a comune, nil where its site links no publication.
// One request makes it anew and others wait for it; where the store fails, the
// one of before is used.
func (s *Server) shared(ctx context.Context, l record.Latest) *report.SharedIndex {
	if !report.Bears(l) {
		return nil
	}
	k := &s.sharing
	k.mu.Lock()
	defer k.mu.Unlock()
	now := s.o.Now()
	if k.index != nil && now.Sub(k.taken) < sharingAge*s.o.SnapshotAge && !now.Before(k.taken) {
		return k.index
	}
	all, err := report.SharedPublications(s.o.Store.Latest(ctx, report.Query{Checks: report.PublicationChecks()}))
	if err != nil {
		if ctx.Err() == nil {
			s.log.Error("looking for publications that several comuni link", "error", err)
		}
		return k.index
	}
	k.index, k.taken = report.NewSharedIndex(all), now
	return k.index
}
