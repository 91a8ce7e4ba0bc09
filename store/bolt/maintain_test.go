package bolt

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
	"github.com/vigile-it/vigile/store/storetest"
)

// contents is all that a store tells.
func contents(t *testing.T, path string) (all []any) {
	t.Helper()
	s := openAt(t, path, Options{ReadOnly: true})
	defer s.Close()
	ctx := context.Background()
	runs, err := s.Runs(ctx, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, runs)
	for l, err := range s.Latest(ctx, store.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		as, err := s.History(ctx, l.Comune.Istat, 0)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, l, as)
	}
	return all
}

func TestABackupTakenWhileWritingIsAStore(t *testing.T) {
	ctx := context.Background()
	path := filled(t)
	want := contents(t, path)
	copied := filepath.Join(t.TempDir(), "copy.db")
	f, err := os.OpenFile(copied, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	s := openAt(t, path, Options{})
	w := &interrupted{f: f, then: func() {
		if err := s.Begin(ctx, storetest.RunOf("during", record.Request, storetest.Dawn)); err != nil {
			t.Error(err)
		}
	}}
	n, err := s.Backup(ctx, w)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := f.Stat(); err != nil || info.Size() != n {
		t.Errorf("%d bytes said, %v", n, err)
	}
	f.Close()
	if d := cmp.Diff(want, contents(t, copied)); d != "" {
		t.Error(d)
	}
}

// interrupted does something before its first write.
type interrupted struct {
	f    *os.File
	then func()
}

func (w *interrupted) Write(b []byte) (int, error) {
	if w.then != nil {
		w.then()
		w.then = nil
	}
	return w.f.Write(b)
}

func TestABackupEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := openAt(t, filled(t), Options{})
	w := &interrupted{then: cancel}
	w.f, _ = os.Create(filepath.Join(t.TempDir(), "copy.db"))
	defer w.f.Close()
	if _, err := s.Backup(ctx, w); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestCompactionKeepsEverythingAndGivesPagesBack(t *testing.T) {
	path := filled(t)
	want := contents(t, path)
	s := openAt(t, path, Options{})
	ctx := context.Background()
	if err := s.Begin(ctx, storetest.RunOf("big", record.Night, storetest.Dawn.AddDate(1, 0, 0))); err != nil {
		t.Fatal(err)
	}
	s.Close()
	want[0] = contents(t, path)[0]
	before, after, err := Compact(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if after > before {
		t.Errorf("%d bytes before, %d after", before, after)
	}
	if d := cmp.Diff(want, contents(t, path)); d != "" {
		t.Error(d)
	}
	s = openAt(t, path, Options{})
	if err := s.Check(ctx); err != nil {
		t.Error(err)
	}
	if total, free, err := s.Size(); err != nil || total < after || free > 10*4096 {
		t.Errorf("size %d, free %d, %v", total, free, err)
	}
	if left, _ := filepath.Glob(path + ".new*"); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

func TestCompactionGoesWhereALinkLeadsAndClearsWhatWasLeftThere(t *testing.T) {
	path := filled(t)
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "vigile.db")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	ours, theirs := path+".new123", path+".new-of-the-user"
	for _, name := range []string{ours, theirs} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := contents(t, path)
	if _, _, err := Compact(link, Options{}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is one no longer: %v, %v", info.Mode(), err)
	}
	if d := cmp.Diff(want, contents(t, path)); d != "" {
		t.Error(d)
	}
	if left, _ := filepath.Glob(path + ".new*"); !slices.Equal(left, []string{theirs}) {
		t.Errorf("beside it: %v", left)
	}
}

func TestCompactionRefusesAStoreInUse(t *testing.T) {
	path := filled(t)
	openAt(t, path, Options{})
	var locked *store.LockedError
	if _, _, err := Compact(path, Options{Wait: 60e6}); !errors.As(err, &locked) || locked.Holder.PID != os.Getpid() {
		t.Errorf("got %v", err)
	}
	if _, _, err := Compact(filepath.Join(t.TempDir(), "none.db"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no store: %v", err)
	}
}
