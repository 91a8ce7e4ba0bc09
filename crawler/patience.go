package crawler

// What a server asks of those it turns away: Retry-After, or a pause of ours
// where it names none.

import (
	"context"
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
