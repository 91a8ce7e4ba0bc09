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
// while none is parsed, whenever the heap has grown by a share of what was alive. What
// comes without a page, as on a night when nothing has changed, is left to the collector,
// which may let the heap grow by half (see docs/BENCHMARKS.md for what both cost and save).
const (
	manyComuni    = 100
	shareOfAlive  = 6       // a sixth
	leastGarbage  = 8 << 20 // bytes; below them nothing is won
	percentOfMany = 50
)

// thrift collects garbage between pages.
type thrift struct {
	quiet func(func())  // runs something while no page is parsed
	limit atomic.Uint64 // bytes of the heap; 0: it is left to the collector
	busy  sync.Mutex
}

// spare has garbage collected between pages while so many comuni are read, until the end
// is called. An operator who has set GOGC is left alone.
func (t *thrift) spare(comuni int) (end func()) {
	if _, set := os.LookupEnv("GOGC"); set || comuni < manyComuni {
		return func() {}
	}
	usual := debug.SetGCPercent(percentOfMany)
	t.limit.Store(allow(heap()))
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
	t.limit.CompareAndSwap(limit, allow(heap()))
}

func allow(alive uint64) uint64 { return alive + max(leastGarbage, alive/shareOfAlive) }

// heap is how many bytes of it are in use, garbage not yet collected included.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
