package page

import (
	"net/url"
	"testing"
)

// spellings are addresses as pages write them.
var spellings = []string{
	"", "#", "#top", "/", "//", "///x", "/a", "/a/b.html", "/a//b", "/a/../b", "/a/.", "/.well-known/x", "/a.b/c", "a", "a/b", "./a", "../a", ".", "a..b",
	"/a?x=1", "/a?x=1&y=2#z", "/a?utm_source=x", "/a?x=1&utm_medium=y", "/a?", "/a?&&", "/a?x=a;b", "/a?x&copy;=1", "/a?to=https://x.it/", "?x=1", "a?x=1",
	"/a%20b", "/a b", "/a;jsessionid=1", "/(S(lit3py55t21z5v55vlm25s55))/a", "/a#b%7b%7b", "/a#{{x}}", "/a?q={{x}}", "/A/B", "/a:b", "a:b", "x:/a",
	"http://x.it", "http://x.it/", "https://x.it/a?b=c#d", "HTTP://x.it/a", "http://X.it/a", "https://x.it.", "https://x..it/", "https://.x.it/", "http://x.it:80/a",
	"https://x.it:443/", "http:/x.it/a", "http//x.it/a", "http:x", "https:///x.it/", "https://http/x", "http://http://x.it/a", "https://x.it//a", "https://x.it?a=b",
	"https://x.it#a", "https://x_y.it/", "https://-/", "https://1.2.3.4/a", "https://x.it/a/../b", "http", "http/", "https/x", "mailto:a@b.it", "javascript:void(0)", "/a\\b",
	"https://x.it\\a", " /a", "/a\n", "/a\x00b", "/città", "https://città.it/", "/a&amp;b", "/a?x=1&amp;y=2", "/a?x=1&y", "/~a/-b_c.d", "/a?x=[1]",
}

var bases = []string{"https://www.comune.x.it/", "https://www.comune.x.it/it/pagina.html", "http://x.it:8080/a/b/", "https://x.it/a%20b/c", "https://x.it/a;b/c?d=e", "https://x.it"}

func TestPlainAddressesMeanWhatCanonicalSays(t *testing.T) {
	plain := 0
	for _, raw := range bases {
		base, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		r := newReferences(base)
		for _, href := range spellings {
			want, ok := Canonical(base, href)
			if got, same := r.canonical(href); got != want || same != ok {
				t.Errorf("%q on %s: %q, %v, want %q, %v", href, raw, got, same, want, ok)
			}
			if _, ok := r.plain(href); ok {
				plain++
			}
		}
	}
	if plain < 100 {
		t.Errorf("%d of the addresses took the short way", plain)
	}
	if got, ok := newReferences(nil).canonical("/a"); ok {
		t.Errorf("%q without a base", got)
	}
}

func FuzzReferences(f *testing.F) {
	for _, base := range bases {
		for _, href := range spellings {
			f.Add(base, href)
		}
	}
	f.Fuzz(func(t *testing.T, raw, href string) {
		base, err := url.Parse(raw)
		if err != nil {
			return
		}
		want, ok := Canonical(base, href)
		if got, same := newReferences(base).canonical(href); got != want || same != ok {
			t.Errorf("%q on %q: %q, %v, want %q, %v", href, raw, got, same, want, ok)
		}
	})
}
