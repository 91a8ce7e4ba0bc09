package nightly

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/assess"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// wavering is an italy of which some sites show a red that they did not show
// the night before.
type wavering struct {
	italy
	second map[string]finding.Finding // by ISTAT code: what the second look finds
	portal bool                       // it is answered by a portal of ours
	break2 bool                       // the run is stopped when the second look begins
	stop   context.CancelFunc
}

var freshRed = finding.Finding{Check: "https", Verdict: finding.Fail, Reason: "no_https", Confidence: finding.Low, Unconfirmed: true}

func (w *wavering) Assess(ctx context.Context, c registry.Comune, r assess.Request) (record.Assessment, error) {
	then, fresh := w.second[c.Istat]
	a, err := w.italy.Assess(ctx, c, r)
	if !fresh || err != nil {
		return a, err
	}
	w.mu.Lock()
	look := w.looks[c.Istat]
	w.mu.Unlock()
	if look == 1 {
		a.Findings[0] = freshRed
		return a, nil
	}
	if w.break2 {
		w.stop()
		return a, ctx.Err()
	}
	if then.Verdict == "" { // the site is gone
		a.Visit.Reach = page.ReachConnTimeout
	}
	if w.portal {
		overHTTP(&a.Visit, page.ReachOK)
	}
	a.Findings[0] = then
	return a, nil
}

func TestAFreshRedIsLookedAtAgainBeforeTheRunEnds(t *testing.T) {
	red := freshRed
	red.Unconfirmed, red.Confidence = false, finding.High
	green := finding.Finding{Check: "https", Verdict: finding.Pass}
	for _, c := range []struct {
		name    string
		comuni  int
		second  finding.Finding
		stopped bool
		portal  bool
		looks   int
		want    finding.Finding
	}{
		{"the second look agrees", 12, red, false, false, 2, red},
		{"the second look finds it well", 12, green, false, false, 2, green},
		{"the site is gone by then: the first look stands", 12, finding.Finding{}, false, false, 2, freshRed},
		{"a portal answers by then: the first look stands", 12, red, false, true, 2, freshRed},
		{"the run is stopped before: the first look stands", 12, red, true, false, 2, freshRed},
		{"of a few comuni there is no second look", 3, red, false, false, 1, freshRed},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				world := &wavering{second: map[string]finding.Finding{"000002": c.second}, break2: c.stopped, portal: c.portal, stop: stop}
				keep, list := &shelf{}, comuni(c.comuni)
				got, err := Run(ctx, Options{Assessor: world, Keeper: keep, Workers: 4}, Selection{Comuni: list})
				if err != nil {
					t.Fatal(err)
				}
				if world.looks["000002"] != c.looks || world.looks["000001"] != 1 {
					t.Errorf("looked at %d and %d times", world.looks["000002"], world.looks["000001"])
				}
				var last record.Assessment
				for _, a := range keep.kept {
					if a.Comune.Istat == "000002" {
						last = a
					}
				}
				if d := cmp.Diff(c.want, last.Findings[0]); d != "" {
					t.Error(d)
				}
				want := map[Word]int{{"https", finding.Pass, ""}: c.comuni - 1}
				want[wordOf(c.want)]++
				if d := cmp.Diff(want, got.Tally.Findings); d != "" || got.Tally.Comuni != c.comuni {
					t.Errorf("%d comuni counted, %s", got.Tally.Comuni, d)
				}
			})
		})
	}
}

func TestSecondLooksAreHalfAsManyAtOnce(t *testing.T) {
	for _, c := range []struct{ workers, first, second int }{{8, 8, 4}, {5, 5, 3}, {1, 1, 1}} {
		synctest.Test(t, func(t *testing.T) {
			list := comuni(40)
			world := &wavering{second: map[string]finding.Finding{}}
			for _, c := range list {
				world.second[c.Istat] = freshRed
			}
			var most [3]int // by look
			world.reach = func(_ registry.Comune, look int) page.Reach {
				world.mu.Lock()
				defer world.mu.Unlock()
				most[look] = max(most[look], world.flying)
				return page.ReachOK
			}
			if _, err := Run(t.Context(), Options{Assessor: world, Keeper: &shelf{}, Workers: c.workers}, Selection{Comuni: list}); err != nil {
				t.Fatal(err)
			}
			if most[1] != c.first || most[2] != c.second {
				t.Errorf("%d workers: %d at once at first, %d at the second look", c.workers, most[1], most[2])
			}
		})
	}
}

func TestWhatIsNotKeptIsLookedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := &wavering{second: map[string]finding.Finding{"000002": freshRed}}
		got, err := Run(t.Context(), Options{Assessor: world, Workers: 4}, Selection{Comuni: comuni(12)})
		if err != nil || world.looks["000002"] != 1 || got.Tally.Findings[wordOf(freshRed)] != 1 {
			t.Errorf("%v, looked at %d times, %v", err, world.looks["000002"], got.Tally.Findings)
		}
	})
}
