//go:build unix

package main

// What is measured of a night, and the table of it beside the bars.

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store/bolt"
)

// nightSeen is a night as those saw it who were there.
type nightSeen struct {
	spent
	over     string // what it began with
	books    nightBooks
	scrapes  map[string][]time.Duration // by path
	comuni   int
	read     int // comuni whose pages were read
	pages    int // fetched, those that have not changed with them
	again    int // of them, answered 304 or with the same bytes
	size     int64
	answer   time.Duration // mean, of a page
	flawless []int         // pages of each comune of which every truth is good, sorted
	sites    [][]string    // the addresses of the pages, by comune and host
	pairs    [4]int        // definite truths, of them judged definite, of those right; of all truths wrong
}

// pathNothing is answered from nothing: how long that takes is the machine's share
// of what a scrape takes.
const pathNothing = "/healthz"

// scrapesOfComuni: one of so many scrapes is one of /metrics/comuni too, as in
// deployments/prometheus.
const scrapesOfComuni = 4

// night spends a night that much ahead of our clock.
func (n *nightBench) night(b *testing.B, name string, ahead time.Duration) nightSeen {
	n.books(b) // what was before is another's
	n.order.Ahead, n.order.Profile = ahead, name == cmp.Or(os.Getenv(envNightProfiled), "first")
	seen := nightSeen{over: n.over, scrapes: map[string][]time.Duration{}}
	client, rounds := &http.Client{Timeout: time.Minute}, 0
	seen.spent = n.run(b, "night", name, func() {
		paths := []string{pathNothing, "/metrics"}
		if rounds++; rounds%scrapesOfComuni == 0 {
			paths = append(paths, "/metrics/comuni")
		}
		for _, path := range paths {
			begun := time.Now()
			resp, err := client.Get("http://" + n.order.Listen + path)
			if err != nil {
				continue // it has just ended
			}
			if _, err := io.Copy(io.Discard, resp.Body); err == nil && resp.StatusCode == http.StatusOK {
				seen.scrapes[path] = append(seen.scrapes[path], time.Since(begun))
			}
			resp.Body.Close()
		}
	})
	seen.books = n.books(b)
	n.kept(b, &seen)
	return seen
}

// kept reads back what the store has of the newest night.
func (n *nightBench) kept(b *testing.B, seen *nightSeen) {
	s, err := bolt.Open(filepath.Join(n.dir, "data", "vigile.db"), bolt.Options{ReadOnly: true})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	good := map[string]bool{}
	for _, code := range faultless(n.italy.Truths()) {
		good[code] = true
	}
	findings, took := map[[2]string]finding.Finding{}, time.Duration(0)
	for _, c := range n.italy.Comuni() {
		past, err := s.History(b.Context(), c.Istat, 1)
		if err != nil || len(past) != 1 {
			b.Fatalf("%s is there %d times, %v", c.Istat, len(past), err)
		}
		a := past[0]
		seen.comuni++
		for _, f := range a.Findings {
			findings[[2]string{c.Istat, f.Check}] = f
		}
		if a.Visit.PagesRead() > 0 {
			seen.read++
		}
		if good[c.Istat] {
			seen.flawless = append(seen.flawless, a.Visit.PagesRead())
		}
		took += seen.visit(a)
	}
	slices.Sort(seen.flawless)
	if seen.pages > 0 {
		seen.answer = took / time.Duration(seen.pages)
	}
	for _, want := range n.italy.Truths() {
		f, ok := findings[[2]string{want.Istat, want.Check}]
		if !ok {
			continue
		}
		right := want.Accepts(string(f.Verdict))
		if !right && f.Verdict != finding.Unknown {
			seen.pairs[3]++
			b.Logf("%s: %s is %s (%s), want %s: %s", want.Istat, want.Check, f.Verdict, f.Reason, want.Verdict, want.Why)
		}
		if want.Definite() {
			seen.pairs[0]++
			if f.Verdict.Definite() {
				seen.pairs[1]++
			}
			if right && f.Verdict.Definite() {
				seen.pairs[2]++
			}
		}
	}
}

// visit counts the pages of one visit.
func (seen *nightSeen) visit(a record.Assessment) (took time.Duration) {
	hosts := map[string]int{}
	for _, f := range a.Visit.Fetches {
		if f.Kind != page.FetchPage || f.Reach != page.ReachOK || f.Repeat {
			continue
		}
		seen.pages++
		seen.size += int64(f.Size)
		took += f.Took
		if f.Unchanged {
			seen.again++
		}
		address := f.URL
		if f.Final != "" {
			address = f.Final
		}
		i, ok := hosts[hostOf(address)]
		if !ok {
			i = len(seen.sites)
			hosts[hostOf(address)] = i
			seen.sites = append(seen.sites, nil)
		}
		seen.sites[i] = append(seen.sites[i], address)
	}
	return took
}

