package web

// The wall screen: asked for, announced, and left again.

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/messages"
)

func TestNoPageComesAnewUnasked(t *testing.T) {
	for _, h := range []struct {
		pages   map[string]int
		handler http.Handler
	}{{everyPage, served(t, umbria()).Handler()}, {wallPages, wallServer(t, wall())}} {
		for target := range h.pages {
			w := ask(t, h.handler, target)
			asked := strings.Contains(target, "schermo=")
			if got := w.Header().Get("Refresh"); (got != "") != (asked && w.Code == 200) {
				t.Errorf("%s: Refresh %q", target, got)
			}
			if strings.Contains(strings.ToLower(w.Body.String()), "http-equiv") {
				t.Errorf("%s: comes anew by its own text", target)
			}
		}
	}
}

func TestAWallScreenIsAskedForAnnouncedAndLeft(t *testing.T) {
	for _, lang := range messages.Languages() {
		text, err := messages.For(lang)
		if err != nil {
			t.Fatal(err)
		}
		h := wallServer(t, wall(), func(o *Options) { o.Messages = text })
		for _, target := range []string{"/regioni", "/regioni/umbria", "/province/PG"} {
			offer := document(t, h, target).Find("main a[href$='?schermo=5']")
			if offer.Length() != 1 || offer.AttrOr("href", "") != target+"?schermo=5" {
				t.Fatalf("%s offers no wall screen", target)
			}
			w := ask(t, h, target+"?schermo=5")
			if w.Header().Get("Refresh") != "300" || w.Header().Get("Content-Security-Policy") != contentPolicy {
				t.Errorf("%s: %v", target, w.Header())
			}
			d := parsed(t, w.Body.String())
			accessible(t, d, lang)
			note := d.Find("aside[aria-label]")
			if words := tidy(note.Text()); !strings.Contains(words, text.Count("wall.screen.note", 5)) || !strings.Contains(words, text.Moment(noon.In(romeOf(t)))) {
				t.Errorf("%s: %s", target, words)
			}
			if back := note.Find("a").First(); back.AttrOr("href", "") != target || back.Text() != text.Text("wall.screen.stop") {
				t.Errorf("%s: no way back", target)
			}
			if n := note.Find("a[href$='?schermo=60'], a[href$='?schermo=1'], a[href$='?schermo=15']").Length(); n != 3 {
				t.Errorf("%s: %d other paces", target, n)
			}
		}
	}
}

func TestAWallScreenSaysWhatIsMissingWhereAndWhoDoesWell(t *testing.T) {
	d := document(t, wallServer(t, wall()), "/regioni/umbria?schermo=1")
	rows := cells(d.Find("#missing-caption").Parent())
	if len(rows) == 0 || strings.Join(rows[0], "|") != "Verifica accessibility-declaration|2|3 su 4|PG 2" {
		t.Errorf("%v", rows)
	}
	for _, id := range []string{"news", "models", "places"} {
		if d.Find("section[aria-labelledby="+id+"]").Length() != 1 {
			t.Errorf("no %s", id)
		}
	}
	d = document(t, wallServer(t, wall()), "/province/PG?schermo=1")
	if names := d.Find("#missing-caption").Parent().Find("a[href='/comuni/990001#check-accessibility-declaration']"); names.Length() != 1 {
		t.Error("no comune is named")
	}
}

// A screen has no one to scroll it, and an error passes.
func TestAWallScreenIsBoundedAndComesBack(t *testing.T) {
	m := country(2_000, []string{"accessibility-declaration", "https", "rtd"})
	for i := range m.views {
		m.see(looked(m.views[i].Comune, noon.Add(-time.Hour), found("accessibility-declaration", finding.Fail, "no_link", finding.High)))
	}
	h := wallServer(t, m)
	d := document(t, h, "/province/PG?schermo=5")
	d.Find("#missing-caption").Parent().Find("tbody td:last-child").Each(func(_ int, s *goquery.Selection) {
		if n := s.Find("a").Length(); n > wallNames {
			t.Errorf("%d comuni named", n)
		}
	})
	if n := d.Find("section[aria-labelledby=news] li").Length(); n > wallNews {
		t.Errorf("%d changes", n)
	}
	if w := ask(t, h, "/province/XX?schermo=5"); w.Code != 404 || w.Header().Get("Refresh") != "300" {
		t.Errorf("%d, %q", w.Code, w.Header().Get("Refresh"))
	}
	for _, bad := range []string{"0", "61", "-1", "x", "1.5"} {
		if w := ask(t, h, "/province/PG?schermo="+bad); w.Code != 400 || w.Header().Get("Refresh") != "" {
			t.Errorf("%s: %d, %q", bad, w.Code, w.Header().Get("Refresh"))
		}
	}
}

func romeOf(t *testing.T) *time.Location {
	t.Helper()
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	return rome
}

// A number in a table leads to the list of just as many comuni.
func TestNumbersOfTheWallLeadToTheComuniTheyCount(t *testing.T) {
	h := wallServer(t, country(300, []string{"accessibility-declaration", "https", "rtd"}))
	followed := 0
	for _, target := range []string{"/", "/regioni", "/regioni/umbria", "/province/PG", "/province/PG?schermo=5"} {
		document(t, h, target).Find("td.number a[href^='/comuni']").Each(func(_ int, a *goquery.Selection) {
			to := a.AttrOr("href", "")
			n, err := strconv.Atoi(a.Text())
			if err != nil {
				t.Fatal(err)
			}
			got := 0
			for page, more := to, true; more; {
				d := document(t, h, page)
				got += len(cells(d.Find("table")))
				page, more = d.Find("a[rel=next]").Attr("href")
			}
			if followed++; got != n {
				t.Errorf("%s: %s leads to %d comuni on %s", target, a.Text(), got, to)
			}
		})
	}
	if followed < 20 {
		t.Errorf("only %d numbers lead to a list", followed)
	}
}
