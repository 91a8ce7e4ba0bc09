package checks

// The check app-io: whether the site leads to the comune's services on the app
// IO. A site cannot prove that a comune is on it, nor that it is not.

import (
	"regexp"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

const appIOID = "app-io"

// appIOPage is the id of the interest in the site's own page about the app.
const appIOPage = "app-io-page"

// Kinds of fact of this check.
const (
	factAppLink = "app_link" // a link to a service of this body on the app
	factAppWord = "app_word" // the app is named, or its own site linked
)

// appIOWord insists on the capitals: in Italian "io" is "I".
var appIOWord = regexp.MustCompile(`\b(?:[Aa]pp|APP|[Aa]pplicazione)[ \x{00a0}-]?["'“”«’]? ?IO\b|\bIO[ -][Aa]pp\b|\bIO,? l['’]app\b|\bAppIO\b`)

// appIOOwn are words, folded, that make a link to the app one to the services
// of this body.
var appIOOwn = regexp.MustCompile(`\b(servizi(o)?|messaggi|avvisi|comunicazioni|scadenze|comune|ente|amministrazione|gemeinde|dienste)\b`)

// appIOGeneric tells a link that only presents the app.
var appIOGeneric = regexp.MustCompile(`\bscarica|app dei servizi pubblici|che cos|cos'e|scopri (l'app|io)|download|store\b`)

var appIOWords = wordSet(`app io appio scarica servizi comune messaggi avvisi scadenze ricevi arriva arrivano anche promemoria notifiche pagamento pagamenti
	scopri vai esito messaggio pubblici dei sull'app dall'app l'app nell'app chi usa riceve li gli`)

func (b *builder) appIO() Check {
	set := b.rules("app-io")
	pages := set.Valued("page")
	follow := within(page.Interest{ID: appIOPage, MaxHops: 1, Match: func(l page.Link) int {
		if l.Depth > 0 {
			return 0
		}
		return rank(pages, l)
	}}, func(l page.Link) bool {
		return onSite(l) && hostOf(l.Page) == hostOf(l.URL) && !documentFile(l.URL) && appIOWord.MatchString(l.Label())
	})
	return Check{
		Meta: b.meta(appIOID), Interests: []page.Interest{follow, b.services()},
		Observe: appIOObserver{set.Valued("link", "service", "word")}.observe, Judge: judgeAppIO,
	}
}

type appIOObserver struct{ rules *rules.Set }

func (o appIOObserver) observe(p *page.Page, n *Notes) {
	var public []map[string]bool
	linked := map[*page.Link]bool{}
	for _, h := range o.rules.MatchIn(n.lookAt(p)) {
		f := finding.Fact{Check: appIOID, Kind: factAppWord, URL: maskAddress(p.FinalURL), Depth: p.Depth, Place: h.Place, Snippet: h.Snippet, Rule: h.Rule.ID}
		switch {
		case h.Value == "word" && (!appIOWord.MatchString(h.Snippet) || h.Link != nil && linked[h.Link]):
			continue
		case h.Link != nil:
			f.Place, f.Target = string(h.Link.Place), maskAddress(h.Link.URL)
			if f.Target == "" && strings.HasPrefix(strings.ToLower(h.Link.Href), "ioit:") {
				f.Target = h.Link.Href
			}
		}
		if h.Value != "word" {
			linked[h.Link] = true
			f.Snippet = h.Link.Label()
			if h.Value == "service" || ofThisBody(h.Link.Folded, page.Fold(n.Comune.Name)) {
				f.Kind = factAppLink
			}
		}
		if public == nil {
			public = n.keepWords(appIOWords)
		}
		if f.Snippet, _ = maskPersons(f.Snippet, public...); strings.Trim(f.Snippet, masked+" ") == "" {
			f.Snippet = f.Rule
		}
		n.Add(f)
	}
}

// ofThisBody tells whether the words of a link to the app speak of this body's
// services rather than of the app.
func ofThisBody(label, comune string) bool {
	if comune != "" && strings.Contains(label, comune) {
		return true
	}
	return appIOOwn.MatchString(label) && !appIOGeneric.MatchString(label)
}

func judgeAppIO(k Case) finding.Finding {
	links, words := k.Of(appIOID, factAppLink), k.Of(appIOID, factAppWord)
	slices.SortStableFunc(words, func(a, b finding.Fact) int { return a.Depth - b.Depth })
	switch {
	case len(links) > 0:
		return finding.Finding{Verdict: finding.Pass, Value: "link", Confidence: finding.Medium, Evidence: first(links, 3), Candidates: first(words, maxShown)}
	case len(words) > 0:
		return finding.Finding{Verdict: finding.Warn, Reason: "mentioned", Value: "mention", Confidence: finding.Low, Evidence: first(words, 3)}
	}
	return unknown(reasonNotVisible)
}
