package page

// This file turns the bytes of a response into text: byte order mark, header,
// <meta>, and, where these are silent or plainly wrong, the bytes themselves.

import (
	"bytes"
	"encoding/binary"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
)

// prescanBytes is how far a <meta> naming the encoding is looked for. WHATWG
// says 1024; pages of comuni put comments and scripts before it.
const prescanBytes = 8 << 10

// decode returns the text of body, valid UTF-8 without NUL, and the WHATWG name
// of the encoding it was read in. A body that is clean UTF-8 is returned itself.
func decode(body []byte, contentType string) (text []byte, name string) {
	text, name = encodingOf(body, contentType)
	if name != "utf-8" {
		enc, canonical := charset.Lookup(name)
		name = canonical
		if out, err := enc.NewDecoder().Bytes(text); err == nil || len(out) > 0 {
			text = out
		} else {
			name = "utf-8"
		}
	}
	if !utf8.Valid(text) {
		text = bytes.ToValidUTF8(text, []byte("\uFFFD"))
	}
	if bytes.IndexByte(text, 0) >= 0 {
		text = bytes.ReplaceAll(text, []byte{0}, nil)
	}
	return text, name
}

// encodingOf decides the encoding of body and strips its byte order mark.
func encodingOf(body []byte, contentType string) (rest []byte, name string) {
	for _, b := range []struct{ mark, name string }{
		{"\xef\xbb\xbf", "utf-8"}, {"\xff\xfe", "utf-16le"}, {"\xfe\xff", "utf-16be"},
	} {
		if bytes.HasPrefix(body, []byte(b.mark)) {
			return body[len(b.mark):], b.name
		}
	}
	head := body[:min(len(body), prescanBytes)]
	if wide := wideBytes(head); wide != "" {
		return body, wide
	}
	name = known(headerLabel(contentType))
	if name == "" {
		name = known(metaLabel(head))
	}
	valid, broken := multibytes(body)
	switch {
	case strings.HasPrefix(name, "utf-16"): // the bytes are not wide, whatever is said
		name = ""
	case name == "utf-8" && broken > valid: // labelled so, written in the old way
		name = "windows-1252"
	case name != "" && name != "utf-8" && broken == 0 && valid > 0: // a wrong label over good UTF-8
		name = "utf-8"
	}
	if name == "" {
		name = "utf-8"
		if broken > valid {
			name = "windows-1252"
		}
	}
	return body, name
}

// known is the WHATWG name behind a label; "" where it is no label, or one of
// those that WHATWG replaces by an error for their danger.
func known(label string) string {
	if label == "" {
		return ""
	}
	enc, name := charset.Lookup(label)
	if enc == nil || name == "replacement" || name == "x-user-defined" {
		return ""
	}
	return name
}

// headerLabel is the charset of a Content-Type, read tolerantly.
func headerLabel(contentType string) string {
	if _, params, err := mime.ParseMediaType(contentType); err == nil {
		return params["charset"]
	}
	return afterCharset(contentType)
}

func afterCharset(s string) string {
	lower := strings.ToLower(s)
	i := strings.Index(lower, "charset")
	if i < 0 {
		return ""
	}
	rest := strings.TrimLeft(lower[i+len("charset"):], " \t")
	rest, ok := strings.CutPrefix(rest, "=")
	if !ok {
		return ""
	}
	rest = strings.TrimLeft(rest, " \t\"'")
	if i := strings.IndexAny(rest, " \t\"';,>"); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

// metaLabel is what the first <meta> naming an encoding says, or the XML
// declaration before it.
func metaLabel(head []byte) string {
	if bytes.HasPrefix(head, []byte("<?xml")) {
		if decl, _, ok := bytes.Cut(head, []byte("?>")); ok {
			if _, rest, ok := bytes.Cut(decl, []byte("encoding=")); ok && len(rest) > 1 {
				quote := rest[:1]
				if value, _, ok := bytes.Cut(rest[1:], quote); ok {
					return string(value)
				}
			}
		}
	}
	z := html.NewTokenizer(bytes.NewReader(head))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			if string(name) != "meta" {
				continue
			}
			var direct, content, pragma string
			for more {
				var k, v []byte
				k, v, more = z.TagAttr()
				switch string(k) {
				case "charset":
					direct = string(v)
				case "content":
					content = string(v)
				case "http-equiv":
					pragma = strings.ToLower(strings.TrimSpace(string(v)))
				}
			}
			if direct != "" {
				return direct
			}
			if pragma == "content-type" {
				if l := afterCharset(content); l != "" {
					return l
				}
			}
		}
	}
}

// wideBytes recognises UTF-16 without a byte order mark by where the zero bytes
// of its markup stand.
func wideBytes(head []byte) string {
	n := min(len(head), 512) &^ 1
	if n < 8 {
		return ""
	}
	var even, odd int
	for i := 0; i < n; i += 2 {
		if head[i] == 0 {
			even++
		}
		if head[i+1] == 0 {
			odd++
		}
	}
	switch pairs := n / 2; {
	case odd*10 > pairs*7 && even*10 < pairs:
		return "utf-16le"
	case even*10 > pairs*7 && odd*10 < pairs:
		return "utf-16be"
	}
	return ""
}

// multibytes counts the well-formed multi-byte sequences of UTF-8 in body and
// the bytes that belong to none. A sequence cut by the end of the body counts as
// neither. Where all is well formed, valid is only told from none.
func multibytes(body []byte) (valid, broken int) {
	if utf8.Valid(body) { // by far the most, and fast
		if ascii(body) {
			return 0, 0
		}
		return 1, 0
	}
	for i := 0; i < len(body); {
		if body[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(body[i:])
		switch {
		case r != utf8.RuneError || n > 1:
			valid++
		case utf8.FullRune(body[i:]):
			broken++
		}
		i += n
	}
	return valid, broken
}

// ascii looks at eight bytes at a time.
func ascii(body []byte) bool {
	for ; len(body) >= 8; body = body[8:] {
		if binary.NativeEndian.Uint64(body)&0x8080808080808080 != 0 {
			return false
		}
	}
	for _, c := range body {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// mediaType is the type of the body: the header's, or what its first bytes show
// where the header says nothing, or says what says nothing.
func mediaType(body []byte, contentType string) string {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		media, _, _ = strings.Cut(strings.ToLower(contentType), ";")
		media = strings.TrimSpace(media)
	}
	switch media {
	case "", "text/plain", "application/octet-stream", "application/x-unknown", "unknown/unknown", "*/*":
		sniffed, _, _ := strings.Cut(http.DetectContentType(body), ";")
		if media == "" && sniffed == "text/plain" && looksLikeMarkup(string(body[:min(len(body), prescanBytes)])) {
			return "text/html" // a piece of a page, without the start that sniffing knows
		}
		if media == "" || sniffed == "text/html" {
			return sniffed
		}
	}
	return Clean(media, 100)
}
