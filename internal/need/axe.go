package need

// Pages looked over by axe-core in Chromium, at the width of a telephone and of a
// desk.

import (
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"testing"
	"time"
)

// axeTimeout is how long Chromium may take over all pages of a test, on a machine
// that has much else to do.
const axeTimeout = 5 * time.Minute

// axeHarness goes through the pages in frames, one after the other, and sends
// what it found. A page that asks to come anew does so long after it is done.
var axeHarness = template.Must(template.New("").Parse(`<!DOCTYPE html><html lang="en"><title>harness</title><body><script>
const pages = {{.}}, found = [];
const loaded = what => new Promise((done, failed) => { what.onload = done; what.onerror = () => failed(new Error("did not load: " + what.src)); });
(async () => {
  try {
    for (const path of pages) for (const width of [360, 1280]) {
      const frame = document.createElement("iframe");
      frame.width = width; frame.height = 900; frame.src = path;
      const there = loaded(frame);
      document.body.append(frame);
      await there;
      const doc = frame.contentDocument, script = doc.createElement("script");
      script.src = "/axe.min.js";
      const ready = loaded(script);
      doc.head.append(script);
      await ready;
      const result = await frame.contentWindow.axe.run(doc, {resultTypes: ["violations"]});
      for (const v of result.violations) for (const n of v.nodes) found.push(path + " at " + width + ": " + v.id + ": " + v.help + ": " + n.html);
      if (doc.documentElement.scrollWidth > width) found.push(path + ": " + doc.documentElement.scrollWidth + " wide at " + width);
      frame.remove();
    }
  } catch (e) { found.push("the harness broke: " + e); }
  await fetch("/found", {method: "POST", body: JSON.stringify({Pages: pages.length, Found: found})});
})();
</script></body></html>`))

// Axe has axe-core look over pages, and fails the test for whatever it finds: a
// violation, or a page that is wider than a telephone or a desk. The handlers
// are by the first element of the paths they serve, which they do not see; what
// else their pages load comes from any that has it. Where Chromium or axe-core is
// not installed the test is skipped, as Browser says.
func Axe(t *testing.T, handlers map[string]http.Handler, paths []string) {
	t.Helper()
	for _, f := range axeFinds(t, handlers, paths) {
		t.Error(f)
	}
}

// axeFinds is what Axe finds.
func axeFinds(t *testing.T, handlers map[string]http.Handler, paths []string) []string {
	t.Helper()
	chromium, axe := Browser(t)
	script, err := os.ReadFile(axe)
	if err != nil {
		t.Fatal(err)
	}
	found := make(chan []byte, 1)
	var once sync.Once
	mux := http.NewServeMux()
	mux.HandleFunc("/axe.min.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write(script)
	})
	mux.HandleFunc("/harness", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := axeHarness.Execute(w, paths); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("POST /found", func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 64<<20))
		if err == nil {
			once.Do(func() { found <- body })
		}
	})
	for name, h := range handlers {
		mux.Handle("/"+name+"/", http.StripPrefix("/"+name, withoutPolicy(h)))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { // style sheets
		for _, h := range handlers {
			got := httptest.NewRecorder()
			if h.ServeHTTP(got, r); got.Code == http.StatusOK {
				w.Header().Set("Content-Type", got.Header().Get("Content-Type"))
				_, _ = w.Write(got.Body.Bytes())
				return
			}
		}
		http.NotFound(w, r)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)

	ctx, cancel := context.WithTimeout(t.Context(), axeTimeout)
	defer cancel()
	ended, said := browse(ctx, t, chromium, server.URL+"/harness")
	select {
	case body := <-found:
		cancel()
		<-ended
		var got struct {
			Pages int
			Found []string
		}
		if err := json.Unmarshal(body, &got); err != nil || got.Pages != len(paths) {
			t.Fatalf("what the harness sent: %v: %.2000s", err, body)
		}
		return got.Found
	case err := <-ended:
		t.Fatalf("chromium ended before the harness: %v\n%s", err, said())
	}
	return nil
}

// policy is what forbids a page scripts, in its text: axe-core is one.
var policy = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`)

// withoutPolicy serves pages without what forbids them scripts and frames.
func withoutPolicy(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := httptest.NewRecorder()
		h.ServeHTTP(got, r)
		w.Header().Set("Content-Type", got.Header().Get("Content-Type"))
		w.WriteHeader(got.Code)
		_, _ = w.Write(policy.ReplaceAll(got.Body.Bytes(), nil))
	})
}

// browse opens a page in a Chromium of its own, with all it starts, until the
// context ends. Ended gets how it came to its end, said is what it wrote.
func browse(ctx context.Context, t *testing.T, chromium, page string) (ended <-chan error, said func() string) {
	t.Helper()
	profile, err := os.MkdirTemp("", "vigile-axe-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(profile) }) // a process of its may still be writing: no failure of ours
	log, err := os.CreateTemp(t.TempDir(), "chromium-*")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{
		"--no-sandbox", // it does not start with one as root, nor in many containers; the pages are ours
		"--headless", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-default-browser-check", "--disable-extensions", "--mute-audio",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-port=0", "--user-data-dir=" + profile, "--window-size=1400,1000",
	}
	cmd := exec.CommandContext(ctx, chromium, append(args, page)...)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = log, log, 10*time.Second
	inGroup(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(fmt.Errorf("starting chromium: %w", err))
	}
	done := make(chan error, 1)
	go func() {
		done <- cmd.Wait()
		log.Close()
	}()
	return done, func() string {
		b, err := os.ReadFile(log.Name())
		if err != nil {
			return err.Error()
		}
		return string(b[max(0, len(b)-4_000):])
	}
}
