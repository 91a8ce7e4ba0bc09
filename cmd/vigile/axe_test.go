package main

// What axe-core finds in the reports of the invented Italy: nothing.

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/vigile-it/vigile/internal/need"
)

func TestAxeFindsNothingInTheReports(t *testing.T) {
	need.Browser(t) // before the crawl
	r := crawled(t, 12)
	dir := t.TempDir()
	var paths []string
	for name, args := range map[string][]string{
		"report":        {"report", "--provincia", "ZZ"},
		"maturity":      {"index", "--provincia", "ZZ"},
		"compare":       {"compare", "--comune", "990001", "--comune", "990006", "--comune", "990008", "--ente", "p_zz"},
		"questionnaire": {"questionnaire", "--comune", "990001"},
		"english":       {"--lang", "en", "questionnaire", "--comune", "990006", "--section", "5"},
	} {
		r.must(t, firstDay, append(args, "--format", "html", "--output", filepath.Join(dir, name+".html"))...)
		paths = append(paths, "/reports/"+name+".html")
	}
	r.must(t, firstDay, "crawl", "--comune", "990001", "--comune", "990006", "--comune", "990008", "--quiet", "--output", filepath.Join(dir, "crawl.html"))
	if _, err := os.Stat(filepath.Join(dir, "crawl.html")); err != nil {
		t.Fatal(err)
	}
	need.Axe(t, map[string]http.Handler{"reports": http.FileServer(http.Dir(dir))}, append(paths, "/reports/crawl.html"))
}
