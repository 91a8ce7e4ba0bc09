package record_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
)

var (
	anyFact = rapid.Custom(func(t *rapid.T) finding.Fact {
		s := func(label string) string { return rapid.String().Draw(t, label) }
		return finding.Fact{
			Check: s("check"), Kind: s("kind"), Value: s("value"), URL: s("url"), Place: s("place"), Snippet: s("snippet"),
			Rule: s("rule"), Target: s("target"), Depth: rapid.IntRange(-1, 9).Draw(t, "depth"),
		}
	})
	anyFinding = rapid.Custom(func(t *rapid.T) finding.Finding {
		return finding.Finding{
			Check: rapid.StringMatching(`[a-d]`).Draw(t, "check"), Nature: rapid.SampledFrom([]finding.Nature{finding.Obligation, finding.Grant}).Draw(t, "nature"),
			Verdict: anyVerdict.Draw(t, "verdict"), Reason: anyReason.Draw(t, "reason"), Value: rapid.String().Draw(t, "value"),
			Confidence: rapid.SampledFrom([]finding.Confidence{"", finding.Low, finding.High}).Draw(t, "confidence"),
			Evidence:   rapid.SliceOfN(anyFact, 0, 2).Draw(t, "evidence"), Candidates: rapid.SliceOfN(anyFact, 0, 2).Draw(t, "candidates"),
			Looked: rapid.SliceOfN(rapid.String(), 0, 2).Draw(t, "looked"), Version: rapid.IntRange(0, 300).Draw(t, "version"),
			Unconfirmed: rapid.Bool().Draw(t, "unconfirmed"),
		}
	})
)

func TestCompactFormIsTheBriefView(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l record.Latest
		for i := range rapid.IntRange(1, 4).Draw(t, "assessments") {
			at := dawn.Add(time.Duration(i)*24*time.Hour + time.Duration(rapid.IntRange(0, 999).Draw(t, "ns")))
			l, _ = l.Take(look(at, anyReach.Draw(t, "reach"), rapid.SliceOfN(anyFinding, 1, 4).Draw(t, "findings")...), night(at))
		}
		b, err := l.AppendCompact([]byte("before"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := record.ParseCompact(b[len("before"):])
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(l.Brief(), got, cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
	})
}

// bare is a view as ReadBare gives it.
func bare(l record.Latest) record.Latest {
	l = l.Brief()
	for i := range l.Standings {
		for _, f := range []*finding.Finding{&l.Standings[i].Finding, &l.Standings[i].LastDefinite} {
			f.Evidence, f.Candidates, f.Looked = nil, nil, nil
		}
	}
	return l
}

func TestABareViewHasNothingOfTheOneReadBefore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var got record.Latest
		for range rapid.IntRange(1, 4).Draw(t, "views") {
			var l record.Latest
			for i := range rapid.IntRange(1, 3).Draw(t, "assessments") {
				at := dawn.Add(time.Duration(i) * 24 * time.Hour)
				l, _ = l.Take(look(at, anyReach.Draw(t, "reach"), rapid.SliceOfN(anyFinding, 1, 4).Draw(t, "findings")...), night(at))
			}
			b, err := l.AppendCompact(nil)
			if err != nil {
				t.Fatal(err)
			}
			if rapid.Bool().Draw(t, "a damaged one between") {
				if err := got.ReadBare(b[:rapid.IntRange(0, len(b)-1).Draw(t, "bytes")]); !errors.Is(err, record.ErrCompact) {
					t.Fatalf("got %v", err)
				}
			}
			if err := got.ReadBare(b); err != nil {
				t.Fatal(err)
			}
			clear(b) // nothing of it may be held
			if d := cmp.Diff(bare(l), got, cmpopts.EquateEmpty()); d != "" {
				t.Fatal(d)
			}
		}
	})
}

func TestCompactFormKnowsEveryField(t *testing.T) {
	for _, tt := range []struct {
		v      any
		fields int
	}{{record.Standing{}, 9}, {finding.Finding{}, 11}, {finding.Fact{}, 9}} {
		if got := reflect.TypeOf(tt.v).NumField(); got != tt.fields {
			t.Errorf("%T has %d fields: teach compact.go about the new one and raise compactFormat", tt.v, got)
		}
	}
}

func TestCompactFormOfAnotherVersionIsRefused(t *testing.T) {
	l, _ := record.Latest{}.Take(look(dawn, page.ReachOK, found(finding.Pass, "")), night(dawn))
	b, err := l.AppendCompact(nil)
	if err != nil {
		t.Fatal(err)
	}
	b[0]++
	if _, err := record.ParseCompact(b); !errors.Is(err, record.ErrCompact) {
		t.Errorf("got %v", err)
	}
}

func FuzzParseCompact(f *testing.F) {
	for _, a := range []record.Assessment{whole(), look(dawn, page.ReachBlocked, found(finding.Unknown, "blocked"))} {
		l, _ := record.Latest{}.Take(a, night(dawn))
		b, err := l.AppendCompact(nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(b[:len(b)-3])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var counted record.Latest
		bareErr := counted.ReadBare(b)
		l, err := record.ParseCompact(b)
		if (err == nil) != (bareErr == nil) {
			t.Fatalf("as it is: %v; bare: %v", err, bareErr)
		}
		if err != nil {
			if !errors.Is(err, record.ErrCompact) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		if _, err := l.AppendCompact(nil); err != nil {
			t.Fatal(err)
		}
	})
}
