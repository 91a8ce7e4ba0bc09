package checks

// Entries: what the checks booking and report-issue share. Each asks whether
// citizens are offered one thing to do on the site, and sees links.

import (
	"regexp"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

// Kinds of fact of an entry.
const (
	factOffer   = "offer"    // a link that leads there; Value: by what it was recognised
	factContact = "contact"  // the words, with a mail address or a telephone number behind them
	factBehind  = "behind"   // the words, and only a script knows where they lead
	factOneOnly = "one_only" // the same for one service alone
	factUnlike  = "unlike"   // what sounds like it and is not
)

// Values of facts of an entry.
const (
	byMarker = "marker" // the national model's data-element
	byWords  = "words"
	byMail   = "mail"
	byPhone  = "phone"
)

// newsPath tells addresses under which news, notices and events are kept: what
// they speak of is not there.
var newsPath = regexp.MustCompile(`(?i)/(novita|notizi[ae]|news|avvis[oi]|comunicat[oi]|comunicati-stampa|event[oi]|argoment[oi]|topics?|aktuelles|nachrichten|neuheiten|actualites?|novice)(/|\.|_|-|$|\?)`)

// serviceWords are the words, folded, that a snippet about services keeps besides
// the harmless ones.
var serviceWords = wordSet(`
	accedi accesso agli scarica scaricare certificati certificato popolazione domande graduatoria edilizie urbanistica alimentare alloggi anagrafe anagrafici anagrafico anpr appuntamento appuntamenti area asilo assegno assegni assenza assistenza
	atti attivita autobus autocertificazione biblioteca biblioteche bonus bus cambio canone carta carrabile casa cie cimiteri cimiteriali cimitero
	cittadini cittadino civile comunicazione commerciale commercio concessione concessioni concorsi concorso contrassegno contributi contributo
	contravvenzione contravvenzioni cultura d'identita dati demografici dichiarazione digitale disabili disabilita disservizi disservizio domanda
	domande domicilio edilizia edilizie elettronica estratto eventi famiglia familiare fascicolo finanziamento genera geoportale gioventu giovani
	guasti guasto ics identita imprese imposta imu indirizzo infanzia informagiovani innovazione inviare invia iscrizione iscrizioni istanza istanze
	iscrivere iscriversi informatica ict irpef lampioni luce luoghi mappa maternita matrimoni matrimonio mensa moduli mobilita multa multe municipale
	musei museo nascita nido nidi nucleo nuova occupazione on on-line online parcheggi pass patrimonio penale per permessi permesso permessi più piu
	polizia portale pratica pratiche prenota prenotare prenotazione prenotazioni presentare problema problemi produttive promozione pubblicazione
	pubblicazioni pubbliche reclami reclamo refezione residenza residenze ricerca richiedere richiedi richiesta richieste rifiuti rilascio rinnovo
	ristorazione salute scarica scia scolastica scolastiche scolastico scuola scuolabus scuole segnala segnalare segnalazione segnalazioni sosta
	spazi sportello sportelli sport stato strade strutture sue suap suolo tari tasse telematica telematico telematici tesserino titoli traffico
	transito trasporto tributi turismo turistica turistico turistiche urbanistica urbanistici unico uniche verbali vai vedi vieni visita visitare
	verifica posizione tributaria contribuente cassetto portale tasse tariffe sanzioni codice violazioni pagamenti domicilio abitazione nascita
	visit vivere voucher zona zone ztl teatro teatri smart city citta centro storico protezione civile meteo sit webgis storica storico archivio
	einheitsschalter termin termine vereinbaren buchen reservieren storung storungen melden mangel mangelmelder schaden meldung online-termin
	dienste bauamt meldeamt bescheinigung mensa kindergarten schule bibliothek tourismus museum digitalisierungsplan dreijahresplan informatik
	prendre rendez-vous rendez vous signaler dysfonctionnement probleme demande certificat certificats guichet activites productives plan
	bibliotheque musee tourisme triennal informatique rezervacija termina narocanje prijava napake tezave potrdila knjiznica muzej turizem nacrt
	digitalizacije piano agenda transizione comuni-chiamo municipium agid pnrr cad italia nazionale locale unione triennio
`)

// wordsOf is a snippet without the words that could be a person's.
func wordsOf(text string, n *Notes) string {
	clean, _ := maskPersons(text, n.keepWords(serviceWords)...)
	return clean
}

// noted tells whether a fact of that kind and target was noted before: the same
// footer stands on every page.
func (n *Notes) noted(check, kind, target string) bool {
	return n.count[check] > 0 && slices.ContainsFunc(n.facts, func(f finding.Fact) bool {
		return f.Check == check && f.Kind == kind && f.Target == target
	})
}

// entryInterests are the pages on which an entry is looked for besides the home
// page: no other check needs another one for it.
func (b *builder) entryInterests() []page.Interest { return []page.Interest{b.services()} }

// entryObserver sees the links to one thing to do. The values of its rules are
// offer, one and unlike.
type entryObserver struct {
	check string
	rules *rules.Set
}

func (o entryObserver) observe(p *page.Page, n *Notes) {
	said := map[*page.Link]map[string]rules.Hit{}
	var order []*page.Link
	var marked *rules.Hit
	for _, h := range o.rules.MatchIn(n.lookAt(p)) {
		if h.Link == nil {
			marked = &h
			continue
		}
		if said[h.Link] == nil {
			said[h.Link] = map[string]rules.Hit{}
			order = append(order, h.Link)
		}
		if old, known := said[h.Link][h.Value]; !known || ranks[h.Rule.Strength] > ranks[old.Rule.Strength] {
			said[h.Link][h.Value] = h
		}
	}
	seen := false
	for _, l := range order {
		kind, value, h := entryKind(l, said[l])
		if offer, ok := said[l][factOffer]; ok && offer.Rule.Strength == rules.Strong {
			seen = true
		}
		if kind == "" {
			continue
		}
		f := finding.Fact{Check: o.check, Kind: kind, Value: value, URL: p.FinalURL, Depth: p.Depth, Place: string(l.Place), Rule: h.Rule.ID, Target: maskAddress(l.URL)}
		if f.Snippet = wordsOf(l.Label(), n); strings.Trim(f.Snippet, masked+" ") == "" {
			f.Snippet = h.Rule.ID
		}
		if !n.noted(o.check, kind, f.Target) {
			n.Add(f)
		}
	}
	if marked != nil && !seen && !n.noted(o.check, factBehind, "") {
		n.Add(finding.Fact{Check: o.check, Kind: factBehind, URL: p.FinalURL, Depth: p.Depth, Place: marked.Place, Rule: marked.Rule.ID, Snippet: marked.Snippet})
	}
}

// entryKind tells what a link is by what was recognised in it: what it is not
// before what it may be, and one service before all of them.
func entryKind(l *page.Link, said map[string]rules.Hit) (kind, value string, by rules.Hit) {
	offer, offers := said[factOffer]
	one, alone := said[factOneOnly]
	href := strings.ToLower(strings.TrimSpace(l.Href))
	marked := offers && offer.Rule.Strength == rules.Strong
	switch {
	case social(l.URL):
		return "", "", offer
	case said[factUnlike].Rule != nil:
		return factUnlike, "", said[factUnlike]
	case !offers && !alone:
		return "", "", offer
	case documentFile(l.URL), !marked && newsPath.MatchString(l.URL):
		return factUnlike, "", best(offer, one)
	case alone && (!marked || one.Place == "href"):
		return factOneOnly, "", one
	case strings.HasPrefix(href, "mailto:"):
		return factContact, byMail, offer
	case strings.HasPrefix(href, "tel:"):
		return factContact, byPhone, offer
	case l.URL == "":
		return factBehind, "", offer
	case marked:
		return factOffer, byMarker, offer
	}
	return factOffer, byWords, offer
}

func best(a, b rules.Hit) rules.Hit {
	if a.Rule == nil {
		return b
	}
	return a
}

// judgeEntry judges an entry. mails tells whether a mail address behind the
// words will do.
func judgeEntry(check string, mails bool) func(Case) finding.Finding {
	return func(k Case) finding.Finding {
		offers, contacts := k.Of(check, factOffer), k.Of(check, factContact)
		one, unlike := k.Of(check, factOneOnly), k.Of(check, factUnlike)
		slices.SortStableFunc(offers, func(a, b finding.Fact) int { return strings.Compare(a.Value, b.Value) })
		byPost := slices.IndexFunc(contacts, func(f finding.Fact) bool { return f.Value == byMail })
		switch {
		case len(offers) > 0:
			f := finding.Finding{Verdict: finding.Pass, Value: offers[0].Value, Confidence: finding.Medium, Evidence: first(offers, 3)}
			if f.Value == byMarker {
				f.Confidence = finding.High
			}
			return f
		case mails && byPost >= 0:
			return finding.Finding{Verdict: finding.Pass, Value: byMail, Confidence: finding.Medium, Evidence: contacts[byPost : byPost+1]}
		case len(k.Of(check, factBehind)) > 0:
			return unknown(reasonJSOnly, k.Of(check, factBehind)...)
		case len(contacts) > 0:
			return entryWarning("contact_only", finding.Medium, contacts, unlike)
		case len(one) > 0:
			return entryWarning("one_service_only", finding.Medium, one, unlike)
		}
		return entryWarning("no_entry_found", finding.Low, nil, unlike)
	}
}

func entryWarning(why finding.Reason, sure finding.Confidence, evidence, near []finding.Fact) finding.Finding {
	return finding.Finding{Verdict: finding.Warn, Reason: why, Confidence: sure, Evidence: first(evidence, 3), Candidates: first(near, maxShown)}
}
