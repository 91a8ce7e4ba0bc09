package main

// How much memory garbage may take while many sites are read.

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"sync/atomic"
)

// While many comuni are read each page leaves half a megabyte of garbage, and all that is
// made while the collector marks counts as alive: left to itself it takes a quarter more
// for alive than is, and lets the heap grow by that much again. So it is run between pages,
// while none is parsed, whenever the heap is larger than so many visits usually need and
// than what was alive by a share. What does not fit is left to the collector, as usual (see
// docs/BENCHMARKS.md for what that costs and saves).
const (
	manyComuni    = 100
	usualHeap     = 36 << 20  // bytes
	usualVisit    = 208 << 10 // of a visit
	shareOfAlive  = 6         // a sixth
	percentOfMany = 100       // GOGC
)

// thrift collects garbage between pages.
type thrift struct {
	quiet func(func())  // runs something while no page is parsed
	room  uint64        // bytes that the visits usually need
	limit atomic.Uint64 // bytes of the heap; 0: it is left to the collector
	busy  sync.Mutex
}

// spare has garbage collected between pages while so many comuni are read, so many at once,
// until the end is called. An operator who has set GOGC is left alone.
func (t *thrift) spare(comuni, atOnce int) (end func()) {
	if _, set := os.LookupEnv("GOGC"); set || comuni < manyComuni {
		return func() {}
	}
	usual := debug.SetGCPercent(percentOfMany)
	t.room = usualHeap + usualVisit*uint64(min(comuni, max(1, atOnce)))
	t.limit.Store(t.allow(heap()))
	return func() {
		t.limit.Store(0)
		debug.SetGCPercent(usual)
	}
}

// afterPage is told of each page that is done with.
func (t *thrift) afterPage() {
	limit := t.limit.Load()
	if limit == 0 || heap() < limit {
		return
	}
	if !t.busy.TryLock() {
		return
	}
	defer t.busy.Unlock()
	t.quiet(runtime.GC)
	t.limit.CompareAndSwap(limit, t.allow(heap()))
}

func (t *thrift) allow(alive uint64) uint64 { return max(t.room, alive+alive/shareOfAlive) }

// heap is how many bytes of it are in use, garbage not yet collected included.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
