package crawler

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/crawler/page"
)

func TestAVisitReadsTheHomePageAndWhatIsWanted(t *testing.T) {
	w := newWorld(t)
	w.put(site, pages(with(home(`<a href="/privacy">Privacy</a> <a href="/notizie">Notizie</a>`), "/privacy", document("Privacy", "Informativa"))))
	watch := &watcher{wants: []page.Interest{about("privacy"), about("albo")}}
	v := w.visit(root, watch)
	if v.Reach != page.ReachOK || v.Detail != "" {
		t.Fatalf("reach %s %q, attempts %v", v.Reach, v.Detail, v.Attempts)
	}
	if diff := cmp.Diff([]string{root + "/", root + "/privacy"}, watch.seen); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"/", "/privacy", "/sitemap.xml"}, w.ledger.paths(site)); diff != "" {
		t.Error(diff)
	}
	want := []page.Inquiry{
		{ID: page.Home, Reading: page.Read, Pages: []string{root + "/"}},
		{ID: "privacy", Reading: page.Read, Pages: []string{root + "/privacy"}},
		{ID: "albo", Reading: page.Absent},
	}
	if diff := cmp.Diff(want, v.Inquiries); diff != "" {
		t.Error(diff)
	}
	if v.PagesRead() != 2 {
		t.Errorf("%d pages read", v.PagesRead())
	}
}

// An interest's reading is the word on which a failure may turn.
func TestReadingsOfAnInterest(t *testing.T) {
	link := `<a href="/privacy">Privacy</a>`
	good := document("Privacy", "Informativa")
	for _, tt := range []struct {
		name string
		site map[string]string
		code map[string]int // status by path, where not 200
		want page.Reading
		why  page.Reach
		hops int
	}{
		{name: "a page that was read", site: with(home(link), "/privacy", good), want: page.Read},
		{name: "no link on a whole home page", site: home(""), want: page.Absent},
		{name: "a page that is not there", site: home(link), want: page.Unread, why: page.ReachHTTP4xx},
		{name: "a page that fails", site: with(home(link), "/privacy", good), code: map[string]int{"/privacy": 500}, want: page.Unread, why: page.ReachHTTP5xx},
		{name: "a page that robots.txt keeps", site: with(home(link), "/privacy", good, "/robots.txt", "User-agent: *\nDisallow: /privacy\n"), want: page.Unread, why: page.ReachRobotsDenied},
		{name: "a page that is a shell", site: with(home(link), "/privacy", `<div id=root></div><script src="/static/js/main.1.js"></script>`), want: page.Unread, why: page.ReachEmptyOrJSOnly},
		{name: "a page that says it does not exist", site: with(home(link), "/privacy", document("Pagina non trovata", "")), want: page.Unread, why: page.ReachHTTP4xx},
		{name: "a page that sends back home", site: with(home(link), "/privacy", "302 /"), want: page.Unread, why: page.ReachHTTP4xx},
		{name: "a page that leaves the site", site: with(home(link), "/privacy", "302 https://altro.example.com/privacy"), want: page.Unread, why: page.ReachOffsite},
		{name: "a link off the site", site: home(`<a href="https://altro.example.com/privacy">Privacy</a>`), want: page.Unread, why: page.ReachOffsite},
		{name: "a document", site: home(`<a href="/privacy.pdf">Privacy</a>`), want: page.Unread},
		{name: "a document without an extension", site: with(home(link), "/privacy", "%PDF-1.7"), want: page.Unread, why: page.ReachEmptyOrJSOnly},
		{name: "a link that JavaScript follows", site: home(`<a href="#">Privacy</a>`), want: page.Unread},
		{name: "a link back to the home page", site: home(`<a href="/">Privacy</a>`), want: page.Unread},
		{name: "a mail address is no page", site: home(`<a href="mailto:privacy@example.it">Privacy</a>`), want: page.Absent},
		{name: "a home page with a script unread", site: map[string]string{"/": `<html><head><title>Comune di Prova</title><script src="/footer.html"></script></head><body>` + strings.Repeat(filler, 3) + `</body></html>`}, code: map[string]int{"/footer.html": 500}, want: page.Unread},
		{name: "a home page whose script is not there", site: map[string]string{"/": `<html><head><title>Comune di Prova</title><script src="/footer.html"></script></head><body>` + strings.Repeat(filler, 3) + `</body></html>`}, want: page.Unread},
		{name: "a home page too deep to parse", site: home(strings.Repeat("<div>", 2000)), want: page.Unread},
		{name: "a mere entrance", site: map[string]string{"/": `<a href="/home.html"><img src=/stemma.png alt=Entra></a>`}, want: page.Unread},
		{name: "two clicks away, and read", hops: 2, site: with(home(`<a href="/trasparenza">Trasparenza</a>`), "/trasparenza", document("T", link), "/privacy", good), want: page.Read},
		{name: "two clicks away with one allowed", site: with(home(`<a href="/trasparenza">Trasparenza</a>`), "/trasparenza", document("T", link), "/privacy", good), want: page.Unread},
		{name: "two clicks allowed and the page between failed", hops: 2, site: with(home(`<a href="/trasparenza">Trasparenza</a>`), "/trasparenza", ""), code: map[string]int{"/trasparenza": 403}, want: page.Unread},
		{name: "two clicks allowed and the page between is not there", hops: 2, site: home(`<a href="/trasparenza">Trasparenza</a>`), want: page.Absent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.put("altro.example.com", pages(map[string]string{"/privacy": good}))
			serve := pages(tt.site)
			w.put(site, func(rw http.ResponseWriter, r *http.Request) {
				body := tt.site[r.URL.Path]
				switch to, moved := strings.CutPrefix(body, "302 "); {
				case moved:
					http.Redirect(rw, r, to, http.StatusFound)
				case tt.code[r.URL.Path] != 0:
					http.Error(rw, "prova", tt.code[r.URL.Path])
				case strings.HasPrefix(body, "%PDF"):
					rw.Header().Set("Content-Type", "application/pdf")
					io.WriteString(rw, body)
				default:
					serve(rw, r)
				}
			})
			privacy := about("privacy")
			privacy.MaxHops = tt.hops
			v := w.visit(root, &watcher{wants: []page.Interest{privacy, about("trasparenza")}})
			got := v.Inquiry("privacy")
			if v.Reach != page.ReachOK || got.Reading != tt.want || got.Why != tt.why {
				t.Errorf("reach %s; %+v, want %s %s", v.Reach, got, tt.want, tt.why)
			}
			if got.Reading != page.Read && len(got.Pages) > 0 || got.Reading == page.Read && len(got.Pages) == 0 {
				t.Errorf("pages %v", got.Pages)
			}
			if n := w.ledger.count("altro.example.com /privacy"); n > 0 {
				t.Errorf("the visit left the site")
			}
		})
	}
}

