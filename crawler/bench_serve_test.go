//go:build unix

package crawler_test

// The sites of the benchmark: one server with a certificate for all names, one
// name server, the same ten pages everywhere.

import (
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

const (
	domain   = "prova.example"
	pageSize = 69_000
	robots   = "User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\nSitemap: /sitemap.xml\n"
)

// A server says where it is, and whom to trust.
type server struct {
	Port int    // of TLS, on loopback
	DNS  string // host:port
	Root string // PEM
}

// site is the address of the n-th site.
func (s server) site(n int) string {
	return "https://comune" + strconv.Itoa(n) + "." + domain + ":" + strconv.Itoa(s.Port)
}

// path is the address of one of a site's pages on it; the first is the home page.
func path(page int) string {
	if page == 0 {
		return "/"
	}
	return "/sezione-" + strconv.Itoa(page)
}

// serve answers until its standard input ends, and ends the process.
func serve() {
	certificate, root := certify()
	secure, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"h2", "http/1.1"}})
	must(err)
	names, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(err)
	go answerNames(names)
	web := &http.Server{Handler: handler(), ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute}
	go func() { must(web.Serve(secure)) }()
	say(server{Port: secure.Addr().(*net.TCPAddr).Port, DNS: names.LocalAddr().String(), Root: root})
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// must ends a child process, whose words the parent shows.
func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type document struct{ plain, packed []byte }

func handler() http.Handler {
	pages := map[string]document{}
	for i := range pagesPerSite {
		pages[path(i)] = pack(document{plain: []byte(markup(i))})
	}
	gzipped := os.Getenv(envPlain) == ""
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d, ok := pages[r.URL.Path]
		if !ok {
			if r.URL.Path == "/robots.txt" {
				w.Header().Set("Content-Type", "text/plain")
				io.WriteString(w, robots)
				return
			}
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=UTF-8")
		h.Set("Cache-Control", "no-cache, must-revalidate")
		h.Set("Strict-Transport-Security", "max-age=31536000")
		h.Set("X-Frame-Options", "SAMEORIGIN")
		h.Set("Server", "Apache")
		body := d.plain
		if gzipped && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			h.Set("Vary", "Accept-Encoding")
			body = d.packed
		}
		h.Set("Content-Length", strconv.Itoa(len(body)))
		w.Write(body)
	})
}

func pack(d document) document {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err := z.Write(d.plain)
	must(err)
	must(z.Close())
	d.packed = out.Bytes()
	return d
}

// markup is a page of the size and make of those of the national model: some
// 150 links, a tag for each hundred bytes, a tenth of it text.
func markup(n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<!doctype html><html lang="it"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Prova 1.0"><title>Sezione %d - Comune di Prova</title><link rel="stylesheet" href="/assets/css/bootstrap-italia.min.css">
<link rel="icon" href="/favicon.ico"><script src="/assets/js/bootstrap-italia.bundle.min.js"></script></head>
<body class="page page-%d"><header class="it-header-wrapper"><div class="it-brand-wrapper"><a href="/"><h2>Comune di Prova</h2></a></div>
<a class="btn btn-primary" href="/area-personale" data-element="personal-area-login"><span>Accedi all'area personale</span></a>
<nav aria-label="Principale"><ul class="navbar-nav" data-element="main-navigation">`, n, n)
	for i := range pagesPerSite {
		fmt.Fprintf(&b, `<li class="nav-item"><a class="nav-link" href="%s"><span>Sezione %d</span></a></li>`, path(i), i)
	}
	b.WriteString(`</ul></nav></header><main id="main-container"><h1>Novit&agrave; del Comune di Prova</h1>
<form action="/ricerca" method="get" role="search"><label for="q">Cerca nel sito</label><input type="search" id="q" name="q"><button type="submit">Cerca</button></form>`)
	for i := 0; b.Len() < pageSize-2600; i++ {
		fmt.Fprintf(&b, `
            <div class="col-12 col-sm-6 col-lg-4">
                <div class="card-wrapper card-space shadow-sm rounded">
                    <div class="card card-bg">
                        <div class="card-body">
                            <div class="category-top"><svg class="icon icon-sm" aria-hidden="true"><use href="/svg/sprites.svg#it-calendar"></use></svg><span class="data">%d novembre</span></div>
                            <h3 class="card-title h5"><a href="/novita/avviso-%d-%d" class="text-decoration-none">Avviso n. %d: contributi per l&rsquo;anno in corso</a></h3>
                            <p class="card-text">Le domande vanno presentate all'ufficio protocollo entro la fine del mese; &egrave; possibile farlo online.</p>
                            <a class="read-more" href="/novita/avviso-%d-%d" aria-label="Leggi di pi&ugrave; sull'avviso %d"><span class="text">Leggi di pi&ugrave;</span></a>
                        </div>
                    </div>
                </div>
            </div>`, i%30+1, n, i, i, n, i, i)
	}
	b.WriteString(`</main><footer class="it-footer" id="footer"><p>Comune di Prova, piazza del Municipio 1, PEC protocollo@pec.prova.example</p><ul class="footer-list">`)
	for i := range 16 {
		fmt.Fprintf(&b, `<li><a href="/pagina/%d" title="Vai alla pagina %d">Pagina %d</a></li>`, i, i, i)
	}
	b.WriteString(`<li><a href="/dichiarazione" data-element="accessibility-link">Dichiarazione di accessibilit&agrave;</a></li></ul></footer></body></html>`)
	return b.String()
}

// certify makes an authority and a certificate for all sites.
func certify() (tls.Certificate, string) {
	make := func(c *x509.Certificate, above *x509.Certificate, signer *ecdsa.PrivateKey) ([]byte, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		must(err)
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
		c.BasicConstraintsValid = true
		if above == nil {
			above, signer = c, key
		}
		der, err := x509.CreateCertificate(rand.Reader, c, above, &key.PublicKey, signer)
		must(err)
		return der, key
	}
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "vigile benchmark"}, IsCA: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	rootDER, rootKey := make(authority, nil, nil)
	root, err := x509.ParseCertificate(rootDER)
	must(err)
	leafDER, leafKey := make(&x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{"*." + domain},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, root, rootKey)
	return tls.Certificate{Certificate: [][]byte{leafDER}, PrivateKey: leafKey},
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER}))
}

// answerNames gives every name the address of loopback, in IPv4 alone.
func answerNames(c net.PacketConn) {
	buf := make([]byte, 1500)
	for {
		n, from, err := c.ReadFrom(buf)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buf[:n]) != nil || len(m.Questions) == 0 {
			continue
		}
		m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
		if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
			m.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 300},
				Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
			}}
		}
		if out, err := m.Pack(); err == nil {
			c.WriteTo(out, from)
		}
	}
}
