package nightly

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// story is one run told at random: how its calls are cut off, and what its
// network does.
type story struct {
	comuni, workers int
	kind            record.RunKind
	gone            int             // every so many comuni is gone for good; 0: none; never all, which no night would believe
	broken          int             // every so many panics; 0: none
	cuts            []time.Duration // when each call is cut off, but for the last
	outage          outage
	patience        time.Duration
}

func drawStory(t *rapid.T) story {
	seconds := func(most int, label string) time.Duration {
		return time.Duration(rapid.IntRange(0, most*10).Draw(t, label)) * 100 * time.Millisecond
	}
	s := story{
		comuni: rapid.IntRange(1, 120).Draw(t, "comuni"), workers: rapid.IntRange(1, 9).Draw(t, "workers"),
		kind: rapid.SampledFrom([]record.RunKind{record.Night, record.Request}).Draw(t, "kind"),
		gone: rapid.SampledFrom([]int{0, 2, 3, 5, 9}).Draw(t, "gone"), broken: rapid.IntRange(0, 30).Draw(t, "broken"),
		patience: seconds(300, "patience"),
		outage:   outage{from: seconds(60, "from"), as: rapid.SampledFrom([]page.Reach{page.ReachNXDomain, page.ReachOurFault, page.ReachDNSTimeout}).Draw(t, "as")},
	}
	s.outage.to = s.outage.from + seconds(120, "outage")
	for range rapid.IntRange(0, 6).Draw(t, "cuts") {
		s.cuts = append(s.cuts, seconds(30, "cut"))
	}
	return s
}

// hits tells whether a comune is one of every n.
func hits(c registry.Comune, n int) bool {
	var i int
	fmt.Sscanf(c.Istat, "%d", &i)
	return n > 0 && i%n == 0
}

func (s story) reach(c registry.Comune, look int) page.Reach {
	switch {
	case hits(c, s.broken):
		panic("broken")
	case s.outage.dark():
		return s.outage.as
	case hits(c, s.gone):
		return page.ReachNXDomain
	}
	return page.ReachOK
}

// tell runs the story and says what is wrong with it.
func (s story) tell(ctx context.Context) (wrong []string) {
	s.outage.began = time.Now()
	keep := &shelf{}
	o := Options{Assessor: &italy{reach: s.reach}, Keeper: keep, Workers: s.workers, Offline: s.outage.offline, Patience: s.patience}
	last := Outcome{Left: s.comuni}
	for i := 0; last.Left > 0; i++ {
		if i > len(s.cuts)+60 {
			return append(wrong, "it never ends")
		}
		out, err := s.call(ctx, i, o)
		switch {
		case err != nil:
			return append(wrong, fmt.Sprintf("call %d: %v", i, err))
		case i < len(s.cuts) && s.cuts[i] == 0: // cut off while it was still reading what there is
			continue
		case out.Tally.Comuni < last.Tally.Comuni || out.Tally.Comuni != len(keep.kept):
			wrong = append(wrong, fmt.Sprintf("call %d: %d counted, %d kept, %d before", i, out.Tally.Comuni, len(keep.kept), last.Tally.Comuni))
		case out.Tally.Comuni+out.Failed+out.Left != s.comuni:
			wrong = append(wrong, fmt.Sprintf("call %d: %d done, %d failed, %d left", i, out.Tally.Comuni, out.Failed, out.Left))
		}
		last = out
	}
	return append(wrong, s.judge(keep)...)
}

// call runs the command once more, and cuts it off if that is its turn.
func (s story) call(ctx context.Context, i int, o Options) (Outcome, error) {
	if i < len(s.cuts) {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.cuts[i])
		defer cancel()
	} else {
		time.Sleep(10 * time.Second) // a person takes a moment
	}
	return Run(ctx, o, Selection{Comuni: comuni(s.comuni), Kind: s.kind})
}

// judge says what is wrong with what was kept in the end.
func (s story) judge(keep *shelf) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	seen := map[string]bool{}
	for _, a := range keep.kept {
		if seen[a.Comune.Istat] {
			say("%s was kept twice", a.Comune.Istat)
		}
		seen[a.Comune.Istat] = true
		// Of a few comuni there is no second look: an outage that nobody asks about
		// in time is not seen.
		if gone := a.Visit.Reach != page.ReachOK; gone && !hits(a.Comune, s.gone) && s.comuni > few {
			say("%s is %s on our account", a.Comune.Istat, a.Visit.Reach)
		}
	}
	for _, c := range comuni(s.comuni) {
		if seen[c.Istat] == hits(c, s.broken) {
			say("%s: kept %v", c.Istat, seen[c.Istat])
		}
	}
	if len(keep.runs) != 1 || keep.runs[0].Ended.IsZero() || keep.runs[0].Done != len(keep.kept) {
		say("runs: %+v", keep.runs)
	}
	return wrong
}

func TestEveryComuneIsAssessedExactlyOnceWhateverHappens(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := drawStory(rt)
		var wrong []string
		synctest.Test(t, func(t *testing.T) { wrong = s.tell(t.Context()) })
		if len(wrong) > 0 {
			rt.Fatalf("%q", wrong)
		}
	})
}
