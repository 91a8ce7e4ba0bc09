package crawler

// A small world on loopback for tests: a DNS server, one TLS and one plain
// listener that answer for every host name, and a ledger of what was asked.

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/netguard"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// How the name server answers for a name.
const (
	dnsKnown = iota
	dnsNXDomain
	dnsServFail
	dnsSilent
)

// host is one host name of the world.
type host struct {
	https, http http.Handler // nil: the port refuses
	dns         int
	addresses   []string // of its A and AAAA records; none: 127.0.0.1
	later       []string // from the second question on, where set
	asked       map[dnsmessage.Type]int
	cert        int
	listener    string // dialled in place of the world's own, where set
	byAddress   bool   // dialled by address: what listens there is in world.listeners
	maxTLS      uint16
}

// world is the loopback internet.
type world struct {
	t      *testing.T
	mu     sync.Mutex
	hosts  map[string]*host
	ca, un *authority
	plain  *httptest.Server
	secure *httptest.Server
	dns    net.PacketConn
	closed string // an address that refuses
	ledger *ledger
	guard  *netguard.Guard

	listeners map[string]string // by ip:port, for hosts dialled by address
}

// newWorld opens a world and a guard for it, whose options change may alter.
func newWorld(t *testing.T, change ...func(*netguard.Options)) *world {
	t.Helper()
	w := &world{t: t, hosts: map[string]*host{}, listeners: map[string]string{}, ca: newAuthority(t), un: newAuthority(t), ledger: newLedger()}
	w.plain = w.serve(false)
	w.secure = w.serve(true)
	w.closed = closedPort(t)
	var err error
	if w.dns, err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	var answering sync.WaitGroup
	answering.Go(w.answer)
	roots := x509.NewCertPool()
	roots.AddCert(w.ca.cert)
	o := netguard.Options{Resolver: w.dns.LocalAddr().String(), Roots: roots, AllowPrivate: true, Redial: w.redial}
	for _, c := range change {
		c(&o)
	}
	if w.guard, err = netguard.New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.guard.Close()
		w.dns.Close()
		answering.Wait()
		w.plain.CloseClientConnections()
		w.secure.CloseClientConnections()
		w.plain.Close()
		w.secure.Close()
	})
	return w
}

// put makes a host of that handler under https and http.
func (w *world) put(name string, h http.HandlerFunc) *host {
	return w.host(name, &host{https: h, http: h})
}

func (w *world) host(name string, h *host) *host {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hosts[name] = h
	return h
}

// at gives a host its addresses.
func (w *world) at(h *host, addresses ...string) { w.amend(func() { h.addresses = addresses }) }

// amend changes hosts that may be asked for already.
func (w *world) amend(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

func (w *world) find(name string) *host {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.hosts[strings.ToLower(name)]
}

func (w *world) redial(addr string) string {
	name, port, _ := net.SplitHostPort(addr)
	h := w.find(name)
	switch {
	case h == nil && net.ParseIP(name) != nil && w.listeners[addr] != "":
		return w.listeners[addr]
	case h == nil:
		return w.closed
	case h.byAddress:
		return ""
	case h.listener != "":
		return h.listener
	case port == "443" && h.https != nil:
		return w.secure.Listener.Addr().String()
	case port == "80" && h.http != nil:
		return w.plain.Listener.Addr().String()
	}
	return w.closed
}

func (w *world) serve(secure bool) *httptest.Server {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		name, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			name = r.Host
		}
		h := w.find(name)
		if h == nil {
			http.Error(rw, "no such host", http.StatusMisdirectedRequest)
			return
		}
		defer w.ledger.enter(r)()
		if secure {
			h.https.ServeHTTP(rw, r)
		} else {
			h.http.ServeHTTP(rw, r)
		}
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if !secure {
		s.Start()
		return s
	}
	s.EnableHTTP2 = true
	s.TLS = &tls.Config{
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			h := w.find(hello.ServerName)
			if h == nil {
				return nil, fmt.Errorf("no host %q", hello.ServerName)
			}
			c := &tls.Config{NextProtos: []string{"h2", "http/1.1"}, MaxVersion: h.maxTLS, MinVersion: tls.VersionTLS10}
			issuer := w.ca
			if h.cert == certUntrusted {
				issuer = w.un
			}
			c.Certificates = []tls.Certificate{issuer.issue(w.t, hello.ServerName, h.cert)}
			return c, nil
		},
	}
	s.StartTLS()
	return s
}

