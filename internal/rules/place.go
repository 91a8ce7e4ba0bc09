package rules

// The places of a page in which a rule may look, and how their strings are
// folded.

import (
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vigile-it/vigile/crawler/page"
)

// The places. link is the label or the address of a link; asset is a script, a
// style sheet, an image or a link of the head. meta, header and head take a name
// after a colon: meta:generator, header:server, head:canonical.
const (
	placeLinkText  = "link_text"  // text, aria-label, title and alt of a link
	placeHref      = "href"       // address of a link, as written and resolved
	placeLink      = "link"       // label or address
	placeLinkClass = "link_class" // class of a link and of its icons
	placeLinkImage = "link_image" // source of the first image of a link
	placeOnClick   = "onclick"    // of a link
	placeMark      = "link_element"
	placeText      = "text"
	placeTitle     = "title"
	placeScript    = "script"
	placeStyle     = "style"
	placeImage     = "image"
	placeImageAlt  = "image_alt"
	placeHead      = "head" // links of the head: "rel href"
	placeAsset     = "asset"
	placeFrame     = "frame"
	placeMeta      = "meta"
	placeHeader    = "header"
	placeCookie    = "cookie"  // names of the cookies the response sets
	placeElement   = "element" // data-element names
	placeBody      = "body"    // class and id of html and body
	placeInline    = "inline"  // inline scripts
	placeComment   = "comment"
	placeForm      = "form"   // text of a form with its buttons
	placeAction    = "action" // address a form is sent to
	placeInput     = "input"  // "type name label" of one field
	placeHeading   = "heading"
	placeURL       = "url" // address of the page itself
)

// PlaceNames lists the places a rule may name.
func PlaceNames() []string {
	return []string{
		placeLinkText, placeHref, placeLink, placeLinkClass, placeLinkImage, placeOnClick, placeMark, placeText,
		placeTitle, placeScript, placeStyle, placeImage, placeImageAlt, placeHead, placeAsset, placeFrame,
		placeMeta + ":<name>", placeHeader + ":<name>", placeCookie, placeElement, placeBody, placeInline, placeComment,
		placeForm, placeAction, placeInput, placeHeading, placeURL,
	}
}

// The two kinds of folding: words lose case, marks and typography; addresses
// and code lose case alone.
const (
	foldText = iota
	foldAddress
)

// place is a place with its argument: {meta generator}.
type place struct {
	name, arg string
}

func parsePlace(s string) (place, bool) {
	name, arg, has := strings.Cut(s, ":")
	switch name {
	case placeMeta, placeHeader:
		arg = strings.ToLower(strings.TrimSpace(arg))
		return place{name, arg}, has && arg != ""
	}
	if has {
		return place{}, false
	}
	for _, known := range PlaceNames() {
		if name == known {
			return place{name: name}, true
		}
	}
	return place{}, false
}

func (p place) String() string {
	if p.arg != "" {
		return p.name + ":" + p.arg
	}
	return p.name
}

// parts are the single places a place stands for.
func (p place) parts() []place {
	switch p.name {
	case placeLink:
		return []place{{name: placeLinkText}, {name: placeHref}}
	case placeAsset:
		return []place{{name: placeScript}, {name: placeStyle}, {name: placeImage}, {name: placeHead}}
	}
	return []place{p}
}

// folding says which kind of folding the strings of a place get.
func (p place) folding() int {
	switch p.name {
	case placeLinkText, placeText, placeTitle, placeImageAlt, placeForm, placeHeading:
		return foldText
	}
	return foldAddress
}

// ofLink tells whether the place is part of a link.
func (p place) ofLink() bool {
	switch p.name {
	case placeLinkText, placeHref, placeLinkClass, placeLinkImage, placeOnClick, placeMark:
		return true
	}
	return false
}

// running tells whether the place is one long run of text rather than a list
// of short items.
func (p place) running() bool {
	return p.name == placeText || p.name == placeInline || p.name == placeComment
}

func foldAll(kind int, exact bool, ss []string) []string {
	out := make([]string, len(ss))
	for i, s := range ss {
		out[i] = fold(kind, exact, s)
	}
	return out
}

func fold(kind int, exact bool, s string) string {
	switch {
	case exact:
		return s
	case kind == foldText:
		return page.Fold(s)
	}
	return lower(s)
}

