package nightly

// The last look of a night, some time after all the rest: a server that was down at
// two is often there at five. What is gone for good is not asked again.

import (
	"context"
	"slices"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
)

// momentary tells a reach that may pass within the night. A name that does not
// exist has been looked up twice by then, and a certificate does not mend itself.
func momentary(reach page.Reach) bool {
	switch reach {
	case page.ReachServFail, page.ReachDNSTimeout, page.ReachConnTimeout, page.ReachConnRefused, page.ReachConnReset, page.ReachTLSProtocol,
		page.ReachHTTP5xx, page.ReachTooSlow, page.ReachRateLimited, page.ReachMaintenance, page.ReachOurFault:
		return true
	default:
		return false
	}
}

// miss notes a comune for the last look.
func (r *run) miss(a record.Assessment) {
	if r.looksAgain() && r.keep.run.Kind == record.Night && r.o.LastLook > 0 && momentary(a.Visit.Reach) {
		r.silent[a.Comune.Istat] = true
	}
}

// lastLook looks at them, a batch between two questions about our network. What was
// seen before is kept already, and stands where there is no last look, it is broken
// off, or our network is gone by then.
func (r *run) lastLook(ctx context.Context) {
	if len(r.silent) == 0 || r.err != nil || ctx.Err() != nil || r.why != "" {
		return
	}
	if r.err = r.keep.flush(); r.err != nil {
		return
	}
	r.o.Logger.Info("sites that are gone for the moment are looked at once more", "comuni", len(r.silent), "in", r.o.LastLook)
	if !pause(ctx, r.o.LastLook) || r.gone(ctx, true, r.o.Offline) != "" {
		return
	}
	r.o.Anew()
	r.closing = true
	defer func() { r.closing = false }()
	for batch := range slices.Chunk(r.those(r.silent), r.atOnce()) {
		r.closed = nil
		r.pass(ctx, batch, false)
		if r.err != nil || ctx.Err() != nil || r.gone(ctx, true, r.o.Offline) != "" {
			return
		}
		for _, a := range r.closed {
			r.conclude(a)
		}
	}
}

// conclude takes what was seen last in the place of what was seen before. What our
// own network may have made is not taken: it was seen but once, and a minute of ours
// must not put a red where there was an error.
func (r *run) conclude(a record.Assessment) {
	if r.err != nil || r.suspects(a.Visit.Reach) {
		return
	}
	before, known := r.measured(a.Comune.Istat)
	if known && a.Visit.Reach != before.Visit.Reach && !sudden(&before.Visit, &a.Visit) {
		r.supersede(before, a)
	}
}
