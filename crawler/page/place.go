package page

// This file decides in which part of a page something stands: by the tags and
// roles of HTML, and by the names that templates without them give their parts.

import (
	"strings"

	"golang.org/x/net/html/atom"
)

// place is the place of what stands inside an element, given that of the element
// itself. The nearest landmark counts, but the footer holds its navigation:
// the law prescribes the footer, not the tag. A <header> or <footer> inside an
// article, an aside or <main> belongs to that, as HTML says, unless its class or
// id says it is the page's.
func (b *builder) place(parent *frame, tag atom.Atom, at *attributes) Place {
	outer := parent.place
	if tag == atom.Html || tag == atom.Body || tag == atom.Head {
		return outer
	}
	found := landmark(tag, at.role, parent.scoped)
	if found == "" && namesPlaces(tag) {
		if found = placeByName(at.id); found == "" {
			found = b.placeByClass(at.class)
		}
	}
	switch {
	case found == "":
		return outer
	case outer == PlaceFooter && (found == PlaceNav || found == PlaceMain || found == PlaceAside):
		return outer
	case parent.scoped && found == PlaceMain:
		return outer
	}
	return found
}

func landmark(tag atom.Atom, role string, scoped bool) Place {
	switch role {
	case "banner":
		return PlaceHeader
	case "navigation":
		return PlaceNav
	case "main":
		return PlaceMain
	case "complementary":
		return PlaceAside
	case "contentinfo":
		return PlaceFooter
	}
	switch tag {
	case atom.Header:
		if !scoped {
			return PlaceHeader
		}
	case atom.Footer:
		if !scoped {
			return PlaceFooter
		}
	case atom.Nav:
		return PlaceNav
	case atom.Main:
		return PlaceMain
	case atom.Aside:
		return PlaceAside
	}
	return ""
}

// scopes tells that a <header> or <footer> inside this element is not the page's.
func scopes(tag atom.Atom, role string) bool {
	switch tag {
	case atom.Article, atom.Aside, atom.Main, atom.Blockquote, atom.Figure, atom.Dialog:
		return true
	}
	return role == "main" || role == "dialog" || role == "article"
}

// namesPlaces tells the elements whose class or id may name a part of the page.
func namesPlaces(tag atom.Atom) bool {
	switch tag {
	case atom.Div, atom.Section, atom.Table, atom.Td, atom.Tr, atom.Ul, atom.Header, atom.Footer, atom.Nav, atom.Center:
		return true
	}
	return false
}

// placeByClass remembers what it said: a site repeats few classes many times.
func (b *builder) placeByClass(class string) Place {
	const short = 200
	if class == "" {
		return ""
	}
	p, known := b.classes[class]
	if known {
		return p
	}
	p = placeByClass(class)
	if len(b.classes) < keptClasses && len(class) <= short {
		if b.classes == nil {
			b.classes = make(map[string]Place, 64)
		}
		b.classes[class] = p
	}
	return p
}

func placeByClass(class string) Place {
	for class != "" {
		var token string
		token, class = nextToken(class)
		if p := placeByName(token); p != "" {
			return p
		}
	}
	return ""
}

func nextToken(s string) (token, rest string) {
	s = strings.TrimLeft(s, " \t\r\n\f")
	if i := strings.IndexAny(s, " \t\r\n\f"); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// placeByName reads one id or class. "card-footer" and "modal-header" are no
// parts of the page: the whole name counts, not its end.
func placeByName(name string) Place {
	if len(name) < 3 || len(name) > 40 {
		return ""
	}
	var buf [40]byte
	n := 0
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case 'A' <= c && c <= 'Z':
			buf[n] = c + 'a' - 'A'
			n++
		case 'a' <= c && c <= 'z':
			buf[n] = c
			n++
		}
	}
	switch string(buf[:n]) {
	case "footer", "itfooter", "itfootermain", "sitefooter", "pagefooter", "mainfooter", "footerwrapper", "wrapperfooter", "footercontainer",
		"footermain", "globalfooter", "regionfooter", "footerarea", "footerinner", "footersite", "footersito", "footerbottom", "footertop",
		"colophon", "piede", "piedipagina", "piedepagina", "pagefoot", "foot":
		return PlaceFooter
	case "header", "itheaderwrapper", "itheaderslimwrapper", "itheadercenterwrapper", "siteheader", "mainheader", "headerwrapper",
		"wrapperheader", "headercontainer", "headermain", "globalheader", "regionheader", "headerarea", "headerinner", "headersite",
		"headersito", "headertop", "topheader", "masthead", "testata", "testatasito", "intestazione", "topbar", "banner":
		return PlaceHeader
	case "itheadernavbarwrapper", "navbar", "mainnav", "mainmenu", "menuprincipale", "navigation", "mainnavigation", "topmenu", "menutop",
		"nav", "menu", "menusinistra", "menusx", "leftmenu", "sitenavigation":
		return PlaceNav
	case "maincontent", "maincontainer", "contentmain", "contenuto", "contenuti", "contenutoprincipale":
		return PlaceMain
	case "sidebar", "aside", "colonnadestra", "rightcolumn":
		return PlaceAside
	}
	return ""
}
