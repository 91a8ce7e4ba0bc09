package crawler

// What only looks like a page: challenges, notices, placeholders, shells. The
// rules are data; how little a page must hold for a rule to speak is decided
// here, so that a news item on maintenance never closes a site.

import (
	"embed"
	"fmt"
	"strings"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

//go:embed rules/*.yaml
var builtin embed.FS

const classesFile = "rules/classes.yaml"

// class is what a page is in place of content; the zero value is a page.
type class struct {
	reach page.Reach
	why   string
	faint bool // the site may stand at another path of the host
}

// says tells whether the class explains an answer better than its status does:
// a body under an error status may still be a challenge or a notice, and a body
// that was cut off may still be one.
func (c class) says(r *result) bool {
	switch c.reach {
	case "":
		return false
	case page.ReachBlocked, page.ReachMaintenance, page.ReachParked:
		return r.reach != page.ReachRateLimited
	case page.ReachOurFault:
		return true
	}
	return r.reach == page.ReachOK
}

// classes are the built-in rules.
type classes struct{ set *rules.Set }

// meanings are the values a rule may have.
var meanings = map[string]class{
	"challenge":   {reach: page.ReachBlocked, why: "a challenge or block page"},
	"maintenance": {reach: page.ReachMaintenance, why: "a maintenance notice"},
	"parked":      {reach: page.ReachParked, why: "a domain for sale or a placeholder of the hosting"},
	"default":     {reach: page.ReachParked, why: "the default page of a server", faint: true},
	"missing":     {reach: page.ReachHTTP4xx, why: "a page that says it does not exist", faint: true},
	"shell":       {reach: page.ReachEmptyOrJSOnly, why: "a shell that JavaScript would fill", faint: true},
}

// A measure is how much a page may hold for a rule of that strength to speak.
type measure struct{ text, links int }

// measures: a definitive rule (a response header of the firewall itself) needs
// none. The text is counted in bytes.
var measures = map[rules.Strength]measure{
	rules.Strong: {text: 3_000, links: 40},
	rules.Medium: {text: 900, links: 12},
	rules.Weak:   {text: 300, links: 4},
}

// emptyText is how little visible text, beside no links and no images worth the
// name, makes a page empty.
const emptyText = 60

func loadClasses() (*classes, error) {
	set, err := rules.Load(builtin, classesFile)
	if err != nil {
		return nil, err
	}
	for _, r := range set.Rules() {
		if _, ok := meanings[r.Value]; !ok {
			return nil, fmt.Errorf("%s: rule %s: value %q means nothing here", classesFile, r.ID, r.Value)
		}
		if _, ok := measures[r.Strength]; !ok && r.Strength != rules.Definitive {
			return nil, fmt.Errorf("%s: rule %s: strength %q has no measure here", classesFile, r.ID, r.Strength)
		}
	}
	return &classes{set: set}, nil
}

// of says what a page is in place of content.
func (c *classes) of(p *page.Page) class {
	size := measure{text: len(p.Folded), links: followable(p)}
	for _, h := range c.set.Match(bounded(p, size)) {
		if m := meanings[h.Value]; speaks(h.Rule, size) && (m.reach != page.ReachEmptyOrJSOnly || len(p.Forms) == 0) {
			m.why += " (" + h.Rule.ID + ")"
			return m
		}
	}
	if empty(p, size) {
		return class{reach: page.ReachEmptyOrJSOnly, why: "an empty page", faint: true}
	}
	return class{}
}

// bounded is the page as the rules see it: of a page with content its response
// header, its title and its main headings, for no rule may judge its text.
func bounded(p *page.Page, size measure) *page.Page {
	if m := measures[rules.Strong]; size.text <= m.text && size.links <= m.links {
		return p
	}
	b := &page.Page{Status: p.Status, Header: p.Header, FinalURL: p.FinalURL, Title: p.Title}
	for _, h := range p.Headings {
		if h.Level == 1 && len(b.Headings) < 3 {
			b.Headings = append(b.Headings, h)
		}
	}
	return b
}

func speaks(r *rules.Rule, size measure) bool {
	m, bounded := measures[r.Strength]
	return !bounded || (size.text <= m.text && size.links <= m.links)
}

// followable counts the links that lead anywhere.
func followable(p *page.Page) int {
	n := 0
	for _, l := range p.Links {
		if l.URL != "" || l.OnClick != "" {
			n++
		}
	}
	return n
}

// splash is how much a home page may hold to be taken for a mere entrance, from
// which no absence is concluded.
var splash = measure{text: 120, links: 3}

// empty tells a page on which we find nothing: hardly a word, and no link or
// image either. What a frame holds is not read.
func empty(p *page.Page, size measure) bool {
	return size.text <= emptyText && size.links == 0 && len(p.Images) == 0 && len(p.Forms) == 0 &&
		len(p.ScriptsUnread) == 0 && strings.TrimSpace(p.MetaContent("refresh")) == ""
}
