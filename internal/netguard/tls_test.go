package netguard

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A townhall is a TLS site, the authorities over it, and the place where they
// publish their certificates.
type townhall struct {
	root, upper, lower *issuerCA // each signs the next; lower signs the leaf
	published          map[string][]byte
	fetches            atomic.Int32
	names              *nameServer
	aia                *httptest.Server
}

func build(t *testing.T) *townhall {
	h := &townhall{published: map[string][]byte{}}
	at := func(path string) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			authority(c)
			c.IssuingCertificateURL = []string{"http://aia.example/" + path}
		}
	}
	h.root = sign(t, nil, authority)
	h.upper = sign(t, h.root, at("root.cer"))
	h.lower = sign(t, h.upper, at("upper.cer"))
	h.published["/upper.cer"], h.published["/lower.cer"], h.published["/root.cer"] = h.upper.cert.Raw, h.lower.cert.Raw, h.root.cert.Raw
	h.aia = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.fetches.Add(1)
		if body, ok := h.published[r.URL.Path]; ok {
			w.Write(body)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(h.aia.Close)
	h.names = serveNames(t, zone(map[string]reply{
		"aia.example": {addrs: []string{"127.0.0.1"}}, "comune.example": {addrs: []string{"127.0.0.1"}},
		"inside.example": {addrs: []string{"169.254.169.254"}},
	}))
	return h
}

func (h *townhall) leaf(t *testing.T, change ...func(*x509.Certificate)) *issuerCA {
	return sign(t, h.lower, func(c *x509.Certificate) {
		server("comune.example")(c)
		c.IssuingCertificateURL = []string{"http://aia.example/lower.cer"}
		for _, f := range change {
			f(c)
		}
	})
}

// serve presents a chain and returns a guard that trusts the root and reaches
// the site as comune.example.
func (h *townhall) serve(t *testing.T, config *tls.Config) *Guard {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(r.Proto)) }))
	s.TLS, s.EnableHTTP2 = config, true
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	t.Cleanup(s.Close)
	return h.guard(t, s.Listener.Addr().String())
}

func (h *townhall) guard(t *testing.T, secure string) *Guard {
	roots := x509.NewCertPool()
	roots.AddCert(h.root.cert)
	return newGuard(t, Options{Resolver: h.names.addr, Roots: roots, AllowPrivate: true, Redial: func(addr string) string {
		switch addr {
		case "127.0.0.1:443":
			return secure
		case "aia.example:80":
			return h.aia.Listener.Addr().String()
		}
		return addr
	}})
}

func TestCertificatesAreValidByTheGuardsHour(t *testing.T) {
	h := build(t)
	site := secureSite(t, certificates(chain(h.leaf(t), h.lower, h.upper)))
	for name, tt := range map[string]struct {
		later time.Duration
		valid bool
		early bool
	}{"today": {0, true, false}, "after they have ended": {48 * time.Hour, false, false}, "before they begin": {-48 * time.Hour, false, true}} {
		g := h.guard(t, site)
		g.trust.now = func() time.Time { return time.Now().Add(tt.later) }
		_, err := get(t.Context(), t, g, "https://comune.example/")
		var invalid x509.CertificateInvalidError
		if tt.valid != (err == nil) || err != nil && (!errors.As(err, &invalid) || invalid.Reason != x509.Expired) {
			t.Errorf("%s: %v", name, err)
		}
		if early := errors.As(err, new(*EarlyError)); early != tt.early {
			t.Errorf("%s: it is early: %v", name, early)
		}
	}
}

func certificates(c ...tls.Certificate) *tls.Config { return &tls.Config{Certificates: c} }

