package client

// This file makes one request and says what its response is worth.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/vigile-it/vigile/internal/agid"
)

// endpoint is one address of the service with its name, as it stands in
// Answer.Source.
type endpoint struct{ name, template string }

func (c *Client) endpoints(e Endpoints) error {
	const (
		byOldID = "/api/v1/agid-form/dichiarazione-accessibilita/dichiarazione-by-old-id/{uuid}"
		view    = "/api/v1/submission/view/"
	)
	for _, p := range []struct {
		into                   *endpoint
		name, given, otherwise string
		needs                  []string
	}{
		{&c.byOldID, "by-old-id", e.ByOldID, byOldID, []string{"{uuid}"}},
		{&c.view, "view", e.View, view + "{uuid}", []string{"{uuid}"}},
		{&c.published, "publication", e.Publication, view + "{publication}", []string{"{publication}", "{slug}"}},
	} {
		template := p.given
		if template == "" {
			template = p.otherwise
		}
		named := false
		for _, n := range p.needs {
			named = named || strings.Contains(template, n)
		}
		whole := strings.HasPrefix(template, "http://") || strings.HasPrefix(template, "https://")
		if !named || !whole && !strings.HasPrefix(template, "/") {
			return fmt.Errorf("agid client: endpoint %s: %q is no path with %s", p.name, template, strings.Join(p.needs, " or "))
		}
		if !whole {
			template = c.base + template
		}
		*p.into = endpoint{p.name, template}
	}
	return nil
}

// address fills an endpoint's template in.
func (e endpoint) address(l agid.Link) string {
	escape := func(s string) string { return strings.ReplaceAll(url.PathEscape(s), "%2F", "%2f") }
	return strings.NewReplacer(
		"{uuid}", escape(l.UUID), "{ipa}", escape(l.IPA), "{slug}", escape(l.Slug), "{publication}", strings.TrimPrefix(l.URL, "https://"+agid.Host+"/"),
	).Replace(e.template)
}

// tries is how often one question is put to a service that says "not now".
const tries = 2

// ask puts one question to one endpoint. The error is the context's.
func (c *Client) ask(ctx context.Context, e endpoint, q question) (agid.Answer, error) {
	var a agid.Answer
	for range tries {
		if c.trust.garbled(e) {
			return c.silence(e, agid.Doubted), nil
		}
		why, err := c.gate.enter(ctx)
		if err != nil {
			return agid.Answer{}, err
		}
		if why != "" {
			return c.silence(e, why), nil
		}
		r := c.send(ctx, e.address(q.Link))
		if err := ctx.Err(); err != nil {
			c.gate.leave(abandoned, 0)
			return agid.Answer{}, err
		}
		if c.gate.leave(r.verdict(), r.after) {
			c.log.Warn("AgID refuses: it is asked no more in this run", "last", r.silence, "status", r.status)
		}
		a = c.weigh(e, q, r)
		c.log.Debug("asked AgID", "endpoint", e.name, "status", r.status, "outcome", a.Outcome, "silence", a.Silence, "error", r.err)
		if a.Silence != agid.Refused {
			break
		}
	}
	return a, nil
}

// weigh turns a response into an answer, in the light of what else the endpoint
// has said. A denial that is an old one says nothing new of it: what is good is asked
// for every few days, what was denied each night, and on some nights an endpoint in good
// order is asked for little that it has.
func (c *Client) weigh(e endpoint, q question, r response) agid.Answer {
	a := r.answer
	a.Source = e.name
	switch {
	case r.silence == agid.Unreadable:
		c.trust.garble(e)
	case r.silence != "":
	case a.Outcome == agid.Found:
		c.trust.found(e)
	default:
		if !q.denied {
			c.trust.denied(e, e.address(q.Link))
		}
		if c.trust.doubted(e) {
			return c.silence(e, agid.Doubted)
		}
		a.Proven = c.trust.proven(e)
	}
	if r.silence != "" {
		return c.silence(e, r.silence)
	}
	return a
}

func (c *Client) silence(e endpoint, why agid.Silence) agid.Answer {
	return agid.Answer{Asked: true, Outcome: agid.Silent, Silence: why, FetchedAt: c.now().UTC(), Source: e.name}
}

// response is what came of one request.
type response struct {
	answer  agid.Answer
	silence agid.Silence
	status  int
	after   time.Duration // Retry-After
	err     error
}

func (r response) verdict() verdict {
	switch r.silence {
	case agid.Refused, agid.TimedOut, agid.Unreachable:
		return refused
	}
	return served
}

// send makes the request. It never follows a response into a page for people.
func (c *Client) send(ctx context.Context, address string) response {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return response{silence: agid.Unreadable, err: err}
	}
	req.Header.Set("Accept", "application/json")
	if c.agent != "" {
		req.Header.Set("User-Agent", c.agent)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return response{silence: failure(err), err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, agid.MaxAnswer+1))
	r := response{status: resp.StatusCode}
	switch code := resp.StatusCode; {
	case code == http.StatusNotFound, code == http.StatusGone:
		r.answer = agid.Answer{Asked: true, Outcome: agid.NotFound, FetchedAt: c.now().UTC()}
		if shell(body) {
			r.silence = agid.Unreadable
		}
	case refusal(code):
		r.silence, r.after = agid.Refused, retryAfter(resp.Header.Get("Retry-After"), c.now())
	case code != http.StatusOK:
		r.silence = agid.Unreadable
	case err != nil:
		r.silence, r.err = failure(err), err
	default:
		if r.answer, r.err = agid.ParseAnswer(body, c.now()); r.err != nil {
			r.silence = agid.Unreadable
		}
	}
	return r
}

// refusal tells the statuses that say "not now" or "not you".
func refusal(code int) bool {
	switch code {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return code >= 500
}

// shell tells the page for people, which an endpoint that is gone may show under
// any status: it denies nothing.
func shell(body []byte) bool {
	lower := bytes.ToLower(body[:min(len(body), 64<<10)])
	return bytes.Contains(lower, []byte("<script")) || bytes.Contains(lower, []byte("<app-"))
}

func failure(err error) agid.Silence {
	var slow net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &slow) && slow.Timeout() {
		return agid.TimedOut
	}
	return agid.Unreachable
}

// retryAfter reads the header (RFC 9110 10.2.3: seconds or a date), up to a day.
func retryAfter(value string, now time.Time) time.Duration {
	const most = 24 * time.Hour
	value = strings.TrimSpace(value)
	if n, err := strconv.ParseInt(value, 10, 64); err == nil {
		return time.Duration(max(0, min(n, int64(most/time.Second)))) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return max(0, min(at.Sub(now), most))
}
