package report

// The facts behind the findings, one row a fact: what a count rests on that looks
// deeper than a finding, such as by which services SPID was seen.

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/registry"
)

// FactFormats lists the forms that facts can have.
func FactFormats() []ExportFormat { return []ExportFormat{CSV, JSONL, JSON} }

// FactColumns are the columns of the facts in their order: the interface's.
func FactColumns() []string { return namesOf(factColumns()) }

// ExportFacts writes a row for every fact of every visit, in their order, then what the
// registry said of its RTD, and returns how many it wrote. A visit is told from another
// by istat and run, which the rows of the findings bear as well. It keeps one visit at a
// time.
func ExportFacts(w io.Writer, visits iter.Seq2[record.Assessment, error], o ExportOptions) (rows int, err error) {
	if !slices.Contains(FactFormats(), o.Format) {
		return 0, fmt.Errorf("no form of facts is called %q: there are %v", o.Format, FactFormats())
	}
	buffered := bufio.NewWriterSize(w, 64<<10)
	return writeRows(buffered, newSink(buffered, o, factColumns()), func(yield func(exportRow, error) bool) {
		for visit, err := range visits {
			if err != nil {
				yield(exportRow{}, err)
				return
			}
			for _, f := range slices.Concat(visit.Facts, registered(visit.Comune.RTD)) {
				if o.Bears != nil && !o.Bears(f.Check) {
					continue
				}
				if !yield(exportRow{visit: visit, fact: f}, nil) {
					return
				}
			}
		}
	})
}

// The kinds of what the registry says of the RTD of a comune, whether or not its site
// was read. The value of either is the IPA code of a body: the union that the comune
// belongs to, and whoever has the row of an RTD.
const (
	kindUnion = "registry_union"
	kindRow   = "registry_rtd"
)

// registered is what the registry said at a visit, as facts of the check of the RTD.
// What is said of a union's row stands at the place union.
func registered(o registry.Office) []finding.Fact {
	var out []finding.Fact
	add := func(kind, place, code, words string) {
		out = append(out, finding.NewFact(finding.Fact{Check: "rtd", Kind: kind, Place: place, Value: code, Snippet: words}))
	}
	row := func(h registry.RTDHolder) {
		place := ""
		if h.Union {
			place = "union"
		}
		add(kindRow, place, h.IPA, h.Name)
	}
	for _, u := range o.Named {
		add(kindUnion, "", u.IPA, u.Name)
		for _, h := range u.Holders {
			row(h)
		}
	}
	for _, code := range o.Unions {
		add(kindUnion, "", code, "")
	}
	for _, h := range o.Holders {
		row(h)
	}
	return out
}

func factColumns() []column {
	return []column{
		{"istat", func(r exportRow) any { return r.visit.Comune.Istat }},
		{"codice_ipa", func(r exportRow) any { return r.visit.Comune.IPA }},
		{"comune", func(r exportRow) any { return r.visit.Comune.Name }},
		{"provincia", func(r exportRow) any { return r.visit.Comune.Province }},
		{"regione", func(r exportRow) any { return r.visit.Comune.Region }},
		{"run", func(r exportRow) any { return r.visit.Run }},
		{"checked_at", func(r exportRow) any { return r.visit.Started }},
		{"check", func(r exportRow) any { return r.fact.Check }},
		{"kind", func(r exportRow) any { return r.fact.Kind }},
		{"value", func(r exportRow) any { return r.fact.Value }},
		{"url", func(r exportRow) any { return r.fact.URL }},
		{"depth", func(r exportRow) any { return r.fact.Depth }},
		{"place", func(r exportRow) any { return r.fact.Place }},
		{"snippet", func(r exportRow) any { return r.fact.Snippet }},
		{"target", func(r exportRow) any { return r.fact.Target }},
		{"rule", func(r exportRow) any { return r.fact.Rule }},
	}
}
