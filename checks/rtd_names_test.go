package checks

// Comparing names, on invented persons.

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/rules"
)

func TestAPersonIsTheSameHoweverTheNameIsWritten(t *testing.T) {
	for _, c := range []struct{ ipa, site, want string }{
		{"Aldina Cartesi", "Aldina Cartesi", "same"},
		{"Aldina Cartesi", "CARTESI ALDINA", "same"},
		{"Aldina Cartesi", "Dott.ssa Cartesi", "same"},
		{"Aldina Cartesi", "A. Cartesi", "same"},
		{"Aldina Cartesi", "Maria Aldina Cartesi", "same"},
		{"CARTESI ALDINA", "Aldina Cartesi", "same"},
		{"Ugo De Fintis", "Ugo DeFintis", "open"},
		{"Ugo De Fintis", "De Fintis Ugo", "same"},
		{"Niccolò D'Àlberi", "Niccolo' Dalberi", "open"},
		{"Niccolò D'Àlberi", "Niccolò D’Alberi", "same"},
		{"Lea Finti Provani", "Lea Finti", "same"},
		{"Lea Finti-Provani", "PROVANI Lea", "same"},
		{"Aldina Cartesi", "Ubaldo Fintelli", "other"},
		{"Aldina Cartesi", "Aldina Fintelli", "other"},
		{"Aldina Cartesi", "Ubaldo Cartesi", "open"}, // a relation, or a nickname
		{"Aldina Cartesi", "Aldina Cartezi", "open"}, // a slip
		{"Aldina Cartesi", "Aldina Cartsei", "open"},
		{"Aldina Cartesi", "Fintelli", "other"},
		{"", "Ubaldo Fintelli", "open"}, // IPA has blanked it
		{"Aldina", "Ubaldo Fintelli", "open"},
	} {
		run := slices.Concat(nameRuns(strings.Fields(c.site))...)
		got := "open"
		switch {
		case samePerson(run, c.ipa):
			got = "same"
		case otherPerson(run, c.ipa):
			got = "other"
		}
		if got != c.want {
			t.Errorf("IPA %q, site %q (%v): %s, want %s", c.ipa, c.site, run, got, c.want)
		}
	}
}

func TestOnlyAPlainNameBesideTheRoleIsSomebodyElse(t *testing.T) {
	own := []registry.RTDHolder{{IPA: "c_x999", Name: "Aldina Cartesi"}}
	near := []registry.RTDHolder{{IPA: "udc_x", Union: true, Name: "Ilda Montefinto"}}
	for text, want := range map[string]string{
		"Responsabile per la transizione al digitale: Ubaldo Fintelli":                                             somebodyElse,
		"Il Responsabile per la transizione al digitale è il dott. Ubaldo Fintelli":                                somebodyElse,
		"Responsabile per la transizione al digitale (RTD), nominato con decreto n. 5 del 2018: geom. U. Fintelli": somebodyElse,
		"Ing. Ubaldo Fintelli, Responsabile per la transizione al digitale":                                        somebodyElse,
		"Responsabile per la transizione al digitale\nUbaldo Fintelli":                                             somebodyElse,
		"Responsabile per la transizione al digitale: Cartesi dott.ssa Aldina":                                     "c_x999",
		"Responsabile per la transizione al digitale: Montefinto Ilda":                                             "udc_x",
		"Responsabile per la transizione al digitale: Aldina Cartesi, sostituta di Ubaldo Fintelli":                "c_x999",
		"Responsabile per la transizione al digitale: Palazzo Finto, secondo piano":                                "",
		"Responsabile per la transizione al digitale del Comune di Rocca Finta":                                    "",
		"Il Responsabile per la transizione al digitale ha presentato il Progetto Borghi Connessi":                 "",
		"Responsabile per la transizione al digitale: rtd@comune.borgofinto.pg.it":                                 "",
		"Responsabile per la transizione al digitale: A. Cartezi":                                                  "",
	} {
		p := page.Parse(page.Raw{URL: fixtureHome, FinalURL: fixtureHome, Status: 200, Body: []byte("<p>" + strings.ReplaceAll(text, "\n", "</p><p>") + "</p>")})
		at := strings.Index(p.Folded, "responsabile")
		end := strings.Index(p.Folded, "digitale") + len("digitale")
		s, ok := locate(p, rules.Hit{Place: "text", Start: at, End: end})
		if got := s.compare(own, near); !ok || got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestNoNameOfTheSitesIsKept shows names of all kinds beside the role: of a
// person who is not IPA's no word stands in a fact.
func TestNoNameOfTheSitesIsKept(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		word := rapid.SampledFrom([]string{"Zoraide", "Quintilli", "ZORAIDE", "D'Quintilli", "Quintilli-Zoraide", "Aldina"})
		name := strings.Join(rapid.SliceOfN(word, 2, 4).Draw(rt, "name"), " ")
		before := rapid.SampledFrom([]string{"", "dott. ", "Con decreto del 2018 "}).Draw(rt, "before")
		text := before + "Responsabile per la transizione al digitale" + rapid.SampledFrom([]string{": ", " è la dott.ssa ", "</p><p>", " (RTD) "}).Draw(rt, "gap") + name
		if rapid.Bool().Draw(rt, "reversed") {
			text = name + ", Responsabile per la transizione al digitale"
		}
		p := page.Parse(page.Raw{URL: fixtureHome, FinalURL: fixtureHome, Status: 200, Body: []byte("<h1>Uffici</h1><p>" + text + "</p>")})
		c := registry.Comune{Name: "Borgofinto", RTD: registry.Office{Holders: []registry.RTDHolder{{IPA: "c_x999", Name: "Aldina Cartesi"}}}}
		for _, f := range observed(t, c, p) {
			for _, secret := range []string{"oraide", "ORAIDE", "uintilli", "Aldina"} {
				if f.Check == rtdID && strings.Contains(f.Snippet+f.Value+f.Target, secret) {
					rt.Fatalf("%q stands in %+v", secret, f)
				}
			}
		}
	})
}
