package netguard

// Making connections to vetted addresses, and to nothing else.

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// stagger is how long an address is tried alone before the next one is tried
// beside it (RFC 8305 5: recommended 250 ms).
const stagger = 250 * time.Millisecond

// A HandshakeError says that a server was reached but TLS could not be agreed
// upon. An untrusted, expired or misnamed certificate is no HandshakeError but
// a *tls.CertificateVerificationError.
type HandshakeError struct {
	Host string
	Err  error
}

func (e *HandshakeError) Error() string {
	return fmt.Sprintf("TLS handshake with %s: %v", e.Host, e.Err)
}

func (e *HandshakeError) Unwrap() error { return e.Err }

// Timeout says that the handshake was not refused but never ended.
func (e *HandshakeError) Timeout() bool {
	var timeout net.Error
	return errors.As(e.Err, &timeout) && timeout.Timeout()
}

// Addresses resolves a host (a name or an address) and leaves out the addresses
// that the guard refuses, in the order in which they would be tried. Answers
// are remembered: five minutes for addresses, thirty seconds for their absence;
// an address that answered where those before it did not comes first from then
// on, so that the first one is the one that will be spoken to.
// It returns a *ForbiddenError where nothing is left, a *net.DNSError where the
// name has no address, and a *ResolverError where our resolver failed.
func (g *Guard) Addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	name, literal, err := cleanHost(host)
	if err != nil {
		return nil, err
	}
	if literal.IsValid() {
		if err := g.vetAddr(literal); err != nil {
			return nil, err
		}
		return []netip.Addr{literal}, nil
	}
	all, err := g.resolver.resolve(ctx, name, g.begin)
	if err != nil {
		return nil, err
	}
	allowed := make([]netip.Addr, 0, len(all))
	var refused error
	for _, a := range all {
		if err := g.vetAddr(a); err != nil {
			refused = err
			continue
		}
		allowed = append(allowed, a)
	}
	if len(allowed) == 0 {
		var forbidden *ForbiddenError
		if errors.As(refused, &forbidden) {
			return nil, &ForbiddenError{Target: name + " (" + forbidden.Target + ")", Why: forbidden.Why}
		}
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return allowed, nil
}

// A target is where a request goes, vetted.
type target struct {
	hostport string // as net/http will ask for it, lower case
	host     string
	port     uint16
	addrs    []netip.Addr
}

type targetKey struct{}

// vetURL resolves and vets where a URL leads.
func (g *Guard) vetURL(ctx context.Context, u *url.URL) (*target, error) {
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, &ForbiddenError{Target: printable(u.Redacted()), Why: "scheme is neither http nor https"}
	}
	port := u.Port()
	if port == "" {
		port = defaultPort(u.Scheme)
	}
	return g.vetTarget(ctx, u.Hostname(), port)
}

func (g *Guard) vetTarget(ctx context.Context, host, port string) (*target, error) {
	name, _, err := cleanHost(host)
	if err != nil {
		return nil, err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, &ForbiddenError{Target: printable(host + ":" + port), Why: "not a port"}
	}
	if err := g.vetPort(name, uint16(number)); err != nil {
		return nil, err
	}
	addrs, err := g.Addresses(ctx, name)
	if err != nil {
		return nil, err
	}
	return &target{
		hostport: net.JoinHostPort(name, strconv.Itoa(int(number))),
		host:     name, port: uint16(number), addrs: addrs,
	}, nil
}

// held is a connection that ends with its Guard, whoever has it by then: the
// transport takes an HTTP/2 connection into its pool some time after the dial,
// and one that comes after CloseIdleConnections would stay open.
type held struct {
	net.Conn
	release func() bool
}

func (g *Guard) hold(c net.Conn) net.Conn {
	return &held{c, context.AfterFunc(g.life, func() { c.Close() })}
}

func (h *held) Close() error {
	h.release()
	return h.Conn.Close()
}

// link is a connection that knows which address it was made for.
type link struct {
	net.Conn
	addr netip.Addr
}

// linkOf finds the link below the layers of TLS.
func linkOf(c net.Conn) (*link, bool) {
	for range 4 {
		switch under := c.(type) {
		case *link:
			return under, true
		case interface{ NetConn() net.Conn }:
			c = under.NetConn()
		default:
			return nil, false
		}
	}
	return nil, false
}

// dialPlain is the transport's DialContext: for http, and for the proxy.
func (g *Guard) dialPlain(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, done, err := g.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if g.isProxy(addr) {
		return g.dialProxy(ctx, network, addr)
	}
	return g.dial(ctx, addr)
}

