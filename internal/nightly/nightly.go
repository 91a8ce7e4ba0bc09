// Package nightly takes many comuni through their assessment: in an order that
// spares shared servers, many at once, kept as they come, to be gone on with
// after any interruption. It tells our own bad network from theirs, and keeps
// the timetable of the nights.
package nightly

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"github.com/vigile-it/vigile/internal/assess"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// An Assessor looks at one comune; assess.Assessor is one. With its context's
// error what it returns is not whole.
type Assessor interface {
	Assess(ctx context.Context, c registry.Comune, r assess.Request) (record.Assessment, error)
}

// A Keeper keeps what was measured; store.Store is one, and says what each
// method does. Run calls its methods from one goroutine.
type Keeper interface {
	Begin(ctx context.Context, run record.Run) error
	Append(ctx context.Context, as ...record.Assessment) error
	Finish(ctx context.Context, runID string, ended time.Time, done int) error
	Runs(ctx context.Context, kind record.RunKind, limit int) ([]record.Run, error)
	History(ctx context.Context, istat string, limit int) ([]record.Assessment, error)
}

// A Resolver says where a site is; netguard.Guard is one.
type Resolver interface {
	Addresses(ctx context.Context, host string) ([]netip.Addr, error)
}

// A Watcher is told how a run is going, one call at a time. Progress is one, to
// be used or embedded.
type Watcher interface {
	Planned(run record.Run, before Tally) // once: what is to be done, and what of it an earlier call has measured
	Began(c registry.Comune)              // twice where a second look is needed
	Done(a record.Assessment)             // once a comune: this is what will be kept
	Failed(c registry.Comune)             // its assessment broke
	Offline(why string)                   // the run waits for our network; empty: it is back
}

// Options say how comuni are assessed. Only Assessor is required.
type Options struct {
	Assessor Assessor
	Keeper   Keeper // nil: nothing is kept, and nothing is gone on with
	Workers  int    // comuni in flight; less than 1: 1

	// Resolver lets comuni that share an address start before others, the biggest
	// share first, and at most PerAddress of each at once, so that none waits out
	// its time in a queue before one server, or some more where answers are quicker
	// than a third of the Gap. nil: in the order of their codes.
	Resolver   Resolver
	PerAddress int           // comuni in flight per shared address, four for each request it may be asked at once; less than 1: 16
	Gap        time.Duration // between two requests to one host

	// Offline says why our network is not there, and nothing where it is. It is
	// asked when sites seem to be gone, and must look anew each time. nil: the
	// network is known to be there.
	Offline func(ctx context.Context) (why string)
	// Silent says why none of some sites answers that all did a while ago, and
	// nothing where one does; of none or a few, whether anybody does. They are in
	// networks of their own, where the Resolver knows them. It is asked when nearly
	// all of the last sites have failed, and before a failure is believed, while
	// Offline says nothing. nil: it is not asked.
	Silent func(ctx context.Context, sites []string) (why string)
	// Anew is called before a site that seemed to be gone is looked at again: what
	// is remembered of sites and names that did not answer must be forgotten. nil:
	// nothing is remembered.
	Anew func()
	// Patience is how long a run waits, in all, for our network to come back. A
	// request of up to ten comuni, or in which no site has answered yet, does not.
	Patience   time.Duration
	ProbeEvery time.Duration // between two questions whether it is back; 0: half a minute
	// LastLook is how long after all other work of a night the sites that are gone
	// for the moment are looked at once more; what is kept of them is what is seen
	// then. 0: they are not.
	LastLook time.Duration

	Watcher Watcher          // nil: nobody
	Now     func() time.Time // nil: time.Now
	Logger  *slog.Logger     // nil: silent
	Version string           // of vigile, for the run's record
}

// Selection says what is to be assessed. A run of the same selection that was
// cut off on the same date in Rome is gone on with, a night also where it had
// ended: it is done once.
type Selection struct {
	Comuni []registry.Comune // one that is there twice is assessed once
	Words  string            // what was asked for ("provincia PG"); empty: the codes
	Checks []string          // ids; nil: all
	Again  bool              // begin anew, whatever was cut off or done

	// Kind is Request where it is empty. A request follows the interests of every
	// check; a night spends two pages at most on those that are no obligation.
	Kind  record.RunKind
	Night string // of a Night: its date, 2006-01-02; empty: today in Rome
}

// Outcome is what came of a run. The assessments are in the Keeper.
type Outcome struct {
	Run     record.Run // Ended is zero where it can be gone on with
	Tally   Tally      // of the whole run; interrupted while it read what earlier calls measured: of what it had read
	Resumed int        // comuni of Tally that an earlier call had measured
	Failed  int        // comuni whose assessment broke; they are logged, and not kept
	Left    int        // comuni still to be done: interrupted, or our network is gone

	Interrupted bool   // the context ended
	Why         string // why our network is to blame; empty: it is not, or cannot say

	// Nothing: this call could not measure one comune, on our account. What was
	// seen all the same is in Unkept, a few at most, and was not kept.
	Nothing bool
	Unkept  []record.Assessment
}

// ErrNobody is returned for a selection without comuni.
var ErrNobody = errors.New("nightly: no comune to assess")

// Run assesses the comuni of a selection. When ctx ends, what was measured until
// then is kept within a few seconds and the outcome says that it was interrupted,
// without an error. Errors are the Keeper's, an unknown check, or that Options
// or Selection cannot be used; what could be kept was kept. Run leaves no
// goroutine behind. The time zone Europe/Rome must be known to the program:
// import time/tzdata.
func Run(ctx context.Context, o Options, s Selection) (Outcome, error) {
	r, err := newRun(ctx, o, s)
	if err != nil {
		return Outcome{}, err
	}
	defer r.close()
	if err := r.resume(ctx); err != nil {
		return Outcome{}, err
	}
	r.o.Watcher.Planned(r.keep.run, r.tally.clone())
	if ended := !r.keep.run.Ended.IsZero(); !ended || len(r.todo) > 0 {
		r.all(ctx)
		r.confirm(ctx)
		r.lastLook(ctx)
	}
	return r.outcome(ctx)
}
