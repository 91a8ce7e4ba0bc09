package assess

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var day = time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC)

// site is a visitor over pages that stand ready: it follows what is wanted the
// way the crawler does, without a network.
type site struct {
	reach   page.Reach
	pages   map[string]*page.Page // by URL
	links   []page.Link           // of the home page
	visited []string
	called  int
	err     error
}

const home = "https://www.comune.vallefinta.test/"

func (s *site) Visit(_ context.Context, t crawler.Target, w crawler.Watcher) (page.Visit, error) {
	s.called++
	v := page.Visit{Site: t.URL, FinalURL: home, Reach: s.reach, Started: day}
	if s.reach != page.ReachOK || s.err != nil {
		return v, s.err
	}
	next, ids := home, []string{page.Home}
	for next != "" {
		s.visited = append(s.visited, next)
		p := *s.pages[next]
		p.FinalURL, p.Status, p.For = next, 200, ids
		wanted, settled := w.See(&p)
		next, ids = s.best(wanted)
		if waits, ok := w.(crawler.Awaiter); ok && next != "" {
			if anew, done, heard := waits.Await(ids); heard {
				settled = done
				next, ids = s.best(anew)
			}
		}
		v.Settled = settled
	}
	return v, nil
}

// best is the first link of the home page, not yet read, that somebody wants.
func (s *site) best(wanted []page.Interest) (string, []string) {
	for _, l := range s.links {
		var ids []string
		for _, i := range wanted {
			if i.Match(l) > 0 {
				ids = append(ids, i.ID)
			}
		}
		if len(ids) > 0 && !slices.Contains(s.visited, l.URL) {
			return l.URL, ids
		}
	}
	return "", nil
}

// looksFor is a check that passes once a page says its word; interests lead it
// to pages whose link says it too.
func looksFor(id string, nature finding.Nature, word string) checks.Check {
	return checks.Check{
		Meta: checks.Meta{ID: id, Nature: nature, Version: 1},
		Interests: []page.Interest{{ID: word, MaxHops: 1, Match: func(l page.Link) int {
			if l.Text == word {
				return 1
			}
			return 0
		}}},
		Observe: func(p *page.Page, n *checks.Notes) {
			if p.Text == word {
				n.Add(finding.Fact{Check: id, Kind: "word", Value: word, URL: p.FinalURL})
			}
		},
		Judge: func(k checks.Case) finding.Finding {
			if seen := k.Of(id, "word"); len(seen) > 0 {
				return finding.Finding{Verdict: finding.Pass, Evidence: seen}
			}
			return finding.Finding{Verdict: finding.Warn, Reason: "no_link"}
		},
	}
}

func anchor(url, text string) page.Link { return page.Link{URL: url, Text: text} }

func vallefinta() registry.Comune {
	return registry.Comune{Istat: "990001", Name: "Vallefinta", Site: registry.Site{URL: home}}
}

func assessor(t *testing.T, v Visitor, list ...checks.Check) *Assessor {
	t.Helper()
	a, err := New(Options{Visitor: v, Checks: list, Now: func() time.Time { return day }})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func verdicts(fs []finding.Finding) map[string]finding.Verdict {
	out := map[string]finding.Verdict{}
	for _, f := range fs {
		out[f.Check] = f.Verdict
	}
	return out
}

func TestAVisitReadsWhatTheChecksStillNeedAndNoMore(t *testing.T) {
	for _, tc := range []struct {
		name       string
		home       string // what the home page says
		list       []checks.Check
		everything bool
		want       []string // URLs visited after the home page
		settled    bool
	}{
		{
			name: "a check that passes on the home page costs no further page",
			home: "privacy", list: []checks.Check{looksFor("a", finding.Obligation, "privacy")}, settled: true,
		},
		{
			name: "an obligation that is open is followed",
			list: []checks.Check{looksFor("a", finding.Obligation, "privacy")}, want: []string{home + "privacy"}, settled: true,
		},
		{
			name: "an obligation whose pages show nothing stays open to the end",
			list: []checks.Check{looksFor("a", finding.Obligation, "albo"), looksFor("b", finding.Obligation, "privacy")},
			want: []string{home + "privacy", home + "albo"},
		},
		{
			name: "checks that are no obligation share two pages at night",
			list: []checks.Check{
				looksFor("a", finding.GoodPractice, "one"), looksFor("b", finding.GoodPractice, "two"), looksFor("c", finding.Information, "three"),
			},
			want: []string{home + "one", home + "two"}, settled: true,
		},
		{
			name: "when everything is asked for they all get their pages",
			list: []checks.Check{
				looksFor("a", finding.GoodPractice, "one"), looksFor("b", finding.GoodPractice, "two"), looksFor("c", finding.Information, "three"),
			},
			everything: true, want: []string{home + "one", home + "two", home + "three"}, settled: true,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &site{reach: page.ReachOK, pages: map[string]*page.Page{home: {Text: tc.home}, home + "albo": {Text: "nothing"}}}
			for _, word := range []string{"privacy", "one", "two", "three"} {
				s.pages[home+word] = &page.Page{Text: word}
				s.links = append(s.links, anchor(home+word, word))
			}
			s.links = append(s.links, anchor(home+"albo", "albo"))
			got, err := assessor(t, s, tc.list...).Assess(context.Background(), vallefinta(), Request{Run: "r1", Everything: tc.everything})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(append([]string{home}, tc.want...), s.visited); diff != "" {
				t.Errorf("visited (-want +got):\n%s", diff)
			}
			if got.Visit.Settled != tc.settled {
				t.Errorf("settled = %v, want %v", got.Visit.Settled, tc.settled)
			}
			if got.Run != "r1" || !got.Started.Equal(day) || got.Comune.Istat != "990001" {
				t.Errorf("the assessment does not say whose it is: %+v", got)
			}
		})
	}
}

