package report

// How the index of one comune is reckoned, and told.

import (
	"cmp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// Band is where the score of a dimension lies.
type Band string

// The bands, the lowest first.
const (
	BandLow        Band = "low"
	BandSufficient Band = "sufficient"
	BandHigh       Band = "high"
)

// Of is the band of a score.
func (b Bands) Of(score float64) Band {
	switch {
	case score >= b.High:
		return BandHigh
	case score >= b.Sufficient:
		return BandSufficient
	}
	return BandLow
}

// Class is what the bands of three dimensions come to.
type Class string

// The classes, the best first.
const (
	ClassSpinta  Class = "spinta"
	ClassStacco  Class = "stacco"
	ClassBlocchi Class = "blocchi-di-partenza"
)

// ClassOf combines the bands of three dimensions: Spinta where all are at least
// sufficient and one is high, or where one is low and the others are high;
// Blocchi di partenza where more than one is low; else Stacco.
func ClassOf(bands []Band) Class {
	count := map[Band]int{}
	for _, b := range bands {
		count[b]++
	}
	switch low, high := count[BandLow], count[BandHigh]; {
	case low == 0 && high > 0, low == 1 && high == 2:
		return ClassSpinta
	case low > 1:
		return ClassBlocchi
	}
	return ClassStacco
}

func classSums(lines []IndexLine, text messages.Catalogue) []ClassSum {
	var out []ClassSum
	for _, c := range []Class{ClassSpinta, ClassStacco, ClassBlocchi, ""} {
		s := ClassSum{Class: c, Text: classText(text, c)}
		for _, l := range lines {
			if l.Class == c {
				s.Comuni++
			}
		}
		out = append(out, s)
	}
	return out
}

func classText(text messages.Catalogue, c Class) string {
	return text.Text("index.class." + cmp.Or(string(c), "none"))
}

// reckoner makes the index of one comune after the other.
type reckoner struct {
	o       IndexOptions
	metas   map[string]checks.Meta
	ladders ladders
	titles  map[string]string // of indicators and dimensions, by id
}

// reckoned are the numbers of a comune.
type reckoned struct {
	Figure
	parts  []Figure
	ranked bool
}

// spokenOf are the findings of a view, each prepared once.
func spokenOf(l record.Latest, known map[string]spoken) func(check string) spoken {
	return func(check string) spoken {
		s, ok := known[check]
		if !ok {
			st, ran := l.Standing(check)
			s = speak(st.Finding, ran)
			known[check] = s
		}
		return s
	}
}

func (r *reckoner) reckon(l record.Latest) reckoned {
	said := spokenOf(l, make(map[string]spoken, 8))
	out := reckoned{parts: make([]Figure, len(r.o.Weights.Dimensions))}
	for i, d := range r.o.Weights.Dimensions {
		var s sum
		for _, x := range d.Indicators {
			points, measured := x.points(said(x.Check))
			s.add(x.Weight, points, measured)
		}
		out.parts[i] = s.figure()
	}
	out.Figure = r.o.Weights.whole(out.parts)
	out.ranked = r.o.Weights.ranks(out.parts, out.Figure)
	return out
}

// lines tells the numbers of those comuni, on every processor.
func (r *reckoner) lines(views []record.Latest, all []reckoned, of []int) []IndexLine {
	out := make([]IndexLine, len(of))
	for _, d := range r.o.Weights.Dimensions {
		r.titles[d.ID] = d.TitleOf(r.o.Text)
		for _, x := range d.Indicators {
			r.titles[x.ID] = x.TitleOf(r.o.Text)
		}
	}
	var next atomic.Int64
	var work sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(of)) {
		work.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(of); i = int(next.Add(1)) - 1 {
				out[i] = r.line(views[of[i]], all[of[i]])
			}
		})
	}
	work.Wait()
	return out
}

