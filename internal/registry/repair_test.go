package registry

// Every quirk of IPA's address field, one row each, and what must hold of any input.

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestRepairSite(t *testing.T) {
	const blank = ""
	tests := []struct {
		name   string
		raw    string
		url    string
		quirks []Quirk
	}{
		{"a sound address stands", "https://www.comune.esempio.pg.it/", "https://www.comune.esempio.pg.it/", nil},
		{"a scheme of http is kept", "http://comune.esempio.pg.it", "http://comune.esempio.pg.it/", nil},
		{"a missing scheme is https", "www.comune.esempio.pg.it", "https://www.comune.esempio.pg.it/", []Quirk{QuirkNoScheme}},
		{"slash after the host", "www.comune.esempio.pg.it/", "https://www.comune.esempio.pg.it/", []Quirk{QuirkNoScheme}},

		{"http//:", "http//:www.comune.esempio.rm.it", "http://www.comune.esempio.rm.it/", []Quirk{QuirkBrokenScheme}},
		{"http//", "http//www.comune.esempio.ce.it", "http://www.comune.esempio.ce.it/", []Quirk{QuirkBrokenScheme}},
		{"htt:/", "htt:/www.comune.esempio.cz.it", "http://www.comune.esempio.cz.it/", []Quirk{QuirkBrokenScheme}},
		{"htt://", "htt://www.comune.esempio.sa.it", "http://www.comune.esempio.sa.it/", []Quirk{QuirkBrokenScheme}},
		{"htpp://", "htpp://www.comunediesempio.it", "http://www.comunediesempio.it/", []Quirk{QuirkBrokenScheme}},
		{"https:/www", "https:/www.comune.esempio.bo.it", "https://www.comune.esempio.bo.it/", []Quirk{QuirkBrokenScheme}},
		{"http:www", "http:www.comune.esempio.bo.it", "http://www.comune.esempio.bo.it/", []Quirk{QuirkBrokenScheme}},
		{"http;//", "http;//www.comune.esempio.bo.it", "http://www.comune.esempio.bo.it/", []Quirk{QuirkBrokenScheme}},
		{"hhttps:///", "hhttps:///www.comune.esempio.bo.it", "https://www.comune.esempio.bo.it/", []Quirk{QuirkBrokenScheme}},
		{"ttp://", "ttp://www.comune.esempio.bo.it", "http://www.comune.esempio.bo.it/", []Quirk{QuirkBrokenScheme}},
		{"www.http://", "www.http://www.comune.esempio.bo.it", "http://www.comune.esempio.bo.it/", []Quirk{QuirkBrokenScheme}},
		{"a scheme twice", "http://https://www.comune.esempio.bo.it", "https://www.comune.esempio.bo.it/", []Quirk{QuirkBrokenScheme}},
		{"a scheme of no web page", "ftp://comune.esempio.bo.it", "https://comune.esempio.bo.it/", []Quirk{QuirkBrokenScheme, QuirkNoScheme}},
		{"backslashes", `http:\\www.comune.esempio.bo.it\servizi`, "http://www.comune.esempio.bo.it/servizi", []Quirk{QuirkBrokenScheme, QuirkBackslash, QuirkPath}},

		{"www://", "www://comune.esempio.it", "https://comune.esempio.it/", []Quirk{QuirkBrokenWWW, QuirkNoScheme}},
		{"ww.", "ww.comune.esempio.tp.it", "https://www.comune.esempio.tp.it/", []Quirk{QuirkNoScheme, QuirkBrokenWWW}},
		{"wwww.", "wwww.comune.esempio.tp.it", "https://www.comune.esempio.tp.it/", []Quirk{QuirkNoScheme, QuirkBrokenWWW}},
		{"www without its dot", "wwwcomune.esempio.tp.it", "https://www.comune.esempio.tp.it/", []Quirk{QuirkNoScheme, QuirkBrokenWWW}},

		{"an e-mail address", "segreteria.esempio@gmail.com", "", []Quirk{QuirkNoScheme, QuirkEmail}},
		{"an e-mail address of the comune's own host", "info@comune.esempio.al.it", "", []Quirk{QuirkNoScheme, QuirkEmail}},
		{"an e-mail address behind a scheme", "http://ragioneria@libero.it", "", []Quirk{QuirkEmail}},
		{"an e-mail address behind mailto", "mailto:info@comune.esempio.al.it", "", []Quirk{QuirkBrokenScheme, QuirkNoScheme, QuirkEmail}},
		{"a site beside an e-mail address", "www.comune.esempio.al.it info@comune.esempio.al.it", "https://www.comune.esempio.al.it/", []Quirk{QuirkSpaces, QuirkNoScheme}},
		{"an at sign in the path is none", "https://www.comune.esempio.al.it/@novita", "https://www.comune.esempio.al.it/@novita", []Quirk{QuirkPath}},
		{"name and password go", "https://redazione:segreta@www.comune.esempio.al.it/", "https://www.comune.esempio.al.it/", []Quirk{QuirkUserinfo}},

		{"two URLs glued", "www.comune.esempio.aq.ithttp://www.indicepa.example/img/on.png", "https://www.comune.esempio.aq.it/", []Quirk{QuirkNoScheme, QuirkTwoAddresses}},
		{"two hosts glued", "www.comune.esempio.aq.itwww.esempio.it", "https://www.comune.esempio.aq.it/", []Quirk{QuirkNoScheme, QuirkTwoAddresses}},
		{"two URLs and a space", "http://www.comune.esempio.aq.it http://www.esempio.it", "http://www.comune.esempio.aq.it/", []Quirk{QuirkSpaces, QuirkTwoAddresses}},
		{"two URLs and a dash", "www.comune.esempio.aq.it - www.esempio.eu", "https://www.comune.esempio.aq.it/", []Quirk{QuirkSpaces, QuirkTwoAddresses, QuirkNoScheme}},
		{"two URLs and a comma", "www.comune.esempio.aq.it,www.esempio.eu", "https://www.comune.esempio.aq.it/", []Quirk{QuirkTwoAddresses, QuirkNoScheme}},
		{"two URLs and a semicolon", "www.comune.esempio.aq.it;www.esempio.eu", "https://www.comune.esempio.aq.it/", []Quirk{QuirkSpaces, QuirkTwoAddresses, QuirkNoScheme}},
		{"a URL in a query is one URL", "https://www.comune.esempio.aq.it/vai?a=http://www.esempio.it", "https://www.comune.esempio.aq.it/vai?a=http://www.esempio.it", []Quirk{QuirkPath}},

		{"commas for dots", "www.comune.esempio,lo,it", "https://www.comune.esempio.lo.it/", []Quirk{QuirkNoScheme, QuirkComma}},
		{"a space inside", "www.comune.esempio .vi.it", "https://www.comune.esempio.vi.it/", []Quirk{QuirkSpaces, QuirkNoScheme}},
		{"a space after a dot", "www. comune.esempio.vi.it", "https://www.comune.esempio.vi.it/", []Quirk{QuirkSpaces, QuirkNoScheme}},
		{"a space after the scheme", "http:// www.comune.esempio.vi.it", "http://www.comune.esempio.vi.it/", []Quirk{QuirkSpaces}},
		{"words before", "Sito web: www.comune.esempio.vi.it", "https://www.comune.esempio.vi.it/", []Quirk{QuirkSpaces, QuirkNoScheme}},
		{"double dots", "www..comunediesempio.it", "https://www.comunediesempio.it/", []Quirk{QuirkNoScheme, QuirkDoubleDots}},
		{"double dots further on", "www.comune.esempio.bg..it", "https://www.comune.esempio.bg.it/", []Quirk{QuirkNoScheme, QuirkDoubleDots}},
		{"a dot before", ".comune.esempio.bg.it", "https://comune.esempio.bg.it/", []Quirk{QuirkNoScheme, QuirkLeadingDot}},
		{"a trailing dot", "www.comune.esempio.fg.it.", "https://www.comune.esempio.fg.it/", []Quirk{QuirkNoScheme, QuirkTrailingDot}},
		{"a trailing dot before the slash", "http://www.comune.esempio.fg.it./", "http://www.comune.esempio.fg.it/", []Quirk{QuirkTrailingDot}},
		{"capitals", "WWW.COMUNE.ESEMPIO.UD.IT", "https://www.comune.esempio.ud.it/", []Quirk{QuirkNoScheme, QuirkCapitals}},
		{"capitals with their scheme", "HTTPS://www.Comune.esempio.ud.it", "https://www.comune.esempio.ud.it/", []Quirk{QuirkCapitals}},
		{"capitals of a path stay", "www.comune.esempio.ud.it/ComHome.asp", "https://www.comune.esempio.ud.it/ComHome.asp", []Quirk{QuirkNoScheme, QuirkPath}},
		{"brackets", "<http://www.comune.esempio.ud.it>", "http://www.comune.esempio.ud.it/", []Quirk{QuirkPunctuation}},
		{".it forgotten", "www.comune.esempio.bg", "https://www.comune.esempio.bg.it/", []Quirk{QuirkNoScheme, QuirkNoTLD}},
		{".it forgotten before a dot", "www.comune.esempio.bs.", "https://www.comune.esempio.bs.it/", []Quirk{QuirkNoScheme, QuirkTrailingDot, QuirkNoTLD}},
		{"a real address under a foreign domain", "www.esempio.eu", "https://www.esempio.eu/", []Quirk{QuirkNoScheme}},

		{".gov.it is kept", "www.comuneesempio.gov.it", "https://www.comuneesempio.gov.it/", []Quirk{QuirkNoScheme, QuirkGovIT}},
		{"an IP address with its path", "203.0.113.153/c069019", "https://203.0.113.153/c069019", []Quirk{QuirkNoScheme, QuirkIPAddress, QuirkTenantPath}},
		{"an IP address of too many parts", "203.0.113.153.7", "", []Quirk{QuirkNoScheme, QuirkBadHost}},
		{"an IPv6 address", "http://[2001:db8::1]/", "", []Quirk{QuirkBadPort, QuirkBadHost}},

		{"/it is dropped", "https://comune.esempio.ce.it/it", "https://comune.esempio.ce.it/", []Quirk{QuirkGenericPath}},
		{"/it-it/home is dropped", "https://www.comune.esempio.cn.it/it-it/home", "https://www.comune.esempio.cn.it/", []Quirk{QuirkGenericPath}},
		{"/home/ is dropped", "comune.esempio.sv.it/home/", "https://comune.esempio.sv.it/", []Quirk{QuirkNoScheme, QuirkGenericPath}},
		{"/index.php is dropped", "https://www.comune.esempio.or.it/index.php", "https://www.comune.esempio.or.it/", []Quirk{QuirkGenericPath}},
		{"/index.php with a query is kept", "http://www.comune.esempio.rc.it/index.php?p=1", "http://www.comune.esempio.rc.it/index.php?p=1", []Quirk{QuirkPath}},
		{"a fragment is dropped", "http://www.comune.esempio.al.it/#null", "http://www.comune.esempio.al.it/", []Quirk{QuirkFragment}},
		{"a path that leads somewhere is kept", "www.esempio.it/comuni/uno", "https://www.esempio.it/comuni/uno", []Quirk{QuirkNoScheme, QuirkPath}},
		{"a tenant's path at Halley", "www.halleyweb.com/c018099", "https://www.halleyweb.com/c018099", []Quirk{QuirkNoScheme, QuirkSharedHost, QuirkTenantPath}},
		{"a tenant's path and query at Halley", "www.halleyweb.com/c058023/hh/index.php?jvs=0&acc=1", "https://www.halleyweb.com/c058023/hh/index.php?jvs=0&acc=1", []Quirk{QuirkNoScheme, QuirkSharedHost, QuirkTenantPath}},
		{"a tenant's path at HSE", "egov.hseweb.it/esempio/hh/", "https://egov.hseweb.it/esempio/hh/", []Quirk{QuirkNoScheme, QuirkSharedHost, QuirkTenantPath}},
		{"a tenant's path on its own host", "http://www.comune.esempio.bl.it/myportal/C_A443/home", "http://www.comune.esempio.bl.it/myportal/C_A443/home", []Quirk{QuirkTenantPath}},
		{"a shared host without a path", "www.halleyweb.com", "https://www.halleyweb.com/", []Quirk{QuirkNoScheme, QuirkSharedHost}},
		{"a social network", "https://www.facebook.com/ComunediEsempio", "https://www.facebook.com/ComunediEsempio", []Quirk{QuirkSocial, QuirkPath}},
		{"a free host", "comuneesempio.altervista.org", "https://comuneesempio.altervista.org/", []Quirk{QuirkNoScheme, QuirkFreeHost}},

		{"a port", "http://www.comune.esempio.mi.it:8080/", "http://www.comune.esempio.mi.it:8080/", []Quirk{QuirkPort}},
		{"a port without scheme", "www.comune.esempio.mi.it:8443", "https://www.comune.esempio.mi.it:8443/", []Quirk{QuirkNoScheme, QuirkPort}},
		{"the scheme's own port is none", "https://www.comune.esempio.mi.it:443/", "https://www.comune.esempio.mi.it/", nil},
		{"no such port", "http://www.comune.esempio.mi.it:99999/", "http://www.comune.esempio.mi.it/", []Quirk{QuirkBadPort}},

		{"letters outside ASCII", "www.comune.forlì.example.it", "https://www.comune.xn--forl-tpa.example.it/", []Quirk{QuirkNoScheme, QuirkIDN}},
		{"control characters", "www.comune.\x00esempio\x1b.mi.it\x7f", "https://www.comune.esempio.mi.it/", []Quirk{QuirkNoScheme, QuirkControl}},
		{"invisible characters", "\ufeffwww.comune.esem\u200bpio.mi.it", "https://www.comune.esempio.mi.it/", []Quirk{QuirkNoScheme, QuirkControl}},
		{"a no-break space round it", "\u00a0www.comune.esempio.mi.it\n", "https://www.comune.esempio.mi.it/", []Quirk{QuirkNoScheme}},

		{"nothing", blank, "", []Quirk{QuirkBlank}},
		{"white space", " \t ", "", []Quirk{QuirkBlank}},
		{"dashes", "---", "", []Quirk{QuirkBlank}},
		{"a dot", ".", "", []Quirk{QuirkBlank}},
		{"about:blank", "about:blank", "", []Quirk{QuirkBlank}},
		{"a scheme alone", "http://", "", []Quirk{QuirkBlank}},
		{"www alone", "http://www.", "", []Quirk{QuirkBlank}},
		{"n.d.", "N.D.", "", []Quirk{QuirkBlank}},
		{"the text null", "null", "", []Quirk{QuirkBlank}},
		{"a word", "esempio", "", []Quirk{QuirkNoScheme, QuirkBadHost}},
		{"a script", "javascript:alert(1)", "", []Quirk{QuirkPunctuation, QuirkNoScheme, QuirkBadPort, QuirkBadHost}},
		{"a host no name server knows", "www.comune.-esempio-.mi.it", "", []Quirk{QuirkNoScheme, QuirkBadHost}},
		{"longer than any address", "www." + strings.Repeat("a", 3000) + ".it", "", []Quirk{QuirkTooLong}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := RepairSite(tt.raw)
			if got.URL != tt.url {
				t.Errorf("URL of %q: got %q, want %q", tt.raw, got.URL, tt.url)
			}
			if diff := cmp.Diff(tt.quirks, got.Quirks); diff != "" {
				t.Errorf("quirks of %q (-want +got):\n%s", tt.raw, diff)
			}
		})
	}
}

