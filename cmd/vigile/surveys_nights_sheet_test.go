package main

// The sheet of the map of digital comuni over the second of two nights, question by
// question, and its self-assessment.

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vigile-it/vigile/internal/replica"
	"github.com/vigile-it/vigile/internal/report"
)

// sizes are a comune with the short form of the sheet and one with the long one,
// both of which could be read.
func (r reported) sizes(t *testing.T) []string {
	t.Helper()
	var out [2]string
	for _, c := range r.comuni() {
		i := 0
		if c.Population > report.SmallUpTo {
			i = 1
		}
		if out[i] == "" && slices.Contains(c.Reach, "ok") {
			out[i] = c.Istat
		}
	}
	if out[0] == "" || out[1] == "" {
		t.Fatalf("a small and a large comune: %v", out)
	}
	return out[:]
}

// answersOf is a file of a comune's own answers, two of which a site contradicts.
func answersOf(t *testing.T, istat string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "risposte.yaml")
	form := "comune: " + strconv.Quote(istat) + "\ncompiled: 2026-11-20\nanswers:\n" +
		"  2.1: 40\n  2.7: external\n  5.4: [canteen, ztl]\n  6.8: {answer: yes, note: Solo pratiche edilizie}\n"
	if err := os.WriteFile(file, []byte(form), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// sheetAnswers are questions whose answer is true where the truth of a check is of a
// value, or of one of two, or of a verdict.
func sheetAnswers() []struct{ number, check, answer, verdict, value string } {
	return []struct{ number, check, answer, verdict, value string }{
		{"2.7", "rtd", "own", "", "ipa site"},
		{"2.7", "rtd", "union", "", "ipa_union"},
		{"4.2", "dpo", "yes", "pass", ""},
		{"4.3", "https", "yes", "pass", ""},
		{"5.1", "spid", "spid", "pass", ""},
		{"5.1", "cie", "cie", "pass", ""},
		{"5.1", "pagopa", "pagopa", "pass", ""},
		{"5.1", "app-io", "app-io", "pass", ""},
		{"5.1", "anpr", "anpr", "", "linked"},
		{"5.3", "eidas", "eidas", "pass", ""},
		{"5.4", "online-services", "canteen", "", "canteen,suap"},
		{"5.4", "online-services", "suap", "", "canteen,suap"},
		{"5.6", "booking", "booking", "pass", ""},
		{"5.6", "report-issue", "report-issue", "pass", ""},
		{"5.9", "thematic-sites", "tourism", "", "tourism"},
		{"5.10", "accessibility-declaration", "yes", "pass", ""},
		{"5.11", "design-model", "yes", "pass", ""},
		{"5.13", "open-data", "api", "", "api"},
		{"6.5", "albo-pretorio", "yes", "pass", ""},
		{"6.6", "transparency", "yes", "pass", ""},
		{"7.1", "digital-plan", "yes", "pass", ""},
		{"7.5", "social", "facebook", "", "facebook telegram youtube"},
		{"7.5", "social", "telegram", "", "facebook telegram youtube"},
		{"7.5", "social", "youtube", "", "facebook telegram youtube"},
	}
}

// sheets are those of all comuni, by ISTAT code.
func (n nights) sheets(t *testing.T) map[string]report.Questionnaire {
	t.Helper()
	out := map[string]report.Questionnaire{}
	for _, istat := range n.only {
		var q report.Questionnaire
		n.decodeAt(t, secondDay, &q, "questionnaire", "--comune", istat)
		out[istat] = q
	}
	return out
}

// questionsAreTrue holds the sheets against the truth, question by question.
func (n nights) questionsAreTrue(t *testing.T, sheets map[string]report.Questionnaire) {
	yes, no := 0, 0
	for _, c := range n.comuni() {
		q := sheets[c.Istat]
		asked := map[string]report.Question{}
		for _, s := range q.Sections {
			for _, x := range s.Questions {
				asked[x.Number] = x
			}
		}
		form, questions := "large", 54
		if c.Population <= report.SmallUpTo {
			form, questions = "small", 43
		}
		if q.Form != form || q.Asked != questions || len(asked) != questions {
			t.Errorf("%s, %d inhabitants: the %s form with %d questions", c.Name, c.Population, q.Form, len(asked))
		}
		for number, want := range map[string]string{"1.2": strconv.Itoa(c.Population), "1.3": c.PEC} {
			if got := strings.Join(asked[number].Measured, " "); got != want {
				t.Errorf("%s: %s says %q, the registry %q", c.Name, number, got, want)
			}
		}
		for _, a := range sheetAnswers() {
			x, shown := asked[a.number]
			truth, known := n.after[truthKey(c.Istat, a.check)]
			if !shown || !known {
				continue
			}
			may := truth.Value != "" && (truth.Value == a.value || a.number == "2.7" && slices.Contains(strings.Fields(a.value), truth.Value)) || a.verdict != "" && truth.Accepts(a.verdict) || truth.Check == "online-services" && strings.Contains(truth.Value, a.answer)
			must := may && len(truth.Also) == 0 && truth.Verdict != replica.Undecidable
			switch says := slices.Contains(x.Measured, a.answer); {
			case says && !may, !says && must:
				t.Errorf("%s: %s says %v; in truth %s is %+v (%s)", c.Name, a.number, x.Measured, a.check, truth.Expected, truth.Why)
			case says:
				yes++
			default:
				no++
			}
		}
	}
	if yes < 100 || no < 50 {
		t.Errorf("only %d answers that were given and %d that were not are held", yes, no)
	}
	var one report.Questionnaire
	n.decodeAt(t, secondDay, &one, "questionnaire", "--comune", "990001", "--section", "5", "--section", "7")
	if len(one.Sections) != 2 || one.Sections[0].Number != 5 || one.Sections[1].Number != 7 || one.Shown >= one.Asked {
		t.Errorf("two sections asked for: %d, %d questions of %d", len(one.Sections), one.Shown, one.Asked)
	}
}

// selfIsTheIndex reckons the means of the self-assessment from the index.
func (n nights) selfIsTheIndex(t *testing.T, sheets map[string]report.Questionnaire) {
	points := map[string]map[string]*float64{} // by comune and line
	size := map[string]string{}
	for _, l := range n.maturity(t, secondDay).Comuni {
		size[l.Istat] = l.Size
		of := map[string]*float64{}
		if len(l.Ranks) > 0 {
			of["total"] = l.Score
		}
		for _, p := range l.Parts {
			of[p.ID] = p.Score
			for _, i := range p.Items {
				of[i.ID] = i.Points
			}
		}
		points[l.Istat] = of
	}
	means := 0
	for _, istat := range n.only {
		for _, line := range sheets[istat].Assessing {
			sum, of := 0.0, 0
			for other, p := range points {
				if other != istat && size[other] == size[istat] && p[line.ID] != nil {
					sum, of = sum+*p[line.ID], of+1
				}
			}
			g := line.Peers[len(line.Peers)-1]
			same := (line.Own == nil) == (points[istat][line.ID] == nil) && (line.Own == nil || *line.Own == *points[istat][line.ID])
			if g.Measured != of || (g.Mean == nil) != (of == 0) || g.Mean != nil && math.Abs(*g.Mean-sum/float64(of)) > 0.051 || !same {
				t.Errorf("%s, %s: %+v beside %d whose sum is %v", istat, line.ID, g, of, sum)
			}
			if of > 0 {
				means++
			}
		}
	}
	if means < 100 {
		t.Errorf("only %d means", means)
	}
}
