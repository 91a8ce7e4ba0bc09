package checks

// The check digital-plan: whether the comune shows a plan of its own for the
// digital transition. The national plan, the plan against corruption, and the
// banners of a grant are none.

import (
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

const digitalPlanID = "digital-plan"

// digitalPage is the id of the interest in the site's own page on its digital
// transition.
const digitalPage = "digital-page"

// Kinds of fact of this check.
const (
	factPlan      = "plan"       // a plan of the comune's own: a link to it, or its page
	factNational  = "national"   // the national plan
	factPlanOther = "other_plan" // a plan for something else, news, a grant
)

func (b *builder) digitalPlan() Check {
	set := b.rules(digitalPlanID)
	pages := set.Valued("page")
	follow := within(page.Interest{ID: digitalPage, MaxHops: 1, Match: func(l page.Link) int {
		if l.Depth > 0 || l.URL == "" {
			return 0
		}
		best := rank(pages, l) // nearly always 0, and cheaper than the rest
		if best == 0 || documentFile(l.URL) || newsPath.MatchString(l.URL) {
			return 0
		}
		return best
	}}, onSite)
	return Check{Meta: b.meta(digitalPlanID), Interests: []page.Interest{follow}, Observe: digitalObserver{set.Valued(factPlan, factPlanOther)}.observe, Judge: judgeDigitalPlan}
}

type digitalObserver struct{ rules *rules.Set }

// nationalHosts keep the national plan and what explains it.
var nationalHosts = []string{"agid.gov.it", "italia.it", "gov.it", "pianotriennale-ict.italia.it", "europa.eu"}

func national(address string) bool {
	host := hostOf(address)
	for _, s := range nationalHosts {
		if host == s || strings.HasSuffix(host, "."+s) {
			return !strings.HasPrefix(host, "comune.") // some comuni still are under gov.it
		}
	}
	return false
}

func (o digitalObserver) observe(p *page.Page, n *Notes) {
	other := map[*page.Link]bool{}
	var links []rules.Hit
	for _, h := range o.rules.MatchIn(n.lookAt(p)) {
		switch {
		case h.Link == nil:
			o.heading(p, n, h)
		case h.Value == factPlanOther:
			other[h.Link] = true
			links = append(links, h)
		default:
			links = append(links, h)
		}
	}
	for _, h := range links {
		kind := factPlan
		switch {
		case h.Link.URL == "":
			continue
		case national(h.Link.URL) && h.Value == factPlan:
			kind = factNational
		case other[h.Link], newsPath.MatchString(h.Link.URL), social(h.Link.URL):
			kind = factPlanOther
		}
		if target := maskAddress(h.Link.URL); !n.noted(digitalPlanID, kind, target) {
			n.Add(finding.Fact{
				Check: digitalPlanID, Kind: kind, URL: maskAddress(p.FinalURL), Depth: p.Depth, Place: string(h.Link.Place), Rule: h.Rule.ID,
				Snippet: snippetOr(wordsOf(h.Link.Label(), n), h.Rule.ID), Target: target,
			})
		}
	}
}

// heading notes a plan that a page of the site calls itself.
func (o digitalObserver) heading(p *page.Page, n *Notes, h rules.Hit) {
	kind := h.Value
	if newsPath.MatchString(p.FinalURL) {
		kind = factPlanOther
	}
	if p.Depth > 0 {
		n.Add(finding.Fact{
			Check: digitalPlanID, Kind: kind, URL: maskAddress(p.FinalURL), Depth: p.Depth, Place: h.Place, Rule: h.Rule.ID,
			Snippet: snippetOr(wordsOf(h.Snippet, n), h.Rule.ID), Target: maskAddress(p.FinalURL),
		})
	}
}

func judgeDigitalPlan(k Case) finding.Finding {
	near := append(k.Of(digitalPlanID, factNational), k.Of(digitalPlanID, factPlanOther)...)
	if plans := k.Of(digitalPlanID, factPlan); len(plans) > 0 {
		f := finding.Finding{Verdict: finding.Pass, Value: "page", Confidence: finding.Medium, Evidence: first(plans, 3), Candidates: first(near, maxShown)}
		if documentFile(plans[0].Target) {
			f.Value = "document"
		}
		return f
	}
	return unknown(reasonNotVisible, near...)
}
