package crawler

// From a fetched body to a page that may be shown: parsed, followed once where
// it is but a signpost, and told apart from what only looks like a page.

import (
	"bytes"
	"context"
	"net/http"
	"net/url"

	"github.com/vigile-it/vigile/crawler/page"
)

// arrival is a fetch with the page it brought; page is nil unless reach is ok.
type arrival struct {
	*result
	asked order
	page  *page.Page
	entry int  // its place in the visit's log
	void  bool // nothing of the site can be there
	faint bool // there is no page, but there might be one elsewhere on the host
}

// arrive fetches a page, books it, and classifies what came before anybody
// reads it.
func (s *session) arrive(ctx context.Context, o order) *arrival {
	r, p := s.obtain(ctx, o)
	if to, kind := signpost(p); to != nil && !s.guarded(p) {
		if beyond, there := s.beyond(ctx, r, to, kind, o); beyond != nil {
			r, p = beyond, there
		}
	}
	got := &arrival{result: r, asked: o, page: p, entry: len(s.visit.Fetches), void: gone(r.status) || r.reach == page.ReachOffsite}
	s.visit.Fetches = append(s.visit.Fetches, page.Fetch{}) // its place, before its frames
	s.readFrames(ctx, p, o)
	s.judge(got, o)
	s.visit.Fetches[got.entry] = r.log(o)
	return got
}

// headOfPage is how much is parsed of a home page beyond the limit.
const headOfPage = 64 << 10

// index parses what was fetched; nil where there is nothing to parse. A parser
// that panics costs this page. Trees are many times as large as pages, so no more
// are made at once than there are processors, and none is kept over a wait. The
// turn lasts until the page was shown: what checks make of it is as large.
func (s *session) index(ctx context.Context, r *result, o order) (p *page.Page) {
	if r.status == 0 || r.status == http.StatusNotModified || r.known != nil || r.media != "" {
		return nil
	}
	defer r.spend(&s.crawler.room)
	if !s.hold(ctx) {
		r.reach, r.detail = page.ReachOurFault, "interrupted"
		return nil
	}
	apart(func() { p = s.parse(r, o) })
	return p
}

// apart runs f on a stack of its own and waits for it. Parsing and observing need
// one of 64 kB, and a visit, which spends its time waiting, would keep it: hundreds
// of visits sixteen megabytes. A panic of f is the caller's.
func apart(f func()) {
	over := make(chan any, 1)
	go func() {
		defer func() { over <- recover() }()
		f()
	}()
	if v := <-over; v != nil {
		panic(v)
	}
}

// parse makes the index of what was fetched.
func (s *session) parse(r *result, o order) (p *page.Page) {
	defer s.crawler.survive("parsing "+r.url, func(what string) {
		r.reach, r.detail, p = page.ReachOurFault, what, nil
	})
	body := r.body
	if o.home && r.truncated { // it will not be shown: enough to see whether it is a notice
		body = body[:min(len(body), headOfPage)]
	}
	p = page.Parse(page.Raw{
		URL: r.url, FinalURL: r.base(), Status: r.status, Header: r.header, Body: body, Truncated: r.truncated,
		Depth: o.depth, For: o.ids,
	})
	p.Drop()
	switch {
	case s.cache == nil || r.truncated:
	case r.status == http.StatusOK:
		p.Source = r.source()
	case lasting(r.status):
		r.source()
	}
	return p
}

// hold waits for a turn to have a page at hand, unless this visit has one: as many
// have as there are processors. False: the context ended first.
func (s *session) hold(ctx context.Context) bool {
	if s.holds {
		return true
	}
	select {
	case s.crawler.parsers <- struct{}{}:
		s.crawler.quiet.RLock()
		s.holds = true
	case <-ctx.Done():
	}
	return s.holds
}

// letGo ends the turn, before any wait for the network.
func (s *session) letGo() {
	if s.holds {
		s.holds = false
		s.crawler.quiet.RUnlock()
		<-s.crawler.parsers
	}
}

// Quiet runs f while no page is parsed or shown; those that wait for their turn wait
// for f.
func (c *Crawler) Quiet(f func()) {
	c.quiet.Lock()
	defer c.quiet.Unlock()
	f()
}

// beyond follows the redirect that a page makes in its own text, once. The two
// fetches are booked as one. Nil where it leads to nowhere new.
func (s *session) beyond(ctx context.Context, r *result, to *url.URL, kind string, o order) (*result, *page.Page) {
	if to.String() == r.base() || refusedOnTheWay(to) != "" || trap(to) == trapDocument {
		return nil, nil
	}
	hop := page.Hop{URL: r.base(), Kind: kind, To: to.String()}
	if o.vet != nil {
		if err := o.vet(to); err != nil {
			refused := *r
			refused.hops = append(refused.hops, hop)
			refused.fail(err, &transfer{})
			return &refused, nil
		}
	}
	o.url = to.String()
	next, p := s.obtain(ctx, o)
	next.url, next.hops = r.url, append(append(r.hops, hop), next.hops...)
	next.took, next.waited = next.took+r.took, next.waited+r.waited
	if next.final == "" {
		next.final = o.url
	}
	if p != nil {
		p.URL = page.Clean(next.url, page.MaxHref)
	}
	return next, p
}

