package checks

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
)

// passwordForm asks for a password and says nothing of whom.
const passwordForm = `<form action="/login" method="post"><label>Nome utente <input type="text" name="username"></label><label>Password <input type="password" name="pw"></label><input type="submit" value="Accedi"></form>`

// checkSignIn holds the checks of the sign-in to what they should say of a case.
func checkSignIn(t *testing.T, k Case, spid, legacy string) {
	t.Helper()
	for id, want := range map[string]string{spidID: spid, cieID: spid, legacyLoginID: legacy} {
		if got := verdictOf(checkOf(t, id).Finding(k)); got != want {
			t.Errorf("%s: %s, want %s\n%s", id, got, want, saidOf(k.Facts))
		}
	}
	judgedWell(t, catalogue(t), k)
}

const (
	openSignIn  = "unknown not_visible_on_site"
	passwordRed = "fail credentials_only"
	legacyRed   = "fail legacy_credentials"
)

// What speaks of digital identities may be the way in that we do not recognise.
func TestAPasswordIsNotAllThereIsWhereThePageSpeaksOfDigitalIdentities(t *testing.T) {
	marked := fmt.Sprintf(`<a href=%q data-element="personal-area-login">Accedi all'area personale</a>`, loginEntry)
	for name, tc := range map[string]struct {
		home, beside string
		open         bool
	}{
		"nothing does":                                {"", "", false},
		"images without words":                        {"", `<a href="/Autenticazione.aspx?t=2"><img src="/img/btnSpid.png"></a> <a href="/Autenticazione.aspx?t=3"><img src="/img/btnCie.png"></a>`, true},
		"tiles that a script opens":                   {"", `<div onclick="vai(1)">SPID</div><div onclick="vai(2)">CIE</div>`, true},
		"a tile for the card alone":                   {"", `<div onclick="vai(2)">CIE</div>`, true},
		"prose on how citizens sign in":               {"", `<p>I cittadini accedono con SPID o CIE dalla pagina del singolo servizio. Il modulo è riservato agli operatori.</p>`, true},
		"prose with a link of no name":                {"", `<p>Dal 2021 l'accesso dei cittadini avviene solo con SPID o CIE: <a href="/federazione">clicca qui</a></p>`, true},
		"radio buttons":                               {"", `<form action="/go"><label><input type="radio" name="m" value="1"> SPID</label> <label><input type="radio" name="m" value="2"> CIE</label></form>`, true},
		"buttons without an address":                  {"", `<button type="button" id="b1"><span>SPID</span></button>`, true},
		"a button by its value":                       {"", `<form action="/go"><input type="button" name="b" value="SPID"></form>`, true},
		"a link called digital identity":              {"", `<p><a href="/login/federato">Identità digitale</a></p>`, true},
		"a script of the button's":                    {"", `<div id="spid-button-container"></div><script src="/js/spid-smart.js"></script>`, true},
		"a frame of an identity provider's":           {"", `<iframe src="https://idp.borgofinto.test/widget"></iframe>`, true},
		"a frame with a map":                          {"", `<iframe src="https://mappe.borgofinto.test/embed"></iframe>`, false},
		"how to come by one":                          {"", `<p><a href="/guida/spid">Come ottenere SPID</a></p><p>Prenota la CIE in municipio.</p>`, false},
		"the banner of a grant":                       {"", `<p>PNRR, misura 1.4.4: estensione di SPID e CIE</p><img src="/img/pnrr-spid-cie.png" alt="">`, false},
		"words that stand on the home page":           {`<p>Entra con SPID nei servizi di tutte le amministrazioni</p>`, `<p>Entra con SPID nei servizi di tutte le amministrazioni</p>`, false},
		"an image that stands on the home page":       {`<img src="https://www.comune.borgofinto.pg.it/img/spid-sportello.png" alt="">`, `<img src="https://www.comune.borgofinto.pg.it/img/spid-sportello.png" alt="">`, false},
		"words of the home page and words of its own": {`<p>Entra con SPID nei servizi di tutte le amministrazioni</p>`, `<p>Entra con SPID nei servizi di tutte le amministrazioni</p><div onclick="vai(1)">SPID</div>`, true},
	} {
		t.Run(name, func(t *testing.T) {
			k := signInCase(t, marked+tc.home, "<h1>Area personale</h1>"+tc.beside+passwordForm)
			if tc.open {
				checkSignIn(t, k, openSignIn, openSignIn)
				return
			}
			checkSignIn(t, k, passwordRed, legacyRed)
		})
	}
}

