package replica

// This file tests IPA and ISTAT.

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/vigile-it/vigile/internal/need"
)

func TestTheRegistryAnswersAsCKANDoes(t *testing.T) {
	r := start(t, Options{Seed: 3})
	c := visitor(t, r)
	api := r.IPAURL() + "/api/3/action/"
	type answer struct {
		Success bool
		Result  struct {
			Total     int
			Records   []map[string]any
			Resources []struct {
				ID              string `json:"id"`
				DatastoreActive bool   `json:"datastore_active"`
			}
		}
	}
	ask := func(path string) (answer, int) {
		t.Helper()
		resp, b, err := get(t, c, api+path)
		if err != nil {
			t.Fatal(err)
		}
		var a answer
		if err := json.Unmarshal(b, &a); err != nil {
			t.Fatal(err)
		}
		return a, resp.StatusCode
	}
	shown, _ := ask("package_show?id=enti")
	resource := ""
	for _, x := range shown.Result.Resources {
		if x.DatastoreActive {
			resource = x.ID
		}
	}
	search := "datastore_search?resource_id=" + resource
	for name, tc := range map[string]struct {
		query string
		total int
	}{
		"a word in another case, within a category": {"&q=montelume&filters=" + url.QueryEscape(`{"Codice_Categoria":"L6"}`), 2},
		"all the words":                   {"&q=" + url.QueryEscape("vallefiorita sotto"), 3}, // the consortium and the school too,
		"filters are case-exact":          {"&filters=" + url.QueryEscape(`{"Codice_IPA":"C_Z001"}`), 0},
		"the code as it is":               {"&filters=" + url.QueryEscape(`{"Codice_IPA":"c_z001"}`), 1},
		"a list of values":                {"&filters=" + url.QueryEscape(`{"Codice_IPA":["c_z001","c_z002"]}`), 2},
		"a word nobody has":               {"&q=atlantide", 0},
		"accents are part of the word":    {"&q=mirabo", 1}, // its host, not its name
		"the words with their accent too": {"&q=" + url.QueryEscape("mirabò"), 1},
	} {
		if got, _ := ask(search + tc.query); got.Result.Total != tc.total || len(got.Result.Records) != tc.total {
			t.Errorf("%s: %d rows, want %d", name, got.Result.Total, tc.total)
		}
	}
	if _, status := ask("datastore_search?resource_id=nessuna"); status != 404 {
		t.Errorf("an unknown resource answers %d", status)
	}
	if _, status := ask(search + "&filters=" + url.QueryEscape(`{"codice_ipa":"c_z001"}`)); status != 409 {
		t.Errorf("an unknown column answers %d", status)
	}
	page, _ := ask(search + "&limit=2&offset=3")
	if len(page.Result.Records) != 2 || page.Result.Records[0]["_id"] != float64(4) {
		t.Errorf("paging: %v", page.Result.Records)
	}
}

func TestTheRegistrysFilesAreAsTheGenuineOnes(t *testing.T) {
	r := start(t, Options{Seed: 3})
	c := visitor(t, r)
	dumpURL := r.IPAURL() + "/datastore/dump/d09adf99-dc10-4349-8c53-27b1e5aa97b6?bom=True&format=csv"
	resp, body, err := get(t, c, dumpURL)
	if err != nil || !bytes.Equal(body, r.EntiCSV()) {
		t.Fatalf("the dump differs from EntiCSV: %v", err)
	}
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, dumpURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("If-None-Match", resp.Header.Get("ETag"))
	again, err := c.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	again.Body.Close()
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("a known dump is answered %d", again.StatusCode)
	}
	real, err := os.Open(need.Data(t, "ipa", "enti_2022-02.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer real.Close()
	z, err := gzip.NewReader(real)
	if err != nil {
		t.Fatal(err)
	}
	head, err := bufio.NewReader(z).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	ours, _, _ := strings.Cut(string(body), "\n")
	if strings.TrimSpace(head) != strings.TrimSpace(ours) {
		t.Errorf("columns\n%s\nwant\n%s", ours, head)
	}
}

func TestTheWorkbookLeavesEmptyCellsOut(t *testing.T) {
	r := start(t, Options{Seed: 3})
	c := visitor(t, r)
	d := datasets()[1]
	_, body, err := get(t, c, r.IPAURL()+"/dataset/"+d.id+"/resource/"+d.resource+"/download/"+d.slug+".xlsx")
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var sheet struct {
		Rows []struct {
			Cells []struct {
				Ref string `xml:"r,attr"`
			} `xml:"c"`
		} `xml:"sheetData>row"`
	}
	if err := xml.NewDecoder(f).Decode(&sheet); err != nil {
		t.Fatal(err)
	}
	if len(sheet.Rows) != len(d.rows(r.italy))+1 || len(sheet.Rows[0].Cells) != len(d.columns) || len(sheet.Rows[1].Cells) >= len(d.columns) {
		t.Errorf("%d rows, %d and %d cells", len(sheet.Rows), len(sheet.Rows[0].Cells), len(sheet.Rows[1].Cells))
	}
	if got := columnName(27); got != "AB" {
		t.Errorf("the 28th column is %s", got)
	}
}

func TestISTATsListIsLatin1WithBreaksInItsHeader(t *testing.T) {
	r := start(t, Options{Seed: 3})
	_, body, err := get(t, visitor(t, r), r.ISTATURL())
	if err != nil {
		t.Fatal(err)
	}
	text, err := charmap.ISO8859_1.NewDecoder().Bytes(body)
	if err != nil {
		t.Fatal(err)
	}
	rd := csv.NewReader(bytes.NewReader(text))
	rd.Comma = ';'
	rows, err := rd.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if utf8.Valid(body) || len(rows) != len(r.Comuni())+1 || !strings.Contains(rows[0][1], "\n") || rows[1][4] != "990001" {
		t.Errorf("%d rows; %v", len(rows), rows[1])
	}
}
