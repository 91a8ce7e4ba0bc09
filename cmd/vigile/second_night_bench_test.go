//go:build unix

package main

// What the second night costs beside the first, where sites say what has not
// changed: CPU and bytes of one process that looks, with all checks and the
// store, at a replica in another. VIGILE_BENCH_NIGHTS starts it (see "make
// bench-nights" and docs/BENCHMARKS.md).

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/nightly"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/replica"
)

const (
	envNights  = "VIGILE_BENCH_NIGHTS"     // how many comuni
	envItaly   = "VIGILE_BENCH_ITALY"      // where they are: the part of the process that looks
	envProfile = "VIGILE_BENCH_NIGHTS_CPU" // where that one writes a CPU profile of its last night
	nightsBar  = "at most 20 % of the CPU and 10 % of the bytes of the first"
)

// whereItalyIs is what the looking process is told.
type whereItalyIs struct {
	Resolver, Roots, IPA, ISTAT, AgID, Redial string
	Codes                                     []string
}

// costs are those of one night.
type costs struct {
	Name                       string
	CPU, Wall                  float64 // seconds
	Bytes                      int64   // of bodies, decoded
	Pages, Requests, Confirmed int
	Verdicts                   int // definite ones
	FileKB                     int64
}

func BenchmarkNights(b *testing.B) {
	switch {
	case os.Getenv(envItaly) != "":
		lookAt(os.Getenv(envItaly))
	case os.Getenv(envNights) == "":
		b.Skip("takes minutes: make bench-nights")
	}
	n, err := strconv.Atoi(os.Getenv(envNights))
	if err != nil {
		b.Fatal(err)
	}
	italy, err := replica.New(replica.Options{Day: lineDay, Validators: true, Scale: n, Seed: 7})
	if err != nil {
		b.Fatal(err)
	}
	running, err := italy.Start(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer running.Close()
	redial := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, running.Redial(r.URL.Query().Get("addr"))) //nolint:errcheck // the child would say so
	}))
	defer redial.Close()
	told := whereItalyIs{Resolver: running.Resolver(), Roots: string(running.RootPEM()), IPA: running.IPAURL(), ISTAT: running.ISTATURL(), AgID: running.AgIDURL(), Redial: redial.URL}
	for _, c := range running.Comuni() {
		if c.Fault == replica.FaultNone {
			told.Codes = append(told.Codes, c.Istat)
		}
	}
	text, err := json.Marshal(told)
	if err != nil {
		b.Fatal(err)
	}
	where := filepath.Join(b.TempDir(), "italy.json")
	if err := os.WriteFile(where, text, 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkNights$", "-test.benchtime=1x", "-test.timeout=1h")
	cmd.Env = append(os.Environ(), envItaly+"="+where)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	var nights []costs
	for line := range bytes.Lines(out) {
		if c := (costs{}); json.Unmarshal(line, &c) == nil {
			nights = append(nights, c)
		}
	}
	fmt.Printf("\n%s", nightsTable(len(told.Codes), nights))
}

func nightsTable(comuni int, nights []costs) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 1, ' ', tabwriter.Debug)
	fmt.Fprintf(&b, "%d comuni; the bar: %s\n", comuni, nightsBar)
	fmt.Fprintln(w, "| night\t CPU-s\t to the first\t MB of bodies\t to the first\t pages\t requests\t of them 304\t pages.db, MB\t")
	for _, n := range nights {
		first := nights[0]
		fmt.Fprintf(w, "| %s\t %.2f\t %.0f %%\t %.1f\t %.1f %%\t %d\t %d\t %d\t %.1f\t\n", n.Name, n.CPU, 100*n.CPU/first.CPU,
			float64(n.Bytes)/1e6, 100*float64(n.Bytes)/float64(first.Bytes), n.Pages, n.Requests, n.Confirmed, float64(n.FileKB)/1e3)
	}
	w.Flush()
	return b.String()
}

// lookAt is the looking process: it takes all comuni through three nights, prints
// what each cost, and ends.
func lookAt(where string) {
	text, err := os.ReadFile(where)
	mustBench(err)
	var told whereItalyIs
	mustBench(json.Unmarshal(text, &told))
	dir, err := os.MkdirTemp("", "vigile-nights-")
	mustBench(err)
	defer os.RemoveAll(dir)
	// The first prepares what every later night has: AgID's answers of the week.
	oneNight(told, dir, "", lineDay.Add(-time.Hour), nightly.Selection{Again: true, Checks: []string{declaration, "accessibility-objectives"}})
	for i, name := range []string{"the first", "the second", "the third"} {
		c := oneNight(told, dir, name, lineDay.Add(time.Duration(i)*24*time.Hour), nightly.Selection{Kind: record.Night, Again: true})
		line, err := json.Marshal(c)
		mustBench(err)
		fmt.Printf("%s\n", line)
	}
	mustBench(os.RemoveAll(dir))
	os.Exit(0)
}

