package record

// How much of an assessment is kept.

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
)

// Limits bound what is kept of one assessment, whoever made it.
type Limits struct {
	Findings   int
	Facts      int
	Evidence   int // of one finding; as many candidates
	Looked     int // pages of one finding
	Fetches    int
	Attempts   int // as many hops
	Inquiries  int
	Candidates int // of one inquiry; as many pages
	Text       int // bytes of a fact's strings, of a finding's value, of a URL
}

// Usual are the limits of what is kept.
func Usual() Limits {
	return Limits{
		Findings: 200, Facts: 1_000, Evidence: 40, Looked: 60, Fetches: 500, Attempts: 40, Inquiries: 200, Candidates: 40, Text: 2_048,
	}
}

// Tight are the limits of an assessment that is too large even so: its verdicts
// remain, with the first piece of evidence of each.
func Tight() Limits {
	return Limits{Findings: 200, Evidence: 1, Looked: 1, Fetches: 10, Attempts: 4, Inquiries: 100, Candidates: 1, Text: 512}
}

// Bound is the assessment within limits: what exceeds them is cut off, strings
// on a rune boundary. Nothing that a is made of is changed.
func (l Limits) Bound(a Assessment) Assessment {
	a.Facts = l.facts(a.Facts, l.Facts)
	a.Findings = bounded(a.Findings, l.Findings, func(f finding.Finding) finding.Finding {
		f.Value = l.text(f.Value)
		f.Evidence = l.facts(f.Evidence, l.Evidence)
		f.Candidates = l.facts(f.Candidates, l.Evidence)
		f.Looked = cut(f.Looked, l.Looked, l.text)
		return f
	})
	v := &a.Visit
	v.Site, v.FinalURL, v.Detail = l.text(v.Site), l.text(v.FinalURL), l.text(v.Detail)
	v.Attempts = cut(v.Attempts, l.Attempts, func(x page.Attempt) page.Attempt {
		x.URL, x.Final, x.Detail = l.text(x.URL), l.text(x.Final), l.text(x.Detail)
		return x
	})
	v.Hops = cut(v.Hops, l.Attempts, func(h page.Hop) page.Hop {
		h.URL, h.To = l.text(h.URL), l.text(h.To)
		return h
	})
	fetch := func(f page.Fetch) page.Fetch {
		f.URL, f.Final, f.Detail = l.text(f.URL), l.text(f.Final), l.text(f.Detail)
		return f
	}
	v.Fetches = bounded(v.Fetches, l.Fetches, fetch)
	v.Plain.Requests = bounded(v.Plain.Requests, l.Attempts, fetch)
	v.Inquiries = bounded(v.Inquiries, l.Inquiries, func(q page.Inquiry) page.Inquiry {
		q.Pages = cut(q.Pages, l.Candidates, l.text)
		q.Candidates = cut(q.Candidates, l.Candidates, l.text)
		return q
	})
	return a
}

func (l Limits) facts(fs []finding.Fact, limit int) []finding.Fact {
	return cut(fs, limit, func(f finding.Fact) finding.Fact {
		f.Value, f.URL, f.Snippet, f.Target = l.text(f.Value), l.text(f.URL), l.text(f.Snippet), l.text(f.Target)
		return f
	})
}

// bounded is a copy of at most limit items, each bounded in its turn; nil stays nil.
func bounded[T any](items []T, limit int, each func(T) T) []T {
	items = slices.Clone(items[:min(limit, len(items))])
	for i := range items {
		items[i] = each(items[i])
	}
	return items
}

// cut is what bounded gives, and the items themselves where all are within bounds, as
// they mostly are.
func cut[T comparable](items []T, limit int, each func(T) T) []T {
	limit = min(limit, len(items))
	items = items[:limit:limit]
	own := false
	for i, item := range items {
		within := each(item)
		if within == item {
			continue
		}
		if !own {
			items, own = slices.Clone(items), true
		}
		items[i] = within
	}
	return items
}

// text is the string as UTF-8, cut at l.Text bytes but never inside a rune.
func (l Limits) text(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= l.Text {
		return s
	}
	end := l.Text
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// Brief is the view without what only the sheet of one comune shows: of each
// finding the first piece of evidence remains, or where there is none the
// nearest candidate, and the first page looked at; of the visit its outcome.
func (l Latest) Brief() Latest {
	l.Visit = ending(page.Visit{}, l.Visit)
	l.Standings = slices.Clone(l.Standings)
	for i, s := range l.Standings {
		l.Standings[i] = s.brief()
	}
	return l
}

// Detailed is the brief view l with what only a sheet shows, from a whole view that says
// the same and may be older: numbers, times and the outcome of the visit are those of l,
// evidence and requests those of the first visit that found all this. A whole view that
// is newer is given as it is.
func (l Latest) Detailed(whole Latest) Latest {
	if whole.Checked.After(l.Checked) {
		return whole
	}
	l.Visit = ending(whole.Visit, l.Visit)
	for i := range l.Standings {
		s := &l.Standings[i]
		if w, ok := whole.Standing(s.Finding.Check); ok {
			s.Finding, s.LastDefinite = w.Finding, w.LastDefinite
		}
	}
	return l
}

// ending is a visit with the outcome of another.
func ending(v, as page.Visit) page.Visit {
	v.Site, v.FinalURL, v.Reach, v.Detail, v.Started, v.Took = as.Site, as.FinalURL, as.Reach, as.Detail, as.Started, as.Took
	v.Moved, v.Settled, v.Exhausted, v.Plain = as.Moved, as.Settled, as.Exhausted, as.Plain
	return v
}

func (s Standing) brief() Standing {
	s.Finding, s.LastDefinite = brief(s.Finding), brief(s.LastDefinite)
	return s
}

func brief(f finding.Finding) finding.Finding {
	f.Evidence = first(f.Evidence)
	f.Looked = first(f.Looked)
	if f.Evidence != nil {
		f.Candidates = nil
	}
	f.Candidates = first(f.Candidates)
	return f
}

// first is the first item alone, and nil where there is none.
func first[T any](items []T) []T {
	if len(items) == 0 {
		return nil
	}
	return items[:1:1]
}
