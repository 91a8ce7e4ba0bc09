package netguard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestTheClientFollowsFiveRedirectsEachVetted(t *testing.T) {
	var address string
	g, address := local(t, func(w http.ResponseWriter, r *http.Request) {
		var left int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d", &left); err == nil && left > 0 {
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
			http.Redirect(w, r, fmt.Sprintf("/%d", left-1), http.StatusFound)
			return
		}
		if to := r.URL.Query().Get("to"); to != "" {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
			return
		}
		fmt.Fprint(w, len(r.Cookies()))
	})
	resp, err := g.Client(time.Minute).Get(address + "/5")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got, _ := io.ReadAll(resp.Body); string(got) != "0" {
		t.Errorf("%s cookies were sent", got)
	}
	for name, path := range map[string]string{
		"six redirects": "/6", "to a file": "/?to=file:///etc/passwd", "to data": "/?to=data:text/html,x", "to link-local": "/?to=http://169.254.1.1/",
		"to metadata": "/?to=http://169.254.169.254/latest/", "to another port": "/?to=http://127.0.0.1:22/", "to NAT64": "/?to=http://[64:ff9b::7f00:1]/",
	} {
		if resp, err := g.Client(time.Minute).Get(address + path); err == nil {
			resp.Body.Close()
			t.Errorf("%s: followed", name)
		}
	}
}

func TestTheRoundTripperFollowsNothing(t *testing.T) {
	g, address := local(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", http.StatusMovedPermanently)
	})
	resp, err := get(t.Context(), t, g, address)
	if err != nil || resp.StatusCode != http.StatusMovedPermanently {
		t.Errorf("%v, %v", resp, err)
	}
}

func TestTheNextAddressIsTriedWhenOneFails(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(web.Close)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	names := serveNames(t, zone(map[string]reply{
		"half.example": {addrs: []string{"127.0.0.2", "127.0.0.3"}}, "dead.example": {addrs: []string{"127.0.0.2", "127.0.0.4"}},
	}))
	var dials atomic.Int32
	g := newGuard(t, Options{Resolver: names.addr, AllowPrivate: true, Redial: func(addr string) string {
		switch addr {
		case "127.0.0.3:80":
			return web.Listener.Addr().String()
		case "127.0.0.2:80", "127.0.0.4:80":
			dials.Add(1)
			return closed.Addr().String()
		}
		return addr
	}})
	var report Report
	if _, err := get(WithReport(t.Context(), &report), t, g, "http://half.example/"); err != nil {
		t.Fatal(err)
	}
	if report.Address.String() != "127.0.0.3" || len(report.Addresses) != 2 {
		t.Errorf("%+v", report)
	}
	dials.Store(0)
	_, err = get(t.Context(), t, g, "http://dead.example/")
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "dial" || dials.Load() != 2 || !strings.Contains(err.Error(), "refused") {
		t.Errorf("%d dials, %v", dials.Load(), err)
	}
}

func TestConnectionsOfOnesOwnAreSharedWithNobodyAndEndWhenTheyAreLetGo(t *testing.T) {
	for name, second := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			h := build(t)
			var open atomic.Int64
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("a page")) }))
			s.TLS, s.EnableHTTP2 = certificates(chain(h.leaf(t), h.lower, h.upper)), second
			s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				switch state {
				case http.StateNew:
					open.Add(1)
				case http.StateClosed:
					open.Add(-1)
				}
			}
			s.Config.ErrorLog = quiet()
			s.StartTLS()
			t.Cleanup(s.Close)
			g := h.guard(t, s.Listener.Addr().String())
			ask := func(ctx context.Context, reused bool) {
				t.Helper()
				var report Report
				resp, err := get(WithReport(ctx, &report), t, g, "https://comune.example/")
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadAll(resp.Body); err != nil || report.Reused != reused {
					t.Errorf("reused: %t, want %t; %v", report.Reused, reused, err)
				}
				resp.Body.Close()
			}
			mine, end := g.WithConnections(t.Context())
			theirs, endTheirs := g.WithConnections(t.Context())
			defer endTheirs()
			ask(mine, false)
			ask(theirs, false)
			ask(t.Context(), false)
			ask(mine, true)
			ask(theirs, true)
			ask(t.Context(), true)
			if n := open.Load(); n != 3 {
				t.Errorf("%d connections", n)
			}
			end()
			for deadline := time.Now().Add(10 * time.Second); open.Load() != 2; time.Sleep(5 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("%d connections are open, want those of the others", open.Load())
				}
			}
			ask(theirs, true)
			ask(mine, false) // they may be used on
		})
	}
}
