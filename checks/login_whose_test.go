package checks

import (
	"fmt"
	"testing"
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
