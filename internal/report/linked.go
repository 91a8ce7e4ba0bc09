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
	var marked []any
	var pairs []string
	for i := 0; i+1 < len(args); i += 2 {
		mark := "{" + strconv.Itoa(i) + "}" // no text has a placeholder without letters
		marked = append(marked, args[i], mark)
		words := template.HTMLEscapeString(fmt.Sprint(args[i+1]))
		if n, ok := args[i+1].(Linked); ok {
			words = string(n.HTML(text))
		}
		pairs = append(pairs, mark, words)
	}
	return template.HTML(strings.NewReplacer(pairs...).Replace(template.HTMLEscapeString(text.Text(key, marked...))))
}
