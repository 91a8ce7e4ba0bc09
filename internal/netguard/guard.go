// Package netguard is the one maker of HTTP transports. Nothing that comes
// from outside decides where we connect: every target is resolved by us, its
// addresses vetted, and the connection made to exactly those addresses. Sizes
// are bounded after decompression, times at every step.
package netguard

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"code.dny.dev/ssrf"
)

// The time limits and sizes that Options leaves open.
const (
	dialTimeout      = 5 * time.Second  // one connection attempt
	handshakeTimeout = 10 * time.Second // TLS, fetching of an intermediate included
	headerTimeout    = 15 * time.Second // from the request to the end of the response's header
	idleTimeout      = 90 * time.Second // Options.IdleTimeout where it is zero
	maxIdle          = 2048             // Options.MaxIdle where it is zero
	maxHeaderBytes   = 256 << 10        // Options.MaxHeaderBytes where it is zero
	maxRedirects     = 5                // of Client
)

// Options says how to reach the world. The zero value is the plain internet
// through the system's resolver and trust store.
type Options struct {
	// Resolver is the host:port of a DNS server; empty means the system's.
	Resolver string
	// Roots are trusted besides the system's roots.
	Roots *x509.CertPool
	// Proxy is the http or https URL of a proxy for every request. The target
	// is still resolved and vetted here; the proxy's own address is exempt.
	Proxy string
	// AllowPrivate lets loopback and private addresses pass. Link-local and
	// metadata addresses never do.
	AllowPrivate bool
	// ExtraPorts are allowed besides 80, 443, 8080 and 8443.
	ExtraPorts []int
	// Redial maps a vetted target to the listener to dial in its place. It is
	// asked with the lower-case host:port, then with each ip:port; the same or
	// an empty answer leaves that as it is. For the demo and for tests, never
	// from configuration.
	Redial func(addr string) string
	// IdleTimeout is how long an unused connection is kept, to be longer than
	// the gap between two requests to a host; zero means 90 s.
	IdleTimeout time.Duration

	// MaxIdle is how many unused connections are kept at most, those unused the
	// longest closed first; each takes some 50 kB. 0: 2,048.
	MaxIdle int
	// MaxHeaderBytes bounds a response's header; zero means 256 kB.
	MaxHeaderBytes int64

	// Now is the hour by which certificates are valid or not; nil means time.Now.
	Now func() time.Time
}

// A Guard makes connections and vets where they go. It is safe for concurrent
// use.
type Guard struct {
	transport *http.Transport
	resolver  *resolver
	policy    *ssrf.Guardian
	ports     map[uint16]bool
	redial    func(string) string
	proxy     *url.URL // nil: none
	proxyAddr string   // its host:port, exempt from vetting
	trust     *trust
	decoders  decoders

	mu     sync.Mutex
	closed bool
	stop   context.CancelFunc // ends everything under way
	life   context.Context
	work   sync.WaitGroup // look-ups, dials and fetches under way
}

// ErrClosed is what a Guard answers after Close.
var ErrClosed = errors.New("the network guard is closed")

