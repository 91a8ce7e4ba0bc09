package checks

import (
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
)

func TestMemoryWeighsWhatWasFound(t *testing.T) {
	red := func(check string, reason finding.Reason, c finding.Confidence) finding.Finding {
		return finding.Finding{Check: check, Verdict: finding.Fail, Reason: reason, Confidence: c}
	}
	green := finding.Finding{Check: "spid", Verdict: finding.Pass, Confidence: finding.High}
	spid := red("spid", "credentials_only", finding.High)
	medium := red("spid", "credentials_only", finding.Medium)
	for _, c := range []struct {
		name        string
		found       finding.Finding
		before      Previous
		unconfirmed bool
		want        finding.Confidence
	}{
		{"a red nobody remembers anything of stands on its evidence", spid, Previous{}, false, finding.High},
		{"the first red after a green waits for a second look", spid, Previous{LastDefinite: green, NightsStood: 40}, true, finding.Low},
		{"the second look agrees", spid, Previous{LastDefinite: green, Pending: &spid}, false, finding.High},
		{"the second look finds another red", spid, Previous{LastDefinite: green, Pending: new(red("spid", "other", finding.Low))}, true, finding.Low},
		{"a red after a red is none", spid, Previous{LastDefinite: red("spid", "other", finding.High)}, false, finding.High},
		{
			"a warning that met the duty was green",
			red("accessibility-declaration", "no_link", finding.High),
			Previous{LastDefinite: finding.Finding{Check: "accessibility-declaration", Verdict: finding.Warn, Reason: "due"}},
			true, finding.Low,
		},
		{
			"a deadline needs no second look",
			red("accessibility-declaration", "stale", finding.High),
			Previous{LastDefinite: finding.Finding{Check: "accessibility-declaration", Verdict: finding.Pass}},
			false, finding.High,
		},
		{"what has stood for two nights is surer on the third", medium, Previous{LastDefinite: medium, NightsStood: 2}, false, finding.High},
		{"but not on the second", medium, Previous{LastDefinite: medium, NightsStood: 1}, false, finding.Medium},
		{"nor when it says something else", medium, Previous{LastDefinite: red("spid", "other", finding.Medium), NightsStood: 9}, false, finding.Medium},
		{
			"low on its evidence it stays low",
			red("rtd", "rtd_not_identifiable", finding.Low),
			Previous{LastDefinite: red("rtd", "rtd_not_identifiable", finding.Low), NightsStood: 90},
			false, finding.Low,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := weigh(c.found, c.before)
			if got.Unconfirmed != c.unconfirmed || got.Confidence != c.want {
				t.Errorf("unconfirmed %v, confidence %s; want %v, %s", got.Unconfirmed, got.Confidence, c.unconfirmed, c.want)
			}
			if told := got.Told(); got.Confidence == finding.Low && told.Verdict != finding.Unknown {
				t.Errorf("a red of low confidence is told as %s", told.Verdict)
			}
		})
	}
}

func TestADeadlineThatPassesNeedsNoPageThatWasSpared(t *testing.T) {
	check := Check{
		Meta: Meta{ID: "accessibility-declaration", Nature: finding.Obligation, MustRead: []string{page.Home, accessibilityPage}},
		Judge: func(k Case) finding.Finding {
			return finding.Finding{Verdict: finding.Fail, Reason: "stale", Confidence: finding.High}
		},
	}
	day := time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC)
	visit := page.Visit{Reach: page.ReachOK, Started: day, Inquiries: []page.Inquiry{{ID: page.Home, Reading: page.Read}, {ID: accessibilityPage, Reading: page.Unread}}}
	for name, c := range map[string]struct {
		day  time.Time
		want finding.Verdict
	}{
		"on the day of the visit the page must have been read": {day.Add(time.Hour), finding.Unknown},
		"a year later the date alone decides":                  {day.AddDate(1, 0, 0), finding.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			if got := check.Finding(Case{Visit: visit, Date: c.day}); got.Verdict != c.want {
				t.Errorf("%s %s, want %s", got.Verdict, got.Reason, c.want)
			}
		})
	}
}
