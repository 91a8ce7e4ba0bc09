package main

// This file visits the comuni of one run: workers over the assessor, one writer.

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/assess"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/store"
)

// outcome is what came of a run.
type outcome struct {
	run         record.Run
	assessments []record.Assessment // in the order asked for
	latest      []record.Latest     // the present view of the same comuni
	interrupted bool
	nothing     string // why nothing could be measured; empty: something was
}

// job is one run to be done.
type job struct {
	comuni   []registry.Comune
	checks   []string // ids; nil: all
	again    bool
	workers  int
	assessor *assess.Assessor
	store    store.Store         // nil: nothing is kept
	offline  func() (why string) // empty: the network is there; nil: it is known to be
}

// visitAll does what the command line asks, from names to findings.
func (a *app) visitAll(ctx context.Context, cfg config.Config, list []checks.Check, f crawlFlags) (outcome, error) {
	queries, err := a.queries(f)
	if err != nil {
		return outcome{}, err
	}
	g, err := a.guard(cfg)
	if err != nil {
		return outcome{}, err
	}
	defer g.Close()
	assessor, err := a.assessor(cfg, g, list)
	if err != nil {
		return outcome{}, err
	}
	comuni, err := a.find(ctx, cfg, g, f, queries)
	if err != nil {
		return outcome{}, err
	}
	j := job{comuni: comuni, checks: f.checks, again: f.again, workers: min(cfg.Crawl.SitesInFlight, len(comuni)), assessor: assessor}
	if f.registry != "" { // else IPA has answered, and the network is there
		j.offline = a.probe(ctx, cfg, g)
	}
	if !f.dryRun {
		if j.store, err = a.openStore(cfg, false); err != nil {
			return outcome{}, err
		}
		defer j.store.Close()
	}
	return a.do(ctx, j)
}

// do runs a job. When ctx ends, what was measured until then is kept, and the
// outcome says that it was interrupted.
func (a *app) do(ctx context.Context, j job) (outcome, error) {
	k, err := a.newKeeper(ctx, j)
	if err != nil {
		return outcome{}, err
	}
	left := k.left()
	if n := len(k.done); n > 0 {
		a.note(a.text.Count("crawl.resumed", n))
	}
	defer a.sayStopping(ctx)()
	results := make(chan record.Assessment)
	workers, inner := errgroup.WithContext(ctx)
	workers.SetLimit(max(1, j.workers))
	finished := make(chan error, 1)
	progress := a.newProgress(len(j.comuni), len(k.done))
	go func() {
		defer close(results)
		for _, c := range left {
			if inner.Err() != nil {
				break
			}
			workers.Go(func() error {
				progress.begin(c)
				x, err := j.assessor.Assess(inner, c, assess.Request{Run: k.run.ID, Checks: j.checks, Everything: true})
				if err == nil {
					results <- x
				}
				return err
			})
		}
		finished <- workers.Wait()
	}()
	kept := k.drain(results, progress)
	progress.end()
	worked := <-finished
	o := outcome{run: k.run, interrupted: ctx.Err() != nil}
	switch {
	case kept != nil:
		return o, kept
	case worked != nil && !o.interrupted:
		return o, worked
	}
	return o, k.close(&o)
}

// sayStopping tells whoever pressed Ctrl-C that it was heard. What it returns
// ends the listening, and waits for the sentence if it is being said.
func (a *app) sayStopping(ctx context.Context) (end func()) {
	said := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(said)
		a.note(a.text.Text("crawl.again_to_quit"))
	})
	return func() {
		if !stop() {
			<-said
		}
	}
}

// keeper stores the results of one run and remembers them.
type keeper struct {
	app     *app
	job     job
	ctx     context.Context // never ends: what was measured is kept when the user stops
	run     record.Run
	begun   bool
	done    map[string]record.Assessment // by ISTAT code
	views   map[string]record.Latest     // of runs that keep nothing
	waiting []record.Assessment          // while no site has answered, so that it may all be our network
}

func (a *app) newKeeper(ctx context.Context, j job) (*keeper, error) {
	k := &keeper{app: a, job: j, ctx: context.WithoutCancel(ctx), done: map[string]record.Assessment{}, views: map[string]record.Latest{}}
	now := a.now().UTC()
	k.run = record.Run{
		ID: newRunID(now), Kind: record.Request, Started: now, Selection: selection(j.comuni), Checks: j.checks,
		Expected: len(j.comuni), Version: release(),
	}
	if j.store == nil || j.again {
		return k, nil
	}
	return k, k.resume()
}

// resume finds a run of the same comuni, checks and date in Rome that was cut
// off, and what it had already measured.
func (k *keeper) resume() error {
	runs, err := k.job.store.Runs(k.ctx, 100)
	if err != nil {
		return err
	}
	today := record.NightOf(k.run.Started, rome())
	i := slices.IndexFunc(runs, func(r record.Run) bool {
		return r.Kind == record.Request && r.Ended.IsZero() && r.Selection == k.run.Selection && slices.Equal(r.Checks, k.run.Checks) &&
			record.NightOf(r.Started, rome()) == today
	})
	if i < 0 {
		return nil
	}
	for _, c := range k.job.comuni {
		past, err := k.job.store.History(k.ctx, c.Istat, 20)
		if err != nil {
			return err
		}
		for _, x := range past {
			if x.Run == runs[i].ID {
				k.done[c.Istat] = x
			}
		}
	}
	k.run = runs[i]
	return k.begin()
}

