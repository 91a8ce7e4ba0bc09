package crawler

// What a visit may cost, how it can be called off, and the bill.

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/crawler/page"
)

// warren is a site without end: every page links to more.
func warren(visited func()) http.HandlerFunc {
	return openTo(func(rw http.ResponseWriter, r *http.Request) {
		visited()
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(rw, document("Comune di Prova", fmt.Sprintf(`<a href="/servizi%d">Servizi</a>`, time.Now().UnixNano())+strings.Repeat(filler, 20)))
	})
}

func TestEachBudgetEndsAVisit(t *testing.T) {
	var mu sync.Mutex
	var ahead time.Duration
	for _, tt := range []struct {
		name, want string
		options    func(*Options)
		most       int           // pages
		each       time.Duration // that a page takes by the clock
	}{
		{"pages", exhaustedPages, func(o *Options) { o.PagesPerSite = 4 }, 4, 0},
		{"bytes", exhaustedBytes, func(o *Options) { o.PageLimit = 6_000 }, 14, 0},
		{"time", exhaustedTime, func(o *Options) { o.SiteBudget = 10 * time.Minute }, 12, 50 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.put(site, warren(func() {
				mu.Lock()
				defer mu.Unlock()
				ahead += tt.each
			}))
			services := about("servizi")
			services.MaxHops = 100
			v := w.visit(root, &watcher{wants: []page.Interest{services}}, tt.options, func(o *Options) {
				o.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return time.Now().Add(ahead) }
			})
			if v.Exhausted != tt.want || v.PagesRead() < 2 || v.PagesRead() > tt.most {
				t.Errorf("exhausted %q after %d pages, want %q after %d at most", v.Exhausted, v.PagesRead(), tt.want, tt.most)
			}
		})
	}
}

// showing tells when a page was shown.
type showing struct {
	Watcher
	then func()
}

func (s showing) See(p *page.Page) ([]page.Interest, bool) {
	defer s.then()
	return s.Watcher.See(p)
}

func TestEveryWaitCanBeCancelled(t *testing.T) {
	good := pages(map[string]string{"/": content("")})
	block := func(on string) http.HandlerFunc {
		return func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path == on {
				<-r.Context().Done()
				return
			}
			good(rw, r)
		}
	}
	direct := "https://" + site + ":8443/"
	for _, tt := range []struct {
		name, url string
		put       func(*testing.T, *world)
		options   func(*Options)
		before    func(context.Context, *Crawler) // beside the visit
		read      bool                            // the home page was
	}{
		{name: "for a name server", put: func(t *testing.T, w *world) { w.host(site, &host{dns: dnsSilent}) }},
		{name: "for a connection", url: direct, put: func(t *testing.T, w *world) { w.host(site, &host{listener: full(t)}) }},
		{name: "for a handshake", url: direct, put: func(t *testing.T, w *world) {
			w.host(site, &host{listener: raw(t, func(c net.Conn) { c.Read(make([]byte, 1<<20)); c.Read(make([]byte, 1)) })})
		}},
		{name: "for robots.txt", put: func(t *testing.T, w *world) { w.put(site, block("/robots.txt")) }},
		{name: "for the robots.txt that another visit asks for", put: func(t *testing.T, w *world) { w.put(site, block("/robots.txt")) }, before: func(ctx context.Context, c *Crawler) {
			c.Visit(ctx, Target{URL: root}, &watcher{})
		}},
		{name: "for a turn to be parsed", put: func(t *testing.T, w *world) { w.put(site, good) }, before: func(_ context.Context, c *Crawler) {
			for range cap(c.parsers) {
				c.parsers <- struct{}{}
			}
		}},
		{name: "for an answer", put: func(t *testing.T, w *world) { w.put(site, block("/")) }},
		{name: "for the end of a body", put: func(t *testing.T, w *world) { w.put(site, trickle) }},
		{name: "for the gap", put: func(t *testing.T, w *world) { w.put(site, good) }, options: func(o *Options) { o.PerHostDelay = time.Hour; o.SiteBudget = time.Hour }},
		{name: "for the end of a Retry-After", put: func(t *testing.T, w *world) { w.put(site, status(429, "Retry-After", "15")) }},
		{name: "for a second page", read: true, put: func(t *testing.T, w *world) { w.put(site, block("/privacy")) }},
		{name: "for a sitemap", read: true, put: func(t *testing.T, w *world) {
			w.put(site, openTo(func(rw http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/sitemap.xml" {
					<-r.Context().Done()
					return
				}
				pages(home(""))(rw, r)
			}))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.put(t, w)
			c := w.crawler(func(o *Options) {
				if tt.options != nil {
					tt.options(o)
				}
			})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var beside sync.WaitGroup
			if tt.before != nil {
				other, stop := context.WithCancel(t.Context())
				beside.Go(func() { tt.before(other, c) })
				defer func() { stop(); beside.Wait() }()
				time.Sleep(20 * time.Millisecond)
			}
			var cancelled time.Time
			end := func() { time.AfterFunc(60*time.Millisecond, func() { cancelled = time.Now(); cancel() }) }
			if !tt.read {
				end()
			}
			url := tt.url
			if url == "" {
				url = root
			}
			shown := showing{Watcher: &watcher{wants: []page.Interest{about("privacy")}}, then: func() {
				if tt.read {
					end() // only now does the wait begin that is meant
				}
			}}
			v, err := c.Visit(ctx, Target{URL: url}, shown)
			took := time.Since(cancelled)
			t.Logf("returned %s after the end of its context", took.Round(time.Microsecond))
			if err == nil || took > 3*time.Second { // every wait is longer; the bar of a second is for a machine of one's own
				t.Errorf("error %v, %s after the end of its context", err, took)
			}
			want := page.ReachOurFault
			if tt.read {
				want = page.ReachOK
			}
			if v.Reach != want || reading(v, page.Home) != page.Unread && !tt.read {
				t.Errorf("reach %s, want %s; the home page is %s", v.Reach, want, reading(v, page.Home))
			}
		})
	}
}

