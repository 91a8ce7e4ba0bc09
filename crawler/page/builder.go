package page

// This file fills the index from a stream of tags and text. A parsed tree and a
// bare tokenizer drive the same builder, so that a page whose tree is refused is
// read by the same rules.

import (
	"strings"
	"sync"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Bounds of the index that only this package needs to know.
const (
	maxFrames   = 1024 // open elements remembered; html.Parse refuses 512
	maxCaptures = 64   // labels being collected at once
	maxFormText = 4096 // bytes of the text of one form
	maxHeadings = 2000
	maxForms    = 200
	maxMetas    = 500
	maxElements = 5000
)

// frame is one open element.
type frame struct {
	tag      atom.Atom
	name     string
	place    Place
	element  string // data-element that counts for a link here
	scoped   bool   // inside something that keeps its own header and footer
	hidden   bool   // what is written here is not visible text
	captures int    // captures open before it
	form     int    // index of the form it stands in, plus one
	link     int    // index of the link it stands in, plus one
}

// captureKind says where the text of a capture goes.
type captureKind uint8

const (
	toLink captureKind = iota
	toLinkAlt
	toHeading
	toElement
	toForm
	toButton
	toTitle
)

// capture is a label being collected: the part of a buffer from start on.
type capture struct {
	kind  captureKind
	index int
	sub   int
	start int
	out   *textBuffer
}

// builder fills one Page.
type builder struct {
	p        *Page
	visible  textBuffer
	aside    textBuffer // text of noscript, titles of svg: labels, not Text
	frames   []frame
	captures []capture
	inline   strings.Builder
	comments strings.Builder
	base     string
	fragment bool           // what a script writes is being read
	script   string         // its URL; empty: a script of the page's own
	naked    map[int]bool   // links written without an href
	labelled map[int]string // aria-labelledby of links, by index
	written  []written      // inline scripts that write into the page
	links    []Link         // the room in which the page's were collected
	loose    int            // form that the parser closed at once for standing in a table, plus one
	orphans  int            // form of the inputs that stand in none, plus one
	hasTitle bool
	classes  map[string]Place // what placeByClass said of the classes of this page and those before
}

// written is an inline script that writes into the page, and where it stands.
type written struct {
	code  string
	place Place
}

func newBuilder(p *Page, place Place) *builder {
	b := &builder{p: p}
	b.frames = append(make([]frame, 0, 64), frame{place: place})
	return b
}

// room is what one page's builder leaves to the next.
type room struct {
	visible []byte
	frames  []frame
	links   []Link
	classes map[string]Place
}

var rooms sync.Pool // of *room

// Bounds of what is left to the next page.
const (
	keptText    = 256 << 10
	keptLinks   = 1024
	keptClasses = 256
)

// pageBuilder is newBuilder for a whole page, in the room of one before.
func pageBuilder(p *Page) *builder {
	r, ok := rooms.Get().(*room)
	if !ok {
		return newBuilder(p, PlaceBody)
	}
	b := &builder{p: p, classes: r.classes}
	b.visible.b, b.frames = r.visible, append(r.frames, frame{place: PlaceBody})
	p.Links = r.links
	return b
}

// takeLinks gives the page links of its own, and back the room they were
// collected in.
func (b *builder) takeLinks() {
	b.links = b.p.Links
	b.p.Links = append([]Link(nil), b.links...)
	if cap(b.links) > keptLinks {
		b.links = nil
	}
}

// giveBack leaves the room to the next page; the index has copied what it keeps.
func (b *builder) giveBack() {
	if cap(b.visible.b) > keptText {
		b.visible.b = nil
	}
	if len(b.classes) >= keptClasses {
		b.classes = nil
	}
	clear(b.frames[:cap(b.frames)])
	clear(b.links)
	rooms.Put(&room{visible: b.visible.b[:0], frames: b.frames[:0], links: b.links[:0], classes: b.classes})
	b.visible.b, b.frames, b.links, b.classes = nil, nil, nil, nil
}

// attributes are those of one element that the index reads.
type attributes struct {
	href, src, class, id, role, onclick, element, label, labelledBy, title, alt, name, value, kind, rel, content, dataSrc string
	action, method, placeholder, lang, httpEquiv, property                                                                string
	hasHref                                                                                                               bool
}

func (at *attributes) read(list []html.Attribute) {
	for i := range list {
		v := list[i].Val
		switch list[i].Key {
		case "href":
			at.href, at.hasHref = v, true
		case "src":
			at.src = v
		case "class":
			at.class = v
		case "id":
			at.id = v
		case "role":
			at.role = strings.ToLower(strings.TrimSpace(v))
		case "onclick":
			at.onclick = v
		case "data-element":
			at.element = v
		case "aria-label":
			at.label = v
		case "aria-labelledby":
			at.labelledBy = v
		case "title":
			at.title = v
		case "alt":
			at.alt = v
		case "name":
			at.name = v
		case "value":
			at.value = v
		case "type":
			at.kind = v
		case "rel":
			at.rel = v
		case "content":
			at.content = v
		case "data-src":
			at.dataSrc = v
		case "action":
			at.action = v
		case "method":
			at.method = v
		case "placeholder":
			at.placeholder = v
		case "lang":
			at.lang = v
		case "http-equiv":
			at.httpEquiv = v
		case "property":
			at.property = v
		}
	}
}

// tree walks a parsed document without recursion.
func (b *builder) tree(root *html.Node) {
	n := root
	for n != nil {
		switch n.Type {
		case html.ElementNode:
			b.open(n.DataAtom, n.Data, n.Attr)
			if n.FirstChild != nil {
				n = n.FirstChild
				continue
			}
			b.pop()
		case html.TextNode:
			b.text(n.Data)
		case html.CommentNode:
			b.comment(n.Data)
		case html.DocumentNode:
			if n.FirstChild != nil {
				n = n.FirstChild
				continue
			}
		}
		for n != nil && n != root && n.NextSibling == nil {
			if n = n.Parent; n != nil && n.Type == html.ElementNode {
				b.pop()
			}
		}
		if n == nil || n == root {
			return
		}
		n = n.NextSibling
	}
}

// flat reads tags as they come, where no tree is to be had: pages that open
// more elements than the parser accepts, and the strings of scripts.
func (b *builder) flat(text string) {
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		kind := z.Next()
		switch kind {
		case html.ErrorToken:
			return
		case html.TextToken:
			b.text(z.Token().Data)
		case html.CommentToken:
			b.comment(z.Token().Data)
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			if t.DataAtom == atom.Noscript {
				z.NextIsNotRawText()
			}
			if t.DataAtom == atom.A {
				b.closeTag(t.DataAtom, t.Data) // anchors do not nest
			}
			b.open(t.DataAtom, t.Data, t.Attr)
			if void(t.DataAtom) || kind == html.SelfClosingTagToken && foreign(t.DataAtom) {
				b.pop()
			}
		case html.EndTagToken:
			t := z.Token()
			b.closeTag(t.DataAtom, t.Data)
		}
	}
}

