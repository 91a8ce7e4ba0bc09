package crawler

// One fetch through colly: a request with its redirects, ending in a body or in
// a reason why there is none.

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gocolly/colly/v2"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/netguard"
)

// result is what came of one fetch.
type result struct {
	url, final string // canonical
	status     int
	header     http.Header
	body       []byte        // gone once it was parsed; see spend
	room       *bytes.Buffer // it lies in
	size       int           // of it
	truncated  bool
	partly     bool // the body was cut by an error
	hops       []page.Hop
	reach      page.Reach // ok, or why nothing was read
	detail     string
	address    string
	tls        *page.TLS
	pause      time.Duration // for which the server asks to be left alone
	busy       bool          // it does
	media      string        // of a body that was not read
	took       time.Duration
	waited     time.Duration
	sent       bool
	ours       bool     // our own name server failed: no other try would fare better
	known      *outcome // a redirect led to a document read before
	hurried    bool     // its answer was not waited for as long as usual
	away       bool     // a redirect led off the site, and was not followed
	astray     bool     // a redirect led elsewhere than the time before, and was not followed
	copy       *Copy    // what is kept of the document that was asked for; nil: nothing
	unchanged  bool     // it stands for the document
	spent      bool     // its body is gone, although nothing was made of it
	origin     page.Source
}

// order says what to fetch.
type order struct {
	url   string
	kind  string // page.FetchPage, …
	limit int64
	home  bool                 // a 403 stands for the site
	depth int                  // clicks from the home page
	ids   []string             // of the interests it is fetched for
	vet   func(*url.URL) error // asked before each redirect
	anew  bool                 // whatever is kept of it
	known page.Source          // of a script that was read before
}

// newCollector makes the visit's collector: synchronous, without robots, limits,
// or memory of its own, and without the settings that colly would take from the
// environment.
func (s *session) newCollector() *colly.Collector {
	c := new(colly.Collector)
	c.Init()
	c.UserAgent = s.crawler.userAgent
	c.IgnoreRobotsTxt = true // colly's reading of robots.txt is not RFC 9309
	c.AllowURLRevisit = true // the frontier knows what was visited
	c.ParseHTTPErrorResponse = true
	c.MaxBodySize = 0      // bounded by the guard, which says when it cut
	c.SetRequestTimeout(0) // ours leaves politeness out
	c.WithTransport(gate{s})
	c.SetCookieJar(newJar())
	c.SetRedirectHandler(redirected)
	c.OnResponse(func(r *colly.Response) { s.answer = r })
	return c
}

// accepts are the Accept headers by kind of fetch.
var accepts = map[string]string{
	page.FetchPage:   "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5",
	page.FetchScript: "text/javascript,application/javascript,text/html;q=0.9,*/*;q=0.5",
}

// fetch makes one request with its redirects and books it. A server that asks
// for patience is asked once more after it.
func (s *session) fetch(ctx context.Context, o order) *result {
	r := s.request(ctx, o)
	if s.worthAnotherTry(ctx, r) {
		s.visit.Fetches = append(s.visit.Fetches, r.log(o))
		s.lost = true
		r = s.request(ctx, o)
	}
	return r
}

func (s *session) request(ctx context.Context, o order) *result {
	s.letGo()
	s.crawler.housekeeping()
	if r := s.ahead.take(ctx, s, o); r != nil {
		return r
	}
	t := &transfer{kind: o.kind, limit: o.limit, vet: o.vet, room: &s.crawler.room, anew: o.anew, known: o.known}
	began := s.crawler.now()
	s.collector.Context = withTransfer(ctx, t)
	s.answer = nil
	header := http.Header{"Accept": {accepts[o.kind]}, "Accept-Language": {"it,de;q=0.7,en;q=0.5"}, "User-Agent": {s.crawler.userAgent}}
	err := s.collector.Request(http.MethodGet, o.url, nil, nil, header)
	took := s.crawler.now().Sub(began) - t.waited - t.robots
	t.decode(err != nil || t.wire == nil || !s.hold(ctx))
	r := &result{
		url: o.url, hops: t.hops, took: took, waited: t.waited,
		tls: t.state, pause: t.pause, media: page.Clean(t.skipped, 80), sent: t.sent, truncated: t.report.Truncated,
	}
	if t.address.IsValid() {
		r.address = t.address.String()
	}
	s.waited += t.waited
	s.bytes += t.report.Size
	if err != nil || s.answer == nil {
		r.fail(err, t)
		s.visit.Hurried = s.visit.Hurried || r.hurried
	} else {
		r.take(s.answer, t, o.home)
	}
	s.answer, t.body = nil, nil // the collector keeps both until the next fetch
	if ctx.Err() != nil {
		r.reach, r.detail = page.ReachOurFault, "interrupted"
	}
	s.crawler.metrics.fetched(o.kind, r, t.report.Size)
	return r
}

