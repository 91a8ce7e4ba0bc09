package checks

// The check cookies: whether the home page calls services that follow visitors
// before anybody has agreed. A plain visit runs no script, so what it sees is
// the least there is: hosts named in the page, and cookies the answer sets.

import (
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

const cookiesID = "cookies"

// Kinds of fact of this check.
const (
	factTracker = "tracker" // a service that follows visitors; the snippet is its host
	factConsent = "consent" // what asks visitors for their consent
	factCookie  = "cookie"  // a cookie the home page's answer sets; the snippet is its name
)

func (b *builder) cookies() Check {
	set := b.rules("cookies")
	return Check{Meta: b.meta(cookiesID), Observe: cookieObserver{set}.observe, Judge: judgeCookies}
}

type cookieObserver struct{ rules *rules.Set }

func (o cookieObserver) observe(p *page.Page, n *Notes) {
	if p.Depth > 0 {
		return
	}
	add := func(f finding.Fact) {
		f.Check, f.URL = cookiesID, p.FinalURL
		n.Add(f)
	}
	for _, h := range o.rules.MatchIn(n.lookAt(p)) {
		f := finding.Fact{Kind: h.Value, Place: h.Place, Snippet: h.Snippet, Rule: h.Rule.ID}
		if host := hostOf(h.Snippet); host != "" {
			f.Snippet = host
		}
		add(f)
	}
	for _, line := range p.Header.Values("Set-Cookie") {
		name, _, ok := strings.Cut(line, "=")
		if name = strings.TrimSpace(name); ok && name != "" {
			add(finding.Fact{Kind: factCookie, Place: "header:set-cookie", Snippet: page.Clean(name, 60)})
		}
	}
}

func judgeCookies(k Case) finding.Finding {
	trackers, consent, own := k.Of(cookiesID, factTracker), k.Of(cookiesID, factConsent), k.Of(cookiesID, factCookie)
	near := first(append(consent, own...), maxShown)
	if why, unread := k.unread(page.Home); unread {
		return unknown(why, append(trackers, near...)...)
	}
	f := finding.Finding{Confidence: finding.Low, Evidence: first(trackers, maxShown), Candidates: near}
	switch {
	case len(trackers) > 0 && len(consent) > 0:
		f.Verdict, f.Reason, f.Value = finding.Info, "third_party_with_consent", "with_consent"
	case len(trackers) > 0:
		f.Verdict, f.Reason, f.Confidence = finding.Warn, "third_party_before_consent", finding.Medium
		f.Value = hostsOf(trackers)
	default:
		f.Verdict, f.Reason, f.Value = finding.Info, "none_seen", "none"
	}
	return f
}

// hostsOf lists the hosts of trackers.
func hostsOf(trackers []finding.Fact) string {
	var hosts []string
	for _, t := range trackers {
		if t.Snippet != "" && !slices.Contains(hosts, t.Snippet) {
			hosts = append(hosts, t.Snippet)
		}
	}
	slices.Sort(hosts)
	return strings.Join(first2(hosts), " ")
}

// first2 bounds the hosts a value names.
func first2(hosts []string) []string { return hosts[:min(2, len(hosts))] }
