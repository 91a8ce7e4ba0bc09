package report

// The weights of the index: which indicators it has, what each is worth, and
// where the bands begin.

import (
	_ "embed"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/internal/messages"
)

//go:embed index.yaml
var defaultWeights []byte

// Weights say how the index is made. The field names in JSON and in YAML are
// the same, and part of the interface.
type Weights struct {
	Version    int         `yaml:"version" json:"version"`
	Bands      Bands       `yaml:"bands" json:"bands"`
	RankFrom   float64     `yaml:"rank_from" json:"rank_from"` // percent of the weights that must be measured to be ranked
	Dimensions []Dimension `yaml:"dimensions" json:"dimensions"`
}

// Bands are where a dimension begins to be sufficient and to be high, 0-100.
type Bands struct {
	Sufficient float64 `yaml:"sufficient" json:"sufficient"`
	High       float64 `yaml:"high" json:"high"`
}

// Dimension is one of the three.
type Dimension struct {
	ID         string      `yaml:"id" json:"id"`
	Title      checks.Text `yaml:"title,omitempty" json:"-"` // of a dimension that vigile has no words for
	Weight     float64     `yaml:"weight" json:"weight"`
	Indicators []Indicator `yaml:"indicators" json:"indicators"`
}

// Indicator is one thing measured.
type Indicator struct {
	ID     string      `yaml:"id" json:"id"`
	Title  checks.Text `yaml:"title,omitempty" json:"-"`
	Weight float64     `yaml:"weight" json:"weight"`
	Check  string      `yaml:"check" json:"check"`
	Points []Points    `yaml:"points" json:"points"` // the first that holds
}

// Points is what a finding of a kind is worth, 0-100.
type Points struct {
	when   `yaml:",inline"`
	Points float64 `yaml:"points" json:"points"`
}

// weightKeys are all keys of the form.
var weightKeys = append([]string{"version", "bands", "sufficient", "high", "rank_from", "dimensions", "id", "title", "it", "en", "weight", "indicators", "check", "points"}, whenKeys...)

// The bounds of a form of weights: far more than anybody needs.
const (
	dimensionCount = 3 // the classes are made of three
	mostIndicators = 200
	maxWeight      = 1_000
)

var formID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// DefaultWeights are those that vigile comes with.
func DefaultWeights(knownChecks []string) (Weights, error) {
	return ParseWeights(defaultWeights, knownChecks)
}

// ParseWeights reads weights strictly. The error is a *FormError.
func ParseWeights(data []byte, knownChecks []string) (Weights, error) {
	var w Weights
	root, err := readForm(data, &w, weightKeys)
	if err != nil {
		return Weights{}, err
	}
	wrong := func(kind, name string, path ...any) (Weights, error) {
		return Weights{}, &FormError{Kind: kind, Name: name, Line: lineOf(root, path...)}
	}
	switch {
	case w.Version != 1:
		return wrong("version", fmt.Sprint(w.Version), "version")
	case !within(w.Bands.Sufficient, 0, 100) || !within(w.Bands.High, 0, 100) || w.Bands.Sufficient >= w.Bands.High:
		return wrong("bands", fmt.Sprintf("%v, %v", w.Bands.Sufficient, w.Bands.High), "bands")
	case !within(w.RankFrom, 0, 100):
		return wrong("percent", fmt.Sprint(w.RankFrom), "rank_from")
	case len(w.Dimensions) != dimensionCount:
		return wrong("dimensions", fmt.Sprint(len(w.Dimensions)), "dimensions")
	}
	seen := map[string]bool{}
	for i, d := range w.Dimensions {
		at := []any{"dimensions", i}
		switch {
		case !formID.MatchString(d.ID):
			return wrong("id", d.ID, append(at, "id")...)
		case seen[d.ID]:
			return wrong("twice", d.ID, append(at, "id")...)
		case !(d.Weight > 0) || d.Weight > maxWeight:
			return wrong("weight", fmt.Sprint(d.Weight), append(at, "weight")...)
		case len(d.Indicators) == 0 || len(d.Indicators) > mostIndicators:
			return wrong("indicators", d.ID, append(at, "indicators")...)
		}
		seen[d.ID] = true
		total := 0.0
		for j, x := range d.Indicators {
			if bad := x.wrong(root, []any{"dimensions", i, "indicators", j}, seen, knownChecks); bad != nil {
				return Weights{}, bad
			}
			seen[x.ID] = true
			total += x.Weight
		}
		if total <= 0 {
			return wrong("no_weight", d.ID, append(at, "indicators")...)
		}
	}
	return w, nil
}