// signInBehind is a visit to a home page of that title with that way in, and to the
// page it leads to.
func signInBehind(t *testing.T, homeTitle, entry, address, title, body string) Case {
	t.Helper()
	around := strings.Repeat(`<p><a href="/novita/1">Notizia del giorno</a> <a href="/contatti">Contatti</a> <a href="/uffici">Uffici</a> <a href="/eventi">Eventi</a> <a href="/luoghi">Luoghi</a> Orari degli uffici e numeri di telefono del comune.</p>`, 4)
	parse := func(url string, depth int, title, body string, asked ...string) *page.Page {
		return page.Parse(page.Raw{URL: url, FinalURL: url, Status: 200, Header: http.Header{}, Depth: depth, For: asked, Body: []byte("<!doctype html><html lang=it><head><title>" + title + "</title></head><body>" + around + body + "</body></html>")})
	}
	pages := []*page.Page{
		parse(fixtureHome, 0, homeTitle, `<h1>Portale del cittadino</h1><a href="/servizi">Servizi</a>`+entry, page.Home),
		parse(fixtureHome+"servizi", 1, homeTitle, "", servicesPage), parse(address, 1, title, body, loginPage),
	}
	return Case{Facts: observed(t, registry.Comune{}, pages...), Visit: wholeVisit(catalogue(t), pages...)}
}

// The words of the whole site do not make the staff's sign-in the citizens'.
func TestWhoseASignInIsSaysThePageItself(t *testing.T) {
	const own, vendor = fixtureHome + "area/", "https://servizi.borgofinto-online.it/area/"
	for name, tc := range map[string]struct {
		homeTitle, address, title, body string
		citizens                        bool
	}{
		"the home page has the same title":         {"Borgofinto - Il portale del cittadino", own, "Borgofinto - Il portale del cittadino", "<h2>Login</h2>" + passwordForm, false},
		"the title ends in the site's name":        {"Comune di Borgofinto", own, "Login - Comune di Borgofinto | Notizie e servizi online", "<h2>Login</h2>" + passwordForm, false},
		"the home page has the same heading":       {"Comune di Borgofinto", own, "Login", "<h1>Portale del cittadino</h1>" + passwordForm, false},
		"a supplier's page repeats the site's":     {"Portale del cittadino - Borgofinto", vendor, "Portale del cittadino - Login", "<h2>Login</h2>" + passwordForm, false},
		"a form where one may register":            {"Comune di Borgofinto", own, "Login", "<h2>Accesso utenti</h2>" + strings.Replace(passwordForm, "</form>", `<a href="/reg">Non hai un account? Registrati</a></form>`, 1), false},
		"a heading of its own":                     {"Borgofinto - Il portale del cittadino", own, "Login", "<h2>Accesso dei cittadini</h2>" + passwordForm, true},
		"the form itself":                          {"Comune di Borgofinto", own, "Login", "<h2>Login</h2>" + strings.Replace(passwordForm, "Nome utente", "Codice fiscale del cittadino", 1), true},
		"a supplier's title, which names citizens": {"Comune di Borgofinto", vendor, "Portale del cittadino - Comune di Borgofinto", "<h2>Login</h2>" + passwordForm, true},
	} {
		t.Run(name, func(t *testing.T) {
			k := signInBehind(t, tc.homeTitle, `<a href="`+tc.address+`">Area riservata</a>`, tc.address, tc.title, tc.body)
			if tc.citizens {
				checkSignIn(t, k, passwordRed, legacyRed)
				return
			}
			checkSignIn(t, k, openSignIn, openSignIn)
		})
	}
}

