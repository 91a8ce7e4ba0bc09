package checks

// The check accessibility-objectives: the judgement.

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/agid"
)

// aim is one publication of objectives and how it stands.
type aim struct {
	fact       finding.Fact
	standing   standing
	confidence finding.Confidence
	open       bool // its year is not known, and what holds it was not read
}

func judgeObjectives(k Case) finding.Finding {
	aims := k.aims()
	best := aim{standing: standsNot}
	for _, a := range aims {
		if a.standing < best.standing || a.standing == best.standing && a.fact.Value > best.fact.Value {
			best = a
		}
	}
	f := finding.Finding{Value: best.fact.Value, Confidence: best.confidence}
	if best.standing < standsNot {
		f.Evidence = []finding.Fact{best.fact}
	}
	near := k.Of(objectivesID, factAimAgID, factAimDocument, factAimStated, factAimPage, factAimAway, factAimScripted, factAimNews, factAimPerhaps)
	f.Candidates = first(slices.DeleteFunc(near, func(x finding.Fact) bool { return x == best.fact }), maxShown)
	undated := slices.ContainsFunc(aims, func(a aim) bool { return a.open && !headsOthers(a, aims) })
	switch best.standing {
	case standsGood:
		f.Verdict = finding.Pass
		return f
	case standsDue:
		f.Verdict, f.Reason = finding.Warn, "due"
		return f
	case standsSilent:
		return unknown(reasonUpstream, append(f.Evidence, f.Candidates...)...)
	case standsDoubtful:
		return unknown("doubtful_row", append(f.Evidence, f.Candidates...)...)
	case standsSuspect:
		f.Verdict, f.Reason = finding.Warn, "stale_suspect"
		return f
	case standsOtherBody:
		f.Verdict, f.Reason = finding.Warn, "other_body"
		return f
	case standsMissing:
		f.Verdict, f.Reason = finding.Warn, "publication_not_found"
		return f
	}
	if why, open := k.openQuestion(undated); open {
		return unknown(why, append(f.Evidence, f.Candidates...)...)
	}
	f.Verdict, f.Reason, f.Confidence = finding.Fail, "not_found", finding.Medium
	if best.standing == standsStale {
		f.Reason = "stale"
	}
	return f
}

// headsOthers tells a heading without a year that has dated objectives below it.
func headsOthers(a aim, aims []aim) bool {
	return a.fact.Kind == factAimStated && slices.ContainsFunc(aims, func(b aim) bool { return b.fact.URL == a.fact.URL && b.standing < standsNot })
}

// openQuestion tells whether something was seen that may be this year's
// objectives and could not be read, or whether the place that holds them did not
// show itself.
func (k Case) openQuestion(undated bool) (finding.Reason, bool) {
	switch {
	case len(k.Of(objectivesID, factAimScripted)) > 0:
		return reasonJSOnly, true
	case undated || len(k.Of(objectivesID, factAimAway)) > 0 || k.newsOfThisYear() || slices.ContainsFunc(k.Of(objectivesID, factAimPerhaps), k.mayBeAims):
		return reasonNotVisible, true
	}
	for _, f := range k.Of(objectivesID, factAimPage) {
		if !k.readWhole(f.Target) {
			return k.whyUnread(f.Target), true
		}
	}
	for _, id := range []string{transparencyPage, otherContents} {
		if why, unread := k.unread(id); unread {
			return why, true
		}
	}
	if left := k.Visit.Inquiry(otherContents).Candidates; len(left) > 0 {
		return k.whyUnread(left[0]), true
	}
	if len(k.Of(objectivesID, factAimPart, factAimOutline)) == 0 {
		return reasonNotVisible, true // the tree of sections is not in what was read
	}
	return "", false
}

// newsOfThisYear tells whether a news item speaks of the current objectives:
// they exist then, and it does not show where.
func (k Case) newsOfThisYear() bool {
	return slices.ContainsFunc(k.Of(objectivesID, factAimNews), func(f finding.Fact) bool { return k.ofYear(f.Value) == standsGood })
}

// mayBeAims tells whether what was seen where they are published may be this
// year's objectives: nothing says another year, and AgID nothing else.
func (k Case) mayBeAims(f finding.Fact) bool {
	return k.Answers[f.Target].Outcome != agid.Found && (f.Value == "" || k.ofYear(f.Value) <= standsDue)
}

