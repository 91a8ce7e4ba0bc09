package main

// This file prints the sheet of one comune for a terminal or a pipe.

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/report"
)

// Bounds on what the sheet of one finding lists; --format json has all of it.
const (
	maxEvidence = 3
	maxLooked   = 5
)

func (a *app) printSheet(w io.Writer, s style, sheet report.Sheet) {
	a.printHead(w, s, sheet)
	var open []report.Row // unknown and not applicable, told together at their place
	for _, v := range finding.Verdicts() {
		rows := slices.DeleteFunc(slices.Clone(sheet.Findings), func(r report.Row) bool { return r.Verdict != v })
		if v == finding.Unknown || v == finding.NotApplicable {
			open = rows
			a.printOpen(w, s, sheet, open)
			continue
		}
		for _, r := range rows {
			a.printRow(w, s, r)
		}
	}
	a.printShared(w, s, sheet.Shared, len(sheet.Shared))
	a.printOutside(w, s, sheet.Outside)
	if sheet.Looking != nil {
		a.printLooking(w, s, *sheet.Looking)
	}
	fmt.Fprintf(w, "\n%s: %s\n", s.paint(bold, a.text.Text("sheet.totals")), a.totals(s, sheet.Totals))
}

// labels is the width of a set of labels.
func (a *app) labels(keys ...string) int {
	width := 0
	for _, k := range keys {
		width = max(width, utf8.RuneCountInString(a.text.Text(k)))
	}
	return width
}

func (a *app) printHead(w io.Writer, s style, sheet report.Sheet) {
	fmt.Fprintln(w, s.paint(bold, a.text.Text("sheet.comune", "name", sheet.Comune)))
	s.paragraph(w, "", a.identity(sheet))
	fmt.Fprintln(w)

	width := a.labels("sheet.site", "sheet.visited", "sheet.reach")
	under := func(text string) { s.paragraph(w, strings.Repeat(" ", width+2), text) }
	site := sheet.Site
	if site == "" {
		site = a.text.Text("sheet.no_site")
	}
	s.field(w, "", a.text.Text("sheet.site"), width, site)
	if sheet.Registered != "" {
		under(a.text.Text("sheet.registered", "raw", sheet.Registered))
	}
	if sheet.FinalURL != "" && sheet.FinalURL != sheet.Site {
		under(a.text.Text("sheet.moved", "url", sheet.FinalURL))
	}
	if sheet.Moved {
		under(a.text.Text("sheet.other_domain"))
	}
	s.field(w, "", a.text.Text("sheet.visited"), width, a.visited(sheet))
	s.field(w, "", a.text.Text("sheet.reach"), width, sheet.ReachText.Word)
	if sheet.Reach != page.ReachOK {
		under(sheet.ReachText.Means)
		under(a.text.Text("sheet.do") + ": " + sheet.ReachText.Do)
	}
	if sheet.Exhausted != "" && a.text.Has("sheet.exhausted."+sheet.Exhausted) {
		under(a.text.Text("sheet.exhausted." + sheet.Exhausted))
	}
}

// identity is where the comune is and under which codes it is known.
func (a *app) identity(sheet report.Sheet) string {
	var parts []string
	if sheet.Province != "" {
		parts = append(parts, a.text.Text("sheet.province", "province", sheet.Province))
	}
	if sheet.Region != "" {
		parts = append(parts, sheet.Region)
	}
	parts = append(parts, a.text.Text("sheet.istat", "istat", sheet.Istat))
	if sheet.IPA != "" {
		parts = append(parts, a.text.Text("sheet.ipa", "ipa", sheet.IPA))
	}
	if sheet.Population > 0 {
		parts = append(parts, a.text.Count("sheet.population", sheet.Population))
	}
	return strings.Join(parts, " · ")
}

func (a *app) visited(sheet report.Sheet) string {
	return a.text.Text("sheet.visited_at", "when", a.text.Moment(sheet.CheckedAt.In(rome())),
		"pages", a.text.Count("sheet.pages", sheet.Pages), "took", a.text.Seconds(seconds(sheet.Seconds)))
}

