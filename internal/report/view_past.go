package report

// What was, and what changed: the visits of one comune, and the transitions of
// many.

import (
	"slices"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
)

// PastVisit is one visit in the history of a comune. Its field names are part
// of the interface.
type PastVisit struct {
	Run       string       `json:"run"`
	CheckedAt time.Time    `json:"checked_at"` // UTC
	Reach     page.Reach   `json:"reach"`
	Totals    []Total      `json:"totals"`  // verdicts that occur, worst first
	Changes   []PastChange `json:"changes"` // never nil
	First     bool         `json:"first,omitzero"`
}

// PastChange is one check whose definite verdict, reason or value changed with
// a visit.
type PastChange struct {
	Check      string          `json:"check"`
	Title      string          `json:"title"`
	From       finding.Verdict `json:"from"`
	FromReason finding.Reason  `json:"from_reason,omitzero"`
	To         finding.Verdict `json:"to"`
	ToReason   finding.Reason  `json:"to_reason,omitzero"`
}

// Past tells a history, given newest first, in the same order. A change is
// found by going through the visits given: First marks the oldest of them,
// which has nothing before it. The dates are those of the zone rome.
func Past(history []record.Assessment, rome *time.Location, o SheetOptions) []PastVisit {
	out := make([]PastVisit, 0, len(history))
	var view record.Latest
	for i, a := range slices.Backward(history) {
		var changes []record.Change
		view, changes = view.Take(a, record.NightOf(a.Started, rome))
		v := PastVisit{
			Run: shown(a.Run), CheckedAt: a.Started.UTC(), Reach: a.Visit.Reach, Totals: totalsOf(a.Findings),
			Changes: []PastChange{}, First: i == len(history)-1,
		}
		for _, c := range changes {
			v.Changes = append(v.Changes, PastChange{
				Check: shown(c.Check), Title: metaOf(o.Checks, c.Check).Title(o.Text.Lang()),
				From: c.From.Verdict, FromReason: c.From.Reason, To: c.To.Verdict, ToReason: c.To.Reason,
			})
		}
		out = append(out, v)
	}
	slices.Reverse(out)
	return out
}

// totalsOf counts findings by verdict; never nil.
func totalsOf(fs []finding.Finding) []Total {
	rows := make([]Row, len(fs))
	for i, f := range fs {
		rows[i].Verdict = f.Verdict
	}
	if t := totals(rows); t != nil {
		return t
	}
	return []Total{}
}

// ChangeLine is one transition in a list. Its field names are those of the
// export where it has them; strings from outside are clean.
type ChangeLine struct {
	Istat    string    `json:"istat"`
	Comune   string    `json:"comune"`
	Province string    `json:"provincia"`
	Region   string    `json:"regione"`
	Check    string    `json:"check"`
	From     StateLine `json:"from"`
	To       StateLine `json:"to"`
	At       time.Time `json:"at"` // UTC
	Run      string    `json:"run"`
}

// StateLine is what a definite finding says.
type StateLine struct {
	Verdict finding.Verdict `json:"verdict"`
	Reason  finding.Reason  `json:"reason,omitzero"`
	Value   string          `json:"value,omitzero"`
}

// NewChangeLine is the line of a change.
func NewChangeLine(c record.Change) ChangeLine {
	state := func(s record.State) StateLine {
		return StateLine{Verdict: s.Verdict, Reason: s.Reason, Value: shown(s.Value)}
	}
	return ChangeLine{
		Istat: shown(c.Istat), Comune: shown(c.Comune), Province: shown(c.Province), Region: shown(c.Region),
		Check: shown(c.Check), From: state(c.From), To: state(c.To), At: c.At.UTC(), Run: shown(c.Run),
	}
}
