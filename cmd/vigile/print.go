package main

// This file prints the outcome of a crawl in the format asked for.

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/report"
	"github.com/vigile-it/vigile/store"
)

// sheetsUpTo is up to how many comuni each gets its sheet; beyond, only the
// summary is readable.
const sheetsUpTo = 5

// rowsUpTo is up to how many comuni each has its line in the summary.
const rowsUpTo = 150

func metas(list []checks.Check) []checks.Meta {
	out := make([]checks.Meta, len(list))
	for i, c := range list {
		out[i] = c.Meta
	}
	return out
}

// sheets makes the sheet of each assessment.
func (a *app) sheets(list []checks.Check, o outcome, looking bool) []report.Sheet {
	var out []report.Sheet
	standings := map[string][]record.Standing{}
	for _, l := range o.latest {
		standings[l.Comune.Istat] = l.Standings
	}
	about := metas(list)
	for _, x := range o.assessments {
		opts := report.SheetOptions{Checks: about, Text: a.text, Looking: looking, Standings: standings[x.Comune.Istat], Shared: o.shared, Outside: o.outside}
		out = append(out, report.NewSheet(x, opts))
	}
	return out
}

// printing says what of an outcome is printed.
type printing struct {
	format  string
	looking bool     // how each look went
	each    bool     // a sheet for each comune, where there is room for one
	only    string   // ISTAT code of the one comune whose sheet follows the summary
	closing []string // said at the end of what a person reads
}

// sheetAfter is the sheet that follows the summary, if one was asked for.
func (p printing) sheetAfter(sheets []report.Sheet) []report.Sheet {
	i := slices.IndexFunc(sheets, func(s report.Sheet) bool { return s.Istat == p.only })
	if p.only == "" || i < 0 {
		return nil
	}
	return sheets[i : i+1]
}

func (a *app) printOutcome(ctx context.Context, list []checks.Check, o outcome, p printing) error {
	if p.format == "csv" {
		return a.print(func(w io.Writer) error { return writeRows(w, o.views(ctx)) })
	}
	sheets := a.sheets(list, o, p.looking)
	sum := a.summaryOf(list, o)
	return a.print(func(w io.Writer) error {
		switch p.format {
		case "json":
			return a.writeResult(ctx, w, list, o, sheets, sum)
		case "markdown":
			a.printMarkdown(w, sheets, sum, p)
		default:
			a.printSheets(w, sheets, sum, p)
		}
		return nil
	})
}

// views is the present view of the comuni of the run, by the checks it ran, out of the
// store where they are too many to be held.
func (o outcome) views(ctx context.Context) iter.Seq2[record.Latest, error] {
	q := store.Query{Istat: o.codes, Checks: o.run.Checks}
	if o.store != nil && len(o.codes) > gatherUpTo {
		return o.store.Latest(ctx, q)
	}
	return func(yield func(record.Latest, error) bool) {
		for _, l := range o.latest {
			if !yield(q.Narrow(l), nil) {
				return
			}
		}
	}
}

// writeResult writes a crawlResult; the sheets of many are written one by one.
func (a *app) writeResult(ctx context.Context, w io.Writer, list []checks.Check, o outcome, sheets []report.Sheet, sum report.Summary) error {
	if o.store == nil || len(o.codes) <= gatherUpTo {
		return writeJSON(w, crawlResult{Run: o.run, Comuni: sheets, Summary: sum})
	}
	run, err := json.Marshal(o.run)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "{\n\"run\": %s,\n\"comuni\": [", run)
	separator := "\n"
	for l, err := range o.views(ctx) {
		if err != nil {
			return err
		}
		io.WriteString(w, separator) // print's buffer keeps its first error for the last write
		if err := writeJSON(w, report.PresentSheet(l, report.SheetOptions{Checks: metas(list), Text: a.text, Shared: o.shared, Outside: o.outside})); err != nil {
			return err
		}
		separator = ","
	}
	io.WriteString(w, "],\n\"summary\": ")
	if err := writeJSON(w, sum); err != nil {
		return err
	}
	_, err = io.WriteString(w, "}\n")
	return err
}

func (a *app) printSheets(w io.Writer, sheets []report.Sheet, sum report.Summary, p printing) {
	s := a.styleOf(a.stdout)
	if p.each {
		for _, sheet := range sheets {
			a.printSheet(w, s, sheet)
			fmt.Fprintln(w)
		}
	}
	if sum.Comuni > 1 {
		a.printSummary(w, s, sheets, sum)
		fmt.Fprintln(w)
	}
	for _, sheet := range p.sheetAfter(sheets) {
		a.printSheet(w, s, sheet)
		fmt.Fprintln(w)
	}
	for _, line := range p.closing {
		s.paragraph(w, "", line)
	}
}

// writeRows writes the present view of comuni as the export does.
func writeRows(w io.Writer, views iter.Seq2[record.Latest, error]) error {
	_, err := report.Export(w, views, report.ExportOptions{Format: report.CSV})
	return err
}
