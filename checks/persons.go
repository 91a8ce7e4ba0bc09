package checks

// Masking persons: a snippet keeps the words of offices and duties and drops
// every other one, unless IPA publishes the name. What is not known to be
// harmless goes, so that no list of names is needed.

import (
	"slices"
	"strings"
	"unicode"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
)

// masked stands where words were dropped.
const masked = "…"

// harmless are the words a masked snippet keeps, folded.
var harmless = wordSet(`
	a ad agli ai al alla alle allo all art articolo c comma con da dal dalla dei del della delle dello dell di e ed gli i il in io la
	le lo l lett n nel nella non o per presso s si su sul sulla sono stata stato tra un una uno verso viene
	accesso accessibilita affari agenda amministrativa amministrativo amministrazione anni anno area aree associata associato atto
	attivita ai sensi cad capo catalogo circolare civico codice competenze comunale comune comuni conferimento consiglio contatti
	contenuti convenzione cura data dati decreto delega delibera deliberazione determina determinazione difensore digitale digitali
	digitalizzazione dirigente dirigenziale disposizioni documenti dpo ente enti elenco email e-mail finanziario forma funzionario
	funzioni generale generali gestione giunta incaricato incarico individuata individuato informatica informatici informatico
	informazioni innovazione istituzionale legge lgs d.lgs mail modalita municipale municipio n. nomina nominata nominato nomine
	nuove numero obiettivi operativa operativo organigramma organizzazione orari pagina pec personale piano posta previsto privacy
	processi programmazione protezione protocollo provvedimento pubblica pubblico qualita rag referente regolamenti responsabile
	responsabili responsabilita rpd rtd r.t.d segretaria segreteria segretario servizi servizio settore settori sezione sindaca sindaco
	sistemi sito sociali staff tecnico tecnica tecnologie telefono tel titolare transizione trasformazione trasparente trasparenza
	triennale ufficio uffici unione unica unico urp utd web
	dott dott.ssa dottoressa dottore ing arch avv geom sig sig.ra
	amt der die das den des dem fur und zum zur von im in am an verantwortliche verantwortlicher verantwortlichen beauftragte
	beauftragter ubergang digitalen digitaler digitalisierung gemeinde burgermeister
	commune responsable bureau transition numerique numeriques du de et pour
	odgovorna odgovorni oseba za digitalni prehod obcina urad
	ancora assegnare attesa corso definire designare fase incaricare indicare individuare nessuno nominare risulta stato vacante
	gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
`)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// everyHolder stands for all bodies in publicNames.
const everyHolder = "*"

// publicNames are the words a snippet may keep for this comune: those of its
// own name and of the body with that IPA code, and those of the names IPA
// publishes as that body's RTD, which are marked true. The words of a name are
// public where it is that very person's, not where another shares one.
func publicNames(c registry.Comune, body string) map[string]bool {
	set := map[string]bool{}
	add := func(s string, person bool) {
		for _, w := range strings.FieldsFunc(page.Fold(s), notLetter) {
			set[w] = set[w] || person
		}
	}
	of := func(code string) bool {
		return body == everyHolder || body != "" && registry.FoldIPA(code) == registry.FoldIPA(body)
	}
	add(c.Name, false)
	for _, u := range append(slices.Clone(c.RTD.Nearby), c.RTD.Named...) {
		if of(u.IPA) && body != everyHolder {
			add(u.Name, false)
		}
	}
	for _, h := range append(slices.Clone(c.RTD.Holders), nearHolders(c)...) {
		if of(h.IPA) {
			add(h.Name, true)
		}
	}
	return set
}

// nearHolders are the RTDs of the unions about a comune.
func nearHolders(c registry.Comune) []registry.RTDHolder {
	var out []registry.RTDHolder
	for _, unions := range [][]registry.Union{c.RTD.Nearby, c.RTD.Named} {
		for _, u := range unions {
			out = append(out, u.Holders...)
		}
	}
	return out
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// maskPersons drops from a snippet every word that is neither harmless nor in one
// of the lists of public ones, of which the first that has it counts. named tells
// whether what was dropped, or a public name, reads as a person's: two words in a
// row that begin with capitals.
func maskPersons(snippet string, public ...map[string]bool) (clean string, named bool) {
	var out []string
	run := 0
	for _, w := range strings.Fields(snippet) {
		person, known := false, false
		bare := strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		switch {
		case bare == "":
			out = append(out, w)
			continue // punctuation parts no name
		case keeps(bare):
			out, run = append(out, w), 0
			continue
		}
		folded := page.Fold(bare)
		for i := 0; i < len(public) && !known; i++ {
			person, known = public[i][folded]
		}
		if known && !person {
			out, run = append(out, w), 0
			continue
		}
		if run++; unicode.IsUpper([]rune(bare)[0]) && len(bare) > 1 {
			named = named || run > 1
		} else {
			run = 0
		}
		if known {
			out = append(out, w)
			continue
		}
		if len(out) == 0 || out[len(out)-1] != masked {
			out = append(out, masked)
		}
	}
	return strings.Join(out, " "), named
}

// keeps tells whether a word, or each part of one joined by an apostrophe, a
// slash or a dash, is harmless, or is a short number such as a year or an article.
func keeps(w string) bool {
	if strings.ContainsRune(w, '@') {
		return false
	}
	folded := page.Fold(w)
	if harmless[folded] {
		return true
	}
	for _, part := range strings.FieldsFunc(folded, func(r rune) bool { return strings.ContainsRune("'/-.:()", r) }) {
		if !harmless[part] && !shortNumber(part) {
			return false
		}
	}
	return true
}

func shortNumber(s string) bool {
	if len(s) > 4 {
		return false
	}
	for _, r := range s {
		if !unicode.IsDigit(r) {
			return false
		}
	}
	return true
}
