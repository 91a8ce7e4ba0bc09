package main

// Many comuni whole, a twelfth of them with a fault: the ledger of the other
// side, the truths, and counts that add up.

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/replica"
	"github.com/vigile-it/vigile/store/bolt"
)

// crawledAll has the program crawl a whole Italy, and gives its last word and
// what the store then has of each comune.
func crawledAll(t *testing.T, running *replica.Running, w world, settings map[string]string, args ...string) (stdout string, run record.Run, got map[string]record.Assessment, took time.Duration) {
	t.Helper()
	dir := t.TempDir()
	env := toItaly(t, running, dir)
	env["VIGILE_NETWORK_CONTACT"] = "mailto:ced@provincia.example"
	for name, value := range settings {
		env[name] = value
	}
	if w.redial == nil {
		w.redial = running.Redial
	}
	begun := time.Now()
	code, stdout, stderr := runContext(t, t.Context(), &app{world: w}, env, args...)
	took = time.Since(begun)
	if code != codeDone {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	s, err := bolt.Open(filepath.Join(dir, "data", "vigile.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	runs, err := s.Runs(t.Context(), "", 10)
	if err != nil || len(runs) != 1 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	got = map[string]record.Assessment{}
	for _, c := range running.Comuni() {
		past, err := s.History(t.Context(), c.Istat, 0)
		if err != nil || len(past) != 1 {
			t.Fatalf("%s is there %d times, %v", c.Istat, len(past), err)
		}
		got[c.Istat] = past[0]
	}
	return stdout, runs[0], got, took
}

func TestSoakManyComuniWithFaults(t *testing.T) {
	r := dice(t)
	comuni, gap, perAddress := atLength(120, 500), 20*time.Millisecond, 4
	running := invented(t, replica.Options{Seed: r.Uint64(), Scale: comuni})
	stdout, run, got, took := crawledAll(t, running, world{agidGap: time.Millisecond}, map[string]string{
		"VIGILE_CRAWL_PER_HOST_DELAY": gap.String(), "VIGILE_CRAWL_PER_ADDRESS_IN_FLIGHT": strconv.Itoa(perAddress),
	}, "crawl", "--tutti", "--format", "json")
	if run.Kind != record.Night || run.Expected != comuni || run.Done != comuni || run.Ended.IsZero() {
		t.Errorf("run %+v", run)
	}
	addsUp(t, result(t, stdout), got)
	pages := reached(t, running, got)
	judged := truthful(t, running, got)
	spared(t, running.Ledger(), gap, perAddress)
	t.Logf("%d comuni in %v: %d pages, %.1f a comune; %d truths", comuni, took.Round(10*time.Millisecond), pages, float64(pages)/float64(comuni), judged)
}

// addsUp holds the summary against what was kept.
func addsUp(t *testing.T, said crawlResult, got map[string]record.Assessment) {
	t.Helper()
	reach, verdicts := map[page.Reach]int{}, map[string]map[finding.Verdict]int{}
	for _, a := range got {
		reach[a.Visit.Reach]++
		for _, f := range a.Findings {
			if verdicts[f.Check] == nil {
				verdicts[f.Check] = map[finding.Verdict]int{}
			}
			verdicts[f.Check][f.Verdict]++
		}
	}
	if said.Summary.Comuni != len(got) || said.Summary.Reached != reach[page.ReachOK] || len(said.Summary.Reach) != len(reach) {
		t.Errorf("the summary has %d comuni, %d reached, %d kinds of reach; kept are %d, %d, %d",
			said.Summary.Comuni, said.Summary.Reached, len(said.Summary.Reach), len(got), reach[page.ReachOK], len(reach))
	}
	for _, x := range said.Summary.Reach {
		if x.Count != reach[x.Reach] {
			t.Errorf("%s: the summary has %d, kept are %d", x.Reach, x.Count, reach[x.Reach])
		}
	}
	list, err := checks.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	if len(said.Summary.Checks) != len(list) {
		t.Errorf("the summary has %d checks of %d", len(said.Summary.Checks), len(list))
	}
	for _, x := range said.Summary.Checks {
		sum, definite := 0, 0
		for _, v := range x.Verdicts {
			sum += v.Count
			if v.Count != verdicts[x.Check][v.Verdict] {
				t.Errorf("%s %s: the summary has %d, kept are %d", x.Check, v.Verdict, v.Count, verdicts[x.Check][v.Verdict])
			}
			if v.Verdict.Definite() {
				definite += v.Count
			}
		}
		if sum != len(got) || x.Of != len(got) || x.Assessed != definite {
			t.Errorf("%s: %d verdicts of %d, %d assessed", x.Check, sum, x.Of, x.Assessed)
		}
	}
}

// reached holds the reach of every comune against its fault, and counts pages.
func reached(t *testing.T, running *replica.Running, got map[string]record.Assessment) (pages int) {
	t.Helper()
	for _, c := range running.Comuni() {
		a := got[c.Istat]
		pages += a.Visit.PagesRead()
		if !slices.Contains(c.Reach, string(a.Visit.Reach)) {
			t.Errorf("%s (%s, %s): reach %s, want %v; %s", c.Istat, c.Family, c.Fault, a.Visit.Reach, c.Reach, a.Visit.Detail)
		}
		if c.Fault == replica.FaultNone {
			continue
		}
		for _, f := range a.Findings {
			if f.Verdict != finding.Unknown && f.Check != "https" && f.Check != "registry-site" {
				t.Errorf("%s (%s): %s is %s (%s) on a site that could not be looked at", c.Istat, c.Fault, f.Check, f.Verdict, f.Reason)
			}
		}
	}
	return pages
}

// truthful holds every finding against the truth.
func truthful(t *testing.T, running *replica.Running, got map[string]record.Assessment) (judged int) {
	t.Helper()
	left, definite := 0, 0
	for _, want := range running.Truths() {
		f := findingOf(got[want.Istat], want.Check)
		if f.Check == "" {
			continue // not built
		}
		judged++
		if want.Definite() {
			definite++
		}
		switch {
		case want.Accepts(string(f.Verdict)):
		case ninthPage(got[want.Istat], f):
			left++
		default:
			t.Errorf("%s: %s is %s (%s), want %s: %s", want.Istat, want.Check, f.Verdict, f.Reason, want.Verdict, want.Why)
		}
	}
	if t.Logf("%d of %d findings were left open after eight pages", left, definite); left*100 > definite {
		t.Error("that is more than one in a hundred")
	}
	return judged
}

// spared holds the visit against what was promised to the other side.
func spared(t *testing.T, books replica.Ledger, gap time.Duration, perAddress int) {
	t.Helper()
	const agid = "form.agid.gov.it" // has a pace of its own
	most, smallest, requests := 0, time.Hour, 0
	for host, x := range books.Hosts {
		if host == agid {
			continue
		}
		requests += x.Requests
		if x.MostInFlight > 1 {
			t.Errorf("%s had %d requests at once", host, x.MostInFlight)
		}
		if x.Requests > 1 {
			if smallest = min(smallest, x.SmallestGap); x.SmallestGap < gap {
				t.Errorf("%s had two requests within %v", host, x.SmallestGap)
			}
		}
		if x.Violations > 0 || x.Posts > 0 || len(x.Harmful) > 0 {
			t.Errorf("%s was asked for %v against its robots.txt, got %d posts, and %v", host, x.Robots, x.Posts, x.Harmful)
		}
	}
	for address, x := range books.Addresses {
		if strings.HasPrefix(address, "127.41.") || strings.HasPrefix(address, "127.0.0.1") {
			continue
		}
		if most = max(most, x.MostInFlight); x.MostInFlight > perAddress {
			t.Errorf("%s had %d requests at once, %d allowed", address, x.MostInFlight, perAddress)
		}
	}
	t.Logf("%d requests to %d hosts on %d addresses: most at once to an address %d of %d, smallest gap of a host %v of %v",
		requests, len(books.Hosts), len(books.Addresses), most, perAddress, smallest, gap)
}

func TestSoakAProvinceOfFiftyNineComuniInThreeMinutes(t *testing.T) {
	comuni, latency, gap := 59, atLength(10*time.Millisecond, 300*time.Millisecond), atLength(20*time.Millisecond, time.Second)
	running := invented(t, replica.Options{Seed: dice(t).Uint64(), Scale: atLength(20, comuni), Latency: latency})
	_, run, got, took := crawledAll(t, running, world{agidGap: atLength(time.Millisecond, 0)}, map[string]string{
		"VIGILE_CRAWL_PER_HOST_DELAY": gap.String(), "VIGILE_CRAWL_PER_ADDRESS_IN_FLIGHT": "4",
	}, "crawl", "--provincia", "ZZ", "--format", "json")
	if run.Kind != record.Request || run.Done != len(got) {
		t.Errorf("run %+v", run)
	}
	pages := reached(t, running, got)
	spared(t, running.Ledger(), gap, 4)
	t.Logf("%d comuni at %v a request in %v: %d pages", len(got), latency, took.Round(100*time.Millisecond), pages)
	if soaking() && took > 3*time.Minute {
		t.Errorf("a province took %v", took)
	}
}
