package main

// The self-contained report that crawl --output writes.

import (
	"context"
	"io"
	"iter"
	"strings"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/internal/report"
)

// namesInTitle is up to how many comuni a report is named after.
const namesInTitle = 3

// title is what a report is of, in the words of the command line.
func title(f crawlFlags, o outcome) string {
	if words := f.words(); words != "" {
		return words
	}
	if f.lista != "" && f.lista != "-" {
		return plain(f.lista)
	}
	var names []string
	for i, x := range o.assessments {
		if i == namesInTitle {
			names = append(names, "…")
			break
		}
		names = append(names, plain(x.Comune.Name))
	}
	return strings.Join(names, ", ")
}

// writeHTML writes the report of a run into a file, whole or not at all.
func (a *app) writeHTML(ctx context.Context, list []checks.Check, o outcome, file, title string, invented bool) error {
	write := func(w io.Writer) error {
		return report.WriteHTML(w, a.summaryOf(list, o), a.sheetsOf(ctx, list, o), report.HTMLOptions{
			Title: title, Made: a.now().In(rome()), Version: release(), Checks: metas(list), Text: a.text, Invented: invented,
		})
	}
	if err := a.exportTo(file, replaceFile(file, write)); err != nil {
		return err
	}
	a.note(a.text.Text("html.written", "file", plain(file)))
	return nil
}

// sheetsOf goes through the sheets of a run, out of the store where they are
// too many to be held.
func (a *app) sheetsOf(ctx context.Context, list []checks.Check, o outcome) iter.Seq2[report.Sheet, error] {
	return func(yield func(report.Sheet, error) bool) {
		if o.store == nil || len(o.codes) <= gatherUpTo {
			for _, s := range a.sheets(list, o, false) {
				if !yield(s, nil) {
					return
				}
			}
			return
		}
		for l, err := range o.views(ctx) {
			if !yield(report.PresentSheet(l, report.SheetOptions{Checks: metas(list), Text: a.text, Shared: o.shared, Outside: o.outside}), err) {
				return
			}
		}
	}
}
