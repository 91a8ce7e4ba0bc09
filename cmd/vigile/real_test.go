package main

// The main job on real input: real home pages, served under their own names
// over TLS on loopback, found in the genuine registry, crawled, judged, stored
// and exported by the program itself.

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/csv"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/vigile-it/vigile/internal/need"
)

// realDay is the day the real sites are judged on.
var realDay = time.Date(2025, time.May, 3, 12, 0, 0, 0, time.UTC)

// realSites are the comuni whose whole home page is in the set, with the pages
// that are there by path.
var realSites = []struct {
	comune, host string
	pages        map[string]string
}{
	{"Airasca", "www.comune.airasca.to.it", map[string]string{"/": "airasca/peopleweb_airasca_home.html"}},
	{"Alpignano", "www.comune.alpignano.to.it", map[string]string{
		"/": "alpignano/comweb_home_alpignano.html", "/it-it/servizi": "alpignano/comweb_servizi_alpignano.html",
		"/it-it/amministrazione/uffici": "alpignano/comweb_uffici_alpignano.html",
	}},
	{"Marino", "www.comune.marino.rm.it", map[string]string{
		"/": "marino/egov_home_marino.html", "/header.html": "marino/egov_header_marino.html",
		"/amministrazione/uffici": "marino/egov_uffici_marino.html",
	}},
}

func TestRealSitesGoThroughTheWholeLine(t *testing.T) {
	registry := need.Data(t, "ipa", "enti_comuni_2026-08.csv.gz")
	folder := need.Data(t, "pages")
	w, resolver := serveReal(t, folder)
	dir := t.TempDir()
	settings := filepath.Join(dir, "vigile.yaml")
	err := os.WriteFile(settings, fmt.Appendf(nil, `data_dir: %s
network: {resolver: %q, allow_private_addresses: true}
crawl: {per_host_delay: 0s}
agid: {verify: false}
`, filepath.Join(dir, "data"), resolver), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	vigile := func(args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		a := &app{
			stdin: strings.NewReader(""), stdout: &out, stderr: &errs, world: w,
			now: func() time.Time { return realDay },
		}
		if code := a.run(t.Context(), append([]string{"--config", settings}, args...)); code != codeDone {
			t.Fatalf("vigile %s: exit %d\n%s", strings.Join(args, " "), code, errs.String())
		}
		return out.String()
	}

	crawl := []string{"crawl", "--registry", registry}
	for _, s := range realSites {
		crawl = append(crawl, "--comune", s.comune)
	}
	t.Log("\n" + vigile(crawl...))
	cells := exported(t, vigile("export", "--format", "csv"))

	for _, want := range []struct{ comune, check, column, value, why string }{
		{"Airasca", "cms", "value", "peopleweb", "backslashes in asset paths"},
		{"Airasca", "accessibility-declaration", "evidence", "f2037368-a9cb-4882-8550-e1e869c1fb88", "the link in the footer, without the marker of the national model"},
		{"Alpignano", "cms", "value", "comweb", "the generator"},
		{"Alpignano", "accessibility-declaration", "evidence", "77b9eb3b-48f0-450a-a546-4141af27a19d", "an address with a trailing slash"},
		{"Marino", "cms", "value", "hgate", "its routes"},
		{"Marino", "accessibility-declaration", "verdict", "unknown", "the script that writes the footer cannot be read"},
		{"Marino", "https", "verdict", "pass", "a good certificate"},
	} {
		row, ok := cells[want.comune+" "+want.check]
		if !ok {
			t.Errorf("%s: no row for %s", want.comune, want.check)
			continue
		}
		got := row[want.column]
		if want.column == "evidence" {
			got += " " + row["evidence_url"] + " " + row["value"]
			if !strings.Contains(got, want.value) || row["verdict"] == "fail" {
				t.Errorf("%s, %s: %s with %q, want %q (%s)", want.comune, want.check, row["verdict"], got, want.value, want.why)
			}
			continue
		}
		if got != want.value {
			t.Errorf("%s, %s: %s is %q (%s), want %q (%s)", want.comune, want.check, want.column, got, row["reason"], want.value, want.why)
		}
	}
	for key, row := range cells {
		if row["reach"] != "ok" {
			t.Errorf("%s: reach %s", key, row["reach"])
		}
		if row["verdict"] == "fail" {
			t.Errorf("%s fails (%s) although most of the site was not there to be read", key, row["reason"])
		}
	}
	for _, s := range realSites {
		if history := vigile("history", "--comune", s.comune); !strings.Contains(history, s.comune) {
			t.Errorf("the history of %s does not name it:\n%s", s.comune, history)
		}
	}
}

// exported indexes an export by comune and check.
func exported(t *testing.T, text string) map[string]map[string]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("the export has %d rows: %v", len(rows), err)
	}
	cells := map[string]map[string]string{}
	for _, row := range rows[1:] {
		r := map[string]string{}
		for i, name := range rows[0] {
			r[name] = row[i]
		}
		cells[r["comune"]+" "+r["check"]] = r
	}
	return cells
}

// serveReal serves the real sites under their own names, over TLS, and answers
// for those names over DNS.
func serveReal(t *testing.T, folder string) (world, string) {
	t.Helper()
	pages := map[string]string{}
	var hosts []string
	for _, s := range realSites {
		hosts = append(hosts, s.host)
		for path, file := range s.pages {
			pages[s.host+path] = filepath.Join(folder, filepath.FromSlash(file))
		}
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file, ok := pages[r.Host+r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		body, err := os.ReadFile(file)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		w.Write(body)
	})
	certificate, roots := certificateFor(t, hosts)
	secure := httptest.NewUnstartedServer(handler)
	secure.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	secure.StartTLS()
	t.Cleanup(secure.Close)
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://"+r.Host+r.URL.RequestURI(), http.StatusMovedPermanently)
	}))
	t.Cleanup(plain.Close)
	redial := func(addr string) string {
		switch {
		case strings.HasSuffix(addr, ":443"):
			return secure.Listener.Addr().String()
		case strings.HasSuffix(addr, ":80"):
			return plain.Listener.Addr().String()
		}
		return ""
	}
	return world{roots: roots, redial: redial}, answerNames(t, hosts)
}

func certificateFor(t *testing.T, hosts []string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "vigile test"}, DNSNames: hosts,
		NotBefore: realDay.AddDate(0, -1, 0), NotAfter: realDay.AddDate(0, 2, 0), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// answerNames is a DNS server that has those hosts on loopback and no others.
func answerNames(t *testing.T, hosts []string) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() { conn.Close(); <-ended })
	go func() {
		defer close(ended)
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if answer := answerTo(buf[:n], hosts); answer != nil {
				conn.WriteTo(answer, from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

func answerTo(query []byte, hosts []string) []byte {
	var m dnsmessage.Message
	if m.Unpack(query) != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	m.Response, m.Authoritative, m.RCode, m.Additionals = true, true, dnsmessage.RCodeNameError, nil
	for _, host := range hosts {
		if !strings.EqualFold(q.Name.String(), host+".") {
			continue
		}
		m.RCode = dnsmessage.RCodeSuccess
		if q.Type == dnsmessage.TypeA {
			m.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 60},
				Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
			}}
		}
	}
	answer, err := m.Pack()
	if err != nil {
		return nil
	}
	return answer
}
