package crawler

// robots.txt and sitemaps over the wire.

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/crawler/page"
)

func TestRobotsOverTheWire(t *testing.T) {
	const closed = "User-agent: *\nDisallow: /\n"
	text := func(body string) http.HandlerFunc {
		return func(rw http.ResponseWriter, r *http.Request) { fmt.Fprint(rw, body) }
	}
	code := func(n int) http.HandlerFunc {
		return func(rw http.ResponseWriter, r *http.Request) { rw.WriteHeader(n) }
	}
	to := func(where string) http.HandlerFunc {
		return func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, where, http.StatusMovedPermanently)
		}
	}
	block := func(rw http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for _, tt := range []struct {
		name   string
		robots http.HandlerFunc
		want   page.Reach
		time   time.Duration
	}{
		{name: "allows", robots: text("User-agent: *\nDisallow: /area-riservata\n"), want: page.ReachOK},
		{name: "closes", robots: text(closed), want: page.ReachRobotsDenied},
		{name: "closes to others alone", robots: text("User-agent: badbot\nDisallow: /\n"), want: page.ReachOK},
		{name: "closes to all and opens to us", robots: text(closed + "\nUser-agent: Vigile\nAllow: /\n"), want: page.ReachOK},
		{name: "closes to a product whose name begins like ours", robots: text("User-agent: vigilebot\nDisallow: /\n"), want: page.ReachOK},
		{name: "is missing", robots: code(404), want: page.ReachOK},
		{name: "is forbidden", robots: code(403), want: page.ReachOK},
		{name: "asks for a password", robots: code(401), want: page.ReachOK},
		{name: "fails", robots: code(500), want: page.ReachHTTP5xx},
		{name: "is too much asked for", robots: code(429), want: page.ReachRateLimited},
		{name: "never comes", robots: block, want: page.ReachTooSlow, time: timeOut},
		{name: "stands elsewhere and closes", robots: to("/altrove.txt"), want: page.ReachRobotsDenied},
		{name: "stands on another host and closes", robots: to("https://robots.example.it/altrove.txt"), want: page.ReachRobotsDenied},
		{name: "moves in a circle", robots: to("/robots.txt"), want: page.ReachOK},
		{name: "closes within its first 500 kB", robots: text(closed + strings.Repeat("# niente\n", 200_000)), want: page.ReachRobotsDenied},
		{name: "closes behind its first 500 kB", robots: text("User-agent: *\nAllow: /\n" + strings.Repeat("# niente\n", 200_000) + closed), want: page.ReachOK},
		{name: "is a page", robots: notice(200, content("")), want: page.ReachOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			serve := func(rw http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/robots.txt":
					tt.robots(rw, r)
				case "/altrove.txt":
					text(closed)(rw, r)
				default:
					pages(home(""))(rw, r)
				}
			}
			w.put(site, serve)
			w.put("robots.example.it", serve)
			v := w.visit(root, &watcher{}, func(o *Options) { o.SiteBudget = or(tt.time, 20*time.Second) })
			if v.Reach != tt.want {
				t.Errorf("reach %s (%s), want %s", v.Reach, v.Detail, tt.want)
			}
			if fetched := w.ledger.count(site + " /"); (fetched > 0) != (tt.want == page.ReachOK) {
				t.Errorf("the home page was asked for %d times", fetched)
			}
		})
	}
}

func TestACrawlDelayIsKeptAndRobotsCanBeLeftAside(t *testing.T) {
	w := newWorld(t)
	w.put(site, pages(with(home(`<a href="/privacy">Privacy</a>`), "/privacy", document("Privacy", ""), "/robots.txt", "User-agent: *\nCrawl-delay: 0.5\nDisallow: /privacy\n")))
	v := w.visit(root, &watcher{wants: []page.Interest{about("privacy")}})
	if home := v.Fetches[1]; home.Waited < 100*time.Millisecond {
		t.Errorf("waited %s between robots.txt and the home page", home.Waited)
	}
	if got := w.ledger.gaps[site]; got < 500*time.Millisecond {
		t.Errorf("a gap of %s by the site's own books", got)
	}
	if reading(v, "privacy") != page.Unread {
		t.Error("a page that robots.txt keeps was read")
	}
	v = w.visit(root, &watcher{wants: []page.Interest{about("privacy")}}, func(o *Options) { o.ObeyRobots = false })
	if reading(v, "privacy") != page.Read || w.ledger.count(site+" /robots.txt") != 1 {
		t.Errorf("privacy %s with robots left aside", reading(v, "privacy"))
	}
}

