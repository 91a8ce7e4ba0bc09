package report

// How a comune stands beside comuni of its size: what each indicator of the index
// is worth there on average, of those where it was measured.

import (
	"cmp"

	"github.com/vigile-it/vigile/internal/record"
)

// SelfAssessment is one line: the comune's own points beside those of others of
// its size, in the province, the region and the country.
type SelfAssessment struct {
	ID    string      `json:"id"` // total, a dimension or an indicator of the index
	Title string      `json:"title"`
	Own   *float64    `json:"own"` // 0-100; nil: not measured
	Peers []PeerGroup `json:"peers"`
}

// PeerGroup is the comuni of the same size class within one scope, without the
// comune itself.
type PeerGroup struct {
	Scope    Scope    `json:"scope"`
	Name     string   `json:"name"`
	Size     string   `json:"size_class"` // unknown: of every size, for the comune's own is not known
	Comuni   int      `json:"comuni"`
	Measured int      `json:"measured"` // of them, where this line was measured
	Mean     *float64 `json:"mean"`     // of those; nil: of none

	Named      []Counted `json:"-"` // the comuni
	Unmeasured []Counted `json:"-"` // those of them where this line was not measured
	Under      string    `json:"-"` // the first line with just these unmeasured, where they are listed
}

// tally sums what was measured of a group.
type tally struct {
	points float64
	n      int
	open   []Counted // where nothing was measured
}

// assess makes the lines; none where there is nobody to stand beside.
func (f filler) assess() []SelfAssessment {
	out := []SelfAssessment{}
	if len(f.o.Peers) == 0 || len(f.o.Weights.Dimensions) == 0 {
		return out
	}
	mine := f.view.Comune
	scopes := []struct {
		scope Scope
		name  string
		of    func(record.Latest) bool
	}{
		{ScopeProvince, mine.Province, func(l record.Latest) bool { return mine.Province != "" && l.Comune.Province == mine.Province }},
		{ScopeRegion, mine.Region, func(l record.Latest) bool { return mine.Region != "" && l.Comune.Region == mine.Region }},
		{ScopeCountry, "Italia", func(record.Latest) bool { return true }},
	}
	own := f.points(f.view)
	sums, named := make([][]tally, len(scopes)), make([][]Counted, len(scopes))
	for i := range sums {
		sums[i] = make([]tally, len(own))
	}
	for _, l := range f.o.Peers {
		if !f.besides(l) {
			continue
		}
		theirs, peer := f.points(l), peerOf(l)
		for i, s := range scopes {
			if !s.of(l) {
				continue
			}
			named[i] = append(named[i], peer)
			for j, p := range theirs {
				if p.points == nil {
					sums[i][j].open = append(sums[i][j].open, peer)
					continue
				}
				sums[i][j].points += *p.points
				sums[i][j].n++
			}
		}
	}
	for j, p := range own {
		line := SelfAssessment{ID: p.id, Title: p.title, Own: p.points}
		for i, s := range scopes {
			if s.name == "" {
				continue
			}
			g := PeerGroup{
				Scope: s.scope, Name: shown(s.name), Size: SizeClass(mine.Population), Comuni: len(named[i]), Measured: sums[i][j].n,
				Named: named[i], Unmeasured: sums[i][j].open, Under: p.id,
			}
			if g.Measured > 0 {
				mean := tenth(sums[i][j].points / float64(g.Measured))
				g.Mean = &mean
			}
			line.Peers = append(line.Peers, g)
		}
		out = append(out, line)
	}
	return out
}

// besides tells a comune that the sheet's own is set beside: another of the same
// size, or any other where its size is not known.
func (f filler) besides(l record.Latest) bool {
	mine := f.view.Comune
	return l.Comune.Istat != mine.Istat && (mine.Population == 0 || SizeClass(l.Comune.Population) == SizeClass(mine.Population))
}

// peerOf is a comune with its site.
func peerOf(l record.Latest) Counted {
	return Counted{
		Istat: shown(l.Comune.Istat), Comune: shown(l.Comune.Name), Province: shown(l.Comune.Province),
		URL: address(cmp.Or(l.Visit.FinalURL, l.Comune.Site.URL)), Anchor: comuneAnchor(l.Comune.Istat),
	}
}

// pointed is one line's points of one comune.
type pointed struct {
	id, title string
	points    *float64
}

// points are the whole, the dimensions and the indicators of a comune, always in
// the same order.
func (f filler) points(l record.Latest) []pointed {
	w, text := f.o.Weights, f.o.Text
	said := spokenOf(l, make(map[string]spoken, 8))
	var out []pointed
	var parts []Figure
	for _, d := range w.Dimensions {
		var s sum
		var items []pointed
		for _, x := range d.Indicators {
			p, measured := x.points(said(x.Check))
			s.add(x.Weight, p, measured)
			item := pointed{id: x.ID}
			if l.Comune.Istat == f.view.Comune.Istat {
				item.title = x.TitleOf(text)
			}
			if measured {
				item.points = &p
			}
			items = append(items, item)
		}
		part := s.figure()
		parts = append(parts, part)
		out = append(out, pointed{d.ID, d.TitleOf(text), part.Score})
		out = append(out, items...)
	}
	total := w.whole(parts)
	if !w.ranks(parts, total) {
		total.Score = nil // of too little to be set beside others
	}
	return append([]pointed{{"total", text.Text("index.score_col"), total.Score}}, out...)
}
