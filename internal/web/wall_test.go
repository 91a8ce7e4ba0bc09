package web

// The pages of regions, provinces, suppliers and unions.

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/report"
)

// wallMetas are sampleMetas with what the pages look for besides.
func wallMetas() []report.Meta {
	metas := append(sampleMetas(), metaOf("online-services", finding.Information), metaOf("app-io", finding.Information))
	for i := range metas {
		if metas[i].ID == "accessibility-declaration" {
			metas[i].Who = []string{"comune", "supplier"}
		}
	}
	return metas
}

// wall is a store with two comuni of one supplier and one union, one beside
// them, and a change of today.
func wall() *memory {
	m := &memory{}
	night := noon.Add(-11 * time.Hour)
	valley := registry.Union{IPA: "U_VALLE", Name: "Unione della Valle Finta", Holders: []registry.RTDHolder{{IPA: "u_valle", Name: "Verdi Anna"}}}
	in := func(c registry.Comune) registry.Comune {
		c.RTD = registry.Office{Known: true, Named: []registry.Union{valley}}
		return c
	}
	built := finding.Finding{Check: "cms", Nature: finding.Information, Verdict: finding.Info, Value: "municipium", Version: 1}
	offers := finding.Finding{Check: "online-services", Nature: finding.Information, Verdict: finding.Info, Value: "certificates,suap", Version: 1}
	noLink := found("accessibility-declaration", finding.Fail, "no_link", finding.High)
	noLink.Looked = []string{"https://990001.example/"}
	one, two, three := in(comuneOf("990001", "Montefinto", "PG", "Umbria")), in(comuneOf("990002", "Borgofinto", "PG", "Umbria")), comuneOf("990003", "Ripafinta", "TR", "Umbria")
	three.RTD = registry.Office{Known: true, Holders: []registry.RTDHolder{{IPA: "c_990003", Name: "Neri Ugo"}}}
	four := comuneOf("990004", "Vallefinta", "TR", "Umbria")
	four.RTD = registry.Office{Known: true, Holders: []registry.RTDHolder{{IPA: "c_990004", Name: "UGO NERI"}}}
	empty := comuneOf("990005", "Senza Sito", "AO", "Valle d'Aosta/Vallée d'Aoste")
	empty.Site = registry.Site{}
	m.see(
		looked(one, night.Add(-24*time.Hour), found("accessibility-declaration", finding.Pass, "", finding.High)),
		looked(one, night, noLink, built, offers, found("rtd", finding.Fail, "rtd_not_identifiable", finding.Low)),
		looked(two, night, found("accessibility-declaration", finding.Fail, "no_link", finding.Medium), built, found("https", finding.Pass, "", finding.High)),
		looked(three, night, found("accessibility-declaration", finding.Pass, "", finding.High), found("https", finding.Pass, "", finding.High)),
		looked(four, night, found("accessibility-declaration", finding.Unknown, "js_only", "")),
		reaching(looked(empty, night), page.ReachNoURL),
	)
	return m
}

func wallServer(t testing.TB, m *memory, change ...func(*Options)) http.Handler {
	t.Helper()
	return served(t, m, append([]func(*Options){func(o *Options) { o.Checks = wallMetas() }}, change...)...).Handler()
}

// wallPages are pages of the store wall, and how they answer.
var wallPages = map[string]int{
	"/regioni": 200, "/regioni/umbria": 200, "/regioni/valle-d-aosta-vallee-d-aoste": 200, "/province/PG": 200, "/province/TR": 200, "/fornitori": 200, "/fornitori/maggioli": 200,
	"/regioni/Umbria": 200, "/province/pg": 200, "/fornitori/Maggioli": 200,
	"/regioni?schermo=5": 200, "/regioni/umbria?schermo=1": 200, "/province/PG?schermo=60": 200, "/province/PG?schermo=x": 400,
	"/unioni": 200, "/unioni/u-valle": 200, "/comuni/990001": 200,
	"/regioni/marche": 404, "/province/XX": 404, "/regioni/": 404, "/province/": 404, "/fornitori/": 404, "/unioni/": 404, "/fornitori/nessuno": 404, "/unioni/x": 404, "/comuni/999999/notice": 404, "/fornitori/nessuno/notice": 404,
}

