package main

// The index, the comparison and the sheet in HTML, Markdown and CSV, held against the
// JSON of the same: the same numbers and the same words in every form.

import (
	"encoding/csv"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/vigile-it/vigile/internal/report"
)

// page asks a command for HTML.
func (r reported) page(t *testing.T, at time.Time, args ...string) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(r.must(t, at, append(slices.Clone(args), "--format", "html")...)))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// rowsOf are the rows of the Markdown that a command writes, by their first cell.
func (r reported) rowsOf(t *testing.T, at time.Time, args ...string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, line := range strings.Split(r.must(t, at, append(slices.Clone(args), "--format", "markdown")...), "\n") {
		cells := strings.Split(strings.Trim(strings.ReplaceAll(line, `\|`, "¦"), "|"), "|")
		if !strings.HasPrefix(line, "|") || len(cells) < 2 {
			continue
		}
		for i := range cells {
			cells[i] = strings.ReplaceAll(strings.TrimSpace(cells[i]), "¦", `\|`)
		}
		if _, twice := out[cells[0]]; !twice {
			out[cells[0]] = cells[1:]
		}
	}
	return out
}

// shownScore is a score as it is shown.
func shownScore(score *float64) string {
	if score == nil {
		return "–"
	}
	return strings.ReplaceAll(strconv.FormatFloat(*score, 'f', -1, 64), ".", ",")
}

func (n nights) otherFormsAgree(t *testing.T) {
	t.Run("index", n.indexForms)
	t.Run("compare", n.compareForms)
	t.Run("questionnaire", n.questionnaireForms)
}

func (n nights) indexForms(t *testing.T) {
	since := []string{"--since", firstDay.Format(time.DateOnly)}
	x := n.maturity(t, secondDay, since...)
	doc := n.page(t, secondDay, append([]string{"index"}, since...)...)
	table := n.rowsOf(t, secondDay, append([]string{"index"}, since...)...)
	lines, err := csv.NewReader(strings.NewReader(n.must(t, secondDay, append([]string{"index", "--format", "csv"}, since...)...))).ReadAll()
	if err != nil || len(lines) != len(x.Comuni)+1 {
		t.Fatalf("%d lines of CSV for %d comuni, %v", len(lines), len(x.Comuni), err)
	}
	of := map[string]int{}
	for i, name := range lines[0] {
		of[name] = i
	}
	rows := doc.Find("section[aria-labelledby=ranking] tbody tr")
	if rows.Length() != len(x.Comuni) {
		t.Fatalf("%d rows of HTML for %d comuni", rows.Length(), len(x.Comuni))
	}
	for i, l := range x.Comuni {
		dots := strings.ReplaceAll(strings.ReplaceAll(shownScore(l.Score), "–", ""), ",", ".")
		csvRow := lines[i+1]
		want := []string{l.Istat, dots, strconv.FormatFloat(l.Low, 'f', -1, 64), strconv.FormatFloat(l.High, 'f', -1, 64), string(l.Class), strconv.Itoa(l.Measured)}
		got := []string{csvRow[of["istat"]], csvRow[of["score"]], csvRow[of["low"]], csvRow[of["high"]], csvRow[of["class"]], csvRow[of["measured"]]}
		if !slices.Equal(got, want) {
			t.Errorf("CSV has %v, JSON %v", got, want)
		}
		cells := rows.Eq(i).Find("td").Map(func(_ int, td *goquery.Selection) string { return td.Text() })
		md := table[report.MarkdownText(l.Comune+" (ZZ)")]
		if len(md) < 6 || len(cells) < 6 {
			t.Errorf("%s: %d cells of Markdown, %d of HTML", l.Comune, len(md), len(cells))
			continue
		}
		for j, p := range l.Parts {
			if cells[2+j] != shownScore(p.Score) || md[2+j] != shownScore(p.Score) {
				t.Errorf("%s, %s: %q in HTML, %q in Markdown, %s in JSON", l.Comune, p.ID, cells[2+j], md[2+j], shownScore(p.Score))
			}
		}
		if score := shownScore(l.Score); !strings.HasPrefix(cells[0], score) || md[0] != score || cells[5] != l.ClassText || md[5] != report.MarkdownText(l.ClassText) {
			t.Errorf("%s: %q, %q in HTML, %q, %q in Markdown, %s, %q in JSON", l.Comune, cells[0], cells[5], md[0], md[5], score, l.ClassText)
		}
		change := "–"
		if l.Move != nil {
			change = shownScore(&l.Move.Change)
		}
		if last := strings.TrimLeft(cells[len(cells)-1], "+"); last != change {
			t.Errorf("%s moved by %q in HTML, %s in JSON", l.Comune, last, change)
		}
	}
	sums := doc.Find("section[aria-labelledby=classes] table").First().Find("tbody tr")
	for i, c := range x.Classes {
		row := sums.Eq(i)
		if row.Find("td.n").Text() != strconv.Itoa(c.Comuni) || row.Find("td:last-child a").Length() != c.Comuni {
			t.Errorf("%q: %q and %d names in HTML, %d in JSON", c.Class, row.Find("td.n").Text(), row.Find("td:last-child a").Length(), c.Comuni)
		}
	}
}

