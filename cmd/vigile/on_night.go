package main

// Stored results as they stood on a night: report --night and --compare.

import (
	"context"
	"iter"
	"math"
	"time"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
)

// nightDepth is how many visits before a night are gone through for the view of
// it: what an earlier one alone has found is not in it.
const nightDepth = replayDepth

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
	if night == "" {
		return s
	}
	return &pastStore{Store: s, night: night, now: a.now}
}

// pastStore is a store as it stood at the end of a date in Rome.
type pastStore struct {
	store.Store
	night string
	now   func() time.Time
}

// Latest implements store.Store. Comuni with no visit by then are left out.
func (s *pastStore) Latest(ctx context.Context, q store.Query) iter.Seq2[record.Latest, error] {
	return func(yield func(record.Latest, error) bool) {
		present := q
		present.Brief = true
		for l, err := range s.Store.Latest(ctx, present) {
			var visits []record.Assessment
			if err == nil {
				visits, err = s.History(ctx, l.Comune.Istat, nightDepth)
			}
			if err != nil {
				yield(record.Latest{}, err)
				return
			}
			if len(visits) == 0 {
				continue
			}
			past := q.Narrow(viewOf(visits))
			if q.Brief {
				past = past.Brief()
			}
			if !yield(past, nil) {
				return
			}
		}
	}
}

// History implements store.Store: what was there by then.
func (s *pastStore) History(ctx context.Context, istat string, limit int) ([]record.Assessment, error) {
	reach := 0 // as far back as must be read
	if limit > 0 {
		reach = limit + s.since()
	}
	visits, err := s.Store.History(ctx, istat, reach)
	if err != nil {
		return nil, err
	}
	past := s.by(visits)
	if reach > 0 && len(visits) == reach && len(past) < limit { // more visits than nights have been since
		if visits, err = s.Store.History(ctx, istat, 0); err != nil {
			return nil, err
		}
		past = s.by(visits)
	}
	if limit > 0 && len(past) > limit {
		past = past[:limit]
	}
	return past, nil
}

// by are the visits, newest first, that were made by then.
func (s *pastStore) by(visits []record.Assessment) []record.Assessment {
	for i, v := range visits {
		if record.NightOf(v.Started, rome()) <= s.night {
			return visits[i:]
		}
	}
	return nil
}

// since is about how many nights there have been since.
func (s *pastStore) since() int {
	day, err := time.ParseInLocation(time.DateOnly, s.night, rome())
	if err != nil {
		return 0
	}
	return max(0, int(math.Ceil(s.now().Sub(day).Hours()/24)))
}
