package nightly

// The order of comuni: those that share an address first, the biggest share
// before the others, for the address that serves a thousand of them is what the
// night's length hangs on.

import (
	"cmp"
	"context"
	"maps"
	"math"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
)

const (
	lookupsAtOnce = 64
	lookupTime    = time.Minute // for all names together; those not found by then share nothing
)

// Group is comuni whose sites share an address.
type Group struct {
	Address netip.Addr // the lowest of its addresses; in a queue the zero Addr: shared by none, or not known
	Comuni  []registry.Comune
}

// Layout is where the sites of comuni are; each comune is in it once.
type Layout struct {
	Groups     []Group           // those that share an address, the biggest first
	Alone      []registry.Comune // those that share none
	Unresolved []registry.Comune // whose address was not found: who shares one with them is not known
	Siteless   []registry.Comune // in the registry without an address to visit
}

// Locate looks every site up. It takes a minute at the most; nil is no resolver,
// by which nobody is found.
func Locate(ctx context.Context, r Resolver, comuni []registry.Comune) Layout {
	sites := make([]string, len(comuni))
	for i := range comuni {
		sites[i] = comuni[i].Site.URL
	}
	address := make([]netip.Addr, len(comuni))
	if r != nil {
		address = addresses(ctx, r, sites)
	}
	var l Layout
	for _, g := range grouped(address) {
		if g.at.IsValid() {
			l.Groups = append(l.Groups, Group{Address: g.at, Comuni: pick(comuni, g.members)})
			continue
		}
		for _, i := range g.members {
			switch {
			case sites[i] == "":
				l.Siteless = append(l.Siteless, comuni[i])
			case address[i].IsValid():
				l.Alone = append(l.Alone, comuni[i])
			default:
				l.Unresolved = append(l.Unresolved, comuni[i])
			}
		}
	}
	return l
}

// addresses is the lowest address of each of some sites, the zero Addr of one that has
// none.
func addresses(ctx context.Context, r Resolver, sites []string) []netip.Addr {
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	found := make([]netip.Addr, len(sites))
	var lookups errgroup.Group
	lookups.SetLimit(lookupsAtOnce)
	for i, site := range sites {
		u, err := url.Parse(site)
		if err != nil || u.Hostname() == "" {
			continue
		}
		lookups.Go(func() error {
			if ctx.Err() != nil {
				return nil
			}
			if addrs, err := r.Addresses(ctx, u.Hostname()); err == nil && len(addrs) > 0 {
				found[i] = slices.MinFunc(addrs, netip.Addr.Compare)
			}
			return nil
		})
	}
	lookups.Wait() //nolint:errcheck // what is not found shares nothing
	return found
}

func pick(comuni []registry.Comune, which []int) []registry.Comune {
	out := make([]registry.Comune, len(which))
	for n, i := range which {
		out[n] = comuni[i]
	}
	return out
}

// group is which of some comuni, by number, share an address.
type group struct {
	at      netip.Addr // of a group of two or more; invalid: they share none
	members []int
}

// grouped gives the biggest group first, and last, without an address, the comuni
// that share none. It keeps their order within each group.
func grouped(address []netip.Addr) []group {
	shared := map[netip.Addr][]int{}
	for i, at := range address {
		if at.IsValid() {
			shared[at] = append(shared[at], i)
		}
	}
	maps.DeleteFunc(shared, func(_ netip.Addr, members []int) bool { return len(members) < 2 })
	groups := make([]group, 0, len(shared)+1)
	for at, members := range shared {
		groups = append(groups, group{at, members})
	}
	slices.SortFunc(groups, func(a, b group) int {
		return cmp.Or(cmp.Compare(len(b.members), len(a.members)), a.at.Compare(b.at))
	})
	var alone []int
	for i, at := range address {
		if shared[at] == nil {
			alone = append(alone, i)
		}
	}
	if len(alone) > 0 {
		groups = append(groups, group{members: alone})
	}
	return groups
}

// queue says who starts next.
type queue struct{ lines []*line }

// line is comuni that wait for one address.
type line struct {
	todo   []int // their numbers in the run
	shared bool
	flying int // started and not yet back
	most   int // that may fly at once
	usual  int // that is where answers take a third of the gap or more
	answer time.Duration
}

// quickest bounds how many times the usual number of comuni fly where answers are quick.
const quickest = 4

// learn takes in how long a site of the line took to answer. The quicker it does, the
// less of its time a comune asks anything of the address, and the more of them it takes
// for the address to be asked all that it may be.
func (l *line) learn(v page.Visit, gap time.Duration) {
	for _, f := range v.Fetches {
		if f.Kind != page.FetchPage || f.Reach != page.ReachOK || f.Took <= 0 {
			continue
		}
		if l.answer == 0 {
			l.answer = f.Took
		}
		l.answer += (f.Took - l.answer) / 16
	}
	if !l.shared || l.answer <= 0 {
		return
	}
	busy := float64(l.answer) / float64(l.answer+gap)
	l.most = min(quickest*l.usual, max(l.usual, int(math.Ceil(float64(l.usual)/4*1.25/busy))))
}

// newQueue lets perAddress comuni of a shared address start at once. The addresses are
// of all comuni of the run; nil: none is known.
func newQueue(todo []int, address []netip.Addr, perAddress int) *queue {
	own := make([]netip.Addr, len(todo))
	for i, n := range todo {
		if address != nil {
			own[i] = address[n]
		}
	}
	q := &queue{}
	for _, g := range grouped(own) {
		for i, m := range g.members {
			g.members[i] = todo[m]
		}
		l := &line{todo: g.members, shared: g.at.IsValid(), most: len(todo)}
		if l.shared {
			l.most, l.usual = perAddress, perAddress
		}
		q.lines = append(q.lines, l)
	}
	return q
}

// next is the line whose first comune may start: of the shared addresses the one
// with the most still to do, and when all of them are busy, the others. nil:
// nobody may start until somebody is back.
func (q *queue) next() *line {
	var best *line
	for _, l := range q.lines {
		if len(l.todo) == 0 || l.flying >= l.most {
			continue
		}
		if best == nil || (l.shared && len(l.todo) > len(best.todo)) {
			best = l
		}
	}
	return best
}

func (l *line) first() int { return l.todo[0] }

// take starts the first of the line.
func (l *line) take() {
	l.todo = l.todo[1:]
	l.flying++
}

// len is how many have not started.
func (q *queue) len() int {
	n := 0
	for _, l := range q.lines {
		n += len(l.todo)
	}
	return n
}

// rest are those that have not started.
func (q *queue) rest() []int {
	var out []int
	for _, l := range q.lines {
		out = append(out, l.todo...)
	}
	return out
}
