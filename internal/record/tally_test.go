package record_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
)

func TestANightCountsWhatWasSeenSinceItBegan(t *testing.T) {
	n := record.NewNightTally(record.Run{ID: "n", Kind: record.Night, Night: "2026-11-22", Started: dawn, Expected: 4})
	in := func(province string, at time.Time, r page.Reach, fs ...finding.Finding) {
		a := look(at, r, fs...)
		a.Comune.Province = province
		l, _ := record.Latest{}.Take(a, night(at))
		n.Count(l)
	}
	in("PG", dawn, page.ReachOK, named("spid", finding.Pass), named("rtd", finding.Fail))
	blocked := named("spid", finding.Unknown)
	blocked.Reason = "blocked"
	in("PG", dawn.Add(time.Hour), page.ReachBlocked, blocked)
	in("TR", dawn.Add(time.Hour), page.ReachOK, named("spid", finding.Pass))
	unsure := named("cie", finding.Fail)
	unsure.Confidence = finding.Low
	in("TR", dawn.Add(time.Hour), page.ReachOK, unsure)
	in("TR", dawn.Add(-time.Hour), page.ReachOK, named("spid", finding.Pass)) // not visited this night

	// A comune whose visit of tonight ran one check only.
	l, _ := record.Latest{}.Take(look(dawn.Add(-24*time.Hour), page.ReachOK, named("rtd", finding.Fail)), "2026-11-21")
	l, _ = l.Take(look(dawn, page.ReachOK, named("spid", finding.Fail)), "2026-11-22")
	l.Comune.Province = "TR"
	n.Count(l)

	want := record.Tally{
		Comuni: 5, Reach: map[page.Reach]int{page.ReachOK: 4, page.ReachBlocked: 1},
		Checks: map[string]map[finding.Verdict]int{
			"spid": {finding.Pass: 2, finding.Unknown: 1, finding.Fail: 1}, "rtd": {finding.Fail: 1}, "cie": {finding.Unknown: 1},
		},
		Reasons: map[string]map[record.Ground]int{
			"spid": {{Verdict: finding.Unknown, Reason: "blocked"}: 1}, "cie": {{Verdict: finding.Unknown, Reason: finding.ReasonUnconfirmed}: 1},
		},
	}
	if d := cmp.Diff(want, n.Total(nil)); d != "" {
		t.Error(d)
	}
	raw, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	var back record.NightTally
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(n, back); d != "" {
		t.Errorf("kept and read again:\n%s", d)
	}
	if d := cmp.Diff(3, n.Total(func(p string) bool { return p == "TR" }).Comuni); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(want.Plus(record.Tally{}), want); d != "" {
		t.Errorf("nothing added changes the sum:\n%s", d)
	}
}
