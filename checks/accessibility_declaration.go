package checks

// The check accessibility-declaration: whether the home page links the comune's
// declaration on AgID's service. Here: what is seen on pages.

import (
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/agid"
	"github.com/vigile-it/vigile/internal/rules"
)

const declarationID = "accessibility-declaration"

// Kinds of fact of this check.
const (
	factPublication = "publication"        // a link to one publication on AgID's service
	factOtherAsset  = "other_asset"        // the same, of an app or another site
	factForeign     = "foreign"            // the same, of an agency or a supplier
	factObjectives  = "objectives"         // the yearly objectives, which are no declaration
	factFront       = "agid_front"         // AgID's service without a publication
	factOwnPage     = "own_page"           // a page of the site that the link calls a declaration
	factElsewhere   = "elsewhere"          // the same, on another host
	factDocument    = "document"           // a file
	factPlaceholder = "placeholder"        // the words, leading nowhere
	factScripted    = "scripted"           // the words, leading where a script decides
	factEither      = "either"             // a publication of the old form that the link calls both
	factWritten     = "written"            // the address of a publication in the text, and no link
	factMention     = "accessibility_page" // a link that says accessibility and no more
	factAnswer      = "agid_answer"        // what AgID has of a publication
)

func (b *builder) accessibilityDeclaration() Check {
	words := b.rules("accessibility")
	o := declarationObserver{labels: words.Valued("declaration", "objectives", "objectives-bare", "accessibility", "other_asset", factWritten), addresses: words.Valued("other_asset", "foreign")}
	return Check{
		Meta:      b.meta(declarationID),
		Interests: []page.Interest{within(b.interest(accessibilityPage, 1), mayDeclare)},
		Observe:   o.observe,
		Judge:     judgeDeclaration,
	}
}

// mayDeclare tells links that can lead to a page on accessibility: AgID's own
// addresses are read from the link itself, files are no pages, and what merely
// mentions accessibility is followed on the site alone.
func mayDeclare(l page.Link) bool {
	if _, ok := agid.ParseLink(l.Href); ok {
		return false
	}
	return !documentFile(l.URL) && (onSite(l) || strings.Contains(l.Folded, "dichiaraz") || !strings.Contains(l.Folded, " "))
}

// declarationObserver sees links to declarations and what looks like them.
type declarationObserver struct {
	labels    *rules.Set // what a link is called
	addresses *rules.Set // what the address of a publication says
}

func (o declarationObserver) observe(p *page.Page, n *Notes) {
	said := map[*page.Link][]rules.Hit{}
	for _, h := range o.labels.MatchIn(n.lookAt(p)) {
		switch {
		case h.Link == nil && p.Depth == 0:
			n.Add(finding.Fact{Check: declarationID, Kind: factWritten, URL: p.FinalURL, Place: h.Place, Snippet: h.Snippet, Rule: h.Rule.ID})
		case h.Link == nil:
		case h.Place == "link_text", h.Place == "link_image" && h.Link.Folded == "":
			said[h.Link] = append(said[h.Link], h)
		}
	}
	for i := range p.Links {
		l := &p.Links[i]
		label := readLabel(said[l])
		f := finding.Fact{Check: declarationID, URL: p.FinalURL, Place: string(l.Place), Depth: p.Depth, Snippet: l.Label(), Rule: label.rule}
		if a, ok := agidLink(l); ok {
			o.noteAgID(n, f, a, label)
			continue
		}
		noteOwn(n, f, p, l, label)
	}
	for _, src := range p.Frames {
		if a, ok := agid.ParseLink(src); ok && a.Publication() {
			o.noteAgID(n, finding.Fact{Check: declarationID, URL: p.FinalURL, Place: "frame", Depth: p.Depth, Snippet: src}, a, labelled{})
		}
	}
	for _, form := range p.Forms { // a button
		if a, ok := agid.ParseLink(form.Action); ok && a.Publication() {
			o.noteAgID(n, finding.Fact{Check: declarationID, URL: p.FinalURL, Place: "action", Depth: p.Depth, Snippet: form.Text}, a, o.called(form.Text))
		}
	}
}

// called is what words claim that are no link's.
func (o declarationObserver) called(words string) labelled {
	return readLabel(o.labels.MatchLink(page.Link{Text: words, Folded: page.Fold(words)}))
}

