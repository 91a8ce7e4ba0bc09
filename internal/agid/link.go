// Package agid knows the addresses of AgID's declaration service and the yearly
// cycle that declarations follow. It is pure: it asks nobody and knows no clock.
//
// The addresses (form.agid.gov.it):
//
//	/view/<uuid>                          a publication, until December 2025: a declaration or the yearly objectives
//	/<codice IPA>/<slug>/dichiarazione    a declaration, since December 2025
//	/form/procedura-attuazione/…          the complaint procedure, no declaration
//	anything else                         no publication
package agid

import (
	"encoding/base64"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Host is the host name of the declaration service.
const Host = "form.agid.gov.it"

// maxHref is the longest address looked at, in bytes.
const maxHref = 8192

// Kind says what an address of AgID's names.
type Kind string

// The kinds.
const (
	KindOld        Kind = "old"        // /view/<uuid>; without a valid uuid UUID is empty and it names nothing
	KindNew        Kind = "new"        // /<ipa>/<slug>/dichiarazione
	KindObjectives Kind = "objectives" // the objectives of 31 March, where the address itself says so
	KindProcedure  Kind = "procedure"  // the complaint procedure
	KindGeneric    Kind = "generic"    // any other page of AgID's
)

// Link is an address of AgID's, read.
type Link struct {
	Kind        Kind
	UUID        string    // lower case; old form only
	UUIDVersion int       // 1 to 8; 0 where the variant is not that of RFC 9562
	Created     time.Time // UTC; the creation instant inside a version 1 uuid, zero otherwise or where it cannot be
	IPA         string    // the body's code as written; new form only (compare with SameBody)
	Slug        string    // decoded; free text chosen by the body; new form only
	URL         string    // canonical
	Wrapped     bool      // it stood inside a redirect or a mail filter's link
}

// Publication tells whether the address names exactly one publication.
func (l Link) Publication() bool {
	return l.Kind == KindOld && l.UUID != "" || l.Kind == KindNew
}

// SameBody tells whether a new-form address carries this IPA code: without
// regard to case, as IPA itself writes c_h501 and C_H501.
func (l Link) SameBody(ipa string) bool {
	return l.IPA != "" && strings.EqualFold(l.IPA, strings.TrimSpace(ipa))
}

// ParseLink reads an href as it stands on a page. It is false where the address
// is none of AgID's. Case, http, white space, trailing punctuation and %20,
// query and fragment are tolerated, and the wrappings of mail filters
// (urldefense, safelinks), search engines and the redirect pages of CMSs are
// taken off. Buttons that share an address are no links to it.
func ParseLink(href string) (Link, bool) {
	const layers = 4
	if !namesAgID(href) {
		return Link{}, false // nearly all links are none
	}
	wrapped := false
	for range layers {
		if len(href) > maxHref {
			return Link{}, false
		}
		href = tidy(href)
		if path, ok := ownPath(href); ok {
			l := parsePath(path)
			l.Wrapped = wrapped
			return l, true
		}
		if host, ok := otherHost(href); ok {
			return Link{Kind: otherKind(href), URL: "https://" + host + pathOf(href), Wrapped: wrapped}, true
		}
		inner, ok := unwrap(href)
		if !ok {
			return Link{}, false
		}
		href, wrapped = inner, true
	}
	return Link{}, false
}

// namesAgID is a quick look at an address: no wrapping hides AgID's name, for
// none escapes letters. What tidy would take out of it leaves the question open.
func namesAgID(href string) bool {
	for i := 0; i < len(href); i++ {
		c := href[i]
		if c < ' ' || c >= 0x7f || c|0x20 == 'g' && i > 0 && i+3 <= len(href) && strings.EqualFold(href[i-1:i+3], "agid") {
			return true
		}
	}
	return false
}

// tidy drops white space and invisible characters round and inside an address,
// and undoes the entities of one that was escaped twice.
func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r < ' ' || r == 0x7f || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
	s = strings.ReplaceAll(s, "&amp;", "&")
	s = strings.TrimFunc(s, unicode.IsSpace)
	return strings.TrimLeft(s, `"'(<[“‘`)
}

