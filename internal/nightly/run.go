package nightly

// One run from its plan to its outcome: the passes over its comuni, and what of
// their results is believed.

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// few is up to how many comuni a run does without a second look: who asks for
// one comune waits for the answer, and our name server would only repeat itself.
const few = 10

// run is the state of a run. All of it belongs to the goroutine of Run; workers
// are handed comuni and hand back results.
type run struct {
	o       Options
	todo    []registry.Comune // by ISTAT code
	checks  []string
	keep    *keeper
	offline func(context.Context) string
	close   func()

	address  map[string]netip.Addr // by ISTAT code, of those resolved
	tally    Tally
	resumed  int
	failed   int
	answered bool                // some site has: our network was there
	waiting  []record.Assessment // rows without a site, while nobody has answered
	unkept   []record.Assessment
	waited   time.Duration // for our network
	fresh    map[string]doubtful // reds to be looked at again, by ISTAT code
	nothing  bool
	why      string
	err      error

	confirming bool // the look under way is the second
}

func newRun(ctx context.Context, o Options, s Selection) (*run, error) {
	if o.Assessor == nil {
		return nil, errors.New("nightly: an assessor is needed")
	}
	if len(s.Comuni) == 0 {
		return nil, ErrNobody
	}
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		return nil, fmt.Errorf("nightly: %w", err)
	}
	o = o.complete()
	r := &run{o: o, todo: frozen(s.Comuni), checks: slices.Clone(s.Checks), fresh: map[string]doubtful{}}
	planned, err := plan(o, s, r.todo, rome)
	if err != nil {
		return nil, err
	}
	kept, stopKeeping := lingering(ctx)
	r.keep = &keeper{store: o.Keeper, ctx: kept, run: planned, rome: rome, again: s.Again}
	ask, stopAsking := o.Offline, func() {}
	if len(r.todo) <= few {
		ask, stopAsking = beforehand(ctx, o.Offline)
	}
	r.offline = ask
	r.close = func() { stopAsking(); stopKeeping() }
	return r, nil
}

// complete fills in what was left out.
func (o Options) complete() Options {
	o.Workers = max(1, o.Workers)
	if o.PerAddress < 1 {
		o.PerAddress = 16
	}
	if o.Offline == nil {
		o.Offline = func(context.Context) string { return "" }
	}
	if o.Watcher == nil {
		o.Watcher = &Progress{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// resume leaves out what an earlier call of the same run has measured.
func (r *run) resume(ctx context.Context) error {
	if err := r.keep.findOpen(); err != nil || !r.keep.resumed {
		return err
	}
	left := r.todo[:0]
	for _, c := range r.todo {
		if ctx.Err() != nil { // nobody will be looked at
			break
		}
		a, done, err := r.keep.measured(c.Istat)
		if err != nil {
			return err
		}
		if !done {
			left = append(left, c)
			continue
		}
		r.tally.add(a)
		r.doubt(a)
		r.resumed++
	}
	r.todo = left
	return nil
}

// all takes every comune through a first look, and those that seemed to be gone
// through a second one: a name server or an uplink of ours that fails for a
// minute must not make a hundred sites unreachable.
func (r *run) all(ctx context.Context) {
	r.locate(ctx)
	todo, again, last := r.todo, []registry.Comune(nil), r.keep.run.Expected <= few
	for {
		p := r.pass(ctx, todo, !last)
		if r.err != nil || ctx.Err() != nil {
			return
		}
		todo = p.rest
		if !last {
			again = append(again, comuniOf(p.doubtful)...)
		}
		if len(p.rest)+len(p.doubtful)+len(again) == 0 {
			return
		}
		why, back := r.network(ctx)
		switch {
		case ctx.Err() != nil || r.err != nil:
			return
		case !back:
			r.blame(why, p.doubtful)
			return
		case last && why == "":
			r.believe(p.doubtful)
			return
		case last: // it was gone at the end of this look: that one does not count
			todo = comuniOf(p.doubtful)
		case len(todo) == 0:
			todo, again, last = again, nil, true
		}
	}
}

// locate finds the addresses that comuni share. Where there is no network there
// is nothing to put in order.
func (r *run) locate(ctx context.Context) {
	if r.o.Resolver != nil && len(r.todo) > few && r.offline(ctx) == "" {
		r.address = addresses(ctx, r.o.Resolver, r.todo)
	}
}

// believe takes what was seen of sites that seem to be gone while our network
// was there. Where nobody has answered, and of every site it is said that the
// fault is ours, it is.
func (r *run) believe(doubtful []record.Assessment) {
	if !r.answered && len(r.waiting) == 0 && !slices.ContainsFunc(doubtful, notOurs) {
		r.blame(doubtful[0].Visit.Detail, doubtful)
		return
	}
	for _, a := range doubtful {
		r.accept(a)
	}
}

func notOurs(a record.Assessment) bool { return a.Visit.Reach != page.ReachOurFault }

// blame says that our network is why comuni are left.
func (r *run) blame(why string, doubtful []record.Assessment) {
	r.why = why
	if r.answered {
		return
	}
	r.nothing = true
	r.unkept = slices.Concat(r.waiting, doubtful)
	r.unkept, r.waiting = r.unkept[:min(len(r.unkept), few)], nil
}

// accept keeps what was measured of one comune.
func (r *run) accept(a record.Assessment) {
	if r.err != nil {
		return
	}
	r.tally.add(a)
	r.doubt(a)
	r.o.Watcher.Done(a)
	r.err = r.keep.add(a)
}

// outcome ends the run: it keeps what is still in hand, and closes the run where
// nothing is left to be done.
func (r *run) outcome(ctx context.Context) (Outcome, error) {
	for _, a := range r.waiting { // true without a network
		r.accept(a)
	}
	left := r.keep.run.Expected - r.tally.Comuni - r.failed
	err := errors.Join(r.err, r.keep.flush())
	if err == nil && left == 0 {
		err = r.keep.finish(r.o.Now().UTC(), r.tally.Comuni)
	}
	r.keep.run.Done = r.tally.Comuni
	return Outcome{
		Run: r.keep.run, Tally: r.tally, Resumed: r.resumed, Failed: r.failed, Left: left,
		Interrupted: left > 0 && ctx.Err() != nil, Why: r.why, Nothing: r.nothing, Unkept: r.unkept,
	}, err
}

func comuniOf(as []record.Assessment) []registry.Comune {
	out := make([]registry.Comune, len(as))
	for i, a := range as {
		out[i] = a.Comune
	}
	return out
}
