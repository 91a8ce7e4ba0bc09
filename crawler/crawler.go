// Package crawler looks at one site politely and says how it is: which pages it
// has for those who ask, and, where it cannot be looked at, why not. It knows
// nothing of compliance. It is the only importer of colly.
//
// One worker takes one site from start to end with one fresh synchronous colly
// collector over a shared, guarded transport; politeness, robots.txt (RFC 9309),
// bounds and the order of pages are this package's own.
package crawler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/netguard"
)

// A Watcher is shown each page that was read and says what is wanted from then
// on: the interests still open, in full, in place of those before; and whether
// it has seen enough. It is called from one goroutine, and the page, without its
// tree, is its only until it returns. A page that is a challenge, a placeholder, a notice or a
// shell is never shown.
type Watcher interface {
	See(*page.Page) (wanted []page.Interest, settled bool)
}

// An Awaiter is a Watcher that has asked somebody else something, on whose answer hangs
// what it wants.
type Awaiter interface {
	Watcher
	// Await is called before an address, or a sitemap, is fetched on account of some
	// interests. Where they hang on nothing but an answer that is still to come it waits
	// for that, and heard tells that it has: what is wanted is then as See would say. The
	// wait takes nothing from the time of the visit.
	Await(ids []string) (wanted []page.Interest, settled, heard bool)
}

// Target is the site to look at.
type Target struct {
	URL      string // absolute, http or https
	Explicit bool   // a port was given: that scheme, host and port alone are tried
	Cache    Cache  // what an earlier visit kept; nil: nothing, and pages are not made to be known again
	Trail    Trail  // how the visit before went; nil: nobody knows, or wants to. Of no use without a Cache

	Plain    page.Plain // what an earlier visit found of plain http; the visit keeps it unless it asks
	Brisk    bool       // wait for the first answer but briefly; see page.Visit.Hurried
	AskPlain bool       // ask what plain http does, where the site was entered over https
}

// Options are what a Crawler is made of. Transport and UserAgent are required;
// a zero number takes the default named.
type Options struct {
	Transport          *netguard.Guard
	UserAgent          string        // sent with every request: who, and where to complain
	Product            string        // product token looked for in robots.txt; empty: what stands before "/" in UserAgent
	PerHostDelay       time.Duration // between the end of a request and the next to the same host; may be 0; a Crawl-delay lengthens it to 10 s at most
	PerAddressInFlight int           // requests at once to one IP address, whatever the hosts; default 4
	PagesPerSite       int           // HTML documents of one visit; default 25
	SiteBudget         time.Duration // time of one visit, waits for politeness apart; default 3 minutes
	PageLimit          int64         // bytes of one page after decompression; default 5 MB
	ObeyRobots         bool
	Now                func() time.Time      // nil: time.Now
	Logger             *slog.Logger          // nil: silent
	Registerer         prometheus.Registerer // nil: no metrics
	Housekeeping       func()                // nil, or called as a visit begins and before each request, by a visit that has no page at hand
}

// The defaults of Options.
const (
	defaultPerAddress = 4
	defaultPages      = 25
	defaultBudget     = 3 * time.Minute
	defaultPageLimit  = 5_000_000
)

// Bounds that follow from the options.
const (
	triesPerPage  = 2  // fetches for each page of the budget, failures included
	bytesPerLimit = 10 // bytes of a visit, in page limits
	waitPerBudget = 10 // waits for politeness, in site budgets
)

// transport is what the crawler needs of a netguard.Guard.
type transport interface {
	RoundTripper() http.RoundTripper
	WithConnections(context.Context) (_ context.Context, end func())
	Addresses(ctx context.Context, host string) ([]netip.Addr, error)
}

// A Crawler looks at sites, any number at once. It owns no goroutine and no
// connection: those are the Guard's.
type Crawler struct {
	guard        transport
	round        http.RoundTripper
	pacer        *pacer
	policies     *policies
	classes      *classes
	metrics      *metrics
	room         rooms         // for bodies on their way in
	parsers      chan struct{} // holds one for each page being parsed and shown
	quiet        sync.RWMutex  // held for reading by each of those
	housekeeping func()
	now          func() time.Time
	log          *slog.Logger
	userAgent    string
	product      string
	perHostDelay time.Duration
	pages        int
	budget       time.Duration
	pageLimit    int64
	obeyRobots   bool

	plainPatience time.Duration
	briskPatience time.Duration
}

