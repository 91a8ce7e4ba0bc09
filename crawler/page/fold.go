package page

// This file folds text for matching, maps folded offsets back to what was
// written, and cleans strings that come from outside.

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// SnippetRunes is the length in runes of what Page.Snippet returns at the most.
const SnippetRunes = 200

// Fold is the form text is matched in: compatibility decomposition (NFKD), lower
// case, combining marks and zero-width characters dropped, apostrophes, dashes
// and spaces unified to ' - and the blank. A line feed stays one, for it ends a
// block. It works rune by rune: the fold of a string is the concatenation of the
// folds of its runes, so that offsets can be mapped back (see Around).
func Fold(s string) string {
	i := 0
	for i < len(s) && foldsToItself(s[i]) {
		i++
	}
	if i == len(s) {
		return s
	}
	var short [128]byte // most are labels
	out := append(short[:0], s[:i]...)
	if len(s) > len(short) {
		out = append(make([]byte, 0, len(s)+8), s[:i]...)
	}
	for i < len(s) {
		if c := s[i]; c < utf8.RuneSelf {
			out = append(out, asciiFolds[c])
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		out = appendFold(out, r)
		i += n
	}
	return string(out)
}

func foldsToItself(c byte) bool {
	return c < utf8.RuneSelf && asciiFolds[c] == c
}

// asciiFolds is foldASCII of every character.
var asciiFolds = func() (folds [utf8.RuneSelf]byte) {
	for c := range folds {
		folds[c] = foldASCII(byte(c))
	}
	return folds
}()

func foldASCII(c byte) byte {
	switch {
	case 'A' <= c && c <= 'Z':
		return c + 'a' - 'A'
	case c == '`':
		return '\''
	case c == '\t', c == '\v', c == '\f', c == '\r':
		return ' '
	}
	return c
}

// appendFold appends the fold of one rune.
func appendFold(out []byte, r rune) []byte {
	if r < utf8.RuneSelf {
		return append(out, foldASCII(byte(r)))
	}
	switch r {
	case 'à', 'á', 'À', 'Á': // the frequent ones of Italian, without a table look-up
		return append(out, 'a')
	case 'è', 'é', 'È', 'É':
		return append(out, 'e')
	case 'ì', 'í', 'Ì', 'Í':
		return append(out, 'i')
	case 'ò', 'ó', 'Ò', 'Ó':
		return append(out, 'o')
	case 'ù', 'ú', 'Ù', 'Ú':
		return append(out, 'u')
	case '\u2018', '\u2019', '\u201A', '\u201B', '\u02BC', '\u02B9', '\u2032', '\u00B4', '\uFF07':
		return append(out, '\'')
	case '\u2212', '\u00AD':
		if r == '\u00AD' {
			return out
		}
		return append(out, '-')
	case utf8.RuneError:
		return append(out, "\uFFFD"...)
	}
	switch {
	case unicode.IsSpace(r) || unicode.Is(unicode.Zs, r) || r == '\u2028' || r == '\u2029':
		return append(out, ' ')
	case unicode.Is(unicode.Pd, r):
		return append(out, '-')
	case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r):
		return out
	}
	var enc [utf8.UTFMax]byte
	n := utf8.EncodeRune(enc[:], r)
	d := norm.NFKD.Properties(enc[:n]).Decomposition()
	if d == nil && !hangul(r) {
		return appendLower(out, r)
	}
	if d == nil {
		d = norm.NFKD.Bytes(enc[:n])
	}
	for len(d) > 0 {
		dr, n := utf8.DecodeRune(d)
		out = appendLower(out, dr)
		d = d[n:]
	}
	return out
}

func hangul(r rune) bool { return 0xAC00 <= r && r <= 0xD7A3 }

// appendLower appends one decomposed rune in lower case, without marks.
func appendLower(out []byte, r rune) []byte {
	switch {
	case r < utf8.RuneSelf:
		return append(out, foldASCII(byte(r)))
	case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r):
		return out
	case unicode.IsSpace(r):
		return append(out, ' ')
	case unicode.Is(unicode.Pd, r):
		return append(out, '-')
	case r == '\u2018' || r == '\u2019' || r == '\u2032' || r == '\u02BC' || r == '\u02B9':
		return append(out, '\'')
	}
	return utf8.AppendRune(out, unicode.ToLower(r))
}

// Snippet is the original text round the match [start,end) of p.Folded, at most
// SnippetRunes long.
func (p *Page) Snippet(start, end int) string {
	return Around(p.Text, start, end, SnippetRunes)
}