func TestTwoVisitsOfOneSiteReadTheSamePagesInTheSameOrder(t *testing.T) {
	w := newWorld(t)
	byPath := map[string]string{}
	var links strings.Builder
	for i := range 60 {
		fmt.Fprintf(&links, `<a href="/servizi/%d">Servizi %d</a> <a href="/privacy/%d">Privacy</a>`, i*7%60, i, i*11%60)
		byPath[fmt.Sprintf("/servizi/%d", i)] = document("S", fmt.Sprintf(`<a href="/servizi/%d/a">Servizi a</a><a href="/privacy/%d?x=1">privacy</a>`, i, i))
	}
	w.put(site, pages(with(byPath, "/", document("Comune di Prova", links.String()))))
	service := about("servizi")
	service.MaxHops = 3
	var runs [2][]string
	for i := range runs {
		watch := &watcher{wants: []page.Interest{service, about("privacy")}}
		if v := w.visit(root, watch); v.Exhausted != exhaustedPages {
			t.Errorf("exhausted %q after %d pages", v.Exhausted, v.PagesRead())
		}
		runs[i] = watch.seen
	}
	if diff := cmp.Diff(runs[0], runs[1]); diff != "" || len(runs[0]) < 10 {
		t.Errorf("%d pages; %s", len(runs[0]), diff)
	}
}

