package main

// The report of a province as Markdown. Everything from outside is escaped.

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/vigile-it/vigile/internal/report"
)

func (a *app) provinceMarkdown(w io.Writer, p report.Province) error {
	b := bufio.NewWriter(w)
	text := func(key string, args ...any) string {
		return report.MarkdownText(a.text.Text("province_report."+key, args...))
	}
	fmt.Fprintf(b, "# %s\n\n%s", text("title", "title", p.Title), text("made", "when", a.text.Moment(p.Made), "version", p.Version))
	if p.Night != "" {
		fmt.Fprintf(b, " %s", text("night", "night", report.DayWords(a.text, p.Night)))
	} else {
		fmt.Fprintf(b, " %s", text("stands", "when", a.text.Moment(p.Newest.In(rome()))))
	}
	if p.AsOf != "" {
		fmt.Fprintf(b, " %s", text("as_of", "day", report.DayWords(a.text, p.AsOf)))
	}
	if p.Earlier != "" {
		fmt.Fprintf(b, " %s", text("earlier", "night", report.DayWords(a.text, p.Earlier)))
	}
	// Every comune of the report is named where those are counted whose site could not be read.
	named := func(n int, count string) report.Linked {
		return report.Linked{To: "#" + countAnchor(report.Count{ID: count}), N: n}
	}
	fmt.Fprintf(b, "\n\n%s\n\n%s\n", report.LinkedMarkdown(a.text, "province_report.base", "comuni", named(p.Base.Comuni, "unreachable"),
		"assessed", named(p.Base.Assessed, "unreachable"), "unreachable", named(p.Base.Unreachable, "unreachable"), "no_site", named(p.Base.NoSite, "no-site")), text("fair"))
	for _, t := range p.Themes {
		fmt.Fprintf(b, "\n## %s\n\n", report.MarkdownText(t.Title))
		if t.Note != "" {
			fmt.Fprintf(b, "%s\n\n", report.MarkdownText(t.Note))
		}
		a.themeTable(p, t).markdown(b)
		for _, c := range t.Counts {
			a.markdownCount(b, c, p.Earlier)
		}
	}
	a.markdownRTD(b, p)
	a.markdownWork(b, p)
	a.markdownPractice(b, p)
	fmt.Fprintf(b, "\n%s\n", report.MarkdownText(a.text.Text("sheet.fair")))
	return b.Flush()
}

// themeTable is written as Markdown: its numbers lead to the names below.
func (a *app) themeTable(p report.Province, t report.Theme) *table {
	out := &table{right: map[int]bool{1: true, 2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true, 9: true}}
	for _, key := range []string{"count", "comuni", "share", "assessed", "unreachable", "no_site", "open", "unsure"} {
		out.head = append(out.head, a.text.Text("province_report."+key+"_col"))
	}
	if p.Earlier != "" {
		out.head = append(out.head, a.text.Text("province_report.then_col", "night", report.DayWords(a.text, p.Earlier)), a.text.Text("province_report.diff_col"))
	}
	out.head = escapeAll(out.head)
	for _, c := range t.Counts {
		linked := func(n int) string { return report.Linked{To: "#" + countAnchor(c), N: n}.Markdown(a.text) }
		row := []string{
			report.MarkdownText(c.Title), linked(c.Comuni), report.MarkdownText(report.Shares(a.text, c)), linked(c.Base.Assessed),
			linked(c.Base.Unreachable), linked(c.Base.NoSite), linked(c.Base.Open), linked(c.ToConfirm()),
		}
		if c.Then != nil {
			row = append(row, linked(c.Then.Comuni), fmt.Sprintf("%+d", c.Comuni-c.Then.Comuni))
		}
		out.add(row...)
	}
	return out
}

// countAnchor is where the names of a count stand: the id of a count is vigile's own.
func countAnchor(c report.Count) string { return "n-" + c.ID }

