//go:build unix

package crawler_test

// The ways of reading the sites that are held against each other, and what is
// measured of a process that takes one.

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/gocolly/colly/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/vigile-it/vigile/crawler"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/netguard"
)

// A variant reads the pages of that many sites and tells how many pages it read
// and how many bytes they had.
type variant struct {
	name, title string
	read        func(s server, sites int) (pages int, size int64)
}

var variants = []variant{
	{"discard", "net/http, body discarded", discard},
	{floor, "net/http + goquery + 15 selectors (the floor)", parse},
	{"colly", "colly as its README writes it (async, one `*` rule)", gather},
	{"vigile", "**the crawler**", visit},
}

// selectors are what the floor looks for in each page.
var selectors = []string{
	"title", "meta[name=generator]", "html[lang]", "h1", "h2, h3", "a[href]", "header a", "nav a", "footer a", "form", "input, select, textarea",
	"img[alt]", "script[src]", "link[rel=stylesheet]", "[data-element]",
}

// idle is how long an unused connection is kept, by all variants: no site waits
// longer than that between two of its pages.
const idle = 2 * time.Second

// play reads the sites one way, says what that cost, and ends the process.
func play(role string) {
	i := slices.IndexFunc(variants, func(v variant) bool { return v.name == role })
	if i < 0 {
		must(fmt.Errorf("no variant is called %q", role))
	}
	sites, err := strconv.Atoi(os.Getenv(envCount))
	must(err)
	var s server
	must(json.Unmarshal([]byte(os.Getenv(envTarget)), &s))
	stop := profile()
	watch := newWatch()
	m := measure{}
	m.Pages, m.Bytes = variants[i].read(s, sites)
	watch.end(&m)
	stop()
	// colly alone may read more: two of its goroutines that find a link at once
	// both visit it.
	if m.Pages < sites*pagesPerSite || m.Pages > sites*pagesPerSite && role != "colly" || m.Bytes < int64(m.Pages)*pageSize*9/10 {
		must(fmt.Errorf("%d pages of %d bytes were read, want %d pages", m.Pages, m.Bytes, sites*pagesPerSite))
	}
	say(m)
	os.Exit(0)
}

// profile writes what the environment asks for.
func profile() (stop func()) {
	var cpu *os.File
	if name := os.Getenv(envCPU); name != "" {
		var err error
		cpu, err = os.Create(name)
		must(err)
		must(pprof.StartCPUProfile(cpu))
	}
	return func() {
		if cpu != nil {
			pprof.StopCPUProfile()
			must(cpu.Close())
		}
		if name := os.Getenv(envHeap); name != "" {
			f, err := os.Create(name)
			must(err)
			must(pprof.Lookup("allocs").WriteTo(f, 0))
			must(f.Close())
		}
	}
}

// watch samples memory and goroutines, and takes the CPU at both ends.
type watch struct {
	began      time.Time
	cpu        float64
	rss        []int // each sample
	goroutines int
	stop, done chan struct{}
}

func newWatch() *watch {
	runtime.GC()
	w := &watch{began: time.Now(), cpu: cpuSeconds(), stop: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(w.done)
		every := time.NewTicker(20 * time.Millisecond)
		defer every.Stop()
		for {
			w.rss, w.goroutines = append(w.rss, status("RssAnon:")), max(w.goroutines, runtime.NumGoroutine())
			select {
			case <-w.stop:
				return
			case <-every.C:
			}
		}
	}()
	return w
}

func (w *watch) end(m *measure) {
	m.CPU, m.Wall = cpuSeconds()-w.cpu, time.Since(w.began).Seconds()
	close(w.stop)
	<-w.done
	slices.Sort(w.rss)
	m.RssAnon, m.Usual = w.rss[len(w.rss)-1], w.rss[len(w.rss)/2]
	m.HWM, m.Goroutines = status("VmHWM:"), w.goroutines
}

// cpuSeconds is what this process alone has used, in user and system mode.
func cpuSeconds() float64 {
	var u syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// status is a figure of /proc/self/status in kB, 0 where there is none.
func status(name string) int {
	all, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, found := bytes.Cut(all, []byte("\n"+name))
	if !found {
		return 0
	}
	line, _, _ := strings.Cut(string(rest), "kB")
	kb, _ := strconv.Atoi(strings.TrimSpace(line))
	return kb
}

// transport is net/http's, set like vigile's where that costs anything: HTTP/2,
// the same name server, the same trust, the same life of idle connections.
func transport(s server) *http.Transport {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(s.Root)) {
		must(fmt.Errorf("no root"))
	}
	names := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, s.DNS)
	}}
	return &http.Transport{
		DialContext:     (&net.Dialer{Resolver: names, Timeout: 10 * time.Second}).DialContext,
		TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: 2, IdleConnTimeout: idle,
	}
}

