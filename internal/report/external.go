package report

// What others say of a comune beside what was measured, and where the two differ.
// Neither is taken for the truth: who reads it may ask.

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// Stand says how what others say and what was measured go together.
type Stand string

// The stands.
const (
	Open    Stand = ""        // nothing was measured that speaks to it
	Agrees  Stand = "agrees"  // both say the same
	Differs Stand = "differs" // they do not
)

// maxOutside bounds what a sheet shows of what others say.
const maxOutside = 60

// OutsideLine is one thing others say of a comune. Its field names are part of
// the interface.
type OutsideLine struct {
	Kind     registry.ExternalKind `json:"kind"`
	Source   string                `json:"source"`         // in words
	Says     string                `json:"says"`           // in words
	Day      string                `json:"day,omitzero"`   // of what is said, 2006-01-02
	Check    string                `json:"check,omitzero"` // the check that speaks to it
	Title    string                `json:"title,omitzero"` // of the check
	Verdict  finding.Verdict       `json:"verdict,omitzero"`
	Measured string                `json:"measured,omitzero"` // in words
	Stand    Stand                 `json:"stand,omitzero"`
}

// outsideView is what is needed to set a comune beside what others say of it.
type outsideView struct {
	comune registry.Comune
	found  []finding.Finding // told ones only
	reach  page.Reach
	metas  []checks.Meta
	text   messages.Catalogue
}

// outsideOf lists what has been imported of the comune of an assessment.
func outsideOf(a record.Assessment, o SheetOptions) []OutsideLine {
	said := o.Outside.Of(a.Comune)
	if said.Empty() {
		return nil
	}
	v := outsideView{comune: a.Comune, reach: a.Visit.Reach, metas: o.Checks, text: o.Text}
	for _, f := range a.Findings {
		v.found = append(v.found, f.Told())
	}
	return outsideLines(said, v)
}

// outsideLines lists what has been imported of a comune, differences first.
func outsideLines(said registry.Outside, v outsideView) []OutsideLine {
	var out []OutsideLine
	for _, c := range said.Candidatures {
		out = append(out, v.candidature(c)...)
	}
	for _, a := range said.Answers {
		out = append(out, v.answer(a)...)
	}
	if said.Population > 0 {
		out = append(out, v.inhabitants(said.Population))
	}
	if said.Lat != 0 || said.Lng != 0 {
		out = append(out, OutsideLine{
			Kind: registry.ExternalCoordinates, Source: v.text.Text("external.source.coordinates"),
			Says: strconv.FormatFloat(said.Lat, 'f', 5, 64) + " " + strconv.FormatFloat(said.Lng, 'f', 5, 64),
		})
	}
	slices.SortStableFunc(out, func(a, b OutsideLine) int { return differsFirst(a) - differsFirst(b) })
	return out[:min(len(out), maxOutside)]
}

func differsFirst(l OutsideLine) int {
	if l.Stand == Differs {
		return 0
	}
	return 1
}

// beside sets a line beside the finding of a check; judge says how they go
// together.
func (v outsideView) beside(l OutsideLine, check string, judge func(finding.Finding) Stand) OutsideLine {
	i := slices.IndexFunc(v.found, func(f finding.Finding) bool { return f.Check == check })
	if i < 0 {
		return l
	}
	f := v.found[i]
	l.Check, l.Title, l.Verdict = check, metaOf(v.metas, check).Title(v.text.Lang()), f.Verdict
	l.Measured = v.text.Text("verdict." + string(f.Verdict))
	if why := ReasonText(v.text, f, v.reach); why != "" {
		l.Measured += ": " + shown(why)
	}
	l.Stand = judge(f)
	return l
}

// topicChecks are the checks that speak to what a candidature is about.
func topicChecks(topic string) []string {
	switch topic {
	case registry.TopicAppIO:
		return []string{"app-io"}
	case registry.TopicPagoPA:
		return []string{"pagopa"}
	case registry.TopicIdentity:
		return []string{"spid", "cie"}
	case registry.TopicSite:
		return []string{"design-model"}
	}
	return nil
}

func (v outsideView) candidature(c registry.ExternalRow) []OutsideLine {
	state := shown(c.State)
	if key := "external.state." + c.State; v.text.Has(key) {
		state = v.text.Text(key)
	}
	line := OutsideLine{
		Kind: registry.ExternalPNRR, Source: v.text.Text("external.source.pnrr", "notice", shown(c.Notice)), Says: state, Day: c.Day,
	}
	ids := topicChecks(c.Topic)
	if len(ids) == 0 {
		return []OutsideLine{line}
	}
	var out []OutsideLine
	for _, id := range ids {
		out = append(out, v.beside(line, id, func(f finding.Finding) Stand {
			if c.State != registry.CandidatureCompleted {
				return Open // what is still to be done, or was given up, is no promise
			}
			return againstDone(f)
		}))
	}
	return out
}

