package assess

// What a visit keeps of the pages it was shown: facts.

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"weak"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/crawler/page"
)

// A visit spends nearly all its time waiting for the network. A page that it kept
// meanwhile, or all that checks made of one, would be kept hundreds of times.
func TestNoPageIsKeptOnceItWasShown(t *testing.T) {
	list, err := checks.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	a := assessor(t, &site{}, list...)
	w := newWatcher(a, vallefinta(), list, true, day)
	shown := make([]weak.Pointer[page.Page], 0, 3)
	for n := range cap(shown) {
		shown = append(shown, seen(w, n))
	}
	runtime.GC()
	runtime.GC()
	for n, p := range shown {
		if p.Value() != nil {
			t.Errorf("page %d is still there", n)
		}
	}
	if len(w.notes.Facts()) == 0 {
		t.Error("nothing was noted")
	}
	runtime.KeepAlive(w)
}

//go:noinline
func seen(w *watcher, n int) weak.Pointer[page.Page] {
	address := fmt.Sprintf("%spagina-%d", home, n)
	p := page.Parse(page.Raw{
		URL: address, FinalURL: address, Status: 200, Depth: n, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		Body: []byte(`<!doctype html><html lang="it"><title>Comune di Vallefinta</title><p>` + strings.Repeat("Testo della pagina del comune. ", 20) +
			`<footer><a href="/privacy">Privacy</a> <a href="https://form.agid.gov.it/view/aaaa">Dichiarazione di accessibilità</a></footer>`),
	})
	p.Drop()
	w.See(p)
	return weak.Make(p)
}