// judge turns what came into its Reach, and drops a page that is none.
func (s *session) judge(got *arrival, o order) {
	r, p := got.result, got.page
	if r.media != "" {
		r.reach, r.detail, got.void = page.ReachEmptyOrJSOnly, "not a page: "+r.media, true
	}
	if r.reach == page.ReachOK && o.home && r.truncated {
		r.reach, r.detail = page.ReachTooLarge, "the home page exceeds the limit"
	}
	if p != nil {
		if class := s.classify(p); class.says(r) {
			r.reach, r.detail, got.faint = class.reach, class.why, class.faint
		}
	}
	got.faint = got.faint || gone(r.status)
	if p != nil && o.home && len(p.Folded) <= splash.text && followable(p) <= splash.links {
		p.Partial = true // an entrance: the site begins behind it
	}
	if r.reach != page.ReachOK {
		got.page = nil
	}
}

// classify guards the rules against a panic: the page then is not shown.
func (s *session) classify(p *page.Page) (c class) {
	defer s.crawler.survive("classifying "+p.FinalURL, func(what string) {
		c = class{reach: page.ReachOurFault, why: what}
	})
	return s.crawler.classes.of(p)
}

// guarded tells a page that sends its visitors on to a test of a firewall.
func (s *session) guarded(p *page.Page) bool { return s.classify(p).reach == page.ReachBlocked }

// show completes a page with the scripts that write its header and footer,
// takes its links, and lets the watcher see it. It tells whether absence may be
// concluded from the page.
func (s *session) show(ctx context.Context, got *arrival) (whole bool) {
	p := got.page
	if !p.Recalled { // whose scripts are part of it
		s.readScripts(ctx, p)
	}
	whole = p.Whole()
	s.visit.Fetches[got.entry].Partial = p.Partial
	s.frontier.add(p.Links, p.Depth)
	return s.see(ctx, got, p) && whole
}

// see calls the watcher; a panic in it costs this page, from which nothing may
// then be concluded.
func (s *session) see(ctx context.Context, got *arrival, p *page.Page) (seen bool) {
	s.hold(ctx)
	defer s.letGo()
	apart(func() { seen = s.watched(got, p) })
	return seen
}

func (s *session) watched(got *arrival, p *page.Page) (seen bool) {
	defer s.crawler.survive("showing "+p.FinalURL, func(what string) {
		s.visit.Fetches[got.entry].Detail = what
		seen = false
	})
	wanted, settled := s.watcher.See(p)
	s.frontier.ask(wanted)
	s.wanted, s.visit.Settled = wanted, settled
	return true
}

// script is one fetched script.
type script struct {
	body   []byte
	read   bool
	absent bool        // the server said that it has not changed, and sent no body
	source page.Source // of one that was read
}

// scriptLimit bounds one script that may write a header or footer.
const scriptLimit = 1 << 20

// readScripts fetches the scripts that may write the page's header and footer,
// each once a visit, and adds what they write to the page.
func (s *session) readScripts(ctx context.Context, p *page.Page) {
	defer s.crawler.survive("reading the scripts of "+p.FinalURL, func(string) { p.Partial = true })
	for _, address := range p.ScriptsToRead() {
		got, known := s.scripts[address]
		if !known || got.absent {
			if ctx.Err() != nil || s.left() == 0 {
				p.Source = page.Source{}
				return
			}
			got = s.fetchScript(ctx, address, page.Source{})
			s.scripts[address] = got
		}
		if !got.read { // another night it might be
			p.Source = page.Source{}
			continue
		}
		p.AddScript(address, got.body)
		if s.cache != nil {
			p.Written = append(p.Written, got.source)
		}
	}
}

// fetchScript fetches a script, or hears that it is still the known one.
func (s *session) fetchScript(ctx context.Context, address string, known page.Source) script {
	o := order{url: address, kind: page.FetchScript, limit: scriptLimit, known: known, vet: func(to *url.URL) error {
		if !s.scope.contains(to) {
			return &refusal{reach: page.ReachOffsite, why: "the redirect leaves the site"}
		}
		return nil
	}}
	r := s.fetch(ctx, o)
	r.unchanged = r.status == http.StatusNotModified && r.reach == page.ReachOK
	s.visit.Fetches = append(s.visit.Fetches, r.log(o))
	if r.unchanged {
		return script{read: true, absent: true, source: known}
	}
	// A script that answers 404 to us might not to a browser: what it would have
	// written was not seen, and nothing may be called absent on its account.
	body := bytes.Clone(r.body) // a buffer has room for more than a script
	got := script{read: r.reach == page.ReachOK && !r.truncated, body: body}
	if got.read && s.cache != nil {
		got.source = r.source()
		if r.base() != address { // what a redirect led to is not asked about by where it began
			got.source = page.Source{URL: address, Sum: got.source.Sum}
		}
	}
	r.spend(&s.crawler.room)
	return got
}
