package nightly

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/internal/record"
)

func rome(t testing.TB) *time.Location {
	t.Helper()
	l, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func timetable(t testing.TB, line string) Timetable {
	t.Helper()
	table, err := ParseTimetable(line, rome(t))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// nights does nights that take a while, and remembers which.
type nights struct {
	takes time.Duration
	fail  func(n int) error // of the n-th; nil: none. A panic is one too
	deaf  bool              // it goes on although it should stop

	mu   sync.Mutex
	runs []record.Run
	did  []string // "night at time in Rome"
	at   *time.Location
}

func (n *nights) Do(ctx context.Context, night string) error {
	n.mu.Lock()
	n.did = append(n.did, night+" at "+time.Now().In(n.at).Format("02 15:04"))
	which := len(n.did)
	n.mu.Unlock()
	if n.fail != nil {
		if err := n.fail(which); err != nil {
			return err
		}
	}
	if n.deaf {
		ctx = context.WithoutCancel(ctx)
	}
	if !pause(ctx, n.takes) {
		return ctx.Err()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.runs = append([]record.Run{{Kind: record.Night, Night: night, Ended: time.Now()}}, n.runs...)
	return nil
}

func (n *nights) Runs(_ context.Context, kind record.RunKind, _ int) ([]record.Run, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(n.runs), func(r record.Run) bool { return r.Kind != kind }), nil
}

// serve keeps a schedule from one moment for a while, and gives what was done.
func (n *nights) serve(t *testing.T, line string, from time.Time, length time.Duration) ([]string, error) {
	t.Helper()
	n.at = rome(t)
	time.Sleep(time.Until(from))
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	err := Schedule(ctx, ScheduleOptions{Timetable: timetable(t, line), Do: n.Do, Runs: n.Runs})
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.did, err
}

func TestWhichNightsAreDone(t *testing.T) {
	at := func(text string) time.Time {
		out, err := time.ParseInLocation("2006-01-02 15:04", text, rome(t))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	done := func(nights ...string) (out []record.Run) {
		for _, n := range nights {
			out = append(out, record.Run{Kind: record.Night, Night: n, Ended: at(n + " 05:00")})
		}
		return out
	}
	open := record.Run{Kind: record.Night, Night: "2026-11-05"}
	request := record.Run{Kind: record.Request, Ended: at("2026-11-05 09:00")}
	down := func(until int) func(int) error {
		return func(n int) error {
			if n < until {
				return errors.New("disk full")
			}
			return nil
		}
	}
	for name, c := range map[string]struct {
		line  string // "": half past one
		runs  []record.Run
		from  string
		days  int // 0: until the evening
		takes time.Duration
		fail  func(int) error
		want  []string
	}{
		"every night in its time": {
			runs: done("2026-11-04"), from: "2026-11-04 12:00", days: 3, want: []string{"2026-11-05 at 05 01:30", "2026-11-06 at 06 01:30", "2026-11-07 at 07 01:30"},
		},
		"a missed night at once":                    {runs: done("2026-11-04"), from: "2026-11-05 09:00", want: []string{"2026-11-05 at 05 09:00"}},
		"the first night of all at once":            {from: "2026-11-05 09:00", want: []string{"2026-11-05 at 05 09:00"}},
		"a night that was cut off is gone on":       {runs: []record.Run{open}, from: "2026-11-05 03:00", want: []string{"2026-11-05 at 05 03:00"}},
		"a request is no night":                     {runs: []record.Run{request}, from: "2026-11-05 09:00", want: []string{"2026-11-05 at 05 09:00"}},
		"a night of a clock that was ahead is none": {runs: done("2030-01-01"), from: "2026-11-05 09:00", want: []string{"2026-11-05 at 05 09:00"}},
		"a night that was done is not done over":    {runs: done("2026-11-05"), from: "2026-11-05 01:20", want: nil},
		"an hour before the next night, yesterday's is not made up for: it is today's, and enough": {
			runs: done("2026-11-03"), from: "2026-11-05 00:30", want: []string{"2026-11-05 at 05 00:30"},
		},
		"past midnight the evening's night is still that night": {
			line: "30 22 * * *", runs: done("2026-11-04"), from: "2026-11-06 00:10", want: []string{"2026-11-05 at 06 00:10", "2026-11-06 at 06 22:30"},
		},
		"a night that takes longer than a day delays the next": {
			runs: done("2026-11-04"), from: "2026-11-04 12:00", days: 3, takes: 26 * time.Hour, want: []string{"2026-11-05 at 05 01:30", "2026-11-06 at 06 04:00", "2026-11-07 at 07 06:30"},
		},
		"what failed is taken up again, half an hour later": {
			runs: done("2026-11-04"), from: "2026-11-04 12:00", days: 1, fail: down(3),
			want: []string{"2026-11-05 at 05 01:30", "2026-11-05 at 05 02:00", "2026-11-05 at 05 02:30"},
		},
		"a panic costs one night": {
			runs: done("2026-11-04"), from: "2026-11-04 12:00", days: 2, want: []string{"2026-11-05 at 05 01:30", "2026-11-06 at 06 01:30"},
			fail: func(n int) error {
				if n == 1 {
					panic("a bad night")
				}
				return nil
			},
		},
		"half past two is skipped when summer comes": {
			line: "30 2 * * *", runs: done("2026-03-28"), from: "2026-03-28 12:00", days: 2, want: []string{"2026-03-30 at 30 02:30"},
		},
		"and comes twice when it goes, for one night": {
			line: "30 2 * * *", runs: done("2026-10-24"), from: "2026-10-24 12:00", days: 2, want: []string{"2026-10-25 at 25 02:30", "2026-10-26 at 26 02:30"},
		},
		"twice a day is still one night": {
			line: "0 1,13 * * *", runs: done("2026-11-04"), from: "2026-11-04 14:00", days: 1, want: []string{"2026-11-05 at 05 01:00"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := &nights{runs: c.runs, takes: max(c.takes, time.Hour), fail: c.fail}
				if c.line == "" {
					c.line = "30 1 * * *"
				}
				length := time.Duration(c.days) * 24 * time.Hour
				if c.days == 0 {
					length = at(c.from[:10] + " 23:50").Sub(at(c.from))
				}
				got, err := n.serve(t, c.line, at(c.from), length)
				if d := cmp.Diff(c.want, got); d != "" || err != nil {
					t.Error(err, d)
				}
			})
		})
	}
}

func TestAScheduleStopsInTenSeconds(t *testing.T) {
	from := time.Date(2026, 11, 5, 0, 0, 0, 0, time.UTC)
	synctest.Test(t, func(t *testing.T) {
		n := &nights{takes: 5 * time.Hour}
		did, err := n.serve(t, "30 1 * * *", from, time.Hour)
		if took := time.Since(from); err != nil || len(did) != 1 || took != time.Hour {
			t.Errorf("%v: %d nights, stopped after %v", err, len(did), took)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		n := &nights{takes: 2 * time.Hour, deaf: true}
		_, err := n.serve(t, "30 1 * * *", from, time.Hour)
		if took := time.Since(from); !errors.Is(err, ErrStillRunning) || took != time.Hour+stopTime {
			t.Errorf("%v: stopped after %v", err, took)
		}
		time.Sleep(2 * time.Hour) // it ends at last
	})
}

func TestAScheduleSaysWhatIsOdd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said strings.Builder
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
		defer cancel()
		err := Schedule(ctx, ScheduleOptions{
			Timetable: timetable(t, "30 2 * * *"), Logger: slog.New(slog.NewTextHandler(&said, nil)),
			Do:   func(context.Context, string) error { return errors.New("disk full") },
			Runs: func(context.Context, record.RunKind, int) ([]record.Run, error) { return nil, nil },
		})
		for _, want := range []string{"between 02:00 and 02:59", "disk full", "the next one is skipped"} {
			if !strings.Contains(said.String(), want) {
				t.Errorf("nothing of %q in\n%s", want, said.String())
			}
		}
		if err != nil {
			t.Error(err)
		}
	})
}

func TestANightIsLookedForAgainWhereTheStoreFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, did := 0, 0
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
		defer cancel()
		o := ScheduleOptions{Timetable: timetable(t, "30 12 * * *")}
		o.Runs = func(context.Context, record.RunKind, int) ([]record.Run, error) {
			if asked++; asked < 3 {
				return nil, errors.New("store locked")
			}
			if did > 0 {
				return []record.Run{{Kind: record.Night, Night: "2000-01-01", Ended: time.Now()}}, nil
			}
			return nil, nil
		}
		o.Do = func(context.Context, string) error { did++; return nil }
		if err := Schedule(ctx, o); err != nil || did != 1 {
			t.Errorf("%v: done %d times", err, did)
		}
	})
}
