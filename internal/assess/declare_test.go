package assess

// What a visit asks AgID, and what it reads before the answer and after it.

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/agid"
)

// office is a declaration service that answers from a table.
type office struct {
	answers map[string]agid.Answer
	asked   []string
	since   time.Time
	err     error
}

func (o *office) Declaration(_ context.Context, l agid.Link, since time.Time) (agid.Answer, error) {
	o.asked, o.since = append(o.asked, l.URL), since
	return o.answers[l.URL], o.err
}

func TestAgIDIsAskedOfThePublicationsLinkedAndOfNothingElse(t *testing.T) {
	const one, two = "https://form.agid.gov.it/view/f6a1c2d0-9a10-11f0-8000-000000000001", "https://form.agid.gov.it/c_z001/sito/dichiarazione"
	links := checks.Check{
		Meta: checks.Meta{ID: "links", Nature: finding.Information},
		Observe: func(p *page.Page, n *checks.Notes) {
			for _, target := range []string{one, "https://form.agid.gov.it/", one, "https://www.agid.gov.it/it", two, home} {
				n.Add(finding.Fact{Check: "links", Kind: "link", Target: target})
			}
		},
		Judge: func(k checks.Case) finding.Finding {
			return finding.Finding{Verdict: finding.Info, Value: string(k.Answers[one].Outcome)}
		},
	}
	o := &office{answers: map[string]agid.Answer{one: {Asked: true, Outcome: agid.Found}}}
	s := &site{reach: page.ReachOK, pages: map[string]*page.Page{home: {}}}
	a, err := New(Options{Visitor: s, Checks: []checks.Check{links}, Declarer: o})
	if err != nil {
		t.Fatal(err)
	}
	got, err := a.Assess(context.Background(), vallefinta(), Request{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{one, two}, o.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if got.Findings[0].Value != string(agid.Found) || got.Answers[one].Outcome != agid.Found {
		t.Errorf("the answer did not reach the judge and the record: %+v", got)
	}
}

func TestWhoAsksForAComuneIsToldWhatAgIDSaysNow(t *testing.T) {
	for everything, want := range map[bool]time.Time{false: {}, true: day.Add(-requestAge)} {
		o := &office{}
		s := &site{reach: page.ReachOK, pages: map[string]*page.Page{home: {}}}
		a, err := New(Options{Visitor: s, Checks: []checks.Check{declares(nil)}, Declarer: o, Now: func() time.Time { return day }})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Assess(context.Background(), vallefinta(), Request{Everything: everything}); err != nil {
			t.Fatal(err)
		}
		if !o.since.Equal(want) {
			t.Errorf("everything %v: since %s", everything, o.since)
		}
	}
}

// pending is an office that answers when it is told what; nil: never.
type pending chan agid.Outcome

func (p pending) Declaration(ctx context.Context, _ agid.Link, _ time.Time) (agid.Answer, error) {
	select {
	case said := <-p:
		return agid.Answer{Outcome: said, Proven: true}, nil
	case <-ctx.Done():
		return agid.Answer{}, ctx.Err()
	}
}

// linked is the publication that each page links for declares.
const linked = "https://form.agid.gov.it/c_z001/sito/dichiarazione"

// says is an office that says one thing of it.
func says(o agid.Outcome) Declarer {
	return &office{answers: map[string]agid.Answer{linked: {Outcome: o, Proven: true}}}
}

// declares is a check that must read a page on accessibility, and notes a publication
// on each. It judges by what AgID says of that; nil: it passes.
func declares(judge func(agid.Outcome) finding.Finding) checks.Check {
	c := looksFor("accessibility-declaration", finding.Obligation, "accessibilità")
	c.Meta.MustRead = []string{page.Home, "accessibilità"}
	c.Observe = func(p *page.Page, n *checks.Notes) {
		n.Add(finding.Fact{Check: c.Meta.ID, Kind: "word", URL: p.FinalURL, Target: linked})
	}
	if judge != nil {
		c.Judge = func(k checks.Case) finding.Finding {
			f := judge(k.Answers[linked].Outcome)
			f.Evidence = k.Of(c.Meta.ID, "word")
			return f
		}
	}
	return c
}

// byAnswer is a pass, a red or nothing by what AgID says.
func byAnswer(said agid.Outcome) finding.Finding {
	switch said {
	case agid.Found:
		return finding.Finding{Verdict: finding.Pass}
	case agid.NotFound:
		return finding.Finding{Verdict: finding.Fail, Reason: "declaration_not_found"}
	}
	return finding.Finding{Verdict: finding.Unknown, Reason: upstream}
}

func TestThePagesBesideADeclarationAreReadWhereAgIDsAnswerIsBadAndNotBefore(t *testing.T) {
	both := []string{home, home + "accessibilita"}
	for _, tt := range []struct {
		name     string
		declarer Declarer
		judge    func(agid.Outcome) finding.Finding
		want     []string
	}{
		{"it is good", says(agid.Found), byAnswer, both[:1]},
		{"it is bad", says(agid.NotFound), byAnswer, both},
		{"it says nothing", says(agid.Silent), byAnswer, both},
		{"what passes was to be looked up, and was", says(agid.Found), nil, both[:1]},
		{"what passes is not looked up", nil, nil, both[:1]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &site{
				reach: page.ReachOK, links: []page.Link{anchor(home+"accessibilita", "accessibilità")},
				pages: map[string]*page.Page{home: {}, home + "accessibilita": {}},
			}
			a, err := New(Options{Visitor: s, Checks: []checks.Check{declares(tt.judge)}, Declarer: tt.declarer, Now: func() time.Time { return day }})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := a.Assess(context.Background(), vallefinta(), Request{}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, s.visited); diff != "" {
				t.Errorf("visited (-want +got):\n%s", diff)
			}
		})
	}
}

func TestObligationsComeFirstAndWhatOnlyABadAnswerWouldNeedLast(t *testing.T) {
	declared := declares(nil)
	list := []checks.Check{
		looksFor("licence", finding.Grant, "note legali"), declared, looksFor("booking", finding.Grant, "servizi"),
		looksFor("pagopa", finding.Obligation, "pagamenti"), looksFor("report-issue", finding.Grant, "servizi"),
	}
	a, err := New(Options{Visitor: &site{}, Checks: list, Declarer: pending(nil), Now: func() time.Time { return day }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	for everything, want := range map[bool][]string{
		false: {"pagamenti", "servizi", "note legali", "accessibilità"},
		true:  {"note legali", "accessibilità", "servizi", "pagamenti"}, // in no order but that of what they are worth
	} {
		w := newWatcher(a, vallefinta(), list, everything, day)
		w.inquiry.ctx = ctx
		wanted, _ := w.See(&page.Page{FinalURL: home, Status: 200, For: []string{page.Home}})
		slices.SortStableFunc(wanted, func(x, y page.Interest) int { return x.Wait - y.Wait })
		var order []string
		for _, i := range wanted {
			order = append(order, i.ID)
		}
		if diff := cmp.Diff(want, order); diff != "" {
			t.Errorf("everything %v, in the order of reading (-want +got):\n%s", everything, diff)
		}
		defer w.inquiry.end()
	}
	cancel()
}

// asking is a watcher whose questions end with the test.
func asking(t *testing.T, d Declarer, everything bool, list ...checks.Check) *watcher {
	t.Helper()
	a, err := New(Options{Visitor: &site{}, Checks: list, Declarer: d, Now: func() time.Time { return day }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	w := newWatcher(a, vallefinta(), list, everything, day)
	w.inquiry.ctx = ctx
	t.Cleanup(func() { cancel(); w.inquiry.end() })
	return w
}

func waits(wanted []page.Interest) map[string]int {
	out := map[string]int{}
	for _, i := range wanted {
		out[i.ID] = i.Wait
	}
	return out
}

func TestWhatHangsOnAnAnswerAloneWaitsForIt(t *testing.T) {
	for _, tt := range []struct {
		name           string
		said           agid.Outcome // before it is waited for; empty: nothing yet
		nobody         bool         // is asked
		everything     bool
		besides        []checks.Check
		ids            []string
		heard, settled bool
		want           []string
	}{
		{name: "a good one leaves nothing", said: agid.Found, ids: []string{"accessibilità"}, heard: true, settled: true},
		{name: "a bad one leaves what it needs", said: agid.NotFound, ids: []string{"accessibilità"}, heard: true, want: []string{"accessibilità"}},
		{name: "what something else needs as well does not", besides: []checks.Check{looksFor("pagopa", finding.Obligation, "pagamenti")}, ids: []string{"accessibilità", "pagamenti"}},
		{name: "where everything was asked for nothing does", everything: true, ids: []string{"accessibilità"}},
		{name: "where nobody is asked nothing does", nobody: true, ids: []string{"accessibilità"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			office := make(pending, 1)
			var asked Declarer = office
			if tt.nobody {
				asked = nil
			}
			w := asking(t, asked, tt.everything, append(tt.besides, declares(byAnswer))...)
			w.See(&page.Page{FinalURL: home, Status: 200, For: []string{page.Home}})
			if tt.said != "" {
				office <- tt.said
			}
			wanted, settled, heard := w.Await(tt.ids)
			if d := cmp.Diff(tt.want, slices.Sorted(maps.Keys(waits(wanted)))); d != "" || heard != tt.heard || settled != tt.settled {
				t.Errorf("heard %v, settled %v, wanted (-want +got):\n%s", heard, settled, d)
			}
			if shown := w.trail.shown[0]; heard && (shown.Unanswered || shown.Open != nil) {
				t.Errorf("the trace says that the answer was still to come: %+v", shown)
			}
		})
	}
}

func TestAYellowThatRestsOnAPublicationComesLastBeforeTheAnswerAndAfterIt(t *testing.T) {
	licence := looksFor("licence", finding.Grant, "note legali")
	licence.Judge = func(checks.Case) finding.Finding {
		return finding.Finding{Verdict: finding.Unknown, Reason: "not_read"}
	}
	declared := declares(func(said agid.Outcome) finding.Finding {
		if said == agid.Found {
			return finding.Finding{Verdict: finding.Pass}
		}
		return finding.Finding{Verdict: finding.Warn, Reason: "stale_suspect"}
	})
	last := map[string]int{"accessibilità": waitAnswer}
	for said, want := range map[agid.Outcome]map[string]int{
		agid.Found:    {},
		agid.NotFound: {"accessibilità": waitAnswer, "note legali": waitExtra - 1}, // it is amiss by now
	} {
		t.Run(string(said), func(t *testing.T) {
			office := make(pending, 1)
			w := asking(t, office, false, declared, licence)
			for n := range fewPages {
				wanted, settled := w.See(&page.Page{FinalURL: home + strings.Repeat("x", n), Status: 200, For: []string{page.Home}})
				before := map[string]int{"accessibilità": waitAnswer, "note legali": waitExtra - 1}
				if n+1 == fewPages { // nothing is amiss so far
					before = last
				}
				if d := cmp.Diff(before, waits(wanted)); d != "" || settled {
					t.Fatalf("settled %v, after %d pages (-want +got):\n%s", settled, n+1, d)
				}
			}
			office <- said
			wanted, settled, heard := w.Await([]string{"accessibilità"})
			if d := cmp.Diff(want, waits(wanted)); d != "" || settled != (len(want) == 0) || !heard {
				t.Errorf("settled %v, heard %v (-want +got):\n%s", settled, heard, d)
			}
		})
	}
	t.Run("and one that rests on none at once", func(t *testing.T) {
		w := asking(t, pending(nil), false, declared)
		if got := w.stillWanted(declared, finding.Finding{Verdict: finding.Warn, Reason: "no_link"}); waits(got)["accessibilità"] != waitObliged {
			t.Errorf("%v", waits(got))
		}
	})
}
