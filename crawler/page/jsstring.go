package page

// This file takes the string literals out of JavaScript and joins them as the
// code would: "<a href=" + "…", h += '…', document.write(`…`), [a, b].join("").
// It is no interpreter: what a variable or a call puts between two strings is
// written as the rune gap, so that an address with a hole in it is never taken
// for a whole one.

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Bounds of what one script may write.
const (
	maxNesting   = 32      // template literals inside template literals
	maxFragments = 500     // separate pieces of markup
	maxMarkup    = 2 << 20 // bytes of markup
)

// scriptMarkup is the markup that the strings of code make, in pieces; whole is
// false where a bound ended the reading.
func scriptMarkup(code string) (pieces []string, whole bool) {
	s := scanner{code: code}
	s.run()
	s.flush()
	return s.out, s.i >= len(s.code) && !s.deep
}

// scanner reads JavaScript far enough to find its strings.
type scanner struct {
	code   string
	i      int
	link   strings.Builder // code between two strings, without comments and spaces
	joined strings.Builder // strings joined so far
	out    []string
	size   int
	nested []int // depth of braces in each open ${ … }
	deep   bool  // maxNesting was met
	last   byte  // last significant byte, to tell a division from a regular expression
	word   string
}

func (s *scanner) run() {
	for s.i < len(s.code) && s.size < maxMarkup && len(s.out) < maxFragments {
		c := s.code[s.i]
		switch {
		case c == '"' || c == '\'':
			s.literal(s.quoted(c))
		case c == '`':
			s.i++
			s.template(true)
		case c == '/' && s.next('/'):
			s.skipTo("\n")
		case c == '/' && s.next('*'):
			s.i += 2
			s.skipTo("*/")
		case c == '/' && s.startsRegexp():
			s.regexp()
		case c == '{' && len(s.nested) > 0:
			s.nested[len(s.nested)-1]++
			s.significant(c)
		case c == '}' && len(s.nested) > 0:
			s.closeBrace()
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			if s.word != "" && s.last != ' ' {
				s.last = ' '
			}
			s.i++
		default:
			s.significant(c)
		}
	}
}

func (s *scanner) next(c byte) bool { return s.i+1 < len(s.code) && s.code[s.i+1] == c }

func (s *scanner) skipTo(end string) {
	if i := strings.Index(s.code[s.i:], end); i >= 0 {
		s.i += i + len(end)
	} else {
		s.i = len(s.code)
	}
}

// significant takes one byte of code that is no string.
func (s *scanner) significant(c byte) {
	const most = 512 // enough of the code between two strings to tell how it joins them
	if identifier(c) {
		if s.last == ' ' || !identifier(s.last) {
			s.word = ""
		}
		if len(s.word) < 16 {
			s.word += string(c)
		}
	} else {
		s.word = ""
	}
	if s.link.Len() < most {
		s.link.WriteByte(c)
	} else if c == ';' || c == '+' || c == '=' || c == '(' {
		tail := s.link.String()[most/2:]
		s.link.Reset()
		s.link.WriteString("\x00" + tail)
		s.link.WriteByte(c)
	}
	s.last = c
	s.i++
}

func identifier(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '$' || c >= utf8.RuneSelf
}

// startsRegexp tells a regular expression from a division by what stands before.
func (s *scanner) startsRegexp() bool {
	switch s.word {
	case "return", "typeof", "case", "in", "of", "delete", "void", "do", "else":
		return true
	}
	switch s.last {
	case 0, '(', ',', '=', ':', '[', '!', '&', '|', '?', '{', '}', ';', '+', '-', '*', '%', '<', '>', '~', '^':
		return true
	}
	return false
}

// regexp skips a regular expression; a line's end, or no end, shows that it was
// none.
func (s *scanner) regexp() {
	const longest = 1024
	class := false
	for j := s.i + 1; j < min(len(s.code), s.i+longest); j++ {
		switch c := s.code[j]; {
		case c == '\n':
			s.significant('/')
			return
		case c == '\\':
			j++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			s.significant('/')
			s.last, s.i = ')', j+1
			return
		}
	}
	s.significant('/')
}

