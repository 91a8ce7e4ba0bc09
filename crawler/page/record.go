package page

// This file records the single things of a page: links, images, forms, metas.

import (
	"strings"

	"golang.org/x/net/html/atom"
)

// gap stands for what a script puts in at run time; no page writes it, and no
// text keeps it.
const gap = '\uE000'

// capture starts collecting a label.
func (b *builder) capture(kind captureKind, index, sub int, hidden bool) {
	if len(b.captures) >= maxCaptures {
		b.p.Partial = true
		return
	}
	out := &b.visible
	if hidden {
		out = &b.aside
	}
	b.captures = append(b.captures, capture{kind: kind, index: index, sub: sub, start: len(out.b), out: out})
}

// release ends the innermost capture and puts its text where it belongs.
func (b *builder) release() {
	c := b.captures[len(b.captures)-1]
	b.captures = b.captures[:len(b.captures)-1]
	p := b.p
	switch c.kind {
	case toLink:
		p.Links[c.index].Text = c.out.from(c.start, MaxLabel)
	case toLinkAlt:
		join(&p.Links[c.index].Alt, c.out.from(c.start, MaxLabel))
	case toHeading:
		p.Headings[c.index].Text = c.out.from(c.start, MaxLabel)
	case toElement:
		p.Elements[c.index].Text = c.out.from(c.start, MaxLabel)
	case toForm:
		p.Forms[c.index].Text = c.out.from(c.start, maxFormText)
	case toButton:
		if in := &p.Forms[c.index].Inputs[c.sub]; in.Label == "" {
			in.Label = c.out.from(c.start, MaxLabel)
		}
	case toTitle:
		if t := c.out.from(c.start, MaxLabel); t != "" {
			p.Title = t
		}
	}
}

// join adds a label to others, separated by a blank.
func join(to *string, s string) {
	switch {
	case s == "" || len(*to) >= MaxLabel || s == *to:
	case *to == "":
		*to = s
	default:
		*to = cut(*to+" "+s, MaxLabel)
	}
}

// label cleans one attribute that a reader may be told.
func label(s string) string {
	if len(s) <= MaxLabel && plain(s) {
		return s
	}
	return cut(Clean(withoutGap(s), MaxLabel), MaxLabel)
}

func withoutGap(s string) string {
	if strings.ContainsRune(s, gap) {
		return strings.ReplaceAll(s, string(gap), "")
	}
	return s
}

// address cleans an attribute that holds an address, as it was written.
func (b *builder) address(s string) string {
	if len(s) <= MaxHref && plain(s) {
		return s
	}
	if strings.ContainsRune(s, gap) {
		s = strings.ReplaceAll(s, string(gap), "${}")
	}
	if len(s) > MaxHref {
		if !strings.HasPrefix(s, "data:") && !strings.HasPrefix(s, "javascript:") {
			b.p.Partial = true
		}
		s = cut(s, MaxHref)
	}
	return Clean(s, MaxHref)
}

func (b *builder) addLink(f *frame, at *attributes) {
	p := b.p
	if len(p.Links) >= MaxLinks {
		p.Partial = true
		return
	}
	l := Link{
		Href: b.address(at.href), Alt: label(at.alt), Title: label(at.title), AriaLabel: label(at.label), Element: f.element,
		Class: label(at.class), OnClick: cut(Clean(withoutGap(at.onclick), MaxHref), MaxHref), Rel: label(at.rel), Place: f.place,
		Script: b.script, Page: p.FinalURL, Depth: p.Depth,
	}
	i := len(p.Links)
	p.Links = append(p.Links, l)
	if !at.hasHref {
		if b.naked == nil {
			b.naked = make(map[int]bool)
		}
		b.naked[i] = true
	}
	if at.labelledBy != "" {
		if b.labelled == nil {
			b.labelled = make(map[int]string)
		}
		b.labelled[i] = at.labelledBy
	}
	if f.tag == atom.Input {
		p.Links[i].Text = label(at.value)
		return
	}
	f.link = i + 1
	b.capture(toLink, i, 0, f.hidden)
}

func (b *builder) addImage(f *frame, at *attributes) {
	src := at.src
	if at.dataSrc != "" && (src == "" || strings.HasPrefix(src, "data:")) {
		src = at.dataSrc
	}
	if len(b.p.Images) < MaxAssets {
		b.p.Images = append(b.p.Images, Image{Src: src, Alt: label(at.alt)})
	} else {
		b.p.Partial = true
	}
	if f.link == 0 {
		return
	}
	l := &b.p.Links[f.link-1]
	join(&l.Alt, label(at.alt))
	join(&l.Title, label(at.title))
	if l.Image == "" {
		l.Image = src
	}
}

