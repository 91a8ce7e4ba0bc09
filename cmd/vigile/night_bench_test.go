//go:build unix

package main

// The whole national night beside what it is built on: the sites are a replica of
// so many comuni in a process of its own, the night is a serve in another (crawl,
// all checks, store, kept pages, metrics), and the floor reads the same pages in a
// third with net/http and goquery alone. VIGILE_NIGHT starts it (see "make
// bench-night" and docs/BENCHMARKS.md).

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vigile-it/vigile/internal/replica"
)

// The environment a night is set by, and by which its processes know their part.
const (
	envNightSites    = "VIGILE_NIGHT"             // comuni
	envNightLatency  = "VIGILE_NIGHT_LATENCY"     // waited before each answer of a site; 500ms
	envNightGap      = "VIGILE_NIGHT_GAP"         // between two requests to a host; 20ms
	envNightPlaces   = "VIGILE_NIGHT_PER_ADDRESS" // requests at once to an address; 4
	envNightScrape   = "VIGILE_NIGHT_SCRAPE"      // between two scrapes; 5s
	envNightFloors   = "VIGILE_NIGHT_FLOORS"      // "no": two nights without floors; "first": the first night alone, over the year where one is named
	envNightYear     = "VIGILE_NIGHT_YEAR"        // a store with a year of nights (VIGILE_YEAR_FILE of bench-year); empty: no third night
	envNightRole     = "VIGILE_NIGHT_ROLE"        // serve, night, or the number of selectors of a floor
	envNightOrder    = "VIGILE_NIGHT_ORDER"       // the file that tells a role what to do
	envNightCPU      = "VIGILE_NIGHT_CPU_FILE"    // where a night writes its CPU profile
	envNightHeap     = "VIGILE_NIGHT_MEM_FILE"    // where it writes its heap, at the highest it was seen
	envNightProfiled = "VIGILE_NIGHT_PROFILED"    // which: first, second or year; first
)

// inFlight is how many sites a night reads at once.
const inFlight = 256

// nightOrder is what a process is told.
type nightOrder struct {
	Dir     string // of the settings, the data and the list of pages
	Italy   replica.Options
	Target  nightTarget
	Env     []string
	Ahead   time.Duration // of the night's clock before ours
	Listen  string        // of the pages
	Profile bool
}

// spent is what one process used for one thing.
type spent struct {
	CPU        float64    // seconds, user and system
	System     float64    // those in system mode, with what watching took of them
	Faults     int        // pages of memory that had to be brought from the disk
	Watching   float64    // seconds of the processor's that the bench took to watch; not in CPU
	Wall       float64    // seconds
	RssAnon    int        // kB at the peak, sampled; 0 where the system does not say
	Usual      int        // the median of the samples
	HWM        int        // kB: the peak of all resident memory, the program and the mapped store with it
	Parts      nightParts // of RssAnon at that peak
	Peak       float64    // seconds from the beginning to it
	Garbage    nightGarbage
	Goroutines int
	Wire       int64 // bytes read, of the sockets above all
	Pages      int   // of a floor
	Unread     int   // pages that a floor could not read
	Bytes      int64 // of a floor's bodies, decoded
}

func BenchmarkNight(b *testing.B) {
	switch role := os.Getenv(envNightRole); {
	case role == "serve":
		serveItaly()
	case role == "night":
		spendNight()
	case role != "":
		readFloor(role)
	case os.Getenv(envNightSites) == "":
		b.Skip("takes minutes: make bench-night")
	}
	n := &nightBench{dir: b.TempDir(), order: nightOrder{Italy: replica.Options{
		Seed: 7, Day: time.Now(), Scale: nightNumber(b, envNightSites, 0), Latency: nightTime(b, envNightLatency, 500*time.Millisecond), Validators: true,
	}}, gap: nightTime(b, envNightGap, 20*time.Millisecond), places: nightNumber(b, envNightPlaces, 4), scrape: nightTime(b, envNightScrape, 5*time.Second), over: "an empty store"}
	n.italy = countryOf(b, n.order.Italy)
	n.start(b)
	file, floored := os.Getenv(envNightYear), os.Getenv(envNightFloors)
	if floored == "first" && file != "" {
		n.mount(b, file)
	}
	first := n.night(b, "first", 0)
	var floors map[int]spent
	switch floored {
	case "first":
		n.print(first, nil, nil, nil)
		return
	case "no":
	default:
		floors = n.floors(b, first)
	}
	second := n.night(b, "second", 24*time.Hour)
	var year *nightSeen
	if file != "" {
		n.mount(b, file)
		third := n.night(b, "year", 48*time.Hour)
		year = &third
	}
	n.print(first, &second, year, floors)
}

func nightNumber(b *testing.B, name string, usual int) int {
	n, err := strconv.Atoi(cmp.Or(os.Getenv(name), strconv.Itoa(usual)))
	if err != nil || n < 1 {
		b.Fatalf("%s is %q", name, os.Getenv(name))
	}
	return n
}

func nightTime(b *testing.B, name string, usual time.Duration) time.Duration {
	d, err := time.ParseDuration(cmp.Or(os.Getenv(name), usual.String()))
	if err != nil || d < 0 {
		b.Fatalf("%s is %q", name, os.Getenv(name))
	}
	return d
}

