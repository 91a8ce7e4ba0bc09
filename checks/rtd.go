package checks

// The check rtd: whether the head of the digital transition can be identified,
// in IPA first, on the site second.

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/agid"
	"github.com/vigile-it/vigile/internal/registry"
)

const rtdID = "rtd"

// Kinds of fact of this check.
const (
	factNamed  = "named"  // the role with what reads as a name beside it
	factRole   = "role"   // the role alone
	factOffice = "office" // the office alone
	factLabel  = "label"  // a link that speaks of either, or the initials alone
	factVacant = "vacant" // the role, with the word that nobody has it
	factUnion  = "union"  // the comune says which union it belongs to

	factDeclaration = "declaration" // a publication of AgID's that the home page links
)

// RTDDataset is where IPA publishes who the heads of the digital transition are.
const RTDDataset = "https://indicepa.gov.it/ipa-dati/dataset/responsabili-della-transizione-al-digitale"

// freshFor is how old IPA's data may be for its silence to count.
const freshFor = 7 * 24 * time.Hour

// The values of a pass or a warning: the source that proves it.
const (
	sourceIPA         = "ipa"
	sourceUnion       = "ipa_union"
	sourceOffice      = "ipa_office" // the data set of offices, where that of RTDs has no row
	sourceSite        = "site"
	sourceDeclaration = "declaration"
)

