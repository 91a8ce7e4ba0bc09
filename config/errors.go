package config

// This file holds what can be wrong with a configuration, typed, so that cmd can
// say it in the user's language.

import (
	"fmt"
	"strings"
)

// Kind is one way in which a configuration can be wrong.
type Kind string

// The kinds of Error. Each has one bad file in testdata and one message in the
// catalogue under config.<kind>.
const (
	Unreadable   Kind = "unreadable"    // the file that was named cannot be read
	TooLarge     Kind = "too_large"     // longer than a configuration can be
	Syntax       Kind = "syntax"        // not YAML
	Documents    Kind = "documents"     // more than one YAML document
	NotSection   Kind = "not_section"   // a value where a section of keys belongs
	NotValue     Kind = "not_value"     // a section or list where one value belongs
	UnknownKey   Kind = "unknown_key"   // Nearest is the closest known one
	DuplicateKey Kind = "duplicate_key" // written twice
	BadValue     Kind = "bad_value"     // Want says what it should be
	OutOfBounds  Kind = "out_of_bounds" // Want is "min-max"
	Needs        Kind = "needs"         // Want is the key that must be set too
)

// Want is what a value should have been: the catalogue explains each under
// config.want.<want>.
type Want string

// The shapes a value can have.
const (
	WantDuration Want = "duration"
	WantDays     Want = "days" // "400d", or 0
	WantSize     Want = "size"
	WantPercent  Want = "percent"
	WantInteger  Want = "integer"
	WantBoolean  Want = "boolean"
	WantURL      Want = "url"
	WantProxy    Want = "proxy"
	WantHostPort Want = "host_port"
	WantCron     Want = "cron"
	WantTimezone Want = "timezone"
	WantContact  Want = "contact"
	WantText     Want = "text"   // printable, on one line
	WantOneOf    Want = "one_of" // Options lists them
)

// Error is one thing wrong with the configuration, and where.
type Error struct {
	Kind    Kind
	Origin  Origin // file and line, or the variable
	Key     string
	Value   string // as written, at most 80 characters; empty for secrets
	Want    Want
	Options string // the values allowed, the bounds, or the key also needed
	Nearest string // of UnknownKey; empty where none is near
	Err     error  // of Unreadable and Syntax
}

// Where is file:line, or the name of the variable.
func (e *Error) Where() string {
	switch {
	case e.Origin.Env != "":
		return e.Origin.Env
	case e.Origin.Line > 0:
		return fmt.Sprintf("%s:%d", e.Origin.File, e.Origin.Line)
	default:
		return e.Origin.File
	}
}

// Error is the English sentence for developers; cmd has the user's.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Where(), strings.ReplaceAll(string(e.Kind), "_", " "))
	for _, part := range []struct{ name, value string }{
		{"key", e.Key}, {"value", e.Value}, {"want", string(e.Want)}, {"allowed", e.Options}, {"nearest", e.Nearest},
	} {
		if part.value != "" {
			fmt.Fprintf(&b, ", %s %q", part.name, part.value)
		}
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap gives the error of the system or of the YAML reader.
func (e *Error) Unwrap() error { return e.Err }

// WarningKind is one thing worth saying about a configuration.
type WarningKind string

// The kinds of Warning, each with a message under config.warning.<kind>.
const (
	UnknownEnv    WarningKind = "unknown_env"    // a VIGILE_ variable that is nearly a known one
	SummerTime    WarningKind = "summer_time"    // a schedule between 02:00 and 02:59
	ContactUnused WarningKind = "contact_unused" // a contact, and a user agent that has no place for it
)

// Warning is one thing worth saying that does not stop the program.
type Warning struct {
	Kind    WarningKind
	Key     string
	Nearest string
}
