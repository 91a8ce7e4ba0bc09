package bolt

// Reading: the present view, the history of one comune, changes, runs. Values
// are copied out in small read transactions, so that a slow consumer holds
// nothing, and decoded outside them.

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"time"

	"go.etcd.io/bbolt"
	"golang.org/x/sync/errgroup"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
)

// chunk is how many values are copied out in one read transaction, and at most
// how many are looked at to find them.
const (
	chunk = 16
	sweep = 4096
)

// pair is a key and its value, copied.
type pair struct{ key, value []byte }

// viewHead starts the value of a view: what queries narrow by, uncompressed.
func viewHead(province, region string) []byte {
	b := append([]byte{byte(min(len(province), 255))}, province[:min(len(province), 255)]...)
	b = append(b, byte(min(len(region), 255)))
	return append(b, region[:min(len(region), 255)]...)
}

func splitView(value []byte) (province, region string, packed []byte, err error) {
	cut := func() string {
		if len(value) == 0 || len(value) <= int(value[0]) {
			err = broken("a view without a head")
			return ""
		}
		n := int(value[0]) + 1
		s := string(value[1:n])
		value = value[n:]
		return s
	}
	province, region = cut(), cut()
	return province, region, value, err
}

// Latest implements store.Store.
func (s *Store) Latest(ctx context.Context, q store.Query) iter.Seq2[record.Latest, error] {
	read := s.whole
	if q.Brief {
		read = s.brief
	}
	return s.latest(ctx, q, every, func(ctx context.Context, p pair, l *record.Latest) (err error) {
		*l, err = read(ctx, p)
		return err
	})
}

// every wants all views of a query.
func every(string, []byte) bool { return true }

// latest gives the views of a query that are wanted, too, by their stored form. unpack
// reads each into one that was given before.
func (s *Store) latest(ctx context.Context, q store.Query, also func(istat string, value []byte) bool, unpack func(context.Context, pair, *record.Latest) error) iter.Seq2[record.Latest, error] {
	wanted := func(k, v []byte) (bool, error) {
		province, region, _, err := splitView(v)
		return err == nil && q.MatchComune(string(k), province, region) && also(string(k), v), err
	}
	return func(yield func(record.Latest, error) bool) {
		ended, err := s.ended(ctx, q)
		if err != nil {
			yield(record.Latest{}, fmt.Errorf("reading the latest view: %w", err))
			return
		}
		pairs := s.scan(ctx, bucketBrief, nil, nil, func(k, v []byte) (bool, error) {
			if ended[string(k)] {
				return false, nil
			}
			return wanted(k, v)
		})
		if q.Istat != nil {
			pairs = s.lookUp(ctx, bucketBrief, q.Istat, wanted)
		}
		var views []record.Latest
		for some, err := range pairs {
			if err != nil {
				yield(record.Latest{}, fmt.Errorf("reading the latest view: %w", err))
				return
			}
			views = slices.Grow(views[:0], len(some))[:len(some)]
			if err := decode(ctx, some, views, unpack); err != nil {
				yield(record.Latest{}, fmt.Errorf("reading the latest view: %w", s.named(err)))
				return
			}
			for _, l := range views {
				if !yield(q.Narrow(l), nil) {
					return
				}
			}
		}
	}
}

// ended are the comuni with a view that ended in another which has one, where a
// query asks for no code.
func (s *Store) ended(ctx context.Context, q store.Query) (codes map[string]bool, err error) {
	if s.lineage == nil || q.Istat != nil {
		return nil, nil
	}
	codes = map[string]bool{}
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(bucketBrief)
		c := bucket.Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			if heir := s.lineage.Heir(string(k)); heir != "" && bucket.Get([]byte(heir)) != nil {
				codes[string(k)] = true
			}
		}
		return nil
	})
	return codes, err
}

// brief is the brief view of a comune.
func (s *Store) brief(_ context.Context, p pair) (record.Latest, error) {
	_, _, packed, err := splitView(p.value)
	if err != nil {
		return record.Latest{}, err
	}
	return s.codec.unpackBrief(packed)
}

