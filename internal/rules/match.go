package rules

// Matching: literals first, over each place's strings joined into one, then the
// regular expression on a window round the hit.

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vigile-it/vigile/crawler/page"
)

// Match finds the rules that match the page, in the order of the set; each
// place, link or asset at most once a rule.
func (s *Set) Match(p *page.Page) []Hit { return s.MatchIn(NewLook(p)) }

// MatchIn is Match on a page that other sets look at as well.
func (s *Set) MatchIn(l *Look) []Hit {
	if len(s.rules) == 0 {
		return nil
	}
	s.lex.ready()
	v := l.view(s.lex)
	l.hits = l.hits[:0]
	for _, r := range s.rules {
		l.match(v, r)
	}
	return slices.Clone(l.hits)
}

// match adds the hits of one rule to those of its set.
func (l *Look) match(v *view, r *Rule) {
	l.links = l.links[:0]
	for i := range r.parts {
		p := &r.parts[i]
		h, first := l.at(v, p, r.Exact)
		if none(first, p.lits) {
			continue
		}
		for _, f := range r.search(l, p, h, first, v.at) {
			if !p.link {
				l.hits = append(l.hits, Hit{Rule: r, Value: f.value, Place: p.String(), Snippet: l.snippet(p.place, h, f), Start: f.start, End: f.end})
				continue
			}
			if slices.Contains(l.links, f.item) {
				continue
			}
			l.links = append(l.links, f.item)
			l.hits = append(l.hits, linkHit(r, f.value, p.place, &l.page.Links[f.item]))
		}
	}
}

func linkHit(r *Rule, value string, part place, link *page.Link) Hit {
	return Hit{Rule: r, Value: value, Place: part.String(), Link: link, Snippet: linkSnippet(link, part)}
}

func linkSnippet(l *page.Link, part place) string {
	if part.name == placeLinkText {
		return page.Clean(joinWords(l.Text, l.AriaLabel, l.Title, l.Alt), snippetSize)
	}
	return page.Clean(linkString(l, part.name), snippetSize)
}

// found is one accepted literal hit: where in the hay, in which item.
type found struct {
	start, end int // in the hay
	item       int // of the page
	value      string
}

// search finds the items of one place that the rule matches. They are good until
// the next search.
func (r *Rule) search(l *Look, p *part, h *hay, first []int32, all []occurrence) []found {
	limit := maxItemHits
	if p.runs {
		limit = maxTextHits
	}
	l.newRound()
	out := l.found[:0]
	defer func() { l.found = out }()
	tries := 0
	for k, id := range p.lits {
		size := len(r.folded[p.folding()].literals[k])
		at := 0
		for o := first[id]; o > 0 && len(out) < limit && tries < maxTries; o = all[o].next {
			start := int(all[o].pos)
			if start < at {
				continue
			}
			tries++
			i := h.itemAt(start)
			lo, hi := h.starts[i], h.endOf(i)
			item := h.refs(i)
			at = start + size
			if !p.runs && l.marked(item) {
				at = hi // one hit an item is enough
				continue
			}
			f, ok := r.accept(p.place, h.text[lo:hi], start-lo, start-lo+size)
			if !ok || p.link && l.excludesLink(r, item) {
				if !p.runs && (ok || hi-lo <= p.window) {
					l.mark(item) // whatever else stands in it: the rule saw all of it
					at = hi
				}
				continue
			}
			f.start, f.end, f.item = f.start+lo, f.end+lo, item
			if p.runs {
				at = max(at, f.end)
			} else {
				l.mark(item)
				at = hi
			}
			out = append(out, f)
		}
	}
	return out
}

// accept judges one literal hit [start,end) of text by the window round it.
func (r *Rule) accept(part place, text string, start, end int) (found, bool) {
	n := r.Window
	if n == 0 {
		n = itemWindow
		if part.running() {
			n = textWindow
		}
	}
	lo, hi := cut(text, start-n, end+n)
	window := text[lo:hi]
	for _, no := range r.folded[part.folding()].not {
		if holds(window, no) {
			return found{}, false
		}
	}
	if r.Regexp == nil {
		return found{start: start, end: end, value: r.Value}, true
	}
	if !r.need.met(window) {
		return found{}, false
	}
	if !strings.Contains(r.Value, "$") { // no group is asked for, which is dearer
		loc := r.Regexp.FindStringIndex(window)
		if loc == nil {
			return found{}, false
		}
		return found{start: lo + loc[0], end: lo + loc[1], value: r.Value}, true
	}
	loc := r.Regexp.FindStringSubmatchIndex(window)
	if loc == nil {
		return found{}, false
	}
	value := page.Clean(string(r.Regexp.ExpandString(nil, r.Value, window, loc)), snippetSize)
	return found{start: lo + loc[0], end: lo + loc[1], value: value}, true
}

