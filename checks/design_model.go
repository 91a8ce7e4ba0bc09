package checks

// The check design-model: how far the site follows the national model for
// municipal sites, by what a page shows without a browser: the markers and menu
// of its home page, the toolkit and fonts it loads, the sections of the service
// sheets that happen to be read. Computed styles it cannot see.

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

const designID = "design-model"

// Kinds of fact of this check.
const (
	factMarkers = "markers" // of the home page; Value: how many of how many
	factMissing = "missing" // those it lacks
	factMenu    = "menu"    // the four items of the first level; Value: how many stand in order
	factToolkit = "toolkit" // Bootstrap Italia; Value: its version, where the page names it
	factFonts   = "fonts"   // one of the model's
	factTheme   = "theme"   // the official theme of a platform
	factSheet   = "sheet"   // a service sheet; Value: how many of its sections are marked
)

// homeMarkers are the data-element names that the model puts on the home page.
var homeMarkers = []string{
	"accessibility-link", "all-services", "all-topics", "appointment-booking", "faq", "feedback", "legal-notes", "live",
	"main-navigation", "management", "news", "personal-area-login", "privacy-policy-link", "report-inefficiency",
}

// sheetMarkers are those of a service sheet; alternatives are separated by a bar.
var sheetMarkers = []string{
	"service-addressed", "service-how-to", "service-needed", "service-achieved", "service-calendar-text|service-calendar-list",
	"service-generic-access|service-online-access|service-booking-access", "service-area", "service-topic",
}

// Bounds of the judgement: how much of the home page's markers makes the model,
// and how much makes an attempt at it.
const (
	mostMarkers = 10
	someMarkers = 4
	menuItems   = 4
)

func (b *builder) designModel() Check {
	set := b.rules(designID)
	o := designObserver{assets: set.Valued(factToolkit, factFonts, factTheme), menu: make([]*rules.Set, menuItems)}
	for i := range o.menu {
		o.menu[i] = set.Valued(fmt.Sprintf("menu-%d", i+1))
	}
	return Check{Meta: b.meta(designID), Observe: o.observe, Judge: judgeDesignModel}
}

type designObserver struct {
	assets *rules.Set
	menu   []*rules.Set // in the order of the model
}

func (o designObserver) observe(p *page.Page, n *Notes) {
	add := func(kind, value, place, snippet, rule string) {
		n.Add(finding.Fact{Check: designID, Kind: kind, Value: value, URL: maskAddress(p.FinalURL), Depth: p.Depth, Place: place, Snippet: snippet, Rule: rule})
	}
	has := map[string]bool{}
	for _, e := range p.Elements {
		has[e.Name] = true
	}
	if p.Depth > 0 {
		if has["service-title"] && has["page-index"] && (has["service-addressed"] || has["service-how-to"] || has["service-needed"]) {
			add(factSheet, share(sheetMarkers, has), "element", snippetOr(wordsOf(p.Title, n), designID), "service-sheet")
		}
		return
	}
	missing := slices.DeleteFunc(slices.Clone(homeMarkers), func(m string) bool { return has[m] })
	add(factMarkers, share(homeMarkers, has), "element", "data-element", "home-markers")
	if len(missing) > 0 {
		add(factMissing, "", "element", strings.Join(missing, ", "), "home-markers")
	}
	if items := o.inOrder(p, n.lookAt(p)); items > 0 {
		add(factMenu, fmt.Sprint(items), "header", "menu", "menu-in-order")
	}
	seen := map[string]bool{}
	for _, h := range o.assets.MatchIn(n.lookAt(p)) {
		version := ""
		if h.Value == factToolkit {
			version = toolkitVersion(h.Snippet)
		}
		if !seen[h.Value+version] && len(seen) < maxShown {
			seen[h.Value+version] = true
			snippet := fileName(h.Snippet)
			if h.Place == "inline" {
				snippet = h.Rule.ID // a script round it may hold anything
			}
			add(h.Value, version, h.Place, snippetOr(snippet, h.Rule.ID), h.Rule.ID)
		}
	}
}

// share says how many of the names a page has: 12/14.
func share(names []string, has map[string]bool) string {
	count := 0
	for _, name := range names {
		if slices.ContainsFunc(strings.Split(name, "|"), func(s string) bool { return has[s] }) {
			count++
		}
	}
	return fmt.Sprintf("%d/%d", count, len(names))
}

// inOrder counts the items of the model's first level that stand in the header
// or in a menu, each after the one before it.
func (o designObserver) inOrder(p *page.Page, look *rules.Look) int {
	item := map[*page.Link]int{} // which of the items a link is called
	for i, set := range o.menu {
		for _, h := range set.MatchIn(look) {
			if l := h.Link; l != nil && (l.Place == page.PlaceHeader || l.Place == page.PlaceNav) {
				item[l] = i + 1
			}
		}
	}
	count := 0
	for i := range p.Links {
		if len(item) > 0 && item[&p.Links[i]] == count+1 {
			count++
		}
	}
	return count
}

// namesVersion finds the version of the toolkit where an address or a script
// says it. What WordPress appends to every style sheet is its own.
var namesVersion = regexp.MustCompile(`(?i)bootstrap[-_]italia(?:_version\W{1,4}|[@/_-]v?)(\d{1,2}\.\d{1,2}(?:\.\d{1,3})?)`)

func toolkitVersion(text string) string {
	if m := namesVersion.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

func judgeDesignModel(k Case) finding.Finding {
	markers, menu, toolkit := 0, 0, k.Of(designID, factToolkit)
	for _, f := range k.Of(designID, factMarkers, factMenu) {
		n := 0
		fmt.Sscanf(f.Value, "%d", &n)
		if f.Kind == factMarkers {
			markers = max(markers, n)
		} else {
			menu = max(menu, n)
		}
	}
	f := finding.Finding{
		Verdict: finding.Warn, Confidence: finding.Medium, Evidence: first(k.Of(designID, factMarkers, factMenu, factToolkit, factFonts, factTheme, factSheet), maxShown),
		Candidates: first(k.Of(designID, factMissing), maxShown),
	}
	if len(toolkit) > 0 {
		f.Value = "bootstrap-italia"
		if i := slices.IndexFunc(toolkit, func(t finding.Fact) bool { return t.Value != "" }); i >= 0 {
			f.Value += " " + toolkit[i].Value
		}
	}
	switch {
	case markers >= mostMarkers && menu == menuItems && len(toolkit) > 0:
		f.Verdict = finding.Pass
	case markers >= someMarkers || menu == menuItems || len(toolkit) > 0 || len(k.Of(designID, factTheme)) > 0:
		f.Reason = "model_partial"
	default:
		f.Reason = "model_absent"
	}
	return f
}
