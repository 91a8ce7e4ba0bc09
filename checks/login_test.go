package checks

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
)

const loginEntry = "https://servizi.borgofinto-online.it/accesso"

// entryOnly is a home page whose one way in leads to loginEntry.
func entryOnly(t testing.TB) *page.Page {
	t.Helper()
	_, body := readFixture(t, "testdata/spid/official-buttons-on-another-host.html")
	return fixture{}.page(body)
}

func TestWhereARefusedSignInLedIsTheEvidence(t *testing.T) {
	home := entryOnly(t)
	facts := observed(t, registry.Comune{}, home)
	for name, tc := range map[string]struct {
		fetch page.Fetch
		want  string
	}{
		"redirected to a region's gateway, which is not followed":  {page.Fetch{Final: "https://federa.lepida.it/gw/SSOProxy/SAML2", Reach: page.ReachOffsite}, "pass via_gateway"},
		"redirected to the start of an authentication":             {page.Fetch{Final: "https://sp.borgofinto.test/Shibboleth.sso/Login", Reach: page.ReachOffsite}, "pass via_gateway"},
		"the gateway's own page was read":                          {page.Fetch{Final: "https://login.regione.umbria.it/gw/wayf", Reach: page.ReachOK, Status: 200}, "pass via_gateway"},
		"the gateway cannot be reached, and its address is enough": {page.Fetch{Final: "https://cohesion2.regione.marche.it/SPManager/WAYF.aspx", Reach: page.ReachConnTimeout}, "pass via_gateway"},
		"a host that is no gateway":                                {page.Fetch{Final: "https://www.notizie-finte.it/", Reach: page.ReachOffsite}, "unknown redirected_offsite"},
		"the sign-in answers with an error":                        {page.Fetch{Reach: page.ReachHTTP5xx, Status: 503}, "unknown http_5xx"},
		"robots keep us out of it":                                 {page.Fetch{Reach: page.ReachRobotsDenied}, "unknown robots_denied"},
		"it was cut":                                               {page.Fetch{Reach: page.ReachOK, Truncated: true}, "unknown too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			f := tc.fetch
			f.URL, f.Kind, f.For = loginEntry, page.FetchPage, []string{loginPage}
			v := wholeVisit(catalogue(t), home)
			v.Fetches = append(v.Fetches, f)
			for i := range v.Inquiries {
				if v.Inquiries[i].ID == loginPage {
					v.Inquiries[i].Why = f.Reach
				}
			}
			for _, id := range []string{spidID, cieID} {
				got := checkOf(t, id).Finding(Case{Facts: facts, Visit: v})
				if said := strings.TrimSpace(string(got.Verdict) + " " + string(got.Reason)); said != tc.want {
					t.Errorf("%s: %s, want %s\n%+v", id, said, tc.want, got)
				}
				if err := finding.Validate(got); err != nil {
					t.Error(err)
				}
			}
			if got := checkOf(t, legacyLoginID).Finding(Case{Facts: facts, Visit: v}); got.Verdict == finding.Fail || got.Verdict == finding.Warn {
				t.Errorf("legacy-login: %s %s", got.Verdict, got.Reason)
			}
		})
	}
}

