package checks

// Writing the facts of a sign-in down.

import (
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

// loginWords are the words, folded, that a snippet about signing in keeps
// besides the harmless ones.
var loginWords = wordSet(`
	assistenza leggi piu dettagli scopri apri
	accedi accedere accesso accessi aiuto altra altri anagrafe anche area autentica autenticarsi autenticati autenticazione cartella carta
	cassetto chiave cie cieid cittadini cittadino cittadina cns codice fiscale collegati come contribuente contribuenti cosa credenziali
	d'identita dimenticata domanda eidas elettronica entra entrare europei fascicolo federa gestore guida hai identita id idp identificati
	identity digital imprese impresa istruzioni lepida line login log in logo nazionale nome non online on-line ottenere oppure on
	parola password personale pin poste portale posteid prenota prenotazione privata profilo prosegui pratica pratiche pubblica queste
	questo redattori redazione registrati registrato registrazione regionale richiedi richiesta riservata rilascio sanitaria scegli
	sign sistema spid sportello studenti telematici telematico telematica tessera ti tramite trova ts-cns tua tue tuo utente utenti vai
	with anmelden anmeldung mit bereich personlicher dienste onlinedienste connexion avec espace personnel services ligne european citizens
	credits operatori username user submit button continua
`)

// loginWriter notes facts of one page.
type loginWriter struct {
	n      *Notes
	p      *page.Page
	public []map[string]bool
}

// add notes a fact with its page filled in and persons dropped from its words.
func (w loginWriter) add(f finding.Fact) {
	f.Check, f.Depth = loginFacts, w.p.Depth
	f.URL, f.Target = maskAddress(w.p.FinalURL), maskAddress(f.Target)
	switch f.Place {
	case "image", "script", "style":
		f.Snippet = fileName(f.Snippet)
	case "url", "frame", "action":
		f.Snippet = hostOf(f.Snippet)
	default:
		f.Snippet, _ = maskPersons(f.Snippet, w.public...)
	}
	if strings.Trim(f.Snippet, masked+" ") == "" {
		f.Snippet = f.Rule
	}
	w.n.Add(f)
}

// fileName is the last part of an address, without its query.
func fileName(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return address[strings.LastIndexByte(address, '/')+1:]
}

// link notes what one link is. Beside a sign-in only links that say so in so
// many words count.
func (w loginWriter) link(l *page.Link, s *linkSigns, onLogin, identity bool) {
	f := finding.Fact{Place: string(l.Place), Snippet: l.Label(), Target: l.URL}
	if f.Snippet == "" {
		f.Snippet = s.rule
	}
	if social(l.URL) || s.editors && l.Element != personalArea {
		return
	}
	if s.national && !sameSite(w.p.FinalURL, l.URL) {
		if speaksOfMethod(l.Folded) {
			w.about(l)
		}
		return
	}
	if s.others && s.entry != "" {
		s.entry = rules.Weak // what is behind it need not be the citizens'
	}
	for _, h := range s.methods {
		if !onLogin && (h.Rule.Strength != rules.Strong || h.Place != "link_text" || l.URL == "" && !opensByScript(*l)) {
			continue
		}
		m := f
		m.Kind, m.Rule, m.Value = h.Value, h.Rule.ID, string(h.Rule.Strength)
		if !onLogin {
			m.Value = valueButton
		}
		w.add(m)
	}
	if len(s.methods) > 0 {
		return
	}
	if s.gateway != "" && (onLogin || s.entry != "") {
		g := f
		g.Kind, g.Rule, g.Value = factGateway, s.gatewayHit.Rule.ID, string(s.gateway)
		if s.gateway != rules.Strong && !s.identity && !(onLogin && identity) && ranks[s.entry] <= ranks[rules.Weak] {
			g.Kind = factStart
		}
		w.add(g)
		return
	}
	if s.entry != "" && (w.p.Depth == 0 || onLogin) {
		e := f
		e.Kind, e.Rule, e.Value = factEntry, s.rule, string(s.entry)
		w.add(e)
	}
	if onLogin && s.control && l.URL == "" {
		h := f
		h.Kind, h.Rule = factHidden, "login-control"
		w.add(h)
	}
}

// maxAbout bounds the links about a method that one page contributes.
const maxAbout = 3

// about notes a link that mentions a method and is none, as what came nearest.
func (w loginWriter) about(l *page.Link) {
	if w.n.count[loginFacts] >= maxFacts/3 || w.aboutSoFar() >= maxAbout {
		return
	}
	w.add(finding.Fact{Kind: factAbout, Place: string(l.Place), Snippet: l.Label(), Target: l.URL, Rule: "mentions-spid"})
}

func (w loginWriter) aboutSoFar() int {
	got := 0
	for _, f := range w.n.facts {
		if f.Check == loginFacts && f.Kind == factAbout && f.Depth == w.p.Depth {
			got++
		}
	}
	return got
}

// maxSpoken bounds what one sign-in contributes of what it says of digital identities.
const maxSpoken = 3

// spoken notes what a sign-in says of digital identities beside its password.
func (w loginWriter) spoken(said []finding.Fact) {
	for _, f := range first(said, maxSpoken) {
		f.Kind = factSpoken
		w.add(f)
	}
}

// signIn notes what a page read as a sign-in shows besides its links.
func (w loginWriter) signIn(hits []rules.Hit, s signs) {
	for _, h := range hits {
		f := finding.Fact{Place: h.Place, Snippet: h.Snippet, Rule: h.Rule.ID, Value: string(h.Rule.Strength)}
		switch h.Value {
		case factSPID, factCIE, factEIDAS, factCNS:
			f.Kind = h.Value
			w.add(f)
		case factGateway:
			if h.Place == "url" && h.Rule.Strength != rules.Strong && s.password != nil {
				continue // the system's own page is read, and asks for a password
			}
			if f.Kind = factGateway; h.Rule.Strength != rules.Strong && !s.identity {
				f.Kind = factStart
			}
			w.add(f)
		case valueControl:
			f.Kind = factHidden
			if s.password == nil {
				w.add(f)
			}
		}
	}
	if s.password == nil {
		return
	}
	f := finding.Fact{Kind: factCredentials, Place: formNames(s.password), Value: valueUnclear, Rule: "password-field", Target: w.p.URL}
	switch {
	case s.citizens:
		f.Value = valueCitizens
	case s.others:
		f.Value = valueOthers
	}
	if len(s.password.Text) <= maxLoginForm {
		f.Snippet = s.password.Text
	}
	w.add(f)
}
