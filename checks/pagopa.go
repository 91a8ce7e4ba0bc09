package checks

// The check pagopa: whether citizens can pay the comune through pagoPA. Here:
// what is seen on pages.

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/rules"
)

const pagopaID = "pagopa"

// paymentsPage is the id of the interest in the site's own pages on paying.
const paymentsPage = "payments"

// paymentsHops: from the home page, or from the list of services.
const paymentsHops = 2

// Kinds of fact of this check.
const (
	factTill       = "till"    // a place to pay; Value: what proves it
	factOtherPayee = "foreign" // the same, with the code of another body
	factUnnamed    = "unnamed" // a link to pay on another host that names nothing we know
	factOffline    = "offline" // a bank or postal account on a page about paying
	factPayMention = "mention" // the word pagoPA, and no place to pay
	factOnward     = "onward"  // what leads from a page about paying to another host, whatever it is called
)

// What proves a place to pay, the surest first.
const (
	provedByCode = "tax_code"
	provedByHost = "host"
	provedByForm = "form"
	provedByName = "name"
)

// payWords are the words, folded, that a snippet about paying keeps besides the
// harmless ones.
var payWords = wordSet(`
	pagopa paga pagare pagamento pagamenti pagati online on-line on line avviso avvisi bollettino bollettini iban bonifico conto corrente
	postale postali tesoreria causale versamento versamenti versare tributi tasse multe tari imu canone mensa spontaneo spontanei portale
	accedi vai effettua sistema nazionale codice fiscale numero iuv banca banche banco poste tabaccherie uffici anche sportello carta
	credito app io ci dove come puo possono si paiement zahlung zahlungen
`)

func (b *builder) pagopa() Check {
	set := b.rules("pagopa")
	o := payObserver{all: set, ways: set.Valued(paymentsPage), tills: set.Valued(factTill), taxpayers: set.Valued(factOnward)}
	return Check{
		Meta:      b.meta(pagopaID),
		Interests: []page.Interest{b.services(), within(page.Interest{ID: paymentsPage, MaxHops: paymentsHops, Match: o.rank}, onSite)},
		Observe:   o.observe,
		Judge:     judgePagoPA,
	}
}

type payObserver struct {
	all   *rules.Set
	ways  *rules.Set // of links to pages on paying
	tills *rules.Set // of links that are evidence by themselves and never followed

	taxpayers *rules.Set // of links to where taxpayers go
}

func (o payObserver) rank(l page.Link) int {
	if l.Depth >= paymentsHops {
		return 0
	}
	best := rank(o.ways, l)
	if best == 0 || documentFile(l.URL) || social(l.URL) || len(o.tills.MatchLink(l)) > 0 {
		return 0
	}
	return best
}

// paySigns is what the rules say of one link.
type paySigns struct {
	till, named, way rules.Hit
}

func (o payObserver) observe(p *page.Page, n *Notes) {
	w := payWriter{n: n, p: p}
	var order []*page.Link
	links := map[*page.Link]*paySigns{}
	for _, h := range o.all.MatchIn(n.lookAt(p)) {
		if h.Link == nil {
			w.page(h)
			continue
		}
		s := links[h.Link]
		if s == nil {
			s = &paySigns{}
			links[h.Link] = s
			order = append(order, h.Link)
		}
		switch h.Value {
		case factTill:
			if s.till.Rule == nil || ranks[h.Rule.Strength] > ranks[s.till.Rule.Strength] {
				s.till = h
			}
		case "named":
			if s.named.Rule == nil || h.Rule.Strength == rules.Medium {
				s.named = h
			}
		case paymentsPage:
			s.way = h
		}
	}
	for _, l := range order {
		if !social(l.URL) && !documentFile(l.URL) {
			w.link(l, links[l])
		}
	}
	switch {
	case p.Depth == 0:
		n.linkHome(p)
	case slices.Contains(p.For, paymentsPage):
		w.onward(o.taxpayers)
	}
}

