package checks

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
)

// sitePage is a page of the fixture's site with enough on it to be no shell.
func sitePage(path string, depth int, body string, asked ...string) *page.Page {
	around := strings.Repeat(`<p><a href="/novita/1">Notizia del giorno</a> <a href="/contatti">Contatti</a> <a href="/uffici">Uffici</a> <a href="/eventi">Eventi</a> <a href="/luoghi">Luoghi</a> Il comune informa i residenti sugli orari degli uffici.</p>`, 4)
	return page.Parse(page.Raw{
		URL: fixtureHome + path, FinalURL: fixtureHome + path, Status: 200, Header: http.Header{}, Depth: depth, For: asked,
		Body: []byte("<!doctype html><html lang=it><head><title>Comune di Borgofinto</title></head><body><main>" + around + body + "</main></body></html>"),
	})
}

// One page of an interest that was read says nothing of another that was asked for
// and did not come. What is not there keeps nobody green.
func TestAPageAskedForInVainIsNoAbsence(t *testing.T) {
	declaration := []*page.Page{
		sitePage("", 0, `<footer><a href="/accessibilita/">Accessibilità</a> <a href="/caratteri/">Accessibilità: caratteri più grandi</a></footer>`, page.Home),
		sitePage("caratteri/", 1, "<h1>Caratteri</h1><p>Premere il tasto A+.</p>", accessibilityPage),
	}
	offices := []*page.Page{
		sitePage("", 0, `<a href="/at/">Amministrazione trasparente</a> <a href="https://vecchio.borgofinto.test/at/">Amministrazione trasparente fino al 31.12.2019</a> <a href="/trasparente/">Amministrazione trasparente</a>`, page.Home),
		sitePage("at/", 1, `<h1>Amministrazione trasparente</h1><a href="/at/organizzazione/">Organizzazione</a> <a href="/at/uffici/">Articolazione degli uffici</a>`, transparencyPage),
		sitePage("at/organizzazione/", 2, "<h1>Organizzazione</h1><p>Organi di indirizzo politico.</p>", organisationPage),
	}
	for name, tc := range map[string]struct {
		pages []*page.Page
		check string
		fetch page.Fetch
		want  string
	}{
		"the page on accessibility answers with an error":    {declaration, declarationID, page.Fetch{URL: fixtureHome + "accessibilita/", Reach: page.ReachHTTP5xx, Status: 503}, "unknown http_5xx"},
		"it does not answer":                                 {declaration, declarationID, page.Fetch{URL: fixtureHome + "accessibilita/", Reach: page.ReachConnTimeout}, "unknown conn_timeout"},
		"it was cut":                                         {declaration, declarationID, page.Fetch{URL: fixtureHome + "accessibilita/", Reach: page.ReachOK, Status: 200, Truncated: true}, "unknown too_large"},
		"it is not there":                                    {declaration, declarationID, page.Fetch{URL: fixtureHome + "accessibilita/", Reach: page.ReachHTTP4xx, Status: 404}, "fail no_link"},
		"it is the home page":                                {declaration, declarationID, page.Fetch{URL: fixtureHome + "accessibilita/", Final: fixtureHome, Reach: page.ReachHTTP4xx, Repeat: true}, "fail no_link"},
		"it was never asked for":                             {declaration, declarationID, page.Fetch{}, "unknown not_visible_on_site"},
		"another page does not answer":                       {offices, rtdID, page.Fetch{URL: fixtureHome + "novita/1", Reach: page.ReachConnTimeout}, "fail rtd_not_identifiable"},
		"the list of offices does not answer":                {offices, rtdID, page.Fetch{URL: fixtureHome + "at/uffici/", Reach: page.ReachConnTimeout}, "unknown conn_timeout"},
		"it was lost, and so it is not there":                {offices, rtdID, page.Fetch{URL: fixtureHome + "at/uffici/", Reach: page.ReachHTTP4xx, Status: 410}, "fail rtd_not_identifiable"},
		"the list of offices was never asked for":            {offices, rtdID, page.Fetch{}, "fail rtd_not_identifiable"},
		"another entry of Amministrazione Trasparente fails": {offices, rtdID, page.Fetch{URL: fixtureHome + "trasparente/", Reach: page.ReachHTTP5xx, Status: 500}, "unknown http_5xx"},
		"the archive of old is gone":                         {offices, rtdID, page.Fetch{URL: "https://vecchio.borgofinto.test/at/", Reach: page.ReachConnTimeout}, "fail rtd_not_identifiable"},
	} {
		t.Run(name, func(t *testing.T) {
			comune := registry.Comune{IPA: "c_x999", Site: registry.Site{URL: fixtureHome}}
			comune.RTD = registry.Office{Known: true, AsOf: corpusDay, Unions: []string{"udc_valfonte"}}
			k := Case{Comune: comune, Facts: observed(t, comune, tc.pages...), Visit: wholeVisit(catalogue(t), tc.pages...), Date: corpusDay}
			if tc.fetch.URL != "" {
				tc.fetch.Kind = page.FetchPage
				k.Visit.Fetches = append(k.Visit.Fetches, tc.fetch)
			}
			f := checkOf(t, tc.check).Finding(k)
			if got := verdictOf(f); got != tc.want {
				t.Errorf("%s, want %s\n%+v", got, tc.want, k.Visit.Inquiries)
			}
			judgedWell(t, catalogue(t), k)
		})
	}
}
