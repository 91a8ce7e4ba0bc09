// Package client asks AgID's declaration service for publications: slowly, one
// request at a time, and no more once it refuses. Answers are kept on disk. Its
// silence is an answer of its own: nothing may be concluded from it. The page
// that people see is filled by a script and is never read as content.
package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/vigile-it/vigile/internal/agid"
)

// DefaultGap is how long AgID is left alone between two questions where Options say
// nothing else.
const DefaultGap = 500 * time.Millisecond

// What Options leaves open.
const (
	defaultBase     = "https://" + agid.Host
	defaultRefusals = 5
	defaultTimeout  = 10 * time.Second
)

// Options are what a Client is made of. HTTP is required.
type Options struct {
	BaseURL     string           // of the service; empty: https://form.agid.gov.it
	Endpoints   Endpoints        // its paths; empty fields take the documented ones
	HTTP        *http.Client     // how to reach it, redirects included
	UserAgent   string           // who asks, and where to complain
	CacheDir    string           // a directory of ours, made where it is missing; empty: answers are kept in memory
	Now         func() time.Time // nil: time.Now
	MinGap      time.Duration    // from the end of a request to the next; 0: 500 ms; doubled with every refusal in a row
	MaxRefusals int              // in a row, after which it is asked no more in this run; 0: 5
	Timeout     time.Duration    // of one request; 0: 10 s
	Logger      *slog.Logger     // nil: silent
}

// Endpoints are paths below BaseURL, or whole addresses. {uuid} stands for the
// id of an old link, {publication} for that of a new one
// (<ipa>/<slug>/dichiarazione, slashes of the slug as %2f), {ipa} and {slug} for
// its parts.
type Endpoints struct {
	// ByOldID gives today's publication of an old id (the official validator
	// uses it): /api/v1/agid-form/dichiarazione-accessibilita/dichiarazione-by-old-id/{uuid}
	ByOldID string
	// View gives what was published under an old id: /api/v1/submission/view/{uuid}
	View string
	// Publication gives what is published under a new id. It is not documented
	// anywhere: the view endpoint with the new id, /api/v1/submission/view/{publication}
	Publication string
}

// A Client asks the service. It is safe for use by several goroutines.
type Client struct {
	http      *http.Client
	agent     string
	now       func() time.Time
	timeout   time.Duration
	log       *slog.Logger
	base      string
	byOldID   endpoint
	view      endpoint
	published endpoint
	gate      *gate
	shelf     *shelf
	trust     *trust

	mu      sync.Mutex
	flights map[string]*flight
}

// flight is a question under way that others may wait for.
type flight struct {
	done   chan struct{}
	answer agid.Answer
	err    error
}

