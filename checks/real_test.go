package checks

import (
	"fmt"
	"html"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/agid"
	"github.com/vigile-it/vigile/internal/need"
	"github.com/vigile-it/vigile/internal/registry"
)

// corpusDay is the day the corpus of links is judged on.
var corpusDay = time.Date(2025, time.May, 3, 12, 0, 0, 0, time.UTC)

// labelsOfPages says which platform the words of the manifest mean; a word that
// is not here means none.
var labelsOfPages = []struct{ word, platform string }{
	{"halley zf", "halley-zf"},
	{"peopleweb", "peopleweb"},
	{"comweb", "comweb"},
	{"municipium", "municipium"},
	{"hgate", "hgate"},
	{"halley egov", "hgate"},
	{"isweb", "isweb"},
	{"wordpress design-comuni", "wordpress-design-comuni"},
}

// knownDifferences are the pages whose manifest says what their bytes do not.
var knownDifferences = map[string]string{
	"marino/egov_header_marino.html":            "the payload of a script: vigile reads it as part of a page, never alone",
	"benevento/benevento_listing_concorsi.html": "a fragment without any marker of its platform",
}

// observed are the facts all checks take from pages.
func observed(t testing.TB, comune registry.Comune, pages ...*page.Page) []finding.Fact {
	t.Helper()
	n := &Notes{Comune: comune}
	for _, p := range pages {
		for _, c := range catalogue(t) {
			if c.Observe != nil {
				c.Observe(p, n)
			}
		}
	}
	return n.Facts()
}

// wholeVisit is a visit that read its pages and everything they must.
func wholeVisit(list []Check, pages ...*page.Page) page.Visit {
	v := page.Visit{Site: pages[0].URL, FinalURL: pages[0].FinalURL, Reach: page.ReachOK, Inquiries: []page.Inquiry{{ID: page.Home, Reading: page.Read}}}
	if !pages[0].Whole() {
		v.Inquiries[0].Reading = page.Unread
	}
	for _, p := range pages {
		v.Fetches = append(v.Fetches, page.Fetch{URL: p.URL, Final: p.FinalURL, Kind: page.FetchPage, Reach: page.ReachOK, Status: p.Status, For: p.For, Truncated: p.Truncated, Partial: p.Partial})
	}
	for _, c := range list {
		for _, i := range c.Interests {
			v.Inquiries = append(v.Inquiries, inquire(i, pages))
		}
	}
	return v
}

// inquire is what a crawler would say of an interest after reading those pages.
func inquire(i page.Interest, pages []*page.Page) page.Inquiry {
	q := page.Inquiry{ID: i.ID, Reading: page.Absent}
	got := map[string]bool{}
	for _, p := range pages {
		got[p.URL], got[p.FinalURL] = p.Whole(), p.Whole()
		if !p.Whole() {
			q.Reading = page.Unread
		}
	}
	for _, p := range pages {
		for _, l := range p.Links {
			l.Page, l.Depth = p.FinalURL, p.Depth
			if p.Depth >= max(1, i.MaxHops) || i.Match(l) == 0 {
				continue
			}
			if got[l.URL] {
				q.Pages = append(q.Pages, l.URL)
			} else {
				q.Candidates = append(q.Candidates, l.URL)
			}
		}
	}
	switch {
	case len(q.Pages) > 0:
		q.Reading = page.Read
	case len(q.Candidates) > 0:
		q.Reading = page.Unread
	}
	return q
}

func TestRealPagesGiveTheirFacts(t *testing.T) {
	dir := need.Data(t, "pages")
	list := catalogue(t)
	right, wrong := 0, 0
	for _, row := range need.Table(t, "pages", "manifest.csv") {
		body, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(row["file"])))
		if err != nil {
			t.Fatal(err)
		}
		address := strings.Fields(row["url"] + " https://www.comune.senzanome.it/")[0]
		raw := page.Raw{URL: address, FinalURL: address, Status: 200, Body: body, Header: http.Header{}, For: []string{page.Home}}
		if strings.HasPrefix(row["file"], "adelfia/") {
			raw.Header.Set("Server", "HGATE") // known of that site; no byte of the page says it
		}
		p := page.Parse(raw)
		facts := observed(t, registry.Comune{}, p)
		k := Case{Facts: facts, Visit: wholeVisit(list, p), Date: corpusDay}
		var differs []string
		if want, got := wantedHref(row), linkedHref(facts); want != got {
			differs = append(differs, fmt.Sprintf("declaration %q, want %q", got, want))
		}
		if want, got := wantedPlatform(row["cms"]), checkOf(t, cmsID).Finding(k).Value; want != got {
			differs = append(differs, fmt.Sprintf("cms %q, want %q", got, want))
		}
		if f := checkOf(t, declarationID).Finding(k); f.Verdict == finding.Fail && row["kind"] != "template" {
			differs = append(differs, fmt.Sprintf("a false red: %s", f.Reason))
		}
		for _, f := range facts {
			if f.Check == rtdID && row["rtd_named"] == "no" && f.Kind == factNamed {
				differs = append(differs, "rtd named: "+f.Snippet)
			}
		}
		if len(differs) == 0 {
			right++
			continue
		}
		if why, known := knownDifferences[row["file"]]; known {
			t.Logf("%s differs (%s): %s", row["file"], why, strings.Join(differs, "; "))
			wrong++
			continue
		}
		t.Errorf("%s: %s", row["file"], strings.Join(differs, "; "))
	}
	t.Logf("%d pages as the manifest says, %d known differences", right, wrong)
}

