package main

// Stored results as they would be judged on another day: --as-of.

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/internal/assess"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
)

// replayDepth is how many visits before an assessment are looked at for what a
// judge may remember: more nights than any rule counts.
const replayDepth = 40

// asOfDay reads --as-of: noon in Rome of that date, or nothing where it was not
// given.
func (a *app) asOfDay(value string) (time.Time, error) {
	if value == "" {
		return time.Time{}, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, value, rome())
	if err != nil {
		return time.Time{}, &failure{
			code: codeUsage, sentence: a.text.Text("error.flag_bad", "value", plain(value), "flag", "--as-of"), hint: a.text.Text("error.as_of_hint"), err: err,
		}
	}
	return day.Add(12 * time.Hour), nil
}

// results is what a command reads: the settings, every check there is, and the
// store. Who opens it closes it.
type results struct {
	store  store.Store // as it was opened, where nothing else was asked: some can do more than a store must
	now    store.Store // as it was opened
	cfg    config.Config
	checks []checks.Check
	query  store.Query // what the flags of place and check ask
}

// results opens them to read, as the night of --night left them and judged on the
// day of --as-of where those were given. What is wrong with the flags is said first.
func (a *app) results(ctx context.Context, f whenFlags, place placeFlags) (*results, error) {
	day, err := a.asOfDay(f.asOf)
	if err == nil {
		_, err = a.pastNight(f.night)
	}
	if err != nil {
		return nil, err
	}
	cfg, err := a.settings()
	if err != nil {
		return nil, err
	}
	list, err := a.everyCheck(cfg)
	if err != nil {
		return nil, err
	}
	q, err := a.query(place, list)
	if err != nil {
		return nil, err
	}
	s, err := a.openStore(cfg, true)
	if err != nil {
		return nil, err
	}
	judged, err := a.asOf(a.onNight(s, f.night), list, day)
	if err == nil {
		err = a.stored(ctx, s, q)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &results{store: judged, now: s, cfg: cfg, checks: list, query: q}, nil
}

// asOf is the store with its present view judged on that day; the store itself
// where the day is none.
func (a *app) asOf(s store.Store, list []checks.Check, day time.Time) (store.Store, error) {
	if day.IsZero() {
		return s, nil
	}
	r, err := assess.NewReplayer(list, rome(), nil)
	if err != nil {
		return nil, err
	}
	return &judgedOn{Store: s, replayer: r, day: day}, nil
}

// judgedOn is a store whose present view is judged on another day. What it was
// judged from is read from the history; nothing is written.
type judgedOn struct {
	store.Store
	replayer *assess.Replayer
	day      time.Time
}

// Latest implements store.Store.
func (s *judgedOn) Latest(ctx context.Context, q store.Query) iter.Seq2[record.Latest, error] {
	brief := q.Brief
	q.Brief = false
	return func(yield func(record.Latest, error) bool) {
		for l, err := range s.Store.Latest(ctx, q) {
			if err == nil {
				l, err = s.judged(ctx, l)
			}
			if brief {
				l = l.Brief()
			}
			if !yield(l, err) || err != nil {
				return
			}
		}
	}
}

// HistoryBefore is what the store behind it has from before a moment.
func (s *judgedOn) HistoryBefore(ctx context.Context, istat string, before time.Time, limit int) ([]record.Assessment, error) {
	return (&pastStore{Store: s.Store, end: before}).History(ctx, istat, limit)
}

// judged judges each standing again, from the visit that left it.
func (s *judgedOn) judged(ctx context.Context, l record.Latest) (record.Latest, error) {
	visits, err := s.Store.History(ctx, l.Comune.Istat, replayDepth)
	if err != nil {
		return l, err
	}
	again := map[string]record.Assessment{} // by run
	for i := range l.Standings {
		st := &l.Standings[i]
		x, ok := again[st.Run]
		if !ok {
			x = s.again(visits, st.Run)
			again[st.Run] = x
		}
		for _, f := range x.Findings {
			if f.Check != st.Finding.Check {
				continue
			}
			st.Finding = f
			if f.Verdict.Definite() {
				st.LastDefinite, st.LastDefiniteAt = f, st.Checked
			}
		}
	}
	return l, nil
}

func (s *judgedOn) again(visits []record.Assessment, run string) record.Assessment {
	for i, x := range visits {
		if x.Run == run {
			out, _ := s.replayer.Replay(x, assess.Again{Before: viewOf(visits[i+1:]), Date: s.day})
			return out
		}
	}
	return record.Assessment{}
}

// viewOf is the present view as those visits, newest first, left it.
func viewOf(visits []record.Assessment) record.Latest {
	var l record.Latest
	for i := len(visits) - 1; i >= 0; i-- {
		l, _ = l.Take(visits[i], record.NightOf(visits[i].Started, rome()))
	}
	return l
}
