package report

// How the forms of the surveys are read: YAML, strict, with the line of what is
// wrong and the nearest known word; and how a finding answers a line of a form.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/registry"
)

// MaxForm is how large a form may be, in bytes.
const MaxForm = 256 << 10

// FormError says what is wrong with a form, and where. Kind is one of the words
// under form_error in the catalogue of messages.
type FormError struct {
	Line    int      // from 1; 0: the whole of it
	Kind    string   // too_large, syntax, documents, unknown_key, …
	Name    string   // the key or value that is wrong, as written
	Nearest string   // the known one that was meant, where one is near
	Options []string // all that may stand there, where they are few
	Err     error
}

func (e *FormError) Error() string {
	out := e.Kind
	if e.Line > 0 {
		out = fmt.Sprintf("line %d: %s", e.Line, e.Kind)
	}
	if e.Name != "" {
		out += ": " + strconv.Quote(e.Name)
	}
	if e.Err != nil {
		out += ": " + e.Err.Error()
	}
	return out
}

func (e *FormError) Unwrap() error { return e.Err }

var (
	unknownField = regexp.MustCompile(`line (\d+): field (.*) not found in type`)
	keyTwice     = regexp.MustCompile(`mapping key "(.*)" already defined`)
	atLine       = regexp.MustCompile(`line (\d+)`)
)

// readForm reads one YAML document strictly into v. known are the keys it may
// have, for the nearest. The tree of nodes is for the lines of what is wrong
// with the values; nil for an empty document.
func readForm(data []byte, v any, known []string) (*yaml.Node, error) {
	if len(data) > MaxForm {
		return nil, &FormError{Kind: "too_large"}
	}
	if !utf8.Valid(data) {
		return nil, &FormError{Kind: "syntax"}
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, &FormError{Kind: "syntax", Line: lineIn(err.Error()), Err: err}
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	err := dec.Decode(v)
	var wrong *yaml.TypeError
	switch {
	case errors.Is(err, io.EOF):
		return nil, &FormError{Kind: "empty"}
	case errors.As(err, &wrong) && len(wrong.Errors) > 0:
		if m := unknownField.FindStringSubmatch(wrong.Errors[0]); m != nil {
			line, _ := strconv.Atoi(m[1])
			return nil, &FormError{Kind: "unknown_key", Line: line, Name: m[2], Nearest: nearestOf(m[2], known)}
		}
		if m := keyTwice.FindStringSubmatch(wrong.Errors[0]); m != nil {
			return nil, &FormError{Kind: "twice", Line: lineIn(wrong.Errors[0]), Name: m[1]}
		}
		return nil, &FormError{Kind: "bad_value", Line: lineIn(wrong.Errors[0]), Err: err}
	case err != nil:
		return nil, &FormError{Kind: "syntax", Line: lineIn(err.Error()), Err: err}
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, &FormError{Kind: "documents"}
	}
	return &root, nil
}

func lineIn(text string) int {
	if m := atLine.FindStringSubmatch(text); m != nil {
		line, _ := strconv.Atoi(m[1])
		return line
	}
	return 0
}

// lineOf is the line of what stands at a path of keys and places in a tree; that
// of the last thing found where the path ends early.
func lineOf(n *yaml.Node, path ...any) int {
	if n == nil {
		return 0
	}
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	line := n.Line
	for _, step := range path {
		var next *yaml.Node
		switch step := step.(type) {
		case int:
			if n.Kind == yaml.SequenceNode && step < len(n.Content) {
				next = n.Content[step]
			}
		case string:
			for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
				if n.Content[i].Value == step {
					next, line = n.Content[i+1], n.Content[i].Line
				}
			}
		}
		if next == nil {
			return line
		}
		if _, place := step.(int); place {
			line = next.Line
		}
		n = next
	}
	return line
}

// nearestOf is the known word most like one that is not known; "" where none is.
func nearestOf(word string, known []string) string {
	if len(word) > 80 {
		return ""
	}
	return registry.NearestWord(word, known)
}

// when is the ground on which a finding answers a line of a form: all that is
// set must hold. A finding that is not definite, or not applicable, holds
// nothing, so that no form can make an answer of what was not seen.
type when struct {
	Verdict    finding.Verdict    `yaml:"verdict,omitempty" json:"verdict,omitzero"`
	Reason     finding.Reason     `yaml:"reason,omitempty" json:"reason,omitzero"`
	Value      string             `yaml:"value,omitempty" json:"value,omitzero"`
	Has        string             `yaml:"has,omitempty" json:"has,omitzero"`     // the value is a list that holds this
	Items      int                `yaml:"items,omitempty" json:"items,omitzero"` // the value is a list of at least so many
	Confidence finding.Confidence `yaml:"confidence,omitempty" json:"confidence,omitzero"`
}

// whenKeys are the keys of when.
var whenKeys = []string{"verdict", "reason", "value", "has", "items", "confidence"}

// answerable are the verdicts a line of a form may rest on.
var answerable = []finding.Verdict{finding.Pass, finding.Warn, finding.Fail, finding.Info}

// wrong is the key of a condition that can never hold, "" where all is well.
func (w when) wrong() string {
	switch {
	case w.Verdict != "" && !slices.Contains(answerable, w.Verdict):
		return "verdict"
	case w.Confidence != "" && !slices.Contains([]finding.Confidence{finding.Low, finding.Medium, finding.High}, w.Confidence):
		return "confidence"
	case w.Items < 0:
		return "items"
	}
	return ""
}

// spoken is a finding as lines of a form are held against it.
type spoken struct {
	finding.Finding
	ran   bool
	items []string // of a value that is a list
}

// speak prepares a finding. A red of low confidence says nothing, nor does one
// that waits for a second look.
func speak(f finding.Finding, ran bool) spoken {
	if f.Unconfirmed && f.Verdict == finding.Fail {
		f.Confidence = finding.Low
	}
	f = f.Told()
	return spoken{Finding: f, ran: ran, items: listItems(f.Value)}
}

// says tells whether the finding answers anything at all.
func (s spoken) says() bool { return s.ran && slices.Contains(answerable, s.Verdict) }

func (w when) holds(s spoken) bool {
	return s.says() && (w.Verdict == "" || w.Verdict == s.Verdict) && (w.Reason == "" || w.Reason == s.Reason) &&
		(w.Value == "" || w.Value == s.Value) && (w.Confidence == "" || w.Confidence == s.Confidence) &&
		(w.Has == "" || slices.Contains(s.items, w.Has)) && len(s.items) >= w.Items
}

// listItems are the parts of a value that is a list; "none" is an empty one.
func listItems(value string) []string {
	if value == "" || value == "none" {
		return nil
	}
	return strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
}

// valueWords is one value of a check as people call it; as it is where nobody
// has words for it.
func valueWords(text messages.Catalogue, meta Meta, value string) string {
	if words, ok := knownWords(text, meta, value); ok {
		return words
	}
	return shown(value)
}

// knownWords are those for one value of a check, and whether there are any.
func knownWords(text messages.Catalogue, meta Meta, value string) (string, bool) {
	if name := meta.Values[value].Name; name != "" {
		return name, true
	}
	for _, room := range []string{"province_report", "index"} {
		if key := room + ".value." + meta.ID + "." + value; text.Has(key) {
			return text.Text(key), true
		}
	}
	return "", false
}

// tenths writes a number with one decimal at most, the way the language does.
func tenths(text messages.Catalogue, x float64) string {
	s := strings.TrimSuffix(strconv.FormatFloat(x, 'f', 1, 64), ".0")
	if text.Lang() == "it" {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}
