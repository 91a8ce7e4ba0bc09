package report

// Strings from outside in Markdown, which is HTML as well.

import (
	"strconv"
	"strings"
)

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

// MarkdownLinks are links whose addresses stand below the text, each once: a text
// that names a comune many times stays readable as it is. The zero value is ready.
type MarkdownLinks struct {
	number map[string]int
	to     []string
}

// Named is words that lead to an address of the web; where there is none, the words
// alone.
func (l *MarkdownLinks) Named(words, url string) string {
	link := MarkdownLink(url)
	if !strings.HasPrefix(link, "<") {
		return MarkdownText(words)
	}
	if l.number == nil {
		l.number = map[string]int{}
	}
	if l.number[link] == 0 {
		l.to = append(l.to, link)
		l.number[link] = len(l.to)
	}
	return "[" + MarkdownText(words) + "][" + strconv.Itoa(l.number[link]) + "]"
}

// Below are the addresses, to be written at the end of the text.
func (l *MarkdownLinks) Below() string {
	var b strings.Builder
	for i, link := range l.to {
		b.WriteString("\n[" + strconv.Itoa(i+1) + "]: " + link)
	}
	return b.String()
}

var linkEscapes = strings.NewReplacer("<", "%3C", ">", "%3E", " ", "%20", "\\", "%5C", "[", "%5B", "]", "%5D", "|", "%7C", "`", "%60")
