package need

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestAxeFindsWhatIsWrong(t *testing.T) {
	page := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", "default-src 'none'")
			fmt.Fprintf(w, `<!DOCTYPE html><html lang="it"><head><meta http-equiv="Content-Security-Policy" content="default-src 'none'"><title>Prova</title></head><body><main><h1>Prova</h1>%s</main></body></html>`, body)
		}
	}
	found := axeFinds(t, map[string]http.Handler{
		"well": page("<p>Nulla.</p>"), "unnamed": page(`<a href="/x"></a>`), "wide": page(`<p style="width:900px">Largo</p>`),
	}, []string{"/well/", "/unnamed/", "/wide/"})
	for what, n := range map[string]int{"/well/": 0, "/unnamed/ at 360: link-name": 1, "/unnamed/ at 1280: link-name": 1, "wide at 360": 1, "wide at 1280": 0} {
		got := 0
		for _, f := range found {
			if strings.Contains(f, what) {
				got++
			}
		}
		if got != n {
			t.Errorf("%d of %q: %v", got, what, found)
		}
	}
}
