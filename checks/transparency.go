package checks

// The check transparency: whether the home page leads to Amministrazione
// trasparente, and whether search engines may follow (D.Lgs. 33/2013 art. 9).

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

const transparencyID = "transparency"

// Kinds of fact of this check.
const (
	factATLink     = "link"     // a link of the home page to the section
	factATArchive  = "archive"  // the same, to one that ended on some date
	factATDoubtful = "perhaps"  // a link that may lead there: "Trasparenza" alone, one of its sections
	factATHidden   = "unlinked" // the words, without an address
	factATNear     = "near"     // the topic, waste, news: no such link
	factATSections = "sections" // how many first-level sections a page shows; Value: the number
	factATNoIndex  = "no_index" // a page of the section that search engines must not index
	factATRead     = "at_page"  // a page of the section that was read
	sectionPrefix  = "section " // of the value of rules that recognise sections
	valueNews      = "news"     // of rules that recognise news and topics
	reasonIndexing = "indexing_blocked"
)

// Bounds on sections.
const (
	someSections = 5  // prove that a page is the section whatever its link was called
	mostSections = 8  // are the section standing on the home page itself
	shortLabel   = 45 // bytes; beyond it a label is a headline
)

func (b *builder) transparency() Check {
	set := b.rules("transparency")
	o := transparencyObserver{labels: set.Valued("link", "archive", "section-of-it", "address", "bare", "perhaps", "topic", "waste", "unlinked"), news: set.Valued(valueNews), sections: &rules.Set{}}
	var values []string
	for _, r := range set.Rules() {
		if strings.HasPrefix(r.Value, sectionPrefix) {
			values = append(values, r.Value)
		}
	}
	o.sections = set.Valued(values...)
	return Check{
		Meta:      b.meta(transparencyID),
		Interests: []page.Interest{b.interest(transparencyPage, 1)},
		Observe:   o.observe,
		Judge:     judgeTransparency,
	}
}

type transparencyObserver struct {
	labels   *rules.Set // links to the section and what looks like one
	news     *rules.Set // what makes news of one of those; a page has hundreds of others
	sections *rules.Set // its first-level sections
}

func (o transparencyObserver) observe(p *page.Page, n *Notes) {
	portal := p.Depth > 0 && slices.Contains(p.For, transparencyPage)
	if p.Depth > 0 && !portal {
		return
	}
	look := n.lookAt(p)
	if portal {
		n.Add(finding.Fact{Check: transparencyID, Kind: factATRead, URL: p.FinalURL, Depth: p.Depth, Snippet: p.Title})
		if order, place := forbidsIndex(p); order != "" {
			n.Add(finding.Fact{Check: transparencyID, Kind: factATNoIndex, URL: p.FinalURL, Place: place, Depth: p.Depth, Snippet: order})
		}
	} else {
		o.observeLinks(p, look, n)
	}
	if count, names := countSections(o.sections.MatchIn(look)); count > 0 {
		n.Add(finding.Fact{Check: transparencyID, Kind: factATSections, URL: p.FinalURL, Depth: p.Depth, Value: strconv.Itoa(count), Snippet: names})
	}
}

// observeLinks notes what the links of the home page say of the section.
func (o transparencyObserver) observeLinks(p *page.Page, look *rules.Look, n *Notes) {
	said := map[*page.Link]map[string]rules.Hit{}
	var order []*page.Link
	for _, h := range o.labels.MatchIn(look) {
		if h.Link == nil {
			n.Add(finding.Fact{Check: transparencyID, Kind: factATHidden, URL: p.FinalURL, Place: h.Place, Snippet: h.Snippet, Rule: h.Rule.ID})
			continue
		}
		if said[h.Link] == nil {
			said[h.Link] = map[string]rules.Hit{}
			order = append(order, h.Link)
		}
		if _, known := said[h.Link][h.Rule.Value]; !known {
			said[h.Link][h.Rule.Value] = h
		}
	}
	for _, l := range order {
		for _, h := range o.news.MatchLink(*l) {
			if _, known := said[l][valueNews]; !known {
				said[l][valueNews] = h
			}
		}
		kind, h := linkKind(l, said[l])
		if kind == "" {
			continue
		}
		f := finding.Fact{Check: transparencyID, Kind: kind, URL: p.FinalURL, Place: string(l.Place), Snippet: l.Label(), Rule: h.Rule.ID, Target: l.URL}
		if f.Snippet == "" {
			f.Snippet = strings.TrimSpace(l.Image + " " + l.Href + " " + l.OnClick)
		}
		n.Add(f)
	}
}

