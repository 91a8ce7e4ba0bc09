package crawler

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vigile-it/vigile/crawler/page"
)

// kept is a cache of what a watcher was shown.
type kept struct {
	pages map[string]page.Page
	blunt bool  // nothing is asked by
	lost  error // of every index
}

func keep(w *watcher) *kept {
	k := &kept{pages: map[string]page.Page{}}
	if w != nil {
		for _, p := range w.pages {
			k.pages[p.FinalURL] = p
		}
	}
	return k
}

func (k *kept) Get(url string) (Copy, bool) {
	p, ok := k.pages[url]
	if !ok || p.Source.Sum == "" {
		return Copy{}, false
	}
	c := Copy{Source: p.Source, Scripts: p.Written, Index: func() (*page.Page, error) {
		p.Links, p.Recalled, p.Confirmed = slices.Clone(p.Links), false, false
		return &p, k.lost
	}}
	if k.blunt {
		c.Source.ETag, c.Source.LastModified = "", ""
	}
	return c, true
}

// archive serves documents that know whether they have changed.
type archive struct {
	mu        sync.Mutex
	documents map[string]string
	silent    bool // it names no validators
	stubborn  bool // it answers 304 whatever it is asked
	header    http.Header
	asked     []string
}

func (a *archive) put(path, body string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.documents[path] = body
}

// take lists what was asked since it was last taken: path, status.
func (a *archive) take() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := a.asked
	a.asked = nil
	return out
}

func (a *archive) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	status := a.answer(rw, r)
	if r.URL.Path != "/robots.txt" {
		a.asked = append(a.asked, fmt.Sprint(r.URL.Path, " ", status))
	}
}