// Around is a snippet of text round the match [start,end) of Fold(text): at most
// max runes, cut at word ends, on one line. Offsets outside the fold are moved to
// its ends; a match longer than max is cut.
func Around(text string, start, end, max int) string {
	if max <= 0 || text == "" {
		return ""
	}
	from, to := unfold(text, start, end)
	match := utf8.RuneCountInString(text[from:to])
	if match >= max {
		return Clean(text[from:to], max)
	}
	room := max - match
	left := backRunes(text, from, room/2)
	right := forwardRunes(text, to, room-utf8.RuneCountInString(text[left:from]))
	if unused := room - utf8.RuneCountInString(text[left:from]) - utf8.RuneCountInString(text[to:right]); unused > 0 {
		left = backRunes(text, left, unused)
	}
	if left > 0 {
		if i := strings.IndexFunc(text[left:from], unicode.IsSpace); i >= 0 {
			left += i
		} else {
			left = from
		}
	}
	if right < len(text) {
		if i := strings.LastIndexFunc(text[to:right], unicode.IsSpace); i >= 0 {
			right = to + i
		} else {
			right = to
		}
	}
	return Clean(text[left:right], max)
}

// unfold maps [start,end) of Fold(text) to offsets of text.
func unfold(text string, start, end int) (from, to int) {
	start = max(start, 0)
	end = max(end, start)
	var buf [64]byte
	folded, i := 0, 0
	from = -1
	for i < len(text) {
		if from < 0 && folded >= start {
			from = i
		}
		if from >= 0 && folded >= end {
			break
		}
		n, width := 1, 1
		if text[i] >= utf8.RuneSelf {
			var r rune
			r, n = utf8.DecodeRuneInString(text[i:])
			width = len(appendFold(buf[:0], r))
		}
		if from < 0 && folded+width > start {
			from = i
		}
		folded += width
		i += n
	}
	if from < 0 {
		from = i
	}
	return from, i
}

func backRunes(s string, i, n int) int {
	for ; n > 0 && i > 0; n-- {
		_, w := utf8.DecodeLastRuneInString(s[:i])
		i -= w
	}
	return i
}

func forwardRunes(s string, i, n int) int {
	for ; n > 0 && i < len(s); n-- {
		_, w := utf8.DecodeRuneInString(s[i:])
		i += w
	}
	return i
}

// Clean makes a string from outside fit to be stored and shown: terminal escape
// sequences, control, bidirectional, zero-width and other format characters go,
// invalid bytes go, white space is folded to single blanks, and what remains is
// cut at max runes. A max of 0 or less does not cut.
func Clean(s string, max int) string {
	if plain(s) && (max <= 0 || len(s) <= max) {
		return s
	}
	var b strings.Builder
	b.Grow(min(len(s), 4*MaxLabel))
	runes, pending := 0, false
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\x1b' || r == '\u009b':
			i += escapeLen(s[i:])
			continue
		case unicode.IsSpace(r) || unicode.Is(unicode.Z, r):
			pending = b.Len() > 0
		case r == utf8.RuneError && n == 1 || dropped(r):
		default:
			if pending {
				if max > 0 && runes+2 > max {
					return b.String()
				}
				b.WriteByte(' ')
				runes++
				pending = false
			}
			if max > 0 && runes+1 > max {
				return b.String()
			}
			b.WriteRune(r)
			runes++
		}
		i += n
	}
	return b.String()
}

// plain tells that Clean would change nothing but the length.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c >= 0x7f || c == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			return false
		}
	}
	return true
}

// dropped tells that a rune is invisible or steers its surroundings: control,
// format (bidi, zero-width, soft hyphen, tags), noncharacters.
func dropped(r rune) bool {
	if r < 0x7f {
		return r < ' '
	}
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || r&0xFFFE == 0xFFFE || 0xFDD0 <= r && r <= 0xFDEF ||
		r == '\u115F' || r == '\u1160' || r == '\u3164' || r == '\uFFA0'
}

// escapeLen is the length of the terminal escape sequence s starts with: CSI
// with its parameters, OSC and its like up to their end, else the escape alone.
func escapeLen(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	i := n
	if r == '\x1b' {
		if i == len(s) {
			return i
		}
		switch s[i] {
		case '[':
			i++
		case ']', 'P', '^', '_', 'X':
			const far = 256
			for j := i + 1; j < len(s) && j < far; j++ {
				if s[j] == '\a' {
					return j + 1
				}
				if s[j] == '\x1b' {
					return j
				}
			}
			return n
		default:
			return n
		}
	}
	for j := i; j < len(s) && j < i+32; j++ {
		switch c := s[j]; {
		case 0x40 <= c && c <= 0x7e:
			return j + 1
		case c < 0x20 || c > 0x7e:
			return i
		}
	}
	return i
}