// splitHost cuts an address into a lower-case host without port and trailing dot
// and the rest; host is empty where the address is relative.
func splitHost(s string) (host, rest string) {
	lower := strings.ToLower(s[:min(len(s), 16)])
	after := ""
	switch {
	case strings.HasPrefix(lower, "http"):
		after = strings.TrimPrefix(s[4:], "s")
		if len(after) > 0 && after[0] == 'S' {
			after = after[1:]
		}
		trimmed := strings.TrimLeft(after, `:/\ `)
		if len(trimmed) == len(after) {
			return "", s
		}
		if again := strings.ToLower(trimmed[:min(len(trimmed), 8)]); strings.HasPrefix(again, "http:") || strings.HasPrefix(again, "https:") {
			return splitHost(trimmed)
		}
		after = trimmed
	case strings.HasPrefix(s, "//"), strings.HasPrefix(s, `\\`):
		after = strings.TrimLeft(s, `/\`)
	case strings.HasPrefix(lower, Host), strings.HasPrefix(lower, "www.agid.gov."):
		after = s
	default:
		return "", s
	}
	end := strings.IndexAny(after, `/\?#`)
	if end < 0 {
		end = len(after)
	}
	authority := after[:end]
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	if i := strings.IndexByte(authority, ':'); i >= 0 {
		authority = authority[:i]
	}
	authority = strings.TrimRight(strings.TrimSuffix(authority, "%20"), " .,;)")
	return strings.ToLower(authority), after[end:]
}

// ownPath is what follows the host of the declaration service.
func ownPath(s string) (string, bool) {
	host, rest := splitHost(s)
	return rest, host == Host || host == "www."+Host
}

// otherHost is a host of AgID's that is not the declaration service.
func otherHost(s string) (string, bool) {
	host, _ := splitHost(s)
	const agid = "agid.gov.it"
	if host != agid && !strings.HasSuffix(host, "."+agid) || !plainHost(host) {
		return "", false
	}
	return host, true
}

func plainHost(host string) bool {
	for i := 0; i < len(host); i++ {
		c := host[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.') {
			return false
		}
	}
	return !strings.Contains(host, "..") && host[0] != '.'
}

func pathOf(s string) string {
	_, rest := splitHost(s)
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i]
	}
	return (&url.URL{Path: "/" + strings.Trim(unescape(rest), `/\ `)}).EscapedPath()
}

// otherKind tells the objectives, which until 2022 were published on a host of
// their own, from the rest.
func otherKind(s string) Kind {
	if strings.HasPrefix(strings.ToLower(pathOf(s)), "/obiettivi-accessibilita/") {
		return KindObjectives
	}
	return KindGeneric
}

// parsePath reads what follows the host.
func parsePath(rest string) Link {
	rest = strings.ReplaceAll(rest, `\`, "/")
	path, fragment, _ := strings.Cut(rest, "#")
	path, _, _ = strings.Cut(path, "?")
	segments := split(path)
	if len(segments) == 0 && strings.Contains(fragment, "/") { // a route of the client: /#/view/…
		path, segments = fragment, split(fragment)
	}
	if len(segments) == 0 {
		return Link{Kind: KindGeneric, URL: "https://" + Host + "/"}
	}
	for i, s := range segments {
		if strings.EqualFold(s, "view") {
			return oldForm(segments[i+1:])
		}
	}
	first, last := strings.ToLower(segments[0]), strings.ToLower(segments[len(segments)-1])
	switch {
	case first == "form" && len(segments) > 1 && strings.HasPrefix(strings.ToLower(segments[1]), "procedura"):
		return Link{Kind: KindProcedure, URL: address(segments...)}
	case reserved(first):
	case len(segments) > 2 && last == "dichiarazione" && code(segments[0]):
		return newForm(KindNew, path, segments, "dichiarazione")
	case len(segments) > 2 && strings.HasPrefix(last, "obiettivi") && code(segments[0]):
		return newForm(KindObjectives, path, segments, last)
	}
	return Link{Kind: KindGeneric, URL: address(segments...)}
}

// split cuts a path at its slashes, not at those that are escaped, drops empty
// segments and what trails the last one.
func split(path string) []string {
	var out []string
	for s := range strings.SplitSeq(path, "/") {
		if s != "" && strings.Trim(unescape(s), " ") != "" {
			out = append(out, s)
		}
	}
	if n := len(out); n > 0 {
		last := out[n-1]
		for {
			cut := strings.TrimSuffix(strings.TrimRightFunc(last, junk), "%20")
			if cut == last {
				break
			}
			last = cut
		}
		if last == "" {
			return out[:n-1]
		}
		out[n-1] = last
	}
	return out
}

// junk is what editors leave behind an address.
func junk(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune(`).,;:!"'’”»>]}_*`, r)
}

// reserved tells the first segments that are routes of the service and no code.
func reserved(first string) bool {
	switch first {
	case "view", "form", "api", "home", "login", "assets", "auth", "faq", "help", "privacy", "accessibilita", "it", "en":
		return true
	}
	return false
}

// code tells that a segment can be an IPA code.
func code(s string) bool {
	if len(s) < 2 || len(s) > 40 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.') {
			return false
		}
	}
	return true
}

func oldForm(after []string) Link {
	l := Link{Kind: KindOld, URL: "https://" + Host + "/view/"}
	if len(after) == 0 {
		return l
	}
	id, ok := leadingUUID(strings.TrimSpace(unescape(after[0])))
	if !ok {
		return l
	}
	l.UUID = id
	l.UUIDVersion, l.Created = dissect(id)
	l.URL += id
	return l
}

