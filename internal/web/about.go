package web

// What the checks say about themselves, indexed for counting.

import (
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/report"
)

// platformCheck is the check whose value is the platform of a site.
const platformCheck = "cms"

// about is the catalogue of checks, sorted by id. A check is known by its index.
type about struct {
	metas []report.Meta
	index map[string]uint16
}

func newAbout(metas []report.Meta) *about {
	a := &about{metas: slices.Clone(metas), index: make(map[string]uint16, len(metas))}
	slices.SortFunc(a.metas, func(x, y report.Meta) int { return strings.Compare(x.ID, y.ID) })
	for i, m := range a.metas {
		a.index[m.ID] = uint16(i)
	}
	return a
}

func (a *about) knows(check string) bool {
	_, ok := a.index[check]
	return ok
}

func (a *about) obligation(check uint16) bool {
	return a.metas[check].Nature == finding.Obligation
}

// platform is the platform a value of that check stands for and its supplier,
// each empty where the catalogue does not have it: what a site says of itself
// never becomes a label.
func (a *about) platform(value string) (cms, supplier string) {
	i, ok := a.index[platformCheck]
	if !ok {
		return "", ""
	}
	v, ok := a.metas[i].Values[value]
	if !ok {
		return "", ""
	}
	return value, v.Supplier
}

// sizeClass is the class of a comune by its inhabitants; 0: unknown.
func sizeClass(population int) string {
	switch {
	case population <= 0:
		return "unknown"
	case population < 1_000:
		return "<1000"
	case population < 5_000:
		return "1000-4999"
	case population < 15_000:
		return "5000-14999"
	case population < 50_000:
		return "15000-49999"
	}
	return ">=50000"
}
