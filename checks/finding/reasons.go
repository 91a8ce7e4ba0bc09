package finding

// The closed list of reasons, and what a finding must look like to be kept.

import (
	"bytes"
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed reasons.yaml
var reasonsFile []byte

// Any stands in a ReasonSpec for every check without an entry of its own.
const Any = "*"

// ReasonSpec says what one reason means for some checks.
type ReasonSpec struct {
	Code     Reason    `yaml:"code"`
	Checks   []string  `yaml:"checks"`   // ids, or Any
	Verdicts []Verdict `yaml:"verdicts"` // that it may stand beside
	DutyMet  bool      `yaml:"duty_met"` // the duty is met all the same
	Absence  bool      `yaml:"absence"`  // rests on something not having been found
	Settled  bool      `yaml:"settled"`  // rests on several nights or on a date, not on one reading
}

var loadReasons = sync.OnceValues(func() ([]ReasonSpec, error) { return parseReasons(reasonsFile) })

// Reasons is the closed list, in the order of its file. The error is of the
// embedded file and the tests rule it out.
func Reasons() ([]ReasonSpec, error) {
	list, err := loadReasons()
	return slices.Clone(list), err
}

var codeForm = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// parseReasons reads and validates a list of reasons.
func parseReasons(data []byte) ([]ReasonSpec, error) {
	var file struct {
		Reasons []ReasonSpec `yaml:"reasons"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("reading reasons: %w", err)
	}
	type use struct {
		code  Reason
		check string
	}
	seen := map[use]bool{}
	for _, r := range file.Reasons {
		if err := r.check(); err != nil {
			return nil, err
		}
		for _, c := range r.Checks {
			if seen[use{r.Code, c}] {
				return nil, fmt.Errorf("reading reasons: %s is listed twice for %s", r.Code, c)
			}
			seen[use{r.Code, c}] = true
		}
	}
	return file.Reasons, nil
}

func (r ReasonSpec) check() error {
	switch {
	case !codeForm.MatchString(string(r.Code)):
		return fmt.Errorf("reading reasons: %q is no code", r.Code)
	case len(r.Checks) == 0 || len(r.Verdicts) == 0:
		return fmt.Errorf("reading reasons: %s names no check or no verdict", r.Code)
	}
	for _, v := range r.Verdicts {
		if !slices.Contains(Verdicts(), v) {
			return fmt.Errorf("reading reasons: %s: %q is no verdict", r.Code, v)
		}
	}
	if r.DutyMet && slices.Contains(r.Verdicts, Fail) {
		return fmt.Errorf("reading reasons: %s: a duty that is met cannot fail", r.Code)
	}
	return nil
}

// ReasonOf is what a reason means for one check; false where the list does not
// have it for that check.
func ReasonOf(check string, r Reason) (ReasonSpec, bool) {
	list, err := loadReasons()
	if err != nil {
		return ReasonSpec{}, false
	}
	var general *ReasonSpec
	for i := range list {
		if list[i].Code != r {
			continue
		}
		if slices.Contains(list[i].Checks, check) {
			return list[i], true
		}
		if slices.Contains(list[i].Checks, Any) {
			general = &list[i]
		}
	}
	if general == nil {
		return ReasonSpec{}, false
	}
	return *general, true
}

// DutyMet tells whether the finding says that the duty is met: a pass, or a
// warning whose reason is so marked.
func (f Finding) DutyMet() bool {
	if f.Verdict == Pass {
		return true
	}
	spec, ok := ReasonOf(f.Check, f.Reason)
	return ok && f.Verdict == Warn && spec.DutyMet
}

// Validate tells what is wrong with the form of a finding, by the interface's
// rules: only an obligation fails; fail, warn and unknown carry a listed reason
// that may stand beside them; fail and warn say what was looked at; pass shows
// what proves it; strings from outside are clean.
func Validate(f Finding) error {
	switch {
	case f.Check == "":
		return fmt.Errorf("a finding of no check")
	case !slices.Contains(Verdicts(), f.Verdict):
		return fmt.Errorf("%s: %q is no verdict", f.Check, f.Verdict)
	case f.Verdict == Fail && f.Nature != Obligation:
		return fmt.Errorf("%s: fails without being an obligation", f.Check)
	}
	if err := validateReason(f); err != nil {
		return err
	}
	switch f.Verdict {
	case Fail, Warn:
		if len(f.Looked) == 0 && len(f.Candidates) == 0 && len(f.Evidence) == 0 {
			return fmt.Errorf("%s: %s without saying what was looked at", f.Check, f.Verdict)
		}
	case Pass:
		if !slices.ContainsFunc(f.Evidence, func(e Fact) bool { return e.URL != "" && e.Snippet != "" }) {
			return fmt.Errorf("%s: pass without the URL and the words that prove it", f.Check)
		}
	}
	for _, e := range slices.Concat(f.Evidence, f.Candidates) {
		if !e.Clean() {
			return fmt.Errorf("%s: a fact that was not cleaned: %q", f.Check, e.Snippet)
		}
	}
	return nil
}

func validateReason(f Finding) error {
	if f.Reason == "" {
		if f.Verdict == Fail || f.Verdict == Warn || f.Verdict == Unknown {
			return fmt.Errorf("%s: %s without a reason", f.Check, f.Verdict)
		}
		return nil
	}
	spec, ok := ReasonOf(f.Check, f.Reason)
	if !ok {
		return fmt.Errorf("%s: reason %q is not listed for it", f.Check, f.Reason)
	}
	if !slices.Contains(spec.Verdicts, f.Verdict) {
		return fmt.Errorf("%s: reason %s may not stand beside %s", f.Check, f.Reason, f.Verdict)
	}
	return nil
}
