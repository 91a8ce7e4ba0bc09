package main

// A night on which nothing has changed is judged from the facts of the night before:
// it must come out as if every page had been looked at again, whatever else has
// changed since.

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/agid"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/nightly"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/replica"
)

// circumstances are those of one night.
type circumstances struct {
	day time.Time
	cfg func(*config.Config)
	row func(*registry.Comune)
}

// seenNight is what one night found, what it asked for, and how often a check looked
// at a page.
type seenNight struct {
	byIstat  map[string]record.Assessment
	requests map[string]int // by host
	observed int64
}

func (c circumstances) night(t *testing.T, running *replica.Running, dir string, observe bool) seenNight {
	t.Helper()
	text, err := messages.For("it")
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	a := &app{
		stdout: io.Discard, stderr: io.Discard, text: text,
		world: world{roots: running.Roots(), redial: running.Redial, agidGap: time.Millisecond, observe: observe},
		now:   func() time.Time { return c.day.Add(time.Since(begun)) },
	}
	cfg, err := demoConfig(running, dir)
	if err != nil {
		t.Fatal(err)
	}
	if c.cfg != nil {
		c.cfg(&cfg)
	}
	list, err := a.catalogue(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var looked atomic.Int64
	for i := range list {
		if look := list[i].Observe; look != nil {
			list[i].Observe = func(p *page.Page, n *checks.Notes) { looked.Add(1); look(p, n) }
		}
	}
	crew, err := a.newCrew(cfg, list, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer crew.close()
	s := nightly.Selection{Kind: record.Night, Again: true}
	ipa := registry.NewIPA(cfg.Registry.IPAURL, crew.guard.Client(0), a.now)
	alone := withoutHTTPS(running)
	for _, invented := range running.Comuni() {
		if alone[invented.Istat] {
			continue
		}
		x, err := ipa.Lookup(t.Context(), invented.Istat)
		if err != nil {
			t.Fatal(err)
		}
		if c.row != nil {
			c.row(&x)
		}
		s.Comuni = append(s.Comuni, x)
	}
	st, err := a.openStore(cfg, false)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	before := asksByHost(running)
	got, err := crew.do(context.Background(), s, st)
	if err != nil {
		t.Fatal(err)
	}
	seen := seenNight{byIstat: map[string]record.Assessment{}, requests: asksByHost(running), observed: looked.Load()}
	for host, n := range before {
		seen.requests[host] -= n
	}
	for _, x := range got.assessments {
		seen.byIstat[x.Comune.Istat] = x
	}
	return seen
}

// sitemapsSent is the night as if every sitemap had been sent: those are asked for by
// what is known of them only by who has read them before.
func (n seenNight) sitemapsSent() seenNight {
	for _, x := range n.byIstat {
		for i := range x.Visit.Fetches {
			if f := &x.Visit.Fetches[i]; f.Kind == page.FetchSitemap && f.Reach == page.ReachOK {
				f.Status, f.Size, f.Unchanged = http.StatusOK, 0, false
			}
		}
	}
	return n
}

// withoutHTTPS are the comuni, by ISTAT code, that answer over plain http alone. They
// are looked at twice in any night, and others are asked meanwhile whether they answer
// still: whom, is chance.
func withoutHTTPS(running *replica.Running) map[string]bool {
	out := map[string]bool{}
	for _, truth := range running.Truths() {
		if truth.Check == "https" && truth.Verdict == "fail" {
			out[truth.Istat] = true
		}
	}
	return out
}

func asksByHost(running *replica.Running) map[string]int {
	asked := map[string]int{}
	for host, acc := range running.Ledger().Hosts {
		asked[host] = acc.Requests
	}
	return asked
}

// sameAssessment leaves out what never comes out twice alike.
var sameAssessment = cmp.Options{
	cmpopts.IgnoreFields(record.Assessment{}, "Run", "Started"), cmpopts.IgnoreFields(page.Visit{}, "Started", "Took"),
	cmpopts.IgnoreFields(page.Attempt{}, "Detail"), cmpopts.IgnoreFields(page.Plain{}, "Asked"), cmpopts.IgnoreFields(page.Fetch{}, "Took", "Waited", "Detail"),
	cmpopts.IgnoreFields(agid.Answer{}, "FetchedAt"), cmpopts.IgnoreFields(registry.Office{}, "AsOf"), cmpopts.EquateEmpty(),
}

const ownRule = `check:
  id: own
  nature: informazione
  title: {it: Una parola}
rules:
  - id: own-word
    since: 2026-11-01
    where: text
    literal: [comune]
    value: word
    examples:
      match: [{text: "Il comune informa"}]
      no_match: [{text: "La provincia informa"}]
verdicts:
  - {seen: [word], verdict: info}
`

// afterAgID leaves what a night has kept that had AgID's answers at hand: one whose
// answers come when they come may read a page on that account.
func afterAgID(t *testing.T, running *replica.Running, day time.Time) string {
	t.Helper()
	before, dir := t.TempDir(), t.TempDir()
	circumstances{day: day}.night(t, running, before, false)
	if err := os.CopyFS(filepath.Join(dir, "agid"), os.DirFS(filepath.Join(before, "agid"))); err != nil {
		t.Fatal(err)
	}
	circumstances{day: day.Add(time.Hour)}.night(t, running, dir, false)
	return dir
}

// atHand leaves AgID's answers of that day beside what a night has kept.
func atHand(t *testing.T, running *replica.Running, dir string, day time.Time) {
	t.Helper()
	aside := copied(t, dir)
	circumstances{day: day}.night(t, running, aside, true)
	if err := errors.Join(os.RemoveAll(filepath.Join(dir, "agid")), os.CopyFS(filepath.Join(dir, "agid"), os.DirFS(filepath.Join(aside, "agid")))); err != nil {
		t.Fatal(err)
	}
}

// copied is a copy of a data folder.
func copied(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// How many of the looks at pages that a night would take were taken. Hardly any are
// those at sites that were not found at the first try.
func hardlyAny(all, looks int64) bool { return looks < all/5 }
func some(all, looks int64) bool      { return 0 < looks && looks < all }
func allOfThem(all, n int64) bool     { return n == all }
func noMore(all, looks int64) bool    { return looks <= all }
func nextDay(day time.Time) time.Time { return day.Add(24 * time.Hour) }

func TestANightFromTheFactsOfTheNightBeforeIsTheNightItWouldHaveBeen(t *testing.T) {
	italy := replica.Options{Day: lineDay, Validators: true, Comuni: 12}
	running := invite(t, italy, manners{})
	before := afterAgID(t, running, lineDay)
	deadline, believed := time.Date(2026, 9, 23, 1, 30, 0, 0, time.UTC), lineDay.Add(7*24*time.Hour-4*time.Hour)
	for _, c := range []struct {
		name   string
		first  time.Time // zero: lineDay
		change func(*testing.T, *replica.Running, string)
		second circumstances
		looks  func(all, looks int64) bool
		races  bool // AgID's answers come while a site is read: what is read for them may differ, and no verdict
	}{
		{name: "nothing has changed", looks: hardlyAny},
		{
			name: "the night before, AgID's answers came when they came",
			change: func(t *testing.T, running *replica.Running, dir string) {
				if err := os.RemoveAll(dir); err != nil {
					t.Fatal(err)
				}
				circumstances{day: lineDay}.night(t, running, dir, false)
			},
			looks: some,
			races: true,
		},
		{
			name: "some sites were mended",
			change: func(t *testing.T, running *replica.Running, dir string) {
				for i, x := range running.Comuni() {
					if i%3 == 0 {
						if err := running.Mend(x.Istat); err != nil {
							t.Fatal(err)
						}
					}
				}
				atHand(t, running, dir, nextDay(lineDay))
			},
			looks: some,
		},
		{
			name: "AgID has forgotten everything and says nothing",
			change: func(t *testing.T, running *replica.Running, dir string) {
				if err := os.RemoveAll(filepath.Join(dir, "agid")); err != nil {
					t.Fatal(err)
				}
				running.SetAgID(replica.AgIDBroken)
			},
			looks: noMore,
			races: true,
		},
		{
			name:   "the registry says something else",
			second: circumstances{row: func(x *registry.Comune) { x.PEC = "altra@pec.example.it"; x.RTD.Holders = nil }},
			looks:  allOfThem,
		},
		{
			name:   "fewer pages may be read",
			second: circumstances{cfg: func(c *config.Config) { c.Crawl.PagesPerSite = 4 }},
			looks:  allOfThem,
		},
		{
			name:   "checks are left out",
			second: circumstances{cfg: func(c *config.Config) { c.Checks.Disabled = []string{"pagopa", "albo-pretorio"} }},
			looks:  allOfThem,
		},
		{
			name: "there is a check more",
			change: func(t *testing.T, _ *replica.Running, dir string) {
				if err := os.Mkdir(filepath.Join(dir, "rules"), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, "rules", "own.yaml"), []byte(ownRule), 0o600); err != nil {
					t.Fatal(err)
				}
			},
			second: circumstances{cfg: func(c *config.Config) { c.Checks.RulesDir = filepath.Join(c.DataDir, "rules") }},
			looks:  allOfThem,
		},
		{
			name:  "a deadline of the year has passed",
			first: deadline.AddDate(0, 0, -1),
			change: func(t *testing.T, running *replica.Running, dir string) {
				atHand(t, running, dir, deadline.AddDate(0, 0, 1))
			},
			second: circumstances{day: deadline.AddDate(0, 0, 1)},
			looks:  noMore,
		},
		{
			name:   "the servers are believed no longer",
			change: func(t *testing.T, running *replica.Running, dir string) { atHand(t, running, dir, believed) },
			second: circumstances{day: believed},
			looks:  allOfThem,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			running, kept := running, before
			if c.change != nil { // of the replica, perhaps
				running = invite(t, italy, manners{})
				kept = afterAgID(t, running, lineDay)
			}
			if !c.first.IsZero() {
				italy := italy
				italy.Day = c.first // certificates among others
				running = invite(t, italy, manners{})
				kept = afterAgID(t, running, c.first)
			}
			if c.second.day.IsZero() {
				c.second.day = nextDay(lineDay)
			}
			if c.change != nil {
				c.change(t, running, kept)
			}
			var seen [2]seenNight
			for i := range seen {
				seen[i] = c.second.night(t, running, copied(t, kept), i == 0)
			}
			want, got := seen[0].sitemapsSent(), seen[1].sitemapsSent()
			for istat, a := range want.byIstat {
				if d := cmp.Diff(states(a), states(got.byIstat[istat])); d != "" {
					t.Errorf("%s is judged otherwise (-observed +confirmed):\n%s", a.Comune.Name, d)
				}
				if d := cmp.Diff(a, got.byIstat[istat], sameAssessment); d != "" && !c.races {
					t.Errorf("%s is not as it would have been (-observed +confirmed):\n%s", a.Comune.Name, d)
				}
			}
			for host, n := range got.requests {
				if n > want.requests[host] && !c.races {
					t.Errorf("%s was asked %d times, and %d would have done", host, n, want.requests[host])
				}
			}
			if !c.looks(want.observed, got.observed) {
				t.Errorf("%d looks at pages, where %d were to be", got.observed, want.observed)
			}
		})
	}
}
