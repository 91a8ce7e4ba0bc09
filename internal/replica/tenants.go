package replica

// This file is a vendor's host that several comuni share, each in a folder of
// its own, as a few real ones do.

import (
	"net/http"
	"strings"
)

const tenantHost = "www.portali-comuni.test"

var tenantRobots = robots{lines: []rule{{false, "/*/stampa.asp"}, {false, "/*/cerca.asp"}, {false, "/gestione/"}}}

// tenantAnswer answers for the host: its own front page lists its customers.
func (it *Italy) tenantAnswer(q *http.Request) response {
	path := q.URL.RequestURI()
	if q.TLS == nil {
		return redirect(301, "https://"+tenantHost+path)
	}
	if path == "/robots.txt" {
		return response{status: 200, header: map[string]string{"Content-Type": "text/plain"}, body: []byte(tenantRobots.text(""))}
	}
	var list strings.Builder
	for _, c := range it.all() {
		if c.folder == "" {
			continue
		}
		if path == c.folder {
			return redirect(301, c.base()+"/")
		}
		if rest, ok := strings.CutPrefix(path, c.folder+"/"); ok {
			return c.siteAnswer("/"+rest, it.options.Validators)
		}
		list.WriteString("<li><a href=\"" + c.base() + "/\">" + c.denomination + "</a></li>")
	}
	if path != "/" {
		return page(404, "<h1>Pagina non trovata</h1>")
	}
	return page(200, "<html><head><title>I portali dei comuni</title></head><body><h1>I comuni su questo server</h1><ul>"+list.String()+"</ul></body></html>")
}
