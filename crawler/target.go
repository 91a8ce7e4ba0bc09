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
	url     string   // canonical; empty: it cannot be fetched
	u       *url.URL // once it is vetted
	own     bool
	vetted  bool   // refused is known
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
	if t := f.spelt[l.URL]; t != nil {
		return t // pages repeat their menus
	}
	key, own := "", false
	if l.URL != "" {
		var ok bool
		if key, own, ok = f.locate(l.URL); !ok {
			return nil
		}
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
	t := &target{key: key, url: l.URL, own: own, rank: make([]int, len(f.asked)), beyond: make([]bool, len(f.asked)), depth: 1 << 20, placed: 1 << 20}
	if l.URL != "" {
		f.spelt[l.URL] = t
	}
	f.targets[key] = t
	f.order = append(f.order, t)
	return t
}

// standing is what the frontier knows of one host.
type standing struct {
	name string // in keys
	own  bool
}

// locate is the scope's key and contains of a canonical address. Where no path
// sets the site apart, they are a matter of its host, which is looked at once.
func (f *frontier) locate(address string) (key string, own, ok bool) {
	_, rest, _ := strings.Cut(address, "://")
	slash := strings.IndexByte(rest, '/')
	if slash <= 0 || f.scope.tenant() {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" {
			return "", false, false
		}
		return f.scope.key(u), f.scope.contains(u), true
	}
	h, known := f.sites[rest[:slash]]
	if !known {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" {
			return "", false, false
		}
		h = standing{name: u.Host, own: f.scope.contains(u)}
		if h.own {
			h.name = siteHost(u)
		}
		f.sites[rest[:slash]] = h
	}
	return h.name + rest[slash:], h.own, true
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