func void(tag atom.Atom) bool {
	switch tag {
	case atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Hr, atom.Img, atom.Input, atom.Link, atom.Meta, atom.Param,
		atom.Source, atom.Track, atom.Wbr, atom.Frame:
		return true
	}
	return false
}

// foreign tells the elements of svg that are written closed in themselves.
func foreign(tag atom.Atom) bool { return tag == 0 || tag == atom.Svg || tag == atom.Image }

// closeTag ends the nearest open element of that name, and what is open in it.
// An end tag that answers to nothing near is dropped.
func (b *builder) closeTag(tag atom.Atom, name string) {
	const near = 128
	for i := len(b.frames) - 1; i > 0 && i >= len(b.frames)-near; i-- {
		if b.frames[i].tag == tag && (tag != 0 || b.frames[i].name == name) {
			for len(b.frames) > i {
				b.pop()
			}
			return
		}
	}
}

// open begins an element.
func (b *builder) open(tag atom.Atom, name string, list []html.Attribute) {
	if len(b.frames) >= maxFrames {
		b.forget()
	}
	var at attributes
	at.read(list)
	parent := &b.frames[len(b.frames)-1]
	f := frame{
		tag: tag, name: name, place: b.place(parent, tag, &at), scoped: parent.scoped || scopes(tag, at.role),
		hidden: parent.hidden || hides(tag), captures: len(b.captures), form: parent.form, link: parent.link,
	}
	switch {
	case at.element != "":
		f.element = Clean(at.element, MaxLabel)
	case !wraps(tag):
		f.element = parent.element
	}
	b.separate(tag)
	b.frames = append(b.frames, f)
	top := &b.frames[len(b.frames)-1]
	if f.element != "" && at.element != "" {
		b.addElement(top, name)
	}
	if b.notable(top, tag, &at) {
		return
	}
	if at.onclick != "" && navigates(at.onclick) {
		b.addLink(top, &at)
	}
}

// notable records the element where its tag says what it is; true where nothing
// more is to be learnt from it.
func (b *builder) notable(f *frame, tag atom.Atom, at *attributes) bool {
	p := b.p
	switch tag {
	case atom.A, atom.Area:
		b.addLink(f, at)
		return true
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		if len(p.Headings) < maxHeadings {
			p.Headings = append(p.Headings, Heading{Level: int(f.name[1] - '0'), Place: f.place})
			b.capture(toHeading, len(p.Headings)-1, 0, f.hidden)
		} else {
			p.Partial = true
		}
	case atom.Img:
		b.addImage(f, at)
	case atom.Title:
		b.addTitle(f)
	case atom.Form:
		b.addForm(f, at)
	case atom.Input, atom.Button, atom.Select, atom.Textarea:
		b.addInput(f, tag, at)
	case atom.Meta:
		b.addMeta(at)
	case atom.Link:
		b.addHeadLink(at)
	case atom.Script:
		if !heldBack(at.kind) {
			b.addAsset(&p.Scripts, at.src)
		}
	case atom.Iframe, atom.Frame:
		p.Frameset = p.Frameset || tag == atom.Frame
		b.addAsset(&p.Frames, at.src)
	case atom.Base:
		if b.base == "" {
			b.base = at.href
		}
	case atom.Html, atom.Body:
		b.addBody(tag, at)
	case atom.I, atom.Svg, atom.Span, atom.Em:
		b.addIcon(f, tag, at)
	}
	return false
}

