package crawler

// What was asked on the way of the visit before, for a visit that then went another
// way: nothing is asked twice for it.

import (
	"bytes"
	"context"
	"net/url"
	"slices"

	"github.com/vigile-it/vigile/crawler/page"
)

// ahead holds answers that came before anybody wanted them. The zero value has none.
type ahead struct {
	learning bool // what is asked now is put here
	answers  []answer
	changed  *sitemap // that was not what it was
}

// answer is a fetch, and what had to be asked on its account: robots.txt.
type answer struct {
	order
	*result
	beside  []page.Fetch
	stopped bool // at its last redirect
	taken   bool
}

// take is the answer to an order that came already, and puts its robots.txt into
// the log. While answers are gathered it makes the request and keeps what comes. nil:
// there is none.
func (a *ahead) take(ctx context.Context, s *session, o order) *result {
	if a.learning {
		return a.learn(ctx, s, o)
	}
	i := slices.IndexFunc(a.answers, func(x answer) bool {
		return !x.taken && x.kind == o.kind && x.order.url == o.url && len(x.order.known.Conditions()) == len(o.known.Conditions())
	})
	if i < 0 || o.anew {
		return nil
	}
	x := &a.answers[i]
	r, ok := x.vetted(o)
	if !ok {
		return nil
	}
	x.taken = true
	s.visit.Fetches = append(s.visit.Fetches, x.beside...)
	return r
}

func (a *ahead) learn(ctx context.Context, s *session, o order) *result {
	a.learning = false
	defer func() { a.learning = true }()
	before := len(s.visit.Fetches)
	r := s.request(ctx, o)
	kept := r
	if o.kind == page.FetchScript { // whose body is let go by who asked
		script := *r
		script.body, script.room, kept = bytes.Clone(r.body), nil, &script
	}
	a.answers = append(a.answers, answer{
		order: o, result: kept, beside: slices.Clone(s.visit.Fetches[before:]), stopped: r.known != nil || r.away || r.astray,
	})
	return r
}

// vetted is the answer as it would have come to an order with its own opinion of
// redirects; false: another one would have come.
func (x *answer) vetted(o order) (*result, bool) {
	for i, h := range x.hops {
		to, err := url.Parse(h.To)
		if err != nil {
			return nil, false
		}
		if o.vet == nil {
			continue
		}
		if err := o.vet(to); err != nil {
			r := *x.result
			r.hops, r.final, r.known, r.detail, r.away, r.astray = x.hops[:i+1:i+1], "", nil, "", false, false
			r.fail(err, &transfer{hops: r.hops})
			return &r, true
		}
	}
	return x.result, !x.stopped
}

// astray are the fetches that a log must not lose, whatever is asked from now on: of
// an answer that cannot be taken.
func (a *ahead) astray() (log []page.Fetch) {
	for i := range a.answers {
		if x := &a.answers[i]; x.result.astray {
			f := x.result.log(x.order)
			f.Repeat = true
			log = append(append(log, x.beside...), f)
			x.beside = nil
		}
	}
	return log
}

// left are the fetches of answers that nobody took.
func (a *ahead) left() (log []page.Fetch) {
	for _, x := range a.answers {
		if !x.taken && !x.result.astray {
			f := x.result.log(x.order)
			f.Repeat, f.Detail = true, "asked as the time before, and not wanted any more"
			log = append(append(log, x.beside...), f)
		}
	}
	return log
}

// keptSitemap is the largest sitemap that is kept to be read again.
const keptSitemap = 1 << 20

// sitemapAt is the sitemap at an address, once, where it came already.
func (a *ahead) sitemapAt(address string) *sitemap {
	got := a.changed
	if a.changed = nil; got == nil || got.URL != address {
		return nil
	}
	return got
}
