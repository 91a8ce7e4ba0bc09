package bolt

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
	"github.com/vigile-it/vigile/store/storetest"
)

func TestViewsThatAreKnownArePassedOver(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "vigile.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	at := storetest.Dawn
	if err := s.Begin(t.Context(), storetest.RunOf("r", record.Night, at)); err != nil {
		t.Fatal(err)
	}
	const n = 200 // more than are copied out at once
	for i := range n {
		if err := s.Append(t.Context(), storetest.Small(i, 0, "r", at)); err != nil {
			t.Fatal(err)
		}
	}
	marks := map[string]uint64{}
	read := func() (given []string) {
		t.Helper()
		q := store.Query{Brief: true}
		for l, err := range s.LatestUnless(t.Context(), q, func(istat string, mark uint64) bool {
			same := marks[istat] == mark
			marks[istat] = mark
			return same
		}) {
			if err != nil {
				t.Fatal(err)
			}
			given = append(given, l.Comune.Istat)
		}
		return given
	}
	if got := read(); len(got) != n {
		t.Errorf("at first %d of %d are given", len(got), n)
	}
	if got := read(); got != nil {
		t.Errorf("again: %v", got)
	}
	changed := storetest.Small(77, 1, "r", at.Add(time.Hour))
	if err := s.Append(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{changed.Comune.Istat}, read()); diff != "" {
		t.Error(diff)
	}
}
