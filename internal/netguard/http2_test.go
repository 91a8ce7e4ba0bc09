package netguard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// overHTTP2 is a site that speaks HTTP/2 and a guard that reaches it.
func overHTTP2(t *testing.T, handler http.HandlerFunc) *Guard {
	t.Helper()
	h := build(t)
	s := httptest.NewUnstartedServer(handler)
	s.TLS, s.EnableHTTP2 = certificates(chain(h.leaf(t), h.lower, h.upper)), true
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	t.Cleanup(s.Close)
	return h.guard(t, s.Listener.Addr().String())
}

func TestOneHTTP2ConnectionServesAHostsRequests(t *testing.T) {
	var mu sync.Mutex
	connections := map[string]bool{}
	g := overHTTP2(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		connections[r.RemoteAddr] = true
		mu.Unlock()
		fmt.Fprint(w, r.Proto, " ", r.Header.Get("Accept-Encoding"))
	})
	for i := range 5 {
		var report Report
		resp, err := get(WithReport(t.Context(), &report), t, g, "https://comune.example/")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(resp.Body); string(got) != "HTTP/2.0 "+acceptEncoding || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		resp.Body.Close()
		if report.Reused != (i > 0) || report.Address.String() != "127.0.0.1" || report.TLS == nil {
			t.Errorf("request %d: %+v", i, report)
		}
	}
	if len(connections) != 1 {
		t.Errorf("%d connections", len(connections))
	}
}

func TestAConnectionMadeAsTheGuardClosesDoesNotOutliveIt(t *testing.T) {
	g := overHTTP2(t, func(http.ResponseWriter, *http.Request) {})
	made := map[string]net.Conn{}
	for name, dial := range map[string]func(context.Context, string, string) (net.Conn, error){"https": g.dialTLS, "http": g.dialPlain} {
		c, err := dial(t.Context(), "tcp", "comune.example:443") // and not yet in the transport's pool
		if err != nil {
			t.Fatal(err)
		}
		made[name] = c
	}
	g.Close()
	for name, c := range made {
		c.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.Copy(io.Discard, c); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
		c.Close()
	}
}

func TestABodyCutOverHTTP2LeavesTheConnectionUsable(t *testing.T) {
	g := overHTTP2(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/endless" {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<14)); err != nil {
					return
				}
			}
			return
		}
		fmt.Fprint(w, "ciao")
	})
	for i := range 3 {
		resp, err := get(WithBodyLimit(t.Context(), 1<<20), t, g, "https://comune.example/endless")
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, resp.Body); n != 1<<20 || err != nil || !Truncated(resp) {
			t.Errorf("%d bytes, truncated %v, %v", n, Truncated(resp), err)
		}
		resp.Body.Close()
		var report Report
		if resp, err = get(WithReport(t.Context(), &report), t, g, "https://comune.example/"); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(resp.Body); string(got) != "ciao" || err != nil || !report.Reused {
			t.Errorf("round %d: %q, %v, reused %v", i, got, err, report.Reused)
		}
		resp.Body.Close()
	}
}

func TestAStreamResetOverHTTP2IsAnError(t *testing.T) {
	g := overHTTP2(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "half")
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	resp, err := get(t.Context(), t, g, "https://comune.example/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got, err := io.ReadAll(resp.Body); string(got) != "half" || err == nil {
		t.Errorf("%q, %v: want an error", got, err)
	}
}