// pop ends the innermost element.
func (b *builder) pop() {
	if len(b.frames) < 2 {
		return
	}
	f := b.frames[len(b.frames)-1]
	for len(b.captures) > f.captures {
		b.release()
	}
	b.frames = b.frames[:len(b.frames)-1]
	if f.tag == atom.Form && f.form > 0 && len(b.p.Forms[f.form-1].Inputs) == 0 {
		switch b.frames[len(b.frames)-1].tag {
		case atom.Table, atom.Tbody, atom.Tr:
			b.loose = f.form
		}
	}
	b.separate(f.tag)
}

// forget drops the older half of the open elements: hostile pages open a
// hundred thousand and close none.
func (b *builder) forget() {
	half := len(b.frames) / 2
	kept := b.frames[half]
	for len(b.captures) > kept.captures {
		b.release()
	}
	copy(b.frames[1:], b.frames[half+1:])
	b.frames = b.frames[:len(b.frames)-half]
	for i := range b.frames {
		b.frames[i].captures = 0
	}
}

// text takes a run of characters.
func (b *builder) text(s string) {
	f := &b.frames[len(b.frames)-1]
	switch f.tag {
	case atom.Script:
		b.code(f, s)
		return
	case atom.Style, atom.Iframe, atom.Noembed, atom.Noframes, atom.Xmp, atom.Textarea:
		return
	}
	if f.hidden {
		b.aside.write(s, MaxText)
	} else if !b.visible.write(s, MaxText) {
		b.p.Partial = true
	}
}

// heldBack tells the type by which tools that ask for consent keep a browser from
// loading a script until somebody agrees (HTML, 4.12.1: it is a data block).
func heldBack(kind string) bool {
	return strings.EqualFold(strings.TrimSpace(kind), "text/plain")
}

// code keeps inline script, and remembers what writes links into the page.
func (b *builder) code(f *frame, s string) {
	if room := MaxInline - b.inline.Len() - 1; room > 0 {
		if b.inline.Len() > 0 {
			b.inline.WriteByte('\n')
		}
		b.inline.WriteString(cut(s, room))
	}
	if strings.Contains(s, "document.write") && !b.fragment {
		b.written = append(b.written, written{s, f.place})
	}
}

func (b *builder) comment(s string) {
	if room := MaxInline - b.comments.Len() - 1; room > 0 {
		if b.comments.Len() > 0 {
			b.comments.WriteByte('\n')
		}
		b.comments.WriteString(cut(s, room))
	}
}

// cut is the start of s, at most n bytes, ending on a rune.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

// hides tells the elements whose text a reader does not see.
func hides(tag atom.Atom) bool {
	switch tag {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Svg, atom.Iframe, atom.Noembed, atom.Noframes, atom.Textarea,
		atom.Title, atom.Object, atom.Math:
		return true
	}
	return false
}

// wraps tells the elements at which the search for an outer data-element ends.
func wraps(tag atom.Atom) bool {
	switch tag {
	case atom.Li, atom.Div, atom.Td, atom.Tr, atom.Table, atom.Ul, atom.Ol, atom.Dl, atom.Dd, atom.Dt, atom.Section, atom.Nav, atom.Header,
		atom.Footer, atom.Main, atom.Article, atom.Aside, atom.Body, atom.Form:
		return true
	}
	return false
}

// separate keeps words apart that a browser shows apart.
func (b *builder) separate(tag atom.Atom) {
	switch tag {
	case atom.A, atom.Br, atom.Td, atom.Th, atom.Button, atom.Img, atom.Input, atom.Option, atom.Svg, atom.Label:
		b.visible.pend(' ')
		b.aside.pend(' ')
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Caption, atom.Center, atom.Dd, atom.Details, atom.Dialog, atom.Dir,
		atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Form, atom.H1, atom.H2, atom.H3, atom.H4,
		atom.H5, atom.H6, atom.Header, atom.Hr, atom.Legend, atom.Li, atom.Main, atom.Menu, atom.Nav, atom.Ol, atom.P, atom.Pre,
		atom.Section, atom.Select, atom.Summary, atom.Table, atom.Tbody, atom.Tfoot, atom.Thead, atom.Tr, atom.Ul:
		b.visible.pend('\n')
		b.aside.pend('\n')
	}
}
