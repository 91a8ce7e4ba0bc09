// Package assess looks at one comune from start to end: it visits the site,
// shows each page to the checks, and has them judge what was seen.
package assess

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// A Visitor looks at one site and shows its pages to the watcher. It returns an
// error only when the context ended; every other trouble is the visit's Reach.
type Visitor interface {
	Visit(ctx context.Context, target crawler.Target, watcher crawler.Watcher) (page.Visit, error)
}

// Options are what an Assessor is made of. Visitor and Checks are required.
type Options struct {
	Visitor    Visitor
	Checks     []checks.Check
	Declarer   Declarer         // nil: AgID is not asked
	Memory     Memory           // nil: nothing is remembered, every night is the first
	Pages      PageKeeper       // nil: no page is kept
	Under      string           // what else decides what a visit reads and notes: the program, its rules and settings; empty: every page is looked at every night
	Rome       *time.Location   // Europe/Rome, by whose dates nights are counted; nil: UTC
	Now        func() time.Time // nil: time.Now
	Logger     *slog.Logger     // nil: silent
	Registerer prometheus.Registerer
}

// An Assessor assesses comuni, any number at once.
type Assessor struct {
	visitor  Visitor
	checks   []checks.Check
	declarer Declarer
	memory   Memory
	pages    PageKeeper
	under    string
	packing  chan *bytes.Buffer // see shelf
	rome     *time.Location
	now      func() time.Time
	log      *slog.Logger
	meter    *meter
}

// Request says what is asked of one assessment.
type Request struct {
	Run        string   // id of the run it belongs to
	Night      string   // that the run is of, 2006-01-02, though midnight may be past; empty: of the date in Rome
	Checks     []string // ids; nil: all
	Everything bool     // follow the interests of every check, not of the obligations alone
	Anew       bool     // read every page, whatever its server says of change
	Brisk      bool     // wait for the site's first answer but briefly; see page.Visit.Hurried
}

