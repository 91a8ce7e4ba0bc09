package nightly

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/assess"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

func TestARunKeepsEveryComuneAndCountsThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := &italy{reach: func(c registry.Comune, _ int) page.Reach {
			switch c.Istat {
			case "000003":
				return page.ReachNoURL
			case "000004":
				return page.ReachHTTP5xx
			}
			return page.ReachOK
		}}
		keep, list := &shelf{}, comuni(40)
		list = append(list, list[0]) // asked for twice
		o := must(t, t.Context(), Options{Assessor: world, Keeper: keep, Workers: 8, Version: "1.2.3"}, Selection{Comuni: list, Words: "provincia PG"})

		if len(keep.reaches(t)) != 40 || world.most != 8 {
			t.Errorf("%d comuni kept, %d at once", len(keep.reaches(t)), world.most)
		}
		want := Tally{
			Comuni: 40,
			Reach:  map[page.Reach]int{page.ReachOK: 38, page.ReachNoURL: 1, page.ReachHTTP5xx: 1},
			Findings: map[Word]int{
				{"https", finding.Pass, ""}: 38, {"https", finding.Unknown, "no_url_in_registry"}: 1, {"https", finding.Unknown, "http_5xx"}: 1,
			},
		}
		if d := cmp.Diff(want, o.Tally); d != "" {
			t.Error(d)
		}
		if o.Tally.Read() != 38 || o.Tally.Siteless() != 1 || o.Tally.Unreachable() != 1 {
			t.Errorf("denominators %d, %d, %d", o.Tally.Read(), o.Tally.Siteless(), o.Tally.Unreachable())
		}
		if ran, definite := o.Tally.Of("https"); ran != 40 || definite != 38 || o.Tally.Verdicts()[finding.Unknown] != 2 {
			t.Errorf("https was run on %d, definite on %d", ran, definite)
		}
		if d := cmp.Diff([]record.Run{o.Run}, keep.runs); d != "" {
			t.Error(d)
		}
		if o.Run.Done != 40 || o.Run.Ended.IsZero() || o.Run.Kind != record.Request || o.Run.Version != "1.2.3" || o.Run.Expected != 40 {
			t.Errorf("run %+v", o.Run)
		}
	})
}

func TestWhatARunAsksOfTheAssessor(t *testing.T) {
	for name, c := range map[string]struct {
		selection Selection
		want      assess.Request
	}{
		"a request follows the interests of every check": {Selection{}, assess.Request{Everything: true}},
		"a night spares the sites":                       {Selection{Kind: record.Night}, assess.Request{Night: "2000-01-01"}},
		"a night counts for its own date":                {Selection{Kind: record.Night, Night: "1999-12-31"}, assess.Request{Night: "1999-12-31"}},
		"checks are asked for by id":                     {Selection{Checks: []string{"spid", "cie", "cie"}}, assess.Request{Everything: true, Checks: []string{"spid", "cie", "cie"}}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				world := &italy{}
				c.selection.Comuni = comuni(1)
				o := must(t, t.Context(), Options{Assessor: world}, c.selection)
				c.want.Run = o.Run.ID
				if d := cmp.Diff([]assess.Request{c.want}, world.asked); d != "" {
					t.Error(d)
				}
			})
		})
	}
}

func TestSelectionsThatCannotBeRun(t *testing.T) {
	for name, s := range map[string]Selection{
		"nobody":                 {},
		"a request with a night": {Comuni: comuni(1), Night: "2026-11-05"},
		"a night that is none":   {Comuni: comuni(1), Kind: record.Night, Night: "yesterday"},
		"a night of one check":   {Comuni: comuni(1), Kind: record.Night, Checks: []string{"spid"}},
		"an unknown kind":        {Comuni: comuni(1), Kind: "weekly"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Run(t.Context(), Options{Assessor: &italy{}}, s); err == nil {
				t.Error("it ran")
			}
		})
	}
	if _, err := Run(t.Context(), Options{}, Selection{Comuni: comuni(1)}); err == nil {
		t.Error("it ran without an assessor")
	}
}

func TestTheWriterWaitsForFiftyOrASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keep := &shelf{}
		must(t, t.Context(), Options{Assessor: &italy{takes: 100 * time.Millisecond}, Keeper: keep, Workers: 10}, Selection{Comuni: comuni(125)})
		// 10 every tenth of a second: fifty before the second is over.
		if d := cmp.Diff([]int{50, 50, 25}, keep.batches); d != "" {
			t.Error(d)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		keep := &shelf{}
		begun := time.Now()
		must(t, t.Context(), Options{Assessor: &italy{takes: 300 * time.Millisecond}, Keeper: keep, Workers: 1}, Selection{Comuni: comuni(20)})
		for i, at := range keep.at {
			if oldest := begun.Add(300 * time.Millisecond * time.Duration(1+sum(keep.batches[:i]))); at.Sub(oldest) > time.Second {
				t.Errorf("batch %d was %v old", i, at.Sub(oldest))
			}
		}
		if len(keep.batches) != 5 {
			t.Errorf("batches of %v", keep.batches)
		}
	})
}

func sum(ns []int) (total int) {
	for _, n := range ns {
		total += n
	}
	return total
}

func TestCtrlCKeepsWhatWasMeasuredAndTheSameCommandGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, keep, list := &italy{}, &shelf{}, comuni(100)
		ctx, cancel := context.WithCancel(t.Context())
		watch := &diary{onDone: func(n int) {
			if n == 30 {
				cancel()
			}
		}}
		options := Options{Assessor: world, Keeper: keep, Workers: 4, Watcher: watch}
		first := must(t, ctx, options, Selection{Comuni: list})
		if !first.Interrupted || !first.Run.Ended.IsZero() || first.Tally.Comuni < 30 || first.Tally.Comuni > 34 || first.Left != 100-first.Tally.Comuni {
			t.Fatalf("interrupted %v, ended %v, %d done, %d left", first.Interrupted, first.Run.Ended, first.Tally.Comuni, first.Left)
		}
		if len(keep.reaches(t)) != first.Tally.Comuni {
			t.Errorf("%d kept, %d done", len(keep.kept), first.Tally.Comuni)
		}
		options.Watcher = &diary{}
		second := must(t, t.Context(), options, Selection{Comuni: list})
		if second.Run.ID != first.Run.ID || second.Resumed != first.Tally.Comuni || second.Tally.Comuni != 100 || second.Run.Ended.IsZero() {
			t.Errorf("run %s after %s, %d resumed, %d done", second.Run.ID, first.Run.ID, second.Resumed, second.Tally.Comuni)
		}
		if len(keep.reaches(t)) != 100 || len(keep.runs) != 1 || keep.runs[0].Done != 100 {
			t.Errorf("%d kept in %d runs", len(keep.kept), len(keep.runs))
		}
		third := must(t, t.Context(), options, Selection{Comuni: list})
		if third.Run.ID == first.Run.ID || third.Resumed != 0 {
			t.Error("a run that had ended went on")
		}
	})
}

