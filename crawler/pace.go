package crawler

// Politeness: when a request may be sent. One at a time to a host, with a gap
// between the end of one and the beginning of the next; a few at a time to an
// address, whatever the hosts on it; none while an address asks to be left
// alone.

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	pacerMaxDelay   = 10 * time.Second // of a Crawl-delay
	pacerMaxHold    = time.Hour        // of a Retry-After
	pacerFirstBack  = 2 * time.Second  // back-off after the first 429 or 503
	pacerMaxBack    = time.Minute
	pacerIdle       = 30 * time.Second // a host or address unused that long is forgotten
	pacerGrudge     = 10 * time.Minute // and one that refused us last, for the row of its refusals
	pacerSweepAbove = 1024             // gates below which nothing is swept
)

// pacer hands out turns. It is safe for concurrent use.
//
// The gap runs from the end of one request to the start of the next. Counted
// from start to start, a first request delayed by DNS, dial and TLS would reach
// the server less than a gap before the second.
type pacer struct {
	gap        time.Duration
	perAddress int
	firstBack  time.Duration
	now        func() time.Time // for times of day from outside alone; waiting goes by the machine's own clock
	random     func() float64   // in [0, 1), for the jitter

	mu    sync.Mutex
	hosts map[string]*pacerGate
	addrs map[netip.Addr]*pacerGate
	sweep int // number of gates at which idle ones are dropped
}

// newPacer makes a pacer: perHostDelay is the gap (0: none), perAddress the
// most requests at once to an address (below 1: 1).
func newPacer(perHostDelay time.Duration, perAddress int, now func() time.Time) *pacer {
	if now == nil {
		now = time.Now
	}
	return &pacer{
		gap: max(0, perHostDelay), perAddress: max(1, perAddress), firstBack: pacerFirstBack, now: now, random: rand.Float64,
		hosts: map[string]*pacerGate{}, addrs: map[netip.Addr]*pacerGate{}, sweep: pacerSweepAbove,
	}
}

// A pacerHeldError says that a turn will not come before the caller's deadline,
// because the host or its address asked to be left alone until then.
type pacerHeldError struct {
	Host string
	For  time.Duration
}

func (e *pacerHeldError) Error() string {
	return fmt.Sprintf("%s asked to be left alone for %s", e.Host, e.For.Round(time.Second))
}

// Unwrap lets it pass for the end of the caller's time, which it foretells.
func (e *pacerHeldError) Unwrap() error { return context.DeadlineExceeded }

// Acquire waits for a turn: first for the host's, then for its address's, each
// in the order of asking. The caller calls release once the response's body is
// read, or the request has failed. It ends with the context's error, or at once
// with a *pacerHeldError where waiting is sure to be in vain.
func (p *pacer) Acquire(ctx context.Context, host string, addr netip.Addr) (release func(), waited time.Duration, err error) {
	began := time.Now()
	host = strings.ToLower(host)
	h, err := p.enter(ctx, func() *pacerGate { return p.hostGate(host) })
	if err != nil {
		return nil, time.Since(began), pacerError(err, host)
	}
	a, err := p.enter(ctx, func() *pacerGate { return p.addrGate(addr) })
	if err != nil {
		p.leave(h, 0)
		return nil, time.Since(began), pacerError(err, host)
	}
	var once sync.Once
	release = func() {
		once.Do(func() {
			p.leave(a, 0)
			p.leaveHost(h)
		})
	}
	return release, time.Since(began), nil
}

func pacerError(err error, host string) error {
	if held, ok := err.(*pacerHeldError); ok {
		return &pacerHeldError{Host: host, For: held.For}
	}
	return fmt.Errorf("waiting for a turn at %s: %w", host, err)
}

// SetDelay sets a host's gap to its Crawl-delay: at least the configured gap,
// at most ten seconds. A host unused for half a minute is forgotten together with
// its delay, so set it before each request.
func (p *pacer) SetDelay(host string, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g := p.hostGate(strings.ToLower(host))
	g.gap = max(p.gap, min(d, pacerMaxDelay))
	if open := g.ended.Add(g.gap); g.busy == 0 && open.After(g.opens) { // robots.txt was the request before
		g.opens = open
	}
}

