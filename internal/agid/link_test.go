package agid

import (
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vigile-it/vigile/internal/need"
)

const (
	v1  = "8c8e1a10-9a55-11f0-b5c4-0123456789ab"
	v1u = "8C8E1A10-9A55-11F0-B5C4-0123456789AB"
	v4  = "0b9d3c1e-52aa-4c1f-9d7a-6d1f2b3c4d5e"
	old = "https://form.agid.gov.it/view/"
)

var v1time = time.Date(2025, time.September, 25, 21, 21, 6, 950606400, time.UTC)

func oldLink(id string, wrapped bool) Link {
	l := Link{Kind: KindOld, UUID: id, URL: old + id, Wrapped: wrapped}
	switch id {
	case v1:
		l.UUIDVersion, l.Created = 1, v1time
	case v4:
		l.UUIDVersion = 4
	}
	return l
}

func newLink(ipa, slug, address string) Link {
	return Link{Kind: KindNew, IPA: ipa, Slug: slug, URL: "https://form.agid.gov.it/" + address}
}

func generic(path string) Link {
	return Link{Kind: KindGeneric, URL: "https://form.agid.gov.it" + path}
}

func TestParseLink(t *testing.T) {
	for _, c := range []struct {
		name, href string
		want       Link
	}{
		{"the old form", old + v1, oldLink(v1, false)},
		{"a version 4 uuid has no date", old + v4, oldLink(v4, false)},
		{"a trailing slash", old + v1 + "/", oldLink(v1, false)},
		{"http and capitals", "HTTP://Form.AGID.gov.it/VIEW/" + v1u, oldLink(v1, false)},
		{"white space round it", " \n" + old + v1 + "\t ", oldLink(v1, false)},
		{"a blank inside", old + " " + v1, oldLink(v1, false)},
		{"a trailing bracket", old + v1 + ")", oldLink(v1, false)},
		{"a trailing full stop", old + v1 + ".", oldLink(v1, false)},
		{"a trailing %20", old + v1 + "%20", oldLink(v1, false)},
		{"several trailing things", old + v1 + "%20).%20", oldLink(v1, false)},
		{"a query", old + v1 + "?lang=it", oldLink(v1, false)},
		{"a fragment", old + v1 + "#contenuto", oldLink(v1, false)},
		{"zero-width characters", old + "\u200b" + v1 + "\ufeff", oldLink(v1, false)},
		{"doubled slashes", "https://form.agid.gov.it//view//" + v1, oldLink(v1, false)},
		{"backslashes", `https:\\form.agid.gov.it\view\` + v1, oldLink(v1, false)},
		{"without a scheme", "form.agid.gov.it/view/" + v1, oldLink(v1, false)},
		{"the page's scheme", "//form.agid.gov.it/view/" + v1, oldLink(v1, false)},
		{"a broken scheme", "http//form.agid.gov.it/view/" + v1, oldLink(v1, false)},
		{"a doubled scheme", "http://https://form.agid.gov.it/view/" + v1, oldLink(v1, false)},
		{"a port and a trailing dot", "https://form.agid.gov.it.:443/view/" + v1, oldLink(v1, false)},
		{"a route of the client", "https://form.agid.gov.it/#/view/" + v1, oldLink(v1, false)},
		{"a language before it", "https://form.agid.gov.it/it/view/" + v1, oldLink(v1, false)},
		{"quotes left over", `"` + old + v1 + `"`, oldLink(v1, false)},

		{"no uuid names nothing", old, oldLink("", false)},
		{"a template's uuid names nothing", old + "xxxxx/", oldLink("", false)},
		{"an empty fragment names nothing", old + "#", oldLink("", false)},
		{"a uuid too short names nothing", old + v1[:35], oldLink("", false)},
		{"a uuid too long names nothing", old + v1 + "0", oldLink("", false)},
		{"the nil uuid names nothing", old + "00000000-0000-0000-0000-000000000000", oldLink("", false)},
		{"a version 1 uuid of 1986 has no date", old + "8c8e1a10-9a55-10f0-b5c4-0123456789ab", Link{Kind: KindOld, UUID: "8c8e1a10-9a55-10f0-b5c4-0123456789ab", UUIDVersion: 1, URL: old + "8c8e1a10-9a55-10f0-b5c4-0123456789ab"}},
		{"another variant has no version", old + "8c8e1a10-9a55-11f0-05c4-0123456789ab", Link{Kind: KindOld, UUID: "8c8e1a10-9a55-11f0-05c4-0123456789ab", URL: old + "8c8e1a10-9a55-11f0-05c4-0123456789ab"}},

		{"the new form", "https://form.agid.gov.it/c_z901/comune.montefiorito.pg.it/dichiarazione", newLink("c_z901", "comune.montefiorito.pg.it", "c_z901/comune.montefiorito.pg.it/dichiarazione")},
		{"an opaque code", "https://form.agid.gov.it/5N2ZZ557/selfcare/dichiarazione/", newLink("5N2ZZ557", "selfcare", "5N2ZZ557/selfcare/dichiarazione")},
		{"an escaped slash in the slug", "https://form.agid.gov.it/c_z901/https:%2f%2fwww_montefiorito_it/dichiarazione", newLink("c_z901", "https://www_montefiorito_it", "c_z901/https:%2f%2fwww_montefiorito_it/dichiarazione")},
		{"an escaped slash in capitals", "https://form.agid.gov.it/c_z901/a%2Fb/dichiarazione", newLink("c_z901", "a/b", "c_z901/a%2fb/dichiarazione")},
		{"a raw slash in the slug", "https://form.agid.gov.it/c_z901/sito/albo/dichiarazione", newLink("c_z901", "sito/albo", "c_z901/sito%2falbo/dichiarazione")},
		{"an address as slug", "https://form.agid.gov.it/c_z901/https://www_montefiorito_it/dichiarazione", newLink("c_z901", "https://www_montefiorito_it", "c_z901/https:%2f%2fwww_montefiorito_it/dichiarazione")},
		{"doubled slashes round the slug", "https://form.agid.gov.it//c_z901//sito//dichiarazione", newLink("c_z901", "sito", "c_z901/sito/dichiarazione")},
		{"a slug escaped twice", "https://form.agid.gov.it/c_z901/a%252fb/dichiarazione", newLink("c_z901", "a/b", "c_z901/a%2fb/dichiarazione")},
		{"an accent", "https://form.agid.gov.it/c_z901/città/dichiarazione", newLink("c_z901", "città", "c_z901/citt%C3%A0/dichiarazione")},
		{"an escaped accent", "https://form.agid.gov.it/c_z901/citt%c3%a0/dichiarazione", newLink("c_z901", "città", "c_z901/citt%C3%A0/dichiarazione")},
		{"quotes in the slug", `https://form.agid.gov.it/c_z901/"l'ente"/dichiarazione`, newLink("c_z901", `"l'ente"`, "c_z901/%22l%27ente%22/dichiarazione")},
		{"blanks in the slug", "https://form.agid.gov.it/c_z901/sito del comune/dichiarazione", newLink("c_z901", "sito del comune", "c_z901/sito%20del%20comune/dichiarazione")},
		{"a new form with trailing junk", "https://form.agid.gov.it/c_z901/sito/dichiarazione%20).", newLink("c_z901", "sito", "c_z901/sito/dichiarazione")},
		{"the last word in capitals", "https://form.agid.gov.it/C_Z901/sito/Dichiarazione?x=1", newLink("C_Z901", "sito", "C_Z901/sito/dichiarazione")},
		{"a new form without its last word", "https://form.agid.gov.it/c_z901/sito", generic("/c_z901/sito")},
		{"objectives in the new form", "https://form.agid.gov.it/c_z901/sito/obiettivi", Link{Kind: KindObjectives, IPA: "c_z901", Slug: "sito", URL: "https://form.agid.gov.it/c_z901/sito/obiettivi"}},

		{"the service alone", "https://form.agid.gov.it", generic("/")},
		{"its home", "https://form.agid.gov.it/home", generic("/home")},
		{"the complaint procedure", "https://form.agid.gov.it/form/procedura-attuazione/c_z901", Link{Kind: KindProcedure, URL: "https://form.agid.gov.it/form/procedura-attuazione/c_z901"}},
		{"a page of the agency", "https://www.agid.gov.it/it/design-servizi/accessibilita", Link{Kind: KindGeneric, URL: "https://www.agid.gov.it/it/design-servizi/accessibilita"}},
		{"the agency's home", "http://www.agid.gov.it", Link{Kind: KindGeneric, URL: "https://www.agid.gov.it/"}},
		{"objectives on their old host", "https://accessibilita.agid.gov.it/obiettivi-accessibilita/2021/comune-di-montefiorito/900001", Link{Kind: KindObjectives, URL: "https://accessibilita.agid.gov.it/obiettivi-accessibilita/2021/comune-di-montefiorito/900001"}},

		{"urldefense, third form", "https://urldefense.com/v3/__https://form.agid.gov.it/view/" + v1 + "__;!!AbCdEf!xyz$", oldLink(v1, true)},
		{"urldefense, third form, with a replaced character", "https://urldefense.com/v3/__https://form.agid.gov.it/c_z901/citt*a/dichiarazione__;JQ!!Ab!c$", Link{Kind: KindNew, IPA: "c_z901", Slug: "citt%a", URL: "https://form.agid.gov.it/c_z901/citt%25a/dichiarazione", Wrapped: true}},
		{"urldefense, second form", "https://urldefense.proofpoint.com/v2/url?u=https-3A__form.agid.gov.it_view_" + strings.ReplaceAll(v1, "-", "-2D") + "&d=DwMFaQ&c=x", oldLink(v1, true)},
		{"a CMS's redirect", "../../servizi/Menu/menu_redirect.aspx?url=https%3a%2f%2fform.agid.gov.it%2fview%2f" + v1 + "&ID=1&TipoElemento=area", oldLink(v1, true)},
		{"a CMS's redirect to the new form", "/menu_redirect.aspx?URL=https%3a%2f%2fform.agid.gov.it%2fc_z901%2fsito%2fdichiarazione", Link{Kind: KindNew, IPA: "c_z901", Slug: "sito", URL: "https://form.agid.gov.it/c_z901/sito/dichiarazione", Wrapped: true}},
		{"safelinks", "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fform.agid.gov.it%2Fview%2F" + v1 + "&amp;data=05%7C01", oldLink(v1, true)},
		{"a search engine", "https://www.google.com/url?sa=t&q=https://form.agid.gov.it/view/" + v1 + "&usg=AOv", oldLink(v1, true)},
		{"a redirect that escaped the address twice", "/link?id=7&url=https%253A%252F%252Fform.agid.gov.it%252Fview%252F" + v1, oldLink(v1, true)},
		{"a wrapping in a wrapping", "/go?to=" + url.QueryEscape("https://www.google.it/url?q="+old+v1), oldLink(v1, true)},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := ParseLink(c.href)
			if !ok {
				t.Fatalf("%q is not read as an address of AgID's", c.href)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%q (-want +got):\n%s", c.href, diff)
			}
			again, ok := ParseLink(got.URL)
			again.Wrapped = got.Wrapped
			if diff := cmp.Diff(got, again); !ok || diff != "" && !strings.Contains(got.Slug, "%") {
				t.Errorf("the canonical address %q reads otherwise (-first +again):\n%s", got.URL, diff)
			}
		})
	}
}

