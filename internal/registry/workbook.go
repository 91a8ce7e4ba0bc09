package registry

// Reading a workbook (XLSX, ECMA-376) as if it were a delimited file: the first
// sheet row by row, each cell where its reference says, for empty cells are left
// out. It is read here rather than with excelize, which takes a damaged sheet
// for a shorter one, and rows that are missing are holders who are missing.

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// Bounds of a workbook. IPA's bodies have 4.3 MB and 34 columns.
const (
	maxWorkbookBytes = 64 << 20 // as it comes, compressed
	maxWorkbookParts = 1_000
	maxSharedStrings = 3_000_000
	maxSharedBytes   = 64 << 20 // of text
	maxColumns       = 256
)

// DamagedError says that a workbook is none, or is not whole.
type DamagedError struct{ Err error }

func (e *DamagedError) Error() string { return fmt.Sprintf("the workbook is damaged: %v", e.Err) }

// Unwrap gives what was met.
func (e *DamagedError) Unwrap() error { return e.Err }

func damaged(format string, args ...any) error { return &DamagedError{fmt.Errorf(format, args...)} }

// hurt is err, as damage where it is nothing more telling.
func hurt(err error) error {
	var large *TooLargeError
	var known *DamagedError
	if errors.As(err, &large) || errors.As(err, &known) {
		return err
	}
	return &DamagedError{err}
}

// isWorkbook tells a zip archive, which a delimited file never begins like.
func isWorkbook(r *bufio.Reader) bool {
	magic, _ := r.Peek(4)
	return bytes.Equal(magic, []byte("PK\x03\x04"))
}

// workbook gives the rows of the first sheet as csv.Reader gives those of a
// file, the first row that is not empty being the header.
type workbook struct {
	file    io.Closer
	sheet   *xml.Decoder
	guard   *guardedReader
	strings []string
	width   int // of the header; 0: not read yet
	record  []string
}

// openWorkbook reads what comes before the rows.
func openWorkbook(r io.Reader) (*workbook, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxWorkbookBytes+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxWorkbookBytes {
		return nil, &TooLargeError{What: "bytes in a workbook", Limit: maxWorkbookBytes}
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, hurt(err)
	}
	if len(z.File) > maxWorkbookParts {
		return nil, &TooLargeError{What: "parts in a workbook", Limit: maxWorkbookParts}
	}
	parts := make(map[string]*zip.File, len(z.File))
	for _, f := range z.File {
		parts[strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))] = f
	}
	name, err := firstSheet(parts)
	if err != nil {
		return nil, err
	}
	w := &workbook{}
	if w.strings, err = sharedStrings(parts["xl/sharedstrings.xml"]); err != nil {
		return nil, err
	}
	w.sheet, w.guard, w.file, err = openPart(parts[strings.ToLower(name)], name)
	return w, err
}

// openPart opens one part for reading within the bounds of a table.
func openPart(f *zip.File, name string) (*xml.Decoder, *guardedReader, io.Closer, error) {
	if f == nil {
		return nil, nil, nil, damaged("it has no part %s", cutAt(visible(name), 80))
	}
	r, err := f.Open()
	if err != nil {
		return nil, nil, nil, hurt(err)
	}
	g := &guardedReader{r: r, limit: maxTableBytes}
	return xml.NewDecoder(g), g, r, nil
}

// firstSheet is the name of the part that the workbook's first sheet is in.
func firstSheet(parts map[string]*zip.File) (string, error) {
	id, target := "", ""
	err := eachElement(parts, "xl/workbook.xml", func(e xml.StartElement) {
		if e.Name.Local == "sheet" && id == "" {
			id = attribute(e, "id")
		}
	})
	if err != nil {
		return "", err
	}
	err = eachElement(parts, "xl/_rels/workbook.xml.rels", func(e xml.StartElement) {
		if e.Name.Local == "Relationship" && attribute(e, "Id") == id && target == "" {
			target = attribute(e, "Target")
		}
	})
	if err != nil {
		return "", err
	}
	if id == "" || target == "" {
		return "", damaged("it has no sheet")
	}
	if rooted, ok := strings.CutPrefix(target, "/"); ok {
		return path.Clean(rooted), nil
	}
	return path.Join("xl", target), nil
}

func eachElement(parts map[string]*zip.File, name string, see func(xml.StartElement)) error {
	d, _, file, err := openPart(parts[strings.ToLower(name)], name)
	if err != nil {
		return err
	}
	defer file.Close()
	for {
		switch t, err := d.Token(); e := t.(type) {
		case xml.StartElement:
			see(e)
		case nil:
			if errors.Is(err, io.EOF) {
				return nil
			}
			return hurt(err)
		}
	}
}

// attribute is an attribute by its local name; of "id", that of a relationship
// where there are two.
func attribute(e xml.StartElement, name string) string {
	found := ""
	for _, a := range e.Attr {
		if a.Name.Local == name && (found == "" || a.Name.Space != "") {
			found = a.Value
		}
	}
	return found
}

