package record_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

var dawn = time.Date(2026, 11, 22, 0, 30, 0, 0, time.UTC)

// night is the date a test's hour belongs to; the tests need no time zone.
func night(at time.Time) string { return record.NightOf(at, time.UTC) }

func found(v finding.Verdict, reason finding.Reason) finding.Finding {
	return finding.Finding{Check: "rtd", Nature: finding.Obligation, Verdict: v, Reason: reason, Version: 1}
}

func doubted(f finding.Finding) finding.Finding {
	f.Unconfirmed, f.Confidence = true, finding.Low
	return f
}

func TestStandingOverNights(t *testing.T) {
	type night1 struct {
		hours int // since dawn
		f     finding.Finding
	}
	tests := []struct {
		name        string
		looks       []night1
		verdict     finding.Verdict // of the last visit
		definite    finding.Verdict
		changed     int // hours since dawn; -1: never
		nights      int
		wantChecked int
	}{
		{"a first definite finding starts the count", []night1{{0, found(finding.Fail, "no_link")}}, finding.Fail, finding.Fail, 0, 1, 0},
		{"a second night agrees", []night1{{0, found(finding.Warn, "x")}, {24, found(finding.Warn, "x")}}, finding.Warn, finding.Warn, 0, 2, 24},
		{"two looks on one date are one night", []night1{{0, found(finding.Warn, "x")}, {5, found(finding.Warn, "x")}}, finding.Warn, finding.Warn, 0, 1, 5},
		{"unknown keeps the last definite finding", []night1{{0, found(finding.Pass, "")}, {24, found(finding.Unknown, "blocked")}}, finding.Unknown, finding.Pass, 0, 1, 24},
		{"unknown between two equal findings breaks nothing", []night1{{0, found(finding.Fail, "x")}, {24, found(finding.Unknown, "blocked")}, {48, found(finding.Fail, "x")}}, finding.Fail, finding.Fail, 0, 2, 48},
		{"another reason is a change", []night1{{0, found(finding.Fail, "x")}, {24, found(finding.Fail, "y")}}, finding.Fail, finding.Fail, 24, 1, 24},
		{"never definite never changed", []night1{{0, found(finding.Unknown, "blocked")}}, finding.Unknown, "", -1, 0, 0},
		{"an unconfirmed red is no change", []night1{{0, found(finding.Pass, "")}, {24, doubted(found(finding.Fail, "x"))}}, finding.Fail, finding.Pass, 0, 1, 24},
		{"once confirmed it is one", []night1{{0, found(finding.Pass, "")}, {24, doubted(found(finding.Fail, "x"))}, {26, found(finding.Fail, "x")}}, finding.Fail, finding.Fail, 26, 1, 26},
		{"a green after it leaves nothing", []night1{{0, found(finding.Pass, "")}, {24, doubted(found(finding.Fail, "x"))}, {48, found(finding.Pass, "")}}, finding.Pass, finding.Pass, 0, 2, 48},
		{"an older finding comes too late", []night1{{24, found(finding.Pass, "")}, {0, found(finding.Fail, "x")}}, finding.Pass, finding.Pass, 24, 1, 24},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s record.Standing
			for _, l := range tt.looks {
				at := dawn.Add(time.Duration(l.hours) * time.Hour)
				s = record.Advance(s, "run", at, night(at), l.f)
			}
			var changed time.Time
			if tt.changed >= 0 {
				changed = dawn.Add(time.Duration(tt.changed) * time.Hour)
			}
			if s.Finding.Verdict != tt.verdict || s.LastDefinite.Verdict != tt.definite || !s.LastChanged.Equal(changed) || s.Nights != tt.nights {
				t.Errorf("got verdict %q, definite %q, changed %v, nights %d", s.Finding.Verdict, s.LastDefinite.Verdict, s.LastChanged, s.Nights)
			}
			if want := dawn.Add(time.Duration(tt.wantChecked) * time.Hour); !s.Checked.Equal(want) {
				t.Errorf("checked %v, want %v", s.Checked, want)
			}
		})
	}
}

var (
	anyVerdict = rapid.SampledFrom(finding.Verdicts())
	anyReason  = rapid.SampledFrom([]finding.Reason{"", "stale", "no_link"})
	anyReach   = rapid.SampledFrom([]page.Reach{page.ReachOK, page.ReachBlocked, page.ReachNXDomain})
)