// Known is the address a host spoke from last where it is still among its
// addresses, else the first of them: the one its next turn counts against. A
// host whose first address is dead is spoken to by another, perhaps over a
// connection older than our last look-up.
func (p *pacer) Known(host string, addrs []netip.Addr) netip.Addr {
	p.mu.Lock()
	defer p.mu.Unlock()
	if g, ok := p.hosts[strings.ToLower(host)]; ok && slices.Contains(addrs, g.spoke) {
		return g.spoke
	}
	return addrs[0]
}

// Spoke notes which address of a host answered.
func (p *pacer) Spoke(host string, addr netip.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hostGate(strings.ToLower(host)).spoke = addr
}

// HoldAddress sends nothing to an address until then, at most an hour: what a
// Retry-After asks for.
func (p *pacer) HoldAddress(until time.Time, addrs ...netip.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, addr := range addrs {
		p.addrGate(addr).hold(until.Sub(p.now()))
	}
}

// BackOff leaves a target alone after a 429 or 503 that said no Retry-After:
// longer each time in a row, with jitter. A 429 speaks of us and holds the
// addresses; a 503 speaks of one site and holds the host. It returns for how long.
func (p *pacer) BackOff(status int, host string, addrs ...netip.Addr) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	gates := []*pacerGate{p.hostGate(strings.ToLower(host))}
	if status == http.StatusTooManyRequests {
		gates = gates[:0]
		for _, addr := range addrs {
			gates = append(gates, p.addrGate(addr))
		}
	}
	row := 0
	for _, g := range gates {
		row = max(row, g.refusals)
	}
	d := p.firstBack << min(row, 5)
	// Half of it for certain, as much again at random: ours do not come back together.
	d = min(d/2+time.Duration(p.random()*float64(d)), pacerMaxBack)
	for _, g := range gates {
		g.refusals = row + 1
		g.hold(d)
	}
	return d
}

// Forgive ends the row of refusals after an answer that was none.
func (p *pacer) Forgive(host string, addrs ...netip.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if g, ok := p.hosts[strings.ToLower(host)]; ok {
		g.refusals = 0
	}
	for _, addr := range addrs {
		if g, ok := p.addrs[addr]; ok {
			g.refusals = 0
		}
	}
}

// hostGate and addrGate are called with the lock held.
func (p *pacer) hostGate(host string) *pacerGate {
	g, ok := p.hosts[host]
	if !ok {
		p.drop()
		g = &pacerGate{mu: &p.mu, places: 1, gap: p.gap}
		p.hosts[host] = g
	}
	g.used = time.Now()
	return g
}

func (p *pacer) addrGate(addr netip.Addr) *pacerGate {
	g, ok := p.addrs[addr]
	if !ok {
		p.drop()
		g = &pacerGate{mu: &p.mu, places: p.perAddress}
		p.addrs[addr] = g
	}
	g.used = time.Now()
	return g
}

// drop forgets what is idle each time the number of gates has doubled, so that
// it costs little and memory follows what is in use.
func (p *pacer) drop() {
	if len(p.hosts)+len(p.addrs) < p.sweep {
		return
	}
	now := time.Now()
	for host, g := range p.hosts {
		if g.idle(now) {
			delete(p.hosts, host)
		}
	}
	for addr, g := range p.addrs {
		if g.idle(now) {
			delete(p.addrs, addr)
		}
	}
	p.sweep = max(pacerSweepAbove, 2*(len(p.hosts)+len(p.addrs)))
}

// enter waits for a place at a gate.
func (p *pacer) enter(ctx context.Context, gate func() *pacerGate) (*pacerGate, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	t := &pacerTurn{ready: make(chan error, 1)}
	t.deadline, t.limited = ctx.Deadline()
	p.mu.Lock()
	g := gate()
	g.line = append(g.line, t)
	g.admit()
	p.mu.Unlock()
	select {
	case err := <-t.ready:
		return g, err
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !g.withdraw(t) {
		if err := <-t.ready; err == nil { // the place came at the same moment
			g.busy--
			g.admit()
		}
	}
	return nil, context.Cause(ctx)
}

func (p *pacer) leaveHost(g *pacerGate) {
	p.mu.Lock()
	gap := g.gap // as it is now: robots.txt may have been read by this very request
	p.mu.Unlock()
	p.leave(g, gap)
}

// leave gives a place back and keeps the gate shut for gap.
func (p *pacer) leave(g *pacerGate, gap time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g.busy--
	g.used = time.Now()
	g.ended = g.used
	if open := g.used.Add(gap); open.After(g.opens) {
		g.opens = open
	}
	g.admit()
}
