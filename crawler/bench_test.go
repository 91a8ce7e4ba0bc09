//go:build unix

package crawler_test

// What the crawler costs beside what it is built on: every way of reading the
// same sites runs in a process of its own, against one server in another, over
// the same TLS and bytes, turn by turn, so that a noisy machine is noisy for all.
// VIGILE_BENCH starts it (see "make bench" and docs/BENCHMARKS.md).

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
)

const (
	pagesPerSite = 10
	atOnce       = 64 // sites being read at one time
	floor        = "goquery"
	bar          = 1.15 // of the crawler over the floor, in CPU
)

// The environment a run is set by, and by which its processes know their part.
const (
	envSites  = "VIGILE_BENCH"          // numbers of sites, separated by commas
	envRounds = "VIGILE_BENCH_ROUNDS"   // how often each is measured
	envOnly   = "VIGILE_BENCH_ONLY"     // variants, separated by commas
	envPlain  = "VIGILE_BENCH_PLAIN"    // not empty: bodies are sent uncompressed
	envRole   = "VIGILE_BENCH_ROLE"     // serve, or a variant
	envTarget = "VIGILE_BENCH_TARGET"   // what serve said of itself
	envCount  = "VIGILE_BENCH_COUNT"    // sites to read
	envCPU    = "VIGILE_BENCH_CPU_FILE" // where a variant writes its CPU profile
	envHeap   = "VIGILE_BENCH_MEM_FILE" // where it writes its allocations
)

// A measure is what one process spent on reading.
type measure struct {
	Pages      int
	CPU        float64 // seconds, user and system
	Wall       float64 // seconds
	RssAnon    int     // kB at the peak, sampled; 0 where the system does not say
	Usual      int     // the median of the samples
	HWM        int     // kB: the peak of all resident memory
	Goroutines int     // at the peak, sampled
	Bytes      int64   // of the bodies, decoded
}

func (m measure) perThousand() float64 { return m.CPU * 1000 / float64(m.Pages) }

// BenchmarkVisits prints one table for each number of sites.
func BenchmarkVisits(b *testing.B) {
	switch role := os.Getenv(envRole); {
	case role == "serve":
		serve()
	case role != "":
		play(role)
	case os.Getenv(envSites) == "":
		b.Skip("takes minutes: make bench")
	}
	target := startServer(b)
	for field := range strings.SplitSeq(os.Getenv(envSites), ",") {
		sites, err := strconv.Atoi(field)
		if err != nil {
			b.Fatalf("%s: %v", envSites, err)
		}
		fmt.Printf("\n%s", table(sites, rounds(b, target, sites)))
	}
}

// rounds measures every variant in turn, as often as was asked.
func rounds(b *testing.B, target string, sites int) map[string][]measure {
	times, err := strconv.Atoi(cmp.Or(os.Getenv(envRounds), "3"))
	if err != nil {
		b.Fatalf("%s: %v", envRounds, err)
	}
	found := map[string][]measure{}
	for round := range times {
		for _, v := range variants {
			if only := os.Getenv(envOnly); only != "" && !slices.Contains(strings.Split(only, ","), v.name) {
				continue
			}
			m := measured(b, v.name, target, sites)
			found[v.name] = append(found[v.name], m)
			fmt.Fprintf(os.Stderr, "%5d sites, round %d, %-8s %.2f CPU-s per 1,000 pages, %.0f s\n", sites, round+1, v.name, m.perThousand(), m.Wall)
		}
	}
	return found
}

// measured runs one variant in a fresh process.
func measured(b *testing.B, variant, target string, sites int) measure {
	cmd := again(variant, envTarget+"="+target, envCount+"="+strconv.Itoa(sites))
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		b.Fatalf("%s: %v\n%s%s", variant, err, out.Bytes(), complaint.Bytes())
	}
	var m measure
	if err := json.Unmarshal([]byte(said(&out)), &m); err != nil {
		b.Fatalf("%s: %v\n%s", variant, err, out.Bytes())
	}
	return m
}

// startServer runs the sites in a process of their own, until the benchmark ends.
func startServer(b *testing.B) (target string) {
	cmd := again("serve")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.Close(); cmd.Wait() })
	if target = said(out); target == "" {
		b.Fatal("the server did not come up")
	}
	return target
}

// again is this very program in another role.
func again(role string, env ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkVisits$", "-test.benchtime=1x", "-test.timeout=0")
	cmd.Env = append(append(os.Environ(), envRole+"="+role), env...)
	return cmd
}

// mark begins the one line that a child process has to say.
const mark = "vigile-bench "

func say(v any) {
	line, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	fmt.Printf("\n%s%s\n", mark, line)
}

// said is what a child process said after the mark.
func said(out io.Reader) string {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if line, ok := strings.CutPrefix(lines.Text(), mark); ok {
			return line
		}
	}
	return ""
}

// table shows the medians of all rounds in Markdown.
func table(sites int, found map[string][]measure) string {
	base := median(found[floor], measure.perThousand)
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 1, 1, ' ', 0)
	fmt.Fprintln(w, "| structure\t| sites\t| CPU-s per 1,000 pages (least to most)\t| to the floor\t| peak RssAnon\t| median RssAnon\t| VmHWM\t| goroutines\t| pages/s\t|")
	fmt.Fprintln(w, "|---\t|---\t|---\t|---\t|---\t|---\t|---\t|---\t|---\t|")
	for _, v := range variants {
		all := found[v.name]
		if len(all) == 0 {
			continue
		}
		cpu := median(all, measure.perThousand)
		least := slices.MinFunc(all, func(a, b measure) int { return cmp.Compare(a.perThousand(), b.perThousand()) }).perThousand()
		most := slices.MaxFunc(all, func(a, b measure) int { return cmp.Compare(a.perThousand(), b.perThousand()) }).perThousand()
		fmt.Fprintf(w, "| %s\t| %d\t| %.2f (%.2f to %.2f)\t| %s\t| %s\t| %s\t| %s\t| %.0f\t| %.0f\t|\n", v.title, sites, cpu, least, most, ratio(cpu, base),
			megabytes(median(all, func(m measure) float64 { return float64(m.RssAnon) })),
			megabytes(median(all, func(m measure) float64 { return float64(m.Usual) })),
			megabytes(median(all, func(m measure) float64 { return float64(m.HWM) })),
			median(all, func(m measure) float64 { return float64(m.Goroutines) }),
			median(all, func(m measure) float64 { return float64(m.Pages) / m.Wall }))
	}
	w.Flush()
	if d := median(found["vigile"], measure.perThousand); d > 0 && base > 0 {
		verdict := "met"
		if d > bar*base {
			verdict = "not met"
		}
		fmt.Fprintf(&out, "\nThe crawler alone over the floor: %s; the bar of %.2f is %s. %s, %d CPUs.\n", ratio(d, base), bar, verdict, runtime.Version(), runtime.NumCPU())
	}
	return out.String()
}

func ratio(cpu, base float64) string {
	if base == 0 {
		return "not measured"
	}
	return fmt.Sprintf("%.2f", cpu/base)
}

func megabytes(kb float64) string {
	if kb == 0 {
		return "not told here"
	}
	return fmt.Sprintf("%.0f MB", kb/1024)
}

func median(all []measure, of func(measure) float64) float64 {
	if len(all) == 0 {
		return 0
	}
	values := make([]float64, len(all))
	for i, m := range all {
		values[i] = of(m)
	}
	slices.Sort(values)
	if n := len(values); n%2 == 0 {
		return (values[n/2-1] + values[n/2]) / 2
	}
	return values[len(values)/2]
}
