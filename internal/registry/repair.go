package registry

// How an address field of the registry becomes an address to visit.

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxAddress bounds an address field, in bytes; the longest genuine one has 128.
const maxAddress = 2048

// RepairSite reads an address field as IPA publishes it and makes of it an
// absolute http or https URL, or none. What cannot be a site (an e-mail
// address, a word) gives an empty URL; nothing is looked up. Every repair, and
// every oddity that is kept, is named in Quirks. A URL it made is returned
// unchanged when it is given that URL again.
func RepairSite(raw string) Site {
	if site, ok := ordinary(raw); ok {
		return site
	}
	shown := visible(raw)
	site := repairOnce(shown)
	if shown != strings.TrimSpace(raw) && strings.ContainsFunc(raw, invisible) {
		site.Quirks = addQuirk(site.Quirks, QuirkControl)
	}
	// One repair can lay another error bare, so the result is repaired until it stands.
	for range 4 {
		if site.URL == "" {
			return site
		}
		again := repairOnce(site.URL)
		if again.URL == site.URL {
			return site
		}
		site.URL = again.URL
		for _, q := range again.Quirks {
			site.Quirks = addQuirk(site.Quirks, q)
		}
	}
	site.URL = ""
	site.Quirks = addQuirk(site.Quirks, QuirkBadHost)
	return site
}

// ordinary reads the addresses that need no repair but their scheme, nine in
// ten, without the price of the repairs.
func ordinary(raw string) (Site, bool) {
	r := &repair{}
	host := raw
	if rest, ok := strings.CutPrefix(raw, "https://"); ok {
		r.scheme, host = "https", rest
	} else if rest, ok := strings.CutPrefix(raw, "http://"); ok {
		r.scheme, host = "http", rest
	} else {
		r.scheme = "https"
		r.note(QuirkNoScheme)
	}
	host = strings.TrimSuffix(host, "/")
	bare, _ := strings.CutPrefix(host, "www.")
	if len(bare) < 8 || strings.Contains(bare, "www") || strings.HasPrefix(bare, "ww.") || strings.HasPrefix(bare, "http") ||
		forgotIT(host) || !plainHost(host) {
		return Site{}, false
	}
	r.host = host
	r.classify()
	return Site{Raw: raw, URL: r.scheme + "://" + host + "/", Quirks: r.quirks}, true
}

func plainHost(host string) bool {
	var before byte = '.'
	last := 0
	for i := 0; i < len(host); i++ {
		c := host[i]
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		case c == '-' && before != '.':
		case c == '.' && before != '.' && before != '-':
			if i-last > 63 {
				return false
			}
			last = i + 1
		default:
			return false
		}
		before = c
	}
	tld := host[last:]
	return last > 0 && len(host) < 200 && len(tld) > 1 && strings.Trim(tld, "abcdefghijklmnopqrstuvwxyz") == ""
}

type repair struct {
	rest   string // what is left to read
	scheme string
	host   string
	port   string
	quirks []Quirk
}

func (r *repair) note(q Quirk) { r.quirks = addQuirk(r.quirks, q) }

func repairOnce(shown string) Site {
	site := Site{Raw: shown}
	if len(shown) > maxAddress {
		site.Raw = strings.ToValidUTF8(shown[:maxAddress], "")
		site.Quirks = []Quirk{QuirkTooLong}
		return site
	}
	if placeholder(shown) {
		site.Quirks = []Quirk{QuirkBlank}
		return site
	}
	r := &repair{rest: shown}
	r.trimPunctuation()
	r.pickWord()
	r.takeScheme()
	if placeholder(r.rest) {
		site.Quirks = []Quirk{QuirkBlank}
		return site
	}
	r.cutGlued()
	authority := r.splitAuthority()
	if host, ok := r.dropUserinfo(authority); ok && r.repairHost(r.takePort(host)) {
		site.URL = r.url()
		site.Explicit = r.port != ""
	}
	site.Quirks = r.quirks
	return site
}

// invisible tells the characters that no one sees and no address has.
func invisible(c rune) bool {
	return !unicode.IsSpace(c) && (unicode.Is(unicode.Cc, c) || unicode.Is(unicode.Cf, c)) || c == utf8.RuneError
}

