package nightly

// An uplink that is gone while names are found: a wall that refuses, a portal
// that answers for everybody. And what must not be taken for one.

import (
	"context"
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