func TestCertificatesAreVerifiedAsStrictlyAsByDefault(t *testing.T) {
	h := build(t)
	stranger := sign(t, nil, authority)
	alone := sign(t, nil, func(c *x509.Certificate) { authority(c); server("comune.example")(c) })
	short := sign(t, h.root, func(c *x509.Certificate) { authority(c); c.NotAfter = time.Now().Add(-time.Minute) })
	plain := sign(t, h.root, func(c *x509.Certificate) { server("other.example")(c) }) // no authority
	narrow := sign(t, h.root, func(c *x509.Certificate) {
		authority(c)
		c.PermittedDNSDomainsCritical, c.PermittedDNSDomains = true, []string{"other.example"}
	})
	named := func(names ...string) func(*x509.Certificate) { return func(c *x509.Certificate) { c.DNSNames = names } }
	expired := func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Minute)
	}
	under := func(signer *issuerCA, above ...*issuerCA) tls.Certificate {
		return chain(sign(t, signer, server("comune.example")), above...)
	}
	tests := map[string]struct {
		presented tls.Certificate
		reason    x509.InvalidReason // of a CertificateInvalidError
		want      any                // the type of the error; nil: verified
	}{
		"a full chain":                      {chain(h.leaf(t), h.lower, h.upper), 0, nil},
		"a full chain with the root":        {chain(h.leaf(t), h.lower, h.upper, h.root), 0, nil},
		"a chain out of order":              {chain(h.leaf(t), h.upper, h.lower), 0, nil},
		"a wildcard":                        {chain(h.leaf(t, named("*.example")), h.lower, h.upper), 0, nil},
		"an expired leaf":                   {chain(h.leaf(t, expired), h.lower, h.upper), x509.Expired, x509.CertificateInvalidError{}},
		"a leaf that begins later":          {chain(h.leaf(t, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) }), h.lower, h.upper), x509.Expired, x509.CertificateInvalidError{}},
		"another's name":                    {chain(h.leaf(t, named("other.example", "www.comune.example")), h.lower, h.upper), 0, x509.HostnameError{}},
		"a wildcard too deep":               {chain(h.leaf(t, named("*.comune.example")), h.lower, h.upper), 0, x509.HostnameError{}},
		"no name at all":                    {chain(h.leaf(t, func(c *x509.Certificate) { c.DNSNames, c.Subject.CommonName = nil, "comune.example" }), h.lower, h.upper), 0, x509.HostnameError{}},
		"expired and misnamed":              {chain(h.leaf(t, expired, named("other.example")), h.lower, h.upper), x509.Expired, x509.CertificateInvalidError{}},
		"expired, its chain missing":        {chain(h.leaf(t, expired)), x509.Expired, x509.CertificateInvalidError{}},
		"misnamed, its chain missing":       {chain(h.leaf(t, named("other.example"))), 0, x509.HostnameError{}},
		"an unknown authority":              {under(stranger, stranger), 0, x509.UnknownAuthorityError{}},
		"a certificate that signed itself":  {chain(alone), 0, x509.UnknownAuthorityError{}},
		"an intermediate that has expired":  {under(short, short), x509.Expired, x509.CertificateInvalidError{}},
		"a leaf that plays authority":       {under(plain, plain), 0, x509.UnknownAuthorityError{}},
		"a name its authority may not give": {under(narrow, narrow), x509.CANotAuthorizedForThisName, x509.CertificateInvalidError{}},
		"a certificate for clients alone":   {chain(h.leaf(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), h.lower, h.upper), x509.IncompatibleUsage, x509.CertificateInvalidError{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := h.serve(t, certificates(tt.presented))
			resp, err := get(t.Context(), t, g, "https://comune.example/")
			bare := byDefault(t, h, g)
			if (err == nil) != (bare == nil) {
				t.Errorf("the guard says %v, crypto/tls %v", err, bare)
			}
			if tt.want == nil {
				if err != nil {
					t.Fatal(err)
				}
				report, _ := ReportOf(resp)
				if report.ChainFetched || resp.Proto != "HTTP/2.0" || resp.TLS == nil {
					t.Errorf("chain fetched %v, %s", report.ChainFetched, resp.Proto)
				}
				return
			}
			target := reflect.New(reflect.TypeOf(tt.want))
			if !errors.As(err, target.Interface()) {
				t.Fatalf("%v is no %T", err, tt.want)
			}
			var invalid x509.CertificateInvalidError
			if errors.As(err, &invalid) && invalid.Reason != tt.reason {
				t.Errorf("reason %d, want %d", invalid.Reason, tt.reason)
			}
			var verification *tls.CertificateVerificationError
			if !errors.As(err, &verification) || len(verification.UnverifiedCertificates) == 0 {
				t.Errorf("%v does not carry the certificates", err)
			}
		})
	}
}

