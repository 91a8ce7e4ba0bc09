// Package storetest holds the one suite that every store is run against, and
// invented assessments to fill a store with.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
)

// Run holds a store to what package store says. open makes an empty one; the
// suite closes it.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for name, test := range map[string]func(*testing.T, store.Store){
		"an empty store has nothing to show":                    testEmpty,
		"a run is begun once and goes on where it stopped":      testRuns,
		"what cannot be kept is refused, and its batch with it": testRefusals,
		"a repetition keeps its own times":                      testRepetition,
		"a night is replaced, a request replaces nothing":       testNights,
		"queries narrow":                                 testQueries,
		"changes are told by time":                       testChanges,
		"hostile strings come back as text":              testHostile,
		"a consumer may write while it reads":            testWriteWhileReading,
		"an ended context ends the work":                 testContext,
		"readers and a writer do not disturb each other": testConcurrent,
		"a closed store says so":                         testClosed,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			defer s.Close()
			test(t, s)
		})
	}
	t.Run("it is a store like the model", func(t *testing.T) { testAgainstModel(t, open) })
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// begun begins a run and returns its id.
func begun(t testing.TB, s store.Store, id string, kind record.RunKind, at time.Time) string {
	t.Helper()
	must(t, s.Begin(context.Background(), RunOf(id, kind, at)))
	return id
}

// hours after Dawn.
func hours(n int) time.Time { return Dawn.Add(time.Duration(n) * time.Hour) }

func history(t testing.TB, s store.Store, istat string) []record.Assessment {
	t.Helper()
	as, err := s.History(context.Background(), istat, 0)
	must(t, err)
	return as
}

func latest(t testing.TB, s store.Store, q store.Query) []record.Latest {
	t.Helper()
	ls, err := collect(s.Latest(context.Background(), q))
	must(t, err)
	return ls
}

func testEmpty(t *testing.T, s store.Store) {
	ctx := context.Background()
	runs, err := s.Runs(ctx, "", 0)
	must(t, err)
	changes, err := collect(s.Changes(ctx, time.Time{}, time.Time{}, store.Query{}))
	must(t, err)
	n := len(runs) + len(changes) + len(history(t, s, "990001")) + len(latest(t, s, store.Query{})) + len(latest(t, s, store.Query{Brief: true, Istat: []string{"990001"}}))
	if n != 0 {
		t.Errorf("%d things in an empty store", n)
	}
	must(t, s.Append(ctx))
}

func testRuns(t *testing.T, s store.Store) {
	ctx := context.Background()
	first := RunOf("first", record.Night, Dawn)
	must(t, s.Begin(ctx, first))
	begun(t, s, "second", record.Request, hours(8))
	must(t, s.Finish(ctx, "first", hours(5), 7))
	first.Expected = 9
	must(t, s.Begin(ctx, first))
	var wrong *store.RunError
	if err := s.Begin(ctx, RunOf("first", record.Request, Dawn)); !errors.As(err, &wrong) {
		t.Errorf("another run of the same id: %v", err)
	}
	if err := s.Finish(ctx, "third", Dawn, 0); !errors.As(err, &wrong) || wrong.ID != "third" {
		t.Errorf("finishing a run that was not begun: %v", err)
	}
	got, err := s.Runs(ctx, "", 0)
	must(t, err)
	first.Night, first.Done = "2026-11-22", 7
	if d := cmp.Diff([]record.Run{RunOf("second", record.Request, hours(8)), first}, got); d != "" {
		t.Error(d)
	}
	for kind, want := range map[record.RunKind]string{"": "second", record.Request: "second", record.Night: "first"} {
		if got, err := s.Runs(ctx, kind, 1); err != nil || len(got) != 1 || got[0].ID != want {
			t.Errorf("the newest run of kind %q: %v, %v", kind, got, err)
		}
	}
}

