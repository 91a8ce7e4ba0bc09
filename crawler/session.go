package crawler

// The state of one visit, and its course: the entrance, the home page, then
// page after page as long as somebody wants one.

import (
	"context"
	"net/url"
	"time"

	"github.com/gocolly/colly/v2"

	"github.com/vigile-it/vigile/crawler/page"
)

// What ended a visit before everything wanted was read.
const (
	exhaustedPages = "pages"
	exhaustedTime  = "time"
	exhaustedBytes = "bytes"
)

// session is one visit. It belongs to one goroutine.
type session struct {
	crawler   *Crawler
	watcher   Watcher
	cache     Cache // nil: nothing is kept
	visit     page.Visit
	collector *colly.Collector
	answer    *colly.Response // of the request under way
	scope     *scope
	frontier  *frontier
	scripts   map[string]script     // by URL
	frames    map[string]*page.Page // by key, nil where it could not be read
	wanted    []page.Interest
	homeWhole bool
	pages     int // HTML documents read
	tries     int // fetches of pages
	retries   int
	bytes     int64
	waited    time.Duration
	awaited   time.Duration // for what the watcher had asked others
	sitemaps  bool          // they were asked for
	brisk     bool          // answers are waited for but briefly: none has come yet
	holds     bool          // a turn to have a page at hand; see hold
	ahead     ahead
	trace     page.Trace // of this visit
	missing   int        // pages of the trace that are gone
	lost      bool       // it could not be gone again
}

// run is the visit. Whatever happens it ends with a Reach.
func (s *session) run(ctx context.Context, t Target) {
	defer s.crawler.survive("visiting "+s.visit.Site, func(what string) {
		s.visit.Reach, s.visit.Detail = page.ReachOurFault, what
	})
	s.begin()
	u, trouble := entrance(t.URL)
	if trouble != "" {
		s.visit.Reach = trouble
		s.visit.Inquiries = s.inquiries(false)
		return
	}
	s.collector = s.newCollector()
	defer s.letGo()
	if s.retraced(ctx, t, u) {
		return
	}
	left := false
	if home := s.enter(ctx, u, t.Explicit); home != nil {
		s.pages++
		left = s.read(ctx, home)
		s.askPlain(ctx, t, page.PlainPage{})
	}
	s.visit.Inquiries = s.inquiries(left)
	s.visit.Fetches = append(s.visit.Fetches, s.ahead.left()...)
	s.keepTrace(ctx, t)
}

// begin makes what a visit remembers of its site.
func (s *session) begin() {
	s.scope, s.scripts, s.frames = &scope{}, map[string]script{}, map[string]*page.Page{}
	s.frontier = newFrontier(s.scope, func(what string, v any) {
		s.crawler.metrics.panics.Inc()
		s.crawler.log.Error("panic while "+what, "panic", v, "site", s.visit.Site)
	})
}

// read shows the home page and then, page after page, the best of what is
// wanted. It tells whether something wanted was left over.
func (s *session) read(ctx context.Context, home *arrival) (left bool) {
	s.homeWhole = s.show(ctx, home)
	s.mark(home, s.homeWhole)
	s.frontier.settle(outcome{reach: page.ReachOK, whole: s.homeWhole, final: home.base(), home: true}, home.passed()...)
	for ctx.Err() == nil && !s.visit.Settled {
		s.letGo() // of a page that was not shown
		next := s.frontier.next(s.wanted)
		if next == nil {
			if s.await(idsOf(s.wanted)) || s.askSitemaps(ctx) {
				continue
			}
			return false
		}
		if s.await(next.ids) {
			continue
		}
		if s.visit.Exhausted = s.exhausted(); s.visit.Exhausted != "" {
			return true
		}
		if !s.follow(ctx, next) && s.left() == 0 {
			s.visit.Exhausted = exhaustedTime
			return true
		}
	}
	return ctx.Err() != nil
}

// await has the watcher wait for what may make reading on for such interests
// needless, and tells whether what is wanted is another since.
func (s *session) await(ids []string) (heard bool) {
	w, ok := s.watcher.(Awaiter)
	if !ok {
		return false
	}
	defer s.crawler.survive("waiting for an answer", func(string) { heard = false })
	began := s.crawler.now()
	defer func() { s.awaited += s.crawler.now().Sub(began) }()
	apart(func() {
		wanted, settled, answered := w.Await(ids)
		if heard = answered; heard {
			s.frontier.ask(wanted)
			s.wanted, s.visit.Settled = wanted, settled
		}
	})
	return heard
}

