package nightly

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// always is a world of one reach.
func always(r page.Reach) *italy {
	return &italy{reach: func(registry.Comune, int) page.Reach { return r }}
}

// except is a world where the first n comuni end in r, and the others are well.
func except(n int, r page.Reach) *italy {
	list := comuni(n)
	return &italy{reach: func(c registry.Comune, _ int) page.Reach {
		if c.Istat <= list[n-1].Istat {
			return r
		}
		return page.ReachOK
	}}
}

func TestWhoseNetworkIsToBlame(t *testing.T) {
	type want struct {
		Kept, Left, Unkept int
		Nothing            bool
		Why                string
		Runs               int
	}
	const cut = "no name server answers"
	for name, c := range map[string]struct {
		world   *italy
		n       int
		offline string
		want    want
	}{
		"a site that is gone while we are here is gone":           {always(page.ReachNXDomain), 1, "", want{Kept: 1, Runs: 1}},
		"without a network nobody is measured":                    {always(page.ReachNXDomain), 1, cut, want{Left: 1, Unkept: 1, Nothing: true, Why: cut, Runs: 0}},
		"nor are many":                                            {always(page.ReachDNSTimeout), 300, cut, want{Left: 300, Unkept: few, Nothing: true, Why: cut, Runs: 0}},
		"nobody answers, and it is not our network":               {always(page.ReachServFail), 300, "", want{Kept: 300, Runs: 1}},
		"an error of ours alone measures nobody":                  {always(page.ReachOurFault), 2, "", want{Left: 2, Unkept: 2, Nothing: true, Why: "it ended in our_fault", Runs: 0}},
		"nor does it for many":                                    {always(page.ReachOurFault), 40, "", want{Left: 40, Unkept: few, Nothing: true, Why: "it ended in our_fault", Runs: 0}},
		"a row without a site needs no network":                   {always(page.ReachNoURL), 3, cut, want{Kept: 3, Runs: 1}},
		"but is no ground for a run where nothing else is seen":   {mixed(page.ReachNoURL, page.ReachNXDomain), 4, cut, want{Left: 4, Unkept: 4, Nothing: true, Why: cut, Runs: 0}},
		"a site that answers with an error has answered":          {always(page.ReachHTTP5xx), 3, cut, want{Kept: 3, Runs: 1}},
		"what was seen before our network went is kept":           {mixed(page.ReachOK, page.ReachDNSTimeout), 4, cut, want{Kept: 2, Left: 2, Why: cut, Runs: 1}},
		"a few of many that are gone are gone":                    {except(5, page.ReachNXDomain), 100, "", want{Kept: 100, Runs: 1}},
		"a few of many are left where our network fails just now": {except(5, page.ReachNXDomain), 100, cut, want{Kept: 95, Left: 5, Why: cut, Runs: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				keep := &shelf{}
				o := must(t, t.Context(), Options{
					Assessor: c.world, Keeper: keep, Workers: 4, Offline: func(context.Context) string { return c.offline },
				}, Selection{Comuni: comuni(c.n)})
				got := want{len(keep.reaches(t)), o.Left, len(o.Unkept), o.Nothing, o.Why, len(keep.runs)}
				if d := cmp.Diff(c.want, got); d != "" {
					t.Error(d)
				}
				if o.Run.Ended.IsZero() != (o.Left > 0) {
					t.Errorf("%d left, and the run ended at %v", o.Left, o.Run.Ended)
				}
			})
		})
	}
}

// mixed is a world where every other comune ends in the one or the other.
func mixed(odd, even page.Reach) *italy {
	return &italy{reach: func(c registry.Comune, _ int) page.Reach {
		if c.Istat[5]%2 == 1 {
			return odd
		}
		return even
	}}
}

// outage is a world whose network fails from one moment to another after the
// beginning.
type outage struct {
	began    time.Time
	from, to time.Duration
	as       page.Reach
}

func (o outage) dark() bool {
	now := time.Since(o.began)
	return now >= o.from && now < o.to
}

func (o outage) reach(registry.Comune, int) page.Reach {
	if o.dark() {
		return o.as
	}
	return page.ReachOK
}

func (o outage) offline(context.Context) string {
	if o.dark() {
		return "no name server answers"
	}
	return ""
}

