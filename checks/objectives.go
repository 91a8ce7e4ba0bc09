package checks

// The check accessibility-objectives: whether this year's objectives are
// published, on the home page or in Amministrazione trasparente, Altri
// contenuti. Here: what is seen on pages.

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/agid"
	"github.com/vigile-it/vigile/internal/rules"
)

const objectivesID = "accessibility-objectives"

// Ids of the interests of this check alone.
const (
	otherContents  = "at-other-contents" // Altri contenuti, and its part on accessibility
	objectivesPage = "objectives-page"
)

// partRule is the rule that knows the sub-section on accessibility by its name.
const partRule = "catalogue-of-data"

// Kinds of fact of this check. The Value of all but the outline is the year
// that the page gives, or nothing.
const (
	factAimAgID     = "agid"      // a link to objectives on AgID's service
	factAimDocument = "document"  // a link to a file
	factAimStated   = "stated"    // a page that is headed so
	factAimPage     = "own_page"  // a link to a page of the site
	factAimAway     = "elsewhere" // the same, on another host
	factAimScripted = "scripted"  // a link whose address only a script knows
	factAimNews     = "news"      // the words on a news item
	factAimPerhaps  = "perhaps"   // where they are published: what may be them under another name
	factAimOutline  = "outline"   // Altri contenuti shows its sub-sections
	factAimPart     = "part"      // its part on accessibility was read
)

func (b *builder) accessibilityObjectives() Check {
	set := b.rules("objectives")
	o := objectivesObserver{
		labels: b.rules("accessibility").Valued("objectives", "objectives-bare", "declaration"),
		seen:   set.Valued("address", "stated", "outline"),
		part:   set.Valued(otherContents),
		others: set.Valued("otherwise"),
	}
	return Check{
		Meta: b.meta(objectivesID),
		Interests: []page.Interest{
			b.interest(transparencyPage, 1), atSuppliers(within(b.contents(otherContents, 3), underTransparency)), within(b.contents(objectivesPage, 4), onSite),
		},
		Observe: o.observe,
		Judge:   judgeObjectives,
	}
}

// contents is the interest whose links the rules of rules/objectives.yaml with
// that id as their value describe, documents and publications of AgID's apart.
func (b *builder) contents(id string, hops int) page.Interest {
	words := b.rules("objectives").Valued(id)
	return page.Interest{ID: id, MaxHops: hops, Match: func(l page.Link) int {
		if l.Depth >= hops {
			return 0
		}
		best := rank(words, l)
		if best == 0 || documentFile(l.URL) {
			return 0
		}
		if _, ok := agid.ParseLink(l.Href); ok {
			return 0 // read from the link itself
		}
		return best
	}}
}

type objectivesObserver struct {
	labels *rules.Set // what a link is called
	seen   *rules.Set // addresses, headings, outlines
	part   *rules.Set // what the sub-section on accessibility is called
	others *rules.Set // what else is published there
}

func (o objectivesObserver) observe(p *page.Page, n *Notes) {
	look := n.lookAt(p)
	part := slices.Contains(p.For, otherContents) && o.isPart(p)
	if part {
		n.Add(finding.Fact{Check: objectivesID, Kind: factAimPart, URL: p.FinalURL, Depth: p.Depth, Snippet: p.Title})
	}
	within := part || slices.Contains(p.For, objectivesPage)
	said := map[*page.Link]map[string]string{} // by link: value to rule
	note := func(h rules.Hit) {
		if said[h.Link] == nil {
			said[h.Link] = map[string]string{}
		}
		said[h.Link][h.Rule.Value] = h.Rule.ID
	}
	for _, h := range o.labels.MatchIn(look) {
		note(h)
	}
	for _, h := range o.seen.MatchIn(look) {
		switch {
		case h.Rule.Value == "outline":
			if slices.Contains(p.For, otherContents) {
				n.Add(finding.Fact{Check: objectivesID, Kind: factAimOutline, URL: p.FinalURL, Depth: p.Depth, Place: h.Place, Snippet: h.Snippet, Rule: h.Rule.ID})
			}
		case h.Link != nil:
			note(h)
		case within:
			kind := factAimStated
			if newsAddress(p.FinalURL) {
				kind = factAimNews
			}
			n.Add(finding.Fact{Check: objectivesID, Kind: kind, Value: yearIn(h.Snippet, p.Title), URL: p.FinalURL, Target: p.FinalURL, Place: h.Place, Depth: p.Depth, Snippet: h.Snippet, Rule: h.Rule.ID})
		}
	}
	for i := range p.Links {
		l := &p.Links[i]
		if p.Depth > 0 && (l.Place == page.PlaceFooter || l.Place == page.PlaceHeader) {
			continue // every page repeats them
		}
		rule, ok := isObjectives(l, said[l], within)
		switch {
		case ok || o.promised(p, l, said[l]):
			noteObjectives(n, p, l, rule, within)
		case within && l.Place != page.PlaceNav:
			o.notePerhaps(n, p, l)
		}
	}
	if within {
		noteSpokenOf(n, p)
	}
}