// nightBench is one benchmark under way.
type nightBench struct {
	dir    string
	order  nightOrder
	gap    time.Duration
	places int
	scrape time.Duration  // between two scrapes of /metrics; deployments/prometheus has a minute
	italy  *replica.Italy // for its truths; its sites are elsewhere
	books  func(b *testing.B) nightBooks
	over   string // what its nights begin with
}

// start puts the sites on the network and writes down what the night is to know.
func (n *nightBench) start(b *testing.B) {
	cmd := n.again(b, "serve", "serve")
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
	lines := bufio.NewReader(out)
	hear := func(v any) {
		if err := json.Unmarshal([]byte(nightSaid(lines)), v); err != nil {
			b.Fatalf("the sites: %v", err)
		}
	}
	hear(&n.order.Target)
	n.books = func(b *testing.B) (books nightBooks) {
		if _, err := io.WriteString(in, "\n"); err != nil {
			b.Fatal(err)
		}
		hear(&books)
		return books
	}
	n.settle(b)
}

// settle chooses the settings of the nights.
func (n *nightBench) settle(b *testing.B) {
	t := n.order.Target
	roots := filepath.Join(n.dir, "roots.pem")
	if err := os.WriteFile(roots, []byte(t.Root), 0o600); err != nil {
		b.Fatal(err)
	}
	free, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	n.order.Listen = free.Addr().String()
	free.Close()
	var ports []string
	for _, address := range []string{t.IPA, t.AgID} {
		port, err := portOf(address)
		if err != nil {
			b.Fatal(err)
		}
		ports = append(ports, strconv.Itoa(port))
	}
	n.order.Dir = n.dir
	n.order.Env = []string{
		"VIGILE_DATA_DIR=" + filepath.Join(n.dir, "data"), "VIGILE_NETWORK_RESOLVER=" + t.DNS, "VIGILE_NETWORK_CA_FILE=" + roots,
		"VIGILE_NETWORK_ALLOW_PRIVATE_ADDRESSES=true", "VIGILE_NETWORK_EXTRA_PORTS=" + strings.Join(ports, ","),
		"VIGILE_NETWORK_CONTACT=mailto:ced@provincia.example", "VIGILE_REGISTRY_IPA_URL=" + t.IPA, "VIGILE_REGISTRY_ISTAT_URL=" + t.ISTAT,
		"VIGILE_AGID_BASE_URL=" + t.AgID, "VIGILE_CRAWL_PER_HOST_DELAY=" + n.gap.String(),
		"VIGILE_CRAWL_PER_ADDRESS_IN_FLIGHT=" + strconv.Itoa(n.places), "VIGILE_CRAWL_SITES_IN_FLIGHT=" + strconv.Itoa(inFlight),
		"VIGILE_WEB_LISTEN=" + n.order.Listen, "VIGILE_LOG_LEVEL=warn",
	}
}

// again is this very program in another role, with the order as it stands.
func (n *nightBench) again(b *testing.B, role, name string) *exec.Cmd {
	b.Helper()
	file := filepath.Join(n.dir, name+".json")
	text, err := json.Marshal(n.order)
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkNight$", "-test.benchtime=1x", "-test.timeout=0")
	cmd.Env = append(os.Environ(), envNightRole+"="+role, envNightOrder+"="+file)
	return cmd
}

// run has a role carried out and gives what it says it spent; while it is at it,
// meanwhile is called again and again.
func (n *nightBench) run(b *testing.B, role, name string, meanwhile func()) (s spent) {
	cmd := n.again(b, role, name)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	over := make(chan error)
	go func() { over <- cmd.Wait() }()
	for {
		select {
		case err := <-over:
			if err == nil {
				err = json.Unmarshal([]byte(nightSaid(bufio.NewReader(&out))), &s)
			}
			if err != nil {
				b.Fatalf("%s: %v\n%.4000s", name, err, complaint.Bytes())
			}
			fmt.Fprintf(os.Stderr, "%-8s %.1f CPU-s (%.1f in the system, %.1f to watch), %d faults, %.0f s, RssAnon %d MB after %.0f s, median %d: %+v MB, %+v\n%.600s", name, s.CPU, s.System, s.Watching, s.Faults, s.Wall, s.RssAnon>>10, s.Peak, s.Usual>>10, s.Parts, s.Garbage, complaint.Bytes())
			return s
		case <-time.After(n.scrape):
			meanwhile()
		}
	}
}

// orders reads what this process is told.
func orders() (o nightOrder) {
	text, err := os.ReadFile(os.Getenv(envNightOrder))
	nightMust(err)
	nightMust(json.Unmarshal(text, &o))
	return o
}

// nightMark begins each line that a process has to say.
const nightMark = "vigile-night "

func nightSay(v any) {
	line, err := json.Marshal(v)
	nightMust(err)
	fmt.Printf("\n%s%s\n", nightMark, line)
}

// nightSaid is the next line that a process has to say.
func nightSaid(out *bufio.Reader) string {
	for {
		line, err := out.ReadString('\n')
		if said, ok := strings.CutPrefix(line, nightMark); ok {
			return said
		}
		if err != nil {
			return ""
		}
	}
}

// nightMust ends a process, whose words the benchmark shows.
func nightMust(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
