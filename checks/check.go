// Package checks is the catalogue of what vigile looks for: each check observes
// pages, which gives facts, and judges facts, which gives one finding. It is
// pure: no network, no clock, no disk but its embedded metadata and rules.
package checks

import (
	"cmp"
	"slices"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/agid"
	"github.com/vigile-it/vigile/internal/registry"
)

// Check is one check: a plain value in the catalogue.
type Check struct {
	Meta      Meta
	Interests []page.Interest            // links worth following for it
	Observe   func(*page.Page, *Notes)   // facts of one page, no verdicts; nil: it judges the visit or the registry alone
	Judge     func(Case) finding.Finding // call Finding instead: it holds the guard
	AsksPlain bool                       // it judges Visit.Plain, so that a visit has to ask what plain http does
}

// Case is all a judge may look at.
type Case struct {
	Comune   registry.Comune
	Visit    page.Visit
	Facts    []finding.Fact         // of all checks
	Answers  map[string]agid.Answer // AgID's, by the canonical URL of the link; nil: it was not asked
	Previous Previous               // what is remembered of this check on this comune
	Date     time.Time              // the day deadlines are judged on
}

// Previous is the memory of one check on one comune before this visit. The zero
// value is no memory.
type Previous struct {
	LastDefinite   finding.Finding  // the last finding that was not unknown
	LastDefiniteAt time.Time        // when it was made
	Since          time.Time        // since when that verdict and reason have stood
	NightsStood    int              // nights in a row they have stood, before this one
	LastReach      page.Reach       // of the visit before this one
	ReachNights    int              // nights in a row with LastReach, before this one
	Pending        *finding.Finding // a red the look before found, where the one before that had found none
}