func TestWhichLinksAreFollowedToASignIn(t *testing.T) {
	b := builder{}
	i := b.login().interest()
	if b.err != nil {
		t.Fatal(b.err)
	}
	for name, tc := range map[string]struct {
		link page.Link
		want bool
	}{
		"the model's marker":                       {page.Link{URL: loginEntry, Text: "Accedi", Element: personalArea}, true},
		"the marker on an address that is missing": {page.Link{Href: "#", Text: "Accedi all'area personale", Element: personalArea}, true},
		"the way to the services online":           {page.Link{URL: "https://www.comune.borgofinto.pg.it/servizi-online", Text: "Servizi online"}, true},
		"a button with the methods' names":         {page.Link{URL: "https://servizi.borgofinto-online.it/", Text: "Accedi con SPID o CIE"}, true},
		"the start of an authentication":           {page.Link{URL: loginEntry + "/spid/login?idp=posteid", Text: "Accedi con SPID", Depth: 1}, false},
		"a gateway, which is evidence by itself":   {page.Link{URL: "https://federa.lepida.it/gw/x", Text: "Accedi all'area personale", Element: personalArea}, false},
		"the editors' way in":                      {page.Link{URL: "https://www.comune.borgofinto.pg.it/user/login", Text: "Area riservata"}, false},
		"the staff's way in":                       {page.Link{URL: "https://www.comune.borgofinto.pg.it/Admin/WebForms/Cruscotto.aspx", Text: "AREA RISERVATA"}, false},
		"a page about SPID":                        {page.Link{URL: "https://www.comune.borgofinto.pg.it/servizi/spid", Text: "Come ottenere SPID"}, false},
		"booking an identity card":                 {page.Link{URL: "https://www.comune.borgofinto.pg.it/prenota/cie", Text: "Prenota CIE"}, false},
		"a button that shares the page":            {page.Link{URL: "https://www.facebook.com/sharer.php?u=https://www.comune.borgofinto.pg.it/servizi-online", Text: "Facebook"}, false},
		"a service of the State's":                 {page.Link{URL: "https://www.anagrafenazionale.interno.it/", Text: "ANPR: accedi con SPID o CIE", Page: fixtureHome}, false},
		"the same, marked as the personal area":    {page.Link{URL: "https://www.anagrafenazionale.interno.it/", Text: "Accedi all'area personale", Element: personalArea, Page: fixtureHome}, false},
		"too many clicks away":                     {page.Link{URL: loginEntry, Text: "Accedi all'area personale", Depth: 3}, false},
	} {
		t.Run(name, func(t *testing.T) {
			tc.link.Folded = page.Fold(tc.link.Text)
			if tc.link.Href == "" {
				tc.link.Href = tc.link.URL
			}
			if got := i.Match(tc.link) > 0; got != tc.want {
				t.Errorf("followed: %v, want %v", got, tc.want)
			}
		})
	}
}

func TestTheCodeInAnAddressIsTheBodysOwn(t *testing.T) {
	own := registry.Comune{TaxCode: "80099900549", IPA: "c_x999", Catasto: "X999"}
	for address, want := range map[string]codeSays{
		"https://a.test/?iddominio=80099900549":            codeOwn,
		"https://a.test/?idDominioPA=80099900549&lang=it":  codeOwn,
		"https://a.test/?ente=C_X999":                      codeOwn,
		"https://cittadino.plugandpay.it/C_X999":           codeOwn,
		"https://a.test/login?CodCat=X999":                 codeOwn,
		"https://a.test/?iddominio=80088800548":            codeForeign,
		"https://cittadino.plugandpay.it/C_A123/pagamenti": codeForeign,
		"https://a.test/?ente=12":                          codeNone,
		"https://a.test/?q=80088800548":                    codeNone,
		"https://a.test/80099900549":                       codeNone,
		"https://a.test/?ente=borgofinto":                  codeNone,
	} {
		if got := codeInAddress(&page.Link{URL: address}, own); got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
	if got := codeInAddress(&page.Link{URL: "https://a.test/?iddominio=80088800548"}, registry.Comune{}); got != codeNone {
		t.Errorf("a comune whose codes are not known: %v", got)
	}
}

// hostileSignIn is a page made to be hard on the observers.
func TestAHostilePageGivesBoundedFacts(t *testing.T) {
	var b strings.Builder
	b.WriteString("<!doctype html><title>x</title><body>")
	for i := range 3000 {
		b.WriteString(`<a data-element="personal-area-login" href="/x`)
		b.WriteString(strings.Repeat("y", i%50))
		b.WriteString(`">Entra con SPID pagoPA app IO</a><a onclick="V01('pagopa')">Paga online</a><form><input type=password></form>`)
	}
	p := page.Parse(page.Raw{URL: "https://a.test/", FinalURL: "https://a.test/", Status: 200, Body: []byte(b.String()), Header: http.Header{}, For: []string{page.Home, loginPage, paymentsPage}})
	facts := observed(t, registry.Comune{}, p)
	perCheck := map[string]int{}
	for _, f := range facts {
		perCheck[f.Check]++
	}
	for check, n := range perCheck {
		if n > maxFacts {
			t.Errorf("%s noted %d facts", check, n)
		}
	}
	judgedWell(t, catalogue(t), Case{Facts: facts, Visit: wholeVisit(catalogue(t), p)})
}
