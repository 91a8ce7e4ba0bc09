package report

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/record"
)

// neighbours are comuni beyond the small province.
func neighbours(towns ...townFix) []record.Latest {
	var out []record.Latest
	for _, x := range towns {
		l := x.view()
		l.Comune.Province = "YY"
		out = append(out, l)
	}
	return out
}

// practiceOf are those named to one comune, and in what they are alike.
func practiceOf(t *testing.T, p Province, check, istat string) (out []string) {
	t.Helper()
	for _, x := range p.Practice {
		for _, line := range x.Lines {
			if x.Check == check && line.Istat == istat {
				for _, l := range line.Like {
					out = append(out, fmt.Sprintf("%s %s platform %t size %t beyond %t", l.Istat, l.Province, l.Platform, l.Size, l.Beyond))
				}
			}
		}
	}
	return out
}

func TestGoodPracticeIsLookedForBeyondTheReport(t *testing.T) {
	o := smallOptions(t)
	p := NewProvince(smallProvince(), o)
	// The only one of its size and platform, with a stale declaration.
	const lonely = "990004"
	before := practiceOf(t, p, "accessibility-declaration", lonely)
	if len(before) != 0 {
		t.Fatalf("%v", before)
	}
	passes := func(istat, cms string, people int) townFix {
		return townFix{istat: istat, name: "Vicino " + istat, people: people, findings: []finding.Finding{
			found("cms", finding.Info, "", cms), found("accessibility-declaration", finding.Pass, "", ""),
		}}
	}
	fails := townFix{istat: "980009", name: "Lontano", people: 21_000, findings: []finding.Finding{
		found("cms", finding.Info, "", "wordpress"), found("accessibility-declaration", finding.Fail, "no_link", ""),
	}}
	p.Widen(neighbours(fails, passes("980001", "drupal", 300), passes("980002", "wordpress", 300)), o)
	p.Widen(neighbours(passes("980003", "wordpress", 30_000), passes("980004", "drupal", 30_000), passes("980005", "drupal", 31_000)), o)
	p.Widen(append(smallProvince(), neighbours(passes("980006", "wordpress", 30_000))...), o) // nobody wants one more
	want := []string{
		"980002 YY platform true size false beyond true", // the first ring is nearer, whatever comes after it
		"980003 YY platform true size true beyond true",
		"980004 YY platform false size true beyond true",
	}
	if d := cmp.Diff(want, practiceOf(t, p, "accessibility-declaration", lonely)); d != "" {
		t.Error(d)
	}
	for _, x := range p.Practice {
		for _, line := range x.Lines {
			if len(line.Like) > 3 {
				t.Errorf("%s: %d named to %s", x.Check, len(line.Like), line.Comune)
			}
			for _, l := range line.Like {
				if (l.Anchor == "") != l.Beyond {
					t.Errorf("%s: %+v", x.Check, l)
				}
			}
		}
	}
}

func TestWhoHasThreeLikeItWantsNobodyElse(t *testing.T) {
	o := smallOptions(t)
	p := NewProvince(smallProvince(), o)
	before := practiceOf(t, p, "pagopa", "990001")
	p.Widen(neighbours(townFix{istat: "980001", name: "Vicino", people: 900, findings: []finding.Finding{
		found("cms", finding.Info, "", "municipium"), found("pagopa", finding.Pass, "", ""),
	}}), o)
	if d := cmp.Diff(before, practiceOf(t, p, "pagopa", "990001")); d != "" || len(before) != 3 {
		t.Error(d, before)
	}
	for _, check := range p.Wanting() {
		if check == "pagopa" {
			t.Error("pagoPA is wanted, and the only one that fails has three")
		}
	}
}

func TestWhoIsNearAndAlikeInNothingGivesWay(t *testing.T) {
	o := smallOptions(t)
	views := neighbours(
		townFix{istat: "970001", name: "Rosso", people: 900, lat: 43, lng: 12, findings: []finding.Finding{found("cms", finding.Info, "", "wordpress"), found("pagopa", finding.Fail, "no_link", "")}},
		townFix{istat: "970002", name: "Vicino", people: 90_000, lat: 43, lng: 12.1, findings: []finding.Finding{found("cms", finding.Info, "", "drupal"), found("pagopa", finding.Pass, "", "")}},
	)
	p := NewProvince(views, o)
	p.Widen(neighbours(townFix{istat: "970003", name: "Simile", people: 800, findings: []finding.Finding{found("pagopa", finding.Pass, "", "")}}), o)
	want := []string{"970003 YY platform false size true beyond true", "970002 YY platform false size false beyond false"}
	if d := cmp.Diff(want, practiceOf(t, p, "pagopa", "970001")); d != "" {
		t.Error(d)
	}
}
