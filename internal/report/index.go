package report

// The index of digital maturity: how far a comune has come, as far as its site
// shows it, dimension by dimension and indicator by indicator. What could not be
// measured counts neither for nor against, and makes the interval wider.

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// Index is the index of some comuni. Its field names in JSON are part of the
// interface. Strings from outside are clean. Scores are 0-100 with one decimal.
type Index struct {
	Title string    `json:"title"`
	Made  time.Time `json:"made"` // in the zone it is shown in
	Stood
	Since    string      `json:"since,omitzero"`    // the day it is compared with
	Version  string      `json:"version"`           // of vigile
	Invented bool        `json:"invented,omitzero"` // the comuni are those of the demo
	Weights  Weights     `json:"weights"`
	Formula  []string    `json:"formula"` // in words
	Base     IndexBase   `json:"base"`
	Classes  []ClassSum  `json:"classes"` // best first, then those without
	Comuni   []IndexLine `json:"comuni"`  // the best first, those without a score last
}

// IndexBase says of how many comuni there is something to say: Ranked + Partial
// + None = Comuni.
type IndexBase struct {
	Comuni  int `json:"comuni"`
	Ranked  int `json:"ranked"`       // enough was measured to set them beside others
	Partial int `json:"partial"`      // a score, of too little to be ranked
	None    int `json:"not_measured"` // nothing could be measured
}

// ClassSum counts the comuni of a class.
type ClassSum struct {
	Class  Class  `json:"class"` // empty: cannot be told
	Text   string `json:"text"`
	Comuni int    `json:"comuni"`
}

// IndexLine is one comune. Its field names are those of the export where it has
// them.
type IndexLine struct {
	Istat      string     `json:"istat"`
	IPA        string     `json:"codice_ipa"`
	Comune     string     `json:"comune"`
	Province   string     `json:"provincia"`
	Region     string     `json:"regione"`
	Population int        `json:"popolazione,omitzero"` // 0: unknown
	Size       string     `json:"size_class"`
	Site       string     `json:"site"`
	Reach      page.Reach `json:"reach"`
	CheckedAt  time.Time  `json:"checked_at"`

	Figure
	Formula   string           `json:"formula,omitzero"` // the numbers behind Score
	Class     Class            `json:"class,omitzero"`   // empty: cannot be told
	ClassText string           `json:"class_text"`
	ClassLow  Class            `json:"class_low"`  // if nothing of what was not measured is there
	ClassHigh Class            `json:"class_high"` // if all of it is
	Parts     []IndexDimension `json:"dimensions"`
	Ranks     []IndexRank      `json:"ranks"` // none where too little was measured
	Move      *IndexMove       `json:"movement,omitzero"`

	ranked bool
}

// Figure is a score with what it rests on. Low ≤ Score ≤ High.
type Figure struct {
	Score    *float64 `json:"score"` // nil: nothing was measured
	Low      float64  `json:"low"`   // if nothing of what was not measured is there
	High     float64  `json:"high"`  // if all of it is
	Measured int      `json:"measured"`
	Of       int      `json:"indicators"`
	Share    float64  `json:"measured_share"` // of the weights, 0-100
}

// IndexDimension is one dimension of a comune.
type IndexDimension struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Figure
	Formula  string      `json:"formula,omitzero"`
	Band     Band        `json:"band,omitzero"`
	BandText string      `json:"band_text"`
	Items    []IndexItem `json:"indicators_list,omitzero"` // only where details were asked for
}

// IndexItem is one indicator of a comune.
type IndexItem struct {
	ID      string          `json:"id"`
	Title   string          `json:"title"`
	Weight  float64         `json:"weight"`
	Points  *float64        `json:"points"` // nil: not measured
	Check   string          `json:"check"`
	Verdict finding.Verdict `json:"verdict,omitzero"`
	Reason  finding.Reason  `json:"reason,omitzero"`
	Value   string          `json:"value,omitzero"`
	Text    string          `json:"text"` // what was found, or why nothing is said
	URL     string          `json:"evidence_url,omitzero"`
}

// Scope is among whom a comune is ranked.
type Scope string

// The scopes.
const (
	ScopeProvince Scope = "provincia"
	ScopeRegion   Scope = "regione"
	ScopeSize     Scope = "size_class"
	ScopeCountry  Scope = "italia"
)

// Scopes lists the scopes, the nearest first.
func Scopes() []Scope { return []Scope{ScopeProvince, ScopeRegion, ScopeSize, ScopeCountry} }

// IndexRank is the place of a comune among those ranked with it. Equal scores
// share a place.
type IndexRank struct {
	Scope Scope  `json:"scope"`
	Name  string `json:"name"` // of the province, the region, the class
	Place int    `json:"place"`
	Of    int    `json:"of"`
}

