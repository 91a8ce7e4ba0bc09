package netguard

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// forwardProxy is a forward proxy that sends everything to one server; it speaks TLS
// itself where it is given a configuration for it.
func forwardProxy(t *testing.T, to string, config *tls.Config) (address string, asked *sync.Map) {
	asked = &sync.Map{}
	p := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
		both.Go(func() { io.Copy(conn, onward); conn.(interface{ CloseWrite() error }).CloseWrite() })
		both.Wait()
	}))
	if p.TLS = config; config != nil {
		p.Config.ErrorLog = quiet()
		p.StartTLS()
	} else {
		p.Start()
	}
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
	address, asked := forwardProxy(t, site.Listener.Addr().String(), nil)
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

// behind is a guard whose requests all go through a proxy to one server, which
// it knows as comune.example.
func behind(t *testing.T, h *townhall, to string, config *tls.Config) *Guard {
	t.Helper()
	address, _ := forwardProxy(t, to, config)
	return through(t, h, address)
}

func through(t *testing.T, h *townhall, proxy string) *Guard {
	t.Helper()
	names := serveNames(t, zone(map[string]reply{"comune.example": {addrs: []string{"8.8.8.8"}}}))
	roots := x509.NewCertPool()
	roots.AddCert(h.root.cert)
	return newGuard(t, Options{Resolver: names.addr, Roots: roots, Proxy: proxy})
}

// onLoopback makes a certificate one of a server without a name.
func onLoopback(c *x509.Certificate) {
	c.DNSNames, c.IPAddresses = nil, []net.IP{net.IPv4(127, 0, 0, 1)}
}

// secureSite answers over TLS and tells by which version of HTTP it was asked.
func secureSite(t *testing.T, config *tls.Config) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) }))
	s.TLS, s.EnableHTTP2 = config, true
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func TestBehindAProxyOverHTTPS(t *testing.T) {
	h := build(t)
	site := secureSite(t, certificates(chain(h.leaf(t), h.lower, h.upper)))
	g := behind(t, h, site, certificates(chain(h.leaf(t, onLoopback), h.lower, h.upper)))
	for target, want := range map[string]string{"https://comune.example/": "HTTP/2.0", "http://comune.example/": "by proxy"} {
		resp, err := get(t.Context(), t, g, target)
		if err != nil {
			t.Fatalf("%s: %v", target, err)
		}
		if got, err := io.ReadAll(resp.Body); string(got) != want || err != nil {
			t.Errorf("%s: %q, %v", target, got, err)
		}
		report, _ := ReportOf(resp)
		if secure := strings.HasPrefix(target, "https"); (resp.TLS != nil) != secure || (report.TLS != nil) != secure {
			t.Errorf("%s: TLS %v, want that of the site and not of the proxy", target, resp.TLS)
		} else if secure && resp.TLS.PeerCertificates[0].DNSNames[0] != "comune.example" {
			t.Errorf("%s: the certificate is %v's", target, resp.TLS.PeerCertificates[0].DNSNames)
		}
		resp.Body.Close()
	}
	var forbidden *ForbiddenError
	if _, err := get(t.Context(), t, g, "https://127.0.0.1/"); !errors.As(err, &forbidden) {
		t.Errorf("loopback through the proxy: %v", err)
	}
}

func TestBehindAProxyASiteMayBeAnAddress(t *testing.T) {
	h := build(t)
	at := func(ip string) *tls.Config {
		return certificates(chain(h.leaf(t, func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = nil, []net.IP{net.ParseIP(ip)} }), h.lower, h.upper))
	}
	for name, proxy := range map[string]*tls.Config{"over http": nil, "over https": certificates(chain(h.leaf(t, onLoopback), h.lower, h.upper))} {
		t.Run(name, func(t *testing.T) {
			for ip, target := range map[string]string{"8.8.8.8": "https://8.8.8.8/", "2606:4700::1111": "https://[2606:4700::1111]/"} {
				resp, err := get(t.Context(), t, behind(t, h, secureSite(t, at(ip)), proxy), target)
				if err != nil {
					t.Fatalf("%s: %v", target, err)
				}
				if got, err := io.ReadAll(resp.Body); string(got) != "HTTP/2.0" || err != nil {
					t.Errorf("%s: %q, %v", target, got, err)
				}
				resp.Body.Close()
			}
			_, err := get(t.Context(), t, behind(t, h, secureSite(t, at("9.9.9.9")), proxy), "https://8.8.8.8/")
			if !errors.As(err, new(x509.HostnameError)) || !errors.As(err, new(*tls.CertificateVerificationError)) {
				t.Errorf("another's certificate: %v", err)
			}
		})
	}
}

