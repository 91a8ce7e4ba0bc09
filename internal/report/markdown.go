package report

// Strings from outside in Markdown, which is HTML as well.

import "strings"

// MarkdownText escapes what Markdown and the HTML inside it would act upon; a
// line break becomes a blank.
func MarkdownText(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch r {
		case '<':
			b.WriteString("&lt;")
			continue
		case '&':
			b.WriteString("&amp;")
			continue
		case '\n', '\r':
			r = ' '
		}
		if strings.ContainsRune("\\`*_[]|#>~!", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// MarkdownLink writes an address so that it can be clicked and cannot end the
// link early. What is no address of the web is text: between angle brackets it
// could be a tag.
func MarkdownLink(url string) string {
	if !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://") {
		return MarkdownText(url)
	}
	return "<" + linkEscapes.Replace(url) + ">"
}

var linkEscapes = strings.NewReplacer("<", "%3C", ">", "%3E", " ", "%20", "\\", "%5C", "[", "%5B", "]", "%5D", "|", "%7C", "`", "%60")
