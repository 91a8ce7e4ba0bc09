package bolt

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store/storetest"
)

func TestHistoryBeforeAMomentIsTheRestOfTheHistory(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "vigile.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, at := context.Background(), func(day int) time.Time { return storetest.Dawn.AddDate(0, 0, day) }
	for day := range 6 {
		run := "notte-" + at(day).Format(time.DateOnly)
		if err := s.Begin(ctx, storetest.RunOf(run, record.Night, at(day))); err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			if err := s.Append(ctx, storetest.Small(i, day/2, run, at(day))); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range 2 {
		istat := storetest.Comune(i).Istat
		all, err := s.History(ctx, istat, 0)
		if err != nil || len(all) != 6 {
			t.Fatalf("%d assessments, %v", len(all), err)
		}
		for day := range 8 {
			for _, limit := range []int{0, 1, 2} {
				want := all[max(0, 6-day):]
				if limit > 0 {
					want = want[:min(limit, len(want))]
				}
				got, err := s.HistoryBefore(ctx, istat, at(day), limit)
				if err != nil {
					t.Fatal(err)
				}
				if len(want) != len(got) || len(got) > 0 && cmp.Diff(want, got) != "" {
					t.Errorf("before day %d, at most %d: %d assessments, want %d", day, limit, len(got), len(want))
				}
			}
		}
	}
}
