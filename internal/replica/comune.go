package replica

// This file draws the details of a comune: codes, hosts, officers, links.

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// comune is one invented municipality with its website. It never changes once
// built; Mend replaces it.
type comune struct {
	plan
	seed uint64
	day  time.Time

	istat, ipa, denomination, catasto, taxCode, pec, site string
	province                                              Province
	slug                                                  string // of the host name
	domain                                                string // its own, whoever hosts the site
	host, twin, loginHost, portalHost                     string
	folder                                                string // before each path, where the host is shared

	population  int
	cap, street string
	phone, mail string
	mayor, rtd  person
	secretary   person
	dpo         string // company
	mended      bool

	declared *publication // what AgID holds, where a link names it
	declHref string
	objHref  string
	objYear  int

	newsOnce  sync.Once
	newsItems []story
	keysOnce  sync.Once
	keyNumber map[string]int // page key → its place among keys
	indexOnce sync.Once
	index     map[string]string // path and query → page key
}

// settle draws a comune from its plan.
func settle(seed uint64, day time.Time, p plan) *comune {
	c := &comune{plan: p, seed: seed, day: day, province: Provinces()[p.province]}
	c.istat = p.istat()
	r := dice(seed, c.istat, "comune")
	letter := string(rune('Z' - p.province))
	c.catasto = fmt.Sprintf("%s%03d", letter, p.number)
	c.ipa = "c_" + strings.ToLower(c.catasto)
	c.denomination = "Comune di " + p.name
	c.taxCode = taxCode(p.province*1000 + p.number)
	c.slug = slug(p.name, "")
	base := c.baseHost()
	c.host, c.twin = "www."+base, base
	c.loginHost = "servizi." + base
	if p.tenant {
		c.host, c.twin, c.folder = tenantHost, "", "/c"+c.istat
	}
	c.portalHost = c.slug + strings.ToLower(c.province.Code) + ".trasparenza-valutazione-merito.test"
	c.site = listedSite(c, p.raw)
	c.domain = base
	c.pec = "protocollo@pec." + base
	c.mail = "info@" + base
	c.population = 180 + r.IntN(900)*r.IntN(30)
	c.cap = fmt.Sprintf("99%03d", r.IntN(1000))
	c.street = fmt.Sprintf("%s, %d", pick(r, streets), 1+r.IntN(60))
	c.phone = fmt.Sprintf("0999 %06d", r.IntN(1_000_000))
	c.mayor, c.rtd, c.secretary = newPerson(r), newPerson(r), newPerson(r)
	for c.rtd == c.mayor {
		c.rtd = newPerson(r)
	}
	c.dpo = pick(r, []string{"Garanzia Dati Inventata S.r.l.", "Studio Riservatezza Fittizia", "Tutela Digitale Finta S.r.l."})
	c.declare()
	return c
}

// realCodes are the letters of real provinces, one for each invented one, under
// which nobody but the comune of that name may have a host.
var realCodes = [...]string{"pg", "tr", "an", "mc", "pu", "ap", "fm", "ar", "si", "gr"}

// baseHost is the name of the site without www.
func (c *comune) baseHost() string {
	switch c.t.domain {
	case domainProvince:
		return "comune." + c.slug + "." + realCodes[c.plan.province] + ".it"
	case domainGemeinde:
		return "gemeinde." + c.slug + ".bz.it"
	case domainObcina:
		return "obcina." + c.slug + ".go.it"
	case domainGov:
		return "comune." + c.slug + ".gov.it"
	}
	return "comune." + c.slug + "." + strings.ToLower(c.province.Code) + ".test"
}

func listedSite(c *comune, raw rawSite) string {
	switch {
	case c.fault == FaultNoSite:
		return ""
	case c.fault == FaultBadURL:
		return "segreteria@" + c.domain
	}
	if c.folder != "" {
		return c.host + c.folder
	}
	switch raw {
	case rawHTTPS:
		return "https://" + c.host
	case rawHTTP:
		return "http://" + c.host + "/"
	case rawCapitals:
		return strings.ToUpper(c.host)
	case rawBroken:
		return "http//:" + c.host
	case rawPath:
		return c.host + "/index.php"
	case rawNoWWW:
		return c.twin
	}
	return c.host
}

// lastDeadline is the last 23 September up to the day: the yearly date by
// which the declaration is reviewed.
func lastDeadline(day time.Time) time.Time {
	d := time.Date(day.Year(), time.September, 23, 0, 0, 0, 0, time.UTC)
	if day.Before(d) {
		d = d.AddDate(-1, 0, 0)
	}
	return d
}

// objectivesYear is the year whose objectives are due: from 31 March its own,
// before it the one before.
func objectivesYear(day time.Time) int {
	if day.Before(time.Date(day.Year(), time.March, 31, 0, 0, 0, 0, time.UTC)) {
		return day.Year() - 1
	}
	return day.Year()
}

// uuidV1 is a version 1 UUID created at t.
func uuidV1(t time.Time, chance uint64) string {
	const gregorian = 0x01b21dd213814000 // 100 ns from 1582-10-15 to 1970-01-01
	ts := uint64(t.UnixNano()/100) + gregorian
	return fmt.Sprintf("%08x-%04x-1%03x-%04x-%012x", uint32(ts), uint16(ts>>32), uint16(ts>>48)&0x0fff,
		0x8000|uint16(chance>>48)&0x3fff, chance&0xffff_ffff_ffff|1<<40)
}

// ownAddresses is the second byte of addresses that one comune has to itself,
// which its index gives back.
const ownAddresses = 90

// siteAddress is where the site is served: customers of one vendor share a few
// addresses, and a site whose connection fails has one of its own.
func siteAddress(c *comune, i int) netip.Addr {
	if c.fault != FaultNone || c.t.https == httpsAbsent || c.t.https == httpsAlone {
		return netip.AddrFrom4([4]byte{127, ownAddresses, byte(i >> 7), byte(1 + i&0x7f)})
	}
	n := familyIndex(c.family)
	if k := c.vendor().addresses; k > 0 {
		return netip.AddrFrom4([4]byte{127, 10, n, byte(1 + i%k)})
	}
	return netip.AddrFrom4([4]byte{127, 20, byte(i >> 7), byte(1 + i&0x7f)})
}

func loginAddress(c *comune) netip.Addr {
	return netip.AddrFrom4([4]byte{127, 30, familyIndex(c.family), byte(1 + c.number%3)})
}

func portalAddress(*comune) netip.Addr { return netip.AddrFrom4([4]byte{127, 31, 0, 1}) }

func (c *comune) vendor() share {
	for _, s := range shares() {
		if s.family == c.family {
			return s
		}
	}
	return share{}
}

func familyIndex(f Family) byte {
	for i, s := range shares() {
		if s.family == f {
			return byte(i + 1)
		}
	}
	return 0
}
