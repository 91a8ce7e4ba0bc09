package main

// The workbooks of the reports, opened again as an officer's spreadsheet does, and
// held cell by cell against the JSON of the same report.

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/report"
)

// opened is a workbook: the rows of its sheets as they are kept, without what
// formats do to them.
type opened struct {
	names []string
	rows  map[string][][]string
}

// book asks a command for a workbook.
func (r reported) book(t *testing.T, at time.Time, args ...string) opened {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(r.must(t, at, append(args, "--format", "xlsx")...)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := opened{names: f.GetSheetList(), rows: map[string][][]string{}}
	for _, name := range b.names {
		if b.rows[name], err = f.GetRows(name, excelize.Options{RawCellValue: true}); err != nil {
			t.Fatal(err)
		}
		for i, row := range b.rows[name] {
			for j := range row {
				at, err := excelize.CoordinatesToCellName(j+1, i+1)
				if err != nil {
					t.Fatal(err)
				}
				if formula, err := f.GetCellFormula(name, at); err != nil || formula != "" {
					t.Errorf("%s!%s is the formula %q, %v", name, at, formula, err)
				}
			}
		}
	}
	return b
}

// below are the rows of a sheet below its header, which stands after so many lines;
// each as long as the header, for a workbook keeps no empty cells at the end.
func (b opened) below(t *testing.T, sheet, lines int) [][]string {
	t.Helper()
	if sheet >= len(b.names) || len(b.rows[b.names[sheet]]) <= lines {
		t.Fatalf("no sheet %d with a header after %d lines: %v", sheet, lines, b.names)
	}
	rows := b.rows[b.names[sheet]][lines:]
	var out [][]string
	for _, row := range rows[1:] {
		if len(row) > len(rows[0]) {
			t.Errorf("%s: %d cells under %d headings: %v", b.names[sheet], len(row), len(rows[0]), row)
		}
		out = append(out, append(slices.Clone(row), make([]string, max(0, len(rows[0])-len(row)))...))
	}
	return out
}

// sameRows compares the rows of a sheet with those that are wanted. Of a share and
// of a day the workbook keeps more digits than are looked at.
func sameRows(t *testing.T, what string, got, want [][]string) {
	t.Helper()
	if len(want) == 0 {
		t.Errorf("%s: nothing to compare", what)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: not as the JSON of the same report (-json +xlsx):\n%s", what, d)
	}
}

// rounded is a number of a cell as JSON's is written here.
func rounded(t *testing.T, cell string) string {
	t.Helper()
	if cell == "" {
		return ""
	}
	n, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		t.Errorf("%q is no number", cell)
	}
	return fmt.Sprintf("%.4f", n)
}

// shareOf is a share as rounded has it.
func shareOf(n, all int) string {
	if all == 0 {
		return ""
	}
	return fmt.Sprintf("%.4f", float64(n)/float64(all))
}

// momentIn is the minute of a cell of a day and time, which a spreadsheet keeps as days.
func momentIn(t *testing.T, cell string) string {
	t.Helper()
	if cell == "" {
		return ""
	}
	days, err := strconv.ParseFloat(cell, 64)
	if err == nil {
		var at time.Time
		if at, err = excelize.ExcelDateToTime(days, false); err == nil {
			return minuteOf(at.Add(time.Second / 2))
		}
	}
	t.Errorf("%q is no moment: %v", cell, err)
	return cell
}

func minuteOf(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02 15:04")
}

// column puts the cells of a column into another form.
func column(rows [][]string, i int, form func(string) string) {
	for _, row := range rows {
		row[i] = form(row[i])
	}
}

// workbooksAgree opens every workbook there is.
func (r reported) workbooksAgree(t *testing.T, at time.Time, reportArgs ...string) {
	t.Run("report", func(t *testing.T) { r.reportBook(t, at, reportArgs...) })
	t.Run("compare", func(t *testing.T) { r.compareBook(t, at) })
	t.Run("questionnaire", func(t *testing.T) { r.questionnaireBook(t, at) })
	t.Run("export", func(t *testing.T) { r.exportBook(t, at) })
}

