package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
)

var pageDay = time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC)

func openPages(t *testing.T, path string, now time.Time) *Pages {
	t.Helper()
	p, err := OpenPages(path, PagesOptions{Now: func() time.Time { return now }, Failed: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func index(istat, run string, i int) []byte { return fmt.Appendf(nil, "%s %s %d", istat, run, i) }

// keepVisit keeps a visit of so many pages.
func keepVisit(t *testing.T, p *Pages, istat, run string, started time.Time, pages int) record.KeptVisit {
	t.Helper()
	v := record.KeptVisit{Istat: istat, Run: run, Started: started}
	for i := range pages {
		id, err := p.KeepIndex(t.Context(), istat, index(istat, run, i))
		if err != nil {
			t.Fatal(err)
		}
		v.Pages = append(v.Pages, record.KeptPage{URL: fmt.Sprint("https://", istat, ".test/", i), Depth: i, Read: started, Version: 1, Index: id})
	}
	if err := p.KeepVisit(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	return v
}

// has holds what is kept of a comune against a visit; nil: nothing is.
func has(t *testing.T, p *Pages, istat string, want *record.KeptVisit) {
	t.Helper()
	got, known, err := p.Visit(t.Context(), istat)
	if err != nil || known != (want != nil) {
		t.Fatalf("%s: known %v, %v", istat, known, err)
	}
	if want == nil {
		return
	}
	if d := cmp.Diff(*want, got); d != "" {
		t.Error(d)
	}
	for i, k := range got.Pages {
		b, err := p.Index(t.Context(), istat, k.Index)
		if err != nil || record.IDOf(b) != k.Index {
			t.Errorf("page %d: %q, %v", i, b, err)
		}
	}
}

// indexes counts what is kept of a comune.
func indexes(t *testing.T, p *Pages, istat string) (n int) {
	t.Helper()
	err := p.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketIndexes).Cursor()
		for k, _ := c.Seek(indexPrefix(istat)); bytes.HasPrefix(k, indexPrefix(istat)); k, _ = c.Next() {
			n++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTheLatestVisitsPagesAreKeptAndNoOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pages.db")
	p := openPages(t, path, pageDay)
	keepVisit(t, p, "054051", "n1", pageDay.Add(-24*time.Hour), 5)
	other := keepVisit(t, p, "054052", "n1", pageDay.Add(-24*time.Hour), 2)
	latest := keepVisit(t, p, "054051", "n2", pageDay, 3)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p = openPages(t, path, pageDay)
	has(t, p, "054051", &latest)
	has(t, p, "054052", &other)
	has(t, p, "054053", nil)
	if n := indexes(t, p, "054051"); n != 3 {
		t.Errorf("%d indexes are kept", n)
	}
}

func TestAVisitThatFoundNothingNewIsWrittenWithoutItsPages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pages.db")
	p := openPages(t, path, pageDay)
	v := keepVisit(t, p, "054051", "n1", pageDay, 4)
	v.Run, v.Started, v.Pages = "n2", pageDay.Add(24*time.Hour), v.Pages[:3]
	if err := p.KeepVisit(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	p.Close()
	p = openPages(t, path, pageDay)
	has(t, p, "054051", &v)
	if n := indexes(t, p, "054051"); n != 3 {
		t.Errorf("%d indexes are kept", n)
	}
}

func TestAVisitBrokenOffLeavesTheOneBeforeAsItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pages.db")
	p := openPages(t, path, pageDay)
	v := keepVisit(t, p, "054051", "n1", pageDay, 2)
	for _, istat := range []string{"054051", "054052"} {
		if _, err := p.KeepIndex(t.Context(), istat, []byte("of a visit that never ended")); err != nil {
			t.Fatal(err)
		}
	}
	p.Close()
	p = openPages(t, path, pageDay)
	has(t, p, "054051", &v)
	if n := indexes(t, p, "054052"); n != 0 {
		t.Errorf("%d indexes of a comune without a visit", n)
	}
}

func TestAVisitThatListsAPageNobodyHasIsNotKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pages.db")
	p := openPages(t, path, pageDay)
	v := keepVisit(t, p, "054051", "n1", pageDay, 2)
	v.Pages = append(v.Pages, record.KeptPage{Index: record.IDOf([]byte("gone"))})
	if err := p.KeepVisit(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	p.Close()
	p = openPages(t, path, pageDay)
	has(t, p, "054051", nil)
	if n := indexes(t, p, "054051"); n != 0 {
		t.Errorf("%d indexes are left", n)
	}
}

func TestPagesAreDroppedAfterAMonth(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pages.db")
	p := openPages(t, path, pageDay)
	keepVisit(t, p, "054051", "n1", pageDay, 2)
	later := keepVisit(t, p, "054052", "n9", pageDay.Add(9*24*time.Hour), 2)
	p.Close()
	r, err := OpenPages(path, PagesOptions{ReadOnly: true, Now: func() time.Time { return pageDay.Add(pagesKept + time.Second) }})
	if err != nil {
		t.Fatal(err)
	}
	has(t, r, "054051", nil) // although nobody has dropped it yet
	r.Close()
	p = openPages(t, path, pageDay.Add(pagesKept+time.Second))
	has(t, p, "054051", nil)
	has(t, p, "054052", &later)
	if n := indexes(t, p, "054051"); n != 0 {
		t.Errorf("%d indexes are left", n)
	}
}

func TestAFileThatIsFullKeepsNoMoreAndSaysSoOnce(t *testing.T) {
	var said []error
	path := filepath.Join(t.TempDir(), "pages.db")
	p, err := OpenPages(path, PagesOptions{MaxBytes: 1, Now: func() time.Time { return pageDay }, Failed: func(err error) { said = append(said, err) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	for i := range 3 * pagesQueue {
		keepVisit(t, p, "054051", fmt.Sprint("n", i), pageDay, 1)
	}
	p.Close()
	if len(said) != 1 {
		t.Errorf("said %v", said)
	}
	p = openPages(t, path, pageDay)
	has(t, p, "054051", nil)
}

func TestADamagedCacheOfPagesIsBegunAnewAndEndsNoProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pages.db")
	p := openPages(t, path, pageDay)
	for i := range 200 {
		keepVisit(t, p, fmt.Sprintf("%06d", i), "n1", pageDay, 8)
	}
	p.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	size := os.Getpagesize()
	pages := len(whole) / size
	random := rand.New(rand.NewPCG(7, 11))
	spoil := func(from, n, bytes int) func([]byte) []byte {
		return func(b []byte) []byte {
			for range n {
				at := (from + random.IntN(pages-from)) * size
				for i := range bytes {
					b[at+i] = byte(random.Uint32())
				}
			}
			return b
		}
	}
	for name, damage := range map[string]func([]byte) []byte{
		"nothing but zeros":              func(b []byte) []byte { clear(b); return b },
		"cut to half":                    func(b []byte) []byte { return b[:len(b)/2] },
		"cut within its last page":       func(b []byte) []byte { return b[:len(b)-size/2] },
		"a few heads of pages spoilt":    spoil(2, 3, 16),
		"many heads of pages spoilt":     spoil(2, pages/4, 16),
		"all heads of pages spoilt":      spoil(2, 20*pages, 16),
		"a few pages spoilt":             spoil(2, 3, size),
		"many pages spoilt":              spoil(2, pages/4, size),
		"pages and what names them gone": spoil(0, pages, size),
	} {
		t.Run(name, func(t *testing.T) {
			for range 5 {
				if err := os.WriteFile(path, damage(bytes.Clone(whole)), 0o600); err != nil {
					t.Fatal(err)
				}
				for i := range 3 { // what was found once is not found again
					p := openPages(t, path, pageDay)
					want := keepVisit(t, p, "054051", fmt.Sprint(i), pageDay, 1)
					if err := p.Close(); err != nil {
						t.Fatal(err)
					}
					p = openPages(t, path, pageDay)
					has(t, p, "054051", &want)
					p.Close()
				}
			}
		})
	}
}

func TestACacheWithoutItsListOfFreePagesIsBegunAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pages.db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("a mark")); return err })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	p := openPages(t, path, pageDay)
	err = p.db.View(func(tx *bbolt.Tx) error {
		if tx.Bucket([]byte("a mark")) != nil {
			t.Error("it is the file of before")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestADamagedPageIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pages.db")
	p := openPages(t, path, pageDay)
	id := record.IDOf([]byte("x"))
	for name, value := range map[string][]byte{
		"no value": {}, "another form": {9, 1}, "no zstd": append([]byte{pageForm}, "nothing"...), "another page": p.compress([]byte("y")),
	} {
		t.Run(name, func(t *testing.T) {
			err := p.db.Update(func(tx *bbolt.Tx) error {
				if err := tx.Bucket(bucketVisits).Put([]byte("054051"), value); err != nil {
					return err
				}
				return tx.Bucket(bucketIndexes).Put(indexKey("054051", id), value)
			})
			if err != nil {
				t.Fatal(err)
			}
			if b, err := p.Index(t.Context(), "054051", id); err == nil {
				t.Errorf("no error, and %q", b)
			}
			if v, _, err := p.Visit(t.Context(), "054051"); err == nil {
				t.Errorf("no error, and %v", v)
			}
		})
	}
}

func TestTheFormerFormOfTheCacheIsDropped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pages.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket(bucketFormer)
		if err != nil {
			return err
		}
		return b.Put([]byte("054051"), []byte("names of persons"))
	})
	if err != nil || db.Close() != nil {
		t.Fatal(err)
	}
	p := openPages(t, path, pageDay)
	has(t, p, "054051", nil)
	err = p.db.View(func(tx *bbolt.Tx) error {
		if tx.Bucket(bucketFormer) != nil {
			t.Error("it is still there")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestPagesAreForOneWriterAndForNobodyElsesEyes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pages.db")
	_, err := OpenPages(path, PagesOptions{ReadOnly: true})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing there: %v", err)
	}
	p := openPages(t, path, pageDay)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	var locked *store.LockedError
	if _, err := OpenPages(path, PagesOptions{Wait: time.Millisecond}); !errors.As(err, &locked) {
		t.Errorf("a second writer: %v", err)
	}
	p.Close()
	if err := p.KeepVisit(t.Context(), record.KeptVisit{Istat: "054051"}); err != nil {
		t.Errorf("a visit after the end: %v", err)
	}
	r, err := OpenPages(path, PagesOptions{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.KeepIndex(t.Context(), "054051", nil); err == nil {
		t.Error("written although opened to read")
	}
}