// left lists the comuni that no earlier part of the run has measured.
func (k *keeper) left() []registry.Comune {
	return slices.DeleteFunc(slices.Clone(k.job.comuni), func(c registry.Comune) bool {
		_, done := k.done[c.Istat]
		return done
	})
}

// drain takes results until there are no more. It goes on taking them after an
// error, so that no worker is left waiting.
func (k *keeper) drain(results <-chan record.Assessment, p *progress) error {
	var failed error
	for x := range results {
		k.done[x.Comune.Istat] = x
		p.step(x)
		if failed == nil {
			failed = k.keep(x)
		}
	}
	return failed
}

// keep stores one result. Until a site has answered, results wait: a network
// that is not there measures nobody.
func (k *keeper) keep(x record.Assessment) error {
	if k.begun {
		return k.append(x)
	}
	k.waiting = append(k.waiting, x)
	if mute(x.Visit.Reach) || x.Visit.Reach == page.ReachNoURL || x.Visit.Reach == page.ReachBadURL {
		return nil
	}
	return k.begin()
}

// mute tells whether a reach may be that of our own network.
func mute(r page.Reach) bool {
	switch r {
	case page.ReachOurFault, page.ReachNXDomain, page.ReachServFail, page.ReachDNSTimeout:
		return true
	default:
		return false
	}
}

// settle decides on what waits when all is done: whether it says something of
// the comuni, or only of our network. why is empty for the first.
func (k *keeper) settle() (why string, err error) {
	if k.begun || len(k.waiting) == 0 {
		return "", nil
	}
	silent, ours := 0, 0
	for _, x := range k.waiting {
		if mute(x.Visit.Reach) {
			silent++
		}
		if x.Visit.Reach == page.ReachOurFault {
			ours++
		}
	}
	if silent > 0 && k.job.offline != nil {
		why = k.job.offline()
	}
	if why == "" && ours == len(k.waiting) {
		why = k.app.ourFault(k.waiting[0])
	}
	if why != "" {
		return why, nil
	}
	return "", k.begin()
}

// ourFault is what a visit says of the trouble on our side.
func (a *app) ourFault(x record.Assessment) string {
	if d := plain(x.Visit.Detail); d != "" {
		return d
	}
	return a.text.Text("reach.our_fault.word")
}

func (k *keeper) begin() error {
	k.begun = true
	waiting := k.waiting
	k.waiting = nil
	if k.job.store != nil {
		if err := k.job.store.Begin(k.ctx, k.run); err != nil {
			return err
		}
	}
	if len(waiting) == 0 {
		return nil
	}
	return k.append(waiting...)
}

func (k *keeper) append(xs ...record.Assessment) error {
	if k.job.store != nil {
		return k.job.store.Append(k.ctx, xs...)
	}
	for _, x := range xs {
		k.views[x.Comune.Istat], _ = k.views[x.Comune.Istat].Take(x, record.NightOf(x.Started, rome()))
	}
	return nil
}

// close ends the run and gathers its results. A run that was interrupted stays
// open, so that the same command goes on with it.
func (k *keeper) close(o *outcome) error {
	var err error
	if o.nothing, err = k.settle(); err != nil {
		return err
	}
	k.run.Done = len(k.done)
	if !o.interrupted {
		k.run.Ended = k.app.now().UTC()
	}
	o.run = k.run
	for _, c := range k.job.comuni {
		if x, ok := k.done[c.Istat]; ok {
			o.assessments = append(o.assessments, x)
		}
	}
	if k.job.store == nil {
		for _, x := range o.assessments {
			if v, ok := k.views[x.Comune.Istat]; ok {
				o.latest = append(o.latest, v)
			}
		}
		return nil
	}
	if k.begun && !o.interrupted {
		if err := k.job.store.Finish(k.ctx, k.run.ID, k.run.Ended, k.run.Done); err != nil {
			return err
		}
	}
	return k.readViews(o)
}

// readViews reads the present view of the comuni back from the store.
func (k *keeper) readViews(o *outcome) error {
	if len(o.assessments) == 0 {
		return nil
	}
	var q store.Query
	for _, x := range o.assessments {
		q.Istat = append(q.Istat, x.Comune.Istat)
	}
	for l, err := range k.job.store.Latest(k.ctx, q) {
		if err != nil {
			return err
		}
		o.latest = append(o.latest, l)
	}
	return nil
}

// newRunID is unique and sorts by time.
func newRunID(at time.Time) string {
	var tail [3]byte
	rand.Read(tail[:]) //nolint:errcheck // it never fails since Go 1.24
	return "r" + at.UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(tail[:])
}

func digest(words []string) string {
	sum := sha256.Sum256([]byte(strings.Join(words, "\n")))
	return hex.EncodeToString(sum[:6])
}
