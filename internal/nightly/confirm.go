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
	"github.com/vigile-it/vigile/internal/registry"
)

// unconfirmed tells whether an assessment holds a red that waits for a second
// look.
func unconfirmed(a record.Assessment) bool {
	return slices.ContainsFunc(a.Findings, func(f finding.Finding) bool { return f.Unconfirmed })
}

// doubtful is a comune to be looked at again, and what was counted of it.
type doubtful struct {
	comune registry.Comune
	reach  page.Reach
	words  []uint32 // of its findings, by the run's vocabulary
}

func (r *run) doubtful(a record.Assessment) doubtful {
	return doubtful{a.Comune, a.Visit.Reach, r.vocabulary.numbersOf(a.Findings)}
}

// uncount takes back what was counted of it.
func (r *run) uncount(d doubtful) { r.tally.remove(d.reach, r.vocabulary.wordsOf(d.words)) }

// doubt notes a comune for the second look. A run of a few does without: who
// asks for one comune is told that the red is not yet confirmed, and the next
// look confirms it.
func (r *run) doubt(a record.Assessment) {
	if r.keep.run.Expected <= few || !unconfirmed(a) {
		return
	}
	r.fresh[a.Comune.Istat] = r.doubtful(a)
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
	var todo []registry.Comune
	for _, d := range r.fresh {
		todo = append(todo, d.comune)
	}
	r.confirming = true
	r.pass(ctx, frozen(todo), true)
	r.confirming = false
}

// replace takes a second look in the place of the first. A site that cannot be
// read by then keeps what was seen of it.
func (r *run) replace(got *result) {
	a := got.assessment
	first, ok := r.fresh[a.Comune.Istat]
	switch {
	case got.err != nil:
		r.o.Logger.Warn("second look failed", "istat", got.comune.Istat, "comune", got.comune.Name, "error", got.err)
		return
	case !ok || r.err != nil || a.Visit.Reach != page.ReachOK:
		return
	}
	delete(r.fresh, a.Comune.Istat)
	r.uncount(first)
	r.tally.add(a)
	r.err = r.keep.add(a)
}
