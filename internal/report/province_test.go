package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// catalogueMetas are what the real checks say about themselves.
func catalogueMetas(t testing.TB) []checks.Meta {
	t.Helper()
	list, err := checks.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	var out []checks.Meta
	for _, c := range list {
		out = append(out, c.Meta)
	}
	return out
}

var provinceNow = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// townFix is one comune of an invented province.
type townFix struct {
	istat, name string
	people      int
	lat, lng    float64
	reach       page.Reach
	noSite      bool
	holders     []registry.RTDHolder
	findings    []finding.Finding
}

func (x townFix) view() record.Latest {
	c := registry.Comune{
		Istat: x.istat, IPA: "c_" + x.istat, Name: x.name, Province: "ZZ", Region: "Replica", Population: x.people, Lat: x.lat, Lng: x.lng,
		PEC: strings.ToLower(x.name) + "@pec.example", Site: registry.Site{Raw: "www." + x.istat + ".example", URL: "https://www." + x.istat + ".example/"},
		RTD: registry.Office{Known: true, Holders: x.holders},
	}
	reach := x.reach
	if reach == "" {
		reach = page.ReachOK
	}
	if x.noSite {
		c.Site, reach = registry.Site{Quirks: []registry.Quirk{registry.QuirkBlank}}, page.ReachNoURL
	}
	slices.SortFunc(x.findings, func(a, b finding.Finding) int { return strings.Compare(a.Check, b.Check) })
	l, _ := record.Latest{}.Take(record.Assessment{
		Run: "notte", Started: provinceNow, Comune: c, Visit: page.Visit{Reach: reach, FinalURL: c.Site.URL}, Findings: x.findings,
	}, "2026-11-22")
	return l
}

func found(check string, v finding.Verdict, reason finding.Reason, value string) finding.Finding {
	f := finding.Finding{Check: check, Nature: finding.Obligation, Verdict: v, Reason: reason, Value: value, Confidence: finding.Medium}
	if v.Definite() {
		f.Evidence = []finding.Fact{{URL: "https://www.example.example/" + check, Value: value, Snippet: check}}
	}
	return f
}

func union(ipa string) finding.Finding {
	f := found("rtd", finding.Pass, "", "ipa_union")
	f.Evidence = []finding.Fact{{Kind: "ipa_row", Place: "IPA", Value: ipa, Snippet: "Rossi Maria, " + ipa}}
	return f
}

func unsure(f finding.Finding) finding.Finding {
	f.Confidence = finding.Low
	return f
}

// smallProvince is eight comuni of which every number is known.
func smallProvince() []record.Latest {
	cms := func(v string) finding.Finding { return found("cms", finding.Info, "", v) }
	decl := func(v finding.Verdict, r finding.Reason) finding.Finding {
		return found("accessibility-declaration", v, r, "")
	}
	towns := []townFix{
		{istat: "990001", name: "Alba Finta", people: 900, lat: 43.1, lng: 12.1, findings: []finding.Finding{
			cms("municipium"), decl(finding.Fail, "no_link"), union("un_z1"), found("spid", finding.Pass, "via_gateway", ""), found("cie", finding.Pass, "via_gateway", ""),
			found("social", finding.Info, "", "facebook youtube"), found("online-services", finding.Info, "", "canteen,tari"), found("pagopa", finding.Fail, "iban_only", ""),
		}},
		{istat: "990002", name: "Borgo Finto", people: 1_200, lat: 43.2, lng: 12.1, findings: []finding.Finding{
			cms("municipium"), decl(finding.Warn, "not_linked_from_home"), union("un_z1"), found("spid", finding.Pass, "", ""), found("cie", finding.Warn, "method_missing", ""),
			found("social", finding.Info, "", "facebook"), found("app-io", finding.Pass, "", "link"), found("pagopa", finding.Pass, "", "code"),
		}},
		{istat: "990003", name: "Castel Finto", people: 950, lat: 43.1, lng: 12.2, findings: []finding.Finding{
			cms("municipium"), decl(finding.Pass, ""), found("rtd", finding.Pass, "", "ipa"), found("spid", finding.Fail, "credentials_only", ""), found("cie", finding.Fail, "credentials_only", ""),
			found("social", finding.Info, "none_seen", "none"), found("app-io", finding.Unknown, "not_visible_on_site", ""), found("pagopa", finding.Pass, "", "host"),
		}, holders: []registry.RTDHolder{{IPA: "c_990003", Name: "Bianchi Ugo"}}},
		{istat: "990004", name: "Dosso Finto", people: 20_000, findings: []finding.Finding{
			cms("wordpress"), decl(finding.Fail, "stale"), found("rtd", finding.Fail, "rtd_not_identifiable", ""), found("social", finding.Info, "ipa_only", "facebook"),
			found("pagopa", finding.Pass, "", "code"), found("digital-plan", finding.Pass, "", "document"), found("app-io", finding.Warn, "mentioned", "mention"),
		}},
		{istat: "990005", name: "Èrta Finta", findings: []finding.Finding{
			found("cms", finding.Unknown, "unrecognised", ""), decl(finding.Warn, "due"), unsure(found("rtd", finding.Fail, "rtd_not_identifiable", "")),
			found("digital-plan", finding.Unknown, "not_visible_on_site", ""), found("app-io", finding.Unknown, "js_only", ""),
		}},
		{istat: "990006", name: "Forte Finto", reach: page.ReachBlocked, findings: []finding.Finding{
			found("cms", finding.Unknown, "blocked", ""), decl(finding.Unknown, "blocked"), found("rtd", finding.Unknown, "blocked", ""), found("https", finding.Pass, "", ""),
		}},
		{istat: "990007", name: "Gola Finta", noSite: true, findings: []finding.Finding{
			decl(finding.Unknown, "no_url_in_registry"), found("registry-site", finding.Fail, "no_url_in_registry", ""),
		}},
		{istat: "990008", name: "Isola Finta", people: 800, lat: 43.3, lng: 12.4, findings: []finding.Finding{
			cms("municipium"), decl(finding.Pass, ""), found("rtd", finding.Pass, "names_differ", "ipa"), found("pagopa", finding.Pass, "", "code"),
		}, holders: []registry.RTDHolder{{IPA: "c_990008", Name: "Bianchi  Ugo"}}},
	}
	var out []record.Latest
	for _, x := range towns {
		out = append(out, x.view())
	}
	return out
}

