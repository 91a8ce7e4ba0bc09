package storetest

// The store against the model, over random stories.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
)

// sameButMeasures compares assessments of which one may be a repetition of
// another: see record.Digest for what a repetition does not keep of its own.
var sameButMeasures = cmp.Options{
	cmpopts.EquateEmpty(),
	cmpopts.IgnoreFields(page.Fetch{}, "Took", "Waited", "Size", "Detail"),
	cmpopts.IgnoreFields(page.Attempt{}, "Address", "Detail"),
	cmpopts.IgnoreFields(page.Visit{}, "Detail"),
}

// story is one random life of a store, told to the model as well.
type story struct {
	store.Store
	model *model
	now   time.Time
	runs  []record.Run
}

func (s *story) both(t *rapid.T, what string, do func(store.Store) error) {
	got, want := do(s.Store), do(s.model)
	if (got == nil) != (want == nil) {
		t.Fatalf("%s: got error %v, want %v", what, got, want)
	}
	var run *store.RunError
	if errors.As(want, &run) && !errors.As(got, &run) {
		t.Fatalf("%s: got error %v, want a *store.RunError", what, got)
	}
}

func (s *story) begin(t *rapid.T) {
	s.now = s.now.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 3, 3, 24, 30}).Draw(t, "hours")) * time.Hour)
	kind := rapid.SampledFrom([]record.RunKind{record.Night, record.Night, record.Request}).Draw(t, "kind")
	run := RunOf(fmt.Sprintf("r%d", rapid.IntRange(0, 12).Draw(t, "run")), kind, s.now)
	s.both(t, "Begin", func(st store.Store) error { return st.Begin(context.Background(), run) })
	if i := s.model.run(run.ID); !slices.ContainsFunc(s.runs, func(r record.Run) bool { return r.ID == run.ID }) {
		s.runs = append(s.runs, s.model.runs[i])
	}
}

func (s *story) append(t *rapid.T) {
	var as []record.Assessment
	for range rapid.IntRange(1, 4).Draw(t, "batch") {
		as = append(as, s.look(t))
	}
	s.both(t, "Append", func(st store.Store) error { return st.Append(context.Background(), as...) })
}

// look draws an assessment: mostly of a run that was begun, mostly of all
// checks, at about the present.
func (s *story) look(t *rapid.T) record.Assessment {
	run := record.Run{ID: "never-begun", Started: s.now}
	if len(s.runs) > 0 && rapid.IntRange(0, 30).Draw(t, "astray") > 0 {
		run = s.runs[len(s.runs)-1-rapid.IntRange(0, min(2, len(s.runs)-1)).Draw(t, "of run")]
	}
	at := run.Started.Add(time.Duration(rapid.SampledFrom([]int{0, 5, 60, 300}).Draw(t, "minutes")) * time.Minute)
	a := Small(rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "comune"), rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "variant"), run.ID, at)
	a.Findings = a.Findings[:rapid.SampledFrom([]int{4, 4, 4, 2, 1}).Draw(t, "checks")]
	for i := range a.Findings {
		if rapid.IntRange(0, 9).Draw(t, "unreadable") == 0 {
			a.Findings[i] = finding.Finding{Check: a.Findings[i].Check, Nature: a.Findings[i].Nature, Verdict: finding.Unknown, Reason: "blocked"}
		}
	}
	a.Visit.Reach = rapid.SampledFrom([]page.Reach{page.ReachOK, page.ReachOK, page.ReachOK, page.ReachNXDomain}).Draw(t, "reach")
	return a
}

func (s *story) finish(t *rapid.T) {
	id := fmt.Sprintf("r%d", rapid.IntRange(0, 13).Draw(t, "run"))
	s.both(t, "Finish", func(st store.Store) error { return st.Finish(context.Background(), id, s.now.Add(time.Hour), 3) })
}

// compare asks both everything, and something in particular.
func (s *story) compare(t *rapid.T) {
	q := store.Query{Brief: rapid.Bool().Draw(t, "brief")}
	if rapid.Bool().Draw(t, "narrow") {
		q.Province = rapid.SampledFrom([]string{"", "PG", "LE", "ZZ"}).Draw(t, "province")
		q.Region = rapid.SampledFrom([]string{"", "Umbria"}).Draw(t, "region")
		q.Istat = rapid.SampledFrom([][]string{nil, {}, {"990003", "990001", "990003"}, {"123456"}}).Draw(t, "istat")
		q.Checks = rapid.SampledFrom([][]string{nil, {}, CheckIDs[1:3], {"none"}}).Draw(t, "check")
	}
	ctx := context.Background()
	same(t, "Latest", s, func(st store.Store) (any, error) { return collect(st.Latest(ctx, q)) })
	limit := rapid.IntRange(0, 4).Draw(t, "limit")
	for _, istat := range []string{"990001", "990002", "990003"} {
		same(t, "History", s, func(st store.Store) (any, error) { return st.History(ctx, istat, limit) })
	}
	kind := rapid.SampledFrom([]record.RunKind{"", record.Night, record.Request}).Draw(t, "kind")
	same(t, "Runs", s, func(st store.Store) (any, error) { return st.Runs(ctx, kind, limit) })
	from := Dawn.Add(time.Duration(rapid.IntRange(-20, 200).Draw(t, "from")) * time.Hour)
	to := rapid.SampledFrom([]time.Time{{}, from, from.Add(24 * time.Hour), s.now}).Draw(t, "to")
	same(t, "Changes", s, func(st store.Store) (any, error) { return collect(st.Changes(ctx, from, to, q)) })
}

func same(t *rapid.T, what string, s *story, ask func(store.Store) (any, error)) {
	got, err := ask(s.Store)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	want, err := ask(s.model)
	if err != nil {
		t.Fatalf("%s of the model: %v", what, err)
	}
	if plain(t, want) == plain(t, got) { // much faster than the comparison that explains
		return
	}
	if d := cmp.Diff(want, got, sameButMeasures); d != "" {
		t.Fatalf("%s differs (-want +got):\n%s", what, d)
	}
}

func plain(t *rapid.T, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func testAgainstModel(t *testing.T, open func(t *testing.T) store.Store) {
	rome := rome(t)
	rapid.Check(t, func(rt *rapid.T) {
		s := &story{Store: open(t), model: newModel(rome), now: Dawn}
		defer s.Close()
		acts := map[string]func(*rapid.T){
			"begin": s.begin, "append": s.append, "append more": s.append, "finish": s.finish, "compare": s.compare,
		}
		names := slices.Sorted(maps.Keys(acts))
		s.begin(rt)
		for range rapid.IntRange(5, 30).Draw(rt, "acts") {
			acts[rapid.SampledFrom(names).Draw(rt, "act")](rt)
		}
		s.compare(rt)
	})
}

func rome(t *testing.T) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}
