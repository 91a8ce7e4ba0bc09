package main

// The reports on the invented Italy as golden files: whom each number counts, and
// the form of what is written. Words of evidence and of remedies are left out:
// they are the checks' own, and have their own tests.

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/report"
)

var updateSurveys = flag.Bool("update", false, "write the golden files of the surveys anew")

// golden writes each report down in lines, and compares them with what is kept.
func (r reported) golden(t *testing.T, letters []string) {
	var q report.Questionnaire
	r.decode(t, &q, "questionnaire", "--comune", "990001")
	var c report.Comparison
	r.decode(t, &c, append([]string{"compare"}, sideBySide()...)...)
	asGolden(t, map[string][]string{
		"report.txt":           reportLines(r.province(t, firstDay)),
		"report_form.md":       formOf(r.must(t, firstDay, "report", "--provincia", "ZZ", "--format", "markdown")),
		"index.txt":            indexLines(r.maturity(t, firstDay)),
		"index_form.md":        formOf(r.must(t, firstDay, "index", "--comune", "990001", "--format", "markdown")),
		"compare.txt":          compareLines(c),
		"questionnaire.txt":    questionLines(q),
		"questionnaire_en.txt": englishLines(t, r),
		"notice.txt":           letters,
	})
}

// sideBySide are three comuni, a province and a metropolitan city.
func sideBySide() []string {
	return []string{"--comune", "990001", "--comune", "990006", "--comune", "990008", "--ente", "p_zz", "--ente", "cmpz"}
}

// asGolden compares lines with the golden files of those names.
func asGolden(t *testing.T, files map[string][]string) {
	for name, lines := range files {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", "surveys", name)
			got := strings.Join(lines, "\n") + "\n"
			if *updateSurveys {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
				t.Errorf("go test ./cmd/vigile -run TestTheSurveys -update writes it anew:\n%s", d)
			}
		})
	}
}

// decode asks a command for JSON.
func (r reported) decode(t *testing.T, into any, args ...string) {
	t.Helper()
	r.decodeAt(t, firstDay, into, args...)
}

func (r reported) decodeAt(t *testing.T, at time.Time, into any, args ...string) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.must(t, at, append(slices.Clone(args), "--format", "json")...)), into); err != nil {
		t.Fatal(err)
	}
}

func inBase(b report.Base) string {
	return fmt.Sprintf("of %d (%d unreachable, %d open, %d without a site)", b.Assessed, b.Unreachable, b.Open, b.NoSite)
}

func groupLines(mark string, gs []report.Group) []string {
	var out []string
	for _, g := range gs {
		out = append(out, "  "+mark+" "+g.Code+": "+strings.Join(who([]report.Group{g}), " "))
	}
	return out
}

func istats[T any](list []T, istat func(T) string) string {
	var out []string
	for _, x := range list {
		out = append(out, istat(x))
	}
	return strings.Join(out, " ")
}

func countedIstat(c report.Counted) string { return c.Istat }

// reportLines are whom each number of a report counts.
func reportLines(p report.Province) []string {
	out := []string{p.Title, strconv.Itoa(p.Base.Comuni) + " comuni " + inBase(p.Base)}
	for _, t := range p.Themes {
		out = append(out, "", "# "+t.ID)
		for _, c := range t.Counts {
			out = append(out, fmt.Sprintf("%s (%s): %d %s", c.ID, c.Check, c.Comuni, inBase(c.Base)))
			out = append(out, groupLines("-", c.Groups)...)
			out = append(out, groupLines("to confirm", c.Unsure)...)
			out = append(out, groupLines("not assessed", c.Left)...)
		}
	}
	out = append(out, "", "# rtd")
	for _, l := range p.RTD {
		out = append(out, fmt.Sprintf("%s %s %s", l.Istat, l.Verdict, l.Source))
	}
	for _, s := range p.SharedRTD {
		out = append(out, fmt.Sprintf("shared by %s %s: %s", s.By, s.Body, istats(s.Comuni, countedIstat)))
	}
	out = append(out, "", "# suppliers")
	for _, s := range p.Suppliers {
		out = append(out, fmt.Sprintf("%s (%s): %s", s.Name, strings.Join(s.Platforms, ", "), istats(s.Comuni, countedIstat)))
	}
	out = append(out, "", "# work: duties that are not met")
	for _, w := range p.Worklist {
		if w.Verdict != finding.Fail {
			continue
		}
		out = append(out, fmt.Sprintf("%s %s %s %s (%s) %s: %s", w.Effort, w.Check, w.Verdict, w.Reason, strings.Join(w.Who, ", "), w.Supplier,
			istats(w.Comuni, func(a report.Addressed) string { return a.Istat })))
	}
	out = append(out, "", "# good practice")
	for _, x := range p.Practice {
		for _, l := range x.Lines {
			out = append(out, fmt.Sprintf("%s %s: %s", x.Check, l.Istat, istats(l.Like, func(k report.Like) string { return k.Istat })))
		}
	}
	return out
}

