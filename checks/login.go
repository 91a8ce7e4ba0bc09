package checks

// How citizens sign in: what the checks spid, cie, eidas and legacy-login see
// on pages. They share one observer and one interest, so that a sign-in is read
// once for all four.

import (
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

// loginPage is the id of the interest in pages where citizens sign in.
const loginPage = "login"

// loginHops are the clicks from the home page to a sign-in at the most: the
// entry, a list of services, the portal behind it.
const loginHops = 3

// loginFacts stands in place of a check in the facts of the sign-in, which
// belong to four of them.
const loginFacts = "login"

// Kinds of fact of the sign-in. The methods are called as their rules call them.
const (
	factEntry       = "entry"       // a link that leads to a sign-in; Value: how far it is the citizens'
	factSPID        = "spid"        // the method is offered
	factCIE         = "cie"         //
	factEIDAS       = "eidas"       //
	factCNS         = "cns"         //
	factGateway     = "gateway"     // an identity system that shows its methods after a click
	factStart       = "start"       // the start of an authentication that nothing says is the citizens'
	factCredentials = "credentials" // a form that asks for a password; Value: whether citizens' or unclear
	factBox         = "box"         // a form for a password that the home page has too: nobody's in particular
	factEditors     = "editors"     // a sign-in that is not for citizens
	factHidden      = "hidden"      // a control that opens something only a script knows
	factAbout       = "about"       // a link that speaks of a method and leads to no sign-in
	factSpoken      = "spoken"      // words, images or controls beside a password that speak of a method and are no way in that we know
)

// Values of facts of the sign-in.
const (
	valueCitizens = "citizens" // also of the rules that recognise the citizens' own
	valueOthers   = "others"   // businesses', professionals', another body's; of the rules that recognise them as well
	valueNational = "national" // of the rules for services of the State, which everybody may sign in to
	valueUnclear  = "unclear"
	valueControl  = "control"  // of the rules that recognise what opens a sign-in by a script
	valueButton   = "button"   // a button seen outside a sign-in
	valueIdentity = "identity" // of the rules for words that speak of digital identities or of the citizens' own area
	valueText     = "text"     // of the rules for running text that speaks of digital identities
)

// loginMethods are the values of rules that are methods.
var loginMethods = []string{factSPID, factCIE, factEIDAS, factCNS}

// loginObserver sees sign-ins and what looks like them.
type loginObserver struct {
	all      *rules.Set
	entries  *rules.Set // of links that lead to a sign-in
	beyond   *rules.Set // of links that start one, or that are not for citizens of the comune as such: never followed
	gateway  *rules.Set
	ours     *rules.Set // of words that make a sign-in the citizens'
	theirs   *rules.Set // of words that make it somebody else's
	national *rules.Set // of services of the State
	shown    *rules.Set // of images, controls and frames that speak of digital identities
	spoken   *rules.Set // of text that does
}

// login loads the observer of the sign-in once for the checks that share it.
func (b *builder) login() loginObserver {
	set := b.rules("login")
	return loginObserver{
		all: set.Valued(loginPage, factSPID, factCIE, factEIDAS, factCNS, factGateway, factEditors, valueControl, valueIdentity), ours: set.Valued(valueCitizens), theirs: set.Valued(valueOthers), national: set.Valued(valueNational), shown: set.Valued(factSpoken), spoken: set.Valued(valueText), entries: set.Valued(loginPage), gateway: set.Valued(factGateway),
		beyond: set.Valued(factSPID, factCIE, factEIDAS, factCNS, factGateway, factEditors, valueNational),
	}
}

// interest is the interest in sign-ins. It may leave the site. Links that start
// an authentication, and those of editors and staff, are evidence by themselves
// and never followed.
func (o loginObserver) interest() page.Interest {
	return page.Interest{ID: loginPage, MaxHops: loginHops, CrossHost: true, Match: o.rank}
}

func (o loginObserver) rank(l page.Link) int {
	if l.Depth >= loginHops {
		return 0
	}
	best := o.entryStrength(l)
	if best == "" && (l.Depth > 0 || !speaksOfMethod(l.Folded) && !strings.Contains(l.Folded, "cie")) {
		return 0
	}
	if documentFile(l.URL) || social(l.URL) {
		return 0
	}
	for _, h := range o.beyond.MatchLink(l) {
		switch {
		case h.Value == valueNational:
			if !onSite(l) {
				return 0
			}
		case h.Value == factGateway:
			return 0
		case l.Element == personalArea:
		case l.Depth == 0 && h.Rule.Strength == rules.Strong && h.Place == "link_text":
			best = rules.Medium // "Accedi con SPID" in a header: the methods stand behind it
		default:
			return 0
		}
	}
	if best == "" || l.URL == "" && (best == rules.Weak || !opensByScript(l)) {
		return 0
	}
	return ranks[best]
}

// personalArea is the national model's marker of the way to the sign-in.
const personalArea = "personal-area-login"

// entryStrength is how far a link is the citizens' way to a sign-in; empty: not
// at all.
func (o loginObserver) entryStrength(l page.Link) rules.Strength {
	best := rules.Strength("")
	for _, h := range o.entries.MatchLink(l) {
		if ranks[h.Rule.Strength] > ranks[best] {
			best = h.Rule.Strength
		}
	}
	return best
}

// opensByScript tells a link that has no address and yet is there to be
// clicked: "#" with a marker opens a panel that a script fills.
func opensByScript(l page.Link) bool {
	href := strings.ToLower(strings.TrimSpace(l.Href))
	return scripted(l) || href == "" || href[0] == '#' || strings.HasPrefix(href, "javascript:")
}

// linkSigns is what the rules say of one link.
type linkSigns struct {
	entry, gateway rules.Strength
	rule           string
	methods        []rules.Hit
	gatewayHit     rules.Hit
	editors        bool
	control        bool
	national       bool // it leads to a service of the State
	others         bool // it names those who are none of the comune's citizens
	identity       bool // its words are those of digital identities or the personal area
}

func (o loginObserver) observe(p *page.Page, n *Notes) {
	if !n.once(loginFacts, p) {
		return
	}
	onLogin := slices.Contains(p.For, loginPage)
	links := map[*page.Link]*linkSigns{}
	var order []*page.Link
	var others []rules.Hit
	for _, h := range o.all.MatchIn(n.lookAt(p)) {
		if h.Link == nil {
			others = append(others, h)
			continue
		}
		s := links[h.Link]
		if s == nil {
			s = &linkSigns{}
			links[h.Link] = s
			order = append(order, h.Link)
		}
		s.add(h)
	}
	w := loginWriter{n: n, p: p, public: n.keepWords(loginWords)}
	if p.Depth == 0 {
		n.atHome.keep(p, o.speaks(p, n.lookAt(p)))
	}
	if onLogin && o.ofTheState(p, n.atHome) {
		return // whoever sent us there, it is not the comune's
	}
	own := o.readSigns(p, others, n.atHome)
	if own.editors && onLogin {
		w.add(finding.Fact{Kind: factEditors, Snippet: p.Title, Rule: own.editorsRule})
		return
	}
	for _, l := range order {
		o.qualify(l, links[l])
		w.link(l, links[l], onLogin, own.identity)
	}
	for i := range p.Links {
		if l := &p.Links[i]; links[l] == nil && speaksOfMethod(l.Folded) {
			w.about(l)
		}
	}
	switch {
	case onLogin:
		w.signIn(others, own)
		if own.password != nil {
			w.spoken(n.atHome.without(o.speaks(p, n.lookAt(p))))
		}
	case p.Depth == 0 && own.password != nil:
		w.add(finding.Fact{Kind: factBox, Place: formNames(own.password), Rule: "password-field"})
	}
}

// qualify reads whose sign-in a link leads to, where it leads to any.
func (o loginObserver) qualify(l *page.Link, s *linkSigns) {
	if s.entry == "" && s.gateway == "" && len(s.methods) == 0 {
		return
	}
	s.national, s.others = len(o.national.MatchLink(*l)) > 0, len(o.theirs.MatchLink(*l)) > 0
}

func (s *linkSigns) add(h rules.Hit) {
	switch {
	case h.Value == loginPage && ranks[h.Rule.Strength] > ranks[s.entry]:
		s.entry, s.rule = h.Rule.Strength, h.Rule.ID
	case h.Value == factGateway && ranks[h.Rule.Strength] > ranks[s.gateway]:
		s.gateway, s.gatewayHit = h.Rule.Strength, h
	case h.Value == factEditors:
		s.editors = true
	case h.Value == valueControl:
		s.control = true
	case h.Value == valueIdentity:
		s.identity = true
	case slices.Contains(loginMethods, h.Value):
		s.methods = append(s.methods, h)
	}
}

// speaksOfMethod tells labels that mention a method; the word CIE alone also
// means the card itself.
func speaksOfMethod(folded string) bool {
	return strings.Contains(folded, "spid") && !strings.Contains(folded, "ospid")
}

// once tells whether a page is shown for the first time to what several checks
// share.
func (n *Notes) once(who string, p *page.Page) bool {
	key := showing{who, p.URL, p.FinalURL}
	if n.showings[key] {
		return false
	}
	if n.showings == nil {
		n.showings = map[showing]bool{}
	}
	n.showings[key] = true
	return true
}