// path is what no order could shorten at that length of an answer: the largest
// address at its allowed rate, or all sites over the places there are, or the
// longest of them.
func (n *nightBench) path(seen nightSeen, answer time.Duration) (path time.Duration, at string) {
	path, at = time.Duration(seen.books.LongestHost)*(answer+n.gap), "the longest site"
	if all := time.Duration(seen.books.Requests) * (answer + n.gap) / inFlight; all > path {
		path, at = all, "all sites over 256 places"
	}
	for address, requests := range seen.books.Address {
		if ap, err := netip.ParseAddr(address); err != nil || !ap.IsLoopback() {
			continue
		}
		if one := time.Duration(requests) * answer / time.Duration(n.places); one > path {
			path, at = one, fmt.Sprintf("%s with %d requests", address, requests)
		}
	}
	return path, at
}

// nightRules is how many rules the checks look for.
func nightRules(b *testing.B) (n int) {
	rule := regexp.MustCompile(`(?m)^\s*- id:`)
	files, err := filepath.Glob("../../checks/rules/*.yaml")
	if err != nil {
		b.Fatal(err)
	}
	own, err := filepath.Glob("../../checks/*.yaml")
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range append(files, own...) {
		text, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		n += len(rule.FindAll(text, -1))
	}
	return n
}

// floors reads the same pages with the usual selectors, and with one for each rule.
func (n *nightBench) floors(b *testing.B, first nightSeen) map[int]spent {
	text, err := json.Marshal(first.sites)
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(pagesFile(n.dir), text, 0o600); err != nil {
		b.Fatal(err)
	}
	out := map[int]spent{}
	for _, count := range []int{len(floorSelectors), nightRules(b)} {
		s := n.run(b, fmt.Sprint(count), fmt.Sprintf("floor%d", count), func() {})
		if s.Pages*100 < first.pages*95 {
			b.Fatalf("a floor read %d pages of %d", s.Pages, first.pages)
		}
		out[count] = s
	}
	return out
}

