package assess

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
)

// keeping is an assessor that keeps pages in d.
func keeping(t *testing.T, d *drawer) *Assessor {
	t.Helper()
	a, err := New(Options{Visitor: twoPages(), Checks: []checks.Check{looksFor("word", finding.Obligation, "privacy")}, Pages: d})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// known is a page that was read at that time, under both validators.
func known(read time.Time) record.KeptPage {
	return record.KeptPage{
		URL: home, Read: read, Version: page.IndexVersion,
		Source: page.Source{URL: home, ETag: `"a"`, LastModified: "Sun, 01 Nov 2026 01:30:00 GMT", Sum: "00"},
	}
}

func standing(v finding.Verdict) past {
	return past{view: record.Latest{Standings: []record.Standing{{Finding: finding.Finding{Check: "word", Verdict: v}}}}}
}

func TestWhenAServerIsAskedWhetherAPageHasChanged(t *testing.T) {
	const date = "If-Modified-Since"
	aDay := day.Add(-24 * time.Hour)
	for _, c := range []struct {
		name   string
		kept   func(*record.KeptPage)
		r      Request
		before past
		want   string // the header by which it is asked; empty: none
		none   bool   // the copy is of no use
	}{
		{name: "the night after", want: "If-None-Match"},
		{name: "three days after", kept: func(k *record.KeptPage) { k.Read = day.Add(-3 * 24 * time.Hour) }, want: "If-None-Match"},
		{name: "a week after", kept: func(k *record.KeptPage) { k.Read = day.Add(-7 * 24 * time.Hour) }},
		{name: "a month after", kept: func(k *record.KeptPage) { k.Read = day.Add(-29 * 24 * time.Hour) }},
		{name: "at the second look of a night", r: Request{Anew: true}},
		{name: "by a date alone", kept: func(k *record.KeptPage) { k.Source.ETag = "" }, want: date},
		{name: "by a date alone, where a failure stands", kept: func(k *record.KeptPage) { k.Source.ETag = "" }, before: standing(finding.Fail)},
		{name: "where a failure stands", before: standing(finding.Fail), want: "If-None-Match"},
		{name: "by a date alone, where all is well", kept: func(k *record.KeptPage) { k.Source.ETag = "" }, before: standing(finding.Pass), want: date},
		{name: "with nothing to ask by", kept: func(k *record.KeptPage) { k.Source.ETag, k.Source.LastModified = "", "" }},
		{name: "the index is of another version", kept: func(k *record.KeptPage) { k.Version = page.IndexVersion - 1 }, none: true},
		{name: "the page was not whole", kept: func(k *record.KeptPage) { k.Source = page.Source{} }, none: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := known(aDay)
			if c.kept != nil {
				c.kept(&k)
			}
			d := &drawer{visit: &record.KeptVisit{Istat: "990001", Run: "r0", Started: aDay, Pages: []record.KeptPage{k}}}
			s := keeping(t, d).shelf(t.Context(), "990001", day, c.r, c.before)
			got, ok := s.Get(home)
			if ok == c.none {
				t.Fatalf("a copy: %v", ok)
			}
			h := got.Source.Conditions()
			if c.want == "" && len(h) > 0 || c.want != "" && h.Get(c.want) == "" {
				t.Errorf("asked by %v, want %q", h, c.want)
			}
			if _, ok := s.Get(home + "altra"); ok {
				t.Error("a copy of a page that was never kept")
			}
		})
	}
}

func TestNotAllComuniAreReadAnewInOneNight(t *testing.T) {
	nights := map[time.Duration]int{}
	for i := range 1_000 {
		b := believed(fmt.Sprintf("%06d", i))
		if b < 3*24*time.Hour || b > 7*24*time.Hour {
			t.Fatalf("believed for %v", b)
		}
		nights[b]++
	}
	for b, n := range nights {
		if n > 400 {
			t.Errorf("%d of 1000 are read anew after %v", n, b)
		}
	}
}

func TestAPageThatHasNotChangedIsListedAndNotPacked(t *testing.T) {
	aDay := day.Add(-24 * time.Hour)
	for _, c := range []struct {
		name   string
		page   page.Page
		packed int
		read   time.Time
	}{
		{"the server said so", page.Page{Recalled: true, Confirmed: true}, 0, aDay},
		{"it sent the same bytes", page.Page{Recalled: true}, 0, day},
		{"it has a new header", page.Page{Recalled: true, Confirmed: true, Amended: true}, 1, aDay},
		{"it has changed", page.Page{}, 1, day},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := known(aDay)
			k.Index = record.IDOf([]byte("as it was"))
			d := &drawer{visit: &record.KeptVisit{Istat: "990001", Run: "r0", Started: aDay, Pages: []record.KeptPage{k}}}
			s := keeping(t, d).shelf(t.Context(), "990001", day, Request{Run: "r1"}, past{})
			p := c.page
			p.URL, p.FinalURL, p.Status, p.Source, p.For = home, home, 200, k.Source, []string{page.Home}
			s.put(&p)
			if err := s.end(); err != nil {
				t.Fatal(err)
			}
			got := d.visit.Pages[0]
			if d.packed != c.packed || (got.Index == k.Index) != (c.packed == 0) || !got.Read.Equal(c.read) || d.visit.Run != "r1" || got.Source != k.Source {
				t.Errorf("%d packed; kept %+v", d.packed, got)
			}
		})
	}
}

func TestKeptPagesThatCannotBeReadCostTheAssessmentNothing(t *testing.T) {
	d := &drawer{err: errors.New("damaged")}
	got, err := keeping(t, d).Assess(t.Context(), vallefinta(), Request{Run: "r1"})
	if err != nil || verdicts(got.Findings)["word"] != finding.Pass {
		t.Errorf("%+v, %v", got.Findings, err)
	}
}

func TestAVisitThatSawNothingLeavesWhatWasKept(t *testing.T) {
	d := &drawer{visit: &record.KeptVisit{Istat: "990001", Run: "r0", Started: day, Pages: []record.KeptPage{known(day)}}}
	a, err := New(Options{Visitor: &site{reach: page.ReachConnTimeout}, Checks: []checks.Check{looksFor("word", finding.Obligation, "privacy")}, Pages: d})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Assess(t.Context(), vallefinta(), Request{Run: "r1"}); err != nil || d.visit.Run != "r0" {
		t.Errorf("kept %+v, %v", d.visit, err)
	}
}
