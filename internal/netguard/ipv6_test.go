package netguard

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/vigile-it/vigile/internal/need"
)

// onPort listens on [::1] and on 127.0.0.1 at one port, each only where wanted,
// and says in the body which of them was spoken to.
func onPort(t *testing.T, v6, v4 bool) int {
	t.Helper()
	for range 50 {
		six, err := net.Listen("tcp", "[::1]:0")
		if err != nil {
			need.Missing(t, "ipv6", "this machine has no IPv6")
		}
		port := six.Addr().(*net.TCPAddr).Port
		four, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			six.Close()
			continue
		}
		for l, wanted := range map[net.Listener]bool{six: v6, four: v4} {
			if !wanted {
				l.Close()
				continue
			}
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, l.Addr()) }))
			s.Listener.Close()
			s.Listener = l
			s.Start()
			t.Cleanup(s.Close)
		}
		return port
	}
	t.Fatal("no port is free for both families")
	return 0
}

func TestHostsOfEitherFamilyAreReached(t *testing.T) {
	tests := map[string]struct {
		addrs  []string // of the name
		v6, v4 bool     // who listens
		want   string   // who answers
	}{
		"a name with IPv6 alone":                       {[]string{"::1"}, true, false, "::1"},
		"a name with IPv4 alone":                       {[]string{"127.0.0.1"}, false, true, "127.0.0.1"},
		"both families answer":                         {[]string{"127.0.0.1", "::1"}, true, true, "::1"},
		"both are named and IPv4 alone answers":        {[]string{"127.0.0.1", "::1"}, false, true, "127.0.0.1"},
		"both are named and IPv6 alone answers":        {[]string{"127.0.0.1", "::1"}, true, false, "::1"},
		"a second IPv4 address answers, IPv6 does not": {[]string{"127.0.0.2", "127.0.0.1", "::1"}, false, true, "127.0.0.1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			port := onPort(t, tt.v6, tt.v4)
			names := serveNames(t, zone(map[string]reply{"comune.example": {addrs: tt.addrs}}))
			g := newGuard(t, Options{Resolver: names.addr, AllowPrivate: true, ExtraPorts: []int{port}})
			for round := range 2 {
				var report Report
				resp, err := get(WithReport(t.Context(), &report), t, g, fmt.Sprintf("http://comune.example:%d/", port))
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if want := net.JoinHostPort(tt.want, fmt.Sprint(port)); string(got) != want || err != nil {
					t.Errorf("%s answered, want %s; %v", got, want, err)
				}
				if report.Address.String() != tt.want || len(report.Addresses) != len(tt.addrs) {
					t.Errorf("%+v", report)
				}
				// Whoever takes a turn at an address before the request must take it
				// at the one that is going to be spoken to.
				next, err := g.Addresses(t.Context(), "comune.example")
				if err != nil || next[0].String() != tt.want || len(next) != len(tt.addrs) {
					t.Errorf("round %d: %v, %v: want %s first", round, next, err, tt.want)
				}
				g.transport.CloseIdleConnections()
			}
			if n := names.asked("comune.example"); n != 1 {
				t.Errorf("the name was asked for %d times", n)
			}
		})
	}
}

func TestAnIPv6LiteralIsReached(t *testing.T) {
	port := onPort(t, true, false)
	g := newGuard(t, Options{AllowPrivate: true, ExtraPorts: []int{port}})
	if _, err := get(t.Context(), t, g, fmt.Sprintf("http://[::1]:%d/", port)); err != nil {
		t.Error(err)
	}
}