func idsOf(is []page.Interest) []string {
	out := make([]string, len(is))
	for n, i := range is {
		out[n] = i.ID
	}
	return out
}

// left is what remains of the time of this visit: politeness is our wait, not
// the site's slowness, and counts apart, as does what others take to answer.
func (s *session) left() time.Duration {
	spent := s.crawler.now().Sub(s.visit.Started) - s.waited - s.awaited
	if s.waited > waitPerBudget*s.crawler.budget {
		return 0
	}
	return max(0, s.crawler.budget-spent)
}

// allowance is what one request may still take.
func (s *session) allowance() allowance {
	a := allowance{time: s.left(), wait: max(0, waitPerBudget*s.crawler.budget-s.waited)}
	if s.brisk {
		a.answer = s.crawler.briskPatience
	}
	return a
}

// exhausted names the budget that is used up, or "".
func (s *session) exhausted() string {
	switch {
	case s.pages >= s.crawler.pages, s.tries >= triesPerPage*s.crawler.pages:
		return exhaustedPages
	case s.left() == 0:
		return exhaustedTime
	case s.bytes >= bytesPerLimit*s.crawler.pageLimit:
		return exhaustedBytes
	}
	return ""
}

// follow fetches one address of the frontier and shows what came; false where
// that is nothing.
func (s *session) follow(ctx context.Context, c *choice) (shown bool) {
	s.tries++
	s.frontier.tried(c.ids)
	got := s.arrive(ctx, order{
		url: s.schemed(c.rare.u), kind: page.FetchPage, limit: s.crawler.pageLimit, depth: int(c.depth), ids: c.ids, vet: s.onlyWhereWanted(c),
	})
	if ctx.Err() != nil {
		return false
	}
	if !c.own || got.page != nil && !s.owns(got.base()) {
		s.frontier.wentAway(c.ids)
	}
	o := outcome{reach: got.reach, final: got.base(), void: got.void, depth: int(c.depth)}
	switch {
	case got.known != nil && got.known.home:
		o.void = true
		s.frontier.settle(o, c.url)
	case got.known != nil:
		s.frontier.settle(*got.known, c.url)
	case got.page == nil:
		s.frontier.settle(o, got.passed()...)
	default:
		s.pages++
		o.whole = s.show(ctx, got)
		s.mark(got, o.whole)
		s.frontier.settle(o, got.passed()...)
		return true
	}
	s.mark(got, false)
	return false
}

// owns tells whether an address is on the site's own hosts.
func (s *session) owns(address string) bool {
	u, err := url.Parse(address)
	return err == nil && s.scope.contains(u)
}

// schemed is an address of the home page's host under the scheme by which that
// was reached: pages name the other one out of habit.
func (s *session) schemed(u *url.URL) string {
	final, err := url.Parse(s.visit.FinalURL)
	if err != nil || u.Port() != "" || final.Port() != "" || siteHost(u) != siteHost(final) {
		return u.String()
	}
	same := *u
	same.Scheme = final.Scheme
	return same.String()
}

// onlyWhereWanted keeps the redirects of a choice to the site, unless an
// interest it serves may leave it, and from documents that were read already.
func (s *session) onlyWhereWanted(c *choice) func(*url.URL) error {
	mayLeave := s.frontier.mayLeave(c.ids)
	return func(to *url.URL) error {
		if o, known := s.frontier.outcome(to); known && (o.whole || o.home) {
			return &alreadyRead{outcome: o, to: tidy(to)}
		}
		if !mayLeave && !s.scope.contains(to) {
			return &refusal{reach: page.ReachOffsite, why: "the redirect leaves the site", final: withoutQuery(to)}
		}
		return nil
	}
}

// alreadyRead ends a fetch whose redirect leads to a document read before.
type alreadyRead struct {
	outcome outcome
	to      string
}

func (a *alreadyRead) Error() string {
	if a.outcome.home {
		return "redirected to the home page"
	}
	return "redirected to a page read before"
}
