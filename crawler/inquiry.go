package crawler

// What became of each interest: the word on which a failure may turn, so every
// doubt ends in "unread".

import (
	"cmp"
	"slices"

	"github.com/vigile-it/vigile/crawler/page"
)

// maxCandidates bounds the candidates that one Inquiry lists.
const maxCandidates = 10

// inquiries reports on the home page and on every interest heard of. left says
// that a budget ended the visit with addresses still to be fetched.
func (s *session) inquiries(left bool) []page.Inquiry {
	all := []page.Inquiry{s.homeInquiry()}
	for n := range s.frontier.asked {
		all = append(all, s.inquiry(n, left))
	}
	return all
}

func (s *session) homeInquiry() page.Inquiry {
	q := page.Inquiry{ID: page.Home, Reading: page.Unread}
	switch {
	case s.visit.Reach != page.ReachOK:
		q.Why = s.visit.Reach
	case s.homeWhole:
		q.Reading, q.Pages = page.Read, []string{s.visit.FinalURL}
	}
	return q
}

func (s *session) inquiry(n int, left bool) page.Inquiry {
	f := s.frontier
	q := page.Inquiry{ID: f.asked[n].ID, Reading: page.Unread}
	var open []*target
	for _, t := range f.order {
		if !t.serves(n) {
			continue
		}
		o, tried := f.outcomes[t.key]
		if tried && o.whole && !o.home {
			q.Pages = append(q.Pages, o.final)
			continue
		}
		open = append(open, t)
	}
	slices.SortStableFunc(open, func(a, b *target) int { return byRank(a, b, n) })
	q.Why = f.why(open, n)
	for _, t := range open[:min(len(open), maxCandidates)] {
		q.Candidates = append(q.Candidates, f.name(t))
	}
	slices.Sort(q.Pages)
	q.Pages = slices.Compact(q.Pages)
	switch {
	case f.broken[n]:
	case len(q.Pages) > 0:
		q.Reading, q.Why = page.Read, ""
	case len(open) == 0 && s.couldNotBeNamed(n, left):
		q.Reading = page.Absent
	}
	return q
}

func byRank(a, b *target, n int) int {
	return cmp.Or(cmp.Compare(b.rank(n).priority, a.rank(n).priority), cmp.Compare(a.depth, b.depth),
		cmp.Compare(a.placed, b.placed), cmp.Compare(a.url, b.url))
}

// name is how a candidate is listed: its address, or what is written in its place.
func (f *frontier) name(t *target) string {
	if t.url != "" {
		return t.url
	}
	href := f.shelf.take(t.first, "").Href
	return href[:min(len(href), 200)]
}

// why is the reason of the best candidate that was tried in vain or must not be
// left for.
func (f *frontier) why(open []*target, n int) page.Reach {
	for _, t := range open {
		if o, tried := f.outcomes[t.key]; tried && o.reach != page.ReachOK {
			return o.reach
		}
		if t.url != "" && !t.own && !f.mayGo(n) {
			return page.ReachOffsite
		}
	}
	return ""
}

// couldNotBeNamed tells that the absence of links for an interest means
// something: the home page and every other page near enough to carry one were
// read whole, and none of those that were wanted failed or was left over.
func (s *session) couldNotBeNamed(n int, left bool) bool {
	f := s.frontier
	if !s.homeWhole || f.overflow {
		return false
	}
	reachable := hops(f.asked[n])
	if left && reachable > 1 {
		return false
	}
	for _, o := range f.outcomes {
		if o.depth < reachable && !o.whole && !o.void {
			return false
		}
	}
	return true
}