// excludedLink tells whether one of the rule's exclusions stands anywhere in
// the link's label or address: what it is called and where it leads go together.
func (r *Rule) excludedLink(l *page.Link) bool {
	if len(r.Not) == 0 {
		return false
	}
	return r.excludes(linkFold(l, placeLinkText, r.Exact), linkFold(l, placeHref, r.Exact))
}

// excludesLink is excludedLink for a link of the page at hand.
func (l *Look) excludesLink(r *Rule, link int) bool {
	if len(r.Not) == 0 {
		return false
	}
	label, href := l.hay(place{name: placeLinkText}, r.Exact), l.hay(place{name: placeHref}, r.Exact)
	return r.excludes(label.ofLink(link), href.ofLink(link))
}

// excludes is excludedLink for a link's folded label and address.
func (r *Rule) excludes(label, href string) bool {
	for i := range r.Not {
		if holds(label, r.folded[foldText].not[i]) || addressHolds(href, r.folded[foldAddress].not[i]) {
			return true
		}
	}
	return false
}

// byChance is the length from which an exclusion stands in the midst of a word
// on purpose: amministrazionetrasparente.
const byChance = 8

// holds tells whether an exclusion stands in words. One that is a short word must
// not lie in the midst of another: Flaibano and Tribano are comuni, whatever a
// rule says of the IBAN. Many are the beginning of a word.
func holds(words, no string) bool {
	for at := 0; ; at++ {
		i := strings.Index(words[at:], no)
		if i < 0 {
			return false
		}
		if at += i; !amid(words, at, at+len(no)) {
			return true
		}
	}
}

// amid tells whether [start,end) of s is a short word with letters on both sides.
func amid(s string, start, end int) bool {
	if end-start >= byChance || start == 0 || end == len(s) || !letter(s[start-1]) || !letter(s[end]) {
		return false
	}
	for i := start; i < end; i++ {
		if !letter(s[i]) {
			return false
		}
	}
	return true
}

// addressHolds is holds for an address. In the host an exclusion must not begin
// within a word either: comune.benevento.it is no event, and a rule on taxes must
// not pass over Quarrata.
func addressHolds(href, no string) bool {
	if no == "" || !letter(no[0]) {
		return strings.Contains(href, no)
	}
	from := strings.Index(href, "://")
	end := from
	if from >= 0 {
		from += len("://")
		end = len(href)
		if i := strings.IndexAny(href[from:], "/?#"); i >= 0 {
			end = from + i
		}
	}
	for at := 0; ; at++ {
		i := strings.Index(href[at:], no)
		if i < 0 {
			return false
		}
		at += i
		inHost := at > from && at < end && letter(href[at-1])
		if !inHost && !amid(href, at, at+len(no)) {
			return true
		}
	}
}

func letter(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' }

func linkFold(l *page.Link, name string, exact bool) string {
	switch {
	case exact:
		return linkString(l, name)
	case name == placeLinkText:
		return l.Folded
	default:
		return lower(linkString(l, name))
	}
}

// firstIn is the first accepted hit in one string: of the first literal that
// has any.
func (r *Rule) firstIn(at place, text string) (found, bool) {
	for _, lit := range r.folded[at.folding()].literals {
		if f, ok := r.firstOf(at, text, lit); ok {
			return f, true
		}
	}
	return found{}, false
}

// cut widens nothing and narrows a window to the text and to whole runes.
func cut(text string, lo, hi int) (int, int) {
	lo, hi = max(lo, 0), min(hi, len(text))
	for lo > 0 && lo < len(text) && !utf8.RuneStart(text[lo]) {
		lo++
	}
	for hi < len(text) && hi > lo && !utf8.RuneStart(text[hi]) {
		hi--
	}
	return lo, hi
}

// snippet is the original wording of a hit outside links.
func (l *Look) snippet(part place, h *hay, f found) string {
	if part.name == placeText {
		return l.textSnippet(f.start, f.end)
	}
	if part.running() {
		lo, hi := cut(h.text, f.start-60, f.end+60)
		return page.Clean(h.text[lo:hi], snippetSize)
	}
	return page.Clean(h.raw[f.item], snippetSize)
}

// MatchText finds the rules for running text that match a piece of it, which
// must be folded: each rule at most once, where it matches first. Start and End
// of a hit are offsets into the piece.
func (s *Set) MatchText(folded string) []Hit {
	var hits []Hit
	for _, r := range s.rules {
		if r.Exact {
			continue
		}
		for _, at := range r.places {
			if at.name != placeText {
				continue
			}
			if f, ok := r.firstIn(at, folded); ok {
				hits = append(hits, Hit{Rule: r, Value: f.value, Place: at.String(), Start: f.start, End: f.end, Snippet: page.Clean(folded[f.start:f.end], snippetSize)})
			}
		}
	}
	return hits
}
