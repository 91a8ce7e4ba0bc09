package replica

// This file answers the requests that reach ports 443 and 80.

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// front serves every host of the replica.
type front struct{ running *Running }

// response is an answer before it is sent.
type response struct {
	status int
	header map[string]string
	body   []byte
	drip   bool // one byte a second
	zip    bool // compressed for those who accept it
}

func (f *front) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r := f.running
	name := strings.ToLower(strings.TrimSuffix(hostOnly(q.Host), "."))
	h, ok := r.italy.hosts[name]
	if !ok {
		http.Error(w, "nessun sito a questo indirizzo", http.StatusMisdirectedRequest)
		return
	}
	v := r.ledger.begin(name, h.addr, time.Now())
	defer v.end()
	f.observe(v, h, q)
	if d := r.italy.options.Latency; d > 0 && !r.wait(q, d) {
		return
	}
	send(w, q, f.answer(h, q), v, r)
}

func hostOnly(hostport string) string {
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		return h
	}
	return hostport
}

// wait sleeps unless the request or the country ends first.
func (r *Running) wait(q *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-q.Context().Done():
	case <-r.stop:
	}
	return false
}

// harmful are the beginnings of paths that a visitor must never ask for.
var harmful = []string{"/logout", "/it/private/logout", "/newsletter/", "/spid/", "/cie/", "/esci", "/saml2/"}

// observe notes what the request says of the visitor.
func (f *front) observe(v *visit, h *host, q *http.Request) {
	path := q.URL.RequestURI()
	kept := true
	if h.role == roleTenants {
		kept = path == "/robots.txt" || tenantRobots.allowed(path)
	}
	if h.comune >= 0 && path != "/robots.txt" {
		c := f.running.italy.at(h.comune)
		switch {
		case h.role == roleSite && c.fault == FaultRobotsError:
			kept = false
		case h.role == roleSite || h.role == roleTwin:
			kept = c.robots().allowed(path)
		}
	}
	bad := false
	for _, p := range harmful {
		bad = bad || strings.HasPrefix(path, p)
	}
	v.note(func(a *Account) {
		if !kept {
			a.Violations++
			a.Robots = noted(a.Robots, h.name+path, maxNoted)
		}
		if bad {
			a.Harmful = noted(a.Harmful, h.name+path, maxNoted)
		}
		if q.Method != http.MethodGet && q.Method != http.MethodHead {
			a.Posts++
		}
		agent := q.UserAgent()
		for _, x := range a.Agents {
			if x == agent {
				return
			}
		}
		a.Agents = noted(a.Agents, agent, 4)
	})
}

// answer decides what a host says.
func (f *front) answer(h *host, q *http.Request) response {
	it := f.running.italy
	switch h.role {
	case rolePKI:
		return response{status: 200, header: map[string]string{"Content-Type": "application/pkix-cert"}, body: f.running.authority.middle.cert.Raw}
	case roleGateway:
		return page(200, gatewayPage)
	case roleTenants:
		if q.TLS == nil {
			return redirect(301, "https://"+h.name+q.URL.RequestURI())
		}
		return it.tenantAnswer(q)
	case roleAgID:
		return f.running.agidAnswer(q)
	}
	c := it.at(h.comune)
	path := q.URL.RequestURI()
	switch h.role {
	case roleTwin:
		if c.fault == FaultRobots || c.fault == FaultRobotsError {
			break
		}
		return redirect(301, c.base()+path)
	case roleLogin:
		return c.loginAnswer(path, true)
	case rolePortal:
		return c.portalAnswer(path)
	}
	if r, ok := c.faulty(q); ok {
		return r
	}
	if q.TLS == nil && c.leadsToHTTPS(q.URL.Path) {
		return redirect(301, c.base()+path)
	}
	return c.siteAnswer(path, it.options.Validators)
}

// leadsToHTTPS tells whether plain http sends on from a path.
func (c *comune) leadsToHTTPS(path string) bool {
	switch c.t.https {
	case httpsAbsent, httpsNoRedirect:
		return false
	case httpsPagesLead:
		return path != "/robots.txt"
	}
	return true
}

func redirect(status int, to string) response {
	return response{status: status, header: map[string]string{"Location": to, "Content-Type": "text/html"}, body: []byte("<html><head><title>Documento spostato</title></head><body>Il documento si trova <a href=\"" + to + "\">qui</a>.</body></html>")}
}

func page(status int, body string) response {
	return response{status: status, header: map[string]string{"Content-Type": "text/html; charset=utf-8"}, body: []byte(body)}
}

// robots is the comune's robots.txt as data.
func (c *comune) robots() robots {
	if c.fault == FaultRobots {
		return robots{lines: []rule{{false, "/"}}}
	}
	r := c.vendorFamily().robots
	if c.t.transparency == atClosed {
		r.lines = append([]rule{{false, strings.TrimSuffix(c.path("at"), "/")}}, r.lines...)
	}
	return r
}