func (b *builder) rtd() Check {
	set := b.rules("rtd")
	o := rtdObserver{
		rules: set.Valued("role", "office", "label", "initials", unionUnread, "union-if-known"),
		after: set.Valued("vacant-after"), before: set.Valued("vacant-before"),
	}
	return Check{
		Meta: b.meta(rtdID),
		Interests: []page.Interest{
			b.interest(rtdPage, 2), b.interest(transparencyPage, 1), within(b.interest(organisationPage, 3), underTransparency), b.interest(legalNotes, 1),
			within(b.contents(otherContents, 3), underTransparency), within(b.interest(furtherData, 3), underTransparency),
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
	union, member, open := k.membershipOf()
	switch {
	case k.Comune.Doubtful:
		return unknown("doubtful_row", append(site, labels...)...)
	case len(office.Holders) > 0:
		return inIPA(k, site)
	case member:
		return byUnion(k, union, site)
	case !office.Known || office.AsOf.IsZero() || k.seenOn().Sub(office.AsOf) > freshFor:
		return unknown(reasonUpstream, append(site, labels...)...)
	case len(office.Unions) == 0 && open:
		return unknown("union_not_read", append(k.Of(rtdID, factUnion), site...)...)
	case len(site) > 0:
		return onSiteOnly(site, k.contacts())
	}
	return nowhere(k, append(labels, k.Of(rtdID, factVacant)...))
}

// Uncompared tells a pass that rests on IPA's row alone, while nothing on the
// site has been seen that its name could be compared with.
func Uncompared(f finding.Finding) bool {
	return f.Check == rtdID && f.Verdict == finding.Pass && (f.Value == sourceIPA || f.Value == sourceOffice) && f.Reason == "" && len(f.Candidates) == 0
}

// contacts are the comune's own declarations that give an address of the person
// responsible (manager-email, in AgID's form of 2019-24). They name nobody, and
// the address itself is not kept.
func (k Case) contacts() []finding.Fact {
	var out []finding.Fact
	for _, address := range slices.Sorted(maps.Keys(k.Answers)) {
		a := k.Answers[address]
		if a.Outcome != agid.Found || a.Form == agid.FormObjectives || !a.ManagerEmail || registry.FoldIPA(a.IPA) != registry.FoldIPA(k.Comune.IPA) || k.Comune.IPA == "" {
			continue
		}
		f := finding.Fact{Check: rtdID, Kind: "manager_email", URL: address, Place: "AgID", Value: a.IPA, Snippet: "manager-email"}
		if at := a.Changed(); !at.IsZero() {
			f.Snippet += ", " + at.Format(time.DateOnly)
		}
		out = append(out, finding.NewFact(f))
	}
	return out
}

// compared lowers a pass of that body's row where the site names somebody else
// in that role, and nobody of IPA's: either may be out of date.
func (k Case) compared(f finding.Finding, body string) finding.Finding {
	var others []finding.Fact
	for _, named := range k.Of(rtdID, factNamed) {
		switch {
		case named.Value == somebodyElse:
			others = append(others, named)
		case registry.FoldIPA(named.Value) == registry.FoldIPA(body):
			f.Evidence = first(append(f.Evidence, named), maxShown)
			return f
		}
	}
	if len(others) == 0 {
		return f
	}
	f.Reason, f.Candidates = "names_differ", first(others, maxShown)
	if f.Confidence == finding.High {
		f.Confidence = finding.Medium
	} else {
		f.Confidence = finding.Low
	}
	return f
}

// nowhere is the finding where neither IPA nor the site names anybody.
func nowhere(k Case, near []finding.Fact) finding.Finding {
	for _, id := range []string{transparencyPage, organisationPage} {
		if why, unread := k.unread(id); unread {
			return unknown(why, near...)
		}
	}
	if vain := append(k.inVain(organisationPage), k.entriesInVain()...); len(vain) > 0 {
		return unknown(k.whyInVain(vain[0]), near...)
	}
	if len(k.Of(rtdID, factLabel)) > 0 || k.Visit.Inquiry(organisationPage).Reading != page.Read {
		return unknown(reasonNotVisible, near...)
	}
	if contacts := k.contacts(); len(contacts) > 0 {
		return finding.Finding{
			Verdict: finding.Warn, Reason: "address_only", Value: sourceDeclaration, Confidence: finding.Low,
			Evidence: first(contacts, maxShown), Candidates: first(append([]finding.Fact{k.noRow()}, near...), maxShown),
		}
	}
	f := finding.Finding{Verdict: finding.Fail, Reason: "rtd_not_identifiable", Confidence: finding.Medium}
	if len(k.Comune.RTD.Unions) == 0 {
		f.Confidence = finding.Low // it may stand on the row of a union nobody told us of
	}
	f.Candidates = first(append([]finding.Fact{k.noRow()}, near...), maxShown)
	return f
}

// entriesInVain are the entries of Amministrazione Trasparente that could not be
// read. Those that ended on some date do not count: many lead to hosts of old.
func (k Case) entriesInVain() []page.Fetch {
	old := k.Of(transparencyID, factATArchive)
	return slices.DeleteFunc(k.inVain(transparencyPage), func(got page.Fetch) bool {
		return slices.ContainsFunc(old, func(a finding.Fact) bool { return sameDocument(a.Target, got.URL) })
	})
}

// noRow is the fact that IPA lists nobody, neither for the comune nor for the
// unions it is known to belong to.
func (k Case) noRow() finding.Fact {
	bodies := append([]string{k.Comune.IPA}, k.Comune.RTD.Unions...)
	for _, u := range k.Comune.RTD.Named {
		bodies = append(bodies, u.IPA)
	}
	return finding.NewFact(finding.Fact{
		Check: rtdID, Kind: "ipa_no_row", URL: RTDDataset, Place: "IPA", Value: k.Comune.IPA, Snippet: strings.Join(bodies, ", "),
	})
}

// inIPA is the pass that IPA proves: by the comune's row, else by its union's,
// else by the office that IPA lists with its head.
func inIPA(k Case, site []finding.Fact) finding.Finding {
	proof := map[string][]registry.RTDHolder{}
	for _, h := range k.Comune.RTD.Holders {
		source := sourceIPA
		switch {
		case h.Union:
			source = sourceUnion
		case h.UO:
			source = sourceOffice
		}
		proof[source] = append(proof[source], h)
	}
	f := finding.Finding{Verdict: finding.Pass, Value: sourceIPA, Confidence: finding.High, Candidates: first(site, maxShown)}
	for _, source := range []string{sourceUnion, sourceOffice} {
		if len(proof[f.Value]) == 0 {
			f.Value, f.Confidence = source, finding.Medium
		}
	}
	f.Evidence = first(append(rows(proof[f.Value]), k.contacts()...), maxShown)
	return k.compared(f, proof[f.Value][0].IPA)
}

// onSiteOnly is the warning that the site names one and IPA does not. The facts
// come best first.
func onSiteOnly(site, contacts []finding.Fact) finding.Finding {
	f := finding.Finding{Verdict: finding.Warn, Reason: "ipa_missing", Value: sourceSite, Confidence: finding.Low, Evidence: first(append(site, contacts...), maxShown)}
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
