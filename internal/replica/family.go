package replica

// This file says how each vendor family addresses its pages and what its
// servers say.

import (
	"fmt"
	"net/url"
	"strings"
)

// family is what the sites of one vendor have in common.
type family struct {
	id                  Family
	template            string // name of the template file
	server              string // Server header
	headers             map[string]string
	charset             string // of the Content-Type header; "" leaves it out
	legacy              bool   // pages are windows-1252 bytes
	rawAmp              bool   // ampersands in addresses are not escaped
	absolute            bool   // addresses on the site's own pages are absolute
	relative            bool   // addresses have no leading slash
	plain               bool   // older than the national model: no data-element anywhere
	entrance            string // what a plain site calls its citizens' login
	entry               string // where / redirects to
	unmarkedDeclaration bool   // the declaration's link has no data-element, although others have
	onSite              bool   // the login page is on the site's own host
	twoHops             bool   // the login entry leads to a page of services first
	login               string // path of the login page
	assets              func(c *comune) string
	route               func(c *comune, key string) string // path of the pages that are addressed by number; "" for the others
	sections            map[string]string                  // paths of pages, and of the folders of kinds of pages, in a tree of readable names
	prefix              string                             // before each path of the tree
	tail                func(c *comune, key string) string // after it
	robots              robots
	print               string // a path that robots.txt closes and every page links
	gzip                bool
	validates           bool // pages carry an ETag
}

func (c *comune) vendorFamily() *family { return familyOf(c.family) }

// path is a page's path and query on the site.
func (c *comune) path(key string) string {
	f := c.vendorFamily()
	code := func(s string) string {
		if !strings.Contains(s, "{") {
			return s
		}
		return strings.ReplaceAll(s, "{IPA}", strings.ToUpper(c.ipa))
	}
	if key == "home" {
		if f.entry != "" {
			return code(f.entry)
		}
		return "/"
	}
	if f.route != nil {
		if p := f.route(c, key); p != "" {
			return p
		}
	}
	p := code(f.prefix) + branch(c, key, f.sections)
	if f.tail != nil {
		p += f.tail(c, key)
	}
	return p
}

// href is a page's address as the site writes it.
func (c *comune) href(key string) string {
	p := c.path(key)
	switch f := c.vendorFamily(); {
	case f.absolute:
		return c.base() + p
	case f.relative:
		return strings.TrimPrefix(p, "/")
	}
	return p
}

// asset is the address of a style sheet, script or image.
func (c *comune) asset(name string) string { return c.vendorFamily().assets(c) + name }

// file is the address of a document.
func (c *comune) file(name string) string { return c.base() + "/documenti_pubblici/" + name }

// loginURL is the address of the citizens' login.
func (c *comune) loginURL() string {
	f := c.vendorFamily()
	if f.onSite {
		return c.base() + c.loginPath()
	}
	return "https://" + c.loginHost + c.loginPath()
}

func (c *comune) loginPath() string {
	return strings.NewReplacer("{cat}", strings.ToLower(c.catasto), "{CAT}", c.catasto, "{n}", fmt.Sprint(c.number), "{host}", url.QueryEscape(c.host)).Replace(c.vendorFamily().login)
}

// portalPath is a page's path on the vendor's transparency portal.
func (c *comune) portalPath(key string) string {
	if key == "at" {
		return "/web/trasparenza/trasparenza"
	}
	return "/web/trasparenza/papca-ap/-/papca/igrid/" + strings.TrimPrefix(key, "at-")
}

// pageAt is the key of the page at that path and query.
func (c *comune) pageAt(path string) (string, bool) {
	c.indexOnce.Do(func() {
		c.index = map[string]string{}
		for _, k := range c.keys() {
			c.index[c.path(k)] = k
		}
	})
	k, ok := c.index[path]
	return k, ok
}

// portalPage is the key of the page at that path of the vendor's portal.
func (c *comune) portalPage(path string) (string, bool) {
	for _, k := range c.keys() {
		if kind(k) == "at" && c.portalPath(k) == path {
			return k, true
		}
	}
	return "", false
}

// branch is the path of a page in a tree of readable names, as most platforms
// have it: section/kind/title.
func branch(c *comune, key string, sections map[string]string) string {
	title := slug(c.title(key), "-")
	if s, ok := sections[key]; ok {
		return s
	}
	if s, ok := sections[kind(key)]; ok {
		if kind(key) == "at" && number(key, 2) >= 0 {
			return s + "/" + slug(atTree[number(key, 1)].Title, "-") + "/" + title
		}
		return s + "/" + title
	}
	return "/" + title
}
