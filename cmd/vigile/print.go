package main

// This file prints the outcome of a crawl in the format asked for.

import (
	"fmt"
	"io"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/report"
)

// sheetsUpTo is up to how many comuni each gets its sheet; beyond, only the
// summary is readable.
const sheetsUpTo = 5

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
	for _, x := range o.assessments {
		opts := report.SheetOptions{Checks: metas(list), Text: a.text, Looking: looking}
		for _, l := range o.latest {
			if l.Comune.Istat == x.Comune.Istat {
				opts.Standings = l.Standings
			}
		}
		out = append(out, report.NewSheet(x, opts))
	}
	return out
}

// printing says what of an outcome is printed.
type printing struct {
	format  string
	looking bool     // how each look went
	each    bool     // a sheet for each comune, where there is room for one
	closing []string // said at the end of what a person reads
}

func (a *app) printOutcome(list []checks.Check, o outcome, p printing) error {
	if p.format == "csv" {
		return a.print(func(w io.Writer) error { return writeRows(w, o.latest) })
	}
	sheets := a.sheets(list, o, p.looking)
	return a.print(func(w io.Writer) error {
		switch p.format {
		case "json":
			return writeJSON(w, crawlResult{Run: o.run, Comuni: sheets, Summary: report.Summarise(sheets)})
		case "markdown":
			a.printMarkdown(w, sheets, p)
		default:
			a.printSheets(w, sheets, p)
		}
		return nil
	})
}

func (a *app) printSheets(w io.Writer, sheets []report.Sheet, p printing) {
	s := a.styleOf(a.stdout)
	if p.each {
		for _, sheet := range sheets {
			a.printSheet(w, s, sheet)
			fmt.Fprintln(w)
		}
	}
	if len(sheets) > 1 {
		a.printSummary(w, s, sheets)
		fmt.Fprintln(w)
	}
	for _, line := range p.closing {
		s.paragraph(w, "", line)
	}
}

// writeRows writes the present view of comuni as the export does.
func writeRows(w io.Writer, latest []record.Latest) error {
	_, err := report.Export(w, func(yield func(record.Latest, error) bool) {
		for _, l := range latest {
			if !yield(l, nil) {
				return
			}
		}
	}, report.ExportOptions{Format: report.CSV})
	return err
}
