package rules

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vigile-it/vigile/crawler/page"
)

func newScanner(lits ...string) *scanner {
	sc := &scanner{ids: map[string]int32{}}
	for _, l := range lits {
		sc.id(l)
	}
	sc.build()
	return sc
}

// everyOccurrence is what a scanner must find, found plainly.
func everyOccurrence(text string, lits []string) []string {
	var out []string
	for _, l := range lits {
		for at := range len(text) {
			if strings.HasPrefix(text[at:], l) {
				out = append(out, fmt.Sprintf("%s@%d", l, at))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func scanned(text string, lits []string) []string {
	sc := newScanner(lits...)
	var out []string
	sc.scan(text, func(lit int32, at int) { out = append(out, fmt.Sprintf("%s@%d", sc.lits[lit], at)) })
	slices.Sort(out)
	return out
}

func TestAScannerFindsEveryOccurrenceAndNothingElse(t *testing.T) {
	lit := rapid.StringOfN(rapid.SampledFrom([]rune("abà\x00")), 2, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		lits := rapid.SliceOfN(lit, 1, 12).Draw(t, "literals")
		text := rapid.StringOfN(rapid.SampledFrom([]rune("abcà\x00")), 0, 60, -1).Draw(t, "text")
		if d := cmp.Diff(everyOccurrence(text, lits), scanned(text, lits)); d != "" {
			t.Fatal(d)
		}
	})
}

func FuzzScan(f *testing.F) {
	f.Add("amministrazione trasparente", "trasp", "nte", "am")
	f.Add("spid", "spid", "pid", "id")
	f.Add("\x00\x00\x00", "\x00\x00", "\x00\x00\x00", "\x00\x00\x00\x00")
	f.Fuzz(func(t *testing.T, text, a, b, c string) {
		lits := slices.DeleteFunc([]string{a, b, c}, func(s string) bool { return len(s) < minLiteral })
		if len(lits) == 0 || len(text) > 2_000 {
			return
		}
		if d := cmp.Diff(everyOccurrence(text, lits), scanned(text, lits)); d != "" {
			t.Fatal(d)
		}
	})
}

func TestAHostileTextFillsNoMemoryWithOccurrences(t *testing.T) {
	first, last := make([]int32, 2), make([]int32, 2)
	at := newScanner("aaa", "aaaa").see(strings.Repeat("a", 200_000), first, last, make([]occurrence, 1))
	if len(at) > 4*maxOccurrences {
		t.Errorf("%d occurrences are kept", len(at))
	}
	if len(at) < maxOccurrences {
		t.Errorf("only %d occurrences are kept", len(at))
	}
}

// Whether sets share a lexicon or have each their own, they say the same.
func TestSetsOfOneLexiconMatchAsTheyWouldAlone(t *testing.T) {
	files := fstest.MapFS{
		"a.yaml": {Data: []byte(rule("[text, link]", "[spid, cie, accesso]", ""))},
		"b.yaml": {Data: []byte(rule("link_text", "[accesso, ccesso con]", "not: [cie], "))},
		"c.yaml": {Data: []byte(rule("href", "[/accesso, spid]", "case: exact, regexp: '/accesso/?$|SPID', "))},
	}
	word := rapid.SampledFrom([]string{"Accesso", "accesso con", "SPID", "cie", "/accesso", "x", " ", "à"})
	words := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(word, 0, 4).Draw(t, "words"), "") })
	var shared Lexicon
	var together, alone []*Set
	for name := range files {
		s, err := shared.Load(files, name)
		if err != nil {
			t.Fatal(err)
		}
		own, err := Load(files, name)
		if err != nil {
			t.Fatal(err)
		}
		together, alone = append(together, s), append(alone, own)
	}
	rapid.Check(t, func(t *rapid.T) {
		p := &page.Page{Text: words.Draw(t, "text")}
		p.Folded = page.Fold(p.Text)
		for range rapid.IntRange(0, 4).Draw(t, "links") {
			l := page.Link{Href: words.Draw(t, "href"), Text: words.Draw(t, "label")}
			l.Folded = page.Fold(l.Text)
			p.Links = append(p.Links, l)
		}
		look := NewLook(p)
		for i, s := range together {
			if d := cmp.Diff(said(alone[i].Match(p)), said(s.MatchIn(look))); d != "" {
				t.Fatalf("set %d on the page:\n%s", i, d)
			}
			for _, l := range p.Links {
				if d := cmp.Diff(said(alone[i].MatchLink(l)), said(s.MatchLink(l))); d != "" {
					t.Fatalf("set %d on a link:\n%s", i, d)
				}
			}
		}
	})
}

func said(hits []Hit) []string {
	var out []string
	for _, h := range hits {
		href := ""
		if h.Link != nil {
			href = h.Link.Href
		}
		out = append(out, fmt.Sprint(h.Rule.ID, " ", h.Place, " ", href, " ", h.Start, " ", h.End, " ", h.Snippet))
	}
	return out
}

func TestAFileLoadedTwiceIsOneSetAndOneLoadedLateHasItsOwnLexicon(t *testing.T) {
	files := fstest.MapFS{"a.yaml": {Data: []byte(rule("title", "abc", ""))}, "b.yaml": {Data: []byte(rule("title", "abc", ""))}}
	var x Lexicon
	first, err := x.Load(files, "a.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := x.Load(files, "a.yaml"); again != first {
		t.Error("a file loaded twice is two sets")
	}
	p := &page.Page{Title: "abc"}
	first.Match(p)
	late, err := x.Load(files, "b.yaml")
	if err != nil || len(late.Match(p)) != 1 {
		t.Errorf("a set loaded late matches nothing: %v", err)
	}
	if _, err := x.Load(files, "c.yaml"); err == nil {
		t.Error("a file that is not there was loaded")
	}
}

func TestOneLexiconServesManyAtOnce(t *testing.T) {
	s := mustLoad(t, good)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 200 {
				l := page.Link{Text: "Dichiarazione di accessibilità"}
				if (i+j)%2 == 0 {
					l.Text = "Altro"
				}
				l.Folded = page.Fold(l.Text)
				if got, want := len(s.MatchLink(l)), (i+j)%2; got != want {
					t.Errorf("%q: %d hits", l.Text, got)
				}
			}
		})
	}
	wg.Wait()
}

func TestASnippetIsThatOfThePage(t *testing.T) {
	word := rapid.SampledFrom([]string{"parola ", "è così ", "\n", "ﬃ", "x", strings.Repeat("lunga ", 60), "\u2028", "\r\n", "Città\n"})
	rapid.Check(t, func(t *rapid.T) {
		p := &page.Page{Text: strings.Join(rapid.SliceOfN(word, 1, 60).Draw(t, "text"), "")}
		p.Folded = page.Fold(p.Text)
		start := rapid.IntRange(0, len(p.Folded)).Draw(t, "start")
		end := min(start+rapid.IntRange(0, 40).Draw(t, "length"), len(p.Folded))
		if got, want := NewLook(p).textSnippet(start, end), p.Snippet(start, end); got != want {
			t.Fatalf("[%d,%d): %q, want %q", start, end, got, want)
		}
	})
}
