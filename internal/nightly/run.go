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

// many is above how many comuni a run looks at each briskly at first: one that does
// not answer would hold for a minute a place that others wait for.
const many = 50

// few is up to how many comuni a run does without a second look: who asks for
// one comune waits for the answer, and our name server would only repeat itself.
const few = 10

// run is the state of a run. All of it belongs to the goroutine of Run; workers
// are handed comuni and hand back results.
type run struct {
	o       Options
	comuni  registry.Roll // by ISTAT code; they go by their number in it
	todo    []int         // those that an earlier call has not measured
	checks  []string
	keep    *keeper
	offline func(context.Context) string
	close   func()

	address  []netip.Addr // of each, where it was resolved; nil: none was
	tally    Tally
	resumed  int
	failed   int
	answered bool                // some site has: our network was there
	good     []witness           // sites that answered last, the newest at the end
	waiting  []record.Assessment // rows without a site, while nobody has answered
	unkept   []record.Assessment
	fresh    map[string]bool // ISTAT codes whose reds are to be looked at again
	silent   map[string]bool // ISTAT codes whose sites are gone for the moment
	waited   time.Duration   // for our network
	nothing  bool

	confirming bool // the look under way is the second
	closing    bool // it is the last, and this is what it saw since our network was asked for
	closed     []record.Assessment
	why        string
	err        error
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
	comuni, err := registry.NewRoll(frozen(s.Comuni))
	if err != nil {
		return nil, fmt.Errorf("nightly: %w", err)
	}
	r := &run{o: o, comuni: comuni, checks: slices.Clone(s.Checks), fresh: map[string]bool{}, silent: map[string]bool{}}
	for i := range comuni.Len() {
		r.todo = append(r.todo, i)
	}
	planned, err := plan(o, s, comuni, rome)
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
	if o.ProbeEvery <= 0 {
		o.ProbeEvery = 30 * time.Second
	}
	if o.Anew == nil {
		o.Anew = func() {}
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
	var left []int
	for _, i := range r.todo {
		if ctx.Err() != nil { // nobody will be looked at
			break
		}
		a, done, err := r.keep.measured(r.comuni.Istat(i))
		if err != nil {
			return err
		}
		if !done {
			left = append(left, i)
			continue
		}
		r.tally.add(a)
		r.doubt(a)
		r.miss(a)
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
	if r.keep.run.Expected <= few {
		r.last(ctx, r.todo)
		return
	}
	var again []int
	for todo := r.todo; len(todo) > 0; {
		p := r.pass(ctx, todo, true)
		if r.err != nil || ctx.Err() != nil {
			return
		}
		again = append(again, p.again...)
		if todo = p.rest; len(todo)+len(again) == 0 {
			return
		}
		why, back := r.network(ctx, p.dark || len(todo) == 0)
		if ctx.Err() != nil || r.err != nil {
			return
		}
		if !back {
			r.blame(why, p.doubtful)
			return
		}
	}
	r.last(ctx, again)
}

// lastAtOnce is how many comuni, at the least, are looked at for the last time
// between two questions about our network: what is seen is believed where it was
// there before and after. Two for each worker, so that few wait for the slowest: a
// night's last looks come when nothing else is left to be done meanwhile.
const lastAtOnce = 64

func (r *run) atOnce() int { return max(lastAtOnce, 2*r.o.Workers) }

// last takes comuni through the look that is believed.
func (r *run) last(ctx context.Context, all []int) {
	for len(all) > 0 {
		n := min(r.atOnce(), len(all))
		if r.keep.run.Expected > few {
			r.o.Anew()
		}
		p := r.pass(ctx, all[:n], false)
		if r.err != nil || ctx.Err() != nil {
			return
		}
		if all = all[n:]; len(p.doubtful) == 0 {
			continue
		}
		why, back := r.network(ctx, true)
		switch {
		case ctx.Err() != nil || r.err != nil:
			return
		case !back:
			r.blame(why, p.doubtful)
			return
		case why != "": // it was gone at the end of this look: that one does not count
			all = append(p.again, all...)
		case !r.believe(p.doubtful):
			return
		}
	}
}

// locate finds the addresses that comuni share. Where there is no network there
// is nothing to put in order.
func (r *run) locate(ctx context.Context) {
	if r.o.Resolver == nil || len(r.todo) <= few || r.offline(ctx) != "" {
		return
	}
	sites, due := make([]string, r.comuni.Len()), make([]bool, r.comuni.Len())
	for _, i := range r.todo {
		due[i] = true
	}
	for i, c := range r.comuni.All() {
		if due[i] {
			sites[i] = c.Site.URL
		}
	}
	r.address = addresses(ctx, r.o.Resolver, sites)
}

// believe takes what was seen of sites that seem to be gone while our network
// was there. Where nobody has answered, and of every site it is said that the
// fault is ours, it is; of a night in which nobody has, whatever is said.
// It tells whether it did believe it.
func (r *run) believe(doubtful []record.Assessment) bool {
	night := r.keep.run.Kind == record.Night && len(doubtful) >= windowSize
	ours := len(r.waiting) == 0 && !slices.ContainsFunc(doubtful, notOurs)
	if !r.answered && r.resumed == 0 && (night || ours) {
		r.blame(doubtful[0].Visit.Detail, doubtful)
		return false
	}
	for _, a := range doubtful {
		r.accept(a)
	}
	return true
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
	r.miss(a)
	r.o.Watcher.Done(a)
	r.err = r.keep.add(a)
}

// looksAgain tells a run in which another look may take the place of what was kept.
func (r *run) looksAgain() bool { return r.keep.run.Expected > few && r.keep.store != nil }

// those are the comuni of such codes.
func (r *run) those(codes map[string]bool) []int {
	out := make([]int, 0, len(codes))
	for i := range r.comuni.Len() {
		if codes[r.comuni.Istat(i)] {
			out = append(out, i)
		}
	}
	return out
}

// measured is what is kept of a comune that is looked at again.
func (r *run) measured(istat string) (a record.Assessment, known bool) {
	a, known, r.err = r.keep.measured(istat)
	return a, known
}

// supersede takes a later look at a comune in the place of the one that was kept.
func (r *run) supersede(before, a record.Assessment) {
	r.tally.remove(before)
	r.tally.add(a)
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
	if err == nil && left == 0 && (r.keep.run.Ended.IsZero() || r.tally.Comuni > r.resumed) {
		err = r.keep.finish(r.o.Now().UTC(), r.tally.Comuni)
	}
	r.keep.run.Done = r.tally.Comuni
	return Outcome{
		Run: r.keep.run, Tally: r.tally, Resumed: r.resumed, Failed: r.failed, Left: left,
		Interrupted: left > 0 && ctx.Err() != nil, Why: r.why, Nothing: r.nothing, Unkept: r.unkept,
	}, err
}
