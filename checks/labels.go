package checks

// What rules say of links, gathered link by link, and facts written with the
// names of persons dropped: for checks that look for a page by what it is called.

import (
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

// linkSaid is a link with the first hit of each value on it.
type linkSaid struct {
	*page.Link
	by map[string]rules.Hit
}

// says is the hit of a value on the link, if there is one.
func (l linkSaid) says(value string) (rules.Hit, bool) {
	h, ok := l.by[value]
	return h, ok
}

// called tells whether a value was found on the link.
func (l linkSaid) called(value string) bool {
	_, ok := l.by[value]
	return ok
}

// leads tells whether a click on the link goes anywhere.
func (l linkSaid) leads() bool { return l.URL != "" || l.OnClick != "" || scripted(*l.Link) }

// short tells a label from a headline.
func (l linkSaid) short() bool { return len(page.Fold(l.Label())) < longestLabel }

// leadingOn is the rank of a link, 0 where it leads to a file or to news. What
// it is called is asked first: nearly every link is called something else.
func leadingOn(l page.Link, rank int) int {
	if rank > 0 && (documentFile(l.URL) || newsAddress(l.URL)) {
		return 0
	}
	return rank
}

// longestLabel is the length in bytes from which a label is a headline.
const longestLabel = 70

// byLink parts hits on links, gathered by link in the order seen, from the rest.
func byLink(hits []rules.Hit) (links []linkSaid, rest []rules.Hit) {
	at := map[*page.Link]int{}
	for _, h := range hits {
		if h.Link == nil {
			rest = append(rest, h)
			continue
		}
		i, ok := at[h.Link]
		if !ok {
			i = len(links)
			at[h.Link] = i
			links = append(links, linkSaid{h.Link, map[string]rules.Hit{}})
		}
		if _, ok := links[i].by[h.Value]; !ok {
			links[i].by[h.Value] = h
		}
	}
	return links, rest
}

// plainWords are the words, folded, that the snippets of these checks keep
// besides the harmless ones and the comune's own name.
var plainWords = wordSet(`
	albo pretorio on line online on-line telematico informatico storico archivio pubblicazioni pubblicazione legale legali atti avvisi matrimonio pubblicita
	oro d'oro fornitori professionisti presidenti seggio scrutatori associazioni giudici popolari beneficiari
	amtstafel digitale tableau affichage oglasna deska spletna
	informativa informative policy cookie cookies note personali personale trattamento incaricati interessati interessato regolamento ue eu gdpr
	europeo generale vai leggi consulta accedi scarica tutte tutti contattare contattato contatti recapiti recapito indirizzo puo essere seguente
	seguenti raggiungibile inviare scrivere scrivendo posta elettronica certificata data protection officer esterno interno societa ditta nominato
	designato proprio anche quale soggetto email garante reclamo autorita controllo diritti base giuridica finalita conservazione sito web portale
	datenschutz datenschutzerklarung datenschutzbeauftragter datenschutzbeauftragte datenschutzbeauftragten personenbezogener daten privacyhinweise
	protection des donnees personnelles confidentialite delegue politique vie privee informations
	varstvo osebnih podatkov zasebnost pooblascena oseba sconanza dac personai responsabl
	open opendata aperti catalogo dataset banche metadati api csv json rdf offene ouvertes odprti podatki licenza licenze creative commons cc by cc-by
	attribuzione 4.0 contenuti testi immagini diversa indicazione dove salvo rilasciati distribuiti pubblicati riservati riservata riproduzione
	lizenz lizenzen inhalte namensnennung licence contenus attribution licenca vsebine
	facebook instagram twitter youtube linkedin telegram whatsapp tiktok canale pagina profilo ufficiale seguici su apre nuova scheda link finestra
	anpr anagrafe nazionale popolazione residente certificati certificato anagrafici stato civile cambio residenza self-service
`)

// plainWriter notes the facts of one page for one check.
type plainWriter struct {
	check  string
	n      *Notes
	p      *page.Page
	words  map[string]bool // that snippets keep; nil: plainWords
	public []map[string]bool
}

func (w *plainWriter) add(f finding.Fact) {
	if w.public == nil {
		if w.words == nil {
			w.public = w.n.keepWords(plainWords)
		} else {
			w.public = w.n.keepWords(w.words)
		}
	}
	f.Check, f.Depth, f.URL, f.Target = w.check, w.p.Depth, maskAddress(w.p.FinalURL), maskAddress(f.Target)
	f.Snippet, _ = maskPersons(f.Snippet, withOfficeMail(f.Snippet, w.public)...)
	if strings.Trim(f.Snippet, masked+" .,:;-") == "" {
		f.Snippet = f.Rule
	}
	w.n.Add(f)
}

// link notes a link, by the words on it or else by where it leads.
func (w *plainWriter) link(kind string, l linkSaid, h rules.Hit) {
	f := finding.Fact{Kind: kind, Value: h.Value, Place: string(l.Place), Snippet: l.Label(), Rule: h.Rule.ID, Target: l.URL}
	if f.Snippet == "" {
		f.Snippet = hostOf(l.URL)
	}
	w.add(f)
}

// text notes what stands in the page itself.
func (w *plainWriter) text(kind string, h rules.Hit) {
	w.add(finding.Fact{Kind: kind, Value: h.Value, Place: h.Place, Snippet: h.Snippet, Rule: h.Rule.ID})
}

// officeMail are the words the name of a mailbox may be made of for the box to
// be an office's and nobody's own.
var officeMail = wordSet(`
	dpo rpd dsb dpd gdpr privacy protezione dati protezionedati responsabile responsabileprotezionedati data protection dataprotection datenschutz
	comune gemeinde obcina commune mairie protocollo info segreteria ufficio urp pec posta mail amministrazione supporto servizio
`)

// withOfficeMail adds to public the mail addresses in words that are an office's.
func withOfficeMail(words string, public []map[string]bool) []map[string]bool {
	if !strings.Contains(words, "@") {
		return public
	}
	boxes := map[string]bool{}
	for _, w := range strings.Fields(words) {
		box, host, ok := strings.Cut(page.Fold(strings.TrimFunc(w, notMail)), "@")
		if ok && host != "" && officeBox(box) {
			boxes[box+"@"+host] = false
		}
	}
	return append([]map[string]bool{boxes}, public...)
}

func notMail(r rune) bool { return notLetter(r) && (r < '0' || r > '9') }

func officeBox(box string) bool {
	parts := strings.FieldsFunc(box, notLetter)
	for _, p := range parts {
		if !officeMail[p] {
			return false
		}
	}
	return len(parts) > 0
}