func smallOptions(t testing.TB) ProvinceOptions {
	text, err := messages.For("it")
	if err != nil {
		t.Fatal(err)
	}
	return ProvinceOptions{
		Title: "provincia di prova (ZZ)", Made: provinceNow, Version: "1.0", Checks: catalogueMetas(t), Text: text,
		Entries: map[string][]checks.OnlineService{"990001": {{ID: "canteen", Methods: []string{"gateway"}}, {ID: "tari"}}},
	}
}

// countCalled is a count by its id.
func countCalled(t testing.TB, p Province, id string) Count {
	t.Helper()
	for _, theme := range p.Themes {
		for _, c := range theme.Counts {
			if c.ID == id {
				return c
			}
		}
	}
	t.Fatalf("there is no count %s", id)
	return Count{}
}

// inWords is a count in a line: number of base, then who, by group.
func inWords(c Count) string {
	s := fmt.Sprintf("%d of %d, %d unreachable, %d open, %d no site:", c.Comuni, c.Base.Assessed, c.Base.Unreachable, c.Base.Open, c.Base.NoSite)
	for _, g := range c.Groups {
		s += " " + g.Code + "("
		for i, x := range g.Comuni {
			if i > 0 {
				s += " "
			}
			s += x.Istat[5:]
		}
		s += ")"
	}
	for _, g := range c.Unsure {
		s += fmt.Sprintf(" to confirm %s %d", g.Code, len(g.Comuni))
	}
	return s
}

