package crawler

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/crawler/page"
)

// raw is a listener that treats each connection as it is told.
func raw(t *testing.T, treat func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				treat(c)
			}()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String()
}

// full is a listener whose queue is full, so that no connection is ever made.
func full(t *testing.T) string {
	t.Helper()
	address, release := fullQueue(t)
	t.Cleanup(release)
	return address
}

// trickle is one byte now and then, without an end.
var trickle = openTo(func(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Content-Type", "text/html")
	for r.Context().Err() == nil {
		io.WriteString(rw, " ")
		http.NewResponseController(rw).Flush()
		select {
		case <-r.Context().Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
})

func reset(c net.Conn) {
	c.(*net.TCPConn).SetLinger(0)
	c.Close()
}

// timeOut is the time of a visit to a site that never answers.
const timeOut = 700 * time.Millisecond

func TestEveryReachIsToldFromTheWire(t *testing.T) {
	home := pages(map[string]string{"/": content("")})
	type row struct {
		name string
		want page.Reach
		url  string // empty: https://www.comune.prova.pg.it
		put  func(*testing.T, *world)
		time time.Duration // of the visit; 0: enough
	}
	table := []row{
		{name: "a site that answers", want: page.ReachOK, put: func(t *testing.T, w *world) { w.put(site, home) }},
		{name: "http alone", want: page.ReachOK, put: func(t *testing.T, w *world) { w.host(site, &host{http: home}) }},
		{name: "the bare twin alone", want: page.ReachOK, put: func(t *testing.T, w *world) { w.put("comune.prova.pg.it", home) }},
		{name: "no address in the registry", want: page.ReachNoURL, url: " ", put: func(*testing.T, *world) {}},
		{name: "an e-mail address in the registry", want: page.ReachBadURL, url: "mailto:segreteria@example.it", put: func(*testing.T, *world) {}},
		{name: "a name that does not exist", want: page.ReachNXDomain, put: func(*testing.T, *world) {}},
		{name: "a name server that fails", want: page.ReachServFail, put: func(t *testing.T, w *world) {
			w.host(site, &host{dns: dnsServFail})
			w.host("comune.prova.pg.it", &host{dns: dnsServFail})
		}},
		{name: "a name server that is silent", want: page.ReachDNSTimeout, time: timeOut, url: "https://" + site + ":8443/", put: func(t *testing.T, w *world) {
			w.host(site, &host{dns: dnsSilent})
		}},
		{name: "name servers that are silent on all its names", want: page.ReachDNSTimeout, time: timeOut, put: func(t *testing.T, w *world) {
			w.host(site, &host{dns: dnsSilent})
			w.host(bare, &host{dns: dnsSilent})
		}},
		{name: "a name that lies to the metadata address", want: page.ReachOurFault, put: func(t *testing.T, w *world) {
			w.host(site, &host{https: home, http: home, addresses: []string{"169.254.169.254"}})
		}},
		{name: "ports that refuse", want: page.ReachConnRefused, put: func(t *testing.T, w *world) { w.host(site, &host{}) }},
		{name: "a queue that is full", want: page.ReachConnTimeout, time: timeOut, url: "https://" + site + ":8443/", put: func(t *testing.T, w *world) { w.host(site, &host{listener: full(t)}) }},
		{name: "a queue that is full at every door", want: page.ReachConnTimeout, time: timeOut, put: func(t *testing.T, w *world) {
			queue := full(t)
			w.host(site, &host{listener: queue})
			w.host(bare, &host{listener: queue})
		}},
		{name: "a server that resets", want: page.ReachConnReset, put: func(t *testing.T, w *world) {
			w.host(site, &host{http: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				c, _, err := http.NewResponseController(rw).Hijack()
				if err == nil {
					reset(c)
				}
			})})
		}},
		{name: "a stream that is reset", want: page.ReachConnReset, put: func(t *testing.T, w *world) {
			w.host(site, &host{https: openTo(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })})
		}},
		{name: "a body cut short", want: page.ReachConnReset, put: func(t *testing.T, w *world) {
			w.host(site, &host{http: openTo(func(rw http.ResponseWriter, r *http.Request) {
				rw.Header().Set("Content-Type", "text/html")
				rw.Header().Set("Content-Length", "100000")
				io.WriteString(rw, content(""))
			})})
		}},
		{name: "a meta refresh to a captcha", want: page.ReachBlocked, put: func(t *testing.T, w *world) {
			w.put(site, notice(202, `<meta http-equiv="refresh" content="0;/.well-known/sgcaptcha/?r=%2F">`))
		}},
		{name: "an expired certificate", want: page.ReachTLSExpired, put: func(t *testing.T, w *world) {
			w.host(site, &host{https: home, cert: certExpired})
		}},
		{name: "a certificate that is not valid yet by our clock", want: page.ReachOurFault, put: func(t *testing.T, w *world) {
			w.host(site, &host{https: home, http: redirectTo("https://" + site + "/"), cert: certEarly})
		}},
		{name: "a certificate of another name", want: page.ReachTLSWrongName, put: func(t *testing.T, w *world) {
			w.host(site, &host{https: home, cert: certWrongName})
		}},
		{name: "an unknown authority", want: page.ReachTLSUntrusted, put: func(t *testing.T, w *world) {
			w.host(site, &host{https: home, cert: certUntrusted})
		}},
		{name: "an old protocol", want: page.ReachTLSProtocol, put: func(t *testing.T, w *world) {
			w.host(site, &host{https: home, maxTLS: tls.VersionTLS11})
		}},
		{name: "a broken handshake", want: page.ReachTLSProtocol, url: "https://" + site + ":8443/", put: func(t *testing.T, w *world) {
			w.host(site, &host{listener: raw(t, func(c net.Conn) { c.Read(make([]byte, 10)); io.WriteString(c, "SSH-2.0-prova\r\n") })})
		}},
		{name: "404 everywhere", want: page.ReachHTTP4xx, put: func(t *testing.T, w *world) { w.put(site, status(404)) }},
		{name: "410", want: page.ReachHTTP4xx, put: func(t *testing.T, w *world) { w.put(site, status(410)) }},
		{name: "401", want: page.ReachHTTP4xx, put: func(t *testing.T, w *world) { w.put(site, status(401)) }},
		{name: "500", want: page.ReachHTTP5xx, put: func(t *testing.T, w *world) { w.put(site, status(500)) }},
		{name: "503", want: page.ReachHTTP5xx, put: func(t *testing.T, w *world) { w.put(site, status(503)) }},
		{name: "503 on robots.txt too", want: page.ReachHTTP5xx, put: func(t *testing.T, w *world) {
			w.put(site, func(rw http.ResponseWriter, r *http.Request) { rw.WriteHeader(503) })
		}},
		{name: "429", want: page.ReachRateLimited, put: func(t *testing.T, w *world) { w.put(site, status(429, "Retry-After", "3600")) }},
		{name: "403 on the home page", want: page.ReachBlocked, put: func(t *testing.T, w *world) { w.put(site, status(403)) }},
		{name: "a challenge", want: page.ReachBlocked, put: func(t *testing.T, w *world) {
			w.put(site, notice(503, "<title>Just a moment...</title>Checking your browser before accessing the site"))
		}},
		{name: "robots.txt that asks us to stay away", want: page.ReachRobotsDenied, put: func(t *testing.T, w *world) {
			w.put(site, pages(map[string]string{"/": content(""), "/robots.txt": "User-agent: vigile\nDisallow: /\n"}))
		}},
		{name: "a redirect in a circle", want: page.ReachRedirectLoop, put: func(t *testing.T, w *world) { w.put(site, redirectTo("/")) }},
		{name: "redirects without end", want: page.ReachRedirectLoop, put: func(t *testing.T, w *world) {
			w.put(site, openTo(func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, r.URL.Path+"a", http.StatusFound) }))
		}},
		{name: "a redirect to nowhere", want: page.ReachRedirectLoop, put: func(t *testing.T, w *world) { w.put(site, status(302)) }},
		{name: "a redirect to a strange site", want: page.ReachOffsite, put: func(t *testing.T, w *world) {
			w.put(site, redirectTo("https://casino.example.com/"))
			w.put("casino.example.com", pages(map[string]string{"/": strings.ReplaceAll(content(""), "Prova", "Fortuna")}))
		}},
		{name: "a redirect to a domain for sale", want: page.ReachParked, put: func(t *testing.T, w *world) {
			w.put(site, redirectTo("https://www.comunediprova.example.com/"))
			w.put("www.comunediprova.example.com", notice(200, "<h1>This domain is for sale</h1>"))
		}},
		{name: "a redirect to a name that does not exist", want: page.ReachOffsite, put: func(t *testing.T, w *world) {
			w.put(site, redirectTo("https://www.example.net/"))
		}},
		{name: "a robots.txt that sends to a name that does not exist", want: page.ReachOffsite, put: func(t *testing.T, w *world) {
			w.put(site, func(rw http.ResponseWriter, r *http.Request) {
				http.Redirect(rw, r, "https://www.example.net/", http.StatusFound)
			})
		}},
		{name: "a handshake that is reset", want: page.ReachConnReset, put: func(t *testing.T, w *world) {
			w.host(site, &host{listener: raw(t, reset)})
		}},
		{name: "a redirect to a portal", want: page.ReachOffsite, put: func(t *testing.T, w *world) {
			w.put(site, redirectTo("https://www.facebook.com/comunediprova"))
			w.put("www.facebook.com", pages(map[string]string{"/comunediprova": content("")}))
		}},
		{name: "a domain for sale", want: page.ReachParked, put: func(t *testing.T, w *world) { w.put(site, notice(200, "<h1>This domain is for sale</h1>")) }},
		{name: "the default page of a server", want: page.ReachParked, put: func(t *testing.T, w *world) {
			w.put(site, notice(200, "<title>Welcome to nginx!</title><h1>Welcome to nginx!</h1>"))
		}},
		{name: "a page that says it does not exist", want: page.ReachHTTP4xx, put: func(t *testing.T, w *world) {
			w.put(site, notice(200, strings.Replace(content(""), "<title>", "<title>Pagina non trovata - ", 1)))
		}},
		{name: "a notice of maintenance", want: page.ReachMaintenance, put: func(t *testing.T, w *world) {
			w.put(site, notice(200, "<title>Sito in manutenzione</title><p>Il sito è in manutenzione</p>"))
		}},
		{name: "a JavaScript shell", want: page.ReachEmptyOrJSOnly, put: func(t *testing.T, w *world) {
			w.put(site, notice(200, "<app-root></app-root><script src=/main.4f0c1b2a3d5e6f70.js></script>"))
		}},
		{name: "a home page beyond the limit", want: page.ReachTooLarge, put: func(t *testing.T, w *world) {
			w.put(site, notice(200, content(strings.Repeat("<p>"+strings.Repeat("a", 1000)+"</p>", 1000))))
		}},
		{name: "a body that trickles", want: page.ReachTooSlow, time: timeOut, put: func(t *testing.T, w *world) { w.put(site, trickle) }},
		{name: "an encoding nobody asked for", want: page.ReachOurFault, put: func(t *testing.T, w *world) {
			w.put(site, func(rw http.ResponseWriter, r *http.Request) {
				status(200, "Content-Encoding", "compress")(rw, r)
				io.WriteString(rw, "\x1f\x9d\x90")
			})
		}},
	}
	for _, reach := range page.Reaches() {
		if !slices.ContainsFunc(table, func(tt row) bool { return tt.want == reach }) {
			t.Errorf("nothing provokes %s", reach)
		}
	}
	for _, tt := range table {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tt.put(t, w)
			watch := &watcher{wants: []page.Interest{about("privacy")}}
			url := tt.url
			if url == "" {
				url = "https://" + site
			}
			v := w.visit(url, watch, func(o *Options) {
				o.PageLimit = 500_000
				o.SiteBudget = or(tt.time, 20*time.Second)
			})
			if v.Reach != tt.want {
				t.Errorf("reach %s (%s), want %s; attempts %v", v.Reach, v.Detail, tt.want, attempted(v))
			}
			if got := v.Inquiry(page.Home); tt.want != page.ReachOK && (got.Reading != page.Unread || got.Why != tt.want) {
				t.Errorf("home %+v", got)
			}
		})
	}
}
