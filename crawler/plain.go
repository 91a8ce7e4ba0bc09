package crawler

// What plain http does at a site that was entered over https: whether whoever
// comes without encryption is led to it. It is asked last, with little patience,
// and nothing of it counts as reach: where the port is closed, nothing is served.

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/vigile-it/vigile/crawler/page"
)

const (
	plainPatience = 5 * time.Second // for one answer, politeness apart
	plainHops     = 2               // within http, as from the bare name to www
	plainLimit    = 128 << 10       // bytes read of an answer
)

// plainProbe is the state of the question.
type plainProbe struct {
	*session
	found  page.Plain
	before page.PlainPage // of the visit whose way was gone
	rules  *robotsRules
	body   *bytes.Buffer // of the last answer; nil: none came
}

// plainReply is one answer.
type plainReply struct {
	at     *url.URL
	status int
	header http.Header
	body   []byte
	cut    bool
	to     *url.URL // of a redirect
	err    error
	book   *transfer
}

// askPlain asks, where the target says so and http was not seen at the entrance.
func (s *session) askPlain(ctx context.Context, t Target, before page.PlainPage) {
	u := s.enteredSecurely()
	if !t.AskPlain || t.Explicit || u == nil || s.left() == 0 || ctx.Err() != nil {
		return
	}
	defer s.crawler.survive("asking plain http of "+s.visit.Site, func(string) {})
	s.letGo()
	p := &plainProbe{session: s, found: page.Plain{Asked: s.visit.Started}, before: before}
	defer p.forget()
	p.found.Does = p.ask(ctx, u)
	if ctx.Err() == nil && (p.found.Does != "" || s.visit.Plain.Does == "") {
		s.visit.Plain = p.found
	}
}

// enteredSecurely is the address by which the site was entered, where both that
// and the home page are under https and http has not answered already. Of a site that
// has its home page under www, or without, it is the one there: the other name only
// leads to it.
func (s *session) enteredSecurely() *url.URL {
	var entered *url.URL
	for _, a := range s.visit.Attempts {
		switch secure := strings.HasPrefix(a.URL, "https://"); {
		case !secure && a.Status != 0:
			return nil
		case secure && a.Reach == page.ReachOK:
			entered, _ = url.Parse(a.URL)
		}
	}
	home, err := url.Parse(s.visit.FinalURL)
	if entered == nil || entered.Port() != "" || err != nil || home.Scheme != "https" {
		return nil
	}
	if siteHost(home) == siteHost(entered) && home.Port() == "" {
		entered.Host = home.Host
	}
	return entered
}

// ask tells what plain http does; "" where no answer came in time. It asks for
// robots.txt, which may always be asked for (RFC 9309 §2.2.2), and only where that
// leads nowhere, and allows it, for a page.
func (p *plainProbe) ask(ctx context.Context, u *url.URL) page.PlainAnswer {
	got := p.follow(ctx, &url.URL{Scheme: "http", Host: u.Host, Path: "/robots.txt"}, page.FetchRobots)
	if does, known := p.means(got); known {
		return does
	}
	switch robotsFromStatus(got.status, got.err) {
	case robotsRefuse:
		return page.PlainUndecided
	case robotsParse:
		p.rules = parseRobots(got.body, p.crawler.product)
	}
	home := &url.URL{Scheme: "http", Host: got.at.Host, Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}
	got = p.follow(ctx, home, page.FetchPage)
	if does, known := p.means(got); known {
		return does
	}
	return p.shows(ctx, got)
}

// follow makes one request, and another where it is sent on within http of the
// same site. A page is followed on its own host alone, whose rules are known.
func (p *plainProbe) follow(ctx context.Context, u *url.URL, kind string) plainReply {
	for hop := 0; ; hop++ {
		if kind == page.FetchPage && !p.mayAsk(u) {
			return plainReply{at: u, err: &refusal{reach: page.ReachRobotsDenied, why: "robots.txt asks not to fetch it"}}
		}
		got := p.request(ctx, u, kind)
		if hop == plainHops || got.to == nil || got.to.Scheme != "http" || siteHost(got.to) != siteHost(u) || got.to.Port() != "" ||
			kind == page.FetchPage && got.to.Host != u.Host {
			return got
		}
		u = got.to
	}
}

func (p *plainProbe) mayAsk(u *url.URL) bool {
	if !p.crawler.obeyRobots || p.rules == nil {
		return true
	}
	asked := u.EscapedPath()
	if u.RawQuery != "" {
		asked += "?" + u.RawQuery
	}
	if delay := p.rules.crawlDelay(); delay > p.crawler.perHostDelay {
		p.crawler.pacer.SetDelay(u.Hostname(), delay)
	}
	return p.rules.allowed(asked)
}

// forget lets go of the last answer's body.
func (p *plainProbe) forget() {
	room := &p.crawler.room
	room.leave(room.bodies, p.body, keptBody)
	p.body = nil
}

