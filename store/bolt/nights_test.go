package bolt

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
	"github.com/vigile-it/vigile/store/storetest"
)

func begin(t testing.TB, s *Store, id string, kind record.RunKind, at time.Time) string {
	t.Helper()
	if err := s.Begin(context.Background(), storetest.RunOf(id, kind, at)); err != nil {
		t.Fatal(err)
	}
	return id
}

func add(t testing.TB, s *Store, as ...record.Assessment) {
	t.Helper()
	if err := s.Append(context.Background(), as...); err != nil {
		t.Fatal(err)
	}
}

func fresh(t testing.TB) *Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "vigile.db"), Options{})
}

func TestANightIsTalliedWhenItIsFinished(t *testing.T) {
	ctx := context.Background()
	s := fresh(t)
	for n, id := range []string{"one", "two"} {
		at := storetest.Dawn.AddDate(0, 0, n)
		begin(t, s, id, record.Night, at)
		for i := range 3 + n {
			add(t, s, storetest.Small(i, 0, id, at))
		}
		if err := s.Finish(ctx, id, at.Add(5*time.Hour), 3+n); err != nil {
			t.Fatal(err)
		}
	}
	request := begin(t, s, "request", record.Request, storetest.Dawn.AddDate(0, 0, 2))
	add(t, s, storetest.Small(0, 0, request, storetest.Dawn.AddDate(0, 0, 2)))
	if err := s.Finish(ctx, request, storetest.Dawn.AddDate(0, 0, 2), 1); err != nil {
		t.Fatal(err)
	}
	nights, err := s.Nights(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(nights) != 2 || nights[0].Night != "2026-11-23" || nights[1].Night != "2026-11-22" || nights[1].Run != "one" {
		t.Fatalf("nights: %+v", nights)
	}
	total := nights[0].Total(nil)
	if total.Comuni != 4 || total.Reach[page.ReachOK] != 4 || len(total.Checks) != 4 {
		t.Errorf("the second night: %+v", total)
	}
	if got, err := s.Nights(ctx, 1); err != nil || len(got) != 1 || got[0].Run != "two" {
		t.Errorf("the last night: %+v, %v", got, err)
	}
	if err := s.Check(ctx); err != nil {
		t.Error(err)
	}
}

func TestARunThatWasCutOffKnowsWhatItHasDone(t *testing.T) {
	ctx := context.Background()
	s := fresh(t)
	night := begin(t, s, "night", record.Night, storetest.Dawn)
	other := begin(t, s, "other", record.Request, storetest.Dawn.Add(time.Hour))
	add(t, s, storetest.Small(2, 0, night, storetest.Dawn), storetest.Small(0, 0, night, storetest.Dawn.Add(time.Minute)))
	add(t, s, storetest.Small(0, 0, other, storetest.Dawn.Add(time.Hour)), storetest.Small(1, 0, other, storetest.Dawn.Add(time.Hour)))
	for run, want := range map[string][]string{night: {"990001", "990003"}, other: {"990001", "990002"}} {
		got, err := s.Assessed(ctx, run)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", run, got, err, want)
		}
	}
	var unknown *store.RunError
	if _, err := s.Assessed(ctx, "none"); !errors.As(err, &unknown) {
		t.Errorf("no such run: %v", err)
	}
}

func TestThePreviousViewIsWhatAJudgeMayKnow(t *testing.T) {
	ctx := context.Background()
	s := fresh(t)
	if _, ok, err := s.Previous(ctx, "990001"); ok || err != nil {
		t.Errorf("before the first visit: %t, %v", ok, err)
	}
	for n := range 3 {
		at := storetest.Dawn.AddDate(0, 0, n)
		run := begin(t, s, at.Format("night-02"), record.Night, at)
		a := storetest.Small(0, 0, run, at)
		a.Visit.Reach = page.ReachNXDomain
		add(t, s, a)
	}
	l, ok, err := s.Previous(ctx, "990001")
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if l.ReachNights != 3 || !l.ReachSince.Equal(storetest.Dawn) || l.ReachNightsWith(page.ReachNXDomain, "2026-11-25") != 4 {
		t.Errorf("reach %s for %d nights since %v", l.Visit.Reach, l.ReachNights, l.ReachSince)
	}
}