func TestParseLinkRefuses(t *testing.T) {
	for _, c := range []struct{ name, href string }{
		{"nothing", ""},
		{"a fragment", "#"},
		{"a page of the site", "/dichiarazione-di-accessibilita"},
		{"a folder named after the agency", "DesktopModules/PiePaginaAGID/comune.montefiorito.it"},
		{"a page that speaks of the service", "/news?titolo=form.agid.gov.it"},
		{"another host that ends alike", "https://form.agid.gov.it.example.com/view/" + v1},
		{"another host that begins alike", "https://notagid.gov.it/view/" + v1},
		{"the host as a user name", "https://form.agid.gov.it@example.com/view/" + v1},
		{"a button that shares", "https://www.facebook.com/sharer.php?u=" + url.QueryEscape(old+v1)},
		{"a validator", "https://validator.w3.org/check?url=" + url.QueryEscape(old+v1)},
		{"javascript", "javascript:void(0)"},
		{"an address too long", old + v1 + "?" + strings.Repeat("x", maxHref)},
		{"wrappings without end", strings.Repeat("/r?url=", 50) + "form.agid.gov.it"},
	} {
		if l, ok := ParseLink(c.href); ok {
			t.Errorf("%s: %.80q is read as %+v", c.name, c.href, l)
		}
	}
}

