package crawler

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func paceAddr(n int) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, byte(n)}) }

// paceAcquire is for turns that must come.
func paceAcquire(t *testing.T, p *pacer, host string, addr netip.Addr) (func(), time.Duration) {
	t.Helper()
	release, waited, err := p.Acquire(t.Context(), host, addr)
	if err != nil {
		t.Fatalf("no turn at %s: %v", host, err)
	}
	return release, waited
}

func TestPacerKeepsTheGapFromTheEndOfARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(time.Second, 4, nil)
		release, waited := paceAcquire(t, p, "a.example", paceAddr(1))
		if waited != 0 {
			t.Errorf("the first request waited %s", waited)
		}
		time.Sleep(300 * time.Millisecond) // the request itself
		release()
		release() // twice is once
		release, waited = paceAcquire(t, p, "A.example", paceAddr(1))
		defer release()
		if waited != time.Second {
			t.Errorf("the second request waited %s, want 1s", waited)
		}
	})
}

func TestPacerLetsOtherHostsOfAnAddressPassUpToItsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(time.Second, 2, nil)
		first, _ := paceAcquire(t, p, "a.example", paceAddr(1))
		second, waited := paceAcquire(t, p, "b.example", paceAddr(1))
		defer second()
		if waited != 0 {
			t.Errorf("the second host waited %s", waited)
		}
		time.AfterFunc(5*time.Second, first)
		third, waited := paceAcquire(t, p, "c.example", paceAddr(1))
		defer third()
		if waited != 5*time.Second {
			t.Errorf("the third host waited %s, want until the first had ended", waited)
		}
		other, waited := paceAcquire(t, p, "d.example", paceAddr(2))
		defer other()
		if waited != 0 {
			t.Errorf("a host of another address waited %s", waited)
		}
	})
}

func TestPacerServesInTheOrderOfAsking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(time.Second, 1, nil)
		var mu sync.Mutex
		var order []int
		var all sync.WaitGroup
		for i := range 5 {
			all.Go(func() {
				release, _, err := p.Acquire(t.Context(), "a.example", paceAddr(1))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				release()
			})
			synctest.Wait() // until it stands in line
		}
		all.Wait()
		if got := fmt.Sprint(order); got != "[0 1 2 3 4]" {
			t.Errorf("served %s", got)
		}
	})
}

func TestPacerHoldsAnAddressForAllItsHosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(0, 4, time.Now)
		p.HoldAddress(time.Now().Add(30*time.Second), paceAddr(1))
		p.HoldAddress(time.Now().Add(10*time.Second), paceAddr(1)) // a shorter one does not shorten it
		release, waited := paceAcquire(t, p, "b.example", paceAddr(1))
		defer release()
		if waited != 30*time.Second {
			t.Errorf("waited %s, want 30s", waited)
		}
		p.HoldAddress(time.Now().Add(1000*time.Hour), paceAddr(2))
		release, waited = paceAcquire(t, p, "c.example", paceAddr(2))
		defer release()
		if waited != pacerMaxHold {
			t.Errorf("waited %s, want the most that an address can ask for", waited)
		}
	})
}

func TestPacerReadsTimesOfDayByTheInjectedClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		noon := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC) // stands still
		p := newPacer(time.Second, 4, func() time.Time { return noon })
		p.HoldAddress(noon.Add(20*time.Second), paceAddr(1))
		release, waited := paceAcquire(t, p, "a.example", paceAddr(1))
		if waited != 20*time.Second {
			t.Errorf("waited %s, want 20s", waited)
		}
		release()
		release, waited = paceAcquire(t, p, "a.example", paceAddr(1))
		defer release()
		if waited != time.Second {
			t.Errorf("waited %s, want the gap", waited)
		}
	})
}

func TestPacerHonoursACrawlDelayWithinBounds(t *testing.T) {
	for asked, want := range map[time.Duration]time.Duration{
		5 * time.Second: 5 * time.Second, time.Millisecond: time.Second, time.Hour: pacerMaxDelay, 0: time.Second,
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPacer(time.Second, 4, nil)
			release, _ := paceAcquire(t, p, "a.example", paceAddr(1)) // robots.txt itself
			p.SetDelay("a.example", asked)
			release()
			release, waited := paceAcquire(t, p, "a.example", paceAddr(1))
			defer release()
			if waited != want {
				t.Errorf("asked for %s: waited %s, want %s", asked, waited, want)
			}
		})
	}
}

