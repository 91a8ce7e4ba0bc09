package main

// How much memory garbage may take while many sites are read.

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vigile-it/vigile/internal/nightly"
	"github.com/vigile-it/vigile/internal/record"
)

// While many comuni are read each page leaves half a megabyte of garbage, and all that is
// made while the collector marks counts as alive: left to itself it takes a quarter more
// for alive than is, and lets the heap grow by that much again. So it is run between pages,
// while none is parsed: the heap may grow until the process takes what so many visits
// should, with what is made during a collection, and in any case by a share of what is
// alive. The limit of the runtime lies well above that, for should more come without a
// page: nearer, it would collect beside the work (see docs/BENCHMARKS.md for what that
// costs and saves).
const (
	manyComuni   = 100
	besideVisits = 65 << 20        // bytes of a process beside its visits, with what is made during a collection
	usualVisit   = 280 << 10       // bytes of a visit, its garbage among them
	shareOfAlive = 6               // a sixth
	besideHeap   = 45 << 20        // bytes: stacks, what is not filled of the heap's pages, the runtime's own
	wellAbove    = 45 << 20        // bytes
	seldom       = 400             // per cent: the collector's own pace meanwhile
	inBetween    = time.Second / 4 // between two looks where nothing else has one taken
)

// thrift collects garbage between pages. The zero value with quiet set is ready.
type thrift struct {
	quiet  func(func()) // runs something while no page is parsed
	busy   sync.Mutex
	runs   int           // under way
	room   uint64        // bytes that the process may take with their visits
	most   int64         // bytes of the process, by the runtime's limit or the operator's
	pace   int           // the collector's, in per cent of what is alive
	alive  [3]uint64     // bytes of the heap after the last collections, the newest first
	alone  func()        // ends the looking where no request has it done
	ended  time.Time     // the last collection
	beside uint64        // bytes that may be made while one is under way, as they were made before the last
	limit  atomic.Uint64 // bytes of the heap below which there is nothing to collect; 0: it is left to the collector
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
		t.alone = again(inBetween, t.collect)
	}
	t.room += usualVisit * uint64(min(comuni, max(1, atOnce)))
	t.alive, t.ended, t.beside = [3]uint64{}, time.Now(), 0
	t.allow()
	return t.leave
}

func (t *thrift) leave() {
	t.busy.Lock()
	defer t.busy.Unlock()
	if t.runs--; t.runs == 0 {
		t.alone()
		t.limit.Store(0)
		debug.SetMemoryLimit(t.most)
		debug.SetGCPercent(t.pace)
	}
}

// sparing keeps as keep does, and has garbage minded where no request has it done: results
// may come all at once, and before a run is closed the whole country is read.
func sparing(keep nightly.Keeper, collect, end func()) nightly.Keeper {
	if keep == nil {
		return nil
	}
	return minded{keep, collect, end}
}

type minded struct {
	nightly.Keeper
	collect, end func()
}

func (m minded) Append(ctx context.Context, as ...record.Assessment) error {
	m.collect()
	return m.Keeper.Append(ctx, as...)
}

func (m minded) Finish(ctx context.Context, runID string, ended time.Time, done int) error {
	m.end()
	return m.Keeper.Finish(ctx, runID, ended, done)
}

// again does something every so often until the end is called, which waits for it.
func again(every time.Duration, do func()) (end func()) {
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				do()
			case <-stop:
				return
			}
		}
	}()
	return func() { close(stop); <-ended }
}

// collect is called as a visit begins, before each request and before results are kept, and
// now and then where there is none of these: the last sites of a night are slow, and the
// counts go on being asked for.
func (t *thrift) collect() {
	if limit := t.limit.Load(); limit == 0 || heap() < limit || !t.busy.TryLock() {
		return
	}
	defer t.busy.Unlock()
	collection := runtime.GC
	if mapped()+t.beside > t.room {
		collection = debug.FreeOSMemory // which collects too
	}
	began, full := time.Now(), heap()
	t.quiet(collection)
	t.beside = meanwhile(full-min(full, t.alive[0]), began.Sub(t.ended), time.Since(began))
	t.ended = time.Now()
	if t.limit.Load() > 0 { // the crawl is not over
		t.allow()
	}
}

// allow sets the limits by what is alive. busy is held.
func (t *thrift) allow() {
	t.alive[2], t.alive[1], t.alive[0] = t.alive[1], t.alive[0], heap()
	limit := heapLimit(t.alive, t.room-min(t.room, taken()+t.beside))
	debug.SetMemoryLimit(min(t.most, int64(max(t.room, limit+besideHeap)+wellAbove)))
	t.limit.Store(limit)
}

// meanwhile is how many bytes are made while a collection takes so long, at the pace at
// which so many were made before it.
func meanwhile(made uint64, before, collection time.Duration) uint64 {
	return min(made, uint64(float64(made)*collection.Seconds()/max(before, time.Millisecond).Seconds()))
}

// heapLimit is how many bytes the heap may grow to where the last collections, the newest
// first, left so many (0: there was none) and the process has so much room. What is alive
// is the least they left: what others make during one counts as alive in it.
func heapLimit(left [3]uint64, room uint64) uint64 {
	alive := left[0]
	for _, before := range left[1:] {
		if before > 0 {
			alive = min(alive, before)
		}
	}
	return alive + max(alive/shareOfAlive, min(alive, room))
}

// heap is how many bytes of it objects take, those not yet collected among them.
func heap() uint64 { return sampled("heap/objects")[0] }

// taken is how many bytes the process takes beside free pages of the heap and half of the
// room in those that are not.
func taken() uint64 {
	s := sampled("heap/objects", "heap/stacks", "metadata/mspan/inuse", "metadata/other", "heap/unused")
	return s[0] + s[1] + s[2] + s[3] + s[4]/2
}

// mapped is how many bytes the system has given, free pages among them.
func mapped() uint64 {
	s := sampled("total", "heap/released")
	return s[0] - s[1]
}

// sampled are classes of the runtime's memory, in bytes.
func sampled(classes ...string) []uint64 {
	samples, bytes := make([]metrics.Sample, len(classes)), make([]uint64, len(classes))
	for i, class := range classes {
		samples[i].Name = "/memory/classes/" + class + ":bytes"
	}
	metrics.Read(samples)
	for i, s := range samples {
		bytes[i] = s.Value.Uint64()
	}
	return bytes
}
