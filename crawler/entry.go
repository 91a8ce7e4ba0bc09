package crawler

// The entrance: which addresses are tried for a site, in which order, and what
// each try says.

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/crawler/page"
)

// enter tries the addresses of a site until one shows a home page, and notes
// every try. Nil when none did: then the try that tells most gives the Reach.
func (s *session) enter(ctx context.Context, u *url.URL, explicit bool) *arrival {
	e := &entry{session: s, site: u, dead: map[string]bool{}, tried: map[string]bool{}}
	for _, candidate := range candidates(u, explicit) {
		if home := e.try(ctx, candidate); home != nil {
			s.arrived(u, home)
			return home
		}
		if e.over || ctx.Err() != nil {
			break
		}
	}
	s.visit.Reach, s.visit.Detail = page.ReachOurFault, "interrupted"
	if spokesman := speaker(s.visit.Attempts); spokesman != nil && ctx.Err() == nil {
		s.visit.Reach, s.visit.Detail = spokesman.Reach, spokesman.Detail
	}
	return nil
}

// candidates are the addresses to try: https before http, the host as given
// before its www/bare twin, and last the host without the .gov that comuni may
// no longer use (gov.it was taken from them).
func candidates(u *url.URL, explicit bool) []*url.URL {
	if explicit || u.Port() != "" {
		return []*url.URL{u}
	}
	hosts := []*url.URL{u}
	if t, ok := twin(u); ok {
		hosts = append(hosts, t)
	}
	var all []*url.URL
	for _, scheme := range []string{"https", "http"} {
		for _, h := range hosts {
			c := *h
			c.Scheme = scheme
			all = append(all, &c)
		}
	}
	if name, ok := strings.CutSuffix(u.Host, ".gov.it"); ok {
		for _, scheme := range []string{"https", "http"} {
			c := *u
			c.Scheme, c.Host = scheme, name+".it"
			all = append(all, &c)
		}
	}
	return all
}

// arrived takes the home page for the site's own.
func (s *session) arrived(asked *url.URL, home *arrival) {
	final, err := url.Parse(home.base())
	if err != nil {
		final = asked
	}
	s.visit.Reach, s.visit.Detail, s.visit.FinalURL, s.visit.Hops = page.ReachOK, "", home.base(), home.hops
	s.visit.Moved = !sameSite(asked, final)
	s.scope.add(asked)
	s.scope.add(final)
	s.brisk = false
}

// entry is the state of the tries.
type entry struct {
	*session
	site  *url.URL
	dead  map[string]bool // hosts whose name or server does not answer
	tried map[string]bool // addresses that were tried or passed
	over  bool            // no other try would tell more
}

// fallbacks are where the site stands when its root is empty: some vendors put
// it there without a redirect.
var fallbacks = []string{"/sito", "/it"}

// try tries one address, and where its root holds nothing the usual places.
func (e *entry) try(ctx context.Context, u *url.URL) *arrival {
	if e.tried[u.String()] || e.dead[u.Hostname()] {
		return nil
	}
	if e.left() == 0 { // the tries that used it up say why
		e.over = true
		return nil
	}
	got := e.knock(ctx, u)
	if got.page != nil || ctx.Err() != nil || e.over || !got.faint || !strings.HasPrefix(got.base(), "http") {
		return got.home()
	}
	base, err := url.Parse(got.base())
	if err != nil || strings.Trim(base.Path, "/") != "" {
		return e.root(ctx, u, got)
	}
	for _, p := range fallbacks {
		elsewhere := &url.URL{Scheme: base.Scheme, Host: base.Host, Path: p}
		if e.tried[elsewhere.String()] {
			continue
		}
		if at := e.knock(ctx, elsewhere); at.page != nil || ctx.Err() != nil {
			return at.home()
		}
	}
	return nil
}

// root tries the host itself where the registry's path is gone, on hosts that a
// comune has to itself.
func (e *entry) root(ctx context.Context, u *url.URL, got *arrival) *arrival {
	top := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}
	if u.Path == "" || u.Path == "/" || tenantPath(u) != "" || !gone(got.status) || e.tried[top.String()] {
		return nil
	}
	return e.knock(ctx, top).home()
}