func TestNoDocumentIsFetchedTwice(t *testing.T) {
	w := newWorld(t)
	serve := pages(with(home(`<a href="/a">Servizi</a><a href="/a#x">Servizi</a><a href="/a?utm_source=x">Servizi</a><a href="http://`+site+`/a">Servizi</a>
		<a href="https://comune.prova.pg.it/a">Servizi</a><a href="/b">Servizi b</a><a href="/c">Privacy</a>`), "/a", document("A", `<a href="/a">Servizi ancora</a>`)))
	w.put(site, func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/b" || r.URL.Path == "/c" {
			http.Redirect(rw, r, "/a", http.StatusFound)
			return
		}
		serve(rw, r)
	})
	w.put("comune.prova.pg.it", serve)
	watch := &watcher{wants: []page.Interest{about("servizi"), about("privacy")}}
	v := w.visit(root, watch)
	if v.PagesRead() != 2 {
		t.Errorf("%d pages read of 2", v.PagesRead())
	}
	if n := w.ledger.count("/a"); n != 1 {
		t.Errorf("/a was fetched %d times: %v", n, w.ledger.asked)
	}
	if got := v.Inquiry("privacy"); got.Reading != page.Read || len(got.Pages) != 1 {
		t.Errorf("a redirect to a page read before: %+v", got)
	}
}

func TestOtherHostsAreEnteredForThoseWhoMayAlone(t *testing.T) {
	w := newWorld(t)
	w.put(site, pages(home(`<a href="https://sportello.example.com/accedi">Accedi</a> <a href="https://sportello.example.com/albo">Albo</a>
		<a href="https://servizi.comune.prova.pg.it/carta">Servizi</a>`)))
	w.put("sportello.example.com", pages(map[string]string{"/accedi": document("Accedi", `<a href="/spid">Accedi con SPID</a>`), "/spid": document("SPID", "")}))
	w.put("servizi.comune.prova.pg.it", pages(map[string]string{"/carta": document("Carta", "")}))
	login := about("accedi")
	login.CrossHost, login.MaxHops = true, 2
	v := w.visit(root, &watcher{wants: []page.Interest{login, about("albo"), about("servizi")}})
	if diff := cmp.Diff([]string{"/accedi", "/spid"}, w.ledger.paths("sportello.example.com")); diff != "" {
		t.Error(diff)
	}
	if a, s := v.Inquiry("albo"), v.Inquiry("servizi"); a.Reading != page.Unread || a.Why != page.ReachOffsite || s.Reading != page.Read {
		t.Errorf("albo %+v, servizi %+v", a, s)
	}
}

func TestPagesAreAskedUnderTheSchemeThatWorks(t *testing.T) {
	w := newWorld(t)
	serve := pages(with(home(`<a href="https://`+site+`/privacy">Privacy</a>`), "/privacy", document("Privacy", "")))
	w.host(site, &host{https: serve, http: serve, cert: certExpired})
	v := w.visit(root, &watcher{wants: []page.Interest{about("privacy")}})
	if v.FinalURL != "http://"+site+"/" || reading(v, "privacy") != page.Read {
		t.Errorf("final %s, %+v", v.FinalURL, v.Inquiries)
	}
}

func TestTwoComuniOnOneHostStayApart(t *testing.T) {
	w := newWorld(t)
	w.put("www.halley.example.com", pages(map[string]string{
		"/c058023/hh/index.php": document("Comune di Prova", `<a href="/c058023/privacy">Privacy</a> <a href="/c058099/albo">Albo</a>`),
		"/c058023/privacy":      document("Privacy", ""),
		"/c058099/albo":         document("Albo di un altro", ""),
	}))
	v := w.visit("https://www.halley.example.com/c058023/hh/index.php", &watcher{wants: []page.Interest{about("privacy"), about("albo")}})
	if reading(v, "privacy") != page.Read || reading(v, "albo") != page.Unread {
		t.Errorf("%+v", v.Inquiries)
	}
	if n := w.ledger.count("www.halley.example.com /c058099/albo"); n > 0 {
		t.Error("the neighbour's page was fetched")
	}
}

func TestRobotsOfARedirectsTargetIsAskedToo(t *testing.T) {
	w := newWorld(t)
	w.put(site, func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/accedi" {
			http.Redirect(rw, r, "https://sportello.example.com/accedi", http.StatusFound)
			return
		}
		pages(home(`<a href="/accedi">Accedi</a>`))(rw, r)
	})
	w.put("sportello.example.com", pages(map[string]string{"/accedi": document("Accedi", ""), "/robots.txt": "User-agent: *\nDisallow: /\n"}))
	login := about("accedi")
	login.CrossHost = true
	v := w.visit(root, &watcher{wants: []page.Interest{login}})
	if got := v.Inquiry("accedi"); got.Reading != page.Unread || got.Why != page.ReachRobotsDenied {
		t.Errorf("%+v", got)
	}
	if paths := w.ledger.paths("sportello.example.com"); len(paths) > 0 {
		t.Errorf("asked for %v", paths)
	}
}

