package report

// Numbers that lead to what they count.

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"github.com/vigile-it/vigile/internal/messages"
)

// Linked is a number that leads to what it counts.
type Linked struct {
	To string // empty: nowhere
	N  int
}

// HTML is the number as a link; 0 leads nowhere.
func (l Linked) HTML(text messages.Catalogue) template.HTML {
	words := template.HTMLEscapeString(text.Number(l.N))
	if l.N != 0 && l.To != "" {
		words = `<a href="` + template.HTMLEscapeString(l.To) + `">` + words + `</a>`
	}
	return template.HTML(words)
}

// LinkedText is a text of the catalogue with its numbers as links, where they are
// Linked; its other values are shown as text.
func LinkedText(text messages.Catalogue, key string, args ...any) template.HTML {
	return template.HTML(marked(text, key, template.HTMLEscapeString, func(l Linked) string { return string(l.HTML(text)) }, args))
}

// LinkedMarkdown is the same as Markdown.
func LinkedMarkdown(text messages.Catalogue, key string, args ...any) string {
	return marked(text, key, MarkdownText, func(l Linked) string { return l.Markdown(text) }, args)
}

// Markdown is the number as a link; 0 leads nowhere.
func (l Linked) Markdown(text messages.Catalogue) string {
	if l.N == 0 || l.To == "" {
		return text.Number(l.N)
	}
	return "[" + text.Number(l.N) + "](" + l.To + ")"
}

// marked is a text whose values are written in one of two ways.
func marked(text messages.Catalogue, key string, escape func(string) string, link func(Linked) string, args []any) string {
	var marks []any
	var pairs []string
	for i := 0; i+1 < len(args); i += 2 {
		mark := "{" + strconv.Itoa(i) + "}" // no text has a placeholder without letters
		marks = append(marks, args[i], mark)
		words := escape(fmt.Sprint(args[i+1]))
		if n, ok := args[i+1].(Linked); ok {
			words = link(n)
		}
		pairs = append(pairs, mark, words)
	}
	return strings.NewReplacer(pairs...).Replace(escape(text.Text(key, marks...)))
}
