package report

// This file counts the sheets of one run: by reach, by comune and by check, each
// count with what it is a part of.

import (
	"slices"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
)

// Summary counts a set of sheets. Its field names are part of the interface.
type Summary struct {
	Comuni  int          `json:"comuni"`          // all of them
	Reached int          `json:"reached"`         // those whose site was read
	Reach   []ReachTotal `json:"reach"`           // in the interface's order, those that occur
	Checks  []CheckTotal `json:"checks"`          // by id
	Shared  []SharedNote `json:"shared,omitzero"` // publications of AgID's that several comuni link, one of these among them
}

// ReachTotal counts the comuni of one reach.
type ReachTotal struct {
	Reach page.Reach `json:"reach"`
	Word  string     `json:"word"`
	Count int        `json:"count"`
}

// CheckTotal counts the verdicts of one check.
type CheckTotal struct {
	Check    string         `json:"check"`
	Title    string         `json:"title"`
	Nature   finding.Nature `json:"nature"`
	Assessed int            `json:"assessed"` // comuni with a definite verdict
	Of       int            `json:"of"`       // comuni that the check was run on
	Verdicts []Total        `json:"verdicts"` // those that occur, worst first
}

// Summarise counts sheets made with one catalogue.
func Summarise(sheets []Sheet) Summary {
	s := Summary{Comuni: len(sheets)}
	byCheck := map[string][]Row{}
	for _, sheet := range sheets {
		if sheet.Reach == page.ReachOK {
			s.Reached++
		}
		s.Reach = countReach(s.Reach, sheet)
		for _, r := range sheet.Findings {
			byCheck[r.Check] = append(byCheck[r.Check], r)
		}
	}
	slices.SortFunc(s.Reach, func(a, b ReachTotal) int { return place(page.Reaches(), a.Reach) - place(page.Reaches(), b.Reach) })
	for _, rows := range byCheck {
		t := CheckTotal{Check: rows[0].Check, Title: rows[0].Title, Nature: rows[0].Nature, Of: len(rows), Verdicts: totals(rows)}
		for _, v := range t.Verdicts {
			if v.Verdict.Definite() {
				t.Assessed += v.Count
			}
		}
		s.Checks = append(s.Checks, t)
	}
	slices.SortFunc(s.Checks, func(a, b CheckTotal) int {
		if a.Check < b.Check {
			return -1
		}
		return 1
	})
	return s
}

func countReach(list []ReachTotal, s Sheet) []ReachTotal {
	i := slices.IndexFunc(list, func(t ReachTotal) bool { return t.Reach == s.Reach })
	if i < 0 {
		return append(list, ReachTotal{Reach: s.Reach, Word: s.ReachText.Word, Count: 1})
	}
	list[i].Count++
	return list
}

// CountOf is the number of findings of a verdict.
func CountOf(totals []Total, v finding.Verdict) int {
	for _, t := range totals {
		if t.Verdict == v {
			return t.Count
		}
	}
	return 0
}
