package rules

// Reading a rule file: strict, and every complaint names file, line and rule.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Bounds on a rule file, for files of users' own.
const (
	maxFile     = 1 << 20 // bytes
	maxRules    = 2_000
	maxPattern  = 500 // bytes of a regular expression
	maxLiteral  = 200 // bytes
	minLiteral  = 2   // bytes after folding
	maxLiterals = 100 // of one rule
	maxWindow   = 2_000
	textWindow  = 120
	itemWindow  = 1_000
)

// An Error is a fault in a rule file.
type Error struct {
	File string
	Line int    // 0: unknown
	Rule string // empty: the file as a whole
	Why  string
}

func (e *Error) Error() string {
	s := e.File
	if e.Line > 0 {
		s = fmt.Sprintf("%s:%d", s, e.Line)
	}
	if e.Rule != "" {
		return fmt.Sprintf("%s: rule %s: %s", s, e.Rule, e.Why)
	}
	return s + ": " + e.Why
}

// list is a YAML sequence of strings, or one string.
type list []string

func (l *list) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*l = list{n.Value}
		return nil
	}
	var many []string
	if err := n.Decode(&many); err != nil {
		return err
	}
	*l = many
	return nil
}

type fileForm struct {
	Rules []ruleForm `yaml:"rules"`
}

type ruleForm struct {
	ID       string       `yaml:"id"`
	Since    string       `yaml:"since"`
	Until    string       `yaml:"until"`
	Where    list         `yaml:"where"`
	Literal  list         `yaml:"literal"`
	Literals list         `yaml:"literals"`
	Case     string       `yaml:"case"`
	Regexp   string       `yaml:"regexp"`
	Window   int          `yaml:"window"`
	Value    string       `yaml:"value"`
	Strength Strength     `yaml:"strength"`
	Not      list         `yaml:"not"`
	Examples examplesForm `yaml:"examples"`
}

type examplesForm struct {
	Match   []map[string]string `yaml:"match"`
	NoMatch []map[string]string `yaml:"no_match"`
}

// Load reads and validates the rule file name of fsys. Faults are of type
// *Error, all of them joined; an unreadable file is wrapped as it comes.
func Load(fsys fs.FS, name string) (*Set, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading rules: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading rules %s: %w", name, err)
	}
	if len(data) > maxFile {
		return nil, &Error{File: name, Why: fmt.Sprintf("longer than %d bytes", maxFile)}
	}
	return parse(name, data)
}

