package report

// Good practice: for each comune that fails, others like it that do not: of the
// same report, and where there are too few of those, of the region and of the
// rest of the country.

import (
	"cmp"
	"math"
	"slices"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/record"
)

// mostAlike is how many comuni are named to one that fails.
const mostAlike = 3

// Practice is one duty, with those that fail it and whom they can ask.
type Practice struct {
	Check string         `json:"check"`
	Title string         `json:"title"`
	Lines []PracticeLine `json:"comuni"`
}

// PracticeLine is a comune that fails, and at most three like it that pass.
type PracticeLine struct {
	Counted
	Like []Like `json:"like"`
}

// Like is a comune that passes, and in what it is like the other.
type Like struct {
	Counted
	Platform bool `json:"same_platform"`
	Size     bool `json:"same_size"`
	Km       int  `json:"km,omitzero"`     // as the crow flies; 0: not known, or less than one
	Beyond   bool `json:"beyond,omitzero"` // not one of the comuni of the report: nothing else in it tells of it
}

// akin tells that they are alike in more than that one is known to be so far
// from the other.
func (l Like) akin() bool { return l.Platform || l.Size }

// practice compares the comuni of the report with each other, duty by duty.
func (c *counting) practice(members []Member) []Practice {
	out := []Practice{}
	for _, q := range c.duties() {
		var failing, passing []int
		for i, l := range c.now {
			switch f, _ := l.finding(q.check); f.Verdict {
			case finding.Fail:
				failing = append(failing, i)
			case finding.Pass:
				passing = append(passing, i)
			}
		}
		p := Practice{Check: q.check, Title: q.title}
		for _, i := range failing {
			line := PracticeLine{Counted: c.counted(c.now[i], q.check), Like: []Like{}}
			for _, j := range alike(members[i], members, passing) {
				line.Like = append(line.Like, likeness(members[i], members[j], c.counted(c.now[j], q.check)))
			}
			p.Lines = append(p.Lines, line)
		}
		if len(failing) > 0 {
			out = append(out, p)
		}
	}
	return out
}

// alike are the members among those at hand that are most like one: of the same
// platform, of the same size, near. One it is not known to be like in anything is
// not among them.
func alike(me Member, members []Member, hand []int) []int {
	type candidate struct {
		at, unlike int
		km         float64
	}
	var best []candidate // the most like first
	for _, j := range hand {
		x := candidate{at: j, km: distance(me, members[j])}
		if !samePlatform(me, members[j]) {
			x.unlike += 2 // who makes the site matters more than how large the comune is
		}
		if !sameSize(me, members[j]) {
			x.unlike++
		}
		if x.unlike == 3 && math.IsInf(x.km, 1) {
			continue
		}
		i := len(best)
		for i > 0 && cmp.Or(cmp.Compare(x.unlike, best[i-1].unlike), cmp.Compare(x.km, best[i-1].km)) < 0 {
			i--
		}
		if i < mostAlike {
			best = slices.Insert(best, i, x)
			best = best[:min(len(best), mostAlike)]
		}
	}
	out := make([]int, len(best))
	for i, x := range best {
		out[i] = x.at
	}
	return out
}

func likeness(a, b Member, who Counted) Like {
	l := Like{Counted: who, Platform: samePlatform(a, b), Size: sameSize(a, b)}
	if km := distance(a, b); !math.IsInf(km, 1) {
		l.Km = int(math.Round(km))
	}
	return l
}

// Wanting are the checks of which some comune fails with fewer than three like it,
// by platform or by size, that pass; none where nobody need look further.
func (p Province) Wanting() []string {
	var out []string
	for _, x := range p.Practice {
		if slices.ContainsFunc(x.Lines, func(l PracticeLine) bool { return l.akin() < mostAlike }) {
			out = append(out, x.Check)
		}
	}
	return out
}

// akin is how many of those named are alike by platform or by size. They come
// first.
func (l PracticeLine) akin() int {
	if i := slices.IndexFunc(l.Like, func(x Like) bool { return !x.akin() }); i >= 0 {
		return i
	}
	return len(l.Like)
}

// Widen offers views of comuni beyond the report to the comuni that want good
// practice: of the checks that Wanting names and the check cms, brief ones are
// enough. Whoever was named before stays before those offered now, so that what
// is near is to be offered first; who is near and alike in nothing else gives way.
// The options are those that the report was made with.
func (p *Province) Widen(views []record.Latest, o ProvinceOptions) {
	c := &counting{o: o, metas: byID(o.Checks)}
	own := map[string]int{}
	for i, m := range p.Comuni {
		own[m.Istat] = i
	}
	wanting := p.Wanting()
	for _, l := range views {
		passes := func(s record.Standing) bool {
			return s.Finding.Verdict == finding.Pass && slices.Contains(wanting, s.Finding.Check)
		}
		if _, inside := own[shown(l.Comune.Istat)]; !inside && slices.ContainsFunc(l.Standings, passes) {
			c.now = append(c.now, lookAt(l))
		}
	}
	members := make([]Member, len(c.now))
	for i, l := range c.now {
		members[i] = c.member(l)
	}
	for i := range p.Practice {
		x := &p.Practice[i]
		var passing []int
		for j, l := range c.now {
			if f, _ := l.finding(x.Check); f.Verdict == finding.Pass {
				passing = append(passing, j)
			}
		}
		for k := range x.Lines {
			line := &x.Lines[k]
			if line.akin() < mostAlike {
				c.widen(line, p.Comuni[own[line.Istat]], x.Check, members, passing)
			}
		}
	}
}

// widen names those of the members at hand that are most like a comune, after
// those that are named already.
func (c *counting) widen(line *PracticeLine, me Member, check string, members []Member, hand []int) {
	at := line.akin()
	var more []Like
	for _, j := range alike(me, members, hand) {
		l := likeness(me, members[j], c.counted(c.now[j], check))
		l.Beyond, l.Anchor = true, ""
		if l.akin() {
			more = append(more, l)
		}
	}
	line.Like = slices.Insert(line.Like, at, more...)
	line.Like = line.Like[:min(len(line.Like), mostAlike)]
}

func samePlatform(a, b Member) bool { return a.platform != "" && a.platform == b.platform }

func sameSize(a, b Member) bool { return a.Population > 0 && b.Population > 0 && a.Size == b.Size }

// earth is its mean radius in kilometres.
const earth = 6_371.0

// distance is in kilometres on a sphere (haversine); infinite where either place
// is not known.
func distance(a, b Member) float64 {
	if a.lat == 0 && a.lng == 0 || b.lat == 0 && b.lng == 0 {
		return math.Inf(1)
	}
	rad := func(deg float64) float64 { return deg * math.Pi / 180 }
	dLat, dLng := rad(b.lat-a.lat)/2, rad(b.lng-a.lng)/2
	h := math.Sin(dLat)*math.Sin(dLat) + math.Cos(rad(a.lat))*math.Cos(rad(b.lat))*math.Sin(dLng)*math.Sin(dLng)
	return 2 * earth * math.Asin(min(1, math.Sqrt(h)))
}
