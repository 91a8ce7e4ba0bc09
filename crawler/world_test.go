package crawler

// A small world on loopback for tests: a DNS server, one TLS and one plain
// listener that answer for every host name, and a ledger of what was asked.

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
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

// How the certificate of a host is made.
const (
	certGood = iota
	certExpired
	certWrongName
	certUntrusted
)

// host is one host name of the world.
type host struct {
	https, http http.Handler // nil: the port refuses
	dns         int
	address     string // of its A record; empty: 127.0.0.1
	cert        int
	listener    string // dialled in place of the world's own, where set
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
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, hosts: map[string]*host{}, ca: newAuthority(t), un: newAuthority(t), ledger: newLedger()}
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
	if w.guard, err = netguard.New(netguard.Options{
		Resolver: w.dns.LocalAddr().String(), Roots: roots, AllowPrivate: true, Redial: w.redial,
	}); err != nil {
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

func (w *world) find(name string) *host {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.hosts[strings.ToLower(name)]
}

func (w *world) redial(addr string) string {
	name, port, _ := net.SplitHostPort(addr)
	h := w.find(name)
	switch {
	case h == nil:
		return w.closed
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
			c.Certificates = []tls.Certificate{w.certificate(hello.ServerName, h.cert)}
			return c, nil
		},
	}
	s.StartTLS()
	return s
}

func (w *world) certificate(name string, kind int) tls.Certificate {
	switch kind {
	case certExpired:
		return w.ca.issue(w.t, name, time.Now().Add(-time.Hour))
	case certWrongName:
		return w.ca.issue(w.t, "altro.example.it", time.Now().Add(time.Hour))
	case certUntrusted:
		return w.un.issue(w.t, name, time.Now().Add(time.Hour))
	}
	return w.ca.issue(w.t, name, time.Now().Add(time.Hour))
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
	case q.Type == dnsmessage.TypeA:
		ip := net.ParseIP("127.0.0.1").To4()
		if h.address != "" {
			ip = net.ParseIP(h.address).To4()
		}
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 60}, Body: &dnsmessage.AResource{A: [4]byte(ip)},
		}}
	}
	packed, err := m.Pack()
	if err != nil {
		return nil
	}
	return packed
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

// authority issues certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	mu   sync.Mutex
	made map[string]tls.Certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Prova"}, NotBefore: time.Now().Add(-24 * time.Hour),
		NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert: cert, key: key, made: map[string]tls.Certificate{}}
}

func (a *authority) issue(t *testing.T, name string, until time.Time) tls.Certificate {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := fmt.Sprint(name, time.Until(until) > 0)
	if c, ok := a.made[id]; ok {
		return c
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(a.made) + 2)), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: until.Add(-48 * time.Hour), NotAfter: until, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, form, a.cert, &a.key.PublicKey, a.key)
	if err != nil {
		t.Error(err)
	}
	c := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.key}
	a.made[id] = c
	return c
}

// ledger notes every request the world was sent.
type ledger struct {
	mu       sync.Mutex
	inFlight map[string]int
	most     map[string]int // in flight at once, by host
	ended    map[string]time.Time
	gaps     map[string]time.Duration // smallest between the end of a request and the next, by host
	asked    []string                 // "host path"
}

func newLedger() *ledger {
	return &ledger{inFlight: map[string]int{}, most: map[string]int{}, ended: map[string]time.Time{}, gaps: map[string]time.Duration{}}
}

func (l *ledger) enter(r *http.Request) (leave func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = append(l.asked, r.Host+" "+r.URL.RequestURI())
	l.inFlight[r.Host]++
	l.most[r.Host] = max(l.most[r.Host], l.inFlight[r.Host])
	if last, ok := l.ended[r.Host]; ok {
		gap := time.Since(last)
		if known, ok := l.gaps[r.Host]; !ok || gap < known {
			l.gaps[r.Host] = gap
		}
	}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.inFlight[r.Host]--
		l.ended[r.Host] = time.Now()
	}
}

// paths lists what a host was asked for, in order, robots.txt left out.
func (l *ledger) paths(host string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for _, a := range l.asked {
		if path, ok := strings.CutPrefix(a, host+" "); ok && path != "/robots.txt" {
			out = append(out, path)
		}
	}
	return out
}

func (l *ledger) count(entry string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, a := range l.asked {
		if a == entry {
			n++
		}
	}
	return n
}

// polite asserts what no visit may break: one request at a time to a host.
func (l *ledger) polite(t *testing.T) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for host, most := range l.most {
		if most > 1 {
			t.Errorf("%d requests at once to %s", most, host)
		}
	}
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
	return c
}

// watcher is a Watcher that wants the same until it has seen enough.
type watcher struct {
	wants []page.Interest
	seen  []string
	pages []page.Page
	until int // pages after which it is settled; 0: never
}

func (w *watcher) See(p *page.Page) ([]page.Interest, bool) {
	w.seen = append(w.seen, p.FinalURL)
	kept := *p
	kept.Root = nil
	w.pages = append(w.pages, kept)
	return w.wants, w.until > 0 && len(w.seen) >= w.until
}

// about wants links whose folded label holds the word.
func about(word string) page.Interest {
	return page.Interest{ID: word, MaxHops: 1, Match: func(l page.Link) int {
		if strings.Contains(l.Folded, word) {
			return 10
		}
		return 0
	}}
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
	return v
}

// filler is text that makes a page look like one.
const filler = `<p>Il Comune informa la cittadinanza che gli uffici sono aperti al pubblico dal lunedì al venerdì, dalle ore nove
alle ore dodici, e che ogni istanza può essere presentata allo sportello o per posta elettronica certificata.</p>`

// document is a whole page of that body.
func document(title, body string) string {
	return "<!doctype html><html lang=it><head><meta charset=utf-8><title>" + title + "</title></head><body><header><nav><a href=/>Home</a></nav></header><main>" +
		filler + body + "</main><footer><p>Comune di Prova, piazza del Popolo 1</p><a href=/contatti>Contatti</a></footer></body></html>"
}

// pages is a handler that serves documents by path and 404 for the rest.
func pages(byPath map[string]string) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		body, ok := byPath[r.URL.Path]
		if !ok {
			rw.WriteHeader(http.StatusNotFound)
			io.WriteString(rw, "<html><body><h1>Not Found</h1></body></html>")
			return
		}
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path == "/robots.txt" {
			rw.Header().Set("Content-Type", "text/plain")
		}
		io.WriteString(rw, body)
	}
}

func reading(v page.Visit, id string) page.Reading { i := v.Inquiry(id); return i.Reading }

func attempted(v page.Visit) []string {
	var out []string
	for _, a := range v.Attempts {
		out = append(out, a.URL+" "+string(a.Reach))
	}
	return out
}

func contains(all []string, one string) bool { return slices.Contains(all, one) }
