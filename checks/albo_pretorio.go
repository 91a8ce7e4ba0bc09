package checks

// The check albo-pretorio: whether the site leads to the notice board on which
// acts take legal effect (L. 69/2009 art. 32).

import (
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

const alboID = "albo-pretorio"

// documentsPage is the id of the interest in the pages that list the comune's
// acts and documents, where the board stands if not on the home page.
const documentsPage = "public-documents"

// Kinds of fact of this check.
const (
	factAlboLink     = "link"     // to the board
	factAlboArchive  = "archive"  // to one that ended on some date
	factAlboPerhaps  = "perhaps"  // "Albo" alone, or an address that a board has under other words
	factAlboUnlinked = "unlinked" // the words, without an address
	factAlboNear     = "near"     // another register, news
)

func (b *builder) alboPretorio() Check {
	set := b.rules("albo-pretorio")
	pages := set.Valued(documentsPage)
	follow := within(page.Interest{ID: documentsPage, MaxHops: 2, Match: func(l page.Link) int {
		if l.Depth > 1 {
			return 0
		}
		return leadingOn(l, rank(pages, l))
	}}, onSite)
	return Check{
		Meta: b.meta(alboID), Interests: []page.Interest{follow, b.interest(transparencyPage, 1)},
		Observe: alboObserver{set.Valued(factAlboLink, factAlboArchive, factAlboPerhaps, factAlboNear, "address", documentsPage)}.observe, Judge: judgeAlbo,
	}
}

type alboObserver struct{ rules *rules.Set }

func (o alboObserver) observe(p *page.Page, n *Notes) {
	w := plainWriter{check: alboID, n: n, p: p}
	links, rest := byLink(o.rules.MatchIn(n.lookAt(p)))
	for _, l := range links {
		if kind, h := alboKind(l); kind != "" {
			w.link(kind, l, h)
		}
	}
	for _, h := range rest {
		if h.Value == factAlboLink {
			w.text(factAlboUnlinked, h)
		}
	}
}

// alboKind tells what a link is. Its words weigh more than its address: vendors
// keep other registers under the board's.
func alboKind(l linkSaid) (string, rules.Hit) {
	named, isNamed := l.says(factAlboLink)
	address, atBoard := l.says("address")
	bare, isBare := l.says(factAlboPerhaps)
	if h, ok := l.says(factAlboNear); ok && !isBare {
		return factAlboNear, h
	}
	if h, ok := l.says(factAlboArchive); ok {
		return factAlboArchive, h
	}
	if h, ok := l.says(documentsPage); ok && !isNamed && !l.leads() {
		return factAlboUnlinked, h // what would hold it cannot be reached
	}
	switch {
	case isNamed && isBare && newsAddress(l.URL):
		return factAlboPerhaps, bare // the board's name and no more, kept among the news
	case isNamed && (newsAddress(l.URL) || !l.short()):
		return factAlboNear, named
	case isNamed && l.leads():
		return factAlboLink, named
	case isNamed:
		return factAlboUnlinked, named
	}
	switch {
	case isBare && atBoard, atBoard && l.Label() == "" && l.leads():
		return factAlboLink, address
	case isBare && (newsAddress(l.URL) || !l.short()):
		return factAlboNear, bare
	case isBare:
		return factAlboPerhaps, bare
	case atBoard && !newsAddress(l.URL):
		return factAlboPerhaps, address
	}
	return "", rules.Hit{}
}

func judgeAlbo(k Case) finding.Finding {
	links, perhaps := k.Of(alboID, factAlboLink), k.Of(alboID, factAlboPerhaps)
	near := append(perhaps, k.Of(alboID, factAlboUnlinked, factAlboNear)...)
	if len(links) > 0 {
		return linkedNotice(links)
	}
	switch {
	case len(perhaps) > 0:
		return unknown(reasonNotVisible, near...)
	case len(k.Of(alboID, factAlboUnlinked)) > 0:
		return unknown(reasonJSOnly, near...)
	}
	if why, left := k.leftOver(documentsPage); left {
		return unknown(why, near...)
	}
	if old := k.Of(alboID, factAlboArchive); len(old) > 0 {
		return finding.Finding{Verdict: finding.Warn, Reason: "archive_only", Confidence: finding.Medium, Evidence: first(old, 3), Candidates: first(near, maxShown)}
	}
	return finding.Finding{Verdict: finding.Fail, Reason: "not_found", Confidence: finding.Medium, Candidates: first(near, maxShown)}
}

// linkedNotice is the pass that a link proves: surer where it stands on the home
// page. The value is where it was found.
func linkedNotice(links []finding.Fact) finding.Finding {
	f := finding.Finding{Verdict: finding.Pass, Value: "inner_page", Confidence: finding.Medium}
	var home []finding.Fact
	for _, l := range links {
		if l.Depth == 0 {
			home = append(home, l)
		}
	}
	if len(home) > 0 {
		f.Value, f.Confidence, links = "home", finding.High, home
	}
	f.Evidence = first(links, 3)
	return f
}

// leftOver tells whether a visit left candidates of an interest unread, and
// why: what is on them nobody knows.
func (k Case) leftOver(id string) (finding.Reason, bool) {
	q := k.Visit.Inquiry(id)
	if len(q.Candidates) == 0 {
		return "", false
	}
	if q.Why != "" && q.Why != page.ReachOK {
		return finding.Reason(q.Why), true
	}
	return k.whyUnread(q.Candidates[0]), true
}