func TestAnOutageOfOursMakesNobodyUnreachable(t *testing.T) {
	for name, c := range map[string]struct {
		outage
		kind     record.RunKind
		patience time.Duration
		left     bool
		waited   bool
	}{
		"a minute in the middle":                  {outage{from: time.Minute, to: 2 * time.Minute, as: page.ReachDNSTimeout}, record.Request, 0, true, false},
		"a minute in the middle, with patience":   {outage{from: time.Minute, to: 2 * time.Minute, as: page.ReachDNSTimeout}, record.Night, time.Hour, false, true},
		"five seconds that nobody asks about":     {outage{from: 90 * time.Second, to: 95 * time.Second, as: page.ReachServFail}, record.Request, 0, false, false},
		"a request with patience":                 {outage{from: time.Minute, to: 2 * time.Minute, as: page.ReachDNSTimeout}, record.Request, time.Hour, false, true},
		"from the beginning":                      {outage{to: 5 * time.Minute, as: page.ReachOurFault}, record.Night, time.Hour, false, true},
		"at the end":                              {outage{from: 240 * time.Second, to: time.Hour, as: page.ReachNXDomain}, record.Night, 2 * time.Hour, false, true},
		"longer than there is patience":           {outage{from: 2 * time.Minute, to: 100 * time.Hour, as: page.ReachNXDomain}, record.Night, time.Hour, true, true},
		"at night, connections that lead nowhere": {outage{from: time.Minute, to: 3 * time.Minute, as: page.ReachConnTimeout}, record.Night, time.Hour, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.began = time.Now()
				world, keep, watch := &italy{reach: c.reach}, &shelf{}, &diary{}
				o := must(t, t.Context(), Options{
					Assessor: world, Keeper: keep, Workers: 4, Watcher: watch, Offline: c.offline, Patience: c.patience,
				}, Selection{Comuni: comuni(1_000), Kind: c.kind})
				for istat, r := range keep.reaches(t) {
					if r != page.ReachOK {
						t.Errorf("%s is %s", istat, r)
					}
				}
				if (o.Left > 0) != c.left || o.Left+len(keep.kept) != 1_000 || (o.Why != "") != c.left {
					t.Errorf("%d left, %d kept, for %q", o.Left, len(keep.kept), o.Why)
				}
				if waited := len(watch.lines) > 1; waited != (c.waited || c.left) {
					t.Errorf("%q", watch.lines)
				}
				if most := 1_000 + 60; !c.left && len(world.asked) > most+int(40*c.to.Seconds()) {
					t.Errorf("%d looks at 1000 comuni", len(world.asked))
				}
			})
		})
	}
}

func TestASiteThatIsGoneIsLookedAtTwiceInALongRunAlone(t *testing.T) {
	for n, want := range map[int]int{1: 1, few: 1, few + 1: 2, 500: 2} {
		synctest.Test(t, func(t *testing.T) {
			world := except(1, page.ReachNXDomain)
			must(t, t.Context(), Options{Assessor: world, Workers: 4}, Selection{Comuni: comuni(n)})
			if got := world.looks["000001"]; got != want {
				t.Errorf("of %d comuni it was looked at %d times, want %d", n, got, want)
			}
		})
	}
}

func TestTheSecondLookIsTheOneThatCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keep := &shelf{}
		must(t, t.Context(), Options{Keeper: keep, Workers: 4, Assessor: &italy{reach: func(c registry.Comune, look int) page.Reach {
			switch {
			case c.Istat == "000002" && look == 1:
				return page.ReachServFail
			case c.Istat == "000003":
				return page.ReachNXDomain
			}
			return page.ReachOK
		}}}, Selection{Comuni: comuni(30)})
		got := keep.reaches(t)
		if got["000002"] != page.ReachOK || got["000003"] != page.ReachNXDomain {
			t.Errorf("%s, %s", got["000002"], got["000003"])
		}
	})
}

func TestTheQuestionIsAskedAtOnceAndEndsWithTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func(ctx context.Context) string {
			if !pause(ctx, 4*time.Second) {
				return "stopped"
			}
			return "no name server answers"
		}
		begun := time.Now()
		o := must(t, t.Context(), Options{Assessor: &italy{takes: 6 * time.Second, reach: always(page.ReachDNSTimeout).reach}, Offline: slow}, Selection{Comuni: comuni(1)})
		if took := time.Since(begun); !o.Nothing || took != 6*time.Second {
			t.Errorf("nothing: %v, after %v", o.Nothing, took)
		}
		begun = time.Now()
		must(t, t.Context(), Options{Assessor: &italy{}, Offline: slow}, Selection{Comuni: comuni(1)})
		if took := time.Since(begun); took != time.Second {
			t.Errorf("a run that went well waited for the question: %v", took)
		}
	})
}

func TestARequestThatFindsNoNetworkSaysSoAtOnce(t *testing.T) {
	for _, n := range []int{1, few, 50, 2_000} {
		synctest.Test(t, func(t *testing.T) {
			begun := time.Now()
			o := must(t, t.Context(), Options{
				Assessor: always(page.ReachOurFault), Workers: 64, Patience: time.Hour, Offline: func(context.Context) string { return "no network" },
			}, Selection{Comuni: comuni(n)})
			if took := time.Since(begun); !o.Nothing || took > 2*time.Second {
				t.Errorf("of %d comuni: nothing %v, after %v", n, o.Nothing, took)
			}
		})
	}
}

func TestCtrlCWhileWaitingForOurNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, keep := outage{began: time.Now(), from: time.Minute, to: 5 * time.Hour, as: page.ReachServFail}, &shelf{}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
		defer cancel()
		o := must(t, ctx, Options{
			Assessor: &italy{reach: world.reach}, Keeper: keep, Workers: 4, Offline: world.offline, Patience: 10 * time.Hour,
		}, Selection{Comuni: comuni(1_000), Kind: record.Night})
		if took := time.Since(world.began); !o.Interrupted || took != 20*time.Minute || o.Tally.Comuni != len(keep.reaches(t)) || o.Tally.Comuni < 200 {
			t.Errorf("%v: %d kept after %v", o.Interrupted, len(keep.kept), took)
		}
	})
}

func TestTheWindowForgets(t *testing.T) {
	var w window
	for range windowSize {
		w.see(page.ReachNXDomain, true)
	}
	if !w.dark() {
		t.Error("all were doubtful")
	}
	for range windowSize {
		w.see(page.ReachNoURL, false)
	}
	if !w.dark() {
		t.Error("a comune without a site says nothing of the network")
	}
	for range windowSize - windowDark + 1 {
		w.see(page.ReachOK, false)
	}
	if w.dark() {
		t.Error("some answer")
	}
}
