package crawler

// Odd networks, as a visit sees them: incomplete chains, proxies, IPv6, HTTP/2,
// lying names, resolvers and roots of one's own.

import (
	"bufio"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/netguard"
)

func TestAMissingIntermediateIsFetchedAndTheFactIsKept(t *testing.T) {
	w := newWorld(t)
	w.put(site, pages(home(""))).cert = certIncomplete
	w.put(pkiHost, w.ca.publish)
	v := w.visit(root, &watcher{})
	if v.Reach != page.ReachOK || len(v.Attempts) != 1 {
		t.Fatalf("reach %s, attempts %v", v.Reach, attempted(v))
	}
	if tls := v.Attempts[0].TLS; tls == nil || !tls.ChainFetched {
		t.Errorf("the fact is lost: %+v", tls)
	}
	if n := w.ledger.count(pkiHost + " /intermedio.crt"); n != 1 {
		t.Errorf("the intermediate was fetched %d times", n)
	}

	w = newWorld(t)
	w.host(site, &host{https: pages(home("")), cert: certIncomplete})
	w.put(pkiHost, status(404))
	v = w.visit(root, &watcher{})
	if v.Reach != page.ReachTLSUntrusted {
		t.Errorf("reach %s where the intermediate is nowhere to be had", v.Reach)
	}
	w = newWorld(t)
	w.put(site, pages(home("")))
	if v = w.visit(root, &watcher{}); v.Attempts[0].TLS.ChainFetched {
		t.Error("a complete chain passes for one that was completed")
	}
}

// proxy is a forward proxy into the world that notes what it was asked for.
type proxy struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
	w     *world
}

func newProxy(t *testing.T) *proxy {
	p := &proxy{}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *proxy) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r.Method+" "+r.Host)
	p.mu.Unlock()
	if r.Method == http.MethodConnect {
		p.tunnel(rw)
		return
	}
	r.RequestURI = ""
	r.Host = r.URL.Hostname()
	r.URL.Host = p.w.plain.Listener.Addr().String()
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	for k, v := range resp.Header {
		rw.Header()[k] = v
	}
	rw.WriteHeader(resp.StatusCode)
	io.Copy(rw, resp.Body)
}

func (p *proxy) tunnel(rw http.ResponseWriter) {
	far, err := net.Dial("tcp", p.w.secure.Listener.Addr().String())
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadGateway)
		return
	}
	defer far.Close()
	near, buffered, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		return
	}
	defer near.Close()
	io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		io.Copy(far, bufio.NewReader(buffered))
		far.Close()
	}()
	io.Copy(near, far)
}

func TestBehindAProxyTheTargetIsStillOursToVet(t *testing.T) {
	for _, tt := range []struct {
		name, url, asked string
		want             page.Reach
	}{
		{"https", root, "CONNECT " + site + ":443", page.ReachOK},
		{"http", "http://solo-http.example.it", "GET solo-http.example.it", page.ReachOK},
		{"a name that lies to the metadata address", "https://bugiardo.example.it", "", page.ReachOurFault},
		{"a redirect to the metadata address", "https://rimanda.example.it", "CONNECT rimanda.example.it:443", page.ReachOffsite},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newProxy(t)
			w := newWorld(t, func(o *netguard.Options) { o.Proxy = p.URL })
			p.w = w
			w.put(site, pages(home("")))
			w.host("solo-http.example.it", &host{http: pages(home(""))})
			w.at(w.put("bugiardo.example.it", pages(home(""))), "169.254.169.254")
			w.put("rimanda.example.it", redirectTo("http://169.254.169.254/latest/"))
			v := w.visit(tt.url, &watcher{})
			if v.Reach != tt.want {
				t.Errorf("reach %s (%s), want %s; attempts %v", v.Reach, v.Detail, tt.want, attempted(v))
			}
			http.DefaultTransport.(*http.Transport).CloseIdleConnections()
			p.mu.Lock()
			defer p.mu.Unlock()
			if tt.asked != "" && !slices.ContainsFunc(p.asked, func(s string) bool { return strings.HasPrefix(s, tt.asked) }) || tt.asked == "" && len(p.asked) > 0 {
				t.Errorf("the proxy was asked for %v, want %q", p.asked, tt.asked)
			}
			for _, a := range p.asked {
				if strings.Contains(a, "169.254") {
					t.Errorf("the proxy was asked for %s", a)
				}
			}
		})
	}
}

func TestHostsOfEitherFamilyAreReached(t *testing.T) {
	dead, alive := "192.168.7.7", "192.168.7.8"
	for _, tt := range []struct {
		name      string
		addresses []string
		alive     string // the one that answers
	}{
		{"IPv6 alone", []string{"fd00::7"}, "fd00::7"},
		{"IPv4 alone", []string{alive}, alive},
		{"both, and IPv6 is dead", []string{"fd00::7", alive}, alive},
		{"both, and IPv4 is dead", []string{"fd00::7", dead}, "fd00::7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			h := w.put(site, pages(with(home(`<a href="/privacy">Privacy</a>`), "/privacy", document("Privacy", ""))))
			w.amend(func() { h.addresses, h.byAddress = tt.addresses, true })
			w.listeners[net.JoinHostPort(tt.alive, "443")] = w.secure.Listener.Addr().String()
			c := w.crawler()
			v, err := c.Visit(t.Context(), Target{URL: root}, &watcher{wants: []page.Interest{about("privacy")}})
			if err != nil || v.Reach != page.ReachOK || reading(v, "privacy") != page.Read {
				t.Fatalf("%v, reach %s, attempts %v", err, v.Reach, attempted(v))
			}
			if v.Attempts[0].Address != tt.alive {
				t.Errorf("spoke to %s, want %s", v.Attempts[0].Address, tt.alive)
			}
		})
	}
}

