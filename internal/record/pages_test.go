package record_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
)

func samplePage() *page.Page {
	p := page.Parse(page.Raw{
		URL: "https://www.comune.borgofinto.pg.it/", FinalURL: "https://www.comune.borgofinto.pg.it/it", Status: 200,
		Header: http.Header{"Server": {"nginx"}, "Etag": {`"a1"`}}, For: []string{page.Home},
		Body: []byte(`<!DOCTYPE html><html lang="it" class="no-js"><head><title>Comune di Borgofinto</title><meta name="generator" content="Acme">
<link rel="stylesheet" href="/a.css"><script src="/b.js"></script><!-- a word --></head><body><h1>Città</h1>
<footer><a href="/privacy" data-element="privacy-policy-link">Privacy</a></footer><form action="/x" method="post"><input name="q"></form>
<img src="/s.png" alt="stemma"><iframe src="/f"></iframe></body></html>`),
	})
	p.Drop()
	return p
}

func TestAPackedPageIsThePage(t *testing.T) {
	want := samplePage()
	b, err := record.PackPage(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := record.UnpackPage(b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func FuzzUnpackPage(f *testing.F) {
	b, err := record.PackPage(samplePage())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte{0xbf})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := record.UnpackPage(b)
		if err != nil {
			return
		}
		if _, err := record.PackPage(p); err != nil {
			t.Errorf("a page that was unpacked cannot be packed: %v", err)
		}
	})
}
