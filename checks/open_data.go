package checks

// The check open-data: whether the comune publishes data for others to use, with
// metadata, by an interface for programs (CAD artt. 50 and 52).

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/rules"
)

const openDataID = "open-data"

// openDataPage is the id of the interest in the site's own page of open data.
const openDataPage = "open-data-page"

// Kinds of fact of this check, and the values of a pass, which take in those
// before them: published, metadata, api.
const (
	factDataPortal   = "portal"   // a link to the comune's own portal or to its page on one
	factDataOther    = "other"    // the same, of a region or of nobody
	factDataLabel    = "label"    // a link that speaks of open data
	factDataFile     = "file"     // files of data on a page of open data; Value: how many
	factDataMetadata = "metadata" // they are described
	factDataAPI      = "api"      // programs can ask for them
	factDataRead     = "read"     // a page of open data was read
	valuePublished   = "published"
)

func (b *builder) openData() Check {
	set := b.rules("open-data")
	labels := set.Valued(factDataLabel)
	o := openDataObserver{links: set.Valued(factDataPortal, factDataLabel), inside: set.Valued(factDataMetadata, factDataAPI), part: b.rules("objectives").Valued(otherContents)}
	follow := within(page.Interest{ID: openDataPage, MaxHops: 1, Match: func(l page.Link) int {
		if l.Depth > 0 {
			return 0
		}
		return leadingOn(l, rank(labels, l))
	}}, onSite)
	return Check{Meta: b.meta(openDataID), Interests: []page.Interest{follow}, Observe: o.observe, Judge: judgeOpenData}
}

type openDataObserver struct {
	links  *rules.Set // to portals, and labels
	inside *rules.Set // metadata and interfaces on a page of open data
	part   *rules.Set // what the part of Amministrazione trasparente with the catalogue is called
}

func (o openDataObserver) observe(p *page.Page, n *Notes) {
	look := n.lookAt(p)
	w := plainWriter{check: openDataID, n: n, p: p}
	links, _ := byLink(o.links.MatchIn(look))
	for _, l := range links {
		portal, isPortal := l.says(factDataPortal)
		label, isLabel := l.says(factDataLabel)
		switch {
		case newsAddress(l.URL):
		case isPortal && ofComune(p.FinalURL, l.URL, n.Comune.Name):
			w.link(factDataPortal, l, portal)
		case isPortal:
			w.link(factDataOther, l, portal)
		case isLabel && l.leads():
			w.link(factDataLabel, l, label)
		}
	}
	if slices.Contains(p.For, openDataPage) || slices.Contains(p.For, otherContents) && (objectivesObserver{part: o.part}).isPart(p) {
		o.catalogue(&w, look)
	}
}

// catalogue notes what a page of open data holds.
func (o openDataObserver) catalogue(w *plainWriter, look *rules.Look) {
	if slices.Contains(w.p.For, openDataPage) { // the other often leads on to where the data are
		w.add(finding.Fact{Kind: factDataRead, Snippet: w.p.Title})
	}
	files, at := 0, ""
	for i := range w.p.Links {
		if l := &w.p.Links[i]; dataFile(l.URL) && !tenderData(l) {
			if files++; at == "" {
				at = l.URL
			}
		}
	}
	if files == 0 {
		return
	}
	w.add(finding.Fact{Kind: factDataFile, Value: strconv.Itoa(files), Snippet: strings.TrimPrefix(path.Ext(pathOf(at)), "."), Target: at})
	for _, h := range o.inside.MatchIn(look) {
		if h.Link != nil {
			w.link(h.Value, linkSaid{Link: h.Link}, h)
			continue
		}
		w.text(h.Value, h)
	}
}

// dataFile tells the address of a file that programs read.
func dataFile(address string) bool {
	switch strings.ToLower(path.Ext(pathOf(address))) {
	case ".csv", ".json", ".geojson", ".rdf", ".ttl", ".xml", ".ods", ".xlsx", ".kml", ".shp", ".jsonld":
		return true
	}
	return false
}

// tenderData tells the yearly file on tenders that another law asks for
// (L. 190/2012), and forms, from data.
func tenderData(l *page.Link) bool {
	words := l.Folded + " " + strings.ToLower(pathOf(l.URL)) // the path alone: Bolgare and Anacapri are comuni
	return slices.ContainsFunc([]string{"190", "appalt", "anac", "avcp", "gare", "sitemap", "feed", "rss", "manifest", "modulo", "obiettivi"}, func(w string) bool { return strings.Contains(words, w) })
}

// ofComune tells whether an address is the comune's own: on its domain, or with
// its name in it.
func ofComune(home, address, name string) bool {
	if sameSite(home, address) || sameSite("http://"+domainOf(home), address) {
		return true
	}
	name = squashed(name)
	return len(name) > 3 && strings.Contains(squashed(address), name)
}

// domainOf is the host of an address without a leading "comune.": portals of
// open data stand beside it.
func domainOf(address string) string { return strings.TrimPrefix(hostOf(address), "comune.") }

func judgeOpenData(k Case) finding.Finding {
	portal, files := k.Of(openDataID, factDataPortal), k.Of(openDataID, factDataFile)
	near := k.Of(openDataID, factDataLabel, factDataOther)
	if proof := append(files, portal...); len(proof) > 0 {
		f := finding.Finding{Verdict: finding.Pass, Value: valuePublished, Confidence: finding.Medium, Candidates: first(near, maxShown)}
		if len(files) > 0 {
			f.Confidence = finding.High
		}
		for _, kind := range []string{factDataMetadata, factDataAPI} {
			if more := k.Of(openDataID, kind); len(more) > 0 {
				f.Value = kind
				proof = append(proof, more[0])
			}
		}
		f.Evidence = first(proof, maxShown)
		return f
	}
	read := k.Of(openDataID, factDataRead)
	if why, left := k.leftOver(openDataPage); left && len(read) == 0 {
		return unknown(why, near...)
	}
	if len(read) > 0 && !k.elsewhere(k.Of(openDataID, factDataLabel)) {
		return finding.Finding{Verdict: finding.Warn, Reason: "catalogue_empty", Confidence: finding.Low, Evidence: first(read, 3), Candidates: first(near, maxShown)}
	}
	return unknown(reasonNotVisible, near...)
}
