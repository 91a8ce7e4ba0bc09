package web

// What axe-core finds on the pages, in Chromium: nothing. Also that no page is
// wider than a telephone.

import (
	"context"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/internal/need"
)

// axeHarness goes through the pages in frames, one after the other, and leaves
// what it found in the document, which Chromium prints.
var axeHarness = template.Must(template.New("").Parse(`<!DOCTYPE html><html lang="en"><title>harness</title><body><script>
const pages = {{.}}, found = [];
(async () => {
  for (const path of pages) for (const width of [360, 1280]) {
    const frame = document.createElement("iframe");
    frame.width = width; frame.height = 900; frame.src = path;
    await new Promise(done => { frame.onload = done; document.body.append(frame); });
    const doc = frame.contentDocument, script = doc.createElement("script");
    script.src = "/axe.min.js";
    await new Promise(done => { script.onload = done; doc.head.append(script); });
    const result = await frame.contentWindow.axe.run(doc);
    for (const v of result.violations) for (const n of v.nodes) found.push(path + " at " + width + ": " + v.id + ": " + v.help + ": " + n.html);
    if (doc.documentElement.scrollWidth > width) found.push(path + ": " + doc.documentElement.scrollWidth + " wide at " + width);
    frame.remove();
  }
  const out = document.createElement("pre");
  out.id = "found"; out.textContent = JSON.stringify({pages: pages.length, found});
  document.body.append(out);
})();
</script></body></html>`))

// axeServer serves the pages so that a harness may look into them.
func axeServer(t *testing.T, h http.Handler, axe string, pages []string) *httptest.Server {
	t.Helper()
	script, err := os.ReadFile(axe)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/axe.min.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write(script)
	})
	mux.HandleFunc("/harness", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := axeHarness.Execute(w, pages); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		got := httptest.NewRecorder()
		h.ServeHTTP(got, r)
		w.Header().Set("Content-Type", got.Header().Get("Content-Type")) // and not the policy, which allows no script
		w.WriteHeader(got.Code)
		_, _ = w.Write(got.Body.Bytes())
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func TestAxeFindsNothing(t *testing.T) {
	chromium, axe := need.Browser(t)
	for name, c := range map[string]struct {
		handler http.Handler
		pages   map[string]int
	}{
		"pages": {served(t, umbria()).Handler(), everyPage},
		"wall":  {wallServer(t, wall()), wallPages},
		"long":  {wallServer(t, country(400, []string{"accessibility-declaration", "https", "rtd"})), map[string]int{"/regioni": 200, "/regioni/lombardia": 200, "/province/PG": 200}},
	} {
		t.Run(name, func(t *testing.T) {
			var pages []string
			for _, p := range slices.Sorted(maps.Keys(c.pages)) {
				if !strings.HasSuffix(p, "/notice") {
					pages = append(pages, p)
				}
			}
			server := axeServer(t, c.handler, axe, pages)
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
				"--user-data-dir="+t.TempDir(), "--virtual-time-budget=600000", "--window-size=1400,1000", "--dump-dom", server.URL+"/harness")
			cmd.WaitDelay = 5 * time.Second
			dom, err := cmd.Output()
			if err != nil {
				t.Fatalf("chromium: %v", err)
			}
			var got struct {
				Pages int
				Found []string
			}
			out := parsed(t, string(dom)).Find("#found").Text()
			if err := json.Unmarshal([]byte(out), &got); err != nil || got.Pages != len(pages) {
				t.Fatalf("the harness did not come to its end: %v: %.2000s", err, dom)
			}
			for _, f := range got.Found {
				t.Error(f)
			}
		})
	}
}
