// Package replica is a small simulated Italy on loopback: invented comuni, the
// registry that lists them (IPA's CKAN in its own format), a DNS server, a
// certificate authority, and their websites in the manner of the vendors that
// build the real ones, with the noise, the traps and the faults of the real
// ones. It needs no root and no network, and no person, place or body in it is
// real.
//
// It imports nothing of the house, so that it cannot agree with the checks by
// construction: what is true of a comune follows from the traits its site was
// written from (see Truth), never from looking at the pages.
package replica

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// Options says which Italy to build. The zero value is the whole roster.
type Options struct {
	Seed       uint64        // the same seed and day give the same bytes on every page
	Day        time.Time     // the day the sites were last edited, on which the truth judges deadlines; zero: today
	Comuni     int           // how many comuni of the roster, in its order; 0: all of it
	Scale      int           // this many generated comuni in place of the roster; 0: the roster; at most MaxScale
	Slow       bool          // also the faults that make a crawler wait out its time-outs (full accept queue, silent DNS, dripping bodies)
	Latency    time.Duration // waited before each answer of a website
	Validators bool          // every page carries an ETag and a repeated request is answered 304
}

// MaxScale is the largest Options.Scale.
const MaxScale = 9_000

// Italy is the simulated country before it is put on the network. It is safe
// for concurrent use once built.
type Italy struct {
	options Options
	day     time.Time

	mu       sync.RWMutex // guards the comuni a Mend replaces
	comuni   []*comune    // in ISTAT order
	byIstat  map[string]int
	hosts    map[string]*host // by host name
	bodies   []body           // rows of IPA that are no comuni
	archives map[string]*publication
}

// host is one name of the replica's network.
type host struct {
	name   string
	addr   netip.Addr
	comune int  // index into Italy.comuni; -1 for a host of no comune
	role   role // what it serves
}

// role says what a host serves.
type role int

const (
	roleSite    role = iota // the comune's website
	roleTwin                // the same name without or with www., which redirects to the website
	roleLogin               // the citizens' area
	rolePortal              // the transparency portal on a vendor's host
	roleGateway             // a regional identity gateway
	roleAgID                // AgID's form service, under its own name
	roleTenants             // a vendor's host with a comune in each folder
	rolePKI                 // where missing intermediates can be fetched
)

// New builds the country; nothing is opened yet.
func New(o Options) (*Italy, error) {
	if o.Scale < 0 || o.Scale > MaxScale {
		return nil, fmt.Errorf("replica: scale %d is not within 0 and %d", o.Scale, MaxScale)
	}
	if o.Day.IsZero() {
		o.Day = time.Now()
	}
	it := &Italy{
		options: o,
		day:     time.Date(o.Day.Year(), o.Day.Month(), o.Day.Day(), 12, 0, 0, 0, time.UTC),
		byIstat: map[string]int{}, hosts: map[string]*host{}, archives: map[string]*publication{},
	}
	var plans []plan
	if o.Scale > 0 {
		plans = scaled(o.Seed, o.Scale, o.Slow)
	} else {
		plans = roster(o.Slow)
		if o.Comuni > 0 && o.Comuni < len(plans) {
			plans = plans[:o.Comuni]
		}
	}
	for i, p := range plans {
		c := settle(o.Seed, it.day, p)
		it.comuni = append(it.comuni, c)
		if _, ok := it.byIstat[c.istat]; ok {
			return nil, fmt.Errorf("replica: ISTAT code %s twice", c.istat)
		}
		it.byIstat[c.istat] = i
		if err := it.name(i, c); err != nil {
			return nil, err
		}
		it.archive(c)
	}
	it.bodies = otherBodies(it.comuni)
	it.commonHosts()
	return it, nil
}

// name gives the comune's hosts their addresses.
func (it *Italy) name(i int, c *comune) error {
	add := func(name string, r role, addr netip.Addr) error {
		if name == "" {
			return nil
		}
		if h, ok := it.hosts[name]; ok {
			if h.role == roleTenants {
				return nil
			}
			return fmt.Errorf("replica: host %s twice", name)
		}
		it.hosts[name] = &host{name: name, addr: addr, comune: i, role: r}
		return nil
	}
	site := siteAddress(c, i)
	if c.folder != "" {
		it.hosts[tenantHost] = &host{name: tenantHost, addr: netip.AddrFrom4([4]byte{127, 43, 0, 1}), comune: -1, role: roleTenants}
	}
	if err := add(c.host, roleSite, site); err != nil {
		return err
	}
	if err := add(c.twin, roleTwin, site); err != nil {
		return err
	}
	if err := add(c.loginHost, roleLogin, loginAddress(c)); err != nil {
		return err
	}
	return add(c.portalHost, rolePortal, portalAddress(c))
}

// commonHosts adds the hosts that belong to no comune.
func (it *Italy) commonHosts() {
	for _, g := range gateways {
		it.hosts[g.host] = &host{name: g.host, addr: netip.AddrFrom4([4]byte{127, 40, 0, 1}), comune: -1, role: roleGateway}
	}
	it.hosts[agidHost] = &host{name: agidHost, addr: netip.AddrFrom4([4]byte{127, 41, 0, 1}), comune: -1, role: roleAgID}
	it.hosts[pkiHost] = &host{name: pkiHost, addr: netip.AddrFrom4([4]byte{127, 42, 0, 1}), comune: -1, role: rolePKI}
}

// at returns the comune of that index as it is now.
func (it *Italy) at(i int) *comune {
	it.mu.RLock()
	defer it.mu.RUnlock()
	return it.comuni[i]
}

// all returns the comuni as they are now, in ISTAT order.
func (it *Italy) all() []*comune {
	it.mu.RLock()
	defer it.mu.RUnlock()
	return append([]*comune(nil), it.comuni...)
}

// Mend repairs a comune: its site and its rows in IPA become those of the
// compliant variant of the same vendor, and a fault is lifted. An unknown ISTAT
// code is an error.
func (it *Italy) Mend(istat string) error {
	it.mu.Lock()
	defer it.mu.Unlock()
	i, ok := it.byIstat[istat]
	if !ok {
		return fmt.Errorf("replica: no comune with ISTAT code %s", istat)
	}
	old := it.comuni[i]
	c := settle(it.options.Seed, it.day, old.plan.mended())
	c.mended = true
	it.comuni[i] = c
	it.archive(c)
	return nil
}

// Start puts the country on loopback. The context bounds the start alone; Close
// ends what was started.
func (it *Italy) Start(ctx context.Context) (*Running, error) {
	r := &Running{italy: it, ledger: newLedger()}
	if err := r.open(ctx); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}