func TestPublication(t *testing.T) {
	for href, want := range map[string]bool{
		old + v1:      true,
		old + "xxxxx": false,
		old:           false,
		"https://form.agid.gov.it/c_z901/sito/dichiarazione": true,
		"https://form.agid.gov.it/c_z901/sito/obiettivi":     false,
		"https://form.agid.gov.it/":                          false,
		"https://www.agid.gov.it/":                           false,
	} {
		if l, _ := ParseLink(href); l.Publication() != want {
			t.Errorf("%s: Publication is %v", href, !want)
		}
	}
}

func TestSameBodyKnowsNoCase(t *testing.T) {
	l, _ := ParseLink("https://form.agid.gov.it/C_Z901/sito/dichiarazione")
	if !l.SameBody("c_z901") || l.SameBody("c_z902") || l.SameBody("") || (Link{}).SameBody("") {
		t.Error("the body of a new-form address is told wrongly")
	}
}

// Whatever a body calls its site, the address the service makes of it is read
// back: code, slug and canonical form.
func TestEveryNewAddressIsReadBack(t *testing.T) {
	const rounds = 3 // of rapid's hundred checks
	for range rounds {
		rapid.Check(t, newAddressIsReadBack)
	}
}

func newAddressIsReadBack(t *rapid.T) {
	ipa := rapid.StringMatching(`[a-zA-Z0-9][a-zA-Z0-9_]{2,11}`).Filter(func(s string) bool { return !reserved(strings.ToLower(s)) }).Draw(t, "ipa")
	slug := rapid.StringMatching(`[a-z0-9àèìòù'"]([a-z0-9àèìòù_.:'" /-]{0,40}[a-z0-9àèìòù'"])?`).Filter(func(s string) bool {
		for _, part := range strings.Split(s, "/") {
			if strings.TrimSpace(part) == "" || strings.EqualFold(part, "view") {
				return false
			}
		}
		return true
	}).Draw(t, "slug")
	escaped := url.PathEscape(slug)
	switch rapid.IntRange(0, 3).Draw(t, "spelling") {
	case 1:
		escaped = strings.ReplaceAll(escaped, "%2F", "%2f")
	case 2:
		escaped = strings.ReplaceAll(escaped, "%2F", "/")
	case 3:
		escaped = slug
	}
	href := rapid.SampledFrom([]string{"https://", "http://", "//", "HTTPS://", ""}).Draw(t, "scheme") + "form.agid.gov.it/" + ipa + "/" + escaped + "/dichiarazione" +
		rapid.SampledFrom([]string{"", "/", "?x=1", "#", ")", "%20", " ", ".", "/%20"}).Draw(t, "end")
	wrap := rapid.SampledFrom([]string{"", "/menu_redirect.aspx?url=", "https://www.google.com/url?q="}).Draw(t, "wrapping")
	if wrap != "" {
		href = wrap + url.QueryEscape(href)
	}
	l, ok := ParseLink(href)
	if !ok || l.Kind != KindNew || l.IPA != ipa || l.Slug != slug || !l.Publication() || !l.SameBody(strings.ToUpper(ipa)) {
		t.Fatalf("%q is read as %+v", href, l)
	}
	if again, ok := ParseLink(l.URL); !ok || again.Slug != slug || again.URL != l.URL {
		t.Fatalf("%q: its canonical form %q is read as %+v", href, l.URL, again)
	}
}

