package assess

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
)

// drawer is a keeper of pages of one comune.
type drawer struct {
	indexes map[record.IndexID][]byte
	visit   *record.KeptVisit
	packed  int // indexes handed to it
	err     error
}

func (d *drawer) KeepIndex(_ context.Context, _ string, index []byte) (record.IndexID, error) {
	if d.indexes == nil {
		d.indexes = map[record.IndexID][]byte{}
	}
	d.packed++
	id := record.IDOf(index)
	d.indexes[id] = bytes.Clone(index)
	return id, d.err
}

func (d *drawer) KeepVisit(_ context.Context, v record.KeptVisit) error {
	d.visit = &v
	return d.err
}

func (d *drawer) Visit(context.Context, string) (record.KeptVisit, bool, error) {
	if d.visit == nil {
		return record.KeptVisit{}, false, d.err
	}
	return *d.visit, true, d.err
}

func (d *drawer) Index(_ context.Context, _ string, id record.IndexID) ([]byte, error) {
	b, ok := d.indexes[id]
	if !ok {
		return nil, errors.New("gone")
	}
	return b, nil
}

func (d *drawer) pages(t *testing.T) []*page.Page {
	t.Helper()
	if v := d.visit; v == nil || v.Run != "r1" || v.Istat != "990001" || !v.Started.Equal(day) {
		t.Fatalf("kept %+v", v)
	}
	var out []*page.Page
	for _, k := range d.visit.Pages {
		p, err := k.Page(d.indexes[k.Index])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

// twoPages is a site whose second page says the word.
func twoPages() *site {
	return &site{
		reach: page.ReachOK, links: []page.Link{anchor(home+"privacy", "privacy")},
		pages: map[string]*page.Page{home: {Text: "benvenuti"}, home + "privacy": {Text: "privacy"}},
	}
}

// until passes before a day and is due from then on.
func until(id string, last time.Time) checks.Check {
	return checks.Check{
		Meta: checks.Meta{ID: id, Nature: finding.Obligation, Version: 1, JudgesVisit: true},
		Judge: func(k checks.Case) finding.Finding {
			if k.Date.After(last) {
				return finding.Finding{Verdict: finding.Warn, Reason: "due"}
			}
			return finding.Finding{Verdict: finding.Pass}
		},
	}
}

func TestAStoredAssessmentIsJudgedAgainAndSaysWhyItDiffers(t *testing.T) {
	word := looksFor("word", finding.Obligation, "privacy")
	stricter := word
	stricter.Judge = func(checks.Case) finding.Finding { return finding.Finding{Verdict: finding.Warn, Reason: "no_link"} }
	blind := word
	blind.Observe = func(*page.Page, *checks.Notes) {}
	fresh := looksFor("fresh", finding.Obligation, "privacy")
	yearly := until("yearly", day.AddDate(0, 1, 0))
	broken := word
	broken.Observe = func(*page.Page, *checks.Notes) { panic("observer") }

	for _, tc := range []struct {
		name   string
		then   []checks.Check // the catalogue of the night
		today  []checks.Check
		pages  bool
		date   time.Time
		want   map[string]finding.Verdict
		causes map[string][]Cause
	}{
		{
			name: "nothing has changed", then: []checks.Check{word, yearly}, today: []checks.Check{word, yearly}, pages: true,
			want: map[string]finding.Verdict{"word": finding.Pass, "yearly": finding.Pass},
		},
		{
			name: "the judge has", then: []checks.Check{word}, today: []checks.Check{stricter},
			want: map[string]finding.Verdict{"word": finding.Warn}, causes: map[string][]Cause{"word": {ByJudge}},
		},
		{
			name: "the observer has, and the pages are there", then: []checks.Check{word}, today: []checks.Check{blind}, pages: true,
			want: map[string]finding.Verdict{"word": finding.Warn}, causes: map[string][]Cause{"word": {ByPages}},
		},
		{
			name: "the observer has, and the pages are gone: the stored facts stand", then: []checks.Check{word}, today: []checks.Check{blind},
			want: map[string]finding.Verdict{"word": finding.Pass},
		},
		{
			name: "a deadline has passed, and nobody is visited", then: []checks.Check{yearly}, today: []checks.Check{yearly}, date: day.AddDate(0, 2, 0),
			want: map[string]finding.Verdict{"yearly": finding.Warn}, causes: map[string][]Cause{"yearly": {ByDate}},
		},
		{
			name: "a new check sees the pages that are kept", then: []checks.Check{word}, today: []checks.Check{fresh, word}, pages: true,
			want: map[string]finding.Verdict{"word": finding.Pass, "fresh": finding.Pass}, causes: map[string][]Cause{"fresh": {ByPages}},
		},
		{
			name: "a new check has nothing to see without them", then: []checks.Check{word}, today: []checks.Check{fresh, word},
			want: map[string]finding.Verdict{"word": finding.Pass},
		},
		{
			name: "a check that is no more keeps what it found", then: []checks.Check{word, yearly}, today: []checks.Check{word},
			want: map[string]finding.Verdict{"word": finding.Pass, "yearly": finding.Pass},
		},
		{
			name: "a check that broke that night is not judged from half its facts", then: []checks.Check{broken}, today: []checks.Check{word},
			want: map[string]finding.Verdict{"word": finding.Unknown},
		},
		{
			name: "but from the pages it is", then: []checks.Check{broken}, today: []checks.Check{word}, pages: true,
			want: map[string]finding.Verdict{"word": finding.Pass}, causes: map[string][]Cause{"word": {ByPages}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			kept := &drawer{}
			a, err := New(Options{Visitor: twoPages(), Checks: tc.then, Pages: kept, Now: func() time.Time { return day }})
			if err != nil {
				t.Fatal(err)
			}
			stored, err := a.Assess(t.Context(), vallefinta(), Request{Run: "r1"})
			if err != nil {
				t.Fatal(err)
			}
			r, err := NewReplayer(tc.today, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			again := Again{Date: tc.date}
			if tc.pages {
				again.Pages = kept.pages(t)
			}
			got, differences := r.Replay(stored, again)
			if d := cmp.Diff(tc.want, verdicts(got.Findings)); d != "" {
				t.Error(d)
			}
			causes := map[string][]Cause{}
			for _, d := range differences {
				causes[d.Check] = d.Causes
			}
			if tc.causes == nil {
				tc.causes = map[string][]Cause{}
			}
			if d := cmp.Diff(tc.causes, causes); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestPagesOfACrawlOfSomeChecksAreNotKept(t *testing.T) {
	kept := &drawer{}
	a, err := New(Options{Visitor: twoPages(), Checks: []checks.Check{looksFor("word", finding.Obligation, "privacy")}, Pages: kept})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Assess(t.Context(), vallefinta(), Request{Run: "r1", Checks: []string{"word"}}); err != nil || kept.packed > 0 || kept.visit != nil {
		t.Errorf("kept %d pages, %v", kept.packed, err)
	}
}

func TestAKeeperThatFailsCostsTheAssessmentNothing(t *testing.T) {
	kept := &drawer{err: errors.New("disk full")}
	a, err := New(Options{Visitor: twoPages(), Checks: []checks.Check{looksFor("word", finding.Obligation, "privacy")}, Pages: kept})
	if err != nil {
		t.Fatal(err)
	}
	got, err := a.Assess(t.Context(), vallefinta(), Request{Run: "r1"})
	if err != nil || verdicts(got.Findings)["word"] != finding.Pass || kept.packed != 1 || kept.visit != nil {
		t.Errorf("%+v after %d pages, %v", got.Findings, kept.packed, err)
	}
}
