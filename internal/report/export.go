package report

// The export: one row a comune and check, streamed, for spreadsheets and
// programs.

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/record"
)

// ExportFormat is a form the export can have.
type ExportFormat string

// The forms of the export.
const (
	CSV   ExportFormat = "csv"   // RFC 4180 with a header
	JSONL ExportFormat = "jsonl" // one object a line
	JSON  ExportFormat = "json"  // one array of the same objects

	Parquet ExportFormat = "parquet" // typed columns, zstd; binary
)

// ExportFormats lists the forms of the export.
func ExportFormats() []ExportFormat { return []ExportFormat{CSV, JSONL, JSON, Parquet} }

// ExportOptions say what an export looks like.
type ExportOptions struct {
	Format ExportFormat
	Excel  bool // CSV as an Italian office's spreadsheet opens it: semicolons, byte order mark, CRLF

	Bears func(name string) bool // of facts, those that stand under such names; nil: all
}

// Columns are the columns of the export in their order: the interface's.
func Columns() []string { return namesOf(columns()) }

func namesOf(columns []column) []string {
	var names []string
	for _, c := range columns {
		names = append(names, c.name)
	}
	return names
}

// Export writes a row for every standing of every view, in their order, and
// returns how many it wrote. It keeps one view at a time. Views in brief give
// the same rows as whole ones. On an error what was written is a part: an
// array of JSON is then left open, a Parquet file has no end.
func Export(w io.Writer, views iter.Seq2[record.Latest, error], o ExportOptions) (rows int, err error) {
	if !slices.Contains(ExportFormats(), o.Format) {
		return 0, fmt.Errorf("no export format is called %q: there are %v", o.Format, ExportFormats())
	}
	buffered := bufio.NewWriterSize(w, 64<<10)
	return writeRows(buffered, newSink(buffered, o, columns()), func(yield func(exportRow, error) bool) {
		for l, err := range views {
			if err != nil {
				yield(exportRow{}, err)
				return
			}
			for _, s := range l.Standings {
				if !yield(exportRow{latest: l, standing: s}, nil) {
					return
				}
			}
		}
	})
}

// writeRows writes rows into a sink that writes into buffered.
func writeRows(buffered *bufio.Writer, sink sink, all iter.Seq2[exportRow, error]) (rows int, err error) {
	if err := sink.begin(); err != nil {
		return 0, fmt.Errorf("writing the export: %w", err)
	}
	for row, err := range all {
		if err != nil {
			buffered.Flush()
			return rows, fmt.Errorf("exporting: %w", err)
		}
		if err := sink.row(row); err != nil {
			return rows, fmt.Errorf("writing the export: %w", err)
		}
		rows++
	}
	if err := sink.end(); err != nil {
		return rows, fmt.Errorf("writing the export: %w", err)
	}
	if err := buffered.Flush(); err != nil {
		return rows, fmt.Errorf("writing the export: %w", err)
	}
	return rows, nil
}

// exportRow is one standing with the comune it is of, or one fact with its visit.
type exportRow struct {
	latest   record.Latest
	standing record.Standing
	visit    record.Assessment
	fact     finding.Fact
}

// column is one column and its cell in a row: a string, an int or a time.Time.
// A zero number or time is a cell without a value.
type column struct {
	name string
	cell func(exportRow) any
}

func columns() []column {
	return []column{
		{"istat", func(r exportRow) any { return r.latest.Comune.Istat }},
		{"codice_ipa", func(r exportRow) any { return r.latest.Comune.IPA }},
		{"comune", func(r exportRow) any { return r.latest.Comune.Name }},
		{"provincia", func(r exportRow) any { return r.latest.Comune.Province }},
		{"regione", func(r exportRow) any { return r.latest.Comune.Region }},
		{"popolazione", func(r exportRow) any { return r.latest.Comune.Population }},
		{"pec", func(r exportRow) any { return r.latest.Comune.PEC }},
		{"site", func(r exportRow) any { return siteOf(r.latest) }},
		{"final_url", func(r exportRow) any { return r.latest.Visit.FinalURL }},
		{"run", func(r exportRow) any { return r.standing.Run }},
		{"checked_at", func(r exportRow) any { return r.standing.Checked }},
		{"reach", func(r exportRow) any { return string(r.latest.Visit.Reach) }},
		{"check", func(r exportRow) any { return r.standing.Finding.Check }},
		{"nature", func(r exportRow) any { return string(r.standing.Finding.Nature) }},
		{"verdict", func(r exportRow) any { return string(r.standing.Finding.Verdict) }},
		{"reason", func(r exportRow) any { return string(r.standing.Finding.Reason) }},
		{"value", func(r exportRow) any { return r.standing.Finding.Value }},
		{"confidence", func(r exportRow) any { return string(r.standing.Finding.Confidence) }},
		{"evidence_url", func(r exportRow) any { return evidenceURL(r.standing.Finding) }},
		{"evidence", func(r exportRow) any { return evidence(r.standing.Finding) }},
		{"first_seen", func(r exportRow) any { return r.standing.FirstSeen }},
		{"last_changed", func(r exportRow) any { return r.standing.LastChanged }},
		{"last_definite", func(r exportRow) any { return string(r.standing.LastDefinite.Verdict) }},
		{"last_definite_at", func(r exportRow) any { return r.standing.LastDefiniteAt }},
		{"rule_version", func(r exportRow) any { return r.standing.Finding.Version }},
	}
}

// siteOf is the address visited, or what the registry has in its place.
func siteOf(l record.Latest) string {
	if l.Comune.Site.URL == "" {
		return l.Comune.Site.Raw
	}
	return l.Comune.Site.URL
}

// telling is the fact that proves a finding or, for want of one, the nearest
// thing that was seen.
func telling(f finding.Finding) (finding.Fact, bool) {
	for _, facts := range [][]finding.Fact{f.Evidence, f.Candidates} {
		if len(facts) > 0 {
			return facts[0], true
		}
	}
	return finding.Fact{}, false
}

// evidenceURL is the page of the telling fact, or the first page looked at.
func evidenceURL(f finding.Finding) string {
	if fact, ok := telling(f); ok && fact.URL != "" {
		return fact.URL
	}
	if len(f.Looked) > 0 {
		return f.Looked[0]
	}
	return ""
}

func evidence(f finding.Finding) string {
	fact, _ := telling(f)
	if fact.Snippet == "" {
		return fact.Value
	}
	return fact.Snippet
}

// moment is a time as the export writes it: RFC 3339 in UTC, and nothing for
// the zero time.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
