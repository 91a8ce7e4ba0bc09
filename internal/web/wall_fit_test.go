package web

// A wall screen has no one to scroll it: what it shows is as high as the screen, as
// Chromium lays it out.

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/need"
	"github.com/vigile-it/vigile/internal/report"
)

// long are titles of duties, as long as those of the catalogue.
func long() []report.Meta {
	var out []report.Meta
	for i, title := range []string{
		"Dichiarazione di accessibilità", "Obiettivi di accessibilità", "Responsabile per la transizione al digitale (RTD)", "Amministrazione trasparente",
		"Contatti del responsabile della protezione dei dati (RPD, DPO)", "Niente più password del comune per i cittadini", "Sito raggiungibile in HTTPS",
		"Accesso con SPID", "Accesso con CIE", "Pagamenti con pagoPA", "Albo pretorio in rete", "Informativa sulla privacy", "Indirizzo del sito in IPA",
	} {
		m := metaOf([]string{
			"accessibility-declaration", "accessibility-objectives", "rtd", "transparency", "dpo", "legacy-login", "https", "spid", "cie", "pagopa", "albo-pretorio", "privacy", "registry-site",
		}[i], finding.Obligation)
		m.Titles.IT = title
		out = append(out, m)
	}
	return append(out, metaOf("online-services", finding.Information), metaOf("app-io", finding.Information))
}

func TestAWallScreenFitsOnOneScreen(t *testing.T) {
	chromium, _ := need.Browser(t)
	var ids []string
	for _, m := range long() {
		ids = append(ids, m.ID)
	}
	m := country(comuniOfItaly, ids)
	for i := 110; i < 2_500; i++ { // changes of today, everywhere
		m.see(looked(m.views[i].Comune, noon.Add(-time.Duration(i)*time.Second/2), found("accessibility-declaration", finding.Fail, "no_link", finding.High)))
	}
	h := wallServer(t, m, func(o *Options) { o.Checks = long() })
	var frames, names []string
	for _, path := range []string{"/regioni", "/regioni/umbria", "/regioni/lombardia", "/province/PG"} {
		for _, size := range [][2]int{{1366, 768}, {1920, 1080}} {
			frames = append(frames, fmt.Sprintf(`<iframe src="%s?schermo=5" width="%d" height="%d" style="border:0"></iframe>`, path, size[0], size[1]))
			names = append(names, fmt.Sprintf("%s at %d x %d", path, size[0], size[1]))
		}
	}
	harness := `<!DOCTYPE html><body>` + strings.Join(frames, "") + `<pre id="out"></pre><script>onload = () => {
document.getElementById("out").textContent = [...document.querySelectorAll("iframe")].map(f => {
	const e = f.contentDocument.documentElement;
	return e.scrollWidth + "x" + e.scrollHeight + " in " + f.width + "x" + f.height + " rows " + e.querySelectorAll("tbody tr").length;
}).join("\n"); };</script>`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path == "/" {
			_, _ = w.Write([]byte(harness))
			return
		}
		asked := httptest.NewRecorder()
		h.ServeHTTP(asked, r)
		w.Header().Set("Content-Type", asked.Header().Get("Content-Type"))
		_, _ = w.Write(asked.Body.Bytes()) // without what forbids frames
	}))
	defer server.Close()
	args := []string{"--headless", "--disable-gpu", "--no-first-run", "--user-data-dir=" + filepath.Join(t.TempDir(), "profile"), "--dump-dom"}
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox")
	}
	dom, err := exec.CommandContext(t.Context(), chromium, append(args, server.URL+"/")...).Output()
	if err != nil {
		t.Fatal(err)
	}
	laid := regexp.MustCompile(`(\d+)x(\d+) in (\d+)x(\d+) rows (\d+)`).FindAllSubmatch(dom, -1)
	if len(laid) != len(names) {
		t.Fatalf("%d pages were laid out, not %d: %s", len(laid), len(names), dom)
	}
	for i, l := range laid {
		if string(l[1]) != string(l[3]) || string(l[2]) != string(l[4]) {
			t.Errorf("%s takes %s x %s", names[i], l[1], l[2])
		}
		if string(l[5]) == "0" {
			t.Errorf("%s shows nothing", names[i])
		}
	}
}
