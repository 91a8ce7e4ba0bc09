package checks

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vigile-it/vigile/checks/finding"
)

// languages are those of Italy's comuni besides Italian: a fixture of
// testdata/languages each, a home page and further pages whose addresses say
// nothing, in a frame that is Italian, as bilingual sites are. Its first comment
// says besides what checks must find, by id, or "sees" and a fact, where other
// things than words decide.
var languages = []string{"french", "german", "ladin", "slovene"}

// hasLanguages tells whether a check's own folder answers for the languages: by a
// fixture in each, or by wordless.txt, which says why there is none.
func hasLanguages(t *testing.T, check string) bool {
	t.Helper()
	if slices.Contains(judgedElsewhere, check) {
		return true
	}
	if why, err := os.ReadFile(filepath.Join("testdata", check, "wordless.txt")); err == nil && len(why) > 0 {
		return true
	}
	own := strings.Join(fixturesOf(t, check), " ")
	return !slices.ContainsFunc(languages, func(lang string) bool { return !strings.Contains(own, lang) })
}

// saying is what a finding says, as the first comments of fixtures write it.
func saying(f finding.Finding) string {
	said := string(f.Verdict)
	switch {
	case f.Verdict == finding.Info:
		said += " " + f.Value
	case f.Reason != "":
		said += " " + string(f.Reason)
	}
	return said
}

// saw tells whether a fact of that kind and value was noted.
func saw(k Case, check, kind, value string) bool {
	return slices.ContainsFunc(k.Of(check, kind), func(f finding.Fact) bool { return f.Value == value })
}

// withoutSlots is the frame of a fixture with the slots that it fills left empty.
func withoutSlots(t *testing.T, path, frame string) []byte {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var empty []byte
	for _, m := range slotForm.FindAllSubmatch(body, -1) {
		empty = fmt.Appendf(empty, "<!-- slot: %s --><!-- /slot -->", m[1])
	}
	return framed(t, frame, empty)
}

func TestEveryCheckThatReadsWordsReadsTheLanguagesOfItaly(t *testing.T) {
	list := catalogue(t)
	for _, lang := range languages {
		dir := filepath.Join("testdata", "languages")
		f, body := readFixture(t, filepath.Join(dir, lang+".html"))
		pages := f.gather(t, dir, body)
		day := f.day(t)
		k := Case{Comune: f.comune(day), Visit: wholeVisit(list, pages...), Date: day}
		k.Facts = observed(t, k.Comune, pages...)
		home := f.page(withoutSlots(t, filepath.Join(dir, lang+".html"), f["frame"]))
		without := Case{Comune: k.Comune, Visit: wholeVisit(list, home), Date: day, Facts: observed(t, k.Comune, home)}
		for _, c := range list {
			t.Run(lang+"/"+c.Meta.ID, func(t *testing.T) {
				want, said := f[c.Meta.ID], saying(c.Finding(k))
				if what, fact := strings.CutPrefix(want, "sees "); fact {
					kind, value, _ := strings.Cut(what, " ")
					if !saw(k, c.Meta.ID, kind, value) || saw(without, c.Meta.ID, kind, value) {
						t.Errorf("%s not seen, or without the words as well", what)
					}
					return
				}
				switch {
				case want == "" && !hasLanguages(t, c.Meta.ID):
					t.Errorf("neither asked here nor in its own folder; it says %s", said)
				case want != "" && said != want:
					t.Errorf("%s, want %s\n%+v", said, want, c.Finding(k))
				case want != "" && said == saying(c.Finding(without)):
					t.Errorf("%s is said of the frame without the words", said)
				}
			})
		}
		judgedWell(t, list, k)
		for _, word := range strings.Fields("Fintelli Ubaldo") {
			for _, fact := range k.Facts {
				if strings.Contains(fact.Snippet+fact.Value, word) {
					t.Errorf("%s stands in %+v", word, fact)
				}
			}
		}
	}
}