func TestARedirectThatStartsAnAuthenticationIsNamedAndNotFollowed(t *testing.T) {
	w := newWorld(t)
	w.put(site, func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/accedi" {
			http.Redirect(rw, r, "https://gateway.example.com/sso?SAMLRequest=abc&RelayState=d", http.StatusFound)
			return
		}
		pages(home(`<a href="/accedi">Accedi</a>`))(rw, r)
	})
	w.put("gateway.example.com", pages(map[string]string{"/sso": document("SSO", "")}))
	login := about("accedi")
	login.CrossHost = true
	v := w.visit(root, &watcher{wants: []page.Interest{login}})
	var found bool
	for _, f := range v.Fetches {
		found = found || f.Final == "https://gateway.example.com/sso" && f.Reach == page.ReachOffsite
	}
	if !found || len(w.ledger.paths("gateway.example.com")) > 0 {
		t.Errorf("fetches %+v, asked %v", v.Fetches, w.ledger.asked)
	}
}

func TestScriptsThatWriteHeaderAndFooterAreReadOnceAVisit(t *testing.T) {
	w := newWorld(t)
	frame := func(body string) string {
		return `<html><head><title>Comune di Prova</title><script src="/header.html"></script></head><body>` + strings.Repeat(filler, 3) + body +
			`<script src="/footer.html"></script></body></html>`
	}
	w.put(site, pages(map[string]string{
		"/":            frame(`<a href="/albo">Albo pretorio</a>`),
		"/albo":        frame(""),
		"/header.html": `document.write("<div><a href=\"/accedi\">Accedi ai servizi<\/a><\/div>");`,
		"/footer.html": `document.write('<a href="/pri' + 'vacy">Privacy</a>');`,
		"/privacy":     document("Privacy", ""),
	}))
	watch := &watcher{wants: []page.Interest{about("albo"), about("privacy")}}
	v := w.visit(root, watch)
	if reading(v, "privacy") != page.Read || reading(v, "albo") != page.Read {
		t.Errorf("%+v", v.Inquiries)
	}
	for _, script := range []string{"/header.html", "/footer.html"} {
		if n := w.ledger.count(site + " " + script); n != 1 {
			t.Errorf("%s fetched %d times", script, n)
		}
	}
	if len(watch.pages[0].ScriptsUnread) > 0 || v.PagesRead() != 3 {
		t.Errorf("unread %v, pages %d", watch.pages[0].ScriptsUnread, v.PagesRead())
	}
}

func TestASitemapNamesWhatNoPageLinks(t *testing.T) {
	w := newWorld(t)
	w.put(site, pages(with(home(""),
		"/robots.txt", "User-agent: *\nSitemap: https://"+site+"/indice.xml\n",
		"/indice.xml", `<?xml version="1.0"?><sitemapindex><sitemap><loc>/uno.xml</loc></sitemap><sitemap><loc>https://`+site+`/uno.xml</loc></sitemap><sitemap><loc>https://altro.example.com/due.xml</loc></sitemap></sitemapindex>`,
		"/uno.xml", `<urlset><url><loc>https://`+site+`/note-privacy</loc></url><url><loc>https://`+site+`/notizie/1</loc></url></urlset>`,
		"/note-privacy", document("Privacy", ""))))
	privacy := page.Interest{ID: "privacy", Match: func(l page.Link) int {
		if strings.Contains(l.Folded+l.URL, "privacy") {
			return 1
		}
		return 0
	}}
	v := w.visit(root, &watcher{wants: []page.Interest{privacy, about("albo")}})
	if reading(v, "privacy") != page.Read || reading(v, "albo") != page.Absent {
		t.Errorf("%+v", v.Inquiries)
	}
	if diff := cmp.Diff([]string{"/", "/indice.xml", "/uno.xml", "/note-privacy"}, w.ledger.paths(site)); diff != "" {
		t.Error(diff)
	}
}
