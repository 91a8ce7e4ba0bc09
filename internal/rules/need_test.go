package rules

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

func TestWhatAnExpressionCannotMatchWithout(t *testing.T) {
	for expression, tc := range map[string]struct {
		met, not []string
	}{
		"archivio|storic|fino al":             {[]string{"archivio", "lo storico"}, []string{"attuale", "stori"}},
		"(avviso|notizi)\\w*\\b.*trasparente": {[]string{"trasparente avviso"}, []string{"trasparente", "avviso"}},
		"^(i )?(servizi|dienste)$":            {[]string{"dienste"}, []string{"i"}},
		"spid( online)?":                      {[]string{"spid"}, []string{"online"}},
		"(?i)spid":                            {[]string{"", "cie"}, nil}, // case folded: no condition
		"[a-z]+":                              {[]string{"", "x"}, nil},
		"(spid){2}|(cie)+":                    {[]string{"spid", "cie"}, []string{"x"}},
		"(spid){0,2}":                         {[]string{""}, nil},
		"a|spid":                              {[]string{"", "x"}, nil}, // one letter tells nothing
	} {
		n := needOf(expression)
		for _, s := range tc.met {
			if !n.met(s) {
				t.Errorf("%s: %q is refused", expression, s)
			}
		}
		for _, s := range tc.not {
			if n.met(s) {
				t.Errorf("%s: %q is let through", expression, s)
			}
		}
	}
}

// FuzzNeed holds the condition to the expression: what matches fulfils it.
func FuzzNeed(f *testing.F) {
	f.Add("(^|[^a-z])(cittadin[oi]|registrati)([^a-z]|$)", "area cittadini")
	f.Add("(ab|cd)+(?i:EF)?g{1,3}", "abcdefgg")
	f.Add("x*|y", "")
	f.Fuzz(func(t *testing.T, expression, text string) {
		if len(expression) > maxPattern {
			return
		}
		re, err := regexp.Compile(expression)
		if err != nil {
			return
		}
		n := needOf(expression)
		if re.MatchString(text) && !n.met(text) {
			t.Fatalf("%q matches %q and is refused", expression, text)
		}
	})
}

func TestEveryMatchFulfilsTheCondition(t *testing.T) {
	bit := rapid.SampledFrom([]string{"ab", "cd", "a", "(", ")", "|", "?", "*", "+", "{2}", ".", "[ab]", "^", "$", `\b`, `\w`})
	text := rapid.StringOfN(rapid.SampledFrom([]rune("abcd ")), 0, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		expression := ""
		for _, b := range rapid.SliceOfN(bit, 1, 10).Draw(t, "bits") {
			expression += b
		}
		re, err := regexp.Compile(expression)
		if err != nil {
			return
		}
		n, s := needOf(expression), text.Draw(t, "text")
		if re.MatchString(s) && !n.met(s) {
			t.Fatalf("%q matches %q and is refused", expression, s)
		}
	})
}
