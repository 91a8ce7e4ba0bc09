package registry

// Reading tables by column name: the shape all the open data comes in, delimited
// or as a workbook, and the ways it is damaged.

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Bounds of what is read from one file. The whole of IPA's bodies is 8 MB and
// 23,750 rows, all its offices some 130,000 rows.
const (
	maxTableBytes  = 256 << 20 // after decompression
	maxTableRows   = 500_000
	maxRecordBytes = 256 << 10
	maxCellBytes   = 8 << 10
)

// MissingColumnsError says that a file is not what it should be: columns that
// must be there are not.
type MissingColumnsError struct {
	What    string   // "enti", "RTD", …
	Missing []string // as they should be named
	Found   []string // the header, at most forty names
}

func (e *MissingColumnsError) Error() string {
	return fmt.Sprintf("%s: columns %s are missing; the header has %s", e.What, strings.Join(e.Missing, ", "), strings.Join(e.Found, ", "))
}

// TooLargeError says that a file passed a bound and was not read to its end.
type TooLargeError struct {
	What  string // "bytes", "rows", "bytes in one row"
	Limit int64
}

func (e *TooLargeError) Error() string { return fmt.Sprintf("more than %d %s", e.Limit, e.What) }

// CellError says that a cell of a table which somebody keeps by hand cannot be read.
type CellError struct {
	Row    int    // as a spreadsheet numbers them: the header is the first
	Column string // as it should be named
	Value  string // at most 60 bytes
}

func (e *CellError) Error() string {
	return fmt.Sprintf("row %d: the column %s has %q", e.Row, e.Column, e.Value)
}

func badCell(column, value string) error {
	return &CellError{Column: column, Value: cutAt(value, 60)}
}

// column names one column by its possible titles, the usual one first. Titles
// are compared folded; a title that ends in "…" matches what begins so.
type column struct {
	titles   []string
	required bool
}

func must(titles ...string) column { return column{titles: titles, required: true} }
func may(titles ...string) column  { return column{titles: titles} }

// rowReader gives one row after the other, io.EOF after the last; the slice may
// be used again. csv.Reader is one, and workbook.
type rowReader interface{ Read() ([]string, error) }

// table is a delimited file or a workbook open for reading row by row.
type table struct {
	source  rowReader
	guard   *guardedReader
	at      []int // per column: index in the record, or -1
	width   int
	rows    int // rows given out
	ragged  int // rows of another width than the header, skipped
	broken  int // rows the CSV grammar refuses, skipped
	cutCell int // cells cut at maxCellBytes
	record  []string
	skipped func(record []string, lines int) // told of rows that are skipped; nil: nobody
}

// openTable sniffs gzip, a workbook, byte order mark and delimiter, reads the
// header and finds the columns in it.
func openTable(r io.Reader, what string, columns []column) (*table, error) {
	br := bufio.NewReaderSize(r, 64<<10)
	if magic, _ := br.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(br)
		if err != nil {
			return nil, fmt.Errorf("%s: opening gzip: %w", what, err)
		}
		br = bufio.NewReaderSize(z, 64<<10)
	}
	if mark, _ := br.Peek(2); bytes.Equal(mark, []byte{0xff, 0xfe}) || bytes.Equal(mark, []byte{0xfe, 0xff}) { // "Unicode text" of a spreadsheet
		br = bufio.NewReaderSize(unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Reader(br), 64<<10)
	}
	t := &table{guard: &guardedReader{r: br, limit: maxTableBytes}}
	var err error
	if isWorkbook(br) {
		t.source, err = openWorkbook(br)
	} else {
		t.source, err = openCSV(t.guard)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	header, err := t.source.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: reading the header: %w", what, err)
	}
	t.guard.mark()
	return t, t.findColumns(what, header, columns)
}

func openCSV(r io.Reader) (*csv.Reader, error) {
	text := bufio.NewReaderSize(r, 64<<10)
	if bom, _ := text.Peek(3); bytes.Equal(bom, []byte{0xef, 0xbb, 0xbf}) {
		if _, err := text.Discard(3); err != nil {
			return nil, err
		}
	}
	head, _ := text.Peek(8 << 10)
	c := csv.NewReader(text)
	c.Comma = sniffComma(head)
	c.LazyQuotes = true
	c.FieldsPerRecord = -1
	c.ReuseRecord = true
	return c, nil
}

// sniffComma takes what occurs most in the header, a comma where nothing does.
func sniffComma(head []byte) rune {
	if i := bytes.IndexByte(head, '\n'); i > 0 && bytes.Count(head[:i], []byte{'"'})%2 == 0 {
		head = head[:i]
	}
	best, most := ',', bytes.Count(head, []byte{','})
	for _, c := range []byte{';', '\t'} {
		if n := bytes.Count(head, []byte{c}); n > most {
			best, most = rune(c), n
		}
	}
	return best
}

