package report

// The index as one HTML file that opens without a network, has no script and
// prints on A4.

import (
	"bufio"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/vigile-it/vigile/internal/messages"
)

//go:embed index.tmpl
var indexText string

// indexPage is what the template is made from.
type indexPage struct {
	Index
	Text   messages.Catalogue
	Detail bool
}

// indexWhich are comuni that a number counts.
type indexWhich struct {
	ID     string // of its row
	Text   string
	Which  []IndexLine
	Detail bool // they stand in the file with their indicators, else in the ranking alone
}

// Counted is how many they are, leading to their names.
func (w indexWhich) Counted() Linked { return Linked{"#" + w.ID, len(w.Which)} }

// At is where a comune stands.
func (w indexWhich) At(l IndexLine) string {
	if w.Detail {
		return comuneAnchor(l.Istat)
	}
	return rowAnchor(l.Istat)
}

// rowAnchor is the row of a comune in the ranking.
func rowAnchor(istat string) string { return "r" + anchorOf(istat) }

// Of are the comuni of a class.
func (p indexPage) Of(c Class) indexWhich {
	return p.which("class-"+cmp.Or(string(c), "none"), "", func(l IndexLine) bool { return l.Class == c })
}

// Measured are the three parts of Base with their comuni.
func (p indexPage) Measured() []indexWhich {
	return []indexWhich{
		p.which("measured-ranked", p.Text.Text("index.base_ranked"), func(l IndexLine) bool { return l.ranked }),
		p.which("measured-partly", p.Text.Text("index.base_partial"), func(l IndexLine) bool { return !l.ranked && l.Score != nil }),
		p.which("measured-none", p.Text.Text("index.base_none"), func(l IndexLine) bool { return l.Score == nil }),
	}
}

func (p indexPage) which(id, text string, counted func(IndexLine) bool) indexWhich {
	out := indexWhich{ID: id, Text: text, Detail: p.Detail}
	for _, l := range p.Comuni {
		if counted(l) {
			out.Which = append(out.Which, l)
		}
	}
	return out
}

// WriteIndexHTML writes the index. Every string is escaped where it is shown.
// The indicators are in it where they were asked for.
func WriteIndexHTML(w io.Writer, x Index, text messages.Catalogue) error {
	detail := false
	for _, l := range x.Comuni {
		for _, p := range l.Parts {
			detail = detail || len(p.Items) > 0
		}
	}
	return writePage(w, HTMLOptions{Text: text, Made: x.Made}, indexText, "index", indexPage{x, text, detail}, template.FuncMap{
		"title":     func() string { return IndexTitle(text, x) },
		"score":     func(s *float64) string { return ScoreWords(text, s) },
		"interval":  func(f Figure) string { return f.IntervalWords(text) },
		"rank":      func(r IndexRank) string { return r.Words(text) },
		"class":     func(c Class) string { return classText(text, c) },
		"dimension": func(d Dimension) string { return d.TitleOf(text) },
		"scopes":    Scopes,
		"row":       rowAnchor,
		"part":      func(l IndexLine, p IndexDimension) string { return comuneAnchor(l.Istat) + "-" + anchorOf(p.ID) },
		"span":      func(f Figure) float64 { return tenth(f.High - f.Low) },
		"mark":      func(s *float64) float64 { return tenth(min(max(*s-0.8, 0), 98.4)) },
	})
}

// IndexTitle is what an index is called.
func IndexTitle(text messages.Catalogue, x Index) string {
	return text.Text("index.title", "title", x.Title)
}

// SignedWords are a difference with its sign, in the language's way.
func SignedWords(text messages.Catalogue, x float64) string {
	switch {
	case x > 0:
		return "+" + tenths(text, x)
	case x < 0:
		return "−" + tenths(text, -x)
	}
	return "0"
}

// writePage writes one page from a template with the parts and the style of the
// other reports.
func writePage(w io.Writer, o HTMLOptions, text, name string, data any, more template.FuncMap) error {
	t, err := htmlTemplate(o)
	if err == nil {
		t, err = t.Funcs(template.FuncMap{
			"anchor":  func(code string) string { return "c" + anchorOf(code) },
			"day":     func(day string) string { return DayWords(o.Text, day) },
			"number1": func(x float64) string { return tenths(o.Text, x) },
			"signed":  func(x float64) string { return SignedWords(o.Text, x) },
		}).Funcs(more).Parse(text)
	}
	if err != nil {
		return fmt.Errorf("the report's template: %w", err)
	}
	b := bufio.NewWriterSize(w, 64<<10)
	if err := t.ExecuteTemplate(b, name, data); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}
