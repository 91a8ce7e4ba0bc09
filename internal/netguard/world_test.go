package netguard

// What the tests stand on: a name server, a certificate authority, listeners.

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/net/dns/dnsmessage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quick is patience for tests of silence.
var quick = patience{query: 400 * time.Millisecond, lookup: 900 * time.Millisecond, health: time.Second}

// A reply is what the name server of a test says.
type reply struct {
	rcode     dnsmessage.RCode
	addrs     []string
	silent    bool
	authority bool
	long      bool // over UDP: ask again over TCP
}

// nameServer answers on one port over UDP and TCP; names are without the final
// dot, "" is the root.
type nameServer struct {
	addr string
	mu   sync.Mutex
	zone func(name string, asked int) reply
	seen map[string]int // questions for A
	tcp  int
}

func serveNames(t *testing.T, zone func(name string, asked int) reply) *nameServer {
	t.Helper()
	udp, tcp := samePort(t)
	s := &nameServer{addr: udp.LocalAddr().String(), zone: zone, seen: map[string]int{}}
	var done sync.WaitGroup
	done.Go(func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := udp.ReadFrom(buf)
			if err != nil {
				return
			}
			if out := s.answer(buf[:n], false); out != nil {
				udp.WriteTo(out, from)
			}
		}
	})
	done.Go(func() {
		for {
			c, err := tcp.Accept()
			if err != nil {
				return
			}
			s.answerStream(c)
		}
	})
	t.Cleanup(func() { udp.Close(); tcp.Close(); done.Wait() })
	return s
}

// samePort listens on one port over UDP and TCP; another process may hold the
// one where the other is free.
func samePort(t *testing.T) (net.PacketConn, net.Listener) {
	t.Helper()
	for range 50 {
		udp, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if tcp, err := net.Listen("tcp", udp.LocalAddr().String()); err == nil {
			return udp, tcp
		}
		udp.Close()
	}
	t.Fatal("no port is free for both UDP and TCP")
	return nil, nil
}

func (s *nameServer) answerStream(c net.Conn) {
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Second))
	var size [2]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return
	}
	query := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(c, query); err != nil {
		return
	}
	s.mu.Lock()
	s.tcp++
	s.mu.Unlock()
	if out := s.answer(query, true); out != nil {
		c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(out))), out...))
	}
}

func (s *nameServer) answer(query []byte, stream bool) []byte {
	var m dnsmessage.Message
	if m.Unpack(query) != nil || len(m.Questions) == 0 {
		return nil
	}
	q := m.Questions[0]
	name := strings.TrimSuffix(strings.ToLower(q.Name.String()), ".")
	s.mu.Lock()
	if q.Type == dnsmessage.TypeA {
		s.seen[name]++
	}
	r := s.zone(name, s.seen[name])
	s.mu.Unlock()
	if r.silent {
		return nil
	}
	m.Response, m.RecursionAvailable, m.RCode, m.Additionals = true, true, r.rcode, nil
	m.Authoritative = r.authority
	if r.long && !stream {
		m.Truncated = true
		r.addrs = nil
	}
	for _, raw := range r.addrs {
		a := netip.MustParseAddr(raw)
		header := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 1}
		switch {
		case a.Is4() && q.Type == dnsmessage.TypeA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: a.As4()}})
		case a.Is6() && q.Type == dnsmessage.TypeAAAA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AAAAResource{AAAA: a.As16()}})
		}
	}
	out, err := m.Pack()
	if err != nil {
		return nil
	}
	return out
}

func (s *nameServer) asked(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[name]
}

// zone answers from a table; every other name does not exist, and the root is
// well.
func zone(table map[string]reply) func(string, int) reply {
	return func(name string, _ int) reply {
		if r, ok := table[name]; ok {
			return r
		}
		if name == "" {
			return reply{}
		}
		return reply{rcode: dnsmessage.RCodeNameError}
	}
}

func newGuard(t *testing.T, o Options) *Guard {
	t.Helper()
	g, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g
}

// quiet swallows what a test server has to say of handshakes that we broke off.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// portOf is the port of a listener's URL or address.
func portOf(t *testing.T, address string) int {
	t.Helper()
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		address = u.Host
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// local is a guard that may speak to a plain test server, and that server.
func local(t *testing.T, h http.HandlerFunc) (*Guard, string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return newGuard(t, Options{AllowPrivate: true, ExtraPorts: []int{portOf(t, s.URL)}}), s.URL
}

func get(ctx context.Context, t *testing.T, g *Guard, address string) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := g.RoundTripper().RoundTrip(req)
	if err == nil {
		t.Cleanup(func() { resp.Body.Close() })
	}
	return resp, err
}

// An issuerCA signs certificates.
type issuerCA struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

var serials atomic.Int64

// sign makes a certificate; a nil signer makes it sign itself.
func sign(t *testing.T, signer *issuerCA, change func(*x509.Certificate)) *issuerCA {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial := serials.Add(1)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: "vigile test " + strconv.FormatInt(serial, 10)},
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		BasicConstraintsValid: true,
	}
	change(template)
	by := &issuerCA{template, key}
	if signer != nil {
		by = signer
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.cert, &key.PublicKey, by.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &issuerCA{cert, key}
}

func authority(c *x509.Certificate) {
	c.IsCA = true
	c.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
}

func server(names ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.DNSNames = names
		c.KeyUsage = x509.KeyUsageDigitalSignature
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
}

// chain is what a server presents.
func chain(leaf *issuerCA, above ...*issuerCA) tls.Certificate {
	out := tls.Certificate{Certificate: [][]byte{leaf.cert.Raw}, PrivateKey: leaf.key}
	for _, c := range above {
		out.Certificate = append(out.Certificate, c.cert.Raw)
	}
	return out
}