// anyLooks draws looks at one check at rising hours.
func anyLooks(t *rapid.T) (at []time.Time, fs []finding.Finding) {
	hour := 0
	for range rapid.IntRange(1, 20).Draw(t, "looks") {
		hour += rapid.IntRange(1, 30).Draw(t, "hours")
		at = append(at, dawn.Add(time.Duration(hour)*time.Hour))
		fs = append(fs, found(anyVerdict.Draw(t, "verdict"), anyReason.Draw(t, "reason")))
	}
	return at, fs
}

func TestStandingRemembersWhatTheLooksSaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at, fs := anyLooks(t)
		var s record.Standing
		for i := range fs {
			s = record.Advance(s, "run", at[i], night(at[i]), fs[i])
			if twice := record.Advance(s, "run", at[i], night(at[i]), fs[i]); !cmp.Equal(s, twice) {
				t.Fatalf("storing the same finding twice: %s", cmp.Diff(s, twice))
			}
		}
		if !s.FirstSeen.Equal(at[0]) || !s.Checked.Equal(at[len(at)-1]) || !cmp.Equal(s.Finding, fs[len(fs)-1]) {
			t.Fatalf("first seen, checked or finding: %+v", s)
		}
		// The last definite finding, how long its state has stood and on how many dates, from the looks themselves.
		last := -1
		for i, f := range fs {
			if f.Verdict.Definite() {
				last = i
			}
		}
		if last < 0 {
			if s.LastDefinite.Verdict != "" || !s.LastChanged.IsZero() || s.Nights != 0 {
				t.Fatalf("nothing definite was found: %+v", s)
			}
			return
		}
		since, dates := last, map[string]bool{}
		for i := last; i >= 0; i-- {
			if !fs[i].Verdict.Definite() {
				continue
			}
			if record.StateOf(fs[i]) != record.StateOf(fs[last]) {
				break
			}
			since, dates[night(at[i])] = i, true
		}
		if !cmp.Equal(s.LastDefinite, fs[last]) || !s.LastDefiniteAt.Equal(at[last]) || !s.LastChanged.Equal(at[since]) || s.Nights != len(dates) {
			t.Fatalf("got %+v, want definite %d since %d on %d dates", s, last, since, len(dates))
		}
		if got := s.NightsWith(night(at[last])); got != s.Nights {
			t.Fatalf("a second look on the same date counts: %d, want %d", got, s.Nights)
		}
	})
}

// look is an assessment with the given findings.
func look(at time.Time, r page.Reach, fs ...finding.Finding) record.Assessment {
	return record.Assessment{
		Run: "run " + at.Format(time.RFC3339), Started: at,
		Comune:   registry.Comune{Istat: "990001", Name: "Borgo Finto", Province: "PG", Region: "Umbria"},
		Visit:    page.Visit{Site: "https://www.comune.borgofinto.pg.it/", Reach: r, Started: at, Took: time.Second},
		Findings: fs,
	}
}

func named(check string, v finding.Verdict) finding.Finding {
	return finding.Finding{Check: check, Verdict: v}
}

func TestTakeKeepsWhatTheAssessmentDidNotRun(t *testing.T) {
	first, changes := record.Latest{}.Take(look(dawn, page.ReachOK, named("spid", finding.Pass), named("cms", finding.Info)), night(dawn))
	if len(changes) != 0 {
		t.Errorf("a first assessment is no change: %v", changes)
	}
	later := dawn.Add(48 * time.Hour)
	second, changes := first.Take(look(later, page.ReachOK, named("spid", finding.Fail)), night(later))
	want := []record.Change{{
		Istat: "990001", Comune: "Borgo Finto", Province: "PG", Region: "Umbria", Check: "spid",
		From: record.State{Verdict: finding.Pass}, To: record.State{Verdict: finding.Fail}, At: later, Run: "run " + later.Format(time.RFC3339),
	}}
	if d := cmp.Diff(want, changes); d != "" {
		t.Error(d)
	}
	cms, ok := second.Standing("cms")
	if !ok || !cms.Checked.Equal(dawn) {
		t.Errorf("cms was touched: %+v", cms)
	}
	if spid, _ := first.Standing("spid"); spid.Finding.Verdict != finding.Pass {
		t.Error("the view before was changed in place")
	}
}