func TestEveryPageOfTheWallIsAccessible(t *testing.T) {
	for _, lang := range messages.Languages() {
		text, err := messages.For(lang)
		if err != nil {
			t.Fatal(err)
		}
		h := wallServer(t, wall(), func(o *Options) { o.Messages = text })
		for target, status := range wallPages {
			t.Run(lang+" "+target, func(t *testing.T) {
				w := ask(t, h, target)
				if w.Code != status {
					t.Fatalf("%d, want %d", w.Code, status)
				}
				d := parsed(t, w.Body.String())
				accessible(t, d, lang)
				if body := d.Text(); strings.Contains(body, "wall.") {
					t.Errorf("a text is missing: %s", body)
				}
				if charts := d.Find("svg"); charts.Length() > 0 && d.Find("figure figcaption").Length() != d.Find("figure").Length() || d.Find("figure svg").Length() != charts.Length() {
					t.Error("a chart without a title")
				}
				if d.Find("svg").Length() > 0 && d.Find("table").Length() == 0 {
					t.Error("a chart without its table")
				}
			})
		}
		h = wallServer(t, &memory{}, func(o *Options) { o.Messages = text })
		for _, target := range []string{"/regioni", "/fornitori", "/unioni"} {
			accessible(t, document(t, h, target), lang)
		}
	}
}

func TestAProvinceSaysWhatIsMissingWhere(t *testing.T) {
	d := document(t, wallServer(t, wall()), "/province/PG")
	want := [][]string{
		{"Verifica accessibility-declaration", "2", "0", "0", "0", "2 su 2"},
		{"Verifica https", "0", "0", "0", "1", "1 su 1"},
		{"Verifica rtd", "0", "0", "1", "0", "0 su 1"}, // a red of low confidence is not told
	}
	if diff := cmp.Diff(want, cells(d.Find("#missing-caption").Parent())); diff != "" {
		t.Error(diff)
	}
	bars := d.Find("figure.chart .bar span:first-child").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
	if diff := cmp.Diff([]string{want[0][0], want[1][0], want[2][0]}, bars); diff != "" {
		t.Errorf("the words of the chart:\n%s", diff)
	}
	if d.Find("#missing").Closest("section").NextAllFiltered("section[aria-labelledby=news]").Length() != 1 {
		t.Error("what changed does not stand below what is missing")
	}
	links := d.Find("#missing-accessibility-declaration + p a")
	if links.Length() != 2 || links.First().AttrOr("href", "") != "/comuni/990002#check-accessibility-declaration" {
		t.Errorf("%s", tidy(links.Text()))
	}
	if news := tidy(d.Find("section[aria-labelledby=news] li").Text()); !strings.Contains(news, "Montefinto: Verifica accessibility-declaration: a posto → da sistemare") {
		t.Error(news)
	}
	if suap := tidy(d.Find("#suap + p").Text()); !strings.HasPrefix(suap, "Visto su 1 siti; non visto su 1 siti letti.") {
		t.Error(suap)
	}
	if d.Find("#missing-rtd").Length() != 0 {
		t.Error("a doubt is told by name")
	}
}

func TestARegionLeadsToItsProvinces(t *testing.T) {
	h := wallServer(t, wall())
	d := document(t, h, "/regioni/umbria")
	want := [][]string{{"Perugia (PG)", "2", "2", "0", "2", "100 %"}, {"Terni (TR)", "2", "2", "0", "0", "0 %"}}
	if diff := cmp.Diff(want, cells(d.Find("#places-caption").Parent())); diff != "" {
		t.Error(diff)
	}
	where := d.Find("#missing-accessibility-declaration + p")
	if tidy(where.Text()) != "PG 2" || where.Find("a").AttrOr("href", "") != "/province/PG#missing-accessibility-declaration" {
		t.Errorf("%s", tidy(where.Text()))
	}
	models := cells(d.Find("#models-caption").Parent())
	if len(models) == 0 || !slices.Equal(models[len(models)-1], []string{"Sito sicuro", "2", "Ripafinta, Borgofinto"}) {
		t.Errorf("%v", models)
	}
	if rows := cells(document(t, h, "/regioni").Find("table")); len(rows) != 2 || rows[1][0] != "Valle d'Aosta/Vallée d'Aoste" {
		t.Errorf("%v", rows)
	}
}