// New makes an Assessor.
func New(o Options) (*Assessor, error) {
	if o.Visitor == nil || len(o.Checks) == 0 {
		return nil, fmt.Errorf("assess: a visitor and at least one check are needed")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Rome == nil {
		o.Rome = time.UTC
	}
	m, err := newMeter(o.Registerer, o.Checks...)
	if err != nil {
		return nil, err
	}
	return &Assessor{visitor: o.Visitor, checks: o.Checks, declarer: o.Declarer, memory: o.Memory, pages: o.Pages, under: o.Under, packing: packingRoom(), rome: o.Rome, now: o.Now, log: o.Logger, meter: m}, nil
}

// Assess looks at one comune and judges it. A site that cannot be read is no
// error: the assessment says so. The error is the context's or the memory's, or
// names a check that does not exist; with the context's error the assessment still holds what
// was measured, and must not be stored as complete.
func (a *Assessor) Assess(ctx context.Context, c registry.Comune, r Request) (out record.Assessment, err error) {
	selected, err := a.selection(r.Checks)
	if err != nil {
		return out, err
	}
	out.Run, out.Started, out.Comune = r.Run, a.now().UTC(), c
	w, target, err := a.ready(ctx, &out, selected, r)
	if err != nil {
		return record.Assessment{}, err
	}
	out.Visit, err = a.visit(ctx, c.Site, target, out.Started, w)
	if kept := w.end(); kept != nil {
		a.log.Warn("pages not kept", "istat", c.Istat, "err", kept)
	}
	if lost := a.conclude(ctx, &out, selected, w, r.Night); lost != nil {
		return record.Assessment{}, lost
	}
	return out, err
}

// ready makes what a visit needs. Of what is remembered it keeps little: hundreds of
// visits are under way for minutes, and a view takes more room than what a visit finds.
func (a *Assessor) ready(ctx context.Context, out *record.Assessment, selected []checks.Check, r Request) (*watcher, crawler.Target, error) {
	c := out.Comune
	before, err := a.remember(ctx, c.Istat, out.Started, r.Night)
	if err != nil {
		return nil, crawler.Target{}, err
	}
	w := newWatcher(a, c, selected, r.Everything, out.Started.In(a.rome))
	w.inquiry.ctx = ctx
	if r.Everything {
		w.inquiry.since = out.Started.Add(-requestAge)
	}
	w.shelf = a.shelf(ctx, c.Istat, out.Started, r, before)
	w.remember(r)
	target := crawler.Target{URL: c.Site.URL, Explicit: c.Site.Explicit, Brisk: r.Brisk}
	target.Plain, target.AskPlain = plainBefore(selected, c, out.Started, before)
	return w, target, nil
}

// conclude has the checks judge what a visit saw, and asks the memory again for what
// they may know of the nights before. A visit that was interrupted is judged like any
// other.
func (a *Assessor) conclude(ctx context.Context, out *record.Assessment, selected []checks.Check, w *watcher, night string) error {
	out.Facts = w.facts()
	out.Comune = checks.WithUnions(out.Comune, out.Facts)
	out.Answers = a.ask(ctx, out.Facts, w.inquiry.since, w.inquiry.end())
	before, err := a.remember(context.WithoutCancel(ctx), out.Comune.Istat, out.Started, night)
	if err != nil {
		return err
	}
	out.Findings = a.judge(selected, w.missed, before, checks.Case{
		Comune: out.Comune, Visit: out.Visit, Facts: out.Facts, Answers: out.Answers, Date: out.Started.In(a.rome),
	})
	return nil
}

// visit turns what the registry has into a visit: a row without a usable
// address is a Reach of its own, and no connection is made for it.
func (a *Assessor) visit(ctx context.Context, site registry.Site, target crawler.Target, at time.Time, w *watcher) (page.Visit, error) {
	switch {
	case site.Missing():
		return page.Visit{Reach: page.ReachNoURL, Started: at}, nil
	case site.URL == "":
		return page.Visit{Site: site.Raw, Reach: page.ReachBadURL, Started: at}, nil
	}
	if w.shelf != nil {
		target.Cache, target.Trail = w.shelf, w
	}
	return a.visitor.Visit(ctx, target, w)
}

// selection is the checks of those ids, in the catalogue's order.
func (a *Assessor) selection(ids []string) ([]checks.Check, error) {
	if len(ids) == 0 {
		return a.checks, nil
	}
	var chosen []checks.Check
	for _, c := range a.checks {
		if slices.Contains(ids, c.Meta.ID) {
			chosen = append(chosen, c)
		}
	}
	for _, id := range ids {
		if !slices.ContainsFunc(chosen, func(c checks.Check) bool { return c.Meta.ID == id }) {
			return nil, &UnknownCheckError{ID: id, Known: a.ids()}
		}
	}
	return chosen, nil
}

func (a *Assessor) ids() []string {
	ids := make([]string, len(a.checks))
	for i, c := range a.checks {
		ids[i] = c.Meta.ID
	}
	return ids
}

// UnknownCheckError is returned for a check that is not in the catalogue.
type UnknownCheckError struct {
	ID    string
	Known []string
}

func (e *UnknownCheckError) Error() string { return fmt.Sprintf("no check is called %q", e.ID) }

// judge asks every selected check for its finding. A check that panics costs
// its own finding only, and one that missed a page may praise but not blame:
// what it did not see might have been the proof.
func (a *Assessor) judge(selected []checks.Check, missed map[string]bool, before past, c checks.Case) []finding.Finding {
	findings := make([]finding.Finding, 0, len(selected))
	for _, check := range selected {
		c.Previous = before.of(check.Meta.ID)
		f := a.judgeOne(check, c)
		if missed[check.Meta.ID] && (f.Verdict == finding.Fail || f.Verdict == finding.Warn) {
			f = ourFault(check)
		}
		findings = append(findings, f)
	}
	return findings
}

// ourFault is the finding of a check that broke.
func ourFault(check checks.Check) finding.Finding {
	return finding.Finding{
		Check: check.Meta.ID, Nature: check.Meta.Nature, Verdict: finding.Unknown,
		Reason: finding.Reason(page.ReachOurFault), Version: check.Meta.Version,
	}
}

func (a *Assessor) judgeOne(check checks.Check, c checks.Case) (f finding.Finding) {
	defer func() {
		if v := recover(); v != nil {
			a.failed(check, c.Visit.FinalURL, v)
			f = ourFault(check)
		}
	}()
	defer a.meter.time(check.Meta.ID)()
	return check.Finding(c)
}

// failed counts a panic of a check and says where it happened.
func (a *Assessor) failed(check checks.Check, url string, v any) {
	a.meter.failures.WithLabelValues(check.Meta.ID).Inc()
	a.log.Error("check failed", "check", check.Meta.ID, "url", url, "panic", fmt.Sprint(v))
}