func TestTheProxyIsToldWhoAsksAndHasToAnswer(t *testing.T) {
	h := build(t)
	header := make(chan string, 1)
	tell := answering(t, func(c net.Conn) {
		req, err := http.ReadRequest(bufio.NewReader(c))
		if err == nil {
			header <- req.Header.Get("Proxy-Authorization") + " " + req.Header.Get("Authorization")
		}
		io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
		c.Close()
	})
	_, err := get(t.Context(), t, through(t, h, "http://ufficio:segreto@"+tell), "https://comune.example/")
	if !errors.As(err, new(*ProxyError)) || strings.Contains(err.Error(), "segreto") {
		t.Errorf("%v", err)
	}
	if got := <-header; got != "Basic dWZmaWNpbzpzZWdyZXRv " {
		t.Errorf("the proxy was told %q", got)
	}
	silent := answering(t, func(c net.Conn) { io.Copy(io.Discard, c); c.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := get(ctx, t, through(t, h, "http://"+silent), "https://comune.example/"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a proxy that says nothing: %v", err)
	}
	talkative := answering(t, func(c net.Conn) {
		http.ReadRequest(bufio.NewReader(c))
		io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\nciao")
		io.Copy(io.Discard, c)
		c.Close()
	})
	if _, err := get(t.Context(), t, through(t, h, "http://"+talkative), "https://comune.example/"); !errors.As(err, new(*ProxyError)) {
		t.Errorf("a proxy that says more than it was asked: %v", err)
	}
}

func TestBehindAProxyErrorsOfTLSKeepTheirTypes(t *testing.T) {
	h := build(t)
	full := chain(h.leaf(t), h.lower, h.upper)
	expired := chain(h.leaf(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }), h.lower, h.upper)
	stranger := sign(t, nil, authority)
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(plain.Close)
	tests := map[string]struct {
		site string
		want func(error) bool
	}{
		"an old protocol": {
			secureSite(t, &tls.Config{Certificates: []tls.Certificate{full}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}),
			func(err error) bool { return errors.As(err, new(*HandshakeError)) },
		},
		"http on that port": {
			plain.Listener.Addr().String(),
			func(err error) bool { return errors.As(err, new(*HandshakeError)) },
		},
		"a connection closed at once": {
			answering(t, func(c net.Conn) { c.Close() }),
			func(err error) bool { return errors.As(err, new(*HandshakeError)) },
		},
		"an expired certificate": {
			secureSite(t, certificates(expired)),
			func(err error) bool {
				var invalid x509.CertificateInvalidError
				return errors.As(err, &invalid) && invalid.Reason == x509.Expired && errors.As(err, new(*tls.CertificateVerificationError))
			},
		},
		"an unknown authority": {
			secureSite(t, certificates(chain(sign(t, stranger, server("comune.example")), stranger))),
			func(err error) bool {
				return errors.As(err, new(x509.UnknownAuthorityError)) && errors.As(err, new(*tls.CertificateVerificationError))
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g := behind(t, h, tt.site, nil)
			_, err := get(t.Context(), t, g, "https://comune.example/")
			if err == nil || !tt.want(err) {
				t.Errorf("%T: %v", err, err)
			}
			if untrusted := errors.As(err, new(*tls.CertificateVerificationError)); untrusted == errors.As(err, new(*HandshakeError)) {
				t.Errorf("%v is both, or neither, a failed handshake and a certificate that is not trusted", err)
			}
		})
	}
}

func TestTheProxysTroublesAreNotTheSites(t *testing.T) {
	h := build(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	stranger := sign(t, nil, authority)
	untrusted, _ := forwardProxy(t, "", certificates(chain(sign(t, stranger, onLoopback), stranger)))
	unwilling, _ := forwardProxy(t, closed.Addr().String(), nil)
	for name, proxy := range map[string]string{
		"nobody listens":         "http://" + closed.Addr().String(),
		"nobody listens, https":  "https://" + closed.Addr().String(),
		"it is not trusted":      untrusted,
		"it closes at once, TLS": "https://" + answering(t, func(c net.Conn) { c.Close() }),
		"it does not connect us": unwilling,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := get(t.Context(), t, through(t, h, proxy), "https://comune.example/")
			var ours *ProxyError
			if !errors.As(err, &ours) || strings.Contains(err.Error(), "%!") {
				t.Fatalf("%T: %v", err, err)
			}
			if errors.Is(err, syscall.ECONNREFUSED) || errors.As(err, new(*HandshakeError)) || errors.As(err, new(*tls.CertificateVerificationError)) ||
				errors.Is(err, io.EOF) {
				t.Errorf("%v reads like an error of the site", err)
			}
		})
	}
}
