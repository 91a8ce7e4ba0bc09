// Package bolt keeps records in one file, with bbolt.
//
// The buckets:
//
//	meta     "layout" → the version of all that follows
//	runs     started ‖ run id → run, JSON
//	run_ids  run id → started
//	history  istat ‖ started ‖ run id → a whole assessment, or a pointer to the
//	         one before that said the same (see history.go)
//	latest   istat → the present view, whole
//	brief    istat → the same in brief, quick to read
//	changes  at ‖ istat ‖ check → a transition, JSON
//	nights   date in Rome → what the night counted
//
// Moments in keys are eight bytes, nanoseconds since 1970, big-endian, so that
// keys sort by time. Every value starts with the version of its format.
package bolt

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/vigile-it/vigile/store"
)

var (
	bucketMeta    = []byte("meta")
	bucketRuns    = []byte("runs")
	bucketRunIDs  = []byte("run_ids")
	bucketHistory = []byte("history")
	bucketLatest  = []byte("latest")
	bucketBrief   = []byte("brief")
	bucketChanges = []byte("changes")
	bucketNights  = []byte("nights")

	keyLayout = []byte("layout")
)

func buckets() [][]byte {
	return [][]byte{bucketMeta, bucketRuns, bucketRunIDs, bucketHistory, bucketLatest, bucketBrief, bucketChanges, bucketNights}
}

// Options say how a database is opened.
type Options struct {
	ReadOnly bool             // share the file with other readers; nothing can be written
	Wait     time.Duration    // for a lock that another process has; 0: one second
	Now      func() time.Time // nil: time.Now
	Thorough bool             // go through every page first, which takes as long as reading the file: see Inspect
	Command  string           // what other processes are told holds the file; empty: the program's name
	Lineage  store.Lineage    // whose history a code goes on with; nil: its own alone

	noSync bool   // for tests of what is kept, not of whether it survives
	steps  []step // for tests of migration; nil: those there are
}

// Store is a store.Store in one bbolt file, which is locked while it is open:
// by one writer, or by any number of readers. Besides store.Store it offers
// Previous, Nights and Assessed, and what keeping the file needs: Check, Backup,
// Inspect, Size, Forget, Retain.
type Store struct {
	path     string
	readOnly bool
	db       *bbolt.DB
	codec    *codec
	rome     *time.Location
	lineage  store.Lineage // nil: none
	now      func() time.Time

	writing sync.Mutex // held through an Append, from reading the views to their commit
	closing sync.Once
	closed  error
}

var _ store.Store = (*Store)(nil)

// Open opens the database, and makes it where there is none and it is not
// ReadOnly. The error is a *store.LockedError where another process holds it
// for longer than o.Wait, a *store.CorruptError or *store.NewerError where it
// is damaged or of a later version; the file is then as it was. One of an
// earlier version is brought to today's layout, or is a *store.OlderError where
// it may only be read. It wraps
// fs.ErrNotExist where there is nothing to read. The time zone Europe/Rome must
// be known to the program: import time/tzdata.
func Open(path string, o Options) (*Store, error) {
	if o.Wait <= 0 {
		o.Wait = time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Command == "" {
		o.Command = filepath.Base(os.Args[0])
	}
	if o.steps == nil {
		o.steps = steps()
	}
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		return nil, fmt.Errorf("opening store: %w", err)
	}
	c, err := sharedCodec()
	if err != nil {
		return nil, fmt.Errorf("opening store: %w", err)
	}
	if !o.ReadOnly {
		if err := ensure(path, o); err != nil {
			return nil, fmt.Errorf("making store %s: %w", path, err)
		}
	}
	if err := vet(path); err != nil {
		return nil, err
	}
	db, err := openFile(path, o)
	for errors.Is(err, errReplaced) {
		db, err = openFile(path, o)
	}
	if err != nil {
		return nil, err
	}
	if o.Thorough {
		if err := thorough(path); err != nil {
			db.Close()
			return nil, err
		}
	}
	s := &Store{path: path, readOnly: o.ReadOnly, db: db, codec: c, rome: rome, lineage: o.Lineage, now: o.Now}
	if err := s.settle(o.steps); err != nil {
		db.Close()
		return nil, err
	}
	h := store.Holder{PID: os.Getpid(), Command: o.Command, Since: o.Now().UTC().Truncate(time.Second), ReadOnly: o.ReadOnly}
	if err := writeHolder(path, h); err != nil && !o.ReadOnly {
		db.Close()
		return nil, fmt.Errorf("opening store: %w", err)
	}
	return s, nil
}

