package rules

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestLowerIsToLower(t *testing.T) {
	for _, s := range []string{"", "abc", "ABC", "È già così", "\xff\xfeA", "İSTANBUL", "Σ", "a\x00B", strings.Repeat("x", 99) + "Z"} {
		if got, want := lower(s), strings.ToLower(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "s")
		if got, want := lower(s), strings.ToLower(s); got != want {
			t.Fatalf("%q: %q, want %q", s, got, want)
		}
	})
}