// linkKind tells what a link is by all that was recognised in it. What it is
// called weighs more than where it leads: vendors keep the albo and the tenders
// under the same addresses.
func linkKind(l *page.Link, said map[string]rules.Hit) (string, rules.Hit) {
	has := func(v string) (rules.Hit, bool) { h, ok := said[v]; return h, ok }
	if h, ok := has("topic"); ok {
		_, both := has("link")
		_, addressed := has("address")
		switch {
		case addressed && !both:
			return factATDoubtful, h // the topic's name on the section's address
		case !both:
			return factATNear, h
		}
	}
	for _, no := range []string{"waste", valueNews} {
		if h, ok := has(no); ok && l.Folded != "" {
			_, named := has("link")
			switch {
			case named && h.Place == "href" && len(l.Folded) < shortLabel:
				return factATDoubtful, h // its name and its address disagree
			case named || no == "waste":
				return factATNear, h
			}
			return "", h
		}
	}
	if h, ok := has("archive"); ok {
		return factATArchive, h
	}
	if h, ok := has("section-of-it"); ok {
		return factATDoubtful, h
	}
	if h, ok := has("link"); ok {
		if l.URL == "" && l.OnClick == "" && !scripted(*l) {
			return factATHidden, h
		}
		return factATLink, h
	}
	label := strings.TrimSpace(l.Folded)
	for _, weak := range []string{"address", "bare"} {
		h, ok := has(weak)
		switch {
		case !ok || l.URL == "" && !scripted(*l):
		case label == "":
			return factATLink, h
		case strings.Contains(label, "trasparen"):
			return factATDoubtful, h
		}
	}
	if h, ok := has("perhaps"); ok && len(label) < shortLabel && (l.URL != "" || scripted(*l)) && (h.Place == "link_text" || label == "") {
		return factATDoubtful, h
	}
	return "", rules.Hit{}
}

// countSections counts the distinct sections, by the language that shows most.
func countSections(hits []rules.Hit) (int, string) {
	byRule := map[string][]string{}
	best := ""
	for _, h := range hits {
		name := strings.TrimPrefix(h.Value, sectionPrefix)
		if id := h.Rule.ID; !slices.Contains(byRule[id], name) {
			byRule[id] = append(byRule[id], name)
		}
	}
	for id, names := range byRule {
		if len(names) > len(byRule[best]) || len(names) == len(byRule[best]) && id < best {
			best = id
		}
	}
	return len(byRule[best]), strings.Join(byRule[best], ", ")
}

// forbidsIndex is the order to search engines not to index a page, and where it
// stands; empty where there is none.
func forbidsIndex(p *page.Page) (order, place string) {
	for _, v := range p.Header.Values("X-Robots-Tag") {
		if noIndex(v) {
			return v, "header:x-robots-tag"
		}
	}
	for _, m := range p.Metas {
		if (m.Name == "robots" || m.Name == "googlebot" || m.Name == "bingbot") && noIndex(m.Content) {
			return m.Content, "meta:" + m.Name
		}
	}
	return "", ""
}

// noIndex reads the directives of a robots meta or X-Robots-Tag: noindex, or
// none, which stands for noindex and nofollow; addressed to all or to one of the
// large engines.
func noIndex(directives string) bool {
	agent := ""
	for _, d := range strings.Split(strings.ToLower(directives), ",") {
		if name, rest, ok := strings.Cut(d, ":"); ok {
			if name = strings.TrimSpace(name); strings.HasPrefix(name, "max-") || name == "unavailable_after" {
				continue // a directive with a value
			}
			agent, d = name, rest
		}
		switch strings.TrimSpace(d) {
		case "noindex", "none":
			if agent == "" || agent == "googlebot" || agent == "bingbot" || agent == "robots" {
				return true
			}
		}
	}
	return false
}