// line tells the numbers of a comune.
func (r *reckoner) line(l record.Latest, n reckoned) IndexLine {
	text, w := r.o.Text, r.o.Weights
	c := l.Comune
	out := IndexLine{
		Istat: shown(c.Istat), IPA: shown(c.IPA), Comune: shown(c.Name), Province: shown(c.Province), Region: shown(c.Region),
		Population: c.Population, Size: SizeClass(c.Population), Site: address(siteOf(l)), Reach: l.Visit.Reach, CheckedAt: l.Checked.UTC(),
		Figure: n.Figure, Parts: make([]IndexDimension, len(n.parts)), Ranks: []IndexRank{},
	}
	said := spokenOf(l, map[string]spoken{})
	var terms []string
	weight, told := 0.0, true
	low, high, here := make([]Band, len(n.parts)), make([]Band, len(n.parts)), make([]Band, len(n.parts))
	for i, p := range n.parts {
		d := w.Dimensions[i]
		part := IndexDimension{ID: d.ID, Title: r.titles[d.ID], Figure: p, BandText: text.Text("index.band.none")}
		low[i], high[i] = w.Bands.Of(p.Low), w.Bands.Of(p.High)
		if p.Score == nil {
			told = false
		} else {
			here[i] = w.Bands.Of(*p.Score)
			part.Band, part.BandText = here[i], text.Text("index.band."+string(here[i]))
			part.Formula = dimensionFormula(text, d, said)
			terms = append(terms, tenths(text, d.Weight)+" × "+tenths(text, *p.Score))
			weight += d.Weight
		}
		if r.o.Detail {
			part.Items = r.items(d, said, l)
		}
		out.Parts[i] = part
	}
	if n.Score != nil {
		out.Formula = "(" + strings.Join(terms, " + ") + ") / " + tenths(text, weight)
	}
	out.ClassLow, out.ClassHigh = ClassOf(low), ClassOf(high)
	switch {
	case told:
		out.Class = ClassOf(here)
	case out.ClassLow == out.ClassHigh:
		out.Class = out.ClassLow
	}
	out.ClassText = classText(text, out.Class)
	if out.Class == "" {
		out.ClassText = text.Text("index.class_between", "low", classText(text, out.ClassLow), "high", classText(text, out.ClassHigh))
	}
	if out.ranked = n.ranked; n.ranked {
		out.Ranks = r.ladders.of(c, *n.Score)
	}
	if then, ok := r.o.Then[c.Istat]; ok {
		out.Move = r.move(l, then)
	}
	return out
}

// dimensionFormula are the numbers behind a dimension: how much weight has how
// many points, the most points first, over the weight that was measured.
func dimensionFormula(text messages.Catalogue, d Dimension, said func(string) spoken) string {
	by := map[float64]float64{}
	total := 0.0
	for _, x := range d.Indicators {
		if points, measured := x.points(said(x.Check)); measured {
			by[points] += x.Weight
			total += x.Weight
		}
	}
	var points []float64
	for p := range by {
		points = append(points, p)
	}
	slices.SortFunc(points, func(a, b float64) int { return cmp.Compare(b, a) })
	terms := make([]string, len(points))
	for i, p := range points {
		terms[i] = tenths(text, by[p]) + " × " + tenths(text, p)
	}
	return "(" + strings.Join(terms, " + ") + ") / " + tenths(text, total)
}

func (r *reckoner) items(d Dimension, said func(string) spoken, l record.Latest) []IndexItem {
	out := make([]IndexItem, len(d.Indicators))
	for i, x := range d.Indicators {
		s := said(x.Check)
		item := IndexItem{ID: x.ID, Title: r.titles[x.ID], Weight: x.Weight, Check: x.Check}
		if s.ran {
			item.Verdict, item.Reason, item.Value, item.URL = s.Verdict, s.Reason, shown(s.Value), address(evidenceURL(s.Finding))
		}
		if p, measured := x.points(s); measured {
			item.Points = &p
		}
		item.Text = r.itemText(x, s, item.Points != nil, l.Visit.Reach)
		out[i] = item
	}
	return out
}

// itemText says what was found, or why nothing is said.
func (r *reckoner) itemText(x Indicator, s spoken, measured bool, reach page.Reach) string {
	text := r.o.Text
	words, _ := knownWords(text, r.metas[x.Check], s.Value)
	list := slices.ContainsFunc(x.Points, func(p Points) bool { return p.Has != "" })
	switch {
	case !s.ran:
		return text.Text("index.not_run")
	case measured && list && slices.ContainsFunc(x.Points, func(p Points) bool { return p.Has != "" && p.holds(s) }):
		return text.Text("index.seen")
	case measured && list:
		return text.Text("index.unseen")
	case measured && s.Verdict != finding.Fail && words != "":
		return words
	case s.Reason != "" && (!measured || len(s.items) == 0):
		return shown(ReasonText(text, s.Finding, reach))
	case s.Verdict == finding.Info:
		var words []string
		for _, v := range s.items {
			words = append(words, valueWords(text, r.metas[x.Check], v))
		}
		return strings.Join(words, ", ")
	}
	return text.Text("verdict." + string(s.Verdict))
}

