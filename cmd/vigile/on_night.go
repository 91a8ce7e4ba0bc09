package main

// Stored results as they stood on a night: report --night and --compare.

import (
	"context"
	"iter"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
)

// nightDepth is how many visits before a night are gone through for the view of
// it: what an earlier one alone has found is not in it.
const nightDepth = 14

// nightsAtOnce is how many comuni are held at a time.
const nightsAtOnce = 64

// pastKeeper is a store that finds what came before a moment without reading
// what came after.
type pastKeeper interface {
	HistoryBefore(ctx context.Context, istat string, before time.Time, limit int) ([]record.Assessment, error)
}

// nightDay reads the date of a night; nothing where it was not given.
func (a *app) nightDay(flag, value string) (string, error) {
	if value == "" {
		return "", nil
	}
	if _, err := time.Parse(time.DateOnly, value); err != nil {
		return "", &failure{
			code: codeUsage, sentence: a.text.Text("error.flag_bad", "value", plain(value), "flag", flag), hint: a.text.Text("province_report.night_hint"), err: err,
		}
	}
	return value, nil
}

// onNight is the store with its view and its history as a night left them; the
// store itself where night is empty.
func (a *app) onNight(s store.Store, night string) store.Store {
	day, err := time.ParseInLocation(time.DateOnly, night, rome())
	if err != nil { // none: nightDay has seen to the rest
		return s
	}
	return &pastStore{Store: s, end: day.AddDate(0, 0, 1)}
}

// pastStore is a store as it stood at a moment.
type pastStore struct {
	store.Store
	end time.Time
}

// Latest implements store.Store. Comuni with no visit by then are left out; the
// others have the code they bear now.
func (s *pastStore) Latest(ctx context.Context, q store.Query) iter.Seq2[record.Latest, error] {
	return func(yield func(record.Latest, error) bool) {
		present := q
		present.Brief, present.Checks = true, []string{}
		var codes []string
		for l, err := range s.Store.Latest(ctx, present) {
			if err != nil {
				yield(record.Latest{}, err)
				return
			}
			codes = append(codes, l.Comune.Istat)
		}
		for some := range slices.Chunk(codes, nightsAtOnce) {
			views, err := s.views(ctx, some, q)
			if err != nil {
				yield(record.Latest{}, err)
				return
			}
			for _, l := range views {
				if !l.Checked.IsZero() && !yield(l, nil) {
					return
				}
			}
		}
	}
}

// views are the views of those comuni; one without a visit by then has none.
func (s *pastStore) views(ctx context.Context, codes []string, q store.Query) ([]record.Latest, error) {
	views := make([]record.Latest, len(codes))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, istat := range codes {
		group.Go(func() error {
			visits, err := s.History(ctx, istat, nightDepth)
			if err != nil || len(visits) == 0 {
				return err
			}
			l := q.Narrow(viewOf(visits))
			if l.Comune.Istat = istat; q.Brief {
				l = l.Brief()
			}
			views[i] = l
			return nil
		})
	}
	return views, group.Wait()
}

// History implements store.Store: what was there by then.
func (s *pastStore) History(ctx context.Context, istat string, limit int) ([]record.Assessment, error) {
	if k, ok := s.Store.(pastKeeper); ok {
		return k.HistoryBefore(ctx, istat, s.end, limit)
	}
	visits, err := s.Store.History(ctx, istat, 0)
	if err != nil {
		return nil, err
	}
	visits = slices.DeleteFunc(visits, func(v record.Assessment) bool { return !v.Started.Before(s.end) })
	if limit > 0 {
		visits = visits[:min(limit, len(visits))]
	}
	return visits, nil
}