func wantedHref(row map[string]string) string {
	a, ok := agid.ParseLink(row["accessibility_href"])
	if !ok || !a.Publication() {
		return ""
	}
	return a.URL
}

func linkedHref(facts []finding.Fact) string {
	for _, f := range facts {
		if f.Check == declarationID && (f.Kind == factPublication || f.Kind == factOtherAsset) {
			return f.Target
		}
	}
	return ""
}

func wantedPlatform(words string) string {
	words = strings.ToLower(words)
	for _, l := range labelsOfPages {
		if strings.Contains(words, l.word) {
			return l.platform
		}
	}
	return ""
}

var saysObjectives = regexp.MustCompile(`(?i)obb?iettivi`)

func TestRealLinksAreTakenForWhatTheyAre(t *testing.T) {
	byComune := map[string][]map[string]string{}
	var order []string
	for _, r := range need.Table(t, "links", "links_dev.csv") {
		if byComune[r["istat"]] == nil {
			order = append(order, r["istat"])
		}
		byComune[r["istat"]] = append(byComune[r["istat"]], r)
	}
	outcomes := map[string]string{}
	for _, r := range need.Table(t, "links", "outcomes_dev.csv") {
		outcomes[r["istat"]] = r["outcome"]
	}
	list := catalogue(t)
	declaration := checkOf(t, declarationID)
	single, taken, objectives, objectivesTaken := 0, 0, 0, 0
	verdicts := map[string]map[string]int{}
	for _, istat := range order {
		links := byComune[istat]
		p := corpusPage(istat, links)
		k := Case{Facts: observed(t, registry.Comune{Istat: istat}, p), Visit: wholeVisit(list, p), Date: corpusDay}
		got := map[string]bool{}
		for _, f := range k.Of(declarationID, factPublication, factOtherAsset) {
			got[f.Target] = true
		}
		want := map[string]bool{}
		for _, l := range links {
			a, ok := agid.ParseLink(l["href"])
			if !ok || !a.Publication() {
				continue
			}
			if saysObjectives.MatchString(l["text"]) {
				objectives++
				continue
			}
			want[a.URL] = true
		}
		if len(want) == 1 {
			single++
			for u := range want {
				if got[u] {
					taken++
				} else {
					t.Errorf("%s: %s was not taken", istat, u)
				}
			}
		}
		for u := range got {
			if !want[u] {
				objectivesTaken++
				t.Errorf("%s: %s was taken and is none", istat, u)
			}
		}
		f := declaration.Finding(k)
		if err := finding.Validate(f); err != nil {
			t.Errorf("%s: %v", istat, err)
		}
		o := outcomes[istat]
		if verdicts[o] == nil {
			verdicts[o] = map[string]int{}
		}
		verdicts[o][strings.TrimSuffix(string(f.Verdict)+" "+string(f.Reason), " ")]++
		if f.Verdict == finding.Fail && len(want) > 0 {
			t.Errorf("%s: a false red (%s) though %d publications are linked", istat, f.Reason, len(want))
		}
	}
	t.Logf("%d comuni; with one publication %d, taken %d; objectives %d, taken %d", len(order), single, taken, objectives, objectivesTaken)
	for o, v := range verdicts {
		t.Logf("outcome %-16s %v", o, v)
	}
}

// corpusPage is a home page made of a comune's links and of nothing else.
func corpusPage(istat string, links []map[string]string) *page.Page {
	var b strings.Builder
	b.WriteString("<!doctype html><html lang=it><head><meta charset=utf-8><title>Comune</title></head><body><header><a href='/'>Home</a></header><nav><a href='/amministrazione'>Amministrazione</a><a href='/novita'>Novità</a><a href='/servizi'>Servizi</a><a href='/vivere'>Vivere il comune</a></nav><main><p>Benvenuti nel sito istituzionale del comune, con notizie, servizi e documenti per i cittadini e le imprese.</p></main><footer><ul>")
	for _, l := range links {
		fmt.Fprintf(&b, `<li><a href="%s">%s</a></li>`, html.EscapeString(l["href"]), html.EscapeString(l["text"]))
	}
	b.WriteString("</ul></footer></body></html>")
	address := "https://www.comune" + istat + ".it/"
	return page.Parse(page.Raw{URL: address, FinalURL: address, Status: 200, Body: []byte(b.String()), Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, For: []string{page.Home}})
}
