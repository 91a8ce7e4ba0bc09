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
// than what was alive by a share, and gives back what is free where that is much. The limit
// of the runtime lies well above that, for should more come without a page: nearer, it
// would collect beside the work (see docs/BENCHMARKS.md for what that costs and saves).
const (
	manyComuni   = 100
	usualHeap    = 36 << 20  // bytes
	usualVisit   = 208 << 10 // of a visit
	shareOfAlive = 8         // an eighth
	besideHeap   = 90 << 20  // stacks, what is not filled of the heap's pages, the runtime's own
	muchFree     = 10 << 20  // bytes of the heap's pages that nothing lies in
)

// thrift collects garbage between pages. The zero value with quiet set is ready.
type thrift struct {
	quiet func(func()) // runs something while no page is parsed
	busy  sync.Mutex
	runs  int           // under way
	room  uint64        // bytes that their visits usually need
	most  int64         // bytes of the process, by the runtime's limit or the operator's
	limit atomic.Uint64 // bytes of the heap; 0: it is left to the collector
}

// spare has garbage collected between pages while so many comuni are read, so many at once,
// until the end is called. An operator who has set GOGC is left alone.
func (t *thrift) spare(comuni, atOnce int) (end func()) {
	if _, set := os.LookupEnv("GOGC"); set || comuni < manyComuni {
		return func() {}
	}
	t.busy.Lock()
	defer t.busy.Unlock()
	if t.runs++; t.runs == 1 {
		t.most, t.room = debug.SetMemoryLimit(-1), usualHeap // -1 sets nothing
	}
	t.room += usualVisit * uint64(min(comuni, max(1, atOnce)))
	t.allow(heap())
	return t.leave
}

func (t *thrift) leave() {
	t.busy.Lock()
	defer t.busy.Unlock()
	if t.runs--; t.runs == 0 {
		t.limit.Store(0)
		debug.SetMemoryLimit(t.most)
	}
}

// collect is called before each request.
func (t *thrift) collect() {
	if limit := t.limit.Load(); limit == 0 || heap() < limit || !t.busy.TryLock() {
		return
	}
	defer t.busy.Unlock()
	if sampled("/memory/classes/heap/free:bytes") > muchFree {
		t.quiet(debug.FreeOSMemory)
	} else {
		t.quiet(runtime.GC)
	}
	if t.limit.Load() > 0 { // the crawl is not over
		t.allow(heap())
	}
}

// allow sets the limits by what is alive. busy is held.
func (t *thrift) allow(alive uint64) {
	limit := max(t.room, alive+alive/shareOfAlive)
	debug.SetMemoryLimit(min(t.most, int64(limit)+besideHeap))
	t.limit.Store(limit)
}

// heap is how many bytes of it are in use, garbage not yet collected included.
func heap() uint64 { return sampled("/memory/classes/heap/objects:bytes") }

// sampled is one of the runtime's figures, in bytes.
func sampled(name string) uint64 {
	sample := []metrics.Sample{{Name: name}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
