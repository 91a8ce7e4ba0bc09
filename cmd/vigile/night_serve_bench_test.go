//go:build unix

package main

// What the processes of the benchmark of the night do: the sites, the night, the
// floor.

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/replica"
)

// nightTarget is where the sites are, and whom to trust.
type nightTarget struct {
	DNS, IPA, ISTAT, AgID, Root string
	Ports                       map[string]string // "443" and "80": who stands for it
	Others                      map[string]string // address and port, where that is another
}

// redial maps an address of the replica as replica.Running.Redial does, in
// another process.
func (t nightTarget) redial(addr string) string {
	if to, ok := t.Others[addr]; ok {
		return to
	}
	ap, err := netip.ParseAddrPort(addr)
	if err != nil || !ap.Addr().Is4() || !ap.Addr().IsLoopback() || ap.Addr() == netip.AddrFrom4([4]byte{127, 0, 0, 1}) {
		return addr
	}
	return cmp.Or(t.Ports[strconv.Itoa(int(ap.Port()))], addr)
}

// nightBooks are the replica's books of a night, which end with the reading.
type nightBooks struct {
	Requests, Hosts   int
	MostHost          int // requests at once
	MostAddress       int
	SmallestGap       time.Duration // between the starts of two requests to a host
	Violations        int
	Posts, Harmful    int
	Address           map[string]int // requests, by address
	LongestHost       int            // requests to one host
	RequestsPerComune float64
}

func countryOf(tb testing.TB, o replica.Options) *replica.Italy {
	italy, err := replica.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	return italy
}

// serveItaly is the sites: it says where they are, and then for each line of its
// input what was asked of them since the last one. It ends with its input.
func serveItaly() {
	o := orders()
	italy, err := replica.New(o.Italy)
	nightMust(err)
	running, err := italy.Start(context.Background())
	nightMust(err)
	t := nightTarget{
		DNS: running.Resolver(), IPA: running.IPAURL(), ISTAT: running.ISTATURL(), AgID: running.AgIDURL(), Root: string(running.RootPEM()),
		Ports: map[string]string{}, Others: map[string]string{},
	}
	for _, port := range []string{"443", "80"} {
		t.Ports[port] = running.Redial("127.10.1.1:" + port)
		for i := range o.Italy.Scale { // the addresses that one comune has to itself
			at := fmt.Sprintf("127.90.%d.%d:%s", i>>7, 1+i&0x7f, port)
			if to := running.Redial(at); to != t.Ports[port] {
				t.Others[at] = to
			}
		}
	}
	nightSay(t)
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		nightSay(booksOf(running.Ledger()))
		running.ClearLedger()
	}
	os.Exit(0)
}

func booksOf(l replica.Ledger) nightBooks {
	out := nightBooks{Address: map[string]int{}, SmallestGap: time.Hour}
	for host, a := range l.Hosts {
		if host == agidHost { // has a pace of its own
			continue
		}
		out.Hosts++
		out.Requests += a.Requests
		out.LongestHost = max(out.LongestHost, a.Requests)
		out.MostHost = max(out.MostHost, a.MostInFlight)
		if a.Requests > 1 {
			out.SmallestGap = min(out.SmallestGap, a.SmallestGap)
		}
		out.Violations += a.Violations
		out.Posts += a.Posts
		out.Harmful += len(a.Harmful)
	}
	for address, a := range l.Addresses {
		if strings.HasPrefix(address, "127.41.") {
			continue
		}
		out.Address[address] = a.Requests
		out.MostAddress = max(out.MostAddress, a.MostInFlight)
	}
	return out
}