func newForm(kind Kind, path string, segments []string, last string) Link {
	slug := unescape(between(path, segments[0], segments[len(segments)-1]))
	if !utf8.ValidString(slug) {
		slug = strings.ToValidUTF8(slug, "\uFFFD")
	}
	return Link{Kind: kind, IPA: segments[0], Slug: slug, URL: address(segments[0], slug, last)}
}

// between is what stands between two segments of a path. Unlike the segments it
// keeps the empty ones inside: a slug may be an address, https://….
func between(path, first, last string) string {
	start := strings.Index(path, first) + len(first)
	return strings.Trim(path[start:strings.LastIndex(path, last)], "/ ")
}

// address writes segments as an address; a slash inside one becomes %2f, as the
// service itself writes it.
func address(segments ...string) string {
	var b strings.Builder
	b.WriteString("https://" + Host)
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(strings.ReplaceAll(url.PathEscape(unescape(s)), "%2F", "%2f"))
	}
	return b.String()
}

// unescape undoes percent escapes, also of what was escaped twice; a stray
// percent sign stays.
func unescape(s string) string {
	const times = 3
	for range times {
		plain, err := url.PathUnescape(s)
		if err != nil || plain == s {
			return s
		}
		s = plain
	}
	return s
}

// shares tells the hosts whose links hand an address on in place of following it.
func shares(host string) bool {
	for _, h := range []string{
		"facebook.com", "twitter.com", "x.com", "linkedin.com", "wa.me", "whatsapp.com", "t.me", "telegram.me", "pinterest.com",
		"validator.w3.org", "achecker.ca", "wave.webaim.org", "translate.google.com",
	} {
		if host == h || strings.HasSuffix(host, "."+h) {
			return true
		}
	}
	return false
}

// unwrap takes one wrapping off.
func unwrap(s string) (string, bool) {
	host, rest := splitHost(s)
	if shares(host) {
		return "", false
	}
	lower := strings.ToLower(rest)
	switch {
	case strings.HasPrefix(host, "urldefense") && strings.HasPrefix(lower, "/v3/__"):
		return proofpoint3(rest[len("/v3/__"):])
	case strings.HasPrefix(host, "urldefense") && strings.HasPrefix(lower, "/v2/"):
		u, ok := parameter(rest, "u")
		if !ok {
			return "", false
		}
		return unescape(strings.NewReplacer("-", "%", "_", "/").Replace(u)), true
	}
	for _, name := range []string{"url", "u", "q", "target", "link", "redirect", "redirect_url", "redirecturl", "goto", "dest", "destination", "to", "href"} {
		v, ok := parameter(rest, name)
		if !ok {
			continue
		}
		if plain, err := url.QueryUnescape(v); err == nil {
			v = plain
		}
		if host, _ := splitHost(tidy(v)); host == "" || !strings.Contains(strings.ToLower(v), "agid.gov.it") {
			v = unescape(v) // escaped twice
		}
		if strings.Contains(strings.ToLower(v), "agid.gov.it") {
			return v, true
		}
	}
	return "", false
}

// parameter is the value of one parameter of the query, still escaped.
func parameter(s, name string) (string, bool) {
	_, query, ok := strings.Cut(s, "?")
	if !ok {
		return "", false
	}
	query, _, _ = strings.Cut(query, "#")
	for pair := range strings.SplitSeq(query, "&") {
		if k, v, _ := strings.Cut(pair, "="); strings.EqualFold(k, name) && v != "" {
			return v, true
		}
	}
	return "", false
}

// proofpoint3 undoes urldefense's third form: __address__;replaced!…, in which
// each * stands for one character of the base64 that follows the semicolon, and
// **x for a run of them (x: A is 2, B is 3, …).
func proofpoint3(s string) (string, bool) {
	inner, tail, ok := strings.Cut(s, "__;")
	if !ok {
		return strings.TrimRight(s, "_"), s != ""
	}
	encoded, _, _ := strings.Cut(tail, "!")
	replaced, _ := base64.RawURLEncoding.DecodeString(strings.TrimRight(encoded, "="))
	runes := []rune(string(replaced))
	take := func(n int) string {
		n = min(n, len(runes))
		out := string(runes[:n])
		runes = runes[n:]
		return out
	}
	const lengths = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	var b strings.Builder
	for i := 0; i < len(inner); i++ {
		switch {
		case inner[i] != '*':
			b.WriteByte(inner[i])
		case i+2 < len(inner) && inner[i+1] == '*' && strings.IndexByte(lengths, inner[i+2]) >= 0:
			b.WriteString(take(strings.IndexByte(lengths, inner[i+2]) + 2))
			i += 2
		default:
			b.WriteString(take(1))
		}
	}
	return b.String(), b.Len() > 0
}
