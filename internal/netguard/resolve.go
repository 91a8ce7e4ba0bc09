package netguard

// Looking names up: A and AAAA through one resolver, remembered for a while,
// with the resolver's own troubles kept apart from those of the name.

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	keepFound    = 5 * time.Minute
	keepNotFound = 30 * time.Second
	keepHealth   = 30 * time.Second
	maxNames     = 4096 // remembered: more than are in use at a time
	maxAddresses = 8    // kept of one name
)

// patience is how long answers are waited for. A dead resolver is told from a
// dead name within lookup and health together.
type patience struct {
	query  time.Duration // one question to one server
	lookup time.Duration // all questions about one name
	health time.Duration // the question whether the resolver is alive
}

var usualPatience = patience{query: 3 * time.Second, lookup: 6 * time.Second, health: 1500 * time.Millisecond}

// The response codes of RFC 1035 4.1.1 that are told apart.
const (
	rcodeSuccess  = 0
	rcodeServFail = 2
	rcodeNXDomain = 3
)

// A ResolverError says that our resolver failed, not the name that was asked
// for: it cannot be reached, it refuses us, it answers nothing at all, or it
// denies the root itself. It wraps the *net.DNSError, so look for it first.
type ResolverError struct {
	Name string // what was asked for
	Err  error
}

func (e *ResolverError) Error() string {
	return fmt.Sprintf("the DNS resolver failed: %v", e.Err)
}

func (e *ResolverError) Unwrap() error { return e.Err }

// resolver looks names up and remembers the answers.
type resolver struct {
	patience
	server  string // host:port; empty: the system's
	lookIn  func(ctx context.Context, network, name string) ([]netip.Addr, error)
	askRoot func(ctx context.Context) error // nil: the resolver answers questions
	routed  func(netip.Addr) bool           // whether this machine has a way to the address

	flights singleflight.Group
	mu      sync.Mutex
	names   map[string]answer
	healthy time.Time // until when the resolver is taken to be alive
}

type answer struct {
	addrs []netip.Addr
	err   error
	until time.Time
}

// newResolver asks server (host:port), or the system's servers where it is
// empty, always with Go's own resolver: the C library's would read "0x7f.1" as
// an address.
func newResolver(server string, wait patience) *resolver {
	dialer := &net.Dialer{Timeout: wait.query}
	lib := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if server != "" {
			address = server
		}
		c, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return watch(ctx, c, wait.query), nil
	}}
	return &resolver{
		patience: wait, server: server,
		lookIn: func(ctx context.Context, network, name string) ([]netip.Addr, error) {
			return lib.LookupNetIP(ctx, network, name)
		},
		askRoot: func(ctx context.Context) error {
			// Whoever answers for names can say who answers for the root.
			_, err := lib.LookupNS(ctx, ".")
			return err
		},
		routed: routed,
		names:  map[string]answer{},
	}
}

// forgetFailures forgets the names that were not found.
func (r *resolver) forgetFailures() {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.names, func(_ string, a answer) bool { return a.err != nil })
}

// ForgetFailures forgets which names were not found, so that a second look asks
// for them again.
func (g *Guard) ForgetFailures() { g.resolver.forgetFailures() }

// resolve gives the addresses of a clean host name in the order of trying. It
// returns a *net.DNSError, a *ResolverError, or the context's error.
func (r *resolver) resolve(ctx context.Context, host string, begin func(context.Context) (context.Context, func(), error)) ([]netip.Addr, error) {
	if a, ok := r.remembered(host); ok {
		return a.addrs, a.err
	}
	flight := r.flights.DoChan(host, func() (any, error) {
		// Others may wait for this look-up: it outlives whoever began it.
		ctx, done, err := begin(context.WithoutCancel(ctx))
		if err != nil {
			return answer{}, err
		}
		defer done()
		a := r.ask(ctx, host)
		if ctx.Err() == nil {
			r.remember(host, a)
		}
		return a, nil
	})
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("looking up %s: %w", host, context.Cause(ctx))
	case result := <-flight:
		if result.Err != nil {
			return nil, result.Err
		}
		a := result.Val.(answer)
		return a.addrs, a.err
	}
}

