package checks

// The check rtd: whether the person the site names is the one IPA publishes.
// Names are compared while the page is at hand; only the outcome is noted.

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
)

// somebodyElse is the value of a fact that names, in so many words, a person
// who is none of those IPA lists. Where the person is one of them the value is
// the IPA code of the body that does.
const somebodyElse = "other"

// compare tells whose row the person named beside the role is, or that it is
// nobody's; "" where the words leave that open. own are the holders of the
// comune, near those of the unions about it.
func (s spot) compare(own, near []registry.RTDHolder) string {
	for _, name := range s.names() {
		for _, h := range slices.Concat(own, near) {
			if samePerson(name, h.Name) {
				return h.IPA
			}
		}
	}
	plain := s.plainName()
	if len(plain) == 0 || slices.ContainsFunc(own, func(h registry.RTDHolder) bool { return !otherPerson(plain, h.Name) }) {
		return ""
	}
	return somebodyElse
}

// names are the runs of words with capitals about the role, and at the head of
// the next block where the role stands alone.
func (s spot) names() [][]string {
	out := nameRuns(strings.Fields(page.Around(s.line, s.start, s.end, 200)))
	if s.alone() {
		words := strings.Fields(page.Clean(s.next, 120))
		out = append(out, nameRuns(words)...)
	}
	return out
}

// plainName is the name that stands where only the holder's can: right after
// the role, or right before it.
func (s spot) plainName() []string {
	line := strings.Fields(s.line)
	from, to := len(strings.Fields(s.folded[:s.start])), len(strings.Fields(s.folded[:s.end]))
	if from > to || to > len(line) {
		return nil
	}
	after, last := line[to:], ":"
	if to > 0 {
		last = line[to-1]
	}
	if len(nonWords(after)) == len(after) {
		after, last = strings.Fields(page.Clean(s.next, 120)), ":"
	}
	if name := nameAfter(after, last); len(name) > 0 {
		return name
	}
	return nameBefore(line[:from])
}

// nonWords are the words that are marks alone.
func nonWords(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return strings.ContainsFunc(w, unicode.IsLetter) })
}

// nameAfter is the name a text begins with, once words that may stand between a
// role and its holder are gone; last is the word before the text.
func nameAfter(words []string, last string) []string {
	const gap = 14
	i := 0
	for i < len(words) && i < gap && (!strings.ContainsFunc(words[i], unicode.IsLetter) || keeps(bareWord(words[i])) || introduces(words[i])) {
		last = words[i]
		i++
	}
	if !introduces(last) && !strings.ContainsAny(last[max(len(last)-3, 0):], ":-–—,)") {
		return nil
	}
	return wholeName(words[i:])
}

// nameBefore is the name a text ends with: "Dott. Ugo Finti, Responsabile …".
func nameBefore(words []string) []string {
	for len(words) > 0 && len(nonWords(words[len(words)-1:])) == 1 {
		words = words[:len(words)-1]
	}
	i := len(words)
	for i > 0 && nameWord(words[i-1]) {
		i--
	}
	if i > 0 && !title(words[i-1]) {
		return nil
	}
	name := wholeName(words[i:])
	if i == len(words) || len(name) == 0 || !strings.ContainsAny(words[len(words)-1], ",:-–(") {
		return nil
	}
	return name
}

// wholeName is the name at the head of words: two to five words with capitals,
// none of which begins a place, a paper or a body.
func wholeName(words []string) []string {
	runs := nameRuns(words[:min(len(words), 7)])
	if len(runs) == 0 || len(words) == 0 || !nameWord(words[0]) || len(runs[0]) < 2 || len(runs[0]) > 5 {
		return nil
	}
	if slices.ContainsFunc(runs[0], func(w string) bool { return notNames[w] }) {
		return nil
	}
	return runs[0]
}

var (
	titles = wordSet(`
		dott dottor dottore dottoressa dott.ssa dottssa dr dr.ssa ing ingegner ingegnere arch architetto avv avvocato geom geometra rag ragionier ragioniere
		sig signor signora sig.ra sigra prof professor professoressa p.i per.ind perito nominativo nome cognome herr frau monsieur madame gospod gospa
	`)
	linkWords = wordSet(`persona e' è`)
	particles = wordSet(`de di da del della dei degli dello lo la li le d dell dall van von der do dos el al`)
	// notNames are words with capitals that no person is called.
	notNames = wordSet(`
		via viale piazza piazzale corso largo vicolo palazzo villa strada contrada localita frazione rione sala castello torre centro polo sede
		comunita provincia regione citta metropolitana italia italiana repubblica agenzia agid anci pnrr missione misura pdnd anpr azienda studio
		societa srl spa s.r.l s.p.a cooperativa consorzio associazione istituto universita istat ministero presidenza parlamento europea europeo
		gazzetta decreto-legge linee guida codice strategia progetto bando avviso modulo portale sportello italy cloud smart city data protection
		officer digital manager team app io spid cie pagopa biblioteca museo polizia locale protezione civile
	`)
)

