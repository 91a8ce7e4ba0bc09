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
