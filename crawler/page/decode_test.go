package page

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

func latin(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch r {
		case '’':
			b.WriteByte(0x92) // windows-1252 alone
		case '€':
			b.WriteByte(0x80)
		default:
			b.WriteByte(byte(r))
		}
	}
	return b.String()
}

func wide(s string, big bool) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			b.Write([]byte{byte(u >> 8), byte(u)})
		} else {
			b.Write([]byte{byte(u), byte(u >> 8)})
		}
	}
	return b.String()
}

func TestDecode(t *testing.T) {
	const said = "<p>L’accessibilità è garantita</p>"
	for _, c := range []struct {
		name, contentType, body string
		want, charset           string
	}{
		{"UTF-8 that says nothing", "text/html", said, said, "utf-8"},
		{"ASCII that says nothing", "text/html", "<p>ok</p>", "<p>ok</p>", "utf-8"},
		{"windows-1252 that says nothing", "text/html", latin(said), said, "windows-1252"},
		{"windows-1252 in the header", "text/html; charset=windows-1252", latin(said), said, "windows-1252"},
		{"Latin-1 means windows-1252, as browsers read it", "text/html; charset=ISO-8859-1", latin(said), said, "windows-1252"},
		{"the header in quotes and capitals", `Text/HTML; Charset="Windows-1252"`, latin(said), said, "windows-1252"},
		{"a header that cannot be parsed", "text/html; charset=windows-1252; charset=utf-8;;=", latin(said), said, "windows-1252"},
		{"another code page", "text/html; charset=iso-8859-15", "<p>\xa4</p>", "<p>€</p>", "iso-8859-15"},
		{"the header is wrong over good UTF-8", "text/html; charset=iso-8859-1", said, said, "utf-8"},
		{"the meta is wrong over good UTF-8", "text/html", `<meta charset="iso-8859-1">` + said, `<meta charset="iso-8859-1">` + said, "utf-8"},
		{"UTF-8 is said over the old bytes", "text/html; charset=utf-8", latin(said), said, "windows-1252"},
		{"one broken byte leaves UTF-8 what it is", "text/html; charset=utf-8", said + "\xe0", said, "utf-8"},
		{"a meta", "text/html", `<meta charset="windows-1252">` + latin(said), `<meta charset="windows-1252">` + said, "windows-1252"},
		{"a meta of the old kind", "text/html", `<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-15">` + "\xa4", `<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-15">€`, "iso-8859-15"},
		{"a meta behind 3 kB of scripts", "text/html", "<script>" + strings.Repeat("x", 3000) + `</script><meta charset="iso-8859-15">` + "\xa4", "<script>" + strings.Repeat("x", 3000) + `</script><meta charset="iso-8859-15">€`, "iso-8859-15"},
		{"an XML declaration", "application/xhtml+xml", `<?xml version="1.0" encoding="iso-8859-15"?><p>` + "\xa4", `<?xml version="1.0" encoding="iso-8859-15"?><p>€`, "iso-8859-15"},
		{"an unknown label", "text/html; charset=italiano", latin(said), said, "windows-1252"},
		{"a label that WHATWG replaces", "text/html; charset=iso-2022-kr", said, said, "utf-8"},
		{"a byte order mark outranks the header", "text/html; charset=iso-8859-1", "\xef\xbb\xbf" + said, said, "utf-8"},
		{"UTF-16 with its mark", "text/html", "\xff\xfe" + wide(said, false), said, "utf-16le"},
		{"UTF-16 the other way round", "text/html", "\xfe\xff" + wide(said, true), said, "utf-16be"},
		{"UTF-16 without its mark", "text/html", wide(said, false), said, "utf-16le"},
		{"UTF-16 without its mark, the other way round", "text/html", wide(said, true), said, "utf-16be"},
		{"UTF-16 is said and is not so", "text/html; charset=utf-16", said, said, "utf-8"},
		{"a meta of UTF-16 cannot be true", "text/html", `<meta charset="utf-16">` + said, `<meta charset="utf-16">` + said, "utf-8"},
		{"NUL bytes go", "text/html", "<p>acc\x00essi\x00bile</p>", "<p>accessibile</p>", "utf-8"},
		{"a rune cut by the end of the body", "text/html; charset=utf-8", "<p>citt\xc3", "<p>citt\uFFFD", "utf-8"},
		{"nothing at all", "", "", "", "utf-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, charset := decode([]byte(c.body), c.contentType)
			if charset != c.charset {
				t.Errorf("read as %s, want %s", charset, c.charset)
			}
			if strings.TrimSuffix(string(got), "\uFFFD") != strings.TrimSuffix(c.want, "\uFFFD") {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestMediaType(t *testing.T) {
	for _, c := range []struct{ name, contentType, body, want string }{
		{"the header's", "text/html; charset=utf-8", "x", "text/html"},
		{"a header that cannot be parsed", "text/html; =;", "x", "text/html"},
		{"none, and a page", "", "<!doctype html><p>", "text/html"},
		{"none, and a piece of a page", "", "  Ente <div>x</div>", "text/html"},
		{"none, and a PDF", "", "%PDF-1.7", "application/pdf"},
		{"plain text that is a page", "text/plain", "<html><body>x", "text/html"},
		{"plain text that is none", "text/plain", "avviso", "text/plain"},
		{"control characters do not pass", "text/\x1b[31mhtml", "x", "text/html"},
	} {
		if got := mediaType([]byte(c.body), c.contentType); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("<p>città</p>"), "text/html; charset=utf-8")
	f.Add([]byte("<meta charset=utf-16>citt\xe0"), "")
	f.Add([]byte("\xff\xfe<\x00p\x00>\x00\x00\xd8"), "text/html")
	f.Add([]byte("<?xml encoding=\"'"), "charset")
	f.Add([]byte("\x1b$)C<meta http-equiv=content-type content=charset=hz-gb-2312>"), "text/html; charset=iso-2022-jp")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		text, charset := decode(body, contentType)
		if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
			t.Fatalf("%q is no clean text", text)
		}
		if known(charset) != charset {
			t.Fatalf("%q is no encoding", charset)
		}
		p := Parse(Raw{URL: "https://x.it/", Status: 200, Header: http.Header{"Content-Type": {contentType}}, Body: body})
		if p.Folded != Fold(p.Text) {
			t.Fatal("Folded is not the fold of Text")
		}
	})
}
