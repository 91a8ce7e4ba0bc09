package crawler

// How long we wait: for what a server asks of those it turns away (Retry-After, or
// a pause of ours where it names none), and for the first answer of a site where many
// wait for their turn.

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

const (
	maxPause   = 20 * time.Second // longer ones are left to another visit
	maxOutage  = time.Minute      // a longer Retry-After of a 503 is one site's maintenance, not its address's
	maxRetries = 1                // of one visit
)

// retryAfter reads a Retry-After header, seconds or a date (RFC 9110 §10.2.3);
// false where there is none or it is no such thing.
func retryAfter(value string, now time.Time) (time.Duration, bool) {
	value = strings.TrimSpace(value)
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, 1<<20)) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}

// overloaded tells an answer that asks for patience.
func overloaded(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
}

// heed keeps everybody away from the addresses of a server that turned us away
// (the one that answered, and the one our turn was for), and returns for how
// long it asked; after any other answer the next refusal counts as the first. A
// 503 for an hour comes from one site that is being mended: it ends the visit,
// and does not close an address that hundreds of comuni share.
func (c *Crawler) heed(resp *http.Response, host string, addrs ...netip.Addr) time.Duration {
	if !overloaded(resp.StatusCode) {
		c.pacer.Forgive(host, addrs...)
		return 0
	}
	if pause, named := retryAfter(resp.Header.Get("Retry-After"), c.now()); named {
		if resp.StatusCode == http.StatusTooManyRequests || pause <= maxOutage {
			c.pacer.HoldAddress(c.now().Add(pause), addrs...)
		}
		return pause
	}
	return c.pacer.BackOff(resp.StatusCode, host, addrs...)
}

// worthAnotherTry tells whether an overloaded server is asked once more: the
// pacer does the waiting.
func (s *session) worthAnotherTry(ctx context.Context, r *result) bool {
	if !overloaded(r.status) || s.retries >= maxRetries || r.pause > maxPause || ctx.Err() != nil {
		return false
	}
	s.retries++
	return true
}

// briskPatience is how long a brisk visit waits for an answer to begin until one has:
// most that answer at all do so by then, and one that does not holds its place for no
// longer.
const briskPatience = 6 * time.Second

// hurriedError ends a request whose answer was not waited for as long as usual.
type hurriedError struct{ after time.Duration }

func (e *hurriedError) Error() string { return fmt.Sprintf("no answer within %v, for now", e.after) }

// Timeout makes it one of those.
func (e *hurriedError) Timeout() bool { return true }

// Temporary is of net.Error.
func (e *hurriedError) Temporary() bool { return true }

// brisk makes a request whose answer must begin within that time, or it is called off;
// 0: within the usual one. asked is the context of who waits for it.
func (c *Crawler) brisk(asked context.Context, req *http.Request, callOff context.CancelFunc, within time.Duration) (*http.Response, error) {
	if within <= 0 {
		return c.round.RoundTrip(req)
	}
	late := time.AfterFunc(within, callOff)
	resp, err := c.round.RoundTrip(req)
	if late.Stop() || asked.Err() != nil {
		return resp, err
	}
	if err == nil {
		resp.Body.Close()
	}
	return nil, &hurriedError{within}
}