// fail notes why nothing came.
func (r *result) fail(err error, t *transfer) {
	if err == nil {
		err = errors.New("no answer and no error")
	}
	r.detail = detail(err)
	r.reach = reachOfError(err, t.touched.Load())
	var refused *refusal
	var forbidden *netguard.ForbiddenError
	var read *alreadyRead
	if errors.As(err, &read) {
		r.known, r.final, r.reach = &read.outcome, read.to, page.ReachOK
		if r.known.home { // as good as a page that is not there
			r.reach = page.ReachHTTP4xx
		}
	}
	r.ours, r.astray = errors.As(err, new(*netguard.ResolverError)), errors.Is(err, errAstray)
	r.hurried = errors.As(err, new(*hurriedError))
	if errors.As(err, &refused) {
		r.final, r.busy = refused.final, refused.busy
		r.away = len(t.hops) > 0 && refused.reach == page.ReachOffsite && refused.err == nil
	}
	if len(t.hops) > 0 {
		r.reach = afterRedirect(r.reach)
	}
	if errors.As(err, &forbidden) && len(t.hops) > 0 {
		r.reach = page.ReachOffsite // the site sent us where nobody should go
	}
	if r.final == "" && len(t.hops) > 0 {
		r.final = t.hops[len(t.hops)-1].To
	}
	if r.tls == nil {
		r.tls = refusedCertificate(err)
	}
}

// take notes what came.
func (r *result) take(got *colly.Response, t *transfer, home bool) {
	r.status, r.body, r.header = got.StatusCode, got.Body, *got.Headers
	if t.body != nil {
		r.body, r.room = t.body.Bytes(), t.body
	}
	r.size = len(r.body)
	r.final = tidy(got.Request.URL)
	if media := r.header.Values(contentType); len(media) > 0 {
		r.header["Content-Type"] = media
		delete(r.header, contentType)
	}
	r.reach, r.busy = reachOfStatus(r.status, home), overloaded(r.status)
	r.copy = t.copy
	if r.status == http.StatusNotModified {
		r.notModified(t)
	}
	if t.cut != nil {
		r.truncated, r.partly, r.detail = true, true, detail(t.cut)
		if r.reach == page.ReachOK {
			r.reach = reachOfError(t.cut, true)
		}
	}
}

// notModified tells the answer to a condition of ours from that of a server
// which says so unasked, and so says nothing.
func (r *result) notModified(t *transfer) {
	asked := t.known
	if t.copy != nil {
		asked = t.copy.Source
	}
	if r.reach = page.ReachOK; asked.URL != r.final || len(asked.Conditions()) == 0 {
		r.copy, r.reach, r.detail = nil, page.ReachHTTP5xx, "not modified, although nothing was asked by"
	}
}

// spend gives the body's memory to the next one.
func (r *result) spend(room *rooms) {
	room.leave(room.bodies, r.room, keptBody)
	r.body, r.room = nil, nil
}

// log is the entry of the visit's log.
func (r *result) log(o order) page.Fetch {
	f := page.Fetch{
		URL: r.url, Kind: o.kind, Reach: r.reach, Status: r.status, Size: r.size, Took: max(0, r.took), Waited: r.waited,
		Truncated: r.truncated, Repeat: r.known != nil, Unchanged: r.unchanged, RobotsTag: robotsTag(r.header), Detail: r.detail, For: o.ids,
	}
	if r.final != r.url {
		f.Final = r.final
	}
	return f
}

// robotsTag is what X-Robots-Tag says to those who index.
func robotsTag(h http.Header) string {
	return page.Clean(strings.Join(h.Values("X-Robots-Tag"), ", "), 200)
}

// base is the address the page's links are relative to.
func (r *result) base() string {
	if r.final != "" {
		return r.final
	}
	return r.url
}

// passed lists the addresses that led to the document.
func (r *result) passed() []string {
	all := []string{r.url, r.final}
	for _, h := range r.hops {
		all = append(all, h.URL)
		if r.reach == page.ReachOK {
			all = append(all, h.To)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