// New makes a Guard. It refuses a resolver that is not host:port, a proxy that
// is not an http or https URL, a port outside 1 to 65535, and a machine that
// trusts no root at all: there every site would look untrusted.
func New(o Options) (*Guard, error) {
	ports, err := allowedPorts(o.ExtraPorts)
	if err != nil {
		return nil, err
	}
	if o.Resolver != "" {
		if _, _, err := net.SplitHostPort(o.Resolver); err != nil {
			return nil, fmt.Errorf("resolver %q is not host:port: %w", o.Resolver, err)
		}
	}
	g := &Guard{ports: ports, policy: policy(o.AllowPrivate), redial: o.Redial}
	g.life, g.stop = context.WithCancel(context.Background())
	if g.trust, err = newTrust(o.Roots, o.Now); err != nil {
		return nil, err
	}
	g.resolver = newResolver(o.Resolver, usualPatience)
	g.transport = &http.Transport{
		DialContext:            g.dialPlain,
		DialTLSContext:         g.dialTLS,
		TLSClientConfig:        g.tlsConfig(context.Background(), ""), // of no connection: all are made by dialTLS
		TLSHandshakeTimeout:    handshakeTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		IdleConnTimeout:        positive(o.IdleTimeout, idleTimeout),
		MaxResponseHeaderBytes: positive(o.MaxHeaderBytes, maxHeaderBytes),
		MaxIdleConns:           positive(o.MaxIdle, maxIdle),
		MaxIdleConnsPerHost:    2,
		DisableCompression:     true, // we decode ourselves, within the limit
		ForceAttemptHTTP2:      true,
	}
	if o.Proxy != "" {
		if err := g.useProxy(o.Proxy); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func positive[T int | int64 | time.Duration](v, otherwise T) T {
	if v > 0 {
		return v
	}
	return otherwise
}

func (g *Guard) useProxy(raw string) error {
	u, err := url.Parse(raw)
	if err != nil {
		return errors.New("the proxy is not a URL") // the URL may hold a password: not echoed
	}
	if u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return errors.New("the proxy must be an http or https URL with a host")
	}
	port := u.Port()
	if port == "" {
		port = defaultPort(u.Scheme)
	}
	g.proxy, g.proxyAddr = u, net.JoinHostPort(u.Hostname(), port)
	g.transport.Proxy = func(req *http.Request) (*url.URL, error) {
		if req.URL.Scheme == "https" {
			return nil, nil // dialTLS goes through the proxy by itself
		}
		return u, nil
	}
	return nil
}

// RoundTripper is the guarded transport. It sends GET and HEAD alone, keeps no
// cookies, follows no redirect, decodes gzip, deflate, brotli and zstd within
// the limit of the request's context (WithBodyLimit), and fills the Report found
// there.
func (g *Guard) RoundTripper() http.RoundTripper { return roundTripper{g} }

type connectionsKey struct{}

// WithConnections has the requests made with the context share connections that no
// other uses. The end closes them once they are idle, where the Guard's own stay open
// for a while.
func (g *Guard) WithConnections(ctx context.Context) (_ context.Context, end func()) {
	t := g.transport.Clone()
	return context.WithValue(ctx, connectionsKey{}, t), t.CloseIdleConnections
}

// connections are those to be used for a request.
func (g *Guard) connections(ctx context.Context) *http.Transport {
	if t, own := ctx.Value(connectionsKey{}).(*http.Transport); own {
		return t
	}
	return g.transport
}

// Client is for the registry and for AgID: it follows at most five redirects,
// to http and https alone, each vetted, and gives up after timeout, body
// included; zero means no limit but the context's.
func (g *Guard) Client(timeout time.Duration) *http.Client {
	return &http.Client{
		Transport:     g.RoundTripper(),
		Timeout:       timeout,
		CheckRedirect: redirects(maxRedirects, "http", "https"),
	}
}

// redirects lets at most limit redirects pass, to these schemes alone.
func redirects(limit int, schemes ...string) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		if len(via) > limit {
			return fmt.Errorf("more than %d redirects", limit)
		}
		for _, s := range schemes {
			if req.URL.Scheme == s {
				return nil
			}
		}
		return &ForbiddenError{Target: req.URL.Redacted(), Why: "scheme of the redirect"}
	}
}

// Close ends what is under way and closes idle connections. A closed Guard
// answers ErrClosed.
func (g *Guard) Close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.stop()
	g.transport.CloseIdleConnections()
	g.work.Wait()
	g.transport.CloseIdleConnections()
}

// begin ties a piece of work to the Guard's life: its context ends with the
// Guard, and Close waits for done.
func (g *Guard) begin(ctx context.Context) (_ context.Context, done func(), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, nil, ErrClosed
	}
	g.work.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	release := context.AfterFunc(g.life, cancel)
	return ctx, func() { release(); cancel(); g.work.Done() }, nil
}

func (g *Guard) tlsConfig(ctx context.Context, host string) *tls.Config {
	return &tls.Config{
		ServerName:   host,
		MinVersion:   tls.VersionTLS12,
		CipherSuites: cipherSuites(),
		// Without the hybrid key exchange X25519MLKEM768, whose first message takes two
		// packets: some servers and firewalls never answer that (https://tldr.fail), and
		// what is read here is public.
		CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521},
		NextProtos:       []string{"h2", "http/1.1"},
		// The whole of the verification is done in VerifyConnection, which
		// must be no weaker than the one this switches off; see verify.
		InsecureSkipVerify: true,
		VerifyConnection:   func(cs tls.ConnectionState) error { return g.verify(ctx, host, cs.PeerCertificates) },
	}
}
