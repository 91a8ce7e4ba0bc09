package main

// Many nights of one process: memory, descriptors and goroutines stay what they
// were, and a clock that jumps in the middle of a night costs nobody anything.

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vigile-it/vigile/internal/nightly"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/replica"
	"github.com/vigile-it/vigile/store"
)

// keeper is a serve without its pages and timetable, on a clock that is set.
type keeper struct {
	*service

	comuni []registry.Comune
	clock  atomic.Int64 // what is added to the hour, in nanoseconds
}

// watching makes one over the replica; it is closed with the test.
func watching(t *testing.T, running *replica.Running) *keeper {
	t.Helper()
	var env []string
	for name, value := range toItaly(t, running, t.TempDir()) {
		env = append(env, name+"="+value)
	}
	env = append(env, "VIGILE_NETWORK_CONTACT=mailto:ced@provincia.example", "VIGILE_AGID_VERIFY=false", "VIGILE_CRAWL_SITE_BUDGET=5s", "VIGILE_LOG_LEVEL=error")
	k := &keeper{}
	begun := time.Now()
	a := &app{
		stdin: strings.NewReader(""), stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}, env: env, world: world{redial: running.Redial, agidGap: time.Millisecond},
		now: func() time.Time { return lineDay.Add(time.Since(begun) + time.Duration(k.clock.Load())) },
	}
	cfg, err := a.settings()
	if err != nil {
		t.Fatal(err)
	}
	list, err := a.catalogue(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if k.service, err = a.newService(cfg, list); err != nil {
		t.Fatal(err)
	}
	k.renew = func() {}
	t.Cleanup(k.close)
	dump, err := registry.ReadEnti(bytes.NewReader(running.EntiCSV()))
	if err != nil {
		t.Fatal(err)
	}
	k.comuni = dump.Comuni
	return k
}

// night does the night of a date.
func (k *keeper) night(t *testing.T, date string, w nightly.Watcher) nightly.Outcome {
	t.Helper()
	o, err := k.crawl(t.Context(), nightly.Selection{Kind: record.Night, Night: date, Comuni: k.comuni, Words: "tutti"}, w)
	if err != nil || o.Left > 0 || o.Failed > 0 || o.Run.Ended.IsZero() {
		t.Fatalf("night %s: %v, %d left, %d failed, %q", date, err, o.Left, o.Failed, o.Why)
	}
	return o
}

// usage is what a process holds after it has cleaned up.
type usage struct{ heap, goroutines, descriptors int }

// What is closing gets the time to close: connections that nobody uses any more
// end by themselves after a while.
func held() (u usage) {
	const pause = 200 * time.Millisecond
	least := runtime.NumGoroutine()
	for still := time.Duration(0); still < atLength(3*pause, idleBeyondGap+2*time.Second); still += pause {
		time.Sleep(pause)
		if n := runtime.NumGoroutine(); n < least {
			least, still = n, 0
		}
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u.heap, u.goroutines = int(m.HeapAlloc), runtime.NumGoroutine()
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		u.descriptors = len(open)
	}
	return u
}

func TestSoakManyNightsHoldNoMoreThanAFew(t *testing.T) {
	comuni, nights := atLength(16, 150), atLength(5, 30)
	running := invented(t, replica.Options{Seed: dice(t).Uint64(), Scale: comuni})
	k := watching(t, running)
	var early usage
	for n := range nights {
		k.clock.Store(int64(n) * int64(24*time.Hour))
		k.night(t, lineDay.AddDate(0, 0, n).Format(time.DateOnly), &nightly.Progress{})
		if n != nights/3 && n != nights-1 { // caches are full by then
			continue
		}
		now := held()
		t.Logf("after night %d: heap %.1f MB, %d goroutines, %d descriptors", n+1, float64(now.heap)/1e6, now.goroutines, now.descriptors)
		if early == (usage{}) {
			early = now
			continue
		}
		// The replica lives in this process too: some connections more or less.
		if now.heap > early.heap+early.heap/4+8<<20 || now.goroutines > early.goroutines+50 || now.descriptors > early.descriptors+50 {
			t.Errorf("%+v after night %d, %+v after night %d", now, n+1, early, nights/3+1)
		}
	}
	if got, err := k.store.Nights(t.Context(), 0); err != nil || len(got) != nights {
		t.Errorf("%d nights, %v", len(got), err)
	}
	if err := k.store.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// jumper sets the clock when some comuni are done.
type jumper struct {
	nightly.Progress

	k    *keeper
	jump time.Duration
	at   int
	done int
}

func (j *jumper) Done(a record.Assessment) {
	j.Progress.Done(a)
	if j.done++; j.done == j.at {
		j.k.clock.Add(int64(j.jump))
	}
}

func TestSoakAClockThatJumpsCostsNobodyAnything(t *testing.T) {
	comuni := atLength(16, 150)
	running := invented(t, replica.Options{Seed: dice(t).Uint64(), Scale: comuni})
	k := watching(t, running)
	// Not beyond the life of certificates: to a clock that is wrong by more, all of them have ended.
	for n, jump := range []time.Duration{3 * 24 * time.Hour, -5 * 24 * time.Hour, 60 * 24 * time.Hour, -60 * 24 * time.Hour} {
		date := lineDay.AddDate(0, 0, n).Format(time.DateOnly)
		o := k.night(t, date, &jumper{k: k, jump: jump, at: len(k.comuni) / 2})
		if o.Run.Night != date || o.Tally.Comuni != len(k.comuni) {
			t.Errorf("a jump of %v: night %s, %d comuni", jump, o.Run.Night, o.Tally.Comuni)
		}
	}
	var twice []string
	seen := 0
	for l, err := range k.store.Latest(t.Context(), store.Query{Brief: true}) {
		if err != nil {
			t.Fatal(err)
		}
		seen++
		past, err := k.store.History(t.Context(), l.Comune.Istat, 0)
		if err != nil || len(past) != 4 {
			twice = append(twice, fmt.Sprintf("%s %d", l.Comune.Istat, len(past)))
		}
	}
	if seen != len(k.comuni) || len(twice) > 0 {
		t.Errorf("%d comuni; not there four times: %v", seen, twice)
	}
	if err := k.store.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