func TestARowWithoutAUsableAddressIsNotVisited(t *testing.T) {
	for _, tc := range []struct {
		name string
		site registry.Site
		want page.Reach
	}{
		{"a blank address", registry.Site{Quirks: []registry.Quirk{registry.QuirkBlank}}, page.ReachNoURL},
		{"an e-mail address", registry.Site{Raw: "segreteria@vallefinta.test"}, page.ReachBadURL},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &site{reach: page.ReachOK}
			c := vallefinta()
			c.Site = tc.site
			got, err := assessor(t, s, looksFor("a", finding.Obligation, "privacy")).Assess(context.Background(), c, Request{})
			if err != nil {
				t.Fatal(err)
			}
			if got.Visit.Reach != tc.want || s.called != 0 {
				t.Errorf("reach %s after %d visits, want %s after none", got.Visit.Reach, s.called, tc.want)
			}
			if v := verdicts(got.Findings); v["a"] != finding.Unknown {
				t.Errorf("verdict %s on a site that was not seen", v["a"])
			}
		})
	}
}

func TestABrokenCheckCostsItselfAlone(t *testing.T) {
	good := looksFor("good", finding.Obligation, "privacy")
	for _, tc := range []struct {
		name  string
		spoil func(*checks.Check)
		want  finding.Verdict
	}{
		{
			"in its judge: unknown, by our fault",
			func(c *checks.Check) { c.Judge = func(checks.Case) finding.Finding { panic("judge") } },
			finding.Unknown,
		},
		{
			"in its observer: it may no longer blame",
			func(c *checks.Check) { c.Observe = func(*page.Page, *checks.Notes) { panic("observer") } },
			finding.Unknown,
		},
		{
			"in its observer, on one page of two: it may still praise",
			func(c *checks.Check) {
				whole := c.Observe
				c.Observe = func(p *page.Page, n *checks.Notes) {
					if p.FinalURL == home {
						panic("observer")
					}
					whole(p, n)
				}
			},
			finding.Pass,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bad := looksFor("bad", finding.Obligation, "privacy")
			tc.spoil(&bad)
			s := &site{
				reach: page.ReachOK, links: []page.Link{anchor(home+"privacy", "privacy")},
				pages: map[string]*page.Page{home: {}, home + "privacy": {Text: "privacy"}},
			}
			reg := prometheus.NewPedanticRegistry()
			a, err := New(Options{Visitor: s, Checks: []checks.Check{bad, good}, Registerer: reg})
			if err != nil {
				t.Fatal(err)
			}
			got, err := a.Assess(context.Background(), vallefinta(), Request{})
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]finding.Verdict{"bad": tc.want, "good": finding.Pass}
			if diff := cmp.Diff(want, verdicts(got.Findings)); diff != "" {
				t.Errorf("verdicts (-want +got):\n%s", diff)
			}
			if n := testutil.ToFloat64(a.meter.failures.WithLabelValues("bad")); n == 0 {
				t.Error("the panic was not counted")
			}
		})
	}
}

func TestAssessReturnsWhatWasMeasuredBeforeTheInterruption(t *testing.T) {
	s := &site{reach: page.ReachTooSlow, err: context.Canceled}
	got, err := assessor(t, s, looksFor("a", finding.Obligation, "privacy")).Assess(context.Background(), vallefinta(), Request{Run: "r1"})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error = %v, want the context's", err)
	}
	if got.Run != "r1" || len(got.Findings) != 1 {
		t.Errorf("nothing was returned beside the error: %+v", got)
	}
}

func TestACheckThatDoesNotExistIsNamed(t *testing.T) {
	s := &site{reach: page.ReachOK}
	_, err := assessor(t, s, looksFor("rtd", finding.Obligation, "x")).Assess(context.Background(), vallefinta(), Request{Checks: []string{"rdt"}})
	var unknown *UnknownCheckError
	if !errors.As(err, &unknown) || unknown.ID != "rdt" || !slices.Equal(unknown.Known, []string{"rtd"}) {
		t.Fatalf("error = %#v", err)
	}
	if s.called != 0 {
		t.Error("the site was visited for a check that does not exist")
	}
}

