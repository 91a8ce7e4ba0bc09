package crawler

import (
	"net/http"
	"testing"

	"github.com/vigile-it/vigile/crawler/page"
)

// An interest that may lead off the site reads no more there than it was given,
// and asks the other host's robots.txt first.
func TestAnInterestReadsOnlySoManyPagesOffTheSite(t *testing.T) {
	const portal = "portale.example.com"
	links := `<a href="https://portale.example.com/1">Trasparenza uno</a> <a href="https://portale.example.com/2">Trasparenza due</a> <a href="/trasparenza">Trasparenza tre</a> <a href="https://portale.example.com/4">Trasparenza quattro</a>`
	for name, tc := range map[string]struct {
		bound  int
		robots string
		own    http.HandlerFunc // what /trasparenza answers
		want   int              // pages asked of the portal
	}{
		"no bound of its own": {bound: 0, want: 3},
		"two":                 {bound: 2, want: 2},
		"one":                 {bound: 1, want: 1},
		"robots keep us out":  {bound: 2, robots: "User-agent: *\nDisallow: /\n", want: 0},
		"a redirect off the site counts as a page": {bound: 1, own: redirectTo("https://portale.example.com/3"), want: 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			own := tc.own
			if own == nil {
				own = pages(map[string]string{"/trasparenza": document("Trasparenza", "")})
			}
			w.put(site, func(rw http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/trasparenza" {
					own(rw, r)
					return
				}
				pages(home(links))(rw, r)
			})
			there := map[string]string{"/robots.txt": tc.robots}
			for _, p := range []string{"/1", "/2", "/3", "/4"} {
				there[p] = document("Portale", "")
			}
			if tc.robots == "" {
				delete(there, "/robots.txt")
			}
			w.put(portal, pages(there))
			i := about("trasparenza")
			i.CrossHost, i.OffSite = true, tc.bound
			v := w.visit(root, &watcher{wants: []page.Interest{i}})
			if got := w.ledger.paths(portal); len(got) != tc.want {
				t.Errorf("asked for %v, want %d pages", got, tc.want)
			}
			if tc.own == nil && v.Inquiry("trasparenza").Reading != page.Read {
				t.Errorf("%+v", v.Inquiry("trasparenza"))
			}
		})
	}
}
