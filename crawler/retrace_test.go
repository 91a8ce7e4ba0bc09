package crawler

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vigile-it/vigile/crawler/page"
)

// way is a trail that remembers one visit.
type way struct {
	before    *page.Trace
	doubts    bool // somebody would read on
	confirmed int
	astray    bool
	kept      *page.Trace
}

func (w *way) Before() *page.Trace  { return w.before }
func (w *way) Confirmed() bool      { w.confirmed++; return true }
func (w *way) Enough() (bool, bool) { return !w.doubts, false }
func (w *way) Astray()              { w.astray = true }
func (w *way) Keep(t page.Trace)    { w.kept = &t }

// follow visits the archive by the way of the visit before.
func (w *world) follow(c Cache, t *way) (page.Visit, *watcher) {
	w.t.Helper()
	watch := &watcher{wants: []page.Interest{about("privacy")}}
	v, err := w.crawler().Visit(w.t.Context(), Target{URL: root + "/", Cache: c, Trail: t}, watch)
	if err != nil {
		w.t.Fatal(err)
	}
	return v, watch
}

// sameVisit leaves out what never comes out twice alike.
var sameVisit = cmp.Options{
	cmpopts.IgnoreFields(page.Visit{}, "Started", "Took"), cmpopts.IgnoreFields(page.Fetch{}, "Took", "Waited"),
	cmpopts.IgnoreFields(page.Attempt{}, "Address"), cmpopts.EquateEmpty(),
}

// furnished is a site whose way has all that one may have on it: a redirect, one to a
// page read before, a page that is gone, a file, a shell, a sitemap.
func furnished() *archive {
	return archived(map[string]string{
		"/": content(`<a href=/privacy>privacy</a> <a href=/privacy/it>privacy</a> <a href=/privacy/home>privacy</a> <a href=/privacy/gone>privacy</a>
			<a href=/privacy/shell>privacy</a>`),
		"/privacy": "-> /privacy/testo", "/privacy/it": "-> /privacy/testo", "/privacy/home": "-> /",
		"/privacy/testo": document("Privacy", "<p>Informativa</p>"),
		"/privacy/shell": "<!doctype html><html><head><title>Comune</title><script src=/app.js></script></head><body><div id=root></div></body></html>",
	})
}