// printRow prints one finding that says something.
func (a *app) printRow(w io.Writer, s style, r report.Row) {
	a.printTitle(w, s, r)
	const indent = "  "
	if r.ReasonText != "" {
		s.paragraph(w, indent, r.ReasonText)
	}
	width := a.labels("sheet.found", "sheet.where", "sheet.value", "sheet.nearest", "sheet.looked", "sheet.do", "sheet.law", "sheet.who")
	field := func(key, text string) {
		if text != "" {
			s.field(w, indent, a.text.Text(key), width, text)
		}
	}
	if r.Verdict == finding.Info { // elsewhere the value is a code for other programs
		field("sheet.value", r.ValueName)
	}
	a.printFacts(w, s, indent, width, "sheet.found", r.Evidence)
	if r.Verdict == finding.Fail || r.Verdict == finding.Warn {
		a.printFacts(w, s, indent, width, "sheet.nearest", r.Candidates)
		if len(r.Evidence) == 0 {
			a.printLooked(w, s, indent, width, r.Looked)
		}
		field("sheet.do", r.Remedy)
		field("sheet.who", a.whoAndEffort(r))
		for _, l := range r.Laws {
			field("sheet.law", l.Source+": "+l.Text)
		}
		field("sheet.deadline", r.Deadline)
	}
}

func (a *app) whoAndEffort(r report.Row) string {
	text := strings.Join(r.Who, ", ")
	if r.Effort != "" {
		text += " (" + r.Effort + ")"
	}
	return text
}

func (a *app) printTitle(w io.Writer, s style, r report.Row) {
	word := symbol(r.Verdict) + " " + strings.ToUpper(r.VerdictText)
	fmt.Fprintf(w, "\n%s  %s %s\n", s.paint(verdictColour(r.Verdict), word), s.paint(bold, r.Title),
		s.paint(faint, "("+a.text.Text("nature."+string(r.Nature))+")"))
}

// printFacts prints what was seen: the words, then where they stand.
func (a *app) printFacts(w io.Writer, s style, indent string, width int, key string, facts []finding.Fact) {
	for i, f := range facts {
		if i == maxEvidence {
			s.field(w, indent, "", width, a.text.Count("sheet.more", len(facts)-i))
			return
		}
		words := f.Snippet
		if words == "" {
			words = f.Value
		}
		if words != "" && !report.OurWords(f) {
			words = a.quoted(words)
		}
		if words != "" {
			s.field(w, indent, a.text.Text(key), width, words)
		}
		if f.Target != "" {
			s.field(w, indent, "", width, a.text.Text("sheet.leads_to", "url", f.Target))
		}
		if f.URL != "" {
			s.field(w, indent, a.text.Text("sheet.where"), width, a.where(f))
		}
	}
}

// where is the page, and the part of it where a fact stands.
func (a *app) where(f finding.Fact) string {
	if f.Place == "" || !a.text.Has("place."+f.Place) {
		return f.URL
	}
	return f.URL + " (" + a.text.Text("place."+f.Place) + ")"
}

func (a *app) quoted(s string) string { return a.text.Text("sheet.quote", "text", s) }

func (a *app) printLooked(w io.Writer, s style, indent string, width int, urls []string) {
	for i, u := range urls {
		label := ""
		if i == 0 {
			label = a.text.Text("sheet.looked")
		}
		if i == maxLooked {
			s.field(w, indent, label, width, a.text.Count("sheet.more", len(urls)-i))
			return
		}
		s.field(w, indent, label, width, u)
	}
}

// printOpen prints the checks that found nothing to say, those with the same
// reason together.
func (a *app) printOpen(w io.Writer, s style, sheet report.Sheet, rows []report.Row) {
	for len(rows) > 0 {
		first := rows[0]
		var same, rest []report.Row
		for _, r := range rows {
			if r.ReasonText == first.ReasonText {
				same = append(same, r)
			} else {
				rest = append(rest, r)
			}
		}
		rows = rest
		word := symbol(first.Verdict) + " " + strings.ToUpper(first.VerdictText)
		fmt.Fprintf(w, "\n%s\n", s.paint(verdictColour(first.Verdict), word))
		// What is true of the whole site stands in the head already.
		if text := first.ReasonText; text != "" && text != sheet.ReachText.Means {
			s.paragraph(w, "  ", text)
		}
		for _, r := range same {
			line := "- " + r.Title
			if r.Before != nil {
				line += ". " + a.text.Text("sheet.before", "verdict", r.Before.VerdictText, "when", a.text.Date(r.Before.At.In(rome())))
			}
			s.paragraph(w, "  ", line)
		}
	}
}

// totals counts the findings by verdict, in words.
func (a *app) totals(s style, totals []report.Total) string {
	var parts []string
	for _, t := range totals {
		parts = append(parts, s.paint(verdictColour(t.Verdict), a.text.Count("sheet.total."+string(t.Verdict), t.Count)))
	}
	return strings.Join(parts, ", ")
}
