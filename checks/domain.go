package checks

// The check domain: whether the site stands under the kind of name that is kept
// for comuni (criterion C.SI.5.2 of the national model). The rule is one of
// structure: no list of names is complete.

import (
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/registry"
)

const domainID = "domain"

func (b *builder) domain() Check { return Check{Meta: b.meta(domainID), Judge: judgeDomain} }

// municipalLabels begin the names kept for comuni, in their languages.
var municipalLabels = []string{"comune", "gemeinde", "commune", "comun", "chemun", "kamaun", "obcina"}

// municipal tells whether a host is comune.<name>.<province>.it, with a province
// or region in letters or in full, or comune.<name>.it; or under such a one.
func municipal(host string) bool {
	labels := strings.Split(host, ".")
	for i, label := range labels {
		if !slices.Contains(municipalLabels, label) {
			continue
		}
		rest := labels[i+1:]
		switch len(rest) {
		case 2:
			return rest[0] != "" && rest[0] != "gov" && rest[1] == "it"
		case 3:
			return rest[0] != "" && rest[2] == "it" && place(rest[1])
		}
	}
	return false
}

// place tells the label of a province or a region.
func place(label string) bool {
	if _, ok := registry.ProvinceByCode(label); ok {
		return true
	}
	spaced := strings.ReplaceAll(label, "-", " ")
	if _, ok := registry.FindProvince(spaced); ok {
		return true
	}
	_, ok := registry.FindRegion(spaced)
	return ok
}

// testNames end the names that no registry gives away (RFC 2606): a site under one
// was made to try things out.
var testNames = []string{".test", ".example", ".invalid", ".localhost"}

func judgeDomain(k Case) finding.Finding {
	address := k.Visit.FinalURL
	host := hostOf(address)
	if host == "" {
		return unknown(reasonNotVisible)
	}
	if slices.ContainsFunc(testNames, func(end string) bool { return strings.HasSuffix(host, end) }) {
		return finding.Finding{Verdict: finding.NotApplicable}
	}
	seen := finding.NewFact(finding.Fact{Check: domainID, Kind: "host", Value: host, URL: address, Place: "entrance", Snippet: host})
	f := finding.Finding{Verdict: finding.Warn, Value: seen.Value, Confidence: finding.Medium, Evidence: []finding.Fact{seen}}
	switch {
	case municipal(host):
		f.Verdict, f.Confidence = finding.Pass, finding.High
	case strings.HasSuffix(host, ".gov.it"):
		f.Reason = "gov_domain"
	case tenant(host, address, k.Comune.Name):
		f.Reason = "shared_host"
	default:
		f.Reason = "domain_unusual"
	}
	return f
}

// tenant tells a host that bears no name of the comune and has it under a path:
// a supplier's, with many others.
func tenant(host, address, comune string) bool {
	path := strings.Trim(pathOf(address), "/")
	return path != "" && len(path) > 2 && !slices.ContainsFunc(placeNames(comune, ""), func(name string) bool { return strings.Contains(host, name) })
}
