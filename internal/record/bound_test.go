package record_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
)

func TestBoundCutsWhatExceeds(t *testing.T) {
	for name, l := range map[string]record.Limits{"usual": record.Usual(), "tight": record.Tight()} {
		t.Run(name, func(t *testing.T) {
			a := whole()
			a.Facts = make([]finding.Fact, 5_000)
			a.Findings[0].Evidence = []finding.Fact{{Snippet: strings.Repeat("è", l.Text)}}
			a.Findings[0].Looked = make([]string, l.Looked+5)
			a.Visit.Fetches = make([]page.Fetch, l.Fetches+1)
			a.Visit.Fetches[0].URL = "a\xffb"
			b := l.Bound(a)
			if len(b.Facts) != l.Facts || len(b.Visit.Fetches) != l.Fetches || len(b.Findings[0].Looked) != l.Looked {
				t.Errorf("facts %d, fetches %d, looked %d", len(b.Facts), len(b.Visit.Fetches), len(b.Findings[0].Looked))
			}
			s := b.Findings[0].Evidence[0].Snippet
			if len(s) > l.Text || len(s) < l.Text-4 || !utf8.ValidString(s) {
				t.Errorf("snippet of %d bytes, valid %t", len(s), utf8.ValidString(s))
			}
			if b.Visit.Fetches[0].URL != "a\uFFFDb" || a.Visit.Fetches[0].URL != "a\xffb" {
				t.Errorf("URL %q, the original %q", b.Visit.Fetches[0].URL, a.Visit.Fetches[0].URL)
			}
			if len(a.Facts) != 5_000 {
				t.Error("the original was changed")
			}
		})
	}
}

func TestBoundLeavesAnOrdinaryAssessmentAlone(t *testing.T) {
	if d := cmp.Diff(whole(), record.Usual().Bound(whole())); d != "" {
		t.Error(d)
	}
}

func TestBriefKeepsTheFirstPieceOfEvidence(t *testing.T) {
	fact := func(v string) finding.Fact { return finding.Fact{Value: v} }
	a := whole()
	a.Findings = []finding.Finding{
		{Check: "a", Verdict: finding.Pass, Evidence: []finding.Fact{fact("1"), fact("2")}, Candidates: []finding.Fact{fact("3")}, Looked: []string{"x", "y"}},
		{Check: "b", Verdict: finding.Fail, Candidates: []finding.Fact{fact("3"), fact("4")}},
		{Check: "c", Verdict: finding.Unknown},
	}
	l, _ := record.Latest{}.Take(a, "2026-11-22")
	b := l.Brief()
	want := []finding.Finding{
		{Check: "a", Verdict: finding.Pass, Evidence: []finding.Fact{fact("1")}, Looked: []string{"x"}},
		{Check: "b", Verdict: finding.Fail, Candidates: []finding.Fact{fact("3")}},
		{Check: "c", Verdict: finding.Unknown},
	}
	for i, f := range want {
		if d := cmp.Diff(f, b.Standings[i].Finding); d != "" {
			t.Error(d)
		}
	}
	if b.Visit.Reach != page.ReachOK || b.Visit.Fetches != nil || b.Visit.Attempts != nil {
		t.Errorf("visit: %+v", b.Visit)
	}
	if len(l.Standings[0].Finding.Evidence) != 2 || len(l.Visit.Fetches) == 0 {
		t.Error("the view itself was cut")
	}
	if d := cmp.Diff(b, b.Brief()); d != "" {
		t.Errorf("brief of brief differs:\n%s", d)
	}
}