// dialTLS is the transport's DialTLSContext: for https, and for a proxy that
// carries plain http and is spoken to over https. The handshake with a site is
// ours behind a proxy too: net/http's does not know an address from no name.
func (g *Guard) dialTLS(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, done, err := g.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if g.isProxy(addr) {
		return g.dialSecureProxy(ctx, network, addr)
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	host = strings.TrimSuffix(host, ".")
	var raw net.Conn
	if g.proxy != nil {
		raw, err = g.connect(ctx, network, addr)
	} else {
		raw, err = g.dial(ctx, addr)
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	conn := tls.Client(&records{Conn: raw}, g.tlsConfig(ctx, host))
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, handshakeError(host, err)
	}
	return conn, nil
}

// handshakeError names what a handshake failed of.
func handshakeError(host string, err error) error {
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) {
		return err
	}
	return &HandshakeError{Host: host, Err: err}
}

// dial connects to the addresses vetted for the request, or vets anew where the
// transport dials for another host than the request's.
func (g *Guard) dial(ctx context.Context, addr string) (*link, error) {
	to, ok := ctx.Value(targetKey{}).(*target)
	if !ok || !strings.EqualFold(to.hostport, addr) {
		host, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		if to, err = g.vetTarget(ctx, host, port); err != nil {
			return nil, err
		}
	}
	if listener := g.stands(to.hostport); listener != to.hostport {
		return g.redialled(ctx, listener, to.addrs[0])
	}
	l, err := g.race(ctx, to)
	if err == nil && l.addr != to.addrs[0] {
		g.resolver.prefer(to.host, l.addr)
	}
	return l, err
}

// redialled connects to the listener that stands for a vetted address.
func (g *Guard) redialled(ctx context.Context, listener string, addr netip.Addr) (*link, error) {
	c, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", listener)
	if err != nil {
		return nil, err
	}
	return &link{g.hold(c), addr}, nil
}

// race tries the addresses one after the other, each with a head start over the
// next, and keeps the first that answers.
func (g *Guard) race(ctx context.Context, to *target) (*link, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		conn *link
		err  error
	}
	results := make(chan result, len(to.addrs))
	head := time.NewTimer(0)
	defer head.Stop()
	var failures []error
	started := 0
	for len(failures) < len(to.addrs) {
		select {
		case <-head.C:
			if started == len(to.addrs) {
				continue
			}
			a := to.addrs[started]
			started++
			go func() {
				c, err := g.dialOne(ctx, netip.AddrPortFrom(a, to.port))
				results <- result{c, err}
			}()
			head.Reset(stagger)
		case r := <-results:
			if r.err != nil {
				failures = append(failures, r.err)
				head.Reset(0)
				continue
			}
			cancel()
			for range started - len(failures) - 1 {
				if late := <-results; late.conn != nil {
					late.conn.Close()
				}
			}
			return r.conn, nil
		}
	}
	return nil, worst(failures)
}

// dialOne connects to one address, which is vetted once more on the socket.
func (g *Guard) dialOne(ctx context.Context, to netip.AddrPort) (*link, error) {
	if listener := g.stands(to.String()); listener != to.String() {
		return g.redialled(ctx, listener, to.Addr())
	}
	d := &net.Dialer{Timeout: dialTimeout, Control: func(_, address string, _ syscall.RawConn) error {
		actual, err := netip.ParseAddrPort(address)
		if err != nil {
			return &ForbiddenError{Target: printable(address), Why: "not an address"}
		}
		if err := g.vetPort(actual.Addr().String(), actual.Port()); err != nil {
			return err
		}
		return g.vetAddr(actual.Addr())
	}}
	c, err := d.DialContext(ctx, "tcp", to.String())
	if err != nil {
		return nil, err
	}
	return &link{g.hold(c), to.Addr()}, nil
}

// stands is the listener that stands for a vetted target or address: itself,
// but in a demo or a test.
func (g *Guard) stands(addr string) string {
	if g.redial != nil {
		if listener := g.redial(addr); listener != "" {
			return listener
		}
	}
	return addr
}

// worst is the error that says most about the target: one of ours, that there
// is no way to the address from here, counts only where there is no other.
func worst(failures []error) error {
	for _, err := range failures {
		if !errors.Is(err, syscall.ENETUNREACH) && !errors.Is(err, syscall.EADDRNOTAVAIL) {
			return err
		}
	}
	return failures[0]
}
