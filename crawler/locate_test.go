package crawler

import (
	"net/url"
	"testing"

	"github.com/vigile-it/vigile/crawler/page"
)

func FuzzLocate(f *testing.F) {
	for _, home := range []string{"https://www.comune.prova.pg.it/", "https://www.halleyweb.com/c058023/hh/index.php", "http://127.0.0.1:8080/"} {
		for _, address := range []string{
			"https://www.comune.prova.pg.it/a%2Fb?c=d", "http://comune.prova.pg.it", "https://servizi.comune.prova.pg.it:8443/", "https://altro.it/x",
			"https://www.halleyweb.com/c058023/zf/", "https://www.halleyweb.com/c058024/", "http://127.0.0.1:8080/a", "http://[::1]/", "https://x.it/a'(b)[c];d",
		} {
			f.Add(home, address)
		}
	}
	f.Fuzz(func(t *testing.T, home, address string) {
		at, err := url.Parse(home)
		if err != nil {
			return
		}
		canonical, ok := page.Canonical(nil, address)
		if !ok {
			return
		}
		s := &scope{}
		s.add(at)
		u, err := url.Parse(canonical)
		if err != nil {
			t.Fatalf("%q is canonical and no address: %v", canonical, err)
		}
		host, rest, own, ok := newFrontier(s, nil).locate(canonical)
		key := host + rest
		if want := s.key(u); !ok || key != want || own != s.contains(u) {
			t.Errorf("%q on %q: %q, %v, %v, want %q, %v", canonical, home, key, own, ok, want, s.contains(u))
		}
	})
}
