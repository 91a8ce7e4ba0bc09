package report

// What the platforms that nobody recognises say of themselves, the most frequent
// first: how new vendors are found.

import (
	"cmp"
	"iter"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
)

// Bounds of what Learn keeps, whatever sites say.
const (
	maxPatterns = 20_000 // different fingerprints
	maxPattern  = 120    // characters
	maxLearnt   = 10_000 // comuni of one fingerprint; they are counted all the same
)

// Fingerprint is what sites without a known platform have in common. Its field
// names are part of the interface.
type Fingerprint struct {
	Kind    string       `json:"kind"`        // meta:generator, header:server, cookie, asset_dir, route_ext …
	Pattern string       `json:"fingerprint"` // lower case; * stands for versions, ids and what is the comune's own
	Example string       `json:"example"`     // as one site has it
	Generic bool         `json:"generic"`     // of a server or a language that many platforms use
	Count   int          `json:"count"`       // comuni
	Comuni  []LearntFrom `json:"comuni"`      // by ISTAT code
}

// LearntFrom is a comune whose site has a fingerprint.
type LearntFrom struct {
	Istat    string `json:"istat"`
	Comune   string `json:"comune"`
	Province string `json:"provincia"`
	Site     string `json:"site"`
}

// Learnt is what Learn found.
type Learnt struct {
	Comuni       int           `json:"comuni"`       // whose platform was looked for on a site that was read
	Unrecognised int           `json:"unrecognised"` // of them, those without a known platform
	Fingerprints []Fingerprint `json:"fingerprints"` // what is no generic one first, then the most frequent
}

// Learn goes once through whole views (not brief ones) and groups what sites
// whose platform is not recognised say of themselves.
func Learn(latest iter.Seq2[record.Latest, error]) (Learnt, error) {
	out := Learnt{Fingerprints: []Fingerprint{}}
	groups := map[[2]string]*Fingerprint{}
	for l, err := range latest {
		if err != nil {
			return Learnt{}, err
		}
		s, ok := l.Standing(platformCheck)
		if !ok || l.Visit.Reach != page.ReachOK {
			continue
		}
		out.Comuni++
		if s.Finding.Verdict != finding.Unknown {
			continue
		}
		out.Unrecognised++
		learnFrom(groups, l, s.Finding)
	}
	for _, g := range groups {
		out.Fingerprints = append(out.Fingerprints, *g)
	}
	slices.SortFunc(out.Fingerprints, func(x, y Fingerprint) int {
		return cmp.Or(order(x.Generic, y.Generic), cmp.Compare(y.Count, x.Count), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Pattern, y.Pattern))
	})
	return out, nil
}

// order puts false before true.
func order(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return 1
	}
	return -1
}

// learnFrom adds the fingerprints of one comune to the groups, each once.
func learnFrom(groups map[[2]string]*Fingerprint, l record.Latest, f finding.Finding) {
	own := ownWords(l)
	seen := map[[2]string]bool{}
	for _, fact := range f.Candidates {
		kind, value, ok := checks.FingerprintOf(fact)
		if !ok {
			continue
		}
		key := [2]string{kind, pattern(kind, value, own)}
		if key[1] == "" || seen[key] {
			continue
		}
		seen[key] = true
		g := groups[key]
		if g == nil {
			if len(groups) >= maxPatterns {
				continue
			}
			g = &Fingerprint{Kind: shown(strings.Clone(kind)), Pattern: key[1], Example: page.Clean(value, maxPattern), Generic: generic(key[1])}
			groups[key] = g
		}
		if g.Count++; len(g.Comuni) < maxLearnt {
			g.Comuni = append(g.Comuni, LearntFrom{
				Istat: shown(l.Comune.Istat), Comune: shown(l.Comune.Name), Province: shown(l.Comune.Province), Site: address(siteOf(l)),
			})
		}
	}
}

