package replica

// This file holds the tests over real sockets, and their client.

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// get fetches one address, following no redirect.
func get(t *testing.T, c *http.Client, u string) (*http.Response, []byte, error) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, u, nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("User-Agent", "prova/1")
	resp, err := c.Do(q)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp, b, err
}

// hrefs are the addresses of a page's anchors, absolute.
func hrefs(t *testing.T, base string, body []byte) []string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	root, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, a := range n.Attr {
			if n.Data == "base" && a.Key == "href" {
				if u, err := root.Parse(a.Val); err == nil {
					root = u
				}
			}
			if n.Data == "a" && a.Key == "href" && a.Val != "" && !strings.HasPrefix(a.Val, "#") {
				if u, err := root.Parse(a.Val); err == nil && strings.HasPrefix(u.Scheme, "http") {
					u.Fragment = ""
					out = append(out, u.String())
				}
			}
		}
	}
	return out
}

func TestLinksOfHealthyHomePagesLeadToPages(t *testing.T) {
	r := start(t, Options{Seed: 3})
	c := visitor(t, r)
	for _, x := range r.Comuni() {
		if x.Fault != FaultNone {
			continue
		}
		me := r.italy.all()[r.italy.byIstat[x.Istat]]
		home := me.base() + me.path("home")
		resp, body, err := get(t, c, home)
		if err != nil || resp.StatusCode != 200 {
			if me.t.https == httpsChainShort {
				continue // this client fetches no intermediates
			}
			t.Fatalf("%s %s: %v %v", x.Name, home, resp, err)
		}
		seen := 0
		for _, u := range hrefs(t, home, body) {
			p, _ := url.Parse(u)
			if p.Host != x.Host || !me.robots().allowed(p.RequestURI()) || strings.HasPrefix(p.Path, "/newsletter") {
				continue
			}
			seen++
			if seen%20 != 0 {
				continue
			}
			resp, _, err := get(t, c, u)
			if err != nil || resp.StatusCode >= 400 {
				t.Errorf("%s links %s: %v %v", x.Name, u, resp.Status, err)
			}
		}
		if x.Family != HGATE && seen < 40 {
			t.Errorf("%s: only %d links on its own host", x.Name, seen)
		}
	}
	if total := r.Ledger().Total(); total.Violations != 0 || total.Posts != 0 || len(total.Harmful) != 0 || total.MostInFlight != 1 {
		t.Errorf("ledger: %+v", total)
	}
}

func TestComuniOfOneHostStayApart(t *testing.T) {
	r := start(t, Options{Seed: 3})
	c := visitor(t, r)
	folders := map[string]string{}
	for _, x := range r.italy.all() {
		if x.folder == "" {
			continue
		}
		folders[x.folder] = x.name
		resp, body, err := get(t, c, x.base()+"/")
		if err != nil || resp.StatusCode != 200 || !strings.Contains(string(body), x.taxCode) {
			t.Fatalf("%s: %v %v", x.base(), resp, err)
		}
		for _, u := range hrefs(t, x.base()+"/", body) {
			if strings.HasPrefix(u, "https://"+tenantHost+"/c") && !strings.HasPrefix(u, x.base()+"/") {
				t.Errorf("%s links the neighbour: %s", x.name, u)
			}
		}
		if !strings.Contains(string(r.EntiCSV()), tenantHost+x.folder) {
			t.Errorf("IPA does not have the folder of %s", x.name)
		}
	}
	if len(folders) != 2 {
		t.Errorf("folders: %v", folders)
	}
	if _, body, err := get(t, c, "https://"+tenantHost+"/"); err != nil || strings.Count(string(body), "<li>") != 2 {
		t.Errorf("the host's own page: %v %s", err, body)
	}
}