func TestEveryVersionOneUUIDCarriesItsInstant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(firstPossible.Unix(), lastPossible.Unix()-1).Draw(t, "seconds"), rapid.Int64Range(0, 9_999_999).Draw(t, "ticks")*100).UTC()
		l, ok := ParseLink(old + uuidOf(at))
		if !ok || l.UUIDVersion != 1 || !l.Created.Equal(at) {
			t.Fatalf("%s: read as %+v", at, l)
		}
	})
}

// uuidOf is a version 1 uuid of that instant.
func uuidOf(at time.Time) string {
	ticks := uint64(at.Unix()+12_219_292_800)*10_000_000 + uint64(at.Nanosecond()/100)
	const digits = "0123456789abcdef"
	hexOf := func(v uint64, n int) string {
		b := make([]byte, n)
		for i := n - 1; i >= 0; i-- {
			b[i] = digits[v&15]
			v >>= 4
		}
		return string(b)
	}
	return hexOf(ticks&0xFFFFFFFF, 8) + "-" + hexOf(ticks>>32&0xFFFF, 4) + "-" + hexOf(0x1000|ticks>>48&0x0FFF, 4) + "-b5c4-0123456789ab"
}

// The corpus is half of the links seen in May 2025; the counts are those of its
// hrefs, taken apart from this package.
func TestRealLinks(t *testing.T) {
	rows := need.Table(t, "links", "links_dev.csv")
	kinds, versions := map[Kind]int{}, map[int]int{}
	publications, wrapped, dated := 0, 0, 0
	years := map[int]int{}
	for _, row := range rows {
		l, ok := ParseLink(row["href"])
		if named := strings.Contains(strings.ToLower(row["href"]), "form.agid.gov.it"); named && !ok {
			t.Errorf("not read: %q", row["href"])
		} else if !named && l.Publication() {
			t.Errorf("read as a publication: %q", row["href"])
		}
		if !ok {
			continue
		}
		kinds[l.Kind]++
		if l.Publication() {
			publications++
			versions[l.UUIDVersion]++
		}
		if l.Wrapped {
			wrapped++
		}
		if !l.Created.IsZero() {
			dated++
			years[l.Created.Year()]++
		}
	}
	t.Logf("%d links: kinds %v, %d publications, uuid versions %v, %d dated by year %v, %d wrapped", len(rows), kinds, publications, versions, dated, years, wrapped)
	if publications != 3687 || versions[1] != 3215 || versions[4] != 472 || wrapped != 3 {
		t.Errorf("the corpus holds 3687 publications (3215 of version 1, 472 of version 4), 3 of them wrapped")
	}
	for y := range years {
		if y < 2019 || y > 2025 {
			t.Errorf("%d links of %d in a corpus of May 2025", years[y], y)
		}
	}
}

