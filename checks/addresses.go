package checks

// What addresses say: the host they are on, whether they are a file.

import (
	"path"
	"strings"
)

// hostOf is the lower-case host of an address, without port and www.; empty
// where it has none. It runs on every link of a page, hence no full parse.
func hostOf(address string) string {
	_, rest, ok := strings.Cut(address, "://")
	if !ok {
		return ""
	}
	for i := 0; i < len(rest); i++ {
		if c := rest[i]; c == '/' || c == '?' || c == '#' || c == '\\' {
			rest = rest[:i]
			break
		}
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if i := strings.LastIndexByte(rest, ':'); i >= 0 && !strings.HasSuffix(rest, "]") {
		rest = rest[:i]
	}
	return strings.TrimPrefix(strings.ToLower(rest), "www.")
}

// pathOf is the path of an address, escaped as it stands.
func pathOf(address string) string {
	if _, rest, ok := strings.Cut(address, "://"); ok {
		i := strings.IndexByte(rest, '/')
		if i < 0 {
			return ""
		}
		address = rest[i:]
	}
	if i := strings.IndexAny(address, "?#"); i >= 0 {
		address = address[:i]
	}
	return address
}

// sameSite tells whether two addresses are on one site: the same host but for
// www, or one a subdomain of the other.
func sameSite(a, b string) bool {
	x, y := hostOf(a), hostOf(b)
	if x == "" || y == "" {
		return x == y
	}
	return x == y || strings.HasSuffix(x, "."+y) || strings.HasSuffix(y, "."+x)
}

// onDomain tells whether a host is a domain or stands within it.
func onDomain(host, domain string) bool {
	return domain != "" && (host == domain || strings.HasSuffix(host, "."+domain))
}

// documentFile tells whether an address ends in the name of a document that is
// not a web page.
func documentFile(address string) bool {
	switch strings.ToLower(path.Ext(pathOf(address))) {
	case ".pdf", ".p7m", ".doc", ".docx", ".odt", ".rtf", ".ods", ".xls", ".xlsx", ".zip", ".txt":
		return true
	}
	return false
}
