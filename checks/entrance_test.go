package checks

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
)

// homeLinks are different ways from a home page into its site.
func homeLinks(n int) string {
	s := ""
	for i := range n {
		s += fmt.Sprintf(`<a href="/p%d">Voce %d</a> `, i, i)
	}
	return s
}

// A home page that is not the site carries no red of absence; what it has, and
// what it contradicts, stays what it is.
func TestAHomePageThatIsNotTheSiteMakesNobodyRed(t *testing.T) {
	const (
		about = `<p>Orari degli uffici, notizie, eventi, bandi e avvisi, ogni settimana aggiornati dalla redazione. Telefono 075 000000.</p>`
		ways  = fewestWays
	)
	for name, tc := range map[string]struct {
		title, body string
		site        bool
	}{
		"a site":                                  {"Comune di Borgofinto", about + homeLinks(ways), true},
		"a site of the fewest ways":               {"Borgofinto", about + homeLinks(ways), true},
		"named in its text alone":                 {"Home", about + `<p>Piazza del Popolo 1, Borgofinto</p>` + homeLinks(ways), true},
		"named by the picture's words":            {"Home", `<img src="/l.png" alt="Stemma di Borgofinto">` + about + homeLinks(ways), true},
		"named by the picture's file":             {"Home", `<img src="/img/logo-borgofinto.png">` + about + homeLinks(ways), true},
		"named by an address":                     {"Home", `<a href="mailto:protocollo@comune.borgofinto.pg.it">Scrivici</a>` + about + homeLinks(ways), true},
		"named in another language":               {"Gemeinde Finthal", about + homeLinks(ways), true},
		"a comune without a name":                 {"Home", about + `<p>Il Sindaco riceve il giovedì.</p>` + homeLinks(ways), true},
		"its ways opened by scripts":              {"Comune di Borgofinto", about + `<a onclick="vai(1)">Uffici</a> <a onclick="vai(2)">Servizi</a> <a onclick="vai(3)">Avvisi</a> <a onclick="vai(4)">Atti</a> <a onclick="vai(5)">Novità</a>`, true},
		"a chooser of languages":                  {"Gemeinde Finthal - Comune di Borgofinto", about + `<a href="/it/">Italiano</a> <a href="/de/">Deutsch</a> <a href="/lld/">Ladin</a> <a href="/en/">English</a> <a href="https://www.facebook.com/finthal">Facebook</a>`, false},
		"an entrance to two sites":                {"Comune di Borgofinto", about + `<a href="/istituzionale/">Sito istituzionale</a> <a href="/turismo/">Sito turistico</a> <a href="https://www.facebook.com/b">Facebook</a> <a href="https://www.instagram.com/b">Instagram</a> <a href="mailto:info@comune.borgofinto.pg.it">Scrivici</a>`, false},
		"the old sites of a merged comune":        {"Comune di Borgofinto", about + `<a href="http://www.comune.borgo.pg.it">Ex Comune di Borgo</a> <a href="http://www.comune.finto.pg.it">Ex Comune di Finto</a> <a href="https://a.example/">A</a> <a href="https://b.example/">B</a> <a href="https://c.example/">C</a>`, false},
		"a notice of a move":                      {"Comune di Borgofinto", `<p>Stiamo passando al nuovo sito: le pagine torneranno nelle prossime ore. Ci scusiamo per il disagio, per urgenze restano aperti questi recapiti.</p><a href="tel:075000000">Centralino</a> <a href="mailto:a@b.it">Protocollo</a> <a href="mailto:c@pec.it">PEC</a> <a href="https://www.facebook.com/b">Facebook</a> <a href="https://t.me/b">Telegram</a>`, false},
		"the same way five times":                 {"Comune di Borgofinto", about + `<a href="/p">Entra</a> <a href="/p">Entra</a> <a href="/p">Entra</a> <a href="/p">Entra</a> <a href="/p">Entra</a>`, false},
		"somebody else under a name that ran out": {"I migliori casinò online", `<p>In questa guida confrontiamo i bonus di benvenuto dei principali operatori e i metodi di pagamento più comuni, con le recensioni degli esperti.</p>` + homeLinks(ways+3), false},
		"a test of a firewall":                    {"Verifica di sicurezza", `<p>Il sistema di protezione sta verificando la connessione: attendere qualche secondo, la pagina si aprirà da sola. Codice 8f3a.</p>` + homeLinks(ways), false},
	} {
		t.Run(name, func(t *testing.T) {
			comune := registry.Comune{Istat: "990001", IPA: "c_x999", Name: "BORGOFINTO", Aliases: []string{"Finthal", "990002"}}
			html := `<!DOCTYPE html><html><head><title>` + tc.title + `</title></head><body>` + tc.body + `</body></html>`
			p := page.Parse(page.Raw{URL: fixtureHome, FinalURL: fixtureHome, Status: 200, Header: http.Header{}, Body: []byte(html), For: []string{page.Home}})
			k := Case{Comune: comune, Facts: observed(t, comune, p), Visit: wholeVisit(catalogue(t), p), Date: fixture{}.day(t)}
			want := "unknown not_visible_on_site"
			if tc.site {
				want = "fail no_link"
			}
			for _, id := range []string{declarationID, transparencyID} {
				f := checkOf(t, id).Finding(k)
				if got := verdictOf(f); got != want {
					t.Errorf("%s: %s, want %s", id, got, want)
				}
				if err := finding.Validate(f); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestANameIsKnownByItsLongerWords(t *testing.T) {
	for _, tc := range []struct {
		names []string
		title string
		want  bool
	}{
		{[]string{"BASCAPE'"}, "Comune di Bascapè", true},
		{[]string{"San Giovanni di Fassa-Sen Jan"}, "Comun de Sèn Jan, S. Giovanni", true},
		{[]string{"Bolzano", "Bozen"}, "Stadtgemeinde Bozen", true},
		{[]string{"L'Aquila"}, "Città dell’Aquila", true},
		{[]string{"Re"}, "Comune di Re", true},
		{[]string{"Re"}, "Reale", false},
		{[]string{"Asti"}, "Bonus fantastici", false},
		{[]string{"Este"}, "Questi sono i migliori", false},
	} {
		p := page.Parse(page.Raw{URL: "https://a.example/", FinalURL: "https://a.example/", Status: 200, Header: http.Header{}, Body: []byte(`<title>` + tc.title + `</title>`)})
		if got := namesComune(p, registry.Comune{Name: tc.names[0], Aliases: tc.names[1:]}); got != tc.want {
			t.Errorf("%v in %q: %v", tc.names, tc.title, got)
		}
	}
}