func TestEveryNumberOfASmallProvinceIsKnown(t *testing.T) {
	p := NewProvince(smallProvince(), smallOptions(t))
	for id, want := range map[string]string{
		"no-home-link":       "2 of 6, 1 unreachable, 0 open, 1 no site: no_link(1) not_linked_from_home(2)",
		"declaration-doubt":  "2 of 6, 1 unreachable, 0 open, 1 no site: due(5) stale(4)",
		"declaration-well":   "2 of 6, 1 unreachable, 0 open, 1 no site: pass(3 8)",
		"rtd-missing":        "1 of 5, 1 unreachable, 1 open, 1 no site: rtd_not_identifiable(4) to confirm rtd_not_identifiable 1",
		"rtd-source":         "4 of 5, 1 unreachable, 1 open, 1 no site: ipa(3 8) ipa_union(1 2)",
		"rtd-names-differ":   "1 of 5, 1 unreachable, 1 open, 1 no site: names_differ(8)",
		"no-site":            "1 of 8, 0 unreachable, 0 open, 0 no site: no_url_in_registry(7)",
		"unreachable":        "1 of 7, 0 unreachable, 0 open, 1 no site: blocked(6)",
		"platform":           "5 of 5, 1 unreachable, 1 open, 1 no site: municipium(1 2 3 8) wordpress(4)",
		"supplier":           "5 of 5, 1 unreachable, 1 open, 1 no site: Maggioli(1 2 3 8) none(4)",
		"spid":               "2 of 3, 1 unreachable, 3 open, 1 no site: pass(2) via_gateway(1)",
		"cie":                "1 of 3, 1 unreachable, 3 open, 1 no site: via_gateway(1)",
		"spid-or-cie":        "2 of 3, 1 unreachable, 3 open, 1 no site: both(1) spid(2)",
		"online-services":    "1 of 1, 1 unreachable, 5 open, 1 no site: canteen(1) tari(1)",
		"services-identity":  "1 of 1, 1 unreachable, 5 open, 1 no site: canteen(1)",
		"pagopa":             "4 of 5, 1 unreachable, 1 open, 1 no site: pass(2 3 4 8)",
		"pagopa-missing":     "1 of 5, 1 unreachable, 1 open, 1 no site: iban_only(1)",
		"app-io":             "1 of 3, 1 unreachable, 3 open, 1 no site: pass(2)",
		"app-io-mention":     "1 of 3, 1 unreachable, 3 open, 1 no site: mentioned(4)",
		"social":             "3 of 4, 1 unreachable, 2 open, 1 no site: facebook(1 2 4) youtube(1)",
		"social-none":        "1 of 4, 1 unreachable, 2 open, 1 no site: none_seen(3)",
		"social-ipa-only":    "1 of 4, 1 unreachable, 2 open, 1 no site: ipa_only(4)",
		"digital-plan":       "1 of 2, 1 unreachable, 4 open, 1 no site: document(4)",
		"duty-https":         "0 of 1, 0 unreachable, 6 open, 1 no site:",
		"duty-registry-site": "1 of 1, 1 unreachable, 6 open, 0 no site: no_url_in_registry(7)",
		"duty-spid":          "1 of 3, 1 unreachable, 3 open, 1 no site: credentials_only(3)",
	} {
		if got := inWords(countCalled(t, p, id)); got != want {
			t.Errorf("%s:\n got %s\nwant %s", id, got, want)
		}
	}
	if l := countCalled(t, p, "rtd-missing").Likely; l == nil || *l != (Likely{Comuni: 2, Assessed: 6}) {
		t.Errorf("with what is to be confirmed: %+v", l)
	}
	if p.Base != (Base{Comuni: 8, Assessed: 6, Unreachable: 1, NoSite: 1}) {
		t.Errorf("%+v", p.Base)
	}
}