func parse(name string, data []byte) (*Set, error) {
	var form fileForm
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&form); err != nil {
		return nil, syntaxErrors(name, err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, &Error{File: name, Why: "holds more than one document"}
	}
	if len(form.Rules) == 0 {
		return nil, &Error{File: name, Why: "holds no rules"}
	}
	if len(form.Rules) > maxRules {
		return nil, &Error{File: name, Why: fmt.Sprintf("holds more than %d rules", maxRules)}
	}
	lines := ruleLines(data)
	set := &Set{lex: &Lexicon{}}
	var faults []error
	seen := map[string]bool{}
	for i, rf := range form.Rules {
		line := 0
		if i < len(lines) {
			line = lines[i]
		}
		r, why := rf.rule()
		if why == "" && seen[r.ID] {
			why = "the id is used twice"
		}
		if why != "" {
			faults = append(faults, &Error{File: name, Line: line, Rule: nameOf(rf.ID, i), Why: why})
			continue
		}
		r.File, r.Line = name, line
		seen[r.ID] = true
		set.rules = append(set.rules, r)
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	set.lex.sets = map[string]*Set{name: set}
	return set, nil
}

func nameOf(id string, i int) string {
	if id == "" {
		return fmt.Sprintf("number %d", i+1)
	}
	return fmt.Sprintf("%.60q", id)
}

var yamlLine = regexp.MustCompile(`line (\d+): (.*)`)

// syntaxErrors turns what the YAML reader says into our form of complaint.
func syntaxErrors(name string, err error) error {
	if errors.Is(err, io.EOF) {
		return &Error{File: name, Why: "holds no rules"}
	}
	var faults []error
	for _, m := range yamlLine.FindAllStringSubmatch(err.Error(), -1) {
		line := 0
		fmt.Sscan(m[1], &line)
		faults = append(faults, &Error{File: name, Line: line, Why: m[2]})
	}
	if len(faults) == 0 {
		return &Error{File: name, Why: err.Error()}
	}
	return errors.Join(faults...)
}

// ruleLines finds the line on which each rule begins.
func ruleLines(data []byte) []int {
	var doc yaml.Node
	if yaml.Unmarshal(data, &doc) != nil || len(doc.Content) == 0 {
		return nil
	}
	top := doc.Content[0]
	for i := 0; i+1 < len(top.Content); i += 2 {
		if top.Content[i].Value != "rules" {
			continue
		}
		var lines []int
		for _, n := range top.Content[i+1].Content {
			lines = append(lines, n.Line)
		}
		return lines
	}
	return nil
}

var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,79}$`)

// rule validates one rule; why is empty where it is good.
func (f ruleForm) rule() (r *Rule, why string) {
	r = &Rule{
		ID: f.ID, Where: f.Where, Literals: append(f.Literal, f.Literals...), Window: f.Window,
		Value: f.Value, Strength: f.Strength, Not: f.Not,
	}
	for _, step := range []func(ruleForm, *Rule) string{
		checkName, checkDates, checkPlaces, checkPattern, checkLiterals, checkExamples,
	} {
		if why := step(f, r); why != "" {
			return nil, why
		}
	}
	return r, ""
}

func checkName(f ruleForm, r *Rule) string {
	if !idForm.MatchString(f.ID) {
		return "the id must be lower-case letters, digits and dashes"
	}
	switch f.Strength {
	case "", Definitive, Heuristic, Strong, Medium, Weak:
	default:
		return fmt.Sprintf("strength %.40q is none of definitive, heuristic, strong, medium, weak", f.Strength)
	}
	switch f.Case {
	case "", "fold":
	case "exact":
		r.Exact = true
	default:
		return fmt.Sprintf("case %.40q is neither fold nor exact", f.Case)
	}
	return ""
}

func checkDates(f ruleForm, r *Rule) string {
	var err error
	if r.Since, err = time.Parse(time.DateOnly, f.Since); err != nil {
		return "since must be a date such as 2025-12-23"
	}
	if f.Until == "" {
		return ""
	}
	if r.Until, err = time.Parse(time.DateOnly, f.Until); err != nil {
		return "until must be a date such as 2025-12-23"
	}
	if r.Until.Before(r.Since) {
		return "until is before since"
	}
	return ""
}

func checkPlaces(f ruleForm, r *Rule) string {
	if len(f.Where) == 0 {
		return "where is missing"
	}
	for _, w := range f.Where {
		p, ok := parsePlace(w)
		if !ok {
			return fmt.Sprintf("where %.40q is no place; the places are %s", w, strings.Join(PlaceNames(), ", "))
		}
		r.places = append(r.places, p)
	}
	return ""
}

func checkPattern(f ruleForm, r *Rule) string {
	if f.Window < 0 || f.Window > maxWindow {
		return fmt.Sprintf("window must be between 0 and %d", maxWindow)
	}
	if len(f.Regexp) > maxPattern {
		return fmt.Sprintf("the regular expression is longer than %d bytes", maxPattern)
	}
	if f.Regexp == "" {
		if strings.Contains(f.Value, "$") {
			return "value refers to a group and there is no regular expression"
		}
		return ""
	}
	re, err := regexp.Compile(f.Regexp)
	if err != nil {
		return err.Error()
	}
	r.Regexp, r.need = re, needOf(f.Regexp)
	return ""
}

func checkLiterals(_ ruleForm, r *Rule) string {
	if len(r.Literals) == 0 {
		return "no literal: every rule needs one that is looked for first"
	}
	if len(r.Literals) > maxLiterals || len(r.Not) > maxLiterals {
		return fmt.Sprintf("more than %d literals", maxLiterals)
	}
	for _, l := range append(append([]string{}, r.Literals...), r.Not...) {
		if len(l) > maxLiteral || !utf8.ValidString(l) {
			return fmt.Sprintf("the literal %.40q is too long or no UTF-8", l)
		}
	}
	for kind := range r.folded {
		r.folded[kind] = forms{literals: foldAll(kind, r.Exact, r.Literals), not: foldAll(kind, r.Exact, r.Not)}
		for i, l := range append(append([]string{}, r.folded[kind].literals...), r.folded[kind].not...) {
			if len(l) < minLiteral {
				return fmt.Sprintf("literal number %d is shorter than %d letters", i+1, minLiteral)
			}
		}
	}
	return ""
}

func checkExamples(f ruleForm, r *Rule) string {
	if len(f.Examples.Match) == 0 || len(f.Examples.NoMatch) == 0 {
		return "examples need at least one match and one no_match"
	}
	r.examples = examples{match: f.Examples.Match, noMatch: f.Examples.NoMatch}
	for _, e := range append(append([]map[string]string{}, f.Examples.Match...), f.Examples.NoMatch...) {
		if len(e) == 0 {
			return "an example is empty"
		}
		for k := range e {
			if p, ok := parsePlace(k); !ok || p.name == placeLink || p.name == placeAsset {
				return fmt.Sprintf("an example stands in %.40q, which is no single place", k)
			}
		}
	}
	return ""
}

// Parse is Load for a file that has been read already; name is what its faults
// call it.
func Parse(name string, data []byte) (*Set, error) {
	if len(data) > maxFile {
		return nil, &Error{File: name, Why: fmt.Sprintf("longer than %d bytes", maxFile)}
	}
	return parse(name, data)
}

// Extend adds the rules of another file to the set. It must be done before
// anything is searched for. The error is of type *Error where an id is taken.
func (s *Set) Extend(more *Set) error {
	var faults []error
	for _, r := range more.rules {
		if s.Rule(r.ID) != nil {
			faults = append(faults, r.fault("a built-in rule has this id"))
		}
	}
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	s.rules = append(s.rules, more.rules...)
	return nil
}