// answer is the name server.
func (w *world) answer() {
	buf := make([]byte, 1500)
	for {
		n, from, err := w.dns.ReadFrom(buf)
		if err != nil {
			return
		}
		if reply := w.reply(buf[:n]); reply != nil {
			w.dns.WriteTo(reply, from)
		}
	}
}

func (w *world) reply(query []byte) []byte {
	var p dnsmessage.Parser
	head, err := p.Start(query)
	if err != nil {
		return nil
	}
	q, err := p.Question()
	if err != nil {
		return nil
	}
	head.Response, head.RecursionAvailable = true, true
	m := dnsmessage.Message{Header: head, Questions: []dnsmessage.Question{q}}
	name := strings.TrimSuffix(strings.ToLower(q.Name.String()), ".")
	h := w.find(name)
	switch {
	case name == "":
		ns := dnsmessage.MustNewName("a.root-servers.net.")
		m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class}, Body: &dnsmessage.NSResource{NS: ns}}}
	case h == nil, h.dns == dnsNXDomain:
		m.RCode = dnsmessage.RCodeNameError
	case h.dns == dnsServFail:
		m.RCode = dnsmessage.RCodeServerFailure
	case h.dns == dnsSilent:
		return nil
	default:
		m.Answers = w.records(h, q)
	}
	packed, err := m.Pack()
	if err != nil {
		return nil
	}
	return packed
}

// records are the addresses of a host that fit the question.
func (w *world) records(h *host, q dnsmessage.Question) (all []dnsmessage.Resource) {
	w.mu.Lock()
	defer w.mu.Unlock()
	addresses := h.addresses
	if h.asked == nil {
		h.asked = map[dnsmessage.Type]int{}
	}
	if h.asked[q.Type]++; h.asked[q.Type] > 1 && h.later != nil {
		addresses = h.later
	}
	if len(addresses) == 0 {
		addresses = []string{"127.0.0.1"}
	}
	for _, raw := range addresses {
		head := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 60}
		switch ip := netip.MustParseAddr(raw); {
		case ip.Is4() && q.Type == dnsmessage.TypeA:
			all = append(all, dnsmessage.Resource{Header: head, Body: &dnsmessage.AResource{A: ip.As4()}})
		case ip.Is6() && q.Type == dnsmessage.TypeAAAA:
			all = append(all, dnsmessage.Resource{Header: head, Body: &dnsmessage.AAAAResource{AAAA: ip.As16()}})
		}
	}
	return all
}

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// crawler makes a crawler for the world; change may alter its options.
func (w *world) crawler(change ...func(*Options)) *Crawler {
	w.t.Helper()
	o := Options{Transport: w.guard, UserAgent: "vigile/0 (+https://vigile.example.it)", ObeyRobots: true, SiteBudget: 20 * time.Second}
	for _, c := range change {
		c(&o)
	}
	c, err := New(o)
	if err != nil {
		w.t.Fatal(err)
	}
	c.pacer.firstBack = 20 * time.Millisecond
	return c
}

func (w *world) visit(url string, watch *watcher, change ...func(*Options)) page.Visit {
	w.t.Helper()
	v, err := w.crawler(change...).Visit(w.t.Context(), Target{URL: url}, watch)
	if err != nil {
		w.t.Fatal(err)
	}
	if v.Reach != page.ReachTooLarge && v.Reach != page.ReachTooSlow { // cut off, a server may still be busy with its answer
		w.ledger.polite(w.t)
	}
	if (v.Reach == page.ReachOK) != (len(watch.seen) > 0) {
		w.t.Errorf("reach %s, and the watcher was shown %v", v.Reach, watch.seen)
	}
	return v
}
