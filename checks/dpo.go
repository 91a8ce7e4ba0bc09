package checks

// The check dpo: whether the contact details of the data protection officer are
// published (Reg. UE 2016/679 art. 37 par. 7). Names are no business of it.

import (
	"regexp"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

const dpoID = "dpo"

// dpoPage is the id of the interest in a page on the officer alone.
const dpoPage = "dpo-page"

// Kinds of fact of this check.
const (
	factDPOContact  = "contact"  // the role, and how to reach it
	factDPORole     = "role"     // the role alone
	factDPOLabel    = "label"    // a link that speaks of it
	factDPODocument = "document" // a file that may hold it, or a further page of the notice
	factDPOSupplier = "supplier" // the officer of another controller
)

func (b *builder) dpo() Check {
	set := b.rules("dpo")
	notice := b.rules("privacy")
	labels := set.Valued("label")
	o := dpoObserver{
		all: set.Valued(factDPORole, "mail", "label", "controller"), vacant: set.Valued("vacant"), documents: notice.Valued("words"),
	}
	own := within(page.Interest{ID: dpoPage, MaxHops: 2, Match: func(l page.Link) int {
		if l.Depth > 1 {
			return 0
		}
		return leadingOn(l, rank(labels, l))
	}}, onSite)
	o.asked, o.further = set.Valued(factDPORole, "mail", "label", "controller", "initials"), set.Valued(factDPODocument)
	return Check{
		Meta: b.meta(dpoID),
		Interests: []page.Interest{
			b.privacyPage(notice.Valued("words", privacyLabel, factPrivacyPerhaps, "address", "marker", factPrivacyNear)), own, b.interest(transparencyPage, 1),
		},
		Observe: o.observe, Judge: judgeDPO,
	}
}

type dpoObserver struct {
	all       *rules.Set
	vacant    *rules.Set // of words that nobody has the role yet
	asked     *rules.Set // the same of a page on privacy or on the officer
	documents *rules.Set // what a file with the privacy notice is called
	further   *rules.Set // the same of a part of it, which may be a page
}

func (o dpoObserver) observe(p *page.Page, n *Notes) {
	w := plainWriter{check: dpoID, n: n, p: p, words: dpoWords}
	said := o.all
	if slices.Contains(p.For, privacyPage) || slices.Contains(p.For, dpoPage) {
		said = o.asked
	}
	links, rest := byLink(said.MatchIn(n.lookAt(p)))
	foreign := slices.ContainsFunc(rest, func(h rules.Hit) bool { return h.Value == "controller" && !ofPublicBody(h.Snippet) })
	for _, l := range links {
		mail, isMail := l.says("mail")
		label, isLabel := l.says("label")
		switch {
		case isMail && foreign:
			w.link(factDPOSupplier, l, mail)
		case isMail:
			w.link(factDPOContact, l, mail)
		case isLabel && l.leads() && documentFile(l.URL):
			w.link(factDPODocument, l, label)
		case isLabel && l.leads() && !newsAddress(l.URL):
			w.link(factDPOLabel, l, label)
		}
	}
	for _, h := range rest {
		if h.Value == "initials" {
			h.Value = factDPORole
		}
		if (h.Value == factDPORole || h.Value == "mail") && o.role(&w, h, foreign) {
			break // how to reach the officer is said once
		}
	}
	if slices.Contains(p.For, privacyPage) {
		o.files(&w)
	}
}

// role notes the officer's role where the page speaks of it, and tells whether
// it says how to reach the officer.
func (o dpoObserver) role(w *plainWriter, h rules.Hit, foreign bool) bool {
	at, located := locate(w.p, h)
	f := finding.Fact{Kind: factDPORole, Place: h.Place, Snippet: h.Snippet, Rule: h.Rule.ID}
	switch {
	case !located || h.Value == factDPORole && at.isLabel(w.p):
		return false // the words of a link are judged as a link
	case foreign || ofSupplier(at):
		f.Kind = factDPOSupplier
	case h.Value == "mail":
		f.Kind = factDPOContact
	default:
		if end := contactAfter(w.p.Folded, h.Start); end > 0 && !o.isVacant(w.p.Folded[h.Start:end]) {
			f.Kind, f.Snippet = factDPOContact, blocksOf(w.p, h.Start, end)
		}
	}
	w.add(f)
	return f.Kind == factDPOContact
}

// isVacant tells whether nobody has the role, by what stands between it and an
// address: that is somebody else's then.
func (o dpoObserver) isVacant(between string) bool { return len(o.vacant.MatchText(between)) > 0 }

// blocksOf is the text of the page between two offsets in its Folded, with what
// stands round it in the same blocks where that is short.
func blocksOf(p *page.Page, start, end int) string {
	from := strings.LastIndexByte(p.Folded[:start], '\n') + 1
	rest := nthLine(p.Text, strings.Count(p.Folded[:from], "\n"))
	lines := strings.SplitN(rest, "\n", strings.Count(p.Folded[from:end], "\n")+2)
	if over := strings.Count(p.Folded[from:end], "\n") + 1; len(lines) > over {
		lines = lines[:over]
	}
	return page.Around(strings.Join(lines, " "), start-from, end-from, max(40, min(finding.MaxSnippet, end-start)))
}

// files notes the files of a privacy page that may hold the rest of the notice,
// and its further pages: one a service, or the whole of it.
func (o dpoObserver) files(w *plainWriter) {
	for i := range w.p.Links {
		l := &w.p.Links[i]
		file := documentFile(l.URL)
		if file {
			for _, h := range o.documents.MatchLink(*l) {
				w.link(factDPODocument, linkSaid{Link: l}, h)
			}
		}
		if !file && (l.URL == "" || l.URL == w.p.FinalURL || ofEveryPage(l.Place)) {
			continue
		}
		for _, h := range o.further.MatchLink(*l) {
			w.link(factDPODocument, linkSaid{Link: l}, h)
		}
	}
}

// dpoWords are the words, folded, that a snippet on the officer keeps besides the
// harmless ones: fewer than elsewhere, for names stand beside them.
var dpoWords = wordSet(`
	informativa trattamento personali contattare contattato contatti recapiti recapito indirizzo puo essere seguente seguenti raggiungibile
	scrivendo scrivere elettronica certificata data protection officer esterno designato email gdpr regolamento ue eu
	datenschutz datenschutzbeauftragter datenschutzbeauftragte datenschutzbeauftragten protection des donnees delegue
	varstvo osebnih podatkov pooblascena oseba sconanza dac responsabl comuni
`)

var (
	mailForm  = regexp.MustCompile(`[a-z0-9][a-z0-9._%+-]*( ?[\[(] ?(at|chiocciola) ?[\])] ?| ?@ ?)[a-z0-9-]+(\.[a-z0-9-]+)+`)
	phoneForm = regexp.MustCompile(`\b(tel|telefon\w*|telephone|cell\w*|fax|recapit\w*)\W{0,4}(\w+\W{1,3}){0,2}\+?\d[\d ./-]{5,}\d`)
	// another subject begins, whose addresses are not the officer's
	otherSubject = regexp.MustCompile(`titolare|garante|autorita|finalita|base giuridica|reclamo|verantwortlicher fur die|aufsichtsbehorde|responsable du traitement|upravljavec|transizione`)
	company      = regexp.MustCompile(`\bs\.? ?r\.? ?l\b|\bs\.? ?p\.? ?a\b|\bgmbh\b|\bs\.? ?n\.? ?c\b`)
	ofCompany    = regexp.MustCompile(`(\b(dpo|rpd)|protezione (dei )?dati( personali)?|data protection officer)\W*(\((dpo|rpd)\)\W*)?(di|del|della|dell'|presso)\W*(fornitore|societa|ditta|azienda)?\W*[^.\n,;:]{0,40}\b(s\.? ?r\.? ?l|s\.? ?p\.? ?a|gmbh)\b`)
)

// contactLines is how many blocks below the role may hold its contacts.
const contactLines = 6

// contactAfter is the end in a folded text of the first way to reach the officer
// whose role begins at start; 0 where there is none.
func contactAfter(folded string, start int) int {
	from, at := start, start
	for range contactLines {
		line, _, more := strings.Cut(folded[at:], "\n")
		line = clip(line, 1000)
		if at > from && otherSubject.MatchString(line) {
			return 0
		}
		for _, form := range []*regexp.Regexp{mailForm, phoneForm} {
			if loc := form.FindStringIndex(line); loc != nil && !(at == from && otherSubject.MatchString(line[:loc[0]])) {
				return at + loc[1]
			}
		}
		if !more {
			return 0
		}
		at += strings.IndexByte(folded[at:], '\n') + 1
	}
	return 0
}

// ofPublicBody tells words on a controller that name a body, not a company.
func ofPublicBody(words string) bool {
	words = page.Fold(words)
	at := company.FindStringIndex(words)
	if at == nil {
		return true
	}
	from := max(0, strings.LastIndex(words[:at[0]], "titolare"))
	return strings.Contains(words[from:at[0]], "comun") || strings.Contains(words[from:at[0]], "unione")
}

// ofSupplier tells the officer of a company from a company that is the officer.
func ofSupplier(at spot) bool {
	loc := ofCompany.FindStringIndex(at.folded)
	return loc != nil && !strings.Contains(at.folded[loc[0]:loc[1]], "comun")
}

func judgeDPO(k Case) finding.Finding {
	contacts, roles := k.Of(dpoID, factDPOContact), k.Of(dpoID, factDPORole)
	near := append(roles, k.Of(dpoID, factDPOLabel, factDPODocument, factDPOSupplier)...)
	if len(contacts) > 0 {
		f := finding.Finding{Verdict: finding.Pass, Value: "contact", Confidence: finding.Medium, Evidence: first(contacts, 3)}
		if slices.ContainsFunc(contacts, func(c finding.Fact) bool { return c.Kind == factDPOContact && c.Place == "text" }) {
			f.Confidence = finding.High
		}
		return f
	}
	for _, id := range []string{privacyPage, dpoPage} {
		if why, left := k.leftOver(id); left {
			return unknown(why, near...)
		}
	}
	switch {
	case slices.ContainsFunc(k.Of(dpoID, factDPODocument), func(f finding.Fact) bool { return !k.readWhole(f.Target) }), k.elsewhere(k.Of(dpoID, factDPOLabel)), k.elsewhere(k.Of(privacyID, factPrivacyLink)):
		return unknown(reasonNotVisible, near...)
	case len(roles) > 0:
		return finding.Finding{Verdict: finding.Warn, Reason: "contact_missing", Confidence: finding.Medium, Evidence: first(roles, 3), Candidates: first(near, maxShown)}
	case k.Visit.Inquiry(privacyPage).Reading != page.Read:
		return unknown(reasonNotVisible, near...)
	}
	return finding.Finding{Verdict: finding.Fail, Reason: "not_found", Confidence: finding.Medium, Candidates: first(near, maxShown)}
}

// elsewhere tells whether one of the links leads to what a visit does not read:
// a file, another host, the other side of a script.
func (k Case) elsewhere(links []finding.Fact) bool {
	return slices.ContainsFunc(links, func(l finding.Fact) bool { return !k.mayBeRead(l) })
}