// againstDone sets a finding beside a project that was vouched for and paid. A
// page that could not be read says nothing, a site that was read and does not
// show it does.
func againstDone(f finding.Finding) Stand {
	switch f.Verdict {
	case finding.Pass:
		return Agrees
	case finding.Fail, finding.Warn:
		return Differs
	case finding.Unknown:
		if f.Reason == "not_visible_on_site" {
			return Differs
		}
	}
	return Open
}

// courtWords tell which check a question asked of a body is about: words that
// stand together in it.
var courtWords = []struct{ words, check string }{
	{"spid", "spid"},
	{"cie", "cie"},
	{"pagopa", "pagopa"},
	{"pago pa", "pagopa"},
	{"app io", "app-io"},
	{"appio", "app-io"},
	{"rtd", "rtd"},
	{"responsabile per la transizione", "rtd"},
	{"responsabile della transizione", "rtd"},
	{"dpo", "dpo"},
	{"rpd", "dpo"},
	{"responsabile della protezione dei dati", "dpo"},
	{"open data", "open-data"},
	{"dati aperti", "open-data"},
}

// asked are the checks that a question is about.
func asked(question string) []string {
	words := " " + wordsOf(question) + " "
	var out []string
	for _, w := range courtWords {
		if strings.Contains(words, " "+w.words+" ") && !slices.Contains(out, w.check) {
			out = append(out, w.check)
		}
	}
	return out
}

// wordsOf is a text folded, words of letters and digits, one blank between.
func wordsOf(s string) string {
	return strings.Join(strings.FieldsFunc(page.Fold(s), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}), " ")
}

// yesOrNo reads the beginning of an answer.
func yesOrNo(answer string) (yes, ok bool) {
	first, _, _ := strings.Cut(wordsOf(answer), " ")
	switch first {
	case "si", "s", "yes", "y", "vero", "true", "1":
		return true, true
	case "no", "n", "false", "falso", "0":
		return false, true
	}
	return false, false
}

func (v outsideView) answer(a registry.ExternalRow) []OutsideLine {
	line := OutsideLine{
		Kind: registry.ExternalCourt, Source: v.text.Text("external.source.court", "question", shown(a.Question)), Says: shown(a.Answer),
	}
	ids := asked(a.Question)
	if len(ids) == 0 {
		return []OutsideLine{line}
	}
	yes, known := yesOrNo(a.Answer)
	var out []OutsideLine
	for _, id := range ids {
		out = append(out, v.beside(line, id, func(f finding.Finding) Stand {
			switch {
			case !known:
				return Open
			case f.Verdict == finding.Pass && yes, f.Verdict == finding.Fail && !yes:
				return Agrees
			case f.Verdict == finding.Pass, f.Verdict == finding.Fail:
				return Differs
			}
			return Open
		}))
	}
	return out
}

// farApart is by how many hundredths two counts of inhabitants must differ to be
// worth a word: they are of different years.
const farApart = 10

func (v outsideView) inhabitants(n int) OutsideLine {
	l := OutsideLine{Kind: registry.ExternalPopulation, Source: v.text.Text("external.source.population"), Says: v.text.Count("sheet.population", n)}
	if ours := v.comune.Population; ours > 0 {
		l.Measured = v.text.Text("external.registry", "n", v.text.Count("sheet.population", ours))
		l.Stand = Agrees
		if 100*max(n-ours, ours-n) > farApart*max(n, ours) {
			l.Stand = Differs
		}
	}
	return l
}

// OutsideWords is one line in a sentence.
func (l OutsideLine) OutsideWords(text messages.Catalogue) string {
	words := l.Says
	if day, err := time.Parse(time.DateOnly, l.Day); err == nil {
		words += " (" + text.Date(day) + ")"
	}
	return words
}

// Disagreement is a comune of which others say what was not seen, or the other
// way round. Its field names are part of the interface.
type Disagreement struct {
	Istat    string    `json:"istat"`
	IPA      string    `json:"codice_ipa"`
	Comune   string    `json:"comune"`
	Province string    `json:"provincia"`
	Checked  time.Time `json:"checked_at"` // UTC
	OutsideLine
}

// Disagreements lists them in the order of the views, which may be brief.
func Disagreements(views iter.Seq2[record.Latest, error], said *registry.External, o SheetOptions) ([]Disagreement, error) {
	out := []Disagreement{}
	for l, err := range views {
		if err != nil {
			return nil, err
		}
		s := said.Of(l.Comune)
		if s.Empty() {
			continue
		}
		v := outsideView{comune: l.Comune, reach: l.Visit.Reach, metas: o.Checks, text: o.Text}
		for _, st := range l.Standings {
			v.found = append(v.found, st.Finding.Told())
		}
		for _, line := range outsideLines(s, v) {
			if line.Stand == Differs {
				c := l.Comune
				out = append(out, Disagreement{
					Istat: shown(c.Istat), IPA: shown(c.IPA), Comune: shown(c.Name), Province: shown(c.Province), Checked: l.Checked.UTC(), OutsideLine: line,
				})
			}
		}
	}
	return out, nil
}
