package report

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// visits are three looks at one comune, oldest first.
func visits() []record.Assessment {
	at := time.Date(2026, 11, 20, 0, 30, 0, 0, time.UTC)
	look := func(day int, reach page.Reach, v finding.Verdict, reason finding.Reason) record.Assessment {
		return record.Assessment{
			Run: "r\x1b[31m", Started: at.AddDate(0, 0, day), Visit: page.Visit{Reach: reach},
			Comune:   registry.Comune{Istat: "990001", Name: "Bor\u202ego", Province: "ZZ", Region: "Replica", Site: registry.Site{Raw: "blank\x00"}},
			Findings: []finding.Finding{{Check: "a-low", Nature: finding.Obligation, Verdict: v, Reason: reason}},
		}
	}
	return []record.Assessment{
		look(0, page.ReachOK, finding.Pass, ""), look(1, page.ReachOK, finding.Fail, "placeholder"), look(2, page.ReachBlocked, finding.Unknown, "blocked"),
	}
}

func present() (l record.Latest, changes []record.Change) {
	for _, a := range visits() {
		var some []record.Change
		l, some = l.Take(a, record.NightOf(a.Started, time.UTC))
		changes = append(changes, some...)
	}
	return l, changes
}

func TestThePresentSheetShowsTheLastFindingOfEachCheck(t *testing.T) {
	l, _ := present()
	s := PresentSheet(l, SheetOptions{Checks: sampleMetas(), Text: italian(t)})
	if s.Comune != "Borgo" || s.Reach != page.ReachBlocked || len(s.Findings) != 1 {
		t.Fatalf("%+v", s)
	}
	row := s.Findings[0]
	if row.Verdict != finding.Unknown || row.Before == nil || row.Before.Verdict != finding.Fail || !row.Before.At.Equal(visits()[1].Started) {
		t.Errorf("%+v", row)
	}
}

func TestALineOfAComuneIsCleanAndCounts(t *testing.T) {
	l, _ := present()
	got := NewComuneLine(l.Brief())
	want := ComuneLine{
		Istat: "990001", Comune: "Borgo", Province: "ZZ", Region: "Replica", Site: "blank", Run: "r", CheckedAt: visits()[2].Started,
		Reach: page.ReachBlocked, Verdicts: map[finding.Verdict]int{finding.Unknown: 1},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestThePastTellsWhatEachVisitChanged(t *testing.T) {
	all := visits()
	newestFirst := []record.Assessment{all[2], all[1], all[0]}
	got := Past(newestFirst, time.UTC, SheetOptions{Checks: sampleMetas(), Text: italian(t)})
	want := []PastVisit{
		{Run: "r", CheckedAt: all[2].Started, Reach: page.ReachBlocked, Totals: []Total{{finding.Unknown, 1}}, Changes: []PastChange{}},
		{
			Run: "r", CheckedAt: all[1].Started, Reach: page.ReachOK, Totals: []Total{{finding.Fail, 1}},
			Changes: []PastChange{{Check: "a-low", Title: "Poco", From: finding.Pass, To: finding.Fail, ToReason: "placeholder"}},
		},
		{Run: "r", CheckedAt: all[0].Started, Reach: page.ReachOK, Totals: []Total{{finding.Pass, 1}}, Changes: []PastChange{}, First: true},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got := Past(nil, time.UTC, SheetOptions{Text: italian(t)}); got == nil || len(got) != 0 {
		t.Errorf("the past of nothing: %v", got)
	}
}

func TestALineOfAChangeIsClean(t *testing.T) {
	_, changes := present()
	if len(changes) != 1 {
		t.Fatalf("%d changes", len(changes))
	}
	changes[0].To.Value = "v\x1b"
	want := ChangeLine{
		Istat: "990001", Comune: "Borgo", Province: "ZZ", Region: "Replica", Check: "a-low", From: StateLine{Verdict: finding.Pass},
		To: StateLine{Verdict: finding.Fail, Reason: "placeholder", Value: "v"}, At: visits()[1].Started, Run: "r",
	}
	if d := cmp.Diff(want, NewChangeLine(changes[0])); d != "" {
		t.Error(d)
	}
}
