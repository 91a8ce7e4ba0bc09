package main

// vigile history --comune.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vigile-it/vigile/checks/finding"
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

// past is the history of a comune. Its field names are part of the interface.
type past struct {
	Istat        string             `json:"istat"`
	Comune       string             `json:"comune"`
	Checks       []present          `json:"checks"`                // as they stand
	Visits       []report.PastVisit `json:"visits"`                // newest first, those under former codes too
	Former       []former           `json:"former,omitzero"`       // codes it bore before, the newest first
	Heir         *former            `json:"heir,omitzero"`         // what it is part of now, where it has ended
	Predecessors []predecessor      `json:"predecessors,omitzero"` // comuni that ended in it
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
	r, err := a.results(ctx, whenFlags{}, placeFlags{})
	if err != nil {
		return err
	}
	defer r.store.Close()
	line, err := a.variations(r.cfg)
	if err != nil {
		return err
	}
	c, err := a.kept(ctx, r.store, query)
	var unknown *failure
	if errors.As(err, &unknown) && len(unknown.lines) == 0 { // not one of several
		if gone, ok, goneErr := endedKept(ctx, r.store, line, query); ok || goneErr != nil {
			c, err = gone, goneErr
		}
	}
	if err != nil {
		return err
	}
	kept, err := r.store.History(ctx, c.Istat, 0)
	if err != nil {
		return err
	}
	words := report.SheetOptions{Checks: metas(r.checks), Text: a.text}
	h := past{Istat: c.Istat, Comune: plain(c.Name), Visits: report.Past(kept, rome(), words), Former: formerOf(line, c.Istat), Heir: heirOf(line, c.Istat)}
	if h.Predecessors, err = predecessorsOf(ctx, r.store, line, c.Istat, limit, words); err != nil {
		return err
	}
	for l, err := range r.store.Latest(ctx, store.Query{Istat: []string{c.Istat}, Brief: true}) {
		if err != nil {
			return err
		}
		h.Checks = a.presents(l, r.checks)
	}
	if limit > 0 && len(h.Visits) > limit {
		h.Visits = h.Visits[:limit]
	}
	if format == "table" || format == "markdown" {
		title := a.text.Text("history.title", "name", named(c), "istat", plain(c.Istat))
		if err := a.print(func(w io.Writer) error { return a.historyTitle(w, format, title) }); err != nil {
			return err
		}
		a.printLine(h)
		if err := a.printTable(format, a.presentTable(h.Checks), nil, nil); err != nil {
			return err
		}
		fmt.Fprintln(a.stdout)
	}
	if err := a.printTable(format, a.historyTable(h.Visits), slices.Concat([]string{"checked_at", "run", "reach", "first"}, verdictColumns(), []string{"changes"}), h); err != nil {
		return err
	}
	return a.printPredecessors(format, h.Predecessors)
}

// presentTable is how the checks stand, and since when.
func (a *app) presentTable(checks []present) *table {
	t := &table{head: []string{
		a.text.Text("summary.check"), a.text.Text("history.now"), a.text.Text("history.since"), a.text.Text("history.first_seen"), a.text.Text("history.definite"),
	}}
	day := func(at time.Time) string {
		if at.IsZero() {
			return "-"
		}
		return at.In(rome()).Format(time.DateOnly)
	}
	for _, c := range checks {
		definite := "-"
		if c.LastDefinite != "" {
			definite = a.text.Text("verdict."+string(c.LastDefinite)) + ", " + day(c.LastDefiniteAt)
		}
		t.add(c.Title, a.text.Text("verdict."+string(c.Verdict)), day(c.LastChanged), day(c.FirstSeen), definite)
	}
	return t
}

func (a *app) historyTitle(w io.Writer, format, title string) error {
	if format == "markdown" {
		title = "# " + report.MarkdownText(title)
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

func (a *app) historyTable(visits []report.PastVisit) *table {
	t := &table{head: []string{
		a.text.Text("history.when"), a.text.Text("history.run"), a.text.Text("history.reach"), a.text.Text("sheet.totals"), a.text.Text("history.changes"),
	}}
	for _, v := range visits {
		t.add(v.CheckedAt.In(rome()).Format("2006-01-02 15:04"), v.Run, a.text.Text("reach."+string(v.Reach)+".word"),
			a.totals(style{}, v.Totals), a.changesLine(v))
		t.addPlain(visitLine(v)...)
	}
	return t
}

// visitLine is a visit as other programs read it: how often each verdict occurs, and
// what changed as check:from:to.
func visitLine(v report.PastVisit) []string {
	counts := map[finding.Verdict]int{}
	for _, total := range v.Totals {
		counts[total.Verdict] = total.Count
	}
	var changes []string
	for _, c := range v.Changes {
		changes = append(changes, c.Check+":"+string(c.From)+":"+string(c.To))
	}
	line := []string{stamp(v.CheckedAt), v.Run, string(v.Reach), strconv.FormatBool(v.First)}
	for _, verdict := range finding.Verdicts() {
		line = append(line, strconv.Itoa(counts[verdict]))
	}
	return append(line, strings.Join(changes, " "))
}

// verdictColumns are the columns of a count of every verdict.
func verdictColumns() []string {
	var out []string
	for _, v := range finding.Verdicts() {
		out = append(out, string(v))
	}
	return out
}

func (a *app) changesLine(v report.PastVisit) string {
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
