package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"testing"
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

func TestTheHeapGrowsByWhatThereIsRoomFor(t *testing.T) {
	for _, tc := range []struct {
		name string
		left [3]uint64
		room uint64
		want uint64
	}{
		{"by the room there is", [3]uint64{60, 60, 60}, 20, 80},
		{"to the double, however much there is", [3]uint64{20, 20, 20}, 90, 40},
		{"by a quarter, however little there is", [3]uint64{80, 80, 80}, 0, 100},
		{"at the first time", [3]uint64{40, 0, 0}, 10, 50},
		{"where much was made during one collection", [3]uint64{90, 64, 66}, 0, 80},
		{"where that stays", [3]uint64{92, 88, 91}, 0, 110},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := heapLimit(tc.left, tc.room); got != tc.want {
				t.Errorf("%d, want %d", got, tc.want)
			}
		})
	}
}
