package bolt

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
	"github.com/vigile-it/vigile/store/storetest"
)

func put(key string) step {
	return func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).Put([]byte(key), []byte("done")) }
}

func meta(t *testing.T, s *Store, key string) (value string) {
	t.Helper()
	if err := s.db.View(func(tx *bbolt.Tx) error { value = string(tx.Bucket(bucketMeta).Get([]byte(key))); return nil }); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestAnOlderLayoutIsBroughtForwardStepByStep(t *testing.T) {
	path := filled(t)
	want := contents(t, path)
	setLayout(t, path, "1")
	before := sum(t, path)
	todays := []step{put("first"), put("second")}

	_, err := Open(path, Options{ReadOnly: true, steps: todays})
	var older *store.OlderError
	if !errors.As(err, &older) || older.Found != 1 || older.Known != 3 {
		t.Errorf("to be read alone: %v", err)
	}
	if sum(t, path) != before {
		t.Error("a file opened to be read was changed")
	}

	s := openAt(t, path, Options{steps: todays})
	if meta(t, s, "layout") != "3" || meta(t, s, "first") != "done" || meta(t, s, "second") != "done" {
		t.Error("not every step was taken")
	}
	if found, err := s.Inspect(context.Background()); err != nil || found.Layout != 3 || found.Comuni != 20 {
		t.Errorf("afterwards: %+v, %v", found, err)
	}
	s.Close()

	var newer *store.NewerError
	if _, err := Open(path, Options{}); !errors.As(err, &newer) {
		t.Errorf("the program of before: %v", err)
	}
	s = openAt(t, path, Options{ReadOnly: true, steps: todays})
	s.Close()
	setLayout(t, path, "2")
	if d := cmp.Diff(want, contents(t, path)); d != "" {
		t.Error(d)
	}
}

func TestAStepThatFailsHasNotHappened(t *testing.T) {
	path := filled(t)
	setLayout(t, path, "1")
	failing := errors.New("no room")
	broken := func(tx *bbolt.Tx) error {
		if err := tx.DeleteBucket(bucketBrief); err != nil {
			return err
		}
		return failing
	}
	if _, err := Open(path, Options{steps: []step{put("first"), broken}}); !errors.Is(err, failing) {
		t.Fatalf("got %v", err)
	}
	s := openAt(t, path, Options{steps: []step{put("first")}}) // the first was committed
	if meta(t, s, "layout") != "2" || meta(t, s, "first") != "done" {
		t.Error("the first step was lost")
	}
	if _, err := s.Inspect(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestANewStoreHasTodaysLayout(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vigile.db")
	never := func(*bbolt.Tx) error { t.Error("a step was taken"); return nil }
	s := openAt(t, path, Options{steps: []step{never}})
	if meta(t, s, "layout") != "2" {
		t.Errorf("layout %s", meta(t, s, "layout"))
	}
}

func TestALayoutThatNeverWasIsRefused(t *testing.T) {
	for _, version := range []string{"0", "-1", "x", ""} {
		path := filled(t)
		setLayout(t, path, version)
		var corrupt *store.CorruptError
		if _, err := Open(path, Options{}); !errors.As(err, &corrupt) {
			t.Errorf("%q: %v", version, err)
		}
	}
}

// nights makes a store of one night a day: one comune that changes every third
// night, one that was last seen in the first.
func nights(t *testing.T, n int) *Store {
	t.Helper()
	ctx := context.Background()
	s := openAt(t, filepath.Join(t.TempDir(), "vigile.db"), Options{noSync: true})
	for i := range n {
		at := storetest.Dawn.AddDate(0, 0, i)
		id := begin(t, s, at.Format("night-20060102"), record.Night, at)
		add(t, s, storetest.Small(0, i/3%2, id, at))
		if i == 0 {
			add(t, s, storetest.Small(1, 0, id, at))
		}
		if err := s.Finish(ctx, id, at.Add(time.Hour), 1); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestRetentionForgetsOnceAMonthAndNeverTheLast(t *testing.T) {
	ctx := context.Background()
	const day = 24 * time.Hour
	s := nights(t, 60)
	latest := func() (all []record.Latest) {
		for l, err := range s.Latest(ctx, store.Query{}) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, l)
		}
		return all
	}
	before := latest()
	// Night 53 counts; the oldest is 52 days before it.
	for _, keep := range []time.Duration{100 * day, 23 * day} {
		if removed, err := s.Retain(ctx, keep); err != nil || removed != 0 {
			t.Errorf("keeping %v: %d went, %v", keep, removed, err)
		}
	}
	removed, err := s.Retain(ctx, 20*day)
	if err != nil || removed != 32 {
		t.Errorf("%d went, %v", removed, err)
	}
	if again, err := s.Retain(ctx, 20*day); err != nil || again != 0 {
		t.Errorf("at once again: %d went, %v", again, err)
	}
	past, err := s.History(ctx, "990001", 0)
	if err != nil || len(past) != 28 || past[27].Started.Before(storetest.Dawn.AddDate(0, 0, 32)) {
		t.Errorf("%d are left, %v", len(past), err)
	}
	if old, err := s.History(ctx, "990002", 0); err != nil || len(old) != 1 {
		t.Errorf("of who was last seen long ago %d are left, %v", len(old), err)
	}
	if d := cmp.Diff(before, latest()); d != "" {
		t.Errorf("the present view changed:\n%s", d)
	}
	if err := s.Check(ctx); err != nil {
		t.Error(err)
	}
}

func TestAClockThatJumpedTakesNothingAway(t *testing.T) {
	ctx := context.Background()
	s := nights(t, 10)
	at := storetest.Dawn.AddDate(20, 0, 0)
	id := begin(t, s, "jumped", record.Night, at)
	add(t, s, storetest.Small(0, 0, id, at))
	if err := s.Finish(ctx, id, at.Add(time.Hour), 1); err != nil {
		t.Fatal(err)
	}
	if removed, err := s.Retain(ctx, 24*time.Hour); err != nil || removed != 0 {
		t.Errorf("%d went, %v", removed, err)
	}
	if removed, err := s.Forget(ctx, time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil || removed != 0 {
		t.Errorf("before there were moments: %d went, %v", removed, err)
	}
}
