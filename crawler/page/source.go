package page

// By what a document is known again on another night, and how a kept index
// stands in for it.

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// IndexVersion is the version of what Parse, AddScript and AddFrame make of the
// same bytes. Whoever changes that raises it, and every kept index is made anew;
// TestTheIndexOfTheSameBytesHasAVersion tells when.
const IndexVersion = 2

// maxETag bounds an entity tag that is sent back: they are a hash and some
// words, and a server that sends more wants something else than a cache.
const maxETag = 256

// Source is by what a document is known again: what its server named it by, and
// what it was.
type Source struct {
	URL          string `json:"url,omitzero"`           // where it was, after redirects
	ETag         string `json:"etag,omitzero"`          // as the server wrote it; empty: none that may be sent back
	LastModified string `json:"last_modified,omitzero"` // an HTTP date; empty likewise
	Sum          string `json:"sum,omitzero"`           // SHA-256 of the body as received, and of its Content-Type
}

// SourceOf is the source of a body that was received whole. Of the validators in
// its header those are left out that RFC 9110 §8.8 would not have.
func SourceOf(url string, header http.Header, body []byte) Source {
	sum := NewSum(header.Get("Content-Type"))
	sum.Write(body)
	return SourceBy(url, header, sum)
}

// NewSum begins the sum of a Source; the body is to be written to it.
func NewSum(contentType string) hash.Hash {
	sum := sha256.New()
	sum.Write([]byte(contentType))
	sum.Write([]byte{0})
	return sum
}

// SourceBy is SourceOf a body that was written to a sum.
func SourceBy(url string, header http.Header, sum hash.Hash) Source {
	s := Source{URL: url, Sum: hex.EncodeToString(sum.Sum(nil))}
	if tag := header.Get("ETag"); validETag(tag) {
		s.ETag = tag
	}
	if at, err := http.ParseTime(header.Get("Last-Modified")); err == nil && at.Year() > 1970 && at.Year() < 3000 {
		s.LastModified = at.UTC().Format(http.TimeFormat)
	}
	return s
}

// validETag tells an entity tag: quoted, perhaps weak, of visible ASCII.
func validETag(tag string) bool {
	inner, ok := strings.CutPrefix(strings.TrimPrefix(tag, "W/"), `"`)
	if ok {
		inner, ok = strings.CutSuffix(inner, `"`)
	}
	return ok && inner != "" && len(tag) <= maxETag && strings.IndexFunc(inner, func(r rune) bool { return r <= ' ' || r == '"' || r > '~' }) < 0
}

// Conditions are the request headers that ask for the document only where it is
// another one by now; none where the server gave nothing to ask by.
func (s Source) Conditions() http.Header {
	h := http.Header{}
	if s.ETag != "" {
		h.Set("If-None-Match", s.ETag)
	}
	if s.LastModified != "" {
		h.Set("If-Modified-Since", s.LastModified)
	}
	return h
}

// Asked is the index as of a visit on which its document was asked for under
// that address, so many clicks from the home page, for those interests.
func (p *Page) Asked(url string, depth int, ids []string) {
	p.URL, p.For = Clean(url, MaxHref), ids
	if p.Depth == depth {
		return
	}
	p.Depth = depth
	for i := range p.Links {
		p.Links[i].Depth = depth
	}
}

// passing are response headers that belong to one answer and not to the page,
// beside those that begin with X-Request, X-Cache or Content-.
var passing = []string{
	"Accept-Ranges", "Age", "Alt-Svc", "Cache-Control", "Cf-Cache-Status", "Cf-Ray", "Connection", "Date", "Etag", "Expires", "Keep-Alive", "Last-Modified",
	"Nel", "Pragma", "Report-To", "Server-Timing", "Set-Cookie", "Trailer", "Transfer-Encoding", "Vary", "Via", "X-Runtime", "X-Served-By", "X-Timer",
	"X-Varnish",
}

// Freshen takes the header of a 304 into the page's (RFC 9111 §3.2), and tells
// whether it said anything new.
func (p *Page) Freshen(h http.Header) (changed bool) {
	for name, values := range h {
		name = http.CanonicalHeaderKey(name)
		if ofAnswer(name) || slices.Equal(p.Header[name], values) {
			continue
		}
		if !changed {
			p.Header, changed = maps.Clone(p.Header), true
		}
		if p.Header == nil {
			p.Header = http.Header{}
		}
		p.Header[name] = values
	}
	return changed
}
