package replica

// This file writes each site's robots.txt and tells whether a request keeps it.

import (
	"strings"
)

// robots is a robots.txt as data: the group for every agent. The file opens
// with a group for others, one of whose names begins as vigile's does.
type robots struct {
	lines []rule
	delay string // Crawl-delay, or ""
}

// rule is one line; path may hold * and end in $.
type rule struct {
	allow bool
	path  string
}

// text is the file.
func (r robots) text(sitemap string) string {
	var b strings.Builder
	b.WriteString("# regole per i motori di ricerca\r\nUser-agent: RaccoglitoreAvido\r\nUser-agent: vigilezza\r\nDisallow: /\r\n\r\nUser-agent: *\r\n")
	for _, l := range r.lines {
		if l.allow {
			b.WriteString("Allow: ")
		} else {
			b.WriteString("Disallow: ")
		}
		b.WriteString(l.path + "\r\n")
	}
	if r.delay != "" {
		b.WriteString("Crawl-delay: " + r.delay + "\r\n")
	}
	if sitemap != "" {
		b.WriteString("\r\nSitemap: " + sitemap + "\r\n")
	}
	return b.String()
}

// allowed tells whether the path (with its query) may be asked for: the
// longest rule that matches decides, and allow wins a tie (RFC 9309, 2.2.2).
func (r robots) allowed(path string) bool {
	best, allow := -1, true
	for _, l := range r.lines {
		if l.path == "" || !matches(l.path, path) {
			continue
		}
		if n := len(l.path); n > best || n == best && l.allow {
			best, allow = n, l.allow
		}
	}
	return allow
}

// matches tells whether a robots pattern covers the beginning of path.
func matches(pattern, path string) bool {
	whole := strings.HasSuffix(pattern, "$")
	pattern = strings.TrimSuffix(pattern, "$")
	parts := strings.Split(pattern, "*")
	if !strings.HasPrefix(path, parts[0]) {
		return false
	}
	rest := path[len(parts[0]):]
	for _, p := range parts[1:] {
		i := strings.Index(rest, p)
		if i < 0 {
			return false
		}
		rest = rest[i+len(p):]
	}
	return !whole || rest == "" || strings.HasSuffix(pattern, "*")
}
