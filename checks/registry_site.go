package checks

// The check registry-site: whether the address IPA has for the comune leads to
// its site.

import (
	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
)

const registrySiteID = "registry-site"

// nightsUnknownName is how many nights in a row a name must not exist before
// the registry's address counts as wrong.
const nightsUnknownName = 3

func (b *builder) registrySite() Check {
	return Check{Meta: b.meta(registrySiteID), Judge: judgeRegistrySite}
}

func judgeRegistrySite(k Case) finding.Finding {
	switch {
	case k.Comune.Site.Missing() || k.Visit.Reach == page.ReachNoURL:
		return registryFault(k, finding.Reason(page.ReachNoURL), finding.High)
	case k.Comune.Site.Bad() || k.Visit.Reach == page.ReachBadURL:
		return registryFault(k, finding.Reason(page.ReachBadURL), finding.High)
	}
	switch k.Visit.Reach {
	case page.ReachNXDomain:
		if nightsOf(k.Previous, page.ReachNXDomain) < nightsUnknownName {
			return registryUnknown(k, finding.Reason(page.ReachNXDomain))
		}
		return registryFault(k, finding.Reason(page.ReachNXDomain), finding.Medium)
	case page.ReachOK, page.ReachEmptyOrJSOnly, page.ReachTooLarge:
		return registryAnswers(k)
	case "":
		return registryUnknown(k, finding.Reason(page.ReachOurFault))
	}
	return registryUnknown(k, finding.Reason(k.Visit.Reach))
}

// nightsOf counts the nights in a row with that reach, this one included.
func nightsOf(p Previous, r page.Reach) int {
	if p.LastReach != r {
		return 1
	}
	return p.ReachNights + 1
}

// registryFault is a red on the registry's account; a row that may be a stray
// never bears one.
func registryFault(k Case, why finding.Reason, c finding.Confidence) finding.Finding {
	if k.Comune.Doubtful {
		return registryUnknown(k, "doubtful_row")
	}
	f := finding.Finding{Verdict: finding.Fail, Reason: why, Confidence: c, Evidence: []finding.Fact{rowFact(k)}}
	f.Looked = attemptURLs(k.Visit.Attempts)
	return f
}

func registryUnknown(k Case, why finding.Reason) finding.Finding {
	f := unknown(why, rowFact(k))
	f.Looked = attemptURLs(k.Visit.Attempts)
	return f
}

func registryAnswers(k Case) finding.Finding {
	f := finding.Finding{Verdict: finding.Pass, Confidence: finding.High, Value: k.Visit.FinalURL, Looked: attemptURLs(k.Visit.Attempts)}
	seen := rowFact(k)
	seen.URL = k.Comune.Site.URL
	seen.Target = k.Visit.FinalURL
	if seen.URL == "" {
		seen.URL = k.Visit.FinalURL
	}
	if seen.Snippet == "" {
		seen.Snippet = seen.URL
	}
	f.Value = finding.NewFact(finding.Fact{Value: f.Value}).Value
	f.Evidence = []finding.Fact{finding.NewFact(seen)}
	if k.Visit.Moved {
		f.Verdict, f.Reason, f.Confidence = finding.Warn, "site_moved", finding.Medium
	}
	return f
}

// rowFact is what the registry has, as published.
func rowFact(k Case) finding.Fact {
	return finding.NewFact(finding.Fact{Check: registrySiteID, Kind: "row", Place: "IPA", Value: k.Comune.Site.Raw, Snippet: k.Comune.Site.Raw, URL: k.Comune.Site.URL})
}