// notePerhaps notes a link, where objectives are published, that may be them
// under a name that does not say so: a publication of AgID's, or a year.
func (o objectivesObserver) notePerhaps(n *Notes, p *page.Page, l *page.Link) {
	a, onAgID := agidLink(l)
	year := yearIn(l.Text, l.Title, l.AriaLabel, l.Alt)
	if year == "" && !onAgID {
		year = yearOfAddress(l.URL)
	}
	if onAgID && !a.Publication() || !onAgID && (year == "" || l.URL == "") || len(o.others.MatchLink(*l)) > 0 {
		return
	}
	f := finding.Fact{Check: objectivesID, Kind: factAimPerhaps, Value: year, URL: p.FinalURL, Target: l.URL, Place: string(l.Place), Depth: p.Depth, Snippet: l.Label()}
	if onAgID {
		f.Target = a.URL
	}
	if f.Snippet == "" {
		f.Snippet = f.Target
	}
	n.Add(f)
}

// noteSpokenOf notes lines that speak of the objectives with a year, or with a
// link among their words: "per l'anno 2026 sono nel documento allegato".
func noteSpokenOf(n *Notes, p *page.Page) {
	const longest = 600 // bytes; a longer line is a treatise
	for line := range strings.SplitSeq(p.Folded, "\n") {
		words := aimsSpokenOf.FindString(line)
		if len(line) > longest || words == "" {
			continue
		}
		year := yearIn(line)
		among := func(l page.Link) bool {
			label := page.Fold(l.Text)
			return l.URL != "" && label != "" && label != line && strings.Contains(line, label)
		}
		if year == "" && !slices.ContainsFunc(p.Links, among) {
			continue // the duty is described
		}
		n.Add(finding.Fact{Check: objectivesID, Kind: factAimPerhaps, Value: year, URL: p.FinalURL, Place: string(page.PlaceMain), Depth: p.Depth, Snippet: words})
	}
}

var aimsSpokenOf = regexp.MustCompile(`obb?iettivi\b.*accessib|accessib.*\bobb?iettivi|ziele?n?\b.*(barrierefreiheit|zuganglichkeit)|objectifs?\b.*accessib|cilj\w*\b.*dostopnost`)

// isPart tells the sub-section on accessibility and the catalogue of data by its
// title or a heading.
func (o objectivesObserver) isPart(p *page.Page) bool {
	titled := func(words string) bool {
		hits := o.part.MatchLink(page.Link{Text: words, Folded: page.Fold(words)})
		return slices.ContainsFunc(hits, func(h rules.Hit) bool { return h.Rule.ID == partRule })
	}
	return titled(p.Title) || slices.ContainsFunc(p.Headings, func(h page.Heading) bool { return titled(h.Text) })
}