// byDefault is what crypto/tls itself says of the site.
func byDefault(t *testing.T, h *townhall, g *Guard) error {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(h.root.cert)
	raw, err := net.Dial("tcp", g.redial("127.0.0.1:443"))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	return tls.Client(raw, &tls.Config{ServerName: "comune.example", RootCAs: roots}).HandshakeContext(t.Context())
}

func TestVerificationNeedsANameAndACertificate(t *testing.T) {
	h := build(t)
	g := h.guard(t, "")
	leaf := h.leaf(t)
	if g.verify(t.Context(), "", []*x509.Certificate{leaf.cert, h.lower.cert, h.upper.cert}) == nil {
		t.Error("no name passes")
	}
	if g.verify(t.Context(), "comune.example", nil) == nil {
		t.Error("no certificate passes")
	}
	if err := g.verify(t.Context(), "comune.example", []*x509.Certificate{leaf.cert, h.lower.cert, h.upper.cert}); err != nil {
		t.Error(err)
	}
	if err := g.verify(t.Context(), "127.0.0.1", []*x509.Certificate{leaf.cert, h.lower.cert, h.upper.cert}); err == nil {
		t.Error("a bare address passes under a certificate of a name")
	}
}

func TestAMissingIntermediateIsFetched(t *testing.T) {
	crossed := func(h *townhall, der []byte) { h.published["/lower.cer"] = der }
	tests := map[string]struct {
		present func(*testing.T, *townhall) tls.Certificate
		publish func(*testing.T, *townhall)
		ok      bool
		fetches int32
	}{
		"one is missing": {
			present: func(t *testing.T, h *townhall) tls.Certificate { return chain(h.leaf(t), h.upper) }, ok: true, fetches: 1,
		},
		"the upper one is missing": {
			present: func(t *testing.T, h *townhall) tls.Certificate { return chain(h.leaf(t), h.lower) }, ok: true, fetches: 1,
		},
		"two are missing": {
			present: func(t *testing.T, h *townhall) tls.Certificate { return chain(h.leaf(t)) }, ok: true, fetches: 2,
		},
		"it is published as PEM": {
			present: func(t *testing.T, h *townhall) tls.Certificate { return chain(h.leaf(t), h.upper) }, ok: true, fetches: 1,
			publish: func(_ *testing.T, h *townhall) {
				crossed(h, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.lower.cert.Raw}))
			},
		},
		"it is published as PKCS #7": {
			present: func(t *testing.T, h *townhall) tls.Certificate { return chain(h.leaf(t), h.upper) }, ok: true, fetches: 1,
			publish: func(t *testing.T, h *townhall) { crossed(h, pkcs7(t, h.lower.cert.Raw)) },
		},
		"it has expired and a newer one is published": {
			present: func(t *testing.T, h *townhall) tls.Certificate {
				template := *h.lower.cert
				template.NotBefore, template.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Minute)
				der, err := x509.CreateCertificate(rand.Reader, &template, h.upper.cert, &h.lower.key.PublicKey, h.upper.key)
				if err != nil {
					t.Fatal(err)
				}
				leaf := h.leaf(t)
				return tls.Certificate{Certificate: [][]byte{leaf.cert.Raw, der, h.upper.cert.Raw}, PrivateKey: leaf.key}
			}, ok: true, fetches: 1,
		},
		"another certificate is published": {
			present: func(t *testing.T, h *townhall) tls.Certificate { return chain(h.leaf(t), h.upper) }, fetches: 1,
			publish: func(_ *testing.T, h *townhall) { crossed(h, h.upper.cert.Raw) },
		},
		"an impostor of the same name is published": {
			present: func(t *testing.T, h *townhall) tls.Certificate { return chain(h.leaf(t), h.upper) }, fetches: 1,
			publish: func(t *testing.T, h *townhall) {
				impostor := sign(t, nil, func(c *x509.Certificate) { authority(c); c.Subject = h.lower.cert.Subject })
				crossed(h, impostor.cert.Raw)
			},
		},
		"rubbish is published": {
			present: func(t *testing.T, h *townhall) tls.Certificate { return chain(h.leaf(t), h.upper) }, fetches: 1,
			publish: func(_ *testing.T, h *townhall) { crossed(h, []byte("<html>")) },
		},
		"more than 64 kB are published": {
			present: func(t *testing.T, h *townhall) tls.Certificate { return chain(h.leaf(t), h.upper) }, fetches: 1,
			publish: func(_ *testing.T, h *townhall) {
				crossed(h, append(bytes.Clone(h.lower.cert.Raw), make([]byte, maxIssuerBytes)...))
			},
		},
		"nothing is published": {
			present: func(t *testing.T, h *townhall) tls.Certificate { return chain(h.leaf(t), h.upper) }, fetches: 1,
			publish: func(_ *testing.T, h *townhall) { delete(h.published, "/lower.cer") },
		},
		"three are missing": {
			present: func(t *testing.T, h *townhall) tls.Certificate {
				deep := sign(t, h.lower, func(c *x509.Certificate) {
					authority(c)
					c.IssuingCertificateURL = []string{"http://aia.example/lower.cer"}
				})
				h.published["/deep.cer"] = deep.cert.Raw
				return chain(sign(t, deep, func(c *x509.Certificate) {
					server("comune.example")(c)
					c.IssuingCertificateURL = []string{"http://aia.example/deep.cer"}
				}))
			}, fetches: 2,
		},
		"it would be fetched from inside": {
			present: func(t *testing.T, h *townhall) tls.Certificate {
				return chain(h.leaf(t, func(c *x509.Certificate) {
					c.IssuingCertificateURL = []string{"http://inside.example/lower.cer", "http://127.0.0.1:22/", "http://aia.example/lower.cer"}
				}), h.upper)
			},
		},
		"it would be fetched over https, or from a file": {
			present: func(t *testing.T, h *townhall) tls.Certificate {
				return chain(h.leaf(t, func(c *x509.Certificate) {
					c.IssuingCertificateURL = []string{"https://comune.example/lower.cer", "file:///lower.cer"}
				}), h.upper)
			},
		},
		"it is nowhere to be fetched": {
			present: func(t *testing.T, h *townhall) tls.Certificate {
				return chain(h.leaf(t, func(c *x509.Certificate) { c.IssuingCertificateURL = nil }), h.upper)
			},
		},
		"the certificate signed itself and names a place": {
			present: func(t *testing.T, _ *townhall) tls.Certificate {
				return chain(sign(t, nil, func(c *x509.Certificate) {
					server("comune.example")(c)
					c.IssuingCertificateURL = []string{"http://aia.example/lower.cer"}
				}))
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := build(t)
			presented := tt.present(t, h)
			if tt.publish != nil {
				tt.publish(t, h)
			}
			g := h.serve(t, certificates(presented))
			for round := range 2 { // the second time from memory
				var report Report
				_, err := get(WithReport(t.Context(), &report), t, g, "https://comune.example/")
				if (err == nil) != tt.ok {
					t.Fatalf("round %d: %v", round, err)
				}
				if report.ChainFetched != tt.ok {
					t.Errorf("round %d: chain fetched: %v", round, report.ChainFetched)
				}
				if err != nil && !errors.As(err, new(x509.UnknownAuthorityError)) {
					t.Errorf("round %d: %v, want an unknown authority", round, err)
				}
				g.transport.CloseIdleConnections()
			}
			if n := h.fetches.Load(); n != tt.fetches {
				t.Errorf("%d fetches, want %d", n, tt.fetches)
			}
		})
	}
}

