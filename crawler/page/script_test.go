package page

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScriptMarkup(t *testing.T) {
	const hole = string(gap)
	for _, c := range []struct {
		name, code string
		want       []string
	}{
		{"one string", `document.write("<a href=x>y</a>");`, []string{"<a href=x>y</a>"}},
		{"a sum", `h = "<a href='/x'>" + 'y' + "</a>";`, []string{"<a href='/x'>y</a>"}},
		{"a sum over lines with comments", "h = \"<a>\" + // eins \"zwei\"\n /* + 'drei' */ 'y' +\n\"</a>\"", []string{"<a>y</a>"}},
		{"added line by line", "head = \"<div>\";\nhead += \"<a>\";\nhead += \"y</a></div>\";", []string{"<div><a>y</a></div>"}},
		{"added without semicolons", "head = '<div>'\nhead += '<a>'\nhead += 'y</a></div>'", []string{"<div><a>y</a></div>"}},
		{"a sum of itself", `h = "<b>"; h = h + "x"; h=h+"</b>";`, []string{"<b>x</b>"}},
		{"written piece by piece", `document.write("<b>"); document.write("x"); document.writeln('</b>')`, []string{"<b>x</b>"}},
		{"an array", `var a = ["<b>", "x", "</b>"].join("");`, []string{"<b>x</b>"}},
		{"pushed", `a.push("<b>"); a.push("x</b>");`, []string{"<b>x</b>"}},
		{"in a condition", `h = "<b>"; if (i > 3) { h += "x"; } else { h += 'y'; } h += "</b>";`, []string{"<b>xy</b>"}},
		{"a hole in a sum", `h = "<a href='" + base + "/x'>y</a>";`, []string{"<a href='" + hole + "/x'>y</a>"}},
		{"a hole at the end of a statement", `h = "<a href='" + base; h += "/x'>y</a>";`, []string{"<a href='" + hole + "/x'>y</a>"}},
		{"a hole at the start of a statement", `h = "<a href='"; h += base + "/x'>y</a>";`, []string{"<a href='" + hole + "/x'>y</a>"}},
		{"a call in a sum", `h = "<b>" + t("chiave") + "</b>";`, []string{"<b>" + hole + "chiave" + hole + "</b>"}},
		{"a choice in a sum", `h = "<b>" + (x ? "si" : "no") + "</b>";`, []string{"<b>" + hole + "si" + hole + "no" + hole + "</b>"}},
		{"a template literal", "h = `<a href=\"/x\">\ny</a>`;", []string{"<a href=\"/x\">\ny</a>"}},
		{"a template literal with holes", "h = `<a href=\"${base}/x\">${nome}</a>`;", []string{"<a href=\"" + hole + "/x\">" + hole + "</a>"}},
		{"a template literal in another", "h = `<ul>${voci.map(v => `<li>${v}</li>`).join('')}</ul>`;", nil},
		{"escapes", `h = "<a href=\"\/x\" title=\'\x41\u00e0\u{1F600}\ud83d\ude00\101\n\q\">\
y<\/a>"`, []string{"<a href=\"/x\" title='Aà😀😀A q\">y</a>"}},
		{"tags as escapes", `h = "\x3ca href=/x\x3ey\u003c/a\u003e"`, []string{"<a href=/x>y</a>"}},
		{"strings that are no markup", `$("#footer").hide(); var x = "a" + "b" < "c";`, nil},
		{"two pieces apart", `$("#a").html("<b>x</b>"); $("#b").html("<i>y</i>");`, []string{"<b>x</b>", "<i>y</i>"}},
		{"quotes in a regular expression", `s = s.replace(/"/g, "x").replace(/[/'"]/, ''); h = "<b>y</b>";`, []string{"<b>y</b>"}},
		{"a division is no regular expression", `x = a / 2; h = "<b>" + "y</b>"; z = b / 3;`, []string{"<b>y</b>"}},
		{"a string that is not closed", "x = \"broken\nh = '<b>y</b>'", []string{"<b>y</b>"}},
		{"a comment with a quote", "// l'ufficio\nh = \"<b>y</b>\"", []string{"<b>y</b>"}},
		{"an address is no comment", `h = "<a href='https://x.it/y'>z</a>"`, []string{"<a href='https://x.it/y'>z</a>"}},
		{"nothing", ``, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, whole := scriptMarkup(c.code)
			if !whole {
				t.Error("not read to its end")
			}
			if c.name == "a template literal in another" {
				if all := strings.Join(got, ""); !strings.Contains(all, "<ul>") || !strings.Contains(all, "<li>") || !strings.Contains(all, "</ul>") {
					t.Errorf("%q", got)
				}
				return
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

const hgate = `
    foot =  "<footer class=\"it-footer\"><div class=\"container\">";
    foot +=   "<a href=\"https://form.agid.gov.it/c_z901/comune/dichiarazione\" data-element=\"accessibility-link\">Dichiarazione di accessibilit&agrave;</a>";
    foot +=   "<a href=\"&num;\" onclick=\"V01('https://www.comune.montefiorito.pg.it','eg999','','H04')\">Area personale</a>";
    foot +=   "<a href=\"" + radice + "/privacy.html\">Privacy</a>";
    foot +=   "<a href=\"note.html\"><img src=\"img\/note.png\" alt=\"Note legali\"></a>";
    foot += "</div></footer>";
    document.getElementById('footer1').innerHTML = foot;
`

func TestAddScript(t *testing.T) {
	const src = home + "Footer_js.js"
	p := parse(`<title>Comune</title><body class=x><div id=headd></div><main><a href=/a>Avviso</a></main><div id=footer1></div><script src="/header.html"></script><script src="Footer_js.js"></script>`)
	if diff := cmp.Diff([]string{home + "header.html", src}, p.ScriptsUnread); diff != "" {
		t.Errorf("unread (-want +got):\n%s", diff)
	}
	if p.Whole() {
		t.Error("a page whose footer is not read is called whole")
	}
	p.AddScript(src, []byte(hgate))
	want := []Link{
		{Href: "https://form.agid.gov.it/c_z901/comune/dichiarazione", URL: "https://form.agid.gov.it/c_z901/comune/dichiarazione", Text: "Dichiarazione di accessibilità", Element: "accessibility-link", Place: PlaceFooter, Script: src, Page: home, Folded: "dichiarazione di accessibilita"},
		{Href: "#", Text: "Area personale", OnClick: "V01('https://www.comune.montefiorito.pg.it','eg999','','H04')", Place: PlaceFooter, Script: src, Page: home, Folded: "area personale"},
		{Href: "${}/privacy.html", Text: "Privacy", Place: PlaceFooter, Script: src, Page: home, Folded: "privacy"},
		{Href: "note.html", URL: home + "note.html", Alt: "Note legali", Image: home + "img/note.png", Place: PlaceFooter, Script: src, Page: home, Folded: "note legali"},
	}
	if diff := cmp.Diff(want, p.Links[1:]); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	if p.Text != "Avviso\nDichiarazione di accessibilità Area personale Privacy" || p.Folded != Fold(p.Text) || p.Title != "Comune" || p.BodyAttr != "x" {
		t.Errorf("text %q, title %q", p.Text, p.Title)
	}
	if p.Whole() || len(p.ScriptsUnread) != 1 {
		t.Errorf("the header is not read yet: %q", p.ScriptsUnread)
	}
	p.AddScript(home+"header.html", []byte(`<header><a href="/accedi">Accedi</a></header>`))
	if l := p.Links[len(p.Links)-1]; l.Place != PlaceHeader || l.URL != home+"accedi" || l.Script != home+"header.html" {
		t.Errorf("a script that answers HTML: %+v", l)
	}
	if !p.Whole() || p.ScriptsUnread != nil {
		t.Errorf("all is read and the page is not whole: %q", p.ScriptsUnread)
	}
}

func TestTheNameOfAScriptSaysWhereItWrites(t *testing.T) {
	for name, want := range map[string]Place{
		"header.html": PlaceHeader, "testata.js": PlaceHeader, "Footer_js.js": PlaceFooter, "piedipagina.js": PlaceFooter, "menu.js": PlaceNav, "sito.js": PlaceBody,
	} {
		p := &Page{FinalURL: home}
		p.AddScript(home+name, []byte(`document.write("<a href=x>y</a>")`))
		if p.Links[0].Place != want {
			t.Errorf("%s writes into %s", name, p.Links[0].Place)
		}
	}
}

func TestScriptsInWindows1252AndAgainstTheBase(t *testing.T) {
	p := parse(`<base href="/it/"><script src="/footer.js"></script>`)
	p.AddScript(home+"footer.js", []byte("document.write('<a href=x>Accessibilit\xe0</a>')"))
	if l := p.Links[0]; l.Text != "Accessibilità" || l.URL != home+"it/x" {
		t.Errorf("%+v", l)
	}
}

func TestScriptsToRead(t *testing.T) {
	script := func(names ...string) string {
		return `<script src="` + strings.Join(names, `"></script><script src="`) + `"></script>`
	}
	const header, footer = `<header><a href=/>Home</a></header>`, `<footer><a href=/privacy>Privacy</a></footer>`
	for _, c := range []struct {
		name, body   string
		read, unread []string
	}{
		{"header and footer, best first", script("/js/sito.js", "/contatti.html", "/menu.js", "/header.html", "/Footer_js.js?v=2"), []string{"header.html", "Footer_js.js?v=2", "contatti.html", "menu.js", "js/sito.js"}, []string{"menu.js", "header.html", "Footer_js.js?v=2"}},
		{"no libraries", script("/jquery-3.7.1.min.js", "/bootstrap-italia.bundle.min.js", "/cookieconsent.js", "/js/vendor.js", "/gtm.js", "/sito.min.js"), nil, nil},
		{"no other hosts", script("https://cdn.altro.it/footer.js", "//altro.it/header.js"), nil, nil},
		{"the twin of the host", script("https://comune.montefiorito.pg.it/footer.js"), []string{"https://comune.montefiorito.pg.it/footer.js"}, []string{"https://comune.montefiorito.pg.it/footer.js"}},
		{"at most six", script("/1.js", "/2.js", "/3.js", "/4.js", "/5.js", "/6.js", "/footer.js"), []string{"footer.js", "1.js", "2.js", "3.js", "4.js", "5.js"}, []string{"footer.js"}},
		{"one twice", script("/footer.js", "/footer.js"), []string{"footer.js"}, []string{"footer.js"}},
		{"a page that shows both needs none", header + footer + script("/header.js", "/footer.js", "/menu.js", "/sito.js"), nil, nil},
		{"a page with its footer waits for no menu", footer + script("/menu.js", "/sito.js"), []string{"menu.js", "sito.js"}, nil},
		{"a page with its footer waits for its header", footer + script("/header.js", "/footer.js"), []string{"header.js", "footer.js"}, []string{"header.js"}},
		{"a page with its header waits for its footer", header + script("/header.js", "/footer.js"), []string{"header.js", "footer.js"}, []string{"footer.js"}},
		{"an empty footer is none", `<footer></footer>` + script("/footer.js"), []string{"footer.js"}, []string{"footer.js"}},
		{"a breadcrumb is no header", `<nav><a href=/>Home</a><a href=/a>A</a></nav>` + footer + script("/header.js"), []string{"header.js"}, []string{"header.js"}},
		{"a footer loaded later", `<script>$("#piede").load("/inc/footer.html?v=1"); fetch('header.html'); var a = "/img/footer.png";</script>`, []string{"inc/footer.html?v=1", "header.html"}, []string{"inc/footer.html?v=1", "header.html"}},
		{"a site's own bundle makes no page unread", script("/js/app.js", "/js/main.js"), []string{"js/app.js", "js/main.js"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			full := func(names []string) []string {
				var out []string
				for _, n := range names {
					if !strings.HasPrefix(n, "http") {
						n = home + n
					}
					out = append(out, n)
				}
				return out
			}
			p := parse(c.body)
			if diff := cmp.Diff(full(c.read), p.ScriptsToRead()); diff != "" {
				t.Errorf("to read (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(full(c.unread), p.ScriptsUnread); diff != "" {
				t.Errorf("unread (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHostileScripts(t *testing.T) {
	for _, c := range []struct {
		name, code string
		partial    bool
	}{
		{"a quote without end", `x = "` + strings.Repeat("<a href=x>", 10_000), false},
		{"template literals in template literals", strings.Repeat("`<a>${", 50_000), true},
		{"braces without end", "`${" + strings.Repeat("{", 100_000), false},
		{"slashes", strings.Repeat("/", 100_000), false},
		{"regular expressions without end", strings.Repeat("=/[", 50_000), false},
		{"code without strings", strings.Repeat("abcdefgh=1;", 100_000), false},
		{"a hundred thousand pieces", strings.Repeat(`f("<b>");g(1);`, 100_000), true},
		{"a hundred thousand sums", `h=""` + strings.Repeat(`+x+"<a href=y>z</a>"`, 100_000), true},
		{"backslashes", `"<a>` + strings.Repeat(`\`, 99_999), false},
		{"broken escapes", `"<a \x \u \u{ \u{fffffff} \ud800 \9 \u{110000}>` + "\xff\x00\"", false},
		{"opened tags", `document.write("` + strings.Repeat("<div><a href=x>", 50_000) + `")`, true},
		{"nothing but zero bytes", strings.Repeat("\x00", 1000), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &Page{FinalURL: home}
			p.AddScript(home+"footer.js", []byte(c.code))
			bounded(t, p)
			if p.Partial != c.partial {
				t.Errorf("partial is %v", p.Partial)
			}
		})
	}
}

func FuzzAddScript(f *testing.F) {
	for _, s := range []string{
		hgate, "h=`<a href=\"${b}/x\">${n?`<b>`:''}</a>`", `document.write('\x3ca href=\u0022x\u0022>y<\/a>')`, "<header><a href=x>", `x=/"/g+'<b>'`,
		"a='<a href='+b+'>'+c+'</a>'", "\"\\", "`${", "'<a>'\n+=", "\ufeff'<p>'", "w(\"<a href='\ue000'>\")",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, code []byte) {
		p := Parse(Raw{URL: home, Status: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: []byte(`<script src=/footer.js></script><p>x`)})
		p.AddScript(home+"footer.js", code)
		bounded(t, p)
		if len(p.ScriptsUnread) != 0 {
			t.Fatal("the script is still unread")
		}
		for _, l := range p.Links {
			if l.Script == "" || strings.ContainsRune(l.Href+l.URL+l.Text+l.Class, gap) {
				t.Fatalf("%+v", l)
			}
		}
	})
}
