package checks

// The check rtd: what is seen on pages. Whether somebody is named beside the
// role is read from the block the role stands in, never from the next one, so
// that a table does not lend one office the name of another.

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/agid"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/internal/rules"
)

type rtdObserver struct {
	rules         *rules.Set // the role, the office, links to either, the union
	after, before *rules.Set // words that nobody has it, after and before the role
}

func (o rtdObserver) observe(p *page.Page, n *Notes) {
	for _, h := range o.rules.MatchIn(n.lookAt(p)) {
		f := finding.Fact{Check: rtdID, Kind: factRole, Value: h.Value, URL: maskAddress(p.FinalURL), Place: h.Place, Rule: h.Rule.ID, Depth: p.Depth}
		words, known := h.Snippet, publicNames(n.Comune, "")
		switch at, located := locateRole(p, h); {
		case h.Value == "initials" && !ofOrganisation(p):
			continue
		case strings.HasPrefix(h.Value, unionUnread):
			var ok bool
			if f, ok = o.union(n.Comune, p, h, f); !ok {
				continue
			}
			known = publicNames(n.Comune, f.Value)
		case h.Link != nil:
			f.Kind, f.Target, f.Place = factLabel, maskAddress(h.Link.URL), string(h.Link.Place)
		case located && at.isLabel(p):
			continue // the words of a link are judged as a link
		case h.Value == "initials" && !located:
			continue
		case h.Value == "initials":
			f.Kind, words = factLabel, at.words()
			if o.vacant(at) {
				f.Kind = factVacant
			}
		case located:
			f.Kind = o.kind(at, h.Value, publicNames(n.Comune, everyHolder))
			if f.Kind == factNamed {
				f.Value = cmp.Or(at.compare(n.Comune.RTD.Holders, nearHolders(n.Comune)), f.Value)
				known = publicNames(n.Comune, f.Value)
			}
			words = at.words()
		case h.Value == "office":
			f.Kind = factOffice
		}
		f.Snippet, _ = maskPersons(words, known)
		n.Add(f)
	}
	o.declarations(p, n)
}

// ofOrganisation tells a page on who does what: initials mean a role there.
func ofOrganisation(p *page.Page) bool {
	return slices.Contains(p.For, organisationPage) || slices.Contains(p.For, rtdPage)
}

// union makes the fact that the page speaks of a union; false where that proves
// no membership.
func (o rtdObserver) union(c registry.Comune, p *page.Page, h rules.Hit, f finding.Fact) (finding.Fact, bool) {
	f.Kind, f.Value = factUnion, unionUnread
	if h.Link != nil {
		if sameSite(p.FinalURL, h.Link.URL) || h.Link.URL == "" {
			return f, false // a page of its own about a union
		}
		f.Target, f.Place = h.Link.URL, string(h.Link.Place)
		if u, ok := unionLinked(h.Link, c.RTD); ok {
			f.Value = u.IPA
		}
		return f, true
	}
	if at, located := locate(p, h); located {
		if u, ok := unionIn(at, c.RTD); ok {
			f.Value = u.IPA
			return f, true
		}
	}
	return f, h.Value == unionUnread // of other unions only those that IPA has are any
}

// declarations notes the publications of AgID's that the home page links, so
// that AgID can be asked whether they give an address of the person responsible.
func (o rtdObserver) declarations(p *page.Page, n *Notes) {
	if p.Depth > 0 {
		return
	}
	for i := range p.Links {
		if a, ok := agid.ParseLink(p.Links[i].URL); ok && a.Publication() {
			n.Add(finding.Fact{Check: rtdID, Kind: factDeclaration, URL: p.FinalURL, Place: string(p.Links[i].Place), Target: a.URL})
		}
	}
}

// kind tells a role whose holder is named from one that is vacant and from one
// that stands alone.
func (o rtdObserver) kind(at spot, value string, known map[string]bool) string {
	switch {
	case o.vacant(at):
		return factVacant
	case at.named(known):
		return factNamed
	case value == "office":
		return factOffice
	}
	return factRole
}

// spot is where a hit stands: in which block, and what follows it.
type spot struct {
	line, next             string // the block and the one after it, as written
	folded                 string // of line
	start, end             int    // of the hit in folded
	foldedNext, foldedPast string // folded: of next; of what comes after the hit, one block on at the most
}

// locateRole is locate; where a hit begins in the label of a link, or in the
// initials alone, and says the role once more after it, it is the latter.
func locateRole(p *page.Page, h rules.Hit) (spot, bool) {
	at, located := locate(p, h)
	for located && h.Place == "text" && (at.isLabel(p) || len(at.folded) <= len("(r.t.d.)")) {
		rest := h.Start + strings.IndexByte(p.Folded[h.Start:h.End]+"\n", '\n') + 1
		if rest >= h.End || !roleAgain.MatchString(p.Folded[rest:h.End]) {
			break
		}
		h.Start = rest
		at, located = locate(p, h)
	}
	return at, located
}

