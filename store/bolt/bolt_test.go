package bolt

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/vigile-it/vigile/store"
	"github.com/vigile-it/vigile/store/storetest"
)

// openAt opens a store that need not survive the machine.
func openAt(t testing.TB, path string, o Options) *Store {
	t.Helper()
	o.noSync = true
	s, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// later is after all that the suite tells.
func later() time.Time { return storetest.Dawn.AddDate(10, 0, 0) }

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		return openAt(t, filepath.Join(t.TempDir(), "vigile.db"), Options{Now: later})
	})
}

func TestStoreWithALineage(t *testing.T) {
	storetest.RunLineage(t, func(t *testing.T, l store.Lineage) store.Store {
		return openAt(t, filepath.Join(t.TempDir(), "vigile.db"), Options{Lineage: l, Now: later})
	})
}
