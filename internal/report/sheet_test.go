package report

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

func italian(t *testing.T) messages.Catalogue {
	t.Helper()
	c, err := messages.For("it")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func sampleMetas() []checks.Meta {
	return []checks.Meta{
		{
			ID: "a-low", Nature: finding.Obligation, Severity: checks.SeverityLow, Titles: checks.Text{IT: "Poco", EN: "Little"},
			Remedies: checks.Text{IT: "Rimedia", EN: "Mend"}, Who: []string{checks.WhoComune, checks.WhoSupplier}, Effort: checks.EffortHours,
			ByReason: map[string]checks.Text{"placeholder": {IT: "Metti il link", EN: "Put the link"}},
			Law:      []checks.Law{{Act: "L. 1/2000", Article: "art. 2", Text: checks.Text{IT: "Chiede", EN: "Asks"}}, {Act: "L. 3/2000"}},
		},
		{ID: "b-high", Nature: finding.Obligation, Severity: checks.SeverityHigh, Titles: checks.Text{IT: "Molto", EN: "Much"}, Effort: checks.EffortNone},
		{ID: "c-info", Nature: finding.Information, Severity: checks.SeverityHigh, Values: map[string]checks.Value{"wp": {Name: "WordPress"}}},
	}
}

func checksOf(s Sheet) []string {
	var out []string
	for _, r := range s.Findings {
		out = append(out, r.Check)
	}
	return out
}

func TestFindingsAreWorstFirstThenWeightiest(t *testing.T) {
	a := record.Assessment{Visit: page.Visit{Reach: page.ReachOK}, Findings: []finding.Finding{
		{Check: "a-low", Verdict: finding.Fail},
		{Check: "b-high", Verdict: finding.Fail},
		{Check: "c-info", Verdict: finding.Fail},
		{Check: "d-unheard", Verdict: finding.Pass},
		{Check: "e-unheard", Verdict: finding.Unknown},
	}}
	s := NewSheet(a, SheetOptions{Checks: sampleMetas(), Text: italian(t)})
	if d := cmp.Diff([]string{"b-high", "a-low", "c-info", "e-unheard", "d-unheard"}, checksOf(s)); d != "" {
		t.Error(d)
	}
	want := []Total{{finding.Fail, 3}, {finding.Unknown, 1}, {finding.Pass, 1}}
	if d := cmp.Diff(want, s.Totals); d != "" {
		t.Error(d)
	}
}

func TestRowSaysWhatToDoOnlyWhereSomethingIsToBeDone(t *testing.T) {
	o := SheetOptions{Checks: sampleMetas(), Text: italian(t)}
	a := record.Assessment{Visit: page.Visit{Reach: page.ReachOK}, Findings: []finding.Finding{
		{Check: "a-low", Verdict: finding.Fail, Reason: "placeholder"},
		{Check: "b-high", Verdict: finding.Warn, Reason: "no_such_reason"},
		{Check: "c-info", Verdict: finding.Info, Value: "wp"},
	}}
	rows := NewSheet(a, o).Findings
	first := rows[0]
	if first.Remedy != "Metti il link" || !cmp.Equal(first.Who, []string{"il Comune", "il fornitore del sito"}) || first.Effort != "qualche ora" {
		t.Errorf("a fail says %+v", first)
	}
	if d := cmp.Diff([]LawText{{"L. 1/2000, art. 2", "Chiede"}, {"L. 3/2000", ""}}, first.Laws); d != "" {
		t.Error(d)
	}
	if rows[1].Effort != "" || rows[1].ReasonText != "no_such_reason" {
		t.Errorf("a warning says %+v", rows[1])
	}
	if rows[2].Remedy != "" || rows[2].Who != nil || rows[2].ValueName != "WordPress" || rows[2].Value != "wp" {
		t.Errorf("information says %+v", rows[2])
	}
}

func TestReasonsInWords(t *testing.T) {
	c := italian(t)
	cases := map[string]struct {
		f     finding.Finding
		reach page.Reach
		want  string
	}{
		"no reason":                        {finding.Finding{Verdict: finding.Pass}, page.ReachOK, ""},
		"a reason of the check":            {finding.Finding{Verdict: finding.Fail, Reason: "placeholder"}, page.ReachOK, c.Text("reason.placeholder")},
		"a site out of reach":              {finding.Finding{Verdict: finding.Unknown, Reason: "http_5xx"}, page.ReachHTTP5xx, c.Text("reach.http_5xx.means")},
		"one page out of reach":            {finding.Finding{Verdict: finding.Unknown, Reason: "http_5xx"}, page.ReachOK, "Una pagina necessaria alla verifica non è stata letta: errore del server."},
		"a reach that is itself the fault": {finding.Finding{Verdict: finding.Fail, Reason: "tls_expired"}, page.ReachOK, c.Text("reach.tls_expired.means")},
		"a code from a later version":      {finding.Finding{Verdict: finding.Fail, Reason: "later"}, page.ReachOK, "later"},
	}
	for name, x := range cases {
		if got := ReasonText(c, x.f, x.reach); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

func TestUnknownRemembersTheLastDefiniteVerdict(t *testing.T) {
	when := time.Date(2026, 11, 20, 1, 30, 0, 0, time.UTC)
	a := record.Assessment{Findings: []finding.Finding{{Check: "a-low", Verdict: finding.Unknown, Reason: "blocked"}, {Check: "b-high", Verdict: finding.Unknown}}}
	s := NewSheet(a, SheetOptions{Checks: sampleMetas(), Text: italian(t), Standings: []record.Standing{
		{Finding: finding.Finding{Check: "a-low", Verdict: finding.Unknown}, LastDefinite: finding.Finding{Check: "a-low", Verdict: finding.Pass}, LastDefiniteAt: when},
		{Finding: finding.Finding{Check: "b-high", Verdict: finding.Unknown}},
	}})
	want := &Before{Verdict: finding.Pass, VerdictText: "a posto", At: when}
	for _, r := range s.Findings {
		got, expected := r.Before, want
		if r.Check == "b-high" {
			expected = nil
		}
		if d := cmp.Diff(expected, got); d != "" {
			t.Errorf("%s: %s", r.Check, d)
		}
	}
}

func TestSummaryCountsWithItsDenominators(t *testing.T) {
	o := SheetOptions{Checks: sampleMetas(), Text: italian(t)}
	sheet := func(reach page.Reach, v finding.Verdict) Sheet {
		return NewSheet(record.Assessment{
			Comune: registry.Comune{Name: "X"}, Visit: page.Visit{Reach: reach}, Findings: []finding.Finding{{Check: "a-low", Nature: finding.Obligation, Verdict: v}},
		}, o)
	}
	got := Summarise([]Sheet{
		sheet(page.ReachBlocked, finding.Unknown), sheet(page.ReachOK, finding.Fail), sheet(page.ReachOK, finding.Unknown), sheet(page.ReachOK, finding.Fail),
	})
	want := Summary{
		Comuni: 4, Reached: 3,
		Reach: []ReachTotal{{page.ReachOK, "sito raggiunto", 3}, {page.ReachBlocked, "accesso bloccato", 1}},
		Checks: []CheckTotal{{
			Check: "a-low", Title: "Poco", Nature: finding.Obligation, Assessed: 2, Of: 4,
			Verdicts: []Total{{finding.Fail, 2}, {finding.Unknown, 2}},
		}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if n := CountOf(want.Checks[0].Verdicts, finding.Warn); n != 0 {
		t.Errorf("%d warnings counted", n)
	}
}

func TestTheSheetDoesNotChangeWhatItShows(t *testing.T) {
	a := record.Assessment{Visit: page.Visit{
		Attempts: []page.Attempt{{URL: "a\x1b", TLS: &page.TLS{Names: []string{"n\x1b"}}}}, Hops: []page.Hop{{URL: "h\x1b"}},
		Fetches: []page.Fetch{{URL: "f\x1b"}}, Inquiries: []page.Inquiry{{Pages: []string{"p\x1b"}}},
	}, Facts: []finding.Fact{{Snippet: "s\x1b"}}, Findings: []finding.Finding{{Looked: []string{"l\x1b"}, Evidence: []finding.Fact{{Value: "e\x1b"}}}}}
	s := NewSheet(a, SheetOptions{Text: italian(t), Looking: true})
	l := s.Looking
	for name, pair := range map[string][2]string{
		"attempt": {a.Visit.Attempts[0].URL, l.Attempts[0].URL}, "name": {a.Visit.Attempts[0].TLS.Names[0], l.Attempts[0].TLS.Names[0]},
		"hop": {a.Visit.Hops[0].URL, l.Hops[0].URL}, "fetch": {a.Visit.Fetches[0].URL, l.Fetches[0].URL},
		"inquiry": {a.Visit.Inquiries[0].Pages[0], l.Inquiries[0].Pages[0]}, "fact": {a.Facts[0].Snippet, l.Facts[0].Snippet},
		"looked": {a.Findings[0].Looked[0], s.Findings[0].Looked[0]}, "evidence": {a.Findings[0].Evidence[0].Value, s.Findings[0].Evidence[0].Value},
	} {
		if pair[0] != pair[1]+"\x1b" {
			t.Errorf("%s: %q is shown as %q", name, pair[0], pair[1])
		}
	}
}

func TestALinkOnEveryPageIsToldOnce(t *testing.T) {
	link := func(page, words, target string) finding.Fact {
		return finding.Fact{Check: "rtd", Kind: "link", URL: page, Snippet: words, Target: target}
	}
	given := []finding.Fact{
		link("https://a.example/", "Dichiarazione", "https://a.example/d"), link("https://a.example/privacy", "Dichiarazione", "https://a.example/d"),
		link("https://a.example/privacy", "Accessibilità", "https://a.example/d"), link("https://a.example/", "senza indirizzo", ""), link("https://a.example/b", "senza indirizzo", ""),
	}
	var got []string
	for _, f := range onceEach(slices.Clone(given)) {
		got = append(got, f.Snippet+" "+f.URL)
	}
	want := []string{"Dichiarazione https://a.example/", "Accessibilità https://a.example/privacy", "senza indirizzo https://a.example/", "senza indirizzo https://a.example/b"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
