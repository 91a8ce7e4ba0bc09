package rules

// Matching: literals first, over each place's strings joined into one, then the
// regular expression on a window round the hit.

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vigile-it/vigile/crawler/page"
)

// A Look is one page prepared for matching: its strings folded and joined once,
// whatever the number of sets that look. It is not safe for concurrent use and
// must not outlive the page.
type Look struct {
	page *page.Page
	hays map[hayKey]*hay
}

type hayKey struct {
	at    place
	exact bool
}

// NewLook prepares a page. Nothing is folded before a rule asks for it.
func NewLook(p *page.Page) *Look { return &Look{page: p, hays: map[hayKey]*hay{}} }

// Match finds the rules that match the page, in the order of the set; each
// place, link or asset at most once a rule.
func (s *Set) Match(p *page.Page) []Hit { return s.MatchIn(NewLook(p)) }

// MatchIn is Match on a page that other sets look at as well.
func (s *Set) MatchIn(l *Look) []Hit {
	var hits []Hit
	for _, r := range s.rules {
		hits = r.match(l, hits)
	}
	return hits
}

func (r *Rule) match(l *Look, hits []Hit) []Hit {
	var links map[int]bool // links this rule has hit already
	for _, at := range r.places {
		for _, part := range at.parts() {
			h := l.hay(part, r.Exact)
			for _, f := range r.search(l, part, h) {
				if !part.ofLink() {
					hits = append(hits, Hit{Rule: r, Value: f.value, Place: part.String(), Snippet: l.snippet(part, h, f), Start: f.start, End: f.end})
					continue
				}
				if links[f.item] {
					continue
				}
				if links == nil {
					links = map[int]bool{}
				}
				links[f.item] = true
				hits = append(hits, linkHit(r, f.value, part, &l.page.Links[f.item]))
			}
		}
	}
	return hits
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

// search finds the items of one place that the rule matches.
func (r *Rule) search(l *Look, part place, h *hay) []found {
	limit := maxItemHits
	if part.running() {
		limit = maxTextHits
	}
	var out []found
	tries := 0
	for _, lit := range r.folded[part.folding()].literals {
		if !h.may(lit) {
			continue
		}
		for at := 0; len(out) < limit && tries < maxTries; tries++ {
			next := strings.Index(h.text[at:], lit)
			if next < 0 {
				break
			}
			start := at + next
			i := h.itemAt(start)
			item := h.refs(i)
			at = start + len(lit)
			if !part.running() {
				at = h.endOf(i) // one hit an item is enough
				if slices.ContainsFunc(out, func(f found) bool { return f.item == item }) {
					continue
				}
			}
			lo, hi := h.starts[i], h.endOf(i)
			f, ok := r.accept(part, h.text[lo:hi], start-lo, start-lo+len(lit))
			if !ok || part.ofLink() && r.excludedLink(&l.page.Links[item]) {
				if !part.running() {
					at = start + len(lit) // another occurrence in the same item may do
				}
				continue
			}
			f.start, f.end, f.item = f.start+lo, f.end+lo, item
			if part.running() {
				at = max(at, f.end)
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
		if strings.Contains(window, no) {
			return found{}, false
		}
	}
	if r.Regexp == nil {
		return found{start: start, end: end, value: r.Value}, true
	}
	loc := r.Regexp.FindStringSubmatchIndex(window)
	if loc == nil {
		return found{}, false
	}
	value := r.Value
	if strings.Contains(value, "$") {
		value = page.Clean(string(r.Regexp.ExpandString(nil, value, window, loc)), snippetSize)
	}
	return found{start: lo + loc[0], end: lo + loc[1], value: value}, true
}

// excludedLink tells whether one of the rule's exclusions stands anywhere in
// the link's label or address: what it is called and where it leads go together.
func (r *Rule) excludedLink(l *page.Link) bool {
	if len(r.Not) == 0 {
		return false
	}
	label, href := linkFold(l, placeLinkText, r.Exact), linkFold(l, placeHref, r.Exact)
	for i := range r.Not {
		if strings.Contains(label, r.folded[foldText].not[i]) || strings.Contains(href, r.folded[foldAddress].not[i]) {
			return true
		}
	}
	return false
}

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

// MatchLink finds the rules that match one link, by the places a link has.
func (s *Set) MatchLink(l page.Link) []Hit {
	var hits []Hit
	var strs [2]map[string]string
	for _, r := range s.rules {
		if h, ok := r.matchLink(&l, &strs); ok {
			hits = append(hits, h)
		}
	}
	return hits
}

// matchLink tries one rule on a link; strs keeps the link's folded strings from
// rule to rule.
func (r *Rule) matchLink(l *page.Link, strs *[2]map[string]string) (Hit, bool) {
	kept := &strs[0]
	if r.Exact {
		kept = &strs[1]
	}
	for _, at := range r.places {
		for _, part := range at.parts() {
			if !part.ofLink() {
				continue
			}
			text, ok := (*kept)[part.name]
			if !ok {
				text = linkFold(l, part.name, r.Exact)
				if *kept == nil {
					*kept = make(map[string]string, 4)
				}
				(*kept)[part.name] = text
			}
			if v, ok := r.inItem(part, text); ok && !r.excludedLink(l) {
				return linkHit(r, v, part, l), true
			}
		}
	}
	return Hit{}, false
}

func (r *Rule) inItem(part place, text string) (string, bool) {
	f, ok := r.firstIn(part, text)
	return f.value, ok
}

// firstIn is the first accepted hit in one string: of the first literal that
// has any.
func (r *Rule) firstIn(part place, text string) (found, bool) {
	for _, lit := range r.folded[part.folding()].literals {
		for at := 0; ; {
			i := strings.Index(text[at:], lit)
			if i < 0 {
				break
			}
			if f, ok := r.accept(part, text, at+i, at+i+len(lit)); ok {
				return f, true
			}
			at += i + len(lit)
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
		return l.page.Snippet(f.start, f.end)
	}
	if part.running() {
		lo, hi := cut(h.text, f.start-60, f.end+60)
		return page.Clean(h.text[lo:hi], snippetSize)
	}
	return page.Clean(items(l.page, part)[f.item], snippetSize)
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
