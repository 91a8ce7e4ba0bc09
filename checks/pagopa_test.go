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

// One may pay where a page on paying leads to; that a bank account is named beside
// it proves nothing.
func TestAPageOnPayingIsRedOnlyWhereItLeadsNowhere(t *testing.T) {
	const home = `<a href="/pagamenti">Pagamenti</a> <a href="https://www.retefinta.example/">Biblioteche in rete</a> <a href="https://tasse.fornitore.example/">Sportello del contribuente</a>`
	const iban = `<p>Bonifico alla tesoreria comunale, IBAN IT00 X000.</p>`
	for name, tc := range map[string]struct{ body, want string }{
		"a bank account alone":                   {iban, "fail iban_only"},
		"a postal slip alone":                    {`<p>Si versa con bollettino presso l'ufficio postale.</p>`, "fail iban_only"},
		"a social network":                       {iban + `<a href="https://www.facebook.com/borgofinto">Seguici</a>`, "fail iban_only"},
		"the state's own site":                   {iban + `<a href="https://www.agenziaentrate.gov.it/">F24</a>`, "fail iban_only"},
		"the region's own site":                  {iban + `<a href="https://www.regione.umbria.it/tributi">Tributi regionali</a>`, "fail iban_only"},
		"a film":                                 {iban + `<iframe src="https://www.youtube.com/embed/1"></iframe>`, "fail iban_only"},
		"a link of every page's footer":          {iban + `</main><footer><a href="https://www.fornitore.example/">Crediti</a></footer>`, "fail iban_only"},
		"a document on another host":             {iban + `<a href="https://www.fornitore.example/tariffe.pdf">Tariffe</a>`, "fail iban_only"},
		"the taxpayer's portal of a supplier":    {iban + `<a href="https://borgofinto.fornitore.example/">portale del contribuente</a>`, "unknown not_visible_on_site"},
		"a link without a name of its own":       {iban + `<a href="https://portale.fornitore.example/c_x999">clicca qui</a>`, "unknown not_visible_on_site"},
		"the same without a code":                {iban + `<a href="https://portale.fornitore.example/enti">clicca qui</a>`, "unknown not_visible_on_site"},
		"a banner that the home page has, too":   {iban + `<a href="https://www.retefinta.example/">Biblioteche in rete</a>`, "fail iban_only"},
		"the home page's link for taxpayers":     {iban + `<a href="https://tasse.fornitore.example/">Sportello del contribuente</a>`, "unknown not_visible_on_site"},
		"a supplier's frame":                     {iban + `<iframe src="https://portale.fornitore.example/enti"></iframe>`, "unknown not_visible_on_site"},
		"a form sent to a supplier":              {iban + `<form action="https://portale.fornitore.example/" method="post"><input type="submit" value="Accedi"></form>`, "unknown not_visible_on_site"},
		"the logo without words":                 {iban + `<img src="/img/logo-pagopa.png">`, "warn mentioned_not_linked"},
		"the banner of a project":                {iban + `<img src="/img/pnrr-1-4-3-pagopa.png">`, "fail iban_only"},
		"the name in two words":                  {iban + `<p>Si paga con Pago PA presso le banche.</p>`, "warn mentioned_not_linked"},
		"the name that banks have for it":        {iban + `<p>Dalla propria banca, circuito CBILL.</p>`, "warn mentioned_not_linked"},
		"a gazette, and no account":              {`<p>Vedi il Bollettino ufficiale della Regione.</p>`, "warn no_entry_found"},
		"a gazette beside a bank account":        {iban + `<p>Vedi il Bollettino ufficiale della Regione.</p>`, "fail iban_only"},
		"a page of the site that was never read": {iban + `<a href="/pagamenti/avvisi">Pagamenti spontanei</a>`, "unknown js_only"},
	} {
		t.Run(name, func(t *testing.T) {
			site := smallSite{home: home, pages: []smallPage{{path: "pagamenti", interests: paymentsPage, title: "Pagamenti", body: tc.body}}}
			if got := verdictOf(site.judged(t, pagopaID)); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}