// quoted reads a string in quotes; a bare end of line ends it, as an error would.
func (s *scanner) quoted(quote byte) string {
	start := s.i + 1
	for j := start; j < len(s.code); j++ {
		switch s.code[j] {
		case '\\':
			j++
		case quote:
			s.i = j + 1
			return unescape(s.code[start:j])
		case '\n':
			s.i = j
			return unescape(s.code[start:j])
		}
	}
	s.i = len(s.code)
	return unescape(s.code[start:])
}

// template reads a template literal up to its end or to ${, where code begins.
func (s *scanner) template(begins bool) {
	start := s.i
	for j := start; j < len(s.code); j++ {
		switch c := s.code[j]; {
		case c == '\\':
			j++
		case c == '`':
			s.i = j + 1
			s.piece(unescape(s.code[start:j]), begins)
			return
		case c == '$' && j+1 < len(s.code) && s.code[j+1] == '{':
			if len(s.nested) >= maxNesting {
				s.deep = true
				continue
			}
			s.i = j + 2
			s.piece(unescape(s.code[start:j]), begins)
			s.nested = append(s.nested, 0)
			s.link.WriteByte('+') // what follows is joined to what came before
			s.last = '('
			return
		}
	}
	s.i = len(s.code)
	s.piece(unescape(s.code[start:]), begins)
}

// piece takes a part of a template literal; all but the first follow the code
// in ${ … }.
func (s *scanner) piece(text string, begins bool) {
	if !begins {
		s.link.WriteByte('+')
	}
	s.literal(text)
}

func (s *scanner) closeBrace() {
	top := len(s.nested) - 1
	if s.nested[top] > 0 {
		s.nested[top]--
		s.significant('}')
		return
	}
	s.nested = s.nested[:top]
	s.i++
	s.template(false)
}

// literal joins one string to those before it, or begins anew.
func (s *scanner) literal(text string) {
	between := s.link.String()
	s.link.Reset()
	s.last, s.word = '"', ""
	joined, hole := joins(between)
	if !joined {
		s.flush()
	}
	if hole {
		s.joined.WriteRune(gap)
	}
	s.joined.WriteString(text)
}

// flush keeps what was joined, if it is markup.
func (s *scanner) flush() {
	text := s.joined.String()
	s.joined.Reset()
	if looksLikeMarkup(text) {
		s.out = append(s.out, text)
		s.size += len(text)
	}
}

func looksLikeMarkup(s string) bool {
	for i := strings.IndexByte(s, '<'); i >= 0 && i+1 < len(s); {
		if c := s[i+1] | 0x20; 'a' <= c && c <= 'z' || s[i+1] == '/' || s[i+1] == '!' {
			return true
		}
		n := strings.IndexByte(s[i+1:], '<')
		if n < 0 {
			return false
		}
		i += n + 1
	}
	return false
}

// joins reads the code between two strings: whether they end up one after the
// other, and whether something unknown is put in before the second.
func joins(between string) (joined, hole bool) {
	first, last := strings.IndexAny(between, ";{}\x00"), strings.LastIndexAny(between, ";{}\x00")
	if first < 0 {
		return joinsInside(between)
	}
	hole = strings.HasPrefix(between, "+") && operand(between[:first])
	right := between[last+1:]
	if i := strings.LastIndexByte(right, '='); i >= 0 {
		target, value := right[:i], right[i+1:]
		if own, ok := strings.CutSuffix(target, "+"); ok && own != "" {
			return adds(value), hole || operand(value)
		}
		if rest, ok := strings.CutPrefix(value, target+"+"); ok && target != "" {
			return adds(rest), hole || operand(rest)
		}
		return false, operand(value)
	}
	if i := writes(right); i >= 0 {
		return adds(right[i:]), hole || operand(right[i:])
	}
	return false, strings.HasSuffix(right, "+") && operand(right)
}

