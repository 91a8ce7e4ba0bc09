package web

import (
	"context"
	"fmt"
	"hash/fnv"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/report"
)

// marking is a store that can pass over what its reader has.
type marking struct {
	memory
	given int // views it did not pass over
}

func (m *marking) LatestUnless(ctx context.Context, known func(string, uint64) bool) iter.Seq2[record.Latest, error] {
	return func(yield func(record.Latest, error) bool) {
		for l, err := range m.Latest(ctx, report.Query{Brief: true}) {
			h := fnv.New64()
			fmt.Fprintf(h, "%v", l)
			if err == nil && known(l.Comune.Istat, h.Sum64()|1) {
				continue
			}
			m.given++
			l.Standings = slices.Clone(l.Standings)
			if !yield(l, err) {
				return
			}
			clear(l.Standings) // it was lent
		}
	}
}

// What is shown of a country seen bit by bit is what is shown of it seen at once.
func TestASnapshotMadeFromTheOneBeforeIsNoOther(t *testing.T) {
	metas := sampleMetas()
	provinces := []string{"PG", "TR", "BZ"}
	rapid.Check(t, func(t *rapid.T) {
		m := &marking{}
		var before *snapshot
		now := noon
		for range rapid.IntRange(1, 5).Draw(t, "rounds") {
			for i := range rapid.IntRange(0, 6).Draw(t, "visits") {
				n := rapid.IntRange(0, 9).Draw(t, "comune")
				c := comuneOf(fmt.Sprintf("%06d", 990_000+n), fmt.Sprintf("Finto %d", n), rapid.SampledFrom(provinces).Draw(t, "province"), "Umbria")
				m.see(looked(c, now.Add(time.Duration(i)*time.Second), varied(rapid.IntRange(0, 99).Draw(t, "a"), "rtd"), varied(rapid.IntRange(0, 99).Draw(t, "b"), "https")))
			}
			now = now.Add(time.Duration(rapid.IntRange(1, 400).Draw(t, "hours")) * time.Hour)
			about := newAbout(metas)
			bit, err := takeSnapshot(t.Context(), m, about, now, before)
			if err != nil {
				t.Fatal(err)
			}
			whole, err := takeSnapshot(t.Context(), &m.memory, about, now, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(shownOf(t, whole), shownOf(t, bit)); diff != "" {
				t.Fatal(diff)
			}
			before = bit
		}
	})
}

// shownOf is every series of a snapshot.
func shownOf(t *rapid.T, s *snapshot) map[string]bool {
	out := map[string]bool{}
	e := newExposition(lineSet(out))
	s.writeCounts(&families{exposition: e, names: map[string]bool{}})
	s.writeComuni(e, selection{})
	if err := e.flush(); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestOnlyWhatHasChangedIsReadAgain(t *testing.T) {
	m := &marking{memory: *country(300, []string{"rtd", "https"})}
	about := newAbout(sampleMetas())
	first, err := takeSnapshot(t.Context(), m, about, noon, nil)
	if err != nil {
		t.Fatal(err)
	}
	m.given = 0
	m.see(looked(m.views[7].Comune, noon.Add(time.Hour), varied(0, "rtd")))
	if _, err := takeSnapshot(t.Context(), m, about, noon.Add(time.Hour), first); err != nil || m.given != 1 {
		t.Errorf("%d comuni were read again, %v", m.given, err)
	}
}

// lineSet keeps the lines of what is written at once or in pieces.
func lineSet(into map[string]bool) *lineKeeper { return &lineKeeper{into: into} }

type lineKeeper struct {
	into map[string]bool
	rest string
}

func (k *lineKeeper) Write(p []byte) (int, error) {
	k.rest += string(p)
	for {
		line, after, ok := strings.Cut(k.rest, "\n")
		if !ok {
			return len(p), nil
		}
		k.into[line], k.rest = true, after
	}
}
