package web

// Charts: bars drawn on the server as SVG, each beside the table with the same
// numbers. Every bar bears its numbers in words, so that no colour need be told
// from another. The words are text of the page: long ones break into lines.

import (
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
)

// Sizes in the units of the drawing, which is as wide as a telephone.
const (
	chartWidth = 320 // of a bar
	maxBars    = 40
)

// chart is bars one below the other.
type chart struct {
	ID, Title string
	Bars      []bar
}

type bar struct {
	Label, Words string
	Segments     []segment
}

// segment is a part of a bar; its class is a verdict or "plain".
type segment struct {
	Class    string
	X, Width int
}

// part is what a segment is made from.
type part struct {
	class string
	n     int
}

// add draws one more bar of which the whole length stands for whole.
func (c *chart) add(label, words string, whole int, parts ...part) {
	if len(c.Bars) == maxBars || whole <= 0 {
		return
	}
	b := bar{Label: label, Words: words}
	sum := 0
	for _, p := range parts {
		from := sum * chartWidth / whole
		sum = min(sum+max(p.n, 0), whole)
		if to := sum * chartWidth / whole; to > from {
			b.Segments = append(b.Segments, segment{p.class, from, to - from})
		}
	}
	c.Bars = append(c.Bars, b)
}

// tally counts comuni by the verdict that may be told of one check.
type tally [6]int

func (t *tally) count(e entry) { t[e.toldVerdict]++ }

func (t tally) of(v finding.Verdict) int { return t[indexOf(verdicts, v, finding.Unknown)] }

// definite is how many comuni the check could judge.
func (t tally) definite() int {
	n := 0
	for i, v := range verdicts {
		if v.Definite() {
			n += t[i]
		}
	}
	return n
}

func (t tally) all() int {
	n := 0
	for _, x := range t {
		n += x
	}
	return n
}

// drawTally adds the bar of a check.
func (s *Server) drawTally(c *chart, label string, t tally) {
	var words []string
	var parts []part
	for _, v := range []finding.Verdict{finding.Fail, finding.Warn, finding.Unknown, finding.Pass} {
		if n := t.of(v); n > 0 {
			words = append(words, symbol(v)+" "+s.o.Messages.Number(n))
			parts = append(parts, part{string(v), n})
		}
	}
	c.add(label, strings.Join(words, "  "), t.all()-t.of(finding.NotApplicable)-t.of(finding.Info), parts...)
}

// comuneLink is a comune in a list.
type comuneLink struct{ Name, Link string }

// named are comuni by name, the first so many of them.
type names struct {
	Comuni []comuneLink
	More   string // how many are left out; empty: none
	All    string // address of the list of all
}

// namesOf lists comuni, each leading to what was found by a check; "": to its
// sheet. Where most are not enough, the rest are on the list at the address all.
func (s *Server) namesOf(comuni []*comune, check string, most int, all string) names {
	out := names{All: all}
	for _, c := range comuni[:min(len(comuni), most)] {
		out.Comuni = append(out.Comuni, comuneLink{c.name, c.link(check)})
	}
	if left := len(comuni) - most; left > 0 {
		out.More = s.o.Messages.Count("wall.more", left)
	}
	return out
}

// link is the address of what was found of a comune by a check; "": of its sheet.
func (c *comune) link(check string) string {
	link := sectionComuni + "/" + c.istat
	if check != "" {
		link += "#check-" + check
	}
	return link
}

// slug is a name as part of an address.
func slug(name string) string { return strings.ReplaceAll(searchKey(name), " ", "-") }
