package main

// The comuni behind each number of the report in Markdown: lists that the numbers
// lead to. A name leads to the page that shows what was found.

import (
	"fmt"
	"strings"

	"github.com/vigile-it/vigile/internal/report"
)

// Parts of a count that numbers lead to, beside those that are a reason why nothing
// is said, by their codes. A list within another is part of it.
const (
	partAssessed       = "assessed"
	partCounted        = "counted"
	partOthers         = "others"
	partLikelyAssessed = "likely-assessed"
	partLikely         = "likely"
	partUnsure         = "unsure"
	partOpen           = "open"
	partThenAssessed   = "then-assessed"
	partThen           = "then"
)

// countAnchor is where the names of a count stand, or those of a part of it: the id
// of a count is vigile's own.
func countAnchor(c report.Count, part string) string {
	if part == "" {
		return "n-" + c.ID
	}
	return "n-" + c.ID + "-" + part
}

// toCount is a number that leads to the names of a count.
func toCount(c report.Count, part string, n int) report.Linked {
	return report.Linked{To: "#" + countAnchor(c, part), N: n}
}

func (w *provinceText) count(c report.Count, earlier string) {
	of := "of_assessed"
	if c.Seen {
		of = "of_seen"
	}
	to := func(part string, n int) report.Linked { return toCount(c, part, n) }
	fmt.Fprintf(w.w, "\n<a id=\"%s\"></a>\n\n### %s\n\n%s\n\n", countAnchor(c, ""), report.MarkdownText(c.Title), report.LinkedMarkdown(w.text, "province_report."+of,
		"n", to(partCounted, c.Comuni), "assessed", to(partAssessed, c.Base.Assessed), "share", report.Share(w.text, c.Comuni, c.Base.Assessed),
		"unreachable", to(report.LeftUnreachable, c.Base.Unreachable), "no_site", to(report.LeftNoSite, c.Base.NoSite), "open", to(partOpen, c.Base.Open)))
	if l := c.Likely; l != nil {
		fmt.Fprintf(w.w, "%s\n\n", report.LinkedMarkdown(w.text, "province_report.likely",
			"n", to(partLikely, l.Comuni), "assessed", to(partLikelyAssessed, l.Assessed), "share", report.Share(w.text, l.Comuni, l.Assessed)))
	}
	if then := c.Then; then != nil {
		fmt.Fprintf(w.w, "%s\n\n", report.LinkedMarkdown(w.text, "province_report.then", "night", report.DayWords(w.text, earlier),
			"n", to(partThen, then.Comuni), "assessed", to(partThenAssessed, then.Base.Assessed), "share", report.Share(w.text, then.Comuni, then.Base.Assessed)))
	}
	for _, l := range w.lists(c) {
		w.list(c, l, 0)
	}
}

// nameList is an item of a list: comuni by name, or further items.
type nameList struct {
	part   string // what leads here; empty: nothing
	words  string
	comuni []report.Counted
	within []nameList
}

// list writes an item, with those within it further in. One without comuni is left out.
func (w *provinceText) list(c report.Count, l nameList, depth int) {
	if l.empty() {
		return
	}
	anchor, names := "", ""
	if l.part != "" {
		anchor = `<a id="` + countAnchor(c, l.part) + `"></a>`
	}
	if len(l.comuni) > 0 {
		names = " " + w.names(l.comuni)
	}
	fmt.Fprintf(w.w, "%s- %s%s:%s\n", strings.Repeat("  ", depth), anchor, l.words, names)
	for _, x := range l.within {
		w.list(c, x, depth+1)
	}
}

func (l nameList) empty() bool {
	for _, x := range l.within {
		if !x.empty() {
			return false
		}
	}
	return len(l.comuni) == 0
}

// lists are the comuni of a count: those assessed, those that would be with the
// findings of low confidence, those nothing is said of, those of the earlier night.
func (w *provinceText) lists(c report.Count) []nameList {
	text := func(key string) string { return report.MarkdownText(w.text.Text("province_report." + key)) }
	numbered := func(words string, comuni []report.Counted) string {
		return words + " (" + w.text.Number(len(comuni)) + ")"
	}
	groups := func(gs []report.Group) []nameList {
		var out []nameList
		for _, g := range gs {
			out = append(out, nameList{words: numbered(report.MarkdownText(g.Text), g.Comuni), comuni: g.Comuni})
		}
		return out
	}
	others := func(part string, comuni []report.Counted) nameList {
		return nameList{part: part, words: "*" + text("others") + "*", comuni: comuni}
	}
	out := []nameList{{part: partAssessed, words: text("assessed_col"), within: []nameList{
		{part: partCounted, words: "**" + text("counted_word") + "**", within: groups(c.Groups)}, others(partOthers, c.Others),
	}}}
	if c.Likely != nil {
		out = append(out, nameList{part: partLikelyAssessed, words: text("likely_word"), within: []nameList{
			{part: partLikely, words: "**" + text("counted_word") + "**", comuni: report.EachOnce(c.Groups, c.Unsure)},
			others("", append(append([]report.Counted{}, c.Others...), c.Doubtful...)),
		}})
	}
	out = append(out, nameList{part: partUnsure, words: text("unsure_col"), within: groups(c.Unsure)}, w.left(c, groups))
	if c.Then == nil {
		return out
	}
	return append(out,
		nameList{part: partThenAssessed, words: text("then_word"), within: []nameList{
			{part: partThen, words: "**" + text("counted_word") + "**", comuni: c.Then.Counted}, others("", c.Then.Others),
		}},
		nameList{words: text("entered_word"), comuni: c.Then.Entered}, nameList{words: text("gone_word"), comuni: c.Then.Gone},
		nameList{words: strings.TrimSuffix(report.MarkdownText(w.text.Count("province_report.uncertain", c.Then.Uncertain)), ":"), comuni: c.Then.Unsettled},
	)
}

// left are those that nothing is said of, by reason: what is of the question
// itself stands together.
func (w *provinceText) left(c report.Count, groups func([]report.Group) []nameList) nameList {
	out := nameList{words: report.MarkdownText(w.text.Text("province_report.not_assessed"))}
	open := nameList{part: partOpen, words: report.MarkdownText(w.text.Text("province_report.open_col"))}
	for _, g := range c.Left {
		list := groups([]report.Group{g})
		if g.Code == report.LeftUnreachable || g.Code == report.LeftNoSite {
			list[0].part = g.Code
			out.within = append(out.within, list...)
		} else {
			open.within = append(open.within, list...)
		}
	}
	out.within = append(out.within, open)
	return out
}

// name is a comune that leads to the page behind what is said of it.
func (w *provinceText) name(c report.Counted) string { return w.links.Named(c.Comune, c.URL) }

func (w *provinceText) names(comuni []report.Counted) string {
	names := make([]string, len(comuni))
	for i, c := range comuni {
		names[i] = w.name(c)
	}
	return strings.Join(names, ", ")
}