// Another body's customers and the professionals of a desk are not the citizens.
func TestASignInOfOthersIsNotTheCitizens(t *testing.T) {
	for name, tc := range map[string]struct {
		entry, title, heading string
		citizens              bool
	}{
		"a company in the entry's words":          {"Sportello online Acque Finte S.p.A.", "Acque Finte - Sportello online", "Accesso", false},
		"a company's customers":                   {"Sportello online", "Acque Finte - Sportello online", "Area clienti", false},
		"readers of a library":                    {"Biblioteca: area utente", "Area utente", "Sistema bibliotecario provinciale", false},
		"professionals in the entry's words":      {"Sportello telematico per i professionisti (SUE)", "Sportello telematico SUE", "Accesso", false},
		"professionals and businesses, says it":   {"Servizi online", "Comuni finti - accesso", "Accesso professionisti e imprese", false},
		"citizens and businesses in the entry":    {"Servizi online per cittadini e imprese", "Accesso", "Accesso", true},
		"citizens and businesses, says it":        {"Area riservata", "Accesso", "Accesso di cittadini e imprese", true},
		"nobody is named beside the comune's own": {"Servizi online", "Accesso", "Accesso", true},
	} {
		t.Run(name, func(t *testing.T) {
			const address = "https://sportello.borgofinto-online.it/"
			k := signInBehind(t, "Comune di Borgofinto", `<a href="`+address+`">`+tc.entry+`</a>`, address, tc.title, "<h1>"+tc.heading+"</h1>"+passwordForm)
			if tc.citizens {
				checkSignIn(t, k, passwordRed, legacyRed)
				return
			}
			checkSignIn(t, k, openSignIn, openSignIn)
		})
	}
}

// Everybody signs in to the services of the State with SPID: that is not the
// comune's doing.
func TestAServiceOfTheStateProvesNoSignInOfTheComunes(t *testing.T) {
	const anpr, suap = "https://www.anagrafenazionale.interno.it/servizi-al-cittadino/", "https://www.impresainungiorno.gov.it/web/guest/comune?codCatastale=X999"
	marked := fmt.Sprintf(`<a href=%q data-element="personal-area-login">Accedi all'area personale</a>`, loginEntry)
	for name, tc := range map[string]struct{ home, behind, spid, legacy string }{
		"beside a password of the comune's":       {marked + `<a href="` + anpr + `">Certificati ANPR: accedi con SPID o CIE</a>`, "<h1>Area personale</h1>" + passwordForm, passwordRed, legacyRed},
		"on the sign-in itself":                   {marked, `<h1>Area personale</h1><a href="` + anpr + `">Accedi con SPID o CIE</a>` + passwordForm, openSignIn, openSignIn},
		"on a site without a sign-in":             {`<a href="` + anpr + `">Certificati ANPR: accedi con SPID o CIE</a>`, "", "warn no_entry_found", "not_applicable no_entry_found"},
		"the desk of businesses":                  {`<a href="` + suap + `">SUAP: accedi con SPID e CIE</a>`, "", "warn no_entry_found", "not_applicable no_entry_found"},
		"a supplier's button, whatever it is for": {`<a href="https://servizi.borgofinto-online.it/anagrafe">Certificati: accedi con SPID o con CIE</a>`, "", "pass", "pass"},
		"the identity system of the card":         {marked, `<h1>Area personale</h1><a href="https://idserver.servizicie.interno.gov.it/idp/profile/SAML2">Entra con CIE</a><a href="/spid/login?idp=posteid">Entra con SPID</a>`, "pass", "pass"},
	} {
		t.Run(name, func(t *testing.T) {
			checkSignIn(t, signInCase(t, tc.home, tc.behind), tc.spid, tc.legacy)
		})
	}
	t.Run("a page of the comune's that redirects there", func(t *testing.T) {
		k := signInBehind(t, "Comune di Borgofinto", `<a href="/certificati">Certificati</a>`, anpr, "ANPR", `<a href="/accesso/1">Accedi con SPID o CIE</a>`)
		checkSignIn(t, k, "warn no_entry_found", "not_applicable no_entry_found")
	})
}
