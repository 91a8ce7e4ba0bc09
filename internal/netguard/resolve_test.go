package netguard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/net/dns/dnsmessage"
)

func TestNamesAreLookedUp(t *testing.T) {
	s := serveNames(t, zone(map[string]reply{
		"v4.example":     {addrs: []string{"8.8.8.8", "8.8.4.4"}},
		"both.example":   {addrs: []string{"2a00:1450::1", "8.8.8.8"}},
		"mixed.example":  {addrs: []string{"127.0.0.1", "8.8.8.8", "::ffff:9.9.9.9", "::1"}},
		"inside.example": {addrs: []string{"10.0.0.1", "::1"}},
		"mapped.example": {addrs: []string{"::ffff:9.9.9.9"}},
		"long.example":   {addrs: []string{"8.8.8.8"}, long: true},
		"many.example":   {addrs: strings.Fields(strings.Repeat("8.8.8.8 ", 20))},
		"empty.example":  {},
	}))
	g := newGuard(t, Options{Resolver: s.addr})
	g.resolver.routed = func(netip.Addr) bool { return true }
	for host, want := range map[string]string{
		"v4.example": "[8.8.8.8 8.8.4.4]", "V4.Example.": "[8.8.8.8 8.8.4.4]", "both.example": "[2a00:1450::1 8.8.8.8]",
		"mixed.example": "[8.8.8.8]", "long.example": "[8.8.8.8]",
	} {
		got, err := g.Addresses(t.Context(), host)
		if fmt.Sprint(got) != want && fmt.Sprint(got) != "[8.8.4.4 8.8.8.8]" || err != nil {
			t.Errorf("%s: %v, %v, want %s", host, got, err, want)
		}
	}
	if s.tcp == 0 {
		t.Error("a cut answer was not asked for over TCP")
	}
	if got, err := g.Addresses(t.Context(), "many.example"); len(got) > maxAddresses || err != nil {
		t.Errorf("%d addresses are kept: %v", len(got), err)
	}
	var forbidden *ForbiddenError
	if _, err := g.Addresses(t.Context(), "inside.example"); !errors.As(err, &forbidden) {
		t.Errorf("a name of private addresses: %v", err)
	}
	for _, host := range []string{"nowhere.example", "empty.example", "mapped.example"} {
		_, err := g.Addresses(t.Context(), host)
		var dns *net.DNSError
		if !errors.As(err, &dns) || !dns.IsNotFound || dns.Name != host {
			t.Errorf("%s: %v, want that it is not found", host, err)
		}
	}
	if n := s.asked("v4.example"); n != 1 {
		t.Errorf("v4.example was asked for %d times", n)
	}
}

func TestAWayToIPv6DecidesWhatComesFirst(t *testing.T) {
	v4 := []netip.Addr{netip.MustParseAddr("8.8.8.8"), netip.MustParseAddr("8.8.4.4")}
	v6 := []netip.Addr{netip.MustParseAddr("2a00::1")}
	for routed, want := range map[bool]string{true: "[2a00::1 8.8.8.8 8.8.4.4]", false: "[8.8.8.8 8.8.4.4 2a00::1]"} {
		r := &resolver{routed: func(netip.Addr) bool { return routed }}
		if got := fmt.Sprint(r.order(v4, v6)); got != want {
			t.Errorf("routed %v: %s, want %s", routed, got, want)
		}
	}
}

// dnsOutcome is what a caller tells apart.
type dnsOutcome struct{ Ours, NotFound, Timeout, Temporary bool }

