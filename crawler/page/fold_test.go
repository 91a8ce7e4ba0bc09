package page

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"accents", "Accessibilità, perché più", "accessibilita, perche piu"},
		{"an accent apart", "Accessibilita\u0300", "accessibilita"},
		{"German", "Erklärung zur Barrierefreiheit", "erklarung zur barrierefreiheit"},
		{"Slovene", "Občina Števerjan", "obcina steverjan"},
		{"apostrophes", "l’ufficio l‘ente l`atto l´anno lʼuso", "l'ufficio l'ente l'atto l'anno l'uso"},
		{"dashes", "e–mail e—mail e−mail e‑mail", "e-mail e-mail e-mail e-mail"},
		{"spaces", "a\u00a0b\u2009c\td", "a b c d"},
		{"a line stays a line", "a\nb", "a\nb"},
		{"ligatures and wide letters", "uﬃcio ＳＰＩＤ", "ufficio spid"},
		{"soft hyphens and zero width", "acces\u00adsi\u200bbile", "accessibile"},
		{"capitals with a dot", "İstanbul", "istanbul"},
		{"other alphabets", "ΑΘΗΝΑ Привет", "αθηνα привет"},
	} {
		if got := Fold(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Fold goes rune by rune, and folding again changes nothing.
func FuzzFold(f *testing.F) {
	for _, s := range []string{"Accessibilità", "ﬃ ½ Ⅷ ㎏", "각가", "\xffà\xc3", "´¨¸", "İẞΣς", "\u0345\u037a", "Ǆ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		folded := Fold(s)
		var b strings.Builder
		for _, r := range s {
			b.WriteString(Fold(string(r)))
		}
		if folded != b.String() {
			t.Fatalf("%q folds to %q, its runes to %q", s, folded, b.String())
		}
		if again := Fold(folded); again != folded {
			t.Fatalf("%q folds to %q, then to %q", s, folded, again)
		}
	})
}

func TestAround(t *testing.T) {
	text := "Il Comune informa.\nLa Dichiarazione di accessibilità è pubblicata sul sito di AgID e si trova in fondo alla pagina."
	at := func(what string) (int, int) {
		i := strings.Index(Fold(text), Fold(what))
		if i < 0 {
			t.Fatal(what)
		}
		return i, i + len(Fold(what))
	}
	start, end := at("accessibilità è")
	for _, c := range []struct {
		max  int
		want string
	}{
		{200, strings.ReplaceAll(text, "\n", " ")},
		{40, "di accessibilità è pubblicata"},
		{16, "accessibilità è"},
		{15, "accessibilità è"},
		{5, "acces"},
		{0, ""},
	} {
		if got := Around(text, start, end, c.max); got != c.want {
			t.Errorf("max %d: %q, want %q", c.max, got, c.want)
		}
	}
	if got := Around(text, -5, 1<<30, 2000); !strings.HasPrefix(got, "Il Comune") || !strings.HasSuffix(got, "pagina.") {
		t.Errorf("offsets outside: %q", got)
	}
	p := &Page{Text: text, Folded: Fold(text)}
	if got := p.Snippet(start, end); !strings.Contains(got, "accessibilità è") {
		t.Error(got)
	}
}

// A snippet holds the original of what was matched, whatever stands round it,
// and never more than it may.
func TestAroundHoldsTheMatch(t *testing.T) {
	word := rapid.StringOfN(rapid.SampledFrom([]rune("aàÈ ß’–\u00a0ﬃ½각\u0300\u200b\nzZ")), 0, 60, -1)
	rapid.Check(t, func(t *rapid.T) {
		before, match, after := word.Draw(t, "before"), rapid.StringMatching(`[a-zà]{3,20}`).Draw(t, "match"), word.Draw(t, "after")
		text := before + match + after
		start := len(Fold(before))
		got := Around(text, start, start+len(Fold(match)), 50)
		if !strings.Contains(Fold(got), Fold(match)) {
			t.Fatalf("%q round %q is %q", text, match, got)
		}
		if utf8.RuneCountInString(got) > 50 {
			t.Fatalf("%q is too long", got)
		}
	})
}

func TestClean(t *testing.T) {
	for _, c := range []struct {
		name, in string
		max      int
		want     string
	}{
		{"plain", "Comune di Montefiorito", 100, "Comune di Montefiorito"},
		{"white space", " Comune\n\t di\u00a0 Montefiorito ", 100, "Comune di Montefiorito"},
		{"a colour", "\x1b[31mRosso\x1b[0m", 100, "Rosso"},
		{"a window title", "\x1b]0;titolo\aTesto", 100, "Testo"},
		{"a title without end", "\x1b]0;titolo", 100, "]0;titolo"},
		{"an escape of one byte", "a\u009b31mb", 100, "ab"},
		{"control characters", "a\x00b\x07c\x7fd\u0085e", 100, "abcd e"},
		{"the other way round", "a\u202etxt.exe\u202c\u2066b", 100, "atxt.exeb"},
		{"nothing wide", "a\u200bb\u200dc\ufeffd\u00ade", 100, "abcde"},
		{"tags", "a\U000E0041b", 100, "ab"},
		{"invalid bytes", "citt\xe0 \xffok", 100, "citt ok"},
		{"cut at a rune", "città", 5, "città"},
		{"cut before a rune", "città", 4, "citt"},
		{"no blank at the cut", "un due", 3, "un"},
		{"no bound", "uno due", 0, "uno due"},
	} {
		if got := Clean(c.in, c.max); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("\x1b[31mRosso\x1b]0;x\a \u202e", 10)
	f.Add("a\x1b\x1b[[mb\u009b", 3)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		got := Clean(s, limit)
		if limit > 0 && utf8.RuneCountInString(got) > limit {
			t.Fatalf("%q: %q is longer than %d", s, got, limit)
		}
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
			t.Fatalf("%q: %q is not clean", s, got)
		}
		if again := Clean(got, limit); again != got {
			t.Fatalf("%q: %q becomes %q", s, got, again)
		}
	})
}