func TestFaultsBehaveOverRealSockets(t *testing.T) {
	r := start(t, Options{Seed: 3, Slow: true})
	c := visitor(t, r)
	for _, x := range r.Comuni() {
		if x.Fault == FaultNone || x.Fault == FaultSilentDNS || x.Fault == FaultDrip {
			continue
		}
		t.Run(string(x.Fault), func(t *testing.T) {
			resp, body, err := get(t, c, "https://"+x.Host+"/")
			if want := failures[x.Fault]; want != nil {
				if err == nil || !want(err) {
					t.Fatalf("got %v, %v", resp, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if want, ok := statuses[x.Fault]; ok && resp.StatusCode != want {
				t.Errorf("status %d, want %d", resp.StatusCode, want)
			}
			if x.Fault == FaultTooLarge && len(body) < 12<<20 {
				t.Errorf("only %d bytes", len(body))
			}
		})
	}
}

var statuses = map[Fault]int{
	FaultServerError: 500, FaultNotFound: 404, FaultChallenge: 403, FaultCaptcha: 200, FaultRedirectLoop: 302, FaultOffsite: 301, FaultShell: 200, FaultShellWords: 200,
	FaultTooLarge: 200, FaultMaintenance: 200, FaultUnavailable: 503, FaultParked: 200, FaultRateLimited: 429, FaultDefaultPage: 200,
}

var failures = map[Fault]func(error) bool{
	FaultNXDomain: func(err error) bool {
		var d *net.DNSError
		return errors.As(err, &d) && d.IsNotFound
	},
	FaultServFail: func(err error) bool {
		var d *net.DNSError
		return errors.As(err, &d) && !d.IsNotFound && !d.IsTimeout
	},
	FaultRefused: func(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) },
	FaultReset:   func(err error) bool { return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF) },
	FaultConnTimeout: func(err error) bool {
		var n net.Error
		return errors.As(err, &n) && n.Timeout()
	},
	FaultExpired: func(err error) bool {
		var c x509.CertificateInvalidError
		return errors.As(err, &c) && c.Reason == x509.Expired
	},
	FaultWrongName: func(err error) bool { return errors.As(err, &x509.HostnameError{}) },
	FaultUntrusted: func(err error) bool { return errors.As(err, &x509.UnknownAuthorityError{}) },
	FaultOldProtocol: func(err error) bool {
		return strings.Contains(err.Error(), "protocol version")
	},
	FaultHandshake: func(err error) bool { return strings.Contains(err.Error(), "internal error") },
}

func TestTheNameServerAnswersOverUDPAndTCP(t *testing.T) {
	r := start(t, Options{Seed: 3, Slow: true})
	hosts := map[Fault]string{}
	for _, x := range r.Comuni() {
		hosts[x.Fault] = x.Host
	}
	for _, network := range []string{"udp", "tcp"} {
		resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, r.Resolver())
		}}
		if ips, err := resolver.LookupNetIP(t.Context(), "ip4", hosts[FaultNone]); err != nil || len(ips) != 1 || !ips[0].IsLoopback() {
			t.Errorf("%s: %v %v", network, ips, err)
		}
		if ips, err := resolver.LookupNetIP(t.Context(), "ip6", hosts[FaultNone]); err == nil {
			t.Errorf("%s: an IPv6 address: %v", network, ips)
		}
		for _, f := range []Fault{FaultNXDomain, FaultServFail} {
			if _, err := resolver.LookupHost(t.Context(), hosts[f]); err == nil || !failures[f](err) {
				t.Errorf("%s: %s gives %v", network, f, err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		if ips, err := resolver.LookupHost(ctx, hosts[FaultSilentDNS]); err == nil {
			t.Errorf("%s: the silent name answered %v", network, ips)
		}
		cancel()
	}
}

func TestTheLedgerNotesWhatAVisitorMustNotDo(t *testing.T) {
	r := start(t, Options{Seed: 3, Latency: 20 * time.Millisecond})
	c := visitor(t, r)
	me := r.italy.all()[0]
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { get(t, c, me.base()+me.path("home")) })
	}
	wg.Wait()
	get(t, c, me.base()+"/admin/login")
	get(t, c, me.base()+"/newsletter/cancella?id=77&azione=delete")
	resp, err := c.Post(me.base()+"/ricerca", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	l := r.Ledger()
	a := l.Hosts[me.host]
	if a.Requests != 6 || a.MostInFlight < 2 || a.InFlight != 0 || a.Violations != 1 || a.Posts != 1 || len(a.Harmful) != 1 || a.Agents[0] != "prova/1" {
		t.Errorf("host: %+v", a)
	}
	if b := l.Addresses[r.italy.hosts[me.host].addr.String()]; b.Requests != 6 {
		t.Errorf("address: %+v", b)
	}
	r.ClearLedger()
	if got := r.Ledger().Total().Requests; got != 0 {
		t.Errorf("%d requests after clearing", got)
	}
}

func TestAMissingIntermediateCanBeFetched(t *testing.T) {
	r := start(t, Options{Seed: 3})
	c := visitor(t, r)
	for _, x := range r.italy.all() {
		if x.t.https != httpsChainShort {
			continue
		}
		_, _, err := get(t, c, x.base()+"/")
		var unknown x509.UnknownAuthorityError
		if !errors.As(err, &unknown) || len(unknown.Cert.IssuingCertificateURL) != 1 {
			t.Fatalf("%v", err)
		}
		_, der, err := get(t, c, unknown.Cert.IssuingCertificateURL[0])
		if err != nil {
			t.Fatal(err)
		}
		middle, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		pool := x509.NewCertPool()
		pool.AddCert(middle)
		if _, err := unknown.Cert.Verify(x509.VerifyOptions{Roots: r.Roots(), Intermediates: pool, DNSName: x.host}); err != nil {
			t.Error(err)
		}
		return
	}
	t.Fatal("no comune leaves its intermediate out")
}

func TestRobotsRulesAreReadAsTheRFCReadsThem(t *testing.T) {
	r := robots{lines: []rule{{false, "/a"}, {true, "/a/b"}, {false, "/*/stampa"}, {false, "/fine$"}, {true, "/pari"}, {false, "/pari"}}}
	for path, want := range map[string]bool{
		"/": true, "/a": false, "/ab": false, "/a/b/c": true, "/it/stampa/x": false, "/stampa": true, "/fine": false, "/fine/1": true, "/pari": true,
	} {
		if got := r.allowed(path); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}