func bareWord(w string) string {
	return strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func title(w string) bool { return titles[strings.Trim(page.Fold(w), ".:,()")] }

func introduces(w string) bool {
	folded := strings.Trim(page.Fold(w), ".:,()")
	return title(w) || introduction[folded] && folded != "e" || linkWords[strings.ToLower(w)] || linkWords[folded]
}

// nameWord tells a word with a capital that is none of the harmless ones, or an
// initial.
func nameWord(w string) bool {
	bare := bareWord(w)
	if bare == "" || keeps(bare) && utf8.RuneCountInString(bare) > 1 || title(w) || strings.ContainsRune(w, '@') {
		return false
	}
	first, _ := utf8.DecodeRuneInString(bare)
	return unicode.IsUpper(first)
}

// nameRuns are the runs of words that may be names, folded and parted at
// apostrophes and dashes, without particles; a particle parts no run.
func nameRuns(words []string) [][]string {
	var out [][]string
	var run []string
	end := func() {
		if len(run) > 0 {
			out = append(out, run)
		}
		run = nil
	}
	for i, w := range words {
		switch {
		case nameWord(w):
			run = append(run, nameParts(w)...)
			if strings.ContainsAny(w[len(w)-1:], ",;:)") {
				end()
			}
		case len(run) > 0 && particles[page.Fold(bareWord(w))] && i+1 < len(words) && nameWord(words[i+1]):
		default:
			end()
		}
	}
	end()
	return out
}

// nameParts folds one word of a name: "D'Àngelo" is angelo, "Rossi-Bianchi" two.
func nameParts(w string) []string {
	var out []string
	for _, part := range strings.FieldsFunc(page.Fold(bareWord(w)), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if !particles[part] {
			out = append(out, part)
		}
	}
	return out
}

// samePerson tells whether a folded run of words names the person IPA publishes:
// two words of the name in any order, an initial for one of them, or the surname
// alone.
func samePerson(run []string, published string) bool {
	own := publishedWords(published)
	if len(own) == 0 {
		return false
	}
	common, initials, foreign := 0, 0, 0
	for i, w := range run {
		switch {
		case slices.Contains(run[:i], w):
		case slices.Contains(own, w):
			common++
		case len(w) == 1 && slices.ContainsFunc(own, func(o string) bool { return strings.HasPrefix(o, w) }):
			initials++
		default:
			foreign++
		}
	}
	surname := slices.Contains(run, own[len(own)-1])
	return common >= 2 || surname && (foreign == 0 || initials > 0 && common+initials >= 2)
}

// otherPerson tells whether it is certainly not that person: the surname is not
// among the words, nor anything like it. A name IPA does not print is no ground.
func otherPerson(run []string, published string) bool {
	own := publishedWords(published)
	if len(own) < 2 {
		return false
	}
	common := 0
	for _, w := range run {
		if slices.Contains(own, w) {
			common++
		}
		if near(w, own[len(own)-1]) {
			return false
		}
	}
	return common < 2
}

func publishedWords(name string) []string {
	var out []string
	for _, w := range strings.Fields(name) {
		out = append(out, nameParts(w)...)
	}
	return out
}

// near tells words that one mistyped letter parts, or of which one holds the
// other: married names, names run together.
func near(a, b string) bool {
	if a == b || len(a) > 3 && strings.Contains(b, a) || len(b) > 3 && strings.Contains(a, b) {
		return true
	}
	if len(a) < 4 || len(b) < 4 {
		return false
	}
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	x, y := a[i:], b[i:]
	if len(x) < len(y) {
		x, y = y, x
	}
	switch len(x) - len(y) {
	case 0:
		return len(x) == 0 || x[1:] == y[1:] || len(x) > 1 && x[0] == y[1] && x[1] == y[0] && x[2:] == y[2:]
	case 1:
		return x[1:] == y
	}
	return false
}
