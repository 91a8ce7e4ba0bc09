package crawler

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/crawler/page"
)

// asking visits the site and asks what plain http does.
func (w *world) asking(url string, change ...func(*Options)) page.Visit {
	w.t.Helper()
	v, err := w.crawler(change...).Visit(w.t.Context(), Target{URL: url, AskPlain: true}, &watcher{})
	if err != nil {
		w.t.Fatal(err)
	}
	w.ledger.polite(w.t)
	return v
}

func TestPlainHTTPIsAskedOnceTheSiteWasReadOverHTTPS(t *testing.T) {
	moved := func(to string) http.HandlerFunc {
		return func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, to+r.URL.Path, http.StatusMovedPermanently)
		}
	}
	// from robots.txt on, by path
	byPath := func(all map[string]http.HandlerFunc) http.HandlerFunc {
		return func(rw http.ResponseWriter, r *http.Request) {
			if h := all[r.URL.Path]; h != nil {
				h(rw, r)
				return
			}
			http.NotFound(rw, r)
		}
	}
	text := func(body string) http.HandlerFunc {
		return func(rw http.ResponseWriter, _ *http.Request) { rw.Write([]byte(body)) }
	}
	status := func(code int) http.HandlerFunc {
		return func(rw http.ResponseWriter, _ *http.Request) { http.Error(rw, "prova", code) }
	}
	bare := strings.TrimPrefix(site, "www.")
	full := home("")["/"]
	for _, tt := range []struct {
		name  string
		plain http.HandlerFunc // nil: the port refuses
		want  page.PlainAnswer
		asked []string // over http, in order
	}{
		{"every address leads to https", moved("https://" + site), page.PlainLeads, []string{"/robots.txt"}},
		{"it leads to its twin's https", moved("https://" + bare), page.PlainLeads, []string{"/robots.txt"}},
		{"it leads to its twin's http, and that to https", moved("http://" + bare), page.PlainLeads, []string{"/robots.txt"}},
		{"it leads to another site", moved("https://altro.example.com"), page.PlainUndecided, []string{"/robots.txt"}},
		{"it leads to itself for ever", moved("http://" + site), page.PlainUndecided, []string{"/robots.txt", "/robots.txt", "/robots.txt"}},
		{"the port refuses", nil, page.PlainNothing, nil},
		{"robots.txt is shown, pages lead to https", byPath(map[string]http.HandlerFunc{"/robots.txt": text("User-agent: *\nDisallow: /admin\n"), "/": moved("https://" + site)}), page.PlainLeads, []string{"/robots.txt", "/"}},
		{"pages are shown", byPath(map[string]http.HandlerFunc{"/": text(full)}), page.PlainServes, []string{"/robots.txt", "/"}},
		{"pages are shown where the home page leads to", byPath(map[string]http.HandlerFunc{"/": moved("http://" + site + "/it"), "/it/": text(full)}), page.PlainServes, []string{"/robots.txt", "/", "/it/"}},
		{"robots.txt keeps the pages", byPath(map[string]http.HandlerFunc{"/robots.txt": text("User-agent: *\nDisallow: /\n"), "/": text(full)}), page.PlainUndecided, []string{"/robots.txt"}},
		{"robots.txt is out of order", byPath(map[string]http.HandlerFunc{"/robots.txt": status(500), "/": text(full)}), page.PlainUndecided, []string{"/robots.txt"}},
		{"the page is refused", byPath(map[string]http.HandlerFunc{"/": status(403)}), page.PlainUndecided, []string{"/robots.txt", "/"}},
		{"the page leads on by itself", byPath(map[string]http.HandlerFunc{"/": text(`<html><head><meta http-equiv="refresh" content="0; url=https://` + site + `/">`)}), page.PlainLeads, []string{"/robots.txt", "/"}},
		{"a script on the page may lead on", byPath(map[string]http.HandlerFunc{"/": text(strings.Replace(full, "</body>", `<script>if (location.protocol !== "https:") location.protocol = "https:"</script></body>`, 1))}), page.PlainUndecided, []string{"/robots.txt", "/"}},
		{"the server's own welcome page", byPath(map[string]http.HandlerFunc{"/": text("<title>Welcome to nginx!</title><h1>Welcome to nginx!</h1>")}), page.PlainUndecided, []string{"/robots.txt", "/"}},
		{"a document", byPath(map[string]http.HandlerFunc{"/": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/pdf")
			rw.Write([]byte("%PDF-1.7"))
		}}), page.PlainUndecided, []string{"/robots.txt", "/"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			h := w.put(site, pages(home("")))
			h.http = nil
			if tt.plain != nil {
				h.http = tt.plain
			}
			w.host(bare, &host{https: pages(home("")), http: moved("https://" + site)})
			v := w.asking(root)
			if v.Reach != page.ReachOK || v.Plain.Does != tt.want {
				t.Errorf("reach %s; %+v, want %s", v.Reach, v.Plain, tt.want)
			}
			var asked []string
			for _, f := range v.Plain.Requests {
				if path, own := strings.CutPrefix(f.URL, "http://"+site); own && f.Status != 0 {
					asked = append(asked, path)
				}
				if f.Reach == "" || f.Kind == "" {
					t.Errorf("incomplete: %+v", f)
				}
			}
			if diff := cmp.Diff(tt.asked, asked); diff != "" {
				t.Error(diff)
			}
			for _, f := range v.Fetches {
				if strings.HasPrefix(f.URL, "http://") {
					t.Errorf("among the visit's own requests: %s", f.URL)
				}
			}
		})
	}
}