// mount puts a year of nights in the place of the store.
func (n *nightBench) mount(b *testing.B, file string) {
	from, err := bolt.Open(file, bolt.Options{ReadOnly: true})
	if err != nil {
		b.Fatal(err)
	}
	defer from.Close()
	data := filepath.Join(n.dir, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		b.Fatal(err)
	}
	to, err := os.Create(filepath.Join(data, "vigile.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer to.Close()
	if _, err := from.Backup(b.Context(), to); err != nil {
		b.Fatal(err)
	}
	n.over = "a year of nights mounted"
}

func (s spent) perThousand(pages int) float64 { return s.CPU * 1000 / float64(max(1, pages)) }

func (n *nightBench) print(first nightSeen, second, year *nightSeen, floors map[int]spent) {
	var out strings.Builder
	row := func(what, bar string, met bool, format string, args ...any) {
		verdict := "met"
		if !met {
			verdict = "**missed**"
		}
		if bar == "" {
			verdict = ""
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", what, fmt.Sprintf(format, args...), bar, verdict)
	}
	fmt.Fprintf(&out, "\n%d comuni (%d read), %d pages of %.0f kB, %d requests to %d hosts on %d addresses; answers after %v, gap %v, %d at an address, %d sites at once. %s, %d CPUs, load %s.\n\n",
		first.comuni, first.read, first.pages, float64(first.size)/float64(first.pages)/1e3, first.books.Requests, first.books.Hosts, len(first.books.Address),
		n.order.Italy.Latency, n.gap, n.places, inFlight, runtime.Version(), runtime.NumCPU(), load())
	out.WriteString("| what | measured | bar | |\n|---|---|---|---|\n")
	n.printCost(row, first, floors)
	n.printMemory(row, first, year)
	n.printManners(row, first)
	n.printJudged(row, "first", first)
	if second != nil {
		n.printJudged(row, "second", *second)
		cpu, wire := second.CPU/first.CPU, float64(second.Wire)/float64(first.Wire)
		row("second night, sites answer 304: CPU", "≤ 20 %", cpu <= .2, "%.1f %% (%.1f of %.1f CPU-s; %d of %d pages unchanged)", 100*cpu, second.CPU, first.CPU, second.again, second.pages)
		row("what the bench takes to watch, in neither: first, second night", "", true, "%.1f, %.1f CPU-s", first.Watching, second.Watching)
		row("second night: bytes read from sockets", "≤ 10 %", wire <= .1, "%.1f %% (%.1f of %.1f MB)", 100*wire, float64(second.Wire)/1e6, float64(first.Wire)/1e6)
	}
	if all := slices.Sorted(slices.Values(first.scrapes[pathNothing])); len(all) > 0 {
		row("an answer that reads nothing (`"+pathNothing+"`) at the same moments: median, longest", "", true, "%v, %v", all[len(all)/2].Round(time.Millisecond), all[len(all)-1].Round(time.Millisecond))
	}
	for _, x := range []struct {
		path string
		bar  time.Duration
	}{{"/metrics", 150 * time.Millisecond}, {"/metrics/comuni", time.Second}} {
		if all := slices.Sorted(slices.Values(first.scrapes[x.path])); len(all) > 0 {
			row("`"+x.path+"` during the crawl: median, longest of "+fmt.Sprint(len(all)), "≤ "+x.bar.String(), all[len(all)-1] <= x.bar,
				"%v, %v", all[len(all)/2].Round(time.Millisecond), all[len(all)-1].Round(time.Millisecond))
		}
	}
	fmt.Print(out.String())
}

type nightRow func(what, bar string, met bool, format string, args ...any)

func (n *nightBench) printCost(row nightRow, first nightSeen, floors map[int]spent) {
	cost := first.perThousand(first.pages)
	row("CPU-s per 1,000 pages: crawl, all checks, store, kept pages, metrics", "", true, "%.2f", cost)
	few := len(floorSelectors)
	for _, count := range slices.Sorted(maps.Keys(floors)) {
		s := floors[count]
		floor := s.perThousand(s.Pages)
		bar := "≤ 1.25 (as many selectors as rules)"
		if count == few {
			bar = "≤ 1.25 (the strictest floor)"
		}
		row(fmt.Sprintf("the DOM floor with %d selectors; ratio to it", count), bar, cost <= 1.25*floor, "%.2f; %.2f", floor, cost/floor)
	}
}

func (n *nightBench) printJudged(row nightRow, name string, s nightSeen) {
	if p := s.flawless; len(p) > 0 {
		row(fmt.Sprintf("pages per comune where every check passes, %s night: median, most (%d comuni)", name, len(p)), "≤ 8", p[len(p)-1] <= 8, "%d, %d", p[len(p)/2], p[len(p)-1])
	}
	d := s.pairs
	row("(site, check) pairs whose truth is definite: judged definite, "+name+" night", "≥ 99 %", d[1]*100 >= d[0]*99, "%.2f %% of %d", 100*float64(d[1])/float64(d[0]), d[0])
	row("those judged definite: judged right, "+name+" night", "≥ 99.9 %", d[2]*1000 >= d[1]*999, "%.2f %%; of all truths %d judged wrong", 100*float64(d[2])/float64(max(1, d[1])), d[3])
}

func (n *nightBench) printMemory(row nightRow, first nightSeen, year *nightSeen) {
	tell := func(s nightSeen) {
		row("RssAnon at 256 sites in flight, "+s.over+": peak, median; VmHWM; goroutines", "≤ 150 MB", s.RssAnon <= 150<<10,
			"%d MB, %d MB; %d MB; %d", s.RssAnon>>10, s.Usual>>10, s.HWM>>10, s.Goroutines)
	}
	tell(first)
	if year != nil {
		tell(*year)
	}
}

func (n *nightBench) printManners(row nightRow, first nightSeen) {
	k := first.books
	row("most in flight at a host, at an address", fmt.Sprintf("1, %d", n.places), k.MostHost == 1 && k.MostAddress <= n.places, "%d, %d", k.MostHost, k.MostAddress)
	row("smallest gap at a host", "≥ "+n.gap.String(), k.SmallestGap >= n.gap, "%v", k.SmallestGap.Round(100*time.Microsecond))
	row("requests against robots.txt; forms sent and harmful links", "0; 0", k.Violations+k.Posts+k.Harmful == 0, "%d; %d", k.Violations, k.Posts+k.Harmful)
	for _, x := range []struct {
		name   string
		answer time.Duration
	}{{"as configured", n.order.Italy.Latency}, {"as it was, the machine's own wait with it", max(first.answer, n.order.Italy.Latency)}} {
		path, at := n.path(first, x.answer)
		ratio := first.Wall / path.Seconds()
		row("wall time against the critical path, an answer "+x.name, "≤ 1.15", ratio <= 1.15, "%.2f (%.0f s over %.0f s: %s, answers of %v)", ratio, first.Wall, path.Seconds(), at, x.answer.Round(time.Millisecond))
	}
}

// load is the machine's, of one, five and fifteen minutes.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}
