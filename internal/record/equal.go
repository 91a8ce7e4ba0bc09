package record

// When two assessments say the same, and how much of one is kept.

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
)

// Digest identifies what an assessment says: two assessments of the same digest
// differ in nothing but the run, the times, and the measures of the wire that
// never come out twice alike (durations, sizes, the address among several, the
// library's words for an error with its port numbers).
func Digest(a Assessment) ([sha256.Size]byte, error) {
	a.Run, a.Started = "", time.Time{}
	a.Comune.RTD.AsOf = time.Time{}
	a.Visit = unmeasured(a.Visit)
	b, err := json.Marshal(a)
	if err != nil {
		return [sha256.Size]byte{}, fmt.Errorf("digesting the assessment of %s: %w", a.Comune.Istat, err)
	}
	return sha256.Sum256(b), nil
}

func unmeasured(v page.Visit) page.Visit {
	v.Started, v.Took, v.Detail = time.Time{}, 0, ""
	v.Attempts = slices.Clone(v.Attempts)
	for i := range v.Attempts {
		v.Attempts[i].Address, v.Attempts[i].Detail = "", ""
	}
	v.Fetches = slices.Clone(v.Fetches)
	for i := range v.Fetches {
		f := &v.Fetches[i]
		f.Took, f.Waited, f.Size, f.Detail = 0, 0, 0, ""
	}
	return v
}

// Again is the assessment a as it was made once more at another time: the same
// but for its run and its times.
func Again(a Assessment, t Times) Assessment {
	a.Run, a.Started = t.Run, t.Started
	a.Visit.Started, a.Visit.Took = t.VisitStarted, t.VisitTook
	a.Comune.RTD.AsOf = t.RTDAsOf
	return a
}

// Times are what is kept of an assessment that says the same as the one before.
type Times struct {
	Run          string
	Started      time.Time
	VisitStarted time.Time
	VisitTook    time.Duration
	RTDAsOf      time.Time
}

// TimesOf are the times of an assessment.
func TimesOf(a Assessment) Times {
	return Times{
		Run: a.Run, Started: a.Started, VisitStarted: a.Visit.Started, VisitTook: a.Visit.Took, RTDAsOf: a.Comune.RTD.AsOf,
	}
}

// Bounds on what is kept of one assessment, whoever made it.
const (
	MaxFindings   = 200
	MaxFacts      = 2_000
	MaxEvidence   = 40 // of one finding; as many candidates
	MaxLooked     = 60
	MaxFetches    = 500
	MaxText       = 2_048 // bytes of one string of a fact, of a finding's value, of a URL
	MaxAttempts   = 40    // as many hops
	MaxInquiries  = 200
	MaxCandidates = 40 // of one inquiry; as many pages
)

// Bound is the assessment within the bounds above: what exceeds them is cut
// off, strings on a rune boundary. Nothing that a is made of is changed.
func Bound(a Assessment) Assessment {
	a.Facts = facts(a.Facts, MaxFacts)
	a.Findings = bounded(a.Findings, MaxFindings, func(f finding.Finding) finding.Finding {
		f.Value = text(f.Value)
		f.Evidence = facts(f.Evidence, MaxEvidence)
		f.Candidates = facts(f.Candidates, MaxEvidence)
		f.Looked = bounded(f.Looked, MaxLooked, text)
		return f
	})
	v := &a.Visit
	v.Site, v.FinalURL, v.Detail = text(v.Site), text(v.FinalURL), text(v.Detail)
	v.Attempts = bounded(v.Attempts, MaxAttempts, func(x page.Attempt) page.Attempt {
		x.URL, x.Final, x.Detail = text(x.URL), text(x.Final), text(x.Detail)
		return x
	})
	v.Hops = bounded(v.Hops, MaxAttempts, func(h page.Hop) page.Hop {
		h.URL, h.To = text(h.URL), text(h.To)
		return h
	})
	v.Fetches = bounded(v.Fetches, MaxFetches, func(f page.Fetch) page.Fetch {
		f.URL, f.Final, f.Detail = text(f.URL), text(f.Final), text(f.Detail)
		return f
	})
	v.Inquiries = bounded(v.Inquiries, MaxInquiries, func(q page.Inquiry) page.Inquiry {
		q.Pages = bounded(q.Pages, MaxCandidates, text)
		q.Candidates = bounded(q.Candidates, MaxCandidates, text)
		return q
	})
	return a
}

func facts(fs []finding.Fact, limit int) []finding.Fact {
	return bounded(fs, limit, func(f finding.Fact) finding.Fact {
		f.Value, f.URL, f.Snippet, f.Target = text(f.Value), text(f.URL), text(f.Snippet), text(f.Target)
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

// text is the string as UTF-8, cut at MaxText bytes but never inside a rune.
func text(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= MaxText {
		return s
	}
	end := MaxText
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}
