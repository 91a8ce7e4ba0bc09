package crawler

// What robots.txt says of each host: asked once a run, shared by all visits,
// and refusing for now where it cannot be had (RFC 9309 §2.3.1).

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/vigile-it/vigile/crawler/page"
)

const (
	maxPolicies     = 2 << 20        // bytes that what is remembered of all hosts takes, about
	policyWeight    = 200            // bytes of what is remembered of any host, without its rules
	refusedWeight   = 1500           // and of the error where they could not be had
	keepPolicy      = 24 * time.Hour // RFC 9309 §2.4
	keepFailure     = time.Minute    // of a robots.txt that could not be had
	robotsLimit     = 512 << 10      // RFC 9309 §2.5 asks for 500 KiB at least
	robotsRedirects = 5              // RFC 9309 §2.3.1.2
)

// policy is what one host allows: what its rules say (nil: everything), unless
// refused says why nothing may be fetched for now.
type policy struct {
	rules   *robotsRules
	refused *refusal
	until   time.Time
}

// lesson is a policy with the request that learnt it.
type lesson struct {
	policy
	log   page.Fetch
	bytes int64
}

// policies remembers the policies of the hosts used last. It is safe for
// concurrent use.
type policies struct {
	flights singleflight.Group
	mu      sync.Mutex
	byHost  map[string]*list.Element
	used    *list.List // of *remembered, the last used first
	weight  int        // of all, in bytes
}

type remembered struct {
	origin string
	policy policy
}

func newPolicies() *policies {
	return &policies{byHost: map[string]*list.Element{}, used: list.New()}
}

func (p *policies) get(origin string, now time.Time) *policy {
	p.mu.Lock()
	defer p.mu.Unlock()
	e, ok := p.byHost[origin]
	if !ok {
		return nil
	}
	known := e.Value.(*remembered)
	if now.After(known.policy.until) {
		p.forget(e)
		return nil
	}
	p.used.MoveToFront(e)
	return &known.policy
}

// put remembers a policy, and forgets those used longest ago where there is no
// room: a host may write half a megabyte of rules.
func (p *policies) put(origin string, known policy) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if old, ok := p.byHost[origin]; ok {
		p.forget(old)
	}
	r := &remembered{strings.Clone(origin), known}
	p.byHost[r.origin] = p.used.PushFront(r)
	p.weight += r.weight()
	for p.weight > maxPolicies && p.used.Len() > 1 {
		p.forget(p.used.Back())
	}
}

// forgetFailures forgets what could not be had for want of an answer, and what came
// over plain http, where a portal of ours may have answered for the site.
func (p *policies) forgetFailures() {
	p.mu.Lock()
	defer p.mu.Unlock()
	var next *list.Element
	for e := p.used.Front(); e != nil; e = next {
		next = e.Next()
		known := e.Value.(*remembered)
		if refused := known.policy.refused; strings.HasPrefix(known.origin, "http://") || refused != nil && refused.err != nil {
			p.forget(e)
		}
	}
}

// ForgetFailures forgets which hosts did not answer when they were asked for
// their robots.txt, or answered over plain http: a second look at a site that seemed
// to be gone, or to have no https, must ask again and not remember.
func (c *Crawler) ForgetFailures() { c.policies.forgetFailures() }

func (p *policies) forget(e *list.Element) {
	r := p.used.Remove(e).(*remembered)
	delete(p.byHost, r.origin)
	p.weight -= r.weight()
}

func (r *remembered) weight() int {
	n := policyWeight + len(r.origin) + r.policy.rules.weight()
	if r.policy.refused != nil {
		n += refusedWeight
	}
	return n
}

// allowed asks the host's robots.txt about a request; the error is a *refusal
// or the context's.
func (s *session) allowed(ctx context.Context, u *url.URL, t *transfer) error {
	if !s.crawler.obeyRobots {
		return nil
	}
	known, err := s.policy(ctx, u, t)
	if err != nil {
		return err
	}
	if known.refused != nil {
		refused := *known.refused
		t.address = refused.at
		return &refused
	}
	asked := u.EscapedPath()
	if u.RawQuery != "" {
		asked += "?" + u.RawQuery
	}
	if delay := known.rules.crawlDelay(); delay > s.crawler.perHostDelay {
		s.crawler.pacer.SetDelay(u.Hostname(), delay)
	}
	if !known.rules.allowed(asked) {
		return &refusal{reach: page.ReachRobotsDenied, why: "robots.txt asks not to fetch it"}
	}
	return nil
}