func TestASupplierHasItsSharedFailuresAndTheLetter(t *testing.T) {
	h := wallServer(t, wall())
	rows := cells(document(t, h, "/fornitori").Find("table"))
	if diff := cmp.Diff([][]string{{"Maggioli", "Municipium", "2", "2", "100 %", "Verifica accessibility-declaration (2 su 2)"}}, rows); diff != "" {
		t.Error(diff)
	}
	d := document(t, h, "/fornitori/maggioli")
	if names := tidy(d.Find("#accessibility-declaration-no-link ~ p").Last().Text()); names != "Borgofinto, Montefinto" {
		t.Error(names)
	}
	w := ask(t, h, d.Find("a[href$='/notice']").AttrOr("href", ""))
	if text := w.Body.String(); w.Code != 200 || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" || !strings.Contains(text, "A: Maggioli\n") || !strings.Contains(text, "- Montefinto (PG): https://990001.example/") {
		t.Errorf("%d %s", w.Code, text)
	}
	if text := ask(t, h, "/comuni/990001/notice").Body.String(); !strings.Contains(text, "PEC: protocollo@pec.990001.example\n") || !strings.Contains(text, "non si è potuto verificare: Verifica rtd.") {
		t.Error(text)
	}
	if text := ask(t, h, "/comuni/990003/notice").Body.String(); !strings.Contains(text, "Non c'è nulla da scrivere") {
		t.Error(text)
	}
}

func TestAUnionHasItsSharedRTDSupplierAndFailures(t *testing.T) {
	h := wallServer(t, wall())
	d := document(t, h, "/unioni")
	if diff := cmp.Diff([][]string{{"Unione della Valle Finta", "2", "Verdi Anna", "Maggioli (2)", "1"}}, cells(d.Find("#unions-caption").Parent())); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]string{{"Neri Ugo", "TR", "2", "Ripafinta, Vallefinta"}}, cells(d.Find("#heads-caption").Parent())); diff != "" {
		t.Error(diff)
	}
	d = document(t, h, "/unioni/u-valle")
	if diff := cmp.Diff([][]string{{"Borgofinto", "PG", "Verdi Anna", "Maggioli", "1"}, {"Montefinto", "PG", "Verdi Anna", "Maggioli", "1"}}, cells(d.Find("#members-caption").Parent())); diff != "" {
		t.Error(diff)
	}
}

func TestTheSheetShowsWhatOthersSay(t *testing.T) {
	data, err := registry.ReadExternal(registry.ExternalPNRR, strings.NewReader("codice_ipa,avviso,stato_candidatura,data_stato_candidatura\nC_990001,\"1.4.3 - app IO <script>alert(1)</script>\",E,2024-03-01\n"))
	if err != nil {
		t.Fatal(err)
	}
	m := wall()
	m.see(looked(m.views[0].Comune, noon.Add(-time.Hour), found("app-io", finding.Unknown, "not_visible_on_site", "")))
	h := wallServer(t, m, func(o *Options) { o.Outside = func() *registry.External { return registry.NewExternal(data) } })
	d := document(t, h, "/comuni/990001")
	accessible(t, d, "it")
	rows := cells(d.Find("#outside-caption").Parent())
	if len(rows) != 1 || rows[0][0] != "PNRR, 1.4.3 - app IO <script>alert(1)</script>" || rows[0][3] != "discorde" || !strings.HasPrefix(rows[0][2], "Verifica app-io, non verificato") {
		t.Errorf("%v", rows)
	}
	if d := document(t, h, "/comuni/990003"); d.Find("#outside").Length() != 0 {
		t.Error("of a comune nobody speaks of")
	}
}

func TestHostileNamesAreEscapedOnTheWall(t *testing.T) {
	m := &memory{}
	for i := range 2 {
		c := comuneOf(fmt.Sprintf("99000%d", i+1), `<script>alert(1)</script>"'`, "PG", `Um"><script>bria`)
		c.RTD = registry.Office{
			Named:   []registry.Union{{IPA: "../../<b>", Name: "<img src=x onerror=alert(1)>"}},
			Holders: []registry.RTDHolder{{Name: "<svg/onload=alert(1)> Rossi", IPA: "x"}},
		}
		m.see(looked(c, noon, found("accessibility-declaration", finding.Fail, "no_link", finding.High),
			finding.Finding{Check: "cms", Verdict: finding.Info, Value: "municipium"}))
	}
	h := wallServer(t, m)
	for _, target := range []string{"/regioni", "/regioni/um-script-bria", "/province/PG", "/fornitori", "/fornitori/maggioli", "/unioni", "/unioni/b"} {
		d := document(t, h, target)
		accessible(t, d, "it")
		if d.Find("img, main b, [onerror], [onload]").Length() != 0 {
			t.Errorf("%s: %s", target, ask(t, h, target).Body)
		}
	}
}

