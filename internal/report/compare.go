package report

// The check-list of bodies side by side: the same rows for each, what a site
// shows with its page and its date, and "to ask the body" where no site can tell.

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

//go:embed compare.yaml
var compareRows []byte

// Answer is what a cell of the check-list says.
type Answer string

// The answers. AnswerNo is "not seen" or "not identified": it never says that a
// body has not done a thing.
const (
	AnswerYes    Answer = "yes"
	AnswerPartly Answer = "partly"
	AnswerNo     Answer = "no"
	AnswerAsk    Answer = "ask" // only the body can tell
)

// Comparison is the check-list. Its field names in JSON are part of the
// interface. Strings from outside are clean.
type Comparison struct {
	Made time.Time `json:"made"` // in the zone it is shown in
	Stood
	Version  string           `json:"version"`
	Bodies   []ComparedBody   `json:"bodies"` // the columns
	Sections []CompareSection `json:"sections"`
}

// ComparedBody is one column.
type ComparedBody struct {
	Name      string    `json:"name"`
	Istat     string    `json:"istat,omitzero"` // of a comune
	IPA       string    `json:"codice_ipa"`
	Category  string    `json:"category"` // IPA's: L6, L5, L45, …
	Kind      string    `json:"kind"`     // the category in words
	Province  string    `json:"provincia,omitzero"`
	Site      string    `json:"site"`
	PEC       string    `json:"pec,omitzero"`
	Visited   bool      `json:"visited"`
	CheckedAt time.Time `json:"checked_at,omitzero"`
	Note      string    `json:"note"` // how the visit went, or that there was none
}

// CompareSection is some rows that belong together.
type CompareSection struct {
	ID    string       `json:"id"`
	Title string       `json:"title"`
	Rows  []CompareRow `json:"rows"`
}

// CompareRow is one row, with a cell for each body.
type CompareRow struct {
	ID    string        `json:"id"`
	Title string        `json:"title"`
	Cells []CompareCell `json:"cells"`
}

// CompareCell is what is known of one body on one row.
type CompareCell struct {
	Answer    Answer          `json:"answer"`
	Text      string          `json:"text"`
	Detail    string          `json:"detail,omitzero"` // why, or what exactly
	URL       string          `json:"evidence_url,omitzero"`
	Quote     string          `json:"evidence,omitzero"`
	CheckedAt time.Time       `json:"checked_at,omitzero"`
	Check     string          `json:"check,omitzero"`
	Verdict   finding.Verdict `json:"verdict,omitzero"`
	Reason    finding.Reason  `json:"reason,omitzero"`
	Others    []string        `json:"others_say,omitzero"` // what was imported of it, in words; none of it is measured
}

// Compared is a body to be set beside others: the view of a comune, or what the
// registry has of a body that was not visited.
type Compared struct {
	View *record.Latest // whole; nil: not visited
	Body registry.Body  // of one that was not visited
	// Comune is that of the registry, of one not visited; nil: no comune.
	Comune *registry.Comune
	// Office is what IPA says of the RTD of a body that is no comune.
	Office registry.Office
}

// CompareOptions say what a check-list looks like. Text is required.
type CompareOptions struct {
	Made    time.Time
	Night   string // what Comparison.Night says
	AsOf    string
	Version string
	Checks  []checks.Meta
	Text    messages.Catalogue
	Outside *registry.External // what has been imported; nil: nothing
}

// compareForm is the file of rows.
type compareForm struct {
	Sections []struct {
		ID   string    `yaml:"id"`
		Rows []formRow `yaml:"rows"`
	} `yaml:"sections"`
}

// formRow is one row of the file.
type formRow struct {
	ID      string       `yaml:"id"`
	Check   string       `yaml:"check"` // empty: the body is asked
	Fact    string       `yaml:"fact"`  // the kind or the value of the fact that proves a yes
	List    string       `yaml:"list"`  // count or others
	Answers []formAnswer `yaml:"answers"`
}

type formAnswer struct {
	when   `yaml:",inline"`
	Answer Answer `yaml:"answer"`
}

func readCompareForm() (compareForm, error) {
	var form compareForm
	dec := yaml.NewDecoder(bytes.NewReader(compareRows))
	dec.KnownFields(true)
	if err := dec.Decode(&form); err != nil {
		return form, fmt.Errorf("the rows of the comparison: %w", err)
	}
	return form, nil
}

