package checks

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
)

// signInCase is a visit to a home page with a way in, and to the page behind it.
func signInCase(t *testing.T, entry, behind string) Case {
	t.Helper()
	filler := strings.Repeat(`<p><a href="/novita/1">Notizia del giorno</a> <a href="/servizi">Servizi</a> <a href="/contatti">Contatti</a> <a href="/uffici">Uffici</a> <a href="/eventi">Eventi</a> Il comune informa i residenti sugli orari degli uffici.</p>`, 4)
	parse := func(url string, depth int, body string, asked ...string) *page.Page {
		return page.Parse(page.Raw{URL: url, FinalURL: url, Status: 200, Header: http.Header{}, Depth: depth, For: asked, Body: []byte("<!doctype html><html lang=it><head><title>Comune di Borgofinto</title></head><body><main>" + body + "</main></body></html>")})
	}
	pages := []*page.Page{parse(fixtureHome, 0, filler+entry, page.Home), parse(fixtureHome+"servizi", 1, filler, servicesPage)}
	if behind != "" {
		body, bare := strings.CutPrefix(behind, "bare:")
		if !bare {
			body = filler + body
		}
		pages = append(pages, parse(loginEntry, 1, body, loginPage))
	}
	return Case{Facts: observed(t, registry.Comune{}, pages...), Visit: wholeVisit(catalogue(t), pages...)}
}

// A path that many systems share makes nothing a gateway by itself: the staff
// sign in through the same ones.
func TestTheStartOfAnAuthenticationIsAGatewayOnlyAmongWordsOfIdentity(t *testing.T) {
	marked := fmt.Sprintf(`<a href=%q data-element="personal-area-login">Accedi all'area personale</a>`, loginEntry)
	for name, tc := range map[string]struct {
		entry, behind string
		want          string
	}{
		"the personal area starts it":                      {`<a href="https://sp.borgofinto.test/Shibboleth.sso/Login" data-element="personal-area-login">Accedi all'area personale</a>`, "", "pass via_gateway"},
		"a bare word starts it, on a host nobody knows":    {`<a href="https://sp.borgofinto.test/realms/ente/protocol/openid-connect/auth">Accedi</a>`, "", "unknown not_visible_on_site"},
		"a bare word leads to a region's own system":       {`<a href="https://login.regione.umbria.it/gw/wayf">Accedi</a>`, "", "pass via_gateway"},
		"behind the entry, by a label that speaks of SPID": {marked, `<h1>Accesso</h1><a href="https://sp.borgofinto.test/saml2/login">Prosegui con SPID o CIE</a>`, "pass via_gateway"},
		"behind the entry, under a heading of the area":    {marked, `<h1>Area personale</h1><a href="https://sp.borgofinto.test/saml2/login">Prosegui</a>`, "pass via_gateway"},
		"behind the entry, with no such word":              {marked, `<h1>Accesso</h1><a href="https://sp.borgofinto.test/realms/ente/protocol/saml">Prosegui</a>`, "unknown not_visible_on_site"},
		"the same beside a password: no red":               {marked, `<h1>Accesso</h1><form action="/entra"><label>Utente <input name=u></label><input type=password name=p><button>Accedi</button></form><a href="https://sp.borgofinto.test/realms/ente/protocol/saml">Altro accesso</a>`, "unknown not_visible_on_site"},
	} {
		t.Run(name, func(t *testing.T) {
			k := signInCase(t, tc.entry, tc.behind)
			for _, id := range []string{spidID, cieID} {
				got := checkOf(t, id).Finding(k)
				if said := verdictOf(got); said != tc.want && !(strings.Contains(tc.behind, "con SPID o CIE") && got.Verdict == finding.Pass) {
					t.Errorf("%s: %s, want %s\n%+v", id, said, tc.want, k.Facts)
				}
				if err := finding.Validate(got); err != nil {
					t.Error(err)
				}
			}
			if got := checkOf(t, legacyLoginID).Finding(k); got.Verdict == finding.Fail {
				t.Errorf("legacy-login: %s", verdictOf(got))
			}
		})
	}
}

// A page that is little more than a form for a password is read, not taken for
// a shell; one that may still be filled is a shell.
func TestASmallPageWithAPasswordIsASignInAndNoShell(t *testing.T) {
	const form = `bare:<form action="/entra" method="post"><label>Codice utente <input name="u"></label><label>Password <input type="password" name="p"></label><button>Accedi</button></form>`
	entry := fmt.Sprintf(`<a href=%q data-element="personal-area-login">Accedi all'area personale</a>`, loginEntry)
	for name, tc := range map[string]struct{ behind, spid, legacy string }{
		"a form alone":                       {form, "fail credentials_only", "fail legacy_credentials"},
		"the same with a button for SPID":    {form + `<a href="/spid" spid-idp-button="#spid-idp-button-small">Entra con SPID</a>`, "pass", "warn credentials_beside"},
		"a form without a word, as of a kit": {`bare:<form><input type="password" name="p"></form>`, "unknown js_only", "unknown js_only"},
		"a frame beside the form":            {form + `<iframe src="https://idp.altro.test/x"></iframe>`, "unknown js_only", "unknown js_only"},
		"no form at all":                     {`bare:<div id="root"></div>`, "unknown js_only", "unknown js_only"},
	} {
		t.Run(name, func(t *testing.T) {
			k := signInCase(t, entry, tc.behind)
			if got := verdictOf(checkOf(t, spidID).Finding(k)); got != tc.spid {
				t.Errorf("spid: %s, want %s\n%+v", got, tc.spid, k.Facts)
			}
			if got := verdictOf(checkOf(t, legacyLoginID).Finding(k)); got != tc.legacy {
				t.Errorf("legacy-login: %s, want %s", got, tc.legacy)
			}
		})
	}
}