func TestWhichRunIsGoneOnWith(t *testing.T) {
	list := comuni(20)
	cut := Selection{Comuni: list, Checks: []string{"cie", "spid"}}
	night := Selection{Comuni: list, Kind: record.Night}
	for name, c := range map[string]struct {
		cut, then Selection
		later     time.Duration
		same      bool
	}{
		"the same request":                          {cut: cut, then: cut, same: true},
		"checks in another order":                   {cut: cut, then: Selection{Comuni: list, Checks: []string{"spid", "cie"}}, same: true},
		"not with --again":                          {cut: cut, then: Selection{Comuni: list, Checks: cut.Checks, Again: true}},
		"not other checks":                          {cut: cut, then: Selection{Comuni: list}},
		"not other comuni":                          {cut: cut, then: Selection{Comuni: list[:19], Checks: cut.Checks}},
		"not the day after":                         {cut: cut, then: cut, later: 24 * time.Hour},
		"not a night for a request":                 {cut: Selection{Comuni: list}, then: night},
		"a night though the registry has grown":     {cut: night, then: Selection{Comuni: comuni(22), Kind: record.Night}, same: true},
		"not the next night":                        {cut: night, then: night, later: 24 * time.Hour},
		"a night past midnight, if asked by name":   {cut: night, then: Selection{Comuni: list, Kind: record.Night, Night: "2000-01-01"}, later: 24 * time.Hour, same: true},
		"not the night of another date, if by name": {cut: night, then: Selection{Comuni: list, Kind: record.Night, Night: "1999-12-31"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				keep := &shelf{}
				ctx, cancel := context.WithCancel(t.Context())
				o := Options{Assessor: &italy{}, Keeper: keep, Watcher: &diary{onDone: func(n int) {
					if n == 5 {
						cancel()
					}
				}}}
				first := must(t, ctx, o, c.cut)
				time.Sleep(c.later)
				o.Watcher = nil
				second := must(t, t.Context(), o, c.then)
				if same := second.Run.ID == first.Run.ID; same != c.same || (second.Resumed > 0) != c.same {
					t.Errorf("the same run: %v, %d resumed", same, second.Resumed)
				}
				if second.Left != 0 || second.Run.Ended.IsZero() || second.Run.Expected != len(c.then.Comuni) {
					t.Errorf("%d left, %d expected", second.Left, second.Run.Expected)
				}
			})
		})
	}
}

func TestANightIsDoneOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keep := &shelf{}
		do := func(n int, again bool) (Outcome, int) {
			looks := 0
			o := Options{Assessor: &italy{reach: func(registry.Comune, int) page.Reach { looks++; return page.ReachOK }}, Keeper: keep, Workers: 1}
			time.Sleep(time.Minute)
			return must(t, t.Context(), o, Selection{Comuni: comuni(n), Kind: record.Night, Again: again}), looks
		}
		first, _ := do(20, false)
		second, looks := do(20, false)
		if looks != 0 || second.Resumed != 20 || second.Tally.Comuni != 20 || !second.Run.Ended.Equal(first.Run.Ended) || len(keep.runs) != 1 {
			t.Errorf("done again: %d looks, %d resumed, run %+v after %+v", looks, second.Resumed, second.Run, first.Run)
		}
		grown, looks := do(22, false)
		if looks != 2 || grown.Run.ID != first.Run.ID || grown.Run.Done != 22 || !grown.Run.Ended.After(first.Run.Ended) {
			t.Errorf("what was added: %d looks, run %+v", looks, grown.Run)
		}
		if anew, looks := do(20, true); looks != 20 || anew.Run.ID == first.Run.ID {
			t.Errorf("anew: %d looks, run %+v", looks, anew.Run)
		}
	})
}

func TestLooksOfOtherRunsDoNotHideWhatWasMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keep := &shelf{}
		ctx, cancel := context.WithCancel(t.Context())
		o := Options{Assessor: &italy{}, Keeper: keep, Watcher: &diary{onDone: func(n int) {
			if n == 3 {
				cancel()
			}
		}}}
		first := must(t, ctx, o, Selection{Comuni: comuni(5), Kind: record.Night})
		for range 12 {
			must(t, t.Context(), Options{Assessor: &italy{}, Keeper: keep}, Selection{Comuni: comuni(1), Again: true})
		}
		second := must(t, t.Context(), Options{Assessor: &italy{}, Keeper: keep}, Selection{Comuni: comuni(5), Kind: record.Night})
		if second.Resumed != first.Tally.Comuni || second.Run.ID != first.Run.ID {
			t.Errorf("%d resumed of %d", second.Resumed, first.Tally.Comuni)
		}
	})
}

func TestAPanicCostsItsComune(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keep, watch := &shelf{}, &diary{}
		o := must(t, t.Context(), Options{Keeper: keep, Workers: 3, Watcher: watch, Assessor: &italy{reach: func(c registry.Comune, _ int) page.Reach {
			if c.Istat == "000007" {
				panic("a bad rule")
			}
			return page.ReachOK
		}}}, Selection{Comuni: comuni(20)})
		if o.Failed != 1 || o.Left != 0 || o.Run.Done != 19 || o.Run.Ended.IsZero() || len(keep.reaches(t)) != 19 {
			t.Errorf("%d failed, %d left, %d done", o.Failed, o.Left, o.Run.Done)
		}
		if d := cmp.Diff([]string{"planned 20, done 0", "failed 000007"}, watch.lines); d != "" {
			t.Error(d)
		}
	})
}

