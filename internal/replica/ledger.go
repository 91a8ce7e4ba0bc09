package replica

// This file is the ledger: what the visitor did to each host and each address.

import (
	"net/netip"
	"sync"
	"time"
)

// Ledger is a copy of the accounts at one moment. AgID's stands under
// form.agid.gov.it; the registry's and the DNS server's requests are not in it.
type Ledger struct {
	Hosts     map[string]Account // by host name
	Addresses map[string]Account // by loopback address, as a host name resolves
}

// Account is what one host, or one address, has seen.
type Account struct {
	Requests     int           // HTTP requests, robots.txt included
	InFlight     int           // requests being answered now
	MostInFlight int           // the most at once
	SmallestGap  time.Duration // between the starts of two requests; 0 with fewer than two
	Robots       []string      // paths asked for against robots.txt, at most 20
	Violations   int           // how many of those
	Posts        int           // requests that were neither GET nor HEAD
	Harmful      []string      // links that log out, delete, confirm or start an authentication, at most 20
	Agents       []string      // User-Agents seen, at most 4

	last time.Time
}

const maxNoted = 20

// ledger keeps the accounts. It is safe for concurrent use.
type ledger struct {
	mu        sync.Mutex
	hosts     map[string]*Account
	addresses map[netip.Addr]*Account
}

func newLedger() *ledger {
	return &ledger{hosts: map[string]*Account{}, addresses: map[netip.Addr]*Account{}}
}

// visit is one request in flight.
type visit struct {
	l    *ledger
	both [2]*Account
	once sync.Once
}

// begin notes the start of a request.
func (l *ledger) begin(host string, addr netip.Addr, now time.Time) *visit {
	l.mu.Lock()
	defer l.mu.Unlock()
	h, ok := l.hosts[host]
	if !ok {
		h = &Account{}
		l.hosts[host] = h
	}
	a, ok := l.addresses[addr]
	if !ok {
		a = &Account{}
		l.addresses[addr] = a
	}
	for _, x := range []*Account{h, a} {
		x.Requests++
		x.InFlight++
		x.MostInFlight = max(x.MostInFlight, x.InFlight)
		if !x.last.IsZero() {
			if gap := now.Sub(x.last); x.SmallestGap == 0 || gap < x.SmallestGap {
				x.SmallestGap = gap
			}
		}
		x.last = now
	}
	return &visit{l: l, both: [2]*Account{h, a}}
}

// end notes that the answer is about to be complete. It is called before the
// last byte leaves, so that the next request cannot overtake it.
func (v *visit) end() {
	v.once.Do(func() {
		v.l.mu.Lock()
		defer v.l.mu.Unlock()
		for _, x := range v.both {
			x.InFlight--
		}
	})
}

// note changes both accounts of the request.
func (v *visit) note(f func(*Account)) {
	v.l.mu.Lock()
	defer v.l.mu.Unlock()
	for _, x := range v.both {
		f(x)
	}
}

func noted(list []string, s string, limit int) []string {
	if len(list) < limit {
		return append(list, s)
	}
	return list
}

// copyOf is the ledger as it stands.
func (l *ledger) copyOf() Ledger {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := Ledger{Hosts: make(map[string]Account, len(l.hosts)), Addresses: make(map[string]Account, len(l.addresses))}
	for k, a := range l.hosts {
		out.Hosts[k] = a.clone()
	}
	for k, a := range l.addresses {
		out.Addresses[k.String()] = a.clone()
	}
	return out
}

func (a *Account) clone() Account {
	c := *a
	c.Robots = append([]string(nil), a.Robots...)
	c.Harmful = append([]string(nil), a.Harmful...)
	c.Agents = append([]string(nil), a.Agents...)
	return c
}

// Total adds the accounts of all hosts: requests, violations and so on are
// summed, the most in flight is the largest and the gap the smallest of them.
func (l Ledger) Total() Account {
	var t Account
	for _, a := range l.Hosts {
		t.Requests += a.Requests
		t.InFlight += a.InFlight
		t.MostInFlight = max(t.MostInFlight, a.MostInFlight)
		if a.SmallestGap > 0 && (t.SmallestGap == 0 || a.SmallestGap < t.SmallestGap) {
			t.SmallestGap = a.SmallestGap
		}
		t.Robots = append(t.Robots, a.Robots...)
		t.Violations += a.Violations
		t.Posts += a.Posts
		t.Harmful = append(t.Harmful, a.Harmful...)
	}
	return t
}
