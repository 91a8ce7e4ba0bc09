package main

// This file takes the comuni of one run through internal/nightly and gathers
// what came of it.

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/internal/assess"
	"github.com/vigile-it/vigile/internal/netguard"
	"github.com/vigile-it/vigile/internal/nightly"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/report"
	"github.com/vigile-it/vigile/store"
	"github.com/vigile-it/vigile/store/bolt"
)

// gatherUpTo is up to how many comuni the assessments of a run are held in
// memory; what is shown of more is read from the store one by one.
const gatherUpTo = 1_000

// How long a run waits for our own network to come back.
const (
	nightPatience   = 2 * time.Hour
	requestPatience = 10 * time.Minute
)

// outcome is what came of a run.
type outcome struct {
	run         record.Run
	tally       nightly.Tally
	assessments []record.Assessment // in the order asked for; none of a run of more than gatherUpTo
	latest      []record.Latest     // the present view of the same comuni
	shared      *report.SharedIndex // publications that several comuni link; nil: none of these links any
	outside     *registry.External  // what other sources say; nil: nothing
	store       store.Store         // where all of it is; nil: nothing is kept
	codes       []string            // ISTAT codes asked for
	failed      int                 // comuni whose assessment broke
	left        int                 // comuni still to be done
	interrupted bool
	nothing     string // why nothing could be measured; empty: something was
	why         string // why comuni are left although nobody interrupted
}

// crew is what looks at comuni: one for as long as the program runs.
type crew struct {
	app      *app
	cfg      config.Config
	guard    *netguard.Guard
	assessor *assess.Assessor
	reset    func() // begins a new run
	anew     func() // begins a second look
	thrift   *thrift
	log      *slog.Logger
	pages    *bolt.Pages // nil: none are kept
}

// newCrew makes a crew. keep lets it leave AgID's answers on disk.
func (a *app) newCrew(cfg config.Config, list []checks.Check, keep bool, r prometheus.Registerer) (*crew, error) {
	g, err := a.guard(cfg)
	if err != nil {
		return nil, err
	}
	memory := new(thrift)
	assessor, reset, anew, err := a.assessor(cfg, g, list, keep, r, memory)
	if err != nil {
		g.Close()
		return nil, err
	}
	// Who waits for a crawl is told by its progress what a warning would say.
	c := &crew{app: a, cfg: cfg, guard: g, assessor: assessor, reset: reset, anew: anew, thrift: memory, log: a.loggerFrom(cfg, slog.LevelError)}
	if keep {
		c.keepPages()
	}
	return c, nil
}

// keepPages opens the cache of pages. It is a convenience: without it a crawl
// goes on, and a later replay judges from the facts.
func (c *crew) keepPages() {
	p, err := bolt.OpenPages(pagesPath(c.cfg), bolt.PagesOptions{
		Now: c.app.now, Failed: func(err error) { c.log.Error("pages not kept", "err", err) },
	})
	if err != nil {
		c.log.Warn("pages are not kept", "err", err)
		return
	}
	c.pages, c.assessor = p, c.assessor.Shelving(p)
}

func (c *crew) close() {
	c.guard.Close()
	if c.pages == nil {
		return
	}
	if err := c.pages.Close(); err != nil {
		c.log.Error("closing the kept pages", "err", err)
	}
}

// run takes a selection through the crew; keep is nil where nothing is kept.
func (c *crew) run(ctx context.Context, s nightly.Selection, keep nightly.Keeper, w nightly.Watcher) (nightly.Outcome, error) {
	return c.runUntil(ctx, s, keep, w, 0)
}

