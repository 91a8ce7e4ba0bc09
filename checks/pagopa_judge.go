package checks

// The check pagopa: the judgement.

import (
	"slices"

	"github.com/vigile-it/vigile/checks/finding"
)

func judgePagoPA(k Case) finding.Finding {
	tills := k.Of(pagopaID, factTill)
	if len(tills) > 0 {
		return payable(tills)
	}
	near := k.Of(pagopaID, factOtherPayee, factUnnamed, factPayMention, factOffline)
	switch foreign, unnamed := k.Of(pagopaID, factOtherPayee), k.Of(pagopaID, factUnnamed); {
	case len(unnamed) > 0:
		return finding.Finding{Verdict: finding.Warn, Reason: "entry_unnamed", Confidence: finding.Low, Evidence: first(unnamed, 3), Candidates: first(near, maxShown)}
	case len(foreign) > 0:
		return finding.Finding{Verdict: finding.Warn, Reason: "other_body_code", Confidence: finding.Medium, Evidence: first(foreign, 3), Candidates: first(near, maxShown)}
	}
	for _, id := range []string{servicesPage, paymentsPage} {
		if why, unread := k.unread(id); unread {
			return unknown(why, near...)
		}
	}
	if q := k.Visit.Inquiry(paymentsPage); len(q.Candidates) > 0 {
		if q.Why != "" {
			return unknown(finding.Reason(q.Why), near...)
		}
		return unknown(k.incomplete(), near...)
	}
	mentions := k.Of(pagopaID, factPayMention)
	onward := k.Of(pagopaID, factOnward)
	switch offline := k.Of(pagopaID, factOffline); {
	case len(mentions) > 0:
		return finding.Finding{Verdict: finding.Warn, Reason: "mentioned_not_linked", Confidence: finding.Medium, Evidence: first(mentions, 3), Candidates: first(near, maxShown)}
	case len(offline) > 0 && len(onward) > 0:
		return unknown(reasonNotVisible, append(onward, near...)...)
	case len(offline) > 0:
		return finding.Finding{Verdict: finding.Fail, Reason: "iban_only", Confidence: finding.Medium, Evidence: first(offline, 3), Candidates: first(near, maxShown)}
	}
	return finding.Finding{Verdict: finding.Warn, Reason: "no_entry_found", Confidence: finding.Low, Candidates: first(near, maxShown)}
}

// payable is the pass that the surest of the places to pay proves.
func payable(tills []finding.Fact) finding.Finding {
	order := []string{provedByCode, provedByHost, provedByForm, provedByName}
	slices.SortStableFunc(tills, func(a, b finding.Fact) int { return slices.Index(order, a.Value) - slices.Index(order, b.Value) })
	f := finding.Finding{Verdict: finding.Pass, Value: tills[0].Value, Confidence: finding.Medium, Evidence: first(tills, 3)}
	switch tills[0].Value {
	case provedByCode:
		f.Confidence = finding.High
	case provedByName:
		f.Confidence = finding.Low
	}
	return f
}
