package checks

// How citizens sign in: whose sign-in a page is, and what it says of digital
// identities besides the ways in that its links and forms are.

import (
	"hash/fnv"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

// signs is what a page says of itself as a sign-in.
type signs struct {
	editors     bool
	editorsRule string
	identity    bool // its title, headings or forms speak of digital identities or the personal area
	citizens    bool
	others      bool       // it names those who are none of its citizens: businesses, readers, customers
	password    *page.Form // the first form that asks for one; nil: none does
}

// readSigns reads whose sign-in a page would be, and whether it asks for a
// password. Whose it is says its title, its own headings and the form itself: the
// words round them are those of the whole site. Where it names others beside the
// citizens it is theirs too.
func (o loginObserver) readSigns(p *page.Page, hits []rules.Hit, home atHome) signs {
	s := signs{password: asksPassword(p)}
	for _, h := range hits {
		if h.Value == factEditors {
			s.editors, s.editorsRule = true, h.Rule.ID
		}
		s.identity = s.identity || h.Value == valueIdentity
	}
	if s.password == nil {
		return s
	}
	for _, item := range saysOfItself(p, s.password, home) {
		if len(o.theirs.Match(item)) > 0 {
			s.others = true
			continue
		}
		s.citizens = s.citizens || len(o.ours.Match(item)) > 0
	}
	return s
}

// saysOfItself is what a sign-in says of whom it is for, each as a page of its own:
// its title, its headings and the form itself.
func saysOfItself(p *page.Page, form *page.Form, home atHome) []*page.Page {
	out := []*page.Page{{Title: home.ownTitle(p)}}
	for _, h := range ownHeadings(p) {
		if !slices.Contains(home.headings, sumOf(page.Fold(h.Text))) {
			out = append(out, &page.Page{Headings: []page.Heading{h}})
		}
	}
	if len(form.Text) <= maxLoginForm {
		out = append(out, &page.Page{Forms: []page.Form{*form}})
	}
	return out
}

// ownHeadings are those that tell what a page is about.
func ownHeadings(p *page.Page) []page.Heading {
	var own []page.Heading
	for _, h := range p.Headings {
		if h.Level <= 2 && (h.Place == page.PlaceMain || h.Place == page.PlaceBody) {
			own = append(own, h)
		}
	}
	return own
}

// maxLoginForm is the length of the text beyond which a form is the page's own,
// as ASP.NET wraps them, and not that of the sign-in.
const maxLoginForm = 1_000

// asksPassword is the first form of the page with a field for a password.
func asksPassword(p *page.Page) *page.Form {
	for i := range p.Forms {
		for _, in := range p.Forms[i].Inputs {
			if in.Type == "password" {
				return &p.Forms[i]
			}
		}
	}
	return nil
}

// formNames tells one form from another: the names of its fields.
func formNames(f *page.Form) string {
	var names []string
	for _, in := range f.Inputs {
		if in.Type == "password" || in.Type == "text" {
			names = append(names, in.Name)
		}
	}
	return "form " + strings.Join(names, " ")
}

// ofTheState tells a page of a service of the State.
func (o loginObserver) ofTheState(p *page.Page, home atHome) bool {
	return len(o.national.Match(&page.Page{FinalURL: p.FinalURL})) > 0 && !sameSite("https://"+home.host, p.FinalURL)
}

// speaks lists what a page says of digital identities in blocks of text, in names
// of images and scripts, and on its controls. Blocks about how to come by one do
// not count: most of what sites say of SPID is that.
func (o loginObserver) speaks(p *page.Page, look *rules.Look) []finding.Fact {
	var out []finding.Fact
	for _, h := range o.shown.MatchIn(look) {
		out = append(out, finding.Fact{Place: h.Place, Snippet: h.Snippet, Rule: h.Rule.ID})
	}
	text, read := p.Text, 0
	for _, from := range speakingBlocks(p.Folded) {
		text = nthLine(text, strings.Count(p.Folded[read:from], "\n"))
		read = from
		block, _, _ := strings.Cut(p.Folded[from:], "\n")
		if said := o.spoken.MatchText(block); len(said) > 0 {
			line, _, _ := strings.Cut(text, "\n")
			out = append(out, finding.Fact{Place: "text", Snippet: page.Clean(line, finding.MaxSnippet), Rule: said[0].Rule.ID})
		}
	}
	return out
}

// speakingBlocks are where the blocks of a folded text begin that hold a word of
// digital identities.
func speakingBlocks(folded string) []int {
	var starts []int
	for _, word := range []string{"spid", "cie", "identit"} {
		for at, found := strings.Index(folded, word), 0; at >= 0 && found < maxSpeaks; {
			if at == 0 || folded[at-1] < 'a' || folded[at-1] > 'z' {
				starts, found = append(starts, strings.LastIndexByte(folded[:at], '\n')+1), found+1
			}
			next := strings.Index(folded[at+len(word):], word)
			if next < 0 {
				break
			}
			at += len(word) + next
		}
	}
	slices.Sort(starts)
	return slices.Compact(starts)
}

// maxSpeaks bounds how often one page is heard on one word of digital identities.
const maxSpeaks = 100

// atHome is what is remembered of the home page while a sign-in is read: what both
// say are words of the whole site. Hundreds are held at once, so of the words only
// their sums are kept: two that differ have the same one with a chance of one in 2^64.
type atHome struct {
	host, title string
	headings    []uint64 // folded
	said        []uint64 // of digital identities
}

// maxHomeWords bounds how many headings, and words on digital identities, are
// remembered.
const maxHomeWords = 50

func (h *atHome) keep(p *page.Page, said []finding.Fact) {
	*h = atHome{host: strings.Clone(hostOf(p.FinalURL)), title: strings.Clone(page.Fold(p.Title))}
	own := ownHeadings(p)
	for _, heading := range own[:min(len(own), maxHomeWords)] {
		h.headings = append(h.headings, sumOf(page.Fold(heading.Text)))
	}
	for _, f := range first(said, maxHomeWords) {
		h.said = append(h.said, sumOf(f.Snippet))
	}
}

func sumOf(words string) uint64 {
	sum := fnv.New64a()
	io.WriteString(sum, words) //nolint:errcheck // a sum takes everything
	return sum.Sum64()
}

// without are the facts whose words the home page does not have.
func (h atHome) without(said []finding.Fact) []finding.Fact {
	return slices.DeleteFunc(said, func(f finding.Fact) bool { return slices.Contains(h.said, sumOf(f.Snippet)) })
}

// ownTitle is what the title of a page says of that page alone: nothing on the home
// page's own host, where titles end in the name of the site; elsewhere what the
// home page's title does not say.
func (h atHome) ownTitle(p *page.Page) string {
	if h.host == hostOf(p.FinalURL) {
		return ""
	}
	var own []string
	for _, part := range titleParts.Split(p.Title, -1) {
		if part = strings.TrimSpace(part); part != "" && !strings.Contains(h.title, page.Fold(part)) {
			own = append(own, part)
		}
	}
	return strings.Join(own, " - ")
}

// titleParts is what parts the name of a page from that of its site.
var titleParts = regexp.MustCompile(`\s[-–—|•·»]\s|[|»]|:\s`)