func TestTheReportIsAsItsGoldenFile(t *testing.T) {
	o := smallOptions(t)
	o.Checks = []checks.Meta{
		{
			ID: "rtd", Nature: finding.Obligation, Severity: checks.SeverityHigh, Effort: checks.EffortDays, Who: []string{checks.WhoComune},
			Titles: checks.Text{IT: "RTD"}, Remedies: checks.Text{IT: "Individuarlo"}, Law: []checks.Law{{Act: "Legge 1/2000", Text: checks.Text{IT: "Chiede"}}},
		},
		{
			ID: "pagopa", Nature: finding.Obligation, Severity: checks.SeverityHigh, Effort: checks.EffortHours, Who: []string{checks.WhoComune, checks.WhoSupplier},
			Titles: checks.Text{IT: "pagoPA"}, Remedies: checks.Text{IT: "Collegarlo"},
		},
		{ID: "cms", Nature: finding.Information, Values: map[string]checks.Value{"municipium": {Name: "Municipium", Supplier: "Maggioli"}, "wordpress": {Name: "WordPress"}}},
	}
	got, err := json.MarshalIndent(NewProvince(smallProvince(), o), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "province.json")
	if *update {
		if err := os.WriteFile(golden, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Error(d)
	}
}

func TestTheRTDIsShownWithItsSourceAndWhoSharesIt(t *testing.T) {
	p := NewProvince(smallProvince(), smallOptions(t))
	var shared []string
	for _, s := range p.SharedRTD {
		shared = append(shared, fmt.Sprintf("%s %s %s %d", s.By, s.Body, s.Words, len(s.Comuni)))
	}
	if d := cmp.Diff([]string{"union un_z1 Rossi Maria, un_z1 2", "name  Bianchi Ugo 2"}, shared); d != "" {
		t.Error(d)
	}
	line := p.RTD[0]
	if line.Source != "ipa_union" || line.SourceText != "IPA, riga dell'unione" || line.Words != "Rossi Maria, un_z1" {
		t.Errorf("%+v", line)
	}
}

func TestWorkIsOrderedByEffortAndSuppliersHaveOneTicketForMany(t *testing.T) {
	p := NewProvince(smallProvince(), smallOptions(t))
	last := 0
	for _, x := range p.Worklist {
		if at := place(efforts(), x.Effort); at < last {
			t.Errorf("%s comes after longer work", x.ID)
		} else {
			last = at
		}
		for _, c := range x.Comuni {
			if c.PEC == "" {
				t.Errorf("%s: no PEC of %s", x.ID, c.Comune)
			}
		}
		if x.Reason == "rtd_not_identifiable" && len(x.Comuni) != 1 {
			t.Errorf("a red of low confidence is asked for: %+v", x.Comuni)
		}
	}
	if len(p.Suppliers) != 1 || p.Suppliers[0].Name != "Maggioli" || len(p.Suppliers[0].Comuni) != 4 || len(p.Suppliers[0].Tickets) == 0 {
		t.Errorf("%+v", p.Suppliers)
	}
}

func TestGoodPracticeIsLikeTheOneThatFails(t *testing.T) {
	p := NewProvince(smallProvince(), smallOptions(t))
	i := slices.IndexFunc(p.Practice, func(x Practice) bool { return x.Check == "pagopa" })
	if i < 0 || len(p.Practice[i].Lines) != 1 {
		t.Fatalf("%+v", p.Practice)
	}
	var got []string
	for _, l := range p.Practice[i].Lines[0].Like {
		got = append(got, fmt.Sprintf("%s %t %t %d", l.Comune, l.Platform, l.Size, l.Km))
	}
	// The same platform and size first, the nearer before the farther; then the
	// same platform; never one on another where three are on this one.
	if d := cmp.Diff([]string{"Castel Finto true true 8", "Isola Finta true true 33", "Borgo Finto true false 11"}, got); d != "" {
		t.Error(d)
	}
}

func TestEveryServiceAndSourceHasAName(t *testing.T) {
	for _, lang := range messages.Languages() {
		text, err := messages.For(lang)
		if err != nil {
			t.Fatal(err)
		}
		for check, values := range map[string][]string{
			"online-services": checks.MainServices(), "rtd": {"ipa", "ipa_union", "ipa_office", "site", "declaration"},
			"thematic-sites": {"tourism", "museum", "library", "theatre", "maps", "youth", "smart-city"}, "digital-plan": {"page", "document"},
		} {
			for _, v := range values {
				if !text.Has("province_report.value." + check + "." + v) {
					t.Errorf("%s: %s of %s has no name", lang, v, check)
				}
			}
		}
	}
}

func TestDistanceIsUnknownWithoutCoordinates(t *testing.T) {
	perugia, roma := Member{lat: 43.1107, lng: 12.3908}, Member{lat: 41.8933, lng: 12.4829}
	if km := distance(perugia, roma); km < 134 || km > 137 {
		t.Errorf("%f km", km)
	}
	if l := likeness(perugia, Member{}, Counted{}); l.Km != 0 {
		t.Errorf("%+v", l)
	}
}

func TestAnEarlierNightTellsWhoCameAndWhoWent(t *testing.T) {
	o := smallOptions(t)
	earlier := smallProvince()[:7] // the eighth was not there
	set := func(i int, f finding.Finding) {
		for j, s := range earlier[i].Standings {
			if s.Finding.Check == f.Check {
				earlier[i].Standings[j].Finding = f
			}
		}
	}
	set(0, found("accessibility-declaration", finding.Pass, "", ""))           // entered since
	set(2, found("accessibility-declaration", finding.Fail, "no_link", ""))    // gone since
	set(4, found("accessibility-declaration", finding.Unknown, "js_only", "")) // nothing to compare
	o.Earlier, o.EarlierNight = earlier, "2026-11-01"
	c := countCalled(t, NewProvince(smallProvince(), o), "no-home-link")
	then := c.Then
	if c.Comuni != 2 || then == nil || then.Comuni != 2 || then.Uncertain != 2 || len(then.Entered) != 1 || len(then.Gone) != 1 ||
		then.Entered[0].Istat != "990001" || then.Gone[0].Istat != "990003" || then.Base != (Base{Comuni: 7, Assessed: 4, Unreachable: 1, Open: 1, NoSite: 1}) {
		t.Errorf("%+v", then)
	}
}

// anyProvince draws views of comuni with findings of every kind.
func anyProvince(t *rapid.T, metas []checks.Meta) []record.Latest {
	reasons := []finding.Reason{"", "no_link", "not_visible_on_site", "due", "rtd_not_identifiable", "credentials_only", "none_seen", "js_only"}
	values := []string{"", "none", "wordpress", "municipium", "ipa", "ipa_union", "facebook youtube", "canteen,tari", "\x1b[31m\"><b>", ",,"}
	confidences := []finding.Confidence{"", finding.Low, finding.Medium, finding.High}
	var out []record.Latest
	for i := range rapid.IntRange(0, 12).Draw(t, "comuni") {
		x := townFix{istat: fmt.Sprintf("99%04d", i), name: fmt.Sprintf("Comune %d", i), people: rapid.IntRange(0, 60_000).Draw(t, "people")}
		x.reach = rapid.SampledFrom(page.Reaches()).Draw(t, "reach")
		x.noSite = rapid.Bool().Draw(t, "no site")
		for _, m := range metas {
			if !rapid.Bool().Draw(t, "ran") {
				continue
			}
			f := found(m.ID, rapid.SampledFrom(finding.Verdicts()).Draw(t, "verdict"), rapid.SampledFrom(reasons).Draw(t, "reason"), rapid.SampledFrom(values).Draw(t, "value"))
			f.Confidence = rapid.SampledFrom(confidences).Draw(t, "confidence")
			f.Unconfirmed = f.Verdict == finding.Fail && rapid.Bool().Draw(t, "unconfirmed")
			x.findings = append(x.findings, f)
		}
		out = append(out, x.view())
	}
	return out
}

func TestCountsAddUp(t *testing.T) {
	o := smallOptions(t)
	rapid.Check(t, func(t *rapid.T) {
		views := anyProvince(t, o.Checks)
		o.Earlier = anyProvince(t, o.Checks)
		p := NewProvince(views, o)
		for _, theme := range p.Themes {
			for _, c := range theme.Counts {
				addsUp(t, c, len(views))
			}
		}
		if b := p.Base; b.Assessed+b.Unknown()+b.NoSite != b.Comuni || b.Comuni != len(views) {
			t.Errorf("%+v", b)
		}
		for _, s := range p.Suppliers {
			if len(s.Comuni) > len(countedIn(countCalledIn(p, "supplier").Groups)) {
				t.Errorf("%+v", s)
			}
		}
		var b bytes.Buffer
		if err := WriteProvinceHTML(&b, p, o.Text); err != nil {
			t.Fatal(err)
		}
	})
}

func countCalledIn(p Province, id string) (out Count) {
	for _, theme := range p.Themes {
		for _, c := range theme.Counts {
			if c.ID == id {
				out = c
			}
		}
	}
	return out
}

// countedIn are the comuni of some groups.
func countedIn(gs []Group) map[string]bool {
	out := map[string]bool{}
	for _, g := range gs {
		for _, x := range g.Comuni {
			out[x.Istat] = true
		}
	}
	return out
}

func addsUp(t *rapid.T, c Count, comuni int) {
	b, in, left := c.Base, countedIn(c.Groups), countedIn(c.Left)
	switch {
	case b.Assessed+b.Unknown()+b.NoSite != b.Comuni, b.Comuni != comuni:
		t.Errorf("%s: %+v of %d", c.ID, b, comuni)
	case c.Comuni != len(in), c.Comuni > b.Assessed:
		t.Errorf("%s: %d counted, %d named, %d assessed", c.ID, c.Comuni, len(in), b.Assessed)
	case len(left) != b.Unknown()+b.NoSite:
		t.Errorf("%s: %d not assessed, %d named", c.ID, b.Unknown()+b.NoSite, len(left))
	}
	for istat := range in {
		if left[istat] {
			t.Errorf("%s: %s is counted and not assessed", c.ID, istat)
		}
	}
	for istat := range countedIn(c.Unsure) {
		if !left[istat] {
			t.Errorf("%s: %s is to be confirmed and assessed", c.ID, istat)
		}
	}
	if l := c.Likely; l != nil && (l.Comuni > l.Assessed || l.Assessed <= b.Assessed || l.Assessed > comuni) {
		t.Errorf("%s: likely %+v of %+v", c.ID, l, b)
	}
	if th := c.Then; th != nil {
		if tb := th.Base; tb.Assessed+tb.Unknown()+tb.NoSite != tb.Comuni || th.Comuni > tb.Assessed || th.Comuni+len(th.Entered)-len(th.Gone) > comuni {
			t.Errorf("%s: then %+v", c.ID, th)
		}
	}
}

func TestEveryLinkOfTheReportLeadsSomewhere(t *testing.T) {
	o := smallOptions(t)
	o.Title = nasty
	hostile, _ := record.Latest{}.Take(hostileAssessment(), "2026-11-22")
	hostile.Standings = slices.CompactFunc(hostile.Standings, func(a, b record.Standing) bool { return a.Finding.Check == b.Finding.Check })
	hostile.Comune.Istat, hostile.Comune.PEC = `990"><b>`, nasty
	o.Earlier, o.EarlierNight = smallProvince(), "2026-11-01"
	var out bytes.Buffer
	p := NewProvince(append(smallProvince(), hostile), o)
	p.Widen(neighbours(townFix{istat: "980001", name: nasty, people: 20_000, findings: []finding.Finding{found("accessibility-declaration", finding.Pass, "", "")}}), o)
	if err := WriteProvinceHTML(&out, p, o.Text); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "ZgotmplZ") {
		t.Error("the template met something it does not trust")
	}
	doc, err := html.Parse(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	ids, links := map[string]int{}, []string{}
	allowed := strings.Fields("html head meta title style body a header h1 h2 h3 h4 p strong nav ul li main section div span dl dt dd table caption thead tbody tr th td article footer figure figcaption svg rect colgroup col details summary")
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if !slices.Contains(allowed, n.Data) {
			t.Errorf("an element %s", n.Data)
		}
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "src":
				t.Errorf("an attribute %s=%q", a.Key, a.Val)
			case a.Key == "id":
				ids[a.Val]++
			case a.Key == "href" && strings.HasPrefix(a.Val, "#"), a.Key == "aria-labelledby":
				links = append(links, strings.TrimPrefix(a.Val, "#"))
			case a.Key == "href" && !strings.HasPrefix(a.Val, "https://") && !strings.HasPrefix(a.Val, "http://"):
				t.Errorf("a link to %q", a.Val)
			}
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("%d elements are called %s", n, id)
		}
	}
	for _, l := range links {
		if ids[l] == 0 {
			t.Errorf("a link leads to #%s, which is not there", l)
		}
	}
}

