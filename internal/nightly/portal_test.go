package nightly

// A portal or a wall of ours that answers port 80 for everybody, while https is
// refused. And sites that have no https, which look just so.

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/assess"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// walled is an italy that while shut tells is behind a portal, which refuses https
// and answers plain http with that reach.
type walled struct {
	italy
	shut func(c registry.Comune) bool
	as   page.Reach
}

func (w *walled) Assess(ctx context.Context, c registry.Comune, r assess.Request) (record.Assessment, error) {
	shut := w.shut(c)
	a, err := w.italy.Assess(ctx, c, r)
	a.Visit.FinalURL, a.Visit.Attempts = c.Site.URL, []page.Attempt{{URL: c.Site.URL, Reach: a.Visit.Reach}}
	if shut {
		overHTTP(&a.Visit, w.as)
	}
	return a, err
}

// overHTTP makes a visit one to a site that refuses https.
func overHTTP(v *page.Visit, as page.Reach) {
	const plain = "http://www.borgofinto.example/"
	v.Reach, v.FinalURL = as, ""
	if as == page.ReachOK {
		v.FinalURL = plain
	}
	v.Attempts = []page.Attempt{{URL: "https://www.borgofinto.example/", Reach: page.ReachConnRefused}, {URL: plain, Reach: as}}
}

