package main

// How right the checks are, on real data and on the replica. The test holds the
// thresholds wherever the data is; with VIGILE_ACCURACY set to a file it also
// writes the figures there (make accuracy).

import (
	"fmt"
	"html"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/need"
	"github.com/vigile-it/vigile/internal/registry"
)

// accuracyDay is the day the real data is judged on.
var accuracyDay = time.Date(2025, time.May, 3, 12, 0, 0, 0, time.UTC)

const declaration = "accessibility-declaration"

func TestAccuracy(t *testing.T) {
	need.Data(t, "links", "links_dev.csv")
	var d accuracyDoc
	b := newBench(t)
	d.links(t, b)
	d.pages(t, b)
	d.replica(t)
	if file := os.Getenv("VIGILE_ACCURACY"); file != "" && !t.Failed() {
		d.cost(t, b)
		if err := os.WriteFile(file, []byte(d.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// bench is the checks and the real comuni, ready for judging.
type bench struct {
	checks []checks.Check
	comuni map[string]registry.Comune // by ISTAT code
}

func newBench(t *testing.T) *bench {
	t.Helper()
	list, err := checks.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{checks: list, comuni: map[string]registry.Comune{}}
	for _, name := range []string{"enti_2022-02.csv.gz", "enti_comuni_2026-08.csv.gz"} {
		f, err := os.Open(need.Data(t, "ipa", name))
		if err != nil {
			t.Fatal(err)
		}
		dump, err := registry.ReadEnti(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range dump.Comuni {
			b.comuni[c.Istat] = c
		}
	}
	return b
}

func (b *bench) check(t testing.TB, id string) checks.Check {
	t.Helper()
	i := slices.IndexFunc(b.checks, func(c checks.Check) bool { return c.Meta.ID == id })
	if i < 0 {
		t.Fatalf("no check %s", id)
	}
	return b.checks[i]
}

// only is the bench with one check on it.
func (b *bench) only(t testing.TB, id string) *bench {
	return &bench{checks: []checks.Check{b.check(t, id)}, comuni: b.comuni}
}

// comune is that of the registry, or an invented one where it is in neither dump.
func (b *bench) comune(istat string) registry.Comune {
	c, ok := b.comuni[istat]
	if !ok || c.Site.URL == "" {
		c.Istat = istat
		c.Site = registry.Site{Raw: "www.comune" + istat + ".it", URL: "https://www.comune" + istat + ".it/"}
	}
	return c
}

// observe is the facts that all checks take from pages.
func (b *bench) observe(c registry.Comune, pages ...*page.Page) []finding.Fact {
	n := &checks.Notes{Comune: c}
	for _, p := range pages {
		for _, x := range b.checks {
			if x.Observe != nil {
				x.Observe(p, n)
			}
		}
	}
	return n.Facts()
}

// visit is a visit that read those pages, the home page first, and no others.
func (b *bench) visit(pages ...*page.Page) page.Visit {
	home := pages[0]
	v := page.Visit{Site: home.URL, FinalURL: home.FinalURL, Reach: page.ReachOK, Inquiries: []page.Inquiry{{ID: page.Home, Reading: page.Read}}}
	whole, read := true, map[string]bool{}
	for _, p := range pages {
		v.Fetches = append(v.Fetches, page.Fetch{URL: p.URL, Final: p.FinalURL, Kind: page.FetchPage, Reach: page.ReachOK, Status: p.Status, Partial: p.Partial})
		read[p.URL], read[p.FinalURL] = p.Whole(), p.Whole()
		whole = whole && p.Whole()
	}
	if !home.Whole() {
		v.Inquiries[0].Reading = page.Unread
	}
	for _, c := range b.checks {
		for _, i := range c.Interests {
			q := page.Inquiry{ID: i.ID, Reading: page.Absent}
			for _, p := range pages {
				for _, l := range ranked(i, p) {
					if read[l.URL] {
						q.Pages = append(q.Pages, l.URL)
					} else {
						q.Candidates = append(q.Candidates, l.URL)
					}
				}
			}
			switch {
			case len(q.Pages) > 0:
				q.Reading = page.Read
			case len(q.Candidates) > 0 || !whole:
				q.Reading = page.Unread
			}
			v.Inquiries = append(v.Inquiries, q)
		}
	}
	return v
}

// ranked are the links of a page that an interest would follow.
func ranked(i page.Interest, p *page.Page) []page.Link {
	if p.Depth >= max(1, i.MaxHops) {
		return nil
	}
	var out []page.Link
	for _, l := range p.Links {
		l.Page, l.Depth = p.FinalURL, p.Depth
		if i.Match(l) > 0 {
			out = append(out, l)
		}
	}
	return out
}

// corpusLink is one link as a comune's home page shows it.
type corpusLink struct {
	istat, href, text string
	id                string // the publication it was generated for
}

// homeOf is a home page made of those links and of what every home page has.
func homeOf(c registry.Comune, links ...corpusLink) *page.Page {
	return pageOf(c.Site.URL, 0, links...)
}

func pageOf(address string, depth int, links ...corpusLink) *page.Page {
	var b strings.Builder
	b.WriteString("<!doctype html><html lang=it><head><meta charset=utf-8><title>Comune</title></head><body><header><a href='/'>Pagina iniziale</a></header><nav>" +
		"<a href='/amministrazione'>Amministrazione</a><a href='/novita'>Novità</a><a href='/servizi'>Servizi</a><a href='/vivere'>Vivere il territorio</a><a href='/uffici'>Uffici</a><a href='/contatti'>Contatti</a></nav>" +
		"<main><p>Il municipio è aperto al pubblico nei giorni feriali; qui si trovano avvisi, uffici, moduli e orari, e le notizie dalle frazioni.</p></main><footer><ul>")
	for _, l := range links {
		fmt.Fprintf(&b, `<li><a href="%s">%s</a></li>`, html.EscapeString(l.href), html.EscapeString(l.text))
	}
	b.WriteString("</ul></footer></body></html>")
	return page.Parse(page.Raw{
		URL: address, FinalURL: address, Status: 200, Body: []byte(b.String()), Depth: depth,
		Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, For: []string{page.Home},
	})
}
