package main

// docs/CHECKS.md and docs/CHECKS.en.md are made here, in the words of "vigile
// checks show"; "make docs" writes them, and this test fails where they are
// stale.

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/internal/messages"
)

func TestChecksDocumentsAreFresh(t *testing.T) {
	for lang, name := range map[string]string{"it": "CHECKS.md", "en": "CHECKS.en.md"} {
		made := checksDocument(t, lang)
		if dir := os.Getenv("VIGILE_CHECKS_DOCS"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name), made, 0o644); err != nil { //nolint:gosec // a document
				t.Fatal(err)
			}
			continue
		}
		kept, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(kept), "\n"), strings.Split(string(made), "\n")); diff != "" {
			t.Errorf("docs/%s is stale: make docs\n%s", name, diff)
		}
	}
}

func checksDocument(t *testing.T, lang string) []byte {
	t.Helper()
	list, err := checks.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	text, err := messages.For(lang)
	if err != nil {
		t.Fatal(err)
	}
	a := &app{text: text}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n%s\n", text.Text("checks.document"), text.Text("checks.document_note"))
	for _, c := range list {
		b.WriteString("\n")
		a.checkMarkdown(&b, "##", a.checkText(c.Meta, platformsOf(list)))
	}
	return b.Bytes()
}
