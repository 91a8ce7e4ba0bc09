package registry

// How names of comuni are cleaned, and folded so that what a person types meets
// what a registry publishes.

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// foldWords gives the words of a name as plainWords does, j read as i: Jonica
// and Ionica, Jesi and Iesi are the same.
func foldWords(s string) []string {
	words := plainWords(s)
	for i, w := range words {
		words[i] = strings.ReplaceAll(w, "j", "i")
	}
	return words
}

// plainWords gives the words of a name in lower case, without accents; an
// apostrophe ends no word ("d'Este" is one word, "Bascape'" and "Bascapè" are the same).
func plainWords(s string) []string {
	var b strings.Builder
	for _, c := range norm.NFKD.String(strings.ToLower(s)) {
		switch {
		case unicode.Is(unicode.Mn, c), apostrophe(c):
		case unicode.IsLetter(c), unicode.IsDigit(c):
			b.WriteRune(c)
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Fields(b.String())
}

func apostrophe(c rune) bool {
	switch c {
	case '\'', '`', '’', '‘', '´', 'ʼ', '′', '\u0301', '\u0300':
		return true
	}
	return false
}

// spacedKey is the words of a name, a space between: "tre ville" is not "treville".
func spacedKey(s string) string { return strings.Join(foldWords(s), " ") }

// foldKey is the words of a name run together: "Sant'Angelo", "Sant Angelo" and
// "santangelo" have one key.
func foldKey(s string) string { return strings.Join(foldWords(s), "") }

var smallWords = map[string]bool{
	"di": true, "del": true, "della": true, "dello": true, "allo": true, "nello": true, "sullo": true, "ai": true, "agli": true, "alle": true, "dei": true, "degli": true, "delle": true, "da": true, "dal": true, "dalla": true,
	"in": true, "nel": true, "nella": true, "al": true, "alla": true, "a": true, "e": true, "ed": true, "con": true, "sul": true, "sulla": true,
	"il": true, "la": true, "lo": true, "le": true, "li": true, "i": true, "gli": true,
}

// smallKey leaves the small words out: "Reggio Emilia" and "Reggio nell'Emilia"
// have one key.
func smallKey(s string) string {
	if strings.ContainsAny(s, "'’‘´") {
		s = elided.ReplaceAllString(s, " ")
	}
	var out []string
	for _, w := range foldWords(s) {
		if !smallWords[w] {
			out = append(out, w)
		}
	}
	return strings.Join(out, "")
}

var elided = regexp.MustCompile(`(?i)(?:^|\s)(?:d|l|dell|nell|sull|all|dall)['’‘´]`)

// accentKey keeps the one accent that tells names apart, that of the last
// vowel: "Paterno'" and "Paternò" have one key, "Paterno" another.
func accentKey(s string) string {
	var b strings.Builder
	decomposed := []rune(norm.NFKD.String(strings.ToLower(s)))
	for i, c := range decomposed {
		end := i+1 == len(decomposed) || unicode.IsSpace(decomposed[i+1])
		switch {
		case (unicode.Is(unicode.Mn, c) || apostrophe(c)) && end:
			b.WriteByte('\'')
		case unicode.IsLetter(c), unicode.IsDigit(c):
			b.WriteRune(c)
		}
	}
	return b.String()
}

var (
	nameOpening = regexp.MustCompile(`(?i)^(?:(?:comune|municipio)\s+(?:di\s+|del\s+|della\s+|dello\s+|dei\s+|degli\s+|delle\s+|dell['’]\s*|d['’]\s*)?` +
		`|(?:markt|stadt)?gemeinde\s+|comun\s+de\s+|commune\s+d(?:e\s+|['’]\s*)|občina\s+|obcina\s+)`)
	// Città di Castello is a comune's whole name, so this goes only where nothing else is found.
	cityOpening = regexp.MustCompile(`(?i)^citt(?:à|a['’]?)\s+(?:di\s+|del\s+|della\s+|dell['’]\s*|d['’]\s*)`)
	onlyOpening = regexp.MustCompile(`(?i)^(?:comune|municipio)(?:\s+(?:di|del|della|dello|dei|degli|delle))?$`)
	nameClosing = regexp.MustCompile(`(?i)(?:\s+capitale|\s*\((?:prov\.?|provincia)[^)]*\))$`)
	readsAs     = regexp.MustCompile(`(?i)^(?:comune\s|municipio\s|citt(?:à|a')\s+d|roma\s+capitale$)`)
	openingHalf = regexp.MustCompile(`(?i)([-/])\s*(?:markt|stadt)?gemeinde\s+`)
)

// CleanName makes a comune's name of the denomination of its body: "Comune di"
// and its kin go, "ROMA CAPITALE" becomes Roma. Accents written as apostrophes
// stay as published.
func CleanName(denomination string) string {
	s := visible(denomination)
	if rest, ok := strings.CutPrefix(s, "Comune di "); ok && !strings.ContainsAny(rest, "(-/") && rest != strings.ToUpper(rest) {
		return rest
	}
	if s == strings.ToUpper(s) {
		s = titleCase(s)
	}
	whole := s
	if onlyOpening.MatchString(s) {
		return whole
	}
	if loc := nameOpening.FindStringIndex(s); loc != nil {
		s = s[loc[1]:]
	}
	s = openingHalf.ReplaceAllString(s, "$1 ")
	s = nameClosing.ReplaceAllString(s, "")
	if s = strings.TrimSpace(s); s == "" {
		return whole
	}
	return s
}

// titleCase writes an all-capitals name as a name: "SAN LEO DEL MARE" becomes
// "San Leo del Mare".
func titleCase(s string) string {
	first := true
	words := strings.Fields(strings.ToLower(s))
	for i, w := range words {
		if !first && smallWords[w] {
			continue
		}
		var b strings.Builder
		up := true
		for _, c := range w {
			if up && unicode.IsLetter(c) {
				c = unicode.ToUpper(c)
				up = false
			} else if c == '-' || c == '/' || apostrophe(c) {
				up = true
			}
			b.WriteRune(c)
		}
		words[i] = b.String()
		first = false
	}
	return strings.Join(words, " ")
}

// otherBodies are words no comune has in its name, but bodies filed beside the
// comuni do.
var otherBodies = regexp.MustCompile(`(?i)\b(?:consorzio|consortile|unione|associazione|azienda|agenzia|amministrazione|asuc|usi\s+civici|uso\s+civico|` +
	`a\.?t\.?s\.?|s\.?r\.?l\.?|s\.?p\.?a\.?|liquidazione|istituto|istituzione|fondazione|sistema\s+bibliotecario|comunit(?:à|a'))(?:\W|$)`)

// readsAsComune tells a denomination that says it is a comune's.
func readsAsComune(denomination string) bool {
	return readsAs.MatchString(denomination) && !readsAsOther(denomination)
}

// readsAsOther tells a denomination that says it is some other body's.
func readsAsOther(denomination string) bool {
	lower := strings.ToLower(denomination)
	for _, literal := range otherLiterals {
		if strings.Contains(lower, literal) {
			return otherBodies.MatchString(lower)
		}
	}
	return false
}

// otherLiterals are looked for before the regular expression is run.
var otherLiterals = []string{
	"consor", "union", "associ", "azienda", "agenzia", "amministr", "asuc", "civic", "ats", "a.t", "at.s", "srl", "s.r", "sr.l",
	"spa", "s.p", "sp.a", "liquid", "istitu", "fonda", "sistema", "comunit",
}