func TestAVisitCarriesWhatItCost(t *testing.T) {
	w := newWorld(t)
	serve := pages(with(home(`<a href="/privacy">Privacy</a><a href="/z">Privacy ancora</a>`), "/privacy", document("Privacy", "Informativa")))
	w.put(site, func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Add("X-Robots-Tag", "noindex")
		rw.Header().Add("X-Robots-Tag", "vigile: nofollow")
		if r.URL.Path == "/z" {
			http.Redirect(rw, r, "/privacy", http.StatusFound)
			return
		}
		serve(rw, r)
	})
	const gap = 500 * time.Millisecond // reading a page counts towards it, and a busy machine reads slowly
	v := w.visit(root, &watcher{wants: []page.Interest{about("privacy")}}, func(o *Options) { o.PerHostDelay = gap })
	var got []string
	for i, f := range v.Fetches {
		got = append(got, fmt.Sprintf("%s %s %d repeat=%v", f.Kind, strings.TrimPrefix(f.URL, root), f.Status, f.Repeat))
		if f.Took <= 0 || f.Status == 200 && f.Kind == page.FetchPage && f.Size < len(filler) {
			t.Errorf("%s took %s for %d bytes", f.URL, f.Took, f.Size)
		}
		if i > 0 && f.Waited < gap/10 {
			t.Errorf("%s waited %s", f.URL, f.Waited)
		}
		if f.Kind == page.FetchPage && !f.Repeat && f.RobotsTag != "noindex, vigile: nofollow" {
			t.Errorf("%s: X-Robots-Tag %q", f.URL, f.RobotsTag)
		}
	}
	want := []string{"robots /robots.txt 404 repeat=false", "page / 200 repeat=false", "page /privacy 200 repeat=false", "page /z 0 repeat=true"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if v.PagesRead() != 2 {
		t.Errorf("%d pages read of 2 that there are", v.PagesRead())
	}
}

// crowded counts how many pages are being shown at once.
type crowded struct {
	Watcher
	now, most *atomic.Int32
}

func (c crowded) See(p *page.Page) ([]page.Interest, bool) {
	n := c.now.Add(1)
	defer c.now.Add(-1)
	for most := c.most.Load(); n > most && !c.most.CompareAndSwap(most, n); most = c.most.Load() {
	}
	for range 100 {
		runtime.Gosched() // others may come in meanwhile
	}
	return c.Watcher.See(p)
}

func TestNoPageIsShownWhileItIsToBeQuiet(t *testing.T) {
	w := newWorld(t)
	const sites = 12
	for n := range sites {
		w.put(fmt.Sprintf("www.comune.prova%d.example.it", n), pages(with(home(`<a href="/servizi">Servizi</a>`), "/servizi", content(""))))
	}
	var c *Crawler
	var now, most, asked, quiet atomic.Int32
	c = w.crawler(func(o *Options) {
		o.Housekeeping = func() {
			asked.Add(1)
			c.Quiet(func() {
				quiet.Add(1)
				for range 20 {
					if runtime.Gosched(); now.Load() > 0 {
						t.Error("a page is shown")
					}
				}
			})
		}
	})
	var visits sync.WaitGroup
	for n := range sites {
		visits.Go(func() {
			see := crowded{Watcher: &watcher{wants: []page.Interest{about("servizi")}}, now: &now, most: &most}
			v, err := c.Visit(t.Context(), Target{URL: fmt.Sprintf("https://www.comune.prova%d.example.it/", n)}, see)
			if err != nil || v.PagesRead() != 2 {
				t.Errorf("%d pages, %v: %s %s", v.PagesRead(), err, v.Reach, v.Detail)
			}
		})
	}
	visits.Wait()
	if asked.Load() < 2*sites || quiet.Load() != asked.Load() {
		t.Errorf("told of %d requests, quiet %d times", asked.Load(), quiet.Load())
	}
}

func TestNoMorePagesAreAtHandThanThereAreProcessors(t *testing.T) {
	w := newWorld(t)
	const sites = 24
	for n := range sites {
		w.put(fmt.Sprintf("www.comune.prova%d.example.it", n), pages(with(home(`<a href="/servizi">Servizi</a>`+strings.Repeat(filler, 20)), "/servizi", content(""))))
	}
	c := w.crawler()
	var now, most atomic.Int32
	var visits sync.WaitGroup
	for n := range sites {
		visits.Go(func() {
			see := crowded{Watcher: &watcher{wants: []page.Interest{about("servizi")}}, now: &now, most: &most}
			v, err := c.Visit(t.Context(), Target{URL: fmt.Sprintf("https://www.comune.prova%d.example.it/", n)}, see)
			if err != nil || v.PagesRead() != 2 {
				t.Errorf("%d pages, %v: %s %s", v.PagesRead(), err, v.Reach, v.Detail)
			}
		})
	}
	visits.Wait()
	if most.Load() < 1 || int(most.Load()) > cap(c.parsers) {
		t.Errorf("%d pages were shown at once, %d may be", most.Load(), cap(c.parsers))
	}
	if len(c.parsers) > 0 {
		t.Errorf("%d turns were never given back", len(c.parsers))
	}
}