func (a *app) markdownCount(w io.Writer, c report.Count, earlier string) {
	of := "of_assessed"
	if c.Seen {
		of = "of_seen"
	}
	fmt.Fprintf(w, "\n<a id=\"%s\"></a>\n\n### %s\n\n%s\n\n", countAnchor(c), report.MarkdownText(c.Title), report.MarkdownText(a.text.Text("province_report."+of,
		"n", a.text.Number(c.Comuni), "assessed", a.text.Number(c.Base.Assessed), "share", report.Share(a.text, c.Comuni, c.Base.Assessed),
		"unreachable", a.text.Number(c.Base.Unreachable), "no_site", a.text.Number(c.Base.NoSite), "open", a.text.Number(c.Base.Open))))
	if l := c.Likely; l != nil {
		fmt.Fprintf(w, "%s\n\n", report.MarkdownText(a.text.Text("province_report.likely",
			"n", a.text.Number(l.Comuni), "assessed", a.text.Number(l.Assessed), "share", report.Share(a.text, l.Comuni, l.Assessed))))
	}
	for _, g := range c.Groups {
		fmt.Fprintf(w, "- **%s** (%s): %s\n", report.MarkdownText(g.Text), a.text.Number(len(g.Comuni)), report.MarkdownText(namesOf(g.Comuni)))
	}
	if len(c.Others) > 0 {
		fmt.Fprintf(w, "- *%s* (%s): %s\n", report.MarkdownText(a.text.Text("province_report.others")), a.text.Number(len(c.Others)), report.MarkdownText(namesOf(c.Others)))
	}
	for _, g := range c.Unsure {
		fmt.Fprintf(w, "- *%s: %s* (%s): %s\n", report.MarkdownText(a.text.Text("province_report.unsure_one")), report.MarkdownText(g.Text), a.text.Number(len(g.Comuni)), report.MarkdownText(namesOf(g.Comuni)))
	}
	for _, g := range c.Left {
		fmt.Fprintf(w, "- *%s: %s* (%s): %s\n", report.MarkdownText(a.text.Text("province_report.not_assessed")), report.MarkdownText(g.Text), a.text.Number(len(g.Comuni)), report.MarkdownText(namesOf(g.Comuni)))
	}
	if c.Then == nil {
		return
	}
	item := func(words string) { fmt.Fprintf(w, "- %s\n", report.MarkdownText(words)) }
	item(a.text.Text("province_report.then", "night", report.DayWords(a.text, earlier), "n", a.text.Number(c.Then.Comuni), "assessed", a.text.Number(c.Then.Base.Assessed),
		"share", report.Share(a.text, c.Then.Comuni, c.Then.Base.Assessed)))
	if len(c.Then.Counted) > 0 {
		item(a.text.Text("province_report.then_word") + ": " + namesOf(c.Then.Counted))
	}
	if len(c.Then.Entered) > 0 {
		item(a.text.Text("province_report.entered_word") + ": " + namesOf(c.Then.Entered))
	}
	if len(c.Then.Gone) > 0 {
		item(a.text.Text("province_report.gone_word") + ": " + namesOf(c.Then.Gone))
	}
	if c.Then.Uncertain > 0 {
		item(a.text.Count("province_report.uncertain", c.Then.Uncertain) + " " + namesOf(c.Then.Unsettled))
	}
}

func namesOf(comuni []report.Counted) string {
	names := make([]string, len(comuni))
	for i, c := range comuni {
		names[i] = c.Comune
	}
	return strings.Join(names, ", ")
}

