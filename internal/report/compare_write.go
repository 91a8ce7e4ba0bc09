package report

// The check-list as a page and as a workbook, and the workbook of plain tables
// that others make as well.

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/vigile-it/vigile/internal/messages"
)

//go:embed compare.tmpl
var compareText string

// comparePage is what the template is made from.
type comparePage struct {
	Comparison
	Text messages.Catalogue
}

// WriteComparisonHTML writes the check-list as one page that opens without a
// network. Every string is escaped where it is shown.
func WriteComparisonHTML(w io.Writer, c Comparison, text messages.Catalogue) error {
	return writePage(w, HTMLOptions{Text: text, Made: c.Made}, compareText, "compare", comparePage{c, text}, template.FuncMap{
		"names": func() string { return c.Names() },
		"width": func() int { return 9 + 13*len(c.Bodies) }, // of a table, in letters
		"quote": func(s string) string { return text.Text("sheet.quote", "text", s) },
	})
}

// Names are the bodies compared.
func (c Comparison) Names() string {
	names := make([]string, len(c.Bodies))
	for i, b := range c.Bodies {
		names[i] = b.Name
	}
	return strings.Join(names, ", ")
}

// MadeWords say when a check-list was made, and of when it is.
func (c Comparison) MadeWords(text messages.Catalogue) string {
	return strings.TrimSpace(text.Text("compare.made", "when", text.Moment(c.Made), "version", c.Version) + " " + c.Stood.Words(text, c.Made.Location()))
}

// WriteComparisonXLSX writes the check-list as a workbook: of each body what is
// known, the page and the day beside each other, and a sheet of the bodies. No
// cell is a formula.
func WriteComparisonXLSX(w io.Writer, c Comparison, text messages.Catalogue) error {
	rows := bookPage{
		name: text.Text("compare.sheet"), above: []string{c.MadeWords(text), text.Text("compare.fair")},
		head: []string{text.Text("compare.section_col"), text.Text("compare.row_col")}, widths: []float64{28, 40},
	}
	for _, b := range c.Bodies {
		rows.head = append(rows.head, b.Name, b.Name+": "+text.Text("index.evidence_col"), b.Name+": "+text.Text("compare.date_col"))
		rows.widths = append(rows.widths, 36, 40, 18)
	}
	for _, s := range c.Sections {
		for _, r := range s.Rows {
			row := []any{s.Title, r.Title}
			for _, cell := range r.Cells {
				row = append(row, cell.Words(), cell.URL, cell.CheckedAt)
			}
			rows.rows = append(rows.rows, row)
		}
	}
	bodies := bookPage{name: text.Text("compare.bodies"), head: []string{
		text.Text("compare.body_col"), text.Text("compare.kind_col"), "ISTAT", "IPA", "PEC", text.Text("sheet.site"), text.Text("sheet.visited"), text.Text("sheet.reach"),
	}, widths: []float64{36, 24, 10, 14, 36, 40, 18, 28}}
	for _, b := range c.Bodies {
		bodies.rows = append(bodies.rows, []any{b.Name, b.Kind, b.Istat, b.IPA, b.PEC, b.Site, b.CheckedAt, b.Note})
	}
	return writeBook(w, rows, bodies)
}

// Words are what a cell says, without where it was seen.
func (c CompareCell) Words() string {
	words := c.Text
	if c.Detail != "" {
		words += ": " + strings.TrimSuffix(c.Detail, ".")
	}
	if len(c.Others) > 0 {
		words += " [" + strings.Join(c.Others, "; ") + "]"
	}
	return words
}

// bookPage is one sheet of a workbook: lines above, a header held in place, rows
// of strings, numbers and times.
type bookPage struct {
	name   string
	above  []string
	head   []string
	widths []float64
	rows   [][]any
}

// mostSheetName is how long the name of a sheet may be.
const mostSheetName = 31

// writeBook writes sheets as a workbook of Office Open XML. Strings are cells of
// text whatever they begin with.
func writeBook(w io.Writer, pages ...bookPage) error {
	f := excelize.NewFile()
	defer f.Close()
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return fmt.Errorf("making the workbook: %w", err)
	}
	format := "yyyy-mm-dd hh:mm"
	moment, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format, Alignment: &excelize.Alignment{Vertical: "top"}})
	if err != nil {
		return fmt.Errorf("making the workbook: %w", err)
	}
	wrapped, err := f.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return fmt.Errorf("making the workbook: %w", err)
	}
	for i, p := range pages {
		if r := []rune(p.name); len(r) > mostSheetName {
			p.name = string(r[:mostSheetName])
		}
		if i == 0 {
			err = f.SetSheetName("Sheet1", p.name)
		} else {
			_, err = f.NewSheet(p.name)
		}
		if err == nil {
			err = p.write(f, bold, wrapped, moment)
		}
		if err != nil {
			return fmt.Errorf("making the workbook: %w", err)
		}
	}
	f.SetActiveSheet(0)
	if _, err := f.WriteTo(w); err != nil {
		return fmt.Errorf("writing the workbook: %w", err)
	}
	return nil
}

func (p bookPage) write(f *excelize.File, bold, wrapped, moment int) error {
	s, err := f.NewStreamWriter(p.name)
	if err != nil {
		return err
	}
	for i, width := range p.widths {
		if err := s.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	top := len(p.above) + 1
	if err := s.SetPanes(&excelize.Panes{Freeze: true, YSplit: top, TopLeftCell: fmt.Sprintf("A%d", top+1), ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for i, line := range p.above {
		if err := s.SetRow(fmt.Sprintf("A%d", i+1), []any{cleanCell(line)}); err != nil {
			return err
		}
	}
	head := make([]any, len(p.head))
	for i, h := range p.head {
		head[i] = excelize.Cell{StyleID: bold, Value: cleanCell(h)}
	}
	if err := s.SetRow(fmt.Sprintf("A%d", top), head); err != nil {
		return err
	}
	for i, row := range p.rows {
		for j, v := range row {
			switch v := v.(type) {
			case string:
				row[j] = excelize.Cell{StyleID: wrapped, Value: cleanCell(v)}
			case time.Time:
				if row[j] = nil; !v.IsZero() {
					row[j] = excelize.Cell{StyleID: moment, Value: v.UTC()}
				}
			}
		}
		if err := s.SetRow(fmt.Sprintf("A%d", top+1+i), row); err != nil {
			return err
		}
	}
	return s.Flush()
}
