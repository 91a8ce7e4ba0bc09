package page

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/vigile-it/vigile/internal/need"
)

// walked is the index of a text that is parsed as it is.
func walked(text []byte) (*Page, bool) {
	p := &Page{URL: "https://www.comune.x.it/", FinalURL: "https://www.comune.x.it/"}
	root, err := html.ParseWithOptions(bytes.NewReader(text), html.ParseOptionEnableScripting(false))
	if err != nil {
		return nil, false
	}
	b := newBuilder(p, PlaceBody)
	b.tree(root)
	b.finish()
	p.Inline, p.Comments = "", "" // kept as written
	return p, true
}

func squeezed(text []byte) []byte {
	var out bytes.Buffer
	squeeze(&out, text)
	return out.Bytes()
}

func TestIndentationIsTakenOutAndNothingElse(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "",
		"a":                         "a",
		"<p>\n        <b>":          "<p>\n<b>",
		"<p>\n  <b>":                "<p>\n  <b>",
		"<p>        a":              "<p>        a",
		"a        <b>":              "a        <b>",
		"<p>\t\t\t\t\t</p>     ":    "<p>\t</p>     ",
		"<p>     ":                  "<p>     ",
		">>      <<    <a>    \r\n": ">> <<    <a>    \r\n",
	} {
		if got := string(squeezed([]byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestWithoutIndentationAPageReadsTheSame(t *testing.T) {
	readsTheSame(t, "generated", []byte(generated(benchSize)))
}

func TestRealPagesReadTheSameWithoutIndentation(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(need.Data(t, "pages"), "*", "*.html"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d pages, %v", len(files), err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		readsTheSame(t, filepath.Base(name), text)
	}
}

func readsTheSame(t *testing.T, name string, text []byte) {
	t.Helper()
	want, ok := walked(text)
	got, same := walked(squeezed(text))
	if ok != same {
		t.Fatalf("%s: a tree %v, without indentation %v", name, ok, same)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s:\n%s", name, diff)
	}
}

func FuzzSqueeze(f *testing.F) {
	f.Add([]byte("<pre>\n     <a href='x>      <y' title='a>      <b'>z</a></pre><script>'>     <'</script>"))
	f.Add([]byte("<table>      <a>b</a>     <form>    <input>      </table><textarea>     </textarea>"))
	f.Add([]byte("<svg><title>     <b>c</title>    <![CDATA[>     <]]>    <!-- >     < -->      <plaintext>     <"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1<<16 {
			return
		}
		readsTheSame(t, "fuzzed", text)
	})
}
