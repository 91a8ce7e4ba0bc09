package rules

import (
	"errors"
	"testing"

	"github.com/vigile-it/vigile/crawler/page"
)

// FuzzLoad feeds arbitrary bytes to the reader of rule files, which users write
// too: it must never panic, and what it accepts must match without panic.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(rule("text", "spid", "regexp: '(a|b)*spid', value: $1, ")))
	f.Add([]byte("rules:\n  - &a {id: x}\n  - *a\n"))
	f.Add([]byte("rules: {id: 1}"))
	f.Add([]byte("- 1\n- [a, b]: c\n"))
	f.Add([]byte("rules:\n  - literal: {a: b}\n"))
	p := &page.Page{Title: "Spid", Text: "entra con spid\nŝŝ", Links: []page.Link{{Href: "/", Text: "Dichiarazione di accessibilità"}}}
	p.Folded = page.Fold(p.Text)
	p.Links[0].Folded = page.Fold(p.Links[0].Text)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parse("fuzz.yaml", data)
		if err != nil {
			var fault *Error
			if !errors.As(err, &fault) {
				t.Fatalf("error of no type: %v", err)
			}
			return
		}
		s.Match(p)
		s.MatchLink(p.Links[0])
		_ = s.CheckExamples()
	})
}
