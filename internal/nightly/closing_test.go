package nightly

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/assess"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// hasty is an italy of which some sites answer only those who wait.
type hasty struct {
	italy
	slow map[string]bool // by ISTAT code
}

func (w *hasty) Assess(ctx context.Context, c registry.Comune, r assess.Request) (record.Assessment, error) {
	a, err := w.italy.Assess(ctx, c, r)
	if r.Brisk && w.slow[c.Istat] {
		a.Visit.Reach, a.Visit.Hurried = page.ReachTooSlow, true
	}
	return a, err
}

func TestAManyAreLookedAtBrisklyAtFirst(t *testing.T) {
	for _, c := range []struct {
		name  string
		n     int
		kind  record.RunKind
		brisk bool
	}{
		{"one", 1, record.Request, false},
		{"a province", many, record.Request, false},
		{"a region", many + 1, record.Request, true},
		{"a night of a few", few, record.Night, false},
		{"a night", 200, record.Night, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				world, keep := &hasty{slow: map[string]bool{"000001": true}}, &shelf{}
				o := must(t, t.Context(), Options{Assessor: world, Keeper: keep, Workers: 4}, Selection{Comuni: comuni(c.n), Kind: c.kind})
				if got := keep.reaches(t)["000001"]; got != page.ReachOK || o.Left > 0 {
					t.Errorf("a slow site is %s", got)
				}
				looks := 1
				if c.brisk {
					looks = 2
				}
				if got := world.looks["000001"]; got != looks {
					t.Errorf("it was looked at %d times, want %d", got, looks)
				}
				for i, r := range world.asked {
					if r.Brisk != (c.brisk && i < c.n) {
						t.Errorf("look %d of %d comuni: brisk %v", i+1, c.n, r.Brisk)
					}
				}
			})
		})
	}
}

// lateNight is a night of a hundred comuni with a last look an hour later.
func lateNight(t *testing.T, ctx context.Context, world Assessor, keep *shelf, o Options) Outcome {
	t.Helper()
	o.Assessor, o.Keeper, o.Workers, o.LastLook = world, keep, 4, time.Hour
	return must(t, ctx, o, Selection{Comuni: comuni(100), Kind: record.Night})
}

// stored are the reaches kept of a comune, oldest first.
func (s *shelf) stored(istat string) (out []page.Reach) {
	for _, a := range s.kept {
		if a.Comune.Istat == istat {
			out = append(out, a.Visit.Reach)
		}
	}
	return out
}

func TestWhatIsGoneForTheMomentIsLookedAtOnceMore(t *testing.T) {
	for _, c := range []struct {
		name  string
		looks []page.Reach // of the first comune
		kept  []page.Reach
	}{
		{"it is back", []page.Reach{page.ReachConnTimeout, page.ReachConnTimeout, page.ReachOK}, []page.Reach{page.ReachConnTimeout, page.ReachOK}},
		{"an error passed", []page.Reach{page.ReachHTTP5xx, page.ReachOK}, []page.Reach{page.ReachHTTP5xx, page.ReachOK}},
		{"it is still gone", []page.Reach{page.ReachConnTimeout, page.ReachConnTimeout, page.ReachConnTimeout}, []page.Reach{page.ReachConnTimeout}},
		{"it is gone in another way", []page.Reach{page.ReachConnTimeout, page.ReachConnTimeout, page.ReachConnRefused}, []page.Reach{page.ReachConnTimeout}},
		{"it has another error", []page.Reach{page.ReachHTTP5xx, page.ReachMaintenance}, []page.Reach{page.ReachHTTP5xx, page.ReachMaintenance}},
		{"its certificate is bad, seen but once", []page.Reach{page.ReachHTTP5xx, page.ReachTLSWrongName}, []page.Reach{page.ReachHTTP5xx}},
		{"we failed", []page.Reach{page.ReachConnTimeout, page.ReachConnTimeout, page.ReachOurFault}, []page.Reach{page.ReachConnTimeout}},
		{"its name does not exist", []page.Reach{page.ReachNXDomain, page.ReachNXDomain}, []page.Reach{page.ReachNXDomain}},
		{"its certificate has expired", []page.Reach{page.ReachTLSExpired, page.ReachTLSExpired}, []page.Reach{page.ReachTLSExpired}},
		{"it is there", []page.Reach{page.ReachOK}, []page.Reach{page.ReachOK}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				world, keep := &italy{reach: func(x registry.Comune, look int) page.Reach {
					if x.Istat == "000001" {
						return c.looks[look-1]
					}
					return page.ReachOK
				}}, &shelf{}
				o := lateNight(t, t.Context(), world, keep, Options{})
				if got := keep.stored("000001"); !slices.Equal(got, c.kept) || world.looks["000001"] != len(c.looks) {
					t.Errorf("kept %v after %d looks, want %v after %d", got, world.looks["000001"], c.kept, len(c.looks))
				}
				if o.Tally.Comuni != 100 || o.Tally.Reach[c.kept[len(c.kept)-1]] == 0 || o.Left > 0 || o.Run.Ended.IsZero() {
					t.Errorf("%+v", o)
				}
				if waited := time.Since(began) > time.Hour; waited != momentary(c.kept[0]) {
					t.Errorf("the night took %v", time.Since(began))
				}
			})
		})
	}
}