func TestAProvinceOfNoKnownRegionIsListed(t *testing.T) {
	m := &memory{}
	m.see(looked(comuneOf("990001", "Montefinto", "ZZ", ""), noon))
	d := document(t, wallServer(t, m), "/regioni")
	if diff := cmp.Diff([][]string{{"ZZ", "1", "1", "0", "0", "0 %"}}, cells(d.Find("table"))); diff != "" {
		t.Error(diff)
	}
	if link := d.Find("tbody a").AttrOr("href", ""); link != "/province/ZZ" {
		t.Error(link)
	}
}

// A bar is as long as its parts, and never longer than the drawing.
func TestBarsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.IntRange(0, 10_000), 1, 5).Draw(t, "counts")
		sum := 0
		var parts []part
		for _, n := range counts {
			sum += n
			parts = append(parts, part{"plain", n})
		}
		whole := sum + rapid.IntRange(0, 100).Draw(t, "rest")
		var c chart
		c.add("x", "", whole, parts...)
		if whole == 0 {
			return
		}
		end := 0
		for _, s := range c.Bars[0].Segments {
			if s.X != end || s.Width <= 0 {
				t.Fatalf("%+v", c.Bars[0].Segments)
			}
			end += s.Width
		}
		if end > chartWidth || sum == whole && end != chartWidth {
			t.Fatalf("%d of %d: %d", sum, whole, end)
		}
	})
}

// What is counted adds up: of each duty, every comune it was run on is in one
// column or is not concerned.
func TestTheColumnsOfATerritoryAddUp(t *testing.T) {
	m := country(300, []string{"accessibility-declaration", "https", "rtd"})
	s := served(t, m, func(o *Options) { o.Checks = wallMetas() })
	snap, err := s.snapshotFor(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, region := range snap.regions() {
		p, err := s.territory(t.Context(), snap, query{region: region}, wallView{})
		if err != nil {
			t.Fatal(err)
		}
		total += p.Comuni.N
		for _, row := range p.Missing {
			where := 0
			for _, w := range row.Where {
				where += w.N.N
			}
			if where != row.Fail.N {
				t.Errorf("%s, %s: %d by province, %d in all", region, row.ID, where, row.Fail.N)
			}
			if row.Fail.N+row.Warn.N+row.Unknown.N+row.Pass.N > p.Comuni.N {
				t.Errorf("%s, %s: %+v of %d", region, row.ID, row, p.Comuni.N)
			}
		}
	}
	if total != len(snap.comuni) {
		t.Errorf("%d of %d comuni in a region", total, len(snap.comuni))
	}
}

// The members of a snapshot's unions survive the next snapshot, which lends them.
func TestUnionsAreLentToTheNextSnapshot(t *testing.T) {
	m := &marking{memory: *wall()}
	a := newAbout(wallMetas())
	first, err := takeSnapshot(t.Context(), m, a, noon, nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := takeSnapshot(t.Context(), m, a, noon, first)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(second.unions()); n != 1 || len(second.unions()[0].members) != 2 {
		t.Errorf("%d unions", n)
	}
}

func TestAChangeToTheSameVerdictSaysSo(t *testing.T) {
	s := served(t, wall())
	for want, line := range map[string]report.ChangeLine{
		"SPID: a posto → da sistemare":                     {From: report.StateLine{Verdict: finding.Pass}, To: report.StateLine{Verdict: finding.Fail}},
		"SPID: ancora «a posto», cambia il dettaglio":      {From: report.StateLine{Verdict: finding.Pass, Value: "home"}, To: report.StateLine{Verdict: finding.Pass, Value: "inner_page"}},
		"SPID: ancora «da sistemare», cambia il dettaglio": {From: report.StateLine{Verdict: finding.Fail, Reason: "no_link"}, To: report.StateLine{Verdict: finding.Fail, Reason: "stale"}},
	} {
		if got := s.changeWords("SPID", line); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