// policy is the policy of the URL's host, fetched where it is not known. Visits
// that need the same one at once share a single request; the visit that made it
// books it.
func (s *session) policy(ctx context.Context, u *url.URL, t *transfer) (*policy, error) {
	c, origin := s.crawler, u.Scheme+"://"+u.Host
	for {
		if known := c.policies.get(origin, c.now()); known != nil {
			return known, nil
		}
		var learnt *lesson // by us
		left := s.allowance()
		flight := c.policies.flights.DoChan(origin, func() (any, error) {
			if known := c.policies.get(origin, c.now()); known != nil {
				return known, nil
			}
			l, err := c.learn(ctx, origin, left)
			if err != nil {
				return nil, err
			}
			learnt = l
			return &l.policy, nil
		})
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case got := <-flight:
			if got.Err != nil {
				if ctx.Err() == nil && isContext(got.Err) {
					continue // another visit was asking and was called off
				}
				return nil, got.Err
			}
			if learnt != nil {
				s.bookRobots(learnt, t)
			}
			return got.Val.(*policy), nil
		}
	}
}

func isContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// bookRobots enters the request for robots.txt into the visit's log. Its wait
// was politeness too.
func (s *session) bookRobots(known *lesson, t *transfer) {
	s.visit.Fetches = append(s.visit.Fetches, known.log)
	s.bytes += known.bytes
	t.waited += known.log.Waited
	t.robots += known.log.Took
}

// learn fetches robots.txt. The error is the context's alone.
func (c *Crawler) learn(ctx context.Context, origin string, left allowance) (*lesson, error) {
	t := &transfer{kind: page.FetchRobots, limit: robotsLimit}
	began := c.now()
	status, final, body, err := c.getRobots(ctx, origin+"/robots.txt", t, left)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	known := &lesson{bytes: t.report.Size, policy: policy{until: c.now().Add(keepPolicy)}}
	switch robotsFromStatus(status, err) {
	case robotsParse:
		known.rules = parseRobots(body, c.product)
	case robotsRefuse:
		known.refused = refusedByRobots(status, err, t)
	case robotsAllowAll:
	}
	if known.refused != nil {
		known.until = c.now().Add(keepFailure)
	}
	known.log = page.Fetch{
		URL: origin + "/robots.txt", Kind: page.FetchRobots, Reach: reachOfStatus(status, true), Status: status, Size: len(body),
		Took: max(0, c.now().Sub(began)-t.waited), Waited: t.waited, Truncated: t.report.Truncated,
	}
	if final != known.log.URL {
		known.log.Final = final
	}
	if err != nil {
		known.log.Reach, known.log.Detail = known.refused.reach, detail(err)
	}
	c.policies.put(origin, known.policy)
	c.metrics.robots(known)
	return known, nil
}

// refusedByRobots is why nothing may be fetched for now.
func refusedByRobots(status int, err error, t *transfer) *refusal {
	if err == nil {
		return &refusal{reach: reachOfStatus(status, true), why: fmt.Sprintf("robots.txt answered %d", status), busy: overloaded(status), at: t.address}
	}
	r := &refusal{reach: reachOfError(err, t.touched.Load()), err: err, at: t.address}
	if len(t.hops) > 0 {
		r.reach = afterRedirect(r.reach)
	}
	var turned *refusal
	r.busy = errors.As(err, &turned) && turned.busy
	return r
}

// getRobots follows up to five redirects; beyond them there is no robots.txt
// (status 404).
func (c *Crawler) getRobots(ctx context.Context, address string, t *transfer, left allowance) (status int, final string, body []byte, err error) {
	for range robotsRedirects + 1 {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return http.StatusNotFound, address, nil, nil // a redirect to what is no address
		}
		req.Header = http.Header{"User-Agent": {c.userAgent}, "Accept": {"text/plain,*/*;q=0.5"}}
		resp, err := c.send(req, t, left)
		if err != nil {
			return 0, address, nil, err
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err == nil {
			err = t.cut
		}
		if err != nil {
			return resp.StatusCode, address, nil, err
		}
		next, moved := redirectOf(resp)
		if !moved {
			return resp.StatusCode, address, body, nil
		}
		t.hops = append(t.hops, page.Hop{URL: address, Status: resp.StatusCode, Kind: hopHTTP, To: next})
		address = next
	}
	return http.StatusNotFound, address, nil, nil
}

// redirectOf is where a redirect leads, in canonical form; a redirect to nowhere
// is none.
func redirectOf(resp *http.Response) (string, bool) {
	if resp.StatusCode < 301 || resp.StatusCode > 308 || resp.StatusCode == http.StatusNotModified {
		return "", false
	}
	next, err := resp.Location()
	if err != nil {
		return "", false
	}
	return page.Canonical(nil, next.String())
}