// visible drops invisible characters and makes every white space one space.
func visible(s string) string {
	if len(s) > 4*maxAddress {
		s = s[:4*maxAddress]
	}
	s = strings.Map(func(c rune) rune {
		if invisible(c) {
			return -1
		}
		return c
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

var placeholders = map[string]bool{
	"": true, "nd": true, "ndr": true, "na": true, "null": true, "none": true, "no": true, "nessuno": true,
	"nessunsito": true, "nondisponibile": true, "nonpresente": true, "nonindicato": true, "assente": true,
	"daindicare": true, "dacompilare": true, "daattivare": true, "incostruzione": true, "incorso": true,
	"aboutblank": true, "http": true, "https": true, "www": true, "httpwww": true, "httpswww": true, "x": true, "xx": true, "xxx": true,
	"0": true, "sito": true, "sitoweb": true,
}

// placeholder tells what people type where there is nothing to type.
func placeholder(s string) bool {
	if len(s) > 40 {
		return false
	}
	var b strings.Builder
	for _, c := range strings.ToLower(s) {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			b.WriteRune(c)
		}
	}
	return placeholders[b.String()]
}

func (r *repair) trimPunctuation() {
	trimmed := strings.TrimLeft(r.rest, `<("'[{«“‘ *`)
	trimmed = strings.TrimRight(trimmed, `>)"']}»”’ *;,:!`)
	if trimmed != r.rest {
		r.note(QuirkPunctuation)
		r.rest = trimmed
	}
}

var completeAddress = regexp.MustCompile(`(?i)^(https?[:/]+\S*\.\S+|www\.\S+\.\S{2,}|[a-z0-9][a-z0-9.-]*\.(it|eu|com|org|net|info|gov)(/\S*)?)$`)

// pickWord chooses among the words of a field, or joins them: a space beside a
// dot or a slash is a slip, one between two addresses parts them.
func (r *repair) pickWord() {
	fields := strings.FieldsFunc(parting.ReplaceAllString(r.rest, " $1"), unicode.IsSpace)
	words := fields[:0:0]
	for _, f := range fields {
		if n := len(words); n > 0 && (unfinished.MatchString(words[n-1]) || f[0] == '.' || f[0] == ',') {
			words[n-1] += f
			continue
		}
		words = append(words, f)
	}
	if len(fields) < 2 {
		r.splitCommas()
		return
	}
	var complete []string
	for _, w := range words {
		if w = strings.Trim(w, `,()<>"`); completeAddress.MatchString(w) && !strings.Contains(w, "@") {
			complete = append(complete, w)
		}
	}
	r.note(QuirkSpaces)
	switch {
	case len(complete) > 1:
		r.note(QuirkTwoAddresses)
		r.rest = complete[0]
	case len(complete) == 1:
		r.rest = complete[0]
	default:
		r.rest = strings.Join(words, "")
	}
	r.splitCommas()
}

var (
	parting    = regexp.MustCompile(`[;|]+([^/]|$)`)
	unfinished = regexp.MustCompile(`(?i)([./,]|^h*t+p*s?[:;]+)$`)
)

// splitCommas parts two addresses with a comma between them.
func (r *repair) splitCommas() {
	for i, c := range r.rest {
		if c == ',' && completeAddress.MatchString(r.rest[:i]) && completeAddress.MatchString(r.rest[i+1:]) {
			r.rest = r.rest[:i]
			r.note(QuirkTwoAddresses)
			return
		}
	}
}

var (
	schemeLike = regexp.MustCompile(`(?i)^(h{0,3}t{1,3}p{0,2}s?)([:;.,]*[/\\][:/\\]*|[:;]+/*)`)
	wwwAsWord  = regexp.MustCompile(`(?i)^w{2,4}\.?([:;]*[/\\][:/\\]*|[:;]+/*)`)
	wwwScheme  = regexp.MustCompile(`(?i)^w{2,4}\.(h{1,3}t{1,3}p{0,2}s?[:;.,]*[/\\])`)
	otherWord  = regexp.MustCompile(`(?i)^[a-z][a-z0-9+-]*:(//)?`)
)

// takeScheme takes schemes off the front, however they are misspelt.
func (r *repair) takeScheme() {
	for range 4 {
		if m := wwwScheme.FindStringSubmatch(r.rest); m != nil {
			r.rest = r.rest[len(m[0])-len(m[1]):]
			r.note(QuirkBrokenScheme)
		}
		if m := schemeLike.FindStringSubmatch(r.rest); m != nil && len(m[1]) > 2 {
			r.sawScheme(m[0], m[1])
			r.rest = r.rest[len(m[0]):]
			continue
		}
		if m := wwwAsWord.FindString(r.rest); m != "" {
			r.note(QuirkBrokenWWW)
			r.rest = r.rest[len(m):]
			continue
		}
		break
	}
	if m := otherWord.FindString(r.rest); m != "" && r.scheme == "" && !strings.HasPrefix(r.rest[len(m):], "/") {
		if strings.HasSuffix(m, "//") || strings.EqualFold(m, "mailto:") {
			r.note(QuirkBrokenScheme)
			r.rest = r.rest[len(m):]
		}
	}
	if r.scheme == "" {
		r.note(QuirkNoScheme)
	}
}

func (r *repair) sawScheme(whole, letters string) {
	lower := strings.ToLower(letters)
	switch {
	case r.scheme != "", lower != "http" && lower != "https", whole[len(letters):] != "://":
		r.note(QuirkBrokenScheme)
	case lower != letters:
		r.note(QuirkCapitals)
	}
	r.scheme = "http"
	if strings.HasSuffix(lower, "s") {
		r.scheme = "https"
	}
}

var (
	gluedScheme = regexp.MustCompile(`(?i)h?ttps?:/+`)
	gluedWWW    = regexp.MustCompile(`(?i)(\.it|\.eu|\.com|\.org|\.net|\.info)www\.`)
)

// cutGlued keeps the first of two addresses written without a space between.
func (r *repair) cutGlued() {
	host := len(r.rest)
	if i := strings.IndexAny(r.rest, "/?#\\"); i >= 0 {
		host = i
	}
	cut := -1
	if m := gluedScheme.FindStringIndex(r.rest); m != nil && m[0] > 0 && m[0] < host {
		cut = m[0]
	}
	if m := gluedWWW.FindStringSubmatchIndex(r.rest[:host]); m != nil && (cut < 0 || m[3] < cut) {
		cut = m[3]
	}
	if cut > 0 {
		r.rest = strings.TrimRight(r.rest[:cut], ",;-:")
		r.note(QuirkTwoAddresses)
	}
}

// splitAuthority leaves the path in rest and returns what stands before it.
func (r *repair) splitAuthority() string {
	i := strings.IndexAny(r.rest, "/?#\\")
	if i < 0 {
		i = len(r.rest)
	}
	authority := r.rest[:i]
	r.rest = r.rest[i:]
	end := strings.IndexAny(r.rest, "?#")
	if end < 0 {
		end = len(r.rest)
	}
	if strings.Contains(r.rest[:end], `\`) {
		r.note(QuirkBackslash)
		r.rest = strings.ReplaceAll(r.rest[:end], `\`, "/") + r.rest[end:]
	}
	return authority
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