// The instant inside an id is that of publication: minutes after the last change
// of the form in most, long before it where a publication was changed in place,
// and hardly ever long after.
func TestRealIDsAreMadeWhenTheDeclarationIsPublished(t *testing.T) {
	fresh := map[Freshness]int{}
	compared, before, after := 0, 0, 0
	day := time.Date(2025, time.May, 15, 0, 0, 0, 0, time.UTC)
	for _, row := range need.Table(t, "links", "declarations_dev.csv") {
		changed, err := time.Parse(time.RFC3339, row["last_modified"])
		if err != nil {
			continue
		}
		fresh[Due(day, DeclarationRule()).Freshness(changed)]++
		l, ok := ParseLink(old + row["publication_id"])
		if !ok || l.Created.IsZero() {
			continue
		}
		compared++
		switch gap := l.Created.Sub(changed); {
		case gap > 24*time.Hour:
			after++
		case gap < -24*time.Hour:
			before++
		}
	}
	t.Logf("on %s: %v; %d ids dated, %d more than a day before the last change, %d more than a day after", day.Format(time.DateOnly), fresh, compared, before, after)
	if after*100 > compared {
		t.Errorf("%d of %d ids are more than a day younger than the last change of what they name", after, compared)
	}
}

func FuzzParseLink(f *testing.F) {
	for _, s := range []string{
		old + v1, old + "xxxxx/", "https://form.agid.gov.it/c_z901/a%2fb/dichiarazione", "https://urldefense.com/v3/__https://form.agid.gov.it/view/" + v1 + "__;**A*!!x",
		"https://urldefense.proofpoint.com/v2/url?u=https-3A__form.agid.gov.it_view_", "/r?url=%252f%252fform.agid.gov.it", "//form.agid.gov.it\\view", "http",
		"https://accessibilita.agid.gov.it/obiettivi-accessibilita/\xff", "form.agid.gov.it/%/%%2/dichiarazione", "https://.agid.gov.it", "www.agid.gov.it",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, href string) {
		l, ok := ParseLink(href)
		if !ok {
			if l != (Link{}) {
				t.Fatalf("%q refused with %+v", href, l)
			}
			return
		}
		u, err := url.Parse(l.URL)
		if err != nil || u.Scheme != "https" || !strings.HasSuffix(u.Host, "agid.gov.it") {
			t.Fatalf("%q: canonical %q (%v)", href, l.URL, err)
		}
		if !utf8.ValidString(l.Slug) || strings.ContainsAny(l.URL, " \x00\n\"<>") {
			t.Fatalf("%q: %+v", href, l)
		}
		if l.Publication() && l.Kind == KindOld && len(l.UUID) != uuidLen {
			t.Fatalf("%q: uuid %q", href, l.UUID)
		}
	})
}
