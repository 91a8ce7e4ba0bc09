package main

// Stored results as they stood on a night: --night, and --compare of report.

import (
	"context"
	"iter"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/report"
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

// whenFlags say of when stored results are shown: as the last visits left them or
// as a night did, and on which day their deadlines are judged.
type whenFlags struct{ night, asOf string }

// whenFlags gives them to a command.
func (a *app) whenFlags(cmd *cobra.Command, f *whenFlags) {
	cmd.Flags().StringVar(&f.night, "night", "", a.flagText("night"))
	cmd.Flags().StringVar(&f.asOf, "as-of", "", a.flagText("as_of"))
}

// noNight says that there is nothing of a night; its date was read before.
func (a *app) noNight(night string) error {
	return &failure{
		code: codeUsage, sentence: a.text.Text("province_report.no_night", "night", report.DayWords(a.text, night)), hint: a.text.Text("province_report.no_night_hint"),
	}
}

// visitedBy refuses a night by which nobody was visited.
func (a *app) visitedBy(ctx context.Context, r *results, night string) error {
	if night == "" {
		return nil
	}
	for _, err := range r.store.Latest(ctx, store.Query{Brief: true, Checks: []string{}}) {
		return err
	}
	return a.noNight(night)
}

// pastNight reads --night, and refuses a night that is still to come.
func (a *app) pastNight(value string) (string, error) {
	night, err := a.nightDay("--night", value)
	if err == nil && night > record.NightOf(a.now(), rome()) {
		err = &failure{
			code: codeUsage, sentence: a.text.Text("stood.future", "night", report.DayWords(a.text, night)), hint: a.text.Text("stood.future_hint"),
		}
	}
	return night, err
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