// refuses is an Assessor that returns an error.
type refuses struct{ err error }

func (r refuses) Assess(context.Context, registry.Comune, assess.Request) (record.Assessment, error) {
	return record.Assessment{}, r.err
}

func TestErrorsThatEndARun(t *testing.T) {
	full := errors.New("no space left on device")
	synctest.Test(t, func(t *testing.T) {
		world := &italy{}
		o, err := Run(t.Context(), Options{Assessor: world, Keeper: &shelf{refuse: full}, Workers: 2}, Selection{Comuni: comuni(200)})
		if !errors.Is(err, full) || !o.Run.Ended.IsZero() || len(world.asked) > 10 {
			t.Errorf("%v after %d comuni", err, len(world.asked))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		var unknown *assess.UnknownCheckError
		_, err := Run(t.Context(), Options{Assessor: refuses{&assess.UnknownCheckError{ID: "spidd"}}}, Selection{Comuni: comuni(20)})
		if !errors.As(err, &unknown) {
			t.Errorf("%v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) { // any other one costs its comune
		o, err := Run(t.Context(), Options{Assessor: refuses{errors.New("what")}, Keeper: &shelf{}}, Selection{Comuni: comuni(20)})
		if err != nil || o.Failed != 20 || o.Run.Ended.IsZero() {
			t.Errorf("%v, %d failed", err, o.Failed)
		}
	})
}

func TestCtrlCBeforeAnything(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	synctest.Test(t, func(t *testing.T) {
		world, keep := &italy{}, &shelf{}
		o := must(t, ctx, Options{Assessor: world, Keeper: keep, Workers: 4}, Selection{Comuni: comuni(30)})
		if !o.Interrupted || o.Nothing || o.Left != 30 || len(world.asked) != 0 || len(keep.runs) != 0 {
			t.Errorf("interrupted %v, %d left, %d looks, %d runs", o.Interrupted, o.Left, len(world.asked), len(keep.runs))
		}
	})
}

func TestARunThatWasCutOffAtItsVeryEndIsOnlyClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keep := &shelf{}
		first := must(t, t.Context(), Options{Assessor: &italy{}, Keeper: keep}, Selection{Comuni: comuni(20)})
		keep.runs[0].Ended, keep.runs[0].Done = time.Time{}, 0 // kill -9 before the run was closed
		world := &italy{}
		second := must(t, t.Context(), Options{Assessor: world, Keeper: keep}, Selection{Comuni: comuni(20)})
		if second.Run.ID != first.Run.ID || len(world.asked) != 0 || keep.runs[0].Done != 20 || keep.runs[0].Ended.IsZero() {
			t.Errorf("%d looks, run %+v", len(world.asked), keep.runs[0])
		}
	})
}

func TestWhatWasMeasuredWithoutANetworkIsKeptOnCtrlC(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5500*time.Millisecond)
		defer cancel()
		keep := &shelf{}
		o := must(t, ctx, Options{Assessor: always(page.ReachNoURL), Keeper: keep}, Selection{Comuni: comuni(20)})
		if !o.Interrupted || o.Tally.Comuni != 5 || len(keep.reaches(t)) != 5 {
			t.Errorf("%d kept of %d", len(keep.kept), o.Tally.Comuni)
		}
	})
}

func TestAStoreThatHangsIsNotWaitedForAfterCtrlC(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		begun := time.Now()
		_, err := Run(ctx, Options{Assessor: &italy{}, Keeper: &shelf{slow: time.Hour}, Workers: 4}, Selection{Comuni: comuni(50)})
		if took := time.Since(begun); err == nil || took > 10*time.Second+grace {
			t.Errorf("%v after %v", err, took)
		}
	})
}