func TestPlainHTTPIsAskedWhereTheHomePageIs(t *testing.T) {
	bare := strings.TrimPrefix(site, "www.")
	leads := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, "https://"+site+r.URL.Path, http.StatusMovedPermanently)
	})
	w := newWorld(t)
	w.host(bare, &host{https: leads, http: leads})
	w.host(site, &host{https: pages(home("")), http: pages(home(""))})
	v := w.asking("https://" + bare + "/")
	if v.Reach != page.ReachOK || v.Plain.Does != page.PlainServes {
		t.Errorf("%s, and plain http %q: the name without www leads to https, the pages are served over http all the same", v.Reach, v.Plain.Does)
	}
}

func TestPlainHTTPIsNotAskedWithoutNeed(t *testing.T) {
	kept := page.Plain{Asked: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Does: page.PlainLeads}
	for _, tt := range []struct {
		name   string
		target Target
		https  http.HandlerFunc // nil: the port refuses
		want   page.Plain
	}{
		{"nobody wants to know", Target{URL: root, Plain: kept}, pages(home("")), kept},
		{"the registry names a scheme and a port", Target{URL: root, Explicit: true, AskPlain: true, Plain: kept}, pages(home("")), kept},
		{"the site was entered over http", Target{URL: root, AskPlain: true}, nil, page.Plain{}},
		{"the site could not be read", Target{URL: root, AskPlain: true, Plain: kept}, func(rw http.ResponseWriter, _ *http.Request) { http.Error(rw, "prova", http.StatusForbidden) }, kept},
		{"https leads back to http", Target{URL: root, AskPlain: true}, func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, "http://"+site+r.URL.Path, http.StatusFound)
		}, page.Plain{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			h := w.put(site, pages(home("")))
			h.https = nil
			if tt.https != nil {
				h.https = tt.https
			}
			v, err := w.crawler().Visit(t.Context(), tt.target, &watcher{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, v.Plain); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestASilentPortCostsAShortPatienceAndSaysNothing(t *testing.T) {
	w := newWorld(t)
	h := w.put(site, pages(home("")))
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	h.http = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-over:
		}
	})
	c := w.crawler()
	c.plainPatience = 50 * time.Millisecond
	v, err := c.Visit(t.Context(), Target{URL: root, AskPlain: true}, &watcher{})
	if err != nil {
		t.Fatal(err)
	}
	if v.Reach != page.ReachOK || v.Plain.Does != "" || v.Exhausted != "" || len(v.Plain.Requests) != 1 {
		t.Errorf("%+v", v)
	}
	kept := page.Plain{Does: page.PlainServes}
	if v, err = c.Visit(t.Context(), Target{URL: root, AskPlain: true, Plain: kept}, &watcher{}); err != nil || !cmp.Equal(v.Plain, kept) {
		t.Errorf("what was known did not stay: %+v, %v", v.Plain, err)
	}
}

func TestAVisitCalledOffDuringTheQuestionKeepsWhatWasKnown(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	h := w.put(site, pages(home("")))
	h.http = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	kept := page.Plain{Does: page.PlainServes}
	v, err := w.crawler().Visit(ctx, Target{URL: root, AskPlain: true, Plain: kept}, &watcher{})
	if err == nil || v.Reach != page.ReachOK || !cmp.Equal(v.Plain, kept) {
		t.Errorf("%v, %s, %+v", err, v.Reach, v.Plain)
	}
}

func TestPlainHTTPWaitsForItsTurnLikeAnyRequest(t *testing.T) {
	const gap = 300 * time.Millisecond
	w := newWorld(t)
	w.put(site, pages(home("")))
	v := w.asking(root, func(o *Options) { o.PerHostDelay = gap })
	if v.Plain.Does != page.PlainServes || len(v.Plain.Requests) != 2 || slices.ContainsFunc(v.Plain.Requests, func(f page.Fetch) bool { return f.Waited == 0 }) {
		t.Errorf("%+v", v.Plain)
	}
	w.ledger.mu.Lock()
	defer w.ledger.mu.Unlock()
	if w.ledger.gaps[site] < gap {
		t.Errorf("a gap of %s, want %s", w.ledger.gaps[site], gap)
	}
}
