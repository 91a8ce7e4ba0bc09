package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
)

// everyPage are pages of the store umbria, and how they answer.
var everyPage = map[string]int{
	"/": 200, "/comuni": 200, "/comuni?provincia=PG": 200, "/comuni?check=accessibility-declaration&verdict=fail": 200,
	"/comuni?q=nobody": 200, "/comuni/990001": 200, "/comuni/990004": 200, "/comuni/990005": 200, "/comuni/990001/history": 200, "/checks": 200,
	"/nothing": 404, "/comuni/999999": 404, "/comuni/99x": 404, "/comuni/999999/history": 404, "/comuni?page=2": 404,
	"/comuni?page=x": 400, "/comuni?check=nothing": 400,
}

func TestEveryPageIsAccessible(t *testing.T) {
	for _, lang := range messages.Languages() {
		text, err := messages.For(lang)
		if err != nil {
			t.Fatal(err)
		}
		h := served(t, umbria(), func(o *Options) { o.Messages = text }).Handler()
		for target, status := range everyPage {
			t.Run(lang+" "+target, func(t *testing.T) {
				w := ask(t, h, target)
				if w.Code != status {
					t.Fatalf("%d, want %d", w.Code, status)
				}
				accessible(t, parsed(t, w.Body.String()), lang)
			})
		}
	}
}

func accessible(t *testing.T, d *goquery.Document, lang string) {
	t.Helper()
	only := func(selector string) {
		t.Helper()
		if n := d.Find(selector).Length(); n != 1 {
			t.Errorf("%d of %s", n, selector)
		}
	}
	for _, selector := range []string{"html[lang=" + lang + "]", "h1", "main#main", "body > header", "body > footer", "header nav[aria-label]", "a.skip[href='#main']", "head title", "meta[name=viewport]"} {
		only(selector)
	}
	if first := d.Find("body").Children().First(); !first.Is("a.skip") {
		t.Error("the skip link does not come first")
	}
	none := func(selector string) {
		t.Helper()
		if n := d.Find(selector).Length(); n != 0 {
			t.Errorf("%d of %s", n, selector)
		}
	}
	for _, selector := range []string{"script", "style", "[style]", "iframe", "img:not([alt])", "[onclick]", "table:not(:has(caption))", "table thead th:not([scope])", "table tbody th:not([scope])", "a:not([href])", "button:not([type])", "form:not([method=get])"} {
		none(selector)
	}
	d.Find("input:not([type=hidden]), select").Each(func(_ int, s *goquery.Selection) {
		if id, _ := s.Attr("id"); d.Find("label[for='"+id+"']").Length() != 1 {
			t.Errorf("the field %q has no label", id)
		}
	})
	seen := map[string]bool{}
	d.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if seen[id] {
			t.Errorf("the id %q is there twice", id)
		}
		seen[id] = true
	})
	d.Find("[aria-labelledby]").Each(func(_ int, s *goquery.Selection) {
		if id := s.AttrOr("aria-labelledby", ""); !seen[id] {
			t.Errorf("nothing has the id %q", id)
		}
	})
	level := 0
	d.Find("h1, h2, h3, h4").Each(func(_ int, s *goquery.Selection) {
		next := int(goquery.NodeName(s)[1] - '0')
		if next > level+1 || strings.TrimSpace(s.Text()) == "" {
			t.Errorf("after a heading of level %d comes %d: %q", level, next, s.Text())
		}
		level = next
	})
	d.Find("a[href^='http']").Each(func(_ int, s *goquery.Selection) {
		if rel := s.AttrOr("rel", ""); rel != "noopener noreferrer nofollow" {
			t.Errorf("the link %q has rel %q", s.AttrOr("href", ""), rel)
		}
	})
	if text := d.Text(); strings.Contains(text, "web.") || strings.Contains(text, "ZgotmplZ") || strings.Contains(text, "<no value>") {
		t.Errorf("a text is missing: %s", text)
	}
}

func TestEveryAnswerHasItsHeaders(t *testing.T) {
	h := served(t, umbria()).Handler()
	for _, target := range []string{"/", "/comuni/990001", "/nothing", "/metrics", "/healthz", "/api/v1/comuni", "/api/v1/nothing", "/style.css"} {
		header := ask(t, h, target).Header()
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":  "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("%s: %s: %q", target, name, got)
			}
		}
		if header.Get("Content-Type") == "" || header.Get("Set-Cookie") != "" || header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v", target, header)
		}
	}
}

func TestOnlyReadingIsAllowed(t *testing.T) {
	h := served(t, umbria()).Handler()
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, http.MethodTrace, "BREW"} {
		for _, target := range []string{"/", "/comuni/990001", "/api/v1/crawl", "/metrics"} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(method, target, nil))
			if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: %d", method, target, w.Code)
			}
			if isJSON := json.Valid(w.Body.Bytes()); isJSON != strings.HasPrefix(target, pathAPI) {
				t.Errorf("%s %s: %s", method, target, w.Body)
			}
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodHead, "/", nil))
	if w.Code != http.StatusOK {
		t.Errorf("HEAD: %d", w.Code)
	}
}

