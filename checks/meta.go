package checks

// What is said about each check: nature, law, deadline, remedy. It lives in
// <id>.yaml beside the code, is read strictly, and is never frozen into findings.

import (
	"bytes"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/vigile-it/vigile/checks/finding"
)

// Text is a text in both languages.
type Text struct {
	IT string `yaml:"it"`
	EN string `yaml:"en"`
}

// In is the text in a language; Italian where that language is not kept.
func (t Text) In(lang string) string {
	if lang == "en" {
		return t.EN
	}
	return t.IT
}

func (t Text) complete() bool { return t.IT != "" && t.EN != "" }

// Law is one source of a duty.
type Law struct {
	Act     string `yaml:"act"`     // "L. 4/2004"
	Article string `yaml:"article"` // "art. 3-quater"; may be empty
	Text    Text   `yaml:"text"`    // what it asks, in our words
}

// Deadline says by when. At most one of Yearly and Since is set; neither means
// the duty has no day of its own.
type Deadline struct {
	Yearly string `yaml:"yearly"` // "09-23": each year by that month and day
	Since  string `yaml:"since"`  // "2016-09-14": due since that day
	Text   Text   `yaml:"text"`
}

// Severity says how much a failure weighs.
type Severity string

// The severities.
const (
	SeverityHigh   Severity = "high"
	SeverityMedium Severity = "medium"
	SeverityLow    Severity = "low"
)

// Effort says how long the remedy takes, once somebody sits down to it.
type Effort string

// The efforts.
const (
	EffortMinutes Effort = "minutes"
	EffortHours   Effort = "hours"
	EffortDays    Effort = "days"
	EffortWeeks   Effort = "weeks"
	EffortNone    Effort = "none"
)

// Who can act.
const (
	WhoComune   = "comune"   // the comune's own staff
	WhoSupplier = "supplier" // whoever builds or hosts the site
	WhoIPA      = "ipa"      // whoever keeps the comune's record in IPA
)

// Value describes one value a check may give, such as a platform.
type Value struct {
	Name     string `yaml:"name"`
	Supplier string `yaml:"supplier"` // empty: none, or not known
	Refines  string `yaml:"refines"`  // the more general value this one implies
}

// Meta is what is said about one check.
type Meta struct {
	ID          string           `yaml:"id"`
	Nature      finding.Nature   `yaml:"nature"`
	Version     int              `yaml:"version"` // raised whenever rules or judgement change
	Titles      Text             `yaml:"title"`
	Whys        Text             `yaml:"why"`
	Law         []Law            `yaml:"law"`
	Deadline    Deadline         `yaml:"deadline"`
	MustRead    []string         `yaml:"must_read"`    // ids of interests that must be read before a red
	JudgesVisit bool             `yaml:"judges_visit"` // definite even where the site was not reached
	Severity    Severity         `yaml:"severity"`
	Effort      Effort           `yaml:"effort"`
	Who         []string         `yaml:"who"`
	Remedies    Text             `yaml:"remedy"`
	ByReason    map[string]Text  `yaml:"remedy_by_reason"`   // where a reason asks for something else
	ByPlatform  map[string]Text  `yaml:"remedy_by_platform"` // by value of the check cms: how it is done there, said after the remedy
	Values      map[string]Value `yaml:"values"`
}

// Title is the check's name for people.
func (m Meta) Title(lang string) string { return m.Titles.In(lang) }

// Why says why anyone should care.
func (m Meta) Why(lang string) string { return m.Whys.In(lang) }

// Remedy says what to do about a finding of that reason.
func (m Meta) Remedy(reason finding.Reason, lang string) string {
	if t, ok := m.ByReason[string(reason)]; ok {
		return t.In(lang)
	}
	return m.Remedies.In(lang)
}

// RemedyOn is Remedy on a site built with a platform, a value of the check cms:
// with how it is done there, where that is known.
func (m Meta) RemedyOn(platform string, reason finding.Reason, lang string) string {
	said := m.Remedy(reason, lang)
	if how, ok := m.ByPlatform[platform]; ok && said != "" {
		return said + " " + how.In(lang)
	}
	return said
}

