package main

// This file prints sheets and their summary as Markdown, to be pasted into a
// ticket. Everything from outside is escaped.

import (
	"fmt"
	"io"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/report"
)

func (a *app) printMarkdown(w io.Writer, sheets []report.Sheet, sum report.Summary, p printing) {
	if p.each {
		for _, s := range sheets {
			a.markdownSheet(w, s)
		}
	}
	if sum.Comuni > 1 {
		fmt.Fprintf(w, "# %s\n\n", a.text.Text("summary.title"))
		for _, t := range a.summaryTables(sheets, sum) {
			escapeTable(t).markdown(w)
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s\n\n%s\n\n", report.MarkdownText(a.reachLine(sum)), report.MarkdownText(a.legend()))
		a.markdownShared(w, "##", sum.Shared, sharedUpTo)
	}
	for _, s := range p.sheetAfter(sheets) {
		a.markdownSheet(w, s)
	}
	for _, line := range p.closing {
		fmt.Fprintf(w, "%s\n\n", report.MarkdownText(line))
	}
}

func escapeTable(t *table) *table {
	out := &table{head: escapeAll(t.head), right: t.right}
	for _, row := range t.rows {
		out.add(escapeAll(row)...)
	}
	return out
}

func escapeAll(cells []string) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = report.MarkdownText(c)
	}
	return out
}

func (a *app) markdownSheet(w io.Writer, s report.Sheet) {
	fmt.Fprintf(w, "# %s\n\n", report.MarkdownText(a.text.Text("sheet.comune", "name", s.Comune)))
	item := func(key, text string) { fmt.Fprintf(w, "- **%s**: %s\n", a.text.Text(key), text) }
	fmt.Fprintf(w, "%s\n\n", report.MarkdownText(a.identity(s)))
	if s.Site == "" {
		item("sheet.site", a.text.Text("sheet.no_site"))
	} else {
		item("sheet.site", report.MarkdownLink(s.Site))
	}
	item("sheet.visited", report.MarkdownText(a.visited(s)))
	item("sheet.reach", report.MarkdownText(s.ReachText.Word))
	if s.Reach != page.ReachOK {
		item("sheet.do", report.MarkdownText(s.ReachText.Means+" "+s.ReachText.Do))
	}
	for _, r := range s.Findings {
		a.markdownRow(w, r)
	}
	a.markdownShared(w, "##", s.Shared, len(s.Shared))
	a.markdownOutside(w, s.Outside)
	fmt.Fprintf(w, "\n**%s**: %s\n\n", a.text.Text("sheet.totals"), a.totals(style{}, s.Totals))
}

func (a *app) markdownRow(w io.Writer, r report.Row) {
	fmt.Fprintf(w, "\n## %s %s: %s\n\n", symbol(r.Verdict), report.MarkdownText(r.VerdictText), report.MarkdownText(r.Title))
	if r.ReasonText != "" {
		fmt.Fprintf(w, "%s\n\n", report.MarkdownText(r.ReasonText))
	}
	item := func(key, text string) { fmt.Fprintf(w, "- **%s**: %s\n", a.text.Text(key), text) }
	if r.ValueName != "" && r.Verdict == finding.Info {
		item("sheet.value", report.MarkdownText(r.ValueName))
	}
	shown := append([]finding.Fact(nil), r.Evidence...)
	key := "sheet.found"
	if len(shown) == 0 && (r.Verdict == finding.Fail || r.Verdict == finding.Warn) {
		shown, key = r.Candidates, "sheet.nearest"
	}
	for _, f := range shown[:min(len(shown), maxEvidence)] {
		words := f.Snippet
		if words == "" {
			words = f.Value
		}
		item(key, strings.TrimSpace(report.MarkdownText(a.quoted(words))+" "+report.MarkdownLink(f.URL)))
	}
	if r.Verdict != finding.Fail && r.Verdict != finding.Warn {
		return
	}
	for _, u := range r.Looked[:min(len(r.Looked), maxLooked)] {
		item("sheet.looked", report.MarkdownLink(u))
	}
	item("sheet.do", report.MarkdownText(r.Remedy))
	item("sheet.who", report.MarkdownText(a.whoAndEffort(r)))
	for _, l := range r.Laws {
		item("sheet.law", report.MarkdownText(l.Source+": "+l.Text))
	}
}
