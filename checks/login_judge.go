package checks

// How citizens sign in: the judgement of spid, cie, eidas and legacy-login.

import (
	"net/url"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

const (
	spidID        = "spid"
	cieID         = "cie"
	eidasID       = "eidas"
	legacyLoginID = "legacy-login"
)

func (b *builder) spid() Check { return b.method(spidID, factSPID) }

func (b *builder) cie() Check { return b.method(cieID, factCIE) }

// method is the check of one method that the law asks for.
func (b *builder) method(id, kind string) Check {
	o := b.login()
	return Check{
		Meta: b.meta(id), Interests: []page.Interest{o.interest(), b.services()}, Observe: o.observe,
		Judge: func(k Case) finding.Finding { return o.judgeMethod(k, kind) },
	}
}

// eidas is served from the pages that spid and cie want.
func (b *builder) eidas() Check {
	o := b.login()
	return Check{Meta: b.meta(eidasID), Observe: o.observe, Judge: o.judgeEIDAS}
}

func (b *builder) legacyLogin() Check {
	o := b.login()
	return Check{Meta: b.meta(legacyLoginID), Interests: []page.Interest{o.interest()}, Observe: o.observe, Judge: o.judgeLegacy}
}

// signedIn is what a visit showed of the sign-in.
type signedIn struct {
	by          map[string][]finding.Fact // by method
	gateways    []finding.Fact
	credentials []finding.Fact // the citizens'
	alone       []finding.Fact // those of them beside which nothing speaks of another way in: enough for a red
	unclear     []finding.Fact // of nobody in particular
	hidden      []finding.Fact
	starts      []finding.Fact // of authentications that nothing says are the citizens'
	near        []finding.Fact // what came nearest, for a finding that lacks proof
	why         finding.Reason // why an entry was left unread; empty: none was
	left        finding.Reason // the same of any link that might be one: enough to withhold a red
}

func (o loginObserver) signedIn(k Case) signedIn {
	s := signedIn{by: map[string][]finding.Fact{}, hidden: k.Of(loginFacts, factHidden)}
	for _, m := range loginMethods {
		s.by[m] = k.Of(loginFacts, m)
	}
	entries := k.Of(loginFacts, factEntry)
	s.gateways, s.starts = k.Of(loginFacts, factGateway), k.Of(loginFacts, factStart)
	for _, f := range o.sentOn(k, entries) {
		if f.Kind == factStart {
			s.starts = append(s.starts, f)
		} else {
			s.gateways = append(s.gateways, f)
		}
	}
	boxes := k.Of(loginFacts, factBox)
	for _, f := range k.Of(loginFacts, factCredentials) {
		everywhere := slices.ContainsFunc(boxes, func(b finding.Fact) bool { return b.Place == f.Place && hostOf(b.URL) == hostOf(f.URL) })
		if !everywhere && f.Value != valueOthers && (f.Value == valueCitizens || ledByCitizens(entries, f.Target)) {
			s.credentials = append(s.credentials, f)
		} else {
			s.unclear = append(s.unclear, f)
		}
	}
	spoken := k.Of(loginFacts, factSpoken)
	for _, f := range s.credentials {
		if !slices.ContainsFunc(spoken, func(w finding.Fact) bool { return w.URL == f.URL }) {
			s.alone = append(s.alone, f)
		}
	}
	s.near = slices.Concat(s.credentials, s.unclear, spoken, entries, s.starts, s.hidden, k.Of(loginFacts, factAbout, factEditors))
	s.why = k.leftUnread(entries, s.gateways)
	if q := k.Visit.Inquiry(loginPage); len(q.Candidates) > 0 {
		s.left = k.incomplete()
		if q.Why != "" {
			s.left = finding.Reason(q.Why)
		}
	}
	return s
}

// sentOn are the gateways to which an entry redirected us: the crawler does not
// follow what starts an authentication, and says where it led.
func (o loginObserver) sentOn(k Case, entries []finding.Fact) []finding.Fact {
	var out []finding.Fact
	for _, got := range k.Visit.Fetches {
		if got.Kind != page.FetchPage || got.Final == "" || !slices.Contains(got.For, loginPage) {
			continue
		}
		hits := o.gateway.MatchLink(page.Link{Href: got.Final, URL: got.Final})
		if len(hits) == 0 || got.Reach == page.ReachOK && hits[0].Rule.Strength != rules.Strong {
			continue // a page that was read speaks for itself
		}
		f := finding.Fact{Check: loginFacts, Kind: factGateway, Value: string(hits[0].Rule.Strength), Rule: hits[0].Rule.ID, Place: "redirect", URL: got.URL, Target: got.Final, Snippet: hostOf(got.Final)}
		citizens := f.Value == string(rules.Strong)
		for _, e := range entries {
			if sameDocument(e.Target, got.URL) {
				f.URL, f.Depth = e.URL, e.Depth
				citizens = citizens || e.Value != string(rules.Weak)
			}
		}
		if !citizens {
			f.Kind = factStart
		}
		out = append(out, finding.NewFact(f))
	}
	return out
}

// ledByCitizens tells whether an entry that names the citizens led to a page.
func ledByCitizens(entries []finding.Fact, address string) bool {
	return slices.ContainsFunc(entries, func(e finding.Fact) bool {
		return e.Value != string(rules.Weak) && sameDocument(e.Target, address)
	})
}

// leftUnread is why an entry of the citizens' that the site shows was not read
// to its end; empty where all were.
func (k Case) leftUnread(entries, gateways []finding.Fact) finding.Reason {
	for _, e := range entries {
		switch {
		case e.Value == string(rules.Weak), e.Depth >= loginHops, slices.ContainsFunc(gateways, func(g finding.Fact) bool { return g.Target == e.Target }):
		case e.Target == "":
			return reasonJSOnly
		case !k.readTo(e.Target):
			return k.whyNotRead(e.Target)
		}
	}
	return ""
}

// readTo tells whether an address was fetched to its end, or led to a page read
// before, and showed enough of itself.
func (k Case) readTo(address string) bool {
	for _, f := range k.Visit.Fetches {
		if f.Kind != page.FetchPage || f.Truncated || f.Partial || !sameDocument(f.URL, address) && !sameDocument(f.Final, address) {
			continue
		}
		if f.Repeat || f.Reach == page.ReachOK && !k.onlyThin(loginPage, []string{finalOf(f)}) {
			return true
		}
	}
	return false
}

func finalOf(f page.Fetch) string {
	if f.Final != "" {
		return f.Final
	}
	return f.URL
}

// whyNotRead is the reason an address was not read.
func (k Case) whyNotRead(address string) finding.Reason {
	for _, f := range k.Visit.Fetches {
		if f.Reach != page.ReachOK && f.Reach != "" && (sameDocument(f.URL, address) || sameDocument(f.Final, address)) {
			return finding.Reason(f.Reach)
		}
	}
	return k.incomplete()
}

// sameDocument tells whether two addresses differ in no more than scheme, www.
// and a last slash.
func sameDocument(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	return a == b || documentKey(a) == documentKey(b)
}

func documentKey(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return hostOf(address) + strings.TrimSuffix(u.EscapedPath(), "/") + "?" + u.RawQuery
}

// judgeMethod judges one method that the law asks for.
func (o loginObserver) judgeMethod(k Case, method string) finding.Finding {
	s := o.signedIn(k)
	if own := s.by[method]; len(own) > 0 {
		return offered(own)
	}
	if len(s.gateways) > 0 {
		return finding.Finding{Verdict: finding.Pass, Reason: "via_gateway", Value: "gateway", Confidence: finding.Medium, Evidence: first(s.gateways, maxShown)}
	}
	others := slices.Concat(s.by[factSPID], s.by[factCIE], s.by[factCNS])
	switch {
	case s.why != "":
		return unknown(s.why, slices.Concat(others, s.near)...)
	case len(others) > 0 && !onlyButtons(others):
		return finding.Finding{Verdict: finding.Warn, Reason: "method_missing", Confidence: finding.Medium, Evidence: first(others, maxShown), Candidates: first(s.near, maxShown)}
	case len(others) > 0:
		return unknown(reasonNotVisible, slices.Concat(others, s.near)...)
	case len(s.credentials) > 0 && s.left != "":
		return unknown(s.left, s.near...)
	case len(s.alone) > 0 && len(s.hidden)+len(s.starts) == 0:
		return finding.Finding{Verdict: finding.Fail, Reason: "credentials_only", Confidence: finding.High, Evidence: first(s.alone, maxShown), Candidates: first(s.near, maxShown)}
	case len(s.hidden) > 0:
		return unknown(reasonJSOnly, s.near...)
	case len(s.credentials)+len(s.unclear)+len(s.starts) > 0:
		return unknown(reasonNotVisible, s.near...)
	}
	if why, unread := k.unread(servicesPage); unread {
		return unknown(why, s.near...)
	}
	return finding.Finding{Verdict: finding.Warn, Reason: "no_entry_found", Confidence: finding.Low, Candidates: first(s.near, maxShown)}
}

// offered is the pass that a method's own marks prove; those of a sign-in come
// before a button seen elsewhere.
func offered(own []finding.Fact) finding.Finding {
	f := finding.Finding{Verdict: finding.Pass, Value: own[0].Kind, Confidence: finding.Medium}
	slices.SortStableFunc(own, func(a, b finding.Fact) int { return strengthOrder(a.Value) - strengthOrder(b.Value) })
	if own[0].Value == string(rules.Strong) {
		f.Confidence = finding.High
	}
	f.Evidence = first(own, 3)
	return f
}

func strengthOrder(value string) int {
	return slices.Index([]string{string(rules.Strong), valueButton, string(rules.Medium)}, value)
}

// onlyButtons tells facts that were all seen outside a sign-in, where the other
// methods need not stand.
func onlyButtons(facts []finding.Fact) bool {
	return !slices.ContainsFunc(facts, func(f finding.Fact) bool { return f.Value != valueButton })
}

// judgeLegacy judges whether citizens may still sign in with a password of the
// comune's own.
func (o loginObserver) judgeLegacy(k Case) finding.Finding {
	s := o.signedIn(k)
	modern := slices.Concat(s.by[factSPID], s.by[factCIE], s.by[factEIDAS], s.by[factCNS], s.gateways)
	switch {
	case len(s.credentials) > 0 && len(modern) > 0:
		return finding.Finding{Verdict: finding.Warn, Reason: "credentials_beside", Confidence: finding.Medium, Evidence: first(s.credentials, maxShown), Candidates: first(modern, maxShown)}
	case len(s.credentials) > 0 && s.why == "" && s.left != "":
		return unknown(s.left, s.near...)
	case len(s.alone) > 0 && s.why == "" && len(s.hidden)+len(s.starts) == 0:
		return finding.Finding{Verdict: finding.Fail, Reason: "legacy_credentials", Confidence: finding.High, Evidence: first(s.alone, maxShown), Candidates: first(s.near, maxShown)}
	case s.why != "" && (len(s.credentials) > 0 || onlyButtons(modern)):
		return unknown(s.why, s.near...)
	case len(modern) > 0:
		return finding.Finding{Verdict: finding.Pass, Value: modern[0].Kind, Confidence: finding.Medium, Evidence: first(modern, 3)}
	case len(s.hidden) > 0:
		return unknown(reasonJSOnly, s.near...)
	case len(s.credentials)+len(s.unclear)+len(s.starts) > 0:
		return unknown(reasonNotVisible, s.near...)
	case len(k.Of(loginFacts, factEntry)) > 0:
		return unknown(reasonNotVisible, s.near...)
	}
	return finding.Finding{Verdict: finding.NotApplicable, Reason: "no_entry_found", Confidence: finding.Low, Candidates: first(s.near, maxShown)}
}

// judgeEIDAS tells whether citizens of other countries of the Union are let in.
// A gateway may know them and does not say so before the click.
func (o loginObserver) judgeEIDAS(k Case) finding.Finding {
	s := o.signedIn(k)
	if own := s.by[factEIDAS]; len(own) > 0 {
		return offered(own)
	}
	others := slices.Concat(s.by[factSPID], s.by[factCIE], s.by[factCNS], s.alone)
	if why, unread := k.unread(loginPage); unread {
		return unknown(why, slices.Concat(others, s.near)...)
	}
	if s.why != "" {
		return unknown(s.why, s.near...)
	}
	if len(s.gateways)+len(s.starts) > 0 || len(s.hidden) > 0 || len(others) == 0 || onlyButtons(others) {
		return unknown(reasonNotVisible, slices.Concat(s.gateways, s.near)...)
	}
	return finding.Finding{Verdict: finding.Warn, Reason: "method_missing", Confidence: finding.Medium, Evidence: first(others, maxShown), Candidates: first(s.near, maxShown)}
}
