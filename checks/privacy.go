package checks

// The check privacy: whether the site tells people what becomes of their data
// (Reg. UE 2016/679 artt. 12 and 13).

import (
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

const privacyID = "privacy"

// privacyPage is the id of the interest in the privacy notice, which the check
// dpo shares.
const privacyPage = "privacy-page"

// Kinds of fact of this check.
const (
	factPrivacyLink     = "link"     // to the notice
	factPrivacyPerhaps  = "perhaps"  // the address of a notice under other words, such as the cookies', or words that may be one's
	factPrivacyUnlinked = "unlinked" // the words, without an address
	factPrivacyNear     = "near"     // another body's page, news
	factPrivacyNotice   = "notice"   // a page that reads as a notice
)

// Values of the rules that are no fact.
const (
	privacyLabel  = "label"  // words of which no headline is made
	privacyRights = "rights" // what a notice says besides whose it is
)

func (b *builder) privacy() Check {
	set := b.rules("privacy")
	o := privacyObserver{links: set.Valued("words", privacyLabel, factPrivacyPerhaps, "address", "marker", factPrivacyNear), notice: set.Valued(factPrivacyNotice, privacyRights)}
	return Check{
		Meta: b.meta(privacyID), Interests: []page.Interest{b.privacyPage(o.links), b.interest(legalNotes, 1)},
		Observe: o.observe, Judge: judgePrivacy,
	}
}

// privacyRank puts the notice before Amministrazione trasparente, which the check
// dpo wants only where the notice says nothing.
const privacyRank = 50

// privacyPage is the interest in the notice, one click from the home page.
func (b *builder) privacyPage(links *rules.Set) page.Interest {
	return within(page.Interest{ID: privacyPage, MaxHops: 1, Match: func(l page.Link) int {
		if l.Depth > 0 {
			return 0
		}
		said, _ := byLink(links.MatchLink(l))
		if len(said) == 0 || documentFile(l.URL) || l.URL == "" && !scripted(l) {
			return 0
		}
		said[0].Link = &l
		switch kind, _ := privacyKind(said[0]); kind {
		case factPrivacyLink:
			return privacyRank
		case factPrivacyPerhaps:
			if said[0].called("words") || said[0].called(factPrivacyPerhaps) {
				return privacyRank - 1 // a headline, or a notice under words of its own
			}
			return ranks[rules.Weak]
		}
		return 0
	}}, onSite)
}

type privacyObserver struct{ links, notice *rules.Set }

func (o privacyObserver) observe(p *page.Page, n *Notes) {
	look := n.lookAt(p)
	w := plainWriter{check: privacyID, n: n, p: p}
	asked := slices.Contains(p.For, privacyPage)
	if p.Depth == 0 || slices.Contains(p.For, legalNotes) || slices.Contains(p.For, transparencyPage) {
		links, _ := byLink(o.links.MatchIn(look))
		for _, l := range links {
			if kind, h := privacyKind(l); kind != "" {
				w.link(kind, l, h)
			}
		}
	}
	if !asked && !slices.Contains(p.For, legalNotes) {
		return
	}
	var says, rights []rules.Hit
	for _, h := range o.notice.MatchIn(look) {
		if h.Value == factPrivacyNotice {
			says = append(says, h)
		} else {
			rights = append(rights, h)
		}
	}
	if len(says) > 0 && (len(rights) > 0 || calledNotice(p, n)) {
		w.text(factPrivacyNotice, says[0])
	}
}

// calledNotice tells whether a link that is called a notice led to the page. One
// found by other words must read as a notice by more than naming the law.
func calledNotice(p *page.Page, n *Notes) bool {
	if slices.Contains(p.For, legalNotes) {
		return true
	}
	return slices.ContainsFunc(n.facts, func(f finding.Fact) bool {
		return f.Check == privacyID && f.Kind == factPrivacyLink && (f.Target == maskAddress(p.URL) || f.Target == maskAddress(p.FinalURL))
	})
}

// besideText are the places where pages keep what they always show: a headline
// does not stand there.
var besideText = []page.Place{page.PlaceHeader, page.PlaceNav, page.PlaceFooter}

// privacyKind tells what a link is by its words, its address and its marker.
func privacyKind(l linkSaid) (string, rules.Hit) {
	words, named := l.says("words")
	if h, ok := l.says(factPrivacyNear); ok {
		return factPrivacyNear, h
	}
	switch {
	case named && (newsAddress(l.URL) || !l.short() || social(l.URL)):
		return factPrivacyNear, words
	case named && l.leads() && !l.called(privacyLabel) && !slices.Contains(besideText, l.Place):
		return factPrivacyPerhaps, words
	case named && l.leads():
		return factPrivacyLink, words
	case named:
		return factPrivacyUnlinked, words
	}
	if h, ok := l.says(factPrivacyPerhaps); ok && l.leads() && l.short() && !newsAddress(l.URL) && !social(l.URL) {
		return factPrivacyPerhaps, h
	}
	for _, value := range []string{"address", "marker"} {
		switch h, ok := l.says(value); {
		case ok && value == "address" && l.leads() && strings.TrimSpace(l.Label()) == "":
			return factPrivacyLink, h
		case ok && l.leads() && !newsAddress(l.URL):
			return factPrivacyPerhaps, h
		}
	}
	return "", rules.Hit{}
}

func judgePrivacy(k Case) finding.Finding {
	links, notices := k.Of(privacyID, factPrivacyLink), k.Of(privacyID, factPrivacyNotice)
	perhaps := k.Of(privacyID, factPrivacyPerhaps)
	near := append(perhaps, k.Of(privacyID, factPrivacyUnlinked, factPrivacyNear)...)
	q := k.Visit.Inquiry(privacyPage)
	switch {
	case len(notices) > 0:
		return finding.Finding{Verdict: finding.Pass, Value: "notice", Confidence: finding.High, Evidence: first(append(notices, links...), 3)}
	case len(links) > 0 && q.Why == page.ReachHTTP4xx && len(q.Pages) == 0:
		return unknown(finding.Reason(q.Why), links...)
	case len(links) > 0:
		return finding.Finding{Verdict: finding.Pass, Value: valueLinkOnly, Confidence: finding.Medium, Evidence: first(links, 3)}
	case len(perhaps) > 0:
		return unknown(reasonNotVisible, near...)
	case len(k.Of(privacyID, factPrivacyUnlinked)) > 0:
		return unknown(reasonJSOnly, near...)
	}
	if why, left := k.leftOver(legalNotes); left {
		return unknown(why, near...)
	}
	return finding.Finding{Verdict: finding.Fail, Reason: "not_found", Confidence: finding.Medium, Candidates: first(near, maxShown)}
}
