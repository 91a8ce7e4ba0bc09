package record

// How the present view of a comune evolves from one assessment to the next.

import (
	"slices"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
)

// State is what a definite finding says, without its evidence: two findings of
// the same state are no change.
type State struct {
	Verdict finding.Verdict `json:"verdict"`
	Reason  finding.Reason  `json:"reason,omitzero"`
	Value   string          `json:"value,omitzero"`
}

// StateOf is the state of a finding.
func StateOf(f finding.Finding) State {
	return State{Verdict: f.Verdict, Reason: f.Reason, Value: f.Value}
}

// Change is one transition of one check of one comune from a definite state to
// another. A first definite finding is no change, nor is anything Unknown or
// unconfirmed.
type Change struct {
	Istat    string    `json:"istat"`
	Comune   string    `json:"comune"` // name, province and region as they were that day
	Province string    `json:"province"`
	Region   string    `json:"region"`
	Check    string    `json:"check"`
	From     State     `json:"from"`
	To       State     `json:"to"`
	At       time.Time `json:"at"` // when the assessment that found it started, UTC
	Run      string    `json:"run"`
}

// NightOf is the date in Rome of a moment, 2006-01-02, where rome is the time
// zone Europe/Rome. A run is the night of the date it started on.
func NightOf(t time.Time, rome *time.Location) string { return t.In(rome).Format(time.DateOnly) }

// Advance is the standing after a further finding of the same check, made by
// run at that moment of the date night (see NightOf). An Unknown finding never
// erases the last definite one, nor does one that is unconfirmed; a finding older than the standing changes
// nothing; the same finding again changes nothing but the times.
func Advance(prev Standing, run string, at time.Time, night string, f finding.Finding) Standing {
	if !prev.Checked.IsZero() && at.Before(prev.Checked) {
		return prev
	}
	next := prev
	next.Finding, next.Run, next.Checked = f, run, at
	if next.FirstSeen.IsZero() {
		next.FirstSeen = at
	}
	if !f.Verdict.Definite() || f.Unconfirmed {
		return next
	}
	switch {
	case !prev.LastDefinite.Verdict.Definite() || StateOf(prev.LastDefinite) != StateOf(f):
		next.LastChanged, next.Nights = at, 1
	case prev.Night != night:
		next.Nights++
	}
	next.LastDefinite, next.LastDefiniteAt, next.Night = f, at, night
	return next
}

// NightsWith is the number of nights the definite finding will have stood if it
// is made once more on the date night. Two looks on one date count once.
func (s Standing) NightsWith(night string) int {
	if s.Night == night {
		return s.Nights
	}
	return s.Nights + 1
}

// ReachNightsWith is the number of nights the reach will have been what it is
// if a visit on the date night ends the same way.
func (l Latest) ReachNightsWith(r page.Reach, night string) int {
	switch {
	case l.Checked.IsZero() || l.Visit.Reach != r:
		return 1
	case l.ReachNight == night:
		return l.ReachNights
	}
	return l.ReachNights + 1
}

// Standing is the standing of a check, and whether there is one.
func (l Latest) Standing(check string) (Standing, bool) {
	i, ok := slices.BinarySearchFunc(l.Standings, check, byCheck)
	if !ok {
		return Standing{}, false
	}
	return l.Standings[i], true
}

func byCheck(s Standing, check string) int { return strings.Compare(s.Finding.Check, check) }

// Outspoken tells that an assessment leaves nothing of the view but times and
// numbers: each check was run anew, and none of them keeps an older definite finding
// beside the new one. Take then gives the same of l as of one without evidence.
func (l Latest) Outspoken(a Assessment) bool {
	if a.Started.Before(l.Checked) {
		return false
	}
	for _, s := range l.Standings {
		i := slices.IndexFunc(a.Findings, func(f finding.Finding) bool { return f.Check == s.Finding.Check })
		if i < 0 || a.Started.Before(s.Checked) {
			return false
		}
		if f := a.Findings[i]; s.LastDefinite.Verdict.Definite() && (!f.Verdict.Definite() || f.Unconfirmed) {
			return false
		}
	}
	return true
}

// Until is the view at the moment now, where a clock was ahead when some of it was
// made: that counts as made at the moment at, on a night of its own. Else it would hide
// whatever is found until then.
func (l Latest) Until(now, at time.Time) Latest {
	ahead := func(t *time.Time) bool {
		if !t.After(now) {
			return false
		}
		*t = at
		return true
	}
	next := l
	next.Standings = slices.Clone(l.Standings)
	if ahead(&next.Checked) {
		next.ReachNight = ""
	}
	ahead(&next.ReachSince)
	for i := range next.Standings {
		s := &next.Standings[i]
		if ahead(&s.LastDefiniteAt) {
			s.Night = ""
		}
		ahead(&s.Checked)
		ahead(&s.FirstSeen)
		ahead(&s.LastChanged)
	}
	return next
}

// Take is the present view after a further assessment made on the date night,
// and the changes it brought. Checks that the assessment did not run keep their
// standing. An assessment older than the view moves only what it alone knows.
func (l Latest) Take(a Assessment, night string) (Latest, []Change) {
	next := l
	next.Standings = slices.Clone(l.Standings)
	if l.Checked.IsZero() || !a.Started.Before(l.Checked) {
		next.ReachNights = l.ReachNightsWith(a.Visit.Reach, night)
		if l.Checked.IsZero() || l.Visit.Reach != a.Visit.Reach {
			next.ReachSince = a.Started
		}
		next.ReachNight = night
		next.Comune, next.Visit, next.Run, next.Checked = a.Comune, a.Visit, a.Run, a.Started
	}
	var changes []Change
	for _, f := range a.Findings {
		i, known := slices.BinarySearchFunc(next.Standings, f.Check, byCheck)
		if !known {
			next.Standings = slices.Insert(next.Standings, i, Standing{})
		}
		prev := next.Standings[i]
		next.Standings[i] = Advance(prev, a.Run, a.Started, night, f)
		if from, to := StateOf(prev.LastDefinite), StateOf(next.Standings[i].LastDefinite); from.Verdict.Definite() && from != to {
			changes = append(changes, Change{
				Istat: a.Comune.Istat, Comune: a.Comune.Name, Province: a.Comune.Province, Region: a.Comune.Region,
				Check: f.Check, From: from, To: to, At: a.Started, Run: a.Run,
			})
		}
	}
	return next, changes
}