// request makes one request, politely, and notes it. The body of the reply is good
// until the next.
func (p *plainProbe) request(ctx context.Context, u *url.URL, kind string) plainReply {
	p.forget()
	c, t := p.crawler, &transfer{kind: kind, limit: plainLimit}
	if kind == page.FetchRobots {
		t.limit = robotsLimit
	}
	got, began := plainReply{at: u, book: t}, c.now()
	left := p.allowance()
	left.time = min(left.time, c.plainPatience)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		got.err = err
		return got
	}
	req.Header = http.Header{"User-Agent": {c.userAgent}, "Accept": {accepts[page.FetchPage]}, "Accept-Language": {"it,de;q=0.7,en;q=0.5"}}
	if resp, err := c.send(req, t, left); err != nil {
		got.err = err
	} else {
		p.body = roomIn(c.room.bodies, usualBody)
		got.take(resp, t, p.body)
	}
	p.waited += t.waited
	p.bytes += t.report.Size
	c.metrics.bytes.Add(float64(t.report.Size))
	p.found.Requests = append(p.found.Requests, got.log(kind, max(0, c.now().Sub(began)-t.waited)))
	return got
}

func (r *plainReply) take(resp *http.Response, t *transfer, room *bytes.Buffer) {
	_, r.err = room.ReadFrom(resp.Body)
	r.body = room.Bytes()
	resp.Body.Close()
	r.status, r.header, r.cut = resp.StatusCode, resp.Header, t.report.Truncated || t.cut != nil
	if media := r.header.Values(contentType); len(media) > 0 {
		r.header["Content-Type"] = media
	}
	if next, moved := redirectOf(resp); moved {
		r.to, _ = url.Parse(next)
	}
}

func (r *plainReply) log(kind string, took time.Duration) page.Fetch {
	f := page.Fetch{URL: tidy(r.at), Kind: kind, Status: r.status, Size: len(r.body), Took: took, Waited: r.book.waited, Truncated: r.cut}
	switch {
	case r.err != nil:
		f.Reach, f.Detail = reachOfError(r.err, r.book.touched.Load()), detail(r.err)
	case r.to != nil:
		f.Reach, f.Final = page.ReachOK, withoutQuery(r.to)
	default:
		f.Reach = reachOfStatus(r.status, false)
	}
	return f
}

// closed are the reaches of a port 80 behind which nobody serves anything.
var closed = []page.Reach{page.ReachConnRefused, page.ReachConnReset, page.ReachNXDomain}

// unheard are those of an answer that did not come while it was waited for: with so
// little patience that says nothing, and what was known stays.
var unheard = []page.Reach{page.ReachConnTimeout, page.ReachTooSlow, page.ReachServFail, page.ReachDNSTimeout}

// means is what an answer says by itself; known is false for one that came, from
// there, and leads nowhere.
func (p *plainProbe) means(got plainReply) (does page.PlainAnswer, known bool) {
	if got.err != nil {
		return p.silence(got), true
	}
	switch to := got.to; {
	case to == nil:
		return "", false
	case to.Scheme == "https" && (siteHost(to) == siteHost(got.at) || p.scope.contains(to)):
		return page.PlainLeads, true
	}
	return page.PlainUndecided, true
}

// silence is what it says that no answer came; "": nothing, for nobody waited long.
func (p *plainProbe) silence(got plainReply) page.PlainAnswer {
	if got.book == nil { // nothing was asked
		return page.PlainUndecided
	}
	switch reach := reachOfError(got.err, got.book.touched.Load()); {
	case slices.Contains(closed, reach):
		return page.PlainNothing
	case slices.Contains(unheard, reach):
		return ""
	}
	return page.PlainUndecided
}

// upgrade is a script that sends whoever came over http to https: it is not run
// here, so nothing can be told.
var upgrade = regexp.MustCompile(`location\s*\.\s*protocol\b`)

// shows tells whether what came is a page of the site, shown without encryption. The
// page that was shown the time before, to the byte, does what it did.
func (p *plainProbe) shows(ctx context.Context, got plainReply) page.PlainAnswer {
	if got.status != http.StatusOK || got.book.skipped != "" {
		return page.PlainUndecided
	}
	at := tidy(got.at)
	if got.cut {
		return p.parsed(ctx, at, got)
	}
	is := page.PlainPage{URL: at, Sum: page.SourceOf(at, got.header, got.body).Sum, Said: page.Saying(got.header)}
	if is.Same(p.before) {
		return p.before.Does
	}
	is.Does = p.parsed(ctx, at, got)
	if ctx.Err() == nil {
		p.trace.Plain = is
	}
	return is.Does
}

func (p *plainProbe) parsed(ctx context.Context, at string, got plainReply) page.PlainAnswer {
	if !p.hold(ctx) {
		return page.PlainUndecided
	}
	defer p.letGo()
	shown := page.Parse(page.Raw{URL: at, FinalURL: at, Status: got.status, Header: got.header, Body: got.body, Truncated: got.cut})
	shown.Drop()
	to, _ := signpost(shown)
	switch {
	case to != nil && to.Scheme == "https" && p.scope.contains(to):
		return page.PlainLeads
	case to != nil, upgrade.MatchString(shown.Inline), p.classify(shown).reach != "":
		return page.PlainUndecided
	}
	return page.PlainServes
}
