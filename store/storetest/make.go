package storetest

// Invented assessments of the size and shape of real ones.

import (
	"fmt"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// Dawn is a moment to count from: half past one in Rome, on a November night.
var Dawn = time.Date(2026, 11, 22, 0, 30, 0, 0, time.UTC)

// CheckIDs are 28 check ids, sorted, as many as the catalogue is meant to have.
var CheckIDs = []string{
	"accessibility-declaration", "accessibility-objectives", "albo-pretorio", "anpr", "app-io", "booking", "cie", "cms", "cookies",
	"design-model", "digital-plan", "domain", "dpo", "eidas", "https", "legacy-login", "licence", "online-services", "open-data",
	"pagopa", "privacy", "registry-site", "report-issue", "rtd", "social", "spid", "thematic-sites", "transparency",
}

// provinces of the invented comuni, with their regions.
var provinces = [][2]string{{"PG", "Umbria"}, {"TR", "Umbria"}, {"LE", "Puglia"}, {"BZ", "Trentino-Alto Adige/Südtirol"}, {"NA", "Campania"}}

// Comune is the i-th invented comune, i from 0.
func Comune(i int) registry.Comune {
	p := provinces[i%len(provinces)]
	name := fmt.Sprintf("Borgo Finto %d", i)
	return registry.Comune{
		Istat: fmt.Sprintf("%06d", 990001+i), IPA: fmt.Sprintf("c_z%03d", i), Name: name, Denomination: "Comune di " + name,
		Province: p[0], Region: p[1], Catasto: fmt.Sprintf("Z%03d", i), TaxCode: fmt.Sprintf("%011d", 80000000000+i),
		PEC: fmt.Sprintf("protocollo@pec.comune.borgofinto%d.example", i), Population: 500 + 37*i%60_000,
		Site: registry.Site{Raw: host(i), URL: "https://" + host(i) + "/"}, RTD: registry.Office{Known: true, AsOf: Dawn},
		Updated: "2026-03-14",
	}
}

func host(i int) string { return fmt.Sprintf("www.comune.borgofinto%d.example", i) }

// RunOf is a run of that kind that starts at that moment.
func RunOf(id string, kind record.RunKind, started time.Time) record.Run {
	return record.Run{ID: id, Kind: kind, Started: started, Selection: "tutti", Expected: 3, Version: "test"}
}

// Assessment is a look at the i-th invented comune as part of a run: 28
// findings, about 30 kB of JSON. Two of the same i and variant differ in nothing
// but their times; another variant has another verdict and other evidence.
func Assessment(i, variant int, run string, at time.Time) record.Assessment {
	a := record.Assessment{Run: run, Started: at, Comune: Comune(i), Visit: visit(i, at)}
	a.Comune.RTD.AsOf = at
	for n, id := range CheckIDs {
		v := 0
		if n%9 == variant%9 {
			v = variant
		}
		f := judged(i, n, v, id)
		a.Findings = append(a.Findings, f)
		a.Facts = append(a.Facts, f.Evidence...)
		a.Facts = append(a.Facts, f.Candidates...)
	}
	return a
}

// Small is Assessment with four findings, two facts and one request alone.
func Small(i, variant int, run string, at time.Time) record.Assessment {
	a := record.Assessment{Run: run, Started: at, Comune: Comune(i), Visit: page.Visit{
		Site: "https://" + host(i) + "/", Reach: page.ReachOK, Started: at, Took: time.Second,
		Fetches: []page.Fetch{{URL: pageURL(i, 0), Kind: page.FetchPage, Reach: page.ReachOK, Took: time.Duration(at.Day()) * time.Second}},
	}}
	for n, id := range CheckIDs[:4] {
		a.Findings = append(a.Findings, judged(i, n, variant, id))
	}
	a.Facts = []finding.Fact{fact(i, 0, variant, CheckIDs[0], "seen"), fact(i, 1, variant, CheckIDs[1], "seen")}
	return a
}

func judged(i, n, variant int, id string) finding.Finding {
	f := finding.Finding{Check: id, Nature: finding.Obligation, Verdict: finding.Pass, Confidence: finding.High, Version: 3}
	switch (i + n + variant) % 5 {
	case 0:
		f.Verdict, f.Reason = finding.Fail, "no_link"
		f.Candidates = []finding.Fact{fact(i, n, variant, id, "candidate"), fact(i, n+7, variant, id, "candidate")}
	case 1:
		f.Verdict, f.Reason, f.Confidence = finding.Unknown, "js_only", ""
	case 2:
		f.Verdict, f.Value = finding.Info, fmt.Sprintf("value-%d", n)
	}
	if f.Verdict == finding.Pass || f.Verdict == finding.Info {
		f.Evidence = []finding.Fact{fact(i, n, variant, id, "proof")}
	}
	for p := range 4 {
		f.Looked = append(f.Looked, pageURL(i, n+p))
	}
	return f
}

func pageURL(i, p int) string {
	sections := []string{"", "amministrazione-trasparente", "servizi", "privacy", "it/page/dichiarazione-di-accessibilita", "novita/avvisi", "contatti", "argomenti"}
	return fmt.Sprintf("https://%s/%s", host(i), sections[p%len(sections)])
}

// words vary the snippets, so that they compress like text and not like a pattern.
var words = []string{
	"accesso", "servizi", "ufficio", "protocollo", "cittadino", "pagamenti", "delibera", "sindaco", "trasparenza", "bandi", "concorsi",
	"tributi", "anagrafe", "scuola", "ambiente", "edilizia", "turismo", "cultura", "orari", "sportello", "digitale", "identità",
	"dichiarazione", "accessibilità", "responsabile", "transizione", "segnalazione", "appuntamento", "polizia", "municipale",
}

func fact(i, n, variant int, id, kind string) finding.Fact {
	snippet := ""
	for w, x := 0, uint32(i*7919+n*104729+variant*31); w < 14; w++ {
		x = x*1664525 + 1013904223
		snippet += words[x>>16%uint32(len(words))] + " "
	}
	return finding.Fact{
		Check: id, Kind: kind, Value: fmt.Sprintf("%s-%d-%d", kind, n, variant), URL: pageURL(i, n), Place: "footer",
		Snippet: snippet[:len(snippet)-1], Rule: id + "/" + kind, Target: pageURL(i, n+3), Depth: n % 3,
	}
}

func visit(i int, at time.Time) page.Visit {
	v := page.Visit{
		Site: "https://" + host(i) + "/", FinalURL: "https://" + host(i) + "/", Reach: page.ReachOK, Started: at, Took: 14 * time.Second,
		Attempts: []page.Attempt{{
			URL: "https://" + host(i) + "/", Final: "https://" + host(i) + "/", Reach: page.ReachOK, Status: 200, Address: "192.0.2.7",
			TLS: &page.TLS{Version: "TLS 1.3", NotAfter: Dawn.AddDate(0, 2, i%40), Names: []string{host(i)}},
		}},
		Settled: true,
	}
	for p := range 9 {
		v.Fetches = append(v.Fetches, page.Fetch{
			URL: pageURL(i, p), Kind: page.FetchPage, For: []string{CheckIDs[p]}, Reach: page.ReachOK, Status: 200, Size: 61_234 + p*i,
			Took: time.Duration(300+p+at.Day()) * time.Millisecond, Waited: time.Second,
		})
		v.Inquiries = append(v.Inquiries, page.Inquiry{ID: CheckIDs[p], Reading: page.Read, Pages: []string{pageURL(i, p)}, Candidates: []string{pageURL(i, p+1)}})
	}
	return v
}
