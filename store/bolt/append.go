package bolt

// Writing: runs, and assessments in batches.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"go.etcd.io/bbolt"
	"golang.org/x/sync/errgroup"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
)

// Begin implements store.Store.
func (s *Store) Begin(ctx context.Context, run record.Run) error {
	run.Started = run.Started.UTC()
	if run.Kind == record.Night && run.Night == "" {
		run.Night = record.NightOf(run.Started, s.rome)
	}
	if err := validRun(run); err != nil {
		return fmt.Errorf("beginning a run: %w", err)
	}
	return s.locked(ctx, func(tx *bbolt.Tx) error {
		was, known, err := findRun(tx, run.ID)
		if err != nil {
			return err
		}
		if known {
			if was.Kind != run.Kind || was.Night != run.Night || !was.Started.Equal(run.Started) {
				return &store.RunError{ID: run.ID, Why: fmt.Sprintf("there is one of that id already, begun %s", was.Started.Format(time.RFC3339))}
			}
			run.Done = was.Done
		}
		return putRun(tx, run)
	})
}

// Finish implements store.Store. The tally of a night is made with it.
func (s *Store) Finish(ctx context.Context, runID string, ended time.Time, done int) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	var run record.Run
	err := s.view(ctx, func(tx *bbolt.Tx) (err error) {
		run, err = begunRun(tx, runID)
		return err
	})
	if err != nil {
		return err
	}
	run.Ended, run.Done = ended.UTC(), done
	var tally []byte
	if run.Kind == record.Night {
		if tally, err = s.tally(ctx, run); err != nil {
			return fmt.Errorf("finishing run %s: %w", runID, err)
		}
	}
	return s.update(ctx, func(tx *bbolt.Tx) error {
		if tally != nil {
			if err := tx.Bucket(bucketNights).Put([]byte(run.Night), tally); err != nil {
				return err
			}
		}
		return putRun(tx, run)
	})
}

func begunRun(tx *bbolt.Tx, id string) (record.Run, error) {
	run, known, err := findRun(tx, id)
	if err == nil && !known {
		err = &store.RunError{ID: id, Why: "it was not begun"}
	}
	return run, err
}

func findRun(tx *bbolt.Tx, id string) (record.Run, bool, error) {
	started := tx.Bucket(bucketRunIDs).Get([]byte(id))
	if started == nil {
		return record.Run{}, false, nil
	}
	run, err := readRun(tx.Bucket(bucketRuns).Get(append(slices.Clone(started), id...)))
	return run, err == nil, err
}

func putRun(tx *bbolt.Tx, run record.Run) error {
	text, err := marshal(run)
	if err != nil {
		return fmt.Errorf("packing run %s: %w", run.ID, err)
	}
	return errors.Join(
		tx.Bucket(bucketRuns).Put(runKey(run), append([]byte{format}, text...)),
		tx.Bucket(bucketRunIDs).Put([]byte(run.ID), appendTime(nil, run.Started)))
}

// ready is an assessment with all that can be made of it before the write
// transaction.
type ready struct {
	record.Assessment
	entry   entry
	packed  []byte // the assessment compressed; nil where a pointer is likely to do
	changes []record.Change
}

// comune is what one batch brings of one comune.
type comune struct {
	looks  []ready // by time
	brief  []byte  // value of its brief view after them
	latest []byte  // that of the whole one; nil: what it says in detail has not changed
}