// NewComparison sets bodies side by side. The error is that the rows that vigile
// comes with cannot be read.
func NewComparison(bodies []Compared, o CompareOptions) (Comparison, error) {
	form, err := readCompareForm()
	if err != nil {
		return Comparison{}, err
	}
	c := Comparison{Made: o.Made, Stood: Stood{Night: o.Night, AsOf: o.AsOf}, Version: o.Version, Bodies: []ComparedBody{}}
	cells := comparer{o: o, metas: byID(o.Checks), rows: map[string]bool{}}
	for _, s := range form.Sections {
		for _, r := range s.Rows {
			cells.rows[r.ID] = true
		}
	}
	for _, b := range bodies {
		c.Bodies = append(c.Bodies, cells.body(b))
		if b.View != nil && c.Night != "" { // else each column has its day
			c.Stood.take(*b.View)
		}
	}
	for _, s := range form.Sections {
		section := CompareSection{ID: s.ID, Title: o.Text.Text("compare.section." + s.ID)}
		for _, r := range s.Rows {
			row := CompareRow{ID: r.ID, Title: cells.title(r)}
			for _, b := range bodies {
				cell := cells.cell(r, b)
				cell.Others = cells.othersSay(r, b)
				row.Cells = append(row.Cells, cell)
			}
			section.Rows = append(section.Rows, row)
		}
		c.Sections = append(c.Sections, section)
	}
	return c, nil
}

// comparer makes the cells.
type comparer struct {
	o     CompareOptions
	metas map[string]checks.Meta
	rows  map[string]bool // ids of all rows
}

func (c comparer) title(r formRow) string {
	if key := "compare.row." + r.ID; c.o.Text.Has(key) {
		return c.o.Text.Text(key)
	}
	return upperFirst(valueWords(c.o.Text, c.metas[r.Check], r.ID))
}

func upperFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

func (c comparer) body(b Compared) ComparedBody {
	text := c.o.Text
	out := ComparedBody{Note: text.Text("compare.not_visited")}
	from := b.Comune
	if b.View != nil {
		from = &b.View.Comune
		out.Visited, out.CheckedAt, out.Note = true, b.View.Checked.UTC(), reachText(text, b.View.Visit.Reach).Word
	}
	if from != nil {
		out.Name, out.Istat, out.IPA, out.Province, out.PEC = shown(from.Name), shown(from.Istat), shown(from.IPA), shown(from.Province), shown(from.PEC)
		out.Category, out.Site = registry.CategoryComune, address(siteOf(record.Latest{Comune: *from}))
	} else {
		out.Name, out.IPA, out.PEC, out.Category = shown(b.Body.Name), shown(b.Body.IPA), shown(b.Body.PEC), shown(b.Body.Category)
		out.Site = address(siteOf(record.Latest{Comune: registry.Comune{Site: b.Body.Site}}))
	}
	out.Kind = text.Text("compare.category.other")
	if key := "compare.category." + out.Category; text.Has(key) {
		out.Kind = text.Text(key)
	}
	return out
}

func (c comparer) cell(r formRow, b Compared) CompareCell {
	text := c.o.Text
	out := CompareCell{Answer: AnswerAsk, Text: text.Text("compare.answer.ask")}
	switch {
	case r.Check == "rtd" && b.View == nil:
		return c.rtdInIPA(out, b)
	case r.Check == "" || b.View == nil:
		return out
	}
	st, ran := b.View.Standing(r.Check)
	if !ran {
		return out
	}
	s := speak(st.Finding, true)
	out.Check, out.Verdict, out.Reason, out.CheckedAt = r.Check, s.Verdict, s.Reason, st.Checked.UTC()
	out.URL, out.Quote = address(evidenceURL(s.Finding)), shown(evidence(s.Finding))
	if s.Reason == finding.ReasonUnconfirmed {
		out.Quote = "" // of what is not told yet
	}
	if r.List != "" {
		return c.listed(out, r, s)
	}
	for _, a := range r.Answers {
		if !a.holds(s) {
			continue
		}
		out.Answer = a.Answer
		if f, ok := factOf(s.Evidence, r.Fact); ok && a.Answer == AnswerYes {
			out.URL, out.Quote = address(f.URL), shown(f.Snippet)
		}
		break
	}
	out.Text = text.Text("compare.answer." + string(out.Answer))
	if reasons := "compare.answer_of." + r.ID + "." + string(out.Answer); text.Has(reasons) {
		out.Text = text.Text(reasons)
	}
	if r.Fact == "" || out.Answer == AnswerAsk && !s.says() {
		out.Detail = c.detail(r, s, b.View.Visit.Reach)
	}
	if r.Fact != "" && out.Answer != AnswerYes {
		out.Quote = ""
		if out.Answer == AnswerAsk {
			out.URL = ""
			if s.says() {
				out.Detail = text.Text("index.unseen")
			}
			if f, ok := factOf(s.Candidates, r.Fact); ok {
				out.URL, out.Quote, out.Detail = address(f.URL), shown(f.Snippet), text.Text("compare.described")
			}
		}
	}
	return out
}

