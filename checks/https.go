package checks

// The check https: judged from the tries at the entrance, whether or not the
// site could be read.

import (
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
)

const httpsID = "https"

func (b *builder) https() Check {
	return Check{Meta: b.meta(httpsID), Observe: observeHTTPS, Judge: judgeHTTPS, AsksPlain: true}
}

// answered are the reaches after which the server has spoken HTTP, so that the
// layer below it is known to work.
var answered = map[page.Reach]bool{
	page.ReachOK: true, page.ReachHTTP4xx: true, page.ReachHTTP5xx: true, page.ReachRateLimited: true,
	page.ReachBlocked: true, page.ReachRobotsDenied: true, page.ReachMaintenance: true,
	page.ReachEmptyOrJSOnly: true, page.ReachTooLarge: true,
}

func judgeHTTPS(k Case) finding.Finding {
	secure, plain := entrances(k.Visit)
	if len(secure) == 0 {
		return untried(k, plain)
	}
	for _, a := range secure {
		if answered[a.Reach] {
			return httpsWorks(k, a)
		}
	}
	if a, ok := ledToHTTPS(plain); ok {
		return httpsWorks(k, a)
	}
	worst := secure[0]
	if twin, open := unmeasured(secure); open && certificateFaults[worst.Reach] {
		worst = twin // it may be well, and the fault the other name's alone
	}
	switch worst.Reach {
	case page.ReachTLSExpired, page.ReachTLSWrongName:
		return httpsFault(finding.Fail, finding.Reason(worst.Reach), secure, plain)
	case page.ReachTLSUntrusted, page.ReachTLSProtocol:
		return httpsFault(finding.Warn, finding.Reason(worst.Reach), secure, plain)
	case page.ReachConnRefused:
		if hasShown(plain) && allRefused(secure) {
			return httpsFault(finding.Fail, "https_refused", secure, plain)
		}
	}
	f := unknown(finding.Reason(worst.Reach))
	f.Candidates = attemptFacts(secure)
	f.Looked = attemptURLs(secure)
	return f
}

// certificateFaults are the reaches after which a certificate, or what speaks for
// it, is known to be amiss.
var certificateFaults = map[page.Reach]bool{
	page.ReachTLSExpired: true, page.ReachTLSWrongName: true, page.ReachTLSUntrusted: true, page.ReachTLSProtocol: true,
}

// unmeasured is a try over https that came to no server, so that nothing is known
// of what it would have shown; false where there is none.
func unmeasured(secure []page.Attempt) (page.Attempt, bool) {
	for _, a := range secure {
		switch a.Reach {
		case page.ReachConnTimeout, page.ReachConnReset, page.ReachDNSTimeout, page.ReachServFail, page.ReachTooSlow, page.ReachOurFault:
			return a, true
		}
	}
	return page.Attempt{}, false
}

// ledToHTTPS is a try over http that https answered in the end: a name of old may
// do no more than send its visitors on.
func ledToHTTPS(plain []page.Attempt) (page.Attempt, bool) {
	for _, a := range plain {
		if answered[a.Reach] && strings.HasPrefix(a.Final, "https://") {
			return a, true
		}
	}
	return page.Attempt{}, false
}

// entrances parts the tries by scheme.
func entrances(v page.Visit) (secure, plain []page.Attempt) {
	for _, a := range v.Attempts {
		if strings.HasPrefix(a.URL, "https://") {
			secure = append(secure, a)
		} else {
			plain = append(plain, a)
		}
	}
	return secure, plain
}

// untried is the answer where no https address was tried at all.
func untried(k Case, plain []page.Attempt) finding.Finding {
	if hasAnswered(plain) {
		f := unknown("not_tried")
		f.Candidates = attemptFacts(plain)
		return f
	}
	reach := k.Visit.Reach
	if reach == page.ReachOK || reach == "" {
		reach = page.ReachOurFault
	}
	return unknown(finding.Reason(reach))
}

func httpsFault(v finding.Verdict, why finding.Reason, secure, plain []page.Attempt) finding.Finding {
	all := append(append([]page.Attempt{}, secure...), plain...)
	f := finding.Finding{Verdict: v, Reason: why, Confidence: finding.High, Evidence: attemptFacts(secure), Looked: attemptURLs(all)}
	if !hasAnswered(plain) {
		f.Confidence = finding.Medium // nothing there answered us: the fault may be wider than its certificate
	}
	return f
}

func hasAnswered(as []page.Attempt) bool {
	for _, a := range as {
		if answered[a.Reach] {
			return true
		}
	}
	return false
}

// hasShown tells a site that plain http has shown, be it one that is closed or
// empty. An error, or being kept out, may come from a wall between it and us.
func hasShown(plain []page.Attempt) bool {
	for _, a := range plain {
		switch a.Reach {
		case page.ReachOK, page.ReachRobotsDenied, page.ReachMaintenance, page.ReachEmptyOrJSOnly, page.ReachTooLarge:
			return true
		}
	}
	return false
}

func allRefused(as []page.Attempt) bool {
	for _, a := range as {
		if a.Reach != page.ReachConnRefused {
			return false
		}
	}
	return true
}

// attemptFacts tells the tries as facts: the address, what came of it, what the
// handshake showed.
func attemptFacts(as []page.Attempt) []finding.Fact {
	var out []finding.Fact
	for _, a := range as {
		f := finding.Fact{Check: httpsID, Kind: "attempt", URL: a.URL, Target: a.Final, Value: string(a.Reach), Place: "entrance", Snippet: string(a.Reach)}
		if a.TLS != nil {
			f.Snippet = strings.TrimSpace(strings.Join([]string{f.Snippet, a.TLS.Version, expiry(a.TLS), names(a.TLS)}, " "))
		}
		out = append(out, finding.NewFact(f))
	}
	return first(out, maxShown)
}

func expiry(t *page.TLS) string {
	if t.NotAfter.IsZero() {
		return ""
	}
	return "notAfter=" + t.NotAfter.UTC().Format("2006-01-02")
}

func names(t *page.TLS) string {
	if len(t.Names) == 0 {
		return ""
	}
	return "names=" + strings.Join(t.Names[:min(4, len(t.Names))], ",")
}

func attemptURLs(as []page.Attempt) []string {
	var out []string
	for _, a := range as {
		out = append(out, finding.NewFact(finding.Fact{URL: a.URL}).URL)
	}
	return out
}
