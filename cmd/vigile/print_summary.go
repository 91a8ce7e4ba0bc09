package main

// This file prints the summary of several comuni.

import (
	"fmt"
	"io"
	"strconv"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/report"
)

// summaryTables are the summary as tables: one line a comune, one line a check.
func (a *app) summaryTables(sheets []report.Sheet) (comuni, byCheck *table) {
	verdicts := finding.Verdicts()
	comuni = &table{head: []string{a.text.Text("summary.comune")}, right: map[int]bool{}}
	byCheck = &table{head: []string{a.text.Text("summary.check")}, right: map[int]bool{}}
	for i, v := range verdicts {
		comuni.head = append(comuni.head, symbol(v))
		byCheck.head = append(byCheck.head, symbol(v))
		comuni.right[i+1], byCheck.right[i+1] = true, true
	}
	comuni.head = append(comuni.head, a.text.Text("summary.reach"))
	byCheck.head = append(byCheck.head, a.text.Text("summary.assessed"))
	for _, s := range sheets {
		row := []string{s.Comune}
		if s.Province != "" {
			row[0] += " (" + s.Province + ")"
		}
		for _, v := range verdicts {
			row = append(row, count(s.Totals, v))
		}
		comuni.add(append(row, s.ReachText.Word)...)
	}
	for _, c := range report.Summarise(sheets).Checks {
		row := []string{c.Title}
		for _, v := range verdicts {
			row = append(row, count(c.Verdicts, v))
		}
		byCheck.add(append(row, a.text.Text("summary.of", "n", c.Assessed, "total", c.Of))...)
	}
	return comuni, byCheck
}

// count is a number, or nothing in place of zero: what is there stands out.
func count(totals []report.Total, v finding.Verdict) string {
	if n := report.CountOf(totals, v); n > 0 {
		return strconv.Itoa(n)
	}
	return ""
}

func (a *app) printSummary(w io.Writer, s style, sheets []report.Sheet) {
	comuni, byCheck := a.summaryTables(sheets)
	comuni.write(w, s)
	fmt.Fprintln(w)
	byCheck.write(w, s)
	fmt.Fprintln(w)
	s.paragraph(w, "", a.reachLine(report.Summarise(sheets)))
	s.paragraph(w, "", a.legend())
}

// reachLine is how many sites were read, and what became of the others.
func (a *app) reachLine(sum report.Summary) string {
	line := a.text.Text("summary.reached", "reached", a.text.Number(sum.Reached), "total", a.text.Number(sum.Comuni))
	for i, r := range sum.Reach {
		if r.Reach == page.ReachOK {
			continue
		}
		separator := ", "
		if i == 0 || i == 1 && sum.Reach[0].Reach == page.ReachOK {
			separator = "; "
		}
		line += separator + r.Word + " " + a.text.Number(r.Count)
	}
	return line + "."
}

// legend explains the symbols at the head of the columns.
func (a *app) legend() string {
	line := ""
	for _, v := range finding.Verdicts() {
		if line != "" {
			line += ", "
		}
		line += symbol(v) + " " + a.text.Text("verdict."+string(v))
	}
	return line + "."
}