func (r *resolver) ask(ctx context.Context, host string) answer {
	lookCtx, cancel := context.WithTimeout(ctx, r.lookup)
	defer cancel()
	var v4, v6 []netip.Addr
	var err4, err6 error
	var seen4, seen6 witness
	var both sync.WaitGroup
	both.Go(func() { v4, err4 = r.lookIn(seen4.in(lookCtx), "ip4", host+".") })
	both.Go(func() { v6, err6 = r.lookIn(seen6.in(lookCtx), "ip6", host+".") })
	both.Wait()
	if len(v4)+len(v6) > 0 {
		return answer{addrs: r.order(v4, v6), until: time.Now().Add(keepFound)}
	}
	err, seen := err4, &seen4
	if notFound(err4) && !notFound(err6) {
		err, seen = err6, &seen6 // not both agree that there is nothing
	}
	return answer{err: r.blame(ctx, host, err, seen), until: time.Now().Add(keepNotFound)}
}

func notFound(err error) bool {
	var dns *net.DNSError
	var addr *net.AddrError // answers, but none of the kind asked for
	return errors.As(err, &dns) && dns.IsNotFound || errors.As(err, &addr)
}

// blame says whose failure it is: the name's, or our resolver's.
func (r *resolver) blame(ctx context.Context, host string, err error, seen *witness) error {
	if notFound(err) {
		if r.root(ctx) == rootDenied {
			return &ResolverError{Name: host, Err: &net.DNSError{Err: "it denies that any name exists", Name: host, Server: r.server}}
		}
		return &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	var dns *net.DNSError
	if !errors.As(err, &dns) {
		return fmt.Errorf("looking up %s: %w", host, err)
	}
	named := *dns
	named.Name, named.UnwrapErr = host, nil // a context of ours that ended must not read as the caller's
	if r.server != "" {
		named.Server = r.server // not the system's, which the library believes it asked
	}
	ours := &ResolverError{Name: host, Err: &named}
	switch seen.last() {
	case noAnswer:
		if !dns.IsTimeout || r.root(ctx) != rootWell {
			return ours
		}
	case rcodeServFail:
		if r.root(ctx) != rootWell {
			return ours
		}
	case rcodeSuccess, rcodeNXDomain: // then the answer itself was broken
	default: // REFUSED and the like: said to us, whatever the name
		return ours
	}
	return &named
}

// What the resolver says of the root, which exists: a question that has nothing
// to do with the name that failed.
type rootState int

const (
	rootWell   rootState = iota // an answer, were it a refusal
	rootSilent                  // none
	rootFailed                  // SERVFAIL: it cannot ask anyone itself
	rootDenied                  // NXDOMAIN: it is cut off and denies everything
)

func (r *resolver) root(ctx context.Context) rootState {
	r.mu.Lock()
	known := time.Now().Before(r.healthy)
	r.mu.Unlock()
	if known {
		return rootWell
	}
	state, _, _ := r.flights.Do(". NS", func() (any, error) {
		var seen witness
		ctx, cancel := context.WithTimeout(seen.in(ctx), r.health)
		defer cancel()
		if err := r.askRoot(ctx); err == nil {
			return rootWell, nil
		}
		return seen.root(), nil
	})
	if state == rootWell {
		r.mu.Lock()
		r.healthy = time.Now().Add(keepHealth)
		r.mu.Unlock()
	}
	return state.(rootState)
}

// order interleaves the families, IPv6 first (RFC 8305 4), unless this machine
// has no way to the IPv6 addresses: then they come last.
func (r *resolver) order(v4, v6 []netip.Addr) []netip.Addr {
	all := make([]netip.Addr, 0, len(v4)+len(v6))
	for i := range v4 {
		v4[i] = v4[i].Unmap() // the library gives A records in either form
	}
	if len(v6) > 0 && !r.routed(v6[0]) {
		all = append(append(all, v4...), v6...)
	} else {
		for i := range max(len(v4), len(v6)) {
			if i < len(v6) {
				all = append(all, v6[i])
			}
			if i < len(v4) {
				all = append(all, v4[i])
			}
		}
	}
	return all[:min(len(all), maxAddresses)]
}

// routed asks the kernel for a route; connecting a UDP socket sends nothing.
func routed(a netip.Addr) bool {
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, 9)))
	if err != nil {
		return false
	}
	c.Close()
	return true
}

func (r *resolver) remembered(host string) (answer, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a, ok := r.names[host]
	return a, ok && time.Now().Before(a.until)
}