func (r reported) reportBook(t *testing.T, at time.Time, args ...string) {
	p := r.province(t, at, args...)
	b := r.book(t, at, append([]string{"report", "--provincia", "ZZ"}, args...)...)
	if len(b.names) != 6 {
		t.Fatalf("sheets: %v", b.names)
	}
	numbers := b.below(t, 0, 4)
	column(numbers, 3, func(s string) string { return rounded(t, s) })
	sameRows(t, "numbers", numbers, countRows(p))
	counted := b.below(t, 1, 0)
	var of [][]string // the sheet has words for those counted, those to confirm and those not assessed
	kinds := map[string]map[string]bool{}
	for _, row := range counted {
		of = append(of, slices.Delete(slices.Clone(row), 1, 2))
		if kinds[row[0]] == nil {
			kinds[row[0]] = map[string]bool{}
		}
		kinds[row[0]][row[1]] = true
	}
	sameRows(t, "comuni counted", of, countedRows(p))
	for title, words := range kinds {
		if len(words) > 3 {
			t.Errorf("%s: %v", title, words)
		}
	}
	var rtd, work, practice, members [][]string
	for _, l := range p.RTD {
		rtd = append(rtd, []string{l.Comune, l.Province, l.Istat, l.Text, l.SourceText, l.Words, l.URL})
	}
	sameRows(t, "RTD", b.below(t, 2, 0), rtd)
	for _, w := range p.Worklist {
		for _, c := range w.Comuni {
			work = append(work, []string{w.ID, w.Title, w.Text, w.Remedy, strings.Join(w.Who, ", "), w.Long, w.Supplier, w.Platform, c.Comune, c.Province, c.Istat, c.PEC, c.URL})
			if c.PEC == "" {
				t.Errorf("%s: nobody to write to", c.Comune)
			}
		}
	}
	asked := b.below(t, 3, 0)
	for i, row := range asked {
		asked[i] = slices.Delete(row, 1, 2) // the verdict in words
	}
	sameRows(t, "work", asked, work)
	for _, x := range p.Practice {
		for _, l := range x.Lines {
			for _, k := range l.Like {
				practice = append(practice, []string{x.Title, l.Comune, l.Province, l.Istat, k.Comune, k.Province, k.Istat, k.URL})
			}
		}
	}
	alike := b.below(t, 4, 0)
	for i, row := range alike {
		if row[7] == "" {
			t.Errorf("not said in what %s is like %s", row[4], row[1])
		}
		alike[i] = slices.Delete(row, 7, 8)
	}
	sameRows(t, "good practice", alike, practice)
	for _, m := range p.Comuni {
		population := ""
		if m.Population > 0 {
			population = strconv.Itoa(m.Population)
		}
		members = append(members, []string{m.Comune, m.Province, m.Istat, m.IPA, population, m.ReachText, m.Platform, m.Supplier, m.PEC, m.Site})
	}
	sameRows(t, "comuni", b.below(t, 5, 0), members)
}

// countRows are the numbers of a report as its first sheet has them.
func countRows(p report.Province) [][]string {
	var out [][]string
	for _, theme := range p.Themes {
		for _, c := range theme.Counts {
			row := []string{theme.Title, c.Title, strconv.Itoa(c.Comuni), shareOf(c.Comuni, c.Base.Assessed)}
			for _, n := range []int{c.Base.Assessed, c.Base.Unreachable, c.Base.NoSite, c.Base.Open, c.ToConfirm()} {
				row = append(row, strconv.Itoa(n))
			}
			if c.Then != nil {
				row = append(row, strconv.Itoa(c.Then.Comuni), strconv.Itoa(c.Comuni-c.Then.Comuni))
			}
			out = append(out, row)
		}
	}
	return out
}

// countedRows are the comuni behind the numbers.
func countedRows(p report.Province) [][]string {
	var out [][]string
	for _, theme := range p.Themes {
		for _, c := range theme.Counts {
			for _, g := range slices.Concat(c.Groups, c.Unsure, c.Left) {
				for _, x := range g.Comuni {
					out = append(out, []string{c.Title, g.Text, x.Comune, x.Province, x.Istat, x.URL, c.Check, g.Code})
				}
			}
		}
	}
	return out
}

func (r reported) compareBook(t *testing.T, at time.Time) {
	args := append([]string{"compare"}, sideBySide()...)
	var c report.Comparison
	r.decodeAt(t, at, &c, args...)
	b := r.book(t, at, args...)
	if len(b.names) != 2 {
		t.Fatalf("sheets: %v", b.names)
	}
	cells := b.below(t, 0, 2)
	var rows, bodies [][]string
	for _, s := range c.Sections {
		for _, row := range s.Rows {
			line := []string{s.Title, row.Title}
			for i, cell := range row.Cells {
				line = append(line, cell.Words(), cell.URL, minuteOf(cell.CheckedAt))
				column(cells[len(rows):len(rows)+1], 4+3*i, func(s string) string { return momentIn(t, s) })
			}
			rows = append(rows, line)
		}
	}
	sameRows(t, "cells", cells, rows)
	for _, x := range c.Bodies {
		bodies = append(bodies, []string{x.Name, x.Kind, x.Istat, x.IPA, x.PEC, x.Site, minuteOf(x.CheckedAt), x.Note})
	}
	of := b.below(t, 1, 0)
	column(of, 6, func(s string) string { return momentIn(t, s) })
	sameRows(t, "bodies", of, bodies)
}

