package main

// The report of a province as Markdown. Everything from outside is escaped.

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/vigile-it/vigile/internal/report"
)

// provinceText is the report while it is written.
type provinceText struct {
	*app
	w     io.Writer
	links report.MarkdownLinks
}

func (a *app) provinceMarkdown(to io.Writer, p report.Province) error {
	b := bufio.NewWriter(to)
	w := &provinceText{app: a, w: b}
	text := func(key string, args ...any) string {
		return report.MarkdownText(a.text.Text("province_report."+key, args...))
	}
	fmt.Fprintf(b, "# %s\n\n%s", text("title", "title", p.Title), text("made", "when", a.text.Moment(p.Made), "version", p.Version))
	fmt.Fprintf(b, " %s", report.MarkdownText(p.Stood.Words(a.text, p.Made.Location())))
	if p.Earlier != "" {
		fmt.Fprintf(b, " %s", text("earlier", "night", report.DayWords(a.text, p.Earlier)))
	}
	// Every comune of the report is named where those are counted whose site could not be read.
	unread, siteless := report.Count{ID: "unreachable"}, report.Count{ID: "no-site"}
	fmt.Fprintf(b, "\n\n%s\n\n%s\n", report.LinkedMarkdown(a.text, "province_report.base", "comuni", toCount(unread, "", p.Base.Comuni),
		"assessed", toCount(unread, partOthers, p.Base.Assessed), "unreachable", toCount(unread, partCounted, p.Base.Unreachable),
		"no_site", toCount(siteless, partCounted, p.Base.NoSite)), text("fair"))
	for _, t := range p.Themes {
		fmt.Fprintf(b, "\n## %s\n\n", report.MarkdownText(t.Title))
		if t.Note != "" {
			fmt.Fprintf(b, "%s\n\n", report.MarkdownText(t.Note))
		}
		a.themeTable(p, t).markdown(b)
		for _, c := range t.Counts {
			w.count(c, p.Earlier)
		}
	}
	w.rtd(p)
	w.work(p)
	w.practice(p)
	fmt.Fprintf(b, "\n%s\n%s\n", report.MarkdownText(a.text.Text("sheet.fair")), w.links.Below())
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
		linked := func(part string, n int) string { return toCount(c, part, n).Markdown(a.text) }
		row := []string{
			report.MarkdownText(c.Title), linked("", c.Comuni), report.MarkdownText(report.Shares(a.text, c)), linked(partAssessed, c.Base.Assessed),
			linked(report.LeftUnreachable, c.Base.Unreachable), linked(report.LeftNoSite, c.Base.NoSite), linked(partOpen, c.Base.Open), linked(partUnsure, c.ToConfirm()),
		}
		if c.Then != nil {
			row = append(row, linked(partThen, c.Then.Comuni), report.SignedNumber(c.Comuni, c.Then.Comuni))
		}
		out.add(row...)
	}
	return out
}

func (w *provinceText) rtd(p report.Province) {
	text := func(key string, args ...any) string { return w.text.Text("province_report."+key, args...) }
	fmt.Fprintf(w.w, "\n## %s\n\n", report.MarkdownText(text("rtd_lines")))
	t := &table{head: escapeAll([]string{w.text.Text("summary.comune"), text("verdict_col"), text("source_col"), text("words_col")})}
	for _, r := range p.RTD {
		t.add(append([]string{w.name(r.Counted)}, escapeAll([]string{symbol(r.Verdict) + " " + r.Text, r.SourceText, r.Words})...)...)
	}
	t.markdown(w.w)
	fmt.Fprintf(w.w, "\n### %s\n\n", report.MarkdownText(text("shared_rtd")))
	if len(p.SharedRTD) == 0 {
		fmt.Fprintf(w.w, "%s\n", report.MarkdownText(text("shared_none")))
	}
	for _, s := range p.SharedRTD {
		words := text("shared_name", "words", s.Words)
		if s.By == "union" {
			words = text("shared_union", "body", s.BodyWords()) + " (" + s.Words + ")"
		}
		fmt.Fprintf(w.w, "- %s: %s\n", report.MarkdownText(words), w.names(s.Comuni))
	}
}

func (w *provinceText) work(p report.Province) {
	text := func(key string, args ...any) string { return w.text.Text("province_report."+key, args...) }
	fmt.Fprintf(w.w, "\n## %s\n\n%s\n\n", report.MarkdownText(text("suppliers")), report.MarkdownText(text("suppliers_note")))
	t := &table{head: escapeAll([]string{text("supplier_col"), text("platform_col"), text("comuni_col"), text("which_col"), text("requests")}), right: map[int]bool{2: true}}
	for _, s := range p.Suppliers {
		var tickets []string
		for _, id := range s.Tickets {
			tickets = append(tickets, "["+id+"](#"+id+")")
		}
		t.add(report.MarkdownText(s.Name), report.MarkdownText(strings.Join(s.Platforms, ", ")), w.text.Number(len(s.Comuni)), w.names(s.Comuni), strings.Join(tickets, ", "))
	}
	t.markdown(w.w)
	note := "worklist_note"
	if len(p.Worklist) == 0 {
		note = "worklist_none"
	}
	fmt.Fprintf(w.w, "\n## %s\n\n%s\n", report.MarkdownText(text("worklist")), report.MarkdownText(text(note)))
	for _, t := range p.Worklist {
		fmt.Fprintf(w.w, "\n<a id=\"%s\"></a>\n\n### %s\n\n", t.ID, report.MarkdownText(t.ID+". "+symbol(t.Verdict)+" "+t.Title+": "+w.text.Count("summary.comuni", len(t.Comuni))))
		item := func(key, words string) {
			if words != "" {
				fmt.Fprintf(w.w, "- **%s**: %s\n", w.text.Text(key), words)
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
			fmt.Fprintf(w.w, "- %s (%s) %s\n", report.MarkdownText(c.Comune), report.MarkdownText(pec), report.MarkdownLink(c.URL))
		}
	}
}

func (w *provinceText) practice(p report.Province) {
	fmt.Fprintf(w.w, "\n## %s\n\n%s\n", report.MarkdownText(w.text.Text("province_report.practice")), report.MarkdownText(w.text.Text("province_report.practice_note")))
	for _, x := range p.Practice {
		fmt.Fprintf(w.w, "\n### %s\n\n", report.MarkdownText(x.Title))
		for _, line := range x.Lines {
			var names []string
			for _, l := range line.Like {
				name := w.name(l.Counted)
				if l.Beyond && l.Province != "" {
					name += " (" + report.MarkdownText(l.Province) + ")"
				}
				if words := report.LikeWords(w.text, l); words != "" {
					name += " (" + report.MarkdownText(words) + ")"
				}
				names = append(names, name)
			}
			if len(names) == 0 {
				names = []string{report.MarkdownText(w.text.Text("province_report.practice_none"))}
			}
			fmt.Fprintf(w.w, "- **%s**: %s\n", w.name(line.Counted), strings.Join(names, "; "))
		}
	}
}
