package crawler

// Redirects: which are followed, and how they are written down.

import (
	"net/http"
	"net/url"

	"github.com/vigile-it/vigile/crawler/page"
)

// maxRedirects is of one fetch.
const maxRedirects = 10

// redirected is asked by colly's client before a redirect is followed. It books
// the hop, and refuses loops, other schemes, actions, and what the fetch itself
// does not want.
func redirected(req *http.Request, via []*http.Request) error {
	t := req.Context().Value(transferKey{}).(*transfer)
	from := via[len(via)-1].URL
	status := 0
	if req.Response != nil {
		status = req.Response.StatusCode
	}
	to := req.URL
	t.hops = append(t.hops, page.Hop{URL: tidy(from), Status: status, Kind: hopHTTP, To: tidy(to)})
	switch {
	case len(t.hops) > maxRedirects:
		return &refusal{reach: page.ReachRedirectLoop, why: "more than ten redirects", final: tidy(to)}
	case loops(via, to):
		return &refusal{reach: page.ReachRedirectLoop, why: "the redirects go in a circle", final: tidy(to)}
	case to.Scheme != "http" && to.Scheme != "https":
		return &refusal{reach: page.ReachOffsite, why: "redirect to the scheme " + page.Clean(to.Scheme, 20)}
	}
	if why := refusedOnTheWay(to); why != "" {
		return &refusal{reach: page.ReachOffsite, why: "redirect not followed: " + why, final: withoutQuery(to)}
	}
	if t.vet != nil {
		return t.vet(to)
	}
	return nil
}

// loops tells a circle from a site that sends a visitor back once or twice to
// set a cookie.
func loops(via []*http.Request, to *url.URL) bool {
	seen := 0
	for _, r := range via {
		if r.URL.String() == to.String() {
			seen++
		}
	}
	return seen > 2
}

// The kinds of a Hop.
const (
	hopHTTP   = "http"
	hopMeta   = "meta"
	hopScript = "script"
	hopFrame  = "frame" // the only one of a frameset
)

// tidy is an address as it may be stored: canonical, without session ids. What
// is no address of the web keeps its scheme and host alone.
func tidy(u *url.URL) string {
	if s, ok := page.Canonical(nil, u.String()); ok {
		return s
	}
	return withoutQuery(u)
}

func withoutQuery(u *url.URL) string {
	bare := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	return page.Clean(bare.String(), 300)
}