func TestANightThatIsStoppedBeforeItsLastLookIsWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, keep := except(3, page.ReachConnTimeout), &shelf{}
		ctx, stop := context.WithTimeout(t.Context(), 30*time.Minute)
		defer stop()
		o := lateNight(t, ctx, world, keep, Options{})
		if o.Left > 0 || o.Interrupted || o.Run.Ended.IsZero() || len(keep.kept) != 100 || len(world.asked) != 103 {
			t.Errorf("%+v, %d kept, %d looks", o, len(keep.kept), len(world.asked))
		}
	})
}

func TestALastLookThroughANetworkThatIsGoneCountsForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		world, keep := &italy{reach: func(x registry.Comune, look int) page.Reach {
			switch {
			case x.Istat != "000001":
				return page.ReachOK
			case look < 3:
				return page.ReachConnTimeout
			}
			return page.ReachDNSTimeout
		}}, &shelf{}
		o := lateNight(t, t.Context(), world, keep, Options{Offline: func(context.Context) string {
			if time.Since(began) > time.Hour {
				return "no name server answers"
			}
			return ""
		}})
		if got := keep.stored("000001"); !slices.Equal(got, []page.Reach{page.ReachConnTimeout}) || o.Run.Ended.IsZero() {
			t.Errorf("kept %v; %+v", got, o)
		}
	})
}

func TestAnOutageWithinTheLastLookChangesNobody(t *testing.T) {
	for _, c := range []struct {
		name     string
		from, to time.Duration // since the last look began
		as       page.Reach
		plain    bool // it answers over plain http
	}{
		{"a name server that denies every name", 10 * time.Second, time.Minute, page.ReachNXDomain, false},
		{"a portal with its own certificate", 10 * time.Second, time.Minute, page.ReachTLSWrongName, false},
		{"a portal with its own page", 10 * time.Second, time.Minute, page.ReachOK, true},
		{"for a moment between two questions", 3 * time.Second, 5 * time.Second, page.ReachTLSExpired, false},
		{"a page of its own for a moment", 3 * time.Second, 5 * time.Second, page.ReachOK, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, keep := time.Now(), &shelf{}
				var closing time.Time
				dark := func() bool {
					if time.Since(began) > time.Hour && closing.IsZero() {
						closing = time.Now()
					}
					since := time.Since(closing)
					return !closing.IsZero() && since >= c.from && since < c.to
				}
				world := &walled{shut: func(registry.Comune) bool { return c.plain && dark() }, as: c.as}
				world.reach = func(x registry.Comune, _ int) page.Reach {
					switch {
					case !c.plain && dark():
						return c.as
					case x.Istat <= "000300":
						return page.ReachHTTP5xx // a hoster that is being mended
					}
					return page.ReachOK
				}
				o := must(t, t.Context(), Options{
					Assessor: world, Keeper: keep, Workers: 4, LastLook: time.Hour, Silent: func(context.Context, []string) string {
						if dark() {
							return "no site answers"
						}
						return ""
					},
				}, Selection{Comuni: comuni(1_000), Kind: record.Night})
				if o.Tally.Reach[page.ReachHTTP5xx] != 300 || len(keep.kept) != 1_000 || o.Run.Ended.IsZero() || closing.IsZero() {
					t.Errorf("%v; %d kept", o.Tally.Reach, len(keep.kept))
				}
			})
		})
	}
}

func TestARequestHasNoLastLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := except(3, page.ReachConnTimeout)
		began := time.Now()
		must(t, t.Context(), Options{Assessor: world, Workers: 4, LastLook: time.Hour}, Selection{Comuni: comuni(100)})
		if len(world.asked) != 100 || time.Since(began) > time.Hour {
			t.Errorf("%d looks in %v", len(world.asked), time.Since(began))
		}
	})
}