func (a *archive) answer(rw http.ResponseWriter, r *http.Request) int {
	for name, values := range a.header {
		rw.Header()[name] = values
	}
	body, ok := a.documents[r.URL.Path]
	if to, moved := strings.CutPrefix(body, "-> "); moved {
		if r.Header.Get("If-None-Match") != "" {
			rw.WriteHeader(http.StatusNotModified) // as no server should
			return http.StatusNotModified
		}
		http.Redirect(rw, r, to, http.StatusFound)
		return http.StatusFound
	}
	tag := fmt.Sprintf(`W/"%x"`, crc32.ChecksumIEEE([]byte(body)))
	switch {
	case r.URL.Path == "/robots.txt" || !ok:
		http.NotFound(rw, r)
		return http.StatusNotFound
	case a.stubborn, !a.silent && r.Header.Get("If-None-Match") == tag:
		rw.WriteHeader(http.StatusNotModified)
		return http.StatusNotModified
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	if strings.HasSuffix(r.URL.Path, ".js") {
		rw.Header().Set("Content-Type", "text/javascript")
	}
	if !a.silent {
		rw.Header().Set("ETag", tag)
	}
	io.WriteString(rw, body)
	return http.StatusOK
}

func archived(byPath map[string]string) *archive {
	return &archive{documents: byPath}
}

func borgo() *archive {
	return archived(map[string]string{
		"/": content(""), "/privacy": document("Privacy", "<p>Informativa</p><a href=/privacy/dati>dati</a>"),
	})
}

// bareOf is a document whose header and footer a script writes.
func bareOf(title string) string {
	return "<!doctype html><html lang=it><head><meta charset=utf-8><title>" + title + "</title><script src=/js/header.js></script><script src=/js/footer.js></script></head><body><main>" +
		strings.Repeat(filler, 4) + "<a href=/privacy>privacy</a></main></body></html>"
}

func written() *archive {
	return archived(map[string]string{
		"/": bareOf("Comune di Prova"), "/privacy": bareOf("Privacy"),
		"/js/header.js": `document.write("<header><a href='/servizi'>Servizi</a></header>");`,
		"/js/footer.js": `document.write("<footer><a href='/note'>Note legali</a></footer>");`,
	})
}

// night visits the archive and says what it was shown.
func (w *world) night(c Cache) (page.Visit, *watcher) {
	w.t.Helper()
	watch := &watcher{wants: []page.Interest{about("privacy")}}
	v, err := w.crawler().Visit(w.t.Context(), Target{URL: root + "/", Cache: c}, watch)
	if err != nil {
		w.t.Fatal(err)
	}
	return v, watch
}

// sameIndex leaves out what one answer says of itself.
var sameIndex = cmpopts.IgnoreFields(page.Page{}, "Header", "Recalled", "Confirmed", "Amended", "Source")

func TestASecondNight(t *testing.T) {
	for _, c := range []struct {
		name   string
		site   func() *archive
		change func(*archive, *kept)
		asks   []string
		same   []bool // of each page: recalled
	}{
		{"nothing has changed", borgo, func(*archive, *kept) {}, []string{"/ 304", "/privacy 304"}, []bool{true, true}},
		{"a page has changed", borgo, func(a *archive, _ *kept) { a.put("/privacy", document("Privacy", "<p>Altra informativa</p>")) }, []string{"/ 304", "/privacy 200"}, []bool{true, false}},
		{"the home page has changed", borgo, func(a *archive, _ *kept) { a.put("/", content("<p>Nuovo</p>")) }, []string{"/ 200", "/privacy 304"}, []bool{false, true}},
		{"the server knows of no change", borgo, func(a *archive, _ *kept) { a.silent = true }, []string{"/ 200", "/privacy 200"}, []bool{true, true}},
		{"nothing may be asked by", borgo, func(_ *archive, k *kept) { k.blunt = true }, []string{"/ 200", "/privacy 200"}, []bool{true, true}},
		{"a page is not kept", borgo, func(_ *archive, k *kept) { delete(k.pages, root+"/") }, []string{"/ 200", "/privacy 304"}, []bool{false, true}},
		{"what was kept is lost", borgo, func(_ *archive, k *kept) { k.lost = errors.New("lost") }, []string{"/ 304", "/ 200", "/privacy 304", "/privacy 200"}, []bool{false, false}},
		{"what was kept is not whole", borgo, func(_ *archive, k *kept) {
			p := k.pages[root+"/"]
			p.Partial = true
			k.pages[root+"/"] = p
		}, []string{"/ 304", "/ 200", "/privacy 304"}, []bool{false, true}},
		{"what was kept is another page", borgo, func(_ *archive, k *kept) {
			p := k.pages[root+"/"]
			p.FinalURL = root + "/altra"
			k.pages[root+"/"] = p
		}, []string{"/ 304", "/ 200", "/privacy 304"}, []bool{false, true}},
		{"the scripts are the same", written, func(*archive, *kept) {}, []string{"/ 304", "/js/header.js 304", "/js/footer.js 304", "/privacy 304"}, []bool{true, true}},
		{"a script has changed", written, func(a *archive, _ *kept) {
			a.put("/js/footer.js", `document.write("<footer><a href='/nuove'>Nuove note</a></footer>");`)
		}, []string{"/ 304", "/js/header.js 304", "/js/footer.js 200", "/ 200", "/js/header.js 200", "/privacy 200"}, []bool{false, false}},
		{
			"a script is gone", written, func(a *archive, _ *kept) { delete(a.documents, "/js/footer.js") },
			[]string{"/ 304", "/js/header.js 304", "/js/footer.js 404", "/ 200", "/js/header.js 200", "/privacy 200"},
			[]bool{false, false},
		},
		{
			"the page has changed and its scripts have not", written, func(a *archive, _ *kept) { a.put("/", bareOf("Comune di Prova, novità")) },
			[]string{"/ 200", "/js/header.js 200", "/js/footer.js 200", "/privacy 304"},
			[]bool{false, true},
		},
		{
			"no validators, and scripts", written, func(a *archive, _ *kept) { a.silent = true },
			[]string{"/ 200", "/js/header.js 200", "/js/footer.js 200", "/privacy 200"},
			[]bool{false, true},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, a := newWorld(t), c.site()
			w.host(site, &host{https: a, http: a})
			_, first := w.night(keep(nil))
			a.take()
			k := keep(first)
			c.change(a, k)
			v, second := w.night(k)
			if d := cmp.Diff(c.asks, a.take()); d != "" {
				t.Errorf("asked: %s", d)
			}
			_, fresh := w.night(nil) // what a visit that remembers nothing sees
			if len(second.pages) != len(c.same) {
				t.Fatalf("shown %v; %v", second.seen, v.Fetches)
			}
			for i, p := range second.pages {
				if p.Recalled != c.same[i] {
					t.Errorf("%s: recalled %v", p.FinalURL, p.Recalled)
				}
				f := fresh.pages[i]
				f.Written = p.Written
				if d := cmp.Diff(f, p, sameIndex); d != "" {
					t.Errorf("%s is not what is there: %s", p.FinalURL, d)
				}
			}
			if v.PagesRead() != len(c.same) || reading(v, "privacy") != reading(mustVisit(w), "privacy") {
				t.Errorf("%d pages read, privacy %s", v.PagesRead(), reading(v, "privacy"))
			}
			for _, f := range v.Fetches {
				if f.Kind == page.FetchPage && (f.Status == http.StatusNotModified) != (f.Size == 0) {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

func mustVisit(w *world) page.Visit {
	v, _ := w.night(nil)
	return v
}

func TestARecalledPageIsTheOneOfThisVisit(t *testing.T) {
	w, a := newWorld(t), borgo()
	w.host(site, &host{https: a, http: a})
	_, first := w.night(keep(nil))
	k := keep(first)
	p := k.pages[root+"/privacy"]
	p.Depth, p.For, p.URL = 4, []string{"other"}, "http://elsewhere.test/"
	k.pages[root+"/privacy"] = p
	a.header = http.Header{"Strict-Transport-Security": {"max-age=31536000"}, "Date": {"Mon, 23 Nov 2026 01:30:00 GMT"}}
	v, second := w.night(k)
	got := second.pages[1]
	if got.Depth != 1 || got.URL != root+"/privacy" || !slices.Equal(got.For, []string{"privacy"}) || got.Links[0].Depth != 1 || !got.Confirmed || !got.Amended {
		t.Errorf("%+v", got)
	}
	if got.Header.Get("Strict-Transport-Security") == "" || got.Header.Get("Content-Type") == "" || got.Status != http.StatusOK {
		t.Errorf("%d %v", got.Status, got.Header)
	}
	if f := v.Fetches[len(v.Fetches)-1]; f.Status != http.StatusNotModified || !f.Unchanged || f.Reach != page.ReachOK {
		t.Errorf("%+v", f)
	}
	if v.Attempts[0].Status != http.StatusNotModified || v.Attempts[0].Reach != page.ReachOK {
		t.Errorf("%+v", v.Attempts)
	}
}

func TestA304ToAQuestionWithoutConditionsIsAnError(t *testing.T) {
	for _, c := range []struct {
		name  string
		cache Cache
	}{{"without a cache", nil}, {"with an empty one", keep(nil)}} {
		t.Run(c.name, func(t *testing.T) {
			w, a := newWorld(t), borgo()
			a.stubborn = true
			w.host(site, &host{https: a, http: a})
			v, watch := w.night(c.cache)
			if v.Reach != page.ReachHTTP5xx || len(watch.seen) > 0 {
				t.Errorf("%s, shown %v; %v", v.Reach, watch.seen, v.Fetches)
			}
		})
	}
}

func TestAServerThatSays304ForeverIsNotBelievedForever(t *testing.T) {
	w, a := newWorld(t), borgo()
	w.host(site, &host{https: a, http: a})
	_, first := w.night(keep(nil))
	k := keep(first)
	k.blunt, a.stubborn = true, true // it is due to be read anew
	if v, watch := w.night(k); v.Reach != page.ReachHTTP5xx || len(watch.seen) > 0 {
		t.Errorf("%s, shown %v", v.Reach, watch.seen)
	}
}

func TestARedirectIsNotAskedByWhatLiesBehindIt(t *testing.T) {
	w, a := newWorld(t), borgo()
	a.put("/privacy", "-> /informativa")
	a.put("/informativa", document("Privacy", "<p>Informativa</p>"))
	w.host(site, &host{https: a, http: a})
	_, first := w.night(keep(nil))
	a.take()
	v, second := w.night(keep(first))
	if d := cmp.Diff([]string{"/ 304", "/privacy 302", "/informativa 304"}, a.take()); d != "" {
		t.Error(d)
	}
	if len(second.pages) != 2 || !second.pages[1].Recalled || v.Fetches[len(v.Fetches)-1].Final != root+"/informativa" {
		t.Errorf("shown %v; %+v", second.seen, v.Fetches)
	}
}

func TestANoticeInPlaceOfAKeptPageIsSeen(t *testing.T) {
	w, a := newWorld(t), borgo()
	w.host(site, &host{https: a, http: a})
	_, first := w.night(keep(nil))
	a.put("/", "<html><head><title>Sito in manutenzione</title></head><body><h1>Sito in manutenzione</h1><p>Torneremo presto</p></body></html>")
	if v, watch := w.night(keep(first)); v.Reach != page.ReachMaintenance || len(watch.seen) > 0 {
		t.Errorf("%s, shown %v", v.Reach, watch.seen)
	}
}
