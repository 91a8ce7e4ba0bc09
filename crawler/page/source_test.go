package page_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/crawler/page"
)

// everyKind is a page with something of every kind in it.
const everyKind = `<!doctype html><html lang="it" class="no-js"><head><meta charset="utf-8"><title>Comune di Borgofinto &mdash; Home</title>
<base href="https://www.comune.borgofinto.test/it/"><meta name="generator" content="Prova 2"><meta property="og:title" content="Borgofinto">
<link rel="stylesheet" href="/a.css"><link rel="icon" href="/i.ico"><script src="/js/header.js"></script><script>var a = "<a href='/scritto'>Scritto</a>";</script>
<!-- tema 4 --></head><body id="top"><header><a href="/" title="Vai alla home"><img src="/s.png" alt="Stemma"></a></header>
<nav aria-label="Principale"><ul><li data-element="main-navigation"><a href="servizi?PHPSESSID=abc">Servizi</a></li>
<li><a onclick="window.open('/albo')">Albo</a></li><li><svg><title>Cerca</title></svg><i class="ico"></i></li></ul></nav>
<main><h1>Città di Borgofinto</h1><p>L&rsquo;ufficio è aperto, Straße, Škofja, perchè.</p><table><tr><td>PEC</td><td>x@pec.example</td></tr></table>
<a aria-labelledby="q">&nbsp;</a><span id="q">Altro</span><form action="/cerca" method="get"><label>Cerca <input name="q" placeholder="Cerca"></label><button>Vai</button></form>
<script type="text/plain" src="/statistiche.js"></script><iframe src="/mappa"></iframe><noscript><a href="/senza">Senza script</a></noscript><div hidden><a href="/nascosto">Nascosto</a></div></main>
<aside><h2>Novità</h2></aside><footer><a href="/privacy" data-element="privacy-policy-link">Privacy</a><area href="/area" alt="Area"></footer></body></html>`

// indexes are the sums of the index of everyKind by version.
var indexes = map[int]string{
	2: "3adb67ae787a02e0",
}

func TestTheIndexOfTheSameBytesHasAVersion(t *testing.T) {
	p := page.Parse(page.Raw{
		URL: "http://www.comune.borgofinto.test/", FinalURL: "https://www.comune.borgofinto.test/it/", Status: 200,
		Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Body: []byte(everyKind), For: []string{page.Home},
	})
	p.AddScript("https://www.comune.borgofinto.test/js/header.js", []byte(`document.write('<ul><li><a href="/menu">Men\u00f9<\/a></li></ul>');`))
	p.AddFrame(page.Parse(page.Raw{URL: "https://www.comune.borgofinto.test/f", Status: 200, Body: []byte(`<a href="g">Del riquadro</a>`)}))
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	if got := hex.EncodeToString(sum[:8]); got != indexes[page.IndexVersion] {
		t.Errorf("the index of version %d is another one: raise IndexVersion, or what was kept of pages stands for what is no longer made of them; its sum is %s\n%s", page.IndexVersion, got, b)
	}
}

func TestOnlyValidatorsThatMayBeSentBackAreKept(t *testing.T) {
	for _, c := range []struct {
		name   string
		header http.Header
		want   http.Header
	}{
		{"none", http.Header{}, http.Header{}},
		{"both", http.Header{"Etag": {`"a-1"`}, "Last-Modified": {"Sun, 22 Nov 2026 01:30:00 GMT"}}, http.Header{"If-None-Match": {`"a-1"`}, "If-Modified-Since": {"Sun, 22 Nov 2026 01:30:00 GMT"}}},
		{"a weak tag", http.Header{"Etag": {`W/"a"`}}, http.Header{"If-None-Match": {`W/"a"`}}},
		{"a tag without quotes", http.Header{"Etag": {"a1"}}, http.Header{}},
		{"an empty tag", http.Header{"Etag": {`""`}}, http.Header{}},
		{"half a tag", http.Header{"Etag": {`"a`}}, http.Header{}},
		{"several tags in one", http.Header{"Etag": {`"a", "b"`}}, http.Header{}},
		{"a star", http.Header{"Etag": {"*"}}, http.Header{}},
		{"a tag with a line break", http.Header{"Etag": {"\"a\r\nX: y\""}}, http.Header{}},
		{"a tag of bytes that are no text", http.Header{"Etag": {"\"\xff\""}}, http.Header{}},
		{"a tag without end", http.Header{"Etag": {`"` + strings.Repeat("a", 300) + `"`}}, http.Header{}},
		{"a date that is none", http.Header{"Last-Modified": {"ieri"}}, http.Header{}},
		{"the date of year zero", http.Header{"Last-Modified": {"Mon, 01 Jan 0001 00:00:00 GMT"}}, http.Header{}},
		{"the first date there is", http.Header{"Last-Modified": {"Thu, 01 Jan 1970 00:00:00 GMT"}}, http.Header{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := page.SourceOf("https://www.comune.borgofinto.test/", c.header, []byte("x")).Conditions()
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestBytesReadAsAnotherTypeAreAnotherDocument(t *testing.T) {
	of := func(contentType, body string) string {
		return page.SourceOf("https://x.test/", http.Header{"Content-Type": {contentType}}, []byte(body)).Sum
	}
	plain, again := of("text/html", "a"), of("text/html", "a")
	if plain != again || plain == of("text/html", "b") || plain == of("text/html; charset=iso-8859-1", "a") {
		t.Error("the sum is not of the body and its type")
	}
}

func TestWhatANotModifiedSaysAnewIsTaken(t *testing.T) {
	kept := func() *page.Page {
		return &page.Page{Header: http.Header{"Server": {"nginx"}, "Date": {"then"}, "Content-Type": {"text/html"}, "Set-Cookie": {"a=1"}}}
	}
	for _, c := range []struct {
		name    string
		header  http.Header
		changed bool
	}{
		{"nothing", http.Header{"Server": {"nginx"}}, false},
		{"its own date and length", http.Header{"Date": {"now"}, "Content-Length": {"0"}, "X-Request-Id": {"7"}, "Set-Cookie": {"a=2"}}, false},
		{"a policy that was not there", http.Header{"Strict-Transport-Security": {"max-age=1"}}, true},
		{"another server", http.Header{"Server": {"Apache"}}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := kept()
			before := p.Header
			if got := p.Freshen(c.header); got != c.changed {
				t.Errorf("changed: %v", got)
			}
			for name := range c.header {
				if c.changed && cmp.Diff(c.header[name], p.Header[name]) != "" {
					t.Errorf("%s is %q", name, p.Header[name])
				}
			}
			if cmp.Diff(kept().Header, before) != "" {
				t.Error("the kept header itself was changed")
			}
		})
	}
}
