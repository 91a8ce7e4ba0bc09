package report

// How a count is made: which comuni are in it, which nothing is said of, and how
// it was on an earlier night.

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
)

// counting is a report being counted.
type counting struct {
	o     ProvinceOptions
	metas map[string]checks.Meta
	now   []look
	then  map[string]look // by ISTAT code; nil: nothing is compared
}

// question is one thing that is counted. Its id is the key of its title.
type question struct {
	id     string
	check  string // whose findings are behind it
	seen   bool   // what Count.Seen says
	spread bool   // what Count.Spread says

	// of answers for one comune: the groups it falls in, none where it is not
	// counted; and whether anything can be said at all.
	of func(c *counting, l look) (groups []tag, known bool)

	title string // where it is not in the catalogue of texts
}

// tag is the group a comune falls in.
type tag struct{ code, text string }

// count counts one question, and the same on the earlier night.
func (c *counting) count(q question) Count {
	out := Count{
		ID: q.id, Title: cmp.Or(q.title, c.o.Text.Text("province_report.count."+q.id)), Check: q.check, Seen: q.seen, Spread: q.spread, Others: []Counted{},
		Base: c.base(c.now, func(l look) bool { _, known := q.of(c, l); return known }),
	}
	counted, unsure, left := newGroups(), newGroups(), newGroups()
	likely := 0
	for _, l := range c.now {
		tags, known := q.of(c, l)
		if !known {
			left.add(c.why(l, q.check), c.counted(l, q.check))
			all := l
			all.Latest = l.whole
			tags, known = q.of(c, all)
			if known {
				likely++
			}
			if known && len(tags) == 0 {
				out.Doubtful = append(out.Doubtful, c.counted(l, q.check))
			}
			for _, t := range tags {
				unsure.add(t, c.counted(l, q.check))
			}
			continue
		}
		if len(tags) > 0 {
			out.Comuni++
		} else {
			out.Others = append(out.Others, c.counted(l, q.check))
		}
		for _, t := range tags {
			counted.add(t, c.counted(l, q.check))
		}
	}
	out.Groups, out.Unsure, out.Left = counted.sorted(), unsure.sorted(), left.sorted()
	if likely > 0 {
		out.Likely = &Likely{Comuni: out.Comuni + out.ToConfirm(), Assessed: out.Base.Assessed + likely}
	}
	if c.then != nil {
		out.Then = c.compare(q)
	}
	return out
}

// base says of how many something is known, and why not of the others.
func (c *counting) base(of []look, known func(look) bool) Base {
	b := Base{Comuni: len(of)}
	for _, l := range of {
		switch {
		case known(l):
			b.Assessed++
		case l.noSite():
			b.NoSite++
		case l.Visit.Reach != page.ReachOK:
			b.Unreachable++
		default:
			b.Open++
		}
	}
	return b
}

// compare counts a question on the earlier night, and says who came and who
// went of those assessed both times.
func (c *counting) compare(q question) *Compare {
	out := &Compare{Entered: []Counted{}, Gone: []Counted{}, Unsettled: []Counted{}, Counted: []Counted{}}
	var before []look
	for _, l := range c.now {
		was, there := c.then[l.Comune.Istat]
		if there {
			before = append(before, was)
		}
		tags, known := q.of(c, l)
		old, knew := []tag(nil), false
		if there {
			old, knew = q.of(c, was)
		}
		switch {
		case knew && len(old) > 0:
			out.Comuni++
			out.Counted = append(out.Counted, c.counted(l, q.check))
		case knew:
			out.Others = append(out.Others, c.counted(l, q.check))
		}
		switch {
		case known != knew:
			out.Uncertain++
			out.Unsettled = append(out.Unsettled, c.counted(l, q.check))
		case !known:
		case len(tags) > 0 && len(old) == 0:
			out.Entered = append(out.Entered, c.counted(l, q.check))
		case len(tags) == 0 && len(old) > 0:
			out.Gone = append(out.Gone, c.counted(l, q.check))
		}
	}
	out.Base = c.base(before, func(l look) bool { _, known := q.of(c, l); return known })
	return out
}

// why says why nothing is said of a comune. What happened to a site that could
// not be read is told once, where those sites are counted.
func (c *counting) why(l look, check string) tag {
	f, ran := l.finding(check)
	switch {
	case l.noSite():
		return tag{LeftNoSite, c.o.Text.Text("province_report.count.no-site")}
	case l.Visit.Reach != page.ReachOK:
		return tag{LeftUnreachable, c.o.Text.Text("province_report.count.unreachable")}
	case !ran:
		return tag{"not_run", c.o.Text.Text("province_report.not_run")}
	}
	return c.reason(f, l)
}

// reached is the group of how a visit ended.
func (c *counting) reached(l look) tag {
	return tag{string(l.Visit.Reach), c.o.Text.Text("reach." + string(l.Visit.Reach) + ".word")}
}

// counted is a comune with the page behind a finding.
func (c *counting) counted(l look, check string) Counted {
	out := Counted{Istat: shown(l.Comune.Istat), Comune: shown(l.Comune.Name), Province: shown(l.Comune.Province), Anchor: comuneAnchor(l.Comune.Istat)}
	f, ran := l.finding(check)
	if ran {
		out.Anchor = findingAnchor(l.Comune.Istat, check)
		out.URL = address(evidenceURL(f))
	}
	out.URL = cmp.Or(out.URL, address(cmp.Or(l.Visit.FinalURL, l.Comune.Site.URL)))
	return out
}

// comuneAnchor is where a comune stands in a report, findingAnchor one of its
// findings.
func comuneAnchor(istat string) string { return "c" + anchorOf(istat) }

func findingAnchor(istat, check string) string { return comuneAnchor(istat) + "-" + anchorOf(check) }

// anchorOf is a code as part of an anchor: nothing in it can end one.
func anchorOf(code string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, shown(code))
}

// reason is the group of a finding's reason; that of its verdict where it has none.
func (c *counting) reason(f finding.Finding, l look) tag {
	if f.Reason == "" {
		return tag{string(f.Verdict), c.o.Text.Text("verdict." + string(f.Verdict))}
	}
	return tag{shown(string(f.Reason)), strings.TrimSuffix(shown(ReasonText(c.o.Text, f, l.Visit.Reach)), ".")}
}

// value is the group of one value of a check.
func (c *counting) value(check, value string) tag {
	value = shown(value)
	key := "province_report.value." + check + "." + value
	switch v := c.metas[check].Values[value]; {
	case v.Name != "":
		return tag{value, v.Name}
	case c.o.Text.Has(key):
		return tag{value, c.o.Text.Text(key)}
	}
	return tag{value, value}
}

// groups gathers comuni by group.
type groups struct{ by map[string]*Group }

func newGroups() groups { return groups{map[string]*Group{}} }

func (g groups) add(t tag, c Counted) {
	if g.by[t.code] == nil {
		g.by[t.code] = &Group{Code: t.code, Text: t.text}
	}
	g.by[t.code].Comuni = append(g.by[t.code].Comuni, c)
}

// sorted are the groups, the largest first; never nil.
func (g groups) sorted() []Group {
	out := make([]Group, 0, len(g.by))
	for _, x := range g.by {
		out = append(out, *x)
	}
	slices.SortFunc(out, func(a, b Group) int {
		return cmp.Or(cmp.Compare(len(b.Comuni), len(a.Comuni)), cmp.Compare(a.Code, b.Code))
	})
	return out
}
