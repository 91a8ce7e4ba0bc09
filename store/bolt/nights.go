package bolt

// Nights: how far one has come, what each counted, and how long they are kept.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
)

// tally counts a night that is over, from the view it leaves.
func (s *Store) tally(ctx context.Context, run record.Run) ([]byte, error) {
	n := record.NewNightTally(run)
	for l, err := range s.latest(ctx, store.Query{}, every, s.bare) {
		if err != nil {
			return nil, err
		}
		n.Count(l)
	}
	text, err := marshal(n)
	if err != nil {
		return nil, fmt.Errorf("packing the tally of %s: %w", run.Night, err)
	}
	return s.codec.compress(nil, text), nil
}

// Nights are the tallies of the nights that were finished, newest first, at
// most limit (0: all).
func (s *Store) Nights(ctx context.Context, limit int) ([]record.NightTally, error) {
	var values [][]byte
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketNights).Cursor()
		for k, v := c.Last(); k != nil && (limit <= 0 || len(values) < limit); k, v = c.Prev() {
			values = append(values, bytes.Clone(v))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the nights: %w", err)
	}
	nights := make([]record.NightTally, len(values))
	for i, v := range values {
		if err := s.codec.unmarshal(v, &nights[i]); err != nil {
			return nil, fmt.Errorf("reading the nights: %w", s.named(err))
		}
	}
	return nights, nil
}

// Assessed are the ISTAT codes of the comuni that a run has assessed, sorted:
// where it goes on if it was cut off. It is read from the history itself, so it
// cannot say more than is kept. The error is a *store.RunError where the run
// was not begun.
func (s *Store) Assessed(ctx context.Context, runID string) ([]string, error) {
	var istats []string
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		run, err := begunRun(tx, runID)
		if err != nil {
			return err
		}
		history, comuni := tx.Bucket(bucketHistory).Cursor(), tx.Bucket(bucketBrief).Cursor()
		for istat, _ := comuni.First(); istat != nil; istat, _ = comuni.Next() {
			for k, _ := history.Seek(historyKey(string(istat), run.Started, "")); k != nil && bytes.HasPrefix(k, istat); k, _ = history.Next() {
				_, of, err := historyParts(k)
				if err != nil {
					return err
				}
				if of == runID {
					istats = append(istats, string(istat))
					break
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading what %s has assessed: %w", runID, err)
	}
	return istats, nil
}

// forgetAtOnce is how many comuni one transaction of Forget goes through.
const forgetAtOnce = 200

// Forget removes from the history what started before that moment, and the
// changes before it, but leaves the newest assessment of each comune. The views,
// the runs and the nights' tallies stay. It returns how many assessments went.
// A Forget that is cut off has removed some of them.
func (s *Store) Forget(ctx context.Context, before time.Time) (removed int, err error) {
	if before.Before(earliest) { // no key can order it, and nothing is that old
		return 0, nil
	}
	var istats []string
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketBrief).ForEach(func(k, _ []byte) error {
			istats = append(istats, string(k))
			return nil
		})
	})
	if err != nil {
		return 0, fmt.Errorf("forgetting: %w", err)
	}
	for some := range slices.Chunk(istats, forgetAtOnce) {
		n, err := s.forget(ctx, some, before)
		removed += n
		if err != nil {
			return removed, fmt.Errorf("forgetting: %w", err)
		}
	}
	if err := s.forgetChanges(ctx, before); err != nil {
		return removed, fmt.Errorf("forgetting changes: %w", err)
	}
	return removed, nil
}

// Retain works once a month, for whatever heads a row of repetitions is written
// anew each time; and it counts from the night before the newest few, so that a
// clock that has jumped takes nothing away until it has stood wrong for a week.
const (
	retainStep   = 30 * 24 * time.Hour
	retainNights = 7
)

