package main

// This file prints the summary of several comuni.

import (
	"fmt"
	"io"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/report"
)

// summaryOf counts a run, and says what its comuni share.
func (a *app) summaryOf(list []checks.Check, o outcome) report.Summary {
	sum := a.countsOf(list, o)
	sum.Shared = a.sharedIn(o)
	return sum
}

func (a *app) countsOf(list []checks.Check, o outcome) report.Summary {
	t := o.tally
	if t.Comuni == 0 {
		return report.Summarise(a.sheets(list, o, false))
	}
	sum := report.Summary{Comuni: t.Comuni, Reached: t.Read()}
	for _, r := range page.Reaches() {
		if n := t.Reach[r]; n > 0 {
			sum.Reach = append(sum.Reach, report.ReachTotal{Reach: r, Word: a.text.Text("reach." + string(r) + ".word"), Count: n})
		}
	}
	for _, c := range list {
		ran, definite := t.Of(c.Meta.ID)
		if ran == 0 {
			continue
		}
		counts := map[finding.Verdict]int{}
		for w, n := range t.Findings {
			if w.Check == c.Meta.ID {
				counts[w.Verdict] += n
			}
		}
		total := report.CheckTotal{Check: c.Meta.ID, Title: c.Meta.Title(a.text.Lang()), Nature: c.Meta.Nature, Assessed: definite, Of: ran}
		for _, v := range finding.Verdicts() {
			if counts[v] > 0 {
				total.Verdicts = append(total.Verdicts, report.Total{Verdict: v, Count: counts[v]})
			}
		}
		sum.Checks = append(sum.Checks, total)
	}
	return sum
}

// summaryTables are the summary as tables: one line a comune, where they are not
// too many, and one line a check.
func (a *app) summaryTables(sheets []report.Sheet, sum report.Summary) []*table {
	verdicts := finding.Verdicts()
	comuni := &table{head: []string{a.text.Text("summary.comune")}, right: map[int]bool{}}
	byCheck := &table{head: []string{a.text.Text("summary.check")}, right: map[int]bool{}}
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
			row = append(row, a.count(s.Totals, v))
		}
		comuni.add(append(row, s.ReachText.Word)...)
	}
	for _, c := range sum.Checks {
		row := []string{c.Title}
		for _, v := range verdicts {
			row = append(row, a.count(c.Verdicts, v))
		}
		byCheck.add(append(row, a.text.Text("summary.of", "n", a.text.Number(c.Assessed), "total", a.text.Number(c.Of)))...)
	}
	if len(sheets) == 0 || len(sheets) > rowsUpTo {
		return []*table{byCheck}
	}
	return []*table{comuni, byCheck}
}

// count is a number, or nothing in place of zero: what is there stands out.
func (a *app) count(totals []report.Total, v finding.Verdict) string {
	if n := report.CountOf(totals, v); n > 0 {
		return a.text.Number(n)
	}
	return ""
}

func (a *app) printSummary(w io.Writer, s style, sheets []report.Sheet, sum report.Summary) {
	for _, t := range a.summaryTables(sheets, sum) {
		t.write(w, s)
		fmt.Fprintln(w)
	}
	s.paragraph(w, "", a.reachLine(sum))
	s.paragraph(w, "", a.legend())
	a.printShared(w, s, sum.Shared, sharedUpTo)
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
