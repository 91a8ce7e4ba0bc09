package checks

// What memory adds to a finding: a red that was green yesterday needs a second
// look, and what has stood for some nights is surer than it was on the first.

import (
	"github.com/vigile-it/vigile/checks/finding"
)

// nightsToTrust is how many nights in a row a finding of medium confidence has
// to be made for it to become high.
const nightsToTrust = 3

// weigh sets what memory says of a finding's confidence. What is low on its
// evidence stays so however long it stands.
func weigh(f finding.Finding, p Previous) finding.Finding {
	switch {
	case f.Verdict == finding.Fail && p.green() && !settled(f.Check, f.Reason) && !p.agrees(f):
		f.Unconfirmed, f.Confidence = true, finding.Low
	case f.Confidence == finding.Medium && p.stood(f)+1 >= nightsToTrust:
		f.Confidence = finding.High
	}
	return f
}

// green tells whether the last word said that the duty is met.
func (p Previous) green() bool {
	if p.LastDefinite.Verdict == finding.Pass {
		return true
	}
	spec, ok := finding.ReasonOf(p.LastDefinite.Check, p.LastDefinite.Reason)
	return ok && p.LastDefinite.Verdict == finding.Warn && spec.DutyMet
}

// agrees tells whether the look before found the same red.
func (p Previous) agrees(f finding.Finding) bool {
	return p.Pending != nil && p.Pending.Verdict == f.Verdict && p.Pending.Reason == f.Reason
}

// stood is for how many nights the finding has been made before this one.
func (p Previous) stood(f finding.Finding) int {
	last := p.LastDefinite
	if last.Verdict != f.Verdict || last.Reason != f.Reason || last.Value != f.Value {
		return 0
	}
	return p.NightsStood
}

// settled tells whether a red rests on more than one reading of the pages.
func settled(check string, reason finding.Reason) bool {
	spec, ok := finding.ReasonOf(check, reason)
	return ok && spec.Settled
}