// sharedStrings reads the texts that cells refer to by number; nil is no part,
// and no text.
func sharedStrings(f *zip.File) ([]string, error) {
	if f == nil {
		return nil, nil
	}
	d, guard, file, err := openPart(f, f.Name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var out []string
	size := 0
	for {
		guard.mark()
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, hurt(err)
		}
		if e, ok := t.(xml.StartElement); !ok || e.Name.Local != "si" {
			continue
		}
		s, err := text(d, "t")
		if err != nil {
			return nil, err
		}
		if size += len(s); size > maxSharedBytes || len(out) == maxSharedStrings {
			return nil, &TooLargeError{What: "bytes of text in a workbook", Limit: maxSharedBytes}
		}
		out = append(out, s)
	}
}

// text reads an element to its end and gives what stands in its children of that
// name, at most maxCellBytes and a little. How a word is pronounced is not part
// of it.
func text(d *xml.Decoder, name string) (string, error) {
	var b strings.Builder
	var open []string
	for depth := 1; depth > 0; {
		t, err := d.Token()
		if err != nil {
			return "", hurt(err)
		}
		switch x := t.(type) {
		case xml.StartElement:
			depth++
			if x.Name.Local == "rPh" {
				if err := d.Skip(); err != nil {
					return "", hurt(err)
				}
				depth--
				continue
			}
			open = append(open, x.Name.Local)
		case xml.EndElement:
			depth--
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		case xml.CharData:
			if len(open) > 0 && open[len(open)-1] == name && b.Len() <= maxCellBytes {
				b.Write(x[:min(len(x), maxCellBytes+1)])
			}
		}
	}
	return escapes.Replace(b.String()), nil
}

// escapes are the control characters that text in a workbook may have.
var escapes = strings.NewReplacer("_x000D_", "\r", "_x000A_", "\n", "_x0009_", "\t")

// Read gives the next row that has something in it, as wide as the header, or
// wider where it goes on beyond it. io.EOF ends a sheet that is whole. The slice
// is used again.
func (w *workbook) Read() ([]string, error) {
	for {
		w.guard.mark()
		t, err := w.sheet.Token()
		if errors.Is(err, io.EOF) {
			return nil, errors.Join(io.EOF, w.file.Close())
		}
		if err != nil {
			return nil, hurt(err)
		}
		if e, ok := t.(xml.StartElement); !ok || e.Name.Local != "row" {
			continue
		}
		if err := w.row(); err != nil {
			return nil, err
		}
		if len(w.record) == 0 {
			continue
		}
		if w.width == 0 {
			w.width = len(w.record)
		}
		for len(w.record) < w.width {
			w.record = append(w.record, "")
		}
		return w.record, nil
	}
}

// row reads the cells of a row; nothing empty stands at its end.
func (w *workbook) row() error {
	w.record = w.record[:0]
	next := 0
	for {
		t, err := w.sheet.Token()
		if err != nil {
			return hurt(err)
		}
		switch e := t.(type) {
		case xml.EndElement:
			return nil
		case xml.StartElement:
			if e.Name.Local != "c" {
				if err := w.sheet.Skip(); err != nil {
					return hurt(err)
				}
				continue
			}
			at := next
			if ref := attribute(e, "r"); ref != "" {
				if at, err = columnOf(ref); err != nil {
					return err
				}
			}
			next = at + 1
			if err := w.cell(at, attribute(e, "t")); err != nil {
				return err
			}
		}
	}
}

// cell reads one cell of a type into the record. A number stands as it is
// written: a date in a cell that is none of text is the number of its day.
func (w *workbook) cell(at int, kind string) error {
	name := "v"
	if kind == "inlineStr" {
		name = "t"
	}
	s, err := text(w.sheet, name)
	if err != nil {
		return err
	}
	switch kind {
	case "s":
		i, err := strconv.Atoi(s)
		if s == "" {
			break
		}
		if err != nil || i < 0 || i >= len(w.strings) {
			return damaged("a cell refers to text %q of %d", cutAt(s, 20), len(w.strings))
		}
		s = w.strings[i]
	case "e":
		s = ""
	}
	switch {
	case s == "":
		return nil
	case at >= maxColumns:
		return &TooLargeError{What: "columns", Limit: maxColumns}
	}
	for len(w.record) <= at {
		w.record = append(w.record, "")
	}
	if w.record[at] != "" {
		return damaged("column %d stands twice in a row", at+1)
	}
	w.record[at] = s
	return nil
}

// columnOf is the column of a cell's reference, from 0: AB12 is 27.
func columnOf(ref string) (int, error) {
	n, digits := 0, strings.TrimLeft(ref, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	letters := ref[:len(ref)-len(digits)]
	if letters == "" || len(letters) > 3 || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, damaged("%q is no cell", cutAt(visible(ref), 20))
	}
	for _, c := range letters {
		n = 26*n + int(c-'A') + 1
	}
	return n - 1, nil
}

// flatten writes a workbook as a delimited file.
func flatten(out io.Writer, r io.Reader) error {
	w, err := openWorkbook(r)
	if err != nil {
		return err
	}
	defer w.file.Close()
	c := csv.NewWriter(out)
	for rows := 0; ; rows++ {
		record, err := w.Read()
		if errors.Is(err, io.EOF) {
			c.Flush()
			return c.Error()
		}
		if err != nil {
			return err
		}
		if rows > maxTableRows {
			return &TooLargeError{What: "rows", Limit: maxTableRows}
		}
		if err := c.Write(record); err != nil {
			return err
		}
	}
}
