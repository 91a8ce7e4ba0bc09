package page

// This file makes one address of the many spellings of it that pages use.

import (
	"html"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Canonical is the absolute, canonical http or https address that href means on
// a page at base (nil: href must be absolute itself). Dropped are the fragment,
// user and password, default ports, the trailing dot of the host, session ids
// and tracking parameters; repaired are backslashes, inner spaces, entities left
// in the address, broken schemes (http:/x, http//x, http://http://x), percent
// escapes (upper case, unreserved characters plain) and dot segments. The order
// of the query's parameters is kept, for servers may read it.
//
// It is false where there is nothing to fetch: empty, fragment alone, another
// scheme (javascript:, mailto:, tel:, data: …), residue of a template ({{…}},
// ${…}, [[…]], <%…, {%…), a host that cannot be one, or more than MaxHref bytes.
func Canonical(base *url.URL, href string) (string, bool) {
	const rounds = 5 // a repair may uncover another (an escape that hides an entity); hostile nesting ends here
	out, ok := canonicalOnce(base, href)
	for range rounds {
		if !ok {
			return "", false
		}
		next, ok2 := canonicalOnce(nil, out)
		if ok2 && next == out {
			return out, true
		}
		out, ok = next, ok2
	}
	return "", false
}

func canonicalOnce(base *url.URL, href string) (string, bool) {
	if len(href) > 4*MaxHref {
		return "", false
	}
	ref := tidyReference(href)
	if ref == "" || ref[0] == '#' || residue(ref) {
		return "", false
	}
	ref, ok := repairScheme(ref)
	if !ok {
		return "", false
	}
	if i := strings.IndexByte(ref, '#'); i >= 0 {
		ref = ref[:i]
	}
	path, query, asked := strings.Cut(ref, "?")
	path = strings.ReplaceAll(path, `\`, "/")
	ref = escapePart(path)
	if asked {
		ref += "?" + escapePart(query)
	}
	u, err := url.Parse(ref)
	if err != nil {
		return "", false
	}
	if base == nil {
		base = new(url.URL)
	}
	return assemble(base.ResolveReference(u))
}

// assemble writes a resolved address in its canonical form.
func assemble(u *url.URL) (string, bool) {
	scheme := strings.ToLower(u.Scheme)
	if scheme != "http" && scheme != "https" {
		return "", false
	}
	host, ok := canonicalHost(scheme, u.Host)
	if !ok {
		return "", false
	}
	path := withoutSessions(u.EscapedPath())
	if path == "" || path[0] != '/' {
		path = "/" + path
	}
	var b strings.Builder
	b.Grow(len(scheme) + len(host) + len(path) + len(u.RawQuery) + 4)
	b.WriteString(scheme)
	b.WriteString("://")
	b.WriteString(host)
	b.WriteString(path)
	if q := withoutTracking(u.RawQuery); q != "" {
		b.WriteByte('?')
		b.WriteString(q)
	}
	if b.Len() > MaxHref {
		return "", false
	}
	return b.String(), true
}

// tidyReference undoes entities that were escaped twice and drops what browsers
// drop: white space round the address, control characters inside it.
func tidyReference(href string) string {
	const layers = 3 // what is nested deeper is hostile, and refused by the rounds of Canonical
	s := href
	for range layers {
		if strings.IndexByte(s, '&') < 0 || strings.IndexByte(s, ';') < 0 {
			break
		}
		s = unescapeEntities(s)
	}
	bad := func(r rune) bool { return r == utf8.RuneError || dropped(r) || r == '\u2028' || r == '\u2029' }
	if strings.IndexFunc(s, bad) >= 0 {
		s = strings.Map(func(r rune) rune {
			if bad(r) {
				return -1
			}
			return r
		}, s)
	}
	return strings.TrimFunc(s, unicode.IsSpace)
}

// unescapeEntities replaces entities that end in a semicolon: "&copy=1" is a
// parameter of a query, not a sign.
func unescapeEntities(s string) string {
	const longest = 10
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			break
		}
		end := strings.IndexByte(s[i:min(len(s), i+longest)], ';')
		if end < 0 {
			b.WriteString(s[:i+1])
			s = s[i+1:]
			continue
		}
		entity := s[i : i+end+1]
		plain := html.UnescapeString(entity)
		if strings.HasSuffix(plain, ";") && len(plain) > 1 { // unknown, or a legacy prefix of something else
			b.WriteString(s[:i+1])
			s = s[i+1:]
			continue
		}
		b.WriteString(s[:i])
		b.WriteString(plain)
		s = s[i+end+1:]
	}
	b.WriteString(s)
	return b.String()
}

// residue tells that a template engine should have filled the address and did not.
func residue(s string) bool {
	for i := 0; i+1 < len(s); i++ {
		switch s[i : i+2] {
		case "{{", "${", "[[", "<%", "{%", "<?":
			return true
		}
		if s[i] == '%' && i+5 < len(s) {
			switch strings.ToLower(s[i : i+6]) {
			case "%7b%7b", "%24%7b", "%5b%5b", "%3c%25", "%7b%25", "%3c%3f":
				return true
			}
		}
		if s[i] == '$' && i+3 < len(s) && strings.EqualFold(s[i+1:i+4], "%7b") {
			return true
		}
	}
	return false
}

// repairScheme puts a broken http or https scheme right; false for any other.
func repairScheme(s string) (string, bool) {
	for range 4 {
		scheme, rest, found := splitScheme(s)
		if !found {
			return s, true
		}
		if scheme != "http" && scheme != "https" {
			return "", false
		}
		trimmed := strings.TrimLeft(rest, `/\ `)
		if inner, _, again := splitScheme(trimmed); again && (inner == "http" || inner == "https") {
			s = trimmed
			continue
		}
		if trimmed == "" {
			return "", false
		}
		if len(trimmed) == len(rest) && !strings.Contains(firstSegment(rest), ".") {
			return rest, true // "http:page" is relative where the base has the same scheme
		}
		return scheme + "://" + trimmed, true
	}
	return "", false
}

// splitScheme cuts the scheme off an address. "http//host" and "https//host"
// are read as what they were meant to be.
func splitScheme(s string) (scheme, rest string, found bool) {
	for i := 0; i < len(s); i++ {
		c := s[i] | 0x20
		switch {
		case 'a' <= c && c <= 'z':
		case i > 0 && (s[i] >= '0' && s[i] <= '9' || s[i] == '+' || s[i] == '-' || s[i] == '.'):
		case i > 0 && s[i] == ':':
			return strings.ToLower(s[:i]), s[i+1:], true
		case s[i] == '/' && strings.HasPrefix(s[i:], "//") && (strings.EqualFold(s[:i], "http") || strings.EqualFold(s[:i], "https")):
			return strings.ToLower(s[:i]), s[i:], true
		default:
			return "", s, false
		}
	}
	return "", s, false
}

func firstSegment(s string) string {
	if i := strings.IndexAny(s, `/\?#`); i >= 0 {
		return s[:i]
	}
	return s
}

const upperHex = "0123456789ABCDEF"

// escapePart normalises the percent escapes of a path or query: unreserved
// characters plain, hexadecimal digits upper case, a stray % and everything an
// address may not hold escaped.
func escapePart(s string) string {
	fine := true
	for i := 0; i < len(s) && fine; i++ {
		fine = s[i] != '%' && allowed(s[i])
	}
	if fine {
		return s
	}
	b := make([]byte, 0, len(s)+16)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			v := unhex(s[i+1])<<4 | unhex(s[i+2])
			if unreserved(v) {
				b = append(b, v)
			} else {
				b = append(b, '%', upperHex[v>>4], upperHex[v&15])
			}
			i += 2
		case c == '%' || !allowed(c):
			b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

func allowed(c byte) bool {
	return unreserved(c) || strings.IndexByte("!$&'()*+,;=:@/?[]", c) >= 0
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	}
	return c - 'A' + 10
}

var hostProfile = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// canonicalHost is host in lower case and ASCII, without trailing dots and
// without the default port of the scheme.
func canonicalHost(scheme, hostport string) (string, bool) {
	host, port := hostport, ""
	if i := strings.LastIndexByte(hostport, ':'); i >= 0 && !strings.HasSuffix(hostport, "]") {
		host, port = hostport[:i], hostport[i+1:]
	}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return "", false
		}
		port = strconv.FormatUint(n, 10)
		if scheme == "http" && n == 80 || scheme == "https" && n == 443 {
			port = ""
		}
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		addr, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || addr.Zone() != "" {
			return "", false
		}
		host = addr.String()
		if addr.Is6() {
			host = "[" + host + "]"
		}
	} else {
		var ok bool
		if host, ok = canonicalName(host); !ok {
			return "", false
		}
	}
	if port == "" {
		return host, true
	}
	if strings.HasPrefix(host, "[") {
		return host + ":" + port, true
	}
	return net.JoinHostPort(host, port), true
}

func canonicalName(host string) (string, bool) {
	if strings.IndexByte(host, '%') >= 0 {
		plain, err := url.PathUnescape(host)
		if err != nil {
			return "", false
		}
		host = plain
	}
	for i := 0; i < len(host); i++ {
		if host[i] >= utf8.RuneSelf {
			ascii, err := hostProfile.ToASCII(host)
			if err != nil {
				return "", false
			}
			host = ascii
			break
		}
	}
	host = strings.TrimRight(strings.ToLower(host), ".")
	if host == "" || len(host) > 253 || host[0] == '.' || strings.Contains(host, "..") {
		return "", false
	}
	for i := 0; i < len(host); i++ {
		c := host[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_') {
			return "", false
		}
	}
	return host, true
}
