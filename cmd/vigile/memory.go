package main

// How much memory garbage may take while many sites are read.

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"sync/atomic"
)

// While many comuni are read each page leaves half a megabyte of garbage, and all that is
// made while the collector marks counts as alive: left to itself it takes a quarter more
// for alive than is, and lets the heap grow by that much again. So it is run between pages,
// while none is parsed, once the process takes more than so many visits should and the heap
// has grown by a share of what was alive; what is free then is given back where that is much.
// The limit of the runtime lies well above that, for should more come without a page: nearer,
// it would collect beside the work (see docs/BENCHMARKS.md for what that costs and saves).
const (
	manyComuni   = 100
	besideVisits = 58 << 20  // bytes of a process that reads nothing yet
	usualVisit   = 280 << 10 // bytes of a visit, its garbage among them
	shareOfAlive = 8         // an eighth
	besideHeap   = 45 << 20  // bytes: stacks, what is not filled of the heap's pages, the runtime's own
	wellAbove    = 45 << 20  // bytes
	seldom       = 400       // per cent: the collector's own pace meanwhile
)

// thrift collects garbage between pages. The zero value with quiet set is ready.
type thrift struct {
	quiet func(func()) // runs something while no page is parsed
	busy  sync.Mutex
	runs  int           // under way
	room  uint64        // bytes that the process may take with their visits
	most  int64         // bytes of the process, by the runtime's limit or the operator's
	pace  int           // the collector's, in per cent of what is alive
	alive [3]uint64     // bytes of the heap after the last collections, the newest first
	limit atomic.Uint64 // bytes of the heap below which there is nothing to collect; 0: it is left to the collector
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
		t.most, t.room, t.pace = debug.SetMemoryLimit(-1), besideVisits, debug.SetGCPercent(seldom) // -1 sets nothing
	}
	t.room += usualVisit * uint64(min(comuni, max(1, atOnce)))
	t.alive = [3]uint64{}
	t.allow()
	return t.leave
}

func (t *thrift) leave() {
	t.busy.Lock()
	defer t.busy.Unlock()
	if t.runs--; t.runs == 0 {
		t.limit.Store(0)
		debug.SetMemoryLimit(t.most)
		debug.SetGCPercent(t.pace)
	}
}

// collect is called before each request.
func (t *thrift) collect() {
	limit := t.limit.Load()
	if limit == 0 {
		return
	}
	if memoryNow().objects < limit || !t.busy.TryLock() {
		return
	}
	defer t.busy.Unlock()
	t.quiet(debug.FreeOSMemory)
	if t.limit.Load() > 0 { // the crawl is not over
		t.allow()
	}
}

// allow sets the limits by what is alive: the least that was found of late, for what
// others make while a collection is under way counts as alive in it. busy is held.
func (t *thrift) allow() {
	m := memoryNow()
	t.alive[2], t.alive[1], t.alive[0] = t.alive[1], t.alive[0], m.objects
	alive := m.objects
	for _, before := range t.alive[1:] {
		if before > 0 {
			alive = min(alive, before)
		}
	}
	limit := alive + alive/shareOfAlive
	if used := m.used() - m.unfilled/2; used < t.room {
		limit = max(limit, alive+min(alive, t.room-used))
	}
	debug.SetMemoryLimit(min(t.most, int64(max(t.room, limit+besideHeap)+wellAbove)))
	t.limit.Store(limit)
}

// memory is what the runtime says it has, in bytes: what objects take, dead ones included,
// what is not filled of their pages, pages that nothing lies in, stacks, and its own.
type memory struct{ objects, unfilled, free, stacks, own uint64 }

// used is all but the free pages.
func (m memory) used() uint64 { return m.objects + m.unfilled + m.stacks + m.own }

func memoryNow() memory {
	of := func(class string) metrics.Sample { return metrics.Sample{Name: "/memory/classes/" + class + ":bytes"} }
	samples := []metrics.Sample{of("heap/objects"), of("heap/unused"), of("heap/free"), of("heap/stacks"), of("metadata/mspan/inuse"), of("metadata/other")}
	metrics.Read(samples)
	is := func(i int) uint64 { return samples[i].Value.Uint64() }
	return memory{objects: is(0), unfilled: is(1), free: is(2), stacks: is(3), own: is(4) + is(5)}
}