// spendNight is a serve that does one night, as its schedule would have it do.
func spendNight() {
	o := orders()
	text, err := messages.For("it")
	nightMust(err)
	a := &app{
		stdout: io.Discard, stderr: os.Stderr, env: o.Env, text: text, now: func() time.Time { return time.Now().Add(o.Ahead) },
		world: world{redial: o.Target.redial, agidGap: time.Millisecond},
	}
	cfg, err := a.settings()
	nightMust(err)
	cfg.Schedule.LastLook = 0 // an hour's wait
	list, err := a.catalogue(cfg)
	nightMust(err)
	s, err := a.newService(cfg, list)
	nightMust(err)
	s.off = "bench" // the schedule; its night is done below
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx) }()
	for range 100 {
		if c, err := net.Dial("tcp", o.Listen); err == nil {
			c.Close()
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	profiled := o.profile()
	w := watchSpending(o.Profile && os.Getenv(envNightHeap) != "")
	nightMust(s.doNight(ctx, record.NightOf(a.now(), rome())))
	used := w.end()
	profiled(w)
	runs, err := s.store.Runs(ctx, "", 1)
	nightMust(err)
	if len(runs) != 1 || runs[0].Ended.IsZero() {
		nightMust(fmt.Errorf("the night has not ended: %+v", runs))
	}
	stop()
	nightMust(<-ended)
	s.close()
	nightSay(used)
	os.Exit(0)
}

// profile writes what the environment asks for, of the first night.
func (o nightOrder) profile() (stop func(*spending)) {
	cpu, heap := os.Getenv(envNightCPU), os.Getenv(envNightHeap)
	if !o.Profile || cpu == "" {
		return func(*spending) {}
	}
	f, err := os.Create(cpu)
	nightMust(err)
	nightMust(pprof.StartCPUProfile(f))
	return func(w *spending) {
		pprof.StopCPUProfile()
		nightMust(f.Close())
		if heap != "" {
			nightMust(os.WriteFile(heap, w.heap, 0o600))
		}
	}
}

// spending samples memory and goroutines, and takes CPU and bytes at both ends.
type spending struct {
	began      time.Time
	cpu        time.Duration
	system     time.Duration
	faults     int
	wire, own  int64
	watching   time.Duration // of the processor's time: not the night's
	garbage    nightGarbage  // until it began
	rss        []int
	goroutines int
	parts      nightParts // of the memory at the peak of rss
	peak       time.Time
	heaps      bool   // take profiles of the heap
	heap       []byte // one at a high moment
	heapAt     int
	stop, done chan struct{}
}

func watchSpending(heaps bool) *spending {
	runtime.GC()
	w := &spending{heaps: heaps, began: time.Now(), cpu: burnt(), stop: make(chan struct{}), done: make(chan struct{})}
	w.system, w.faults = inSystem()
	w.wire, w.garbage = int64(w.figure("/proc/self/io", "rchar:")), garbageNow()
	go func() {
		runtime.LockOSThread() // which ends with it
		before := burntHere()
		defer func() {
			w.watching = burntHere() - before
			close(w.done)
		}()
		every := time.NewTicker(50 * time.Millisecond)
		defer every.Stop()
		for {
			now := w.figure("/proc/self/status", "RssAnon:")
			if w.rss, w.goroutines = append(w.rss, now), max(w.goroutines, runtime.NumGoroutine()); now >= slices.Max(w.rss) {
				w.parts, w.peak = partsNow(), time.Now()
			}
			if w.heaps && now > w.heapAt+w.heapAt/10 {
				var b bytes.Buffer
				pprof.Lookup("heap").WriteTo(&b, 0)
				w.heap, w.heapAt = b.Bytes(), now
			}
			select {
			case <-w.stop:
				return
			case <-every.C:
			}
		}
	}()
	return w
}

func (w *spending) end() (s spent) {
	cpu := burnt() - w.cpu
	system, faults := inSystem()
	s.System, s.Faults = (system - w.system).Seconds(), faults-w.faults
	s.Wall = time.Since(w.began).Seconds()
	g := garbageNow()
	s.Garbage = nightGarbage{Collections: g.Collections - w.garbage.Collections, Allocated: g.Allocated - w.garbage.Allocated, CPU: g.CPU - w.garbage.CPU}
	close(w.stop)
	<-w.done
	s.CPU, s.Watching = (cpu - w.watching).Seconds(), w.watching.Seconds()
	s.Wire = int64(w.figure("/proc/self/io", "rchar:")) - w.wire - w.own
	slices.Sort(w.rss)
	s.RssAnon, s.Usual, s.Goroutines = w.rss[len(w.rss)-1], w.rss[len(w.rss)/2], w.goroutines
	s.HWM, s.Parts, s.Peak = w.figure("/proc/self/status", "VmHWM:"), w.parts, w.peak.Sub(w.began).Seconds()
	return s
}

// nightGarbage is what the runtime says of what was made and collected.
type nightGarbage struct {
	Collections int
	Allocated   int     // MB
	CPU         float64 // seconds, by the runtime's estimate
}

func garbageNow() (g nightGarbage) {
	samples := []metrics.Sample{{Name: "/gc/cycles/total:gc-cycles"}, {Name: "/gc/heap/allocs:bytes"}, {Name: "/cpu/classes/gc/total:cpu-seconds"}}
	metrics.Read(samples)
	return nightGarbage{int(samples[0].Value.Uint64()), int(samples[1].Value.Uint64() >> 20), samples[2].Value.Float64()}
}

// nightParts is what the runtime says memory is used for, in MB.
type nightParts struct{ Live, Goal, Objects, Unused, Free, Stacks, Other int }

func partsNow() (p nightParts) {
	samples := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"},
		{Name: "/gc/heap/goal:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/stacks:bytes"},
		{Name: "/memory/classes/metadata/other:bytes"},
	}
	metrics.Read(samples)
	for i, to := range []*int{&p.Live, &p.Goal, &p.Objects, &p.Unused, &p.Free, &p.Stacks, &p.Other} {
		*to = int(samples[i].Value.Uint64() >> 20)
	}
	return p
}

