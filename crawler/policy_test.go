package crawler

import (
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vigile-it/vigile/crawler/page"
)

// policyAt is a policy as a host of that number would have it.
func policyAt(file string) policy {
	return policy{rules: parseRobots([]byte(file), "vigile"), until: time.Unix(1_000, 0)}
}

func TestThePoliciesOfManyHostsTakeLittleRoom(t *testing.T) {
	now := time.Unix(0, 0)
	for name, tt := range map[string]struct {
		file  string
		hosts int
		bytes int // of memory a host, at most
		all   bool
	}{
		"no rules":            {"", 5_000, 700, true},
		"the usual few":       {"User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\nSitemap: /wp-sitemap.xml\n" + strings.Repeat("# nota\n", 200), 5_000, 1_200, true},
		"half a megabyte":     {"User-agent: *\n" + strings.Repeat("Disallow: /a\n", 40_000), 12, 1_000_000, false},
		"long ways to a file": {"Sitemap: /" + strings.Repeat("a", 2_000) + "\n" + strings.Repeat("# nota\n", 200), 2_500, 6_000, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPolicies()
			before := inUse()
			n := tt.hosts
			for i := range n {
				p.put(fmt.Sprintf("https://www.comune%d.it", i), policyAt(tt.file))
			}
			grown := inUse() - before
			if p.weight > maxPolicies && p.used.Len() > 1 {
				t.Errorf("weighs %d bytes", p.weight)
			}
			if kept := p.used.Len(); (kept == n) != tt.all || kept != len(p.byHost) || grown > max(kept*tt.bytes, 2*maxPolicies) {
				t.Errorf("%d of %d hosts kept in %d bytes", kept, n, grown)
			} else {
				t.Logf("%d of %d hosts kept in %d bytes", kept, n, grown)
			}
			if p.get(fmt.Sprintf("https://www.comune%d.it", n-1), now) == nil {
				t.Error("the last one is forgotten")
			}
		})
	}
}

func inUse() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

func TestAPolicyIsForgottenWhenItIsStaleOrLongUnused(t *testing.T) {
	p := newPolicies()
	p.put("https://stale.it", policyAt(""))
	if p.get("https://stale.it", time.Unix(1_000, 0)) == nil {
		t.Error("forgotten on time")
	}
	if p.get("https://stale.it", time.Unix(1_001, 0)) != nil || p.weight != 0 || len(p.byHost) != 0 || p.used.Len() != 0 {
		t.Errorf("a stale policy leaves %d bytes", p.weight)
	}
	heavy := policyAt("User-agent: *\n" + strings.Repeat("Disallow: /a\n", 38_000)) // some 700 kB
	for i := range 5 {
		p.put(fmt.Sprint("https://", i), heavy)
		p.get("https://0", time.Unix(0, 0))
	}
	for i := range 3 {
		p.put(fmt.Sprint("https://more", i), heavy)
		p.get("https://0", time.Unix(0, 0))
	}
	if p.get("https://0", time.Unix(0, 0)) == nil {
		t.Error("the one in use is forgotten")
	}
	if p.get("https://1", time.Unix(0, 0)) != nil {
		t.Error("the one unused is kept")
	}
	for range 3 {
		p.put("https://again", heavy)
	}
	weight := 0
	for e := p.used.Front(); e != nil; e = e.Next() {
		weight += e.Value.(*remembered).weight()
	}
	if weight != p.weight {
		t.Errorf("weighs %d bytes, says %d", weight, p.weight)
	}
}

func TestWhatAPortalSaidInPlaceOfRobotsIsNotRemembered(t *testing.T) {
	for name, portal := range map[string]http.HandlerFunc{
		"an error": func(rw http.ResponseWriter, _ *http.Request) {
			rw.WriteHeader(http.StatusNetworkAuthenticationRequired)
		},
		"nobody may":        pages(map[string]string{"/robots.txt": "User-agent: *\nDisallow: /\n"}),
		"a page of its own": pages(map[string]string{"/": content(""), "/robots.txt": content("")}),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			var open atomic.Bool
			whole := pages(home(""))
			w.host(site, &host{http: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if open.Load() {
					whole(rw, r)
					return
				}
				portal(rw, r)
			})})
			c := w.crawler()
			if _, err := c.Visit(t.Context(), Target{URL: root + "/"}, &watcher{}); err != nil {
				t.Fatal(err)
			}
			open.Store(true)
			c.ForgetFailures()
			v, err := c.Visit(t.Context(), Target{URL: root + "/"}, &watcher{})
			asked := slices.ContainsFunc(v.Fetches, func(f page.Fetch) bool { return f.URL == "http://"+site+"/robots.txt" })
			if err != nil || v.Reach != page.ReachOK || !asked {
				t.Errorf("%s (%s), %+v, %v", v.Reach, v.Detail, v.Fetches, err)
			}
		})
	}
}
