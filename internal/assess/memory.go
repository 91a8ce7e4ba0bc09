package assess

// What earlier nights found, for the judges that may only speak after several.

import (
	"context"
	"fmt"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/record"
)

// Memory remembers the present view of a comune: what was last found, evidence or
// not, and for how many nights it has stood.
type Memory interface {
	Previous(ctx context.Context, istat string) (record.Latest, bool, error)
}

// Remembering is the same Assessor with that memory.
func (a *Assessor) Remembering(m Memory) *Assessor {
	with := *a
	with.memory = m
	return &with
}

// past is what is remembered of one comune, and the night it is asked on.
type past struct {
	view  record.Latest
	night string
}

// remember asks the memory, where there is one, about a visit of a night (see
// Request.Night).
func (a *Assessor) remember(ctx context.Context, istat string, at time.Time, night string) (past, error) {
	p := past{night: night}
	if p.night == "" {
		p.night = record.NightOf(at, a.rome)
	}
	if a.memory == nil {
		return p, nil
	}
	view, known, err := a.memory.Previous(ctx, istat)
	if err != nil {
		return p, fmt.Errorf("remembering %s: %w", istat, err)
	}
	if known {
		p.view = view
	}
	return p, nil
}

// of is the memory of one check. Two looks on one date count as one night, so
// that asking twice proves nothing twice.
func (p past) of(check string) checks.Previous {
	s, known := p.view.Standing(check)
	if !known {
		return checks.Previous{LastReach: p.view.Visit.Reach, ReachNights: p.reachNights()}
	}
	var pending *finding.Finding
	if s.Finding.Unconfirmed {
		f := s.Finding
		pending = &f
	}
	return checks.Previous{
		Pending: pending, LastDefinite: s.LastDefinite, LastDefiniteAt: s.LastDefiniteAt, Since: s.LastChanged, NightsStood: s.NightsWith(p.night) - 1,
		LastReach: p.view.Visit.Reach, ReachNights: p.reachNights(),
	}
}

func (p past) reachNights() int {
	if p.view.Checked.IsZero() {
		return 0
	}
	return p.view.ReachNightsWith(p.view.Visit.Reach, p.night) - 1
}
