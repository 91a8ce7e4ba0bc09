package page

import (
	"os"
	"strings"
	"testing"

	"github.com/vigile-it/vigile/internal/need"
)

func realPage(t *testing.T, url string, path ...string) *Page {
	t.Helper()
	body, err := os.ReadFile(need.Data(t, append([]string{"pages"}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return Parse(Raw{URL: url, Status: 200, Body: body})
}

func find(p *Page, match func(Link) bool) (out []Link) {
	for _, l := range p.Links {
		if match(l) {
			out = append(out, l)
		}
	}
	return out
}

func hrefHas(s string) func(Link) bool {
	return func(l Link) bool { return strings.Contains(l.URL, s) }
}

// Whole pages of three vendors: the declaration's link stands in the footer.
func TestRealPagesWithTheirFooter(t *testing.T) {
	for _, c := range []struct {
		name, url  string
		path       []string
		links      int
		agid       string
		generator  string
		alsoLinked []string
	}{
		{"PeopleWeb", "https://www.comune.airasca.to.it/", []string{"airasca", "peopleweb_airasca_home.html"}, 150, "f2037368-a9cb-4882-8550-e1e869c1fb88", "", []string{"servizi.comune.airasca.to.it", "facebook.com", "youtube.com"}},
		{"ComWeb", "https://www.comune.alpignano.to.it/", []string{"alpignano", "comweb_home_alpignano.html"}, 150, "77b9eb3b-48f0-450a-a546-4141af27a19d", "ComWeb", []string{"/it-it/servizi-online", "alpignano.comune-online.it", "trasparenza-valutazione-merito.it"}},
		{"Municipium", "https://www.comune.fiumicino.rm.it/it/documenti_pubblici/bando-agevolazioni-tari-2026", []string{"fiumicino", "fiumicino_bando_singolo.html"}, 90, "5c58fe90-e9ea-11ef-a8a4-fdb52773b3c4", "", []string{"servizi.comune.fiumicino.rm.it", "6c5ee740-e9eb-11ef-9cc9-3db559960606", "/it/privacy"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := realPage(t, c.url, c.path...)
			t.Logf("%d links, %d headings, %d images, %d elements, %d bytes of text", len(p.Links), len(p.Headings), len(p.Images), len(p.Elements), len(p.Text))
			if !p.Whole() || len(p.Links) < c.links || p.Charset != "utf-8" || p.Lang == "" || p.Title == "" {
				t.Errorf("whole %v, %d links, charset %s, language %q, title %q", p.Whole(), len(p.Links), p.Charset, p.Lang, p.Title)
			}
			if len(p.ScriptsToRead()) > 0 {
				t.Errorf("scripts to read although header and footer stand there: %q", p.ScriptsToRead())
			}
			declared := find(p, hrefHas("form.agid.gov.it/view/"+c.agid))
			if len(declared) == 0 || declared[0].Place != PlaceFooter || !strings.Contains(declared[0].Folded, "dichiarazione di accessibilita") || declared[0].Element != "accessibility-link" {
				t.Errorf("the declaration's link: %+v", declared)
			}
			if !strings.Contains(p.Generator(), c.generator) {
				t.Errorf("generator %q", p.Generator())
			}
			for _, s := range c.alsoLinked {
				if len(find(p, hrefHas(s))) == 0 {
					t.Errorf("no link to %s", s)
				}
			}
		})
	}
}

func TestRealBackslashes(t *testing.T) {
	p := realPage(t, "https://www.comune.airasca.to.it/", "airasca", "peopleweb_airasca_home.html")
	all := append(append([]string{}, p.Styles...), p.Scripts...)
	for _, im := range p.Images {
		all = append(all, im.Src)
	}
	assets := 0
	for _, src := range all {
		if strings.Contains(src, `\`) || strings.Contains(src, "%5C") {
			t.Errorf("a backslash is left: %q", src)
		}
		if strings.HasPrefix(src, "https://www.comune.airasca.to.it/assets/") {
			assets++
		}
	}
	if assets < 5 {
		t.Errorf("%d of %d assets stand under /assets/", assets, len(all))
	}
}

// The footer and header of this vendor are written by scripts of the host.
func TestRealScripts(t *testing.T) {
	const site = "https://www.comune.marino.rm.it/"
	p := realPage(t, site, "marino", "egov_home_marino.html")
	want := []string{site + "header.html", site + "footer.html", site + "Footer_js.js"}
	for i, src := range want {
		if got := p.ScriptsToRead(); len(got) < len(want) || got[i] != src {
			t.Fatalf("to read: %q", got)
		}
	}
	if p.Whole() || len(p.Links) < 50 || len(find(p, hrefHas("facebook.com"))) > 0 {
		t.Errorf("whole %v, %d links", p.Whole(), len(p.Links))
	}
	if pays := find(p, func(l Link) bool {
		return strings.Contains(l.Folded, "pagamenti") && strings.HasPrefix(l.OnClick, "V01(")
	}); len(pays) == 0 || pays[0].URL != "" || !strings.Contains(pays[0].Image, "pagoPA") {
		t.Errorf("the tile of the payments: %+v", pays)
	}
	body, err := os.ReadFile(need.Data(t, "pages", "marino", "egov_header_marino.html"))
	if err != nil {
		t.Fatal(err)
	}
	before := len(p.Links)
	p.AddScript(site+"header.html", body)
	t.Logf("%d links in the page, %d more in the header", before, len(p.Links)-before)
	for _, s := range []string{"twitter.com/", "facebook.com/", "youtube.com/", "t.me/", "whatsapp.com/channel", "EG0/EGHOMEPAGE.HBL?ss=1&F=H04&en=eg176"} {
		links := find(p, hrefHas(s))
		if len(links) == 0 || links[0].Script != site+"header.html" || links[0].Place != PlaceHeader && links[0].Place != PlaceNav {
			t.Errorf("%s: %+v", s, links)
		}
	}
	if login := find(p, func(l Link) bool { return l.Element == "personal-area-login" }); len(login) == 0 {
		t.Error("the entry to the personal area is lost")
	}
	if p.Whole() {
		t.Error("the footer is not read, and the page is called whole")
	}
	for _, src := range p.ScriptsUnread {
		if src == site+"header.html" {
			t.Error("the header is still unread")
		}
	}
}

func TestRealOldBytes(t *testing.T) {
	for _, name := range []string{"benevento_menu_at.html", "benevento_listing_concorsi.html"} {
		p := realPage(t, "https://www.comune.benevento.it/zf/", "benevento", name)
		t.Logf("%s: %s, %s, %d links", name, p.Charset, p.MediaType, len(p.Links))
		if p.Charset != "windows-1252" && strings.ContainsRune(p.Text, '\uFFFD') || strings.Contains(p.Text, "Ã") {
			t.Errorf("%s: read as %s", name, p.Charset)
		}
	}
	p := realPage(t, "https://www.comune.benevento.it/zf/", "benevento", "benevento_menu_at.html")
	if p.Charset != "windows-1252" || !strings.Contains(p.Folded, "attivita") || strings.ContainsRune(p.Text, '\uFFFD') || len(p.Links) < 30 {
		t.Errorf("read as %s with %d links", p.Charset, len(p.Links))
	}
}