// each has every site read by one of the workers.
func each(sites int, read func(n int)) {
	next := make(chan int)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for n := range next {
				read(n)
			}
		})
	}
	for n := range sites {
		next <- n
	}
	close(next)
	workers.Wait()
}

// fetchAll reads all pages with net/http and gives each body to use.
func fetchAll(s server, sites int, use func(io.Reader) int64) (int, int64) {
	client := &http.Client{Transport: transport(s)}
	var pages, size atomic.Int64
	each(sites, func(n int) {
		for i := range pagesPerSite {
			resp, err := client.Get(s.site(n) + path(i))
			must(err)
			size.Add(use(resp.Body))
			must(resp.Body.Close())
			pages.Add(1)
		}
	})
	return int(pages.Load()), size.Load()
}

func discard(s server, sites int) (int, int64) {
	return fetchAll(s, sites, func(body io.Reader) int64 {
		n, err := io.Copy(io.Discard, body)
		must(err)
		return n
	})
}

// counted counts what is read through it.
type counted struct {
	io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

func parse(s server, sites int) (int, int64) {
	return fetchAll(s, sites, func(body io.Reader) int64 {
		in := &counted{Reader: body}
		doc, err := goquery.NewDocumentFromReader(in)
		must(err)
		found := 0
		for _, selector := range selectors {
			found += doc.Find(selector).Length()
		}
		if found < 100 {
			must(fmt.Errorf("%d elements were found", found))
		}
		return in.n
	})
}

// gather is colly's own way: one collector for everything, asynchronous, a rule
// for all hosts, links visited from OnHTML.
func gather(s server, sites int) (int, int64) {
	var pages, size, found atomic.Int64
	c := colly.NewCollector(colly.Async(true))
	c.WithTransport(transport(s))
	must(c.Limit(&colly.LimitRule{DomainGlob: "*", Parallelism: atOnce}))
	c.OnResponse(func(r *colly.Response) {
		pages.Add(1)
		size.Add(int64(len(r.Body)))
	})
	for _, selector := range selectors {
		c.OnHTML(selector, func(*colly.HTMLElement) { found.Add(1) })
	}
	c.OnHTML(`nav a[href]`, func(e *colly.HTMLElement) { e.Request.Visit(e.Attr("href")) })
	c.OnError(func(_ *colly.Response, err error) { must(err) })
	for n := range sites {
		must(c.Visit(s.site(n) + path(0)))
	}
	c.Wait()
	return int(pages.Load()), size.Load()
}

// follower wants the ten pages of a site and nothing else.
type follower struct {
	wanted []page.Interest
	pages  int
	size   int64
}

func (f *follower) See(p *page.Page) ([]page.Interest, bool) {
	f.pages++
	f.size += int64(p.Size)
	return f.wanted, f.pages == pagesPerSite
}

func visit(s server, sites int) (int, int64) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(s.Root))
	guard, err := netguard.New(netguard.Options{Resolver: s.DNS, Roots: roots, AllowPrivate: true, ExtraPorts: []int{s.Port}, IdleTimeout: idle})
	must(err)
	defer guard.Close()
	c, err := crawler.New(crawler.Options{
		Transport: guard, UserAgent: "vigile/0 (+https://vigile.example)", PerAddressInFlight: atOnce, ObeyRobots: true,
		Registerer: prometheus.NewRegistry(),
	})
	must(err)
	sections := page.Interest{ID: "sections", MaxHops: 1, Match: func(l page.Link) int {
		if strings.Contains(l.URL, "/sezione-") {
			return 1
		}
		return 0
	}}
	var pages, size atomic.Int64
	each(sites, func(n int) {
		f := &follower{wanted: []page.Interest{sections}}
		v, err := c.Visit(context.Background(), crawler.Target{URL: s.site(n) + path(0), Explicit: true}, f)
		must(err)
		if v.Reach != page.ReachOK {
			must(fmt.Errorf("%s: %s (%s)", v.Site, v.Reach, v.Detail))
		}
		pages.Add(int64(f.pages))
		size.Add(f.size)
	})
	return int(pages.Load()), size.Load()
}
