// Package page holds the shared words of looking: what a page contained, what
// is worth reading next, how a site could be reached. It is plain data: nothing
// here opens a connection or knows a clock.
package page

import (
	"net/http"

	"github.com/PuerkitoBio/goquery"
)

// Bounds on what the index of one page keeps. A page that exceeds one of them
// is marked Partial, so that nothing is ever called absent on its account; only
// a cut label (Text holds it whole) and cut inline script do not count.
const (
	MaxLinks     = 10_000  // links per page
	MaxHref      = 2_048   // bytes of one address
	MaxLabel     = 512     // bytes of one label
	MaxText      = 1 << 20 // bytes of visible text
	MaxInline    = 1 << 18 // bytes of inline script kept for fingerprints
	MaxAssets    = 2_000   // scripts, style sheets and images
	MaxFormInput = 200     // inputs of one form
)

// Home is the id under which the home page itself is asked for and counted.
const Home = "home"

// Page is the index of one fetched page: everything a check may look at. It is
// walked once from the parsed tree, which whoever parsed the page may look at
// and drops.
type Page struct {
	URL       string      `json:"url"`             // as asked
	FinalURL  string      `json:"final_url"`       // after redirects; the base of relative links unless <base> says otherwise
	Status    int         `json:"status"`          // HTTP status
	Header    http.Header `json:"header,omitzero"` // response header, as the server sent it
	MediaType string      `json:"media_type"`      // from Content-Type or sniffed
	Charset   string      `json:"charset"`         // WHATWG name of the encoding the text was decoded from
	Size      int         `json:"size"`            // bytes after decompression
	Depth     int         `json:"depth"`           // clicks from the home page
	For       []string    `json:"for,omitzero"`    // ids of the interests that ranked it; Home for the home page

	Truncated     bool     `json:"truncated,omitzero"`      // the body was longer than the limit
	Partial       bool     `json:"partial,omitzero"`        // the index is incomplete: tree refused, bounds met
	ScriptsUnread []string `json:"scripts_unread,omitzero"` // same-host scripts that may write header or footer and could not be read

	Title    string    `json:"title"`
	Lang     string    `json:"lang,omitzero"`
	Text     string    `json:"text"`   // visible text, white space folded, one line a block
	Folded   string    `json:"folded"` // Fold(Text)
	Links    []Link    `json:"links,omitzero"`
	Headings []Heading `json:"headings,omitzero"`
	Forms    []Form    `json:"forms,omitzero"`
	Metas    []Meta    `json:"metas,omitzero"`
	Scripts  []string  `json:"scripts,omitzero"`    // src of scripts, resolved where possible
	Styles   []string  `json:"styles,omitzero"`     // href of style sheets, resolved where possible
	Images   []Image   `json:"images,omitzero"`     // images outside links too
	Frames   []string  `json:"frames,omitzero"`     // src of frames and iframes
	Frameset bool      `json:"frameset,omitzero"`   // its content stands in <frame>s, not in a body of its own
	Heads    []Meta    `json:"head_links,omitzero"` // <link rel=… href=…> of the head: Name is rel, Content is href
	Elements []Element `json:"elements,omitzero"`   // data-element attributes, in document order
	BodyAttr string    `json:"body_attr,omitzero"`  // class and id of <html> and <body>, separated by spaces
	Inline   string    `json:"inline,omitzero"`     // inline script text, bounded
	Comments string    `json:"comments,omitzero"`   // HTML comments, bounded

	Source  Source   `json:"source,omitzero"`  // by what its document is known again; zero: by nothing
	Written []Source `json:"written,omitzero"` // of the scripts whose words are part of the index

	Recalled  bool `json:"-"` // it is the index kept from an earlier visit, of the same document
	Confirmed bool `json:"-"` // so says the server (304), who did not send the document
	Amended   bool `json:"-"` // but for its header, in which the server said something new

	Root *goquery.Document `json:"-"` // nil when the tree was refused or dropped
}

