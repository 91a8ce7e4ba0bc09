package storetest

// What a store that was opened with a lineage owes to comuni with several codes.

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
)

// Line is a store.Lineage: the codes that were given up, by who has them now.
type Line struct {
	Moved  map[string]string // the same comune under another code
	Merged map[string]string // ended in another
}

// Former implements store.Lineage.
func (l Line) Former(istat string) string {
	for from, to := range l.Moved {
		if to == istat {
			return from
		}
	}
	return ""
}

// Heir implements store.Lineage.
func (l Line) Heir(istat string) (heir string) {
	for next := l.Moved[istat] + l.Merged[istat]; next != "" && next != istat; next = l.Moved[next] + l.Merged[next] {
		heir = next
	}
	return heir
}

// RunLineage holds a store to what store.Lineage says. open makes an empty one.
func RunLineage(t *testing.T, open func(t *testing.T, l store.Lineage) store.Store) {
	first, second, third, fourth := Comune(0).Istat, Comune(1).Istat, Comune(2).Istat, Comune(3).Istat
	for name, c := range map[string]struct {
		line Line
		test func(*testing.T, store.Store)
	}{
		"a comune that was given another code keeps its history and its standing": {
			Line{Moved: map[string]string{first: second}}, testMoved,
		},
		"a comune with three codes has one history": {
			Line{Moved: map[string]string{first: second, second: third}}, testThreeCodes,
		},
		"codes that lead back to themselves end": {
			Line{Moved: map[string]string{first: second, second: first}}, testCircle,
		},
		"comuni that merged keep their histories, and leave the present view once their heir has one": {
			Line{Merged: map[string]string{first: fourth, second: fourth}}, testMerged,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, c.line)
			defer s.Close()
			c.test(t, s)
		})
	}
}

// look keeps one look at the i-th comune in a night of its own, whose https check
// ends in that verdict.
func look(t testing.TB, s store.Store, i, day int, v finding.Verdict) {
	t.Helper()
	at := Dawn.AddDate(0, 0, day)
	run := "notte-" + at.Format(time.DateOnly)
	must(t, s.Begin(context.Background(), RunOf(run, record.Night, at)))
	a := Small(i, 0, run, at.Add(time.Minute))
	a.Findings = []finding.Finding{{Check: "https", Nature: finding.Obligation, Verdict: v, Confidence: finding.High, Version: 1}}
	must(t, s.Append(context.Background(), a))
}

// days are those of a history, as look counts them, newest first.
func days(as []record.Assessment) (out []int) {
	for _, a := range as {
		out = append(out, int(a.Started.Sub(Dawn)/(24*time.Hour)))
	}
	return out
}

func codes(ls []record.Latest) (out []string) {
	for _, l := range ls {
		out = append(out, l.Comune.Istat)
	}
	return out
}

func changed(t testing.TB, s store.Store, q store.Query) (out []string) {
	t.Helper()
	for c, err := range s.Changes(context.Background(), Dawn, time.Time{}, q) {
		must(t, err)
		out = append(out, c.Istat+" "+string(c.From.Verdict)+" "+string(c.To.Verdict))
	}
	return out
}

func equal[T any](t testing.TB, what string, want, got T) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: %s", what, d)
	}
}

func testMoved(t *testing.T, s store.Store) {
	before, now := Comune(0).Istat, Comune(1).Istat
	look(t, s, 0, 0, finding.Pass)
	look(t, s, 0, 1, finding.Fail)
	equal(t, "before the move", []string{before}, codes(latest(t, s, store.Query{})))
	look(t, s, 1, 2, finding.Fail)
	look(t, s, 1, 3, finding.Pass)

	equal(t, "history", []int{3, 2, 1, 0}, days(history(t, s, now)))
	for limit, want := range map[int][]int{1: {3}, 2: {3, 2}, 3: {3, 2, 1}, 9: {3, 2, 1, 0}} {
		as, err := s.History(context.Background(), now, limit)
		must(t, err)
		equal(t, "history in part", want, days(as))
	}
	equal(t, "history of the old code", []int{1, 0}, days(history(t, s, before)))
	all := latest(t, s, store.Query{})
	equal(t, "the present view", []string{now}, codes(all))
	st, ok := all[0].Standing("https")
	if !ok || !st.FirstSeen.Equal(Dawn.Add(time.Minute)) || st.LastDefinite.Verdict != finding.Pass {
		t.Errorf("standing %+v", st)
	}
	want := []string{before + " pass fail", now + " fail pass"} // and none with the move
	equal(t, "changes of the comune", want, changed(t, s, store.Query{Istat: []string{now}}))
	equal(t, "changes of all", want, changed(t, s, store.Query{}))
	equal(t, "the old code, asked for", []string{before}, codes(latest(t, s, store.Query{Istat: []string{before}})))
}

func testThreeCodes(t *testing.T, s store.Store) {
	look(t, s, 0, 0, finding.Pass)
	look(t, s, 2, 5, finding.Fail) // nobody looked under the second
	equal(t, "history", []int{5, 0}, days(history(t, s, Comune(2).Istat)))
	equal(t, "the present view", []string{Comune(2).Istat}, codes(latest(t, s, store.Query{Brief: true})))
	equal(t, "changes", []string{Comune(2).Istat + " pass fail"}, changed(t, s, store.Query{Istat: []string{Comune(2).Istat}}))
}

func testCircle(t *testing.T, s store.Store) {
	look(t, s, 0, 0, finding.Pass)
	look(t, s, 1, 1, finding.Pass)
	equal(t, "history", []int{1, 0}, days(history(t, s, Comune(1).Istat)))
	equal(t, "history of the other", []int{0, 1}, days(history(t, s, Comune(0).Istat)))
}

func testMerged(t *testing.T, s store.Store) {
	heir := Comune(3).Istat
	look(t, s, 0, 0, finding.Fail)
	look(t, s, 1, 0, finding.Pass)
	look(t, s, 2, 0, finding.Pass)
	equal(t, "before the merger", 3, len(latest(t, s, store.Query{})))
	look(t, s, 3, 1, finding.Pass)
	equal(t, "history of the new comune", []int{1}, days(history(t, s, heir)))
	equal(t, "history of one that ended", []int{0}, days(history(t, s, Comune(0).Istat)))
	got := codes(latest(t, s, store.Query{}))
	slices.Sort(got)
	equal(t, "the present view", []string{Comune(2).Istat, heir}, got)
	if st, _ := latest(t, s, store.Query{Istat: []string{heir}})[0].Standing("https"); st.Nights != 1 || st.FirstSeen.Before(Dawn.AddDate(0, 0, 1)) {
		t.Errorf("a new comune has a past: %+v", st)
	}
	equal(t, "changes", nil, changed(t, s, store.Query{}))
}
