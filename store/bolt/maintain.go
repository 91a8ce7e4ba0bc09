package bolt

// Keeping the file itself: check, back-up, compaction.

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/vigile-it/vigile/internal/record"
)

// Contents is how much a store keeps.
type Contents struct {
	Layout      int   `json:"layout"`      // version of the file's buckets and keys
	Comuni      int   `json:"comuni"`      // with a present view
	Assessments int   `json:"assessments"` // in the history
	Runs        int   `json:"runs"`
	Nights      int   `json:"nights"` // that were finished and counted
	Changes     int   `json:"changes"`
	Bytes       int64 `json:"bytes"` // length of the file
	Free        int64 `json:"free"`  // of them, pages that are used again before the file grows
}

// Check reads every page and every value, and that what refers to another is
// not alone. It takes as long as reading the file, in one read transaction. The
// error is a *store.CorruptError that names the first thing found.
func (s *Store) Check(ctx context.Context) error {
	_, err := s.Inspect(ctx)
	return err
}

// Inspect is Check, and tells how much it has gone through. Pages that lead
// back to themselves are found only in a store that was opened Thorough; in
// another they may end the process.
func (s *Store) Inspect(ctx context.Context) (Contents, error) {
	var found Contents
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		// Our own reading comes first: it survives a page that leads astray, and
		// bbolt's goes on in a goroutine that nobody can guard.
		counts, err := s.checkAll(ctx, tx)
		if err != nil {
			return err
		}
		found = Contents{
			Comuni: counts[string(bucketLatest)], Assessments: counts[string(bucketHistory)], Runs: counts[string(bucketRuns)],
			Nights: counts[string(bucketNights)], Changes: counts[string(bucketChanges)],
		}
		var first error
		for err := range tx.Check() { // to its end, or its goroutine waits for ever
			if first == nil {
				first = broken("%v", err)
			}
		}
		if first != nil {
			return first
		}
		found.Layout, err = layoutOf(tx)
		return err
	})
	if err != nil {
		return Contents{}, err
	}
	found.Bytes, found.Free, err = s.Size()
	return found, err
}

func (s *Store) checkAll(ctx context.Context, tx *bbolt.Tx) (counts map[string]int, err error) {
	counts = map[string]int{}
	for _, part := range []struct {
		bucket []byte
		each   func(tx *bbolt.Tx, k, v []byte) error
	}{
		{bucketRuns, s.checkRun},
		{bucketHistory, s.checkEntry},
		{bucketLatest, s.checkLatest},
		{bucketBrief, s.checkBrief},
		{bucketChanges, s.checkChange},
		{bucketNights, s.checkNight},
		{bucketRunIDs, func(*bbolt.Tx, []byte, []byte) error { return nil }},
	} {
		c := tx.Bucket(part.bucket).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			counts[string(part.bucket)]++
			if err := part.each(tx, k, v); err != nil {
				return nil, fmt.Errorf("%s %q: %w", part.bucket, k, err)
			}
		}
	}
	for _, pair := range [][2][]byte{{bucketLatest, bucketBrief}, {bucketRuns, bucketRunIDs}} {
		if a, b := counts[string(pair[0])], counts[string(pair[1])]; a != b {
			return nil, broken("%d in %s, %d in %s", a, pair[0], b, pair[1])
		}
	}
	return counts, nil
}

func (s *Store) checkRun(tx *bbolt.Tx, k, v []byte) error {
	run, err := readRun(v)
	if err == nil && !bytes.Equal(runKey(run), k) {
		err = broken("it is under another's key")
	}
	if err == nil && !bytes.Equal(tx.Bucket(bucketRunIDs).Get([]byte(run.ID)), k[:timeLen]) {
		err = broken("its id does not lead to it")
	}
	return err
}

func (s *Store) checkEntry(tx *bbolt.Tx, k, v []byte) error {
	if _, _, err := historyParts(k); err != nil {
		return err
	}
	e, err := readEntry(v)
	if err != nil {
		return err
	}
	if e.kind == kindPointer {
		whole := wholeKey(k, e)
		target, err := readEntry(tx.Bucket(bucketHistory).Get(whole))
		if err != nil || target.kind != kindWhole || target.digest != e.digest || bytes.Compare(whole, k) >= 0 {
			return broken("it points to nothing that it repeats")
		}
		return nil
	}
	var a record.Assessment
	if err := s.codec.unmarshal(e.rest, &a); err != nil {
		return err
	}
	if !bytes.Equal(historyKey(a.Comune.Istat, a.Started, a.Run), k) {
		return broken("it is under another's key")
	}
	return nil
}

