package report

// This file makes strings from outside fit to be shown. What the store gives
// back was clean when it was made; a store is a file, and files are edited.

import (
	"slices"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
)

func shown(s string) string { return page.Clean(s, maxShown) }

func address(s string) string { return page.Clean(s, page.MaxHref) }

func addresses(urls []string) []string {
	out := slices.Clone(urls)
	for i := range out {
		out[i] = address(out[i])
	}
	return out
}

func facts(fs []finding.Fact) []finding.Fact {
	out := slices.Clone(fs)
	for i := range out {
		out[i] = finding.NewFact(out[i])
	}
	return out
}

// looking copies how the look went, clean.
func looking(a record.Assessment) *Looking {
	v := a.Visit
	l := &Looking{
		Attempts: slices.Clone(v.Attempts), Hops: slices.Clone(v.Hops), Fetches: slices.Clone(v.Fetches),
		Inquiries: slices.Clone(v.Inquiries), Facts: facts(a.Facts), Plain: v.Plain,
	}
	l.Plain.Requests = slices.Clone(v.Plain.Requests)
	for i := range l.Attempts {
		t := &l.Attempts[i]
		t.URL, t.Final, t.Detail, t.Address = address(t.URL), address(t.Final), shown(t.Detail), shown(t.Address)
		if t.TLS != nil {
			tls := *t.TLS
			tls.Names = slices.Clone(tls.Names)
			for j := range tls.Names {
				tls.Names[j] = shown(tls.Names[j])
			}
			t.TLS = &tls
		}
	}
	for i := range l.Hops {
		h := &l.Hops[i]
		h.URL, h.To = address(h.URL), address(h.To)
	}
	for _, fetches := range [][]page.Fetch{l.Fetches, l.Plain.Requests} {
		for i := range fetches {
			f := &fetches[i]
			f.URL, f.Final, f.Detail = address(f.URL), address(f.Final), shown(f.Detail)
		}
	}
	for i := range l.Inquiries {
		q := &l.Inquiries[i]
		q.Pages, q.Candidates = addresses(q.Pages), addresses(q.Candidates)
	}
	return l
}