func TestAPortalThatAnswersForEverybodyIsNobodysSite(t *testing.T) {
	for name, c := range map[string]struct {
		outage
		kind record.RunKind
	}{
		"from the beginning":           {outage{to: 2 * time.Minute}, record.Night},
		"in the middle":                {outage{from: time.Minute, to: 3 * time.Minute}, record.Night},
		"in the middle of a request":   {outage{from: time.Minute, to: 3 * time.Minute}, record.Request},
		"until after the end":          {outage{from: 240 * time.Second, to: time.Hour}, record.Night},
		"for a moment":                 {outage{from: time.Minute, to: 65 * time.Second}, record.Night},
		"while it looks again":         {outage{from: 251 * time.Second, to: 20 * time.Minute}, record.Night},
		"while a request looks again":  {outage{from: 251 * time.Second, to: 5 * time.Minute}, record.Request},
		"for a moment of a second one": {outage{from: 252 * time.Second, to: 253 * time.Second}, record.Night},
	} {
		for _, as := range []page.Reach{page.ReachOK, page.ReachBlocked, page.ReachHTTP5xx} {
			t.Run(string(as)+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c.began = time.Now()
					keep, world := &shelf{}, &walled{shut: func(registry.Comune) bool { return c.dark() }, as: as}
					world.reach = func(x registry.Comune, look int) page.Reach {
						if x.Istat == "000500" && look == 1 {
							return page.ReachServFail // so that there is a second look
						}
						return page.ReachOK
					}
					o := must(t, t.Context(), Options{
						Assessor: world, Keeper: keep, Workers: 4, Silent: c.silent, Patience: 2 * time.Hour,
					}, Selection{Comuni: comuni(1_000), Kind: c.kind})
					for istat, r := range keep.reaches(t) {
						if r != page.ReachOK {
							t.Errorf("%s is %s", istat, r)
						}
					}
					for _, a := range keep.kept {
						if uncertified(&a.Visit) {
							t.Errorf("%s was taken from the portal", a.Comune.Istat)
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

func TestARequestBehindAPortalMeasuresNobody(t *testing.T) {
	for _, as := range []page.Reach{page.ReachOK, page.ReachBlocked, page.ReachTLSWrongName, page.ReachTLSUntrusted, page.ReachTLSExpired, page.ReachOffsite} {
		for _, n := range []int{1, few, few + 1, 59, 500} {
			synctest.Test(t, func(t *testing.T) {
				keep, world := &shelf{}, &walled{shut: func(registry.Comune) bool { return true }, as: as}
				o := must(t, t.Context(), Options{
					Assessor: world, Keeper: keep, Workers: 16, Patience: time.Hour,
					Silent: func(context.Context, []string) string { return "no site answers" },
				}, Selection{Comuni: comuni(n)})
				if !o.Nothing || o.Why == "" || len(keep.kept) > 0 {
					t.Errorf("%s: of %d comuni %d were kept; nothing: %v, for %q", as, n, len(keep.kept), o.Nothing, o.Why)
				}
			})
		}
	}
}

func TestWhoAsksForAFewIsToldOfABadCertificateWhereSomebodyAnswers(t *testing.T) {
	for _, n := range []int{1, few, 59} {
		synctest.Test(t, func(t *testing.T) {
			keep, asked := &shelf{}, 0
			o := must(t, t.Context(), Options{
				Assessor: except(1, page.ReachTLSExpired), Keeper: keep, Workers: 4,
				Silent: func(context.Context, []string) string { asked++; return "" },
			}, Selection{Comuni: comuni(n)})
			if o.Left > 0 || keep.reaches(t)["000001"] != page.ReachTLSExpired || asked == 0 {
				t.Errorf("of %d comuni: %d left, %v; asked %d times", n, o.Left, keep.reaches(t), asked)
			}
		})
	}
}

func TestASiteWithoutHTTPSIsKeptWhereOurNetworkIsThere(t *testing.T) {
	for _, kind := range []record.RunKind{record.Night, record.Request} {
		synctest.Test(t, func(t *testing.T) {
			keep := &shelf{}
			world := &walled{shut: func(c registry.Comune) bool { return c.Istat <= "000100" }, as: page.ReachOK}
			o := must(t, t.Context(), Options{
				Assessor: world, Keeper: keep, Workers: 4, Patience: time.Hour, Silent: func(context.Context, []string) string { return "" },
			}, Selection{Comuni: comuni(300), Kind: kind})
			if o.Left > 0 || len(keep.reaches(t)) != 300 || world.looks["000001"] != 2 || world.looks["000300"] != 1 {
				t.Errorf("%d left, %d kept; looked at %d times", o.Left, len(keep.kept), world.looks["000001"])
			}
		})
	}
}

func TestWhoAnsweredOverPlainHTTPAlone(t *testing.T) {
	const secure, plain = "https://www.borgofinto.example/", "http://www.borgofinto.example/"
	for name, c := range map[string]struct {
		visit page.Visit
		want  bool
	}{
		"a page over https":                         {page.Visit{Reach: page.ReachOK, FinalURL: secure}, false},
		"a page over http":                          {page.Visit{Reach: page.ReachOK, FinalURL: plain}, true},
		"a page over http to which https leads":     {page.Visit{Reach: page.ReachOK, FinalURL: plain, Attempts: []page.Attempt{{URL: secure, Final: plain, Reach: page.ReachOK}}}, true},
		"an error over http":                        {page.Visit{Reach: page.ReachHTTP5xx, Attempts: []page.Attempt{{URL: secure, Reach: page.ReachConnRefused}, {URL: plain, Reach: page.ReachHTTP5xx}}}, true},
		"an error over both":                        {page.Visit{Reach: page.ReachHTTP5xx, Attempts: []page.Attempt{{URL: secure, Reach: page.ReachHTTP5xx}, {URL: plain, Reach: page.ReachHTTP5xx}}}, false},
		"an error over https to which http leads":   {page.Visit{Reach: page.ReachHTTP5xx, Attempts: []page.Attempt{{URL: secure, Reach: page.ReachConnReset}, {URL: plain, Final: secure, Reach: page.ReachHTTP5xx}}}, false},
		"kept out over http, a bad certificate":     {page.Visit{Reach: page.ReachBlocked, Attempts: []page.Attempt{{URL: secure, Reach: page.ReachTLSWrongName}, {URL: plain, Reach: page.ReachBlocked}}}, true},
		"nobody at all":                             {page.Visit{Reach: page.ReachConnRefused, Attempts: []page.Attempt{{URL: secure, Reach: page.ReachConnRefused}, {URL: plain, Reach: page.ReachConnRefused}}}, false},
		"a registry with an address of http, whole": {page.Visit{Reach: page.ReachOK, FinalURL: "http://www.borgofinto.example:8080/"}, true},
		"no address to visit":                       {page.Visit{Reach: page.ReachNoURL}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := uncertified(&c.visit); got != c.want {
				t.Errorf("%v", got)
			}
		})
	}
}
