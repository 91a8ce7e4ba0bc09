package crawler

// The gates of the pacer: one for each host and each address.

import (
	"net/netip"
	"sync"
	"time"
)

// A pacerGate lets a number of requests be under way, in the order of asking,
// and none before it opens. All of it is under the pacer's lock.
type pacerGate struct {
	mu       *sync.Mutex
	places   int
	busy     int
	line     []*pacerTurn
	gap      time.Duration // of a host
	spoke    netip.Addr    // of a host: which of its addresses answered last
	opens    time.Time
	alarm    *time.Timer
	refusals int
	ended    time.Time // the last request
	used     time.Time
}

// A pacerTurn is one that waits in line.
type pacerTurn struct {
	ready    chan error // nil: the place is taken
	deadline time.Time
	limited  bool
}

// admit lets in whom it can, and sets the alarm where only time is missing.
func (g *pacerGate) admit() {
	wait := time.Until(g.opens)
	if wait > 0 {
		g.refuse(wait)
		if len(g.line) > 0 && g.busy < g.places {
			g.wake(wait)
		}
		return
	}
	for len(g.line) > 0 && g.busy < g.places {
		first := g.line[0]
		g.line[0] = nil
		g.line = g.line[1:]
		g.busy++
		first.ready <- nil
	}
}

// refuse turns away those whose deadline comes before the gate opens.
func (g *pacerGate) refuse(wait time.Duration) {
	kept := g.line[:0]
	for _, t := range g.line {
		if t.limited && t.deadline.Before(g.opens) {
			t.ready <- &pacerHeldError{For: wait}
			continue
		}
		kept = append(kept, t)
	}
	clear(g.line[len(kept):])
	g.line = kept
}

func (g *pacerGate) wake(wait time.Duration) {
	if g.alarm == nil {
		g.alarm = time.AfterFunc(wait, func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.admit()
		})
		return
	}
	g.alarm.Reset(wait)
}

func (g *pacerGate) hold(d time.Duration) {
	if opens := time.Now().Add(min(d, pacerMaxHold)); opens.After(g.opens) {
		g.opens = opens
	}
	g.admit()
}

// withdraw takes a turn out of the line; false where it was served already.
func (g *pacerGate) withdraw(t *pacerTurn) bool {
	for i, waiting := range g.line {
		if waiting == t {
			g.line = append(g.line[:i], g.line[i+1:]...)
			return true
		}
	}
	return false
}

// idle tells that nothing would be lost with the gate: nobody is in it or before
// it, it stands open, and no refusal is remembered that still matters.
func (g *pacerGate) idle(now time.Time) bool {
	long := pacerIdle
	if g.refusals > 0 {
		long = pacerGrudge
	}
	return g.busy == 0 && len(g.line) == 0 && now.After(g.opens) && now.Sub(g.used) > long
}
