package finding

// Making facts: every string from outside is stripped of what could steer a
// terminal, a spreadsheet or a reader's eye, and bounded.

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds on the strings of a Fact, in characters.
const (
	MaxSnippet = 200
	MaxURL     = 2_048
	MaxValue   = 200
	maxCode    = 80
)

// NewFact returns the fact with its strings clean: control, escape,
// bidirectional and zero-width characters stripped, white space folded, each
// string bounded.
func NewFact(f Fact) Fact {
	f.Check = clean(f.Check, maxCode)
	f.Kind = clean(f.Kind, maxCode)
	f.Rule = clean(f.Rule, maxCode)
	f.Place = clean(f.Place, maxCode)
	f.Value = clean(f.Value, MaxValue)
	f.Snippet = clean(f.Snippet, MaxSnippet)
	f.URL = clean(f.URL, MaxURL)
	f.Target = clean(f.Target, MaxURL)
	f.Depth = max(f.Depth, 0)
	return f
}

// Clean tells whether the fact's strings are as NewFact would leave them.
func (f Fact) Clean() bool { return f == NewFact(f) }

// clean strips what a reader cannot see, folds white space and cuts at limit
// runes.
func clean(s string, limit int) string {
	if len(s) <= limit && printable(s) {
		return s
	}
	var b strings.Builder
	n := 0
	space := false
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\x1b':
			i += escape(s[i:])
			continue
		case unicode.IsSpace(r):
			space = b.Len() > 0
		case r == utf8.RuneError && size == 1, !unicode.IsGraphic(r):
		default:
			need := 1
			if space {
				need = 2
			}
			if n+need > limit {
				return b.String()
			}
			if space {
				b.WriteByte(' ')
				space = false
			}
			b.WriteRune(r)
			n += need
		}
		i += size
	}
	return b.String()
}

// printable tells a string of visible ASCII with single blanks inside: nearly
// every address and code, of which there is nothing to clean.
func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c >= 0x7f || c == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			return false
		}
	}
	return true
}

// escape is the length of the terminal sequence s begins with: the escape, a
// bracket and its parameters, or an operating-system command up to its end.
func escape(s string) int {
	if len(s) < 2 {
		return len(s)
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s) && i < 32; i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return i + 1
			}
		}
		return 2
	case ']':
		for i := 2; i < len(s) && i < 512; i++ {
			if s[i] == '\a' {
				return i + 1
			}
			if s[i] == '\x1b' {
				return min(i+2, len(s))
			}
		}
		return 2
	}
	return 1
}