// aims are the objectives seen on pages, and publications linked as something
// else that AgID says are objectives.
func (k Case) aims() []aim {
	var out []aim
	for _, f := range k.Of(objectivesID, factAimAgID, factAimDocument, factAimStated) {
		out = append(out, k.aim(f))
	}
	for _, f := range k.Of(declarationID, factPublication, factOtherAsset, factObjectives) {
		if said := k.Answers[f.Target]; said.Outcome == agid.Found && said.Form == agid.FormObjectives {
			f.Value = ""
			out = append(out, k.aim(f))
		}
	}
	return out
}

func (k Case) aim(f finding.Fact) aim {
	if f.Kind == factAimDocument || f.Kind == factAimStated {
		return k.byYear(f, finding.Medium)
	}
	a, ok := agid.ParseLink(f.Target)
	if !ok {
		return aim{fact: f, standing: standsNot}
	}
	said := k.Answers[a.URL]
	switch {
	case said.Outcome == agid.Found:
		return k.aimByAnswer(f, a, said)
	case said.Outcome == agid.NotFound && said.Proven:
		if by := k.byYear(f, finding.High); by.standing == standsStale {
			return by
		}
		return aim{fact: f, standing: standsMissing, confidence: finding.Medium}
	}
	by := k.aimByAddress(f, a)
	if said.Asked && by.standing == standsSuspect {
		by.confidence = finding.Low
	}
	return by
}

// aimByAnswer judges by what AgID has: whether they are objectives at all, whose,
// and of when.
func (k Case) aimByAnswer(f finding.Fact, a agid.Link, said agid.Answer) aim {
	out := aim{fact: f, confidence: finding.High}
	stated := yearIn(said.Title)
	switch {
	case said.Form == agid.FormDeclaration:
		out.standing = standsNot
	case said.IPA != "" && k.Comune.IPA != "" && !strings.EqualFold(said.IPA, k.Comune.IPA):
		out.standing, out.confidence = k.otherBody(finding.High)
	case stated != "" && k.ofYear(stated) == standsGood:
		out.fact.Value = stated
	case said.Changed().IsZero():
		return k.aimByAddress(f, a)
	default:
		out.standing = k.ofDay(said.Changed())
		if out.fact.Value == "" {
			out.fact.Value = strconv.Itoa(said.Changed().In(k.Date.Location()).Year())
		}
	}
	out.fact = finding.NewFact(out.fact)
	return out
}

// aimByAddress judges without AgID: by the year the link gives and the date in
// its identifier, which must not contradict each other.
func (k Case) aimByAddress(f finding.Fact, a agid.Link) aim {
	if a.IPA != "" && k.Comune.IPA != "" && !a.SameBody(k.Comune.IPA) {
		whose, sure := k.otherBody(finding.Medium)
		return aim{fact: f, standing: whose, confidence: sure}
	}
	made := a.Created
	if a.UUIDVersion == 4 {
		made = randomUUIDUntil // at the latest
	}
	if f.Value == "" && !made.IsZero() {
		f.Value = strconv.Itoa(made.Year())
		out := aim{fact: finding.NewFact(f), standing: k.ofDay(made), confidence: finding.High}
		if out.standing == standsStale { // an update may keep the address
			out.standing, out.confidence = standsSuspect, finding.Medium
		}
		return out
	}
	out := k.byYear(f, finding.High)
	switch {
	case f.Value == "":
		// Addresses of today's form are younger than the cycle they were made for,
		// and carry no date.
		out.standing, out.confidence, out.open = standsGood, finding.Low, false
	case out.standing == standsGood && !made.IsZero() && made.Before(k.aimCycle().From.AddDate(0, -6, 0)):
		out.standing, out.confidence = standsSuspect, finding.Medium // renamed, not renewed
	}
	return out
}

// byYear judges by the year that the page gives.
func (k Case) byYear(f finding.Fact, sure finding.Confidence) aim {
	if f.Value == "" {
		return aim{fact: f, standing: standsNot, open: true}
	}
	return aim{fact: f, standing: k.ofYear(f.Value), confidence: sure}
}

func (k Case) aimCycle() agid.Cycle { return agid.Due(k.Date, agid.ObjectivesRule()) }

func (k Case) ofYear(year string) standing {
	y := number(year)
	if y == 0 {
		return standsNot
	}
	return k.ofDay(time.Date(y, time.December, 31, 12, 0, 0, 0, k.Date.Location()))
}

func (k Case) ofDay(day time.Time) standing {
	switch k.aimCycle().Freshness(day) {
	case agid.Current:
		return standsGood
	case agid.DueNow:
		return standsDue
	}
	return standsStale
}