// Whole tells whether absence may be concluded from this page: fetched to the
// end, fully indexed, and with the scripts that write its header and footer read.
func (p *Page) Whole() bool {
	return p.Status >= 200 && p.Status < 300 && !p.Truncated && !p.Partial && len(p.ScriptsUnread) == 0
}

// Place says in which part of the page something stands.
type Place string

// The places of a page.
const (
	PlaceHeader Place = "header"
	PlaceNav    Place = "nav"
	PlaceMain   Place = "main"
	PlaceAside  Place = "aside"
	PlaceFooter Place = "footer"
	PlaceBody   Place = "body" // none of the others
)

// Link is one anchor (or area, or element with an onclick that navigates).
type Link struct {
	Href      string `json:"href"`                // as written, control characters stripped
	URL       string `json:"url,omitzero"`        // absolute, canonical; empty where it cannot be fetched (javascript:, mailto:, #, template residue)
	Text      string `json:"text,omitzero"`       // visible text
	Alt       string `json:"alt,omitzero"`        // alt texts of the images inside
	Title     string `json:"title,omitzero"`      // title attribute, its own or an inner image's
	AriaLabel string `json:"aria_label,omitzero"` // aria-label
	Element   string `json:"element,omitzero"`    // data-element, its own or of the nearest parent within the same list item
	Class     string `json:"class,omitzero"`      // class attribute, with those of inner icons
	OnClick   string `json:"onclick,omitzero"`    // onclick attribute
	Image     string `json:"image,omitzero"`      // src of the first image inside
	Rel       string `json:"rel,omitzero"`        // rel attribute
	Place     Place  `json:"place"`
	Script    string `json:"script,omitzero"` // URL of the script that writes this link; empty: the page's own HTML
	Page      string `json:"page,omitzero"`   // final URL of the page it stands on
	Depth     int    `json:"depth,omitzero"`  // depth of the page it stands on
	Folded    string `json:"folded,omitzero"` // Fold of text, aria-label, title and alt, one after the other
}

// Label is what a person would call the link: its text, or the first of
// aria-label, title and alt that is not blank.
func (l Link) Label() string {
	for _, s := range []string{l.Text, l.AriaLabel, l.Title, l.Alt} {
		if s != "" {
			return s
		}
	}
	return ""
}

// Heading is an h1 to h6.
type Heading struct {
	Level int    `json:"level"`
	Text  string `json:"text"`
	Place Place  `json:"place"`
}

// Form is a form and its inputs. vigile never submits one.
type Form struct {
	Action string  `json:"action"` // absolute where it can be resolved
	Method string  `json:"method"` // upper case
	Text   string  `json:"text"`   // folded text of the form with its buttons
	Inputs []Input `json:"inputs,omitzero"`
}

// Input is one field of a form.
type Input struct {
	Type  string `json:"type"` // lower case; text where none is given
	Name  string `json:"name"`
	Label string `json:"label,omitzero"` // placeholder, aria-label, value of buttons
}

// Image is one image.
type Image struct {
	Src string `json:"src"` // resolved where possible
	Alt string `json:"alt,omitzero"`
}

// Meta is a name and its content.
type Meta struct {
	Name    string `json:"name"` // lower case; http-equiv and property names too
	Content string `json:"content"`
}

// Element is one data-element marker of the national model.
type Element struct {
	Name  string `json:"name"`
	Tag   string `json:"tag"`
	Text  string `json:"text,omitzero"`
	Place Place  `json:"place"`
}

// Generator is the content of <meta name=generator>, the first one, or "".
func (p *Page) Generator() string { return p.MetaContent("generator") }

// MetaContent is the content of the first meta of that lower-case name, or "".
func (p *Page) MetaContent(name string) string {
	for _, m := range p.Metas {
		if m.Name == name {
			return m.Content
		}
	}
	return ""
}
