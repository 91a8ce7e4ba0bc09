package checks

// The check anpr: whether the site leads to the certificates and changes that
// citizens get from the national register of residents. Every comune is in it;
// the link is all that a site can show.

import (
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

const anprID = "anpr"

// factANPRLink is the kind of fact of a link to the register's own site.
const factANPRLink = "link"

func (b *builder) anpr() Check {
	return Check{Meta: b.meta(anprID), Observe: anprObserver{b.rules("anpr")}.observe, Judge: judgeANPR}
}

type anprObserver struct{ rules *rules.Set }

func (o anprObserver) observe(p *page.Page, n *Notes) {
	w := plainWriter{check: anprID, n: n, p: p}
	links, _ := byLink(o.rules.MatchIn(n.lookAt(p)))
	for _, l := range links {
		if h, ok := l.says(factANPRLink); ok {
			w.link(factANPRLink, l, h)
		}
	}
}

func judgeANPR(k Case) finding.Finding {
	if links := k.Of(anprID, factANPRLink); len(links) > 0 {
		return finding.Finding{Verdict: finding.Info, Value: "linked", Confidence: finding.High, Evidence: first(links, 3)}
	}
	if why, unread := k.unread(page.Home); unread {
		return unknown(why)
	}
	return finding.Finding{Verdict: finding.Info, Reason: "none_seen", Value: "not_linked", Confidence: finding.Medium}
}