// A red that is not sure enough is told as a doubt, with what it is about and where
// one may look; what could not be told for one reason stands together.
func TestTheFindingsSayWhatADoubtIsAbout(t *testing.T) {
	doubt := finding.Finding{Check: "rtd", Nature: finding.Obligation, Verdict: finding.Fail, Reason: "rtd_not_identifiable", Confidence: finding.Low, Looked: []string{"https://990001.example/rtd"}}
	open := func(check string) finding.Finding {
		return finding.Finding{Check: check, Nature: finding.Obligation, Verdict: finding.Unknown, Reason: "js_only"}
	}
	view := townFix{istat: "990001", name: "Montefinto", findings: []finding.Finding{doubt, open("spid"), open("cie")}}.view()
	p := NewProvince([]record.Latest{view}, ProvinceOptions{Title: "ZZ", Made: provinceNow, Checks: catalogueMetas(t), Text: italian(t)})
	groups := htmlComune{p.Sheets[0]}.Open()
	if len(groups) != 2 || len(groups[0].Rows)+len(groups[1].Rows) != 3 {
		t.Fatalf("%+v", groups)
	}
	var out bytes.Buffer
	if err := WriteProvinceHTML(&out, p, italian(t)); err != nil {
		t.Fatal(err)
	}
	_, comune, _ := strings.Cut(out.String(), `<article id="c990001">`)
	for _, want := range []string{
		`Da confermare: ` + groupWith(groups, "rtd"), `<a href="https://990001.example/rtd"`, `<span id="c990001-rtd">`, `<span id="c990001-spid">`, `<span id="c990001-cie">`,
	} {
		if !strings.Contains(comune, want) {
			t.Errorf("no %q in %s", want, comune)
		}
	}
	if strings.Contains(comune, "0 pagine") {
		t.Error("a view that keeps no pages says that none was read")
	}
}

// groupWith is why a check could not be told, after what marks a doubt.
func groupWith(groups []openGroup, check string) string {
	for _, g := range groups {
		for _, r := range g.Rows {
			if r.Check == check {
				return strings.TrimPrefix(g.Why, "Da confermare: ")
			}
		}
	}
	return "?"
}