// loadMeta reads and validates the metadata of one check. What the file has
// under the key rules is given apart, on its lines.
func loadMeta(fsys fs.FS, id string) (Meta, []byte, error) {
	name := id + ".yaml"
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return Meta{}, nil, fmt.Errorf("reading the metadata of %s: %w", id, err)
	}
	said, rules, err := apart(name, data)
	if err != nil {
		return Meta{}, nil, err
	}
	m, err := parseMeta(said)
	if err != nil {
		return Meta{}, nil, fmt.Errorf("%s: %w", name, err)
	}
	if m.ID != id {
		return Meta{}, nil, fmt.Errorf("%s: the id inside is %q", name, m.ID)
	}
	return m, rules, nil
}

// apart takes the rules out of a metadata file; both keep their lines.
func apart(name string, data []byte) (said, rules []byte, err error) {
	if !bytes.Contains(data, []byte("\nrules:")) {
		return data, nil, nil
	}
	parts, err := sections(name, data)
	if err != nil {
		return nil, nil, err
	}
	rules = parts["rules"].text
	said = bytes.Clone(data)
	start := len(rules) - len(bytes.TrimLeft(rules, "\n")) // the blank lines before
	from := lineStart(said, start)
	for i := from; i < from+len(rules)-start; i++ {
		if said[i] != '\n' {
			said[i] = ' '
		}
	}
	return said, rules, nil
}

// lineStart is where line n begins, from 0.
func lineStart(data []byte, n int) int {
	at := 0
	for range n {
		at += bytes.IndexByte(data[at:], '\n') + 1
	}
	return at
}

func parseMeta(data []byte) (Meta, error) {
	var m Meta
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&m); err != nil {
		return Meta{}, err
	}
	return m, m.validate()
}

var (
	metaID = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	yearly = regexp.MustCompile(`^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`)
)

func (m Meta) validate() error {
	missing := func(what string) error { return fmt.Errorf("%s is missing or not one of its words", what) }
	switch {
	case !metaID.MatchString(m.ID):
		return missing("id")
	case !slices.Contains([]finding.Nature{finding.Obligation, finding.Grant, finding.GoodPractice, finding.Information}, m.Nature):
		return missing("nature")
	case m.Version < 1:
		return missing("version")
	case !m.Titles.complete():
		return missing("title in it and en")
	case !m.Whys.complete():
		return missing("why in it and en")
	case !m.Remedies.complete():
		return missing("remedy in it and en")
	case !slices.Contains([]Severity{SeverityHigh, SeverityMedium, SeverityLow}, m.Severity):
		return missing("severity")
	case !slices.Contains([]Effort{EffortMinutes, EffortHours, EffortDays, EffortWeeks, EffortNone}, m.Effort):
		return missing("effort")
	case len(m.Who) == 0 || slices.ContainsFunc(m.Who, func(w string) bool { return !slices.Contains([]string{WhoComune, WhoSupplier, WhoIPA}, w) }):
		return missing("who")
	}
	return m.validateDuty()
}

// validateDuty checks what only some checks have: law, deadline, values.
func (m Meta) validateDuty() error {
	if m.Nature == finding.Obligation && len(m.Law) == 0 {
		return fmt.Errorf("an obligation without a law")
	}
	for _, l := range m.Law {
		if l.Act == "" || !l.Text.complete() {
			return fmt.Errorf("a law without its act or its text in it and en")
		}
	}
	if m.Nature == finding.Obligation && !m.JudgesVisit && len(m.MustRead) == 0 {
		return fmt.Errorf("an obligation that reads pages without must_read")
	}
	if !m.Deadline.Text.complete() {
		return fmt.Errorf("deadline without its text in it and en")
	}
	if y := m.Deadline.Yearly; y != "" && !yearly.MatchString(y) {
		return fmt.Errorf("deadline: yearly must be month and day, such as 09-23")
	}
	if s := m.Deadline.Since; s != "" {
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			return fmt.Errorf("deadline: since must be a date, such as 2016-09-14")
		}
	}
	for r, t := range m.ByReason {
		if !t.complete() {
			return fmt.Errorf("remedy_by_reason: %s is not in it and en", r)
		}
	}
	for p, t := range m.ByPlatform {
		if !t.complete() {
			return fmt.Errorf("remedy_by_platform: %s is not in it and en", p)
		}
	}
	for id, v := range m.Values {
		if _, ok := m.Values[v.Refines]; v.Refines != "" && !ok {
			return fmt.Errorf("values: %s refines %s, which is not listed", id, v.Refines)
		}
	}
	return nil
}
