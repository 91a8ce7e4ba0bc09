package main

// Every number of the report of a province of the invented Italy, held against
// what is true of each of its comuni.

import (
	"slices"
	"strings"
	"testing"

	"github.com/vigile-it/vigile/internal/replica"
	"github.com/vigile-it/vigile/internal/report"
)

// lot is where a comune may stand in a count: counted, assessed and not counted,
// or not assessed.
type lot struct{ in, out, left bool }

// counts is a count of the report in terms of the truth: whom it counts by a
// verdict, a reason and a value, where the truth has them.
type counts struct {
	check string
	// by tells of a verdict that the truth allows, with its reason and value where
	// only one is right (else ""), whether who has it is counted; sure is whether
	// that can be told.
	by   func(verdict, reason, value string) (in, sure bool)
	seen bool // not seen on a site that was read is an answer
}

func ofVerdict(verdicts ...string) func(string, string, string) (bool, bool) {
	return func(v, _, _ string) (bool, bool) { return slices.Contains(verdicts, v), true }
}

func ofValue(v, _, value string) (bool, bool) { return value != "" && value != "none", value != "" }

// surveyCounts are the counts of which the truth knows.
func surveyCounts() map[string]counts {
	return map[string]counts{
		"declaration-well":   {check: "accessibility-declaration", by: ofVerdict("pass")},
		"no-home-link":       {check: "accessibility-declaration", by: ofDeclaration(true, "not_linked_from_home")},
		"declaration-doubt":  {check: "accessibility-declaration", by: ofDeclaration(false, "stale", "stale_suspect", "declaration_not_found", "other_asset", "other_body")},
		"objectives-missing": {check: "accessibility-objectives", by: ofVerdict("fail", "warn")},
		"rtd-missing":        {check: "rtd", by: ofRTD},
		"spid":               {check: "spid", by: ofVerdict("pass")},
		"cie":                {check: "cie", by: ofVerdict("pass")},
		"credentials":        {check: "legacy-login", by: ofReasonOr("legacy_credentials", "credentials_beside")},
		"pagopa":             {check: "pagopa", by: ofVerdict("pass")},
		"pagopa-missing":     {check: "pagopa", by: ofVerdict("fail", "warn")},
		"app-io":             {check: "app-io", by: ofVerdict("pass"), seen: true},
		"platform":           {check: "cms", by: ofVerdict("info")},
		"online-services":    {check: "online-services", by: ofVerdict("info"), seen: true},
		"thematic-sites":     {check: "thematic-sites", by: ofVerdict("info"), seen: true},
		"digital-plan":       {check: "digital-plan", by: ofVerdict("pass"), seen: true},
		"social":             {check: "social", by: ofValue},
	}
}

// ofReasonOr counts by reason, and nobody where a verdict has none.
func ofReasonOr(reasons ...string) func(string, string, string) (bool, bool) {
	return func(_, reason, _ string) (bool, bool) { return slices.Contains(reasons, reason), true }
}

// ofDeclaration counts by reason. A red without one is of a page that links none.
func ofDeclaration(noLink bool, reasons ...string) func(string, string, string) (bool, bool) {
	return func(v, reason, _ string) (bool, bool) {
		if v == "fail" && reason == "" {
			return noLink, true
		}
		return slices.Contains(reasons, reason), v == "pass" || reason != ""
	}
}

// ofRTD counts whoever cannot be identified.
func ofRTD(v, reason, _ string) (bool, bool) {
	return v == "fail" || reason == "address_only", v != "warn" || reason != ""
}

// lotOf is where the truth lets a comune stand in a count.
func (c counts) lotOf(truth replica.Truth) lot {
	var l lot
	allowed := truth.Also
	if truth.Verdict != replica.Undecidable {
		allowed = append([]string{truth.Verdict}, allowed...)
	} else {
		allowed = append([]string{"unknown"}, allowed...)
	}
	for _, v := range allowed {
		reason, value := truth.Reason, truth.Value
		if v != truth.Verdict {
			reason, value = "", "" // they are of the first verdict
		}
		in, sure := c.by(v, reason, value)
		switch {
		case v == "unknown":
			l.left, l.out = true, l.out || c.seen
			continue
		case !sure:
			l.in, l.out = true, true
		case in:
			l.in = true
		default:
			l.out = true
		}
		l.left = l.left || v == "fail" // of low confidence until a second look agrees
	}
	return l
}

// numbersAreTrue holds each number between what it must and what it may be, and
// each comune where it may stand.
func (r reported) numbersAreTrue(t *testing.T, of report.Province) {
	p := countsOf(of)
	truths := r.truths()
	exact := 0
	for id, q := range surveyCounts() {
		c := p[id]
		in, left := who(c.Groups), who(c.Left)
		least, most, known := 0, len(r.comuni()), map[string]bool{}
		for _, truth := range truths {
			if truth.Check != q.check {
				continue
			}
			known[truth.Istat] = true
			may := q.lotOf(truth)
			stands := lot{in: slices.Contains(in, truth.Istat), left: slices.Contains(left, truth.Istat)}
			stands.out = !stands.in && !stands.left
			if stands.in && !may.in || stands.out && !may.out || stands.left && !may.left {
				t.Errorf("%s, %s: %+v, in truth %+v: %+v (%s)", id, truth.Istat, stands, may, truth.Expected, truth.Why)
			}
			if may == (lot{in: true}) {
				least++
			}
			if !may.in {
				most--
			}
		}
		if c.Comuni < least || c.Comuni > most || len(known) == 0 {
			t.Errorf("%s: %d, in truth %d to %d", id, c.Comuni, least, most)
		}
		if most-least <= 1 {
			exact++
		}
	}
	if exact < 9 {
		t.Errorf("only %d numbers are known to a comune", exact)
	}
	r.groupsAreTrue(t, p)
}

// groupsAreTrue holds the values within the counts that spread against the truth.
func (r reported) groupsAreTrue(t *testing.T, p map[string]report.Count) {
	for id, check := range map[string]string{"platform": "cms", "social": "social", "online-services": "online-services", "thematic-sites": "thematic-sites"} {
		want := map[string]map[string]bool{} // by value: who must have it
		for _, truth := range r.truths() {
			if truth.Check != check || truth.Verdict != "info" || len(truth.Also) > 0 || truth.Value == "none" {
				continue
			}
			for _, v := range strings.FieldsFunc(truth.Value, func(r rune) bool { return r == ' ' || r == ',' }) {
				if want[v] == nil {
					want[v] = map[string]bool{}
				}
				want[v][truth.Istat] = true
			}
		}
		for _, g := range p[id].Groups {
			for _, x := range g.Comuni {
				delete(want[g.Code], x.Istat)
			}
		}
		for v, missing := range want {
			if len(missing) > 0 {
				t.Errorf("%s: not counted for %s: %v", id, v, missing)
			}
		}
	}
}