func TestSitemapsAreStreamedWithinBoundsAndNeverEnumerateASite(t *testing.T) {
	w := newWorld(t)
	var served int
	w.put(site, openTo(func(rw http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/sitemap.xml":
			fmt.Fprint(rw, "<sitemapindex>")
			for i := range 50 {
				fmt.Fprintf(rw, "<sitemap><loc>%s/parte%d.xml.gz</loc></sitemap>", root, i)
			}
			fmt.Fprint(rw, "</sitemapindex>")
		case strings.HasSuffix(r.URL.Path, ".xml.gz"):
			z := gzip.NewWriter(rw)
			defer z.Close()
			fmt.Fprint(z, "<urlset>")
			for i := range 60_000 {
				label := "notizie"
				if i%2 == 0 {
					label = "privacy"
				}
				if _, err := fmt.Fprintf(z, "<url><loc>%s/%s/%s%d</loc></url>", root, label, r.URL.Path[1:7], i); err != nil {
					return
				}
			}
		case strings.HasPrefix(r.URL.Path, "/privacy/"):
			served++
			notice(200, document("Privacy", ""))(rw, r)
		default:
			pages(home(""))(rw, r)
		}
	}))
	privacy := page.Interest{ID: "privacy", Match: func(l page.Link) int { return strings.Count(l.URL, "/privacy/") }}
	// Not w.visit: of a file that was cut off the server may still be writing the rest.
	v, err := w.crawler(func(o *Options) { o.PagesPerSite = 6 }).Visit(t.Context(), Target{URL: root}, &watcher{wants: []page.Interest{privacy}})
	if err != nil {
		t.Fatal(err)
	}
	var maps int
	for _, f := range v.Fetches {
		if f.Kind == page.FetchSitemap {
			maps++
		}
	}
	if maps < 2 || maps > maxSitemaps || served != 5 || v.Exhausted != exhaustedPages || w.ledger.count("/notizie/parte01") > 0 {
		t.Errorf("%d sitemaps and %d pages were read, exhausted %q", maps, served, v.Exhausted)
	}
}

func TestFramesetsAreReadAsOnePage(t *testing.T) {
	set := func(frames ...string) string {
		var b strings.Builder
		for _, f := range frames {
			b.WriteString(`<frame src="` + f + `">`)
		}
		return `<html><head><title>Comune di Prova</title></head><frameset cols="20%,*">` + b.String() + `<noframes>Il browser non vede i frame</noframes></frameset></html>`
	}
	menu := `<html><body><a href="/privacy.htm" target="main">Privacy</a></body></html>`
	for _, tt := range []struct {
		name  string
		site  map[string]string
		want  page.Reach
		final string
		home  page.Reading
		asked []string
	}{
		{
			name: "a menu and a page", want: page.ReachOK, final: root + "/", home: page.Read, asked: []string{"/", "/menu.htm", "/home.htm", "/privacy.htm"},
			site: map[string]string{"/": set("menu.htm", "home.htm"), "/menu.htm": menu, "/home.htm": document("Benvenuti", ""), "/privacy.htm": set("menu.htm", "p.htm"), "/p.htm": ""},
		},
		{
			name: "a frame that is missing", want: page.ReachOK, final: root + "/", home: page.Unread, asked: []string{"/", "/menu.htm", "/home.htm", "/privacy.htm"},
			site: map[string]string{"/": set("menu.htm", "home.htm"), "/menu.htm": menu + filler, "/privacy.htm": document("Privacy", "")},
		},
		{
			name: "a frame of another site", want: page.ReachOK, final: root + "/", home: page.Unread, asked: []string{"/", "/menu.htm", "/privacy.htm"},
			site: map[string]string{"/": set("menu.htm", "https://altro.example.com/"), "/menu.htm": menu + filler, "/privacy.htm": document("Privacy", "")},
		},
		{
			name: "one frame, as registrars forward a name", want: page.ReachOK, final: root + "/sito/", home: page.Read, asked: []string{"/", "/sito/", "/privacy.htm"},
			site: map[string]string{"/": set("/sito/", "about:blank"), "/sito/": document("Comune di Prova", menu), "/privacy.htm": document("Privacy", "")},
		},
		{
			name: "one frame of a site that has nothing to do with it", want: page.ReachOffsite, asked: []string{"/"},
			site: map[string]string{"/": set("https://altro.example.com/")},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.host(site, &host{https: pages(tt.site)})
			w.put("altro.example.com", notice(200, "<title>Offerte</title>"+strings.Repeat("<p>Comprate, comprate!</p>", 40)))
			watch := &watcher{wants: []page.Interest{about("privacy")}}
			v := w.visit(root, watch)
			if v.Reach != tt.want || v.FinalURL != tt.final {
				t.Fatalf("reach %s (%s), final %s; %v", v.Reach, v.Detail, v.FinalURL, attempted(v))
			}
			asked := w.ledger.paths(site)
			if diff := cmp.Diff(tt.asked, asked[:min(len(asked), len(tt.asked))]); diff != "" {
				t.Error(diff)
			}
			if tt.want != page.ReachOK {
				return
			}
			if got := reading(v, page.Home); got != tt.home {
				t.Errorf("home is %s, want %s", got, tt.home)
			}
			if len(v.Fetches) < 2 || v.Fetches[1].URL != root+"/" {
				t.Errorf("the page does not stand before its frames: %+v", v.Fetches)
			}
		})
	}
}