func TestTheResolversTroublesAreNotTheNames(t *testing.T) {
	servfail, refused := reply{rcode: dnsmessage.RCodeServerFailure}, reply{rcode: dnsmessage.RCodeRefused}
	tests := map[string]struct {
		name, root reply
		noServer   bool
		want       dnsOutcome
	}{
		"a name that does not exist":                    {name: reply{rcode: dnsmessage.RCodeNameError}, want: dnsOutcome{NotFound: true}},
		"a name whose servers fail":                     {name: servfail, want: dnsOutcome{Temporary: true}},
		"a name whose servers are silent":               {name: reply{silent: true}, want: dnsOutcome{Timeout: true, Temporary: true}},
		"a name of silent servers, no word on the root": {name: reply{silent: true}, root: refused, want: dnsOutcome{Timeout: true, Temporary: true}},
		"a resolver that fails whatever it is asked":    {name: servfail, root: servfail, want: dnsOutcome{Ours: true, Temporary: true}},
		"a resolver that is silent":                     {name: reply{silent: true}, root: reply{silent: true}, want: dnsOutcome{Ours: true, Timeout: true, Temporary: true}},
		"a resolver that denies everything":             {name: reply{rcode: dnsmessage.RCodeNameError}, root: reply{rcode: dnsmessage.RCodeNameError}, want: dnsOutcome{Ours: true}},
		"the root of a small world":                     {name: reply{rcode: dnsmessage.RCodeNameError}, root: reply{rcode: dnsmessage.RCodeNameError, authority: true}, want: dnsOutcome{NotFound: true}},
		"a resolver that refuses us":                    {name: refused, want: dnsOutcome{Ours: true}},
		"a resolver that does not understand":           {name: reply{rcode: dnsmessage.RCodeNotImplemented}, want: dnsOutcome{Ours: true}},
		"no resolver at that port":                      {noServer: true, want: dnsOutcome{Ours: true, Temporary: true}},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			address := "127.0.0.1:1" // nobody listens there, nor is it handed out
			if !tt.noServer {
				address = serveNames(t, zone(map[string]reply{"it.example": tt.name, "": tt.root})).addr
			}
			g := newGuard(t, Options{})
			g.resolver = newResolver(address, quick)
			_, err := g.Addresses(t.Context(), "it.example")
			var dns *net.DNSError
			if !errors.As(err, &dns) {
				t.Fatalf("%v is no DNSError", err)
			}
			var ours *ResolverError
			got := dnsOutcome{errors.As(err, &ours), dns.IsNotFound, dns.IsTimeout, dns.IsTemporary}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%v: %s", err, diff)
			}
			if errors.Is(err, context.DeadlineExceeded) {
				t.Error("a limit of ours passes for the end of the caller's time")
			}
		})
	}
}

func TestACallerMayLeaveALookUpToOthers(t *testing.T) {
	s := serveNames(t, zone(map[string]reply{"slow.example": {silent: true}}))
	g := newGuard(t, Options{})
	g.resolver = newResolver(s.addr, quick)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Addresses(ctx, "slow.example"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the end of the caller's context", err)
	}
	var dns *net.DNSError
	if _, err := g.Addresses(t.Context(), "slow.example"); !errors.As(err, &dns) || !dns.IsTimeout {
		t.Errorf("%v, want a time-out", err)
	}
}

func TestAnswersAreRememberedForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		r := newResolver("", quick)
		r.askRoot = func(context.Context) error { return nil }
		r.routed = func(netip.Addr) bool { return true }
		r.lookIn = func(_ context.Context, network, name string) ([]netip.Addr, error) {
			if network == "ip4" {
				asked.Add(1)
				time.Sleep(10 * time.Millisecond)
			}
			if name == "no.example." {
				return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
			}
			return []netip.Addr{netip.MustParseAddr("8.8.8.8")}, nil
		}
		begin := func(ctx context.Context) (context.Context, func(), error) { return ctx, func() {}, nil }
		ask := func(host string, after time.Duration, want int32) {
			t.Helper()
			time.Sleep(after)
			asked.Store(0)
			var together sync.WaitGroup
			for range 10 {
				together.Go(func() { r.resolve(t.Context(), host, begin) })
			}
			together.Wait()
			if got := asked.Load(); got != want {
				t.Errorf("%s after %s: asked %d times, want %d", host, after, got, want)
			}
		}
		ask("yes.example", 0, 1)
		ask("yes.example", keepFound-time.Second, 0)
		ask("yes.example", 2*time.Second, 1)
		ask("no.example", 0, 1)
		ask("no.example", keepNotFound-time.Second, 0)
		ask("no.example", 2*time.Second, 1)
		for i := range maxNames + 100 {
			r.remember(fmt.Sprint(i), answer{until: time.Now().Add(time.Hour + time.Duration(i)*time.Second)})
		}
		if len(r.names) > maxNames {
			t.Errorf("%d names are remembered", len(r.names))
		}
		for name, want := range map[int]bool{0: false, maxNames / 8: false, maxNames / 2: true, maxNames + 99: true} {
			if _, kept := r.remembered(fmt.Sprint(name)); kept != want {
				t.Errorf("the name that goes stale as number %d is remembered: %v", name, kept)
			}
		}
	})
}