// pkcs7 is a certs-only message (RFC 8551 3.8).
func pkcs7(t *testing.T, der []byte) []byte {
	t.Helper()
	data := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	signed := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	empty := asn1.RawValue{Tag: asn1.TagSet, IsCompound: true}
	inner, err := asn1.Marshal(struct {
		Version      int
		Digests      asn1.RawValue
		Encapsulated struct{ Type asn1.ObjectIdentifier }
		Certificates asn1.RawValue
		Signers      asn1.RawValue
	}{
		1, empty,
		struct{ Type asn1.ObjectIdentifier }{data},
		asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: der},
		empty,
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := asn1.Marshal(struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue
	}{signed, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: inner}})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestHandshakesThatFail(t *testing.T) {
	h := build(t)
	full := chain(h.leaf(t), h.lower, h.upper)
	old := h.serve(t, &tls.Config{Certificates: []tls.Certificate{full}, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10})
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(plain.Close)
	for name, g := range map[string]*Guard{
		"an old protocol":             old,
		"http on that port":           h.guard(t, plain.Listener.Addr().String()),
		"a connection closed at once": h.guard(t, answering(t, func(c net.Conn) { c.Close() })),
		"an alert": h.guard(t, answering(t, func(c net.Conn) {
			c.Write([]byte{21, 3, 3, 0, 2, 2, 40}) // fatal, handshake failure
			c.Close()
		})),
	} {
		_, err := get(t.Context(), t, g, "https://comune.example/")
		var handshake *HandshakeError
		if !errors.As(err, &handshake) || handshake.Timeout() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// answering gives each connection to f, which closes it, and is stopped with the
// test.
func answering(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f(c)
		}
	})
	t.Cleanup(func() { l.Close(); done.Wait() })
	return l.Addr().String()
}

