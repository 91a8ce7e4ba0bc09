package web

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/record"
)

// read is a feed as a reader of feeds takes it.
func readFeed(t *testing.T, h http.Handler, target string) atomFeed {
	t.Helper()
	w := ask(t, h, target)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != atomKind {
		t.Fatalf("%s: %d %s", target, w.Code, w.Header().Get("Content-Type"))
	}
	var f atomFeed
	if err := xml.Unmarshal(w.Body.Bytes(), &f); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFeedsTellWhatChanged(t *testing.T) {
	h := served(t, umbria()).Handler()
	want := []string{"Comune di Finto Spoleto: Verifica accessibility-declaration, da sistemare"}
	for target, title := range map[string]string{
		"/feed/comune/990001.atom":                   "Comune di Finto Spoleto: che cosa è cambiato",
		"/feed/provincia/PG.atom":                    "Provincia di Perugia: che cosa è cambiato nei siti dei comuni",
		"/feed/check/accessibility-declaration.atom": "Verifica accessibility-declaration: che cosa è cambiato",
	} {
		f := readFeed(t, h, target)
		var got []string
		for _, e := range f.Entries {
			got = append(got, e.Title)
			if e.Link.Href != "/comuni/990001#check-accessibility-declaration" || !strings.HasPrefix(e.ID, "urn:uuid:") || !strings.Contains(e.Summary, "a posto") {
				t.Errorf("%+v", e)
			}
		}
		if d := cmp.Diff(want, got); d != "" || f.Title != title || f.Updated == "" || f.Links[0].Href != target || f.Author == "" {
			t.Errorf("%s: %+v\n%s", target, f, d)
		}
		if again := readFeed(t, h, target); again.ID != f.ID || again.Entries[0].ID != f.Entries[0].ID {
			t.Error("the names do not last")
		}
	}
	if f := readFeed(t, h, "/feed/check/social.atom"); len(f.Entries) != 0 || f.Updated == "" {
		t.Errorf("an empty feed: %+v", f)
	}
}

func TestAProvinceThatOnlyTheResultsHaveHasTheFeedItsPageLinks(t *testing.T) {
	m := umbria()
	m.see(looked(comuneOf("990009", "Inventato", "ZZ", ""), noon, found("rtd", finding.Pass, "", finding.High)))
	h := served(t, m).Handler()
	const feed = "/feed/provincia/ZZ.atom"
	if link := document(t, h, "/province/ZZ").Find("link[rel=alternate]"); link.AttrOr("href", "") != feed {
		t.Fatal(link.Attr("href"))
	}
	if f := readFeed(t, h, feed); f.Title != "Provincia di ZZ: che cosa è cambiato nei siti dei comuni" {
		t.Error(f.Title)
	}
}

func TestFeedsThatThereAreNot(t *testing.T) {
	h := served(t, umbria()).Handler()
	for target, want := range map[string]int{
		"/feed/comune/990099.atom": 404, "/feed/comune/990001": 404, "/feed/comune/x.atom": 404, "/feed/provincia/pg.atom": 404, "/feed/provincia/XX.atom": 404,
		"/feed/check/nothing.atom": 404, "/feed/check/%2e%2e%2f.atom": 404, "/feed/regione/Umbria.atom": 404, "/feed/check/rtd.atom?x=1": 400,
	} {
		if w := ask(t, h, target); w.Code != want {
			t.Errorf("%s: %d, want %d", target, w.Code, want)
		}
	}
	broken := served(t, &memory{err: errors.New("open /secret")}).Handler()
	if w := ask(t, broken, "/feed/check/rtd.atom"); w.Code != 500 || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestAFeedHoldsTheNewestAndIsWellFormedWhateverIsInIt(t *testing.T) {
	m := &memory{}
	for i := range 3*feedEntries + 7 {
		m.changes = append(m.changes, record.Change{
			Istat: "990001", Comune: "</title>\x00<script>\u202e&", Province: "PG", Check: "rtd", At: noon.Add(time.Duration(i-1000) * time.Minute),
			From: record.State{Verdict: finding.Pass, Value: "]]>\xff"}, To: record.State{Verdict: finding.Fail, Reason: finding.Reason(fmt.Sprint(i))},
		})
	}
	f := readFeed(t, served(t, m).Handler(), "/feed/check/rtd.atom")
	if len(f.Entries) != feedEntries || !strings.Contains(f.Entries[0].Summary, fmt.Sprint(3*feedEntries+6)) ||
		!strings.Contains(f.Entries[feedEntries-1].Summary, fmt.Sprint(2*feedEntries+7)) || f.Updated != f.Entries[0].Updated {
		t.Errorf("%d entries, from %+v to %+v", len(f.Entries), f.Entries[0], f.Entries[len(f.Entries)-1])
	}
}
