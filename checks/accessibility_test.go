package checks

import (
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/agid"
	"github.com/vigile-it/vigile/internal/registry"
)

const newForm = "https://form.agid.gov.it/c_x999/sito/dichiarazione"

// linked is the case of a home page whose footer links one publication, with
// AgID's answer on it.
func linked(t *testing.T, address, kind string, said agid.Answer, day time.Time) Case {
	t.Helper()
	link, ok := agid.ParseLink(address)
	if !ok {
		t.Fatalf("%s is no link of AgID's", address)
	}
	return Case{
		Comune:  registry.Comune{IPA: "c_x999", Site: registry.Site{URL: fixtureHome}},
		Visit:   page.Visit{Reach: page.ReachOK, FinalURL: fixtureHome, Inquiries: []page.Inquiry{{ID: page.Home, Reading: page.Read}, {ID: accessibilityPage, Reading: page.Absent}}},
		Facts:   []finding.Fact{finding.NewFact(finding.Fact{Check: declarationID, Kind: kind, URL: fixtureHome, Target: link.URL, Snippet: "Dichiarazione di accessibilità", Place: "footer"})},
		Answers: map[string]agid.Answer{link.URL: said}, Date: day,
	}
}

func TestAgIDsAnswerDecidesWhereThereIsOne(t *testing.T) {
	const (
		of2024    = "https://form.agid.gov.it/view/3c2d5d00-b2f2-11ef-8f00-0242ac120002" // version 1, December 2024
		random    = "https://form.agid.gov.it/view/98ed3ab5-a4e0-46ea-8841-a8d6b7d73aff"
		appsOwn   = "https://form.agid.gov.it/c_x999/app_sito_ios/dichiarazione"
		otherHost = "https://www.altrosito.example/"
	)
	day := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	found := func(edit func(*agid.Answer)) agid.Answer {
		a := agid.Answer{Asked: true, Outcome: agid.Found, Form: agid.FormDeclaration, IPA: "C_X999", Device: "website", WebsiteURL: fixtureHome, LastModified: day.AddDate(0, -2, 0)}
		if edit != nil {
			edit(&a)
		}
		return a
	}
	absent := agid.Answer{Asked: true, Outcome: agid.NotFound, Proven: true}
	silent := agid.Answer{Asked: true, Outcome: agid.Silent, Silence: agid.TimedOut}
	again := Previous{LastDefinite: finding.Finding{Verdict: finding.Warn, Reason: "declaration_not_found"}, NightsStood: 1}
	for name, tc := range map[string]struct {
		link     string
		answer   agid.Answer
		previous Previous
		want     string
	}{
		"it has it, of this year":                         {newForm, found(nil), Previous{}, "pass"},
		"an old link whose publication was renewed":       {of2024, found(nil), Previous{}, "pass"},
		"it has it, of a past cycle":                      {newForm, found(func(a *agid.Answer) { a.LastModified = day.AddDate(-1, -1, 0) }), Previous{}, "fail stale"},
		"declared not compliant is declared":              {newForm, found(func(a *agid.Answer) { a.Compliance = agid.NonCompliant }), Previous{}, "pass"},
		"it is another body's":                            {of2024, found(func(a *agid.Answer) { a.IPA = "udc_valfonte" }), Previous{}, "warn other_body"},
		"it is of an app":                                 {of2024, found(func(a *agid.Answer) { a.Device = "mobile-app" }), Previous{}, "warn other_asset"},
		"it is of another site":                           {of2024, found(func(a *agid.Answer) { a.WebsiteURL = otherHost }), Previous{}, "warn other_asset"},
		"the slug speaks of an app, the form of the site": {appsOwn, found(nil), Previous{}, "pass"},
		"it is the yearly objectives":                     {of2024, found(func(a *agid.Answer) { a.Form = agid.FormObjectives }), Previous{}, "fail no_link"},
		"it says nothing of its date":                     {newForm, found(func(a *agid.Answer) { a.LastModified = time.Time{} }), Previous{}, "pass"},
		"it does not have an old one":                     {of2024, absent, Previous{}, "fail stale"},
		"it does not have one without a date":             {random, absent, Previous{}, "warn declaration_not_found"},
		"it does not have a new one":                      {newForm, absent, Previous{}, "warn declaration_not_found"},
		"it did not have it the night before":             {newForm, absent, again, "fail declaration_not_found"},
		"it denies, and so it does whatever is asked":     {newForm, agid.Answer{Asked: true, Outcome: agid.NotFound}, again, "unknown upstream"},
		"an endpoint that denies whatever it is asked":    {newForm, agid.Answer{Asked: true, Outcome: agid.Silent, Silence: agid.Doubted}, Previous{}, "pass"},
		"the same, of an old one":                         {of2024, agid.Answer{Asked: true, Outcome: agid.Silent, Silence: agid.Doubted}, again, "warn stale_suspect"},
		"the slug speaks of an app, the form of no site":  {appsOwn, found(func(a *agid.Answer) { a.WebsiteURL = "" }), Previous{}, "warn other_asset"},
		"it says nothing of the site":                     {newForm, found(func(a *agid.Answer) { a.WebsiteURL = "" }), Previous{}, "pass"},
		"it is of a site within ours":                     {newForm, found(func(a *agid.Answer) { a.WebsiteURL = "https://servizi.comune.borgofinto.pg.it/" }), Previous{}, "pass"},
		"it is silent on a new one":                       {newForm, silent, Previous{}, "unknown upstream"},
		"it is silent on an old one":                      {of2024, silent, Previous{}, "warn stale_suspect"},
		"it was not asked":                                {newForm, agid.Answer{}, Previous{}, "pass"},
	} {
		t.Run(name, func(t *testing.T) {
			kind := factPublication
			if tc.link == appsOwn {
				kind = factOtherAsset
			}
			k := linked(t, tc.link, kind, tc.answer, day)
			k.Previous = tc.previous
			f := checkOf(t, declarationID).Finding(k)
			if got := verdictOf(f); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
			if err := finding.Validate(f); err != nil {
				t.Error(err)
			}
		})
	}
}

