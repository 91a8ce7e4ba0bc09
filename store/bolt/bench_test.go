package bolt

// What a night and its questions cost. Run with
//
//	go test ./store/bolt -run none -bench . -benchtime 1x

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
	"github.com/vigile-it/vigile/store/storetest"
)

// country is how many comuni a night has.
const country = 8_000

// night appends one night of n comuni in batches of 50, each in one synced
// transaction, as a night does. Every twentieth comune says something new.
func night(b *testing.B, s *Store, n, day int) {
	b.Helper()
	ctx := context.Background()
	at := storetest.Dawn.AddDate(0, 0, day)
	run := "notte-" + at.Format(time.DateOnly)
	if err := s.Begin(ctx, storetest.RunOf(run, record.Night, at)); err != nil {
		b.Fatal(err)
	}
	var batch []record.Assessment
	for i := range n {
		b.StopTimer()
		batch = append(batch, storetest.Assessment(i, (i+day)/20, run, at.Add(time.Duration(i)*time.Second)))
		b.StartTimer()
		if len(batch) == 50 || i == n-1 {
			if err := s.Append(ctx, batch...); err != nil {
				b.Fatal(err)
			}
			batch = batch[:0]
		}
	}
}

func opened(b *testing.B) *Store {
	b.Helper()
	s, err := Open(filepath.Join(b.TempDir(), "vigile.db"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

func size(b *testing.B, s *Store) float64 {
	b.Helper()
	var used int64 // pages that hold something: the file grows in larger steps
	err := s.view(context.Background(), func(tx *bbolt.Tx) error {
		used = tx.Size() - int64(s.db.Stats().FreeAlloc)
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return float64(used)
}

func BenchmarkFirstNight(b *testing.B) {
	for b.Loop() {
		s := opened(b)
		night(b, s, country, 0)
		b.ReportMetric(size(b, s)/country, "bytes/comune")
		s.Close()
	}
}

func BenchmarkLaterNight(b *testing.B) {
	s := opened(b)
	night(b, s, country, 0)
	was := size(b, s)
	day := 0
	for b.Loop() {
		day++
		night(b, s, country, day)
	}
	b.ReportMetric((size(b, s)-was)/float64(day*country), "bytes/comune")
}

func BenchmarkLatestOfAll(b *testing.B) {
	s := opened(b)
	night(b, s, country, 0)
	for name, q := range map[string]store.Query{
		"brief": {Brief: true}, "whole": {}, "brief of one province": {Brief: true, Province: "PG"},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, err := range s.Latest(context.Background(), q) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// A year of fewer comuni, so that it takes no hour: the file grows by the comune.
func BenchmarkYear(b *testing.B) {
	const comuni, nights = 100, 365
	for b.Loop() {
		s := opened(b)
		for day := range nights {
			night(b, s, comuni, day)
		}
		b.ReportMetric(size(b, s)/(comuni*nights), "bytes/assessment")
		s.Close()
	}
}

func BenchmarkHistoryOfOne(b *testing.B) {
	s := opened(b)
	for day := range 365 {
		night(b, s, 20, day)
	}
	b.ReportAllocs()
	for b.Loop() {
		as, err := s.History(context.Background(), storetest.Comune(7).Istat, 0)
		if err != nil || len(as) != 365 {
			b.Fatalf("%d assessments, %v", len(as), err)
		}
	}
}