func testRefusals(t *testing.T, s store.Store) {
	ctx := context.Background()
	run := begun(t, s, "run", record.Request, Dawn)
	good := Assessment(0, 0, run, Dawn)
	var invalid *store.InvalidError
	var unknown *store.RunError
	for name, tt := range map[string]struct {
		change func(*record.Assessment)
		want   any
	}{
		"a code that is no ISTAT code":    {func(a *record.Assessment) { a.Comune.Istat = "54051" }, &invalid},
		"a code with letters":             {func(a *record.Assessment) { a.Comune.Istat = "05405x" }, &invalid},
		"no start":                        {func(a *record.Assessment) { a.Started = time.Time{} }, &invalid},
		"a check without an id":           {func(a *record.Assessment) { a.Findings[0].Check = "" }, &invalid},
		"a check id with a NUL":           {func(a *record.Assessment) { a.Findings[0].Check = "a\x00b" }, &invalid},
		"a run that was not begun":        {func(a *record.Assessment) { a.Run = "other" }, &unknown},
		"a start that no key could order": {func(a *record.Assessment) { a.Started = time.Date(12_000, 1, 1, 0, 0, 0, 0, time.UTC) }, &invalid},
	} {
		bad := Assessment(1, 0, run, Dawn)
		tt.change(&bad)
		if err := s.Append(ctx, good, bad); err == nil || !errors.As(err, tt.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for name, r := range map[string]record.Run{
		"no id":                RunOf("", record.Night, Dawn),
		"an id with a space":   RunOf("a b", record.Night, Dawn),
		"no kind":              RunOf("x", "", Dawn),
		"no start":             RunOf("x", record.Night, time.Time{}),
		"a night that is none": {ID: "x", Kind: record.Night, Night: "tonight", Started: Dawn},
	} {
		if err := s.Begin(ctx, r); !errors.As(err, &invalid) {
			t.Errorf("run with %s: got %v", name, err)
		}
	}
	if _, err := s.History(ctx, "x", 0); !errors.As(err, &invalid) {
		t.Errorf("history of no code: %v", err)
	}
	if n := len(latest(t, s, store.Query{})) + len(history(t, s, "990001")); n != 0 {
		t.Errorf("a batch that was refused left %d things", n)
	}
}

func testRepetition(t *testing.T, s store.Store) {
	run := begun(t, s, "run", record.Request, Dawn)
	want := []record.Assessment{Assessment(0, 1, run, hours(72)), Assessment(0, 0, run, hours(48)), Assessment(0, 0, run, hours(24)), Assessment(0, 0, run, Dawn)}
	for i := len(want) - 1; i >= 0; i-- {
		must(t, s.Append(context.Background(), want[i]))
	}
	got := history(t, s, "990001")
	if d := cmp.Diff(want, got, sameButMeasures); d != "" {
		t.Error(d)
	}
	for _, i := range []int{0, 3} { // those that said something new are kept to the letter
		if d := cmp.Diff(want[i], got[i]); d != "" {
			t.Errorf("assessment %d:\n%s", i, d)
		}
	}
	if d := cmp.Diff(want[0].Visit, latest(t, s, store.Query{})[0].Visit); d != "" {
		t.Errorf("the latest visit is not the newest to the letter:\n%s", d)
	}
}

func testNights(t *testing.T, s store.Store) {
	ctx := context.Background()
	night := begun(t, s, "night", record.Night, Dawn)
	again := begun(t, s, "again", record.Night, hours(12))
	next := begun(t, s, "next", record.Night, hours(24))
	request := begun(t, s, "request", record.Request, hours(6))
	must(t, s.Append(ctx, Assessment(0, 0, night, hours(1)), Assessment(1, 0, night, hours(1))))
	must(t, s.Append(ctx, Assessment(0, 0, request, hours(7))))
	must(t, s.Append(ctx, Assessment(0, 0, next, hours(25))))
	must(t, s.Append(ctx, Assessment(0, 1, again, hours(13))))
	// The night's first look, which the others repeated, is gone; they are not.
	want := []record.Assessment{Assessment(0, 0, next, hours(25)), Assessment(0, 1, again, hours(13)), Assessment(0, 0, request, hours(7))}
	if d := cmp.Diff(want, history(t, s, "990001"), sameButMeasures); d != "" {
		t.Error(d)
	}
	if got := history(t, s, "990002"); len(got) != 1 || got[0].Run != night {
		t.Errorf("the other comune's night: %d assessments", len(got))
	}
	if l := latest(t, s, store.Query{Istat: []string{"990001"}})[0]; l.Run != next {
		t.Errorf("the latest is of %s", l.Run)
	}
}

func testQueries(t *testing.T, s store.Store) {
	run := begun(t, s, "run", record.Request, Dawn)
	var as []record.Assessment
	for i := range 150 {
		a := Small(i, i, run, Dawn)
		a.Findings = a.Findings[:3]
		as = append(as, a)
	}
	must(t, s.Append(context.Background(), as...))
	for _, tt := range []struct {
		name            string
		q               store.Query
		comuni, perEach int
	}{
		{"everything", store.Query{}, 150, 3},
		{"a province", store.Query{Province: "PG"}, 30, 3},
		{"a region of two provinces", store.Query{Region: "Umbria"}, 60, 3},
		{"a region with other letters", store.Query{Region: "Trentino-Alto Adige/Südtirol"}, 30, 3},
		{"a province of another region", store.Query{Region: "Umbria", Province: "LE"}, 0, 0},
		{"some comuni", store.Query{Istat: []string{"990007", "990002", "990002", "000001"}}, 2, 3},
		{"no comune", store.Query{Istat: []string{}}, 0, 0},
		{"one check", store.Query{Checks: CheckIDs[1:2]}, 150, 1},
		{"one check of a province", store.Query{Checks: []string{CheckIDs[0], "none"}, Province: "NA"}, 30, 1},
	} {
		for _, brief := range []bool{false, true} {
			tt.q.Brief = brief
			got := latest(t, s, tt.q)
			if len(got) != tt.comuni {
				t.Errorf("%s (brief %t): %d comuni, want %d", tt.name, brief, len(got), tt.comuni)
			}
			for i, l := range got {
				if len(l.Standings) != tt.perEach || i > 0 && got[i-1].Comune.Istat >= l.Comune.Istat {
					t.Fatalf("%s: %s has %d standings, want %d; or it is out of order", tt.name, l.Comune.Istat, len(l.Standings), tt.perEach)
				}
			}
		}
	}
}

func testChanges(t *testing.T, s store.Store) {
	ctx := context.Background()
	run := begun(t, s, "run", record.Request, Dawn)
	look := func(i, at int, v finding.Verdict) record.Assessment {
		a := Assessment(i, 0, run, hours(at))
		a.Facts, a.Findings = nil, []finding.Finding{{Check: "rtd", Verdict: v}, {Check: "spid", Verdict: v}}
		return a
	}
	must(t, s.Append(ctx, look(1, 0, finding.Pass), look(0, 0, finding.Pass), look(0, 24, finding.Unknown), look(0, 48, finding.Fail)))
	must(t, s.Append(ctx, look(1, 48, finding.Fail), look(1, 72, finding.Pass)))
	for _, tt := range []struct {
		name     string
		from, to time.Time
		q        store.Query
		want     string
	}{
		{"all", time.Time{}, time.Time{}, store.Query{}, "48 990001 rtd, 48 990001 spid, 48 990002 rtd, 48 990002 spid, 72 990002 rtd, 72 990002 spid"},
		{"from its very moment", hours(72), time.Time{}, store.Query{}, "72 990002 rtd, 72 990002 spid"},
		{"up to but not at", Dawn, hours(72), store.Query{Checks: []string{"rtd"}}, "48 990001 rtd, 48 990002 rtd"},
		{"a comune", Dawn, hours(100), store.Query{Istat: []string{"990001"}}, "48 990001 rtd, 48 990001 spid"},
		{"a province", Dawn, hours(100), store.Query{Province: "TR", Checks: []string{"spid"}}, "48 990002 spid, 72 990002 spid"},
		{"a span that ends before it starts", hours(72), hours(48), store.Query{}, ""},
	} {
		changes, err := collect(s.Changes(ctx, tt.from, tt.to, tt.q))
		must(t, err)
		var got []string
		for _, c := range changes {
			got = append(got, fmt.Sprintf("%.0f %s %s", c.At.Sub(Dawn).Hours(), c.Istat, c.Check))
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, strings.Join(got, ", "), tt.want)
		}
	}
}

func testHostile(t *testing.T, s store.Store) {
	run := begun(t, s, "run", record.Request, Dawn)
	a := Assessment(0, 0, run, Dawn)
	a.Comune.Region = strings.Repeat("è", 200)
	a.Findings = a.Findings[:1]
	a.Findings[0].Verdict = finding.Fail
	a.Findings[0].Value = "a\x00<script>\"\u202e\n" + strings.Repeat("x", 5_000)
	a.Findings[0].Evidence = []finding.Fact{{Snippet: "broken \xff\xfe"}}
	a.Facts = make([]finding.Fact, 5_000)
	a.Visit.Fetches = []page.Fetch{{URL: strings.Repeat("è", 5_000)}}
	must(t, s.Append(context.Background(), a))
	want := record.Usual().Bound(a)
	if d := cmp.Diff([]record.Assessment{want}, history(t, s, "990001")); d != "" {
		t.Error(d)
	}
	if got := latest(t, s, store.Query{Brief: true})[0].Standings[0].Finding.Value; got != want.Findings[0].Value {
		t.Errorf("got value %q", got)
	}
}

func testWriteWhileReading(t *testing.T, s store.Store) {
	ctx := context.Background()
	run := begun(t, s, "run", record.Request, Dawn)
	for i := range 100 {
		must(t, s.Append(ctx, Small(i, 0, run, Dawn)))
	}
	n := 0
	for l, err := range s.Latest(ctx, store.Query{Brief: true}) {
		must(t, err)
		must(t, s.Append(ctx, Small(n, 1, run, hours(1))))
		if n++; n == 80 {
			break
		}
		if l.Comune.Istat != Comune(n-1).Istat {
			t.Fatalf("comune %d is %s", n-1, l.Comune.Istat)
		}
	}
}

func testContext(t *testing.T, s store.Store) {
	run := begun(t, s, "run", record.Request, Dawn)
	ctx, cancel := context.WithCancel(context.Background())
	must(t, s.Append(ctx, Assessment(0, 0, run, Dawn)))
	cancel()
	_, latest := collect(s.Latest(ctx, store.Query{}))
	_, changes := collect(s.Changes(ctx, Dawn, hours(1), store.Query{}))
	_, history := s.History(ctx, "990001", 0)
	_, runs := s.Runs(ctx, "", 0)
	for name, err := range map[string]error{
		"Begin": s.Begin(ctx, RunOf("x", record.Night, Dawn)), "Append": s.Append(ctx, Assessment(1, 0, run, Dawn)),
		"Finish": s.Finish(ctx, run, Dawn, 1), "Latest": latest, "Changes": changes, "History": history, "Runs": runs,
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func testConcurrent(t *testing.T, s store.Store) {
	ctx := context.Background()
	run := begun(t, s, "run", record.Request, Dawn)
	const comuni, rounds = 20, 6
	round := func(n int) (as []record.Assessment) {
		for i := range comuni {
			as = append(as, Small(i, n, run, hours(n)))
		}
		return as
	}
	must(t, s.Append(ctx, round(0)...))
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				ls, err := collect(s.Latest(ctx, store.Query{Brief: true}))
				if err != nil || len(ls) != comuni {
					t.Errorf("%d comuni, %v", len(ls), err)
				}
				for _, l := range ls {
					for _, st := range l.Standings { // an assessment is seen whole or not at all
						if !st.Checked.Equal(l.Checked) {
							t.Errorf("%s: %s checked %v, the comune %v", l.Comune.Istat, st.Finding.Check, st.Checked, l.Checked)
						}
					}
				}
				if _, err := s.History(ctx, "990001", 3); err != nil {
					t.Error(err)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for n := 1; n < rounds; n++ {
		must(t, s.Append(ctx, round(n)...))
	}
	close(done)
	readers.Wait()
	if got := len(history(t, s, "990001")); got != rounds {
		t.Errorf("%d assessments, want %d", got, rounds)
	}
}

func testClosed(t *testing.T, s store.Store) {
	ctx := context.Background()
	run := begun(t, s, "run", record.Request, Dawn)
	must(t, s.Close())
	must(t, s.Close())
	_, latest := collect(s.Latest(ctx, store.Query{}))
	for name, err := range map[string]error{"Append": s.Append(ctx, Assessment(0, 0, run, Dawn)), "Latest": latest} {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
