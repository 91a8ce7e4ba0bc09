package main

// The crawler in the whole line, with politeness on, held against what the
// replica's servers saw.

import (
	"context"
	"io"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/nightly"
	"github.com/vigile-it/vigile/internal/replica"
)

// visitsOf takes every comune of the replica through the line and gives its
// visit, by ISTAT code, with the ledger of the other side.
func visitsOf(t *testing.T, agreed manners, change func(*config.Config)) (map[string]page.Visit, replica.Ledger) {
	t.Helper()
	running := invite(t, replica.Options{Day: lineDay}, agreed)
	text, err := messages.For("it")
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	a := &app{
		stdout: io.Discard, stderr: io.Discard, text: text, world: world{roots: running.Roots(), redial: running.Redial},
		now: func() time.Time { return lineDay.Add(time.Since(begun)) },
	}
	cfg, err := demoConfig(running, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	change(&cfg)
	list, err := checks.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	out, err := a.crawlReplica(context.Background(), cfg, list, running, nightly.Selection{Again: true})
	if err != nil {
		t.Fatal(err)
	}
	visits := map[string]page.Visit{}
	for _, x := range out.assessments {
		visits[x.Comune.Istat] = x.Visit
	}
	if len(visits) != len(running.Comuni()) {
		t.Fatalf("%d visits of %d comuni", len(visits), len(running.Comuni()))
	}
	return visits, running.Ledger()
}

// pagesOf lists what a visit asked for, in order, robots.txt apart: which visit
// of several to one host asks for that is chance.
func pagesOf(v page.Visit) (all []string) {
	for _, f := range v.Fetches {
		if f.Kind != page.FetchRobots {
			all = append(all, f.Kind+" "+f.URL+" "+string(f.Reach))
		}
	}
	return all
}

// hostsOf are the hosts that the crawler spoke to.
func hostsOf(visits map[string]page.Visit) map[string]bool {
	hosts := map[string]bool{}
	for _, v := range visits {
		for _, f := range v.Fetches {
			for _, address := range []string{f.URL, f.Final} {
				if u, err := url.Parse(address); err == nil {
					hosts[u.Hostname()] = true
				}
			}
		}
	}
	return hosts
}

func TestThePoliteCrawlKeepsItsLimitsByTheOthersBooks(t *testing.T) {
	const gap, perAddress = 20 * time.Millisecond, 2
	polite, books := visitsOf(t, manners{gap: gap, perAddress: perAddress}, func(cfg *config.Config) {
		cfg.Crawl.PerHostDelay, cfg.Crawl.PerAddressInFlight = gap, perAddress
		cfg.AgID.Verify = false // another house, with limits of its own
	})

	t.Run("by host", func(t *testing.T) {
		seen := 0
		for host := range hostsOf(polite) {
			acc, ok := books.Hosts[host]
			if !ok || acc.Requests < 2 {
				continue
			}
			seen++
			if acc.MostInFlight > 1 || acc.SmallestGap < gap {
				t.Errorf("%s had %d requests at once and a gap of %s", host, acc.MostInFlight, acc.SmallestGap)
			}
		}
		if seen < 20 {
			t.Errorf("only %d hosts were asked twice", seen)
		}
		t.Logf("%d hosts asked twice or more; over all: %d requests, smallest gap %s", seen, books.Total().Requests, books.Total().SmallestGap)
	})

	t.Run("by address", func(t *testing.T) {
		shared := 0
		for address, acc := range books.Addresses {
			if acc.MostInFlight > perAddress {
				t.Errorf("%s had %d requests at once", address, acc.MostInFlight)
			}
			if acc.MostInFlight == perAddress {
				shared++
			}
		}
		if shared == 0 {
			t.Error("no address came to its limit: nothing was proved")
		}
	})

	t.Run("no harm", func(t *testing.T) {
		total := books.Total()
		if total.Violations > 0 || total.Posts > 0 || len(total.Harmful) > 0 {
			t.Errorf("against robots.txt %v, posts %d, harmful %v", total.Robots, total.Posts, total.Harmful)
		}
	})

	t.Run("in another hurry the same pages are read", func(t *testing.T) {
		hasty, _ := visitsOf(t, manners{}, func(cfg *config.Config) { cfg.AgID.Verify = false })
		compared := 0
		for istat, v := range polite {
			again, there := hasty[istat]
			if !there || v.Reach != page.ReachOK && again.Reach == v.Reach {
				continue // how often a site that fails is tried may hang on the time
			}
			compared++
			if diff := cmp.Diff(pagesOf(v), pagesOf(again)); diff != "" {
				t.Errorf("%s: %s", v.Site, diff)
			}
		}
		if compared < 30 {
			t.Errorf("only %d visits were compared", compared)
		}
	})

	t.Run("every visit carries its bill", func(t *testing.T) {
		for _, v := range polite {
			var waited time.Duration
			for i, f := range v.Fetches {
				waited += f.Waited
				if f.URL == "" || f.Kind == "" || f.Reach == "" || f.Took < 0 || f.Waited < 0 {
					t.Errorf("%s: entry %d is incomplete: %+v", v.Site, i, f)
				}
			}
			if len(v.Fetches) > 2 && v.Reach == page.ReachOK && waited == 0 {
				t.Errorf("%s: %d requests without a wait", v.Site, len(v.Fetches))
			}
		}
	})
}
