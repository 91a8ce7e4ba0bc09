package main

// The surveys over two nights as golden files: what surveys_nights_test.go holds
// against the truth, written down in lines.

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/internal/report"
)

// goldens writes the reports of the second night down.
func (n nights) goldens(t *testing.T, p report.Province, outside []string) {
	sizes := n.sizes(t)
	var small, large report.Questionnaire
	n.decodeAt(t, secondDay, &small, "questionnaire", "--comune", sizes[0], "--section", "2", "--section", "6", "--answers", answersOf(t, sizes[0]))
	n.decodeAt(t, secondDay, &large, "questionnaire", "--comune", sizes[1])
	asGolden(t, map[string][]string{
		"nights_report.txt":      nightsLines(p),
		"nights_index.txt":       movedLines(n.maturity(t, secondDay, "--since", firstDay.Format(time.DateOnly))),
		"questionnaire_own.txt":  append(questionLines(small), ownLines(small)...),
		"questionnaire_long.txt": append(questionLines(large), selfLines(large)...),
		"letter_comune.txt":      strings.Split(strings.TrimRight(n.must(t, secondDay, "notice", "draft", "--comune", "990009", "--check", "albo-pretorio", "--check", "legacy-login"), "\n"), "\n"),
		"letter_supplier.txt":    strings.Split(strings.TrimRight(n.must(t, secondDay, "notice", "draft", "--supplier", "Maggioli"), "\n"), "\n"),
		"outside.txt":            outside,
	})
}

// nightsLines are the numbers of a report beside those of an earlier night, and what
// a report has besides numbers.
func nightsLines(p report.Province) []string {
	out := []string{fmt.Sprintf("%s beside %s", p.Title, p.Earlier), strconv.Itoa(p.Base.Comuni) + " comuni " + inBase(p.Base), "", "# comuni"}
	for _, m := range p.Comuni {
		out = append(out, fmt.Sprintf("%s %s %s %d %s %s %s (%s)", m.Istat, m.Comune, m.Reach, m.Population, m.Size, m.PEC, m.Platform, m.Supplier))
	}
	for _, theme := range p.Themes {
		out = append(out, "", "# "+theme.ID)
		for _, c := range theme.Counts {
			line := fmt.Sprintf("%s: %d of %d", c.ID, c.Comuni, c.Base.Assessed)
			if k := c.ToConfirm(); k > 0 {
				line += fmt.Sprintf(", %d to confirm", k)
			}
			line += fmt.Sprintf("; it was %d of %d", c.Then.Comuni, c.Then.Base.Assessed)
			for _, part := range []struct {
				word string
				of   []report.Counted
			}{{"entered", c.Then.Entered}, {"gone", c.Then.Gone}} {
				if len(part.of) > 0 {
					line += "; " + part.word + " " + strings.Join(istatsOf(part.of), " ")
				}
			}
			if c.Then.Uncertain > 0 {
				line += fmt.Sprintf("; %d seen once", c.Then.Uncertain)
			}
			out = append(out, line)
			if theme.ID != "duties" {
				out = append(out, groupLines("-", c.Groups)...)
			}
		}
	}
	out = append(out, "", "# rtd")
	for _, l := range p.RTD {
		out = append(out, fmt.Sprintf("%s %s: %s", l.Istat, l.Text, l.SourceText))
	}
	for _, s := range p.SharedRTD {
		out = append(out, fmt.Sprintf("shared by %s %s: %s", s.By, s.Body, strings.Join(istatsOf(s.Comuni), " ")))
	}
	out = append(out, "", "# suppliers")
	for _, s := range p.Suppliers {
		out = append(out, fmt.Sprintf("%s (%s): %s; %s", s.Name, strings.Join(s.Platforms, ", "), strings.Join(istatsOf(s.Comuni), " "), strings.Join(s.Tickets, " ")))
	}
	out = append(out, "", "# work")
	for _, w := range p.Worklist {
		out = append(out, fmt.Sprintf("%s %s %s %s %s %s: %s", w.ID, w.Effort, w.Check, w.Verdict, w.Reason, w.Supplier, istats(w.Comuni, func(a report.Addressed) string { return a.Istat })))
	}
	out = append(out, "", "# good practice")
	for _, x := range p.Practice {
		for _, l := range x.Lines {
			out = append(out, fmt.Sprintf("%s %s: %s", x.Check, l.Istat, istats(l.Like, likeLine)))
		}
	}
	return out
}

// likeLine is a comune that passes, with what it is like the other in.
func likeLine(k report.Like) string {
	line := fmt.Sprintf("%s (%d km", k.Istat, k.Km)
	if k.Platform {
		line += ", platform"
	}
	if k.Size {
		line += ", size"
	}
	return line + ")"
}

// movedLines are the classes, and the scores with how they moved.
func movedLines(x report.Index) []string {
	out := []string{fmt.Sprintf("%s since %s", x.Title, x.Since)}
	for _, c := range x.Classes {
		out = append(out, fmt.Sprintf("%q: %d", c.Class, c.Comuni))
	}
	for _, l := range x.Comuni {
		line := fmt.Sprintf("%s %s %q within %q and %q", l.Istat, scoreOf(l.Figure), l.Class, l.ClassLow, l.ClassHigh)
		for _, k := range l.Ranks {
			line += fmt.Sprintf("; %s %d/%d", k.Scope, k.Place, k.Of)
		}
		if m := l.Move; m != nil {
			line += fmt.Sprintf("; from %v to %v by %d, up %v, down %v", m.Then, m.Now, m.Common, m.Up, m.Down)
		}
		out = append(out, line)
	}
	return out
}

// ownLines are a comune's own answers that are not what was seen.
func ownLines(q report.Questionnaire) []string {
	out := []string{"", fmt.Sprintf("# own answers of %s: %d", q.Own.Compiled, q.Own.Answered)}
	for _, s := range q.Sections {
		for _, x := range s.Questions {
			if len(x.Own) > 0 {
				out = append(out, fmt.Sprintf("%s %s (%s)", x.Number, x.OwnText, x.Note))
			}
		}
	}
	for _, d := range q.Differ {
		out = append(out, fmt.Sprintf("%s: %s, seen: %s", d.Number, d.Own, d.Measured))
	}
	return out
}

// selfLines are the self-assessment.
func selfLines(q report.Questionnaire) []string {
	points := func(s *float64) string {
		if s == nil {
			return "–"
		}
		return strconv.FormatFloat(*s, 'f', -1, 64)
	}
	out := []string{"", "# self-assessment"}
	for _, a := range q.Assessing {
		line := fmt.Sprintf("%s %s", a.ID, points(a.Own))
		for _, g := range a.Peers {
			line += fmt.Sprintf("; %s %s of %d/%d", g.Scope, points(g.Mean), g.Measured, g.Comuni)
		}
		out = append(out, line)
	}
	return out
}
