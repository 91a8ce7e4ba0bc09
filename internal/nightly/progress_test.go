package nightly

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

func TestProgressKnowsRateAndTimeLeft(t *testing.T) {
	now := time.Date(2026, 11, 5, 1, 30, 0, 0, time.UTC)
	p := &Progress{Now: func() time.Time { return now }}
	if s := p.Snapshot(); s.Run.ID != "" || s.Rate != 0 || s.Left != 0 {
		t.Errorf("before anything: %+v", s)
	}
	run := record.Run{ID: "r1", Expected: 1_000}
	p.Planned(run, Tally{Comuni: 400, Reach: map[page.Reach]int{page.ReachOK: 400}})
	if s := p.Snapshot(); s.Done != 400 || s.Rate != 0 || s.Left != 0 {
		t.Errorf("what an earlier call did says nothing of the rate: %+v", s)
	}
	done := func(n int, each time.Duration) {
		for range n {
			now = now.Add(each)
			p.Done(record.Assessment{Visit: page.Visit{Reach: page.ReachHTTP5xx}})
		}
	}
	done(99, 500*time.Millisecond)
	now = now.Add(500 * time.Millisecond)
	p.Failed(registry.Comune{})
	want := Snapshot{
		Run: run, Done: 499, Failed: 1, Reach: map[page.Reach]int{page.ReachOK: 400, page.ReachHTTP5xx: 99},
		Rate: 2, Left: 250 * time.Second,
	}
	if d := cmp.Diff(want, p.Snapshot()); d != "" {
		t.Error(d)
	}
	done(200, 2*time.Second)
	if s := p.Snapshot(); s.Rate != 0.5 || s.Left != 600*time.Second {
		t.Errorf("the rate is that of late: %v, %v left", s.Rate, s.Left)
	}
	now = now.Add(time.Hour)
	if s := p.Snapshot(); s.Rate > 0.04 {
		t.Errorf("a run that stands still has no rate: %v", s.Rate)
	}
	p.Offline("no name server answers")
	if p.Snapshot().Offline == "" {
		t.Error("it does not say that it waits")
	}
	p.Planned(record.Run{ID: "r2", Expected: 5}, Tally{})
	if s := p.Snapshot(); s.Done != 0 || s.Failed != 0 || s.Offline != "" || len(s.Reach) != 0 {
		t.Errorf("another run begins anew: %+v", s)
	}
}

func TestProgressOfARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Progress{}
		must(t, t.Context(), Options{Assessor: &italy{}, Watcher: p, Workers: 2}, Selection{Comuni: comuni(40)})
		if s := p.Snapshot(); s.Done != 40 || s.Rate != 2 || s.Left != 0 || s.Reach[page.ReachOK] != 40 {
			t.Errorf("%+v", s)
		}
	})
}

func TestMetricsOfTheNights(t *testing.T) {
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, time.UTC) }
	night := func(day, hours, done int) record.Run {
		r := record.Run{
			ID: at(day, 1).String(), Kind: record.Night, Night: at(day, 1).Format(time.DateOnly), Started: at(day, 1), Expected: 100,
		}
		if hours > 0 {
			r.Ended, r.Done = at(day, 1+hours), done
		}
		return r
	}
	request := record.Run{ID: "request", Kind: record.Request, Started: at(9, 1), Ended: at(9, 2), Expected: 1, Done: 1}
	for name, c := range map[string]struct {
		runs []record.Run
		now  Snapshot
		want Metrics
	}{
		"no night yet":          {nil, Snapshot{}, Metrics{}},
		"requests do not count": {[]record.Run{request}, Snapshot{Run: request, Done: 1}, Metrics{}},
		"a night that ended": {
			[]record.Run{request, night(5, 3, 98), night(4, 2, 100)},
			Snapshot{},
			Metrics{LastSuccess: at(5, 4), Duration: 3 * time.Hour, Night: "2026-11-05", Expected: 100, Done: 98, Failed: 2},
		},
		"a night that was cut off": {
			[]record.Run{night(5, 0, 0), night(4, 2, 100)},
			Snapshot{},
			Metrics{LastSuccess: at(4, 3), Duration: 2 * time.Hour, Night: "2026-11-05", Expected: 100},
		},
		"a night under way": {
			[]record.Run{night(5, 0, 0), night(4, 2, 100)},
			Snapshot{Run: night(5, 0, 0), Done: 40, Failed: 1},
			Metrics{LastSuccess: at(4, 3), Duration: 2 * time.Hour, Night: "2026-11-05", Expected: 100, Done: 40, Failed: 1},
		},
		"a night under way that is not stored yet": {
			[]record.Run{night(4, 2, 100)},
			Snapshot{Run: night(5, 0, 0)},
			Metrics{LastSuccess: at(4, 3), Duration: 2 * time.Hour, Night: "2026-11-05", Expected: 100},
		},
		"a night that was under way and has ended": {
			[]record.Run{night(5, 3, 98)},
			Snapshot{Run: night(5, 0, 0), Done: 97},
			Metrics{LastSuccess: at(5, 4), Duration: 3 * time.Hour, Night: "2026-11-05", Expected: 100, Done: 98, Failed: 2},
		},
		"a night that measured nobody is no success": {
			[]record.Run{night(5, 1, 0), night(4, 2, 100)},
			Snapshot{},
			Metrics{LastSuccess: at(4, 3), Duration: 2 * time.Hour, Night: "2026-11-05", Expected: 100, Failed: 100},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, MetricsOf(c.runs, c.now)); d != "" {
				t.Error(d)
			}
		})
	}
}