func TestPacerBacksOffLongerEachTimeInARow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(0, 4, nil)
		p.random = func() float64 { return 0.5 } // the middle: no jitter
		a, b := paceAddr(1), paceAddr(2)
		for _, want := range []time.Duration{2, 4, 8, 16, 32, 60, 60} {
			if got := p.BackOff(503, "a.example", a); got != want*time.Second {
				t.Errorf("back-off of %s, want %ds", got, want)
			}
		}
		p.Forgive("a.example", a)
		if got := p.BackOff(503, "a.example", a); got != 2*time.Second {
			t.Errorf("back-off of %s after an answer, want 2s", got)
		}
		release, waited := paceAcquire(t, p, "other.example", a)
		release()
		if waited != 0 {
			t.Errorf("a 503 of one site kept another of its address waiting %s", waited)
		}
		p.BackOff(429, "a.example", b)
		release, waited = paceAcquire(t, p, "other.example", b)
		release()
		if waited != 2*time.Second {
			t.Errorf("after a 429 the address was left alone for %s, want 2s", waited)
		}
	})
}

func TestPacerJitterStaysWithinHalfAndOneAndAHalf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPacer(0, 1, nil)
		p.random = func() float64 { return rapid.Float64Range(0, 0.999999).Draw(t, "random") }
		for n := range rapid.IntRange(1, 8).Draw(t, "refusals") {
			base := pacerFirstBack << min(n, 5)
			if got := p.BackOff(503, "a.example", paceAddr(1)); got < min(base/2, pacerMaxBack) || got > min(base*3/2, pacerMaxBack) {
				t.Fatalf("back-off %d is %s", n, got)
			}
		}
	})
}

func TestPacerCanBeCancelledAtAnyWait(t *testing.T) {
	addr := paceAddr(1)
	waits := map[string]func(*testing.T, *pacer) (cleanup func()){
		"for the host": func(t *testing.T, p *pacer) func() {
			release, _ := paceAcquire(t, p, "a.example", addr)
			return release
		},
		"for the gap": func(t *testing.T, p *pacer) func() {
			release, _ := paceAcquire(t, p, "a.example", addr)
			release()
			return func() {}
		},
		"for the address": func(t *testing.T, p *pacer) func() {
			one, _ := paceAcquire(t, p, "b.example", addr)
			two, _ := paceAcquire(t, p, "c.example", addr)
			return func() { one(); two() }
		},
		"for the end of a hold": func(_ *testing.T, p *pacer) func() {
			p.HoldAddress(time.Now().Add(time.Minute), addr)
			return func() {}
		},
	}
	for name, prepare := range waits {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPacer(time.Hour, 2, time.Now)
				cleanup := prepare(t, p)
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Second, cancel)
				_, waited, err := p.Acquire(ctx, "a.example", addr)
				if !errors.Is(err, context.Canceled) || waited != time.Second {
					t.Errorf("after %s: %v, want an end after 1s", waited, err)
				}
				cleanup()
				time.Sleep(2 * time.Hour)
				release, waited := paceAcquire(t, p, "a.example", addr)
				release()
				if waited != 0 {
					t.Errorf("the next one waited %s: a place was lost", waited)
				}
			})
		})
	}
}

func TestPacerDoesNotLetWaitInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(0, 4, time.Now)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		p.HoldAddress(time.Now().Add(time.Minute), paceAddr(1))
		_, waited, err := p.Acquire(ctx, "a.example", paceAddr(1))
		var held *pacerHeldError
		if !errors.As(err, &held) || held.Host != "a.example" || waited != 0 {
			t.Errorf("after %s: %v, want to hear of the hold at once", waited, err)
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error("it does not pass for the end of the caller's time")
		}
		release, _ := paceAcquire(t, p, "b.example", paceAddr(2))
		time.AfterFunc(time.Second, func() { p.HoldAddress(time.Now().Add(time.Minute), paceAddr(2)) })
		time.AfterFunc(time.Second, release)
		time.Sleep(2 * time.Second)
		_, _, err = p.Acquire(ctx, "b.example", paceAddr(2))
		if !errors.As(err, &held) {
			t.Errorf("%v, want to hear of the hold", err)
		}
		expired, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := p.Acquire(expired, "c.example", paceAddr(3)); !errors.Is(err, context.Canceled) {
			t.Errorf("%v of a context that had ended", err)
		}
	})
}

func TestPacerForgetsWhatIsIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(time.Second, 4, nil)
		busy, _ := paceAcquire(t, p, "busy.example", paceAddr(1))
		defer busy()
		most := 0
		for i := range 50_000 {
			addr := netip.AddrFrom4([4]byte{198, 18, byte(i >> 8), byte(i)})
			release, _ := paceAcquire(t, p, fmt.Sprintf("%d.example", i), addr)
			time.Sleep(2 * time.Second)
			release()
			most = max(most, len(p.hosts)+len(p.addrs))
		}
		if most > 3*pacerSweepAbove {
			t.Errorf("%d gates were kept at once", most)
		}
		if _, ok := p.hosts["busy.example"]; !ok {
			t.Error("a host with a request under way was forgotten")
		}
	})
}

// paceSpan is one request as the server would see it.
type paceSpan struct {
	host, addr int
	start, end time.Time
	worker     int
}

func TestPacerNeverExceedsItsLimits(t *testing.T) {
	outer := t
	rapid.Check(t, func(t *rapid.T) {
		type job struct {
			host, addr   int
			after, takes time.Duration
			patience     time.Duration // 0: endless
		}
		ms := rapid.Map(rapid.IntRange(0, 3000), func(n int) time.Duration { return time.Duration(n) * time.Millisecond })
		gap := ms.Draw(t, "gap")
		perAddress := rapid.IntRange(1, 3).Draw(t, "per address")
		jobs := make([]job, rapid.IntRange(1, 25).Draw(t, "jobs"))
		for i := range jobs {
			jobs[i] = job{
				host: rapid.IntRange(0, 3).Draw(t, "host"), addr: rapid.IntRange(0, 1).Draw(t, "addr"),
				after: ms.Draw(t, "after"), takes: 1 + ms.Draw(t, "takes"),
			}
			if rapid.Bool().Draw(t, "impatient") {
				jobs[i].patience = 1 + ms.Draw(t, "patience")
			}
		}
		var mu sync.Mutex
		var spans []paceSpan
		left := 0
		synctest.Test(outer, func(inner *testing.T) {
			p := newPacer(gap, perAddress, nil)
			var all sync.WaitGroup
			for i, j := range jobs {
				all.Go(func() {
					time.Sleep(j.after)
					ctx := inner.Context()
					if j.patience > 0 {
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, j.patience)
						defer cancel()
					}
					release, _, err := p.Acquire(ctx, fmt.Sprint(j.host), paceAddr(j.addr))
					if err != nil {
						return
					}
					span := paceSpan{host: j.host, addr: j.addr, start: time.Now(), worker: i}
					time.Sleep(j.takes)
					span.end = time.Now()
					release()
					mu.Lock()
					spans = append(spans, span)
					mu.Unlock()
				})
			}
			all.Wait()
			for _, g := range p.hosts {
				left += g.busy + len(g.line)
			}
			for _, g := range p.addrs {
				left += g.busy + len(g.line)
			}
		})
		if left != 0 {
			t.Fatalf("%d places or turns are left behind", left)
		}
		for _, a := range spans {
			together := 0
			for _, b := range spans {
				if a.worker != b.worker && a.host == b.host && !b.start.Before(a.start) && b.start.Before(a.end.Add(gap)) {
					t.Fatalf("host %d: a request at %s, less than %s after the end of another at %s", a.host, b.start, gap, a.end)
				}
				if b.addr == a.addr && !b.start.After(a.start) && b.end.After(a.start) {
					together++
				}
			}
			if together > perAddress {
				t.Fatalf("address %d: %d requests at once, want %d at the most", a.addr, together, perAddress)
			}
		}
		for _, j := range jobs {
			if j.patience == 0 && len(spans) == 0 {
				t.Fatal("a patient request was never served")
			}
		}
	})
}
