package netguard

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

func TestAddressesThatAreRefused(t *testing.T) {
	never := map[string]string{
		"unspecified":                "0.0.0.0",
		"this network":               "0.1.2.3",
		"unspecified v6":             "::",
		"shared (CGNAT)":             "100.64.0.1",
		"link-local":                 "169.254.1.1",
		"link-local v6":              "fe80::1",
		"link-local v6 with a zone":  "fe80::1%eth0",
		"site-local v6":              "fec0::1",
		"IETF protocols":             "192.0.0.1",
		"documentation 1":            "192.0.2.1",
		"documentation 2":            "198.51.100.1",
		"documentation 3":            "203.0.113.1",
		"documentation v6":           "2001:db8::1",
		"documentation v6, new":      "3fff::1",
		"benchmarking":               "198.18.0.1",
		"benchmarking v6":            "2001:2::1",
		"6to4 relay":                 "192.88.99.1",
		"multicast":                  "224.0.0.1",
		"multicast v6":               "ff02::1",
		"reserved":                   "240.0.0.1",
		"broadcast":                  "255.255.255.255",
		"discard v6":                 "100::1",
		"NAT64 of a public address":  "64:ff9b::808:808",
		"NAT64 of loopback":          "64:ff9b::7f00:1",
		"NAT64 of local use":         "64:ff9b:1::1",
		"6to4 of loopback":           "2002:7f00:1::1",
		"Teredo":                     "2001:0:53aa:64c::1",
		"ORCHID":                     "2001:20::1",
		"segment routing":            "5f00::1",
		"mapped loopback":            "::ffff:127.0.0.1",
		"mapped private":             "::ffff:10.0.0.1",
		"mapped public":              "::ffff:8.8.8.8",
		"compatible with IPv4":       "::7f00:1",
		"metadata of AWS and others": "169.254.169.254",
		"metadata of AWS containers": "169.254.170.2",
		"metadata of AWS over v6":    "fd00:ec2::254",
		"metadata of GCP over v6":    "fd20:ce::254",
		"metadata of Alibaba":        "100.100.100.200",
		"metadata of Oracle":         "192.0.0.192",
		"the wire server of Azure":   "168.63.129.16",
	}
	private := map[string]string{
		"loopback": "127.0.0.1", "loopback, further": "127.9.9.9", "loopback v6": "::1", "private 10": "10.0.0.1",
		"private 172": "172.16.0.1", "private 172, end": "172.31.255.255", "private 192": "192.168.1.1", "unique local v6": "fd12::1",
	}
	public := map[string]string{"v4": "8.8.8.8", "beside private 172": "172.32.0.1", "beside CGNAT": "100.128.0.1", "v6": "2a00:1450:4002::1"}
	strict, lax := newGuard(t, Options{}), newGuard(t, Options{AllowPrivate: true})
	check := func(g *Guard, cases map[string]string, ok bool, words string) {
		t.Helper()
		for name, raw := range cases {
			a := netip.MustParseAddr(raw)
			if err := g.vetAddr(a); (err == nil) != ok {
				t.Errorf("%s: %s (%s): %v", words, name, raw, err)
			}
			_, err := g.Addresses(t.Context(), raw)
			if (err == nil) != ok {
				t.Errorf("%s, as a literal: %s (%s): %v", words, name, raw, err)
			}
			var forbidden *ForbiddenError
			if !ok && !errors.As(err, &forbidden) {
				t.Errorf("%s: %s: %v is no ForbiddenError", words, name, err)
			}
		}
	}
	check(strict, never, false, "strict")
	check(strict, private, false, "strict")
	check(strict, public, true, "strict")
	check(lax, never, false, "private allowed")
	check(lax, private, true, "private allowed")
	check(lax, public, true, "private allowed")
	if strict.vetAddr(netip.Addr{}) == nil {
		t.Error("no address at all is allowed")
	}
}