// whole is the brief view of a comune with its details, which are written only when
// they change.
func (s *Store) whole(ctx context.Context, p pair) (record.Latest, error) {
	l, err := s.brief(ctx, p)
	if err != nil {
		return l, err
	}
	var value []byte
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		value = bytes.Clone(tx.Bucket(bucketLatest).Get(p.key))
		return nil
	})
	if err != nil {
		return record.Latest{}, err
	}
	_, _, packed, err := splitView(value)
	if err != nil {
		return record.Latest{}, err
	}
	details, err := s.codec.unpackLatest(packed)
	return l.Detailed(details), err
}

// decode unpacks views on every processor.
func decode(ctx context.Context, some []pair, views []record.Latest, unpack func(context.Context, pair, *record.Latest) error) error {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, p := range some {
		group.Go(func() error {
			if err := unpack(ctx, p, &views[i]); err != nil {
				return fmt.Errorf("comune %s: %w", p.key, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// Previous is the present view of one comune without evidence (see
// record.Latest.ReadBare), and whether there is one: what a judge may know of the
// nights before. It is what Append goes on from: under a new code the view under the
// one before.
func (s *Store) Previous(ctx context.Context, istat string) (record.Latest, bool, error) {
	for _, code := range store.Codes(s.lineage, istat) {
		for l, err := range s.latest(ctx, store.Query{Istat: []string{code}}, every, s.bare) {
			return l, err == nil, err
		}
	}
	return record.Latest{}, false, nil
}

// scan goes through the pairs of a bucket from one key (included) to another
// (excluded; nil: the end) that are wanted, some at a time.
func (s *Store) scan(ctx context.Context, bucket, from, to []byte, wanted func(k, v []byte) (bool, error)) iter.Seq2[[]pair, error] {
	return func(yield func([]pair, error) bool) {
		next, more := from, true
		for more {
			var found []pair
			err := s.view(ctx, func(tx *bbolt.Tx) error {
				more = false
				seen := 0
				c := tx.Bucket(bucket).Cursor()
				for k, v := c.Seek(next); k != nil && (to == nil || bytes.Compare(k, to) < 0); k, v = c.Next() {
					if len(found) == chunk || seen == sweep {
						next, more = bytes.Clone(k), true
						return nil
					}
					seen++
					ok, err := wanted(k, v)
					if err != nil {
						return err
					}
					if ok {
						found = append(found, pair{bytes.Clone(k), bytes.Clone(v)})
					}
				}
				return nil
			})
			if !yield(found, err) || err != nil {
				return
			}
		}
	}
}

// lookUp goes through the pairs of those keys, in order, that are wanted, some
// at a time.
func (s *Store) lookUp(ctx context.Context, bucket []byte, keys []string, wanted func(k, v []byte) (bool, error)) iter.Seq2[[]pair, error] {
	return func(yield func([]pair, error) bool) {
		sorted := slices.Compact(slices.Sorted(slices.Values(keys)))
		for some := range slices.Chunk(sorted, chunk) {
			var found []pair
			err := s.view(ctx, func(tx *bbolt.Tx) error {
				for _, key := range some {
					v := tx.Bucket(bucket).Get([]byte(key))
					if v == nil {
						continue
					}
					ok, err := wanted([]byte(key), v)
					if err != nil {
						return err
					}
					if ok {
						found = append(found, pair{[]byte(key), bytes.Clone(v)})
					}
				}
				return nil
			})
			if !yield(found, err) || err != nil {
				return
			}
		}
	}
}

// History implements store.Store. Assessments that say the same share their
// findings and facts.
func (s *Store) History(ctx context.Context, istat string, limit int) (out []record.Assessment, err error) {
	return s.HistoryBefore(ctx, istat, time.Time{}, limit)
}

// HistoryBefore is the part of History that started before a moment; the zero
// time: all of it. What came later costs nothing.
func (s *Store) HistoryBefore(ctx context.Context, istat string, before time.Time, limit int) (out []record.Assessment, err error) {
	if err := validIstat(istat); err != nil {
		return nil, fmt.Errorf("reading the history: %w", err)
	}
	for _, code := range store.Codes(s.lineage, istat) {
		if limit > 0 && len(out) >= limit {
			break
		}
		some, err := s.historyOf(ctx, code, before, max(0, limit-len(out)))
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

// historyOf is what is kept under one code and started before a moment, if one is
// given.
func (s *Store) historyOf(ctx context.Context, istat string, before time.Time, limit int) ([]record.Assessment, error) {
	var entries []pair
	bodies := map[string][]byte{}
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(bucketHistory)
		c := bucket.Cursor()
		end := append([]byte(istat), bytes.Repeat([]byte{0xff}, timeLen+1)...)
		if !before.IsZero() {
			end = historyKey(istat, before, "")
		}
		k, v := c.Seek(end)
		if k == nil {
			k, v = c.Last()
		}
		for ; k != nil && bytes.Compare(k, []byte(istat)) >= 0 && (limit <= 0 || len(entries) < limit); k, v = c.Prev() {
			if !bytes.HasPrefix(k, []byte(istat)) || bytes.Compare(k, end) >= 0 {
				continue // the entry that Seek found after the last that is asked for
			}
			e, err := readEntry(v)
			if err != nil {
				return err
			}
			whole := string(wholeKey(k, e))
			if bodies[whole] == nil {
				target, err := readEntry(bucket.Get([]byte(whole)))
				if err != nil || target.kind != kindWhole {
					return broken("a history pointer of %s to nothing", istat)
				}
				bodies[whole] = bytes.Clone(target.rest)
			}
			entries = append(entries, pair{bytes.Clone(k), bytes.Clone(v)})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the history of %s: %w", istat, err)
	}
	out, err := s.resolve(entries, bodies)
	if err != nil {
		return nil, fmt.Errorf("reading the history of %s: %w", istat, s.named(err))
	}
	return out, nil
}

// resolve makes assessments of entries and the bodies they share.
func (s *Store) resolve(entries []pair, bodies map[string][]byte) ([]record.Assessment, error) {
	decoded := map[string]record.Assessment{}
	var out []record.Assessment
	for _, p := range entries {
		e, err := readEntry(p.value)
		if err != nil {
			return nil, err
		}
		whole := string(wholeKey(p.key, e))
		a, ok := decoded[whole]
		if !ok {
			if err := s.codec.unmarshal(bodies[whole], &a); err != nil {
				return nil, err
			}
			decoded[whole] = a
		}
		if e.kind == kindPointer {
			if a, err = again(a, p.key, e); err != nil {
				return nil, err
			}
		}
		out = append(out, a)
	}
	return out, nil
}

// Changes implements store.Store.
func (s *Store) Changes(ctx context.Context, from, to time.Time, q store.Query) iter.Seq2[record.Change, error] {
	if from.Before(earliest) {
		from = earliest
	}
	var end []byte
	if !to.IsZero() && to.Before(latest) {
		end = appendTime(nil, to)
	}
	all := func(_, _ []byte) (bool, error) { return true, nil }
	q = q.WithFormer(s.lineage)
	return func(yield func(record.Change, error) bool) {
		if !to.IsZero() && !from.Before(to) {
			return
		}
		for some, err := range s.scan(ctx, bucketChanges, appendTime(nil, from), end, all) {
			for _, p := range some {
				var c record.Change
				if err = s.named(plainJSON(p.value, &c)); err != nil {
					break
				}
				if q.MatchComune(c.Istat, c.Province, c.Region) && q.MatchCheck(c.Check) && !yield(c, nil) {
					return
				}
			}
			if err != nil {
				yield(record.Change{}, fmt.Errorf("reading changes: %w", err))
				return
			}
		}
	}
}

// Runs implements store.Store.
func (s *Store) Runs(ctx context.Context, kind record.RunKind, limit int) ([]record.Run, error) {
	var runs []record.Run
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketRuns).Cursor()
		for k, v := c.Last(); k != nil && (limit <= 0 || len(runs) < limit); k, v = c.Prev() {
			run, err := readRun(v)
			if err != nil {
				return err
			}
			if kind == "" || kind == run.Kind {
				runs = append(runs, run)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the runs: %w", err)
	}
	return runs, nil
}

func readRun(value []byte) (record.Run, error) {
	var run record.Run
	err := plainJSON(value, &run)
	return run, err
}

// plainJSON reads a small value that is not compressed.
func plainJSON(value []byte, v any) error {
	if len(value) == 0 || value[0] != format {
		return broken("a value of an unknown format")
	}
	if err := json.Unmarshal(value[1:], v); err != nil {
		return broken("a value that cannot be read: %v", err)
	}
	return nil
}
