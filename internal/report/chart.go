package report

// Charts as bars of SVG, drawn here so that a report needs no script. The words of a
// bar stand above it as text of the page, so that long ones break into lines and are
// read on a small screen and on paper.

// bar is one bar of a chart: so many of so many.
type bar struct {
	Label string
	N, Of int
}

// chart is what the template of a chart is made from.
type chart struct {
	ID    string // of its title within the page
	Title string
	Bars  []drawnBar
}

type drawnBar struct {
	bar
	Length float64 // in the units of the bar's view box, which is chartLength wide
}

const chartLength = 400.0

// newChart draws bars, at most most of them: the rest stands in the table.
func newChart(id, title string, bars []bar, most int) chart {
	c := chart{ID: id, Title: title}
	for _, b := range bars[:min(len(bars), most)] {
		d := drawnBar{bar: b}
		if b.Of > 0 {
			d.Length = chartLength * float64(max(0, min(b.N, b.Of))) / float64(b.Of)
		}
		c.Bars = append(c.Bars, d)
	}
	return c
}
