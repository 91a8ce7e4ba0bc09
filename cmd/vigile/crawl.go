package main

// vigile crawl: its flags, what it prints and how it ends. What it visits is in
// crawl_select.go, how in crawl_run.go.

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/internal/nightly"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/report"
	"github.com/vigile-it/vigile/store"
	"github.com/vigile-it/vigile/store/remote"
)

// crawlFlags are those of crawl alone.
type crawlFlags struct {
	comuni    []string
	provinces []string
	regions   []string
	capitals  bool
	everybody bool
	lista     string
	registry  string
	checks    []string
	failOn    string
	output    string
	dryRun    bool
	explain   bool
	again     bool
}

// many tells whether comuni are asked for by the place they are in.
func (f crawlFlags) many() bool {
	return len(f.provinces)+len(f.regions) > 0 || f.capitals || f.everybody
}

// withoutContact is how many comuni may be visited by somebody who leaves no
// address for complaints.
const withoutContact = 50

func newCrawl(a *app) *cobra.Command {
	var f crawlFlags
	cmd := &cobra.Command{
		Use:  "crawl",
		Args: a.noArgs,
		Example: `  vigile crawl --comune Spoleto
  vigile crawl --comune "Livo (TN)" --comune 054051 --explain
  vigile crawl --lista comuni.txt --registry enti.csv.gz --format csv
  vigile crawl --provincia PG --output report.html`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.crawl(cmd, f) },
	}
	a.describe(cmd, "crawl")
	flags := cmd.Flags()
	flags.StringArrayVar(&f.comuni, "comune", nil, a.flagText("comune"))
	flags.StringArrayVar(&f.provinces, "provincia", nil, a.flagText("provincia"))
	flags.StringArrayVar(&f.regions, "regione", nil, a.flagText("regione"))
	flags.BoolVar(&f.capitals, "capoluoghi", false, a.flagText("capoluoghi"))
	flags.BoolVar(&f.everybody, "tutti", false, a.flagText("tutti"))
	flags.StringVar(&f.lista, "lista", "", a.flagText("lista"))
	flags.StringVar(&f.registry, "registry", "", a.flagText("registry"))
	flags.StringArrayVar(&f.checks, "check", nil, a.flagText("check"))
	flags.StringVar(&f.failOn, "fail-on", "", a.flagText("fail_on"))
	flags.StringVar(&f.output, "output", "", a.flagText("crawl_output"))
	flags.BoolVar(&f.dryRun, "dry-run", false, a.flagText("dry_run"))
	flags.BoolVar(&f.explain, "explain", false, a.flagText("explain"))
	flags.BoolVar(&f.again, "again", false, a.flagText("again"))
	fixed(cmd, "fail-on", "fail", "warn")
	fixed(cmd, "provincia", provinceCodes()...)
	fixed(cmd, "regione", registry.Regions()...)
	completeChecks(cmd)
	return cmd
}

func (a *app) crawl(cmd *cobra.Command, f crawlFlags) error {
	format, err := a.format(tableFormats...)
	if err != nil {
		return err
	}
	if err := a.oneOf("--fail-on", f.failOn, "fail", "warn"); err != nil {
		return err
	}
	cfg, err := a.settings()
	if err != nil {
		return err
	}
	list, err := a.catalogue(cfg)
	if err != nil {
		return err
	}
	if err := a.knownChecks(cfg, list, f.checks); err != nil {
		return err
	}
	if err := a.selectable(f); err != nil {
		return err
	}
	if f.output != "" { // a night's visits are not made for a report that cannot be written
		if err := a.exportTo(f.output, canReplace(f.output)); err != nil {
			return err
		}
	}
	c, err := a.newCrew(cfg, list, !f.dryRun, nil)
	if err != nil {
		return err
	}
	defer c.close()
	return a.crawlWith(cmd.Context(), c, list, f, format)
}

