package report

// The report of many comuni as one HTML file that opens without a network and
// prints on A4: what is to be done first, then the counts, then each comune.

import (
	"bufio"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
)

//go:embed html.tmpl
var htmlText string

// HTMLOptions say what a report is of. Text is required.
type HTMLOptions struct {
	Title    string             // what was asked for; comes from outside
	Made     time.Time          // in the zone it is shown in
	Version  string             // of vigile
	Checks   []checks.Meta      // what the checks say about themselves
	Text     messages.Catalogue // language of the words
	Invented bool               // the comuni are those of the demo
}

// WriteHTML writes the report of the sheets, which it goes through twice: once
// for what is to be done, once for the comuni themselves. It keeps one sheet at
// a time, and the name of each comune once. Every string is
// escaped where it is shown; nothing in the file leads to another but links to
// the sites, and no script is in it.
func WriteHTML(w io.Writer, sum Summary, sheets iter.Seq2[Sheet, error], o HTMLOptions) error {
	t, err := htmlTemplate(o)
	if err != nil {
		return fmt.Errorf("the report's template: %w", err)
	}
	list, err := newWorklist(sheets, o)
	if err != nil {
		return fmt.Errorf("gathering the report: %w", err)
	}
	b := bufio.NewWriterSize(w, 64<<10)
	head := htmlHead{HTMLOptions: o, Sum: sum, Jobs: list.sorted(), Dark: list.dark, Verdicts: finding.Verdicts(), who: list.who}
	if err := t.ExecuteTemplate(b, "head", head); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	for s, err := range sheets {
		if err != nil {
			return fmt.Errorf("gathering the report: %w", err)
		}
		if err := t.ExecuteTemplate(b, "comune", htmlComune{s}); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
	}
	if err := t.ExecuteTemplate(b, "foot", head); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// htmlHead is what the parts round the comuni are made from.
type htmlHead struct {
	HTMLOptions
	Sum      Summary
	Jobs     []Job
	Dark     []Dark
	Verdicts []finding.Verdict
	who      behind
}

// Read are the comuni whose site was read.
func (h htmlHead) Read() []Counted { return h.who.named(h.who.read, comuneAnchor) }

// Behind are the comuni of a check with one of the verdicts that say something, or
// with the one that does not, verdict by verdict.
func (h htmlHead) Behind(check string, definite bool) []verdictNames {
	var out []verdictNames
	for _, v := range h.Verdicts {
		if which := h.who.by[countKey{check, v}]; v.Definite() == definite && len(which) > 0 {
			out = append(out, verdictNames{v, h.who.named(which, func(istat string) string { return findingAnchor(istat, check) })})
		}
	}
	return out
}

// verdictNames are the comuni with one verdict.
type verdictNames struct {
	Verdict finding.Verdict
	Comuni  []Counted
}

// htmlComune is what the part of one comune is made from.
type htmlComune struct{ Sheet }

// Of are the findings of a verdict.
func (c htmlComune) Of(verdicts ...finding.Verdict) []Row {
	var out []Row
	for _, r := range c.Findings {
		for _, v := range verdicts {
			if r.Verdict == v {
				out = append(out, r)
			}
		}
	}
	return out
}

// Fail, Warn, … are the findings that the template asks for.
func (c htmlComune) ToMend() []Row { return c.Of(finding.Fail, finding.Warn) }

func (c htmlComune) Settled() []Row { return c.Of(finding.Pass, finding.Info, finding.NotApplicable) }

// openGroup is what could not be told for one reason.
type openGroup struct {
	Why  string // in words, without the full stop
	Rows []Row
}

// Open are the findings that tell nothing, by reason.
func (c htmlComune) Open() []openGroup {
	var out []openGroup
	for _, r := range c.Of(finding.Unknown) {
		why := strings.TrimSuffix(r.ReasonText, ".")
		i := slices.IndexFunc(out, func(g openGroup) bool { return g.Why == why })
		if i < 0 {
			i, out = len(out), append(out, openGroup{Why: why})
		}
		out[i].Rows = append(out[i].Rows, r)
	}
	return out
}

// Read tells whether the site was read.
func (c htmlComune) Read() bool { return c.Reach == page.ReachOK }

func htmlTemplate(o HTMLOptions) (*template.Template, error) {
	return template.New("report").Funcs(template.FuncMap{
		"t":       func(key string, args ...any) string { return o.Text.Text(key, args...) },
		"count":   func(key string, n int) string { return o.Text.Count(key, n) },
		"number":  o.Text.Number,
		"moment":  func(t time.Time) string { return o.Text.Moment(t.In(o.Made.Location())) },
		"date":    func(t time.Time) string { return o.Text.Date(t.In(o.Made.Location())) },
		"stood":   func(s Stood) string { return s.Words(o.Text, o.Made.Location()) },
		"countOf": CountOf,
		"pair":    func(to string, n int) Linked { return Linked{to, n} },
		"linked":  func(key string, args ...any) template.HTML { return LinkedText(o.Text, key, args...) },
		"counts":  func(l Linked) template.HTML { return l.HTML(o.Text) },
		"code":    anchorOf,
		"both":    func(a, b any) []any { return []any{a, b} },
		"symbol":  htmlSymbol,
		"anchor": func(istat string, check ...string) string {
			if len(check) == 0 {
				return comuneAnchor(istat)
			}
			return findingAnchor(istat, check[0])
		},
		"join":     func(list []string) string { return strings.Join(list, ", ") },
		"web":      func(u string) bool { return strings.HasPrefix(u, "http://") || strings.HasPrefix(u, "https://") },
		"first":    func(n int, list []finding.Fact) []finding.Fact { return list[:min(n, len(list))] },
		"firsts":   func(n int, list []string) []string { return list[:min(n, len(list))] },
		"quoted":   func(f finding.Fact) string { return factWords(o.Text, f) },
		"value":    toldValue,
		"doubtful": func(r Row) bool { return r.Reason == finding.ReasonUnconfirmed },
		"place": func(f finding.Fact) string {
			if key := "place." + f.Place; o.Text.Has(key) {
				return " (" + o.Text.Text(key) + ")"
			}
			return ""
		},
	}).Parse(htmlText)
}

// factWords is what was seen, between quotation marks where a page says it.
func factWords(c messages.Catalogue, f finding.Fact) string {
	words := f.Snippet
	if words == "" {
		words = f.Value
	}
	if words == "" || OurWords(f) {
		return words
	}
	return c.Text("sheet.quote", "text", words)
}

// toldValue is what an informing finding says, in words: of other verdicts the value
// is a code for programs.
func toldValue(r Row) string {
	switch {
	case r.Verdict != finding.Info:
		return ""
	case r.ValueName == r.Value && r.ReasonText != "":
		return strings.TrimSuffix(r.ReasonText, ".")
	}
	return r.ValueName
}

// htmlSymbol says a verdict without colour and without words.
func htmlSymbol(v finding.Verdict) string {
	return map[finding.Verdict]string{
		finding.Fail: "✗", finding.Warn: "!", finding.Unknown: "?", finding.Pass: "✓", finding.Info: "i", finding.NotApplicable: "–",
	}[v]
}
