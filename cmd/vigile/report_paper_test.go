package main

// The report of a province on paper, as the system's Chromium prints it.

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/vigile-it/vigile/internal/need"
)

// A province of 60 comuni fills less than a page for each of them.
func TestTheReportOnPaperIsShorterThanAPageAComune(t *testing.T) {
	chromium, _ := need.Browser(t) // before the crawl
	r := inUnions(t, 60)
	r.env["PATH"] = filepath.Dir(chromium)
	file := filepath.Join(t.TempDir(), "zz.pdf")
	r.must(t, firstDay, "report", "--provincia", "ZZ", "--format", "pdf", "--output", file)
	pdf, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pages := bytes.Count(pdf, []byte("/Type /Page\n"))
	if comuni := len(r.comuni()); pages < comuni/6 || pages >= comuni {
		t.Errorf("%d pages for %d comuni", pages, comuni)
	}
}