func TestAVisitByTheWayOfTheOneBeforeIsTheVisitItWouldHaveBeen(t *testing.T) {
	for _, c := range []struct {
		name   string
		site   func() *archive
		change func(*archive, *kept, *way)
		whole  bool // it goes that way to its end
		pages  int  // that were confirmed
	}{
		{"nothing has changed", borgo, nil, true, 2},
		{"the server knows of no change", borgo, func(a *archive, _ *kept, _ *way) { a.silent = true }, true, 2},
		{"a page has changed", borgo, func(a *archive, _ *kept, _ *way) { a.put("/privacy", document("Privacy", "<p>Altra informativa</p>")) }, false, 1},
		{"the home page has changed", borgo, func(a *archive, _ *kept, _ *way) { a.put("/", content("<p>Nuovo</p>")) }, false, 0},
		{"the home page is a notice", borgo, func(a *archive, _ *kept, _ *way) {
			a.put("/", "<html><head><title>Sito in manutenzione</title></head><body><h1>Sito in manutenzione</h1><p>Torneremo presto</p></body></html>")
		}, false, 0},
		{"a page is gone", borgo, func(a *archive, _ *kept, _ *way) { delete(a.documents, "/privacy") }, false, 1},
		{"a page has moved", borgo, func(a *archive, k *kept, _ *way) {
			k.blunt = true
			a.put("/privacy", "-> /informativa")
			a.put("/informativa", document("Privacy", "<p>Informativa</p>"))
		}, false, 1},
		{"a page leads off the site", borgo, func(a *archive, k *kept, _ *way) {
			k.blunt = true
			a.put("/privacy", "-> https://www.example.com/")
		}, false, 1},
		{"a page is not kept", borgo, func(_ *archive, k *kept, _ *way) { delete(k.pages, root+"/privacy") }, false, 1},
		{"somebody would read on", borgo, func(_ *archive, _ *kept, w *way) { w.doubts = true }, false, 2},
		{"somebody would read on, and the server knew of no change", borgo, func(a *archive, _ *kept, w *way) { a.silent, w.doubts = true, true }, false, 2},
		{"the header says something new", borgo, func(a *archive, _ *kept, _ *way) { a.header = http.Header{"Strict-Transport-Security": {"max-age=1"}} }, false, 0},
		{"the header belongs to the answer", borgo, func(a *archive, _ *kept, _ *way) { a.header = http.Header{"X-Request-Id": {"7"}, "Age": {"7"}} }, true, 2},
		{"the scripts are the same", written, nil, true, 2},
		{"a script has changed", written, func(a *archive, _ *kept, _ *way) {
			a.put("/js/footer.js", `document.write("<footer><a href='/nuove'>Nuove note</a></footer>");`)
		}, false, 0},
		{"a script is gone", written, func(a *archive, _ *kept, _ *way) { delete(a.documents, "/js/footer.js") }, false, 0},
		{"there is much on the way", furnished, nil, true, 2},
		{"a shell has changed", furnished, func(a *archive, _ *kept, _ *way) {
			a.put("/privacy/shell", document("Privacy", "<p>Ora c'è</p>"))
		}, false, 2},
		{"what was gone is there", furnished, func(a *archive, _ *kept, _ *way) {
			a.put("/privacy/gone", document("Privacy", "<p>Tornata</p>"))
		}, false, 2},
		{"a redirect leads elsewhere", furnished, func(a *archive, _ *kept, _ *way) {
			a.put("/privacy/it", "-> /privacy/nuova")
			a.put("/privacy/nuova", document("Privacy", "<p>Nuova</p>"))
		}, false, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, a := newWorld(t), c.site()
			w.host(site, &host{https: a, http: a})
			before := &way{}
			_, first := w.follow(keep(nil), before)
			if before.kept == nil {
				t.Fatal("no trace was kept")
			}
			k, trail := keep(first), &way{before: before.kept}
			if c.change != nil {
				c.change(a, k, trail)
			}
			a.take()
			want, ordinary := w.night(k)
			asked := a.take()
			got, seen := w.follow(k, trail)
			again := a.take()
			got.Fetches = slices.DeleteFunc(got.Fetches, func(f page.Fetch) bool { return f.Detail == errAstray.Error() })
			if d := cmp.Diff(want, got, sameVisit, cmpopts.IgnoreFields(page.Visit{}, "Settled")); d != "" {
				t.Errorf("not as it would have been: %s", d)
			}
			if len(again) > len(asked)+extra(asked, again) {
				t.Errorf("asked %v, and %v would have done", again, asked)
			}
			if trail.astray == c.whole || c.whole && len(seen.seen) > 0 || !c.whole && !slices.Equal(seen.seen, ordinary.seen) {
				t.Errorf("astray: %v; shown %v, not %v", trail.astray, seen.seen, ordinary.seen)
			}
			if trail.confirmed != c.pages {
				t.Errorf("%d pages confirmed, want %d", trail.confirmed, c.pages)
			}
			for i, p := range seen.pages {
				at := cmpopts.IgnoreMapEntries(func(name string, _ []string) bool { return name == "Date" }) // one may be asked for in the next second
				if d := cmp.Diff(ordinary.pages[i], p, at, cmpopts.IgnoreFields(page.Page{}, "Recalled", "Confirmed")); d != "" {
					t.Errorf("%s is another page: %s", p.FinalURL, d)
				}
			}
		})
	}
}

// extra are redirects that had to be asked for again because they lead elsewhere:
// only then is it known where.
func extra(asked, again []string) (n int) {
	for _, a := range again {
		if strings.HasSuffix(a, " 302") && !slices.Contains(asked, a) {
			n++
		}
	}
	for _, a := range asked {
		if strings.HasSuffix(a, " 302") {
			n++
		}
	}
	return n
}

