package report

// The forms of the export.

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/vigile-it/vigile/crawler/page"
)

// sink writes rows in one form.
type sink interface {
	begin() error
	row(exportRow) error
	end() error
}

func newSink(w *bufio.Writer, o ExportOptions, columns []column) sink {
	switch o.Format {
	case CSV:
		return newCSVSink(w, o.Excel, columns)
	case Parquet:
		return newParquetSink(w)
	default:
		return &jsonSink{w: w, columns: columns, array: o.Format == JSON}
	}
}

// byteOrderMark tells a spreadsheet that the file is UTF-8.
const byteOrderMark = "\ufeff"

type csvSink struct {
	raw     io.StringWriter
	w       *csv.Writer
	columns []column
	cells   []string
	excel   bool
}

func newCSVSink(w *bufio.Writer, excel bool, columns []column) *csvSink {
	c := csv.NewWriter(w)
	if excel {
		c.Comma, c.UseCRLF = ';', true
	}
	return &csvSink{raw: w, w: c, columns: columns, excel: excel}
}

func (s *csvSink) begin() error {
	if s.excel {
		if _, err := s.raw.WriteString(byteOrderMark); err != nil {
			return err
		}
	}
	return s.w.Write(namesOf(s.columns))
}

func (s *csvSink) row(r exportRow) error {
	s.cells = s.cells[:0]
	for _, c := range s.columns {
		s.cells = append(s.cells, csvCell(c.cell(r)))
	}
	return s.w.Write(s.cells)
}

func (s *csvSink) end() error {
	s.w.Flush()
	return s.w.Error()
}

func csvCell(v any) string {
	switch v := v.(type) {
	case time.Time:
		return moment(v)
	case int:
		if v == 0 {
			return ""
		}
		return strconv.Itoa(v)
	case string:
		return unformula(cleanCell(v))
	}
	return ""
}

// cleanCell strips what no cell may hold: control, escape, bidirectional and
// zero-width characters, line breaks.
func cleanCell(s string) string { return page.Clean(s, page.MaxHref) }

// unformula keeps a spreadsheet from running a cell that begins like a formula.
// An apostrophe in front makes it text.
func unformula(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// jsonSink writes one object a row, its keys in the order of the columns; what
// has no value is null.
type jsonSink struct {
	w       *bufio.Writer
	columns []column
	array   bool
	started bool
}

func (s *jsonSink) begin() error {
	if !s.array {
		return nil
	}
	_, err := s.w.WriteString("[")
	return err
}

func (s *jsonSink) row(r exportRow) error {
	if s.array {
		separator := ",\n"
		if !s.started {
			separator = "\n"
		}
		s.w.WriteString(separator) // a bufio.Writer keeps its first error for the last write
		s.started = true
	}
	for i, c := range s.columns {
		separator := byte(',')
		if i == 0 {
			separator = '{'
		}
		s.w.WriteByte(separator)
		s.w.WriteString(`"` + c.name + `":`)
		if err := s.value(c.cell(r)); err != nil {
			return err
		}
	}
	s.w.WriteByte('}')
	if s.array {
		return nil
	}
	return s.w.WriteByte('\n')
}

// value writes a cell. Only strings need escaping, and those of JSON alone.
func (s *jsonSink) value(v any) error {
	text := "null"
	switch v := v.(type) {
	case time.Time:
		if !v.IsZero() {
			text = `"` + moment(v) + `"`
		}
	case int:
		if v != 0 {
			text = strconv.Itoa(v)
		}
	case string:
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(cleanCell(v)); err != nil {
			return err
		}
		text = strings.TrimSuffix(b.String(), "\n")
	}
	_, err := s.w.WriteString(text)
	return err
}

func (s *jsonSink) end() error {
	if !s.array {
		return nil
	}
	if s.started {
		s.w.WriteByte('\n')
	}
	_, err := s.w.WriteString("]\n")
	return err
}