func (s *Store) checkLatest(_ *bbolt.Tx, k, v []byte) error {
	return checkView(k, v, s.codec.unpackLatest)
}

func (s *Store) checkBrief(_ *bbolt.Tx, k, v []byte) error {
	return checkView(k, v, s.codec.unpackBrief)
}

func checkView(k, v []byte, unpack func([]byte) (record.Latest, error)) error {
	_, _, packed, err := splitView(v)
	if err != nil {
		return err
	}
	l, err := unpack(packed)
	if err == nil && l.Comune.Istat != string(k) {
		err = broken("it is the view of %s", l.Comune.Istat)
	}
	return err
}

func (s *Store) checkChange(_ *bbolt.Tx, k, v []byte) error {
	var c record.Change
	err := plainJSON(v, &c)
	if err == nil && !bytes.Equal(changeKey(c), k) {
		err = broken("it is under another's key")
	}
	return err
}

func (s *Store) checkNight(_ *bbolt.Tx, k, v []byte) error {
	var n record.NightTally
	err := s.codec.unmarshal(v, &n)
	if err == nil && n.Night != string(k) {
		err = broken("it is the night of %s", n.Night)
	}
	return err
}

// Backup writes the whole database, as it is at one moment, to w: a file that
// Open opens. Others may read and write meanwhile, but what they free is not
// used again before it ends.
func (s *Store) Backup(ctx context.Context, w io.Writer) (n int64, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		var err error
		n, err = tx.WriteTo(untilDone{ctx, w})
		return err
	})
	if err != nil {
		return n, fmt.Errorf("backing up: %w", cmp.Or(ctx.Err(), err)) // bbolt hides what the writer said
	}
	return n, nil
}

// untilDone is a writer that fails once its context has ended.
type untilDone struct {
	ctx context.Context
	w   io.Writer
}

func (u untilDone) Write(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.w.Write(b)
}

// Size is the length of the file in bytes, and how many of them are free pages,
// which are used again before the file grows.
func (s *Store) Size() (total, free int64, err error) {
	err = s.view(context.Background(), func(*bbolt.Tx) error {
		stats := s.db.Stats()
		free = int64(stats.FreeAlloc)
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	info, err := os.Stat(s.path)
	if err != nil {
		return 0, 0, fmt.Errorf("measuring the store: %w", err)
	}
	return info.Size(), free, nil
}

// compactTx is how many bytes one transaction of a compaction copies.
const compactTx = 16 << 20

// Compact rewrites the file of a closed store without its free pages, where a link may
// lead to it. Nobody else may have it open; the errors are those of Open. A Compact
// that is cut off leaves the old file; what it leaves beside it goes with the next.
func Compact(path string, o Options) (before, after int64, err error) {
	o.ReadOnly = false
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return 0, 0, fmt.Errorf("compacting store: %w", err)
	}
	s, err := Open(path, o)
	if err != nil {
		return 0, 0, err
	}
	defer s.Close() // only now may another process open what stands in its place
	clearUnfinished(path)
	if before, _, err = s.Size(); err != nil {
		return 0, 0, err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new*")
	if err != nil {
		return 0, 0, fmt.Errorf("compacting store: %w", err)
	}
	defer os.Remove(tmp.Name())
	if err := tmp.Close(); err != nil {
		return 0, 0, fmt.Errorf("compacting store: %w", err)
	}
	if after, err = s.copyTo(tmp.Name()); err != nil {
		return 0, 0, fmt.Errorf("compacting store: %w", err)
	}
	if err := replace(s, tmp.Name(), path); err != nil {
		return 0, 0, fmt.Errorf("compacting store: %w", err)
	}
	return before, after, nil
}

// clearUnfinished removes what a Compact that was killed has left: as large as the
// store. Whoever holds the lock is the only one.
func clearUnfinished(path string) {
	left, _ := filepath.Glob(path + ".new*")
	for _, name := range left {
		if suffix := strings.TrimPrefix(name, path+".new"); strings.Trim(suffix, "0123456789") == "" {
			os.Remove(name) //nolint:errcheck // the next one tries again
		}
	}
}

func (s *Store) copyTo(path string) (size int64, err error) {
	to, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second, NoSync: true})
	if err != nil {
		return 0, err
	}
	err = safely(func() error { return bbolt.Compact(to, s.db, compactTx) })
	if err = errors.Join(s.named(err), to.Sync(), to.Close()); err != nil {
		return 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// replace puts a new file in the place of the open store's.
func replace(s *Store, from, to string) error {
	if runtime.GOOS == "windows" { // where an open file cannot be replaced
		if err := s.Close(); err != nil {
			return err
		}
	}
	return os.Rename(from, to)
}