func (a *app) markdownRTD(w io.Writer, p report.Province) {
	text := func(key string, args ...any) string { return a.text.Text("province_report."+key, args...) }
	fmt.Fprintf(w, "\n## %s\n\n", report.MarkdownText(text("rtd_lines")))
	t := &table{head: []string{a.text.Text("summary.comune"), text("verdict_col"), text("source_col"), text("words_col")}}
	for _, r := range p.RTD {
		t.add(r.Comune, symbol(r.Verdict)+" "+r.Text, r.SourceText, r.Words)
	}
	escapeTable(t).markdown(w)
	fmt.Fprintf(w, "\n### %s\n\n", report.MarkdownText(text("shared_rtd")))
	if len(p.SharedRTD) == 0 {
		fmt.Fprintf(w, "%s\n", report.MarkdownText(text("shared_none")))
	}
	for _, s := range p.SharedRTD {
		words := text("shared_name", "words", s.Words)
		if s.By == "union" {
			words = text("shared_union", "body", s.Body) + " (" + s.Words + ")"
		}
		fmt.Fprintf(w, "- %s: %s\n", report.MarkdownText(words), report.MarkdownText(namesOf(s.Comuni)))
	}
}

func (a *app) markdownWork(w io.Writer, p report.Province) {
	text := func(key string, args ...any) string { return a.text.Text("province_report."+key, args...) }
	fmt.Fprintf(w, "\n## %s\n\n%s\n\n", report.MarkdownText(text("suppliers")), report.MarkdownText(text("suppliers_note")))
	t := &table{head: []string{text("supplier_col"), text("platform_col"), text("comuni_col"), text("which_col"), text("requests")}, right: map[int]bool{2: true}}
	for _, s := range p.Suppliers {
		t.add(s.Name, strings.Join(s.Platforms, ", "), a.text.Number(len(s.Comuni)), namesOf(s.Comuni), strings.Join(s.Tickets, ", "))
	}
	escapeTable(t).markdown(w)
	note := "worklist_note"
	if len(p.Worklist) == 0 {
		note = "worklist_none"
	}
	fmt.Fprintf(w, "\n## %s\n\n%s\n", report.MarkdownText(text("worklist")), report.MarkdownText(text(note)))
	for _, t := range p.Worklist {
		fmt.Fprintf(w, "\n### %s\n\n", report.MarkdownText(t.ID+". "+symbol(t.Verdict)+" "+t.Title+": "+a.text.Count("summary.comuni", len(t.Comuni))))
		item := func(key, words string) {
			if words != "" {
				fmt.Fprintf(w, "- **%s**: %s\n", a.text.Text(key), words)
			}
		}
		item("province_report.reason_col", report.MarkdownText(t.Text))
		item("sheet.do", report.MarkdownText(t.Remedy))
		item("sheet.who", report.MarkdownText(strings.Join(t.Who, ", ")))
		item("sheet.effort", report.MarkdownText(t.Long))
		item("province_report.platform_col", report.MarkdownText(t.Platform))
		item("province_report.supplier_col", report.MarkdownText(t.Supplier))
		for _, c := range t.Comuni {
			pec := c.PEC
			if pec == "" {
				pec = text("no_pec")
			}
			fmt.Fprintf(w, "- %s (%s) %s\n", report.MarkdownText(c.Comune), report.MarkdownText(pec), report.MarkdownLink(c.URL))
		}
	}
}

func (a *app) markdownPractice(w io.Writer, p report.Province) {
	fmt.Fprintf(w, "\n## %s\n\n%s\n", report.MarkdownText(a.text.Text("province_report.practice")), report.MarkdownText(a.text.Text("province_report.practice_note")))
	for _, x := range p.Practice {
		fmt.Fprintf(w, "\n### %s\n\n", report.MarkdownText(x.Title))
		for _, line := range x.Lines {
			var names []string
			for _, l := range line.Like {
				name := l.Comune
				if l.Beyond && l.Province != "" {
					name += " (" + l.Province + ")"
				}
				if words := report.LikeWords(a.text, l); words != "" {
					name += " (" + words + ")"
				}
				names = append(names, name)
			}
			if len(names) == 0 {
				names = []string{a.text.Text("province_report.practice_none")}
			}
			fmt.Fprintf(w, "- **%s**: %s\n", report.MarkdownText(line.Comune), report.MarkdownText(strings.Join(names, "; ")))
		}
	}
}