func TestRepairSiteTellsMissingFromBad(t *testing.T) {
	for raw, missing := range map[string]bool{"": true, "---": true, "info@esempio.it": false, "www.comune.-x-.it": false} {
		s := RepairSite(raw)
		if s.Missing() != missing || s.Bad() == missing {
			t.Errorf("%q: Missing %v, Bad %v", raw, s.Missing(), s.Bad())
		}
	}
}

func TestRepairSiteMarksAnExplicitPort(t *testing.T) {
	for raw, want := range map[string]bool{"http://www.esempio.it:8080": true, "http://www.esempio.it:80": false, "www.esempio.it": false} {
		if got := RepairSite(raw).Explicit; got != want {
			t.Errorf("%q: Explicit %v, want %v", raw, got, want)
		}
	}
}

func TestRepairSiteKeepsWhatWasPublished(t *testing.T) {
	if got := RepairSite(" HTT://WWW.esempio.it \n").Raw; got != "HTT://WWW.esempio.it" {
		t.Errorf("Raw is %q", got)
	}
}

// holds checks what is true of every address, however hostile.
func holds(t interface{ Fatalf(string, ...any) }, raw string) {
	s := RepairSite(raw)
	if len(s.Raw) > maxAddress || strings.ContainsFunc(s.Raw, invisible) {
		t.Fatalf("Raw of %q is %q", raw, s.Raw)
	}
	if s.URL == "" {
		if len(s.Quirks) == 0 {
			t.Fatalf("%q has no URL and no quirk to say why", raw)
		}
		return
	}
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatalf("%q gave %q: %v", raw, s.URL, err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Fragment != "" || !strings.HasPrefix(u.EscapedPath(), "/") {
		t.Fatalf("%q gave %q", raw, s.URL)
	}
	host := u.Hostname()
	if !strings.Contains(host, ".") || host != strings.ToLower(host) || strings.HasSuffix(host, ".") || strings.Contains(host, "..") {
		t.Fatalf("%q gave the host %q", raw, host)
	}
	if _, err := netip.ParseAddr(host); err != nil && strings.ContainsAny(host, " ,:@/\\%<>\"'") {
		t.Fatalf("%q gave the host %q", raw, host)
	}
	if (u.Port() != "") != s.Explicit {
		t.Fatalf("%q gave %q, Explicit %v", raw, s.URL, s.Explicit)
	}
	again := RepairSite(s.URL)
	if again.URL != s.URL || again.Explicit != s.Explicit {
		t.Fatalf("%q gave %q, which gave %q", raw, s.URL, again.URL)
	}
}

func FuzzRepairSite(f *testing.F) {
	for _, seed := range []string{
		"", "www.comune.esempio.pg.it", "http//:www.esempio.it", "htt:/www.esempio.it", "www.http://www.esempio.it", "www://x.it", "ww.x.it",
		"---", "about:blank", "a@b.it", "http://u:p@www.x.it", "www.x.ithttp://y.it", "www.x.itwww.y.it", "a,b,it", "www.x .it", "x..it", "x.it.",
		"X.GOV.IT", "1.2.3.4/c1", "x.it/it", "www.halleyweb.com/c018099", "facebook.com/x", "x.it:8080", "forlì.it", "x\x00.it", "comune.x.bg",
		"x.it/a)#b", "x.it/%zz", "x.it/?#", "http:\\\\x.it\\a", "[::1]", "x.it:", "x.it/ /y", "http://http://http://http://http://x.it", "www.comune.x,it",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) { holds(t, raw) })
}

func TestRepairSiteHoldsForWhatPeopleType(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		piece := rapid.SampledFrom([]string{
			"http", "https", "htt", ":", "/", "//", "://", "www", "ww", ".", "..", ",", " ", "comune", "esempio", "it", "bg", "gov", "@", "-", "#", "?", "\\",
			"it/", "index.php", "c018099", "halleyweb.com", "8080", ":8443", ")", "é", "\u200b", "%20", "%zz", "1.2.3.4", ";", "_",
		})
		holds(t, strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), ""))
	})
}
