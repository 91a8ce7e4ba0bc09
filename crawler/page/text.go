package page

// This file writes visible text: white space folded, one line a block, without
// characters that only steer.

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// textBuffer collects text.
type textBuffer struct {
	b    []byte
	wait byte // separator due before the next character: 0, ' ' or '\n'
	full bool
}

func (t *textBuffer) pend(sep byte) {
	if sep == '\n' || t.wait == 0 {
		t.wait = sep
	}
}

// write appends s; false once limit bytes are reached.
func (t *textBuffer) write(s string, limit int) bool {
	if t.full {
		return blank(s)
	}
	s = cut(s, limit) // what is written is never longer than what is read, but for one separator
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c > ' ' && c != 0x7f:
				if t.wait != 0 {
					t.flush()
				}
				start := i - 1
				for i < len(s) && s[i] > ' ' && s[i] < 0x7f {
					i++
				}
				t.b = append(t.b, s[start:i]...)
			case c == ' ' || '\t' <= c && c <= '\r':
				if t.wait == 0 {
					t.wait = ' '
				}
			}
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r == '\u00A0' || unicode.Is(unicode.Z, r):
			t.pend(' ')
		case dropped(r) || r == gap:
		default:
			if t.wait != 0 {
				t.flush()
			}
			t.b = utf8.AppendRune(t.b, r)
		}
	}
	if len(t.b) > limit {
		for limit > 0 && t.b[limit]&0xC0 == 0x80 {
			limit--
		}
		t.b, t.full = t.b[:limit], true
		return false
	}
	return true
}

func (t *textBuffer) flush() {
	if len(t.b) > 0 {
		t.b = append(t.b, t.wait)
	}
	t.wait = 0
}

// from is what was written since start, on one line.
func (t *textBuffer) from(start, limit int) string {
	if start >= len(t.b) {
		return ""
	}
	out := strings.Trim(cut(string(t.b[start:min(len(t.b), start+limit+1)]), limit), " \n")
	if strings.IndexByte(out, '\n') >= 0 {
		out = strings.ReplaceAll(out, "\n", " ")
	}
	return out
}

func blank(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] > ' ' {
			return false
		}
	}
	return true
}
