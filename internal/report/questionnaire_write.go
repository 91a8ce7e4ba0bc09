package report

// The sheet as a page and as a workbook.

import (
	_ "embed"
	"html/template"
	"io"
	"strings"

	"github.com/vigile-it/vigile/internal/messages"
)

//go:embed questionnaire.tmpl
var questionnaireText string

// questionnairePage is what the template is made from.
type questionnairePage struct {
	Questionnaire
	Text messages.Catalogue
}

// WriteQuestionnaireHTML writes the sheet as one page that opens without a
// network, a section to a page of paper. Every string is escaped where it is
// shown.
func WriteQuestionnaireHTML(w io.Writer, q Questionnaire, text messages.Catalogue) error {
	return writePage(w, HTMLOptions{Text: text, Made: q.Made}, questionnaireText, "questionnaire", questionnairePage{q, text}, template.FuncMap{
		"score":   func(s *float64) string { return ScoreWords(text, s) },
		"quote":   func(s string) string { return text.Text("sheet.quote", "text", s) },
		"key":     questionKey,
		"options": optionWords,
		"peers":   func(g PeerGroup) string { return PeerWords(text, g) },
		"ofPeers": func(g PeerGroup) template.HTML { return ofPeers(text, g) },
		"listed":  peersAnchor,
		"allBut":  func(u Unmeasured) string { return u.allBut(text) },
	})
}

// MadeWords say when a sheet was filled in, of which visit, and of when it is.
func (q Questionnaire) MadeWords(text messages.Catalogue) string {
	zone := q.Made.Location()
	made := text.Text("questionnaire.made", "when", text.Moment(q.Made), "version", q.Version, "visited", text.Moment(q.CheckedAt.In(zone)))
	return strings.TrimSpace(made + " " + q.Stood.Words(text, zone))
}

// optionWords are options by their names.
func optionWords(options []Option, codes []string) string {
	var parts []string
	for _, o := range options {
		for _, c := range codes {
			if o.Code == c {
				parts = append(parts, o.Text)
			}
		}
	}
	return strings.Join(parts, ", ")
}

// Words are what a piece of evidence says, after what says it.
func (s QuestionSeen) Words() string {
	if s.Text == "" {
		return s.Source
	}
	return s.Source + ": " + s.Text
}

// UnseenWords are what was looked for and not seen, by its names.
func (q Question) UnseenWords() string { return optionWords(q.Options, q.Unseen) }

// Alternatives are the answers a question offers, with a space between.
func Alternatives(options []Option) string {
	parts := make([]string, len(options))
	for i, o := range options {
		parts[i] = "☐ " + o.Text
	}
	return strings.Join(parts, "  ")
}

// PeerWords say who the others are.
func PeerWords(text messages.Catalogue, g PeerGroup) string {
	size := text.Text("questionnaire.any_size")
	if g.Size != SizeClass(0) {
		size = text.Text("questionnaire.size", "class", sizeWords(text, g.Size))
	}
	where := text.Text("index.rank." + string(g.Scope))
	if g.Scope != ScopeCountry {
		where += " (" + g.Name + ")"
	}
	return where + ", " + size
}

// WriteQuestionnaireXLSX writes the sheet as a workbook: a sheet for each section
// shown, one of the differences where there are answers, one of the
// self-assessment. No cell is a formula.
func WriteQuestionnaireXLSX(w io.Writer, q Questionnaire, text messages.Catalogue) error {
	var pages []bookPage
	for i, s := range q.Sections {
		p := bookPage{
			name: text.Text("questionnaire.sheet_name", "n", s.Number),
			head: []string{
				text.Text("questionnaire.number_col"), text.Text("questionnaire.question_col"), text.Text("questionnaire.options_col"), text.Text("questionnaire.measured_col"),
				text.Text("questionnaire.own_col"), text.Text("questionnaire.note_col"), text.Text("questionnaire.state_col"), text.Text("questionnaire.evidence_col"), text.Text("index.evidence_col"), text.Text("compare.date_col"),
			},
			widths: []float64{8, 48, 36, 36, 36, 30, 18, 60, 40, 18},
			above:  []string{text.Text("questionnaire.title", "comune", q.Comune) + ", " + s.Title},
		}
		if i == 0 {
			p.above = append(p.above, q.MadeWords(text), q.FormText, text.Text("questionnaire.fair"), text.Text("questionnaire.numbers"))
		}
		for _, x := range s.Questions {
			number := x.Number
			if !x.Survey {
				number += "*"
			}
			row := []any{number, x.Text, Alternatives(x.Options), x.MeasuredIn, x.OwnText, x.Note, x.FillingText, "", "", nil}
			var said []string
			for _, e := range x.Evidence {
				said = append(said, e.Words())
			}
			row[7] = strings.Join(said, "; ")
			for _, e := range x.Evidence {
				if e.URL != "" {
					row[8], row[9] = e.URL, e.CheckedAt
					break
				}
			}
			p.rows = append(p.rows, row)
		}
		pages = append(pages, p)
	}
	if q.Own != nil {
		p := bookPage{name: text.Text("questionnaire.differ"), widths: []float64{10, 48, 48}, head: []string{
			text.Text("questionnaire.number_col"), text.Text("questionnaire.own_col"), text.Text("questionnaire.measured_col"),
		}}
		for _, d := range q.Differ {
			p.rows = append(p.rows, []any{d.Number, d.Own, d.Measured})
		}
		pages = append(pages, p)
	}
	if len(q.Assessing) > 0 {
		pages = append(pages, selfPage(q, text))
	}
	return writeBook(w, pages...)
}

func selfPage(q Questionnaire, text messages.Catalogue) bookPage {
	p := bookPage{name: text.Text("questionnaire.self"), above: []string{text.Text("questionnaire.self_note")}, head: []string{text.Text("index.indicator_col"), text.Text("questionnaire.here_col")}, widths: []float64{44, 12}}
	for _, g := range q.Assessing[0].Peers {
		p.head = append(p.head, PeerWords(text, g), text.Text("questionnaire.peers_col"))
		p.widths = append(p.widths, 24, 14)
	}
	number := func(x *float64) any {
		if x == nil {
			return nil
		}
		return *x
	}
	for _, a := range q.Assessing {
		row := []any{a.Title, number(a.Own)}
		for _, g := range a.Peers {
			row = append(row, number(g.Mean), g.Measured)
		}
		p.rows = append(p.rows, row)
	}
	return p
}
