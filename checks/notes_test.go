package checks

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/vigile-it/vigile/checks/finding"
)

// noted are facts of few checks, kinds and pages, so that some are noted twice.
func noted(t *rapid.T) []finding.Fact {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) finding.Fact {
		return finding.Fact{
			Check: rapid.SampledFrom([]string{"rtd", "cms", "spid"}).Draw(t, "check"),
			Kind:  rapid.SampledFrom([]string{"link", "word"}).Draw(t, "kind"),
			Value: rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "value"),
			URL:   rapid.SampledFrom([]string{"https://www.comune.spoleto.pg.it/", "https://www.comune.spoleto.pg.it/rtd"}).Draw(t, "url"),
		}
	}), 0, 60).Draw(t, "facts")
}

func TestWhatIsNotedIsKeptOnceAndInOrderHoweverOftenAPageIsLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var at, left Notes
		var want []finding.Fact
		for _, f := range noted(t) {
			at.Add(f)
			left.Add(f)
			if !slices.Contains(want, f) {
				want = append(want, f)
			}
			if rapid.Bool().Draw(t, "left") {
				left.Leave()
			}
			if rapid.Bool().Draw(t, "asked for") && !slices.Equal(left.Facts(), want) {
				t.Fatalf("%v, want %v", left.Facts(), want)
			}
		}
		packed := left.Packed()
		if !slices.Equal(at.Facts(), want) || !slices.Equal(left.Facts(), want) || !slices.Equal(packed.First(packed.Len()), want) {
			t.Fatalf("%v never left, %v left, %v packed, want %v", at.Facts(), left.Facts(), packed.First(packed.Len()), want)
		}
	})
}
