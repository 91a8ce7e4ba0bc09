package report

import "testing"

func TestATextIsNoPartOfTheNumbersItBears(t *testing.T) {
	text := italian(t)
	got := LinkedText(text, "wall.union.supplier_of", "name", "<b>{2}</b>", "n", Linked{"/x?a=1&b=\"", 1_234})
	if want := `&lt;b&gt;{2}&lt;/b&gt; (<a href="/x?a=1&amp;b=&#34;">1.234</a>)`; string(got) != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := LinkedMarkdown(text, "wall.union.supplier_of", "name", "*{2}*", "n", Linked{"#x", 1_234}), `\*{2}\* ([1.234](#x))`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, l := range []Linked{{"/x", 0}, {"", 0}} {
		if got := l.HTML(text); got != "0" {
			t.Errorf("%+v: %s", l, got)
		}
		if got := l.Markdown(text); got != "0" {
			t.Errorf("%+v in Markdown: %s", l, got)
		}
	}
}

func TestLinksWithTheirAddressesBelow(t *testing.T) {
	var l MarkdownLinks
	for _, c := range []struct{ words, url, want string }{
		{"Ripa [*]", "https://a.example/x y>", `[Ripa \[\*\]][1]`},
		{"Monte", "javascript:alert(1)", "Monte"},
		{"Senza <sito>", "", "Senza &lt;sito\\>"},
		{"Borgo", "http://b.example/", "[Borgo][2]"},
		{"Valle", "https://a.example/x y>", "[Valle][1]"},
	} {
		if got := l.Named(c.words, c.url); got != c.want {
			t.Errorf("%s, %s: %q, want %q", c.words, c.url, got, c.want)
		}
	}
	if got, want := l.Below(), "\n[1]: <https://a.example/x%20y%3E>\n[2]: <http://b.example/>"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
