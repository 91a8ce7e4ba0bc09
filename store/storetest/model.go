package storetest

// The simplest store that is right: what every other is compared with.

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
)

// model keeps everything in memory, whole, and looks through all of it for
// every answer. It is not safe for concurrent use.
type model struct {
	rome    *time.Location
	runs    []record.Run
	history []kept
	latest  map[string]record.Latest
	changes []record.Change
}

type kept struct {
	record.Assessment
	night string // empty: a request's
}

func newModel(rome *time.Location) *model {
	return &model{rome: rome, latest: map[string]record.Latest{}}
}

func (m *model) Begin(_ context.Context, run record.Run) error {
	if run.Kind == record.Night && run.Night == "" {
		run.Night = record.NightOf(run.Started, m.rome)
	}
	i := m.run(run.ID)
	if i < 0 {
		m.runs = append(m.runs, run)
		return nil
	}
	if was := m.runs[i]; was.Kind != run.Kind || was.Night != run.Night || !was.Started.Equal(run.Started) {
		return &store.RunError{ID: run.ID, Why: "another one"}
	}
	run.Done = m.runs[i].Done
	m.runs[i] = run
	return nil
}

func (m *model) run(id string) int {
	return slices.IndexFunc(m.runs, func(r record.Run) bool { return r.ID == id })
}

func (m *model) Finish(_ context.Context, id string, ended time.Time, done int) error {
	i := m.run(id)
	if i < 0 {
		return &store.RunError{ID: id, Why: "not begun"}
	}
	m.runs[i].Ended, m.runs[i].Done = ended, done
	return nil
}

func (m *model) Append(_ context.Context, as ...record.Assessment) error {
	for _, a := range as {
		if m.run(a.Run) < 0 {
			return &store.RunError{ID: a.Run, Why: "not begun"}
		}
		if len(a.Comune.Istat) != 6 {
			return &store.InvalidError{What: a.Comune.Istat, Why: "no code"}
		}
	}
	as = slices.Clone(as)
	slices.SortStableFunc(as, func(a, b record.Assessment) int {
		return cmp.Or(cmp.Compare(a.Comune.Istat, b.Comune.Istat), a.Started.Compare(b.Started))
	})
	for _, a := range as {
		m.keep(record.Usual().Bound(a), m.runs[m.run(a.Run)].Night)
	}
	return nil
}

func (m *model) keep(a record.Assessment, night string) {
	m.history = slices.DeleteFunc(m.history, func(k kept) bool {
		sameKey := k.Started.Equal(a.Started) && k.Run == a.Run
		return k.Comune.Istat == a.Comune.Istat && (sameKey || night != "" && k.night == night)
	})
	m.history = append(m.history, kept{a, night})
	if night == "" {
		night = record.NightOf(a.Started, m.rome)
	}
	l, changes := m.latest[a.Comune.Istat].Take(a, night)
	m.latest[a.Comune.Istat] = l
	for _, c := range changes {
		m.changes = slices.DeleteFunc(m.changes, func(was record.Change) bool {
			return was.At.Equal(c.At) && was.Istat == c.Istat && was.Check == c.Check
		})
		m.changes = append(m.changes, c)
	}
}

func (m *model) Latest(_ context.Context, q store.Query) iter.Seq2[record.Latest, error] {
	var found []record.Latest
	for _, l := range m.latest {
		if !q.MatchComune(l.Comune.Istat, l.Comune.Province, l.Comune.Region) {
			continue
		}
		if q.Brief {
			l = l.Brief()
		}
		found = append(found, q.Narrow(l))
	}
	slices.SortFunc(found, func(a, b record.Latest) int { return cmp.Compare(a.Comune.Istat, b.Comune.Istat) })
	return all(found)
}

func (m *model) History(_ context.Context, istat string, limit int) ([]record.Assessment, error) {
	if len(istat) != 6 {
		return nil, &store.InvalidError{What: istat, Why: "no code"}
	}
	var found []record.Assessment
	for _, k := range m.history {
		if k.Comune.Istat == istat {
			found = append(found, k.Assessment)
		}
	}
	slices.SortFunc(found, func(a, b record.Assessment) int {
		return cmp.Or(b.Started.Compare(a.Started), cmp.Compare(b.Run, a.Run))
	})
	return first(found, limit), nil
}

func (m *model) Changes(_ context.Context, from, to time.Time, q store.Query) iter.Seq2[record.Change, error] {
	var found []record.Change
	for _, c := range m.changes {
		if !c.At.Before(from) && (to.IsZero() || c.At.Before(to)) && q.MatchComune(c.Istat, c.Province, c.Region) && q.MatchCheck(c.Check) {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b record.Change) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Istat, b.Istat), cmp.Compare(a.Check, b.Check))
	})
	return all(found)
}

func (m *model) Runs(_ context.Context, kind record.RunKind, limit int) ([]record.Run, error) {
	runs := slices.DeleteFunc(slices.Clone(m.runs), func(r record.Run) bool { return kind != "" && kind != r.Kind })
	slices.SortFunc(runs, func(a, b record.Run) int {
		return cmp.Or(b.Started.Compare(a.Started), cmp.Compare(b.ID, a.ID))
	})
	return first(runs, limit), nil
}

func (m *model) Close() error { return nil }

func first[T any](items []T, limit int) []T {
	if limit > 0 && limit < len(items) {
		return items[:limit]
	}
	return items
}

func all[T any](items []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

// collect is what an iterator yields, and its error.
func collect[T any](seq iter.Seq2[T, error]) ([]T, error) {
	var items []T
	for item, err := range seq {
		if err != nil {
			return items, fmt.Errorf("after %d: %w", len(items), err)
		}
		items = append(items, item)
	}
	return items, nil
}
