package report

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/xuri/excelize/v2"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
)

func sheetOf(t *testing.T, lang string, l record.Latest, change func(*QuestionOptions)) Questionnaire {
	t.Helper()
	text, err := messages.For(lang)
	if err != nil {
		t.Fatal(err)
	}
	metas, _ := surveyed(t)
	o := QuestionOptions{Made: time.Unix(0, 0).UTC(), Checks: metas, Text: text, Weights: standardWeights(t)}
	if change != nil {
		change(&o)
	}
	q, err := NewQuestionnaire(l, o)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func questionsOf(q Questionnaire) map[string]Question {
	out := map[string]Question{}
	for _, s := range q.Sections {
		for _, x := range s.Questions {
			out[x.Number] = x
		}
	}
	return out
}

func TestTheFormHasTheSurveysQuestions(t *testing.T) {
	large, small := sheetOf(t, "it", viewWith("990001", "ZZ", "R", 5_001), nil), sheetOf(t, "it", viewWith("990001", "ZZ", "R", 5_000), nil)
	if large.Form != "large" || large.Asked != 54 || len(large.Sections) != Sections || small.Form != "small" || small.Asked != 43 || len(small.Sections) != Sections {
		t.Errorf("%s %d questions in %d sections; %s %d in %d", large.Form, large.Asked, len(large.Sections), small.Form, small.Asked, len(small.Sections))
	}
	if q := sheetOf(t, "it", viewWith("990001", "ZZ", "R", 0), nil); q.Form != "large" {
		t.Errorf("with unknown inhabitants the form is %s", q.Form)
	}
	byNumber := questionsOf(large)
	for _, n := range []string{"2.7", "5.4", "5.6", "5.7", "5.13", "6.7", "6.8", "7.5", "7.6"} {
		if q, ok := byNumber[n]; !ok || !q.Survey {
			t.Errorf("question %s: %+v", n, q)
		}
	}
	for _, n := range []string{"5.13", "7.6"} {
		if _, there := questionsOf(small)[n]; there || !byNumber[n].Over {
			t.Errorf("question %s is asked of small comuni", n)
		}
	}
	one := sheetOf(t, "it", viewWith("990001", "ZZ", "R", 800), func(o *QuestionOptions) { o.Sections = []int{5, 7} })
	if len(one.Sections) != 2 || one.Sections[0].Number != 5 || one.Asked != 43 || one.Shown != len(questionsOf(one)) {
		t.Errorf("%d sections, %d shown of %d", len(one.Sections), one.Shown, one.Asked)
	}
}

func TestEveryQuestionHasItsWordsAndItsChecks(t *testing.T) {
	form, err := readQuestions()
	if err != nil {
		t.Fatal(err)
	}
	metas, ids := surveyed(t)
	for _, lang := range messages.Languages() {
		text, err := messages.For(lang)
		if err != nil {
			t.Fatal(err)
		}
		f := filler{o: QuestionOptions{Text: text}, metas: byID(metas)}
		seen := map[string]bool{}
		for i, s := range form.Sections {
			if s.Number != i+1 {
				t.Errorf("section %d stands at place %d", s.Number, i+1)
			}
			for _, q := range s.Questions {
				if seen[q.Number] || !strings.HasPrefix(q.Number, string(rune('0'+s.Number))+".") {
					t.Errorf("question %s is twice, or in the wrong section", q.Number)
				}
				seen[q.Number] = true
				if key := "questionnaire.question." + questionKey(q.Number); !text.Has(key) {
					t.Errorf("%s: no text for %s", lang, q.Number)
				}
				for _, o := range q.Options {
					_, words := knownWords(text, f.metas[q.Values], o)
					if !words && !text.Has("questionnaire.option."+o) && !text.Has("questionnaire.option_of."+questionKey(q.Number)+"."+o) {
						t.Errorf("%s: option %s of %s has no words", lang, o, q.Number)
					}
				}
				for _, check := range q.checks() {
					if !slices.Contains(ids, check) {
						t.Errorf("%s asks the check %q", q.Number, check)
					}
				}
				for _, r := range q.Reads {
					ok := r.Answer == unseenAnswer || slices.Contains(q.Options, r.Answer) || q.Kind == "yes_no" && (r.Answer == "yes" || r.Answer == "no") || q.Kind == "list" && slices.Contains(q.Options, r.Unseen)
					if !ok || r.wrong() != "" || r.Verdict == "" && r.Reason == "" && r.Value == "" && r.Items == 0 {
						t.Errorf("%s reads %+v", q.Number, r)
					}
				}
			}
		}
	}
}

func answered(t *testing.T, yaml string) *Answers {
	t.Helper()
	a, err := ParseAnswers([]byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return &a
}

func TestTheSheetKeepsApartWhatWasMeasuredAndWhatTheComuneSays(t *testing.T) {
	l := viewWith("990001", "ZZ", "Replica", 12_000, append(forward(), seenAs("rtd", finding.Pass, "", "ipa_union"), seenAs("booking", finding.Pass, "", "page"),
		finding.Finding{Check: "legacy-login", Verdict: finding.Warn, Reason: "credentials_beside"}, finding.Finding{Check: "dpo", Verdict: finding.Fail, Reason: "not_found", Confidence: finding.Medium})...)
	for i, s := range l.Standings {
		if s.Finding.Check == "online-services" {
			l.Standings[i].Finding.Value = "imu,suap"
		}
	}
	q := sheetOf(t, "it", l, func(o *QuestionOptions) {
		o.Answers = answered(t, `
comune: C_Z001
compiled: 2026-11-20
answers:
  1.2: 12.100
  1.4: www.borgo990001.example
  2.1: 40
  2.7: own
  4.2: true
  5.4: [imu, tari]
  6.8: {answer: sì, note: "Solo\x1b[31m edilizia"}
  7.5: [facebook, youtube]
`)
	})
	by := questionsOf(q)
	type line struct {
		measured, own []string
		filling       Filling
	}
	got := map[string]line{}
	for _, n := range []string{"1.2", "1.4", "2.1", "2.7", "4.2", "5.1", "5.3", "5.4", "5.6", "5.13", "6.7", "6.8", "7.5", "7.6"} {
		got[n] = line{by[n].Measured, by[n].Own, by[n].Filling}
	}
	want := map[string]line{
		"1.2":  {[]string{"12000"}, []string{"12100"}, FilledWhole},
		"1.4":  {[]string{"https://www.borgo990001.example/"}, []string{"www.borgo990001.example"}, FilledWhole},
		"2.1":  {[]string{}, []string{"40"}, FilledNot},
		"2.7":  {[]string{"union"}, []string{"own"}, FilledPart},
		"4.2":  {[]string{"unseen"}, []string{"yes"}, FilledWhole},
		"5.1":  {[]string{"spid", "cie", "pagopa", "anpr"}, []string{}, FilledPart},
		"5.3":  {[]string{"spid", "cie", "credentials"}, []string{}, FilledPart},
		"5.4":  {[]string{"imu", "suap"}, []string{"imu", "tari"}, FilledPart},
		"5.6":  {[]string{"booking"}, []string{}, FilledPart},
		"5.13": {[]string{"metadata"}, []string{}, FilledPart},
		"6.7":  {[]string{"online-identity", "online-credentials"}, []string{}, FilledPart},
		"6.8":  {[]string{}, []string{"yes"}, FilledPart},
		"7.5":  {[]string{"facebook", "youtube"}, []string{"facebook", "youtube"}, FilledWhole},
		"7.6":  {[]string{}, []string{}, FilledNot},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(line{})); d != "" {
		t.Error(d)
	}
	differ := []Difference{
		{Number: "1.2", Own: "12.100", Measured: "12.000"},
		{Number: "2.7", Own: "Interno al Comune", Measured: "In forma associata"},
		{Number: "4.2", Own: "Sì", Measured: "non visto dal sito"},
		{Number: "5.4", Code: "suap", Own: "non indicato", Measured: "SUAP"},
		{Number: "5.4", Code: "tari", Own: "TARI", Measured: "non visto dal sito"},
	}
	if d := cmp.Diff(differ, q.Differ); d != "" {
		t.Error(d)
	}
	if by["6.8"].Note != "Solo edilizia" || q.Own.Compiled != "2026-11-20" || q.Own.Answered != 8 {
		t.Errorf("%q, %+v", by["6.8"].Note, q.Own)
	}
	if e := by["2.7"].Evidence; len(e) != 1 || e[0].URL != "https://www.borgo.example/rtd" || e[0].CheckedAt.IsZero() {
		t.Errorf("%+v", e)
	}
}

func TestANumberIsTheSameHoweverItIsWritten(t *testing.T) {
	for own, words := range map[string]string{"12000": "12.000", "12.000": "12.000", "'12 000'": "12.000", "12500": "12.500", "'12,5'": "12,5"} {
		q := sheetOf(t, "it", viewWith("990001", "ZZ", "Replica", 12_000, unknowns()...), func(o *QuestionOptions) {
			o.Answers = answered(t, "answers: {1.2: "+own+"}")
		})
		if got := questionsOf(q)["1.2"].OwnText; got != words || (len(q.Differ) == 0) != (words == "12.000") {
			t.Errorf("%s: %q, %+v", own, got, q.Differ)
		}
	}
}

func TestWhatWasNotMeasuredDiffersFromNothing(t *testing.T) {
	q := sheetOf(t, "it", viewWith("990001", "ZZ", "Replica", 12_000, unknowns()...), func(o *QuestionOptions) {
		o.Answers = answered(t, "answers: {2.7: none, 5.1: [spid], 5.4: [imu], 5.6: [booking], 5.13: none, 6.5: no, 7.5: [facebook]}")
	})
	if len(q.Differ) > 0 {
		t.Errorf("%+v", q.Differ)
	}
	for n, x := range questionsOf(q) {
		if x.Filling != FilledNot && !strings.HasPrefix(n, "1.") {
			t.Errorf("%s is %s", n, x.Filling)
		}
	}
}

func TestAnswersAreReadStrictly(t *testing.T) {
	for name, tt := range map[string]struct{ yaml, kind, nearest string }{
		"nothing":                      {"", "empty", ""},
		"a key mistyped":               {"anwers: {}", "unknown_key", "answers"},
		"a question that there is not": {"answers: {prima: x}", "question", ""},
		"nearly a question":            {"answers: {5.44: x}", "question", "5.4"},
		"an option mistyped":           {"answers: {5.4: [imy]}", "option", "imu"},
		"a list for a choice":          {"answers: {2.7: [own, union]}", "answer", ""},
		"a list in a list":             {"answers: {5.4: [[imu]]}", "answer", ""},
		"neither yes nor no":           {"answers: {6.8: forse}", "option", ""},
		"words for a number":           {"answers: {2.1: molti}", "number", ""},
		"a number below zero":          {"answers: {2.1: -3}", "number", ""},
		"no number at all":             {"answers: {2.1: .nan}", "number", ""},
		"an unknown key of an answer":  {"answers: {6.8: {answer: yes, notes: x}}", "unknown_key", "note"},
		"no date":                      {"compiled: ieri\nanswers: {}", "date", ""},
		"too much":                     {"answers: {1.5: \"" + strings.Repeat("a", longestText+1) + "\"}", "too_many", ""},
		"the same question twice":      {"answers:\n  2.1: 1\n  2.1: 2\n", "twice", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseAnswers([]byte(tt.yaml))
			var bad *FormError
			if !errors.As(err, &bad) || bad.Kind != tt.kind || bad.Nearest != tt.nearest || bad.Kind != "empty" && bad.Line == 0 {
				t.Errorf("%v: %+v", err, bad)
			}
			if bad != nil && !italian(t).Has("form_error.kind."+bad.Kind) {
				t.Errorf("no words for %s", bad.Kind)
			}
		})
	}
	_, err := NewQuestionnaire(viewWith("990001", "ZZ", "", 0), QuestionOptions{Text: italian(t), Answers: answered(t, "comune: 990002\nanswers: {}")})
	var bad *FormError
	if !errors.As(err, &bad) || bad.Kind != "comune" {
		t.Errorf("another comune's answers: %v", err)
	}
}

func TestTheSelfAssessmentIsAmongThoseOfTheSameSize(t *testing.T) {
	weak := []finding.Finding{{Check: "spid", Verdict: finding.Fail, Reason: "credentials_only", Confidence: finding.High}}
	me := viewWith("990001", "ZZ", "Replica", 800, forward()...)
	q := sheetOf(t, "it", me, func(o *QuestionOptions) {
		o.Peers = []record.Latest{
			me,
			viewWith("990002", "ZZ", "Replica", 900, forward()...),
			viewWith("990003", "ZY", "Replica", 700, weak...),
			viewWith("990004", "ZX", "Altrove", 700, unknowns()...),
			viewWith("990005", "ZZ", "Replica", 9_000, weak...),
		}
	})
	lines := map[string]SelfAssessment{}
	for _, l := range q.Assessing {
		lines[l.ID] = l
	}
	num := func(x float64) *float64 { return &x }
	want := SelfAssessment{ID: "spid", Title: "Accesso con SPID", Own: num(100), Peers: []PeerGroup{
		{Scope: ScopeProvince, Name: "ZZ", Size: "<1000", Comuni: 1, Measured: 1, Mean: num(100)},
		{Scope: ScopeRegion, Name: "Replica", Size: "<1000", Comuni: 2, Measured: 2, Mean: num(50)},
		{Scope: ScopeCountry, Name: "Italia", Size: "<1000", Comuni: 3, Measured: 2, Mean: num(50)},
	}}
	if d := cmp.Diff(want, lines["spid"], cmpopts.IgnoreFields(PeerGroup{}, "Named", "Unmeasured", "Under")); d != "" {
		t.Error(d)
	}
	if g := lines["spid"].Peers[2]; len(g.Named) != 3 || len(g.Unmeasured) != 1 || g.Unmeasured[0].Istat != "990004" || g.Unmeasured[0].URL != "https://www.borgo990004.example/" {
		t.Errorf("%+v", g)
	}
	// Of each of them there is what was found: the points, and the page that shows it.
	var beside []string
	for _, p := range q.Beside {
		line := p.Istat + " " + p.Unread
		for _, f := range p.Seen {
			if f.Title == "Accesso con SPID" {
				line += string(f.Verdict) + " " + f.Points + " " + f.URL
			}
		}
		beside = append(beside, line)
	}
	if d := cmp.Diff([]string{"990002 pass 100 https://www.borgo.example/spid", "990003 fail 0 ", "990004 unknown  "}, beside); d != "" {
		t.Error(d)
	}
	listed := 0
	for _, l := range q.Assessing {
		for _, g := range l.Peers {
			if g.Measured == 0 || len(g.Unmeasured) == 0 {
				continue
			}
			i := slices.IndexFunc(q.Unmeasured, func(u Unmeasured) bool { return u.Peers.Scope == g.Scope && u.Line == g.Under })
			if i < 0 || !slices.Equal(q.Unmeasured[i].Comuni, g.Unmeasured) || !slices.Contains(q.Unmeasured[i].Titles, l.Title) {
				t.Errorf("%s, %s: not listed under %s", l.ID, g.Scope, g.Under)
			}
			listed++
		}
	}
	if listed <= len(q.Unmeasured) || len(q.Unmeasured) == 0 {
		t.Errorf("%d lists for %d lines", len(q.Unmeasured), listed)
	}
	if l := lines["total"]; *l.Own != 78.3 || l.Peers[2].Measured != 1 || *l.Peers[2].Mean != 78.3 {
		t.Errorf("%+v", l)
	}
	if len(sheetOf(t, "it", me, nil).Assessing) > 0 {
		t.Error("a comune is set beside nobody")
	}
}

func TestTheSheetAsAPageAndAsAWorkbook(t *testing.T) {
	l := viewWith("990001", "ZZ", "Replica", 12_000, forward()...)
	l.Comune.Name = `=Borgo <script>`
	for _, lang := range messages.Languages() {
		text, err := messages.For(lang)
		if err != nil {
			t.Fatal(err)
		}
		q := sheetOf(t, lang, l, func(o *QuestionOptions) {
			o.Answers, o.Peers = answered(t, "answers: {5.4: [scia], 1.5: '=<b>x</b>'}"), []record.Latest{l, viewWith("990002", "ZZ", "Replica", 13_000, forward()...)}
		})
		var out bytes.Buffer
		if err := WriteQuestionnaireHTML(&out, q, text); err != nil {
			t.Fatal(err)
		}
		checkPage(t, out.String())
		out.Reset()
		if err := WriteQuestionnaireXLSX(&out, q, text); err != nil {
			t.Fatal(err)
		}
		f, err := excelize.OpenReader(&out)
		if err != nil {
			t.Fatal(err)
		}
		if sheets := f.GetSheetList(); len(sheets) != Sections+2 {
			t.Errorf("sheets %q", sheets)
		}
		if got, _ := f.GetCellFormula(f.GetSheetList()[0], "E9"); got != "" {
			t.Errorf("a formula %q", got)
		}
		f.Close()
	}
}

func FuzzParseAnswers(f *testing.F) {
	for _, seed := range []string{
		"answers: {2.7: own, 5.4: [imu], 6.8: {answer: yes, note: x}}", "comune: 990001\ncompiled: 2026-11-20\nanswers:\n  1.5: =x\n", "answers: {5.4: *a}", "answers: {5.4: {answer: [imu]}}", "answers: []",
	} {
		f.Add([]byte(seed))
	}
	text, err := messages.For("it")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := ParseAnswers(data)
		var bad *FormError
		if err != nil {
			if !errors.As(err, &bad) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		a.Comune = ""
		q, err := NewQuestionnaire(viewWith("990001", "ZZ", "R", 10_000, forward()...), QuestionOptions{Text: text, Answers: &a})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range questionsOf(q) {
			for _, own := range x.Own {
				if strings.ContainsAny(own, "\x1b\x00\n") {
					t.Fatalf("%q", own)
				}
			}
		}
	})
}
