package report

// Charts as SVG, drawn here so that a report needs no script: horizontal bars,
// each with its words above it, so that they are read on a small screen too.

// bar is one bar of a chart: so many of so many.
type bar struct {
	Label string
	N, Of int
}

// chart is what the template of a chart is made from. Lengths are in the units
// of its view box, which is chartWidth wide.
type chart struct {
	ID     string // of its title within the page
	Title  string
	Height int
	Bars   []drawnBar
}

type drawnBar struct {
	bar
	TextY, BarY int
	Length      float64 // of the bar; the whole is chartWidth long
}

const (
	chartWidth  = 400
	chartStep   = 42 // from one bar to the next
	chartText   = 15 // from the top of a step to the line its words stand on
	chartBar    = 21 // from the top of a step to the bar
	chartLength = 400.0
)

// newChart draws bars, at most most of them: the rest stands in the table.
func newChart(id, title string, bars []bar, most int) chart {
	c := chart{ID: id, Title: title, Height: chartStep * min(len(bars), most)}
	for i, b := range bars[:min(len(bars), most)] {
		d := drawnBar{bar: b, TextY: i*chartStep + chartText, BarY: i*chartStep + chartBar}
		if b.Of > 0 {
			d.Length = chartLength * float64(max(0, min(b.N, b.Of))) / float64(b.Of)
		}
		c.Bars = append(c.Bars, d)
	}
	return c
}
