package checks

// The check thematic-sites: which sites of its own, besides the institutional
// one, the comune links from its home page: tourism, museums, library and the
// like. Whose a site is, only its name can say here.

import (
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

const thematicID = "thematic-sites"

// Kinds of fact of this check; Value is the theme.
const (
	factThematic  = "site"   // a site of the comune's own
	factNotTheirs = "others" // a site on the theme that bears no name of the comune
)

// maxNotTheirs bounds the sites of others that one comune keeps.
const maxNotTheirs = 8

func (b *builder) thematicSites() Check {
	o := thematicObserver{b.rules(thematicID)}
	return Check{Meta: b.meta(thematicID), Observe: o.observe, Judge: judgeThematicSites}
}

type thematicObserver struct{ rules *rules.Set }

func (o thematicObserver) observe(p *page.Page, n *Notes) {
	if p.Depth > 0 {
		return
	}
	home := hostOf(p.FinalURL)
	names := placeNames(n.Comune.Name, home)
	others := 0
	seen := map[string]bool{}
	for _, h := range o.rules.MatchIn(n.lookAt(p)) {
		if h.Link == nil || h.Link.URL == "" {
			continue
		}
		host := hostOf(h.Link.URL)
		if host == home || host == "" || seen[host] || social(h.Link.URL) || documentFile(h.Link.URL) {
			continue
		}
		kind := factNotTheirs
		if ownSite(host, home, names) {
			kind = factThematic
		} else if others++; others > maxNotTheirs {
			continue
		}
		seen[host] = true
		n.Add(finding.Fact{
			Check: thematicID, Kind: kind, Value: h.Value, URL: p.FinalURL, Place: string(h.Link.Place), Rule: h.Rule.ID,
			Snippet: snippetOr(wordsOf(h.Link.Label(), n), host), Target: "https://" + host + "/",
		})
	}
}

// shortName is the length below which a place's name is found in others by chance.
const shortName = 4

// placeNames are the forms in which hosts bear the name of a comune: without
// spaces, with dashes, and as its own site has it.
func placeNames(name, home string) []string {
	words := strings.FieldsFunc(page.Fold(name), func(r rune) bool { return !('a' <= r && r <= 'z' || '0' <= r && r <= '9') })
	all := []string{strings.Join(words, ""), strings.Join(words, "-")}
	for label := range strings.SplitSeq(home, ".") {
		switch label {
		case "www", "comune", "gemeinde", "commune", "obcina", "citta", "portale", "web":
			continue
		}
		for _, prefix := range []string{"comune-di-", "comunedi", "comune-", "citta-di-", "cittadi"} {
			label = strings.TrimPrefix(label, prefix)
		}
		all = append(all, label)
		break
	}
	return slices.DeleteFunc(all, func(s string) bool { return len(s) < shortName })
}

// besides are what stands round the name of the place in the names of its sites.
var besides = []string{
	"visit", "visita", "turismo", "museo", "musei", "museum", "biblioteca", "biblioteche", "teatro", "teatri", "scopri", "discover", "vivi", "in", "a", "e",
	"welcome", "love", "explore", "tourism", "cultura", "musica", "sport", "giovani", "informagiovani", "smart", "smartcity", "gis", "sit", "geoportale",
	"mobilita", "protezionecivile", "eventi", "festival", "museicivici", "museocivico", "fondazione", "citta", "go", "my", "to", "the", "cityof", "comune", "di",
}

// ownSite tells whether a host is the comune's own: under its institutional one,
// or called after the place and the theme alone. A vendor's host under which the
// comune has a name is not.
func ownSite(host, home string, names []string) bool {
	if strings.HasSuffix(host, "."+home) {
		return true
	}
	labels := strings.Split(host, ".")
	if len(labels) < 2 {
		return false
	}
	for i, label := range labels[:len(labels)-1] {
		for _, name := range names {
			before, after, found := strings.Cut(label, name)
			if !found || !slices.Contains(besides, strings.Trim(before, "-")) && strings.Trim(before, "-") != "" || !slices.Contains(besides, strings.Trim(after, "-")) && strings.Trim(after, "-") != "" {
				continue
			}
			// what is left of the name must not be another's: museo.spoleto.pg.it, not spoleto.vendor.it
			if i == len(labels)-2 || provinceOrIt(labels[i+1:]) {
				return true
			}
		}
	}
	return false
}

// provinceOrIt tells whether the labels after a name are an address of the
// public kind: a province's two letters and it.
func provinceOrIt(rest []string) bool {
	return len(rest) == 2 && rest[1] == "it" && len(rest[0]) == 2
}

func judgeThematicSites(k Case) finding.Finding {
	own, others := k.Of(thematicID, factThematic), k.Of(thematicID, factNotTheirs)
	if len(own) == 0 {
		return unknown(reasonNotVisible, others...)
	}
	var themes []string
	sure := finding.Low // who keeps a site that only bears the name may be anybody
	for _, f := range own {
		themes = append(themes, f.Value)
		if strings.HasSuffix(hostOf(f.Target), "."+hostOf(f.URL)) {
			sure = finding.Medium
		}
	}
	slices.Sort(themes)
	return finding.Finding{Verdict: finding.Info, Value: strings.Join(slices.Compact(themes), ","), Confidence: sure, Evidence: first(own, maxShown), Candidates: first(others, maxShown)}
}
