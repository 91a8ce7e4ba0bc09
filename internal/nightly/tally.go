package nightly

// The counts of a run.

import (
	"maps"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
)

// Tally counts assessments. The zero Tally has counted none.
type Tally struct {
	Comuni   int
	Reach    map[page.Reach]int
	Findings map[Word]int
}

// Word is what a check said.
type Word struct {
	Check   string
	Verdict finding.Verdict
	Reason  finding.Reason
}

// Read is the number of comuni whose site was read.
func (t Tally) Read() int { return t.Reach[page.ReachOK] }

// Siteless is the number of comuni of which the registry has no address that
// could be visited.
func (t Tally) Siteless() int { return t.Reach[page.ReachNoURL] + t.Reach[page.ReachBadURL] }

// Unreachable is the number of comuni with an address whose site was not read.
func (t Tally) Unreachable() int { return t.Comuni - t.Read() - t.Siteless() }

// Of is the number of comuni a check was run on, and of those with a definite
// verdict.
func (t Tally) Of(check string) (ran, definite int) {
	for w, n := range t.Findings {
		if w.Check != check {
			continue
		}
		ran += n
		if w.Verdict.Definite() {
			definite += n
		}
	}
	return ran, definite
}

// Verdicts is how often each verdict was given, by any check.
func (t Tally) Verdicts() map[finding.Verdict]int {
	out := map[finding.Verdict]int{}
	for w, n := range t.Findings {
		out[w.Verdict] += n
	}
	return out
}

func (t *Tally) add(a record.Assessment) {
	if t.Reach == nil {
		t.Reach, t.Findings = map[page.Reach]int{}, map[Word]int{}
	}
	t.Comuni++
	t.Reach[a.Visit.Reach]++
	for _, f := range a.Findings {
		t.Findings[wordOf(f)]++
	}
}

// remove takes back what add counted of an assessment.
func (t *Tally) remove(a record.Assessment) {
	t.Comuni--
	less(t.Reach, a.Visit.Reach)
	for _, f := range a.Findings {
		less(t.Findings, wordOf(f))
	}
}

func less[K comparable](counts map[K]int, k K) {
	if counts[k]--; counts[k] <= 0 {
		delete(counts, k)
	}
}

func wordOf(f finding.Finding) Word {
	return Word{Check: f.Check, Verdict: f.Verdict, Reason: f.Reason}
}

func (t Tally) clone() Tally {
	t.Reach, t.Findings = maps.Clone(t.Reach), maps.Clone(t.Findings)
	return t
}
