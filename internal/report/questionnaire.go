package report

// The sheet of the map of digital comuni: what a site and the registries answer
// is filled in, with where it was seen; the comune's own answers stand beside it.

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

//go:embed questionnaire.yaml
var questionForm []byte

// SmallUpTo is up to how many inhabitants a comune gets the short form.
const SmallUpTo = 5_000

// Sections is how many sections the questionnaire has, numbered from 1.
const Sections = 7

// Questionnaire is the sheet of one comune. Its field names in JSON are part of
// the interface. Strings from outside are clean.
type Questionnaire struct {
	Comune     string    `json:"comune"`
	Istat      string    `json:"istat"`
	IPA        string    `json:"codice_ipa"`
	Province   string    `json:"provincia"`
	Region     string    `json:"regione"`
	Population int       `json:"popolazione,omitzero"` // 0: unknown
	Made       time.Time `json:"made"`
	Stood
	Version   string    `json:"version"`
	CheckedAt time.Time `json:"checked_at"`
	ReachText string    `json:"reach_text"`

	Form      string            `json:"form"` // small or large
	FormText  string            `json:"form_text"`
	Asked     int               `json:"questions"` // of the whole form, whatever sections are shown
	Shown     int               `json:"shown"`
	Filled    int               `json:"filled"` // of those shown, by what was measured: wholly or in part
	Sections  []QuestionSection `json:"sections"`
	Own       *OwnAnswers       `json:"own_answers,omitzero"`
	Differ    []Difference      `json:"differences"` // where the comune's answers are not what was seen
	Assessing []SelfAssessment  `json:"self_assessment"`

	Beside     []Peer       `json:"-"` // whom the self-assessment is beside
	Unmeasured []Unmeasured `json:"-"` // those of them where some lines were not measured
}

// OwnAnswers say whose the answers beside what was measured are.
type OwnAnswers struct {
	Compiled string `json:"compiled,omitzero"` // the date, where it was given
	Answered int    `json:"answered"`          // of the questions shown
}

// QuestionSection is one section.
type QuestionSection struct {
	Number    int        `json:"number"`
	Title     string     `json:"title"`
	Questions []Question `json:"questions"`
}

// Filling says how far a question is answered by what was measured.
type Filling string

// The fillings.
const (
	FilledWhole Filling = "filled"
	FilledPart  Filling = "partly" // something was seen, the rest is the comune's to say
	FilledNot   Filling = "empty"
)

// Question is one question with its two answers.
type Question struct {
	Number  string   `json:"number"`
	Survey  bool     `json:"survey_number"` // the survey's own number; else the order is ours
	Over    bool     `json:"over_5000,omitzero"`
	Text    string   `json:"text"`
	Kind    string   `json:"kind"` // text, number, yes_no, choice, list
	Options []Option `json:"options,omitzero"`

	Filling     Filling        `json:"filling"`
	FillingText string         `json:"filling_text"`
	Measured    []string       `json:"measured"`          // codes of options, yes or no, or the text
	MeasuredIn  string         `json:"measured_text"`     // the same in words
	Unseen      []string       `json:"unseen,omitzero"`   // options that were looked for and not seen
	Evidence    []QuestionSeen `json:"evidence,omitzero"` // what it rests on

	Own     []string `json:"own"` // as the comune gave them
	OwnText string   `json:"own_text"`
	Note    string   `json:"own_note,omitzero"`

	differ []Difference
}

// Option is one answer a question offers.
type Option struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// QuestionSeen is one piece of evidence.
type QuestionSeen struct {
	Check     string          `json:"check,omitzero"` // empty: of the registry
	Source    string          `json:"source"`         // what the check is called
	Text      string          `json:"text"`           // what it says
	URL       string          `json:"url,omitzero"`   // the page
	Quote     string          `json:"quote,omitzero"`
	CheckedAt time.Time       `json:"checked_at,omitzero"`
	Verdict   finding.Verdict `json:"verdict,omitzero"`
	Reason    finding.Reason  `json:"reason,omitzero"`
}

// Difference is one answer of the comune's that is not what was seen.
type Difference struct {
	Number   string `json:"number"`
	Code     string `json:"code,omitzero"` // the option, of a list
	Own      string `json:"own"`
	Measured string `json:"measured"`
}

// QuestionOptions say what a sheet is of. Text is required.
type QuestionOptions struct {
	Made     time.Time
	Night    string // what Questionnaire.Night says
	AsOf     string
	Version  string
	Checks   []checks.Meta
	Text     messages.Catalogue
	Sections []int    // nil: all
	Answers  *Answers // the comune's own; nil: none

	// Peers are the views of all comuni there are, and Weights those of the index,
	// for the self-assessment; no peers: none.
	Peers   []record.Latest
	Weights Weights
}

