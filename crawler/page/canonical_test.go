package page

import (
	"net/url"
	"strings"
	"testing"
	"unicode"
)

func TestCanonical(t *testing.T) {
	base, err := url.Parse("https://www.comune.montefiorito.pg.it/area/pagina.html?vista=1#cima")
	if err != nil {
		t.Fatal(err)
	}
	const site = "https://www.comune.montefiorito.pg.it"
	for _, c := range []struct{ name, href, want string }{
		{"a relative address", "altra.html", site + "/area/altra.html"},
		{"a relative address without a slash", "areaRiservata", site + "/area/areaRiservata"},
		{"one with a query", "Menu?IDVoceMenu=12", site + "/area/Menu?IDVoceMenu=12"},
		{"from the root", "/servizi", site + "/servizi"},
		{"a query alone", "?p=2", site + "/area/pagina.html?p=2"},
		{"the page's scheme", "//altro.it/x", "https://altro.it/x"},
		{"the root has a path", "https://altro.it", "https://altro.it/"},
		{"a fragment goes", "/servizi#tasse", site + "/servizi"},
		{"an empty query goes", "/servizi?", site + "/servizi"},
		{"capitals of scheme and host", "HTTPS://WWW.Altro.IT/Pagina", "https://www.altro.it/Pagina"},
		{"the default port of http", "http://altro.it:80/x", "http://altro.it/x"},
		{"the default port of https", "https://altro.it:443/x", "https://altro.it/x"},
		{"an empty port", "https://altro.it:/x", "https://altro.it/x"},
		{"another port stays", "https://altro.it:8443/x", "https://altro.it:8443/x"},
		{"a trailing dot in the host", "https://altro.it./x", "https://altro.it/x"},
		{"user and password go", "https://u:p@altro.it/x", "https://altro.it/x"},
		{"an address of IPv6", "http://[2001:DB8::1]:80/x", "http://[2001:db8::1]/x"},
		{"a name with accents", "https://città.it/è", "https://xn--citt-3na.it/%C3%A8"},
		{"dot segments", "../a/./b/../c", site + "/a/c"},
		{"escaped dot segments", "/a/%2e%2e/b", site + "/b"},
		{"dot segments above the root", "/../../a", site + "/a"},
		{"percent in lower case", "/a%2fb%c3%a0", site + "/a%2Fb%C3%A0"},
		{"percent without need", "/%7Euser/%41", site + "/~user/A"},
		{"a stray percent", "/sconto 10%/x", site + "/sconto%2010%25/x"},
		{"backslashes", `\assets\img\stemma.png`, site + "/assets/img/stemma.png"},
		{"backslashes of an absolute address", `https:\\altro.it\x`, "https://altro.it/x"},
		{"a backslash in the query stays one", `/x?f=a\b`, site + "/x?f=a%5Cb"},
		{"spaces inside", "/bandi di gara/elenco 2026.html", site + "/bandi%20di%20gara/elenco%202026.html"},
		{"spaces round it", " \n /servizi\t", site + "/servizi"},
		{"a line break inside", "/ser\nvizi", site + "/servizi"},
		{"quotes and brackets", `/a"b<c>d{e}`, site + "/a%22b%3Cc%3Ed%7Be%7D"},
		{"an entity escaped twice", "/x?a=1&amp;b=2", site + "/x?a=1&b=2"},
		{"an entity escaped thrice", "/x?a=1&amp;amp;b=2", site + "/x?a=1&b=2"},
		{"a number in place of an entity", "/x?a=1&#38;b=2&#x26;c=3", site + "/x?a=1&b=2&c=3"},
		{"an accent as an entity", "/accessibilit&agrave;", site + "/accessibilit%C3%A0"},
		{"a parameter that looks like an entity", "/x?a=1&copy=2&lt=3", site + "/x?a=1&copy=2&lt=3"},
		{"a session in the path", "/x;jsessionid=0A1B2C?y=2", site + "/x?y=2"},
		{"another parameter of the path stays", "/x;v=1;JSESSIONID=0A", site + "/x;v=1"},
		{"a session of PHP", "/x?PHPSESSID=abcdef&y=2", site + "/x?y=2"},
		{"a session of ASP.NET", "/(S(lit3py55t21z5v55vlm25s55))/x.aspx", site + "/x.aspx"},
		{"a long sid is a session", "/x?sid=9f86d081884c7d659a2feaa0&y=2", site + "/x?y=2"},
		{"a short sid is a section", "/x?sid=123", site + "/x?sid=123"},
		{"tracking goes", "/x?utm_source=a&y=2&utm_campaign=b&fbclid=c&gclid=d", site + "/x?y=2"},
		{"a token against forgery goes", "/c/portal?p_auth=Ab12&p_l_id=3", site + "/c/portal?p_l_id=3"},
		{"the order of parameters stays", "/x?b=2&a=1&b=3", site + "/x?b=2&a=1&b=3"},
		{"a plus in a query stays", "/x?q=carta+identita", site + "/x?q=carta+identita"},
		{"one slash after the scheme", "https:/altro.it/x", "https://altro.it/x"},
		{"three slashes after the scheme", "https:///altro.it/x", "https://altro.it/x"},
		{"no colon after the scheme", "http//altro.it/x", "http://altro.it/x"},
		{"a scheme twice", "http://https://altro.it/x", "https://altro.it/x"},
		{"a broken scheme before another", "http://http//altro.it/x", "http://altro.it/x"},
		{"no slash after the scheme", "https:altro.it/x", "https://altro.it/x"},
		{"zero-width characters", "/ser\u200bvizi\ufeff", site + "/servizi"},
		{"a host with an underscore", "https://mail_1.altro.it/", "https://mail_1.altro.it/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := Canonical(base, c.href)
			if !ok || got != c.want {
				t.Errorf("%q: %q, %v; want %q", c.href, got, ok, c.want)
			}
			if again, ok := Canonical(nil, got); !ok || again != got {
				t.Errorf("%q is not canonical: %q, %v", got, again, ok)
			}
		})
	}
}

