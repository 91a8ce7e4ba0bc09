package main

// vigile history --comune.

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/report"
	"github.com/vigile-it/vigile/store"
)

// usualLimit is how many visits are shown where nobody says.
const usualLimit = 20

func newHistory(a *app) *cobra.Command {
	var comune string
	var limit int
	cmd := &cobra.Command{
		Use:     "history",
		Args:    a.noArgs,
		Example: "  vigile history --comune Spoleto",
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.history(cmd.Context(), comune, limit) },
	}
	a.describe(cmd, "history")
	cmd.Flags().StringVar(&comune, "comune", "", a.flagText("comune_one"))
	cmd.Flags().IntVar(&limit, "limit", usualLimit, a.flagText("limit"))
	return cmd
}

// pastVisit is one visit in the history of a comune. Its field names are part of
// the interface.
type pastVisit struct {
	Run       string         `json:"run"`
	CheckedAt time.Time      `json:"checked_at"`
	Reach     page.Reach     `json:"reach"`
	Totals    []report.Total `json:"totals"`
	Changes   []pastChange   `json:"changes"`
	First     bool           `json:"first,omitzero"` // the first visit that is kept
}

// pastChange is one check whose definite verdict changed with a visit.
type pastChange struct {
	Check      string          `json:"check"`
	Title      string          `json:"title"`
	From       finding.Verdict `json:"from"`
	FromReason finding.Reason  `json:"from_reason,omitzero"`
	To         finding.Verdict `json:"to"`
	ToReason   finding.Reason  `json:"to_reason,omitzero"`
}

func (a *app) history(ctx context.Context, query string, limit int) error {
	format, err := a.format(tableFormats...)
	if err != nil {
		return err
	}
	if query == "" {
		return &failure{
			code: codeUsage, sentence: a.text.Text("error.required_flag", "flag", "--comune"),
			hint: a.text.Text("error.flag_hint", "command", "vigile history"),
		}
	}
	cfg, err := a.settings()
	if err != nil {
		return err
	}
	list, err := checks.Catalogue()
	if err != nil {
		return err
	}
	s, err := a.openStore(cfg, true)
	if err != nil {
		return err
	}
	defer s.Close()
	c, err := a.kept(ctx, s, query)
	if err != nil {
		return err
	}
	past, err := s.History(ctx, c.Istat, 0)
	if err != nil {
		return err
	}
	visits := a.pastVisits(past, metas(list))
	if limit > 0 && len(visits) > limit {
		visits = visits[:limit]
	}
	if format == "table" || format == "markdown" {
		title := a.text.Text("history.title", "name", named(c), "istat", plain(c.Istat))
		if err := a.print(func(w io.Writer) error { return a.historyTitle(w, format, title) }); err != nil {
			return err
		}
	}
	return a.printTable(format, a.historyTable(visits), []string{"checked_at", "run", "reach", "totals", "changes"}, visits)
}

func (a *app) historyTitle(w io.Writer, format, title string) error {
	if format == "markdown" {
		title = "# " + markdownText(title)
	} else {
		title = a.styleOf(a.stdout).paint(bold, title)
	}
	_, err := fmt.Fprintf(w, "%s\n\n", title)
	return err
}

// kept finds a comune among those with results.
func (a *app) kept(ctx context.Context, s store.Store, query string) (registry.Comune, error) {
	var comuni []registry.Comune
	for l, err := range s.Latest(ctx, store.Query{Brief: true}) {
		if err != nil {
			return registry.Comune{}, err
		}
		comuni = append(comuni, l.Comune)
	}
	c, err := registry.NewCatalogue(comuni).Find(query)
	if f := a.explainRegistry(err); f != nil && len(f.lines) == 0 {
		f.sentence = a.text.Text("error.not_in_store", "query", plain(query))
		return c, f
	}
	return c, err
}

// pastVisits tells a history, given newest first, in the same order.
func (a *app) pastVisits(past []record.Assessment, about []checks.Meta) []pastVisit {
	var out []pastVisit
	var view record.Latest
	for i, x := range slices.Backward(past) {
		var changes []record.Change
		view, changes = view.Take(x, record.NightOf(x.Started, rome()))
		sheet := report.NewSheet(x, report.SheetOptions{Checks: about, Text: a.text})
		v := pastVisit{
			Run: plain(x.Run), CheckedAt: x.Started.UTC(), Reach: x.Visit.Reach, Totals: sheet.Totals, First: i == len(past)-1, Changes: []pastChange{},
		}
		for _, c := range changes {
			v.Changes = append(v.Changes, pastChange{
				Check: c.Check, Title: titleOf(sheet, c.Check), From: c.From.Verdict, FromReason: c.From.Reason, To: c.To.Verdict, ToReason: c.To.Reason,
			})
		}
		out = append(out, v)
	}
	slices.Reverse(out)
	return out
}

func titleOf(s report.Sheet, check string) string {
	for _, r := range s.Findings {
		if r.Check == check {
			return r.Title
		}
	}
	return check
}

func (a *app) historyTable(visits []pastVisit) *table {
	t := &table{head: []string{
		a.text.Text("history.when"), a.text.Text("history.run"), a.text.Text("history.reach"), a.text.Text("sheet.totals"), a.text.Text("history.changes"),
	}}
	for _, v := range visits {
		t.add(v.CheckedAt.In(rome()).Format("2006-01-02 15:04"), v.Run, a.text.Text("reach."+string(v.Reach)+".word"),
			a.totals(style{}, v.Totals), a.changesLine(v))
	}
	return t
}

func (a *app) changesLine(v pastVisit) string {
	var parts []string
	for _, c := range v.Changes {
		parts = append(parts, a.text.Text("history.change", "check", c.Title,
			"before", a.text.Text("verdict."+string(c.From)), "after", a.text.Text("verdict."+string(c.To))))
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, "; ")
	case v.First:
		return a.text.Text("history.first")
	default:
		return a.text.Text("history.same")
	}
}
