package bolt

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
	"github.com/vigile-it/vigile/store/storetest"
)

// filled is the path of a closed store with twenty comuni, two nights each.
func filled(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vigile.db")
	s := openAt(t, path, Options{})
	ctx := context.Background()
	for n := range 2 {
		at := storetest.Dawn.AddDate(0, 0, n)
		run := record.NightOf(at, time.UTC)
		if err := s.Begin(ctx, storetest.RunOf(run, record.Night, at)); err != nil {
			t.Fatal(err)
		}
		var as []record.Assessment
		for i := range 20 {
			as = append(as, storetest.Small(i, i%3*n, run, at))
		}
		if err := s.Append(ctx, as...); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func garbage(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestADamagedFileIsRefusedAndUntouched(t *testing.T) {
	whole := filled(t)
	for name, change := range map[string]func([]byte) []byte{
		"empty":                   func([]byte) []byte { return nil },
		"cut within a page":       func(b []byte) []byte { return b[:5000] },
		"cut to a page":           func(b []byte) []byte { return b[:4096] },
		"cut in half":             func(b []byte) []byte { return b[:len(b)/2/4096*4096] },
		"garbage":                 func([]byte) []byte { return garbage(100_000) },
		"text":                    func([]byte) []byte { return bytes.Repeat([]byte("not a database\n"), 1000) },
		"garbage over both metas": func(b []byte) []byte { return append(garbage(8192), b[8192:]...) },
		"all but the metas gone":  func(b []byte) []byte { return append(b[:8192:8192], make([]byte, len(b)-8192)...) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "vigile.db")
			b, err := os.ReadFile(whole)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, change(b), 0o600); err != nil {
				t.Fatal(err)
			}
			before := sum(t, path)
			for _, readOnly := range []bool{false, true} {
				s, err := Open(path, Options{ReadOnly: readOnly, Wait: 100 * time.Millisecond})
				var corrupt *store.CorruptError
				if !errors.As(err, &corrupt) || corrupt.Path != path {
					if err == nil {
						s.Close()
					}
					t.Errorf("read-only %t: got %v, want a *store.CorruptError", readOnly, err)
				}
			}
			if after := sum(t, path); after != before {
				t.Errorf("the file was touched: %s, now %s", before, after)
			}
		})
	}
}

// A page in the middle may be ruined without anybody noticing at the door: then
// reading says so, nothing panics, and nothing false is told.
func TestDamageWithinIsFoundByReading(t *testing.T) {
	whole := filled(t)
	info, err := os.Stat(whole)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for at := int64(2 * 4096); at < info.Size(); at += 2 * 4096 {
		path := filepath.Join(t.TempDir(), "vigile.db")
		b, err := os.ReadFile(whole)
		if err != nil {
			t.Fatal(err)
		}
		copy(b[at:], garbage(4096))
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		err = readEverything(path)
		var corrupt *store.CorruptError
		if err != nil && !errors.As(err, &corrupt) {
			t.Errorf("page %d: got %v", at/4096, err)
		}
		if err != nil {
			found++
		}
	}
	if found < 3 {
		t.Errorf("only %d of the ruined pages were noticed", found)
	}
}

func readEverything(path string) error {
	s, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer s.Close()
	ctx := context.Background()
	if _, err := s.Runs(ctx, "", 0); err != nil {
		return err
	}
	for _, brief := range []bool{true, false} {
		for l, err := range s.Latest(ctx, store.Query{Brief: brief}) {
			if err != nil {
				return err
			}
			if _, err := s.History(ctx, l.Comune.Istat, 0); err != nil {
				return err
			}
		}
	}
	for _, err := range s.Changes(ctx, time.Time{}, time.Time{}, store.Query{}) {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestALaterLayoutIsRefusedAndUntouched(t *testing.T) {
	path := filled(t)
	setLayout(t, path, "7")
	before := sum(t, path)
	for _, readOnly := range []bool{false, true} {
		_, err := Open(path, Options{ReadOnly: readOnly})
		var newer *store.NewerError
		if !errors.As(err, &newer) || newer.Found != 7 || newer.Known != layoutNow(steps()) {
			t.Errorf("got %v", err)
		}
	}
	if after := sum(t, path); after != before {
		t.Errorf("the file was touched: %s, now %s", before, after)
	}
}

func TestAnotherProgramsDatabaseIsRefusedAndUntouched(t *testing.T) {
	for name, o := range map[string]*bbolt.Options{"as ours": nil, "without a list of free pages": {NoFreelistSync: true}} {
		path := filepath.Join(t.TempDir(), "other.db")
		db, err := bbolt.Open(path, 0o600, o)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("theirs")); return err })
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		before := sum(t, path)
		var corrupt *store.CorruptError
		if _, err := Open(path, Options{}); !errors.As(err, &corrupt) {
			t.Errorf("%s: got %v", name, err)
		}
		if after := sum(t, path); after != before {
			t.Errorf("%s: the file was touched: %s, now %s", name, before, after)
		}
	}
}

func setLayout(t testing.TB, path, version string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).Put(keyLayout, []byte(version)) })
	if err != nil {
		t.Fatal(err)
	}
}

func TestNothingIsMadeToBeRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "vigile.db")
	if _, err := Open(path, Options{ReadOnly: true}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Dir(path)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder was made: %v", err)
	}
}

func TestCheckFindsWhatReadingWouldNot(t *testing.T) {
	ctx := context.Background()
	path := filled(t)
	s := openAt(t, path, Options{})
	if err := s.Check(ctx); err != nil {
		t.Fatalf("a whole store: %v", err)
	}
	for name, damage := range map[string]func(*bbolt.Tx) error{
		"a whole assessment that pointers need is gone": func(tx *bbolt.Tx) error {
			k, _ := tx.Bucket(bucketHistory).Cursor().First()
			return tx.Bucket(bucketHistory).Delete(k)
		},
		"a comune without its brief view": func(tx *bbolt.Tx) error {
			return tx.Bucket(bucketBrief).Delete([]byte(storetest.Comune(3).Istat))
		},
		"a run without its id": func(tx *bbolt.Tx) error {
			k, _ := tx.Bucket(bucketRunIDs).Cursor().First()
			return tx.Bucket(bucketRunIDs).Delete(k)
		},
		"a value of garbage": func(tx *bbolt.Tx) error {
			return tx.Bucket(bucketLatest).Put([]byte(storetest.Comune(3).Istat), append(viewHead("PG", ""), garbage(50)...))
		},
	} {
		t.Run(name, func(t *testing.T) {
			tx, err := s.db.Begin(true)
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback()
			if err := damage(tx); err != nil {
				t.Fatal(err)
			}
			var broken *brokenError
			if _, err := s.checkAll(ctx, tx); !errors.As(err, &broken) {
				t.Errorf("got %v", err)
			}
		})
	}
	s.Close()
}
