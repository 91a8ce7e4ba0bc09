package main

// The report of a province as a PDF, printed by the system's Chromium where
// there is one. It is given a file without scripts and no network.

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/vigile-it/vigile/internal/report"
)

// chromiumNames are what Chromium and its kin are called, the first that is
// there is taken.
var chromiumNames = []string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome"}

// printTimeout is how long a report may take to be printed.
const printTimeout = 5 * time.Minute

// chromium is the path of the program that prints.
func (a *app) chromium() (string, error) {
	for _, dir := range filepath.SplitList(a.getenv("PATH")) {
		if !filepath.IsAbs(dir) {
			continue // never a program of the folder one happens to stand in
		}
		for _, name := range chromiumNames {
			path := filepath.Join(dir, name)
			if info, err := os.Stat(path); err == nil && !info.IsDir() && info.Mode()&0o111 != 0 {
				return path, nil
			}
		}
	}
	return "", &failure{code: codeUsage, sentence: a.text.Text("province_report.no_chromium"), hint: a.text.Text("province_report.no_chromium_hint")}
}

// provincePDF prints the report in a folder of its own, which goes afterwards.
func (a *app) provincePDF(ctx context.Context, w io.Writer, p report.Province) (err error) {
	program, err := a.chromium()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "vigile-pdf-*")
	if err != nil {
		return fmt.Errorf("making room for the PDF: %w", err)
	}
	defer os.RemoveAll(dir)
	page, pdf := filepath.Join(dir, "report.html"), filepath.Join(dir, "report.pdf")
	var html bytes.Buffer
	if err := report.WriteProvinceHTML(&html, p, a.text); err != nil {
		return err
	}
	if err := os.WriteFile(page, html.Bytes(), 0o600); err != nil {
		return fmt.Errorf("writing what is printed: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, printTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, printArgs(dir, page, pdf)...)
	cmd.WaitDelay = 5 * time.Second // its children may hold the pipe
	said, err := cmd.CombinedOutput()
	if err != nil {
		return a.notPrinted(err, said)
	}
	printed, err := os.ReadFile(pdf)
	if err != nil || !bytes.HasPrefix(printed, []byte("%PDF-")) {
		return a.notPrinted(nil, said)
	}
	_, err = w.Write(printed)
	return err
}

func printArgs(dir, page, pdf string) []string {
	args := []string{
		"--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-background-networking", "--disable-sync", "--disable-component-update",
		"--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9", "--user-data-dir=" + filepath.Join(dir, "profile"),
		"--no-pdf-header-footer", "--print-to-pdf=" + pdf,
	}
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // it refuses to start as root with one; the file has no script
	}
	return append(args, (&url.URL{Scheme: "file", Path: page}).String())
}

// notPrinted says what the program said; without an error, that it left no PDF.
func (a *app) notPrinted(err error, said []byte) error {
	detail := a.text.Text("province_report.pdf_empty")
	if err != nil {
		detail = cmp.Or(lastLine(said), a.cause(err))
	}
	return &failure{
		code: codeInternal, sentence: a.text.Text("province_report.pdf_failed", "detail", plain(detail)), hint: a.text.Text("province_report.pdf_failed_hint"), err: err,
	}
}

// lastLine is the last line that is not blank.
func lastLine(said []byte) string {
	lines := bytes.Split(bytes.TrimSpace(said), []byte("\n"))
	return string(bytes.TrimSpace(lines[len(lines)-1]))
}
