package record

// What a night counted.

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
)

// Tally counts comuni by how they could be reached and by what each check found.
type Tally struct {
	Comuni  int                                `json:"comuni"`
	Reach   map[page.Reach]int                 `json:"reach,omitzero"`
	Checks  map[string]map[finding.Verdict]int `json:"checks,omitzero"`
	Reasons map[string]map[Ground]int          `json:"reasons,omitzero"` // of Checks those with a reason; nights counted before November 2026 have none
}

// Ground is a verdict with its reason. As text it is the two with a blank between.
type Ground struct {
	Verdict finding.Verdict
	Reason  finding.Reason
}

// MarshalText implements encoding.TextMarshaler.
func (g Ground) MarshalText() ([]byte, error) {
	return []byte(string(g.Verdict) + " " + string(g.Reason)), nil
}

// UnmarshalText implements encoding.TextUnmarshaler. It takes what MarshalText
// gives.
func (g *Ground) UnmarshalText(b []byte) error {
	verdict, reason, ok := strings.Cut(string(b), " ")
	if !ok {
		return fmt.Errorf("%q is no verdict with a reason", b)
	}
	g.Verdict, g.Reason = finding.Verdict(verdict), finding.Reason(reason)
	return nil
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
	t, known := n.Provinces[l.Comune.Province]
	if !known {
		t = Tally{Reach: map[page.Reach]int{}, Checks: map[string]map[finding.Verdict]int{}}
	}
	t.Comuni++
	t.Reach[l.Visit.Reach]++
	for i, s := range l.Standings {
		f := s.Finding.Told()
		if s.Checked.Before(n.Started) || i > 0 && l.Standings[i-1].Finding.Check == f.Check {
			continue
		}
		count(t.Checks, f.Check, f.Verdict)
		if f.Reason == "" {
			continue
		}
		if t.Reasons == nil {
			t.Reasons = map[string]map[Ground]int{}
		}
		count(t.Reasons, f.Check, Ground{f.Verdict, f.Reason})
	}
	n.Provinces[l.Comune.Province] = t
}

func count[K comparable](sums map[string]map[K]int, check string, k K) {
	if sums[check] == nil {
		sums[check] = map[K]int{}
	}
	sums[check][k]++
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
	sum := Tally{Comuni: t.Comuni + u.Comuni, Reach: plus(t.Reach, u.Reach), Checks: plusEach(t.Checks, u.Checks)}
	if len(t.Reasons)+len(u.Reasons) > 0 {
		sum.Reasons = plusEach(t.Reasons, u.Reasons)
	}
	return sum
}

func plusEach[K comparable](a, b map[string]map[K]int) map[string]map[K]int {
	sum := map[string]map[K]int{}
	for _, counts := range []map[string]map[K]int{a, b} {
		for id, n := range counts {
			sum[id] = plus(sum[id], n)
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
