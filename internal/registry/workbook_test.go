package registry

// Workbooks as data sets: read by reference, never half, and never beyond bounds.

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

// book is a workbook written by hand: the rows and the shared texts as XML.
func book(rows, shared string) []byte {
	return parts(map[string]string{
		"xl/workbook.xml":            `<workbook xmlns:r="x"><sheets><sheet name="dati" sheetId="1" r:id="rId1"/><sheet name="note" r:id="rId2"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId2" Target="worksheets/other.xml"/><Relationship Id="rId1" Target="/xl/worksheets/sheet7.xml"/></Relationships>`,
		"xl/worksheets/sheet7.xml":   `<worksheet><cols><col min="1"/></cols><sheetData>` + rows + `</sheetData></worksheet>`,
		"xl/sharedStrings.xml":       `<sst>` + shared + `</sst>`,
	})
}

func parts(files map[string]string) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range files {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			panic(err)
		}
	}
	z.Close()
	return out.Bytes()
}

// rowsOf reads a workbook to its end.
func rowsOf(b []byte) ([][]string, error) {
	w, err := openWorkbook(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	var out [][]string
	for {
		record, err := w.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, slices.Clone(record))
	}
}

func TestCellsStandWhereTheirReferenceSays(t *testing.T) {
	got, err := rowsOf(book(`
		<row r="1"/>
		<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="C2" t="inlineStr"><is><r><t>Cog</t></r><r><t>nome</t></r></is></c></row>
		<row r="5"><c r="C5" t="str"><f>A1</f><v>Finta</v></c></row>
		<row><c><v>054901</v></c><c r="C6" t="e"><v>#N/A</v></c></row>
		<row r="7"><c r="C7" t="s"><v>2</v></c><c r="A7" s="3"><v>7</v></c></row>
		<row r="8"><c r="D8"><v>beyond</v></c></row>`,
		`<si><t>Codice_IPA</t></si><si><t>Nome</t><rPh><t>Nome</t></rPh></si><si><t xml:space="preserve">a_x000D_
b</t></si>`))
	want := [][]string{
		{"Codice_IPA", "Nome", "Cognome"}, {"", "", "Finta"}, {"054901", "", ""}, {"7", "", "a\r\nb"}, {"", "", "", "beyond"},
	}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(err, d)
	}
}

func TestAWorkbookThatIsNotWholeIsRefused(t *testing.T) {
	whole := book(`<row r="1"><c r="A1"><v>1</v></c></row>`, "")
	cell := func(c string) []byte { return book("<row>"+c+"</row>", "<si><t>x</t></si>") }
	for name, b := range map[string][]byte{
		"only its beginning":            whole[:len(whole)/2],
		"a sheet that breaks off":       book(`<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2">`, ""),
		"a sheet without an end":        parts(map[string]string{"xl/workbook.xml": `<w r:id="a"><sheet r:id="a"/></w>`, "xl/_rels/workbook.xml.rels": `<R><Relationship Id="a" Target="s.xml"/></R>`, "xl/s.xml": `<w><sheetData><row><c><v>1</v></c></row></sheetData>`}),
		"no sheet":                      parts(map[string]string{"xl/workbook.xml": "<workbook/>", "xl/_rels/workbook.xml.rels": "<R/>"}),
		"a sheet that is not there":     parts(map[string]string{"xl/workbook.xml": `<w><sheet r:id="a"/></w>`, "xl/_rels/workbook.xml.rels": `<R><Relationship Id="a" Target="../../etc/passwd"/></R>`}),
		"a text that is not there":      cell(`<c t="s"><v>1</v></c>`),
		"a text of a number below 0":    cell(`<c t="s"><v>-1</v></c>`),
		"a text of no number":           cell(`<c t="s"><v>one</v></c>`),
		"a cell twice":                  cell(`<c r="A1"><v>1</v></c><c r="A1"><v>2</v></c>`),
		"a cell that is none":           cell(`<c r="1A"><v>1</v></c>`),
		"a cell of a column far beyond": cell(`<c r="XFE1"><v>1</v></c>`),
		"texts that break off":          parts(map[string]string{"xl/workbook.xml": `<w><sheet r:id="a"/></w>`, "xl/_rels/workbook.xml.rels": `<R><Relationship Id="a" Target="s.xml"/></R>`, "xl/s.xml": "<w/>", "xl/sharedStrings.xml": "<sst><si><t>x"}),
		"an entity of its own":          parts(map[string]string{"xl/workbook.xml": `<!DOCTYPE w [<!ENTITY a "aaaa">]><w a="&a;"/>`}),
	} {
		t.Run(name, func(t *testing.T) {
			var hurt *DamagedError
			var large *TooLargeError
			if rows, err := rowsOf(b); !errors.As(err, &hurt) && !errors.As(err, &large) {
				t.Errorf("%d rows, %v", len(rows), err)
			}
		})
	}
	for i := range whole { // a bit of the file is another one
		b := bytes.Clone(whole)
		b[i] ^= 1
		if rows, err := rowsOf(b); err == nil && (len(rows) != 1 || rows[0][0] != "1") {
			t.Errorf("byte %d: %q", i, rows)
		}
	}
}