func (r *resolver) remember(host string, a answer) {
	var ours *ResolverError
	if errors.As(a.err, &ours) {
		return // our own failure may end at any moment
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.names) >= maxNames {
		r.forget()
	}
	r.names[host] = a
}

// prefer puts the address that answered first among those remembered of a host.
func (r *resolver) prefer(host string, addr netip.Addr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known, ok := r.names[host]
	if i := slices.Index(known.addrs, addr); ok && i > 0 {
		others := slices.Delete(slices.Clone(known.addrs), i, i+1) // callers hold the slice of before
		known.addrs = slices.Insert(others, 0, addr)
		r.names[host] = known
	}
}

// forget drops what is stale and, where that is little, what will be first.
func (r *resolver) forget() {
	now := time.Now()
	for host, a := range r.names {
		if now.After(a.until) {
			delete(r.names, host)
		}
	}
	excess := len(r.names) - maxNames*3/4
	if excess <= 0 {
		return
	}
	ends := make([]time.Time, 0, len(r.names))
	for _, a := range r.names {
		ends = append(ends, a.until)
	}
	slices.SortFunc(ends, time.Time.Compare)
	last := ends[excess-1]
	for host, a := range r.names {
		if !a.until.After(last) {
			delete(r.names, host)
		}
	}
}

// A witness remembers the last answer that one look-up was given.
type witness struct {
	code          atomic.Int32
	authoritative atomic.Bool
}

const noAnswer = -1

type witnessKey struct{}

func (w *witness) in(ctx context.Context) context.Context {
	w.code.Store(noAnswer)
	return context.WithValue(ctx, witnessKey{}, w)
}

func (w *witness) last() int32 { return w.code.Load() }

// see reads the header of RFC 1035 4.1.1, 12 bytes long.
func (w *witness) see(header []byte) {
	w.code.Store(int32(header[3] & 0x0f))
	w.authoritative.Store(header[2]&0x04 != 0)
}

// root is what an answer about the root means. Who denies it with authority is
// the root of a small world of its own, not a resolver that is cut off.
func (w *witness) root() rootState {
	switch code := w.last(); {
	case code == noAnswer:
		return rootSilent
	case code == rcodeServFail:
		return rootFailed
	case code == rcodeNXDomain && !w.authoritative.Load():
		return rootDenied
	}
	return rootWell
}

// watch ends a DNS connection with its context, cuts its deadline down to
// limit, and shows its witness what is answered.
func watch(ctx context.Context, c net.Conn, limit time.Duration) net.Conn {
	w, _ := ctx.Value(witnessKey{}).(*witness)
	q := &question{Conn: c, witness: w, limit: time.Now().Add(limit)}
	q.release = context.AfterFunc(ctx, func() { c.Close() })
	if packets, ok := c.(net.PacketConn); ok {
		return &packetQuestion{question: q, PacketConn: packets}
	}
	return q
}

type question struct {
	net.Conn
	witness *witness
	limit   time.Time
	release func() bool
}

// Read shows the witness each message; over TCP the library reads the two bytes
// of the length apart.
func (q *question) Read(b []byte) (int, error) {
	n, err := q.Conn.Read(b)
	if n >= 12 && q.witness != nil {
		q.witness.see(b[:n])
	}
	return n, err
}

func (q *question) SetDeadline(t time.Time) error {
	if t.After(q.limit) {
		t = q.limit
	}
	return q.Conn.SetDeadline(t)
}

func (q *question) Close() error {
	q.release()
	return q.Conn.Close()
}

// packetQuestion is a question over UDP, where one read is one message: the
// library tells UDP from TCP by net.PacketConn.
type packetQuestion struct {
	*question
	net.PacketConn
}

func (q *packetQuestion) Read(b []byte) (int, error)        { return q.question.Read(b) }
func (q *packetQuestion) Close() error                      { return q.question.Close() }
func (q *packetQuestion) LocalAddr() net.Addr               { return q.question.LocalAddr() }
func (q *packetQuestion) SetDeadline(t time.Time) error     { return q.question.SetDeadline(t) }
func (q *packetQuestion) SetReadDeadline(t time.Time) error { return q.question.SetReadDeadline(t) }

func (q *packetQuestion) SetWriteDeadline(t time.Time) error { return q.question.SetWriteDeadline(t) }
