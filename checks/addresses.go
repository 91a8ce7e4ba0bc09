package checks

// What addresses say: the host they are on, whether they are a file.

import (
	"net/url"
	"path"
	"strings"
)

// hostOf is the lower-case host of an address, without www.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
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

// documentFile tells whether an address ends in the name of a document that is
// not a web page.
func documentFile(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	switch strings.ToLower(path.Ext(u.Path)) {
	case ".pdf", ".p7m", ".doc", ".docx", ".odt", ".rtf", ".ods", ".xls", ".xlsx", ".zip", ".txt":
		return true
	}
	return false
}
