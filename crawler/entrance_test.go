package crawler

// The entrance over the wire: which addresses are tried, and where a visit ends.

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/crawler/page"
)

func TestTheEntrance(t *testing.T) {
	front := home("")
	for _, tt := range []struct {
		name  string
		url   string
		put   func(*world)
		final string
		moved bool
		kinds string // of the hops
		tries []string

		unread bool // from what is found there, nothing may be called absent
	}{
		{
			name: "https before http", url: "http://" + site + "/", final: root + "/",
			put: func(w *world) { w.put(site, pages(front)) }, tries: []string{root + "/ ok"},
		},
		{
			name: "http where https refuses", url: root, final: "http://" + site + "/",
			put:   func(w *world) { w.host(site, &host{http: pages(front)}) },
			tries: []string{root + "/ conn_refused", "https://comune.prova.pg.it/ dns_nxdomain", "http://" + site + "/ ok"},
		},
		{
			name: "http where the certificate has expired", url: root, final: "http://" + site + "/",
			put:   func(w *world) { w.host(site, &host{https: pages(front), http: pages(front), cert: certExpired}) },
			tries: []string{root + "/ tls_expired", "https://comune.prova.pg.it/ dns_nxdomain", "http://" + site + "/ ok"},
		},
		{
			name: "a port given is tried alone", url: "http://" + site + ":8080/", final: "http://" + site + ":8080/",
			put: func(w *world) {
				w.put(site, nil).listener = w.plain.Listener.Addr().String()
				w.find(site).http = pages(front)
			},
			tries: []string{"http://" + site + ":8080/ ok"},
		},
		{
			name: "the root is missing and /it is not", url: root, final: root + "/it",
			put:   func(w *world) { w.put(site, pages(map[string]string{"/it": front["/"]})) },
			tries: []string{root + "/ http_4xx", root + "/sito http_4xx", root + "/it ok"},
		},
		{
			name: "the root is a default page and /sito is not", url: root, final: root + "/sito",
			put: func(w *world) {
				w.put(site, pages(map[string]string{"/": "<title>Apache2 Debian Default Page: It works</title>", "/sito": front["/"]}))
			},
			tries: []string{root + "/ parked", root + "/sito ok"},
		},
		{
			name: "a redirect to the bare twin", url: root, final: "https://comune.prova.pg.it/home", kinds: "http http",
			put: func(w *world) {
				w.put(site, redirectTo("https://comune.prova.pg.it/"))
				w.put("comune.prova.pg.it", func(rw http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/" {
						http.Redirect(rw, r, "/home", http.StatusMovedPermanently)
						return
					}
					pages(map[string]string{"/home": front["/"]})(rw, r)
				})
			},
			tries: []string{root + "/ ok"},
		},
		{
			name: "a meta refresh", url: root, final: root + "/web/home", kinds: "meta",
			put: func(w *world) {
				w.put(site, pages(map[string]string{"/": `<meta http-equiv="refresh" content="0; URL='/web/home'">`, "/web/home": front["/"]}))
			},
			tries: []string{root + "/ ok"},
		},
		{
			name: "a signpost behind a signpost, followed once", url: root, final: root + "/a", kinds: "meta",
			put: func(w *world) {
				w.put(site, pages(map[string]string{"/": `<meta http-equiv="refresh" content="0; URL=/a">`, "/a": `<meta http-equiv="refresh" content="0; URL=/b">`, "/b": front["/"]}))
			},
			tries: []string{root + "/ ok"}, unread: true,
		},
		{
			name: "a plain assignment to location", url: root, final: root + "/c1", kinds: "script",
			put: func(w *world) {
				w.put(site, pages(map[string]string{"/": `<script>window.location.href = "/c1";</script>`, "/c1": front["/"]}))
			},
			tries: []string{root + "/ ok"},
		},
		{
			name: "moved to another domain of the same name", url: root, final: "https://www.comunediprova.it/", moved: true, kinds: "http",
			put: func(w *world) {
				w.put(site, redirectTo("https://www.comunediprova.it/"))
				w.put("www.comunediprova.it", pages(front))
			},
			tries: []string{root + "/ ok"},
		},
		{
			name: "moved to a vendor's host that speaks of the comune", url: root, final: "https://c012345.vendor.example.com/", moved: true, kinds: "http",
			put: func(w *world) {
				w.put(site, redirectTo("https://c012345.vendor.example.com/"))
				w.put("c012345.vendor.example.com", pages(front))
			},
			tries: []string{root + "/ ok"},
		},
		{
			name: "a .gov.it that is gone", url: "https://www.comune.prova.pg.gov.it", final: root + "/", moved: true,
			put:   func(w *world) { w.put(site, pages(front)) },
			tries: []string{"https://www.comune.prova.pg.gov.it/ dns_nxdomain", "https://comune.prova.pg.gov.it/ dns_nxdomain", root + "/ ok"},
		},
		{
			name: "a path that is gone on a host of the comune's own", url: root + "/joomla/index.php", final: root + "/",
			put:   func(w *world) { w.put(site, pages(front)) },
			tries: []string{root + "/joomla/index.php http_4xx", root + "/ ok"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tt.put(w)
			v := w.visit(tt.url, &watcher{})
			if v.Reach != page.ReachOK || v.FinalURL != tt.final || v.Moved != tt.moved {
				t.Errorf("reach %s (%s), final %s, moved %v", v.Reach, v.Detail, v.FinalURL, v.Moved)
			}
			if got := reading(v, page.Home); (got == page.Unread) != tt.unread {
				t.Errorf("the home page is %s", got)
			}
			if diff := cmp.Diff(tt.tries, attempted(v)); diff != "" {
				t.Error(diff)
			}
			var kinds []string
			for _, h := range v.Hops {
				kinds = append(kinds, h.Kind)
			}
			if got := strings.Join(kinds, " "); got != tt.kinds {
				t.Errorf("hops %+v", v.Hops)
			}
		})
	}
}

func TestAttemptsKeepTheHandshake(t *testing.T) {
	w := newWorld(t)
	w.host(site, &host{https: pages(home("")), http: pages(home("")), cert: certExpired})
	w.put("comune.prova.pg.it", pages(home("")))
	v := w.visit(root, &watcher{})
	expired, good := v.Attempts[0], v.Attempts[1]
	if expired.TLS == nil || !expired.TLS.NotAfter.Before(time.Now()) || expired.Address != "127.0.0.1" {
		t.Errorf("expired %+v %+v", expired, expired.TLS)
	}
	if good.TLS == nil || good.TLS.Version == "" || len(good.TLS.Names) != 1 || !good.TLS.NotAfter.After(time.Now()) {
		t.Errorf("good %+v %+v", good, good.TLS)
	}
}
