package checks

// The check rtd: whether the head of the digital transition can be identified,
// in IPA first, on the site second.

import (
	"net/url"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
)

const rtdID = "rtd"

// Kinds of fact of this check.
const (
	factNamed  = "named"  // the role with what reads as a name beside it
	factRole   = "role"   // the role alone
	factOffice = "office" // the office alone
	factLabel  = "label"  // a link that speaks of either
	factVacant = "vacant" // the role, with the word that nobody has it
	factUnion  = "union"  // the comune says which union it belongs to
)

// rtdDataset is where IPA publishes who the heads of the digital transition are.
const rtdDataset = "https://indicepa.gov.it/ipa-dati/dataset/responsabili-della-transizione-al-digitale"

// freshFor is how old IPA's data may be for its silence to count.
const freshFor = 7 * 24 * time.Hour

// The values of a pass or a warning: the source that proves it.
const (
	sourceIPA   = "ipa"
	sourceUnion = "ipa_union"
	sourceSite  = "site"
)

func (b *builder) rtd() Check {
	set := b.rules("rtd")
	o := rtdObserver{
		rules: set.Valued("role", "office", "label", "union"),
		after: set.Valued("vacant-after"), before: set.Valued("vacant-before"),
	}
	return Check{
		Meta: b.meta(rtdID),
		Interests: []page.Interest{
			b.interest(rtdPage, 2), b.interest(transparencyPage, 1), within(b.interest(organisationPage, 3), underTransparency), b.interest(legalNotes, 1),
		},
		Observe: o.observe,
		Judge:   judgeRTD,
	}
}

// underTransparency tells links that can be sections of Amministrazione
// Trasparente: those on inner pages, and those whose own address says so.
func underTransparency(l page.Link) bool {
	return l.Depth > 0 || strings.Contains(strings.ToLower(l.URL), "trasparen") || strings.Contains(l.Folded, "articolazione")
}

// maskAddress cuts an address that ends in a person's own page after the folder
// of persons.
func maskAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	parts := strings.Split(u.Path, "/")
	for i, part := range parts[:max(len(parts)-1, 0)] {
		switch strings.ToLower(part) {
		case "persone", "persona", "people", "person", "persona_pubblica", "public_person", "politici", "dipendenti", "personale", "personale-amministrativo", "personale_amministrativo", "administrative_people", "personen":
			u.Path, u.RawPath, u.RawQuery = strings.Join(parts[:i+1], "/")+"/", "", ""
			return u.String()
		}
	}
	return address
}

func judgeRTD(k Case) finding.Finding {
	named, labels := k.Of(rtdID, factNamed), k.Of(rtdID, factLabel)
	site := append(named, k.Of(rtdID, factRole, factOffice)...)
	if len(named) == 0 && len(k.Of(rtdID, factVacant)) > 0 {
		site = nil // the site itself says that nobody has the role
	}
	office := k.Comune.RTD
	switch {
	case k.Comune.Doubtful:
		return unknown("doubtful_row", append(site, labels...)...)
	case len(office.Holders) > 0:
		return inIPA(k, site)
	case !office.Known || office.AsOf.IsZero() || k.Date.Sub(office.AsOf) > freshFor:
		return unknown(reasonUpstream, append(site, labels...)...)
	case len(office.Unions) == 0 && len(k.Of(rtdID, factUnion)) > 0:
		return unknown("union_not_read", append(k.Of(rtdID, factUnion), site...)...)
	case len(site) > 0:
		return onSiteOnly(site)
	}
	return nowhere(k, append(labels, k.Of(rtdID, factVacant)...))
}

// nowhere is the finding where neither IPA nor the site names anybody.
func nowhere(k Case, near []finding.Fact) finding.Finding {
	for _, id := range []string{transparencyPage, organisationPage} {
		if why, unread := k.unread(id); unread {
			return unknown(why, near...)
		}
	}
	if len(k.Of(rtdID, factLabel)) > 0 || k.Visit.Inquiry(organisationPage).Reading != page.Read {
		return unknown(reasonNotVisible, near...)
	}
	f := finding.Finding{Verdict: finding.Fail, Reason: "rtd_not_identifiable", Confidence: finding.Medium}
	if len(k.Comune.RTD.Unions) == 0 {
		f.Confidence = finding.Low // it may stand on the row of a union nobody told us of
	}
	f.Candidates = first(append([]finding.Fact{finding.NewFact(finding.Fact{
		Check: rtdID, Kind: "ipa_no_row", URL: rtdDataset, Place: "IPA", Value: k.Comune.IPA,
		Snippet: strings.Join(append([]string{k.Comune.IPA}, k.Comune.RTD.Unions...), ", "),
	})}, near...), maxShown)
	return f
}

// inIPA is the pass that IPA's data set proves.
func inIPA(k Case, site []finding.Fact) finding.Finding {
	f := finding.Finding{Verdict: finding.Pass, Value: sourceUnion, Confidence: finding.Medium, Candidates: first(site, maxShown)}
	for _, h := range k.Comune.RTD.Holders {
		if !h.Union {
			f.Value, f.Confidence = sourceIPA, finding.High
		}
	}
	for _, h := range k.Comune.RTD.Holders {
		if h.Union != (f.Value == sourceUnion) {
			continue
		}
		words := strings.Join(nonEmpty(h.Name, h.Office, h.IPA, h.Updated), ", ")
		f.Evidence = append(f.Evidence, finding.NewFact(finding.Fact{Check: rtdID, Kind: "ipa_row", URL: rtdDataset, Place: "IPA", Value: h.IPA, Snippet: words}))
	}
	f.Evidence = first(f.Evidence, maxShown)
	return f
}

// onSiteOnly is the warning that the site names one and IPA does not. The facts
// come best first.
func onSiteOnly(site []finding.Fact) finding.Finding {
	f := finding.Finding{Verdict: finding.Warn, Reason: "ipa_missing", Value: sourceSite, Confidence: finding.Low, Evidence: first(site, maxShown)}
	if site[0].Kind == factNamed {
		f.Confidence = finding.Medium
	}
	return f
}

func nonEmpty(ss ...string) []string {
	var out []string
	for _, s := range ss {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}
