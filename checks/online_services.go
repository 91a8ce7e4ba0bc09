package checks

// The check online-services: which of the services citizens use most can be had
// on the net. A crawl cannot know whether a service is there, only that it is
// entered: a link that says so, a portal known to hold it, a service sheet that
// offers it. A service that is merely described is kept apart.

import (
	"regexp"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

const onlineID = "online-services"

// Kinds of fact of this check; Value is the id of the service.
const (
	factOnline    = "online"    // its entry; Target: where that is
	factDescribed = "described" // a page about it
)

// MainServices are the ids of the services counted: those of the surveys, and the
// rest of the twenty that the yearly comparisons of comuni ask about.
func MainServices() []string {
	return []string{
		"allowances", "badge", "building", "canteen", "cemetery", "certificates", "competitions", "fines", "identity-card", "imu",
		"marriage", "nursery", "public-space", "records", "residence", "school-bus", "scia", "suap", "tari", "ztl",
	}
}

// officePath tells addresses under which offices are presented: an office called
// after a service is not its entry.
var officePath = regexp.MustCompile(`(?i)/(uffici|ufficio|aree|amministrazione|organizzazione|organizational_unit|aemter|bureaux)/`)

// Values of the rules that are no service.
const (
	valuePortal = "portal" // addresses where services are had
	valueOnline = "says"   // words that say a service is had on the net
)

func (b *builder) onlineServices() Check {
	set := b.rules(onlineID)
	o := onlineObserver{services: set.Valued(MainServices()...), ways: set.Valued(valuePortal, valueOnline)}
	return Check{Meta: b.meta(onlineID), Interests: []page.Interest{b.services()}, Observe: o.observe, Judge: judgeOnlineServices}
}

type onlineObserver struct {
	services *rules.Set
	ways     *rules.Set // asked of the links that name a service alone
}

func (o onlineObserver) observe(p *page.Page, n *Notes) {
	if slices.Contains(p.For, transparencyPage) || slices.Contains(p.For, organisationPage) || newsPath.MatchString(p.FinalURL) {
		return
	}
	portal := p.Depth > 0 && slices.Contains(p.For, loginPage) && elsewhere(p, n)
	named := map[*page.Link]bool{}
	for _, h := range o.services.MatchIn(n.lookAt(p)) {
		l := h.Link
		if l == nil || named[l] || l.URL == "" || social(l.URL) || documentFile(l.URL) || newsPath.MatchString(l.URL) {
			continue
		}
		named[l] = true // the first service it names
		kind, rule := factDescribed, h.Rule.ID
		if by := o.entry(l, h.Value, portal && hostOf(l.URL) == hostOf(p.FinalURL)); by != "" {
			kind, rule = factOnline, by
		}
		o.note(p, n, kind, h.Value, rule, l)
	}
	o.sheet(p, n)
}

// entry tells by what a link that names a service is its entry; empty: it is not.
func (o onlineObserver) entry(l *page.Link, service string, onPortal bool) string {
	ofOffice := officePath.MatchString(l.URL)
	for _, h := range o.ways.MatchLink(*l) {
		if h.Rule.Strength != rules.Weak || !ofOffice {
			return h.Rule.ID
		}
	}
	switch {
	case ofOffice:
	case onPortal:
		return "on-a-portal"
	case (service == "suap" || service == "building" || service == "scia") && !onSite(*l):
		return "one-stop-shop-elsewhere" // these are run by a body of their own, and the way out is the way in
	}
	return ""
}

// sheet notes the service that a service sheet of the national model offers.
func (o onlineObserver) sheet(p *page.Page, n *Notes) {
	for i := range p.Links {
		l := &p.Links[i]
		if l.Element != "service-online-access" || l.URL == "" || documentFile(l.URL) || newsPath.MatchString(l.URL) {
			continue
		}
		for _, h := range o.services.MatchLink(titleLink(p)) {
			o.note(p, n, factOnline, h.Value, "service-sheet", l)
			return
		}
	}
}

// titleLink is what a page is called, in the form rules for links read.
func titleLink(p *page.Page) page.Link {
	title := p.Title
	for _, h := range p.Headings {
		if h.Level == 1 && h.Text != "" {
			title = h.Text
			break
		}
	}
	return page.Link{Text: title, Folded: page.Fold(title)}
}

// note notes one fact a service, an entry before a description.
func (o onlineObserver) note(p *page.Page, n *Notes, kind, service, rule string, l *page.Link) {
	for _, f := range n.facts {
		if f.Check == onlineID && f.Value == service && (f.Kind == kind || f.Kind == factOnline) {
			return
		}
	}
	n.Add(finding.Fact{
		Check: onlineID, Kind: kind, Value: service, URL: maskAddress(p.FinalURL), Depth: p.Depth, Place: string(l.Place),
		Snippet: snippetOr(wordsOf(l.Label(), n), rule), Rule: rule, Target: maskAddress(l.URL),
	})
}

// snippetOr is a masked snippet, or what stands in its place where nothing of it
// is left.
func snippetOr(snippet, otherwise string) string {
	if strings.Trim(snippet, masked+" ") == "" {
		return otherwise
	}
	return snippet
}

// elsewhere tells whether a page stands on another host than the home page.
func elsewhere(p *page.Page, n *Notes) bool {
	home := hostOf(n.Comune.Site.URL)
	for _, f := range n.facts {
		if f.Depth == 0 && f.URL != "" {
			home = hostOf(f.URL)
			break
		}
	}
	return home != "" && hostOf(p.FinalURL) != home
}

func judgeOnlineServices(k Case) finding.Finding {
	entries, described := OnlineServices(k.Facts), k.Of(onlineID, factDescribed)
	if len(entries) == 0 {
		return unknown(reasonNotVisible, described...)
	}
	ids := make([]string, len(entries))
	evidence := make([]finding.Fact, len(entries))
	for i, e := range entries {
		ids[i], evidence[i] = e.ID, e.Fact
	}
	return finding.Finding{Verdict: finding.Info, Value: strings.Join(ids, ","), Confidence: finding.Medium, Evidence: evidence, Candidates: first(described, maxShown)}
}

// OnlineService is one service that is entered on the net.
type OnlineService struct {
	ID      string       // one of MainServices
	URL     string       // where its entry leads
	Methods []string     // how one signs in there, as far as that sign-in was read: cie, cns, credentials, eidas, gateway, spid
	Fact    finding.Fact // what was seen
}

// OnlineServices lists the services that the facts of one comune show to be
// entered on the net, by id.
func OnlineServices(facts []finding.Fact) []OnlineService {
	var out []OnlineService
	for _, f := range facts {
		if f.Check == onlineID && f.Kind == factOnline {
			out = append(out, OnlineService{ID: f.Value, URL: f.Target, Methods: methodsAt(f.Target, facts), Fact: f})
		}
	}
	slices.SortStableFunc(out, func(a, b OnlineService) int { return strings.Compare(a.ID, b.ID) })
	return slices.CompactFunc(out, func(a, b OnlineService) bool { return a.ID == b.ID })
}

// methodsAt are the ways to sign in that were seen on the host of an address.
func methodsAt(address string, facts []finding.Fact) []string {
	var out []string
	host := hostOf(address)
	for _, f := range facts {
		if f.Check != loginFacts || f.Depth == 0 || host == "" || hostOf(f.URL) != host {
			continue
		}
		if slices.Contains(loginMethods, f.Kind) || f.Kind == factGateway || f.Kind == factCredentials {
			out = append(out, f.Kind)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
