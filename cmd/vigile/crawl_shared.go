package main

// Publications of AgID's that several comuni link: one comune alone cannot show
// it, so the present view of everybody is gone through once.

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/report"
	"github.com/vigile-it/vigile/store"
)

// sharedUpTo is up to how many shared publications a summary names.
const sharedUpTo = 10

// share finds what the comuni of the run share with one another and, where
// results are kept, with everybody else. It goes through the store only where
// one of them has a publication at all.
func (o *outcome) share(ctx context.Context) error {
	if len(o.codes) <= gatherUpTo && !slices.ContainsFunc(o.latest, report.Bears) {
		return nil
	}
	all := func(yield func(record.Latest, error) bool) {
		for _, l := range o.latest {
			if !yield(l, nil) {
				return
			}
		}
	}
	if o.store != nil {
		all = o.store.Latest(ctx, store.Query{Checks: report.PublicationChecks()})
	}
	shared, err := report.SharedPublications(all)
	if err != nil {
		return fmt.Errorf("looking for publications that several comuni link: %w", err)
	}
	o.shared = report.NewSharedIndex(shared)
	return nil
}

// sharedIn are the shared publications that a comune of the run links.
func (a *app) sharedIn(o outcome) []report.SharedNote {
	asked := map[string]bool{}
	for _, code := range o.codes {
		asked[code] = true
	}
	return o.shared.Among(func(istat string) bool { return asked[istat] }, a.text)
}

// printShared prints the notes under a title, at most so many.
func (a *app) printShared(w io.Writer, s style, notes []report.SharedNote, upTo int) {
	if len(notes) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", s.paint(bold, a.text.Text("sheet.shared_title")))
	for _, n := range notes[:min(len(notes), upTo)] {
		s.paragraph(w, "  ", "- "+n.Text)
	}
	if more := len(notes) - upTo; more > 0 {
		s.paragraph(w, "  ", a.text.Count("sheet.more", more))
	}
}

// markdownShared is printShared in Markdown, under a heading of that level.
func (a *app) markdownShared(w io.Writer, heading string, notes []report.SharedNote, upTo int) {
	if len(notes) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s %s\n\n", heading, report.MarkdownText(a.text.Text("sheet.shared_title")))
	for _, n := range notes[:min(len(notes), upTo)] {
		fmt.Fprintf(w, "- %s\n", report.MarkdownText(n.Text))
	}
	if more := len(notes) - upTo; more > 0 {
		fmt.Fprintf(w, "- %s\n", report.MarkdownText(a.text.Count("sheet.more", more)))
	}
}
