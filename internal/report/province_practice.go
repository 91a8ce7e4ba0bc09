package report

// Good practice: for each comune that fails, others like it that do not.

import (
	"cmp"
	"math"
	"slices"

	"github.com/vigile-it/vigile/checks/finding"
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
	Km       int  `json:"km,omitzero"` // as the crow flies; 0: not known, or less than one
}

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
			for _, j := range alike(members, i, passing) {
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

// alike are the members among those at hand that are most like the one at i: of
// the same platform, of the same size, near. One it is not known to be like in anything is not
// among them.
func alike(members []Member, i int, hand []int) []int {
	me := members[i]
	sorted := slices.DeleteFunc(slices.Clone(hand), func(j int) bool {
		return !samePlatform(me, members[j]) && !sameSize(me, members[j]) && math.IsInf(distance(me, members[j]), 1)
	})
	unlike := func(j int) (n int) {
		if !samePlatform(me, members[j]) {
			n += 2 // who makes the site matters more than how large the comune is
		}
		if !sameSize(me, members[j]) {
			n++
		}
		return n
	}
	slices.SortStableFunc(sorted, func(a, b int) int {
		return cmp.Or(cmp.Compare(unlike(a), unlike(b)), cmp.Compare(distance(me, members[a]), distance(me, members[b])))
	})
	return sorted[:min(len(sorted), mostAlike)]
}

func likeness(a, b Member, who Counted) Like {
	l := Like{Counted: who, Platform: samePlatform(a, b), Size: sameSize(a, b)}
	if km := distance(a, b); !math.IsInf(km, 1) {
		l.Km = int(math.Round(km))
	}
	return l
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
