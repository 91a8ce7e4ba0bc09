package crawler

// Sites for the test world, those who look at them, and questions to what came
// of a visit.

import (
	"io"
	"net/http"
	"strings"

	"github.com/vigile-it/vigile/crawler/page"
)

const (
	site = "www.comune.prova.pg.it"
	bare = "comune.prova.pg.it"
	root = "https://" + site
)

// watcher is a Watcher that wants the same until it has seen enough.
type watcher struct {
	wants []page.Interest
	seen  []string
	pages []page.Page
	until int // pages after which it is settled; 0: never
}

func (w *watcher) See(p *page.Page) ([]page.Interest, bool) {
	w.seen = append(w.seen, p.FinalURL)
	kept := *p
	kept.Root = nil
	w.pages = append(w.pages, kept)
	return w.wants, w.until > 0 && len(w.seen) >= w.until
}

// about wants links whose folded label holds the word.
func about(word string) page.Interest {
	return page.Interest{ID: word, MaxHops: 1, Match: func(l page.Link) int {
		if strings.Contains(l.Folded, word) {
			return 10
		}
		return 0
	}}
}

// filler is text that makes a page look like one.
const filler = `<p>Il Comune informa la cittadinanza che gli uffici sono aperti al pubblico dal lunedì al venerdì, dalle ore nove
alle ore dodici, e che ogni istanza può essere presentata allo sportello o per posta elettronica certificata.</p>`

// document is a whole page of that body.
func document(title, body string) string {
	return "<!doctype html><html lang=it><head><meta charset=utf-8><title>" + title + "</title></head><body><header><nav><a href=/>Home</a></nav></header><main>" +
		filler + body + "</main><footer><p>Comune di Prova, piazza del Popolo 1</p><a href=/contatti>Contatti</a></footer></body></html>"
}

// pages is a handler that serves documents by path and 404 for the rest.
func pages(byPath map[string]string) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		body, ok := byPath[r.URL.Path]
		if !ok {
			rw.WriteHeader(http.StatusNotFound)
			io.WriteString(rw, "<html><body><h1>Not Found</h1></body></html>")
			return
		}
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path == "/robots.txt" {
			rw.Header().Set("Content-Type", "text/plain")
		}
		io.WriteString(rw, body)
	}
}

func reading(v page.Visit, id string) page.Reading { i := v.Inquiry(id); return i.Reading }

func attempted(v page.Visit) []string {
	var out []string
	for _, a := range v.Attempts {
		out = append(out, a.URL+" "+string(a.Reach))
	}
	return out
}

// content is about what a small real home page holds.
func content(extra string) string {
	var links strings.Builder
	for _, l := range strings.Fields("amministrazione novita servizi vivere albo privacy uffici sindaco giunta consiglio regolamenti bandi") {
		links.WriteString("<li><a href=/" + l + ">" + l + "</a></li>")
	}
	return document("Comune di Prova", "<ul>"+links.String()+"</ul>"+strings.Repeat(filler, 4)+extra)
}

func home(body string) map[string]string {
	return map[string]string{"/": document("Comune di Prova", body)}
}

func with(byPath map[string]string, more ...string) map[string]string {
	for i := 0; i+1 < len(more); i += 2 {
		byPath[more[i]] = more[i+1]
	}
	return byPath
}

// openTo lets robots.txt be missing and leaves the rest to h.
func openTo(h http.HandlerFunc) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			rw.WriteHeader(http.StatusNotFound)
			return
		}
		h(rw, r)
	}
}

// status answers every request with a code.
func status(code int, header ...string) http.HandlerFunc {
	return openTo(func(rw http.ResponseWriter, r *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			rw.Header().Set(header[i], header[i+1])
		}
		rw.WriteHeader(code)
	})
}

func redirectTo(to string) http.HandlerFunc { return status(http.StatusFound, "Location", to) }

// notice answers every request with one page.
func notice(code int, body string) http.HandlerFunc {
	return openTo(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/html")
		rw.WriteHeader(code)
		io.WriteString(rw, body)
	})
}
