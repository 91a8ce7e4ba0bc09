package web

// What axe-core finds on the pages, in Chromium: nothing. Also that no page is
// wider than a telephone.

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/vigile-it/vigile/internal/need"
)

func TestAxeFindsNothing(t *testing.T) {
	handlers := map[string]http.Handler{
		"pages": served(t, umbria()).Handler(),
		"wall":  wallServer(t, wall()),
		"long":  wallServer(t, country(400, []string{"accessibility-declaration", "https", "rtd"})),
	}
	paths := []string{"/long/regioni", "/long/regioni/lombardia", "/long/province/PG", "/long/province/PG?schermo=5"}
	for name, pages := range map[string]map[string]int{"pages": everyPage, "wall": wallPages} {
		for path, status := range pages {
			plain := strings.HasSuffix(path, "/notice")
			if status == http.StatusOK && !plain || path == "/nothing" || path == "/comuni?page=x" { // one error is like the other
				paths = append(paths, "/"+name+path)
			}
		}
	}
	slices.Sort(paths)
	need.Axe(t, handlers, paths)
}
