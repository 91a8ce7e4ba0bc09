package checks

// The check licence: under which licence the site's contents may be used again.
// The national model asks for CC-BY 4.0, said in the legal notes.

import (
	"regexp"
	"slices"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

const licenceID = "licence"

// Kinds of fact of this check.
const (
	factLicence         = "licence"  // a licence that opens the contents; Value: its short name
	factLicenceReserved = "reserved" // all rights reserved
	factLicenceNear     = "near"     // a licence of something else
)

// licenceOpen are the licences that fulfil the duty.
var licenceOpen = []string{"cc-by-4.0", "cc-by", "cc0"}

func (b *builder) licence() Check {
	set := b.rules("licence")
	return Check{
		Meta: b.meta(licenceID), Interests: []page.Interest{b.interest(legalNotes, 1)},
		Observe: licenceObserver{set}.observe, Judge: judgeLicence,
	}
}

type licenceObserver struct{ rules *rules.Set }

func (o licenceObserver) observe(p *page.Page, n *Notes) {
	notes := slices.Contains(p.For, legalNotes)
	if p.Depth > 0 && !notes {
		return // documents and data sets carry licences of their own
	}
	w := plainWriter{check: licenceID, n: n, p: p}
	for _, h := range o.rules.MatchIn(n.lookAt(p)) {
		f := finding.Fact{Kind: factLicence, Value: licenceName(h.Value + " " + h.Snippet), Place: h.Place, Snippet: h.Snippet, Rule: h.Rule.ID}
		if h.Link != nil {
			f.Place, f.Target = string(h.Link.Place), h.Link.URL
			if f.Snippet = h.Link.Label(); f.Snippet == "" {
				f.Snippet = f.Value
			}
		}
		switch {
		case h.Value == factLicenceReserved:
			f.Kind, f.Value = factLicenceReserved, ""
		case f.Value == "":
			continue
		case !notes && !ofTheSite(h):
			f.Kind = factLicenceNear
		}
		w.add(f)
	}
}

// siteContents are words, folded, that make a licence one of the site's own contents.
var siteContents = regexp.MustCompile(`\b(contenut[io]|sito|portale|inhalte?|website|contenus?|site|vsebin\S*|spletn\S*)\b`)

// ofSomethingElse are words that make it the licence of something else.
var ofSomethingElse = regexp.MustCompile(`\b(dataset|dati aperti|open data|foto|fotografi\S*|immagin[ei]|mapp[ae]|openstreetmap|software|codice sorgente|tema)\b`)

// ofTheSite tells a licence on the home page that is said of the site from one
// of a picture or a data set.
func ofTheSite(h rules.Hit) bool {
	words := page.Fold(h.Snippet)
	if h.Link != nil {
		return h.Link.Place == page.PlaceFooter && !ofSomethingElse.MatchString(h.Link.Folded)
	}
	return siteContents.MatchString(words) && !ofSomethingElse.MatchString(words)
}

var (
	licenceZero  = regexp.MustCompile(`\bcc[ -]?0\b|publicdomain/zero`)
	licenceShort = regexp.MustCompile(`(?:\bcc[ -]|licenses/)(by(?:[ -](?:nc|nd|sa))*)\b(?:[ /-]*(?:v\.? ?)?(\d\.\d))?`)
	licenceLong  = regexp.MustCompile(`(commons\W{1,6})?\b(?:attribuzione|attribution|namensnennung|priznanje avtorstva)((?:[ -]+(?:non commerciale|noncommercial|nicht[ -]?kommerziell|non opere derivate|no derivatives|condividi allo stesso modo|share ?alike))*)\D{0,16}(\d\.\d)?`)
)

// licenceName is the short name of the licence that words or an address give:
// cc-by-4.0, cc-by-nc-sa, cc0; empty where they give none.
func licenceName(words string) string {
	words = page.Fold(words)
	if m := licenceShort.FindStringSubmatch(words); m != nil {
		name := "cc-" + strings.ReplaceAll(m[1], " ", "-")
		if name != "cc-by" {
			return name
		}
		if m[2] != "" {
			return name + "-" + m[2]
		}
		if long := licenceInWords(words); strings.HasPrefix(long, name+"-") {
			return long
		}
		return name
	}
	if licenceZero.MatchString(words) {
		return "cc0"
	}
	return licenceInWords(words)
}

// licenceInWords reads a licence written out; the word for attribution alone,
// without the family's name or a version, is none.
func licenceInWords(words string) string {
	for _, m := range licenceLong.FindAllStringSubmatch(words, 8) {
		switch {
		case m[1] == "" && m[3] == "":
			continue
		case strings.TrimSpace(m[2]) != "":
			return "cc-by-restricted"
		case m[3] != "":
			return "cc-by-" + m[3]
		}
		return "cc-by"
	}
	return ""
}

func judgeLicence(k Case) finding.Finding {
	said, reserved := k.Of(licenceID, factLicence), k.Of(licenceID, factLicenceReserved)
	near := k.Of(licenceID, factLicenceNear)
	open := slices.Clone(said)
	open = slices.DeleteFunc(open, func(f finding.Fact) bool { return !slices.Contains(licenceOpen, f.Value) })
	slices.SortStableFunc(open, func(a, b finding.Fact) int {
		return slices.Index(licenceOpen, a.Value) - slices.Index(licenceOpen, b.Value)
	})
	switch {
	case len(open) > 0:
		f := finding.Finding{Verdict: finding.Pass, Value: open[0].Value, Confidence: finding.Medium, Evidence: first(open, 3)}
		if slices.ContainsFunc(open, func(x finding.Fact) bool { return x.Depth > 0 }) {
			f.Confidence = finding.High
		}
		return f
	case len(said) > 0:
		return finding.Finding{Verdict: finding.Warn, Reason: "other_licence", Value: said[0].Value, Confidence: finding.Medium, Evidence: first(said, 3), Candidates: first(near, maxShown)}
	}
	if why, left := k.leftOver(legalNotes); left {
		return unknown(why, near...)
	}
	if len(reserved) > 0 {
		return finding.Finding{Verdict: finding.Warn, Reason: "rights_reserved", Confidence: finding.Medium, Evidence: first(reserved, 3), Candidates: first(near, maxShown)}
	}
	return finding.Finding{Verdict: finding.Warn, Reason: "not_found", Confidence: finding.Low, Candidates: first(near, maxShown)}
}