// addressed are addresses, of which a form has as many as there are.
var addressed = regexp.MustCompile(`<https?://[^>]*>`)

// item is the heading of one thing to do: as many as the checks find.
var item = regexp.MustCompile(`^### w\d+\.`)

// formOf is the form of a Markdown text: its headings, and of each table the
// header and how many rows of how many cells it has.
func formOf(markdown string) []string {
	var out []string
	rows, cells := 0, 0
	end := func() {
		if rows > 0 {
			out = append(out, fmt.Sprintf("  %d rows of %d", rows, cells))
		}
		rows = 0
	}
	lines := strings.Split(addressed.ReplaceAllString(markdown, "<>"), "\n")
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "#"):
			end()
			if !item.MatchString(line) {
				out = append(out, line)
			}
		case !strings.HasPrefix(line, "|"):
			end()
		case i+1 < len(lines) && strings.HasPrefix(lines[i+1], "| -") || i+1 < len(lines) && strings.HasPrefix(lines[i+1], "|-") || i+1 < len(lines) && strings.HasPrefix(lines[i+1], "| :"):
			out = append(out, line)
		case !strings.HasPrefix(line, "|-") && !strings.HasPrefix(line, "| -") && !strings.HasPrefix(line, "| :"):
			rows, cells = rows+1, strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")-1
		}
	}
	end()
	return out
}

func scoreOf(f report.Figure) string {
	score := "–"
	if f.Score != nil {
		score = strconv.FormatFloat(*f.Score, 'f', -1, 64)
	}
	return fmt.Sprintf("%s [%v, %v] %d/%d", score, f.Low, f.High, f.Measured, f.Of)
}

// indexLines are the scores of an index, the ranks, the classes and the formula.
func indexLines(x report.Index) []string {
	out := append([]string{x.Title, fmt.Sprintf("%+v", x.Base)}, x.Formula...)
	for _, c := range x.Classes {
		out = append(out, fmt.Sprintf("%q: %d", c.Class, c.Comuni))
	}
	for _, l := range x.Comuni {
		line := l.Istat + " " + scoreOf(l.Figure) + " " + string(l.Class)
		for _, p := range l.Parts {
			line += "; " + p.ID + " " + scoreOf(p.Figure)
		}
		for _, k := range l.Ranks {
			line += fmt.Sprintf("; %s %d/%d", k.Scope, k.Place, k.Of)
		}
		out = append(out, line)
	}
	return out
}

// compareLines are the answers of a comparison, a row a line.
func compareLines(c report.Comparison) []string {
	var out []string
	for _, b := range c.Bodies {
		out = append(out, fmt.Sprintf("%s %s %s visited %t", b.IPA, b.Category, b.Name, b.Visited))
	}
	for _, s := range c.Sections {
		out = append(out, "", "# "+s.ID)
		for _, row := range s.Rows {
			line := row.ID + " (" + row.Title + "):"
			for _, cell := range row.Cells {
				line += " " + string(cell.Answer)
				if cell.Reason != "" {
					line += "/" + string(cell.Reason)
				}
			}
			out = append(out, line)
		}
	}
	return out
}

// questionLines are the questions of a sheet, and how each is filled.
func questionLines(q report.Questionnaire) []string {
	out := []string{fmt.Sprintf("%s: form %s, %d asked, %d filled", q.Istat, q.Form, q.Asked, q.Filled)}
	for _, s := range q.Sections {
		out = append(out, "", fmt.Sprintf("# %d. %s", s.Number, s.Title))
		for _, x := range s.Questions {
			number := x.Number
			if !x.Survey {
				number += "*"
			}
			out = append(out, fmt.Sprintf("%s %s [%s] %s: %s; not seen: %s", number, x.Text, x.Kind, x.Filling, strings.Join(x.Measured, ","), strings.Join(x.Unseen, ",")))
		}
	}
	return out
}

func englishLines(t *testing.T, r reported) []string {
	var q report.Questionnaire
	r.decode(t, &q, "--lang", "en", "questionnaire", "--comune", "990006")
	return questionLines(q)
}