func TestOnlyTheChecksAskedForAreRun(t *testing.T) {
	s := &site{reach: page.ReachOK, pages: map[string]*page.Page{home: {Text: "privacy"}}}
	a := assessor(t, s, looksFor("a", finding.Obligation, "privacy"), looksFor("b", finding.Obligation, "privacy"))
	got, err := a.Assess(context.Background(), vallefinta(), Request{Checks: []string{"b"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]finding.Verdict{"b": finding.Pass}, verdicts(got.Findings)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// diary is a memory of one comune.
type diary struct{ view record.Latest }

func (d diary) Previous(context.Context, string) (record.Latest, bool, error) {
	return d.view, true, nil
}

func TestAJudgeIsToldHowManyNightsSomethingHasStood(t *testing.T) {
	var told checks.Previous
	nosy := checks.Check{
		Meta:  checks.Meta{ID: "nosy", Nature: finding.Information, JudgesVisit: true},
		Judge: func(k checks.Case) finding.Finding { told = k.Previous; return finding.Finding{Verdict: finding.Info} },
	}
	var view record.Latest
	for night := range 3 { // the third is the night of the assessment: an earlier look of the same date
		at := day.AddDate(0, 0, night-2)
		view, _ = view.Take(record.Assessment{
			Run: "r", Started: at, Comune: vallefinta(), Visit: page.Visit{Reach: page.ReachNXDomain},
			Findings: []finding.Finding{{Check: "nosy", Nature: finding.Information, Verdict: finding.Info}},
		}, at.Format(time.DateOnly))
	}
	now := day
	a, err := New(Options{Visitor: &site{reach: page.ReachNXDomain}, Checks: []checks.Check{nosy}, Memory: diary{view}, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		at     time.Time
		night  string
		before int
	}{
		{"on a date that was looked at", day, "", 2},
		{"on the next", day.AddDate(0, 0, 1), "", 3},
		{"by a run of that night, midnight being past", day.AddDate(0, 0, 1), day.Format(time.DateOnly), 2},
	} {
		now = c.at
		if _, err := a.Assess(context.Background(), vallefinta(), Request{Night: c.night}); err != nil {
			t.Fatal(err)
		}
		if told.LastReach != page.ReachNXDomain || told.ReachNights != c.before || told.NightsStood != c.before || told.LastDefinite.Verdict != finding.Info {
			t.Errorf("%s: told %+v, want %d nights before", c.name, told, c.before)
		}
	}
}

func TestAUnionTheSiteNamesIsKeptWithItsRowAndTheOthersAreNot(t *testing.T) {
	list, err := checks.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	body := `<html><title>Comune di Vallefinta</title><p>Il comune fa parte dell'Unione dei Comuni della Val Fonte.</p></html>`
	s := &site{reach: page.ReachOK, pages: map[string]*page.Page{home: page.Parse(page.Raw{URL: home, FinalURL: home, Status: 200, Body: []byte(body)})}}
	c := vallefinta()
	c.IPA = "c_z999"
	c.RTD = registry.Office{Known: true, AsOf: day, Nearby: []registry.Union{
		{IPA: "uc_valfonte", Name: "Unione dei Comuni della Val Fonte", Holders: []registry.RTDHolder{{IPA: "uc_valfonte", Union: true, Name: "Ilda Montefinto"}}},
		{IPA: "uc_altra", Name: "Unione Altra"},
	}}
	got, err := assessor(t, s, list...).Assess(context.Background(), c, Request{Checks: []string{"rtd"}})
	if err != nil {
		t.Fatal(err)
	}
	if f := got.Findings[0]; f.Verdict != finding.Pass || f.Value != "ipa_union" {
		t.Errorf("%+v", f)
	}
	if len(got.Comune.RTD.Named) != 1 || got.Comune.RTD.Named[0].IPA != "uc_valfonte" || got.Comune.RTD.Nearby != nil {
		t.Errorf("kept: %+v", got.Comune.RTD)
	}
}

func TestWhomIPANamesIsLookedForOnTheSiteWhenEverythingIsAskedFor(t *testing.T) {
	list, err := checks.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	at := "https://www.comune.vallefinta.test/amministrazione-trasparente"
	menu := page.Link{URL: at, Text: "Amministrazione trasparente", Folded: "amministrazione trasparente", Page: home}
	c := vallefinta()
	c.IPA = "c_z999"
	c.RTD = registry.Office{Known: true, AsOf: day, Holders: []registry.RTDHolder{{IPA: "c_z999", Name: "Aldina Cartesi"}}}
	for everything, want := range map[bool]int{false: 1, true: 2} {
		s := &site{reach: page.ReachOK, pages: map[string]*page.Page{home: {}, at: {Text: "AT"}}, links: []page.Link{menu}}
		got, err := assessor(t, s, list...).Assess(context.Background(), c, Request{Checks: []string{"rtd"}, Everything: everything})
		if err != nil || got.Findings[0].Verdict != finding.Pass || len(s.visited) != want {
			t.Errorf("everything %v: %v pages, want %d; %+v, %v", everything, s.visited, want, got.Findings[0], err)
		}
	}
}