// payWriter notes facts of one page.
type payWriter struct {
	n      *Notes
	p      *page.Page
	public []map[string]bool
}

func (w *payWriter) add(f finding.Fact) {
	if w.public == nil {
		w.public = w.n.keepWords(payWords)
	}
	f.Check, f.Depth, f.URL, f.Target = pagopaID, w.p.Depth, maskAddress(w.p.FinalURL), maskAddress(f.Target)
	f.Snippet, _ = maskPersons(f.Snippet, w.public...)
	if strings.Trim(f.Snippet, masked+" ") == "" {
		f.Snippet = f.Rule
	}
	w.n.Add(f)
}

// page notes what stands outside links. Of the text only what the pages that
// are asked say counts: Amministrazione Trasparente has accounts on every site.
func (w *payWriter) page(h rules.Hit) {
	f := finding.Fact{Place: h.Place, Snippet: h.Snippet, Rule: h.Rule.ID}
	asked := slices.Contains(w.p.For, paymentsPage)
	switch {
	case h.Value == factTill:
		f.Kind, f.Value = factTill, w.proof(h, h.Snippet)
	case h.Value == "form" && asked:
		f.Kind, f.Value = factTill, provedByForm
	case h.Value == "offline" && asked:
		f.Kind = factOffline
	case h.Value == "mention" && !slices.Contains(w.p.For, transparencyPage):
		f.Kind = factPayMention
	default:
		return
	}
	w.add(f)
}

// proof is what a host to pay on proves: a supplier's known one by itself, one
// that is merely called so only within the comune's own domain.
func (w *payWriter) proof(h rules.Hit, address string) string {
	host := hostOf(address)
	if h.Rule.Strength == rules.Strong || onDomain(host, hostOf(w.n.Comune.Site.URL)) || onDomain(host, hostOf(w.p.FinalURL)) {
		return provedByHost
	}
	return provedByName
}

// link notes what one link says about paying.
func (w *payWriter) link(l *page.Link, s *paySigns) {
	f := finding.Fact{Place: string(l.Place), Snippet: payLabel(l), Target: l.URL}
	elsewhere := l.URL != "" && hostOf(l.URL) != hostOf(w.p.FinalURL)
	switch {
	case s.till.Rule != nil:
		f.Kind, f.Rule, f.Value = factTill, s.till.Rule.ID, w.proof(s.till, l.URL)
	case s.named.Rule != nil && (elsewhere || scripted(*l)):
		f.Kind, f.Rule, f.Value = factTill, s.named.Rule.ID, provedByName
	case s.named.Rule != nil:
		f.Kind, f.Rule = factPayMention, s.named.Rule.ID
	case s.way.Rule != nil && s.way.Rule.Strength == rules.Strong && elsewhere:
		f.Kind, f.Rule = factUnnamed, s.way.Rule.ID
	default:
		return
	}
	if f.Kind == factTill || f.Kind == factUnnamed {
		switch codeInAddress(l, w.n.Comune) {
		case codeOwn:
			f.Kind, f.Value = factTill, provedByCode
		case codeForeign:
			f.Kind = factOtherPayee
		}
	}
	w.add(f)
}

// onward notes what leads from a page about paying off the site: "clicca qui",
// the taxpayer's portal of a supplier, its frame or its form. One may well pay
// there, and nobody has seen it. What the home page links as well is about the
// town and not about paying, unless it says so.
func (w *payWriter) onward(taxpayers *rules.Set) {
	noted := 0
	for i := range w.p.Links {
		l := &w.p.Links[i]
		if noted == maxShown || ofEveryPage(l.Place) || social(l.URL) || documentFile(l.URL) || !w.mayTakeMoney(l.URL) {
			continue
		}
		if w.n.linkedHome(l.URL) && len(taxpayers.MatchLink(*l)) == 0 {
			continue
		}
		noted++
		w.add(finding.Fact{Kind: factOnward, Place: string(l.Place), Snippet: payLabel(l), Target: l.URL})
	}
	for _, address := range w.p.Frames {
		if w.mayTakeMoney(address) && !shownOnly(hostOf(address)) {
			w.add(finding.Fact{Kind: factOnward, Place: "frame", Target: address})
		}
	}
	for _, form := range w.p.Forms {
		if w.mayTakeMoney(form.Action) {
			w.add(finding.Fact{Kind: factOnward, Place: "action", Snippet: form.Text, Target: form.Action})
		}
	}
}

