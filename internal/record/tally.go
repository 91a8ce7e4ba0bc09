package record

// What a night counted.

import (
	"maps"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
)

// Tally counts comuni by how they could be reached and by what each check found.
type Tally struct {
	Comuni int                                `json:"comuni"`
	Reach  map[page.Reach]int                 `json:"reach,omitzero"`
	Checks map[string]map[finding.Verdict]int `json:"checks,omitzero"`
}

// NightTally is what a night counted, by province: of each comune visited since
// the night's run began, how its last visit ended, and the verdicts that were
// made since then.
type NightTally struct {
	Night     string           `json:"night"` // date in Rome, 2006-01-02
	Run       string           `json:"run"`   // the night's last run to be finished
	Started   time.Time        `json:"started"`
	Ended     time.Time        `json:"ended"`
	Expected  int              `json:"expected"`
	Provinces map[string]Tally `json:"provinces,omitzero"` // by two-letter code
}

// NewNightTally is the tally of a run that nothing was counted for yet.
func NewNightTally(r Run) NightTally {
	return NightTally{
		Night: r.Night, Run: r.ID, Started: r.Started, Ended: r.Ended, Expected: r.Expected, Provinces: map[string]Tally{},
	}
}

// Count adds a comune's view, if it was visited since the night began.
func (n NightTally) Count(l Latest) {
	if l.Checked.Before(n.Started) {
		return
	}
	var one Tally
	one.Comuni, one.Reach, one.Checks = 1, map[page.Reach]int{l.Visit.Reach: 1}, map[string]map[finding.Verdict]int{}
	for _, s := range l.Standings {
		if !s.Checked.Before(n.Started) {
			one.Checks[s.Finding.Check] = map[finding.Verdict]int{s.Finding.Verdict: 1}
		}
	}
	n.Provinces[l.Comune.Province] = n.Provinces[l.Comune.Province].Plus(one)
}

// Total is the tally of the provinces that are wanted; nil: of all.
func (n NightTally) Total(wanted func(province string) bool) Tally {
	var sum Tally
	for province, t := range n.Provinces {
		if wanted == nil || wanted(province) {
			sum = sum.Plus(t)
		}
	}
	return sum
}

// Plus is the sum of two tallies; neither is changed.
func (t Tally) Plus(u Tally) Tally {
	sum := Tally{Comuni: t.Comuni + u.Comuni, Reach: plus(t.Reach, u.Reach), Checks: map[string]map[finding.Verdict]int{}}
	for _, checks := range []map[string]map[finding.Verdict]int{t.Checks, u.Checks} {
		for id, verdicts := range checks {
			sum.Checks[id] = plus(sum.Checks[id], verdicts)
		}
	}
	return sum
}

func plus[K comparable](a, b map[K]int) map[K]int {
	sum := maps.Clone(a)
	if sum == nil {
		sum = make(map[K]int, len(b))
	}
	for k, n := range b {
		sum[k] += n
	}
	return sum
}