func (n nights) compareForms(t *testing.T) {
	args := append([]string{"compare"}, sideBySide()...)
	var c report.Comparison
	n.decodeAt(t, secondDay, &c, args...)
	doc, table := n.page(t, secondDay, args...), n.rowsOf(t, secondDay, args...)
	held := 0
	for _, s := range c.Sections {
		for _, row := range s.Rows {
			cells, md := doc.Find(`tr[id="r-`+row.ID+`"] td`), table[report.MarkdownText(row.Title)]
			if cells.Length() != len(c.Bodies) || len(md) != len(c.Bodies) {
				t.Fatalf("%s: %d cells of HTML, %d of Markdown", row.ID, cells.Length(), len(md))
			}
			for i, cell := range row.Cells {
				held++
				td := cells.Eq(i)
				if td.Find(".a").Text() != cell.Text || !strings.Contains(td.Text(), cell.Detail) || td.Find("a").AttrOr("href", "") != cell.URL {
					t.Errorf("%s, %s: %q in HTML, %q in JSON", row.ID, c.Bodies[i].Name, td.Text(), cell.Words())
				}
				if !strings.HasPrefix(md[i], report.MarkdownText(cell.Words())) || cell.URL != "" && !strings.Contains(md[i], report.MarkdownLink(cell.URL)) {
					t.Errorf("%s, %s: %q in Markdown, %q in JSON", row.ID, c.Bodies[i].Name, md[i], cell.Words())
				}
			}
		}
	}
	if held < 100 {
		t.Errorf("only %d cells", held)
	}
}

func (n nights) questionnaireForms(t *testing.T) {
	for _, istat := range n.sizes(t) {
		args := []string{"questionnaire", "--comune", istat, "--answers", answersOf(t, istat)}
		var q report.Questionnaire
		n.decodeAt(t, secondDay, &q, args...)
		doc, table := n.page(t, secondDay, args...), n.rowsOf(t, secondDay, args...)
		for _, s := range q.Sections {
			for _, x := range s.Questions {
				number := x.Number
				if !x.Survey {
					number += "*"
				}
				row, md := doc.Find("tr#q"+strings.ReplaceAll(x.Number, ".", "-")), table[report.MarkdownText(number+" "+x.Text)]
				cells := row.Find("td")
				if cells.Length() != 3 || len(md) != 4 {
					t.Fatalf("%s: %d cells of HTML, %d of Markdown", x.Number, cells.Length(), len(md))
				}
				if cells.Eq(0).Find(".a").Text() != x.MeasuredIn || !strings.HasPrefix(cells.Eq(1).Text(), x.OwnText) || cells.Eq(2).Text() != x.FillingText {
					t.Errorf("%s: %q in HTML; %q, %q, %q in JSON", x.Number, row.Text(), x.MeasuredIn, x.OwnText, x.FillingText)
				}
				if !strings.HasPrefix(md[0], report.MarkdownText(x.MeasuredIn)) || !strings.HasPrefix(md[1], report.MarkdownText(x.OwnText)) || md[2] != report.MarkdownText(x.FillingText) {
					t.Errorf("%s: %q in Markdown; %q, %q, %q in JSON", x.Number, md, x.MeasuredIn, x.OwnText, x.FillingText)
				}
			}
		}
		if got := doc.Find("section[aria-labelledby=differ] tbody tr").Length(); got != len(q.Differ) || got == 0 {
			t.Errorf("%s: %d differences in HTML, %d in JSON", istat, got, len(q.Differ))
		}
		self := doc.Find("section[aria-labelledby=self] tbody tr")
		for i, a := range q.Assessing {
			cells := self.Eq(i).Find("td")
			for j, g := range a.Peers {
				want := fmt.Sprintf("%s (%d su %d)", shownScore(g.Mean), g.Measured, g.Comuni)
				if got := cells.Eq(j + 1).Text(); got != want {
					t.Errorf("%s, %s: %q in HTML, %q in JSON", istat, a.ID, got, want)
				}
				peersLead(t, doc, cells.Eq(j+1).Find("a"), g)
			}
		}
	}
}

// aPeer is a comune in a list of names, by its province.
var aPeer = regexp.MustCompile(`\([A-Z]{2}\)`)

// peersLead follows the numbers of a mean: to all who stand beside the comune, or to
// those of them where nothing was measured.
func peersLead(t *testing.T, doc *goquery.Document, links *goquery.Selection, g report.PeerGroup) {
	t.Helper()
	var got []int
	links.Each(func(_ int, a *goquery.Selection) {
		list := doc.Find(fmt.Sprintf("[id=%q]", strings.TrimPrefix(a.AttrOr("href", ""), "#")))
		if list.Length() != 1 || list.Closest("details").Length() != 1 {
			t.Errorf("%s leads to %d places", a.AttrOr("href", ""), list.Length())
		}
		got = append(got, len(aPeer.FindAllString(list.Text(), -1)))
		list.Find("a").Each(func(_ int, name *goquery.Selection) {
			found := doc.Find(fmt.Sprintf("li[id=%q]", strings.TrimPrefix(name.AttrOr("href", ""), "#")))
			if found.Length() != 1 || !strings.HasPrefix(found.Text(), name.Text()+" (") {
				t.Errorf("%s leads to %q", name.Text(), found.Text())
			}
			if found.Find("span[class^=v-]").Length() == 0 && !strings.Contains(found.Text(), ": ") {
				t.Errorf("nothing is said of %s: %q", name.Text(), found.Text())
			}
		})
	})
	var want []int
	switch {
	case g.Measured == g.Comuni && g.Comuni > 0:
		want = []int{g.Comuni, g.Comuni}
	case g.Measured > 0:
		want = []int{g.Comuni - g.Measured, g.Comuni}
	case g.Comuni > 0:
		want = []int{g.Comuni}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d of %d lead to lists of %v", g.Measured, g.Comuni, got)
	}
}