// labelled is what the words of a link claim.
type labelled struct {
	declaration, objectives, bare, asset, accessibility bool
	rule                                                string
}

func readLabel(hits []rules.Hit) labelled {
	var l labelled
	for _, h := range hits {
		switch h.Value {
		case "declaration":
			l.declaration = true
		case "objectives":
			l.objectives = true
		case "objectives-bare":
			l.bare = true
		case "accessibility":
			l.accessibility = true
		case "other_asset":
			l.asset = true
		}
		if l.rule == "" {
			l.rule = h.Rule.ID
		}
	}
	return l
}

// agidLink reads where a link leads, in its address or in the script that
// answers its click.
func agidLink(l *page.Link) (agid.Link, bool) {
	if a, ok := agid.ParseLink(l.Href); ok {
		return a, true
	}
	if l.OnClick == "" {
		return agid.Link{}, false
	}
	i := strings.Index(strings.ToLower(l.OnClick), agid.Host)
	if i < 0 {
		return agid.Link{}, false
	}
	address := l.OnClick[i:]
	if end := strings.IndexAny(address, "'\"`),; "); end >= 0 {
		address = address[:end]
	}
	return agid.ParseLink("https://" + address)
}

// noteAgID notes a link to AgID's service for what it is.
func (o declarationObserver) noteAgID(n *Notes, f finding.Fact, a agid.Link, label labelled) {
	f.Target = a.URL
	f.Value = publicationID(a)
	if f.Snippet == "" {
		f.Snippet = a.URL
	}
	switch {
	case a.Kind == agid.KindOld && a.Publication() && label.objectives && label.declaration:
		f.Kind = factEither
	case a.Kind == agid.KindObjectives || a.Kind != agid.KindNew && (label.objectives || label.bare && a.Publication()):
		f.Kind = factObjectives // an address of today's form says itself that it is a declaration
	case !a.Publication():
		if !label.declaration && !strings.Contains(a.URL, agid.Host) {
			return // a plain link to the agency's own site
		}
		f.Kind = factFront
	default:
		f.Kind = factPublication
		for _, h := range o.addresses.MatchLink(page.Link{Href: a.URL}) {
			f.Rule = h.Rule.ID
			f.Kind = factOtherAsset
			if h.Value == "foreign" {
				f.Kind = factForeign
				break
			}
		}
		if label.asset && f.Kind == factPublication {
			f.Kind = factOtherAsset
		}
	}
	n.Add(f)
}

func publicationID(a agid.Link) string {
	if a.UUID != "" {
		return a.UUID
	}
	if a.IPA != "" {
		return a.IPA + "/" + a.Slug
	}
	return ""
}

// PublicationOf is the address of the one publication of AgID's that a fact
// shows a link to; false where it shows none.
func PublicationOf(f finding.Fact) (string, bool) {
	if !strings.HasPrefix(f.Check, "accessibility-") || f.Kind == factAnswer {
		return "", false
	}
	a, ok := agid.ParseLink(f.Target)
	return a.URL, ok && a.Publication()
}

// noteOwn notes a link that calls itself a declaration and leads elsewhere than
// to AgID.
func noteOwn(n *Notes, f finding.Fact, p *page.Page, l *page.Link, label labelled) {
	f.Target = l.URL
	switch {
	case label.objectives:
		f.Kind = factObjectives
	case label.declaration:
		f.Kind = ownKind(p, l)
		if f.Target == "" {
			f.Target = l.Href
		}
	case label.accessibility && l.URL != "":
		f.Kind = factMention
	default:
		return
	}
	n.Add(f)
}

// ownKind tells where a link that calls itself a declaration leads.
func ownKind(p *page.Page, l *page.Link) string {
	href := strings.TrimSpace(strings.ToLower(l.Href))
	switch {
	case scripted(*l):
		return factScripted
	case l.URL == "" && len(href) > 1 && href[0] == '#':
		return factOwnPage // a section of this very page
	case l.URL == "":
		return factPlaceholder
	case documentFile(l.URL):
		return factDocument
	case !sameSite(p.FinalURL, l.URL):
		return factElsewhere
	}
	return factOwnPage
}

// idleScript tells a javascript: address that does nothing.
func idleScript(href string) bool {
	code := strings.Trim(strings.TrimPrefix(href, "javascript:"), " ;")
	switch code {
	case "", "void(0)", "void 0", "void()", "return false", "//", "false", "{}":
		return true
	}
	return false
}
