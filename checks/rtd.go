package checks

// The check rtd: whether the head of the digital transition can be identified,
// in IPA first, on the site second.

import (
	"net/url"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

const rtdID = "rtd"

// Kinds of fact of this check.
const (
	factNamed  = "named"  // the role with what reads as a name beside it
	factRole   = "role"   // the role alone
	factOffice = "office" // the office alone
	factLabel  = "label"  // a link that speaks of either
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
	o := rtdObserver{rules: b.rules("rtd")}
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

type rtdObserver struct{ rules *rules.Set }

func (o rtdObserver) observe(p *page.Page, n *Notes) {
	known := publicNames(n.Comune)
	for _, h := range o.rules.MatchIn(n.lookAt(p)) {
		words := h.Snippet
		if h.Place == "text" {
			var isLabel bool
			if words, isLabel = passage(p, h.Start, h.End); isLabel {
				continue // the words of a link are judged as a link
			}
		}
		snippet, named := maskPersons(words, known)
		f := finding.Fact{
			Check: rtdID, Kind: factRole, Value: h.Value, URL: maskAddress(p.FinalURL), Place: h.Place,
			Snippet: snippet, Rule: h.Rule.ID, Depth: p.Depth,
		}
		switch {
		case h.Link != nil:
			f.Kind, f.Target, f.Place = factLabel, maskAddress(h.Link.URL), string(h.Link.Place)
		case h.Value == "office":
			f.Kind = factOffice
		case named:
			f.Kind = factNamed
		}
		n.Add(f)
	}
}

// passage is the block of text a hit stands in with the beginning of what
// follows, where a heading's name would be. isLabel tells that the block is the
// label of a link and nothing else.
func passage(p *page.Page, start, end int) (words string, isLabel bool) {
	const after = 120
	from := strings.LastIndexByte(p.Folded[:start], '\n') + 1
	line := nthLine(p.Text, strings.Count(p.Folded[:from], "\n"))
	label, _, _ := strings.Cut(p.Folded[from:], "\n")
	label = strings.TrimSpace(label)
	for i := range p.Links {
		if p.Links[i].Folded == label {
			return "", true
		}
	}
	first, rest, _ := strings.Cut(line, "\n")
	return page.Around(first+" "+page.Clean(rest[:min(len(rest), after)], after), start-from, end-from, finding.MaxSnippet), false
}

// nthLine is the text from its nth line on, counted from 0.
func nthLine(text string, n int) string {
	for range n {
		_, after, ok := strings.Cut(text, "\n")
		if !ok {
			return text
		}
		text = after
	}
	return text
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
	site := k.Of(rtdID, factNamed, factRole, factOffice)
	office := k.Comune.RTD
	switch {
	case len(office.Holders) > 0:
		return inIPA(k, site)
	case !office.Known || k.Date.Sub(office.AsOf) > freshFor:
		return unknown(reasonUpstream, append(site, k.Of(rtdID, factLabel)...)...)
	case len(site) > 0:
		return onSiteOnly(k, site)
	}
	labels := k.Of(rtdID, factLabel)
	for _, id := range []string{transparencyPage, organisationPage} {
		if why, unread := k.unread(id); unread {
			return unknown(why, labels...)
		}
	}
	if len(labels) > 0 || k.Visit.Inquiry(organisationPage).Reading != page.Read {
		return unknown(reasonNotVisible, labels...)
	}
	f := finding.Finding{Verdict: finding.Fail, Reason: "rtd_not_identifiable", Confidence: finding.Medium}
	if len(office.Unions) == 0 {
		f.Confidence = finding.Low // it may stand on the row of a union nobody told us of
	}
	f.Candidates = []finding.Fact{finding.NewFact(finding.Fact{
		Check: rtdID, Kind: "ipa_no_row", URL: rtdDataset, Place: "IPA", Value: k.Comune.IPA, Snippet: strings.Join(append([]string{k.Comune.IPA}, office.Unions...), ", "),
	})}
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

// onSiteOnly is the warning that the site names one and IPA does not.
func onSiteOnly(k Case, site []finding.Fact) finding.Finding {
	f := finding.Finding{Verdict: finding.Warn, Reason: "ipa_missing", Value: sourceSite, Confidence: finding.Low}
	named := k.Of(rtdID, factNamed)
	if len(named) > 0 {
		f.Confidence = finding.Medium
		site = append(named, site...)
	}
	seen := map[finding.Fact]bool{}
	for _, s := range site {
		if !seen[s] && len(f.Evidence) < maxShown {
			seen[s] = true
			f.Evidence = append(f.Evidence, s)
		}
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
