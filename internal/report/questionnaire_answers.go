package report

// The comune's own answers: a YAML file, read strictly, each answer held against
// the question it is of.

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/vigile-it/vigile/crawler/page"
)

// Answers are the comune's own, as
//
//	comune: "054051"        # ISTAT or IPA code; may be left out
//	compiled: 2026-11-20    # may be left out
//	answers:
//	  "2.7": own
//	  "5.4": [imu, tari]
//	  "6.8": {answer: yes, note: Only for building permits}
type Answers struct {
	Comune   string
	Compiled string // 2006-01-02
	By       map[string]OwnAnswer
}

// OwnAnswer is the answer to one question: codes of options, yes or no, a number,
// a text. It is clean.
type OwnAnswer struct {
	Answers []string
	Note    string
}

// Bounds of an answer.
const (
	mostAnswers = 60
	longestText = 2_000 // characters
)

// answersForm is the file.
type answersForm struct {
	Comune   string               `yaml:"comune"`
	Compiled string               `yaml:"compiled"`
	Answers  map[string]yaml.Node `yaml:"answers"`
}

// ParseAnswers reads a comune's answers. The error is a *FormError, or that the
// questions that vigile comes with cannot be read.
func ParseAnswers(data []byte) (Answers, error) {
	questions, err := readQuestions()
	if err != nil {
		return Answers{}, err
	}
	specs := map[string]questionSpec{}
	var numbers []string
	for _, s := range questions.Sections {
		for _, q := range s.Questions {
			specs[q.Number] = q
			numbers = append(numbers, q.Number)
		}
	}
	var form answersForm
	root, err := readForm(data, &form, []string{"comune", "compiled", "answers", "answer", "note"})
	if err != nil {
		return Answers{}, err
	}
	if form.Compiled != "" {
		if _, err := time.Parse(time.DateOnly, form.Compiled); err != nil {
			return Answers{}, &FormError{Kind: "date", Name: form.Compiled, Line: lineOf(root, "compiled")}
		}
	}
	out := Answers{Comune: strings.TrimSpace(form.Comune), Compiled: form.Compiled, By: map[string]OwnAnswer{}}
	for number, node := range form.Answers {
		line := lineOf(root, "answers", number)
		spec, ok := specs[number]
		if !ok {
			return Answers{}, &FormError{Kind: "question", Name: number, Line: line, Nearest: nearestOf(number, numbers)}
		}
		a, bad := readAnswer(&node, spec)
		if bad != nil {
			if bad.Line == 0 {
				bad.Line = line
			}
			return Answers{}, bad
		}
		if len(a.Answers) > 0 || a.Note != "" {
			out.By[number] = a
		}
	}
	return out, nil
}

// readAnswer reads one answer: a value, a list, or both with a note.
func readAnswer(n *yaml.Node, spec questionSpec) (OwnAnswer, *FormError) {
	var out OwnAnswer
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind == yaml.MappingNode {
		var inner *yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			switch key, value := n.Content[i], n.Content[i+1]; {
			case key.Value == "answer":
				inner = value
			case key.Value == "note" && value.Kind == yaml.ScalarNode:
				out.Note = page.Clean(value.Value, longestText)
			default:
				return out, &FormError{Kind: "unknown_key", Name: key.Value, Line: key.Line, Nearest: nearestOf(key.Value, []string{"answer", "note"})}
			}
		}
		if inner == nil {
			return out, nil
		}
		n = inner
	}
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		if items = n.Content; spec.Kind != "list" && len(items) > 1 {
			return out, &FormError{Kind: "answer", Name: spec.Number, Line: n.Line}
		}
	}
	if len(items) > mostAnswers {
		return out, &FormError{Kind: "too_many", Name: spec.Number, Line: n.Line}
	}
	for _, item := range items {
		if item.Kind != yaml.ScalarNode {
			return out, &FormError{Kind: "answer", Name: spec.Number, Line: item.Line}
		}
		if item.Tag == "!!null" {
			continue // asked and not answered yet
		}
		answer, bad := fitting(item.Value, spec)
		if bad != nil {
			bad.Line = item.Line
			return out, bad
		}
		if answer != "" && !slices.Contains(out.Answers, answer) {
			out.Answers = append(out.Answers, answer)
		}
	}
	return out, nil
}

// fitting is a value in the form its question asks for.
func fitting(value string, spec questionSpec) (string, *FormError) {
	if len([]rune(value)) > longestText {
		return "", &FormError{Kind: "too_many", Name: spec.Number}
	}
	value = page.Clean(value, longestText)
	if value == "" {
		return "", nil
	}
	word := strings.ToLower(value)
	switch spec.Kind {
	case "yes_no":
		switch word {
		case "yes", "true", "si", "sì", "y":
			return "yes", nil
		case "no", "false", "n":
			return "no", nil
		}
		return "", &FormError{Kind: "option", Name: value, Options: []string{"yes", "no"}}
	case "choice", "list":
		if !slices.Contains(spec.Options, word) {
			return "", &FormError{Kind: "option", Name: value, Nearest: nearestOf(word, spec.Options), Options: spec.Options}
		}
		return word, nil
	case "number":
		plain := plainNumber(value)
		if n, err := strconv.ParseFloat(plain, 64); err != nil || math.IsNaN(n) || math.IsInf(n, 0) || n < 0 {
			return "", &FormError{Kind: "number", Name: value}
		}
		return plain, nil
	}
	return value, nil
}

// thousands is a number written with its thousands apart, as Italians do.
var thousands = regexp.MustCompile(`^\d{1,3}([. ]\d{3})+$`)

// plainNumber is a number without thousands apart and with a point before decimals.
func plainNumber(s string) string {
	if thousands.MatchString(s) {
		return strings.NewReplacer(".", "", " ", "").Replace(s)
	}
	return strings.Replace(s, ",", ".", 1)
}
