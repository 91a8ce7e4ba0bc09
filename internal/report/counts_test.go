package report

// Whatever the data: the numbers of each report add up to the comuni it is of.

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/record"
)

func TestTheNumbersOfEveryReportAddUp(t *testing.T) {
	o := smallOptions(t)
	weights := standardWeights(t)
	rapid.Check(t, func(t *rapid.T) {
		views := anyProvince(t, o.Checks)
		provinceAddsUp(t, views, o)
		indexAddsUp(t, NewIndex(views, IndexOptions{Weights: weights, Checks: o.Checks, Text: o.Text, Detail: true}), len(views))
		comparisonAddsUp(t, views, o)
		suppliersAddUp(t, views, o)
		summaryAddsUp(t, views, o)
		for _, l := range views {
			questionsAddUp(t, l, QuestionOptions{Checks: o.Checks, Text: o.Text, Peers: views, Weights: weights})
		}
	})
}

// provinceAddsUp looks at what TestCountsAddUp does not: the lists.
func provinceAddsUp(t *rapid.T, views []record.Latest, o ProvinceOptions) {
	p := NewProvince(views, o)
	if len(p.Comuni) != len(views) || len(p.RTD) != len(views) || len(p.Sheets) != len(views) {
		t.Errorf("%d comuni, %d RTDs, %d sheets of %d", len(p.Comuni), len(p.RTD), len(p.Sheets), len(views))
	}
	identified := countCalledIn(p, "rtd-source").Comuni
	for _, s := range p.SharedRTD {
		if n := len(s.Comuni); n > identified || n != len(countedIn([]Group{{Comuni: s.Comuni}})) {
			t.Errorf("an RTD of %d comuni, %d are identified", n, identified)
		}
	}
	for _, x := range p.Practice {
		fails := 0
		for _, l := range looks(views, nil) {
			if f, _ := l.finding(x.Check); f.Verdict == finding.Fail {
				fails++
			}
		}
		if len(x.Lines) != fails {
			t.Errorf("%s: good practice for %d comuni, %d fail", x.Check, len(x.Lines), fails)
		}
	}
	asked := map[[2]string]int{}
	for _, w := range p.Worklist {
		for _, c := range w.Comuni {
			asked[[2]string{w.Check, c.Istat}]++
		}
	}
	for key, n := range asked {
		if n != 1 {
			t.Errorf("%v is asked for %d times", key, n)
		}
	}
	of := map[string]int{}
	for _, s := range p.Suppliers {
		for _, c := range s.Comuni {
			of[c.Istat]++
		}
	}
	for istat, n := range of {
		if n != 1 {
			t.Errorf("%s has %d suppliers", istat, n)
		}
	}
}

func indexAddsUp(t *rapid.T, x Index, comuni int) {
	if b := x.Base; b.Ranked+b.Partial+b.None != b.Comuni || b.Comuni != comuni || len(x.Comuni) != comuni {
		t.Errorf("%+v of %d", b, comuni)
	}
	classes := 0
	for _, c := range x.Classes {
		classes += c.Comuni
	}
	page := indexPage{Index: x}
	shown := 0
	for _, w := range page.Measured() {
		shown += len(w.Which)
	}
	if classes != comuni || shown != comuni {
		t.Errorf("%d in classes, %d by what was measured, of %d", classes, shown, comuni)
	}
	for _, l := range x.Comuni {
		for _, r := range l.Ranks {
			if r.Place < 1 || r.Place > r.Of || r.Of > x.Base.Ranked {
				t.Errorf("%+v of %d ranked", r, x.Base.Ranked)
			}
		}
	}
}

func comparisonAddsUp(t *rapid.T, views []record.Latest, o ProvinceOptions) {
	var bodies []Compared
	for i := range views {
		bodies = append(bodies, Compared{View: &views[i]})
	}
	c, err := NewComparison(bodies, CompareOptions{Checks: o.Checks, Text: o.Text})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range c.Sections {
		for _, row := range s.Rows {
			answers := map[Answer]int{}
			for _, cell := range row.Cells {
				answers[cell.Answer]++
			}
			if n := answers[AnswerYes] + answers[AnswerPartly] + answers[AnswerNo] + answers[AnswerAsk]; n != len(views) || len(row.Cells) != len(views) {
				t.Errorf("%s: %v of %d", row.ID, answers, len(views))
			}
		}
	}
}

func suppliersAddUp(t *rapid.T, views []record.Latest, o ProvinceOptions) {
	all := func(yield func(record.Latest, error) bool) {
		for _, l := range views {
			if !yield(l, nil) {
				return
			}
		}
	}
	recognised := 0
	for _, l := range views {
		if metaOf(o.Checks, platformCheck).Values[viewPlatform(l)].Supplier != "" {
			recognised++
		}
	}
	for _, s := range Suppliers(o.Checks) {
		n, err := NewSupplierNotice(all, s, NoticeOptions{Checks: o.Checks, Text: o.Text, Now: provinceNow})
		if err != nil && !errors.Is(err, ErrNothingToTell) {
			t.Fatal(err)
		}
		recognised -= n.Comuni
		for _, f := range n.Shared {
			if len(f.Comuni) < 2 || len(f.Comuni) > f.Assessed || f.Assessed > n.Comuni {
				t.Errorf("%s, %s: %d of %d assessed, of %d comuni", s, f.Check, len(f.Comuni), f.Assessed, n.Comuni)
			}
		}
	}
	if recognised != 0 {
		t.Errorf("%d comuni on a supplier's platform are nobody's", recognised)
	}
}

func summaryAddsUp(t *rapid.T, views []record.Latest, o ProvinceOptions) {
	var sheets []Sheet
	for _, l := range views {
		sheets = append(sheets, PresentSheet(l, SheetOptions{Checks: o.Checks, Text: o.Text}))
	}
	s := Summarise(sheets)
	reaches := 0
	for _, r := range s.Reach {
		reaches += r.Count
	}
	if reaches != len(views) || s.Comuni != len(views) || s.Reached > s.Comuni {
		t.Errorf("%d by reach, %d comuni of %d", reaches, s.Comuni, len(views))
	}
	for _, c := range s.Checks {
		all := 0
		for _, v := range c.Verdicts {
			all += v.Count
		}
		if all != c.Of || c.Assessed+CountOf(c.Verdicts, finding.Unknown) != c.Of || c.Of > len(views) {
			t.Errorf("%s: %+v", c.Check, c)
		}
	}
}

func questionsAddUp(t *rapid.T, l record.Latest, o QuestionOptions) {
	q, err := NewQuestionnaire(l, o)
	if err != nil {
		t.Fatal(err)
	}
	all, filled := 0, 0
	for _, s := range q.Sections {
		for _, x := range s.Questions {
			all++
			if x.Filling != FilledNot {
				filled++
			}
		}
	}
	want := 54
	if q.Form == "small" {
		want = 43
	}
	if q.Asked != want || q.Shown != want || all != want || q.Filled != filled {
		t.Errorf("%d asked, %d shown, %d there; %d filled, %d counted", q.Asked, q.Shown, all, filled, q.Filled)
	}
	for _, a := range q.Assessing {
		comuni := len(o.Peers)
		for _, g := range slices.Backward(a.Peers) { // the widest scope first
			if g.Measured > g.Comuni || g.Comuni > comuni || (g.Measured == 0) != (g.Mean == nil) {
				t.Errorf("%s: %+v of %d", a.ID, g, comuni)
			}
			comuni = g.Comuni
		}
	}
}