// Of lists the facts a check's observer noted, of the given kinds or of all.
func (k Case) Of(check string, kinds ...string) []finding.Fact {
	noted := func(f *finding.Fact) bool {
		return f.Check == check && (len(kinds) == 0 || slices.Contains(kinds, f.Kind))
	}
	n := 0
	for i := range k.Facts {
		if noted(&k.Facts[i]) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	out := make([]finding.Fact, 0, n) // facts are large, and asked for many times a visit
	for i := range k.Facts {
		if noted(&k.Facts[i]) {
			out = append(out, k.Facts[i])
		}
	}
	return out
}

// Finding judges one case. It is the one guard every check stands behind: a
// site that was not reached is unknown, whatever the judge would say; so is a
// red, or anything that rests on absence, while a page of must_read is unread.
func (c Check) Finding(k Case) finding.Finding {
	f := c.guarded(k)
	f.Check, f.Nature, f.Version = c.Meta.ID, c.Meta.Nature, c.Meta.Version
	if len(f.Looked) == 0 {
		f.Looked = looked(k.Visit)
	}
	return weigh(f, k.Previous)
}

func (c Check) guarded(k Case) finding.Finding {
	if k.Visit.Reach != page.ReachOK && !c.Meta.JudgesVisit {
		reach := k.Visit.Reach
		if reach == "" {
			reach = page.ReachOurFault
		}
		return finding.Finding{Verdict: finding.Unknown, Reason: finding.Reason(reach)}
	}
	f := c.Judge(k)
	if f.Verdict == finding.Fail && c.Meta.Nature != finding.Obligation {
		f.Verdict = finding.Warn
	}
	if !c.needsAll(f) {
		return f
	}
	for _, id := range c.Meta.MustRead {
		if id != page.Home && k.projected() && settled(c.Meta.ID, f.Reason) {
			continue
		}
		if why, unread := k.unread(id); unread {
			return leftOpen(f, why)
		}
	}
	if seen := k.Of(pageFacts, factEntrance); len(seen) > 0 && slices.Contains(c.Meta.MustRead, page.Home) && c.restsOnAbsence(f) {
		f.Candidates = append(f.Candidates, seen...)
		return leftOpen(f, reasonNotVisible)
	}
	return f
}

// leftOpen makes of a finding that may not stand the question it would answer.
func leftOpen(f finding.Finding, why finding.Reason) finding.Finding {
	f.Verdict, f.Reason, f.Value, f.Confidence = finding.Unknown, why, "", ""
	f.Candidates, f.Evidence = append(f.Candidates, f.Evidence...), nil
	return f
}

// projected tells that a visit is judged on a later day than its own: what is
// said then is how it will stand if nothing changes. A page that was spared
// because all was well on the day need not have been read for that, where what
// goes wrong is the date alone; the next visit reads it.
func (k Case) projected() bool {
	const day = 24 * time.Hour
	return !k.Visit.Started.IsZero() && k.Date.Sub(k.Visit.Started) > day
}

// seenOn is the day on which what a visit saw is judged, whatever day its deadlines
// are judged on: data that were fresh then, and a certificate that was about to be
// renewed, are no worse for being asked about later.
func (k Case) seenOn() time.Time {
	if k.Visit.Started.IsZero() {
		return k.Date
	}
	return k.Visit.Started
}

// needsAll tells whether a finding may stand only once every page of must_read
// has been read.
func (c Check) needsAll(f finding.Finding) bool {
	if f.Verdict == finding.Fail && !c.Meta.JudgesVisit {
		return true
	}
	return c.restsOnAbsence(f)
}

// restsOnAbsence tells whether a finding says what is not there.
func (c Check) restsOnAbsence(f finding.Finding) bool {
	spec, ok := finding.ReasonOf(c.Meta.ID, f.Reason)
	return ok && spec.Absence
}

// unread tells whether an interest was left unread, and why.
func (k Case) unread(id string) (finding.Reason, bool) {
	q := k.Visit.Inquiry(id)
	if q.Reading == page.Read && k.onlyThin(id, q.Pages) {
		return reasonJSOnly, true
	}
	if q.Reading == page.Read || q.Reading == page.Absent && id != page.Home {
		return "", false
	}
	if q.Why != "" && q.Why != page.ReachOK {
		return finding.Reason(q.Why), true
	}
	if len(q.Candidates) > 0 {
		return k.passedBy(), true
	}
	return k.incomplete(), true
}

// inVain are the pages of an interest that a visit asked for and could not read:
// what is on them nobody knows, whatever the others of it say. A page that is not
// there hides nothing, nor does one that was never asked for: the best are first.
func (k Case) inVain(id string) []page.Fetch {
	var out []page.Fetch
	candidates := k.Visit.Inquiry(id).Candidates
	for _, f := range k.Visit.Fetches {
		if f.Kind != page.FetchPage || f.Repeat || gone(f) {
			continue
		}
		left := func(c string) bool { return sameDocument(c, f.URL) || sameDocument(c, f.Final) }
		if (f.Reach != page.ReachOK || f.Truncated || f.Partial) && slices.ContainsFunc(candidates, left) {
			out = append(out, f)
		}
	}
	return out
}

// gone tells an answer that there is no such page (RFC 9110 §15.5.5, §15.5.11).
func gone(f page.Fetch) bool { return f.Status == 404 || f.Status == 410 }

// whyInVain is the reason a page asked for in vain was not read.
func (k Case) whyInVain(f page.Fetch) finding.Reason {
	if f.Reach != page.ReachOK {
		return finding.Reason(f.Reach)
	}
	return k.incomplete()
}

// onlyThin tells whether none of the pages read for an interest showed enough of
// itself to conclude from.
func (k Case) onlyThin(id string, pages []string) bool {
	shells := map[string]bool{}
	for _, f := range k.Of(pageFacts, factThin) {
		if id == page.Home && f.Depth == 0 {
			return true
		}
		if f.Value == thinSignIn && id == loginPage {
			continue // little as it is, it shows how one signs in
		}
		shells[f.URL] = true
	}
	for _, p := range pages {
		if !shells[p] {
			return false
		}
	}
	return len(pages) > 0
}

// incomplete is why pages that did arrive do not allow a conclusion.
func (k Case) incomplete() finding.Reason { return cmp.Or(k.cutShort(), reasonJSOnly) }

// passedBy is why a page that was known of was not asked for: a visit goes on no
// further than its obligations need.
func (k Case) passedBy() finding.Reason { return cmp.Or(k.cutShort(), reasonNotVisible) }

// cutShort is what kept the visit from seeing all of its pages; empty: nothing.
func (k Case) cutShort() finding.Reason {
	for _, f := range k.Visit.Fetches {
		switch {
		case f.Kind == page.FetchScript && f.Reach != page.ReachOK:
			return reasonJSOnly
		case f.Kind == page.FetchPage && f.Truncated:
			return finding.Reason(page.ReachTooLarge)
		case f.Kind == page.FetchPage && f.Partial:
			return finding.Reason(page.ReachOurFault)
		}
	}
	switch k.Visit.Exhausted {
	case "":
		return ""
	case "time":
		return finding.Reason(page.ReachTooSlow)
	default:
		return finding.Reason(page.ReachTooLarge)
	}
}

// looked lists the pages a visit read.
func looked(v page.Visit) []string {
	var out []string
	for _, f := range v.Fetches {
		url := f.Final
		if url == "" {
			url = f.URL
		}
		if f.Kind == page.FetchPage && f.Reach == page.ReachOK && !f.Repeat && !slices.Contains(out, url) {
			out = append(out, url)
		}
	}
	if len(out) == 0 && v.Reach == page.ReachOK && v.FinalURL != "" {
		out = append(out, v.FinalURL)
	}
	return out
}

// Reasons that several checks give.
const (
	reasonJSOnly     finding.Reason = "js_only"
	reasonNotVisible finding.Reason = "not_visible_on_site"
	reasonUpstream   finding.Reason = "upstream"
)

// unknown is the finding of a question left open.
func unknown(why finding.Reason, candidates ...finding.Fact) finding.Finding {
	return finding.Finding{Verdict: finding.Unknown, Reason: why, Candidates: first(candidates, maxShown)}
}

// maxShown bounds the evidence and the candidates of one finding.
const maxShown = 8

func first(facts []finding.Fact, n int) []finding.Fact {
	return facts[:min(n, len(facts))]
}
