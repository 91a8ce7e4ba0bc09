package main

// The whole line, from a registry row to stored findings, over the replica: the
// truth there is known, and no fault may make a site look guilty.

import (
	"context"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/nightly"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/replica"
)

// lineDay is the day the replica's sites were last edited and are judged on.
var lineDay = time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC)

// replicaCrawl starts an Italy and takes every comune of it through the line.
func replicaCrawl(t *testing.T, o replica.Options, before ...func(*replica.Running)) (*replica.Running, map[string]record.Assessment) {
	t.Helper()
	o.Day = lineDay
	running := invite(t, o, manners{})
	for _, f := range before {
		f(running)
	}
	got := throughTheLine(t, running, t.TempDir(), nightly.Selection{Again: true})
	if len(got) != len(running.Comuni()) {
		t.Fatalf("%d comuni gave %d assessments", len(running.Comuni()), len(got))
	}
	return running, got
}

// throughTheLine takes the invented comuni of those codes, or all of them,
// through the line, whose data is kept in dir; the answer is by ISTAT code.
func throughTheLine(t *testing.T, running *replica.Running, dir string, s nightly.Selection, codes ...string) map[string]record.Assessment {
	t.Helper()
	return onTheDay(t, lineDay, running, dir, s, codes...)
}

// onTheDay is throughTheLine at another time.
func onTheDay(t *testing.T, day time.Time, running *replica.Running, dir string, s nightly.Selection, codes ...string) map[string]record.Assessment {
	t.Helper()
	text, err := messages.For("it")
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	a := &app{
		stdout: io.Discard, stderr: io.Discard, text: text, world: world{roots: running.Roots(), redial: running.Redial},
		now: func() time.Time { return day.Add(time.Since(begun)) },
	}
	cfg, err := demoConfig(running, dir)
	if err != nil {
		t.Fatal(err)
	}
	list, err := checks.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	out, err := a.crawlReplica(context.Background(), cfg, list, running, s, codes...)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.latest) != len(out.assessments) {
		t.Fatalf("%d assessments and %d stored views", len(out.assessments), len(out.latest))
	}
	byIstat := map[string]record.Assessment{}
	for _, x := range out.assessments {
		byIstat[x.Comune.Istat] = x
	}
	return byIstat
}

func findingOf(x record.Assessment, check string) finding.Finding {
	for _, f := range x.Findings {
		if f.Check == check {
			return f
		}
	}
	return finding.Finding{}
}

func TestTheReplicaIsJudgedAsItIs(t *testing.T) {
	running, got := replicaCrawl(t, replica.Options{})
	list, err := checks.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	built := idsOf(list)

	t.Run("every comune is reached as its fault says", func(t *testing.T) {
		for _, c := range running.Comuni() {
			if x := got[c.Istat]; !slices.Contains(c.Reach, string(x.Visit.Reach)) {
				t.Errorf("%s (%s, %s): reach %s, want %v; %s", c.Name, c.Family, c.Fault, x.Visit.Reach, c.Reach, x.Visit.Detail)
			}
		}
	})

	t.Run("no fault makes any check definite but https and registry-site", func(t *testing.T) {
		faults := 0
		for _, c := range running.Comuni() {
			if c.Fault == replica.FaultNone {
				continue
			}
			faults++
			for _, f := range got[c.Istat].Findings {
				if f.Verdict != finding.Unknown && f.Check != "https" && f.Check != "registry-site" {
					t.Errorf("%s (%s): %s is %s (%s) on a site that could not be looked at", c.Name, c.Fault, f.Check, f.Verdict, f.Reason)
				}
			}
		}
		if faults < 6 {
			t.Errorf("the replica has %d faults, fewer than six", faults)
		}
	})

	t.Run("every truth is found, and nothing else is said", func(t *testing.T) {
		names := map[string]replica.Comune{}
		for _, c := range running.Comuni() {
			names[c.Istat] = c
		}
		judged := 0
		for _, want := range running.Truths() {
			if !slices.Contains(built, want.Check) {
				continue
			}
			judged++
			expected := want.Expected // AgID is asked
			f, c := findingOf(got[want.Istat], want.Check), names[want.Istat]
			if !expected.Accepts(string(f.Verdict)) {
				t.Errorf("%s (%s, %s, %s): %s is %s (%s %s), want %s: %s", c.Name, c.Family, c.Variant, c.Fault, want.Check, f.Verdict, f.Reason, f.Value, expected.Verdict, want.Why)
				continue
			}
			if expected.Reason != "" && string(f.Verdict) == expected.Verdict && string(f.Reason) != expected.Reason {
				t.Errorf("%s (%s, %s): %s gives the reason %q, want %q: %s", c.Name, c.Family, c.Variant, want.Check, f.Reason, expected.Reason, want.Why)
			}
			if expected.Value != "" && f.Verdict != finding.Unknown && f.Value != expected.Value {
				t.Errorf("%s (%s, %s): %s gives the value %q, want %q: %s", c.Name, c.Family, c.Variant, want.Check, f.Value, expected.Value, want.Why)
			}
		}
		t.Logf("%d truths of %d comuni", judged, len(names))
		if judged < 5*len(names)/2 {
			t.Errorf("only %d truths were looked at", judged)
		}
	})

	t.Run("every finding keeps the rules of the interface", func(t *testing.T) {
		for _, x := range got {
			for _, f := range x.Findings {
				if err := finding.Validate(f); err != nil {
					t.Errorf("%s: %v", x.Comune.Name, err)
				}
			}
		}
	})

	t.Run("nobody on the other side was harmed", func(t *testing.T) {
		books := running.Ledger()
		if len(books.Hosts) < 10 {
			t.Fatalf("the ledger knows %d hosts", len(books.Hosts))
		}
		for host, acc := range books.Hosts {
			if acc.MostInFlight > 1 {
				t.Errorf("%s had %d requests at once", host, acc.MostInFlight)
			}
			if acc.Violations > 0 {
				t.Errorf("%s was asked for %v against its robots.txt", host, acc.Robots)
			}
			if acc.Posts > 0 || len(acc.Harmful) > 0 {
				t.Errorf("%s got %d posts and harmful requests %v", host, acc.Posts, acc.Harmful)
			}
		}
	})
}

func TestAgIDsTroubleIsNobodysFault(t *testing.T) {
	for name, mood := range map[string]replica.AgIDMood{"every request is refused for now": replica.AgIDLimited, "every request is an error": replica.AgIDBroken} {
		t.Run(name, func(t *testing.T) {
			running, got := replicaCrawl(t, replica.Options{}, func(r *replica.Running) { r.SetAgID(mood) })
			open := 0
			for _, want := range running.Truths() {
				if want.Check != "accessibility-declaration" {
					continue
				}
				f := findingOf(got[want.Istat], want.Check)
				if f.Reason == "upstream" {
					open++
				}
				byAgID := want.Unasked != nil // the truth rests on what AgID says
				if f.Verdict == finding.Fail && (byAgID || want.Verdict != "fail") {
					t.Errorf("%s: a false red (%s): %s", want.Istat, f.Reason, want.Why)
				}
				if f.Verdict == finding.Pass && want.Verdict != "pass" && !byAgID {
					t.Errorf("%s: a false green: %s", want.Istat, want.Why)
				}
			}
			if open < 10 {
				t.Errorf("only %d declarations are left open for want of an answer", open)
			}
		})
	}
}
