package crawler

// How a visit behaves towards the site, and what it survives.

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/vigile-it/vigile/crawler/page"
)

func TestASettledWatcherEndsTheVisit(t *testing.T) {
	w := newWorld(t)
	w.put(site, pages(home(`<a href="/privacy">Privacy</a>`)))
	v := w.visit(root, &watcher{until: 1, wants: []page.Interest{about("privacy")}})
	if !v.Settled || v.Exhausted != "" || len(w.ledger.paths(site)) != 1 || reading(v, "privacy") != page.Unread {
		t.Errorf("settled %v, asked %v, %+v", v.Settled, w.ledger.asked, v.Inquiries)
	}
}

// seer is a Watcher made of a function.
type seer func(*page.Page) ([]page.Interest, bool)

func (s seer) See(p *page.Page) ([]page.Interest, bool) { return s(p) }

func TestAPanicCostsAPageAndNeverTheVisit(t *testing.T) {
	w := newWorld(t)
	w.put(site, pages(with(home(`<a href="/a">Privacy</a><a href="/b">Privacy due</a><a href="/c">Albo</a>`), "/a", document("A", ""), "/b", document("B", ""))))
	bad := page.Interest{ID: "bad", Match: func(page.Link) int { panic("match") }}
	reg := prometheus.NewRegistry()
	c := w.crawler(func(o *Options) { o.Registerer = reg })
	v, err := c.Visit(t.Context(), Target{URL: root}, seer(func(p *page.Page) ([]page.Interest, bool) {
		if strings.HasSuffix(p.FinalURL, "/a") {
			panic("watcher\x1b[31m")
		}
		return []page.Interest{about("privacy"), bad}, false
	}))
	if err != nil || v.Reach != page.ReachOK || reading(v, "privacy") != page.Read || reading(v, "bad") != page.Unread {
		t.Errorf("%v %s %+v", err, v.Reach, v.Inquiries)
	}
	if q := v.Inquiry("privacy"); len(q.Pages) != 1 || !strings.HasSuffix(q.Pages[0], "/b") {
		t.Errorf("pages %v", q.Pages)
	}
	if testutil.ToFloat64(c.metrics.panics) < 2 {
		t.Error("the panics were not counted")
	}
	for _, f := range v.Fetches {
		if strings.ContainsRune(f.Detail, 0x1b) {
			t.Error("an escape reached the detail")
		}
	}
}

func TestAVisitIsPolite(t *testing.T) {
	w := newWorld(t)
	w.put(site, pages(with(home(`<a href="/a">Servizi a</a><a href="/b">Servizi b</a>`), "/a", document("A", ""), "/b", document("B", ""))))
	const gap = 60 * time.Millisecond
	c := w.crawler(func(o *Options) { o.PerHostDelay = gap })
	var visits sync.WaitGroup
	for range 3 {
		visits.Go(func() {
			if _, err := c.Visit(t.Context(), Target{URL: root}, &watcher{wants: []page.Interest{about("servizi")}}); err != nil {
				t.Error(err)
			}
		})
	}
	visits.Wait()
	w.ledger.polite(t)
	if got := w.ledger.gaps[site]; got < gap*8/10 { // the server's clock ends a request a little after ours
		t.Errorf("a gap of %s", got)
	}
	if n := w.ledger.count(site + " /robots.txt"); n != 1 {
		t.Errorf("robots.txt fetched %d times", n)
	}
}

func TestAServerThatAsksForPatienceIsAskedOnceMore(t *testing.T) {
	w := newWorld(t)
	var asked int
	w.put(site, func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			if asked++; asked == 1 {
				rw.Header().Set("Retry-After", "0")
				rw.WriteHeader(http.StatusServiceUnavailable)
				return
			}
		}
		pages(home(""))(rw, r)
	})
	v := w.visit(root, &watcher{})
	if v.Reach != page.ReachOK || asked != 2 || v.Fetches[1].Status != 503 {
		t.Errorf("reach %s after %d requests: %+v", v.Reach, asked, v.Fetches)
	}
}

func TestOneSitesMaintenanceDoesNotCloseItsAddress(t *testing.T) {
	w := newWorld(t)
	w.put(site, status(503, "Retry-After", "3600"))
	w.put("www.comune.altro.pg.it", pages(home("")))
	c := w.crawler(func(o *Options) { o.SiteBudget = time.Second })
	for url, want := range map[string]page.Reach{root: page.ReachHTTP5xx, "https://www.comune.altro.pg.it": page.ReachOK} {
		v, err := c.Visit(t.Context(), Target{URL: url}, &watcher{})
		if err != nil || v.Reach != want {
			t.Errorf("%s: %s %v", url, v.Reach, err)
		}
	}
}

func TestCookiesDoNotLeakBetweenSitesNorGrowWithoutEnd(t *testing.T) {
	w := newWorld(t)
	var got, foreign []*http.Cookie
	w.put(site, func(rw http.ResponseWriter, r *http.Request) {
		got = r.Cookies()
		for i := range 200 {
			http.SetCookie(rw, &http.Cookie{Name: fmt.Sprint("c", i), Value: "x"})
		}
		http.SetCookie(rw, &http.Cookie{Name: "wide", Value: "x", Domain: "pg.it"})
		pages(with(home(`<a href="/a">Servizi</a> <a href="https://altro.pg.it/x">Servizi</a>`), "/a", document("A", "")))(rw, r)
	})
	w.put("altro.pg.it", func(rw http.ResponseWriter, r *http.Request) {
		foreign = append(foreign, r.Cookies()...)
		pages(map[string]string{"/x": document("X", "")})(rw, r)
	})
	service := about("servizi")
	service.CrossHost = true
	w.visit(root, &watcher{wants: []page.Interest{service}})
	if len(got) == 0 || len(got) > maxCookies || len(foreign) > 0 || w.ledger.count("altro.pg.it /x") != 1 {
		t.Errorf("%d cookies of its own, %d of another's", len(got), len(foreign))
	}
}

func TestTheMetricsOfTheContractAreRegistered(t *testing.T) {
	w := newWorld(t)
	w.put(site, pages(home("")))
	reg := prometheus.NewRegistry()
	w.visit(root, &watcher{}, func(o *Options) { o.Registerer = reg })
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, f := range families {
		have[f.GetName()] = true
	}
	for _, name := range []string{"vigile_crawl_pages_total", "vigile_crawl_fetch_seconds", "vigile_crawl_bytes_total", "vigile_crawl_sites_in_flight", "vigile_crawl_sites_total"} {
		if !have[name] {
			t.Errorf("%s is missing", name)
		}
	}
}
