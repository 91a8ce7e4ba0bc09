package nightly

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTimetables(t *testing.T) {
	zone := rome(t)
	at := time.Date(2026, 11, 5, 9, 0, 0, 0, zone)
	for line, want := range map[string]struct {
		last, next string
		summer     bool
	}{
		"30 1 * * *":    {"2026-11-05 01:30", "2026-11-06 01:30", false},
		"30 2 * * *":    {"2026-11-05 02:30", "2026-11-06 02:30", true},
		"0 * * * *":     {"2026-11-05 09:00", "2026-11-05 10:00", true},
		"* * * * *":     {"2026-11-05 09:00", "2026-11-05 09:01", true},
		"15 4 * * 1-5":  {"2026-11-05 04:15", "2026-11-06 04:15", false},
		"30 1 * * 0":    {"2026-11-01 01:30", "2026-11-08 01:30", false},
		"@daily":        {"2026-11-05 00:00", "2026-11-06 00:00", false},
		"0 0 29 2 *":    {"2024-02-29 00:00", "2028-02-29 00:00", false},
		"0 5 1 12 *":    {"2025-12-01 05:00", "2026-12-01 05:00", false},
		"30 1 5 11 *":   {"2026-11-05 01:30", "2027-11-05 01:30", false},
		"* * 6 11 *":    {"2025-11-06 23:59", "2026-11-06 00:00", true},
		"59 23 31 12 *": {"2025-12-31 23:59", "2026-12-31 23:59", false},
	} {
		table := timetable(t, line)
		last, next := table.Last(at).Format("2006-01-02 15:04"), table.Next(at).Format("2006-01-02 15:04")
		if last != want.last || next != want.next || table.SummerTime() != want.summer {
			t.Errorf("%q: last %s, next %s, summer time %v", line, last, next, table.SummerTime())
		}
	}
}

func TestTimetablesThatAreNone(t *testing.T) {
	for _, line := range []string{"", "at dawn", "30 25 * * *", "30 1 * *", "@every 1h", "@reboot", "TZ=", "TZ=UTC 30 1 * * *", "CRON_TZ=UTC 30 1 * * *", "0 0 31 2 *"} {
		if _, err := ParseTimetable(line, rome(t)); err == nil {
			t.Errorf("%q is one", line)
		} else if !strings.Contains(err.Error(), line) {
			t.Errorf("%q: %v", line, err)
		}
	}
}

func TestNoNightIsBetweenTheLastAndTheNext(t *testing.T) {
	lines := []string{"30 1 * * *", "30 2 * * *", "0 */7 * * *", "15 4 * * 1-5", "30 22 1 * *", "5 3 29 2 *"}
	rapid.Check(t, func(rt *rapid.T) {
		table := timetable(t, rapid.SampledFrom(lines).Draw(rt, "line"))
		at := time.Unix(rapid.Int64Range(1_700_000_000, 2_000_000_000).Draw(rt, "at"), 0)
		last := table.Last(at)
		if last.IsZero() || last.After(at) {
			rt.Fatalf("the last of %v is %v", at, last)
		}
		if next := table.Next(last); !next.After(at) || !next.Equal(table.Next(at)) {
			rt.Fatalf("between %v and %v there is %v", last, at, next)
		}
	})
}

func FuzzParseTimetable(f *testing.F) {
	for _, line := range []string{"30 1 * * *", "@daily", "TZ=", "*/0 * * * *", "0-59/61 1 * * ?", "@every -1h", "1,2,,3 * * * *"} {
		f.Add(line)
	}
	zone, at := rome(f), time.Date(2026, 11, 5, 9, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, line string) {
		table, err := ParseTimetable(line, zone)
		if err != nil {
			return
		}
		if next := table.Next(at); !next.After(at) {
			t.Errorf("the next of %q is %v", line, next)
		}
		if last := table.Last(at); last.After(at) {
			t.Errorf("the last of %q is %v", line, last)
		}
	})
}
