package bolt

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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

func keepVisit(t *testing.T, p *Pages, istat, run string, started time.Time, pages int) []record.Kept {
	t.Helper()
	var want []record.Kept
	for i := range pages {
		k := record.Kept{Istat: istat, Run: run, Started: started, Seq: i, Index: fmt.Appendf(nil, "%s %s %d", istat, run, i)}
		if err := p.Keep(context.Background(), k); err != nil {
			t.Fatal(err)
		}
		want = append(want, k)
	}
	return want
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
	for _, c := range []struct {
		name, istat, run string
		want             []record.Kept
	}{
		{"the latest visit", "054051", "n2", latest},
		{"the visit before", "054051", "n1", nil},
		{"another comune", "054052", "n1", other},
		{"a comune never visited", "054053", "n1", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := p.Of(t.Context(), c.istat, c.run)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestPagesAreDroppedAfterAMonth(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pages.db")
	p := openPages(t, path, pageDay)
	keepVisit(t, p, "054051", "n1", pageDay, 2)
	keepVisit(t, p, "054052", "n9", pageDay.Add(9*24*time.Hour), 2)
	p.Close()
	p = openPages(t, path, pageDay.Add(pagesKept+time.Second))
	if got, err := p.Of(t.Context(), "054051", "n1"); err != nil || len(got) > 0 {
		t.Errorf("after a month: %v, %v", got, err)
	}
	if got, err := p.Of(t.Context(), "054052", "n9"); err != nil || len(got) != 2 {
		t.Errorf("after three weeks: %v, %v", got, err)
	}
}

func TestADamagedCacheOfPagesIsBegunAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pages.db")
	if err := os.WriteFile(path, make([]byte, 1<<16), 0o600); err != nil {
		t.Fatal(err)
	}
	p := openPages(t, path, pageDay)
	want := keepVisit(t, p, "054051", "n1", pageDay, 1)
	p.Close()
	p = openPages(t, path, pageDay)
	if got, err := p.Of(t.Context(), "054051", "n1"); err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestADamagedPageIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pages.db")
	p := openPages(t, path, pageDay)
	err := p.db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketPages).Put(pageKey("054051", 0), append(p.pack(record.Kept{Run: "n1", Started: pageDay})[:pageHeadSize+2], "nothing"...))
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Of(t.Context(), "054051", "n1"); err == nil {
		t.Errorf("no error, and %v", got)
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
	if err := p.Keep(t.Context(), record.Kept{Istat: "054051"}); err != nil {
		t.Errorf("a page after the end: %v", err)
	}
	r, err := OpenPages(path, PagesOptions{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Keep(t.Context(), record.Kept{}); err == nil {
		t.Error("written although opened to read")
	}
}