func TestTheFirstPageCountsWithDenominators(t *testing.T) {
	d := document(t, served(t, umbria()).Handler(), "/")
	if text := tidy(d.Find("#reach + p").Text()); text != "Siti letti: 4 su 5. Senza un indirizzo da visitare: 1." {
		t.Error(text)
	}
	want := [][]string{{"sito raggiunto", "4", "80 %"}, {"nessun indirizzo su IPA", "1", "20 %"}}
	if diff := cmp.Diff(want, cells(d.Find("#reach-caption").Parent())); diff != "" {
		t.Errorf("reach:\n%s", diff)
	}
	want = [][]string{
		{"Verifica accessibility-declaration", "obbligo di legge", "1", "1", "1", "0", "0", "1", "3 su 4"},
		{"Verifica cms", "informazione", "0", "0", "0", "1", "0", "0", "1 su 1"},
		{"Verifica https", "obbligo di legge", "0", "0", "0", "0", "0", "2", "2 su 2"},
		{"Verifica rtd", "obbligo di legge", "1", "0", "1", "0", "0", "0", "1 su 2"},
	}
	if diff := cmp.Diff(want, cells(d.Find("#verdicts-caption").Parent())); diff != "" {
		t.Errorf("verdicts:\n%s", diff)
	}
	if link := d.Find("#verdicts-caption").Parent().Find("td a").First().AttrOr("href", ""); link != "/comuni?check=accessibility-declaration&verdict=fail" {
		t.Errorf("the first count leads to %s", link)
	}
	night := tidy(d.Find("section[aria-labelledby=night] dl").Text())
	if night != "Inizio 22 novembre 2026, 02:00 Fine 22 novembre 2026, 03:30 (90 min 00 s) Comuni visitati 5 su 5" {
		t.Errorf("the night: %s", night)
	}
}

func TestTheCountsLeadToAsManyComuni(t *testing.T) {
	h := served(t, umbria()).Handler()
	document(t, h, "/").Find("td a").Each(func(_ int, s *goquery.Selection) {
		list := document(t, h, s.AttrOr("href", ""))
		if n := list.Find("tbody tr").Length(); fmt.Sprint(n) != s.Text() {
			t.Errorf("%s leads to %d comuni, not %s", s.AttrOr("href", ""), n, s.Text())
		}
	})
}

func TestTheFirstPageTellsHowTheServiceIsDoing(t *testing.T) {
	for name, c := range map[string]struct {
		status Status
		runs   []record.Run
		want   string
	}{
		"no contact":      {Status{ScheduleOff: "contact"}, nil, "manca un recapito (network.contact)"},
		"another cause":   {Status{ScheduleOff: "strange"}, nil, "Le visite notturne sono sospese: si vede"},
		"no night yet":    {Status{ScheduleEnabled: true}, nil, "Nessuna visita notturna finora"},
		"the next night":  {Status{ScheduleEnabled: true, NextNight: noon.Add(13 * time.Hour)}, []record.Run{{Kind: record.Night, Started: noon, Ended: noon.Add(time.Hour)}}, "Prossima notte 23 novembre 2026, 02:00"},
		"a night cut off": {Status{ScheduleEnabled: true}, []record.Run{{Kind: record.Night, Started: noon}}, "Fine interrotta"},
		"a night at work": {Status{ScheduleEnabled: true, Running: &Running{Kind: record.Night, Started: noon, Done: 1200, Expected: 7896}}, []record.Run{{Kind: record.Night, Started: noon}}, "Visita notturna in corso dal 22 novembre 2026, 13:00: 1.200 comuni su 7.896."},
		"a request":       {Status{ScheduleEnabled: true, Running: &Running{Kind: record.Request, Started: noon, Done: 1, Expected: 2}}, nil, "Visita su richiesta in corso"},
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{runs: c.runs}
			d := document(t, served(t, m, func(o *Options) { o.Status = func() Status { return c.status } }).Handler(), "/")
			if text := tidy(d.Find("main").Text()); !strings.Contains(text, c.want) {
				t.Errorf("%s", text)
			}
		})
	}
}