// joinsInside is joins where no statement ends between the two.
func joinsInside(between string) (joined, hole bool) {
	switch {
	case between == "+", between == ",":
		return true, false
	case strings.HasSuffix(between, "+="): // a line's end stood for the semicolon
		return true, strings.HasPrefix(between, "+")
	case writes(between) >= 0:
		i := writes(between)
		return adds(between[i:]), strings.HasPrefix(between, "+") || operand(between[i:])
	case strings.HasPrefix(between, "+"), between == ":", strings.HasSuffix(between, "+"):
		return strings.IndexByte(between, '=') < 0, true // a sum, a choice, a call in the middle of a sum
	}
	return false, false
}

// adds tells that what is left of a statement before a string only adds to it.
func adds(s string) bool { return s == "" || strings.HasSuffix(s, "+") }

// writes is where the argument of a call begins that appends what it is given,
// or -1.
func writes(s string) int {
	for _, call := range [...]string{"write(", "writeln(", ".push("} {
		if i := strings.LastIndex(s, call); i >= 0 {
			return i + len(call)
		}
	}
	return -1
}

// operand tells that a piece of a sum holds something besides the strings.
func operand(s string) bool {
	for i := 0; i < len(s); i++ {
		if identifier(s[i]) {
			return true
		}
	}
	return false
}

// unescape undoes the escapes of a string literal.
func unescape(s string) string {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i >= 0 && i+1 < len(s) {
		b.WriteString(s[:i])
		n := unescapeOne(&b, s[i:])
		s = s[i+n:]
		i = strings.IndexByte(s, '\\')
	}
	b.WriteString(strings.TrimSuffix(s, `\`))
	return b.String()
}

// unescapeOne writes what the escape s starts with stands for, and returns its
// length.
func unescapeOne(b *strings.Builder, s string) int {
	switch c := s[1]; c {
	case 'n', 'r', 't', 'v', 'f', 'b':
		b.WriteByte(' ')
		return 2
	case '\n':
		return 2
	case '\r':
		if len(s) > 2 && s[2] == '\n' {
			return 3
		}
		return 2
	case 'x':
		if r, n := hexRune(s[2:], 2); n == 2 {
			writeRune(b, r)
			return 4
		}
		return 1 + 1
	case 'u':
		return unescapeUnicode(b, s)
	case '0', '1', '2', '3', '4', '5', '6', '7':
		v, n := rune(0), 1
		for n < 4 && n < len(s) && '0' <= s[n] && s[n] <= '7' && v*8+rune(s[n]-'0') < 256 {
			v = v*8 + rune(s[n]-'0')
			n++
		}
		writeRune(b, v)
		return n
	default:
		_, n := utf8.DecodeRuneInString(s[1:])
		b.WriteString(s[1 : 1+n])
		return 1 + n
	}
}

func unescapeUnicode(b *strings.Builder, s string) int {
	if len(s) > 2 && s[2] == '{' {
		end := strings.IndexByte(s[:min(len(s), 11)], '}')
		if end > 3 {
			if r, n := hexRune(s[3:end], end-3); n == end-3 {
				writeRune(b, r)
				return end + 1
			}
		}
		return 2
	}
	r, n := hexRune(s[2:], 4)
	if n != 4 {
		return 2
	}
	if utf16.IsSurrogate(r) && len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
		if low, n := hexRune(s[8:], 4); n == 4 {
			if joined := utf16.DecodeRune(r, low); joined != utf8.RuneError {
				b.WriteRune(joined)
				return 12
			}
		}
	}
	writeRune(b, r)
	return 6
}

// writeRune writes a rune that came out of an escape; zero and the gap itself
// are none of the page's.
func writeRune(b *strings.Builder, r rune) {
	if r == 0 || r == gap || !utf8.ValidRune(r) {
		return
	}
	b.WriteRune(r)
}

func hexRune(s string, most int) (r rune, n int) {
	for n < most && n < len(s) && isHex(s[n]) {
		r = r<<4 | rune(unhex(s[n]))
		n++
	}
	return r, n
}