func TestABombIsNotUnpacked(t *testing.T) {
	big := strings.Repeat("A", 8<<20)
	for name, b := range map[string][]byte{
		"one text of 8 MB":        book("", "<si><t>"+big+"</t></si>"),
		"one cell of 8 MB":        book("<row><c><v>"+big+"</v></c></row>", ""),
		"one attribute of 8 MB":   book(`<row a="`+big+`"/>`, ""),
		"one row of many cells":   book("<row>"+strings.Repeat("<c><v>1</v></c>", 500_000)+"</row>", ""),
		"elements without an end": book("<row>"+strings.Repeat("<c>", 500_000), ""),
	} {
		t.Run(name, func(t *testing.T) {
			var large *TooLargeError
			if _, err := rowsOf(b); !errors.As(err, &large) {
				t.Errorf("%d bytes: %v", len(b), err)
			}
		})
	}
	files := map[string]string{}
	for i := range maxWorkbookParts + 1 {
		files[fmt.Sprint(i)] = ""
	}
	var large *TooLargeError
	if _, err := rowsOf(parts(files)); !errors.As(err, &large) {
		t.Errorf("many parts: %v", err)
	}
	if _, err := openWorkbook(io.MultiReader(strings.NewReader("PK\x03\x04"), zeros{})); !errors.As(err, &large) {
		t.Errorf("a download without an end: %v", err)
	}
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// asWorkbook is a delimited file as a spreadsheet program would write it, with
// no cell where there is no text.
func asWorkbook(t interface{ Fatal(...any) }, rows [][]string) []byte {
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range rows {
		for j, text := range row {
			name, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err == nil && text != "" {
				err = f.SetCellStr("Sheet1", name, text)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func recordsOf(t *testing.T, file string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestAWorkbookSaysWhatTheDelimitedFileSays(t *testing.T) {
	enti := manyComuni(30)
	plain, err := ReadEnti(strings.NewReader(enti))
	if err != nil {
		t.Fatal(err)
	}
	b := asWorkbook(t, recordsOf(t, enti))
	book, err := ReadEnti(bytes.NewReader(b))
	if d := cmp.Diff(plain, book); d != "" || err != nil || len(book.Comuni) != 30 {
		t.Error(err, d)
	}
	var flat bytes.Buffer
	if _, err := take(&flat, bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	again, err := ReadEnti(&flat)
	if d := cmp.Diff(plain, again); d != "" || err != nil {
		t.Error(err, d)
	}
}

func TestAnyTableSurvivesAWorkbook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(1, 9).Draw(t, "width")
		cell := rapid.StringMatching(`[a-zA-Zàè &<>"';,=+@0-9-]{0,12}`)
		var rows [][]string
		for range rapid.IntRange(1, 12).Draw(t, "rows") {
			row := rapid.SliceOfN(cell, width, width).Draw(t, "row")
			row[0] = "x" + row[0]
			rows = append(rows, row)
		}
		rows[0][width-1] += "h"
		got, err := rowsOf(asWorkbook(t, rows))
		if d := cmp.Diff(rows, got); d != "" || err != nil {
			t.Fatal(err, d)
		}
	})
}

func TestUpdateTakesTheWorkbookWhereThereIsNoDump(t *testing.T) {
	u := newUpdater(t)
	rtd := knownResources[slugRTD]
	u.world.files["rtd.xlsx"] = string(asWorkbook(t, recordsOf(t, u.world.files[rtd])))
	offer := func(address string) {
		u.world.offers = []map[string]any{{"id": "not-ours", "format": "PDF", "url": address + "/x.pdf"}, {"id": rtd, "format": "XLSX", "url": address + "/rtd.xlsx"}}
	}
	base := strings.TrimSuffix(u.o.IPAURL, "/ipa-dati")
	offer(base)
	u.o.Sources = []Source{SourceRTD}
	byDump := u.must()[SourceRTD]

	delete(u.world.files, rtd)
	byBook := u.must()[SourceRTD]
	if byBook.State.URL != base+"/rtd.xlsx" || byBook.State.Count != byDump.State.Count || byBook.State.ETag == "" {
		t.Errorf("dump %+v, workbook %+v", byDump.State, byBook.State)
	}
	u.world.asked = nil
	if again := u.must()[SourceRTD]; again.Outcome != OutcomeUnchanged || !slices.ContainsFunc(u.world.asked, func(tag string) bool { return tag != "" }) {
		t.Errorf("again: %+v, asked %q", again, u.world.asked)
	}

	u.world.files["rtd.xlsx"] = string(book("", ""))
	if _, err := u.update(); err == nil {
		t.Error("an empty workbook is the copy")
	}
	u.world.files["rtd.xlsx"] = "PK\x03\x04 and nothing more"
	var hurt *DamagedError
	if _, err := u.update(); !errors.As(err, &hurt) {
		t.Errorf("a damaged workbook: %v", err)
	}
	rtds, err := readFile(folder(u.o.Dir).path(SourceRTD), ReadRTD)
	if err != nil || len(rtds.Holders["c_z001"]) != 1 {
		t.Errorf("the copy: %+v, %v", rtds, err)
	}

	offer("http://elsewhere.example")
	var status *StatusError
	if _, err := u.update(); !errors.As(err, &status) || status.Status != http.StatusNotFound {
		t.Errorf("a file of another host: %v", err)
	}
}

func TestUpdateDoesNotAskElsewhereWhenItIsAskedToWait(t *testing.T) {
	u := newUpdater(t)
	u.world.status, u.o.Sources = http.StatusTooManyRequests, []Source{SourceRTD}
	u.world.offers = []map[string]any{{"id": "x", "format": "CSV", "url": strings.TrimSuffix(u.o.IPAURL, "/ipa-dati") + "/rtd.csv"}}
	if _, err := u.update(); err == nil || len(u.world.asked) != 1 {
		t.Errorf("%d requests, %v", len(u.world.asked), err)
	}
}

func FuzzWorkbook(f *testing.F) {
	whole := book(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>x</t></is></c></row>`, "<si><r><t>a</t></r><rPh><t>b</t></rPh></si>")
	f.Add(whole)
	f.Add(whole[:len(whole)-30])
	f.Add([]byte("PK\x03\x04"))
	f.Add(parts(map[string]string{"xl/workbook.xml": `<w><sheet r:id="a"/></w>`}))
	f.Fuzz(func(t *testing.T, b []byte) {
		rows, err := rowsOf(b)
		for _, r := range rows {
			if len(r) > maxColumns || len(r) < len(rows[0]) {
				t.Fatalf("a row of %d after a header of %d", len(r), len(rows[0]))
			}
		}
		if _, again := rowsOf(b); (err == nil) != (again == nil) {
			t.Fatalf("%v, then %v", err, again)
		}
	})
}

func FuzzSheet(f *testing.F) {
	f.Add(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>x</t></is></c></row>`, "<si><r><t>a</t></r><rPh><t>b</t></rPh></si>")
	f.Add(`<row><c r="IV9"><v>1</v></c><c/><c><f>1</f></c></row>`, "<si/>")
	f.Fuzz(func(t *testing.T, rows, shared string) {
		got, err := rowsOf(book(rows, shared))
		for _, r := range got {
			if err == nil && len(r) > maxColumns {
				t.Fatalf("a row of %d columns", len(r))
			}
		}
	})
}
