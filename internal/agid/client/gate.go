package client

// This file lets one request through at a time, no sooner than the service
// wishes, and none once it has refused too often.

import (
	"context"
	"sync"
	"time"

	"github.com/vigile-it/vigile/internal/agid"
)

const (
	longestHold = 30 * time.Second // of Retry-After waited for; beyond it one answers Held at once
	stopLapses  = 12 * time.Hour   // after which a stopped client tries again by itself
	doublings   = 4                // of the gap, at most
)

// verdict is what a request was worth to the gate.
type verdict int

const (
	served verdict = iota
	refused
	abandoned // by whoever asked: says nothing of the service
)

// gate is entered before a request and left after it.
type gate struct {
	now      func() time.Time
	gap      time.Duration
	most     int
	pause    func(context.Context, time.Duration) error
	turn     chan struct{} // holds one token while somebody is inside
	mu       sync.Mutex
	last     time.Time // end of the last request
	hold     time.Time // Retry-After
	refusals int       // in a row
	stop     time.Time // when the last of too many refusals came; zero: not stopped
}

func newGate(now func() time.Time, gap time.Duration, most int) *gate {
	return &gate{now: now, gap: gap, most: most, pause: sleep, turn: make(chan struct{}, 1)}
}

// enter waits for its turn. It answers why not, where the service is not to be
// asked now; the error is the context's. Only where it answers neither must
// leave follow.
func (g *gate) enter(ctx context.Context) (agid.Silence, error) {
	if g.stopped() {
		return agid.Stopped, ctx.Err()
	}
	select {
	case g.turn <- struct{}{}:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	wait, why := g.wait()
	if why == "" {
		err := g.pause(ctx, wait)
		if err == nil {
			return "", nil
		}
		<-g.turn
		return "", err
	}
	<-g.turn
	return why, ctx.Err()
}

// wait is how long a request has to wait, or why it may not be made.
func (g *gate) wait() (time.Duration, agid.Silence) {
	if g.stopped() {
		return 0, agid.Stopped
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	hold := g.hold.Sub(now)
	if hold > longestHold {
		return 0, agid.Held
	}
	if g.last.IsZero() {
		return hold, ""
	}
	return max(hold, min(g.last.Add(g.spacing()).Sub(now), g.spacing())), ""
}

// spacing is the gap, doubled with every refusal in a row.
func (g *gate) spacing() time.Duration { return g.gap << min(g.refusals, doublings) }

// leave ends a request. It tells whether this was one refusal too many.
func (g *gate) leave(v verdict, after time.Duration) bool {
	defer func() { <-g.turn }()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last = g.now()
	switch v {
	case served:
		g.refusals = 0
		return false
	case abandoned:
		return false
	}
	g.refusals++
	if after > 0 {
		g.hold = g.last.Add(after)
	}
	if g.refusals < g.most || !g.stop.IsZero() {
		return false
	}
	g.stop = g.last
	return true
}

// stopped tells whether there were too many refusals.
func (g *gate) stopped() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.stop.IsZero() && g.now().Sub(g.stop) >= stopLapses {
		g.stop, g.refusals = time.Time{}, 0
	}
	return !g.stop.IsZero()
}

func (g *gate) reset() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stop, g.refusals = time.Time{}, 0
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
