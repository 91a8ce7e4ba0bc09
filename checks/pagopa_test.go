package checks

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
)

// A host called pagamenti is the comune's own within its own domain; elsewhere
// it is somebody's.
func TestAHostThatIsMerelyCalledSoProvesLittle(t *testing.T) {
	for name, tc := range map[string]struct {
		address string
		want    string
		sure    finding.Confidence
	}{
		"within the domain of the site":             {"https://pagamenti.comune.borgofinto.pg.it/", provedByHost, finding.Medium},
		"within that of the registry":               {"https://pagopa.borgofinto.test/x", provedByHost, finding.Medium},
		"on a supplier's known host":                {"https://pspagopa.comune-online.it/web/x", provedByHost, finding.Medium},
		"on a region's":                             {"https://pagamenti.regione.umbria.it/", provedByHost, finding.Medium},
		"another comune's":                          {"https://pagamenti.comune.altrove.tr.it/", provedByName, finding.Low},
		"anybody's":                                 {"https://pagamenti.esempio.test/", provedByName, finding.Low},
		"a domain that merely ends like the site's": {"https://pagamenti.altrocomune.borgofinto.pg.it/", provedByName, finding.Low},
	} {
		t.Run(name, func(t *testing.T) {
			body := fmt.Sprintf(`<!doctype html><title>Comune di Borgofinto</title><body><p><a href=%q>Versamenti</a>`, tc.address)
			p := page.Parse(page.Raw{URL: fixtureHome, FinalURL: fixtureHome, Status: 200, Header: http.Header{}, For: []string{page.Home}, Body: []byte(body)})
			comune := registry.Comune{Site: registry.Site{URL: "https://www.borgofinto.test/"}}
			got := checkOf(t, pagopaID).Finding(Case{Comune: comune, Facts: observed(t, comune, p), Visit: wholeVisit(catalogue(t), p)})
			if got.Verdict != finding.Pass || got.Value != tc.want || got.Confidence != tc.sure {
				t.Errorf("%s %s %s, want pass %s %s", got.Verdict, got.Value, got.Confidence, tc.want, tc.sure)
			}
		})
	}
}
