package main

// What the long tests share: whether they are wanted, the replica behind a proxy,
// and the program as a process of its own. `make soak` runs them at length,
// `make test` a short form of each.

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/vigile-it/vigile/internal/replica"
)

// soaking tells whether there is time for the long form of a test.
func soaking() bool { return os.Getenv("VIGILE_SOAK") != "" }

// atLength is the one value in a short test and the other in a long one.
func atLength[T any](short, long T) T {
	if soaking() {
		return long
	}
	return short
}

// dice are seeded by VIGILE_SEED; without it they fall the same way each time in
// the short form, and anew in the long one. The seed is printed, so that what
// went wrong can be done again.
func dice(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(20261122)
	if soaking() {
		seed = rand.Uint64()
	}
	if s := os.Getenv("VIGILE_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatalf("VIGILE_SEED: %v", err)
		}
	}
	t.Logf("VIGILE_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// invented puts an Italy of that kind on loopback for the length of a test.
func invented(t *testing.T, o replica.Options) *replica.Running {
	t.Helper()
	return invite(t, o, manners{visitors: 2}) // one of them may be dying
}

// way is a proxy into the replica, for programs that cannot be handed Redial.
func way(t *testing.T, running *replica.Running) string {
	t.Helper()
	names := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, running.Resolver())
	}}
	dial := func(ctx context.Context, _, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		at, err := netip.ParseAddr(host)
		if err != nil {
			found, err := names.LookupNetIP(ctx, "ip4", host)
			if err != nil {
				return nil, err
			}
			at = found[0]
		}
		return (&net.Dialer{}).DialContext(ctx, "tcp4", running.Redial(net.JoinHostPort(at.Unmap().String(), port)))
	}
	plain := &httputil.ReverseProxy{
		Rewrite: func(*httputil.ProxyRequest) {}, Transport: &http.Transport{DialContext: dial}, ErrorLog: quiet(),
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			plain.ServeHTTP(w, r)
			return
		}
		there, err := dial(r.Context(), "tcp", r.Host)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer there.Close()
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer here.Close()
		if _, err := io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
			return
		}
		go func() {
			io.Copy(there, here)
			there.(*net.TCPConn).CloseWrite()
		}()
		io.Copy(here, there)
	}))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return server.URL
}

// built is the program as make builds it.
func built(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "vigile")
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", name, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	return name
}

// between is a random time, both ends included.
func between(r *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(r.Int64N(int64(to-from)+1))
}
