package replica

// This file writes a data set as the workbook the registry offers for download:
// shared strings, and no cell at all where a value is empty, so that a reader
// must go by the cells' references.

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
)

const (
	sheetNamespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	xmlHead        = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
)

// workbook is the data set as an XLSX file.
func workbook(d dataset, it *Italy) ([]byte, error) {
	index := map[string]int{}
	var list, sheet strings.Builder
	shared := func(s string) int {
		i, ok := index[s]
		if !ok {
			i = len(index)
			index[s] = i
			list.WriteString("<si><t>")
			xml.EscapeText(&list, []byte(s)) //nolint:errcheck // a strings.Builder takes everything
			list.WriteString("</t></si>")
		}
		return i
	}
	rows := append([][]string{d.columns}, d.rows(it)...)
	for n, row := range rows {
		fmt.Fprintf(&sheet, `<row r="%d">`, n+1)
		for i, v := range row {
			if v != "" {
				fmt.Fprintf(&sheet, `<c r="%s%d" t="s"><v>%d</v></c>`, columnName(i), n+1, shared(v))
			}
		}
		sheet.WriteString("</row>")
	}
	const rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	const kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml."
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range [][2]string{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="` + kinds + `sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + kinds + `worksheet+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="` + kinds + `sharedStrings+xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + rel + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="` + sheetNamespace + `" xmlns:r="` + rel + `"><sheets><sheet name="dati" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + rel + `/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="` + rel + `/sharedStrings" Target="sharedStrings.xml"/></Relationships>`},
		{"xl/worksheets/sheet1.xml", `<worksheet xmlns="` + sheetNamespace + `"><sheetData>` + sheet.String() + `</sheetData></worksheet>`},
		{"xl/sharedStrings.xml", fmt.Sprintf(`<sst xmlns="%s" uniqueCount="%d">`, sheetNamespace, len(index)) + list.String() + `</sst>`},
	} {
		w, err := z.Create(f[0])
		if err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(xmlHead + f[1])); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return out.Bytes(), err
}

// columnName is the letters of the i-th column, from 0: A, B, … Z, AA.
func columnName(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}