// crawlWith finds the comuni, visits them and prints what came of it.
func (a *app) crawlWith(ctx context.Context, c *crew, list []checks.Check, f crawlFlags, format string) error {
	s, err := a.selection(ctx, c, f)
	if err != nil {
		return err
	}
	if f.dryRun && f.many() {
		return a.printPlan(ctx, c, s, format)
	}
	if err := a.contactFor(c.cfg, len(s.Comuni)); err != nil {
		return err
	}
	var st store.Store
	if !f.dryRun {
		if st, err = a.openStore(c.cfg, false); err != nil {
			return err
		}
		defer st.Close()
	}
	o, err := a.visitAll(ctx, c, s, st)
	if err != nil {
		return err
	}
	return a.finish(ctx, c.cfg, list, f, format, o)
}

// visitAll has the crew, or the serve that has the store, take a selection.
func (a *app) visitAll(ctx context.Context, c *crew, s nightly.Selection, st store.Store) (outcome, error) {
	if r, ok := st.(*remote.Store); ok {
		return a.crawlThere(ctx, r, s)
	}
	return c.do(ctx, s, st)
}

// knownChecks holds --check against the catalogue.
func (a *app) knownChecks(cfg config.Config, list []checks.Check, asked []string) error {
	known := idsOf(list)
	for _, id := range asked {
		switch {
		case slices.Contains(known, id):
		case slices.Contains(cfg.Checks.Disabled, id):
			return &failure{
				code: codeUsage, sentence: a.text.Text("error.disabled_check", "check", id), hint: a.text.Text("error.disabled_check_hint"),
			}
		default:
			return a.unknownCheck(id, known)
		}
	}
	return nil
}

// finish prints what was measured and chooses the exit code.
func (a *app) finish(ctx context.Context, cfg config.Config, list []checks.Check, f crawlFlags, format string, o outcome) error {
	nothing := o.nothing != ""
	o.outside = a.outside(cfg)
	if o.tally.Comuni > 0 && !nothing || nothing && f.explain && len(o.assessments) > 0 {
		kept := a.text.Text("sheet.stored", "path", plain(storePath(cfg)))
		if f.dryRun || nothing {
			kept = a.text.Text("sheet.not_stored")
		}
		err := a.printOutcome(ctx, list, o, printing{
			format: format, looking: f.explain, each: f.explain || len(o.assessments) <= sheetsUpTo,
			closing: []string{a.text.Text("sheet.fair"), kept},
		})
		if err == nil && f.output != "" {
			err = a.writeHTML(ctx, list, o, f.output, title(f, o), false)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case o.interrupted:
		return a.interruption(f.dryRun, o)
	case nothing:
		return &failure{
			code: codeNothing, sentence: a.text.Text("error.no_network", "detail", o.nothing), hint: a.text.Text("error.no_network_hint"),
		}
	case o.left > 0:
		return a.leftOver(o)
	}
	if o.failed > 0 {
		a.note(a.text.Count("crawl.failed", o.failed))
	}
	if v, met := o.meets(f.failOn); met {
		a.note(a.text.Text("error.fail_on", "verdict", a.text.Text("verdict."+string(v)), "level", f.failOn))
		return &failure{code: codeFailOn}
	}
	return nil
}

func (a *app) interruption(lost bool, o outcome) error {
	key := "crawl.interrupted_stored"
	if lost {
		key = "crawl.interrupted"
	}
	return &failure{code: codeInterrupted, sentence: a.text.Text(key, "done", a.text.Number(o.tally.Comuni), "total", a.text.Number(o.run.Expected))}
}

// leftOver says that a run ended before its end because our network was gone.
func (a *app) leftOver(o outcome) error {
	return &failure{
		code: codeNothing, sentence: a.text.Count("error.left", o.left, "total", a.text.Number(o.run.Expected), "detail", o.why),
		hint: a.text.Text("error.left_hint"),
	}
}

// meets tells whether a finding is as bad as --fail-on says, and the worst there is.
func (o outcome) meets(level string) (finding.Verdict, bool) {
	counts := o.tally.Verdicts()
	switch {
	case level != "" && counts[finding.Fail] > 0:
		return finding.Fail, true
	case level == "warn" && counts[finding.Warn] > 0:
		return finding.Warn, true
	}
	return "", false
}

// crawlResult is what crawl prints as JSON. Its field names are part of the
// interface.
type crawlResult struct {
	Run     record.Run     `json:"run"`
	Comuni  []report.Sheet `json:"comuni"` // in the order asked for
	Summary report.Summary `json:"summary"`
}
