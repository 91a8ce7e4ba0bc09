package crawler

// What the frontier holds: addresses, the links that lead to them, and what
// each interest thinks of those.

import (
	"math"
	"net/url"
	"strings"

	"github.com/vigile-it/vigile/crawler/page"
)

// target is one address with the links that lead to it. There are hundreds in each of
// hundreds of visits, so it holds what all of them have and no more.
type target struct {
	key    string
	url    string // canonical; empty: it cannot be fetched
	first  seenLink
	rare   *rare // nil: it has nothing of it
	depth  int32 // of the page it would be
	placed uint8
	own    bool
	linked bool // first is there
}

// rare is what few targets have.
type rare struct {
	others  []seenLink // that differ from the first
	ranks   []rank     // of the interests that a link to it serves
	u       *url.URL   // once it is vetted
	vetted  bool       // refused is known
	refused string     // why it is never fetched
}

// more is what few targets have, to be written to.
func (t *target) more() *rare {
	if t.rare == nil {
		t.rare = &rare{}
	}
	return t.rare
}

// links goes through the links to the address, as they were seen.
func (t *target) links(yield func(seenLink) bool) {
	if !t.linked || !yield(t.first) || t.rare == nil {
		return
	}
	for _, seen := range t.rare.others {
		if !yield(seen) {
			return
		}
	}
}

// keep adds a link, unless there are many.
func (t *target) keep(seen seenLink) {
	if !t.linked {
		t.first, t.linked = seen, true
		return
	}
	t.more().others = append(t.rare.others, seen)
}

// full tells that no more links are kept.
func (t *target) full() bool { return t.rare != nil && len(t.rare.others) == maxVariants-1 }

// rank is what one interest thinks of an address.
type rank struct {
	interest int
	priority int  // the best of a link within its hops; 0: there is none
	beyond   bool // a link further off would serve it
}

// rank is what the n-th interest thinks of the address.
func (t *target) rank(n int) rank {
	if t.rare != nil {
		for _, r := range t.rare.ranks {
			if r.interest == n {
				return r
			}
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
	ranks := t.more().ranks
	for i := range ranks {
		if r := &ranks[i]; r.interest == n {
			r.priority, r.beyond = max(r.priority, priority), r.beyond || beyond
			return
		}
	}
	t.rare.ranks = append(ranks, rank{n, priority, beyond})
}

func (f *frontier) addLink(l *page.Link, depth int) {
	t := f.target(l)
	if t == nil {
		return
	}
	sum := f.shelf.sum(l)
	for seen := range t.links {
		if seen.sum == sum && f.shelf.depth(seen) <= depth {
			return
		}
	}
	if !t.full() {
		t.keep(f.shelf.put(l, t.url, sum))
	}
	t.depth = int32(min(int(t.depth), depth+1))
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
	*t = target{key: key, url: address, own: own, depth: 1 << 20, placed: math.MaxUint8}
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
func placeOrder(p page.Place) uint8 {
	switch p {
	case page.PlaceFooter:
		return 0
	case page.PlaceHeader:
		return 1
	case page.PlaceNav:
		return 2
	case page.PlaceMain:
		return 3
	case page.PlaceAside:
		return 4
	}
	return 5
}