func (t *table) findColumns(what string, header []string, columns []column) error {
	t.width = len(header)
	keys := make([]string, len(header))
	for i, h := range header {
		keys[i] = foldKey(decode(h))
	}
	var missing []string
	for _, c := range columns {
		at := -1
		for _, title := range c.titles {
			if at = indexTitle(keys, title); at >= 0 {
				break
			}
		}
		if at < 0 && c.required {
			missing = append(missing, c.titles[0])
		}
		t.at = append(t.at, at)
	}
	if len(missing) == 0 {
		return nil
	}
	found := make([]string, 0, min(len(header), 40))
	for _, h := range header[:min(len(header), 40)] {
		found = append(found, cutAt(visible(decode(h)), 60))
	}
	return &MissingColumnsError{What: what, Missing: missing, Found: found}
}

func indexTitle(keys []string, title string) int {
	title, open := strings.CutSuffix(title, "…")
	want := foldKey(title)
	for i, k := range keys {
		if k == want || open && strings.HasPrefix(k, want) {
			return i
		}
	}
	return -1
}

// next reads the next row; io.EOF ends the file, *TooLargeError passes a bound.
// A row that is broken or of another width is counted and skipped.
func (t *table) next() error {
	for {
		t.guard.mark()
		record, err := t.source.Read()
		var parse *csv.ParseError
		switch {
		case errors.As(err, &parse):
			t.broken++
			t.skip(record, 1+parse.Line-parse.StartLine)
			continue
		case err != nil:
			return err
		case len(record) != t.width:
			if len(record) > 1 || record[0] != "" {
				t.ragged++
				t.skip(record, 1+strings.Count(strings.Join(record, ""), "\n"))
			}
			continue
		case t.skipped != nil && t.swallowed(record):
			t.broken++
			t.skip(record, 1+strings.Count(strings.Join(record, ""), "\n"))
			continue
		case t.rows == maxTableRows:
			return &TooLargeError{What: "rows", Limit: maxTableRows}
		}
		t.rows++
		t.record = record
		return nil
	}
}

// strict has rows with a stray quote skipped, and skipped told of each row that is: of
// what could be read of it, and how many lines it took.
func (t *table) strict(skipped func(record []string, lines int)) {
	t.skipped = skipped
	if file, ok := t.source.(*csv.Reader); ok {
		file.LazyQuotes = false
	}
}

func (t *table) skip(record []string, lines int) {
	if t.skipped != nil {
		t.skipped(record, lines)
	}
}

// swallowed tells a cell that holds the end of a row and the beginning of another: two
// stray quotes may make one row of many, as wide as any.
func (t *table) swallowed(record []string) bool {
	file, ok := t.source.(*csv.Reader)
	return ok && slices.ContainsFunc(record, func(cell string) bool {
		return strings.Contains(cell, "\n") && strings.Count(cell, string(file.Comma)) >= t.width-1
	})
}

// each gives one row after the other, to the end or the first that is refused.
func (t *table) each(row func(cell func(int) string) error) error {
	for {
		err := t.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := row(t.cell); err != nil {
			return err
		}
	}
}

// line is where the current row begins; of a workbook, without the rows that are empty.
func (t *table) line() int {
	if file, ok := t.source.(*csv.Reader); ok {
		line, _ := file.FieldPos(0)
		return line
	}
	return 1 + t.rows + t.ragged + t.broken
}

// cell gives a column's text in the current row, decoded, without invisible
// characters and with white space folded; empty where there is no such column.
// It shares no memory with the row.
func (t *table) cell(column int) string {
	i := t.at[column]
	if i < 0 {
		return ""
	}
	s := t.record[i]
	if s == "" {
		return ""
	}
	if len(s) > maxCellBytes {
		t.cutCell++
		s = s[:maxCellBytes]
	}
	if plain(s) {
		return strings.Clone(s)
	}
	return visible(decode(s))
}

// plain tells text that needs no cleaning: printable ASCII without outer or double spaces.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' || s[i] == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			return false
		}
	}
	return true
}

// decode reads text that is not UTF-8 as windows-1252, of which ISTAT's Latin-1 is a part.
func decode(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	out, err := charmap.Windows1252.NewDecoder().String(s)
	if err != nil {
		return strings.ToValidUTF8(s, "")
	}
	return out
}

// cutAt cuts s at n bytes, on a rune boundary.
func cutAt(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// guardedReader bounds the whole of what is read, and what is read between two
// marks: one open quote must not swallow a file into memory.
type guardedReader struct {
	r            io.Reader
	limit        int64
	total, since int64
}

func (g *guardedReader) mark() { g.since = 0 }

func (g *guardedReader) Read(p []byte) (int, error) {
	if g.total > g.limit {
		return 0, &TooLargeError{What: "bytes", Limit: g.limit}
	}
	if g.since > maxRecordBytes {
		return 0, &TooLargeError{What: "bytes in one row", Limit: maxRecordBytes}
	}
	n, err := g.r.Read(p)
	g.total += int64(n)
	g.since += int64(n)
	return n, err
}