var roleAgain = regexp.MustCompile(`\br\.?t\.?d\b|transizione`)

// locate finds the block of a hit in running text, or of the heading that was hit.
func locate(p *page.Page, h rules.Hit) (spot, bool) {
	start, end := h.Start, h.End
	switch h.Place {
	case "text":
	case "heading":
		title := page.Fold(h.Snippet)
		at := strings.Index("\n"+p.Folded+"\n", "\n"+title+"\n")
		if at < 0 {
			return spot{}, false
		}
		start, end = at, at+len(title)
	default:
		return spot{}, false
	}
	if start > end || end > len(p.Folded) {
		return spot{}, false
	}
	for start < end && p.Folded[start] == '\n' {
		start++ // a rule's word boundary
	}
	from := strings.LastIndexByte(p.Folded[:start], '\n') + 1
	if i := strings.IndexByte(p.Folded[from:], '\n'); i >= 0 {
		end = min(end, from+i)
	}
	var s spot
	rest := nthLine(p.Text, strings.Count(p.Folded[:from], "\n"))
	s.line, rest, _ = strings.Cut(rest, "\n")
	s.next, _, _ = strings.Cut(rest, "\n")
	past := p.Folded[from:]
	s.folded, past, _ = strings.Cut(past, "\n")
	s.foldedNext, _, _ = strings.Cut(past, "\n")
	s.start, s.end = start-from, end-from
	s.foldedPast = s.folded[s.end:] + "\n" + s.foldedNext
	return s, true
}

// nthLine is the text from its nth line on, counted from 0.
func nthLine(text string, n int) string {
	for range n {
		_, after, ok := strings.Cut(text, "\n")
		if !ok {
			return text
		}
		text = after
	}
	return text
}

// isLabel tells that the block is the label of a link and nothing else.
func (s spot) isLabel(p *page.Page) bool {
	label := strings.TrimSpace(s.folded)
	for i := range p.Links {
		if p.Links[i].Folded == label {
			return true
		}
	}
	return false
}

// words are the block round the hit with the beginning of the next, where a
// heading's name would be.
func (s spot) words() string {
	const after = 120
	return page.Around(s.line+" "+page.Clean(s.next, after), s.start, s.end, finding.MaxSnippet)
}

// alone tells that nothing of weight follows the role in its block.
func (s spot) alone() bool {
	rest, _ := maskPersons(s.folded[s.end:], nil)
	return !strings.Contains(rest, masked)
}

// introduction are the words that may stand before a name in a block of its own.
var introduction = wordSet(`
	nominativo nome cognome e il la dott dottor dottore dottoressa dott.ssa dr ing arch avv geom rag sig sig.ra prof responsabile
	incaricato incaricata referente dirigente segretario segretaria comunale generale name nom herr frau
`)

// named tells whether a person is named: in the block itself, or at the
// beginning of the next where the role stands as a heading.
func (s spot) named(known map[string]bool) bool {
	if _, ok := maskPersons(page.Around(s.line, s.start, s.end, finding.MaxSnippet), known); ok {
		return true
	}
	if !s.alone() {
		return false
	}
	words := strings.Fields(s.next)
	for len(words) > 0 && introduction[strings.Trim(page.Fold(words[0]), ".:,()")] {
		words = words[1:]
	}
	_, ok := maskPersons(strings.Join(words[:min(len(words), 2)], " "), known)
	return ok
}

// vacant tells whether the page says that nobody has the role: in words that
// nothing but harmless ones part from it, or by a colon that nothing follows.
func (o rtdObserver) vacant(at spot) bool {
	for _, h := range o.after.MatchText(clip(at.foldedPast, 160)) {
		gap := at.foldedPast[:h.Start]
		if rest, _ := maskPersons(gap, nil); !strings.Contains(rest, masked) {
			return true
		}
	}
	lead := at.folded[:at.start]
	for _, h := range o.before.MatchText(lead) {
		if rest, _ := maskPersons(lead[h.End:], nil); !strings.Contains(rest, masked) {
			return true
		}
	}
	return openColon.MatchString(at.folded[at.end:]) && (at.foldedNext == "" || otherLabel.MatchString(at.foldedNext))
}

var (
	openColon  = regexp.MustCompile(`^\W*(r\.?t\.?d\.?\W*)?:\W*$`) // a colon and nothing more in its block
	otherLabel = regexp.MustCompile(`^[^:]{3,60}:`)                // the block of something else
)

// clip cuts a folded text at n bytes.
func clip(s string, n int) string { return s[:min(n, len(s))] }