// runUntil is run with a last look at sites that did not answer, so long after all
// the rest; 0: without.
func (c *crew) runUntil(ctx context.Context, s nightly.Selection, keep nightly.Keeper, w nightly.Watcher, lastLook time.Duration) (nightly.Outcome, error) {
	c.reset()
	kind := s.Kind // s is not asked again: the run lays the rows by, and these are to go
	end := sync.OnceFunc(c.thrift.spare(len(s.Comuni), c.cfg.Crawl.SitesInFlight))
	defer end()
	patience := requestPatience
	if kind == record.Night {
		patience = nightPatience
	}
	assessor := c.assessor
	if m, ok := keep.(assess.Memory); ok {
		assessor = assessor.Remembering(m)
	}
	got, err := nightly.Run(ctx, nightly.Options{
		Assessor: assessor, Keeper: sparing(keep, c.thrift.collect, end), Workers: c.cfg.Crawl.SitesInFlight,
		Resolver: c.guard, PerAddress: 4 * c.cfg.Crawl.PerAddressInFlight, Gap: c.cfg.Crawl.PerHostDelay,
		Offline: func(ctx context.Context) string { return c.app.offline(ctx, c.cfg) },
		Silent:  func(ctx context.Context, sites []string) string { return c.app.silent(ctx, c.cfg, sites) },
		Anew:    c.anew, LastLook: lastLook, Patience: patience, ProbeEvery: c.app.world.probeEvery,
		Watcher: w, Now: c.app.now, Logger: c.log, Version: release(),
	}, s)
	if err == nil && kind == record.Night && !got.Interrupted {
		c.retain(ctx, keep)
	}
	return got, err
}

// do takes a selection through the crew while somebody watches. When ctx ends,
// what was measured until then is kept, and the outcome says that it was
// interrupted.
func (c *crew) do(ctx context.Context, s nightly.Selection, st store.Store) (outcome, error) {
	defer c.app.sayStopping(ctx)()
	codes := askedFor(s)
	p := c.app.newProgress(st == nil)
	var keep nightly.Keeper
	if st != nil {
		keep = st
	}
	got, err := c.run(ctx, s, keep, p)
	p.end()
	if err != nil {
		return outcome{}, err
	}
	o := outcomeOf(got, codes)
	if st == nil || got.Nothing {
		o.collected(append(p.collected, got.Unkept...))
		return o, o.share(ctx)
	}
	o.store = st
	return o, o.gather(context.WithoutCancel(ctx))
}

// askedFor are the ISTAT codes asked for, which do not hold on to their rows.
func askedFor(s nightly.Selection) []string {
	codes := make([]string, len(s.Comuni))
	for i, c := range s.Comuni {
		codes[i] = strings.Clone(c.Istat)
	}
	return codes
}

func outcomeOf(got nightly.Outcome, codes []string) outcome {
	o := outcome{
		codes: codes, run: got.Run, tally: got.Tally, failed: got.Failed, left: got.Left, interrupted: got.Interrupted, why: got.Why,
	}
	if got.Nothing {
		o.nothing = got.Why
	}
	return o
}

// collected takes what was measured and is kept nowhere.
func (o *outcome) collected(xs []record.Assessment) {
	at := map[string]int{}
	for i, x := range xs {
		at[x.Comune.Istat] = i
	}
	for _, code := range o.codes {
		if i, ok := at[code]; ok {
			view, _ := record.Latest{}.Take(xs[i], record.NightOf(xs[i].Started, rome()))
			o.assessments, o.latest = append(o.assessments, xs[i]), append(o.latest, view)
		}
	}
}

// gather reads the run's assessments and the present views back, where there is
// room for them.
func (o *outcome) gather(ctx context.Context) error {
	if len(o.codes) > gatherUpTo {
		return o.share(ctx)
	}
	for _, code := range o.codes {
		x, ok, err := ofRun(ctx, o.store, code, o.run)
		if err != nil {
			return fmt.Errorf("reading the run back: %w", err)
		}
		if ok {
			o.assessments = append(o.assessments, x)
		}
	}
	if len(o.assessments) == 0 {
		return nil
	}
	for l, err := range o.store.Latest(ctx, store.Query{Istat: codesOf(o.assessments)}) {
		if err != nil {
			return fmt.Errorf("reading the run back: %w", err)
		}
		o.latest = append(o.latest, l)
	}
	return o.share(ctx)
}

// ofRun is what a run has of one comune, if it has it.
func ofRun(ctx context.Context, s store.Store, istat string, run record.Run) (record.Assessment, bool, error) {
	past, err := s.History(ctx, istat, 20)
	if err != nil {
		return record.Assessment{}, false, err
	}
	i := slices.IndexFunc(past, func(x record.Assessment) bool { return x.Run == run.ID })
	if i < 0 {
		return record.Assessment{}, false, nil
	}
	return past[i], true, nil
}

func codesOf(xs []record.Assessment) []string {
	out := make([]string, len(xs))
	for i, x := range xs {
		out[i] = x.Comune.Istat
	}
	return out
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