// oneNight is one run with a crew of its own, as a service restarted has it.
func oneNight(told whereItalyIs, dir, name string, day time.Time, s nightly.Selection) costs {
	messages, err := messages.For("it")
	mustBench(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(told.Roots))
	begun := time.Now()
	a := &app{
		stdout: io.Discard, stderr: io.Discard, text: messages,
		world: world{roots: roots, redial: askedRedial(told.Redial), agidGap: time.Millisecond},
		now:   func() time.Time { return day.Add(time.Since(begun)) },
	}
	cfg := config.Default()
	cfg.DataDir, cfg.Network.Resolver, cfg.Network.AllowPrivateAddresses = dir, told.Resolver, true
	cfg.Registry.IPAURL, cfg.Registry.IstatURL, cfg.AgID.BaseURL = told.IPA, told.ISTAT, told.AgID
	for _, address := range []string{told.IPA, told.AgID} {
		port, err := portOf(address)
		mustBench(err)
		cfg.Network.ExtraPorts = append(cfg.Network.ExtraPorts, port)
	}
	cfg.Crawl.PerHostDelay, cfg.Crawl.PerAddressInFlight, cfg.Crawl.SitesInFlight = 0, 1000, 16
	list, err := checks.Catalogue()
	mustBench(err)
	metrics := prometheus.NewRegistry()
	c, err := a.newCrew(cfg, list, true, metrics)
	mustBench(err)
	ipa := registry.NewIPA(cfg.Registry.IPAURL, c.guard.Client(0), a.now)
	for _, code := range told.Codes {
		x, err := ipa.Lookup(context.Background(), code)
		mustBench(err)
		s.Comuni = append(s.Comuni, x)
	}
	st, err := a.openStore(cfg, false)
	mustBench(err)
	runtime.GC()
	cost := costs{Name: name}
	if file := os.Getenv(envProfile); file != "" && strings.HasSuffix(name, "second") {
		f, err := os.Create(file)
		mustBench(err)
		mustBench(pprof.StartCPUProfile(f))
		defer pprof.StopCPUProfile()
	}
	from, at := cpuUsed(), time.Now()
	p := a.newProgress(false)
	got, err := c.run(context.Background(), s, st, p)
	mustBench(err)
	c.close() // which writes what is queued
	cost.CPU, cost.Wall = cpuUsed()-from, time.Since(at).Seconds()
	if got.Left > 0 || got.Failed > 0 {
		mustBench(fmt.Errorf("%d comuni are left, %d broke", got.Left, got.Failed))
	}
	for _, x := range s.Comuni {
		past, err := st.History(context.Background(), x.Istat, 1)
		mustBench(err)
		if len(past) == 1 {
			n, confirmed, _ := asked(past[0].Visit)
			cost.Pages, cost.Requests, cost.Confirmed = cost.Pages+past[0].Visit.PagesRead(), cost.Requests+n, cost.Confirmed+confirmed
		}
	}
	mustBench(st.Close())
	cost.Bytes = bodyBytes(metrics)
	if info, err := os.Stat(pagesPath(cfg)); err == nil {
		cost.FileKB = info.Size() / 1000
	}
	return cost
}

// askedRedial asks the replica's process where an address is.
func askedRedial(at string) func(string) string {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	return func(addr string) string {
		resp, err := client.Get(at + "?addr=" + url.QueryEscape(addr))
		mustBench(err)
		defer resp.Body.Close()
		line, err := bufio.NewReader(resp.Body).ReadString('\n')
		if err != io.EOF {
			mustBench(err)
		}
		return line
	}
}

func bodyBytes(r *prometheus.Registry) int64 {
	all, err := r.Gather()
	mustBench(err)
	for _, f := range all {
		if f.GetName() == "vigile_crawl_bytes_total" {
			return int64(f.GetMetric()[0].GetCounter().GetValue())
		}
	}
	return 0
}

// cpuUsed is what this process has used, in user and system mode, in seconds.
func cpuUsed() float64 {
	var u syscall.Rusage
	mustBench(syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// mustBench ends a process that cannot measure.
func mustBench(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
