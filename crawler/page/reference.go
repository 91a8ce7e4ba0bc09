package page

// This file resolves the many addresses of one page. Most of them are written
// plainly and need none of the repairs of Canonical, which costs ten times as
// much: what is plain is put together here, and means the same.

import (
	"net/url"
	"strings"
)

// references resolves addresses against one base.
type references struct {
	base   *url.URL
	origin string // "https://host" of the base; empty: nothing is resolved here
	folder string // origin and path up to the last slash; empty: relative ones are not
}

func newReferences(base *url.URL) references {
	r := references{base: base}
	if base == nil {
		return r
	}
	if root, ok := Canonical(base, "/"); ok {
		r.origin = strings.TrimSuffix(root, "/")
	}
	if here, ok := Canonical(base, "x"); ok && r.origin != "" && plainPath(here[len(r.origin):]) {
		r.folder = strings.TrimSuffix(here, "x")
	}
	return r
}

// canonical is Canonical(r.base, href).
func (r references) canonical(href string) (string, bool) {
	if href == "" || href[0] == '#' {
		return "", false
	}
	if out, ok := r.plain(href); ok {
		return out, true
	}
	return Canonical(r.base, href)
}

// plain resolves what is written plainly; false for everything else.
func (r references) plain(href string) (string, bool) {
	ref, fragment, _ := strings.Cut(href, "#")
	path, query, asked := strings.Cut(ref, "?")
	if !plainQuery(query) || !plainQuery(fragment) {
		return "", false
	}
	start := r.origin
	switch {
	case path == "":
		return "", false
	case path[0] == '/':
	case strings.HasPrefix(path, "https://") || strings.HasPrefix(path, "http://"):
		host := len("https://")
		if path[4] == ':' {
			host--
		}
		end := strings.IndexByte(path[host:], '/')
		if end < 0 {
			end = len(path) - host
		}
		if end += host; !plainHost(path[host:end]) {
			return "", false
		}
		start, path = path[:end], path[end:]
		if path == "" {
			path = "/"
		}
	case path[0] == '.':
		return "", false
	default:
		if start = r.folder; start == "" || !plainPath("/"+path) {
			return "", false
		}
		return joined(start, path, query, asked)
	}
	if start == "" || !plainPath(path) {
		return "", false
	}
	return joined(start, path, query, asked)
}

func joined(start, path, query string, asked bool) (string, bool) {
	if asked {
		if query = withoutTracking(query); query != "" {
			query = "?" + query
		}
	}
	out := start + path + query
	return out, len(out) <= MaxHref
}

// plainPath: unreserved characters and slashes, no empty and no dotted segment.
func plainPath(path string) bool {
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '/':
			if i+1 < len(path) && (path[i+1] == '/' || path[i+1] == '.') {
				return false
			}
		case !unreserved(c):
			return false
		}
	}
	return true
}

// plainQuery: unreserved characters and those that part a query; no semicolon,
// which could end an entity.
func plainQuery(query string) bool {
	for i := 0; i < len(query); i++ {
		if c := query[i]; !unreserved(c) && c != '=' && c != '&' && c != '/' && c != '+' && c != ',' && c != ':' {
			return false
		}
	}
	return true
}

// plainHost: a name in lower case, without a port.
func plainHost(host string) bool {
	if host == "" || len(host) > 253 || host[0] == '.' || host[len(host)-1] == '.' {
		return false
	}
	for i := 0; i < len(host); i++ {
		c := host[i]
		if c == '.' && host[i-1] == '.' || !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_') {
			return false
		}
	}
	return true
}
