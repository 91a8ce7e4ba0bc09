package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// sideBySide is a comune of which much is seen, one whose site could not be
// read, one never visited, and a province.
func sideBySide(t *testing.T, lang string) Comparison {
	t.Helper()
	fs := append(forward(), seenAs("rtd", finding.Pass, "", "ipa_union"), finding.Finding{Check: "dpo", Verdict: finding.Fail, Reason: "not_found", Confidence: finding.Medium, Looked: []string{"https://www.borgo.example/privacy"}})
	for i, f := range fs {
		if f.Check == "online-services" {
			fs[i].Value = "imu,suap,tari"
			fs[i].Evidence = []finding.Fact{
				{Check: f.Check, Kind: "online", Value: "imu", URL: "https://www.borgo.example/tributi", Snippet: "IMU online"},
				{Check: f.Check, Kind: "online", Value: "suap", URL: "https://www.borgo.example/imprese", Snippet: "SUAP telematico"},
			}
			fs[i].Candidates = []finding.Fact{{Check: f.Check, Kind: "described", Value: "nursery", URL: "https://www.borgo.example/nido", Snippet: "Asilo nido"}}
		}
	}
	seen := viewWith("990001", "ZZ", "Replica", 800, fs...)
	seen.Comune.Name = "=Borgo <Alto>"
	dark := viewWith("990002", "ZZ", "Replica", 900, finding.Finding{Check: "spid", Verdict: finding.Unknown, Reason: "blocked"}, finding.Finding{Check: "rtd", Verdict: finding.Fail, Reason: "rtd_not_identifiable", Confidence: finding.Low})
	dark.Visit.Reach = page.ReachBlocked
	away := registry.Comune{Istat: "990003", IPA: "c_z003", Name: "Borgo Lontano", Province: "ZZ"}
	text, err := messages.For(lang)
	if err != nil {
		t.Fatal(err)
	}
	metas, _ := surveyed(t)
	c, err := NewComparison([]Compared{
		{View: &seen}, {View: &dark}, {Comune: &away}, {Body: registry.Body{IPA: "p_zz", Name: "Provincia di Replica", Category: registry.CategoryProvince, Site: registry.Site{URL: "https://www.provincia.example/"}}},
	}, CompareOptions{Made: time.Unix(0, 0).UTC(), Checks: metas, Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func rowsOf(c Comparison) map[string]CompareRow {
	out := map[string]CompareRow{}
	for _, s := range c.Sections {
		for _, r := range s.Rows {
			out[r.ID] = r
		}
	}
	return out
}

func TestTheCheckListSaysWhatIsSeenAndAsksTheRest(t *testing.T) {
	c := sideBySide(t, "it")
	rows := rowsOf(c)
	if len(c.Bodies) != 4 || c.Bodies[3].Kind != "provincia" || c.Bodies[3].Visited || c.Bodies[2].Istat != "990003" || c.Bodies[2].Note != "non visitato da vigile" {
		t.Errorf("%+v", c.Bodies)
	}
	for id, want := range map[string]struct {
		answer Answer
		words  string
		url    string
	}{
		"staff":              {AnswerAsk, "da chiedere all'ente", ""},
		"rtd":                {AnswerYes, "individuato: IPA, riga dell'unione", "https://www.borgo.example/rtd"},
		"dpo":                {AnswerNo, "contatti non trovati: Recapiti del responsabile della protezione dei dati non trovati nell'informativa, nella pagina iniziale e in Amministrazione trasparente", "https://www.borgo.example/privacy"},
		"spid":               {AnswerYes, "sì", "https://www.borgo.example/spid"},
		"anpr":               {AnswerYes, "collegato dal sito: collegamento visto", "https://www.borgo.example/anpr"},
		"app-io":             {AnswerPartly, "nominata sul sito: ", "https://www.borgo.example/app-io"},
		"open-data-metadata": {AnswerYes, "sì", "https://www.borgo.example/open-data"},
		"open-data-api":      {AnswerNo, "non visto", "https://www.borgo.example/open-data"},
		"services-count":     {AnswerYes, "3 visti dal sito: IMU, SUAP, TARI", "https://www.borgo.example/tributi"},
		"suap":               {AnswerYes, "sì", "https://www.borgo.example/imprese"},
		"nursery":            {AnswerAsk, "da chiedere all'ente: descritto sul sito, ingresso in rete non visto", "https://www.borgo.example/nido"},
		"ztl":                {AnswerAsk, "da chiedere all'ente: ingresso non visto", ""},
		"others":             {AnswerYes, "IMU, TARI", "https://www.borgo.example/tributi"},
		"training":           {AnswerAsk, "da chiedere all'ente", ""},
	} {
		cell := rows[id].Cells[0]
		if cell.Answer != want.answer || cell.URL != want.url || !strings.HasPrefix(cell.Words(), want.words) {
			t.Errorf("%s: %s %q %s", id, cell.Answer, cell.Words(), cell.URL)
		}
	}
	for id, row := range rows {
		for i, cell := range row.Cells[1:] {
			if cell.Answer != AnswerAsk {
				t.Errorf("%s of body %d is answered %q, though nothing is known", id, i+1, cell.Words())
			}
		}
		if (rows[id].Cells[0].Answer == AnswerYes) != !rows[id].Cells[0].CheckedAt.IsZero() && rows[id].Cells[0].Check == "" {
			t.Errorf("%s has an answer without a date", id)
		}
	}
}

func TestEveryRowHasItsWordsAndItsCheck(t *testing.T) {
	form, err := readCompareForm()
	if err != nil {
		t.Fatal(err)
	}
	_, ids := surveyed(t)
	known := map[string]bool{}
	for _, id := range ids {
		known[id] = true
	}
	for _, lang := range messages.Languages() {
		text, err := messages.For(lang)
		if err != nil {
			t.Fatal(err)
		}
		metas, _ := surveyed(t)
		c := comparer{o: CompareOptions{Text: text}, metas: byID(metas)}
		n := 0
		for _, s := range form.Sections {
			if !text.Has("compare.section." + s.ID) {
				t.Errorf("%s: no title of section %s", lang, s.ID)
			}
			for _, r := range s.Rows {
				n++
				if _, words := knownWords(text, c.metas[r.Check], r.ID); !words && !text.Has("compare.row."+r.ID) {
					t.Errorf("%s: no words for row %s", lang, r.ID)
				}
				if r.Check != "" && !known[r.Check] {
					t.Errorf("row %s asks the check %q", r.ID, r.Check)
				}
				for _, a := range r.Answers {
					if a.wrong() != "" || !text.Has("compare.answer."+string(a.Answer)) {
						t.Errorf("row %s: %+v", r.ID, a)
					}
				}
			}
		}
		if n < 30 {
			t.Errorf("%d rows", n)
		}
	}
}

func TestTheCheckListAsAPageAndAsAWorkbook(t *testing.T) {
	for _, lang := range messages.Languages() {
		text, err := messages.For(lang)
		if err != nil {
			t.Fatal(err)
		}
		c := sideBySide(t, lang)
		var out bytes.Buffer
		if err := WriteComparisonHTML(&out, c, text); err != nil {
			t.Fatal(err)
		}
		checkPage(t, out.String())
		out.Reset()
		if err := WriteComparisonXLSX(&out, c, text); err != nil {
			t.Fatal(err)
		}
		f, err := excelize.OpenReader(&out)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := f.GetRows(text.Text("compare.sheet"))
		if err != nil || len(rows) != 3+len(rowsOf(c)) || rows[2][2] != "=Borgo <Alto>" {
			t.Errorf("%d rows, %v, %q", len(rows), err, rows[2])
		}
		if formula, _ := f.GetCellFormula(text.Text("compare.sheet"), "C3"); formula != "" {
			t.Errorf("a formula %q", formula)
		}
		if got, _ := f.GetRows(text.Text("compare.bodies")); len(got) != 5 {
			t.Errorf("%d rows of bodies", len(got))
		}
		f.Close()
	}
}

func TestABodyIsNeverBlamedForWhatWasNotLookedAt(t *testing.T) {
	l := viewWith("990001", "ZZ", "", 0)
	for _, f := range forward() {
		for _, v := range []finding.Verdict{finding.Unknown, finding.NotApplicable} {
			l.Standings = []record.Standing{{Finding: finding.Finding{Check: f.Check, Verdict: v, Reason: "blocked", Value: f.Value}}}
			c, err := NewComparison([]Compared{{View: &l}}, CompareOptions{Text: italian(t)})
			if err != nil {
				t.Fatal(err)
			}
			for id, row := range rowsOf(c) {
				if row.Cells[0].Answer != AnswerAsk {
					t.Errorf("%s %s: %s is answered %q", f.Check, v, id, row.Cells[0].Words())
				}
			}
		}
	}
}