func TestCanonicalRefuses(t *testing.T) {
	base, _ := url.Parse("https://www.comune.montefiorito.pg.it/")
	for _, c := range []struct{ name, href string }{
		{"nothing", ""},
		{"blanks", " \n"},
		{"a fragment", "#"},
		{"a fragment with a name", "#footer"},
		{"javascript", "javascript:void(0)"},
		{"javascript in disguise", "Java\tScript:alert(1)"},
		{"javascript as entities", "&#106;avascript:alert(1)"},
		{"mail", "mailto:protocollo@comune.montefiorito.pg.it"},
		{"telephone", "tel:+390000000"},
		{"data", "data:text/html,x"},
		{"a file", "file:///etc/passwd"},
		{"ftp", "ftp://altro.it/x"},
		{"a messenger", "whatsapp://send?text=x"},
		{"a host and port taken for a scheme", "localhost:8080/x"},
		{"residue of a template", "{{:baseUrl}}/user/payments/"},
		{"residue of a literal", "${base}/x"},
		{"residue in brackets", "/[[url]]"},
		{"residue of a server page", "/<%= url %>"},
		{"residue of a tag", "{% url 'home' %}"},
		{"residue that was escaped", "/%7B%7Burl%7D%7D"},
		{"no host", "https://"},
		{"a host of dots", "https://../x"},
		{"a host with a blank", "https://al tro.it/x"},
		{"a port that is none", "https://altro.it:99999/x"},
		{"a port of letters", "https://altro.it:abc/x"},
		{"an address too long", "/" + strings.Repeat("a", MaxHref)},
		{"entities nested without end", "/?x=1&" + strings.Repeat("amp;", 40)},
	} {
		if got, ok := Canonical(base, c.href); ok {
			t.Errorf("%s: %.80q is taken for %q", c.name, c.href, got)
		}
	}
	if got, ok := Canonical(nil, "/relative"); ok {
		t.Errorf("without a base a relative address is taken for %q", got)
	}
}

func FuzzCanonical(f *testing.F) {
	for _, s := range []string{
		"/a?b=1#c", `\\h\x`, "http//x", "//[::1]:80/", "/x;jsessionid=1", "/%2e%2e/%", "?&amp;sid=9f86d081884c7d659a2feaa0", "https://é.it/à", "{{", "/(S(lit3py55t21z5v55vlm25s55))/",
		"/&%61mp;", "//%61.it", "http:a.b", "http://a:b@c:1/", "///x", "/a//b", "https://https//http:/x.it", "//xn--a", "/.;/..;/x", ".;sessid", "/a/..;sessid=1", "//http//",
	} {
		f.Add(s)
	}
	base, _ := url.Parse("https://www.comune.montefiorito.pg.it/area/pagina.html?vista=1")
	f.Fuzz(func(t *testing.T, href string) {
		got, ok := Canonical(base, href)
		if !ok {
			if got != "" {
				t.Fatalf("%q refused with %q", href, got)
			}
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Fragment != "" || u.User != nil {
			t.Fatalf("%q: %q (%v)", href, got, err)
		}
		if len(got) > MaxHref || strings.ContainsFunc(got, func(r rune) bool { return r <= ' ' || r > unicode.MaxASCII || unicode.IsControl(r) }) {
			t.Fatalf("%q: %q holds what no address may", href, got)
		}
		if again, ok := Canonical(nil, got); !ok || again != got {
			t.Fatalf("%q: %q becomes %q, %v", href, got, again, ok)
		}
		if again, ok := Canonical(base, got); !ok || again != got {
			t.Fatalf("%q: %q becomes %q, %v on a page", href, got, again, ok)
		}
	})
}