// questionnaireBook opens a short and a long sheet, with answers beside them.
func (r reported) questionnaireBook(t *testing.T, at time.Time) {
	for _, istat := range r.sizes(t) {
		args := []string{"questionnaire", "--comune", istat, "--answers", answersOf(t, istat)}
		var q report.Questionnaire
		r.decodeAt(t, at, &q, args...)
		b := r.book(t, at, args...)
		if len(b.names) != report.Sections+2 || len(q.Sections) != report.Sections {
			t.Fatalf("sheets: %v", b.names)
		}
		for i, s := range q.Sections {
			above := 1
			if i == 0 {
				above = 5
			}
			got := b.below(t, i, above)
			column(got, 9, func(s string) string { return momentIn(t, s) })
			var want [][]string
			for _, x := range s.Questions {
				want = append(want, questionCells(x))
			}
			sameRows(t, fmt.Sprintf("section %d of %s", s.Number, istat), got, want)
		}
		var differ, self [][]string
		for _, d := range q.Differ {
			differ = append(differ, []string{d.Number, d.Own, d.Measured})
		}
		sameRows(t, "differences", b.below(t, report.Sections, 0), differ)
		score := func(s *float64) string {
			if s == nil {
				return ""
			}
			return strconv.FormatFloat(*s, 'f', -1, 64)
		}
		for _, a := range q.Assessing {
			row := []string{a.Title, score(a.Own)}
			for _, g := range a.Peers {
				row = append(row, score(g.Mean), strconv.Itoa(g.Measured))
			}
			self = append(self, row)
		}
		sameRows(t, "self-assessment", b.below(t, report.Sections+1, 1), self)
	}
}

// questionCells are a question as its sheet has it.
func questionCells(x report.Question) []string {
	number := x.Number
	if !x.Survey {
		number += "*"
	}
	row := []string{number, x.Text, strings.Join(strings.Fields(report.Alternatives(x.Options)), " "), x.MeasuredIn, x.OwnText, x.Note, x.FillingText, "", "", ""}
	var said []string
	for _, e := range x.Evidence {
		said = append(said, e.Words())
		if e.URL != "" && row[8] == "" {
			row[8], row[9] = e.URL, minuteOf(e.CheckedAt)
		}
	}
	row[7] = strings.Join(said, "; ")
	return row
}

// exportBook holds the exported workbook against the exported CSV, and its first
// sheet against the second.
func (r reported) exportBook(t *testing.T, at time.Time) {
	lines, err := csv.NewReader(strings.NewReader(r.must(t, at, "export", "--format", "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	b := r.book(t, at, "export")
	rows := b.below(t, 1, 0)
	if d := cmp.Diff(lines[0], b.rows[b.names[1]][0]); d != "" {
		t.Fatalf("columns:\n%s", d)
	}
	want := map[string][2]int{} // by how many checks: definite, all
	check, verdict := slices.Index(lines[0], "check"), slices.Index(lines[0], "verdict")
	for i, line := range lines[1:] {
		for j, name := range lines[0] {
			switch {
			case name == "checked_at" || strings.HasSuffix(name, "_at") || name == "first_seen" || name == "last_changed":
				rows[i][j] = momentIn(t, rows[i][j])
				if at, err := time.Parse(time.RFC3339, line[j]); err == nil {
					line[j] = minuteOf(at)
				}
			default:
				line[j] = strings.TrimPrefix(line[j], "'")
			}
		}
		n := want[line[check]]
		n[1]++
		if finding.Verdict(line[verdict]).Definite() {
			n[0]++
		}
		want[line[check]] = n
	}
	sameRows(t, "rows", rows, lines[1:])
	var got, sums [][2]int
	for _, row := range b.below(t, 0, 3) {
		n, all := row[len(row)-2], row[len(row)-1]
		of := [2]int{}
		if of[0], err = strconv.Atoi(n); err == nil {
			of[1], err = strconv.Atoi(all)
		}
		sum := 0
		for _, cell := range row[1 : len(row)-2] {
			k, bad := strconv.Atoi(cell)
			if bad != nil {
				t.Errorf("%v", bad)
			}
			sum += k
		}
		if err != nil || sum != of[1] {
			t.Errorf("%v adds up to %d: %v", row, sum, err)
		}
		got = append(got, of)
	}
	for _, n := range want {
		sums = append(sums, n)
	}
	byNumber := func(a, b [2]int) int { return slices.Compare(a[:], b[:]) }
	slices.SortFunc(got, byNumber)
	slices.SortFunc(sums, byNumber)
	if d := cmp.Diff(sums, got); d != "" {
		t.Errorf("summary:\n%s", d)
	}
}
