package report

// The export as a workbook: one sheet of counts, one of rows, with typed cells,
// the header held in place and filters on every column.

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/messages"
	"github.com/vigile-it/vigile/internal/record"
)

// XLSXOptions say what a workbook looks like. Text is required.
type XLSXOptions struct {
	Text   messages.Catalogue // language of the names of the sheets and of the counts
	Checks []Meta             // what the checks say about themselves
	Made   time.Time
}

// WriteXLSX writes the rows of Export as a workbook of Office Open XML, and
// returns how many it wrote. Rows are written as they come; what exceeds some
// megabytes waits in a temporary file. No cell is a formula. More than 1,048,575
// rows are an error: a sheet has no more.
func WriteXLSX(w io.Writer, views iter.Seq2[record.Latest, error], o XLSXOptions) (rows int, err error) {
	f := excelize.NewFile()
	defer f.Close()
	b := book{f: f, o: o, counts: map[string]map[finding.Verdict]int{}}
	if err := b.open(); err != nil {
		return 0, fmt.Errorf("making the workbook: %w", err)
	}
	for l, err := range views {
		if err != nil {
			return b.rows, fmt.Errorf("exporting: %w", err)
		}
		for _, s := range l.Standings {
			if err := b.add(exportRow{latest: l, standing: s}); err != nil {
				return b.rows, fmt.Errorf("writing the workbook: %w", err)
			}
		}
	}
	if err := b.close(); err != nil {
		return b.rows, fmt.Errorf("writing the workbook: %w", err)
	}
	if _, err := f.WriteTo(w); err != nil {
		return b.rows, fmt.Errorf("writing the workbook: %w", err)
	}
	return b.rows, nil
}

// book is a workbook being written.
type book struct {
	f      *excelize.File
	o      XLSXOptions
	data   *excelize.StreamWriter
	head   int // styles
	moment int
	rows   int
	counts map[string]map[finding.Verdict]int
	cells  []any
}

func (b *book) summarySheet() string { return b.o.Text.Text("xlsx.summary") }
func (b *book) dataSheet() string    { return b.o.Text.Text("xlsx.data") }

func (b *book) open() error {
	if err := b.f.SetSheetName("Sheet1", b.summarySheet()); err != nil {
		return err
	}
	if _, err := b.f.NewSheet(b.dataSheet()); err != nil {
		return err
	}
	var err error
	if b.head, err = b.f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}}); err != nil {
		return err
	}
	format := "yyyy-mm-dd hh:mm"
	if b.moment, err = b.f.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
		return err
	}
	if b.data, err = b.f.NewStreamWriter(b.dataSheet()); err != nil {
		return err
	}
	for i, c := range columns() {
		width := 14.0
		switch c.name {
		case "comune", "pec", "site", "final_url", "evidence_url", "check":
			width = 32
		case "evidence":
			width = 60
		}
		if err := b.data.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	if err := b.data.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	return b.data.SetRow("A1", anyOf(Columns()), excelize.RowOpts{StyleID: b.head})
}

func anyOf(names []string) []any {
	out := make([]any, len(names))
	for i, n := range names {
		out[i] = n
	}
	return out
}

func (b *book) add(r exportRow) error {
	b.cells = b.cells[:0]
	for _, c := range columns() {
		b.cells = append(b.cells, b.cell(c.cell(r)))
	}
	b.rows++
	check := r.standing.Finding.Check
	if b.counts[check] == nil {
		b.counts[check] = map[finding.Verdict]int{}
	}
	b.counts[check][r.standing.Finding.Verdict]++
	at, err := excelize.CoordinatesToCellName(1, b.rows+1)
	if err != nil {
		return err
	}
	return b.data.SetRow(at, b.cells)
}

// cell is a value with its type; what has no value is empty.
func (b *book) cell(v any) any {
	switch v := v.(type) {
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return excelize.Cell{StyleID: b.moment, Value: v.UTC()}
	case int:
		if v == 0 {
			return nil
		}
		return v
	case string:
		return cleanCell(v)
	}
	return nil
}

func (b *book) close() error {
	if b.rows > 0 {
		last, err := excelize.CoordinatesToCellName(len(columns()), b.rows+1)
		if err != nil {
			return err
		}
		if err := b.data.AddTable(&excelize.Table{Range: "A1:" + last, Name: "vigile", StyleName: "TableStyleLight1"}); err != nil {
			return err
		}
	}
	if err := b.data.Flush(); err != nil {
		return err
	}
	return b.summary()
}

// summary writes the counts, with what they are a part of.
func (b *book) summary() error {
	text := b.o.Text
	s, err := b.f.NewStreamWriter(b.summarySheet())
	if err != nil {
		return err
	}
	if err := s.SetColWidth(1, 1, 48); err != nil {
		return err
	}
	head := []any{text.Text("summary.check")}
	for _, v := range finding.Verdicts() {
		head = append(head, text.Text("verdict."+string(v)))
	}
	head = append(head, text.Text("summary.assessed"), text.Text("xlsx.of"))
	lines := [][]any{
		{text.Text("xlsx.made", "when", text.Moment(b.o.Made))}, {text.Text("sheet.fair")}, nil, head,
	}
	checks := make([]string, 0, len(b.counts))
	for id := range b.counts {
		checks = append(checks, id)
	}
	slices.SortFunc(checks, func(x, y string) int {
		return cmp.Or(cmp.Compare(importance(metaOf(b.o.Checks, x)), importance(metaOf(b.o.Checks, y))), cmp.Compare(x, y))
	})
	for _, id := range checks {
		lines = append(lines, b.countsOf(id))
	}
	for i, line := range lines {
		var opts []excelize.RowOpts
		if i == 3 {
			opts = append(opts, excelize.RowOpts{StyleID: b.head})
		}
		if err := s.SetRow(fmt.Sprintf("A%d", i+1), line, opts...); err != nil {
			return err
		}
	}
	return s.Flush()
}

func (b *book) countsOf(check string) []any {
	title := metaOf(b.o.Checks, check).Title(b.o.Text.Lang())
	line := []any{cmp.Or(cleanCell(title), cleanCell(check))}
	definite, all := 0, 0
	for _, v := range finding.Verdicts() {
		n := b.counts[check][v]
		line = append(line, n)
		all += n
		if v.Definite() {
			definite += n
		}
	}
	return append(line, definite, all)
}