// home is the arrival where it brought a page, else nil.
func (a *arrival) home() *arrival {
	if a.page == nil {
		return nil
	}
	return a
}

// knock fetches one address at the entrance and notes the try.
func (e *entry) knock(ctx context.Context, u *url.URL) *arrival {
	e.tries++
	got := e.arrive(ctx, order{
		url: u.String(), kind: page.FetchPage, limit: e.crawler.pageLimit, home: true, ids: []string{page.Home},
	})
	if ctx.Err() != nil {
		return got
	}
	if got.page != nil {
		e.vetMove(got)
	}
	for _, a := range got.passed() {
		e.tried[a] = true
	}
	e.visit.Attempts = append(e.visit.Attempts, got.attempt())
	e.conclude(u, got)
	return got
}

// attempt is what is noted of a try at the entrance.
func (r *result) attempt() page.Attempt {
	a := page.Attempt{URL: r.url, Reach: r.reach, Status: r.status, Address: r.address, Detail: r.detail, TLS: r.tls}
	if r.final != r.url {
		a.Final = r.final
	}
	return a
}

// conclude draws what a failed try means for those to come.
func (e *entry) conclude(u *url.URL, got *arrival) {
	e.over = e.over || got.busy || got.hurried
	switch got.reach {
	case page.ReachRobotsDenied, page.ReachRateLimited, page.ReachMaintenance, page.ReachTooLarge:
		e.over = true // the site answered for itself; more tries would only bother it
	case page.ReachNXDomain, page.ReachServFail, page.ReachDNSTimeout:
		if len(got.hops) == 0 {
			e.dead[u.Hostname()] = true
		}
	case page.ReachOurFault:
		e.over = e.over || got.ours
	}
}

// vetMove drops a home page under another registrable domain that has nothing
// to do with the comune whose address led there.
func (e *entry) vetMove(got *arrival) {
	final, err := url.Parse(got.base())
	if err != nil || sameSite(e.site, final) || akin(e.site, final, got.page) {
		return
	}
	got.reach, got.detail = page.ReachOffsite, "the address leads to another site: "+siteHost(final)
	got.page, got.faint = nil, false
	e.visit.Fetches[got.entry].Reach, e.visit.Fetches[got.entry].Detail = got.reach, got.detail
}

// portals carry pages of anybody: being sent there is leaving the site.
var portals = []string{
	"facebook.com", "instagram.com", "twitter.com", "x.com", "youtube.com", "linkedin.com", "google.com", "google.it",
	"bing.com", "t.me", "tiktok.com", "wikipedia.org",
}

// akin tells whether a site at another domain speaks of the same comune: the
// name in the old address stands in the new one or on the page.
func akin(asked, final *url.URL, p *page.Page) bool {
	if slices.Contains(portals, registrable(final)) {
		return false
	}
	name := placeName(asked)
	if name == "" {
		return false
	}
	if strings.Contains(letters(siteHost(final)+final.Path), name) {
		return true
	}
	if len(name) < 5 { // too short to be found inside of words by anything but chance
		return slices.Contains(strings.FieldsFunc(page.Fold(p.Title)+" "+p.Folded, notLetter), name)
	}
	return strings.Contains(letters(page.Fold(p.Title))+" "+letters(p.Folded), name)
}

// placeName is the part of a host that names the comune: the first label that
// is neither a generic word nor the end of the domain, without "comunedi".
func placeName(u *url.URL) string {
	for label := range strings.SplitSeq(siteHost(u), ".") {
		switch label {
		case "www", "comune", "gemeinde", "commune", "citta", "sito", "portale", "web", "new":
			continue
		}
		for _, prefix := range []string{"comunedi", "comune-di-", "comune-", "comune", "cittadi", "citta-di-"} {
			label = strings.TrimPrefix(label, prefix)
		}
		return letters(label)
	}
	return ""
}

// letters is a folded text without anything but letters and digits.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if notLetter(r) {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

func notLetter(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 0x80) }
