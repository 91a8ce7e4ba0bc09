package report

// What is to be done in a province, the quickest first, and by supplier.

import (
	"cmp"
	"fmt"
	"iter"
	"slices"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
)

// Ticket is one thing to ask for: the same check, for the same reason and, where
// a supplier can mend it for all, on sites of the same platform.
type Ticket struct {
	ID       string          `json:"id"`
	Check    string          `json:"check"`
	Title    string          `json:"title"`
	Nature   finding.Nature  `json:"nature"`
	Verdict  finding.Verdict `json:"verdict"`
	Reason   finding.Reason  `json:"reason"`
	Text     string          `json:"text"`
	Remedy   string          `json:"remedy"`
	Laws     []LawText       `json:"laws,omitzero"`
	Who      []string        `json:"who"`    // in words
	Effort   checks.Effort   `json:"effort"` // of each comune, or once of the supplier
	Long     string          `json:"effort_text"`
	Supplier string          `json:"supplier,omitzero"` // where the supplier can do it for all of them
	Platform string          `json:"platform,omitzero"`
	Comuni   []Addressed     `json:"comuni"`
}

// Addressed is a comune that can be written to.
type Addressed struct {
	Counted
	PEC string `json:"pec,omitzero"`
}

// Supplier is whose platform some of the comuni use, and what can be asked of
// them once for many.
type Supplier struct {
	Name      string    `json:"name"`
	Platforms []string  `json:"platforms"`
	Comuni    []Counted `json:"comuni"`
	Tickets   []string  `json:"tickets"` // ids in the worklist
}

// efforts lists the efforts, the least first.
func efforts() []checks.Effort {
	return []checks.Effort{checks.EffortMinutes, checks.EffortHours, checks.EffortDays, checks.EffortWeeks, checks.EffortNone}
}

// worklist is what the sheets ask for: by effort, reds first, then what mends
// most comuni.
func (c *counting) worklist(p Province) []Ticket {
	list, err := newWorklist(everySheet(p.Sheets), HTMLOptions{Checks: c.o.Checks, Text: c.o.Text})
	if err != nil { // a list of sheets has none
		return []Ticket{}
	}
	pecs := map[string]string{}
	for _, m := range p.Comuni {
		pecs[m.Istat] = m.PEC
	}
	out := []Ticket{}
	for _, j := range list.sorted() {
		m := c.metas[j.Check]
		supplier := ""
		if slices.Contains(m.Who, checks.WhoSupplier) {
			supplier = j.Supplier
		}
		same := func(t Ticket) bool {
			return t.Check == j.Check && t.Verdict == j.Verdict && t.Reason == j.Reason && t.Supplier == ""
		}
		// What each comune sees to by itself is one item whatever its platform.
		if i := slices.IndexFunc(out, same); i >= 0 && supplier == "" {
			out[i].Comuni = append(out[i].Comuni, addressed(j, pecs)...)
			out[i].Platform, out[i].Remedy = "", m.Remedy(j.Reason, c.o.Text.Lang())
			continue
		}
		t := Ticket{
			Check: j.Check, Title: j.Title, Nature: j.Nature, Verdict: j.Verdict, Reason: j.Reason, Text: j.ReasonText, Remedy: j.Remedy,
			Laws: j.Laws, Who: j.Who, Effort: m.Effort, Long: j.Effort, Supplier: supplier, Platform: j.Platform,
			Comuni: addressed(j, pecs),
		}
		out = append(out, t)
	}
	slices.SortStableFunc(out, func(a, b Ticket) int {
		return cmp.Or(
			cmp.Compare(place(efforts(), a.Effort), place(efforts(), b.Effort)),
			cmp.Compare(rank(a.Verdict), rank(b.Verdict)),
			cmp.Compare(len(b.Comuni), len(a.Comuni)),
		)
	})
	for i := range out {
		out[i].ID = fmt.Sprintf("w%d", i+1)
	}
	return out
}

func addressed(j Job, pecs map[string]string) []Addressed {
	var out []Addressed
	for _, n := range j.Comuni {
		out = append(out, Addressed{
			Counted: Counted{Istat: n.Istat, Comune: n.Name, Province: n.Province, URL: n.URL, Anchor: findingAnchor(n.Istat, j.Check)},
			PEC:     pecs[n.Istat],
		})
	}
	return out
}

func everySheet(sheets []Sheet) iter.Seq2[Sheet, error] {
	return func(yield func(Sheet, error) bool) {
		for _, s := range sheets {
			if !yield(s, nil) {
				return
			}
		}
	}
}

// suppliersOf are those whose platforms were recognised, the most used first.
func suppliersOf(p Province) []Supplier {
	by := map[string]*Supplier{}
	for _, m := range p.Comuni {
		if m.Supplier == "" {
			continue
		}
		s := by[m.Supplier]
		if s == nil {
			s = &Supplier{Name: m.Supplier, Tickets: []string{}}
			by[m.Supplier] = s
		}
		if !slices.Contains(s.Platforms, m.Platform) {
			s.Platforms = append(s.Platforms, m.Platform)
		}
		s.Comuni = append(s.Comuni, Counted{
			Istat: m.Istat, Comune: m.Comune, Province: m.Province, URL: m.Site, Anchor: findingAnchor(m.Istat, platformCheck),
		})
	}
	for _, t := range p.Worklist {
		if s := by[t.Supplier]; s != nil {
			s.Tickets = append(s.Tickets, t.ID)
		}
	}
	out := make([]Supplier, 0, len(by))
	for _, s := range by {
		slices.Sort(s.Platforms)
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b Supplier) int {
		return cmp.Or(cmp.Compare(len(b.Comuni), len(a.Comuni)), cmp.Compare(a.Name, b.Name))
	})
	return out
}