func TestTakeOfAnOlderAssessmentAddsOnlyWhatItAloneKnows(t *testing.T) {
	later := dawn.Add(48 * time.Hour)
	l, _ := record.Latest{}.Take(look(later, page.ReachOK, named("spid", finding.Pass)), night(later))
	l, changes := l.Take(look(dawn, page.ReachBlocked, named("cms", finding.Info), named("spid", finding.Fail)), night(dawn))
	if len(changes) != 0 || l.Visit.Reach != page.ReachOK || !l.Checked.Equal(later) {
		t.Errorf("the older assessment moved the view: %+v %v", l, changes)
	}
	if spid, _ := l.Standing("spid"); spid.Finding.Verdict != finding.Pass {
		t.Errorf("spid: %+v", spid)
	}
	if cms, ok := l.Standing("cms"); !ok || !cms.Checked.Equal(dawn) {
		t.Errorf("cms: %+v", cms)
	}
}

func TestWhatAClockThatWasAheadHasFoundGivesWay(t *testing.T) {
	ahead, now := dawn.AddDate(4, 0, 0), dawn.AddDate(0, 0, 3)
	before, _ := record.Latest{}.Take(look(dawn, page.ReachOK, named("cms", finding.Info)), night(dawn))
	l, _ := before.Take(look(ahead, page.ReachNXDomain, named("spid", finding.Fail)), night(ahead))
	l = l.Until(now, now)
	if l.ReachNightsWith(page.ReachNXDomain, night(now)) != 2 || !l.ReachSince.Equal(now) {
		t.Errorf("the night of then was one: %+v", l)
	}
	l, changes := l.Take(look(now, page.ReachOK, named("spid", finding.Pass), named("cms", finding.Info)), night(now))
	if spid, _ := l.Standing("spid"); spid.LastDefinite.Verdict != finding.Pass || !spid.Checked.Equal(now) || len(changes) != 1 || l.Visit.Reach != page.ReachOK {
		t.Errorf("%+v, %v", spid, changes)
	}
	if cms, _ := l.Standing("cms"); cms.Nights != 2 || !cms.FirstSeen.Equal(dawn) {
		t.Errorf("what the right clock had found before is no longer known: %+v", cms)
	}
	if d := cmp.Diff(before, before.Until(now, now)); d != "" {
		t.Errorf("a view of the past was changed: %s", d)
	}
}

func TestReachNightsCountsDatesOfAnUnbrokenRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l record.Latest
		var reaches []page.Reach
		var at []time.Time
		hour := 0
		for range rapid.IntRange(1, 15).Draw(t, "visits") {
			hour += rapid.IntRange(1, 30).Draw(t, "hours")
			now, r := dawn.Add(time.Duration(hour)*time.Hour), anyReach.Draw(t, "reach")
			foretold := l.ReachNightsWith(r, night(now))
			l, _ = l.Take(look(now, r), night(now))
			if l.ReachNights != foretold {
				t.Fatalf("foretold %d, counted %d", foretold, l.ReachNights)
			}
			reaches, at = append(reaches, r), append(at, now)
		}
		dates, since := map[string]bool{}, time.Time{}
		for i := len(at) - 1; i >= 0 && reaches[i] == reaches[len(at)-1]; i-- {
			dates[night(at[i])], since = true, at[i]
		}
		if l.ReachNights != len(dates) || !l.ReachSince.Equal(since) {
			t.Fatalf("%d nights since %v, want %d since %v", l.ReachNights, l.ReachSince, len(dates), since)
		}
	})
}

func TestStandingsStaySorted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l record.Latest
		for i := range rapid.IntRange(1, 6).Draw(t, "assessments") {
			var fs []finding.Finding
			for _, id := range rapid.SliceOfDistinct(rapid.StringMatching(`[a-e]`), rapid.ID).Draw(t, "checks") {
				fs = append(fs, named(id, anyVerdict.Draw(t, "verdict")))
			}
			at := dawn.Add(time.Duration(i) * time.Hour)
			l, _ = l.Take(look(at, page.ReachOK, fs...), night(at))
		}
		if !slices.IsSortedFunc(l.Standings, func(a, b record.Standing) int {
			if a.Finding.Check < b.Finding.Check {
				return -1
			}
			return 1
		}) {
			t.Fatalf("not sorted: %+v", l.Standings)
		}
	})
}

func TestNightIsTheDateInRome(t *testing.T) {
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ at, want string }{
		"half past one in winter is half past midnight in UTC": {"2026-11-22T00:30:00Z", "2026-11-22"},
		"half past one in summer is the evening before in UTC": {"2026-07-21T23:30:00Z", "2026-07-22"},
		"a minute to midnight":                                 {"2026-11-22T22:59:00Z", "2026-11-22"},
		"midnight":                                             {"2026-11-22T23:00:00Z", "2026-11-23"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, tt.at)
			if err != nil {
				t.Fatal(err)
			}
			if got := record.NightOf(at, rome); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
