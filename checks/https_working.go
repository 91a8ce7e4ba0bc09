package checks

// The check https where https works: what is still amiss about it.

import (
	"strconv"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
)

// factHSTS is the kind of fact that says whether the home page tells browsers to
// come back over https alone; Value: its max-age, or noHSTS.
const factHSTS = "hsts"

const noHSTS = "none"

func observeHTTPS(p *page.Page, n *Notes) {
	if p.Depth > 0 || !strings.HasPrefix(p.FinalURL, "https://") {
		return
	}
	f := finding.Fact{Check: httpsID, Kind: factHSTS, Value: noHSTS, URL: p.FinalURL, Place: "header:strict-transport-security", Snippet: "Strict-Transport-Security: -"}
	if policy := p.Header.Get("Strict-Transport-Security"); policy != "" {
		f.Snippet = "Strict-Transport-Security: " + policy
		for part := range strings.SplitSeq(strings.ToLower(policy), ";") {
			// max-age=0 takes the promise back (RFC 6797, 6.1.1)
			if age, ok := strings.CutPrefix(strings.TrimSpace(part), "max-age="); ok && strings.Trim(age, `"0 `) != "" {
				f.Value = "max-age=" + strings.Trim(age, `" `)
			}
		}
	}
	n.Add(f)
}

// httpsWorks judges a try that was answered, by the gravest of what is amiss. All
// of it leaves the connection safe but the first, so that nothing here fails.
func httpsWorks(k Case, a page.Attempt) finding.Finding {
	secure, plain := entrances(k.Visit)
	shown := []page.Attempt{a}
	f := finding.Finding{Verdict: finding.Pass, Confidence: finding.High, Looked: attemptURLs(shown)}
	if a.Reach != page.ReachOK {
		f.Confidence = finding.Medium // what answered may be a guard in front of the site
	}
	if a.TLS != nil {
		f.Value = a.TLS.Version
	}
	hsts, asked := k.Of(httpsID, factHSTS), plainFacts(k.Visit)
	broken, open := brokenTwin(secure), unredirected(plain)
	if hasAnswered(plain) {
		asked = nil // the entrance says it of tonight
	}
	switch {
	case strings.HasPrefix(a.Final, "http://"):
		f.Verdict, f.Reason = finding.Warn, "https_downgraded"
	case a.TLS != nil && a.TLS.ChainFetched:
		f.Verdict, f.Reason = finding.Warn, "incomplete_chain"
	case expiresSoon(a.TLS, k.seenOn()):
		f.Verdict, f.Reason = finding.Warn, "expires_soon"
	case broken != nil:
		f.Verdict, f.Reason, shown = finding.Warn, "twin_certificate", append(shown, *broken)
	case open != nil:
		f.Verdict, f.Reason, shown = finding.Warn, "no_redirect", append(shown, *open)
	case len(asked) > 0 && k.Visit.Plain.Does == page.PlainServes:
		f.Verdict, f.Reason = finding.Warn, "no_redirect"
	case len(hsts) > 0 && hsts[0].Value == noHSTS:
		f.Reason = "no_hsts" // good practice, no duty: the verdict stays
	}
	f.Evidence = append(append(attemptFacts(shown), first(hsts, 1)...), asked...)
	return f
}

// plainFacts tells what plain http does, by the answer that decided it. Silence,
// and what cannot be told, is no evidence of anything.
func plainFacts(v page.Visit) []finding.Fact {
	n := len(v.Plain.Requests)
	if n == 0 || v.Plain.Does != page.PlainLeads && v.Plain.Does != page.PlainServes {
		return nil
	}
	last := v.Plain.Requests[n-1]
	return []finding.Fact{finding.NewFact(finding.Fact{
		Check: httpsID, Kind: "plain", Value: string(v.Plain.Does), URL: last.URL, Target: last.Final, Place: "entrance",
		Snippet: strings.TrimSpace("HTTP " + strconv.Itoa(last.Status) + " " + last.Final),
	})}
}

// Bounds on what is left of a certificate's life: a month for those renewed by
// hand; for those that live shorter a sixth of it, by which time whatever renews
// them at two thirds should have done so.
const (
	soonByHand = 30 * 24 * time.Hour
	soonPart   = 6
	soonUnsaid = 15 * 24 * time.Hour // where it is not known when the certificate began
)

func expiresSoon(t *page.TLS, day time.Time) bool {
	if t == nil || t.NotAfter.IsZero() || day.IsZero() {
		return false
	}
	soon := soonUnsaid
	if !t.NotBefore.IsZero() {
		soon = min(soonByHand, t.NotAfter.Sub(t.NotBefore)/soonPart)
	}
	return t.NotAfter.Sub(day) < soon
}

// brokenTwin is a try over https whose certificate is amiss although another
// address of the site is well: www without the bare name, or the reverse.
func brokenTwin(secure []page.Attempt) *page.Attempt {
	for i := range secure {
		switch secure[i].Reach {
		case page.ReachTLSExpired, page.ReachTLSWrongName, page.ReachTLSUntrusted:
			return &secure[i]
		}
	}
	return nil
}

// unredirected is a try over http that showed the site without leading to https.
func unredirected(plain []page.Attempt) *page.Attempt {
	for i := range plain {
		if plain[i].Reach == page.ReachOK && !strings.HasPrefix(plain[i].Final, "https://") {
			return &plain[i]
		}
	}
	return nil
}
