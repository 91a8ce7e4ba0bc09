package main

// vigile crawl: its flags, what it prints and how it ends. What it visits is in
// crawl_select.go, how in crawl_run.go.

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/report"
)

// crawlFlags are those of crawl alone.
type crawlFlags struct {
	comuni   []string
	lista    string
	registry string
	checks   []string
	failOn   string
	dryRun   bool
	explain  bool
	again    bool
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
  vigile crawl --lista comuni.txt --registry enti.csv.gz --format csv`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.crawl(cmd, f) },
	}
	a.describe(cmd, "crawl")
	flags := cmd.Flags()
	flags.StringArrayVar(&f.comuni, "comune", nil, a.flagText("comune"))
	flags.StringVar(&f.lista, "lista", "", a.flagText("lista"))
	flags.StringVar(&f.registry, "registry", "", a.flagText("registry"))
	flags.StringArrayVar(&f.checks, "check", nil, a.flagText("check"))
	flags.StringVar(&f.failOn, "fail-on", "", a.flagText("fail_on"))
	flags.BoolVar(&f.dryRun, "dry-run", false, a.flagText("dry_run"))
	flags.BoolVar(&f.explain, "explain", false, a.flagText("explain"))
	flags.BoolVar(&f.again, "again", false, a.flagText("again"))
	fixed(cmd, "fail-on", "fail", "warn")
	// As in fixed: the flag is there, three lines up.
	_ = cmd.RegisterFlagCompletionFunc("check", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return checkIDs(), cobra.ShellCompDirectiveNoFileComp
	})
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
	o, err := a.visitAll(cmd.Context(), cfg, list, f)
	if err != nil {
		return err
	}
	return a.finish(cfg, list, f, format, o)
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
func (a *app) finish(cfg config.Config, list []checks.Check, f crawlFlags, format string, o outcome) error {
	nothing := o.nothing != ""
	if len(o.assessments) > 0 && (!nothing || f.explain) {
		kept := a.text.Text("sheet.stored", "path", plain(storePath(cfg)))
		if f.dryRun || nothing {
			kept = a.text.Text("sheet.not_stored")
		}
		err := a.printOutcome(list, o, printing{
			format: format, looking: f.explain, each: f.explain || len(o.assessments) <= sheetsUpTo,
			closing: []string{a.text.Text("sheet.fair"), kept},
		})
		if err != nil {
			return err
		}
	}
	if o.interrupted {
		return a.interruption(f, o)
	}
	if nothing {
		return &failure{
			code: codeNothing, sentence: a.text.Text("error.no_network", "detail", o.nothing), hint: a.text.Text("error.no_network_hint"),
		}
	}
	if v, met := o.meets(f.failOn); met {
		a.note(a.text.Text("error.fail_on", "verdict", a.text.Text("verdict."+string(v)), "level", f.failOn))
		return &failure{code: codeFailOn}
	}
	return nil
}

func (a *app) interruption(f crawlFlags, o outcome) error {
	key := "crawl.interrupted_stored"
	if f.dryRun {
		key = "crawl.interrupted"
	}
	return &failure{code: codeInterrupted, sentence: a.text.Text(key, "done", len(o.assessments), "total", o.run.Expected)}
}

// meets tells whether a finding is as bad as --fail-on says, and the worst there is.
func (o outcome) meets(level string) (finding.Verdict, bool) {
	worst := finding.Verdict("")
	for _, x := range o.assessments {
		for _, f := range x.Findings {
			switch {
			case f.Verdict == finding.Fail && level != "":
				return finding.Fail, true
			case f.Verdict == finding.Warn && level == "warn":
				worst = finding.Warn
			}
		}
	}
	return worst, worst != ""
}

// crawlResult is what crawl prints as JSON. Its field names are part of the
// interface.
type crawlResult struct {
	Run     record.Run     `json:"run"`
	Comuni  []report.Sheet `json:"comuni"` // in the order asked for
	Summary report.Summary `json:"summary"`
}
