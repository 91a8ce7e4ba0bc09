package nightly

// An uplink that is gone while names are found: a wall that refuses, a portal
// that answers for everybody. And what must not be taken for one.

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// silent is a probe of sites that answered before.
func (o outage) silent(context.Context, []string) string {
	if o.dark() {
		return "no site answers"
	}
	return ""
}

func TestAnUplinkThatIsGoneMakesNobodyUnreachable(t *testing.T) {
	for _, as := range []page.Reach{
		page.ReachConnTimeout, page.ReachConnRefused, page.ReachConnReset, page.ReachTLSUntrusted, page.ReachTLSWrongName, page.ReachTLSExpired,
		page.ReachTLSProtocol, page.ReachOffsite, page.ReachOurFault,
	} {
		for name, c := range map[string]outage{
			"from the beginning":   {to: 2 * time.Minute, as: as},
			"in the middle":        {from: time.Minute, to: 3 * time.Minute, as: as},
			"until after the end":  {from: 240 * time.Second, to: time.Hour, as: as},
			"while it looks again": {from: 251 * time.Second, to: 20 * time.Minute, as: as},
		} {
			t.Run(string(as)+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c.began = time.Now()
					keep := &shelf{}
					o := must(t, t.Context(), Options{
						Assessor: &italy{reach: func(x registry.Comune, look int) page.Reach {
							if x.Istat == "000500" && look == 1 {
								return page.ReachConnReset // so that there is a second look
							}
							return c.reach(x, look)
						}},
						Keeper: keep, Workers: 4, Silent: c.silent, Patience: 2 * time.Hour,
					}, Selection{Comuni: comuni(1_000), Kind: record.Night})
					for istat, r := range keep.reaches(t) {
						if r != page.ReachOK {
							t.Errorf("%s is %s", istat, r)
						}
					}
					if o.Left > 0 || len(keep.kept) != 1_000 {
						t.Errorf("%d left, %d kept", o.Left, len(keep.kept))
					}
				})
			})
		}
	}
}

func TestASupplierThatIsGoneIsNotOurNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keep, asked := &shelf{}, 0
		begun := time.Now()
		o := must(t, t.Context(), Options{
			Assessor: &italy{reach: func(c registry.Comune, _ int) page.Reach {
				if c.Istat > "000100" && c.Istat <= "000400" {
					return page.ReachConnRefused
				}
				return page.ReachOK
			}},
			Keeper: keep, Workers: 4, Patience: 2 * time.Hour,
			Silent: func(_ context.Context, sites []string) string {
				if asked++; len(sites) == 0 || len(sites) > goodSites || sites[0] > "https://www.000100.example/" && sites[0] <= "https://www.000400.example/" {
					t.Errorf("asked about %q", sites)
				}
				return ""
			},
		}, Selection{Comuni: comuni(600), Kind: record.Night})
		if o.Left > 0 || o.Tally.Reach[page.ReachConnRefused] != 300 || o.Tally.Reach[page.ReachOK] != 300 {
			t.Errorf("%d left, %v", o.Left, o.Tally.Reach)
		}
		if took := time.Since(begun); asked == 0 || took > 6*time.Minute {
			t.Errorf("asked %d times, %v", asked, took)
		}
	})
}

// hoster is a Resolver: the first big comuni are in one network of its, the others
// each in one of their own.
type hoster struct{ big int }

func (h hoster) Addresses(_ context.Context, host string) ([]netip.Addr, error) {
	n, err := strconv.Atoi(strings.Split(host, ".")[1])
	if err != nil {
		return nil, err
	}
	if n <= h.big {
		return []netip.Addr{netip.AddrFrom4([4]byte{192, 0, 2, byte(n % 10)})}, nil
	}
	return []netip.Addr{netip.AddrFrom4([4]byte{198, byte(n >> 8), byte(n), 1})}, nil
}

func TestAHosterThatFailsAtTheEndOfTheNightIsNotOurNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const big = 300
		began := time.Now()
		banned := func() bool { return time.Since(began) > 6*time.Second } // by then the others are done
		of := func(site string) bool { return site <= comuni(big)[big-1].Site.URL }
		keep := &shelf{}
		o := must(t, t.Context(), Options{
			Assessor: &italy{reach: func(c registry.Comune, _ int) page.Reach {
				if of(c.Site.URL) && banned() {
					return page.ReachConnTimeout
				}
				return page.ReachOK
			}},
			Keeper: keep, Workers: 256, PerAddress: 2, Resolver: hoster{big}, Patience: 2 * time.Hour,
			Silent: func(_ context.Context, sites []string) string {
				if !banned() || slices.ContainsFunc(sites, func(s string) bool { return !of(s) }) {
					return ""
				}
				return "no site answers"
			},
		}, Selection{Comuni: comuni(1_000), Kind: record.Night})
		if o.Why != "" || o.Left > 0 || o.Tally.Reach[page.ReachConnTimeout] < 100 || time.Since(began) > time.Hour {
			t.Errorf("%q, %d left, %v; after %v", o.Why, o.Left, o.Tally.Reach, time.Since(began))
		}
	})
}

func TestOfEachNetworkTheSiteThatAnsweredLastIsRemembered(t *testing.T) {
	at := func(s string) netip.Addr { return netip.MustParseAddr(s) }
	r := run{address: []netip.Addr{at("192.0.2.1"), at("192.0.2.9"), at("2001:db8:1:2::1"), at("2001:db8:1:3::1"), at("2001:db8:2::1"), {}, {}, at("::ffff:192.0.2.3")}}
	for i, site := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		r.note(i, site)
	}
	if got := strings.Join(r.witnesses(), ""); got != "defgh" {
		t.Errorf("%s", got)
	}
	r.address = nil // nobody was looked up: each stands for itself
	for range 2 * goodSites {
		r.note(0, "x")
	}
	if got := strings.Join(r.witnesses(), ""); got != strings.Repeat("x", goodSites) {
		t.Errorf("%s", got)
	}
}

func TestANightInWhichNobodyAnswersIsOurs(t *testing.T) {
	for n, want := range map[int]int{windowSize: 0, 500: 0, 12: 12} {
		synctest.Test(t, func(t *testing.T) {
			keep := &shelf{}
			o := must(t, t.Context(), Options{Assessor: always(page.ReachConnTimeout), Keeper: keep, Workers: 8}, Selection{Comuni: comuni(n), Kind: record.Night})
			if len(keep.kept) != want || o.Left != n-want || o.Nothing != (want == 0) {
				t.Errorf("of %d comuni %d kept, %d left", n, len(keep.kept), o.Left)
			}
		})
	}
}
