package main

// This file prints the index in the formats that the report room does not write.

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vigile-it/vigile/internal/report"
)

// writeOut writes to a file, whole or not at all, or to standard output.
func (a *app) writeOut(file string, write func(io.Writer) error) error {
	if file == "" {
		return a.print(write)
	}
	return a.exportTo(file, replaceFile(file, write))
}

// indexWriter writes an index in a format.
func (a *app) indexWriter(x report.Index, format string) func(io.Writer) error {
	return func(w io.Writer) error {
		switch format {
		case "json":
			return writeIndexJSON(w, x)
		case "csv":
			return a.indexCSV(w, x)
		case formatHTML:
			return report.WriteIndexHTML(w, x, a.text)
		case "markdown":
			return a.indexMarkdown(w, x)
		default:
			return a.indexText(w, x)
		}
	}
}

// indexBase says of how many comuni there is something to say.
func (a *app) indexBase(x report.Index) string {
	b := x.Base
	return a.text.Text("index.base", "comuni", a.text.Number(b.Comuni), "ranked", a.text.Number(b.Ranked), "partial", a.text.Number(b.Partial), "none", a.text.Number(b.None))
}

// indexClasses counts the classes in a line.
func (a *app) indexClasses(x report.Index) string {
	parts := make([]string, len(x.Classes))
	for i, c := range x.Classes {
		parts[i] = c.Text + " " + a.text.Number(c.Comuni)
	}
	return a.text.Text("index.classes") + ": " + strings.Join(parts, ", ") + "."
}

func (a *app) indexText(w io.Writer, x report.Index) error {
	s := a.styleOf(a.stdout)
	fmt.Fprintf(w, "%s\n\n", s.paint(bold, report.IndexTitle(a.text, x)))
	a.indexTable(x).write(w, s)
	if len(x.Comuni) == 1 {
		l := x.Comuni[0]
		for _, p := range l.Parts {
			fmt.Fprintf(w, "\n%s\n", s.paint(bold, a.partWords(p)))
			a.itemTable(p).write(w, s)
		}
	}
	fmt.Fprintln(w)
	for _, line := range a.indexNotes(x) {
		s.paragraph(w, "", line)
	}
	return nil
}

func (a *app) indexMarkdown(w io.Writer, x report.Index) error {
	fmt.Fprintf(w, "# %s\n\n", report.MarkdownText(report.IndexTitle(a.text, x)))
	escapeTable(a.indexTable(x)).markdown(w)
	if len(x.Comuni) <= namesInTitle {
		for _, l := range x.Comuni {
			fmt.Fprintf(w, "\n## %s\n", report.MarkdownText(l.Comune))
			for _, p := range l.Parts {
				fmt.Fprintf(w, "\n### %s\n\n", report.MarkdownText(a.partWords(p)))
				escapeTable(a.itemTable(p)).markdown(w)
			}
		}
	}
	fmt.Fprintln(w)
	for _, line := range a.indexNotes(x) {
		fmt.Fprintf(w, "- %s\n", report.MarkdownText(line))
	}
	return nil
}

// indexNotes are what a reader must know of the numbers, the formula first.
func (a *app) indexNotes(x report.Index) []string {
	when := x.Stood.Words(a.text, x.Made.Location())
	if x.Since != "" {
		when += " " + a.text.Text("index.since", "day", report.DayWords(a.text, x.Since))
	}
	return slices.Concat(x.Formula, []string{a.indexBase(x), a.indexClasses(x), when, a.text.Text("index.fair")})
}

// partWords are a dimension with its formula.
func (a *app) partWords(p report.IndexDimension) string {
	out := p.Title + ": " + report.ScoreWords(a.text, p.Score)
	if p.Score != nil {
		out += " = " + p.Formula + ", " + p.BandText
	}
	return out + " (" + p.IntervalWords(a.text) + "; " + a.text.Text("index.measured_of", "n", p.MeasuredWords()) + ")"
}