// questionSpec is one question of the form.
type questionSpec struct {
	Number   string         `yaml:"number"`
	Survey   bool           `yaml:"survey"`
	Over     bool           `yaml:"over"`
	Kind     string         `yaml:"kind"`
	Options  []string       `yaml:"options"`
	Registry string         `yaml:"registry"`
	Supplier bool           `yaml:"supplier"`
	Profiles bool           `yaml:"profiles"`
	Reads    []questionRead `yaml:"reads"`
	Values   string         `yaml:"values"`
	Shows    []string       `yaml:"shows"`
	Whole    bool           `yaml:"whole"`
}

// questionRead is one line of what a check answers.
type questionRead struct {
	Check  string `yaml:"check"`
	when   `yaml:",inline"`
	Answer string `yaml:"answer"`
	Unseen string `yaml:"unseen"`
}

// unseenAnswer says that a thing was looked for and not seen: neither yes nor no.
const unseenAnswer = "unseen"

type questionSections struct {
	Sections []struct {
		Number    int            `yaml:"number"`
		Questions []questionSpec `yaml:"questions"`
	} `yaml:"sections"`
}

func readQuestions() (questionSections, error) {
	var form questionSections
	dec := yaml.NewDecoder(bytes.NewReader(questionForm))
	dec.KnownFields(true)
	if err := dec.Decode(&form); err != nil {
		return form, fmt.Errorf("the questions: %w", err)
	}
	return form, nil
}

// checks are those a question rests on, each once, in order.
func (q questionSpec) checks() []string {
	var out []string
	for _, r := range q.Reads {
		out = append(out, r.Check)
	}
	out = append(out, q.Shows...)
	if q.Values != "" {
		out = append(out, q.Values)
	}
	if q.Supplier {
		out = append(out, platformCheck)
	}
	if q.Profiles {
		out = append(out, "social")
	}
	var once []string
	for _, id := range out {
		if !slices.Contains(once, id) {
			once = append(once, id)
		}
	}
	return once
}

// NewQuestionnaire makes the sheet of a comune from its view, whole. The error
// is that the questions that vigile comes with cannot be read, or a *FormError
// where the answers are another comune's.
func NewQuestionnaire(l record.Latest, o QuestionOptions) (Questionnaire, error) {
	form, err := readQuestions()
	if err != nil {
		return Questionnaire{}, err
	}
	c := l.Comune
	out := Questionnaire{
		Comune: shown(c.Name), Istat: shown(c.Istat), IPA: shown(c.IPA), Province: shown(c.Province), Region: shown(c.Region), Population: c.Population,
		Made: o.Made, Stood: Stood{Night: o.Night, AsOf: o.AsOf}, Version: o.Version, CheckedAt: l.Checked.UTC(), ReachText: reachText(o.Text, l.Visit.Reach).Word,
		Form: "large", Sections: []QuestionSection{}, Differ: []Difference{}, Assessing: []SelfAssessment{},
	}
	if out.Night != "" { // else the day of the visit says it
		out.Stood.take(l)
	}
	if c.Population > 0 && c.Population <= SmallUpTo {
		out.Form = "small"
	}
	out.FormText = o.Text.Text("questionnaire.form." + out.Form)
	f := filler{o: o, view: l, metas: byID(o.Checks)}
	if o.Answers != nil {
		if of := o.Answers.Comune; of != "" && of != c.Istat && registry.FoldIPA(of) != registry.FoldIPA(c.IPA) {
			return Questionnaire{}, &FormError{Kind: "comune", Name: of}
		}
		out.Own = &OwnAnswers{Compiled: o.Answers.Compiled}
	}
	for _, s := range form.Sections {
		section := QuestionSection{Number: s.Number, Title: o.Text.Text(fmt.Sprintf("questionnaire.section.%d", s.Number))}
		for _, spec := range s.Questions {
			if spec.Over && out.Form == "small" {
				continue
			}
			out.Asked++
			if o.Sections == nil || slices.Contains(o.Sections, s.Number) {
				section.Questions = append(section.Questions, f.question(spec))
			}
		}
		if len(section.Questions) > 0 {
			out.add(section)
		}
	}
	if out.Assessing = f.assess(); len(out.Assessing) > 0 {
		out.Beside = f.peers()
		out.unmeasured()
	}
	return out, nil
}

func (q *Questionnaire) add(s QuestionSection) {
	q.Sections = append(q.Sections, s)
	for _, x := range s.Questions {
		q.Shown++
		if x.Filling != FilledNot {
			q.Filled++
		}
		if q.Own != nil && len(x.Own) > 0 {
			q.Own.Answered++
		}
		q.Differ = append(q.Differ, x.differ...)
	}
}

// questionKey is a question's place in the catalogue of messages.
func questionKey(number string) string { return strings.ReplaceAll(number, ".", "-") }
