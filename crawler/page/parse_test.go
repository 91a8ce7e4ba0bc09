package page

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const home = "https://www.comune.montefiorito.pg.it/"

func parse(body string) *Page {
	return Parse(Raw{URL: home, Status: 200, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Body: []byte(body)})
}

func only(t *testing.T, body string) Link {
	t.Helper()
	p := parse(body)
	if len(p.Links) != 1 {
		t.Fatalf("%d links in %q: %+v", len(p.Links), body, p.Links)
	}
	l := p.Links[0]
	if l.Page != home {
		t.Errorf("the link stands on %q", l.Page)
	}
	l.Page = ""
	return l
}

func TestLinks(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       Link
	}{
		{"text", `<a href="/a">Dichiarazione di <b>accessibilit&agrave;</b></a>`, Link{Href: "/a", URL: home + "a", Text: "Dichiarazione di accessibilità", Place: PlaceBody, Folded: "dichiarazione di accessibilita"}},
		{"an image alone", `<a href=a><img src="/logo.png" alt=" Stemma  del comune " title=Torna></a>`, Link{Href: "a", URL: home + "a", Alt: "Stemma del comune", Title: "Torna", Image: home + "logo.png", Place: PlaceBody, Folded: "torna stemma del comune"}},
		{"an image loaded late", `<a href=a><img src="data:image/gif;base64,R0l" data-src="/spid.svg"></a>`, Link{Href: "a", URL: home + "a", Image: home + "spid.svg", Place: PlaceBody}},
		{"an aria-label", `<a href=a aria-label="Accedi all’area personale"><i class="fa fa-user"></i></a>`, Link{Href: "a", URL: home + "a", AriaLabel: "Accedi all’area personale", Class: "fa fa-user", Place: PlaceBody, Folded: "accedi all'area personale"}},
		{"an aria-labelledby", `<span id=x>Albo</span><a href=a aria-labelledby="x y"></a><b id=y>pretorio</b>`, Link{Href: "a", URL: home + "a", AriaLabel: "Albo pretorio", Place: PlaceBody, Folded: "albo pretorio"}},
		{"the title of an svg", `<a href=a><svg class="icon"><title>Facebook</title><use href="#f"/></svg></a>`, Link{Href: "a", URL: home + "a", Alt: "Facebook", Class: "icon", Place: PlaceBody, Folded: "facebook"}},
		{"blocks inside keep their words apart", `<a href=a><h3>Un</h3><div>due</div><br>tre</a>`, Link{Href: "a", URL: home + "a", Text: "Un due tre", Place: PlaceBody, Folded: "un due tre"}},
		{"its own data-element", `<a href=a data-element="accessibility-link">x</a>`, Link{Href: "a", URL: home + "a", Text: "x", Element: "accessibility-link", Place: PlaceBody, Folded: "x"}},
		{"the list item's data-element", `<ul><li data-element="faq"><span><a href=a>x</a></span></li></ul>`, Link{Href: "a", URL: home + "a", Text: "x", Element: "faq", Place: PlaceBody, Folded: "x"}},
		{"not that of the whole list", `<ul data-element="menu"><li><a href=a>x</a></li></ul>`, Link{Href: "a", URL: home + "a", Text: "x", Place: PlaceBody, Folded: "x"}},
		{"an address that opens elsewhere", `<a href="#" onclick="window.open('https://altro.it/x'); return false">x</a>`, Link{Href: "#", URL: "https://altro.it/x", OnClick: "window.open('https://altro.it/x'); return false", Text: "x", Place: PlaceBody, Folded: "x"}},
		{"an address inside javascript:", `<a href="javascript:location.href='/y'">x</a>`, Link{Href: "javascript:location.href='/y'", URL: home + "y", Text: "x", Place: PlaceBody, Folded: "x"}},
		{"a call that names no address", `<a onclick="V01('https://www.comune.montefiorito.pg.it','eg999','','PAG11','_self')"><img src=pago.svg alt=Pagamenti></a>`, Link{OnClick: "V01('https://www.comune.montefiorito.pg.it','eg999','','PAG11','_self')", Alt: "Pagamenti", Image: home + "pago.svg", Place: PlaceBody, Folded: "pagamenti"}},
		{"an address put together at run time", `<div onclick="location.href='/x?id='+id">x</div>`, Link{OnClick: "location.href='/x?id='+id", Text: "x", Place: PlaceBody, Folded: "x"}},
		{"a button that navigates", `<button onclick="window.location='/accedi'">Accedi</button>`, Link{URL: home + "accedi", OnClick: "window.location='/accedi'", Text: "Accedi", Place: PlaceBody, Folded: "accedi"}},
		{"an input that navigates", `<input type=button value="Accedi" onclick="location.assign('/accedi')">`, Link{URL: home + "accedi", OnClick: "location.assign('/accedi')", Text: "Accedi", Place: PlaceBody, Folded: "accedi"}},
		{"an area of a map", `<map><area href="/a" alt="Palazzo"></map>`, Link{Href: "/a", URL: home + "a", Alt: "Palazzo", Place: PlaceBody, Folded: "palazzo"}},
		{"a placeholder", `<a href="#">Dichiarazione</a>`, Link{Href: "#", Text: "Dichiarazione", Place: PlaceBody, Folded: "dichiarazione"}},
		{"an anchor without an address that says something", `<a>Dichiarazione</a>`, Link{Text: "Dichiarazione", Place: PlaceBody, Folded: "dichiarazione"}},
		{"an anchor that marks a spot is none", `<a name="cima"></a><a href=a>x</a>`, Link{Href: "a", URL: home + "a", Text: "x", Place: PlaceBody, Folded: "x"}},
		{"residue of a template", `<a href="{{:baseUrl}}/user/payments/">Pagamenti</a>`, Link{Href: "{{:baseUrl}}/user/payments/", Text: "Pagamenti", Place: PlaceBody, Folded: "pagamenti"}},
		{"mail", `<a href="mailto:a@b.it">a@b.it</a>`, Link{Href: "mailto:a@b.it", Text: "a@b.it", Place: PlaceBody, Folded: "a@b.it"}},
		{"inside noscript", `<noscript><a href=a>Senza script</a></noscript>`, Link{Href: "a", URL: home + "a", Text: "Senza script", Place: PlaceBody, Folded: "senza script"}},
		{"a label that steers the terminal", "<a href=a>\x1b[31mRos\u202eso</a>", Link{Href: "a", URL: home + "a", Text: "[31mRosso", Place: PlaceBody, Folded: "[31mrosso"}},
		{"written by a script of the page", `<script>document.write('<a href="\/a">Vai<\/a>');</script>`, Link{Href: "/a", URL: home + "a", Text: "Vai", Place: PlaceBody, Folded: "vai"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, only(t, c.body)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlaces(t *testing.T) {
	const a = `<a href=a>x</a>`
	for _, c := range []struct {
		name, body string
		want       Place
	}{
		{"nothing says where", `<div>` + a + `</div>`, PlaceBody},
		{"the tag of the header", `<header>` + a + `</header>`, PlaceHeader},
		{"navigation in the header", `<header><nav>` + a + `</nav></header>`, PlaceNav},
		{"the tag of the main part", `<main><p>` + a + `</main>`, PlaceMain},
		{"beside the main part", `<main><aside>` + a + `</aside></main>`, PlaceAside},
		{"the tag of the footer", `<footer>` + a + `</footer>`, PlaceFooter},
		{"navigation in the footer is the footer", `<footer><nav>` + a + `</nav></footer>`, PlaceFooter},
		{"the footer of a card is not the page's", `<main><article><footer>` + a + `</footer></article></main>`, PlaceMain},
		{"the header of an article is not the page's", `<article><header>` + a + `</header></article>`, PlaceBody},
		{"a footer inside main that says it is the page's", `<main><footer class="it-footer">` + a + `</footer></main>`, PlaceFooter},
		{"the role of the header", `<div role=banner>` + a + `</div>`, PlaceHeader},
		{"the role of the footer", `<div role="ContentInfo">` + a + `</div>`, PlaceFooter},
		{"the role of navigation", `<div role=navigation>` + a + `</div>`, PlaceNav},
		{"a class", `<div class="container it-footer">` + a + `</div>`, PlaceFooter},
		{"an id", `<div id="footer">` + a + `</div>`, PlaceFooter},
		{"an id with a number", `<div id="Footer1">` + a + `</div>`, PlaceFooter},
		{"the header of the national model", `<div class="it-header-wrapper">` + a + `</div>`, PlaceHeader},
		{"an id in Italian", `<table id=testata><tr><td>` + a + `</table>`, PlaceHeader},
		{"the foot of a table layout", `<table><tr><td id="piede">` + a + `</table>`, PlaceFooter},
		{"a card's footer by class", `<div class="card-footer">` + a + `</div>`, PlaceBody},
		{"a dialog's header by class", `<div class="modal-header">` + a + `</div>`, PlaceBody},
		{"the id of the body says nothing", `<body id="header">` + a, PlaceBody},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := only(t, c.body).Place; got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestBase(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"an absolute base", `<base href="https://altro.it/sito/"><a href="a">x</a>`, "https://altro.it/sito/a"},
		{"a relative base", `<base href="/it/"><a href="a">x</a>`, home + "it/a"},
		{"a base after the link", `<a href="a">x</a><base href="/it/">`, home + "it/a"},
		{"a base that cannot be one", `<base href="javascript:x"><a href="a">x</a>`, home + "a"},
		{"the first of two", `<base href="/it/"><base href="/en/"><a href="a">x</a>`, home + "it/a"},
	} {
		if got := only(t, c.body).URL; got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"a line a block", `<h1>Titolo</h1><p>Un <b>due</b>
			tre</p><ul><li>a<li>b</ul>`, "Titolo\nUn due tre\na\nb"},
		{"what nobody sees", `a<script>s</script><style>s</style><noscript>n</noscript><template>t</template><textarea>t</textarea><iframe>i</iframe><!-- c -->b`, "ab"},
		{"a table", `<table><tr><td>Sindaco<td>Mario</tr><tr><td>Vice</table>`, "Sindaco Mario\nVice"},
		{"adjoining links", `<a href=a>Uno</a><a href=b>Due</a>`, "Uno Due"},
		{"entities", `accessibilit&agrave; &#224; &lt;b&gt;&nbsp;x`, "accessibilità à <b> x"},
		{"invisible characters", "acces\u00adsi\u200bbilità", "accessibilità"},
		{"the value of a button", `<form><input type=submit value="Entra"></form>`, "Entra"},
	} {
		p := parse(c.body)
		if p.Text != c.want {
			t.Errorf("%s: %q, want %q", c.name, p.Text, c.want)
		}
		if p.Folded != Fold(p.Text) {
			t.Errorf("%s: Folded is not the fold of Text", c.name)
		}
	}
}

func TestIndex(t *testing.T) {
	p := parse(`<!doctype html><html lang="IT-it" class="no-js"><head><title> Comune di
 Montefiorito </title><meta name="Generator" content="Montecms 3"><meta property="og:title" content="x"><meta http-equiv="X-UA-Compatible" content="IE=edge">
<link rel="Stylesheet" href="\css\sito.css"><link rel=icon href="/favicon.ico"><script src="//cdn.altro.it/a.js"></script><script>var ente = "c_z901";</script></head>
<body class="home page" id="corpo"><!-- Montecms --><main><h2 data-element="page-name">Servizi <small>online</small></h2></main>
<form action="/cerca" method="post"><label>Cerca <input name=q placeholder="Parola"></label><input type=password name=pw><button name=b>Vai</button></form>
<img src="/a b.png" alt="Stemma"><iframe src="https://mappe.it/x"></iframe></body></html>`)
	want := &Page{
		URL: home, FinalURL: home, Status: 200, MediaType: "text/html", Charset: "utf-8", Title: "Comune di Montefiorito", Lang: "it-it",
		Text: "Servizi online\nCerca Vai", Folded: "servizi online\ncerca vai",
		Headings: []Heading{{Level: 2, Text: "Servizi online", Place: PlaceMain}},
		Forms:    []Form{{Action: home + "cerca", Method: "POST", Text: "cerca vai", Inputs: []Input{{Type: "text", Name: "q", Label: "Parola"}, {Type: "password", Name: "pw"}, {Type: "submit", Name: "b", Label: "Vai"}}}},
		Metas:    []Meta{{"generator", "Montecms 3"}, {"og:title", "x"}, {"x-ua-compatible", "IE=edge"}},
		Scripts:  []string{"https://cdn.altro.it/a.js"}, Styles: []string{home + "css/sito.css"}, Frames: []string{"https://mappe.it/x"},
		Images: []Image{{Src: home + "a%20b.png", Alt: "Stemma"}}, Heads: []Meta{{"icon", home + "favicon.ico"}},
		Elements: []Element{{Name: "page-name", Tag: "h2", Text: "Servizi online", Place: PlaceMain}},
		BodyAttr: "no-js home page corpo", Inline: `var ente = "c_z901";`, Comments: " Montecms ",
	}
	if p.Root == nil || p.Root.Find("main h2").Length() != 1 {
		t.Error("the tree is not kept")
	}
	p.Drop()
	p.Size, p.Header = 0, nil
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !p.Whole() || p.Generator() != "Montecms 3" {
		t.Error("the page is not whole, or its generator is lost")
	}
}

func TestInputsOutsideTheirForm(t *testing.T) {
	p := parse(`<table><form action="/entra"><tr><td><input name=u><input type=password name=p></td></tr></form></table>`)
	if len(p.Forms) != 1 || len(p.Forms[0].Inputs) != 2 || p.Forms[0].Action != home+"entra" {
		t.Errorf("a form broken up by its table: %+v", p.Forms)
	}
	p = parse(`<div><input type=password name=p><button>Entra</button></div>`)
	if len(p.Forms) != 1 || len(p.Forms[0].Inputs) != 2 || p.Forms[0].Method != "" {
		t.Errorf("inputs without a form: %+v", p.Forms)
	}
}

func TestWhatIsNoPageIsPartial(t *testing.T) {
	for _, c := range []struct{ name, contentType, body string }{
		{"a PDF", "application/pdf", "%PDF-1.7 x"},
		{"an image", "image/png", "\x89PNG"},
		{"plain text", "text/plain", "avviso pubblico"},
		{"JSON", "application/json", `{"a":1}`},
		{"nothing that says what it is", "", "\x00\x01\x02"},
	} {
		p := Parse(Raw{URL: home, Status: 200, Header: http.Header{"Content-Type": {c.contentType}}, Body: []byte(c.body)})
		if p.Whole() || p.Root != nil {
			t.Errorf("%s is taken for a whole page", c.name)
		}
	}
	if p := Parse(Raw{URL: home, Status: 200, Body: []byte("<p>x")}); p.MediaType != "text/html" || p.Text != "x" || !p.Whole() {
		t.Errorf("a page without a header: %+v", p)
	}
}

func TestTruncatedIsNotWhole(t *testing.T) {
	p := Parse(Raw{URL: home, Status: 200, Body: []byte("<p>x"), Truncated: true, Depth: 2, For: []string{Home}})
	if p.Whole() || p.Depth != 2 || len(p.For) != 1 {
		t.Errorf("%+v", p)
	}
}

// Whatever a page does, it is indexed within the bounds, and says so where it
// was not indexed whole.
func TestHostilePages(t *testing.T) {
	const footer = `<footer class="it-footer"><a href="/fine" data-element="accessibility-link">Fine</a></footer>`
	for _, c := range []struct {
		name, body string
		partial    bool
	}{
		{"600 open elements", strings.Repeat("<div>", 600) + footer, true},
		{"100,000 nested elements", strings.Repeat("<div>", 100_000) + "x" + strings.Repeat("</div>", 100_000) + footer, true},
		{"100,000 nested data-elements", strings.Repeat(`<div data-element="x">`, 100_000) + footer, true},
		{"100,000 nested links", strings.Repeat(`<a href="x">`, 5_000) + footer, false},
		{"nested spans that navigate", strings.Repeat(`<span onclick="location.href='x'">`, 400) + footer, true},
		{"100,000 end tags", strings.Repeat("</div></p>", 50_000) + footer, false},
		{"unclosed comments", "<!--" + strings.Repeat("x", 100_000) + "-->" + footer, false},
		{"a long text", strings.Repeat("parola ", 200_000) + footer, true},
		{"a long label", "<a href=x>" + strings.Repeat("parola ", 1000) + "</a>" + footer, false},
		{"a long address", "<a href=/" + strings.Repeat("a", 3000) + ">x</a>" + footer, true},
		{"an image in an address", "<a href=x><img src=\"data:image/png;base64," + strings.Repeat("A", 100_000) + "\"></a>" + footer, false},
		{"a long inline script", "<script>" + strings.Repeat("x", 400_000) + "</script>" + footer, false},
		{"many images", strings.Repeat("<img src=x>", 3000) + footer, true},
		{"many inputs", "<form>" + strings.Repeat("<input>", 300) + "</form>" + footer, true},
		{"many forms", strings.Repeat("<form></form>", 300) + footer, true},
		{"invalid bytes", "\xff\xfe\xfd\x80" + strings.Repeat("\xc3\x28", 1000) + footer, false},
		{"a broken attribute", `<a href="x" "" = '<><<>` + "\x00" + `>` + footer, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := parse(c.body)
			if p.Partial != c.partial {
				t.Errorf("partial is %v", p.Partial)
			}
			bounded(t, p)
			if strings.HasPrefix(c.name, "many") || strings.Contains(c.name, "open") || strings.Contains(c.name, "100,000 nested elements") {
				if n := len(p.Links); n == 0 || p.Links[n-1].URL != home+"fine" || p.Links[n-1].Place != PlaceFooter || p.Links[n-1].Element != "accessibility-link" {
					t.Errorf("the footer's link is lost: %d links", n)
				}
			}
		})
	}
	p := parse(strings.Repeat("<a href=x>y</a>", 50_000))
	if !p.Partial || len(p.Links) != MaxLinks {
		t.Errorf("50,000 links: %d kept, partial %v", len(p.Links), p.Partial)
	}
}

func bounded(t *testing.T, p *Page) {
	t.Helper()
	if len(p.Links) > MaxLinks || len(p.Text) > MaxText || len(p.Images) > MaxAssets || len(p.Inline) > MaxInline || len(p.Comments) > MaxInline {
		t.Error("a bound is exceeded")
	}
	if p.Folded != Fold(p.Text) {
		t.Error("Folded is not the fold of Text")
	}
	for _, l := range p.Links {
		if len(l.Href) > MaxHref || len(l.URL) > MaxHref || len(l.Image) > MaxHref || len(l.OnClick) > MaxHref {
			t.Errorf("an address of %d bytes", len(l.Href))
		}
		for _, s := range []string{l.Text, l.Alt, l.Title, l.AriaLabel, l.Class, l.Rel, l.Element} {
			if len(s) > MaxLabel {
				t.Errorf("a label of %d bytes", len(s))
			}
		}
	}
}

// The tags alone give the links and places that the tree gives.
func TestTheTagsAloneSayTheSame(t *testing.T) {
	body := generated(30_000)
	tree := parse(body)
	p := &Page{URL: home, FinalURL: home}
	b := newBuilder(p, PlaceBody)
	b.flat(body)
	b.finish()
	if diff := cmp.Diff(tree.Links, p.Links); diff != "" {
		t.Errorf("links (-tree +tags):\n%s", diff)
	}
	if tree.Text != p.Text || tree.Title != p.Title || tree.Lang != p.Lang {
		t.Error("text, title or language differ")
	}
}
