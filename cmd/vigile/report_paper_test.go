package main

// Report and index of a province on paper, as the system's Chromium prints them.

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/vigile-it/vigile/internal/need"
)

// A province of 60 comuni fills less than a page for each of them.
func TestOnPaperAComuneTakesLessThanAPage(t *testing.T) {
	chromium, _ := need.Browser(t) // before the crawl
	r := inUnions(t, 60)
	r.env["PATH"] = filepath.Dir(chromium)
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	r.must(t, firstDay, "report", "--provincia", "ZZ", "--format", "pdf", "--output", file("report.pdf"))
	r.must(t, firstDay, "index", "--provincia", "ZZ", "--format", "html", "--output", file("index.html"))
	if said, err := exec.CommandContext(t.Context(), chromium, printArgs(dir, file("index.html"), file("index.pdf"))...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	for name, least := range map[string]int{"report.pdf": 10, "index.pdf": 5} {
		pdf, err := os.ReadFile(file(name))
		if err != nil {
			t.Fatal(err)
		}
		if pages := bytes.Count(pdf, []byte("/Type /Page\n")); pages < least || pages >= len(r.comuni()) {
			t.Errorf("%s: %d pages for %d comuni", name, pages, len(r.comuni()))
		}
	}
}
