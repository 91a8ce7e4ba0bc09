package main

// This file finds the comuni of provinces and regions.

import (
	"slices"
	"strings"

	"github.com/vigile-it/vigile/internal/registry"
)

// selectable refuses a command line that asks for nobody, or for everybody and
// somebody.
func (a *app) selectable(f crawlFlags) error {
	others := len(f.comuni)+len(f.provinces)+len(f.regions) > 0 || f.capitals || f.lista != ""
	switch {
	case f.everybody && others:
		return &failure{
			code: codeUsage, sentence: a.text.Text("error.everybody"), hint: a.text.Text("error.flag_hint", "command", "vigile crawl"),
		}
	case !f.everybody && !others:
		return &failure{code: codeUsage, sentence: a.text.Text("error.nothing_selected"), hint: a.text.Text("error.nothing_selected_hint")}
	}
	return nil
}

// words say what was asked for; empty: comuni by name alone.
func (f crawlFlags) words() string {
	var out []string
	for _, p := range slices.Sorted(slices.Values(f.provinces)) {
		out = append(out, "provincia "+plain(p))
	}
	for _, r := range slices.Sorted(slices.Values(f.regions)) {
		out = append(out, "regione "+plain(r))
	}
	if f.capitals {
		out = append(out, "capoluoghi")
	}
	if f.everybody {
		out = append(out, "tutti")
	}
	return strings.Join(out, ", ")
}

// places are the comuni asked for by where they are: of the registry, or of those
// with results.
func (a *app) places(c *registry.Catalogue, f crawlFlags, stored bool) ([]registry.Comune, error) {
	if f.everybody {
		return c.All(), nil
	}
	var out []registry.Comune
	for _, q := range f.provinces {
		found := c.ByProvince(q)
		if len(found) == 0 {
			if p, ok := registry.FindProvince(q); ok && stored {
				return nil, a.noResults(a.provinceTitle(p.Code), "--provincia "+p.Code)
			}
			return nil, a.unknownProvince(q)
		}
		out = append(out, found...)
	}
	for _, q := range f.regions {
		found := c.ByRegion(q)
		if len(found) == 0 {
			if r, ok := registry.FindRegion(q); ok && stored {
				return nil, a.noResults(a.text.Text("province_report.of_region", "name", r), "--regione "+quotedWord(r))
			}
			return nil, a.unknownRegion(q)
		}
		out = append(out, found...)
	}
	if f.capitals {
		found := c.Capitals()
		if len(found) == 0 && stored {
			return nil, a.noResults(a.text.Text("index.capitals"), "--capoluoghi")
		}
		if len(found) == 0 {
			return nil, &failure{code: codeUsage, sentence: a.text.Text("error.no_capitals"), hint: a.text.Text("error.no_comuni_hint")}
		}
		out = append(out, found...)
	}
	return out, nil
}

func provinceCodes() []string {
	var out []string
	for _, p := range registry.Provinces() {
		out = append(out, p.Code)
	}
	return out
}

// alikePlaces is how much of two names must be the same for one to be meant.
const alikePlaces = 0.39

// unknownProvince names the nearest province, or says that the registry at hand
// has nobody in it.
func (a *app) unknownProvince(query string) error {
	if p, ok := registry.FindProvince(query); ok {
		return &failure{
			code: codeUsage, sentence: a.text.Text("error.empty_province", "province", p.Name+" ("+p.Code+")"), hint: a.text.Text("error.no_comuni_hint"),
		}
	}
	var names []string
	codes := map[string]string{}
	for _, p := range registry.Provinces() {
		names = append(names, p.Name)
		codes[p.Name] = p.Code
	}
	f := &failure{
		code: codeUsage, sentence: a.text.Text("error.unknown_province", "query", plain(query)), hint: a.text.Text("error.unknown_province_hint"),
	}
	if near := nearestWord(query, names, alikePlaces); near != "" {
		f.hint = a.text.Text("error.unknown_comune_hint", "nearest", near+" ("+codes[near]+")")
	}
	return f
}

func (a *app) unknownRegion(query string) error {
	if r, ok := registry.FindRegion(query); ok {
		return &failure{code: codeUsage, sentence: a.text.Text("error.empty_region", "region", r), hint: a.text.Text("error.no_comuni_hint")}
	}
	f := &failure{
		code: codeUsage, sentence: a.text.Text("error.unknown_region", "query", plain(query)),
		hint: a.text.Text("error.flag_choice", "options", strings.Join(registry.Regions(), ", ")),
	}
	if near := nearestWord(query, registry.Regions(), alikePlaces); near != "" {
		f.hint = a.text.Text("error.unknown_comune_hint", "nearest", near)
	}
	return f
}