// New makes a Crawler. It fails where Transport or UserAgent is missing, a
// number is negative, the built-in rules are broken, or a metric cannot be
// registered.
func New(o Options) (*Crawler, error) {
	if o.Transport == nil || strings.TrimSpace(o.UserAgent) == "" {
		return nil, errors.New("crawler: a transport and a user agent are needed")
	}
	if o.PerHostDelay < 0 || o.PerAddressInFlight < 0 || o.PagesPerSite < 0 || o.SiteBudget < 0 || o.PageLimit < 0 {
		return nil, errors.New("crawler: an option is negative")
	}
	rules, err := loadClasses()
	if err != nil {
		return nil, fmt.Errorf("crawler: %w", err)
	}
	m, err := newMetrics(o.Registerer)
	if err != nil {
		return nil, fmt.Errorf("crawler: %w", err)
	}
	c := &Crawler{
		guard: o.Transport, round: o.Transport.RoundTripper(), policies: newPolicies(), classes: rules, metrics: m, now: o.Now,
		log: o.Logger, userAgent: o.UserAgent, product: o.Product, perHostDelay: o.PerHostDelay, pages: or(o.PagesPerSite, defaultPages),
		budget: or(o.SiteBudget, defaultBudget), pageLimit: or(o.PageLimit, defaultPageLimit), obeyRobots: o.ObeyRobots,
		parsers: make(chan struct{}, runtime.GOMAXPROCS(0)), plainPatience: plainPatience, briskPatience: briskPatience,
		housekeeping: o.Housekeeping, room: newRooms(),
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.housekeeping == nil {
		c.housekeeping = func() {}
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.product == "" {
		c.product, _, _ = strings.Cut(strings.TrimSpace(o.UserAgent), "/")
	}
	c.pacer = newPacer(o.PerHostDelay, or(o.PerAddressInFlight, defaultPerAddress), c.now)
	return c, nil
}

func or[T int | int64 | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// Visit looks at one site and shows its pages to the watcher. The error is the
// context's and no other: it is returned within a second of the context's end,
// with what was seen until then. Every other trouble is in Visit.Reach; unless
// that is ok, the watcher was shown nothing.
func (c *Crawler) Visit(ctx context.Context, t Target, w Watcher) (page.Visit, error) {
	s := &session{crawler: c, watcher: w, cache: t.Cache, brisk: t.Brisk}
	s.visit = page.Visit{Site: page.Clean(t.URL, page.MaxHref), Started: c.now().UTC(), Plain: t.Plain}
	c.metrics.inFlight.Inc()
	defer c.metrics.inFlight.Dec()
	c.housekeeping()
	own, end := c.guard.WithConnections(ctx)
	defer end()
	s.run(own, t)
	s.visit.Took = c.now().Sub(s.visit.Started)
	c.metrics.sites.WithLabelValues(string(s.visit.Reach)).Inc()
	c.log.DebugContext(ctx, "visited", "site", s.visit.Site, "reach", s.visit.Reach, "requests", len(s.visit.Fetches), "took", s.visit.Took)
	if err := ctx.Err(); err != nil {
		return s.visit, fmt.Errorf("visiting %s: %w", s.visit.Site, err)
	}
	return s.visit, nil
}

// entrance is the parsed address of a target, nil with a Reach where it has none.
func entrance(raw string) (*url.URL, page.Reach) {
	if strings.TrimSpace(raw) == "" {
		return nil, page.ReachNoURL
	}
	canonical, ok := page.Canonical(nil, raw)
	if !ok {
		return nil, page.ReachBadURL
	}
	u, err := url.Parse(canonical)
	if err != nil || u.Hostname() == "" || strings.Contains(u.Hostname(), "..") {
		return nil, page.ReachBadURL
	}
	return u, ""
}

// survive turns a panic into a line for the operator: it costs one page, never
// the process.
func (c *Crawler) survive(doing string, broke func(detail string)) {
	v := recover()
	if v == nil {
		return
	}
	c.metrics.panics.Inc()
	c.log.Error("panic while "+doing, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
	broke("panic while " + doing + ": " + page.Clean(fmt.Sprint(v), 200))
}
