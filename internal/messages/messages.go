// Package messages holds every sentence that vigile says to its users, in
// Italian and in English, under the same keys and with the same placeholders.
// The texts of the checks themselves stand in the checks' own metadata.
package messages

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed it.yaml en.yaml
var files embed.FS

// Languages lists the languages of the catalogue; the first is the default.
func Languages() []string { return []string{"it", "en"} }

// Catalogue is the text of one language. The zero value has no text: it answers
// every key with the key itself.
type Catalogue struct {
	lang  string
	texts map[string]string
}

// For returns the catalogue of a language, "it" or "en".
func For(lang string) (Catalogue, error) {
	if !slices.Contains(Languages(), lang) {
		return Catalogue{}, fmt.Errorf("no messages in %q", lang)
	}
	data, err := files.ReadFile(lang + ".yaml")
	if err != nil {
		return Catalogue{}, fmt.Errorf("reading messages: %w", err)
	}
	texts, err := parse(data)
	if err != nil {
		return Catalogue{}, fmt.Errorf("messages in %q: %w", lang, err)
	}
	return Catalogue{lang: lang, texts: texts}, nil
}

// Lang is the language of the catalogue.
func (c Catalogue) Lang() string { return c.lang }

// Has tells whether there is a text under the key.
func (c Catalogue) Has(key string) bool {
	_, ok := c.texts[key]
	return ok
}

// Keys lists the keys, sorted.
func (c Catalogue) Keys() []string {
	out := make([]string, 0, len(c.texts))
	for k := range c.texts {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// Text is the sentence under key with each {name} replaced by its value; args
// are names and values by turns. A key that is not there is answered with the
// key, so that nothing is lost silently; a test holds that it does not happen.
func (c Catalogue) Text(key string, args ...any) string {
	text, ok := c.texts[key]
	if !ok {
		return key
	}
	if len(args) < 2 {
		return text
	}
	pairs := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		name, value := "{"+fmt.Sprint(args[i])+"}", fmt.Sprint(args[i+1])
		if c.lang == "it" {
			pairs = append(pairs, elided(name, value)...)
		}
		pairs = append(pairs, name, value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// Count is Text for a number of things: the sentence under key.one where n is 1,
// else the one under key.many, with {n} replaced by the number.
func (c Catalogue) Count(key string, n int, args ...any) string {
	form := ".many"
	if n == 1 {
		form = ".one"
	}
	return c.Text(key+form, append([]any{"n", c.Number(n)}, args...)...)
}

// parse flattens nested sections into dotted keys.
func parse(data []byte) (map[string]string, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, err
	}
	texts := map[string]string{}
	if len(doc.Content) == 0 {
		return texts, nil
	}
	return texts, flatten(texts, "", doc.Content[0])
}

func flatten(into map[string]string, prefix string, n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		name := strings.TrimSuffix(prefix, ".")
		if _, twice := into[name]; twice {
			return fmt.Errorf("line %d: %s is there twice", n.Line, name)
		}
		into[name] = n.Value
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: %s is neither text nor section", n.Line, prefix)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if err := flatten(into, prefix+n.Content[i].Value+".", n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}
