package replica

// This file tests what can be seen without a network: pages, names, mending.

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/csv"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.uber.org/goleak"
	"golang.org/x/net/html"

	"github.com/vigile-it/vigile/internal/need"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, o Options) *Running {
	t.Helper()
	it, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	r, err := it.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// visitor is a client that lives in the replica: its names, its roots, its
// ports. It follows no redirect.
func visitor(t *testing.T, r *Running) *http.Client {
	t.Helper()
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, r.Resolver())
	}}
	tr := &http.Transport{
		ForceAttemptHTTP2: true,
		TLSClientConfig:   &tls.Config{RootCAs: r.Roots()},
		DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(addr)
			if err != nil {
				return nil, err
			}
			ips, err := resolver.LookupNetIP(ctx, "ip4", host)
			if err != nil {
				return nil, err
			}
			d := net.Dialer{Timeout: time.Second}
			return d.DialContext(ctx, "tcp", r.Redial(net.JoinHostPort(ips[0].String(), port)))
		},
	}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func TestEveryPageIsWholeAndHasAnAddressOfItsOwn(t *testing.T) {
	it, err := New(Options{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	done := map[string]bool{}
	for _, c := range it.all() {
		k := string(c.family) + string(c.variant)
		if done[k] {
			continue
		}
		done[k] = true
		seen := map[string]string{}
		for _, k := range c.keys() {
			p := c.path(k)
			if other, ok := seen[p]; ok {
				t.Errorf("%s: %s and %s share %s", c.name, k, other, p)
			}
			seen[p] = k
		}
		for i, k := range c.keys() {
			if i%25 != 0 {
				continue
			}
			b, err := c.html(k)
			if err != nil {
				t.Fatal(err)
			}
			if len(b) < 40_000 {
				t.Errorf("%s %s %s: %d bytes", c.family, c.name, k, len(b))
			}
			if _, err := html.Parse(bytes.NewReader(b)); err != nil {
				t.Errorf("%s %s: %v", c.name, k, err)
			}
			if bytes.Contains(b, []byte("<no value>")) || bytes.Contains(bytes.ReplaceAll(b, []byte("{{:baseUrl}}"), nil), []byte("{{")) {
				t.Errorf("%s %s: template residue", c.name, k)
			}
		}
	}
}

func TestTheSameSeedAndDayGiveTheSameBytes(t *testing.T) {
	day := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	pages := func(seed uint64) []byte {
		it, err := New(Options{Seed: seed, Day: day})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		out.Write(it.EntiCSV())
		for _, c := range it.all()[:8] {
			for _, k := range []string{"newsitem-3", "home", "at-1-2"} {
				b, err := c.html(k)
				if err != nil {
					t.Fatal(err)
				}
				out.Write(b)
			}
		}
		return out.Bytes()
	}
	if !bytes.Equal(pages(5), pages(5)) {
		t.Error("two builds of one seed differ")
	}
	if bytes.Equal(pages(5), pages(6)) {
		t.Error("two seeds give the same pages")
	}
}

func TestTheOldLayoutIsWindows1252AndSaysNothingOfIt(t *testing.T) {
	it, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range it.all() {
		if c.family != Table || c.fault != FaultNone {
			continue
		}
		r := c.siteAnswer("/", false)
		if utf8.Valid(r.body) {
			t.Errorf("%s is valid UTF-8", c.name)
		}
		if bytes.Contains(bytes.ToLower(r.body), []byte("charset")) || r.header["Content-Type"] != "text/html" {
			t.Errorf("%s declares a charset", c.name)
		}
	}
}

func TestNamesAreInvented(t *testing.T) {
	z, err := os.Open(need.Data(t, "ipa", "enti_2022-02.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	plain, err := gzip.NewReader(z)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(plain).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	real := map[string]bool{}
	for _, row := range rows {
		if row[5] == "L6" {
			real[slug(strings.TrimPrefix(strings.ToLower(row[2]), "comune di "), "")] = true
		}
	}
	if len(real) < 7_000 {
		t.Fatalf("only %d names read", len(real))
	}
	it, err := New(Options{Scale: MaxScale})
	if err != nil {
		t.Fatal(err)
	}
	small, err := New(Options{Slow: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range append(small.all(), it.all()...) {
		if real[c.slug] {
			t.Errorf("%s exists", c.name)
		}
		if strings.ContainsAny(c.name, `<>&"`) {
			t.Errorf("%s holds a character of markup", c.name)
		}
	}
}

func TestMendingRepairsTheSiteAndItsRows(t *testing.T) {
	r := start(t, Options{Seed: 3})
	for _, x := range r.Comuni() {
		if x.Variant == Compliant && x.Fault == FaultNone {
			continue
		}
		if err := r.Mend(x.Istat); err != nil {
			t.Fatal(err)
		}
	}
	for _, tr := range r.Truths() {
		c := r.italy.all()[r.italy.byIstat[tr.Istat]]
		if c.mended && tr.Verdict != "pass" && tr.Verdict != "info" && tr.Check != "cms" && tr.Check != "domain" && tr.Check != "design-model" && tr.Check != "web-analytics" {
			t.Errorf("%s %s is %s after mending", c.name, tr.Check, tr.Verdict)
		}
	}
	if bytes.Contains(r.EntiCSV(), []byte("segreteria@")) {
		t.Error("IPA still has an e-mail address for a site")
	}
	if err := r.Mend("058091"); err == nil {
		t.Error("a comune that does not exist was mended")
	}
}

func TestGeneratedComuniComeInTheVendorsShares(t *testing.T) {
	it, err := New(Options{Seed: 1, Scale: 2000})
	if err != nil {
		t.Fatal(err)
	}
	families, faulty, addresses := map[Family]int{}, 0, map[string]map[Family]bool{}
	for _, c := range it.all() {
		families[c.family]++
		if c.fault != FaultNone {
			faulty++
			continue
		}
		a := it.hosts[c.host].addr.String()
		if addresses[a] == nil {
			addresses[a] = map[Family]bool{}
		}
		addresses[a][c.family] = true
	}
	for _, s := range shares() {
		if families[s.family] < 5 {
			t.Errorf("%s: %d comuni of 2000", s.family, families[s.family])
		}
	}
	if faulty < 100 || faulty > 230 {
		t.Errorf("%d of 2000 are faulty, want about 160", faulty)
	}
	for a, fs := range addresses {
		if len(fs) > 1 && !strings.HasPrefix(a, "127.20.") {
			t.Errorf("%s serves %d vendors", a, len(fs))
		}
	}
	if got := len(it.Truths()); got < 2000*9 {
		t.Errorf("%d truths", got)
	}
}
