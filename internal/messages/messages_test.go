package messages

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

func catalogues(t *testing.T) (it, en Catalogue) {
	t.Helper()
	it, err := For("it")
	if err != nil {
		t.Fatal(err)
	}
	if en, err = For("en"); err != nil {
		t.Fatal(err)
	}
	return it, en
}

func TestBothLanguagesHaveTheSameKeysAndPlaceholders(t *testing.T) {
	it, en := catalogues(t)
	if d := cmp.Diff(it.Keys(), en.Keys()); d != "" {
		t.Fatalf("keys (- Italian, + English):\n%s", d)
	}
	for _, key := range it.Keys() {
		if d := cmp.Diff(placeholders(it.Text(key)), placeholders(en.Text(key))); d != "" {
			t.Errorf("placeholders of %s (- Italian, + English):\n%s", key, d)
		}
	}
}

func placeholders(s string) []string {
	found := placeholder.FindAllString(s, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func TestTextsAreCleanAndFair(t *testing.T) {
	it, en := catalogues(t)
	for _, c := range []Catalogue{it, en} {
		for _, key := range c.Keys() {
			text := c.Text(key)
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: %s is blank", c.Lang(), key)
			}
			if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' }) {
				t.Errorf("%s: %s holds unprintable characters", c.Lang(), key)
			}
			for _, word := range []string{"—", "non nominato", "inadempiente", "colpevole", "illegale", "negligen"} {
				if strings.Contains(strings.ToLower(text), word) {
					t.Errorf("%s: %s says %q", c.Lang(), key, word)
				}
			}
		}
	}
}

func TestText(t *testing.T) {
	it, _ := catalogues(t)
	if got := it.Text("error.unknown_comune", "query", "Spoletto {x}"); got != "Nessun comune si chiama «Spoletto {x}»." {
		t.Error(got)
	}
	if got := it.Text("no.such.key"); got != "no.such.key" {
		t.Error(got)
	}
	if got := it.Count("sheet.pages", 1); got != "1 pagina letta" {
		t.Error(got)
	}
	if got := it.Count("sheet.pages", 1234); got != "1.234 pagine lette" {
		t.Error(got)
	}
	if _, err := For("de"); err == nil {
		t.Error("there is a German catalogue")
	}
}

func TestNumbersAndTimes(t *testing.T) {
	it, en := catalogues(t)
	when := time.Date(2026, 11, 2, 9, 5, 0, 0, time.UTC)
	cases := map[string][2]string{
		"thousands":      {it.Number(-1234567), "-1.234.567"},
		"under thousand": {en.Number(999), "999"},
		"English":        {en.Number(7896), "7,896"},
		"bytes":          {it.Bytes(420), "420 B"},
		"kilobytes":      {it.Bytes(41_500), "41,5 kB"},
		"megabytes":      {en.Bytes(2_000_000), "2 MB"},
		"nothing":        {it.Seconds(0), "0 s"},
		"less than 1 ms": {it.Seconds(time.Microsecond), "1 ms"},
		"seconds":        {it.Seconds(1234 * time.Millisecond), "1,2 s"},
		"minutes":        {it.Seconds(3*time.Minute + 5*time.Second), "3 min 05 s"},
		"a day":          {it.Date(when), "2 novembre 2026"},
		"the 8th":        {it.Text("stood.now", "when", it.Moment(when.AddDate(0, 0, 6))), "Dice come stanno le cose all'ultima visita di ogni Comune (la più recente l'8 novembre 2026, 09:05)."},
		"since the 11th": {it.Text("index.since", "day", it.Date(when.AddDate(0, 0, 9))), "Il movimento è dall'11 novembre 2026."},
		"since the 18th": {it.Text("index.since", "day", it.Date(when.AddDate(0, 0, 16))), "Il movimento è dal 18 novembre 2026."},
		"the 8th of any": {en.Text("index.since", "day", en.Date(when.AddDate(0, 0, 6))), "The movement is since 8 November 2026."},
		"a moment":       {en.Moment(when), "2 November 2026, 09:05"},
	}
	for name, c := range cases {
		if c[0] != c[1] {
			t.Errorf("%s: %q, want %q", name, c[0], c[1])
		}
	}
}