func TestThePreviousViewOfANewCodeIsThatOfTheFormer(t *testing.T) {
	s := openAt(t, filepath.Join(t.TempDir(), "vigile.db"), Options{Lineage: storetest.Line{Moved: map[string]string{"990001": "990002"}}})
	add(t, s, storetest.Small(0, 0, begin(t, s, "night", record.Night, storetest.Dawn), storetest.Dawn))
	l, ok, err := s.Previous(t.Context(), "990002")
	if err != nil || !ok || l.Comune.Istat != "990001" {
		t.Errorf("%v, %v, %v", l.Comune, ok, err)
	}
}

func TestANightOfAClockThatWasAheadHidesNoneOfThoseAfter(t *testing.T) {
	now := storetest.Dawn
	s := openAt(t, filepath.Join(t.TempDir(), "vigile.db"), Options{Now: func() time.Time { return now }})
	look := func(at time.Time, v finding.Verdict) {
		now = at.Add(time.Hour)
		a := storetest.Small(0, 0, begin(t, s, at.Format("night-"+time.DateOnly), record.Night, at), at)
		a.Findings = []finding.Finding{{Check: "https", Nature: finding.Obligation, Verdict: v, Confidence: finding.High, Version: 1}}
		add(t, s, a)
	}
	look(storetest.Dawn, finding.Pass)
	look(storetest.Dawn.AddDate(3, 0, 0), finding.Fail)
	at := storetest.Dawn.AddDate(0, 0, 1)
	look(at, finding.Pass)
	l, _, err := s.Previous(t.Context(), "990001")
	if err != nil || len(l.Standings) == 0 || l.Standings[0].LastDefinite.Verdict != finding.Pass || !l.Checked.Equal(at) {
		t.Errorf("%+v, %v", l, err)
	}
}

func TestForgettingLeavesWhatIsNewerAsItWas(t *testing.T) {
	ctx := context.Background()
	rapid.Check(t, func(rt *rapid.T) {
		s := fresh(t)
		defer s.Close()
		run := begin(t, s, "run", record.Request, storetest.Dawn)
		var all, want []record.Assessment // want: of the first comune, newest first
		const days = 7
		cut := storetest.Dawn.AddDate(0, 0, rapid.IntRange(-1, days+1).Draw(rt, "cut"))
		for n := range days {
			at := storetest.Dawn.AddDate(0, 0, n)
			a := storetest.Small(0, rapid.IntRange(0, 1).Draw(rt, "variant"), run, at)
			all = append(all, a, storetest.Small(1, 0, run, at))
			if !at.Before(cut) || n == days-1 {
				want = slices.Insert(want, 0, a)
			}
		}
		add(t, s, all...)
		removed, err := s.Forget(ctx, cut)
		if err != nil {
			rt.Fatal(err)
		}
		if removed != 2*(days-len(want)) {
			rt.Errorf("%d went, %d of %d a comune should stay", removed, len(want), days)
		}
		got, err := s.History(ctx, "990001", 0)
		if err != nil {
			rt.Fatal(err)
		}
		// How long a page took is a measure: a repetition keeps that of the first.
		if d := cmp.Diff(want, got, cmpopts.IgnoreFields(page.Fetch{}, "Took")); d != "" {
			rt.Error(d)
		}
		for c, err := range s.Changes(ctx, time.Time{}, time.Time{}, store.Query{}) {
			if err != nil || c.At.Before(cut) {
				rt.Errorf("change at %v, %v", c.At, err)
			}
		}
		if err := s.Check(ctx); err != nil {
			rt.Error(err)
		}
	})
}