// letterLines are what the letters ask for.
func (r reported) letterLines(t *testing.T) []string {
	var out []string
	for _, c := range r.comuni() {
		code, stdout, _ := r.ask(t, firstDay, "notice", "draft", "--comune", c.Istat, "--format", "json")
		if code != codeDone || strings.TrimSpace(stdout) == "" {
			out = append(out, c.Istat+": nothing to tell")
			continue
		}
		var n report.Notice
		if err := json.Unmarshal([]byte(stdout), &n); err != nil {
			t.Fatal(err)
		}
		line := c.Istat + ":"
		for _, i := range n.Items {
			line += " " + i.Check + "/" + string(i.Reason)
		}
		out = append(out, line)
	}
	return out
}

// formsAgree holds HTML and Markdown against the JSON of the same report.
func (r reported) formsAgree(t *testing.T) {
	p := r.province(t, firstDay)
	markdown := r.must(t, firstDay, "report", "--provincia", "ZZ", "--format", "markdown")
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(r.must(t, firstDay, "report", "--provincia", "ZZ")))
	if err != nil {
		t.Fatal(err)
	}
	if doc.Find("svg text").Length() > 0 || doc.Find("figure").Length() < len(p.Themes) {
		t.Error("words of a chart that cannot break into lines, or no charts")
	}
	if base := "[" + strconv.Itoa(p.Base.Comuni) + "](#n-unreachable) Comuni: [" + strconv.Itoa(p.Base.Assessed) + "](#n-unreachable-others)"; !strings.Contains(markdown, base) || !strings.Contains(markdown, "](#n-no-site)") {
		t.Errorf("Markdown has no %q", base)
	}
	for id, c := range countsOf(p) {
		number := strconv.Itoa(c.Comuni)
		if words := c.Title + " " + number + " su " + strconv.Itoa(c.Base.Assessed); !c.Spread && c.Base.Assessed > 0 && !slices.Contains(barsOf(doc), words) {
			t.Errorf("%s: no bar says %q", id, words)
		}
		if link := doc.Find("td a[href='#n-" + id + "']"); link.Length() != 1 || link.Text() != number || doc.Find("h3#n-"+id).Length() != 1 {
			t.Errorf("%s: %q in HTML, %s in JSON", id, link.Text(), number)
		}
		for i, g := range c.Groups {
			row := doc.Find(fmt.Sprintf("tr#n-%s-%d", id, i))
			var names []string
			row.Find("td:last-child a").Each(func(_ int, a *goquery.Selection) {
				to := strings.TrimPrefix(a.AttrOr("href", ""), "#")
				if doc.Find(`[id="`+to+`"]`).Length() != 1 {
					t.Errorf("%s: %s leads nowhere", id, a.Text())
				}
				names = append(names, a.Text())
			})
			if row.Find("td.n a").Text() != strconv.Itoa(len(g.Comuni)) || len(names) != len(g.Comuni) {
				t.Errorf("%s, %s: %q and %d names in HTML, %d in JSON", id, g.Code, row.Find("td.n a").Text(), len(names), len(g.Comuni))
			}
		}
		row := "| " + report.MarkdownText(c.Title) + " | [" + number + "](#n-" + id + ") | "
		if c.Comuni == 0 {
			row = "| " + report.MarkdownText(c.Title) + " | 0 | "
		}
		if strings.Count(markdown, `<a id="n-`+id+`"></a>`) != 1 {
			t.Errorf("%s: nothing in Markdown to lead to", id)
		}
		if !slices.ContainsFunc(strings.Split(markdown, "\n"), func(l string) bool { return strings.HasPrefix(l, row) }) {
			t.Errorf("%s: Markdown has no %q", id, row)
		}
	}
}

// barsOf are the words of the bars of all charts.
func barsOf(doc *goquery.Document) []string {
	return doc.Find("figure .bar").Map(func(_ int, bar *goquery.Selection) string { return strings.Join(strings.Fields(bar.Text()), " ") })
}

// lettersAreTrue holds what a letter asks for against the truth: nothing that
// may be in order, and no sure red forgotten.
func (r reported) lettersAreTrue(t *testing.T, letters []string) {
	told, held := map[string]bool{}, 0
	for _, line := range letters {
		istat, items, _ := strings.Cut(line, ":")
		for _, i := range strings.Fields(items) {
			if check, _, ok := strings.Cut(i, "/"); ok {
				told[istat+" "+check] = true
			}
		}
	}
	for _, truth := range r.truths() {
		if told[truth.Istat+" "+truth.Check] {
			if held++; !truth.Accepts("fail") && !truth.Accepts("warn") {
				t.Errorf("%s of %s is asked for; in truth %+v (%s)", truth.Check, truth.Istat, truth.Expected, truth.Why)
			}
		}
	}
	if held < 20 {
		t.Errorf("only %d requests were held against the truth", held)
	}
}