// New makes a Client. It fails without an HTTP client, where the base is no http
// or https address, and where an endpoint lacks its placeholder.
func New(o Options) (*Client, error) {
	if o.HTTP == nil {
		return nil, errors.New("agid client: an HTTP client is needed")
	}
	if o.BaseURL == "" {
		o.BaseURL = defaultBase
	}
	u, err := url.Parse(o.BaseURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("agid client: base %q is not an http or https address", o.BaseURL)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Client{
		http: o.HTTP, agent: o.UserAgent, now: o.Now, log: o.Logger, timeout: or(o.Timeout, defaultTimeout), base: strings.TrimRight(o.BaseURL, "/"),
		gate: newGate(o.Now, or(o.MinGap, DefaultGap), or(o.MaxRefusals, defaultRefusals)), flights: map[string]*flight{},
	}
	c.shelf = newShelf(o.CacheDir, o.Now, o.Logger)
	if err := c.endpoints(o.Endpoints); err != nil {
		return nil, err
	}
	c.trust = loadTrust(c.shelf, o.Now)
	return c, nil
}

func or[T int | time.Duration](v, otherwise T) T {
	if v > 0 {
		return v
	}
	return otherwise
}

// Reset begins a new run: refusals of the run before are forgotten. A
// Retry-After still holds. Without it a stopped client tries again after twelve
// hours.
func (c *Client) Reset() {
	c.gate.reset()
	c.trust.reset()
}

// Stopped tells whether the service is asked no more in this run.
func (c *Client) Stopped() bool { return c.gate.stopped() }

// Declaration asks for the publication a link names. A link that names none is
// not asked for (Asked is false). Whatever goes wrong at the service is the
// answer Silent; the error is the context's. Questions for one publication that
// come at the same time are asked once. An answer kept from before since is given only
// where the service is silent.
//
// NotFound of an old link means that neither a declaration nor, where the old
// view still answers, anything else is published under it.
func (c *Client) Declaration(ctx context.Context, l agid.Link, since time.Time) (agid.Answer, error) {
	if !askable(l) {
		return agid.Answer{}, nil
	}
	key := c.base + " " + l.URL
	for {
		if a, ok := c.shelf.get(key); ok && !a.FetchedAt.Before(since) {
			return a, nil
		}
		f, mine := c.board(key)
		if mine {
			c.fly(ctx, key, l, f)
			return f.answer, f.err
		}
		select {
		case <-f.done:
			if f.err == nil {
				return f.answer, nil
			}
		case <-ctx.Done():
			return agid.Answer{}, fmt.Errorf("waiting for AgID: %w", ctx.Err())
		}
	}
}

// Known is the answer of Declaration where it needs nobody to be asked.
func (c *Client) Known(l agid.Link, since time.Time) (agid.Answer, bool) {
	if !askable(l) {
		return agid.Answer{}, true
	}
	a, ok := c.shelf.get(c.base + " " + l.URL)
	return a, ok && !a.FetchedAt.Before(since)
}

// askable tells whether the service can be asked for a link.
func askable(l agid.Link) bool {
	return l.Publication() || l.Kind == agid.KindObjectives && l.IPA != ""
}

// board joins the question under way, or begins one.
func (c *Client) board(key string) (f *flight, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f, ok := c.flights[key]; ok {
		return f, false
	}
	f = &flight{done: make(chan struct{})}
	c.flights[key] = f
	return f, true
}

// fly asks, keeps what is worth keeping and tells those who wait. Where the
// asker's context ends, one of them takes over.
func (c *Client) fly(ctx context.Context, key string, l agid.Link, f *flight) {
	f.err = errors.New("the question was abandoned")
	defer func() {
		c.mu.Lock()
		delete(c.flights, key)
		c.mu.Unlock()
		close(f.done)
	}()
	before, holds := c.shelf.get(key) // older than was asked for, or than it may be, or none
	answer, keep, err := c.settle(ctx, question{Link: l, denied: before.Outcome == agid.NotFound && before.Proven})
	if err != nil {
		f.err = fmt.Errorf("asking AgID: %w", err)
		return
	}
	if f.answer, f.err = answer, nil; holds && answer.Outcome == agid.Silent {
		f.answer = before
	}
	if keep {
		c.shelf.put(key, answer)
	}
}

// question is a link to be asked for.
type question struct {
	agid.Link
	denied bool // it was before, by endpoints that had shown others
}

// settle asks the endpoints that know a link. keep is false where more may be
// said another time.
func (c *Client) settle(ctx context.Context, q question) (a agid.Answer, keep bool, err error) {
	if q.Kind == agid.KindOld {
		q.Link = agid.Link{UUID: q.UUID}
		return c.old(ctx, q)
	}
	a, err = c.ask(ctx, c.published, q)
	return a, lasting(a), err
}

// old asks for an old id: what it is today, else whether the old view still has
// it. A denial stands where the old view denies too or speaks no more, not where
// it is merely in trouble.
func (c *Client) old(ctx context.Context, q question) (agid.Answer, bool, error) {
	now, err := c.ask(ctx, c.byOldID, q)
	if err != nil || trouble(now) {
		return now, false, err
	}
	if now.Outcome == agid.Found {
		return c.details(ctx, now, q.Link)
	}
	then, err := c.ask(ctx, c.view, q)
	switch {
	case err != nil:
		return agid.Answer{}, false, err
	case then.Outcome == agid.Found, now.Outcome == agid.NotFound && trouble(then):
		return then, then.Outcome == agid.Found, nil
	}
	return now, lasting(now), nil
}

// lasting tells an answer worth keeping: what was found, and what was denied by an
// endpoint that has shown others. A denial by one that has shown nothing yet may
// mean more as soon as it has.
func lasting(a agid.Answer) bool {
	return a.Outcome == agid.Found || a.Outcome == agid.NotFound && a.Proven
}

// details adds what is published today to an id that was resolved. What the old
// view has may be the publication as it once was: unless it names today's id,
// its dates prove nothing against anybody and are dropped.
func (c *Client) details(ctx context.Context, found agid.Answer, old agid.Link) (agid.Answer, bool, error) {
	if !found.Changed().IsZero() {
		return found, true, nil
	}
	if today, ok := found.Link(); ok && today.Kind != agid.KindOld {
		d, err := c.ask(ctx, c.published, question{Link: today})
		if err != nil {
			return agid.Answer{}, false, err
		}
		if d.Outcome == agid.Found || trouble(d) {
			return joined(found, d), !trouble(d), nil
		}
	} else if ok {
		old = today
	}
	d, err := c.ask(ctx, c.view, question{Link: old})
	if err != nil {
		return agid.Answer{}, false, err
	}
	if d.PublicationID != found.PublicationID {
		d.LastModified, d.Inserted = time.Time{}, time.Time{}
	}
	return joined(found, d), !trouble(d), nil
}

// joined is details under the id they were resolved from.
func joined(resolved, details agid.Answer) agid.Answer {
	if details.Outcome != agid.Found {
		return resolved
	}
	details.PublicationID = resolved.PublicationID
	if resolved.IPA != "" {
		details.IPA = resolved.IPA
	}
	if resolved.Form != "" {
		details.Form = resolved.Form
	}
	return details
}

// trouble tells a service that could not answer from one that did not know.
func trouble(a agid.Answer) bool {
	switch a.Silence {
	case agid.Refused, agid.TimedOut, agid.Unreachable, agid.Held, agid.Stopped:
		return true
	}
	return false
}
