package replica

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/net/html"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, o Options) *Running {
	t.Helper()
	it, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	r, err := it.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// visitor is a client that lives in the replica: its names, its roots, its
// ports. It follows no redirect.
func visitor(t *testing.T, r *Running) *http.Client {
	t.Helper()
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, r.Resolver())
	}}
	tr := &http.Transport{
		ForceAttemptHTTP2: true,
		TLSClientConfig:   &tls.Config{RootCAs: r.Roots()},
		DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(addr)
			if err != nil {
				return nil, err
			}
			ips, err := resolver.LookupNetIP(ctx, "ip4", host)
			if err != nil {
				return nil, err
			}
			d := net.Dialer{Timeout: 2 * time.Second}
			return d.DialContext(ctx, "tcp", r.Redial(net.JoinHostPort(ips[0].String(), port)))
		},
	}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func TestEveryPageIsWholeAndHasAnAddressOfItsOwn(t *testing.T) {
	it, err := New(Options{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	done := map[string]bool{}
	for _, c := range it.all() {
		if k := string(c.family) + string(c.variant); done[k] {
			continue
		} else {
			done[k] = true
		}
		seen := map[string]string{}
		for _, k := range c.keys() {
			p := c.path(k)
			if other, ok := seen[p]; ok {
				t.Errorf("%s: %s and %s share %s", c.name, k, other, p)
			}
			seen[p] = k
		}
		for _, k := range c.keys() {
			b, err := c.html(k)
			if err != nil {
				t.Fatal(err)
			}
			if len(b) < 40_000 {
				t.Errorf("%s %s %s: %d bytes", c.family, c.name, k, len(b))
			}
			if _, err := html.Parse(bytes.NewReader(b)); err != nil {
				t.Errorf("%s %s: %v", c.name, k, err)
			}
			if bytes.Contains(b, []byte("<no value>")) || bytes.Contains(b, []byte("{{")) {
				t.Errorf("%s %s: template residue", c.name, k)
			}
		}
	}
}