func within(x, low, high float64) bool { return !math.IsNaN(x) && x >= low && x <= high }

// wrong says what is wrong with an indicator; nil where nothing is.
func (x Indicator) wrong(root *yaml.Node, at []any, seen map[string]bool, knownChecks []string) error {
	bad := func(kind, name string, path ...any) error {
		return &FormError{Kind: kind, Name: name, Line: lineOf(root, slices.Concat(at, path)...)}
	}
	switch {
	case !formID.MatchString(x.ID):
		return bad("id", x.ID, "id")
	case seen[x.ID]:
		return bad("twice", x.ID, "id")
	case !within(x.Weight, 0, maxWeight):
		return bad("weight", fmt.Sprint(x.Weight), "weight")
	case !slices.Contains(knownChecks, x.Check):
		return &FormError{Kind: "check", Name: x.Check, Nearest: nearestOf(x.Check, knownChecks), Line: lineOf(root, append(at, "check")...)}
	case len(x.Points) == 0:
		return bad("no_points", x.ID, "points")
	}
	for k, p := range x.Points {
		if key := p.when.wrong(); key != "" {
			return bad("condition", key, "points", k)
		}
		if !within(p.Points, 0, 100) {
			return bad("points", fmt.Sprint(p.Points), "points", k)
		}
	}
	return nil
}

// points are what a finding is worth to an indicator, and whether it measures it.
func (x Indicator) points(s spoken) (float64, bool) {
	for _, p := range x.Points {
		if p.holds(s) {
			return p.Points, true
		}
	}
	return 0, false
}

// TitleOf is the name of an indicator for people.
func (x Indicator) TitleOf(text messages.Catalogue) string {
	return titleOf(text, x.Title, x.ID, "index.indicator."+x.ID, "province_report.value."+x.Check+"."+x.ID)
}

// TitleOf is the name of a dimension for people.
func (d Dimension) TitleOf(text messages.Catalogue) string {
	return titleOf(text, d.Title, d.ID, "index.dimension."+d.ID)
}

func titleOf(text messages.Catalogue, own checks.Text, id string, keys ...string) string {
	if said := shown(own.In(text.Lang())); said != "" {
		return said
	}
	for _, key := range keys {
		if text.Has(key) {
			return text.Text(key)
		}
	}
	return id
}

// Checks are the checks that the weights ask, each once, sorted.
func (w Weights) Checks() []string {
	var out []string
	for _, d := range w.Dimensions {
		for _, x := range d.Indicators {
			out = append(out, x.Check)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Words tell the formula and the weights, a line each.
func (w Weights) Words(text messages.Catalogue) []string {
	var sum []string
	total := 0.0
	for _, d := range w.Dimensions {
		sum = append(sum, tenths(text, d.Weight)+" × "+d.TitleOf(text))
		total += d.Weight
	}
	lines := []string{
		text.Text("index.formula", "sum", strings.Join(sum, " + "), "total", tenths(text, total)),
		text.Text("index.formula_dimension"),
	}
	for _, d := range w.Dimensions {
		var parts []string
		for _, x := range d.Indicators {
			parts = append(parts, x.TitleOf(text)+" "+tenths(text, x.Weight))
		}
		lines = append(lines, text.Text("index.formula_weights", "dimension", d.TitleOf(text), "weights", strings.Join(parts, "; ")))
	}
	return append(lines,
		text.Text("index.formula_bands", "sufficient", tenths(text, w.Bands.Sufficient), "high", tenths(text, w.Bands.High)),
		text.Text("index.formula_class"),
		text.Text("index.formula_open"),
		text.Text("index.formula_rank", "share", tenths(text, w.RankFrom)),
	)
}
