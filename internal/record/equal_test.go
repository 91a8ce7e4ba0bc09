package record_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/agid"
	"github.com/vigile-it/vigile/internal/record"
)

// whole is an assessment with something in every part.
func whole() record.Assessment {
	a := look(dawn, page.ReachOK, found(finding.Pass, ""))
	a.Comune.RTD.AsOf = dawn
	a.Visit.Attempts = []page.Attempt{{URL: "https://www.comune.borgofinto.pg.it/", Reach: page.ReachOK, Status: 200, Address: "192.0.2.1", Detail: "d", TLS: &page.TLS{Version: "TLS 1.3", NotAfter: dawn}}}
	a.Visit.Fetches = []page.Fetch{{URL: "https://www.comune.borgofinto.pg.it/", Kind: page.FetchPage, Reach: page.ReachOK, Status: 200, Size: 40_000, Took: time.Second, Waited: time.Second, Detail: "d"}}
	a.Facts = []finding.Fact{{Check: "rtd", Kind: "office", Snippet: "Ufficio per la transizione"}}
	a.Findings[0].Evidence = a.Facts
	return a
}

func TestDigestLeavesOutTimesAlone(t *testing.T) {
	later := dawn.Add(24 * time.Hour)
	tests := []struct {
		name   string
		change func(*record.Assessment)
		same   bool
	}{
		{"nothing", func(*record.Assessment) {}, true},
		{"the run and its start", func(a *record.Assessment) { a.Run, a.Started = "other", later }, true},
		{"the visit's start and length", func(a *record.Assessment) { a.Visit.Started, a.Visit.Took = later, time.Minute }, true},
		{"when the registry was read", func(a *record.Assessment) { a.Comune.RTD.AsOf = later }, true},
		{"how long a request took", func(a *record.Assessment) { a.Visit.Fetches[0].Took, a.Visit.Fetches[0].Waited = 1, 2 }, true},
		{"a page longer by a token", func(a *record.Assessment) { a.Visit.Fetches[0].Size++ }, true},
		{"another of several addresses", func(a *record.Assessment) { a.Visit.Attempts[0].Address = "192.0.2.2" }, true},
		{"an error's port number", func(a *record.Assessment) { a.Visit.Attempts[0].Detail, a.Visit.Fetches[0].Detail = "x", "y" }, true},
		{"a verdict", func(a *record.Assessment) { a.Findings[0].Verdict = finding.Fail }, false},
		{"a fact", func(a *record.Assessment) { a.Facts[0].Value = "x" }, false},
		{"evidence", func(a *record.Assessment) { a.Findings[0].Evidence = nil }, false},
		{"a status", func(a *record.Assessment) { a.Visit.Fetches[0].Status = 404 }, false},
		{"a 304 that means nothing", func(a *record.Assessment) { a.Visit.Fetches[0].Status = 304 }, false},
		{"a page that was not sent again", func(a *record.Assessment) {
			a.Visit.Fetches[0].Status, a.Visit.Fetches[0].Unchanged, a.Visit.Attempts[0].Status = 304, true, 304
		}, true},
		{"a page sent again as it was", func(a *record.Assessment) { a.Visit.Fetches[0].Unchanged = true }, true},
		{"a truncated page", func(a *record.Assessment) { a.Visit.Fetches[0].Truncated = true }, false},
		{"the reach", func(a *record.Assessment) { a.Visit.Reach = page.ReachBlocked }, false},
		{"a renewed certificate", func(a *record.Assessment) { a.Visit.Attempts[0].TLS = &page.TLS{NotAfter: later} }, false},
		{"the registry row", func(a *record.Assessment) { a.Comune.PEC = "x@pec.example" }, false},
	}
	base, err := record.Digest(whole())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := whole()
			tt.change(&a)
			kept := whole()
			tt.change(&kept)
			got, err := record.Digest(a)
			if err != nil {
				t.Fatal(err)
			}
			if (got == base) != tt.same {
				t.Errorf("same digest: %t, want %t", got == base, tt.same)
			}
			if d := cmp.Diff(kept, a); d != "" {
				t.Errorf("digesting changed the assessment:\n%s", d)
			}
		})
	}
}

func TestAgainIsTheSameAtOtherTimes(t *testing.T) {
	second := whole()
	second.Run, second.Started = "second", dawn.Add(24*time.Hour)
	second.Visit.Started, second.Visit.Took = second.Started, time.Minute
	second.Comune.RTD.AsOf = second.Started
	if d := cmp.Diff(second, record.Again(whole(), record.TimesOf(second))); d != "" {
		t.Error(d)
	}
}

func TestAgainSaysWhatWasNotSentAgain(t *testing.T) {
	confirmed := whole()
	confirmed.Visit.Fetches[0].Status, confirmed.Visit.Fetches[0].Unchanged, confirmed.Visit.Fetches[0].Size, confirmed.Visit.Attempts[0].Status = 304, true, 0, 304
	again := whole()
	again.Visit.Fetches[0].Size = 0 // a measure of the look that is repeated
	for name, x := range map[string]struct{ from, want record.Assessment }{
		"nothing had changed": {whole(), confirmed}, "it was sent again": {confirmed, again}, "nor had it the night before": {confirmed, confirmed},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(x.want, record.Again(x.from, record.TimesOf(x.want))); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestADigestDoesNotGoByTheOrderOfAnswers(t *testing.T) {
	a := whole()
	a.Answers = map[string]agid.Answer{}
	for i := range 9 {
		a.Answers[fmt.Sprintf("https://form.agid.gov.it/view/%d", i)] = agid.Answer{Asked: true, Outcome: agid.Found}
	}
	want, err := record.Digest(a)
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		if got, err := record.Digest(a); err != nil || got != want {
			t.Fatalf("%x, want %x, %v", got, want, err)
		}
	}
	delete(a.Answers, "https://form.agid.gov.it/view/4")
	if got, err := record.Digest(a); err != nil || got == want {
		t.Errorf("without one of them: %x as before, %v", got, err)
	}
}
