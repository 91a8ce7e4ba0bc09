package checks

import (
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/agid"
	"github.com/vigile-it/vigile/internal/registry"
)

func TestAgIDsAnswerDecidesOnObjectives(t *testing.T) {
	const of2025 = "https://form.agid.gov.it/view/e4ff5c00-056d-11f0-8f00-0242ac120002"
	day := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	found := func(edit func(*agid.Answer)) agid.Answer {
		a := agid.Answer{Asked: true, Outcome: agid.Found, Form: agid.FormObjectives, IPA: "C_X999", LastModified: day.AddDate(0, -8, 0)}
		if edit != nil {
			edit(&a)
		}
		return a
	}
	for name, tc := range map[string]struct {
		label  string
		kind   string
		check  string
		answer agid.Answer
		want   string
	}{
		"renewed under its old address":                 {"", factAimAgID, objectivesID, found(nil), "pass"},
		"the title of the form gives the year":          {"", factAimAgID, objectivesID, found(func(a *agid.Answer) { a.LastModified, a.Title = time.Time{}, "Obiettivi di accessibilità 2026" }), "pass"},
		"of a past year":                                {"", factAimAgID, objectivesID, found(func(a *agid.Answer) { a.LastModified = day.AddDate(-1, -8, 0) }), "fail stale"},
		"a link that promises more than AgID has":       {"2026", factAimAgID, objectivesID, found(func(a *agid.Answer) { a.LastModified = day.AddDate(-2, 0, 0) }), "fail stale"},
		"a declaration called objectives":               {"2026", factAimAgID, objectivesID, found(func(a *agid.Answer) { a.Form = agid.FormDeclaration }), "fail not_found"},
		"objectives called a declaration":               {"", factPublication, declarationID, found(nil), "pass"},
		"another body's":                                {"2026", factAimAgID, objectivesID, found(func(a *agid.Answer) { a.IPA = "udc_valfonte" }), "warn other_body"},
		"AgID does not have them, and they say 2025":    {"2025", factAimAgID, objectivesID, agid.Answer{Asked: true, Outcome: agid.NotFound, Proven: true}, "fail stale"},
		"AgID does not have them, and they say 2026":    {"2026", factAimAgID, objectivesID, agid.Answer{Asked: true, Outcome: agid.NotFound, Proven: true}, "warn publication_not_found"},
		"AgID is silent on an address of the past year": {"", factAimAgID, objectivesID, agid.Answer{Asked: true, Outcome: agid.Silent}, "warn stale_suspect"},
	} {
		t.Run(name, func(t *testing.T) {
			link, _ := agid.ParseLink(of2025)
			read := func(id string) page.Inquiry { return page.Inquiry{ID: id, Reading: page.Read} }
			k := Case{
				Comune: registry.Comune{IPA: "c_x999"},
				Visit:  page.Visit{Reach: page.ReachOK, FinalURL: fixtureHome, Inquiries: []page.Inquiry{read(page.Home), read(transparencyPage), read(otherContents)}},
				Facts: []finding.Fact{
					finding.NewFact(finding.Fact{Check: tc.check, Kind: tc.kind, URL: fixtureHome, Target: link.URL, Value: tc.label, Snippet: "Obiettivi"}),
					{Check: objectivesID, Kind: factAimPart, URL: fixtureHome + "at"},
				},
				Answers: map[string]agid.Answer{link.URL: tc.answer}, Date: day,
			}
			f := checkOf(t, objectivesID).Finding(k)
			if got := verdictOf(f); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
			if err := finding.Validate(f); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTheYearIsReadFromWordsAndFromTheEndOfAnAddress(t *testing.T) {
	for words, want := range map[string]string{
		"Obiettivi 2024-2026": "2026", "Obiettivi per l'anno 2025.": "2025", "delibera 20261": "", "prot. 12026": "", "": "",
	} {
		if got := yearIn(words); got != want {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
	for address, want := range map[string]string{
		"https://a.it/wp-content/uploads/2026/03/obiettivi.pdf": "", "https://a.it/2019/obiettivi_2026.pdf": "2026",
		"https://form.agid.gov.it/view/882fdc00-2508-11f1-8f00-0242ac120002": "",
	} {
		if got := yearOfAddress(address); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

// Where the objectives are published they often go by another name: a year, the
// document that holds them.
func TestWhatMayBeThisYearsObjectivesLeavesThemOpen(t *testing.T) {
	const (
		of2026 = "https://form.agid.gov.it/view/c0ffee00-2b1c-11f1-9d2a-0242ac120002"
		open   = "unknown not_visible_on_site"
	)
	said := func(form agid.Form) map[string]agid.Answer {
		return map[string]agid.Answer{of2026: {Asked: true, Outcome: agid.Found, Form: form, IPA: "c_x999", LastModified: time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)}}
	}
	for name, tc := range map[string]struct {
		body string
		said map[string]agid.Answer
		want string
	}{
		"AgID's under the year alone":                {`<p>Obiettivi di accessibilità</p><a href="` + of2026 + `">Anno 2026</a>`, nil, open},
		"the same, and AgID says objectives":         {`<p>Obiettivi di accessibilità</p><a href="` + of2026 + `">Anno 2026</a>`, said(agid.FormObjectives), "pass"},
		"the same, and AgID says declaration":        {`<p>Obiettivi di accessibilità</p><a href="` + of2026 + `">Anno 2026</a>`, said(agid.FormDeclaration), "fail not_found"},
		"AgID's under no name at all":                {`<p>Obiettivi di accessibilità per l'anno 2026: <a href="` + of2026 + `">link</a></p>`, nil, open},
		"AgID's, of a past year":                     {`<a href="` + of2026 + `">Anno 2024</a>`, nil, "fail not_found"},
		"a document of the year, after those before": {`<a href="/doc/a.pdf">Obiettivi di accessibilità 2024</a> <a href="/doc/c.pdf">Anno 2026</a>`, nil, open},
		"documents of past years":                    {`<a href="/doc/a.pdf">Obiettivi di accessibilità 2024</a> <a href="/doc/c.pdf">Anno 2025</a>`, nil, "fail stale"},
		"a page of the year":                         {`<p>Obiettivi di accessibilità</p><a href="/at/acc/2026/">2026</a>`, nil, open},
		"a document that the text calls so":          {`<p>Gli obiettivi di accessibilità sono nel <a href="/doc/allegato.pdf">documento allegato</a>.</p>`, nil, open},
		"a plan for more years than one":             {`<p>Gli obiettivi di accessibilità stanno nel <a href="/doc/piao.pdf">PIAO 2026-2028</a>.</p>`, nil, open},
		"a resolution below the year":                {`<p>Obiettivi di accessibilità 2026</p><p><a href="/doc/dgc_12.pdf">Delibera n. 12</a></p>`, nil, open},
		"the words of past years":                    {`<p>Obiettivi di accessibilità 2023: <a href="/doc/dgc_12.pdf">delibera</a></p>`, nil, "fail not_found"},
		"the duty described":                         {`<p>Le amministrazioni pubblicano gli obiettivi di accessibilità.</p>`, nil, "fail not_found"},
		"the declaration of the year":                {`<a href="/doc/d.pdf">Dichiarazione di accessibilità 2026</a>`, nil, "fail not_found"},
		"the catalogue of the year":                  {`<a href="/doc/c.csv">Catalogo delle banche dati 2026</a>`, nil, "fail not_found"},
		"nothing":                                    {``, nil, "fail not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			const part = "Accessibilità e catalogo dei dati, metadati e banche dati"
			link := func(path, label string) string { return `<a href="/` + path + `">` + label + `</a>` }
			site := smallSite{home: link("at", "Amministrazione trasparente"), said: tc.said, pages: []smallPage{
				{path: "at", interests: transparencyPage, title: "Amministrazione trasparente", body: link("at/altri", "Altri contenuti")},
				{path: "at/altri", interests: otherContents, depth: 2, title: "Altri contenuti", body: link("at/corruzione", "Prevenzione della corruzione") + link("at/acc", part)},
				{path: "at/acc", interests: otherContents, depth: 3, title: part, body: tc.body},
			}}
			if got := verdictOf(site.judged(t, objectivesID)); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}
