package page

// This file completes the index once the last tag was read: addresses resolved
// against the base, labels folded.

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// finish resolves and folds what was collected.
func (b *builder) finish() {
	for len(b.frames) > 1 {
		b.pop()
	}
	p := b.p
	p.Text = string(b.visible.b)
	p.Folded = Fold(p.Text)
	p.Inline, p.Comments = b.inline.String(), b.comments.String()
	r := newReferences(b.resolveBase())
	b.finishLinks(r)
	for i := range p.Forms {
		p.Forms[i].Text = Fold(p.Forms[i].Text)
		if p.Forms[i].Action == "" && p.Forms[i].Method != "" {
			p.Forms[i].Action = p.FinalURL // HTML: a form without an action sends to its own page
		}
		p.Forms[i].Action = r.resolved(p.Forms[i].Action)
	}
	for i := range p.Images {
		p.Images[i].Src = r.resolved(p.Images[i].Src)
	}
	for _, list := range [][]string{p.Scripts, p.Styles, p.Frames} {
		for i := range list {
			list[i] = r.resolved(list[i])
		}
	}
	for i := range p.Heads {
		p.Heads[i].Content = r.resolved(p.Heads[i].Content)
	}
}

// resolveBase is the address relative links start from.
func (b *builder) resolveBase() *url.URL {
	base, err := url.Parse(b.p.FinalURL)
	if err != nil {
		base = nil
	}
	if b.base != "" {
		if abs, ok := Canonical(base, b.base); ok {
			if u, err := url.Parse(abs); err == nil {
				if !b.fragment {
					b.p.Heads = append(b.p.Heads, Meta{Name: "base", Content: abs})
				}
				return u
			}
		}
	}
	return base
}

// finishLinks drops anchors that lead nowhere and say nothing (<a name=…>),
// resolves the others and folds their labels.
func (b *builder) finishLinks(r references) {
	p := b.p
	kept := 0
	var labelled map[int]string
	for i := range p.Links {
		l := &p.Links[i]
		if b.naked[i] && l.OnClick == "" && l.Element == "" && l.Label() == "" {
			continue
		}
		l.URL = r.target(l)
		l.Image = r.resolved(l.Image)
		if ids, ok := b.labelled[i]; ok && l.Label() == "" {
			if labelled == nil {
				labelled = make(map[int]string)
			}
			labelled[kept] = ids
		}
		l.Folded = foldLabels(l)
		if kept < i {
			p.Links[kept] = *l
		}
		kept++
	}
	clear(p.Links[kept:])
	p.Links = p.Links[:kept]
	if kept == 0 {
		p.Links = nil
	}
	b.labelled, b.naked = labelled, nil
}

func foldLabels(l *Link) string {
	switch {
	case l.AriaLabel == "" && l.Title == "" && l.Alt == "":
		return Fold(l.Text)
	case l.Text == "" && l.Title == "" && l.Alt == "":
		return Fold(l.AriaLabel)
	}
	var b strings.Builder
	for _, s := range [4]string{l.Text, l.AriaLabel, l.Title, l.Alt} {
		if s == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s)
	}
	return Fold(b.String())
}

// target is where a link leads: its href, or what its script would open.
func (r references) target(l *Link) string {
	if out, ok := r.canonical(l.Href); ok {
		return out
	}
	if script := scriptOf(l); script != "" {
		if to := opens(script); to != "" {
			if out, ok := r.canonical(to); ok {
				return out
			}
		}
	}
	return ""
}

// scriptOf is the code a link runs in place of being followed.
func scriptOf(l *Link) string {
	if l.OnClick != "" {
		return l.OnClick
	}
	if len(l.Href) > 11 && strings.EqualFold(l.Href[:11], "javascript:") {
		return l.Href[11:]
	}
	return ""
}

// resolved is src as an absolute address, or as written where it cannot be one.
func (r references) resolved(src string) string {
	if src == "" {
		return ""
	}
	if out, ok := r.canonical(src); ok {
		return out
	}
	const kept = 200 // of an image inside the address
	if strings.HasPrefix(src, "data:") {
		src = cut(src, kept)
	}
	return Clean(cut(src, MaxHref), MaxHref)
}

// labelledBy gives links without any label the text of the elements that
// aria-labelledby names.
func (b *builder) labelledBy(root *html.Node) {
	if len(b.labelled) == 0 {
		return
	}
	wanted := make(map[string]bool)
	for _, ids := range b.labelled {
		for _, id := range strings.Fields(ids) {
			wanted[id] = true
		}
	}
	texts := make(map[string]string, len(wanted))
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, a := range n.Attr {
			if a.Key == "id" && wanted[a.Val] {
				wanted[a.Val] = false // the first of that id counts
				texts[a.Val] = nodeText(n)
			}
		}
	}
	for i, ids := range b.labelled {
		l := &b.p.Links[i]
		for _, id := range strings.Fields(ids) {
			join(&l.AriaLabel, texts[id])
		}
		l.Folded = foldLabels(l)
	}
}

func nodeText(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
			b.WriteByte(' ')
		}
		if b.Len() > MaxLabel {
			break
		}
	}
	return label(b.String())
}
