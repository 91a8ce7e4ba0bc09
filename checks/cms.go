package checks

// The check cms: the platform the site is built with. It informs and never
// judges; the transparency portal is a second answer, kept apart.

import (
	"path"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

const cmsID = "cms"

// Kinds of fact of this check.
const (
	factPlatform   = "platform"    // a definitive marker on the home page
	factHint       = "hint"        // a heuristic one
	factATPlatform = "at_platform" // a definitive marker on Amministrazione Trasparente
	factRaw        = "fingerprint" // generator, server and the like, as they stand
)

func (b *builder) cms() Check {
	m := b.meta(cmsID)
	o := cmsObserver{rules: b.rules("cms")}
	return Check{Meta: m, Observe: o.observe, Judge: func(k Case) finding.Finding { return judgeCMS(m, k) }}
}

type cmsObserver struct{ rules *rules.Set }

func (o cmsObserver) observe(p *page.Page, n *Notes) {
	portal := slices.Contains(p.For, transparencyPage)
	if p.Depth > 0 && !portal {
		return
	}
	seen := map[string]bool{}
	for _, h := range o.rules.MatchIn(n.lookAt(p)) {
		if seen[h.Rule.ID] || h.Link != nil && !ownLink(p, h.Link) {
			continue
		}
		seen[h.Rule.ID] = true
		n.Add(finding.Fact{
			Check: cmsID, Kind: markerKind(h.Rule, p.Depth > 0), Value: h.Value, URL: p.FinalURL,
			Place: h.Place, Snippet: h.Snippet, Rule: h.Rule.ID, Depth: p.Depth,
		})
	}
	if p.Depth == 0 {
		noteFingerprints(p, n)
	}
}

func markerKind(r *rules.Rule, portal bool) string {
	switch {
	case r.Strength != rules.Definitive:
		return factHint
	case portal:
		return factATPlatform
	}
	return factPlatform
}

// ownLink tells whether a link stays on the page's own host: what others are
// built with proves nothing.
func ownLink(p *page.Page, l *page.Link) bool {
	if l.URL != "" {
		return hostOf(l.URL) == hostOf(p.FinalURL)
	}
	return !strings.Contains(l.Href, "://") && !strings.HasPrefix(l.Href, "//")
}

// noteFingerprints keeps what identifies platforms nobody has named yet.
func noteFingerprints(p *page.Page, n *Notes) {
	raw := func(place, value string) {
		if value != "" {
			n.Add(finding.Fact{Check: cmsID, Kind: factRaw, Place: place, Value: value, Snippet: value, URL: p.FinalURL, Depth: p.Depth})
		}
	}
	for _, m := range p.Metas {
		if m.Name == "generator" {
			raw("meta:generator", m.Content)
		}
	}
	for _, h := range []string{"Server", "X-Powered-By", "X-Generator"} {
		raw("header:"+strings.ToLower(h), p.Header.Get(h))
	}
	cookies := 0
	for _, c := range p.Header.Values("Set-Cookie") {
		name, _, _ := strings.Cut(c, "=")
		if cookies++; cookies <= 5 {
			raw("cookie", strings.TrimSpace(name))
		}
	}
	for _, dir := range assetDirs(p) {
		raw("asset_dir", dir)
	}
	for _, ext := range routeExtensions(p) {
		raw("route_ext", ext)
	}
}

// assetDirs are the first folders the page's own scripts and styles come from,
// most used first.
func assetDirs(p *page.Page) []string {
	home := hostOf(p.FinalURL)
	return mostUsed(slices.Concat(p.Scripts, p.Styles), 4, func(address string) string {
		if h := hostOf(address); h != "" && h != home {
			return ""
		}
		parts := strings.SplitN(strings.TrimPrefix(pathOf(address), "/"), "/", 3)
		if len(parts) < 3 {
			return ""
		}
		return "/" + parts[0] + "/" + parts[1] + "/"
	})
}

// routeExtensions are the extensions of the pages the site links on itself.
func routeExtensions(p *page.Page) []string {
	const enough = 300 // links
	var own []string
	home := hostOf(p.FinalURL)
	for i := range p.Links[:min(len(p.Links), enough)] {
		l := &p.Links[i]
		ext := path.Ext(pathOf(l.URL)) // most have none, and the rest need not be asked
		if ext != "" && len(ext) <= 6 && hostOf(l.URL) == home && !documentFile(l.URL) {
			own = append(own, strings.ToLower(ext))
		}
	}
	return mostUsed(own, 2, func(ext string) string { return ext })
}

// mostUsed counts what key makes of the items and returns the n most frequent,
// ties by name.
func mostUsed(items []string, n int, key func(string) string) []string {
	count := map[string]int{}
	for _, i := range items {
		if k := key(i); k != "" {
			count[k]++
		}
	}
	keys := make([]string, 0, len(count))
	for k := range count {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if count[a] != count[b] {
			return count[b] - count[a]
		}
		return strings.Compare(a, b)
	})
	return keys[:min(n, len(keys))]
}

// maxFingerprints bounds what is kept of a platform that nobody recognised: more
// than of other findings, for new vendors are learnt from it.
const maxFingerprints = 24

// FingerprintOf tells what identifies a platform that nobody has named yet: a
// fact of that kind, and of what (meta:generator, header:server, cookie,
// asset_dir, route_ext).
func FingerprintOf(f finding.Fact) (kind, value string, ok bool) {
	return f.Place, f.Value, f.Check == cmsID && f.Kind == factRaw && f.Value != ""
}

// judgeCMS names the platform with the most definitive markers. Heuristic ones
// never name one by themselves: an echo of a former platform outlives it.
func judgeCMS(m Meta, k Case) finding.Finding {
	markers := k.Of(cmsID, factPlatform)
	platform, ok := m.outstanding(markers)
	if !ok {
		f := unknown("unrecognised")
		f.Candidates = first(k.Of(cmsID, factPlatform, factHint, factRaw), maxFingerprints)
		return f
	}
	f := finding.Finding{Verdict: finding.Info, Value: platform, Confidence: finding.High}
	for _, x := range markers {
		if x.Value == platform || x.Value == m.Values[platform].Refines {
			f.Evidence = append(f.Evidence, x)
		} else {
			f.Confidence = finding.Medium
			f.Candidates = append(f.Candidates, x)
		}
	}
	f.Evidence = first(append(f.Evidence, k.Of(cmsID, factATPlatform)...), maxShown)
	f.Candidates = first(f.Candidates, maxShown)
	return f
}

// outstanding is the platform the markers speak for. A marker in what the site
// sends weighs more than a link's address; one for a refinement counts for it
// together with those for what it refines; a tie names nobody.
func (m Meta) outstanding(markers []finding.Fact) (string, bool) {
	score := map[string]int{}
	for _, f := range markers {
		score[f.Value] += markerWeight(f.Place)
	}
	for v := range score {
		if general := m.Values[v].Refines; score[general] > 0 {
			score[v] += score[general]
		}
	}
	best, tie := "", false
	for v, n := range score {
		switch {
		case best == "" || n > score[best]:
			best, tie = v, false
		case n == score[best]:
			tie = true
		}
	}
	if best == "" || tie {
		return "", false
	}
	return best, true
}

func markerWeight(place string) int {
	switch place {
	case "href", "onclick", "action":
		return 1
	}
	return 3
}