// ofEveryPage tells the parts that every page of a site repeats.
func ofEveryPage(p page.Place) bool {
	return p == page.PlaceHeader || p == page.PlaceFooter || p == page.PlaceNav
}

// mayTakeMoney tells an address on another host than the comune's, which is not
// the state's or the region's own site: theirs that take money for comuni are
// known by their addresses.
func (w *payWriter) mayTakeMoney(address string) bool {
	host := hostOf(address)
	return host != "" && !sameSite(address, w.p.FinalURL) && !strings.HasSuffix(host, ".gov.it") && !strings.HasPrefix(host, "regione.")
}

// shownOnly tells hosts whose frames show a map or a film.
func shownOnly(host string) bool {
	for _, name := range []string{"google.", "youtube", "vimeo.", "openstreetmap."} {
		if strings.Contains(host, name) {
			return true
		}
	}
	return false
}

// payLabel is what the link is called, or the image that stands in its place.
func payLabel(l *page.Link) string {
	if s := l.Label(); s != "" {
		return s
	}
	return l.Image
}

// What the code in an address says.
type codeSays int

const (
	codeNone codeSays = iota
	codeOwn
	codeForeign
)

// payeeParams are the parameters that carry the code of the body paid.
var payeeParams = []string{"iddominio", "iddominiopa", "id_dominio", "codicedominio", "coddominio", "ente", "codente", "codiceente", "codice_ente", "idente", "cfente", "cf_ente", "ce", "codcat", "codicefiscale", "amministrazione"}

var (
	taxCodeForm  = regexp.MustCompile(`^\d{11}$`)
	catastoForm  = regexp.MustCompile(`^c_?[a-z]\d{3}$`)
	catastoInURL = regexp.MustCompile(`/c_([a-z]\d{3})(/|$)`)
)

// codeInAddress compares the body's code in an address with the comune's own
// codes. A code that is no tax code and no cadastral code says nothing.
func codeInAddress(l *page.Link, c registry.Comune) codeSays {
	u, err := url.Parse(strings.ToLower(l.URL))
	if err != nil {
		return codeNone
	}
	var codes []string
	for key, values := range u.Query() {
		if slices.Contains(payeeParams, key) {
			codes = append(codes, values...)
		}
	}
	if m := catastoInURL.FindStringSubmatch(u.Path); m != nil {
		codes = append(codes, "c_"+m[1])
	}
	says := codeNone
	for _, code := range codes {
		switch code = strings.TrimSpace(code); {
		case ownCode(code, c):
			return codeOwn
		case taxCodeForm.MatchString(code) && c.TaxCode != "", catastoForm.MatchString(code) && (c.IPA != "" || c.Catasto != ""):
			says = codeForeign
		}
	}
	return says
}

func ownCode(code string, c registry.Comune) bool {
	if code == "" {
		return false
	}
	bare := strings.TrimPrefix(strings.TrimPrefix(code, "c_"), "c")
	return code == strings.ToLower(c.TaxCode) || code == strings.ToLower(c.IPA) ||
		c.Catasto != "" && (code == strings.ToLower(c.Catasto) || bare == strings.ToLower(c.Catasto)) ||
		catastoForm.MatchString(code) && strings.ToLower(c.IPA) == "c_"+bare
}
