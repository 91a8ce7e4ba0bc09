package netguard

// The proxy: ours, so exempt from vetting, and never to be taken for the site
// that is reached through it.

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
)

// A ProxyError says that the proxy could not be reached, was not trusted, or
// refused to connect us. It hides its cause from errors.Is and errors.As: a
// proxy that refuses a connection must not be read as a site that does.
type ProxyError struct {
	Proxy string // host:port
	cause error
}

func (e *ProxyError) Error() string { return fmt.Sprintf("the proxy %s: %v", e.Proxy, e.cause) }

func (g *Guard) isProxy(addr string) bool { return g.proxy != "" && strings.EqualFold(addr, g.proxy) }

// dialProxy connects to the proxy itself. The target was vetted before the
// request came here.
func dialProxy(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, network, addr)
	if err != nil && ctx.Err() == nil {
		err = &ProxyError{Proxy: addr, cause: err}
	}
	return c, err
}

// dialSecureProxy speaks HTTP/1.1 over TLS: net/http cannot CONNECT over HTTP/2.
func (g *Guard) dialSecureProxy(ctx context.Context, network, addr string) (net.Conn, error) {
	raw, err := dialProxy(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		raw.Close()
		return nil, err
	}
	shake, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	config := g.tlsConfig(shake, host)
	config.NextProtos = nil
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(shake); err != nil {
		raw.Close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &ProxyError{Proxy: addr, cause: err}
	}
	return conn, nil
}

// proxyAnswered is asked with the proxy's answer to CONNECT.
func proxyAnswered(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyError{Proxy: proxy.Host, cause: fmt.Errorf("it answered %s to CONNECT", printable(answer.Status))}
}

// A shake remembers how the handshake with a target behind a proxy ended, which
// net/http makes itself.
type shake struct {
	mu  sync.Mutex
	err error
}

// watched has the handshake of a request behind a proxy remembered; nil where
// the handshakes are our own.
func (g *Guard) watched(ctx context.Context) (context.Context, *shake) {
	if g.proxy == "" {
		return ctx, nil
	}
	s := &shake{}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.err = err
	}}), s
}

// named gives the error of a request the type it has without a proxy.
func (s *shake) named(host string, err error) error {
	if s == nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil || !errors.Is(err, s.err) {
		return err
	}
	return handshakeError(host, err)
}