func TestThePageThatPlainHTTPShowedBeforeDoesWhatItDid(t *testing.T) {
	doctored := page.PlainUndecided // what looking at it would not say: it shows who has looked
	for _, c := range []struct {
		name   string
		change func(secure, plain *archive)
		want   page.PlainAnswer
	}{
		{"nothing has changed", func(_, _ *archive) {}, doctored},
		{"it is another page", func(_, plain *archive) { plain.put("/", content("<p>Nuovo</p>")) }, page.PlainServes},
		{"its header says something else", func(_, plain *archive) { plain.header = http.Header{"Strict-Transport-Security": {"max-age=1"}} }, page.PlainServes},
		{"the visit goes another way", func(secure, _ *archive) { secure.put("/privacy", document("Privacy", "<p>Altra informativa</p>")) }, page.PlainServes},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, secure, plain := newWorld(t), borgo(), borgo()
			w.host(site, &host{https: secure, http: plain})
			visit := func(trail *way, k *kept) (page.Visit, *watcher) {
				watch := &watcher{wants: []page.Interest{about("privacy")}}
				v, err := w.crawler().Visit(t.Context(), Target{URL: root + "/", Cache: k, Trail: trail, AskPlain: true}, watch)
				if err != nil {
					t.Fatal(err)
				}
				return v, watch
			}
			first := &way{}
			v, watch := visit(first, keep(nil))
			if v.Plain.Does != page.PlainServes || first.kept == nil {
				t.Fatalf("%+v, a trace: %v", v.Plain, first.kept != nil)
			}
			before := *first.kept
			before.Plain.Does = doctored
			c.change(secure, plain)
			if v, _ := visit(&way{before: &before}, keep(watch)); v.Plain.Does != c.want {
				t.Errorf("%+v, want %s", v.Plain, c.want)
			}
		})
	}
}

func TestAVisitThatCannotBeGoneAgainLeavesNoTrace(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*archive)
		https  bool
	}{
		"it was found at the second try": {func(*archive) {}, false},
		"a page fails":                   {func(a *archive) { a.put("/privacy", "-> /privacy") }, true},
		"a page only leads on": {func(a *archive) {
			a.put("/privacy", `<html><head><meta http-equiv=refresh content="0; url=/testo"></head><body></body></html>`)
			a.put("/testo", document("Privacy", "<p>Informativa</p>"))
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			w, a := newWorld(t), borgo()
			c.change(a)
			h := &host{https: a, http: a}
			if !c.https {
				h.https = nil
			}
			w.host(site, h)
			trail := &way{}
			if v, _ := w.follow(keep(nil), trail); v.Reach != page.ReachOK || trail.kept != nil {
				t.Errorf("%s, kept %+v", v.Reach, trail.kept)
			}
		})
	}
}

func TestASitemapIsReadAgainWhereItHasChanged(t *testing.T) {
	const before = `<urlset><url><loc>https://` + site + `/altro</loc></url></urlset>`
	const after = `<urlset><url><loc>https://` + site + `/privacy</loc></url></urlset>`
	for name, c := range map[string]struct {
		now  string
		want []string
	}{
		"it has not": {before, []string{"/ 304", "/sitemap.xml 304"}},
		"it has":     {after, []string{"/ 304", "/sitemap.xml 200", "/privacy 200"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			a := archived(map[string]string{"/": document("Comune di Prova", ""), "/sitemap.xml": before, "/privacy": document("Privacy", "")})
			w.host(site, &host{https: a, http: a})
			wants := about("privacy")
			wants.Match = func(l page.Link) int {
				if strings.HasSuffix(l.URL, "/privacy") {
					return 1
				}
				return 0
			}
			look := func(k Cache, t *way) *watcher {
				watch := &watcher{wants: []page.Interest{wants}}
				if _, err := w.crawler().Visit(w.t.Context(), Target{URL: root + "/", Cache: k, Trail: t}, watch); err != nil {
					w.t.Fatal(err)
				}
				return watch
			}
			first := &way{}
			k := keep(look(keep(nil), first))
			a.put("/sitemap.xml", c.now)
			a.take()
			second := &way{before: first.kept}
			look(k, second)
			if d := cmp.Diff(c.want, a.take()); d != "" {
				t.Error(d)
			}
			if second.astray != (c.now == after) {
				t.Errorf("astray: %v", second.astray)
			}
		})
	}
}
