// Package record holds what is kept: the assessment of one comune, the run it
// belongs to, and the standing of each check over time.
package record

import (
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/agid"
	"github.com/vigile-it/vigile/internal/registry"
)

// Assessment is one look at one comune, whole: the unit that is stored.
type Assessment struct {
	Run      string            `json:"run"`
	Started  time.Time         `json:"started"` // UTC
	Comune   registry.Comune   `json:"comune"`  // as it was that day
	Visit    page.Visit        `json:"visit"`
	Facts    []finding.Fact    `json:"facts,omitzero"`
	Findings []finding.Finding `json:"findings"` // sorted by check

	// Answers are what AgID said of the publications linked, by the canonical
	// URL of the link; nil where it was not asked.
	Answers map[string]agid.Answer `json:"answers,omitzero"`
}

// RunKind tells a scheduled night from a crawl that somebody asked for.
type RunKind string

// The kinds of run.
const (
	Night   RunKind = "notte"
	Request RunKind = "richiesta"
)

// Run is one crawl of one or many comuni.
type Run struct {
	ID        string    `json:"id"`
	Kind      RunKind   `json:"kind"`
	Night     string    `json:"night,omitzero"` // of a Night: its date in Rome, 2006-01-02 (see NightOf)
	Started   time.Time `json:"started"`
	Ended     time.Time `json:"ended,omitzero"`  // zero: still going, or cut off
	Selection string    `json:"selection"`       // what was asked, in words
	Checks    []string  `json:"checks,omitzero"` // nil: all
	Expected  int       `json:"expected"`
	Done      int       `json:"done"`
	Version   string    `json:"version,omitzero"` // of vigile
}

// Standing is the latest word on one check of one comune, with its memory:
// Unknown never erases the last definite finding.
type Standing struct {
	Finding        finding.Finding `json:"finding"` // of the last visit that ran this check
	Run            string          `json:"run"`
	Checked        time.Time       `json:"checked"`
	FirstSeen      time.Time       `json:"first_seen"`            // the first time this check was judged for this comune
	LastChanged    time.Time       `json:"last_changed,omitzero"` // when the definite verdict, reason or value last became what it is; zero: never definite
	LastDefinite   finding.Finding `json:"last_definite,omitzero"`
	LastDefiniteAt time.Time       `json:"last_definite_at,omitzero"`
	Nights         int             `json:"nights,omitzero"` // on how many dates in Rome the definite finding was made since LastChanged
	Night          string          `json:"night,omitzero"`  // the last of those dates, 2006-01-02
}

// Latest is the present view of one comune.
type Latest struct {
	Comune    registry.Comune `json:"comune"`
	Visit     page.Visit      `json:"visit"` // of the newest assessment
	Run       string          `json:"run"`
	Checked   time.Time       `json:"checked"`
	Standings []Standing      `json:"standings"` // sorted by check

	ReachSince  time.Time `json:"reach_since,omitzero"`  // the first visit of the unbroken row that ended as the newest one did
	ReachNights int       `json:"reach_nights,omitzero"` // dates in Rome of that row
	ReachNight  string    `json:"reach_night,omitzero"`  // the last of those dates, 2006-01-02
}
