package checks

// The check transparency: the judgement.

import (
	"slices"
	"strconv"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
)

// The values of a pass: what of the section was seen.
const (
	valueSections = "sections" // the section was read and shows its outline
	valueLinkOnly = "link"     // the link alone; the section was not read or does not show its outline
)

func judgeTransparency(k Case) finding.Finding {
	links := k.Of(transparencyID, factATLink)
	if len(links) > 0 {
		return k.linked(links)
	}
	if home := k.sections(func(f finding.Fact) bool { return f.Depth == 0 }); len(home) > 0 && number(home[0].Value) >= mostSections {
		return finding.Finding{Verdict: finding.Pass, Value: valueSections, Confidence: finding.Medium, Evidence: home}
	}
	perhaps := k.Of(transparencyID, factATDoubtful)
	near := append(perhaps, k.Of(transparencyID, factATHidden, factATNear)...)
	if read := k.sections(func(f finding.Fact) bool { return f.Depth > 0 && number(f.Value) >= someSections }); len(perhaps) > 0 && len(read) > 0 {
		return finding.Finding{Verdict: finding.Pass, Value: valueSections, Confidence: finding.Medium, Evidence: first(append(perhaps, read...), maxShown)}
	}
	switch {
	case len(perhaps) > 0:
		return unknown(reasonNotVisible, near...)
	case len(k.Of(transparencyID, factATHidden)) > 0:
		return unknown(reasonJSOnly, near...)
	}
	if old := k.Of(transparencyID, factATArchive); len(old) > 0 {
		return finding.Finding{Verdict: finding.Warn, Reason: "archive_only", Confidence: finding.Medium, Evidence: first(old, maxShown), Candidates: first(near, maxShown)}
	}
	return finding.Finding{Verdict: finding.Fail, Reason: "no_link", Confidence: finding.High, Candidates: first(near, maxShown)}
}

// linked is the finding where the home page has the link.
func (k Case) linked(links []finding.Fact) finding.Finding {
	f := finding.Finding{Verdict: finding.Pass, Value: valueLinkOnly, Confidence: finding.Medium, Evidence: first(links, 3)}
	closed := k.Of(transparencyID, factATNoIndex)
	open := k.openPages(closed)
	q := k.Visit.Inquiry(transparencyPage)
	switch {
	case len(open) > 0:
		outline := k.sections(func(s finding.Fact) bool { return slices.Contains(open, s.URL) && number(s.Value) >= someSections })
		if len(outline) > 0 {
			f.Value, f.Confidence = valueSections, finding.High
			f.Evidence = append(f.Evidence, outline[0])
		}
		return f
	case len(closed) > 0:
		f.Verdict, f.Reason, f.Value, f.Confidence = finding.Warn, reasonIndexing, "noindex", finding.High
		f.Evidence = first(append(closed, f.Evidence...), maxShown)
		return f
	case !slices.ContainsFunc(links, k.mayBeRead):
		return f // on a vendor's host, or behind a script: the link is all there is to see
	case len(k.Visit.Inquiries) == 0:
		return unknown(reasonNotVisible, links...) // the visit goes on
	case q.Why == page.ReachRobotsDenied:
		f.Verdict, f.Reason, f.Value = finding.Warn, reasonIndexing, "robots"
		return f
	case q.Why == page.ReachHTTP4xx:
		return unknown(finding.Reason(q.Why), links...)
	}
	return f
}

// mayBeRead tells a link that a visit can follow: of this site, with an address.
func (k Case) mayBeRead(link finding.Fact) bool {
	return link.Target != "" && !documentFile(link.Target) && sameSite(k.Visit.FinalURL, link.Target)
}

// openPages are the pages of the section that were read and that search engines
// may index, those of an archive apart.
func (k Case) openPages(closed []finding.Fact) []string {
	var open []string
	for _, f := range k.Of(transparencyID, factATRead) {
		here := func(x finding.Fact) bool { return x.URL == f.URL }
		old := func(x finding.Fact) bool { return x.Target == f.URL }
		if !slices.ContainsFunc(closed, here) && !slices.ContainsFunc(k.Of(transparencyID, factATArchive, factATNear), old) {
			open = append(open, f.URL)
		}
	}
	return open
}

// sections are the facts of sections that keep accepts, the most sections first.
func (k Case) sections(keep func(finding.Fact) bool) []finding.Fact {
	var out []finding.Fact
	for _, f := range k.Of(transparencyID, factATSections) {
		if keep(f) {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b finding.Fact) int { return number(b.Value) - number(a.Value) })
	return out
}

// number reads a count; 0 where it is none.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