// ownWords are what in a fingerprint is the comune's and not its platform's,
// folded: its hosts, codes and name, the longest first.
func ownWords(l record.Latest) []string {
	words := map[string]bool{}
	for _, u := range []string{l.Visit.FinalURL, l.Visit.Site, l.Comune.Site.URL} {
		if parsed, err := url.Parse(u); err == nil && parsed.Hostname() != "" {
			host := strings.ToLower(parsed.Hostname())
			words[host], words[strings.TrimPrefix(host, "www.")] = true, true
		}
	}
	name := strings.Fields(strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return ' '
		}
		return r
	}, page.Fold(l.Comune.Name)))
	for _, separator := range []string{"", "-", "_"} {
		words[strings.Join(name, separator)] = true
	}
	words[strings.ToLower(l.Comune.IPA)], words[l.Comune.Istat] = true, true
	out := slices.Collect(maps.Keys(words))
	out = slices.DeleteFunc(out, func(w string) bool { return len(w) < 4 }) // a short name is in too many words
	slices.SortFunc(out, func(x, y string) int { return cmp.Or(cmp.Compare(len(y), len(x)), cmp.Compare(x, y)) })
	return out
}

// What differs between two sites of one platform. A number within a word is
// part of a name; one that ends it is a version.
var (
	uuids    = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	hashes   = regexp.MustCompile(`[0-9a-f]{8,}`)
	versions = regexp.MustCompile(`\bv?[0-9]+(?:[._-][0-9]+)*(?:[._-]?(?:alpha|beta|rc|build|patch|p|sp|r)[._-]?[0-9]*)?\b`)
	stars    = regexp.MustCompile(`\*(?:[._-]?\*)+`)
	spaces   = regexp.MustCompile(`\s+`)
)

// pattern is a fingerprint without what differs between two sites of one
// platform; empty where nothing remains.
func pattern(kind, value string, own []string) string {
	p := strings.ToLower(page.Clean(value, 4*maxPattern))
	for _, w := range own {
		p = strings.ReplaceAll(p, w, "*")
	}
	p = uuids.ReplaceAllString(p, "*")
	p = hashes.ReplaceAllStringFunc(p, func(h string) string {
		if strings.ContainsAny(h, "0123456789") {
			return "*"
		}
		return h
	})
	if kind == "cookie" && strings.HasPrefix(p, "aspsessionid") { // classic ASP adds eight random letters
		p = "aspsessionid"
	}
	if kind != "route_ext" { // .php3, .mp4: names
		p = versions.ReplaceAllString(p, "*")
	}
	p = strings.TrimSpace(spaces.ReplaceAllString(stars.ReplaceAllString(p, "*"), " "))
	if strings.HasPrefix(kind, "meta:") || strings.HasPrefix(kind, "header:") {
		p = strings.TrimRight(p, "* /-") // some sites hide the version
	}
	if strings.Trim(p, "* /.-_,;()") == "" {
		return ""
	}
	return page.Clean(p, maxPattern)
}

// generic tells whether a fingerprint is that of a web server, a language or a
// service in front, which says nothing of the platform.
func generic(pattern string) bool {
	name, _, _ := strings.Cut(strings.TrimLeft(pattern, "/."), "/")
	name, _, _ = strings.Cut(name, " ")
	return slices.Contains(genericNames, name)
}

var genericNames = []string{
	"apache", "apache-coyote", "nginx", "openresty", "microsoft-iis", "microsoft-httpapi", "litespeed", "lighttpd", "caddy", "jetty", "tomcat",
	"envoy", "varnish", "haproxy", "cloudflare", "awselb", "cloudfront", "akamaighost", "gws", "php", "asp.net", "asp.net_sessionid", "express",
	"servlet", "phusion", "plesklin", "pleskwin", "phpsessid", "jsessionid", "aspsessionid", "html", "htm", "asp", "aspx", "jsp", "do", "js", "css",
	"images", "img", "assets", "static", "scripts", "styles", "fonts",
}
