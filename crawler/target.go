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
	ranks   []rank // of the interests that a link to it serves
	depth   int    // of the page it would be
	placed  int
}

// rank is what one interest thinks of an address.
type rank struct {
	interest int
	priority int  // the best of a link within its hops; 0: there is none
	beyond   bool // a link further off would serve it
}

// rank is what the n-th interest thinks of the address.
func (t *target) rank(n int) rank {
	for _, r := range t.ranks {
		if r.interest == n {
			return r
		}
	}
	return rank{interest: n}
}

// serves tells whether a link to the address serves the n-th interest, near or far.
func (t *target) serves(n int) bool {
	r := t.rank(n)
	return r.priority > 0 || r.beyond
}

// note takes in what the n-th interest thinks of one more link.
func (t *target) note(n, priority int, beyond bool) {
	for i := range t.ranks {
		if r := &t.ranks[i]; r.interest == n {
			r.priority, r.beyond = max(r.priority, priority), r.beyond || beyond
			return
		}
	}
	t.ranks = append(t.ranks, rank{n, priority, beyond})
}

func (f *frontier) addLink(l *page.Link, depth int) {
	t := f.target(l)
	if t == nil {
		return
	}
	sum := f.shelf.sum(l)
	for _, seen := range t.links {
		if seen.sum == sum && seen.depth <= depth {
			return
		}
	}
	if len(t.links) < maxVariants {
		row, at := f.shelf.put(l, t.url)
		t.links = append(t.links, seenLink{sum: sum, row: row, at: at, depth: depth})
	}
	t.depth = min(t.depth, depth+1)
	t.placed = min(t.placed, placeOrder(l.Place))
	for n := range f.asked {
		f.weigh(t, l, depth, n)
	}
}

// target is the entry of the link's address; nil for what is no address of a
// page at all, and once the bound is met.
func (f *frontier) target(l *page.Link) *target {
	if l.URL == "" {
		if notAPage(l.Href) {
			return nil
		}
		key := strings.Join([]string{l.Href, l.OnClick, l.Folded, l.Element}, "\x00")
		if t := f.targets[key]; t != nil {
			return t
		}
		return f.newTarget(key, "", false)
	}
	if t := f.spelt[l.URL]; t != nil {
		return t
	}
	host, rest, own, ok := f.locate(l.URL)
	if !ok {
		return nil
	}
	if key := l.URL[max(0, len(l.URL)-len(host)-len(rest)):]; key[:len(host)] == host && key[len(host):] == rest {
		if t := f.targets[key]; t != nil { // nothing of the host is left out, so the key lies in the address
			return t
		}
		return f.newTarget(key, l.URL, own)
	}
	f.key = append(append(f.key[:0], host...), rest...)
	t := f.targets[string(f.key)]
	if t == nil {
		t = f.newTarget(string(f.key), l.URL, own)
	}
	if t != nil && f.scope.tenant() { // there every look is a dear one
		f.spelt[l.URL] = t
	}
	return t
}

// slab is how many targets are made at a time.
const slab = 32

func (f *frontier) newTarget(key, address string, own bool) *target {
	if len(f.order) == maxTargets {
		f.overflow = true
		return nil
	}
	if len(f.fresh) == 0 {
		f.fresh = make([]target, slab)
	}
	t := &f.fresh[0]
	f.fresh = f.fresh[1:]
	*t = target{key: key, url: address, own: own, depth: 1 << 20, placed: 1 << 20}
	f.targets[key] = t
	f.order = append(f.order, t)
	return t
}

// standing is what the frontier knows of one host.
type standing struct {
	name string // in keys
	own  bool
}

// locate is the scope's key, in two parts, and contains of a canonical address.
// Where no path sets the site apart, they are a matter of its host, which is
// looked at once.
func (f *frontier) locate(address string) (host, rest string, own, ok bool) {
	_, rest, _ = strings.Cut(address, "://")
	slash := strings.IndexByte(rest, '/')
	if slash <= 0 || f.scope.tenant() {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" {
			return "", "", false, false
		}
		return "", f.scope.key(u), f.scope.contains(u), true
	}
	h, known := f.sites[rest[:slash]]
	if !known {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" {
			return "", "", false, false
		}
		h = standing{name: u.Host, own: f.scope.contains(u)}
		if h.own {
			h.name = siteHost(u)
		}
		f.sites[rest[:slash]] = h
	}
	return h.name, rest[slash:], h.own, true
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
func (f *frontier) weigh(t *target, l *page.Link, depth, n int) {
	priority := f.match(n, l)
	switch {
	case priority <= 0:
	case depth >= hops(f.asked[n]):
		t.note(n, 0, true)
	default:
		t.note(n, priority, false)
	}
}

// match guards against an interest that panics: it is then never satisfied and
// never absent.
func (f *frontier) match(n int, l *page.Link) (priority int) {
	defer func() {
		if v := recover(); v != nil {
			f.broken[n] = true
			f.fault("matching a link for "+f.asked[n].ID, v)
			priority = 0
		}
	}()
	return f.asked[n].Match(*l)
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
