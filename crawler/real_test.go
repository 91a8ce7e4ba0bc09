package crawler

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/need"
)

// No real page may be taken for a challenge, a placeholder or a shell.
func TestRealPagesAreContent(t *testing.T) {
	c := loaded(t)
	err := filepath.WalkDir(need.Data(t, "pages"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".html") || strings.Contains(name, "_template") || strings.HasSuffix(name, "_head.html") {
			return err
		}
		body, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		p := page.Parse(page.Raw{URL: root, FinalURL: root + "/", Status: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: body})
		if got := c.of(p); got.reach != "" {
			t.Errorf("%s: %s (%s)", filepath.Base(name), got.reach, got.why)
		}
		if to, _ := signpost(p); to != nil {
			t.Errorf("%s: sends on to %s", filepath.Base(name), to)
		}
		t.Logf("%s: %d bytes of text, %d links", filepath.Base(name), len(p.Folded), followable(p))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
