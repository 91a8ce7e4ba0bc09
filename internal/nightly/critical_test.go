package nightly

// How long a national night takes beside what no order could shorten: every
// address answers so many requests at once, each host one at a time with a gap,
// and a vendor's comuni stand on a handful of addresses. The clock is simulated,
// the network is not there.

import (
	"context"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/assess"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// tempo is what the other side is promised, and how it answers.
type tempo struct {
	slots    int           // requests at once to an address
	gap      time.Duration // between two of a host, from the end of one
	answer   time.Duration // one request
	requests int           // one site
	nameless time.Duration // one look at a site whose name is not found
	silent   time.Duration // and at one that does not answer
}

func (p tempo) one() time.Duration { return time.Duration(p.requests) * (p.answer + p.gap) }

// usualPace is that of the default settings, with twelve requests of 400 ms a site as the
// plan of --dry-run has them.
func usualPace() tempo {
	return tempo{slots: 4, gap: time.Second, answer: 400 * time.Millisecond, requests: 12, nameless: 6 * time.Second, silent: 20 * time.Second}
}

// country is all comuni with the vendors' shares of August 2026 (a census of
// 7,896), each vendor on so many addresses; who has none is alone.
type country struct {
	tempo
	comuni []registry.Comune
	book   phonebook
	group  map[netip.Addr]int // comuni that answer, by address
	gone   map[string]bool    // ISTAT codes of sites that do not

	gates map[netip.Addr]chan struct{}
	asked atomic.Int64
}

var vendorShares = []struct{ comuni, addresses int }{
	{1120, 3}, {1010, 3}, {956, 2}, {503, 2}, {377, 1}, {363, 2}, {171, 1}, {168, 1}, {85, 1}, {70, 1},
}

// nation spreads 7,896 comuni over addresses; every nth does not answer (0:
// all do), and each vendor has at most so many addresses (0: as many as above).
func nation(p tempo, nth, addresses int) *country {
	c := &country{
		tempo: p, comuni: comuni(7896), book: phonebook{}, group: map[netip.Addr]int{},
		gone: map[string]bool{}, gates: map[netip.Addr]chan struct{}{},
	}
	i := 0
	place := func(at netip.Addr) {
		m := c.comuni[i]
		switch gone := nth > 0 && i%nth == 0; {
		case gone && len(c.gone)%40 > 0: // of 764 that were dead in 2022, 740 had no name
			c.gone[m.Istat] = true
		case gone:
			c.gone[m.Istat] = true
			fallthrough
		default:
			c.book["www."+m.Istat+".example"] = []string{at.String()}
		}
		if !c.gone[m.Istat] {
			c.group[at]++
		}
		if c.gates[at] == nil {
			c.gates[at] = make(chan struct{}, p.slots)
		}
		i++
	}
	for v, s := range vendorShares {
		n := s.addresses
		if addresses > 0 {
			n = min(n, addresses)
		}
		for k := range s.comuni {
			place(netip.AddrFrom4([4]byte{192, 0, 2, byte(10*v + k%n)}))
		}
	}
	for k := 0; i < len(c.comuni); k++ {
		place(netip.AddrFrom4([4]byte{198, 18, byte(k >> 8), byte(k)}))
	}
	return c
}

// Assess asks a site its requests, at the promised pace.
func (c *country) Assess(ctx context.Context, m registry.Comune, r assess.Request) (record.Assessment, error) {
	a := record.Assessment{Run: r.Run, Started: time.Now().UTC(), Comune: m, Visit: page.Visit{Reach: page.ReachOK}}
	a.Findings = []finding.Finding{{Check: "https", Verdict: finding.Pass}}
	if c.gone[m.Istat] {
		took := c.nameless
		if a.Visit.Reach = page.ReachServFail; c.book["www."+m.Istat+".example"] != nil {
			a.Visit.Reach, took = page.ReachConnTimeout, c.silent
		}
		a.Findings[0].Verdict = finding.Unknown
		pause(ctx, took)
		return a, ctx.Err()
	}
	gate := c.gates[netip.MustParseAddr(c.book["www."+m.Istat+".example"][0])]
	for n := range c.requests {
		if n > 0 {
			time.Sleep(c.gap)
		}
		gate <- struct{}{}
		time.Sleep(c.answer)
		<-gate
		a.Visit.Fetches = append(a.Visit.Fetches, page.Fetch{Kind: page.FetchPage, Reach: page.ReachOK, Took: c.answer})
		c.asked.Add(1)
	}
	return a, ctx.Err()
}

// path is what no order can shorten: the largest address at its allowed rate,
// or all sites over the places there are, or one site.
func (c *country) path(workers int) time.Duration {
	longest := c.one()
	for _, n := range c.group {
		longest = max(longest, time.Duration(n*c.requests)*c.answer/time.Duration(c.slots))
	}
	sites, dead := len(c.comuni)-len(c.gone), len(c.gone)
	return max(longest, (time.Duration(sites)*c.one()+time.Duration(2*dead)*c.nameless)/time.Duration(workers))
}

func TestTheNationalNightTakesLittleMoreThanItsCriticalPath(t *testing.T) {
	const workers, places, bar = 256, 16, 1.15
	slow := usualPace()
	slow.answer = 800 * time.Millisecond
	quick := usualPace()
	quick.answer = 100 * time.Millisecond
	for _, c := range []struct {
		name   string
		nation *country
	}{
		{"as the vendors stand", nation(usualPace(), 0, 0)},
		{"each vendor on one address", nation(usualPace(), 0, 1)},
		{"as the vendors stand, answers of 800 ms", nation(slow, 0, 0)},
		{"as the vendors stand, answers of 100 ms", nation(quick, 0, 0)},
		{"each vendor on one address, answers of 100 ms", nation(quick, 0, 1)},
		{"as the vendors stand, one site in twelve does not answer", nation(usualPace(), 12, 0)},
		{"each vendor on one address, one site in twelve does not answer", nation(usualPace(), 12, 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := c.nation
				for at := range n.gates { // channels belong to the bubble they were made in
					n.gates[at] = make(chan struct{}, n.slots)
				}
				begun := time.Now()
				o := must(t, t.Context(), Options{
					Assessor: n, Keeper: &shelf{}, Workers: workers, PerAddress: places, Gap: n.gap, Resolver: n.book,
				}, Selection{Kind: record.Night, Comuni: n.comuni})
				took, path := time.Since(begun), n.path(workers)
				if o.Tally.Comuni != len(n.comuni) || o.Left > 0 || o.Why != "" {
					t.Errorf("%d comuni, %d left, %q", o.Tally.Comuni, o.Left, o.Why)
				}
				if want := int64((len(n.comuni) - len(n.gone)) * n.requests); n.asked.Load() != want {
					t.Errorf("%d requests, want %d", n.asked.Load(), want)
				}
				ratio := took.Seconds() / path.Seconds()
				t.Logf("%v, the critical path %v: %.2f", took.Round(time.Second), path.Round(time.Second), ratio)
				if ratio > bar {
					t.Errorf("%.2f times the critical path, %.2f allowed", ratio, bar)
				}
			})
		})
	}
}
