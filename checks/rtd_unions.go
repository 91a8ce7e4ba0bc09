package checks

// The check rtd: the union of comuni a site says its comune belongs to. IPA
// may list one RTD for all its members on the union's row (CAD art. 17 c.
// 1-septies).

import (
	"regexp"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
)

// unionUnread is the value of a fact that speaks of a union that is not told
// from the others. Where it is, the value is the union's IPA code.
const unionUnread = "union"

// WithUnions is the comune as its judge is shown it: of the unions of its region
// those alone that the facts name.
func WithUnions(c registry.Comune, facts []finding.Fact) registry.Comune {
	var codes []string
	for _, f := range facts {
		if f.Check == rtdID && f.Kind == factUnion && f.Value != unionUnread {
			codes = append(codes, f.Value)
		}
	}
	c.RTD = c.RTD.Naming(codes)
	return c
}

var unionName = regexp.MustCompile(`(?i)union[ei]|comunit.{1,2} montan|unite des communes|unité des communes|bezirksgemeinschaft`)

// unionIn is the union that the block of a hit names: at the hit, or at the end
// of it.
func unionIn(at spot, office registry.Office) (registry.Union, bool) {
	before := len(unionName.FindAllStringIndex(at.folded[:at.end], -1))
	found := unionName.FindAllStringIndex(at.line, max(before, 1))
	if len(found) == 0 || len(found) < before {
		return registry.Union{}, false
	}
	return office.UnionCalled(at.line[found[len(found)-1][0]:])
}

// unionLinked is the union a link leads to, by its address and its words. They
// must not contradict each other.
func unionLinked(l *page.Link, office registry.Office) (registry.Union, bool) {
	there, at := office.UnionAt(l.URL)
	var said registry.Union
	called := false
	words := l.Label()
	if i := unionName.FindStringIndex(words); i != nil {
		said, called = office.UnionCalled(words[i[0]:])
	}
	switch {
	case at && called && registry.FoldIPA(there.IPA) != registry.FoldIPA(said.IPA):
		return registry.Union{}, false
	case at:
		return there, true
	}
	return said, called
}

// membership is what a case knows of the union its comune belongs to.
type membership struct {
	union  registry.Union
	stated bool           // in words, not by a link alone
	facts  []finding.Fact // that say so
}

// membershipOf is the one union with a holder that the site names. open is
// true where the site speaks of a union that nobody could look up, or whose row
// could not be read, or of several that would do.
func (k Case) membershipOf() (m membership, ok, open bool) {
	facts := k.Of(rtdID, factUnion)
	stated := slices.DeleteFunc(slices.Clone(facts), func(f finding.Fact) bool { return f.Target != "" })
	m.stated = len(stated) > 0
	if m.stated {
		facts = stated // where it is said in words, links are no more than links
	}
	for _, u := range k.Comune.RTD.Named {
		says := slices.DeleteFunc(slices.Clone(facts), func(f finding.Fact) bool { return registry.FoldIPA(f.Value) != registry.FoldIPA(u.IPA) })
		switch {
		case len(says) == 0 || len(u.Holders) == 0:
		case ok:
			return membership{}, false, true
		default:
			m.union, m.facts, ok = u, says, true
		}
	}
	if ok {
		return m, true, false
	}
	for _, f := range facts {
		known := func(u registry.Union) bool { return !u.Unread && registry.FoldIPA(u.IPA) == registry.FoldIPA(f.Value) }
		open = open || !slices.ContainsFunc(k.Comune.RTD.Named, known)
	}
	return membership{}, false, open
}

// byUnion is the pass that the row of a union proves, to which the site says
// that the comune belongs.
func byUnion(k Case, m membership, site []finding.Fact) finding.Finding {
	f := finding.Finding{Verdict: finding.Pass, Value: sourceUnion, Confidence: finding.Low}
	if m.stated {
		f.Confidence = finding.Medium
	}
	f.Evidence = first(append(rows(m.union.Holders), m.facts...), maxShown)
	f.Candidates = first(site, maxShown)
	return k.compared(f, m.union.IPA)
}

// rows are the facts of IPA's rows.
func rows(holders []registry.RTDHolder) []finding.Fact {
	var out []finding.Fact
	for _, h := range holders {
		words := strings.Join(nonEmpty(h.Name, h.Office, h.IPA, h.Updated), ", ")
		out = append(out, finding.NewFact(finding.Fact{Check: rtdID, Kind: "ipa_row", URL: RTDDataset, Place: "IPA", Value: h.IPA, Snippet: words}))
	}
	return out
}
