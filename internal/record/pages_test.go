package record_test

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
)

func samplePage() *page.Page {
	p := page.Parse(page.Raw{
		URL: "https://www.comune.borgofinto.pg.it/", FinalURL: "https://www.comune.borgofinto.pg.it/it", Status: 200,
		Header: http.Header{"Server": {"nginx"}, "Etag": {`"a1"`}, "X-Old": {"citt\xe0"}}, For: []string{page.Home},
		Body: []byte(`<!DOCTYPE html><html lang="it" class="no-js"><head><title>Comune di Borgofinto</title><meta name="generator" content="Acme">
<link rel="stylesheet" href="/a.css"><script src="/b.js"></script><!-- a word --></head><body><h1>Città</h1>
<footer><a href="/privacy" data-element="privacy-policy-link">Privacy</a></footer><form action="/x" method="post"><input name="q"></form>
<img src="/s.png" alt="stemma"><iframe src="/f"></iframe></body></html>`),
	})
	p.Drop()
	return p
}

func packed(p *page.Page) ([]byte, error) {
	var room bytes.Buffer
	err := record.PackPage(p, &room)
	return room.Bytes(), err
}

func TestAPackedPageIsThePage(t *testing.T) {
	want := samplePage()
	b, err := packed(want)
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

func TestAPackedVisitIsTheVisit(t *testing.T) {
	want := record.KeptVisit{Run: "n1", Started: dawn.Add(time.Nanosecond), Pages: []record.KeptPage{
		{
			URL: "http://x.test/", Depth: 1, For: []string{page.Home}, Source: page.Source{URL: "https://x.test/", ETag: `"a"`, Sum: "00"},
			Scripts: []page.Source{{URL: "https://x.test/h.js", LastModified: "Sun, 22 Nov 2026 01:30:00 GMT", Sum: "01"}},
			Read:    dawn, Version: 1, Index: record.IDOf([]byte("x")),
		},
		{URL: "http://x.test/y", Read: dawn},
	}}
	b, err := record.PackVisit(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := record.UnpackVisit(b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestAKeptPageIsThePageAsThatVisitAskedForIt(t *testing.T) {
	b, err := packed(samplePage())
	if err != nil {
		t.Fatal(err)
	}
	p, err := record.KeptPage{URL: "http://www.comune.borgofinto.pg.it/", Depth: 2, For: []string{"privacy"}}.Page(b)
	if err != nil {
		t.Fatal(err)
	}
	if p.URL != "http://www.comune.borgofinto.pg.it/" || p.Depth != 2 || p.For[0] != "privacy" || p.Links[0].Depth != 2 || p.FinalURL != samplePage().FinalURL {
		t.Errorf("%+v", p)
	}
}

func FuzzUnpackVisit(f *testing.F) {
	b, err := record.PackVisit(record.KeptVisit{Run: "n1", Started: dawn, Pages: []record.KeptPage{{URL: "x", Source: page.Source{Sum: "1"}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := record.UnpackVisit(b)
		if err != nil {
			return
		}
		if _, err := record.PackVisit(v); err != nil {
			t.Errorf("a visit that was unpacked cannot be packed: %v", err)
		}
	})
}

func FuzzUnpackPage(f *testing.F) {
	b, err := packed(samplePage())
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
		if _, err := packed(p); err != nil {
			t.Errorf("a page that was unpacked cannot be packed: %v", err)
		}
	})
}
