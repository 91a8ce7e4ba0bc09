package nightly

// The second look at reds that were none the time before: a page that was being
// rebuilt, half a download, a menu that failed to load must not become a change.

import (
	"context"
	"errors"
	"slices"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
)

// unconfirmed tells whether an assessment holds a red that waits for a second
// look.
func unconfirmed(a record.Assessment) bool {
	return slices.ContainsFunc(a.Findings, func(f finding.Finding) bool { return f.Unconfirmed })
}

// doubt notes a comune for the second look. A run of a few does without: who
// asks for one comune is told that the red is not yet confirmed, and the next
// look confirms it.
func (r *run) doubt(a record.Assessment) {
	if r.looksAgain() && unconfirmed(a) {
		r.fresh[a.Comune.Istat] = true
	}
}

// confirm looks again at what was noted, once everything else is done. What was
// seen the first time is kept already, and stands where the second look fails
// or the run ends before it.
func (r *run) confirm(ctx context.Context) {
	if len(r.fresh) == 0 || r.err != nil || ctx.Err() != nil || r.why != "" {
		return
	}
	if r.err = errors.Join(r.err, r.keep.flush()); r.err != nil { // the judges remember what is kept
		return
	}
	r.confirming = true
	r.pass(ctx, r.those(r.fresh), true)
	r.confirming = false
}

// replace takes a second look in the place of the first. A site that cannot be
// read by then keeps what was seen of it, and so does one that had https and now
// answers without: that may be a portal of ours.
func (r *run) replace(got *result) {
	a := got.assessment
	switch {
	case got.err != nil:
		r.o.Logger.Warn("second look failed", "istat", got.comune.Istat, "comune", got.comune.Name, "error", got.err)
	case r.err == nil && a.Visit.Reach == page.ReachOK:
		if first, known := r.measured(a.Comune.Istat); known && !sudden(&first.Visit, &a.Visit) {
			r.supersede(first, a)
		}
	}
}