// Retain forgets what is older than keep, once something is older than that by
// a month. It returns how many assessments went; for what may never go, see
// Forget.
func (s *Store) Retain(ctx context.Context, keep time.Duration) (removed int, err error) {
	now, ok, err := s.nightBack(ctx, retainNights)
	if err != nil || !ok {
		return 0, err
	}
	limit := now.Add(-keep)
	due, err := s.anyBefore(ctx, limit.Add(-retainStep))
	if err != nil || !due {
		return 0, err
	}
	return s.Forget(ctx, limit)
}

// nightBack is the date of the night before the n newest, if there is one.
func (s *Store) nightBack(ctx context.Context, n int) (date time.Time, ok bool, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketNights).Cursor()
		k, _ := c.Last()
		for ; k != nil && n > 0; n-- {
			k, _ = c.Prev()
		}
		if k == nil {
			return nil
		}
		ok = true
		if date, err = time.Parse(time.DateOnly, string(k)); err != nil {
			return broken("a night called %q", k)
		}
		return nil
	})
	if err != nil {
		return time.Time{}, false, fmt.Errorf("reading the nights: %w", err)
	}
	return date, ok, nil
}

// anyBefore tells whether there is an assessment before that moment that is not
// its comune's newest.
func (s *Store) anyBefore(ctx context.Context, before time.Time) (due bool, err error) {
	if before.Before(earliest) {
		return false, nil
	}
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		history := tx.Bucket(bucketHistory).Cursor()
		comuni := tx.Bucket(bucketBrief).Cursor()
		for istat, _ := comuni.First(); istat != nil && !due; istat, _ = comuni.Next() {
			k, _ := history.Seek(istat)
			if k == nil || bytes.Compare(k, historyKey(string(istat), before, "")) >= 0 {
				continue
			}
			k, _ = history.Next()
			due = bytes.HasPrefix(k, istat)
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("looking for what is to be forgotten: %w", err)
	}
	return due, nil
}

func (s *Store) forget(ctx context.Context, istats []string, before time.Time) (removed int, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	err = s.update(ctx, func(tx *bbolt.Tx) error {
		removed = 0
		bucket := tx.Bucket(bucketHistory)
		for _, istat := range istats {
			doomed := keysBefore(bucket, istat, before)
			// From the newest: a whole assessment is then left without most of its
			// pointers when its turn comes, and hands itself over once at most.
			for _, k := range slices.Backward(doomed) {
				if err := s.remove(bucket, k); err != nil {
					return err
				}
			}
			removed += len(doomed)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return removed, nil
}

// keysBefore are the keys of a comune's history before that moment, without the
// last key of all.
func keysBefore(bucket *bbolt.Bucket, istat string, before time.Time) (keys [][]byte) {
	c := bucket.Cursor()
	for k, _ := c.Seek([]byte(istat)); k != nil && bytes.HasPrefix(k, []byte(istat)); k, _ = c.Next() {
		keys = append(keys, bytes.Clone(k))
	}
	if len(keys) == 0 {
		return nil
	}
	keys = keys[:len(keys)-1]
	end, _ := slices.BinarySearchFunc(keys, historyKey(istat, before, ""), bytes.Compare)
	return keys[:end]
}

func (s *Store) forgetChanges(ctx context.Context, before time.Time) error {
	end := appendTime(nil, before)
	for more := true; more; {
		err := s.locked(ctx, func(tx *bbolt.Tx) error {
			more = false
			bucket := tx.Bucket(bucketChanges)
			var doomed [][]byte
			c := bucket.Cursor()
			for k, _ := c.First(); k != nil && bytes.Compare(k, end) < 0; k, _ = c.Next() {
				if len(doomed) == sweep {
					more = true
					break
				}
				doomed = append(doomed, bytes.Clone(k))
			}
			var errs []error
			for _, k := range doomed {
				errs = append(errs, bucket.Delete(k))
			}
			return errors.Join(errs...)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// locked is update, alone.
func (s *Store) locked(ctx context.Context, f func(*bbolt.Tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.update(ctx, f)
}