// IndexMove compares two dates by the indicators measured on both: a night on
// which a site could not be read is no fall.
type IndexMove struct {
	Since   string   `json:"since"`
	Then    float64  `json:"then"`
	Now     float64  `json:"now"` // by the same indicators, so it may differ from the score
	Change  float64  `json:"change"`
	Common  int      `json:"common"`
	Up      []string `json:"up"` // ids of the indicators with more points than then
	Down    []string `json:"down"`
	ThenRun string   `json:"then_run"`
}

// IndexOptions say what an index is of. Weights and Text are required.
type IndexOptions struct {
	Title    string
	Made     time.Time
	Night    string // what Index.Night says
	AsOf     string
	Version  string
	Invented bool
	Weights  Weights
	Checks   []checks.Meta
	Text     messages.Catalogue

	// Select tells which comuni are shown; all are ranked. nil: all.
	Select func(registry.Comune) bool
	// Detail asks for each indicator of the comuni shown.
	Detail bool

	// Then are the views of an earlier date by ISTAT code, and Since that date.
	// A comune without one is not compared.
	Then  map[string]record.Latest
	Since string
}

// NewIndex makes the index from the views of all comuni there are, brief ones as
// well as whole. A red of low confidence is not measured.
func NewIndex(views []record.Latest, o IndexOptions) Index {
	x := Index{
		Title: shown(o.Title), Made: o.Made, Stood: Stood{Night: o.Night, AsOf: o.AsOf}, Since: o.Since, Version: o.Version, Invented: o.Invented,
		Weights: o.Weights, Formula: o.Weights.Words(o.Text), Comuni: []IndexLine{},
	}
	r := reckoner{o: o, metas: byID(o.Checks), ladders: ladders{}, titles: map[string]string{}}
	all := make([]reckoned, len(views))
	for i, l := range views {
		all[i] = r.reckon(l)
		if all[i].ranked {
			r.ladders.add(l.Comune, *all[i].Score)
		}
	}
	r.ladders.sort()
	var of []int // of views: those shown
	for i, l := range views {
		if o.Select == nil || o.Select(l.Comune) {
			of = append(of, i)
			x.Base.add(all[i])
			x.Stood.take(l)
		}
	}
	x.Comuni = r.lines(views, all, of)
	slices.SortFunc(x.Comuni, func(a, b IndexLine) int {
		return cmp.Or(compareBool(b.ranked, a.ranked), compareScores(b.Score, a.Score), cmp.Compare(page.Fold(a.Comune), page.Fold(b.Comune)), cmp.Compare(a.Istat, b.Istat))
	})
	x.Classes = classSums(x.Comuni, o.Text)
	return x
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func compareScores(a, b *float64) int {
	value := func(p *float64) float64 {
		if p == nil {
			return -1
		}
		return *p
	}
	return cmp.Compare(value(a), value(b))
}

func (b *IndexBase) add(r reckoned) {
	b.Comuni++
	switch {
	case r.ranked:
		b.Ranked++
	case r.Score != nil:
		b.Partial++
	default:
		b.None++
	}
}

// tenth rounds to one decimal. Dimensions are rounded before they are combined,
// so that the formula printed gives the number printed.
func tenth(x float64) float64 { return math.Round(x*10) / 10 }

// sum gathers weights and points.
type sum struct {
	weight, measured float64 // all weights, and those of what was measured
	points           float64 // of what was measured, times their weights
	of, n            int
}

func (s *sum) add(weight, points float64, measured bool) {
	s.weight += weight
	s.of++
	if measured {
		s.measured += weight
		s.points += weight * points
		s.n++
	}
}

// figure is what a sum of indicators comes to.
func (s sum) figure() Figure {
	f := Figure{Measured: s.n, Of: s.of, High: 100}
	if s.weight > 0 {
		f.Low, f.High = tenth(s.points/s.weight), tenth((s.points+100*(s.weight-s.measured))/s.weight)
		f.Share = tenth(100 * s.measured / s.weight)
	}
	if s.measured > 0 {
		score := tenth(s.points / s.measured)
		f.Score = &score
	}
	return f
}

// whole combines dimensions by their weights.
func (w Weights) whole(parts []Figure) Figure {
	var f Figure
	var points, low, high, weight, measured, share float64
	for i, p := range parts {
		d := w.Dimensions[i].Weight
		weight += d
		low += d * p.Low
		high += d * p.High
		share += d * p.Share
		f.Measured += p.Measured
		f.Of += p.Of
		if p.Score != nil {
			points += d * *p.Score
			measured += d
		}
	}
	f.Low, f.High, f.Share = tenth(low/weight), tenth(high/weight), tenth(share/weight)
	if measured > 0 {
		score := tenth(points / measured)
		f.Score = &score
	}
	return f
}

// ranks tells whether enough was measured to set a comune beside others.
func (w Weights) ranks(parts []Figure, whole Figure) bool {
	return !slices.ContainsFunc(parts, func(p Figure) bool { return p.Score == nil }) && whole.Share >= w.RankFrom
}
