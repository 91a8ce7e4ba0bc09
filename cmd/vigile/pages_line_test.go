package main

// How many pages a comune costs in the night where nothing is amiss.

import (
	"maps"
	"slices"
	"testing"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/nightly"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/replica"
)

// mostPages is how many pages a comune may cost in the night where every check passes.
const mostPages = 8

// flawless lists the ISTAT codes of the comuni of which every truth is good. The
// platform, and what a page shows or hides by chance, are nobody's merit.
func flawless(running *replica.Running) []string { return faultless(running.Truths()) }

func faultless(truths []replica.Truth) []string {
	good := map[string]bool{}
	for _, x := range truths {
		if _, known := good[x.Istat]; !known {
			good[x.Istat] = true
		}
		switch x.Check {
		case "cms", "web-analytics", "domain", "design-model", "https":
			continue // none of these asks for a page
		}
		if x.Verdict != "pass" && x.Verdict != "info" || !x.Definite() {
			good[x.Istat] = false
		}
	}
	maps.DeleteFunc(good, func(_ string, ok bool) bool { return !ok })
	return slices.Sorted(maps.Keys(good))
}

// nightOf takes the flawless comuni of an Italy through a night and says how
// many pages each cost. AgID's answers are at hand, as they are on six nights of
// seven: what it has told is kept for a week.
func nightOf(t *testing.T, o replica.Options) map[string]int {
	t.Helper()
	o.Day = lineDay
	running := invite(t, o, manners{})
	codes, dir := flawless(running), t.TempDir()
	throughTheLine(t, running, dir, nightly.Selection{Again: true, Checks: []string{declaration, "accessibility-objectives"}}, codes...)
	pages := map[string]int{}
	for istat, x := range throughTheLine(t, running, dir, nightly.Selection{Kind: record.Night, Again: true}, codes...) {
		if pages[istat] = x.Visit.PagesRead(); pages[istat] > mostPages {
			for _, f := range x.Visit.Fetches {
				t.Logf("%s: %s", x.Comune.Name, f.URL)
			}
		}
		for _, f := range x.Findings {
			switch {
			case f.Verdict == finding.Unknown && (f.Check == "web-analytics" || f.Check == "cms"), ninthPage(x, f):
			case f.Verdict == finding.Fail || f.Verdict == finding.Unknown:
				t.Errorf("%s: %s is %s (%s) where nothing is amiss", x.Comune.Name, f.Check, f.Verdict, f.Reason)
			}
		}
	}
	return pages
}

// ninthPage tells what a night may leave open, although the site could tell: a check
// that is no obligation, after eight pages, where all obligations that pages tell
// of are well.
func ninthPage(x record.Assessment, f finding.Finding) bool {
	return x.Visit.PagesRead() >= mostPages && f.Nature != finding.Obligation && f.Reason == "not_visible_on_site" &&
		!slices.ContainsFunc(x.Findings, func(o finding.Finding) bool {
			return o.Nature == finding.Obligation && o.Check != "https" && o.Check != "registry-site" &&
				(o.Verdict == finding.Fail || o.Verdict == finding.Warn || o.Verdict == finding.Unknown)
		})
}

func TestWhereNothingIsAmissTheNightReadsEightPagesAtMost(t *testing.T) {
	for name, o := range map[string]replica.Options{"the roster": {}, "generated comuni": {Scale: 120}} {
		t.Run(name, func(t *testing.T) {
			pages := nightOf(t, o)
			if len(pages) < 12 {
				t.Fatalf("only %d comuni are without a flaw", len(pages))
			}
			for istat, n := range pages {
				if n > mostPages {
					t.Errorf("%s cost %d pages, at most %d are allowed", istat, n, mostPages)
				}
			}
		})
	}
}
