package crawler

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/crawler/page"
)

const site = "www.comune.prova.pg.it"

func TestAVisitReadsTheHomePageAndWhatIsWanted(t *testing.T) {
	w := newWorld(t)
	w.put(site, pages(map[string]string{
		"/":        document("Comune di Prova", `<a href="/privacy">Privacy</a> <a href="/notizie">Notizie</a>`),
		"/privacy": document("Privacy", "Informativa"),
	}))
	watch := &watcher{wants: []page.Interest{about("privacy"), about("albo")}}
	v := w.visit("https://"+site, watch)
	if v.Reach != page.ReachOK || v.Detail != "" {
		t.Fatalf("reach %s %q, attempts %v", v.Reach, v.Detail, v.Attempts)
	}
	if diff := cmp.Diff([]string{"https://" + site + "/", "https://" + site + "/privacy"}, watch.seen); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"/", "/privacy"}, w.ledger.paths(site)); diff != "" {
		t.Error(diff)
	}
	want := []page.Inquiry{
		{ID: page.Home, Reading: page.Read, Pages: []string{"https://" + site + "/"}},
		{ID: "privacy", Reading: page.Read, Pages: []string{"https://" + site + "/privacy"}},
		{ID: "albo", Reading: page.Absent},
	}
	if diff := cmp.Diff(want, v.Inquiries); diff != "" {
		t.Error(diff)
	}
}
