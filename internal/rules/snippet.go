package rules

// The original wording of a hit in running text. Folding changes lengths but
// keeps line feeds, so a hit is found again by its line and not by walking the
// whole text.

import (
	"sort"
	"strings"

	"github.com/vigile-it/vigile/crawler/page"
)

// lineIndex is where the lines begin in a page's Text and in its Folded.
type lineIndex struct {
	built        bool
	text, folded []int
}

// lineStarts lists where the lines of s begin.
func lineStarts(s string) []int {
	starts := make([]int, 1, 1+strings.Count(s, "\n"))
	for at := 0; ; {
		i := strings.IndexByte(s[at:], '\n')
		if i < 0 {
			return starts
		}
		at += i + 1
		starts = append(starts, at)
	}
}

// textSnippet is Page.Snippet of a hit in Folded.
func (l *Look) textSnippet(start, end int) string {
	const around = 4 * page.SnippetRunes // bytes each side that hold what a snippet can
	x := &l.lines
	if !x.built {
		*x = lineIndex{built: true, text: lineStarts(l.page.Text), folded: lineStarts(l.page.Folded)}
	}
	n := len(x.text)
	if len(x.folded) != n {
		return l.page.Snippet(start, end)
	}
	from, to := lineOf(x.folded, start), lineOf(x.folded, end)
	first, last := from, to
	for first > 0 && x.text[from]-x.text[first] < around {
		first--
	}
	for last+1 < n && x.text[last]-x.text[to] < around+1 {
		last++ // line to itself is not counted: the hit may end at its end
	}
	text := l.page.Text[x.text[first]:]
	if last+1 < n {
		text = l.page.Text[x.text[first]:x.text[last+1]]
	}
	return page.Around(text, start-x.folded[first], end-x.folded[first], page.SnippetRunes)
}

// lineOf is the line an offset is in.
func lineOf(starts []int, offset int) int { return max(sort.SearchInts(starts, offset+1)-1, 0) }