// An address of the new form stays the same from year to year.
func TestAnAddressOfTheNewFormIsProofOfItsFirstCycleAlone(t *testing.T) {
	for name, tc := range map[string]struct {
		day    string
		answer agid.Answer
		want   string
	}{
		"not asked, in the first cycle":                        {"2026-11-22", agid.Answer{}, "pass"},
		"not asked, on the last day of the first cycle":        {"2027-09-22", agid.Answer{}, "pass"},
		"not asked, when the next review is due":               {"2027-09-23", agid.Answer{}, "unknown upstream"},
		"not asked, after it":                                  {"2027-11-22", agid.Answer{}, "unknown upstream"},
		"AgID denies whatever it is asked, in the first cycle": {"2026-11-22", agid.Answer{Asked: true, Outcome: agid.Silent, Silence: agid.Doubted}, "pass"},
		"AgID denies whatever it is asked, after it":           {"2027-11-22", agid.Answer{Asked: true, Outcome: agid.Silent, Silence: agid.Doubted}, "unknown upstream"},
		"AgID has it, reviewed":                                {"2027-11-22", agid.Answer{Asked: true, Outcome: agid.Found, Form: agid.FormDeclaration, IPA: "c_x999", LastModified: time.Date(2027, 9, 1, 0, 0, 0, 0, time.UTC)}, "pass"},
		"AgID has it, as it was":                               {"2027-11-22", agid.Answer{Asked: true, Outcome: agid.Found, Form: agid.FormDeclaration, IPA: "c_x999", LastModified: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)}, "fail stale"},
	} {
		t.Run(name, func(t *testing.T) {
			day, err := time.Parse(time.DateOnly, tc.day)
			if err != nil {
				t.Fatal(err)
			}
			f := checkOf(t, declarationID).Finding(linked(t, newForm, factPublication, tc.answer, day.Add(12*time.Hour)))
			if got := verdictOf(f); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
			if err := finding.Validate(f); err != nil {
				t.Error(err)
			}
		})
	}
}

