package netguard

import (
	"bufio"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
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

// forwardProxy is a plain forward proxy that sends everything to one server.
func forwardProxy(t *testing.T, to string) (address string, asked *sync.Map) {
	asked = &sync.Map{}
	p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Method+" "+r.RequestURI, true)
		if r.Method != http.MethodConnect {
			fmt.Fprint(w, "by proxy")
			return
		}
		onward, err := net.Dial("tcp", to)
		if err != nil {
			http.Error(w, "no", http.StatusBadGateway)
			return
		}
		conn, rest, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		defer onward.Close()
		io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		var both sync.WaitGroup
		both.Go(func() { io.Copy(onward, bufio.NewReader(rest)); onward.(*net.TCPConn).CloseWrite() })
		both.Go(func() { io.Copy(conn, onward); conn.(*net.TCPConn).CloseWrite() })
		both.Wait()
	}))
	t.Cleanup(p.Close)
	return p.URL, asked
}

func TestBehindAProxyTheTargetIsStillVetted(t *testing.T) {
	h := build(t)
	names := serveNames(t, zone(map[string]reply{
		"comune.example": {addrs: []string{"8.8.8.8"}}, "inside.example": {addrs: []string{"127.0.0.1"}},
	}))
	site := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ciao") }))
	site.TLS = certificates(chain(h.leaf(t), h.lower, h.upper))
	site.Config.ErrorLog = quiet()
	site.StartTLS()
	t.Cleanup(site.Close)
	address, asked := forwardProxy(t, site.Listener.Addr().String())
	roots := x509.NewCertPool()
	roots.AddCert(h.root.cert)
	g := newGuard(t, Options{Resolver: names.addr, Roots: roots, Proxy: address})
	for target, want := range map[string]string{"https://comune.example/": "ciao", "http://comune.example/a": "by proxy"} {
		var report Report
		resp, err := get(WithReport(t.Context(), &report), t, g, target)
		if err != nil {
			t.Fatalf("%s: %v", target, err)
		}
		if got, err := io.ReadAll(resp.Body); string(got) != want || err != nil {
			t.Errorf("%s: %q, %v", target, got, err)
		}
		resp.Body.Close()
		if report.Address.String() != "8.8.8.8" {
			t.Errorf("%s: address %s", target, report.Address)
		}
	}
	for _, request := range []string{"CONNECT comune.example:443", "GET http://comune.example/a"} {
		if _, ok := asked.Load(request); !ok {
			t.Errorf("the proxy was not asked to %s", request)
		}
	}
	for _, target := range []string{"http://inside.example/", "https://127.0.0.1/", "http://169.254.169.254/", address, "http://comune.example:22/"} {
		var forbidden *ForbiddenError
		if _, err := get(t.Context(), t, g, target); !errors.As(err, &forbidden) {
			t.Errorf("%s: %v", target, err)
		}
	}
	site.TLS.Certificates[0] = chain(h.leaf(t, func(c *x509.Certificate) { c.DNSNames = []string{"other.example"} }), h.lower, h.upper)
	g.transport.CloseIdleConnections()
	if _, err := get(t.Context(), t, g, "https://comune.example/"); !errors.As(err, new(x509.HostnameError)) {
		t.Errorf("another's certificate behind a proxy: %v", err)
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
