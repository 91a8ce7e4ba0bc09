package crawler

// One Allow or Disallow line of robots.txt, and how it is matched (RFC 9309 2.2).

import (
	"strings"
	"unique"
)

// A robotsRule is small, for the rules of thousands of hosts are remembered, and
// most of those write the same few patterns.
type robotsRule struct {
	pattern unique.Handle[string] // normalised; what the length of a match is
	allow   bool
}

func newRobotsRule(value string, allow bool) robotsRule {
	body, anchored := strings.CutSuffix(value, "$")
	pattern := robotsNormal(body, true)
	if anchored {
		pattern += "$"
	}
	return robotsRule{pattern: unique.Make(pattern), allow: allow}
}

// matches takes each segment between the stars at the first place where it
// fits, which is enough: a later place leaves less for the segments after it.
// So the time is that of one pass, whatever the number of stars.
func (r *robotsRule) matches(path string) bool {
	pattern, anchored := strings.CutSuffix(r.pattern.Value(), "$") // a dollar that means nothing is escaped
	segment, pattern, more := strings.Cut(pattern, "*")
	rest, ok := strings.CutPrefix(path, segment)
	if !ok {
		return false
	}
	if !more {
		return !anchored || rest == ""
	}
	for {
		if segment, pattern, more = strings.Cut(pattern, "*"); !more {
			break
		}
		at := strings.Index(rest, segment)
		if at < 0 {
			return false
		}
		rest = rest[at+len(segment):]
	}
	if anchored {
		return strings.HasSuffix(rest, segment)
	}
	return strings.Contains(rest, segment)
}

// robotsNormal gives both sides of a comparison one spelling (2.2.2): what is
// unreserved stands for itself, everything that must be escaped is, in capitals. In a
// path, and in a pattern where it means nothing, a star or dollar is escaped.
func robotsNormal(s string, pattern bool) string {
	var out strings.Builder
	out.Grow(len(s) + 8)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && i+2 < len(s) && robotsHex(s[i+1]) >= 0 && robotsHex(s[i+2]) >= 0:
			v := byte(robotsHex(s[i+1])<<4 | robotsHex(s[i+2]))
			if robotsUnreserved(v) {
				out.WriteByte(v)
			} else {
				robotsEscape(&out, v)
			}
			i += 2
		case c == '*' && pattern:
			out.WriteByte(c)
		case c == '*', c == '$', c <= ' ', c >= 0x7f, c == '"', c == '<', c == '>', c == '\\', c == '^', c == '`', c == '{', c == '|', c == '}':
			robotsEscape(&out, c)
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

func robotsEscape(out *strings.Builder, c byte) {
	const digits = "0123456789ABCDEF"
	out.Write([]byte{'%', digits[c>>4], digits[c&0x0f]})
}

func robotsUnreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

func robotsHex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