// lower is strings.ToLower for long strings that are nearly all ASCII, which
// one accent in a script would otherwise cost a conversion of every byte.
func lower(s string) string {
	i := 0
	for i < len(s) && (s[i] < 'A' || s[i] > 'Z' && s[i] < utf8.RuneSelf) {
		i++
	}
	if i == len(s) {
		return s
	}
	return string(appendLower(make([]byte, 0, len(s)+8), s))
}

// appendLower appends strings.ToLower(s), eight bytes at a time where they are
// ASCII.
func appendLower(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		if i+8 <= len(s) {
			if x, ascii := lower8(s[i : i+8]); ascii {
				b = binary.LittleEndian.AppendUint64(b, x)
				i += 8
				continue
			}
		}
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, unicode.ToLower(r))
			i += size
			continue
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
		i++
	}
	return b
}

// lower8 lowers eight bytes held in one word; false where they are not all ASCII.
func lower8(s string) (uint64, bool) {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	if x&high != 0 {
		return 0, false
	}
	fromA := x + ones*(0x80-'A') // high bit: at least A
	pastZ := x + ones*(0x7f-'Z') // high bit: beyond Z
	capitals := fromA &^ pastZ & high
	return x | capitals>>2, true
}

// linkString is what one place of a link holds, not folded.
func linkString(l *page.Link, name string) string {
	switch name {
	case placeLinkText:
		return joinWords(l.Text, l.AriaLabel, l.Title, l.Alt)
	case placeHref:
		if tail := resolved(l); tail != "" {
			return l.Href + " " + tail
		}
		return l.Href
	case placeLinkClass:
		return l.Class
	case placeLinkImage:
		return l.Image
	case placeOnClick:
		return l.OnClick
	case placeMark:
		return l.Element
	}
	return ""
}

// resolved is the resolved address of a link, where it adds to the written one.
func resolved(l *page.Link) string {
	if len(l.URL) <= len(l.Href) && strings.HasSuffix(l.URL, l.Href) {
		return ""
	}
	return l.URL
}

// joinWords joins what is not empty with blanks; mostly that is one string.
func joinWords(ss ...string) string {
	only := ""
	for i, s := range ss {
		switch {
		case s == "":
		case only == "":
			only = s
		default:
			var b strings.Builder
			b.WriteString(only)
			for _, s := range ss[i:] {
				if s != "" {
					b.WriteByte(' ')
					b.WriteString(s)
				}
			}
			return b.String()
		}
	}
	return only
}

// items are the strings a place has on a page, not folded. The places of links
// are not among them.
func items(p *page.Page, at place) []string {
	switch at.name {
	case placeText:
		return []string{p.Text}
	case placeTitle:
		return []string{p.Title}
	case placeScript:
		return p.Scripts
	case placeStyle:
		return p.Styles
	case placeFrame:
		return p.Frames
	case placeBody:
		return []string{p.BodyAttr}
	case placeInline:
		return []string{p.Inline}
	case placeComment:
		return []string{p.Comments}
	case placeURL:
		return []string{p.FinalURL}
	case placeHeader:
		return p.Header.Values(at.arg)
	case placeCookie:
		return cookieNames(p)
	}
	return collected(p, at)
}

// collected gathers the places whose items are parts of larger values.
func collected(p *page.Page, at place) []string {
	var out []string
	switch at.name {
	case placeImage:
		for _, i := range p.Images {
			out = append(out, i.Src)
		}
	case placeImageAlt:
		for _, i := range p.Images {
			out = append(out, i.Alt)
		}
	case placeHead:
		for _, h := range p.Heads {
			out = append(out, h.Name+" "+h.Content)
		}
	case placeMeta:
		for _, m := range p.Metas {
			if m.Name == at.arg {
				out = append(out, m.Content)
			}
		}
	case placeElement:
		for _, e := range p.Elements {
			out = append(out, e.Name)
		}
	case placeHeading:
		for _, h := range p.Headings {
			out = append(out, h.Text)
		}
	case placeForm, placeAction, placeInput:
		out = formItems(p, at.name)
	}
	return out
}

func formItems(p *page.Page, name string) []string {
	var out []string
	for _, f := range p.Forms {
		switch name {
		case placeForm:
			out = append(out, f.Text)
		case placeAction:
			out = append(out, f.Action)
		case placeInput:
			for _, i := range f.Inputs {
				out = append(out, joinWords(i.Type, i.Name, i.Label))
			}
		}
	}
	return out
}

func cookieNames(p *page.Page) []string {
	var out []string
	for _, c := range p.Header.Values("Set-Cookie") {
		name, _, _ := strings.Cut(c, "=")
		out = append(out, strings.TrimSpace(name))
	}
	return out
}
