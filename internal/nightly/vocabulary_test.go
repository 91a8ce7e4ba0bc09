package nightly

import (
	"slices"
	"testing"

	"github.com/vigile-it/vigile/checks/finding"
)

func TestWordsAreNumberedOnceAndFoundAgain(t *testing.T) {
	var v vocabulary
	red := finding.Finding{Check: "rtd", Verdict: finding.Fail, Reason: "not_in_ipa", Value: "x"}
	green := finding.Finding{Check: "spid", Verdict: finding.Pass, Reason: "ok"}
	first, second := v.numbersOf([]finding.Finding{red, green}), v.numbersOf([]finding.Finding{green, red, green})
	for _, tc := range []struct {
		numbers []uint32
		want    []finding.Finding
	}{{first, []finding.Finding{red, green}}, {second, []finding.Finding{green, red, green}}, {v.numbersOf(nil), nil}} {
		var want []Word
		for _, f := range tc.want {
			want = append(want, wordOf(f))
		}
		if got := v.wordsOf(tc.numbers); !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
	if len(v.words) != 2 {
		t.Errorf("%d words: %v", len(v.words), v.words)
	}
}