// Append implements store.Store.
func (s *Store) Append(ctx context.Context, as ...record.Assessment) error {
	if len(as) == 0 {
		return ctx.Err()
	}
	for _, a := range as {
		if err := validAssessment(a); err != nil {
			return fmt.Errorf("storing: %w", err)
		}
	}
	s.writing.Lock() // what is read to prepare must still hold at the commit
	defer s.writing.Unlock()
	batch, err := s.prepare(ctx, as)
	if err != nil {
		return fmt.Errorf("storing %d assessments: %w", len(as), s.named(err))
	}
	err = s.update(ctx, func(tx *bbolt.Tx) error {
		for _, c := range batch {
			if err := s.put(tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("storing %d assessments: %w", len(as), err)
	}
	return nil
}

// prepare does all the work of a batch that needs no write transaction, on
// every processor: the batch by comune, in the order of their keys.
func (s *Store) prepare(ctx context.Context, as []record.Assessment) ([]comune, error) {
	runs, err := s.runsOf(ctx, as)
	if err != nil {
		return nil, err
	}
	sorted := slices.Clone(as)
	slices.SortStableFunc(sorted, func(a, b record.Assessment) int {
		if a.Comune.Istat != b.Comune.Istat {
			if a.Comune.Istat < b.Comune.Istat {
				return -1
			}
			return 1
		}
		return a.Started.Compare(b.Started)
	})
	var batch []comune
	for i, a := range sorted {
		if i == 0 || sorted[i-1].Comune.Istat != a.Comune.Istat {
			batch = append(batch, comune{})
		}
		c := &batch[len(batch)-1]
		c.looks = append(c.looks, ready{Assessment: a})
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range batch {
		group.Go(func() error {
			if err := s.ready(ctx, &batch[i], runs); err != nil {
				return fmt.Errorf("comune %s: %w", batch[i].looks[0].Comune.Istat, err)
			}
			return nil
		})
	}
	return batch, group.Wait()
}

func (s *Store) runsOf(ctx context.Context, as []record.Assessment) (map[string]record.Run, error) {
	runs := map[string]record.Run{}
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		for _, a := range as {
			if _, ok := runs[a.Run]; ok {
				continue
			}
			run, err := begunRun(tx, a.Run)
			if err != nil {
				return err
			}
			runs[a.Run] = run
		}
		return nil
	})
	return runs, err
}

// ready prepares what one batch brings of one comune.
func (s *Store) ready(ctx context.Context, c *comune, runs map[string]record.Run) error {
	stands, err := s.standing(ctx, c.looks[0].Assessment)
	if err != nil {
		return err
	}
	for i := range c.looks {
		look := &c.looks[i]
		run := runs[look.Run]
		if err := s.pack(look, run.Night, stands.last); err != nil {
			return err
		}
		night := run.Night
		if night == "" {
			night = record.NightOf(look.Started, s.rome)
		}
		stands.view, look.changes = stands.view.Take(look.Assessment, night)
		stands.detailed = stands.detailed && look.entry.digest == stands.last
		stands.last = look.entry.digest
	}
	head := viewHead(stands.view.Comune.Province, stands.view.Comune.Region)
	if !stands.detailed {
		if c.latest, err = s.codec.packLatest(slices.Clone(head), stands.view); err != nil {
			return err
		}
	}
	c.brief, err = s.codec.packBrief(head, stands.view)
	return err
}

// standing is what a comune is known by before an assessment.
type standing struct {
	view     record.Latest // bare, where the assessment says all that a whole one would say beside it
	last     digest        // of what its history under this code ends with before that moment
	detailed bool          // the whole view that is stored has the details of an assessment of that digest
}

// standing is what the assessment a comes upon: the present view under the code that the
// comune bore before, where it has none under this one.
func (s *Store) standing(ctx context.Context, a record.Assessment) (standing, error) {
	istat := a.Comune.Istat
	var was standing
	var found pair
	var key []byte // of the last of its history
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		for _, code := range store.Codes(s.lineage, istat) {
			if value := tx.Bucket(bucketBrief).Get([]byte(code)); value != nil {
				found = pair{[]byte(code), slices.Clone(value)}
				break
			}
		}
		k, e, ok, err := before(tx.Bucket(bucketHistory), historyKey(istat, a.Started.UTC(), ""))
		if ok {
			key, was.last = slices.Clone(k), e.digest
		}
		return err
	})
	if err != nil || found.key == nil {
		return was, err
	}
	if err = s.bare(ctx, found, &was.view); err == nil && was.view.Outspoken(a) {
		was.detailed = bytes.Equal(key, historyKey(istat, was.view.Checked, was.view.Run))
		return was, nil
	}
	was.view, err = s.whole(ctx, found)
	if now := s.now(); !a.Started.After(now) {
		was.view = was.view.Until(now, a.Started)
	}
	return was, err
}

// pack bounds an assessment and makes its entry of the history, compressed
// already where the one before says something else.
func (s *Store) pack(look *ready, night string, prior digest) (err error) {
	a := &look.Assessment
	a.Started = a.Started.UTC()
	if night != "" {
		if look.entry.day, err = dayOf(night); err != nil {
			return err
		}
	}
	*a = record.Usual().Bound(*a)
	if look.entry.digest, err = digestOf(*a); err != nil || look.entry.digest == prior {
		return err
	}
	text, err := marshal(a)
	if err != nil {
		return err
	}
	if len(text) > maxRecord/2 {
		*a = record.Tight().Bound(*a)
		if look.entry.digest, err = digestOf(*a); err != nil {
			return err
		}
		if text, err = marshal(a); err != nil {
			return err
		}
	}
	look.packed = s.codec.compress(nil, text)
	return nil
}

func digestOf(a record.Assessment) (digest, error) {
	sum, err := record.Digest(a)
	return digest(sum[:digestLen]), err
}

// body is the assessment compressed, for an entry that turns out to be whole.
func (s *Store) body(look ready) ([]byte, error) {
	if look.packed != nil {
		return look.packed, nil
	}
	text, err := marshal(look.Assessment)
	if err != nil {
		return nil, err
	}
	return s.codec.compress(nil, text), nil
}

// put writes what is ready of one comune.
func (s *Store) put(tx *bbolt.Tx, c comune) error {
	history, changes := tx.Bucket(bucketHistory), tx.Bucket(bucketChanges)
	// The keys of changes only grow, and those of each comune's history: a page
	// that is split at its middle would stay half empty for ever.
	history.FillPercent, changes.FillPercent = 0.95, 0.95
	for _, look := range c.looks {
		if err := s.insert(history, look); err != nil {
			return err
		}
		for _, change := range look.changes {
			text, err := marshal(change)
			if err != nil {
				return err
			}
			if err := changes.Put(changeKey(change), append([]byte{format}, text...)); err != nil {
				return err
			}
		}
	}
	istat := []byte(c.looks[0].Comune.Istat)
	if c.latest != nil {
		if err := tx.Bucket(bucketLatest).Put(istat, c.latest); err != nil {
			return err
		}
	}
	return tx.Bucket(bucketBrief).Put(istat, c.brief)
}