func TestTheListIsNarrowedAndSearched(t *testing.T) {
	h := served(t, umbria()).Handler()
	for target, want := range map[string][]string{
		"/comuni":                          {"Finto Spoleto", "Livo", "Livo", "Sant'Àngelo Finto", "Senza Sito"},
		"/comuni?provincia=PG":             {"Finto Spoleto", "Sant'Àngelo Finto"},
		"/comuni?regione=umbria":           {"Finto Spoleto", "Sant'Àngelo Finto", "Senza Sito"},
		"/comuni?verdict=fail":             {"Finto Spoleto", "Sant'Àngelo Finto"},
		"/comuni?check=rtd":                {"Finto Spoleto", "Sant'Àngelo Finto"},
		"/comuni?check=rtd&verdict=fail":   {"Sant'Àngelo Finto"},
		"/comuni?reach=no_url_in_registry": {"Senza Sito"},
		"/comuni?q=livo":                   {"Livo", "Livo"},
		"/comuni?q=finto":                  {"Finto Spoleto", "Sant'Àngelo Finto"},
		"/comuni?q=sant+angelo":            {"Sant'Àngelo Finto"},
		"/comuni?q=finto&provincia=TN":     nil,
		"/comuni?q=%25":                    {"Finto Spoleto", "Livo", "Livo", "Sant'Àngelo Finto", "Senza Sito"},
	} {
		var got []string
		document(t, h, target).Find("tbody th").Each(func(_ int, s *goquery.Selection) { got = append(got, s.Text()) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", target, diff)
		}
	}
	for target, want := range map[string]string{
		"/comuni?q=Finto+Spoleto": "/comuni/990001", "/comuni?q=Comune+di+FINTO+SPOLETO": "/comuni/990001", "/comuni?q=990003": "/comuni/990003",
	} {
		if w := ask(t, h, target); w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
			t.Errorf("%s: %d to %s", target, w.Code, w.Header().Get("Location"))
		}
	}
}

func TestAListOfOneCheckTellsWhy(t *testing.T) {
	d := document(t, served(t, umbria()).Handler(), "/comuni?check=accessibility-declaration&verdict=fail")
	got := cells(d.Find("table"))
	if len(got) != 1 || got[0][3] != "✗ da sistemare" || !strings.HasPrefix(got[0][4], "Link alla dichiarazione non trovato") {
		t.Errorf("%v", got)
	}
	if chosen := d.Find("option[selected]").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("value", "") }); !slices.Equal(chosen, []string{"accessibility-declaration", "fail"}) {
		t.Errorf("chosen: %v", chosen)
	}
}

func TestALongListHasPages(t *testing.T) {
	m := &memory{}
	for i := range 120 {
		m.see(looked(comuneOf(fmt.Sprintf("%06d", i), fmt.Sprintf("Borgo %03d", i), "PG", "Umbria"), noon))
	}
	h := served(t, m).Handler()
	d := document(t, h, "/comuni?provincia=PG&page=2")
	if rows := d.Find("tbody tr").Length(); rows != perPage || d.Find("caption").Text() != "Comuni da 51 a 100 di 120" {
		t.Errorf("%d rows: %s", rows, d.Find("caption").Text())
	}
	before, after := d.Find("a[rel=prev]").AttrOr("href", ""), d.Find("a[rel=next]").AttrOr("href", "")
	if before != "/comuni?provincia=PG" || after != "/comuni?page=3&provincia=PG" {
		t.Errorf("before %s, after %s", before, after)
	}
	if n := document(t, h, after).Find("tbody tr").Length(); n != 20 {
		t.Errorf("%d on the last page", n)
	}
}

func TestTheSheetSaysWhatIsMissingAndWhatToDo(t *testing.T) {
	h := served(t, umbria()).Handler()
	d := document(t, h, "/comuni/990001")
	red := tidy(d.Find("article[aria-labelledby=check-accessibility-declaration]").Text())
	for _, want := range []string{
		"Verifica accessibility-declaration (obbligo di legge)", "Link alla dichiarazione non trovato", "La cosa più vicina", "Accessibilità",
		"(nel piè di pagina)", "porta a https://990001.example/b", "Rimediare a accessibility-declaration", "L. 1/2000, art. 2: Chiede.",
		"il Comune (qualche ora)", "Sempre.", "alta", "così dal 22 novembre 2026", "Pagine guardate (2)",
	} {
		if !strings.Contains(red, want) {
			t.Errorf("%q is not in: %s", want, red)
		}
	}
	if groups := d.Find("h2").Map(func(_ int, s *goquery.Selection) string { return tidy(s.Text()) }); !slices.Equal(groups, []string{"✗ da sistemare (1)", "? non verificato (1)", "i informazione (1)", "✓ a posto (1)"}) {
		t.Errorf("groups: %v", groups)
	}
	if n := d.Find("a[href^='javascript']").Length(); n != 0 {
		t.Error("a script is linked")
	}
	unreached := tidy(document(t, h, "/comuni/990005").Find("main").Text())
	if !strings.Contains(unreached, "nessun indirizzo su IPA") || strings.Contains(unreached, "da sistemare") {
		t.Error(unreached)
	}
}

