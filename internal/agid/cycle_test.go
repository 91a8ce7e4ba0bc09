package agid

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTheDeclarationsCycle(t *testing.T) {
	date := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct {
		name, day, changed string
		deadline           string
		want               Freshness
	}{
		{"changed for this deadline", "2026-11-22", "2026-09-10", "2026-09-23", Current},
		{"changed late, after the deadline", "2026-11-22", "2026-10-30", "2026-09-23", Current},
		{"the first day that counts", "2026-11-22", "2026-01-01", "2026-09-23", Current},
		{"the last day that does not", "2026-11-22", "2025-12-31", "2026-09-23", Stale},
		{"last year's, in the days of grace", "2026-10-01", "2025-09-20", "2026-09-23", DueNow},
		{"last year's, on the last day of grace", "2026-10-22", "2025-09-20", "2026-09-23", DueNow},
		{"last year's, grace over", "2026-10-23", "2025-09-20", "2026-09-23", Stale},
		{"two years old is stale in the days of grace too", "2026-10-01", "2024-09-20", "2026-09-23", Stale},
		{"the eve of the deadline belongs to the cycle before", "2026-09-22", "2025-09-20", "2025-09-23", Current},
		{"the deadline itself begins the cycle", "2026-09-23", "2025-09-20", "2026-09-23", DueNow},
		{"January still asks for last September's", "2027-01-10", "2026-02-01", "2026-09-23", Current},
		{"January does not yet ask for more", "2027-01-10", "2025-12-31", "2026-09-23", Stale},
	} {
		t.Run(c.name, func(t *testing.T) {
			cycle := Due(date(c.day), DeclarationRule())
			if !cycle.Deadline.Equal(date(c.deadline)) {
				t.Errorf("deadline %s", cycle.Deadline.Format(time.DateOnly))
			}
			if got := cycle.Freshness(date(c.changed)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestTheCycleIsThatOfItsOwnPlace(t *testing.T) {
	rome := time.FixedZone("CEST", 2*60*60)
	night := time.Date(2026, time.September, 23, 0, 30, 0, 0, rome) // still the 22nd in UTC
	if d := Due(night, DeclarationRule()).Deadline; d.Year() != 2026 {
		t.Errorf("half past midnight of 23 September in Rome has the deadline %s", d)
	}
}

func TestObjectivesAreDueInMarch(t *testing.T) {
	c := Due(time.Date(2026, time.April, 1, 0, 0, 0, 0, time.UTC), ObjectivesRule())
	if c.Deadline.Month() != time.March || c.Deadline.Year() != 2026 || c.Next.Year() != 2027 {
		t.Errorf("%+v", c)
	}
}

// A day lies in its cycle, and a later change is never judged worse.
func TestCycleHolds(t *testing.T) {
	rank := map[Freshness]int{Stale: 0, DueNow: 1, Current: 2}
	rapid.Check(t, func(t *rapid.T) {
		at := func(label string) time.Time {
			return time.Unix(rapid.Int64Range(1_500_000_000, 2_200_000_000).Draw(t, label), 0).UTC()
		}
		day, a, b := at("day"), at("a"), at("b")
		c := Due(day, DeclarationRule())
		if day.Before(c.Deadline) || !day.Before(c.Next) || !c.From.Before(c.Deadline) || !c.Last.Before(c.From) {
			t.Fatalf("%s lies outside %+v", day, c)
		}
		if a.Before(b) && rank[c.Freshness(a)] > rank[c.Freshness(b)] {
			t.Fatalf("on %s %s is %s but %s is %s", day, a, c.Freshness(a), b, c.Freshness(b))
		}
	})
}
