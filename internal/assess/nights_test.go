package assess

import (
	"context"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler"
	"github.com/vigile-it/vigile/internal/netguard"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// document is what a server sends of an address, and how it answers who asks whether
// that has changed.
type document struct {
	body     string
	tag      string
	date     time.Time
	header   map[string]string
	byDate   bool // the date decides, whatever the tag
	stubborn bool // nothing ever changes
}

// standingSite serves documents by their path.
type standingSite map[string]document

func (s standingSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d, ok := s[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if strings.HasSuffix(r.URL.Path, ".js") {
		h.Set("Content-Type", "text/javascript")
	}
	for name, value := range d.header {
		h.Set(name, value)
	}
	if d.tag != "" {
		h.Set("ETag", d.tag)
	}
	if !d.date.IsZero() {
		h.Set("Last-Modified", d.date.UTC().Format(http.TimeFormat))
	}
	if d.same(r.Header) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Write([]byte(d.body)) //nolint:errcheck // the client may have gone
}

func (d document) same(asked http.Header) bool {
	tag := asked.Get("If-None-Match")
	since, err := http.ParseTime(asked.Get("If-Modified-Since"))
	switch {
	case tag == "" && err != nil:
		return false
	case d.stubborn, tag != "" && tag == d.tag:
		return true
	}
	return err == nil && (tag == "" || d.byDate) && !d.date.IsZero() && !d.date.After(since)
}

// remembered is the present view of one comune.
type remembered struct{ latest *record.Latest }

func (m *remembered) Previous(context.Context, string) (record.Latest, bool, error) {
	if m.latest == nil {
		return record.Latest{}, false, nil
	}
	return *m.latest, true, nil
}

// nightly assesses one site night after night, as two assessors see it: one that keeps
// pages and one that remembers none.
type nightly struct {
	t             *testing.T
	row           registry.Comune
	now           time.Time
	memory        *remembered
	keeping, anew *Assessor
}

func newNightly(t *testing.T, s standingSite) *nightly {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	guard, err := netguard.New(netguard.Options{AllowPrivate: true, ExtraPorts: []int{number}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { guard.Close() })
	visitor, err := crawler.New(crawler.Options{Transport: guard, UserAgent: "vigile/test (+https://vigile.example)", Product: "vigile", ObeyRobots: true})
	if err != nil {
		t.Fatal(err)
	}
	all, err := checks.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	n := &nightly{t: t, now: day, memory: &remembered{}, row: registry.Comune{
		Istat: "990001", Name: "Vallefinta", Site: registry.Site{Raw: server.URL + "/", URL: server.URL + "/", Explicit: true},
	}}
	o := Options{Visitor: visitor, Checks: all, Memory: n.memory, Pages: &drawer{}, Under: "one program", Now: func() time.Time { return n.now }}
	if n.keeping, err = New(o); err != nil {
		t.Fatal(err)
	}
	o.Pages = nil
	if n.anew, err = New(o); err != nil {
		t.Fatal(err)
	}
	return n
}

// night is what is found with what was kept, and what without.
func (n *nightly) night(r Request) (kept, fresh map[string]finding.Finding) {
	n.t.Helper()
	x, err := n.keeping.Assess(n.t.Context(), n.row, r)
	if err != nil {
		n.t.Fatal(err)
	}
	y, err := n.anew.Assess(n.t.Context(), n.row, Request{Run: "anew"})
	if err != nil {
		n.t.Fatal(err)
	}
	var before record.Latest
	if n.memory.latest != nil {
		before = *n.memory.latest
	}
	l, _ := before.Take(x, record.NightOf(x.Started, time.UTC))
	n.memory.latest = &l
	return byCheck(x.Findings), byCheck(y.Findings)
}

func byCheck(all []finding.Finding) map[string]finding.Finding {
	out := map[string]finding.Finding{}
	for _, f := range all {
		out[f.Check] = f
	}
	return out
}

// About the pages of Vallefinta.
var (
	prose       = strings.Repeat("<p>Gli uffici di Vallefinta sono aperti al pubblico dal lunedì al venerdì, dalle nove alle dodici.</p>", 6)
	transparent = document{body: vallefintaPage("Amministrazione trasparente",
		"<h2>Disposizioni generali</h2><h2>Organizzazione</h2><h2>Consulenti e collaboratori</h2><h2>Personale</h2><h2>Bandi di concorso</h2><h2>Performance</h2>")}
)

const (
	linkTransparent = "<a href='/trasparente'>Amministrazione trasparente</a>"
	footerWithout   = `document.write("<footer><a href='/note'>Note legali</a></footer>");`
	footerWith      = `document.write("<footer><a href='/note'>Note legali</a>` + linkTransparent + `</footer>");`
	emptySitemap    = `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>`
)

func vallefintaPage(title, inner string) string {
	return "<!doctype html><html lang=it><head><title>" + title + "</title></head><body><header><a href=/>Comune di Vallefinta</a></header><main><h1>" + title +
		"</h1>" + prose + inner + "<a href=/novita>Novità</a><a href=/contatti>Contatti</a><a href=/uffici>Uffici</a><a href=/eventi>Eventi</a><a href=/luoghi>Luoghi</a></main></body></html>"
}

// written is a home page whose footer a script writes.
func written(home, footer document) standingSite {
	home.body = vallefintaPage("Comune di Vallefinta", "<script src=/footer.js></script>")
	return standingSite{"/": home, "/footer.js": footer, "/note": {body: vallefintaPage("Note legali", "")}}
}

func TestNothingThatIsKeptOutlivesWhatAVisitWithoutItWouldFind(t *testing.T) {
	old := time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)
	alone := func(home document) func() standingSite {
		return func() standingSite {
			home.body = vallefintaPage("Comune di Vallefinta", "")
			return standingSite{"/": home}
		}
	}
	for _, c := range []struct {
		name   string
		site   func() standingSite
		change func(standingSite)
		check  string
		began  time.Duration // that the clock was ahead on the first night
		looked bool          // a second look confirmed what the first night had found
		after  int           // nights until what has changed must be seen
	}{
		{
			name: "a script known by its date alone, under a red", looked: true, check: "transparency", after: 1,
			site: func() standingSite { return written(document{}, document{body: footerWithout, date: old}) },
			change: func(s standingSite) {
				s["/footer.js"] = document{body: footerWith, date: old.AddDate(0, -1, 0)}
				s["/trasparente"] = transparent
			},
		},
		{
			name: "a script known by its date, of a page known by its tag", check: "transparency", after: 1,
			site: func() standingSite {
				return written(document{tag: `"a"`}, document{body: footerWithout, date: old})
			},
			change: func(s standingSite) {
				s["/footer.js"] = document{body: footerWith, date: old}
				s["/trasparente"] = transparent
			},
		},
		{
			name: "a script that never changes, its server says", check: "transparency", after: 8,
			site: func() standingSite {
				s := written(document{}, document{body: footerWith, tag: `"v"`, stubborn: true})
				s["/trasparente"] = transparent
				return s
			},
			change: func(s standingSite) {
				s["/footer.js"] = document{body: footerWithout, tag: `"v"`, stubborn: true}
				delete(s, "/trasparente")
			},
		},
		{
			name: "a sitemap that never changes, its server says", check: "dpo", after: 8,
			site: func() standingSite {
				s := alone(document{})()
				s["/sitemap.xml"] = document{body: emptySitemap, tag: `"v"`, stubborn: true}
				return s
			},
			change: func(s standingSite) {
				s["/privacy"] = document{body: vallefintaPage("Informativa sulla privacy", "<p>Responsabile della protezione dei dati: dpo@comune.vallefinta.it</p>")}
				s["/sitemap.xml"] = document{body: strings.ReplaceAll(emptySitemap, "</urlset>", "<url><loc>SITE/privacy</loc></url></urlset>"), tag: `"v"`, stubborn: true}
			},
		},
		{
			name: "a header that was taken back", check: "transparency", after: 1,
			site: func() standingSite {
				s := alone(document{})()
				s["/"] = document{body: vallefintaPage("Comune di Vallefinta", linkTransparent)}
				s["/trasparente"] = document{body: transparent.body, header: map[string]string{"X-Robots-Tag": "noindex"}}
				return s
			},
			change: func(s standingSite) { s["/trasparente"] = transparent },
		},
		{
			name: "a page of both validators whose server goes by the date, under a red", check: "transparency", after: 1,
			site: alone(document{tag: `"a"`, date: old, byDate: true}),
			change: func(s standingSite) {
				s["/"] = document{body: vallefintaPage("Comune di Vallefinta", linkTransparent), tag: `"b"`, date: old, byDate: true}
				s["/trasparente"] = transparent
			},
		},
		{
			name: "a page read by a clock that was ahead", check: "transparency", began: 365 * 24 * time.Hour, after: 1,
			site: alone(document{tag: `"a"`, stubborn: true}),
			change: func(s standingSite) {
				s["/"] = document{body: vallefintaPage("Comune di Vallefinta", linkTransparent), tag: `"a"`, stubborn: true}
				s["/trasparente"] = transparent
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := c.site()
			n := newNightly(t, s)
			n.now = day.Add(c.began)
			first, _ := n.night(Request{Run: "first"})
			if c.looked {
				n.now = n.now.Add(2 * time.Hour)
				n.night(Request{Run: "second look", Anew: true})
			}
			c.change(s)
			for path, d := range maps.All(s) {
				d.body = strings.ReplaceAll(d.body, "SITE/", n.row.Site.URL)
				s[path] = d
			}
			changed := false
			for night := 1; night <= 10; night++ {
				n.now = day.AddDate(0, 0, night)
				kept, fresh := n.night(Request{Run: "r" + strconv.Itoa(night)})
				got, want := kept[c.check], fresh[c.check]
				changed = changed || want.Reason != first[c.check].Reason
				if night >= c.after && (got.Verdict != want.Verdict || got.Reason != want.Reason) {
					t.Fatalf("%d nights later %s %s, where a visit without memory finds %s %s", night, got.Verdict, got.Reason, want.Verdict, want.Reason)
				}
			}
			if !changed {
				t.Errorf("%s was and is %s: the test shows nothing", c.check, first[c.check].Reason)
			}
		})
	}
}