func TestAServerThatExchangesKeysByRSAAloneIsRead(t *testing.T) {
	h := build(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1 << 40), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	server("comune.example")(template)
	template.KeyUsage |= x509.KeyUsageKeyEncipherment
	der, err := x509.CreateCertificate(rand.Reader, template, h.lower.cert, &key.PublicKey, h.lower.key)
	if err != nil {
		t.Fatal(err)
	}
	g := h.serve(t, &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der, h.lower.cert.Raw, h.upper.cert.Raw}, PrivateKey: key}},
		MaxVersion:   tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}, NextProtos: []string{"http/1.1"},
	})
	if _, err := get(t.Context(), t, g, "https://comune.example/"); err != nil {
		t.Error(err)
	}
}

func TestTheFirstMessageFitsInOnePacket(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	first := make(chan int, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		var record struct {
			Kind    uint8
			Version uint16
			Length  uint16
		}
		if binary.Read(conn, binary.BigEndian, &record) == nil {
			first <- int(record.Length)
		}
	}()
	g := build(t).guard(t, l.Addr().String())
	if _, err := get(t.Context(), t, g, "https://comune.example/"); err == nil {
		t.Fatal("who says nothing was understood")
	}
	const packet = 1500 - 60 - 60 - 5 // of Ethernet, with the longest headers of IP and TCP, and TLS's own
	select {
	case n := <-first:
		if n > packet {
			t.Errorf("%d bytes, of %d that one packet has room for", n, packet)
		}
	default:
		t.Error("nothing was sent")
	}
}

func TestTheReportTellsOfTheConnection(t *testing.T) {
	h := build(t)
	g := h.serve(t, certificates(chain(h.leaf(t), h.lower, h.upper)))
	var report Report
	ctx := WithReport(t.Context(), &report)
	for round := range 2 {
		resp, err := get(ctx, t, g, "https://comune.example/")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if report.Address.String() != "127.0.0.1" || len(report.Addresses) != 1 || report.TLS == nil || report.Reused != (round == 1) {
			t.Errorf("round %d: %+v", round, report)
		}
	}
	if _, err := get(ctx, t, g, "https://comune.example:22/"); err == nil || report.TLS != nil || report.Address.IsValid() {
		t.Errorf("after a refusal the report still tells of the request before: %+v", report)
	}
}

func TestNothingIsTrustedWithoutRoots(t *testing.T) {
	if _, err := newTrust(nil, nil); err != nil && !strings.Contains(err.Error(), "root") {
		t.Error(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(sign(t, nil, authority).cert)
	trust, err := newTrust(pool, nil)
	if err != nil || len(trust.pools) == 0 {
		t.Errorf("%v", err)
	}
}

func FuzzIssuer(f *testing.F) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1)}, &x509.Certificate{}, &key.PublicKey, key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(der)
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	f.Add([]byte{0x30, 0x80, 6, 9})
	f.Fuzz(func(t *testing.T, body []byte) {
		if cert, err := parseIssuer(body); err == nil && cert == nil {
			t.Error("neither a certificate nor an error")
		}
	})
}
