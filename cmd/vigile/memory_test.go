package main

import (
	"context"
	"errors"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vigile-it/vigile/internal/nightly"
	"github.com/vigile-it/vigile/internal/record"
)

// made keeps what a test makes from being left out by the compiler.
var made []byte

func TestGarbageIsCollectedBetweenPagesWhileManyAreRead(t *testing.T) {
	for _, tc := range []struct {
		name   string
		comuni int
		gogc   string // of the operator
		want   bool
	}{
		{"a few comuni", 3, "", false},
		{"a night", 7_900, "", true},
		{"a night of an operator who knows better", 7_900, "200", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv("GOGC", tc.gogc) // so that it is put back
			if tc.gogc == "" {
				os.Unsetenv("GOGC")
			}
			runtime.GC()                                     // of what the test before has left
			defer debug.SetGCPercent(debug.SetGCPercent(-1)) // no collection but ours
			quiet := 0
			m := &thrift{quiet: func(f func()) { quiet++; f() }}
			collections := func() uint32 {
				var s runtime.MemStats
				runtime.ReadMemStats(&s)
				return s.NumGC
			}
			limit, pace := debug.SetMemoryLimit(-1), debug.SetGCPercent(-1)
			end := m.spare(tc.comuni, 16)
			if during := debug.SetMemoryLimit(-1); (during < limit) != tc.want {
				t.Errorf("a limit of %d bytes, %d before", during, limit)
			}
			debug.SetMemoryLimit(limit) // no collection but ours
			m.collect()
			if quiet > 0 {
				t.Error("a heap that has not grown is collected")
			}
			before := collections()
			made = make([]byte, 96<<20)
			m.collect()
			if got := collections() > before && quiet > 0; got != tc.want {
				t.Errorf("collected: %t, want %t", got, tc.want)
			}
			end()
			if after := debug.SetMemoryLimit(-1); after != limit {
				t.Errorf("a limit of %d bytes is left, %d before", after, limit)
			}
			if after := debug.SetGCPercent(-1); after != pace {
				t.Errorf("a pace of %d per cent is left, %d before", after, pace)
			}
			made = make([]byte, 96<<20)
			before = collections()
			if m.collect(); collections() > before {
				t.Error("it is collected by us when the crawl is over")
			}
			made = nil
		})
	}
}

func TestGarbageIsCollectedWhereNoRequestHasItDone(t *testing.T) {
	t.Setenv("GOGC", "")
	os.Unsetenv("GOGC")
	synctest.Test(t, func(t *testing.T) {
		made = nil
		runtime.GC() // of what the test before has left
		quiet := 0
		m := &thrift{quiet: func(f func()) { quiet++; f() }}
		end := m.spare(manyComuni, 16)
		made = make([]byte, 96<<20)
		time.Sleep(2 * inBetween)
		end()
		if quiet == 0 {
			t.Error("it is not")
		}
		made, quiet = make([]byte, 96<<20), 0
		time.Sleep(2 * inBetween)
		if made = nil; quiet > 0 {
			t.Error("it is, when the crawl is over")
		}
	})
}

func TestTheLimitIsPutBackWhenTheLastOfTwoRunsEnds(t *testing.T) {
	t.Setenv("GOGC", "")
	os.Unsetenv("GOGC")
	usual := debug.SetMemoryLimit(-1)
	m := &thrift{quiet: func(f func()) { f() }}
	first := m.spare(manyComuni, 16)
	second := m.spare(manyComuni, 16)
	first()
	if during := debug.SetMemoryLimit(-1); during >= usual || m.limit.Load() == 0 {
		t.Errorf("%d bytes while one is under way, %d before", during, usual)
	}
	second()
	if after := debug.SetMemoryLimit(-1); after != usual || m.limit.Load() != 0 {
		t.Errorf("%d bytes after both, %d before", after, usual)
	}
}

func TestWhatIsMadeDuringACollectionIsAsMuchAsWasMadeBeforeIt(t *testing.T) {
	for _, tc := range []struct {
		name               string
		made               uint64
		before, collection time.Duration
		want               uint64
	}{
		{"pages are parsed", 30 << 20, 150 * time.Millisecond, 50 * time.Millisecond, 10 << 20},
		{"little is sent", 30 << 20, 1500 * time.Millisecond, 50 * time.Millisecond, 1 << 20},
		{"a collection that waited for long", 30 << 20, 10 * time.Millisecond, time.Second, 30 << 20},
		{"at once", 30 << 20, 0, 50 * time.Millisecond, 30 << 20},
		{"nothing", 0, 0, 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := meanwhile(tc.made, tc.before, tc.collection); got != tc.want {
				t.Errorf("%d, want %d", got, tc.want)
			}
		})
	}
}

func TestTheHeapGrowsByWhatThereIsRoomFor(t *testing.T) {
	for _, tc := range []struct {
		name string
		left [3]uint64
		room uint64
		want uint64
	}{
		{"by the room there is", [3]uint64{60, 60, 60}, 20, 80},
		{"to the double, however much there is", [3]uint64{20, 20, 20}, 90, 40},
		{"by a sixth, however little there is", [3]uint64{90, 90, 90}, 0, 105},
		{"at the first time", [3]uint64{40, 0, 0}, 10, 50},
		{"where much was made during one collection", [3]uint64{90, 60, 66}, 0, 70},
		{"where that stays", [3]uint64{92, 85, 91}, 0, 99},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := heapLimit(tc.left, tc.room); got != tc.want {
				t.Errorf("%d, want %d", got, tc.want)
			}
		})
	}
}

// order notes what comes first.
type order struct {
	nightly.Keeper
	said []string
}

func (o *order) Append(context.Context, ...record.Assessment) error {
	o.said = append(o.said, "kept")
	return nil
}

func (o *order) Finish(context.Context, string, time.Time, int) error {
	o.said = append(o.said, "closed")
	return nil
}

func TestGarbageIsMindedBeforeResultsAreKeptAndLeftBeforeARunIsClosed(t *testing.T) {
	o := &order{}
	k := sparing(o, func() { o.said = append(o.said, "minded") }, func() { o.said = append(o.said, "left") })
	if err := errors.Join(k.Append(t.Context()), k.Finish(t.Context(), "", time.Time{}, 0)); err != nil {
		t.Error(err)
	}
	if want := []string{"minded", "kept", "left", "closed"}; !slices.Equal(o.said, want) {
		t.Errorf("%v, want %v", o.said, want)
	}
	if sparing(nil, func() {}, func() {}) != nil {
		t.Error("a run that keeps nothing has a keeper")
	}
}
