package page

// How a visit went, so that the next one can tell whether it goes the same way.

import (
	"crypto/sha256"
	"encoding/binary"
	"net/http"
	"slices"
	"strings"
)

// Trace is the course of a visit whose every document can be known again: what
// was asked for, in order, and what became of the interests.
type Trace struct {
	Steps     []Step    `json:"steps"`
	Inquiries []Inquiry `json:"inquiries,omitzero"`

	// Asked tells that the sitemaps were looked for, and Sitemaps which the site
	// named, or is thought to have; those named in them are not among these.
	Asked    bool     `json:"asked,omitzero"`
	Sitemaps []string `json:"sitemaps,omitzero"`

	Plain PlainPage `json:"plain,omitzero"`
}

// PlainPage is the page that plain http showed at the end of a visit, and what came
// of it; the zero value where it showed none whole.
type PlainPage struct {
	URL  string      `json:"url,omitzero"`
	Sum  string      `json:"sum,omitzero"`  // as of its Source
	Said []uint64    `json:"said,omitzero"` // its header, see Saying
	Does PlainAnswer `json:"does,omitzero"`
}

// Same tells whether two are the same page to the byte, with the same header.
func (p PlainPage) Same(other PlainPage) bool {
	return p.Sum != "" && p.URL == other.URL && p.Sum == other.Sum && slices.Equal(p.Said, other.Said)
}

// Step is one request of a visit, for a page or a sitemap, with its redirects.
type Step struct {
	Kind   string   `json:"kind"`            // FetchPage or FetchSitemap
	URL    string   `json:"url"`             // as asked
	Hops   []string `json:"hops,omitzero"`   // where each redirect led
	Final  string   `json:"final,omitzero"`  // where the document was, unless at URL
	For    []string `json:"for,omitzero"`    // ids of the interests it was asked for
	Depth  int      `json:"depth,omitzero"`  // clicks from the home page
	Shown  bool     `json:"shown,omitzero"`  // it was a page, and whole; else what follows says what it was
	Said   []uint64 `json:"said,omitzero"`   // its header, see Saying
	Repeat bool     `json:"repeat,omitzero"` // its last redirect led to a page read before
	Away   bool     `json:"away,omitzero"`   // its last redirect led off the site, and was not followed
	Reach  Reach    `json:"reach,omitzero"`
	Detail string   `json:"detail,omitzero"`
	Status int      `json:"status,omitzero"`
	Media  string   `json:"media,omitzero"`  // of a body that was not read
	Source Source   `json:"source,omitzero"` // of what was no page: a sitemap, an error, a shell
}

// At is where the document of a step was.
func (s Step) At() string {
	if s.Final != "" {
		return s.Final
	}
	return s.URL
}

// ofAnswer tells a response header that belongs to one answer and not to the page.
func ofAnswer(name string) bool {
	return slices.Contains(passing, name) || strings.HasPrefix(name, "X-Request") || strings.HasPrefix(name, "X-Cache") ||
		strings.HasPrefix(name, "Content-") && name != "Content-Security-Policy"
}

// Saying is what a header says of a page, by the sums of its lines; what belongs to
// one answer alone is left out, as by Freshen.
func Saying(h http.Header) []uint64 {
	var sums []uint64
	for name, values := range h {
		if name = http.CanonicalHeaderKey(name); !ofAnswer(name) {
			sums = append(sums, lineSum(name, values))
		}
	}
	slices.Sort(sums)
	return sums
}

// SaysNew tells whether a header says of a page what is not among said: what
// Freshen would take in.
func SaysNew(h http.Header, said []uint64) bool {
	for name, values := range h {
		if name = http.CanonicalHeaderKey(name); ofAnswer(name) {
			continue
		}
		if _, known := slices.BinarySearch(said, lineSum(name, values)); !known {
			return true
		}
	}
	return false
}

func lineSum(name string, values []string) uint64 {
	sum := sha256.Sum256([]byte(name + "\x00" + strings.Join(values, "\x00")))
	return binary.BigEndian.Uint64(sum[:])
}
