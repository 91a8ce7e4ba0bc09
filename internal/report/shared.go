package report

// Publications of AgID's that several comuni link: as a rule a template whose
// link nobody changed. One comune alone cannot show it.

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/record"
)

// Shared is one publication and every comune that links it, by ISTAT code.
type Shared struct {
	URL    string // lower case
	Comuni []Named
}

// Bearers notes who links which publication. The zero value is ready.
type Bearers struct {
	by map[string]map[string]Named
}

// Add notes the publications that a comune's facts show links to, objectives
// included.
func (b *Bearers) Add(c Named, facts ...finding.Fact) {
	for _, f := range facts {
		address, ok := checks.PublicationOf(f)
		if !ok {
			continue
		}
		if b.by == nil {
			b.by = map[string]map[string]Named{}
		}
		key := strings.ToLower(address) // IPA's codes are written either way
		if b.by[key] == nil {
			b.by[key] = map[string]Named{}
		}
		if _, known := b.by[key][c.Istat]; !known {
			c.URL = f.URL
			b.by[key][c.Istat] = c
		}
	}
}

// Shared lists the publications with more than one bearer, the most borne first.
func (b *Bearers) Shared() []Shared {
	var out []Shared
	for url, bearers := range b.by {
		if len(bearers) < 2 {
			continue
		}
		s := Shared{URL: url}
		for _, c := range bearers {
			s.Comuni = append(s.Comuni, c)
		}
		slices.SortFunc(s.Comuni, func(x, y Named) int { return cmp.Compare(x.Istat, y.Istat) })
		out = append(out, s)
	}
	slices.SortFunc(out, func(x, y Shared) int {
		return cmp.Or(cmp.Compare(len(y.Comuni), len(x.Comuni)), cmp.Compare(x.URL, y.URL))
	})
	return out
}

// PublicationChecks are the checks whose findings show links to publications:
// what a query for SharedPublications may be narrowed to.
func PublicationChecks() []string {
	return []string{"accessibility-declaration", "accessibility-objectives"}
}

// Bears tells whether a view shows a link to a publication at all.
func Bears(l record.Latest) bool {
	var b Bearers
	b.addView(l)
	return len(b.by) > 0
}

func (b *Bearers) addView(l record.Latest) {
	c := Named{Istat: l.Comune.Istat, Name: l.Comune.Name, Province: l.Comune.Province, IPA: l.Comune.IPA}
	for _, s := range l.Standings {
		b.Add(c, s.Finding.Evidence...)
		b.Add(c, s.Finding.Candidates...)
	}
}

// SharedPublications lists them from the present view of all comuni: what their
// findings show as evidence and as candidates.
func SharedPublications(latest iter.Seq2[record.Latest, error]) ([]Shared, error) {
	var b Bearers
	for l, err := range latest {
		if err != nil {
			return nil, err
		}
		b.addView(l)
	}
	return b.Shared(), nil
}