func TestHostsAreCleaned(t *testing.T) {
	for raw, want := range map[string]string{
		"WWW.Comune.Example.IT":         "www.comune.example.it",
		"comune.example.it.":            "comune.example.it",
		"_dmarc.example.it":             "_dmarc.example.it",
		"città.example.it":              "xn--citt-3na.example.it",
		"gemeinde-süd.example":          "xn--gemeinde-sd-2hb.example",
		"8.8.8.8":                       "8.8.8.8",
		"８.８.８.８":                       "8.8.8.8",
		"2A00:1450::1":                  "2a00:1450::1",
		"1.example":                     "1.example",
		"a.0xg":                         "a.0xg",
		"localhost":                     "localhost",
		strings.Repeat("a.", 126) + "a": strings.Repeat("a.", 126) + "a",
	} {
		if got, _, err := cleanHost(raw); err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", raw, got, err, want)
		}
	}
	for _, raw := range []string{
		"", ".", "..", "a..b", ".a", "a b", "a\x00b", "a/b", "a@b", "a:b", "a%00b", "[::1]", "fe80::1%eth0", "a\u202eb", "\xff",
		"2130706433", "127.1", "0x7f.1", "0x7f000001", "017700000001", "a.1", "1.2.3.4.5", "256.1.1.1", "a.0x1", "a.0x", "127.0.0.1..",
		strings.Repeat("a", 64) + ".it", strings.Repeat("a.", 127) + "aa", strings.Repeat("a", 5000),
	} {
		host, _, err := cleanHost(raw)
		var forbidden *ForbiddenError
		if !errors.As(err, &forbidden) {
			t.Errorf("%q passes as %q: %v", raw, host, err)
		} else if strings.ContainsAny(err.Error(), "\x00\u202e") {
			t.Errorf("%q comes back raw in the error", raw)
		}
	}
}

func TestTargetsThatAreRefused(t *testing.T) {
	g := newGuard(t, Options{ExtraPorts: []int{9000}})
	for name, address := range map[string]string{
		"a file": "file:///etc/passwd", "another scheme": "ftp://8.8.8.8/", "a scheme of data": "data:text/html,x",
		"the port of ssh": "http://8.8.8.8:22/", "the port of a database": "https://8.8.8.8:5432/", "port 0": "http://8.8.8.8:0/",
		"a port too large": "http://8.8.8.8:65616/", "loopback": "http://127.0.0.1/", "loopback v6": "https://[::1]/",
		"metadata": "http://169.254.169.254/latest/meta-data/", "loopback as a number": "http://2130706433/", "no host": "http:///a",
	} {
		_, err := get(t.Context(), t, g, address)
		var forbidden *ForbiddenError
		if !errors.As(err, &forbidden) {
			t.Errorf("%s (%s): %v", name, address, err)
		}
	}
	for _, port := range []uint16{80, 443, 8080, 8443, 9000} {
		if err := g.vetPort("a.example", port); err != nil {
			t.Error(err)
		}
	}
	for _, port := range []int{0, -1, 65536} {
		if _, err := New(Options{ExtraPorts: []int{port}}); err == nil {
			t.Errorf("port %d is accepted", port)
		}
	}
}

func TestOnlyGetAndHeadAreSent(t *testing.T) {
	g, address := local(t, func(http.ResponseWriter, *http.Request) {})
	for _, method := range []string{"POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "get"} {
		req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = g.RoundTripper().RoundTrip(req)
		var forbidden *ForbiddenError
		if !errors.As(err, &forbidden) {
			t.Errorf("%s: %v", method, err)
		}
	}
	for _, method := range []string{"GET", "HEAD"} {
		req, err := http.NewRequestWithContext(t.Context(), method, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := g.RoundTripper().RoundTrip(req)
		if err != nil {
			t.Fatalf("%s: %v", method, err)
		}
		resp.Body.Close()
	}
}

func FuzzVet(f *testing.F) {
	for _, seed := range []string{"127.0.0.1", "::ffff:127.0.0.1", "0x7f.1", "2130706433", "[::1]", "comune.example.it", "città.it", "１２７.0.0.1", "a..b", "fe80::1%1", "xn--"} {
		f.Add(seed)
	}
	g, err := New(Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(g.Close)
	f.Fuzz(func(t *testing.T, raw string) {
		host, addr, err := cleanHost(raw)
		if err != nil {
			return
		}
		again, same, err := cleanHost(host)
		if err != nil || again != host || same != addr {
			t.Errorf("%q: clean %q is not clean: %q, %v", raw, host, again, err)
		}
		if addr.IsValid() && g.vetAddr(addr) == nil && (addr.IsLoopback() || addr.IsPrivate() || !addr.IsGlobalUnicast()) {
			t.Errorf("%q: %s passes", raw, addr)
		}
	})
}