func (a *app) indexTable(x report.Index) *table {
	text := a.text
	t := &table{head: []string{text.Text("index.comune_col"), text.Text("index.score_col"), text.Text("index.interval_col")}, right: map[int]bool{1: true}}
	for _, d := range x.Weights.Dimensions {
		t.head = append(t.head, d.TitleOf(text))
		t.right[len(t.head)-1] = true
	}
	t.head = append(t.head, text.Text("index.class_col"), text.Text("index.measured_col"))
	t.right[len(t.head)-1] = true
	for _, scope := range report.Scopes() {
		t.head = append(t.head, text.Text("index.rank."+string(scope)))
		t.right[len(t.head)-1] = true
	}
	if x.Since != "" {
		t.head = append(t.head, text.Text("index.move_col"))
		t.right[len(t.head)-1] = true
	}
	t.head = append(t.head, text.Text("index.formula_col"))
	for _, l := range x.Comuni {
		name := l.Comune
		if l.Province != "" {
			name += " (" + l.Province + ")"
		}
		row := []string{name, report.ScoreWords(text, l.Score), l.IntervalWords(text)}
		for _, p := range l.Parts {
			row = append(row, report.ScoreWords(text, p.Score))
		}
		row = append(row, l.ClassText, l.MeasuredWords())
		for _, scope := range report.Scopes() {
			row = append(row, l.RankIn(scope).Words(text))
		}
		if x.Since != "" {
			change := "–"
			if l.Move != nil {
				change = report.SignedWords(text, l.Move.Change)
			}
			row = append(row, change)
		}
		t.add(append(row, l.Formula)...)
	}
	return t
}

func (a *app) itemTable(p report.IndexDimension) *table {
	t := &table{head: []string{
		a.text.Text("index.indicator_col"), a.text.Text("index.weight_col"), a.text.Text("index.points_col"), a.text.Text("index.found_col"), a.text.Text("index.evidence_col"),
	}, right: map[int]bool{1: true, 2: true}}
	for _, i := range p.Items {
		points := a.text.Text("index.open")
		if i.Points != nil {
			points = report.ScoreWords(a.text, i.Points)
		}
		t.add(i.Title, report.ScoreWords(a.text, &i.Weight), points, i.Text, i.URL)
	}
	return t
}

// indexColumns are the columns of the index as CSV; those of the dimensions by
// their ids.
func indexColumns(w report.Weights) []string {
	out := []string{"istat", "codice_ipa", "comune", "provincia", "regione", "popolazione", "size_class", "score", "low", "high", "class"}
	for _, d := range w.Dimensions {
		out = append(out, d.ID, d.ID+"_low", d.ID+"_high", d.ID+"_measured")
	}
	out = append(out, "measured", "indicators", "measured_share")
	for _, s := range report.Scopes() {
		out = append(out, "rank_"+string(s), "of_"+string(s))
	}
	return append(out, "since", "change", "formula", "reach", "checked_at")
}

// indexCSV writes the index for programs: numbers with a point, text that no
// spreadsheet takes for a formula.
func (a *app) indexCSV(w io.Writer, x report.Index) error {
	number := func(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
	score := func(p *float64) string {
		if p == nil {
			return ""
		}
		return number(*p)
	}
	count := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	out := csv.NewWriter(w)
	if err := out.Write(indexColumns(x.Weights)); err != nil {
		return err
	}
	for _, l := range x.Comuni {
		row := []string{harmless(l.Istat), harmless(l.IPA), harmless(l.Comune), harmless(l.Province), harmless(l.Region), count(l.Population), l.Size, score(l.Score), number(l.Low), number(l.High), string(l.Class)}
		for _, p := range l.Parts {
			row = append(row, score(p.Score), number(p.Low), number(p.High), strconv.Itoa(p.Measured))
		}
		row = append(row, strconv.Itoa(l.Measured), strconv.Itoa(l.Of), number(l.Share))
		for _, s := range report.Scopes() {
			r := l.RankIn(s)
			row = append(row, count(r.Place), count(r.Of))
		}
		change := ""
		if l.Move != nil {
			change = number(l.Move.Change)
		}
		if err := out.Write(append(row, x.Since, change, l.Formula, string(l.Reach), l.CheckedAt.Format(time.RFC3339))); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
