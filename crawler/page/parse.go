package page

// This file makes the index of one response: decoded once, parsed once, walked
// once.

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// Raw is a response as it was fetched: what Parse needs to know of it.
type Raw struct {
	URL       string      // as asked
	FinalURL  string      // after redirects; empty: URL
	Status    int         // HTTP status
	Header    http.Header // response header; Content-Type is read from it
	Body      []byte      // after decompression
	Truncated bool        // the body was longer than the limit
	Depth     int         // clicks from the home page
	For       []string    // ids of the interests that ranked it
}

// Parse makes the index of a response. It never fails: where the parser refuses
// the tree the tags alone fill the index, and where that, a bound, or a body that
// is no HTML leaves something out, the page is Partial.
func Parse(raw Raw) *Page {
	p := &Page{
		URL: Clean(raw.URL, MaxHref), FinalURL: Clean(raw.FinalURL, MaxHref), Status: raw.Status, Header: raw.Header, Size: len(raw.Body),
		Depth: raw.Depth, For: raw.For, Truncated: raw.Truncated,
	}
	if p.FinalURL == "" {
		p.FinalURL = p.URL
	}
	contentType := raw.Header.Get("Content-Type")
	p.MediaType = mediaType(raw.Body, contentType)
	switch {
	case markup(p.MediaType):
		var text []byte
		text, p.Charset = decode(raw.Body, contentType)
		p.index(text)
	case strings.HasPrefix(p.MediaType, "text/"), strings.HasSuffix(p.MediaType, "json"):
		var text []byte
		text, p.Charset = decode(raw.Body, contentType)
		p.Partial = true
		b := newBuilder(p, PlaceBody)
		b.text(string(text))
		b.finish()
	default:
		p.Partial = true
	}
	return p
}

// markup tells that a body of this type is HTML, or XML that reads like it.
func markup(mediaType string) bool {
	switch mediaType {
	case "text/html", "application/xhtml+xml", "text/xml", "application/xml":
		return true
	}
	return false
}

// index parses and walks.
func (p *Page) index(text []byte) {
	b := pageBuilder(p)
	dense := scratch.Get().(*bytes.Buffer)
	squeeze(dense, text)
	root, err := html.ParseWithOptions(bytes.NewReader(dense.Bytes()), html.ParseOptionEnableScripting(false))
	if dense.Reset(); dense.Cap() <= keptScratch {
		scratch.Put(dense)
	}
	if err != nil {
		p.Partial = true
		b.flat(string(text))
	} else {
		b.tree(root)
		p.Root = goquery.NewDocumentFromNode(root)
	}
	b.finish()
	b.takeLinks()
	if p.Root != nil {
		p.Root.Url, _ = url.Parse(p.FinalURL)
		b.labelledBy(root)
	}
	written := b.written
	b.giveBack()
	for _, w := range written {
		p.write("", w.place, w.code)
	}
	p.ScriptsUnread = p.likelyScripts()
}

// Drop forgets the parsed tree, which weighs more than ten times the index.
func (p *Page) Drop() { p.Root = nil }
