package checks

// The check web-analytics: with what the site counts its visitors, where a page
// shows it. What a server counts by itself no page shows.

import (
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
)

const webAnalyticsID = "web-analytics"

func (b *builder) webAnalytics() Check {
	set := b.ownRules(webAnalyticsID)
	return Check{
		Meta: b.meta(webAnalyticsID),
		Observe: func(p *page.Page, n *Notes) {
			for _, h := range set.MatchIn(n.lookAt(p)) {
				n.Add(finding.Fact{
					Check: webAnalyticsID, Kind: h.Value, URL: maskAddress(p.FinalURL), Depth: p.Depth, Place: h.Place, Snippet: h.Rule.ID, Rule: h.Rule.ID,
				})
			}
		},
		Judge: func(k Case) finding.Finding {
			for _, platform := range []string{"wai", "matomo"} {
				if seen := k.Of(webAnalyticsID, platform); len(seen) > 0 {
					return finding.Finding{Verdict: finding.Info, Value: platform, Confidence: finding.High, Evidence: first(seen, 3)}
				}
			}
			return unknown(reasonNotVisible)
		},
	}
}
