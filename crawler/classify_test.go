package crawler

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vigile-it/vigile/crawler/page"
)

func loaded(t testing.TB) *classes {
	t.Helper()
	c, err := loadClasses()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestExamplesOfTheClassRulesComeOut(t *testing.T) {
	if err := loaded(t).set.CheckExamples(); err != nil {
		t.Error(err)
	}
}

func parsed(status int, header http.Header, body string) *page.Page {
	if header == nil {
		header = http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	}
	return page.Parse(page.Raw{URL: "https://www.comune.prova.pg.it/", FinalURL: "https://www.comune.prova.pg.it/", Status: status, Header: header, Body: []byte(body)})
}

func TestClassesOfPages(t *testing.T) {
	const ok = page.ReachOK
	for _, tt := range []struct {
		name string
		want page.Reach
		page *page.Page
	}{
		{"a home page", ok, parsed(200, nil, content(""))},
		{"a small home page", ok, parsed(200, nil, document("Comune di Prova", ""))},
		{"a news item on maintenance", ok, parsed(200, nil, content("<h2>Avvisi</h2><p>Il sito è in manutenzione domenica dalle 8 alle 10.</p>"))},
		{"a heading on road works", ok, parsed(200, nil, content("<h1>Lavori in corso in via Roma</h1>"))},
		{"reCAPTCHA beside a form", ok, parsed(200, nil, content(`<form><input name=q></form><p>Conferma di non essere un robot</p><script src="https://www.google.com/recaptcha/api.js"></script>`))},
		{"Cloudflare's beacon on a page", ok, parsed(200, nil, content(`<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>`))},
		{"an Angular page rendered on the server", ok, parsed(200, nil, content(`<app-root></app-root><script src="/main.4f0c1b2a3d5e6f70.js"></script>`))},
		{"an auction of houses for sale", ok, parsed(200, nil, content("<p>Il dominio in vendita: avviso d'asta</p>"))},
		{"a splash with an image and one link", ok, parsed(200, nil, `<html><body><a href="/home"><img src="/stemma.png" alt="Entra"></a></body></html>`)},
		{"a frameset, whose frames we do not read", page.ReachEmptyOrJSOnly, parsed(200, nil, `<html><frameset><frame src="/menu.htm"><frame src="/home.htm"></frameset></html>`)},
		{"a small login page that asks for JavaScript", ok, parsed(200, nil, `<html><body><noscript>Attiva JavaScript per accedere</noscript><form action="/sso"><button>Entra con SPID</button></form></body></html>`)},
		{"a page numbered 404", ok, parsed(200, nil, strings.Replace(content(""), "<title>", "<title>Delibera 404: ", 1))},

		{"Cloudflare's challenge", page.ReachBlocked, parsed(403, nil, `<html><head><title>Just a moment...</title></head><body><noscript>Enable JavaScript and cookies to continue</noscript></body></html>`)},
		{"a challenge told by its header", page.ReachBlocked, parsed(200, http.Header{"Content-Type": {"text/html"}, "Cf-Mitigated": {"challenge"}}, content(""))},
		{"Incapsula", page.ReachBlocked, parsed(200, nil, `<html><body><iframe src="/_Incapsula_Resource?SWUDNSAI=31">Request unsuccessful. Incapsula incident ID: 1-2</iframe></body></html>`)},
		{"F5", page.ReachBlocked, parsed(200, nil, `<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Please consult with your administrator.<br>Your support ID is: 1</body></html>`)},
		{"a captcha in Italian", page.ReachBlocked, parsed(200, nil, `<html><body><h1>Verifica</h1><p>Conferma di non essere un robot per proseguire.</p></body></html>`)},
		{"a maintenance notice", page.ReachMaintenance, parsed(503, nil, `<html><head><title>Sito in manutenzione</title></head><body><p>Il sito è in manutenzione, torneremo presto.</p></body></html>`)},
		{"WordPress's upgrade", page.ReachMaintenance, parsed(503, nil, `<html><body>Briefly unavailable for scheduled maintenance. Check back in a minute.</body></html>`)},
		{"a domain seller", page.ReachParked, parsed(200, nil, `<html><body><h1>comunediprova.it</h1><p>This domain is for sale. <a href="/offer">Make an offer</a></p></body></html>`)},
		{"a suspended account", page.ReachParked, parsed(200, nil, `<html><head><title>Account Suspended</title></head><body>This Account has been suspended.</body></html>`)},
		{"nginx's default page", page.ReachParked, parsed(200, nil, `<html><head><title>Welcome to nginx!</title></head><body><h1>Welcome to nginx!</h1><p>If you see this page, the nginx web server is successfully installed.</p></body></html>`)},
		{"IIS's default page", page.ReachParked, parsed(200, nil, `<html><head><title>IIS Windows Server</title></head><body><a href="http://go.microsoft.com/fwlink/?linkid=66138"><img src="iisstart.png"></a></body></html>`)},
		{"a directory listing", page.ReachParked, parsed(200, nil, `<html><head><title>Index of /</title></head><body><h1>Index of /</h1><a href="backup/">backup</a></body></html>`)},
		{"a soft 404 in full dress", page.ReachHTTP4xx, parsed(200, nil, strings.Replace(content(""), "<title>Comune di Prova", "<title>Pagina non trovata | Comune di Prova", 1))},
		{"an Angular shell", page.ReachEmptyOrJSOnly, parsed(200, nil, `<html><head><title>Comune di Prova</title></head><body><app-root></app-root><script src="runtime.4f0c1b2a3d5e6f70.js"></script><script src="main.4f0c1b2a3d5e6f70.js"></script></body></html>`)},
		{"a React shell", page.ReachEmptyOrJSOnly, parsed(200, nil, `<html><body><noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div><script src="/static/js/main.1a2b3c4d.js"></script></body></html>`)},
		{"a Vue shell", page.ReachEmptyOrJSOnly, parsed(200, nil, `<html><body><div id="app"></div><script src="/js/chunk-vendors.1a2b3c.js"></script></body></html>`)},
		{"nothing at all", page.ReachEmptyOrJSOnly, parsed(200, nil, ``)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := loaded(t).of(tt.page)
			if got.reach == "" {
				got.reach = ok
			}
			if got.reach != tt.want {
				t.Errorf("%s (%s), want %s", got.reach, got.why, tt.want)
			}
		})
	}
}

func FuzzClassify(f *testing.F) {
	f.Add(200, "<title>Just a moment...</title>", "challenge")
	f.Add(503, "Il sito è in manutenzione", "")
	f.Add(200, content(""), "")
	f.Add(200, "<app-root></app-root><script src=main.4f0c1b2a3d5e6f70.js></script>", "")
	f.Add(404, "\x00\xff<frameset><frame src=x>", "\x1b[31m")
	c := loaded(f)
	f.Fuzz(func(t *testing.T, status int, body, header string) {
		p := parsed(status, http.Header{"Content-Type": {"text/html"}, "Cf-Mitigated": {header}}, body)
		got := c.of(p)
		if got.reach == "" {
			if signed, kind := signpost(p); signed != nil && kind == "" {
				t.Error("a signpost without a kind")
			}
			return
		}
		if got.why == "" {
			t.Error("a class without a reason")
		}
		if len(p.Folded) > measures["strong"].text && got.reach != page.ReachBlocked && got.reach != page.ReachHTTP4xx && got.reach != page.ReachParked {
			t.Errorf("%s on a page with %d bytes of text", got.reach, len(p.Folded))
		}
	})
}
