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
	"sync"
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
	address := map[string]netip.Addr{}
	if r != nil {
		address = addresses(ctx, r, comuni)
	}
	var l Layout
	for _, g := range grouped(comuni, address) {
		if g.at.IsValid() {
			l.Groups = append(l.Groups, Group{Address: g.at, Comuni: pick(comuni, g.members)})
			continue
		}
		for _, c := range pick(comuni, g.members) {
			switch {
			case c.Site.URL == "":
				l.Siteless = append(l.Siteless, c)
			case address[c.Istat].IsValid():
				l.Alone = append(l.Alone, c)
			default:
				l.Unresolved = append(l.Unresolved, c)
			}
		}
	}
	return l
}

// addresses is by ISTAT code the lowest address of each site that has one.
func addresses(ctx context.Context, r Resolver, comuni []registry.Comune) map[string]netip.Addr {
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	var mu sync.Mutex
	found := map[string]netip.Addr{}
	var lookups errgroup.Group
	lookups.SetLimit(lookupsAtOnce)
	for _, c := range comuni {
		u, err := url.Parse(c.Site.URL)
		if err != nil || u.Hostname() == "" {
			continue
		}
		lookups.Go(func() error {
			if ctx.Err() != nil {
				return nil
			}
			if addrs, err := r.Addresses(ctx, u.Hostname()); err == nil && len(addrs) > 0 {
				mu.Lock()
				defer mu.Unlock()
				found[c.Istat] = slices.MinFunc(addrs, netip.Addr.Compare)
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

// group is which of some comuni share an address.
type group struct {
	at      netip.Addr // of a group of two or more; invalid: they share none
	members []int
}

// grouped gives the biggest group first, and last, without an address, the comuni
// that share none. It keeps the order of comuni within each group.
func grouped(comuni []registry.Comune, address map[string]netip.Addr) []group {
	shared := map[netip.Addr][]int{}
	for i, c := range comuni {
		if at := address[c.Istat]; at.IsValid() {
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
	for i, c := range comuni {
		if shared[address[c.Istat]] == nil {
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
	all    []registry.Comune
	todo   []int // which of them
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

// newQueue lets perAddress comuni of a shared address start at once.
func newQueue(comuni []registry.Comune, address map[string]netip.Addr, perAddress int) *queue {
	q := &queue{}
	for _, g := range grouped(comuni, address) {
		l := &line{all: comuni, todo: g.members, shared: g.at.IsValid(), most: len(comuni)}
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

func (l *line) first() registry.Comune { return l.all[l.todo[0]] }

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
func (q *queue) rest() []registry.Comune {
	var out []registry.Comune
	for _, l := range q.lines {
		out = append(out, pick(l.all, l.todo)...)
	}
	return out
}
