package netguard

// The proxy: ours, so exempt from vetting, and never to be taken for the site
// that is reached through it.

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A ProxyError says that the proxy could not be reached, was not trusted, or
// refused to connect us. It hides its cause from errors.Is and errors.As: a
// proxy that refuses a connection must not be read as a site that does.
type ProxyError struct {
	Proxy string // host:port
	cause error
}

func (e *ProxyError) Error() string { return fmt.Sprintf("the proxy %s: %v", e.Proxy, e.cause) }

func (g *Guard) isProxy(addr string) bool {
	return g.proxy != nil && strings.EqualFold(addr, g.proxyAddr)
}

// dialProxy connects to the proxy itself. The target was vetted before the
// request came here.
func (g *Guard) dialProxy(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, network, addr)
	if err != nil {
		if ctx.Err() == nil {
			err = &ProxyError{Proxy: addr, cause: err}
		}
		return nil, err
	}
	return g.hold(c), nil
}

// dialSecureProxy speaks HTTP/1.1 over TLS: net/http cannot CONNECT over HTTP/2.
func (g *Guard) dialSecureProxy(ctx context.Context, network, addr string) (net.Conn, error) {
	raw, err := g.dialProxy(ctx, network, addr)
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

// Bounds of the answer to CONNECT.
const (
	connectTimeout = headerTimeout
	connectHeader  = 64 << 10
)

// connect has the proxy connect us to a target (RFC 9110 9.3.6).
func (g *Guard) connect(ctx context.Context, network, target string) (net.Conn, error) {
	c, err := g.dialToProxy(ctx, network)
	if err != nil {
		return nil, err
	}
	asked, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	interrupt := context.AfterFunc(asked, func() { c.SetDeadline(time.Unix(1, 0)) })
	err = g.askFor(c, target)
	if !interrupt() && err == nil {
		err = asked.Err()
	}
	if err != nil {
		c.Close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &ProxyError{Proxy: g.proxyAddr, cause: err}
	}
	return c, nil
}

func (g *Guard) dialToProxy(ctx context.Context, network string) (net.Conn, error) {
	if g.proxy.Scheme == "https" {
		return g.dialSecureProxy(ctx, network, g.proxyAddr)
	}
	return g.dialProxy(ctx, network, g.proxyAddr)
}

// askFor sends CONNECT and reads the answer.
func (g *Guard) askFor(c net.Conn, target string) error {
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: target}, Host: target, Header: http.Header{}}
	if u := g.proxy.User; u != nil {
		password, _ := u.Password()
		req.SetBasicAuth(u.Username(), password)
		req.Header.Set("Proxy-Authorization", req.Header.Get("Authorization"))
		req.Header.Del("Authorization")
	}
	if err := req.Write(c); err != nil {
		return err
	}
	answer := bufio.NewReader(io.LimitReader(c, connectHeader))
	resp, err := http.ReadResponse(answer, req)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("it answered %s to CONNECT", printable(resp.Status))
	}
	if answer.Buffered() > 0 { // in TLS we speak first
		return errors.New("it sent something behind its answer to CONNECT")
	}
	return nil
}