// A row of the registry in doubt may carry another body's code.
func TestADoubtfulRowMakesNobodyAnotherBody(t *testing.T) {
	const others = "https://form.agid.gov.it/c_y111/sito/dichiarazione"
	day := time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)
	theirs := agid.Answer{Asked: true, Outcome: agid.Found, Form: agid.FormDeclaration, IPA: "c_y111", LastModified: day.AddDate(0, -2, 0)}
	for name, tc := range map[string]struct {
		link     string
		answer   agid.Answer
		doubtful bool
		want     string
	}{
		"another code, a row like any other":             {others, agid.Answer{}, false, "warn other_body"},
		"another code, a row in doubt":                   {others, agid.Answer{}, true, "unknown doubtful_row"},
		"AgID says another code, a row like any other":   {newForm, theirs, false, "warn other_body"},
		"AgID says another code, a row in doubt":         {newForm, theirs, true, "unknown doubtful_row"},
		"the row's own code, for all the doubt about it": {newForm, agid.Answer{}, true, "pass"},
	} {
		t.Run(name, func(t *testing.T) {
			k := linked(t, tc.link, factPublication, tc.answer, day)
			k.Comune.Doubtful = tc.doubtful
			f := checkOf(t, declarationID).Finding(k)
			if got := verdictOf(f); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
			if err := finding.Validate(f); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTheCycleIsJudgedByAgIDsOwnDateWhichIsShown(t *testing.T) {
	for name, tc := range map[string]struct {
		day, changed string
		want         string
	}{
		"the day before the review is due":   {"2026-09-22", "2025-03-01", "pass"},
		"the day it is due":                  {"2026-09-23", "2025-03-01", "warn due"},
		"a month after":                      {"2026-10-22", "2025-03-01", "warn due"},
		"the days of grace are over":         {"2026-10-23", "2025-03-01", "fail stale"},
		"two cycles behind, grace or not":    {"2026-10-01", "2024-11-30", "fail stale"},
		"changed in January of this year":    {"2026-11-22", "2026-01-01", "pass"},
		"changed on the last day of another": {"2026-11-22", "2025-12-31", "fail stale"},
		"late, but there":                    {"2025-11-22", "2025-10-20", "pass"},
	} {
		t.Run(name, func(t *testing.T) {
			day, err := time.Parse(time.DateOnly, tc.day)
			if err != nil {
				t.Fatal(err)
			}
			changed, err := time.Parse(time.DateOnly, tc.changed)
			if err != nil {
				t.Fatal(err)
			}
			said := agid.Answer{Asked: true, Outcome: agid.Found, Form: agid.FormDeclaration, IPA: "c_x999", WebsiteURL: fixtureHome, LastModified: changed, Compliance: agid.PartiallyCompliant, Source: "view"}
			f := checkOf(t, declarationID).Finding(linked(t, newForm, factPublication, said, day))
			if got := verdictOf(f); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
			if len(f.Evidence) != 2 || f.Evidence[1].Value != tc.changed || !strings.Contains(f.Evidence[1].Snippet, tc.changed) || !strings.Contains(f.Evidence[1].Snippet, "partially-compliant") {
				t.Errorf("AgID's date is not in the evidence: %+v", f.Evidence)
			}
		})
	}
}

func TestACurrentDeclarationAClickAwayIsNotAnsweredForByAnOldLinkOnTheHomePage(t *testing.T) {
	const old = "https://form.agid.gov.it/view/3c2d5d00-b2f2-11ef-8f00-0242ac120002"
	day := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	found := agid.Answer{Asked: true, Outcome: agid.Found, Form: agid.FormDeclaration, IPA: "c_x999", LastModified: day.AddDate(0, -2, 0)}
	stale := found
	stale.LastModified = day.AddDate(-2, 0, 0)
	absent := agid.Answer{Asked: true, Outcome: agid.NotFound, Proven: true}
	silent := agid.Answer{Asked: true, Outcome: agid.Silent, Silence: agid.Refused}
	for name, tc := range map[string]struct {
		home, inner agid.Answer
		want        string
	}{
		"stale at home, current within":         {stale, found, "warn not_linked_from_home"},
		"absent at AgID, current within":        {absent, found, "warn not_linked_from_home"},
		"stale at home, unheard of within":      {stale, silent, "warn not_linked_from_home"},
		"stale at home and within":              {stale, stale, "fail stale"},
		"current at home, whatever lies within": {found, stale, "pass"},
		"unheard of at home, current within":    {silent, found, "warn stale_suspect"},
	} {
		t.Run(name, func(t *testing.T) {
			k := linked(t, old, factPublication, tc.home, day)
			inner := linked(t, newForm, factPublication, tc.inner, day)
			inner.Facts[0].Depth, inner.Facts[0].URL = 1, fixtureHome+"accessibilita"
			k.Facts = append(k.Facts, inner.Facts...)
			k.Answers[newForm] = tc.inner
			k.Visit.Inquiries[1].Reading = page.Read
			f := checkOf(t, declarationID).Finding(k)
			if got := verdictOf(f); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
			if err := finding.Validate(f); err != nil {
				t.Error(err)
			}
		})
	}
}

// What a link is called is less than where it leads; and words alone, leading to
// where nobody has looked, make nobody red.
func TestALinkOnAccessibilityThatMayLeadToTheDeclarationMakesNobodyRed(t *testing.T) {
	const (
		old     = "https://form.agid.gov.it/view/7d4a3c60-9a1e-11f1-8c2a-0242ac120002"
		shorter = "https://corto.example/3abc"
	)
	answer := func(form agid.Form) map[string]agid.Answer {
		return map[string]agid.Answer{old: {Asked: true, Outcome: agid.Found, Form: form, IPA: "c_x999", LastModified: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)}}
	}
	link := func(address, label string) string { return `<a href="` + address + `">` + label + `</a>` }
	for name, tc := range map[string]struct {
		home string
		said map[string]agid.Answer
		want string
	}{
		"today's address under both names":            {link(newForm, "Dichiarazione e obiettivi di accessibilità"), nil, "pass"},
		"today's address under the other's name":      {link(newForm, "Obiettivi di accessibilità"), nil, "pass"},
		"an old address under both names":             {link(old, "Dichiarazione e obiettivi di accessibilità"), nil, "unknown not_visible_on_site"},
		"the same, and AgID says declaration":         {link(old, "Dichiarazione e obiettivi di accessibilità"), answer(agid.FormDeclaration), "pass"},
		"the same, and AgID says objectives":          {link(old, "Dichiarazione e obiettivi di accessibilità"), answer(agid.FormObjectives), "fail no_link"},
		"an old address under the other's name":       {link(old, "Obiettivi di accessibilità"), nil, "fail no_link"},
		"the word alone, the address shortened":       {link(shorter, "Accessibilità"), nil, "unknown not_visible_on_site"},
		"of the site, the address shortened":          {link(shorter, "Accessibilità del sito"), nil, "unknown not_visible_on_site"},
		"named after AgID, the address shortened":     {link(shorter, "Dichiarazione AgID"), nil, "unknown not_visible_on_site"},
		"named after AgID, on a page not read":        {link("/agid", "Dichiarazione AgID"), nil, "unknown not_visible_on_site"},
		"German, the address shortened":               {link(shorter, "Erklärung über die Barrierefreiheit"), nil, "unknown not_visible_on_site"},
		"German in another word":                      {link(shorter, "Zugänglichkeitserklärung"), nil, "unknown not_visible_on_site"},
		"French, the address shortened":               {link(shorter, "Déclaration de conformité à l’accessibilité"), nil, "unknown not_visible_on_site"},
		"a picture of the words":                      {link("/acc", `<img src="/img/dichiarazione-accessibilita.png">`), nil, "unknown not_visible_on_site"},
		"a button":                                    {`<form action="` + newForm + `"><input type="submit" value="Dichiarazione di accessibilità"></form>`, nil, "pass"},
		"a button to the objectives":                  {`<form action="` + old + `"><input type="submit" value="Obiettivi di accessibilità"></form>`, nil, "fail no_link"},
		"its address written out":                     {`<p>Dichiarazione di accessibilità: ` + old + `</p>`, nil, "unknown not_visible_on_site"},
		"where such forms are filled in, written out": {`<p>Si compila su https://form.agid.gov.it/</p>`, nil, "fail no_link"},
		"the word on a document":                      {link("/doc/accessibilita.pdf", "Accessibilità"), nil, "fail no_link"},
		"a document, which is not AgID's form":        {link("/doc/dichiarazione.pdf", "Dichiarazione di accessibilità"), nil, "fail no_agid_declaration"},
		"accessibility of something else, shortened":  {link(shorter, "Accessibilità dei sentieri"), nil, "fail no_link"},
		"nothing that says accessibility":             {link(shorter, "Obiettivi di mandato"), nil, "fail no_link"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := verdictOf(smallSite{home: tc.home, said: tc.said}.judged(t, declarationID)); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}