func TestTheResolversOwnFailureIsNotRemembered(t *testing.T) {
	s := serveNames(t, func(_ string, asked int) reply {
		if asked <= 1 {
			return reply{rcode: dnsmessage.RCodeRefused}
		}
		return reply{addrs: []string{"8.8.8.8"}}
	})
	g := newGuard(t, Options{Resolver: s.addr})
	g.resolver.remember("a.example", answer{err: &ResolverError{Err: errors.New("down")}, until: time.Now().Add(time.Hour)})
	for range 10 { // Go's resolver may ask several times for one look-up
		if _, err := g.Addresses(t.Context(), "a.example"); err == nil {
			return
		}
	}
	t.Error("the failure is remembered")
}

func TestANameThatChangesItsMindLeadsNowhere(t *testing.T) {
	var reached atomic.Int32
	web := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(web.Close)
	s := serveNames(t, func(name string, asked int) reply {
		if name != "rebind.example" {
			return reply{}
		}
		if asked <= 1 {
			return reply{addrs: []string{"8.8.8.8"}}
		}
		return reply{addrs: []string{"127.0.0.1"}}
	})
	g := newGuard(t, Options{Resolver: s.addr, ExtraPorts: []int{portOf(t, web.URL)}, Redial: func(addr string) string {
		if addr == "8.8.8.8:80" {
			return web.Listener.Addr().String()
		}
		return addr
	}})
	resp, err := get(t.Context(), t, g, "http://rebind.example/")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if n := s.asked("rebind.example"); n != 1 {
		t.Errorf("the name was asked for %d times for one request", n)
	}
	clear(g.resolver.names)
	g.transport.CloseIdleConnections()
	var forbidden *ForbiddenError
	if _, err := get(t.Context(), t, g, fmt.Sprintf("http://rebind.example:%d/", portOf(t, web.URL))); !errors.As(err, &forbidden) {
		t.Errorf("the second answer leads to loopback: %v", err)
	}
	if n := reached.Load(); n != 1 {
		t.Errorf("%d requests arrived, want 1", n)
	}
}

func TestTheSocketIsVettedOnceMore(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(web.Close)
	port := portOf(t, web.URL)
	g := newGuard(t, Options{ExtraPorts: []int{port}})
	var forbidden *ForbiddenError
	loopback := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(port))
	if _, err := g.dialOne(t.Context(), loopback); !errors.As(err, &forbidden) {
		t.Errorf("a dial to loopback: %v", err)
	}
	if _, err := g.dialPlain(t.Context(), "tcp", loopback.String()); !errors.As(err, &forbidden) {
		t.Errorf("a dial without a vetted request: %v", err)
	}
}

func TestNothingBeginsAfterClose(t *testing.T) {
	g, address := local(t, func(http.ResponseWriter, *http.Request) {})
	g.Close()
	if _, err := get(t.Context(), t, g, address); !errors.Is(err, ErrClosed) {
		t.Errorf("%v, want ErrClosed", err)
	}
	if _, err := g.Addresses(t.Context(), "a.example"); !errors.Is(err, ErrClosed) {
		t.Errorf("%v, want ErrClosed", err)
	}
}

func TestTheErrorThatCountsIsTheTargets(t *testing.T) {
	away := fmt.Errorf("dial: %w", syscall.ENETUNREACH)
	refused := fmt.Errorf("dial: %w", syscall.ECONNREFUSED)
	if got := worst([]error{away, refused}); !cmp.Equal(got, refused, cmpopts.EquateErrors()) {
		t.Errorf("%v", got)
	}
	if got := worst([]error{away}); !cmp.Equal(got, away, cmpopts.EquateErrors()) {
		t.Errorf("%v", got)
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for name, o := range map[string]Options{
		"a resolver without a port": {Resolver: "8.8.8.8"}, "a proxy that is no URL": {Proxy: "::"},
		"a proxy of another kind": {Proxy: "socks5://proxy.example:1080"}, "a proxy without a host": {Proxy: "http://"},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if _, err := New(Options{Proxy: "http://user:geheim@[::1"}); err == nil || strings.Contains(err.Error(), "geheim") {
		t.Errorf("%v: want an error without the password", err)
	}
}