// isObjectives tells a link to objectives by its words, or by its address where
// its words say nothing else; and by which rule.
func isObjectives(l *page.Link, said map[string]string, within bool) (string, bool) {
	a, onAgID := agidLink(l)
	if said == nil && !(onAgID && a.Kind == agid.KindObjectives) && !(within && strings.Contains(l.Folded, "obiettivi")) {
		return "", false
	}
	if rule, ok := said["objectives"]; ok {
		return rule, true
	}
	if _, ok := said["declaration"]; ok {
		return "", false
	}
	if rule, ok := said["objectives-bare"]; ok && (within || onAgID && a.Publication()) {
		return rule, true
	}
	if rule, ok := said["address"]; ok {
		return rule, true
	}
	return "", onAgID && a.Kind == agid.KindObjectives || within && strings.Contains(l.Folded, "obiettivi")
}

// promised tells a publication on AgID's service that stands, under whatever
// words, on a page that a link called the objectives.
func (o objectivesObserver) promised(p *page.Page, l *page.Link, said map[string]string) bool {
	if p.Depth == 0 || !slices.Contains(p.For, objectivesPage) {
		return false
	}
	a, onAgID := agidLink(l)
	_, declaration := said["declaration"]
	return onAgID && a.Publication() && !declaration && !strings.Contains(l.Folded, "dichiarazion")
}

func noteObjectives(n *Notes, p *page.Page, l *page.Link, rule string, within bool) {
	f := finding.Fact{
		Check: objectivesID, URL: p.FinalURL, Place: string(l.Place), Depth: p.Depth, Snippet: l.Label(), Rule: rule,
		Target: l.URL, Value: yearIn(l.Text, l.Title, l.AriaLabel, l.Alt),
	}
	a, onAgID := agidLink(l)
	switch {
	case onAgID && (a.Publication() || a.Kind == agid.KindObjectives):
		f.Kind, f.Target = factAimAgID, a.URL
	case onAgID:
		return // the service without a publication
	case newsAddress(l.URL):
		f.Kind = factAimNews
	case l.URL == "" && scripted(*l):
		f.Kind = factAimScripted
	case l.URL == "":
		return // words that lead nowhere
	case documentFile(l.URL):
		f.Kind = factAimDocument
	case sameSite(p.FinalURL, l.URL):
		f.Kind = factAimPage
	default:
		f.Kind = factAimAway
	}
	if f.Value == "" {
		f.Value = yearOfAddress(f.Target)
	}
	if f.Value == "" && within && a.UUID == "" {
		f.Value = yearBeside(p, l)
	}
	if f.Snippet == "" {
		f.Snippet = f.Target
	}
	n.Add(f)
}

func newsAddress(address string) bool { return newsPath.MatchString(pathOf(address)) }

var yearForm = regexp.MustCompile(`(^|\D)(20[12]\d)(\D|$)`)

// yearIn is the latest year that words give, or nothing.
func yearIn(words ...string) string {
	best := 0
	for _, s := range words {
		for len(s) > 0 {
			at := yearForm.FindStringSubmatchIndex(s)
			if at == nil {
				break
			}
			if y, err := strconv.Atoi(s[at[4]:at[5]]); err == nil {
				best = max(best, y)
			}
			s = s[at[5]:]
		}
	}
	if best == 0 {
		return ""
	}
	return strconv.Itoa(best)
}

// yearOfAddress is the year that the last part of an address gives: the folders
// before it tell when a file was put there, not what it is about.
func yearOfAddress(address string) string {
	at := strings.TrimRight(pathOf(address), "/")
	if a, ok := agid.ParseLink(address); ok {
		if a.UUID != "" {
			return ""
		}
		return yearIn(at)
	}
	return yearIn(at[strings.LastIndexByte(at, '/')+1:])
}

// yearBeside is the latest year in a line of the page that holds the link's
// words and others that are no link's: "2026: Obiettivi di accessibilità".
func yearBeside(p *page.Page, l *page.Link) string {
	const longest = 300 // bytes; a longer line is prose
	label := page.Fold(l.Text)
	if len(label) < len("obiettivi") {
		return ""
	}
	best := ""
	for line := range strings.SplitSeq(p.Folded, "\n") {
		whole := func(other page.Link) bool { return page.Fold(other.Text) == line }
		if len(line) <= longest && strings.Contains(line, label) && !slices.ContainsFunc(p.Links, whole) {
			best = max(best, yearIn(strings.ReplaceAll(line, label, " ")))
		}
	}
	return best
}