// othersSay is what was imported of what a check looks at, beside what it found.
func (c comparer) othersSay(r formRow, b Compared) []string {
	if r.Check == "" || r.ID != r.Check || b.View == nil {
		return nil
	}
	said := c.o.Outside.Of(b.View.Comune)
	if said.Empty() {
		return nil
	}
	v := outsideView{comune: b.View.Comune, reach: b.View.Visit.Reach, metas: c.o.Checks, text: c.o.Text}
	for _, st := range b.View.Standings {
		v.found = append(v.found, st.Finding.Told())
	}
	var out []string
	for _, l := range outsideLines(said, v) {
		if l.Check == r.Check {
			out = append(out, l.Source+": "+l.OutsideWords(c.o.Text))
		}
	}
	return out
}

// rtdInIPA is what IPA says of the RTD of a body that was not visited: IPA knows it
// of every body. No row there proves nothing.
func (c comparer) rtdInIPA(out CompareCell, b Compared) CompareCell {
	office := b.Office
	if b.Comune != nil {
		office = b.Comune.RTD
	}
	if !office.Known {
		return out
	}
	out.URL, out.CheckedAt = checks.RTDDataset, office.AsOf.UTC()
	if len(office.Holders) == 0 {
		out.Detail = c.o.Text.Text("compare.rtd_no_row")
		return out
	}
	out.Answer, out.Text, out.Detail = AnswerYes, c.o.Text.Text("compare.answer_of.rtd.yes"), c.o.Text.Text("compare.rtd_row")
	if office.Holders[0].Union {
		out.Detail = c.o.Text.Text("province_report.value.rtd.ipa_union")
	}
	return out
}

// detail says why an answer is what it is.
func (c comparer) detail(r formRow, s spoken, reach page.Reach) string {
	switch {
	case s.Reason != "":
		return shown(ReasonText(c.o.Text, s.Finding, reach))
	case s.says():
		words, _ := knownWords(c.o.Text, c.metas[r.Check], s.Value)
		return words
	}
	return ""
}

// listed answers with what the value of a check lists.
func (c comparer) listed(out CompareCell, r formRow, s spoken) CompareCell {
	if !s.says() {
		out.Detail, out.URL, out.Quote = c.detail(r, s, page.ReachOK), "", ""
		return out
	}
	var words []string
	for _, v := range s.items {
		if r.List != "others" || !c.rows[v] {
			words = append(words, valueWords(c.o.Text, c.metas[r.Check], v))
		}
	}
	slices.Sort(words)
	switch {
	case r.List == "count":
		out.Answer, out.Text = AnswerYes, c.o.Text.Text("compare.seen_count", "n", strconv.Itoa(len(words)))
		out.Detail, out.Quote = strings.Join(words, ", "), ""
	case len(words) > 0:
		out.Answer, out.Text, out.Quote = AnswerYes, strings.Join(words, ", "), ""
		for _, v := range s.items {
			if f, ok := factOf(s.Evidence, v); ok && !c.rows[v] {
				out.URL = address(f.URL)
				break
			}
		}
	default:
		out.URL, out.Quote, out.Detail = "", "", c.o.Text.Text("compare.no_others")
	}
	return out
}

// factOf is the fact that is of that kind or has that value.
func factOf(facts []finding.Fact, what string) (finding.Fact, bool) {
	i := slices.IndexFunc(facts, func(f finding.Fact) bool { return what != "" && (f.Kind == what || f.Value == what) })
	if i < 0 {
		return finding.Fact{}, false
	}
	return facts[i], true
}