// ensure makes an empty database where there is no file. It is made under
// another name and then linked into place, so that a half-made file is never
// seen under its own.
func ensure(path string, o Options) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, filepath.Base(path)+".new*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if err := tmp.Close(); err != nil {
		return err
	}
	if err := initialise(tmp.Name(), o); err != nil {
		return err
	}
	err = os.Link(tmp.Name(), path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	return os.Rename(tmp.Name(), path) // a file system without links
}

func initialise(path string, o Options) error {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second, NoSync: o.noSync})
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets() {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketMeta).Put(keyLayout, []byte(strconv.Itoa(layoutNow(o.steps))))
	})
	return errors.Join(err, db.Close())
}

// vet refuses a file that bbolt must not be shown.
func vet(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("opening store: %w", err)
	}
	defer f.Close()
	if err := vetFile(f); err != nil {
		return &store.CorruptError{Path: path, Err: err}
	}
	return nil
}

// thorough refuses a locked file whose pages do not hang together.
func thorough(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("opening store: %w", err)
	}
	defer f.Close()
	if err := walk(f); err != nil {
		return &store.CorruptError{Path: path, Err: err}
	}
	return nil
}

// openFile has bbolt open the file. It gives the lock back where bbolt panics.
func openFile(path string, o Options) (*bbolt.DB, error) {
	db, file, err := openMapped(path, bbolt.Options{Timeout: o.Wait, ReadOnly: o.ReadOnly, NoSync: o.noSync}, os.O_CREATE)
	var broken *brokenError
	switch {
	case err == nil && !stands(file, path):
		db.Close()
		return nil, errReplaced
	case err == nil:
		return db, nil
	case errors.Is(err, berrors.ErrTimeout):
		return nil, &store.LockedError{Path: path, Holder: readHolder(path)}
	case errors.As(err, &broken), errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return nil, &store.CorruptError{Path: path, Err: err}
	}
	return nil, fmt.Errorf("opening store %s: %w", path, err)
}

// openMapped opens a file with bbolt, without some of the flags it opens it by. Where
// bbolt panics it gives the lock back, and the error is a *brokenError.
func openMapped(path string, o bbolt.Options, without int) (db *bbolt.DB, file *os.File, err error) {
	o.FreelistType = bbolt.FreelistMapType
	o.OpenFile = func(name string, flag int, perm os.FileMode) (*os.File, error) {
		var err error
		file, err = os.OpenFile(name, flag&^without, perm)
		return file, err
	}
	err = safely(func() error {
		var err error
		db, err = bbolt.Open(path, 0o600, &o)
		return err
	})
	var broken *brokenError
	if errors.As(err, &broken) && file != nil {
		file.Close()
	}
	return db, file, err
}

// errReplaced is returned where the file was compacted while its lock was
// waited for, so that the one that is locked now no longer has a name.
var errReplaced = errors.New("the file was replaced")

// stands tells whether the open file is the one of that name.
func stands(file *os.File, path string) bool {
	mine, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(mine, there)
}

// Close releases the file. Iterators that still run end with store.ErrClosed.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.writing.Lock()
		defer s.writing.Unlock()
		removeHolder(s.path)
		s.closed = s.db.Close()
	})
	return s.closed
}

// view runs f in a read transaction. f must keep no slice of the database.
func (s *Store) view(ctx context.Context, f func(*bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.named(safely(func() error { return s.db.View(f) }))
}

// update runs f in a write transaction and syncs.
func (s *Store) update(ctx context.Context, f func(*bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.named(safely(func() error { return s.db.Update(f) }))
}

// named turns bbolt's errors into the store's.
func (s *Store) named(err error) error {
	var broken *brokenError
	switch {
	case errors.As(err, &broken):
		return &store.CorruptError{Path: s.path, Err: err}
	case errors.Is(err, berrors.ErrDatabaseNotOpen):
		return store.ErrClosed
	case errors.Is(err, berrors.ErrDatabaseReadOnly):
		return store.ErrReadOnly
	case noRoom(err):
		return &store.FullError{Path: s.path, Err: err}
	}
	return err
}

// noRoom tells whether a write failed because the disk, a quota or a bound on the
// file's length left no room. Of a file that cannot grow bbolt hands on the words
// alone.
func noRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) ||
		err != nil && strings.Contains(err.Error(), "file resize error")
}

// brokenError is what only a damaged database can bring about.
type brokenError struct{ what string }

func (e *brokenError) Error() string { return e.what }

func broken(format string, args ...any) error { return &brokenError{fmt.Sprintf(format, args...)} }

// safely runs f, which reads the mapped file. On a damaged page bbolt panics or
// the memory access faults; both become an error.
func safely(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil {
			err = broken("reading it: %v", v)
		}
	}()
	return f()
}