// addIcon lends the class of an icon to the link it stands in.
func (b *builder) addIcon(f *frame, tag atom.Atom, at *attributes) {
	if f.link == 0 {
		return
	}
	l := &b.p.Links[f.link-1]
	if tag == atom.Svg {
		join(&l.Alt, label(at.label))
	}
	if at.class != "" && (tag == atom.I || tag == atom.Svg || strings.Contains(at.class, "ico") || strings.Contains(at.class, "fa-")) {
		join(&l.Class, label(at.class))
	}
}

func (b *builder) addTitle(f *frame) {
	for i := len(b.frames) - 2; i > 0 && i > len(b.frames)-10; i-- {
		if b.frames[i].tag == atom.Svg {
			if f.link > 0 {
				b.capture(toLinkAlt, f.link-1, 0, true)
			}
			return
		}
	}
	if !b.hasTitle && !b.fragment {
		b.hasTitle = true
		b.capture(toTitle, 0, 0, true)
	}
}

func (b *builder) addElement(f *frame, name string) {
	p := b.p
	if len(p.Elements) >= maxElements {
		p.Partial = true
		return
	}
	p.Elements = append(p.Elements, Element{Name: f.element, Tag: cut(Clean(name, 40), 40), Place: f.place})
	b.capture(toElement, len(p.Elements)-1, 0, f.hidden)
}

func (b *builder) addForm(f *frame, at *attributes) {
	p := b.p
	if len(p.Forms) >= maxForms {
		p.Partial = true
		return
	}
	method := strings.ToUpper(Clean(at.method, 20))
	if method == "" {
		method = "GET"
	}
	p.Forms = append(p.Forms, Form{Action: b.address(at.action), Method: method})
	f.form = len(p.Forms)
	b.capture(toForm, f.form-1, 0, f.hidden)
}

func (b *builder) addInput(f *frame, tag atom.Atom, at *attributes) {
	p := b.p
	form := f.form
	if form == 0 {
		form = b.loose
	}
	if form == 0 {
		if b.orphans == 0 && len(p.Forms) < maxForms {
			p.Forms = append(p.Forms, Form{})
			b.orphans = len(p.Forms)
		}
		form = b.orphans
	}
	if form == 0 || len(p.Forms[form-1].Inputs) >= MaxFormInput {
		p.Partial = true
		return
	}
	in := Input{Type: strings.ToLower(Clean(at.kind, 40)), Name: label(at.name), Label: label(at.placeholder)}
	if in.Label == "" {
		in.Label = label(at.label)
	}
	switch {
	case tag == atom.Select || tag == atom.Textarea:
		in.Type = tag.String()
	case tag == atom.Button && in.Type == "":
		in.Type = "submit"
	case in.Type == "":
		in.Type = "text"
	}
	button := in.Type == "submit" || in.Type == "button" || in.Type == "image" || in.Type == "reset"
	if button && in.Label == "" {
		if in.Label = label(at.value); in.Label == "" {
			in.Label = label(at.alt)
		}
	}
	list := &p.Forms[form-1].Inputs
	*list = append(*list, in)
	if tag == atom.Button {
		b.capture(toButton, form-1, len(*list)-1, f.hidden)
	} else if button && !f.hidden && in.Label != "" {
		b.visible.write(" "+in.Label+" ", MaxText)
	}
	if in.Type == "image" {
		b.addImage(f, at)
	}
}

func (b *builder) addMeta(at *attributes) {
	name := at.name
	if name == "" {
		name = at.property
	}
	if name == "" {
		name = at.httpEquiv
	}
	if name == "" {
		return
	}
	if len(b.p.Metas) >= maxMetas {
		b.p.Partial = true
		return
	}
	b.p.Metas = append(b.p.Metas, Meta{Name: strings.ToLower(Clean(name, 100)), Content: cut(Clean(at.content, MaxHref), MaxHref)})
}

func (b *builder) addHeadLink(at *attributes) {
	p := b.p
	rel := strings.ToLower(Clean(at.rel, 100))
	if rel == "" || at.href == "" {
		return
	}
	if strings.Contains(rel, "stylesheet") {
		b.addAsset(&p.Styles, at.href)
		return
	}
	if len(p.Heads) >= maxMetas {
		p.Partial = true
		return
	}
	p.Heads = append(p.Heads, Meta{Name: rel, Content: at.href})
}

func (b *builder) addAsset(list *[]string, src string) {
	if src == "" {
		return
	}
	if len(*list) >= MaxAssets {
		b.p.Partial = true
		return
	}
	*list = append(*list, src)
}

func (b *builder) addBody(tag atom.Atom, at *attributes) {
	if b.fragment {
		return
	}
	join(&b.p.BodyAttr, label(at.class))
	join(&b.p.BodyAttr, label(at.id))
	if tag == atom.Html {
		b.p.Lang = strings.ToLower(Clean(at.lang, 40))
	}
}
