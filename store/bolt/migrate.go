package bolt

// Layouts: which one a file has, and the way from an older one to today's.

import (
	"context"
	"fmt"
	"strconv"

	"go.etcd.io/bbolt"

	"github.com/vigile-it/vigile/store"
)

// A step leads from one layout to the next, in the transaction that also writes
// the number of the new one: a step that is cut off has not happened.
type step func(*bbolt.Tx) error

// firstLayout is the oldest there has been. Step i leads from firstLayout+i.
const firstLayout = 1

// steps are all steps there are. Where a file needs several, each is committed
// before the next.
func steps() []step {
	return []step{
		// To layout 2: whole views are written only when they say something else, and
		// numbers and times are those of the brief ones. What is there is true of both.
		func(*bbolt.Tx) error { return nil },
	}
}

// layoutNow is the layout that those steps end in.
func layoutNow(steps []step) int { return firstLayout + len(steps) }

// layoutOf is the layout a file has.
func layoutOf(tx *bbolt.Tx) (int, error) {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		return 0, broken("no bucket %q: not a store of vigile", bucketMeta)
	}
	found, err := strconv.Atoi(string(meta.Get(keyLayout)))
	if err != nil || found < firstLayout {
		return 0, broken("no layout version: not a store of vigile")
	}
	return found, nil
}

// settle brings an open file to today's layout, and holds it to having every
// bucket. A newer layout is a *store.NewerError, an older one that may only be
// read an *store.OlderError: neither is changed.
func (s *Store) settle(steps []step) error {
	var found int
	read := func() error {
		return s.view(context.Background(), func(tx *bbolt.Tx) (err error) {
			found, err = layoutOf(tx)
			return err
		})
	}
	if err := read(); err != nil {
		return err
	}
	known := layoutNow(steps)
	switch {
	case found > known:
		return &store.NewerError{Path: s.path, Found: found, Known: known}
	case found < known && s.readOnly:
		return &store.OlderError{Path: s.path, Found: found, Known: known}
	}
	for ; found < known; found++ {
		if err := s.migrate(steps[found-firstLayout], found+1); err != nil {
			return fmt.Errorf("bringing store %s from layout %d to %d: %w", s.path, found, found+1, err)
		}
	}
	return s.view(context.Background(), func(tx *bbolt.Tx) error {
		for _, name := range buckets() {
			if tx.Bucket(name) == nil {
				return broken("no bucket %q", name)
			}
		}
		return nil
	})
}

func (s *Store) migrate(do step, to int) error {
	return s.update(context.Background(), func(tx *bbolt.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		return tx.Bucket(bucketMeta).Put(keyLayout, []byte(strconv.Itoa(to)))
	})
}