func TestTurnsAndHoldsCountForTheAddressThatAnswers(t *testing.T) {
	w := newWorld(t)
	const dead, alive = "192.168.7.7", "192.168.7.8"
	h := w.put(site, status(http.StatusTooManyRequests, "Retry-After", "3600"))
	w.amend(func() { h.addresses, h.byAddress = []string{dead, alive}, true })
	w.at(w.put("www.comune.altro.pg.it", pages(home(""))), alive)
	w.listeners[alive+":443"] = w.secure.Listener.Addr().String()
	c := w.crawler()
	v, err := c.Visit(t.Context(), Target{URL: root}, &watcher{})
	if err != nil || v.Reach != page.ReachRateLimited || v.Attempts[0].Address != alive {
		t.Fatalf("%v, reach %s, %+v", err, v.Reach, v.Attempts)
	}
	asked := len(w.ledger.asked)
	for _, neighbour := range []string{"https://www.comune.altro.pg.it", root} {
		v, err = c.Visit(t.Context(), Target{URL: neighbour}, &watcher{})
		if err != nil || v.Reach != page.ReachRateLimited {
			t.Errorf("%s of the same address: %v, reach %s", neighbour, err, v.Reach)
		}
	}
	if len(w.ledger.asked) > asked {
		t.Errorf("an address that asked to be left alone was asked for %v", w.ledger.asked[asked:])
	}
}

func TestASiteIsReadOverHTTP2AndHTTP1(t *testing.T) {
	var major int
	serve := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		major = r.ProtoMajor
		pages(home(""))(rw, r)
	})
	for want, h := range map[int]*host{2: {https: serve}, 1: {http: serve}} {
		w := newWorld(t)
		w.host(site, h)
		if v := w.visit(root, &watcher{}); v.Reach != page.ReachOK || major != want {
			t.Errorf("%s: reach %s over HTTP/%d, want HTTP/%d", v.FinalURL, v.Reach, major, want)
		}
	}
}

func TestANameThatChangesItsMindLeadsNowhereElse(t *testing.T) {
	w := newWorld(t)
	inner := raw(t, func(net.Conn) { t.Error("the address behind the lie was dialled") })
	w.listeners["169.254.169.254:443"], w.listeners["127.0.0.9:443"] = inner, w.secure.Listener.Addr().String()
	h := w.put(site, pages(with(home(`<a href="/privacy">Privacy</a>`), "/privacy", document("Privacy", ""))))
	w.amend(func() { h.addresses, h.later, h.byAddress = []string{"127.0.0.9"}, []string{"169.254.169.254"}, true })
	v := w.visit(root, &watcher{wants: []page.Interest{about("privacy")}})
	if v.Reach != page.ReachOK || reading(v, "privacy") != page.Read || v.Attempts[0].Address != "127.0.0.9" {
		t.Errorf("reach %s, %+v", v.Reach, v.Attempts)
	}
}

func TestOurOwnNameServerGoneIsOurFault(t *testing.T) {
	gone, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	w := newWorld(t, func(o *netguard.Options) { o.Resolver = gone.LocalAddr().String() })
	w.put(site, pages(home("")))
	if v := w.visit(root, &watcher{}); v.Reach != page.ReachOurFault {
		t.Errorf("reach %s (%s)", v.Reach, v.Detail)
	}
}

func TestTheRootsGivenAreTheOnesTrusted(t *testing.T) {
	stranger := newAuthority(t)
	w := newWorld(t, func(o *netguard.Options) {
		o.Roots = x509.NewCertPool()
		o.Roots.AddCert(stranger.cert)
	})
	w.host(site, &host{https: pages(home(""))})
	if v := w.visit(root, &watcher{}); v.Reach != page.ReachTLSUntrusted {
		t.Errorf("reach %s under foreign roots", v.Reach)
	}
	w.ca = stranger
	w.put("www.comune.altro.pg.it", pages(home("")))
	if v := w.visit("https://www.comune.altro.pg.it", &watcher{}); v.Reach != page.ReachOK {
		t.Errorf("reach %s under the roots given: %s", v.Reach, v.Detail)
	}
}

// A turn is handed out for the address that will be spoken to.
func TestKnownIsTheAddressThatAnsweredLast(t *testing.T) {
	p := newPacer(time.Second, 1, nil)
	v6, v4, moved := paceAddr(6), paceAddr(4), paceAddr(5)
	if got := p.Known("a.example", all(v6, v4)); got != v6 {
		t.Errorf("before any answer %s", got)
	}
	p.Spoke("A.example", v4)
	if got := p.Known("a.example", all(v6, v4)); got != v4 {
		t.Errorf("after an answer of %s: %s", v4, got)
	}
	if got := p.Known("a.example", all(moved)); got != moved {
		t.Errorf("after the host has moved: %s", got)
	}
}

func all[T any](list ...T) []T { return list }