// move compares a view with that of an earlier date; nil where no indicator was
// measured on both.
func (r *reckoner) move(now, then record.Latest) *IndexMove {
	saidNow, saidThen := spokenOf(now, map[string]spoken{}), spokenOf(then, map[string]spoken{})
	m := IndexMove{Since: r.o.Since, Up: []string{}, Down: []string{}, ThenRun: shown(then.Run)}
	w := r.o.Weights
	partsNow, partsThen := make([]Figure, len(w.Dimensions)), make([]Figure, len(w.Dimensions))
	for i, d := range w.Dimensions {
		var a, b sum
		for _, x := range d.Indicators {
			p, here := x.points(saidNow(x.Check))
			q, there := x.points(saidThen(x.Check))
			both := here && there
			a.add(x.Weight, p, both)
			b.add(x.Weight, q, both)
			switch {
			case !both:
				continue
			case p > q:
				m.Up = append(m.Up, x.ID)
			case p < q:
				m.Down = append(m.Down, x.ID)
			}
			m.Common++
		}
		partsNow[i], partsThen[i] = a.figure(), b.figure()
	}
	a, b := w.whole(partsNow), w.whole(partsThen)
	if a.Score == nil || b.Score == nil {
		return nil
	}
	m.Now, m.Then, m.Change = *a.Score, *b.Score, tenth(*a.Score-*b.Score)
	return &m
}

// ladders are the scores of those ranked, by scope and name, the best first.
type ladders map[ladderKey][]float64

type ladderKey struct {
	scope Scope
	name  string
}

// keysOf are the ladders a comune stands on.
func keysOf(c registry.Comune) []ladderKey {
	var out []ladderKey
	for _, k := range []ladderKey{
		{ScopeProvince, c.Province}, {ScopeRegion, c.Region}, {ScopeSize, SizeClass(c.Population)}, {ScopeCountry, "Italia"},
	} {
		if k.name != "" && !(k.scope == ScopeSize && c.Population == 0) {
			out = append(out, k)
		}
	}
	return out
}

func (l ladders) add(c registry.Comune, score float64) {
	for _, k := range keysOf(c) {
		l[k] = append(l[k], score)
	}
}

func (l ladders) sort() {
	for _, scores := range l {
		slices.SortFunc(scores, func(a, b float64) int { return cmp.Compare(b, a) })
	}
}

// of are the places of a score: one more than those that are better.
func (l ladders) of(c registry.Comune, score float64) []IndexRank {
	out := []IndexRank{}
	for _, k := range keysOf(c) {
		better, _ := slices.BinarySearchFunc(l[k], score, func(s, mine float64) int { return cmp.Compare(mine, s) })
		out = append(out, IndexRank{Scope: k.scope, Name: shown(k.name), Place: better + 1, Of: len(l[k])})
	}
	return out
}

// RankIn is the place among the comuni of a scope; the zero rank where there is
// none.
func (l IndexLine) RankIn(s Scope) IndexRank {
	for _, r := range l.Ranks {
		if r.Scope == s {
			return r
		}
	}
	return IndexRank{}
}

// Words are a rank as "3 / 59"; "–" for the zero rank.
func (r IndexRank) Words(text messages.Catalogue) string {
	if r.Of == 0 {
		return "–"
	}
	return text.Number(r.Place) + " / " + text.Number(r.Of)
}

// ScoreWords are a score in the language's way; "–" where there is none.
func ScoreWords(text messages.Catalogue, score *float64) string {
	if score == nil {
		return "–"
	}
	return tenths(text, *score)
}

// IntervalWords are the bounds of a figure, "51,3–78".
func (f Figure) IntervalWords(text messages.Catalogue) string {
	return tenths(text, f.Low) + "–" + tenths(text, f.High)
}

// MeasuredWords say how many indicators were measured, "24 / 28".
func (f Figure) MeasuredWords() string { return strconv.Itoa(f.Measured) + " / " + strconv.Itoa(f.Of) }
