package checks

import (
	"testing"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
)

func TestProfilesThatIPAHasStandInWhereTheSiteShowsNone(t *testing.T) {
	home := page.Inquiry{ID: page.Home, Reading: page.Read}
	site := finding.NewFact(finding.Fact{Check: socialID, Kind: factProfile, Value: "instagram", URL: fixtureHome, Snippet: "instagram", Target: "https://www.instagram.com/finto/"})
	for name, tc := range map[string]struct {
		given []string
		facts []finding.Fact
		want  string
		value string
	}{
		"none anywhere":             {nil, nil, "info none_seen", "none"},
		"in IPA alone":              {[]string{"https://www.facebook.com/finto", "https://x.com/finto"}, nil, "info ipa_only", "facebook twitter"},
		"an address of no network":  {[]string{"https://www.borgofinto.example/social"}, nil, "info none_seen", "none"},
		"on the site, whatever IPA": {[]string{"https://www.facebook.com/finto"}, []finding.Fact{site}, "info", "instagram"},
	} {
		t.Run(name, func(t *testing.T) {
			k := Case{Comune: registry.Comune{Social: tc.given}, Facts: tc.facts, Visit: page.Visit{Reach: page.ReachOK, FinalURL: fixtureHome, Inquiries: []page.Inquiry{home}}}
			f := checkOf(t, socialID).Finding(k)
			if verdictOf(f) != tc.want || f.Value != tc.value {
				t.Errorf("%s %q, want %s %q", verdictOf(f), f.Value, tc.want, tc.value)
			}
			judgedWell(t, catalogue(t), k)
		})
	}
}

func TestTheNameOfALicence(t *testing.T) {
	for words, want := range map[string]string{
		"Creative Commons CC-BY 4.0":                                "cc-by-4.0",
		"licenses/by/4.0":                                           "cc-by-4.0",
		"Creative Commons Attribuzione 4.0 Internazionale":          "cc-by-4.0",
		"Creative Commons Namensnennung 4.0":                        "cc-by-4.0",
		"CC BY":                                                     "cc-by",
		"CC BY-NC-ND 4.0":                                           "cc-by-nc-nd",
		"licenses/by-sa/3.0":                                        "cc-by-sa",
		"Creative Commons Attribuzione - Non commerciale 4.0":       "cc-by-restricted",
		"Attribuzione - Condividi allo stesso modo 4.0":             "cc-by-restricted",
		"publicdomain/zero/1.0":                                     "cc0",
		"attribuzione di incarichi, poi Creative Commons":           "",
		"Creative Commons":                                          "",
		"designed by Portali Inventati, Creative Commons a seguire": "",
	} {
		if got := licenceName(words); got != want {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
}