// figure is a number of a file of /proc, 0 where there is none. What it reads is
// no traffic of the night's.
func (w *spending) figure(file, name string) int {
	all, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	w.own += int64(len(all))
	_, rest, _ := bytes.Cut(append([]byte("\n"), all...), []byte("\n"+name))
	line, _, _ := strings.Cut(string(rest), "\n")
	n, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(line), " kB"))
	return n
}

// floorSelectors are what the floor looks for in each page.
var floorSelectors = []string{
	"title", "meta[name=generator]", "html[lang]", "h1", "h2, h3", "a[href]", "header a", "nav a", "footer a", "form", "input, select, textarea",
	"img[alt]", "script[src]", "link[rel=stylesheet]", "[data-element]",
}

// selectorsOf are that many: the usual ones, then a link to one place each, as a
// check would look for it.
func selectorsOf(n int) []string {
	out := floorSelectors[:min(n, len(floorSelectors))]
	for i := len(out); i < n; i++ {
		out = append(slices.Clip(out), fmt.Sprintf("a[href*='luogo-%d.example']", i))
	}
	return out
}

// pagesFile holds the pages that a floor reads: for each site its addresses.
func pagesFile(dir string) string { return filepath.Join(dir, "pages.json") }

// readFloor reads the pages of the first night with net/http and goquery, looks
// so many selectors up in each, and keeps nothing.
func readFloor(role string) {
	o := orders()
	count, err := strconv.Atoi(role)
	nightMust(err)
	text, err := os.ReadFile(pagesFile(o.Dir))
	nightMust(err)
	var sites [][]string
	nightMust(json.Unmarshal(text, &sites))
	client, selectors := &http.Client{Transport: o.Target.transport(), Timeout: time.Minute}, selectorsOf(count)
	var pages, unread, size atomic.Int64
	w := watchSpending(false)
	next := make(chan []string)
	var workers sync.WaitGroup
	for range inFlight {
		workers.Go(func() {
			for site := range next {
				for _, address := range site {
					n, err := floorPage(client, address, selectors)
					if err != nil {
						unread.Add(1)
						continue
					}
					pages.Add(1)
					size.Add(n)
				}
			}
		})
	}
	for _, site := range sites {
		next <- site
	}
	close(next)
	workers.Wait()
	s := w.end()
	s.Pages, s.Unread, s.Bytes = int(pages.Load()), int(unread.Load()), size.Load()
	nightSay(s)
	os.Exit(0)
}

func floorPage(client *http.Client, address string, selectors []string) (size int64, err error) {
	resp, err := client.Get(address)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	in := &countedBody{Reader: resp.Body}
	doc, err := goquery.NewDocumentFromReader(in)
	if err != nil {
		return 0, err
	}
	for _, selector := range selectors {
		doc.Find(selector).Length()
	}
	return in.n, nil
}

type countedBody struct {
	io.Reader
	n int64
}

func (c *countedBody) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// transport is net/http's, with the night's name server, trust and HTTP/2.
func (t nightTarget) transport() *http.Transport {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(t.Root))
	names := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, t.DNS)
	}}
	return &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			found, err := names.LookupNetIP(ctx, "ip4", host)
			if err != nil {
				return nil, err
			}
			return (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, network, t.redial(net.JoinHostPort(found[0].Unmap().String(), port)))
		},
		TLSClientConfig:   &tls.Config{RootCAs: roots, CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256}}, // as the crawler
		ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 2, IdleConnTimeout: 20 * time.Second,
	}
}

// hostOf is the host of an address, empty where it has none.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
