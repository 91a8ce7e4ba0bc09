package crawler

// What the frontier holds: addresses, the links that lead to them, and what
// each interest thinks of those.

import (
	"net/url"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/crawler/page"
)

// target is one address with the links that lead to it.
type target struct {
	key     string
	url     string // empty: it cannot be fetched
	u       *url.URL
	own     bool
	refused string // why it is never fetched
	links   []seenLink
	rank    []int // by interest: the best priority of a link within its hops
	beyond  []bool
	depth   int // of the page it would be
	placed  int
}

// seenLink is a link and the depth of the page it stands on.
type seenLink struct {
	page.Link
	depth int
}

func (f *frontier) addLink(l page.Link, depth int) {
	t := f.target(l)
	if t == nil {
		return
	}
	for _, seen := range t.links {
		if seen.Folded == l.Folded && seen.Element == l.Element && seen.Place == l.Place && seen.Class == l.Class && seen.depth <= depth {
			return
		}
	}
	seen := seenLink{Link: l, depth: depth}
	if len(t.links) < maxVariants {
		t.links = append(t.links, seen)
	}
	t.depth = min(t.depth, depth+1)
	t.placed = min(t.placed, placeOrder(l.Place))
	for n := range f.asked {
		f.weigh(t, seen, n)
	}
}

// target is the entry of the link's address; nil for what is no address of a
// page at all, and once the bound is met.
func (f *frontier) target(l page.Link) *target {
	key, u := "", (*url.URL)(nil)
	if l.URL != "" {
		parsed, err := url.Parse(l.URL)
		if err != nil || parsed.Host == "" {
			return nil
		}
		u, key = parsed, f.scope.key(parsed)
	} else if key = strings.Join([]string{l.Href, l.OnClick, l.Folded, l.Element}, "\x00"); notAPage(l.Href) {
		return nil
	}
	if t := f.targets[key]; t != nil {
		return t
	}
	if len(f.order) == maxTargets {
		f.overflow = true
		return nil
	}
	t := &target{key: key, url: l.URL, u: u, rank: make([]int, len(f.asked)), beyond: make([]bool, len(f.asked)), depth: 1 << 20, placed: 1 << 20}
	if u != nil {
		t.own, t.refused = f.scope.contains(u), trap(u)
	}
	f.targets[key] = t
	f.order = append(f.order, t)
	return t
}

// notAPage tells a link that is meant for something other than the browser.
func notAPage(href string) bool {
	scheme, _, found := strings.Cut(strings.ToLower(strings.TrimSpace(href)), ":")
	switch scheme {
	case "mailto", "tel", "sms", "fax", "callto", "skype", "whatsapp", "geo", "webcal", "data", "file", "ftp":
		return found
	}
	return false
}

// weigh asks one interest about one link.
func (f *frontier) weigh(t *target, l seenLink, n int) {
	priority := f.match(n, l.Link)
	switch {
	case priority <= 0:
	case l.depth >= hops(f.asked[n]):
		t.beyond[n] = true
	default:
		t.rank[n] = max(t.rank[n], priority)
	}
}

// match guards against an interest that panics: it is then never satisfied and
// never absent.
func (f *frontier) match(n int, l page.Link) (priority int) {
	defer func() {
		if v := recover(); v != nil {
			f.broken[n] = true
			f.fault("matching a link for "+f.asked[n].ID, v)
			priority = 0
		}
	}()
	return f.asked[n].Match(l)
}

func hops(i page.Interest) int { return max(1, i.MaxHops) }

// placeOrder puts first the places where the law and the national model put
// what is looked for.
func placeOrder(p page.Place) int {
	i := slices.Index([]page.Place{page.PlaceFooter, page.PlaceHeader, page.PlaceNav, page.PlaceMain, page.PlaceAside}, p)
	if i < 0 {
		return 5
	}
	return i
}