func TestAnUnknownRemembersTheLastDefiniteVerdict(t *testing.T) {
	m := umbria()
	m.see(reaching(looked(comuneOf("990001", "Finto Spoleto", "PG", "Umbria"), noon, found("accessibility-declaration", finding.Unknown, "blocked", "")), "blocked"))
	text := tidy(document(t, served(t, m).Handler(), "/comuni/990001").Find("main").Text())
	if !strings.Contains(text, "L'ultima volta che si è potuto verificare: da sistemare (22 novembre 2026).") {
		t.Error(text)
	}
	if !strings.Contains(text, "verificato il 22 novembre 2026, 02:00") { // https, of an earlier visit
		t.Error(text)
	}
}

func TestTheHistoryTellsWhatChanged(t *testing.T) {
	d := document(t, served(t, umbria()).Handler(), "/comuni/990001/history")
	want := [][]string{
		{"22 novembre 2026, 02:00", "sito raggiunto", "1 da sistemare, 1 non verificato, 1 informazione, 1 a posto", "Verifica accessibility-declaration: a posto → da sistemare"},
		{"20 novembre 2026, 02:00", "sito raggiunto", "1 informazione, 2 a posto", "prima visita"},
	}
	if diff := cmp.Diff(want, cells(d.Find("table"))); diff != "" {
		t.Error(diff)
	}
}

func TestHostileStringsAreShownAsText(t *testing.T) {
	const bad = `"><script>alert(1)</script><img src=x onerror=alert(2)>' {{.}} &lt;`
	c := comuneOf("990001", bad, "P\"", "<b>R</b>")
	c.Site.URL, c.Site.Raw, c.IPA = "javascript:alert(3)", bad, bad
	f := found("rtd", finding.Fail, finding.Reason(bad), finding.High)
	f.Value = bad
	f.Evidence = []finding.Fact{{Snippet: bad, Value: bad, URL: "javascript:alert(4)", Target: "https://user:pass@evil.example/", Place: bad}}
	f.Looked = []string{"data:text/html,<script>alert(5)</script>", "https://ok.example/?a=\"><script>", "HTTPS://evil.example", "//evil.example", "http://"}
	info := finding.Finding{Check: "cms", Nature: finding.Nature(bad), Verdict: finding.Info, Value: bad}
	a := looked(c, noon, f, info)
	a.Run, a.Visit.FinalURL, a.Visit.Exhausted, a.Visit.Detail = bad, "vbscript:x", bad, bad
	m := &memory{}
	m.see(a)
	m.runs = []record.Run{{ID: bad, Kind: record.Night, Selection: bad, Started: noon, Version: bad}}
	h := served(t, m, func(o *Options) { o.Version = bad }).Handler()
	for _, target := range []string{"/", "/comuni", "/comuni?check=rtd", "/comuni/990001", "/comuni/990001/history", "/checks", "/comuni?q=%22%3E%3Cscript%3E", "/%3Cscript%3E"} {
		w := ask(t, h, target)
		d := parsed(t, w.Body.String())
		if n := d.Find("script, img, b, [onerror]").Length(); n > 0 {
			t.Errorf("%s: %d hostile elements", target, n)
		}
		d.Find("[href]").Each(func(_ int, s *goquery.Selection) {
			href := s.AttrOr("href", "")
			if !strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "#") && !strings.HasPrefix(href, "https://ok.example/") && href != "HTTPS://evil.example" || strings.HasPrefix(href, "//") {
				t.Errorf("%s links to %s", target, href)
			}
		})
	}
	if name := document(t, h, "/comuni").Find("tbody th").Text(); !strings.HasPrefix(name, `"><script>alert(1)</script>`) {
		t.Errorf("the name is shown as %q", name)
	}
}

func TestAFaultIsToldWithoutItsParticulars(t *testing.T) {
	h := served(t, &memory{err: errors.New("open /secret/vigile.db")}).Handler()
	for _, target := range []string{"/", "/comuni", "/comuni/990001", "/comuni/990001/history"} {
		w := ask(t, h, target)
		if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "secret") || !strings.Contains(w.Body.String(), "Errore interno") {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
}

func TestAnEmptyStoreSaysHowToBegin(t *testing.T) {
	text := tidy(document(t, served(t, &memory{}).Handler(), "/").Find("main").Text())
	if !strings.Contains(text, "comincia con «vigile crawl --comune Spoleto»") {
		t.Error(text)
	}
}

// cells are the texts of the rows of a table's body.
func cells(table *goquery.Selection) [][]string {
	var out [][]string
	table.Find("tbody tr").Each(func(_ int, tr *goquery.Selection) {
		out = append(out, tr.Find("th, td").Map(func(_ int, s *goquery.Selection) string { return tidy(s.Text()) }))
	})
	return out
}

func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }
