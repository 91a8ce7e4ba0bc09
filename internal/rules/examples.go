package rules

// The examples of a rule: what it must match and what it must not. They run as
// tests of the built-in files, and when a user's own file is loaded.

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strings"

	"github.com/vigile-it/vigile/crawler/page"
)

type examples struct {
	match, noMatch []map[string]string
}

// CheckExamples tells which examples do not come out as their rule says. The
// faults are of type *Error, joined.
func (s *Set) CheckExamples() error {
	var faults []error
	for _, r := range s.rules {
		for _, e := range r.examples.match {
			if !s.exampleHits(r, e) {
				faults = append(faults, r.fault("should match and does not: "+describe(e)))
			}
		}
		for _, e := range r.examples.noMatch {
			if s.exampleHits(r, e) {
				faults = append(faults, r.fault("matches and should not: "+describe(e)))
			}
		}
	}
	return errors.Join(faults...)
}

func (r *Rule) fault(why string) error {
	return &Error{File: r.File, Line: r.Line, Rule: nameOf(r.ID, 0), Why: why}
}

// exampleHits tries the rule on a page made of the example; where the example
// is a link alone, the link by itself must give the same answer.
func (s *Set) exampleHits(r *Rule, e map[string]string) bool {
	one := &Set{rules: []*Rule{r}, lex: s.lex}
	p := examplePage(e)
	hit := len(one.Match(p)) > 0
	if !hit && len(p.Links) == 1 {
		return slices.ContainsFunc(one.MatchLink(p.Links[0]), func(h Hit) bool { return h.Rule == r })
	}
	return hit
}

// ExamplePages are pages that hold what the rule must match and nothing else, one
// for each of its examples.
func (r *Rule) ExamplePages() []*page.Page {
	var out []*page.Page
	for _, e := range r.examples.match {
		out = append(out, examplePage(e))
	}
	return out
}

func describe(e map[string]string) string {
	keys := make([]string, 0, len(e))
	for k := range e {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var parts []string
	for _, k := range keys {
		parts = append(parts, fmt.Sprintf("%s %q", k, e[k]))
	}
	return strings.Join(parts, ", ")
}

// examplePage builds the page an example describes: the places of a link make
// one link, all others stand on the page.
func examplePage(e map[string]string) *page.Page {
	p := &page.Page{Status: http.StatusOK, Header: http.Header{}}
	var link page.Link
	linked := false
	for k, v := range e {
		at, _ := parsePlace(k)
		if at.ofLink() {
			linked = true
			fillLink(&link, at.name, v)
			continue
		}
		fillPage(p, at, v)
	}
	if linked {
		link.Folded = page.Fold(link.Text)
		p.Links = []page.Link{link}
	}
	return p
}

func fillLink(l *page.Link, name, v string) {
	switch name {
	case placeLinkText:
		l.Text = v
	case placeHref:
		l.Href = v
	case placeLinkClass:
		l.Class = v
	case placeLinkImage:
		l.Image = v
	case placeOnClick:
		l.OnClick = v
	case placeMark:
		l.Element = v
	}
}

func fillPage(p *page.Page, at place, v string) {
	switch at.name {
	case placeText:
		p.Text, p.Folded = v, page.Fold(v)
	case placeTitle:
		p.Title = v
	case placeScript:
		p.Scripts = []string{v}
	case placeStyle:
		p.Styles = []string{v}
	case placeImage:
		p.Images = append(p.Images, page.Image{Src: v})
	case placeImageAlt:
		p.Images = append(p.Images, page.Image{Alt: v})
	case placeHead:
		rel, href, _ := strings.Cut(v, " ")
		p.Heads = []page.Meta{{Name: rel, Content: href}}
	case placeFrame:
		p.Frames = []string{v}
	case placeMeta:
		p.Metas = append(p.Metas, page.Meta{Name: at.arg, Content: v})
	case placeHeader:
		p.Header.Add(at.arg, v)
	case placeCookie:
		p.Header.Add("Set-Cookie", v+"=x; Path=/")
	case placeElement:
		p.Elements = []page.Element{{Name: v}}
	case placeBody:
		p.BodyAttr = v
	case placeInline:
		p.Inline = v
	case placeComment:
		p.Comments = v
	case placeForm:
		p.Forms = append(p.Forms, page.Form{Text: v})
	case placeAction:
		p.Forms = append(p.Forms, page.Form{Action: v})
	case placeInput:
		kind, name, _ := strings.Cut(v, " ")
		p.Forms = append(p.Forms, page.Form{Inputs: []page.Input{{Type: kind, Name: name}}})
	case placeHeading:
		p.Headings = []page.Heading{{Level: 2, Text: v}}
	case placeURL:
		p.FinalURL = v
	}
}