// siteAnswer is what a healthy site says.
func (c *comune) siteAnswer(path string, validators bool) response {
	f := c.vendorFamily()
	header := map[string]string{"Server": f.server}
	for k, v := range f.headers {
		header[k] = v
	}
	if c.t.hsts {
		header["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
	}
	if f == &wordpress && !c.t.unmarked {
		header["Link"] = "<" + c.base() + "/wp-json/>; rel=\"https://api.w.org/\""
	}
	kindOf := "text/html"
	if f.charset != "" {
		kindOf += "; charset=" + f.charset
	}
	header["Content-Type"] = kindOf
	if c.t.unmarked && f == &hgate {
		header["Server"] = "nginx"
	}
	if r, ok := c.special(path, header); ok {
		return r
	}
	switch {
	case f.entry == "" || path != "/":
	case c.t.https == httpsNoRedirect: // within whatever scheme was asked
		return redirect(302, c.path("home"))
	default:
		return redirect(302, c.base()+c.path("home"))
	}
	if f.onSite && path == c.loginPath() {
		return c.loginAnswer(path, true)
	}
	key, ok := c.pageAt(path)
	if !ok {
		if path == "/index.php" || path == "/index.asp" || path == "/home" {
			return redirect(301, c.base()+"/")
		}
		body, err := f.write("missing", c.view("contacts"))
		return finish(404, header, body, err)
	}
	if validators || f.validates {
		sum := sha256.Sum256(fmt.Append(nil, c.seed, c.istat, path, c.mended, c.variant, c.day))
		header["ETag"] = `"` + hex.EncodeToString(sum[:8]) + `"`
		header["Last-Modified"] = c.newsDate(0).Format(http.TimeFormat)
	}
	if kind(key) == "at" && c.t.transparency == atNoindex {
		header["X-Robots-Tag"] = "noindex, nofollow"
	}
	body, err := c.html(key)
	r := finish(200, header, body, err)
	r.zip = f.gzip
	return r
}

func finish(status int, header map[string]string, body []byte, err error) response {
	if err != nil {
		return response{status: 500, header: map[string]string{"Content-Type": "text/plain"}, body: []byte(err.Error())}
	}
	return response{status: status, header: header, body: body}
}

// special are the paths that are no pages.
func (c *comune) special(path string, header map[string]string) (response, bool) {
	f := c.vendorFamily()
	with := func(kind string, body []byte) (response, bool) {
		header["Content-Type"] = kind
		return response{status: 200, header: header, body: body}, true
	}
	for _, p := range harmful {
		if strings.HasPrefix(path, p) {
			return page(200, "<p>Operazione eseguita.</p>"), true
		}
	}
	switch {
	case path == "/robots.txt":
		return with("text/plain", []byte(c.robots().text(c.base()+"/sitemap.xml")))
	case path == "/sitemap.xml":
		return with("text/xml; charset=UTF-8", c.sitemap())
	case f == &hgate && (path == "/header.html" || path == "/footer.html" || path == "/Footer_js.js"):
		if c.t.scriptsGone {
			return page(500, "errore interno"), true
		}
		body, err := f.write("hgate"+map[string]string{"/header.html": "-header", "/footer.html": "-footer", "/Footer_js.js": "-footerjs"}[path], c.view("contacts"))
		r := finish(200, header, body, err)
		r.header["Content-Type"] = "text/html; charset=UTF-8"
		return r, true
	case path == "/it/feeds", path == "/feed/":
		return with("application/rss+xml; charset=UTF-8", []byte(`<?xml version="1.0"?><rss version="2.0"><channel><title>`+c.name+`</title><link>`+c.base()+`</link></channel></rss>`))
	case path == "/Datimonitoraggio":
		return page(200, "<h1>Dati di monitoraggio</h1><p>Accessi del mese: 1204.</p>"), true
	case path == "/en":
		return page(200, "<!DOCTYPE html><html lang=\"en\"><head><title>Municipality of "+c.name+"</title></head><body><p>The English pages are being prepared.</p></body></html>"), true
	case path == "/wb/scrivania", path == "/wp-login.php", path == "/admin/accesso-redattori":
		return page(200, editorsPage), true
	case strings.HasPrefix(path, f.print):
		return page(200, "<h1>Versione per la stampa</h1>"), true
	case strings.HasSuffix(path, ".pdf"):
		return with("application/pdf", []byte("%PDF-1.4\n%replica\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"))
	case strings.HasSuffix(path, ".csv"):
		return with("text/csv; charset=utf-8", []byte("anno;voce;importo\r\n2024;totale;1000\r\n"))
	case strings.HasSuffix(path, ".css"):
		return with("text/css", []byte(c.css()))
	case strings.HasSuffix(path, ".js"):
		return with("application/javascript", []byte("(function(){'use strict';window.sito=window.sito||{};}());\n"))
	case strings.HasSuffix(path, ".png"), strings.HasSuffix(path, ".jpg"), strings.HasSuffix(path, ".svg"), path == "/favicon.ico":
		return with("image/svg+xml", []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"></svg>`))
	}
	return response{}, false
}

// editorsPage is the login of those who write the site: no citizens' login.
const editorsPage = `<!DOCTYPE html><html lang="it"><head><meta charset="utf-8"><title>Accesso redattori</title></head><body><h1>Accesso redattori</h1>
<form method="post" action="/accesso-redattori"><input type="text" name="log"><input type="password" name="pwd"><input type="submit" value="Entra"></form></body></html>`

// sitemap lists the pages; the platforms of 2009 have none worth reading, but
// answer all the same.
func (c *comune) sitemap() []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` + "\n")
	for _, k := range c.keys() {
		if kind(k) == "at" && (c.t.transparency == atVendor || c.t.transparency == atTopic) {
			continue
		}
		b.WriteString("<url><loc>" + strings.ReplaceAll(c.base()+c.path(k), "&", "&amp;") + "</loc><lastmod>" + c.day.Format(time.DateOnly) + "</lastmod></url>\n")
	}
	b.WriteString("</urlset>\n")
	return b.Bytes()
}

// loginAnswer is what the citizens' area says.
func (c *comune) loginAnswer(path string, found bool) response {
	for _, p := range harmful {
		if strings.HasPrefix(path, p) {
			return page(200, "<p>Operazione eseguita.</p>")
		}
	}
	switch {
	case path == "/":
		return redirect(302, c.loginURL())
	case path == "/robots.txt":
		return response{status: 404, header: map[string]string{"Content-Type": "text/plain"}}
	case path != c.loginPath() || c.t.login == loginNone || c.t.login == loginHash:
		return page(404, "<h1>Pagina non trovata</h1>")
	}
	body, err := c.loginPage()
	return finish(200, map[string]string{"Content-Type": "text/html; charset=utf-8", "Server": "Apache", "Set-Cookie": "JSESSIONID=0A1B2C3D; Path=/; Secure; HttpOnly"}, body, err)
}

// portalAnswer is what the vendor's transparency portal says.
func (c *comune) portalAnswer(path string) response {
	if path == "/robots.txt" {
		return response{status: 404, header: map[string]string{"Content-Type": "text/plain"}}
	}
	key, ok := c.portalPage(path)
	if !ok || c.t.transparency != atVendor {
		return page(404, "<h1>Pagina non trovata</h1>")
	}
	body, err := municipium.write("portal", c.view(key))
	return finish(200, map[string]string{"Content-Type": "text/html;charset=UTF-8", "Liferay-Portal": "Liferay Community Edition Portal 7.0"}, body, err)
}

// send writes the answer, its last byte only after the ledger has noted the
// end, so that a client cannot be seen to start its next request too early.
func send(w http.ResponseWriter, q *http.Request, a response, v *visit, r *Running) {
	head := w.Header()
	for k, val := range a.header {
		head.Set(k, val)
	}
	body := a.body
	if r.italy.options.Validators && a.status == 200 && head.Get("ETag") == "" { // scripts, and what stands at suppliers'
		sum := sha256.Sum256(body)
		head.Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	}
	if tag := head.Get("ETag"); tag != "" && a.status == 200 && q.Header.Get("If-None-Match") == tag {
		v.end()
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if a.zip && len(body) > 1024 && strings.HasPrefix(head.Get("Content-Type"), "text/") && strings.Contains(q.Header.Get("Accept-Encoding"), "gzip") {
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
		if err == nil {
			z.Write(body) //nolint:errcheck // a bytes.Buffer takes everything
			z.Close()
			body = b.Bytes()
			head.Set("Content-Encoding", "gzip")
			head.Set("Vary", "Accept-Encoding")
		}
	}
	if a.drip {
		w.WriteHeader(a.status)
		drip(w, q, body, r)
		return
	}
	head.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.status)
	if q.Method == http.MethodHead || len(body) == 0 {
		v.end()
		return
	}
	if _, err := w.Write(body[:len(body)-1]); err != nil {
		return
	}
	v.end()
	w.Write(body[len(body)-1:]) //nolint:errcheck // the client may have left
}

// drip sends one byte a second.
func drip(w http.ResponseWriter, q *http.Request, body []byte, r *Running) {
	control := http.NewResponseController(w)
	for i := range body {
		if _, err := w.Write(body[i : i+1]); err != nil || control.Flush() != nil || !r.wait(q, time.Second) {
			return
		}
	}
}
