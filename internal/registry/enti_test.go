package registry

// Picking comuni out of IPA's bodies, on invented rows.

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const entiHeader = "_id,Codice_IPA,Denominazione_ente,Codice_fiscale_ente,Tipologia,Codice_Categoria,Codice_natura,Codice_ateco,Ente_in_liquidazione," +
	"Nome_responsabile,Cognome_responsabile,Codice_comune_ISTAT,Codice_catastale_comune,Mail1,Tipo_Mail1,Mail2,Tipo_Mail2,Sito_istituzionale,Data_aggiornamento\n"

// body is one invented row of enti.
type body struct{ ipa, name, tax, category, nature, liquidation, istat, catasto, mail1, kind1, mail2, kind2, site string }

func (b body) String() string {
	return fmt.Sprintf("1,%s,%q,%s,Pubbliche Amministrazioni,%s,%s,,%s,*,*,%s,%s,%s,%s,%s,%s,%s,2026-01-02\n",
		b.ipa, b.name, b.tax, b.category, b.nature, b.liquidation, b.istat, b.catasto, b.mail1, b.kind1, b.mail2, b.kind2, b.site)
}

func entiFile(bodies ...body) string {
	var b strings.Builder
	b.WriteString(entiHeader)
	for _, row := range bodies {
		b.WriteString(row.String())
	}
	return b.String()
}

func mustRead(t *testing.T, file string) *Dump {
	t.Helper()
	d, err := ReadEnti(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func comune(n int, name string) body {
	return body{
		ipa: fmt.Sprintf("c_z%03d", n), name: "Comune di " + name, tax: fmt.Sprintf("%011d", n), category: "L6", nature: "2430",
		istat: fmt.Sprintf("054%03d", 900+n), catasto: fmt.Sprintf("Z%03d", n), site: fmt.Sprintf("www.comune.prova%d.pg.it", n),
	}
}

func TestReadEntiTellsComuniFromTheRest(t *testing.T) {
	noNature := comune(2, "Montefinto")
	noNature.nature = ""
	consortium := comune(3, "x")
	consortium.name, consortium.nature = "Consorzio Acquedotto fra i Comuni di Prova", "2740"
	consortiumOf := comune(4, "x")
	consortiumOf.name, consortiumOf.nature = "Comuni di Prova Consorzio Acque", ""
	school := body{ipa: "istsc_prova", name: "Istituto Prova", category: "L33", istat: "054901"}
	union := body{ipa: "uc_prova", name: "Unione di Prova", tax: "1", category: "L18", istat: "054901", site: "unione.prova.pg.it"}
	province := body{ipa: "p_prova", name: "Provincia di Prova", tax: "1", category: "L5", istat: "054901"}
	bad := comune(5, "Senza Codice")
	bad.istat = "n.d."

	d := mustRead(t, entiFile(comune(1, "Provafinta"), noNature, consortium, consortiumOf, school, union, province, bad))
	var names []string
	for _, c := range d.Comuni {
		names = append(names, c.Name)
	}
	if diff := cmp.Diff([]string{"Provafinta", "Montefinto"}, names); diff != "" {
		t.Errorf("comuni (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{DroppedOther: 2, DroppedCategory: 1, DroppedIstat: 1}, d.Dropped); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
	if d.Rows != 8 || len(d.Bodies) != 2 || d.Bodies[0].IPA != "uc_prova" || d.Bodies[1].Category != CategoryProvince {
		t.Errorf("rows %d, bodies %+v", d.Rows, d.Bodies)
	}
}

func TestReadEntiReadsARow(t *testing.T) {
	row := comune(7, "Villafinta d'Umbria")
	row.ipa, row.mail1, row.kind1, row.mail2, row.kind2 = "C_Z007", "info@prova.it", "Altro", "prova@pec.prova.it", "Pec"
	got := mustRead(t, entiFile(row)).Comuni
	want := []Comune{{
		Istat: "054907", IPA: "C_Z007", Name: "Villafinta d'Umbria", Denomination: "Comune di Villafinta d'Umbria", Province: "PG", Region: "Umbria",
		Catasto: "Z007", TaxCode: "00000000007", PEC: "prova@pec.prova.it", Updated: "2026-01-02",
		Site: Site{Raw: "www.comune.prova7.pg.it", URL: "https://www.comune.prova7.pg.it/", Quirks: []Quirk{QuirkNoScheme}},
	}}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadEntiQuirksOfRows(t *testing.T) {
	tests := []struct {
		name     string
		change   func(*body)
		quirk    Quirk
		doubtful bool
	}{
		{"no tax code makes the row doubtful", func(b *body) { b.tax = "" }, QuirkNoTaxCode, true},
		{"liquidation is no ground to drop", func(b *body) { b.liquidation = "S" }, QuirkLiquidation, false},
		{"lost zeros come back", func(b *body) { b.istat = "1901" }, QuirkIstatPadded, false},
		{"an odd IPA code is noted", func(b *body) { b.ipa = "3BEP4ZAX" }, QuirkOddIPACode, false},
		{"an unknown province is noted", func(b *body) { b.istat = "990001" }, QuirkNoProvince, false},
		{"another body under a comune's nature is doubtful", func(b *body) { b.name = "Amministrazione Usi Civici di Prova" }, QuirkNotComuneName, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			row := comune(1, "Provafinta")
			tt.change(&row)
			d := mustRead(t, entiFile(row))
			if len(d.Comuni) != 1 {
				t.Fatalf("%d comuni", len(d.Comuni))
			}
			c := d.Comuni[0]
			if diff := cmp.Diff([]Quirk{tt.quirk}, c.Quirks); diff != "" || c.Doubtful != tt.doubtful || len(c.Istat) != 6 {
				t.Errorf("doubtful %v, ISTAT %s, quirks (-want +got):\n%s", c.Doubtful, c.Istat, diff)
			}
			if d.Quirks[tt.quirk] != 1 {
				t.Errorf("counts: %v", d.Quirks)
			}
		})
	}
}

func TestReadEntiChoosesAmongRowsOfOneCode(t *testing.T) {
	good := comune(1, "Provafinta")
	stray := good
	stray.ipa, stray.tax, stray.site = "020ZZZ", "", ""
	odd := good
	odd.ipa = "c_9zz"
	civic := good
	civic.name = "Amministrazione Usi Civici di Provafinta"
	noSite := odd
	noSite.site = ""
	tests := []struct {
		name string
		rows []body
		want string
	}{
		{"the cadastral code beats a stray row", []body{stray, good}, "c_z001"},
		{"whatever their order", []body{good, stray}, "c_z001"},
		{"a tax code beats none", []body{stray, odd}, "c_9zz"},
		{"a site beats none", []body{noSite, odd}, "c_9zz"},
		{"a comune beats another body", []body{civic, stray}, "020ZZZ"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := mustRead(t, entiFile(tt.rows...))
			if len(d.Comuni) != 1 || d.Comuni[0].IPA != tt.want || d.Dropped[DroppedSecond] != 1 {
				t.Errorf("got %+v, dropped %v", d.Comuni, d.Dropped)
			}
		})
	}
}

func TestReadEntiKeepsWhoSitsInAnotherTown(t *testing.T) {
	host, guest := comune(1, "Ospitante"), comune(2, "Ospite")
	guest.istat, guest.catasto = host.istat, host.catasto
	d := mustRead(t, entiFile(guest, host))
	if len(d.Comuni) != 1 || d.Comuni[0].Name != "Ospitante" || len(d.Displaced) != 1 || d.Displaced[0].Name != "Ospite" {
		t.Errorf("comuni %+v, displaced %+v", d.Comuni, d.Displaced)
	}
}

func TestReadEntiCorrectsKnownSeats(t *testing.T) {
	row := comune(1, "Caines")
	row.ipa, row.istat, row.catasto = "C_B364", "021073", "H284"
	c := mustRead(t, entiFile(row)).Comuni[0]
	if c.Istat != "021014" || c.Catasto != "B364" || c.Province != "BZ" || !hasQuirk(c.Quirks, QuirkSeatElsewhere) {
		t.Errorf("got %+v", c)
	}
}

func TestReadEntiDoubtsARepeatedIPACode(t *testing.T) {
	own, other := comune(1, "Provafinta"), comune(2, "Provafinta")
	other.ipa = strings.ToUpper(own.ipa)
	d := mustRead(t, entiFile(other, own))
	if len(d.Comuni) != 2 || d.Comuni[0].Doubtful || !d.Comuni[1].Doubtful || d.Quirks[QuirkRepeatedIPA] != 1 {
		t.Errorf("got %+v", d.Comuni)
	}
}

func TestReadEntiMarksSharedAddresses(t *testing.T) {
	a, b, other := comune(1, "Uno"), comune(2, "Due"), comune(3, "Tre")
	a.site, b.site = "unione.prova.pg.it", "https://unione.prova.pg.it/"
	d := mustRead(t, entiFile(a, b, other))
	if d.Quirks[QuirkSharedAddress] != 2 {
		t.Errorf("quirks %v", d.Quirks)
	}
}

func TestReadEntiReadsEveryWrapping(t *testing.T) {
	plainFile := entiFile(comune(1, "Provafinta"))
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte("\ufeff" + plainFile))
	_ = z.Close()
	moved := "Sito_istituzionale;Codice_comune_ISTAT;Codice_Categoria;Codice_fiscale_ente;Denominazione_ente;Codice_IPA\n" +
		"www.comune.prova1.pg.it;054901;L6;00000000001;Comune di Provafinta;c_z001\n"
	for name, file := range map[string]string{
		"plain":                         plainFile,
		"with a byte order mark":        "\ufeff" + plainFile,
		"gzip with a byte order mark":   zipped.String(),
		"CRLF":                          strings.ReplaceAll(plainFile, "\n", "\r\n"),
		"semicolons, columns elsewhere": moved,
		"tabs":                          strings.ReplaceAll(moved, ";", "\t"),
		"header in other letters":       strings.ReplaceAll(plainFile, "Codice_IPA", " codice_ipa "),
	} {
		t.Run(name, func(t *testing.T) {
			d := mustRead(t, file)
			if len(d.Comuni) != 1 || d.Comuni[0].Name != "Provafinta" {
				t.Errorf("got %+v", d.Comuni)
			}
		})
	}
}

func TestReadEntiReadsLatin1(t *testing.T) {
	row := comune(1, "Forl\xec Finta")
	file := entiHeader + strings.ReplaceAll(row.String(), `\xec`, "\xec")
	if got := mustRead(t, file).Comuni[0].Name; got != "Forlì Finta" {
		t.Errorf("got %q", got)
	}
}

func TestReadEntiSkipsBrokenRowsAndCountsThem(t *testing.T) {
	good := comune(1, "Provafinta").String()
	d := mustRead(t, entiHeader+"2,c_z009,too,short\n"+good+"\n\n"+strings.Repeat(",", 40)+"\n")
	if len(d.Comuni) != 1 || d.Dropped[DroppedRagged] != 2 {
		t.Errorf("comuni %d, dropped %v", len(d.Comuni), d.Dropped)
	}
}

func TestReadEntiNamesMissingColumns(t *testing.T) {
	_, err := ReadEnti(strings.NewReader("Codice_IPA,Denominazione_ente,Altro\nx,y,z\n"))
	var missing *MissingColumnsError
	if !errors.As(err, &missing) {
		t.Fatalf("got %v", err)
	}
	want := []string{"Codice_fiscale_ente", "Codice_Categoria", "Codice_comune_ISTAT", "Sito_istituzionale"}
	if diff := cmp.Diff(want, missing.Missing); diff != "" || missing.What != "enti" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, what := range append(want, "Altro") {
		if !strings.Contains(err.Error(), what) {
			t.Errorf("%q does not name %s", err, what)
		}
	}
	if _, err := ReadEnti(strings.NewReader("")); !errors.As(err, &missing) {
		t.Errorf("an empty file: %v", err)
	}
}

// endless is a file that never ends.
type endless struct{ row string }

func (e endless) Read(p []byte) (int, error) { return copy(p, e.row), nil }

func TestReadEntiIsBounded(t *testing.T) {
	var tooLarge *TooLargeError
	t.Run("one row that never ends", func(t *testing.T) {
		_, err := ReadEnti(io.MultiReader(strings.NewReader(entiHeader+`1,"`), endless{"aaaaaaaaaaaaaaaaaaaaaaa\n"}))
		if !errors.As(err, &tooLarge) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a header that never ends", func(t *testing.T) {
		_, err := ReadEnti(endless{"aaaaaaaa"})
		if !errors.As(err, &tooLarge) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("rows that never end", func(t *testing.T) {
		_, err := ReadEnti(io.MultiReader(strings.NewReader("Codice_IPA,Denominazione_ente,Codice_fiscale_ente,Codice_Categoria,Codice_comune_ISTAT,Sito_istituzionale\n"), endless{"a,b,c,d,e,f\n"}))
		if !errors.As(err, &tooLarge) || tooLarge.What != "rows" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a gzip that is none", func(t *testing.T) {
		if _, err := ReadEnti(strings.NewReader("\x1f\x8bnonsense")); err == nil {
			t.Error("no error")
		}
	})
}

func TestCleanName(t *testing.T) {
	for in, want := range map[string]string{
		"Comune di Provafinta":                   "Provafinta",
		"comune di Provafinta":                   "Provafinta",
		"Comune Casciana Terme Lari":             "Casciana Terme Lari",
		"ROMA CAPITALE":                          "Roma",
		"COMUNE DI SAN FINTO DEL MARE":           "San Finto del Mare",
		"Comune di Bascape'":                     "Bascape'",
		"Comune di Agliè":                        "Agliè",
		"Comune dell'Isola Finta":                "Isola Finta",
		"Comune di Citta' di Castello":           "Citta' di Castello",
		"Comune di Castelnuovo (Prov. Trento)":   "Castelnuovo",
		"Comune di Martello - Gemeinde Martell":  "Martello - Martell",
		"San Giovanni di Fassa-Sen Jan":          "San Giovanni di Fassa-Sen Jan",
		"Comune di":                              "Comune di",
		"  Comune   di  Doppio\u00a0Spazio\x00 ": "Doppio Spazio",
		"Comun Nuovo":                            "Comun Nuovo",
		"":                                       "",
	} {
		if got := CleanName(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestCountQuirksIsOrdered(t *testing.T) {
	comuni := []Comune{
		{Quirks: []Quirk{QuirkNoTaxCode}, Site: Site{Quirks: []Quirk{QuirkNoScheme, QuirkComma}}},
		{Site: Site{Quirks: []Quirk{QuirkNoScheme}}},
	}
	want := []QuirkCount{{QuirkNoScheme, 2}, {QuirkComma, 1}, {QuirkNoTaxCode, 1}}
	for range 20 {
		if diff := cmp.Diff(want, CountQuirks(comuni)); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}

func TestOrdinaryAddressesAreReadAsTheOthers(t *testing.T) {
	for _, raw := range []string{
		"www.comune.prova.pg.it", "http://www.comune.prova.pg.it/", "https://comune.prova.gov.it", "prova-finta.altervista.org",
		"www.halleyweb.com", "comune.prova.eu/", "www.comune.prova.gov.it", "www.comune-prova.info",
	} {
		fast, ok := ordinary(raw)
		if !ok {
			t.Errorf("%q is not ordinary", raw)
			continue
		}
		if diff := cmp.Diff(repairOnce(raw), fast); diff != "" {
			t.Errorf("%q (-slow +fast):\n%s", raw, diff)
		}
	}
}

func FuzzReadEnti(f *testing.F) {
	f.Add([]byte(entiFile(comune(1, "Provafinta"), comune(2, "Montefinto"))))
	f.Add([]byte("\ufeff" + entiHeader + "1,2,3\n"))
	f.Add([]byte(entiHeader + `1,"` + "\n"))
	f.Add([]byte("\x1f\x8b\x08"))
	f.Add([]byte("Codice_IPA;Denominazione_ente;Codice_fiscale_ente;Codice_Categoria;Codice_comune_ISTAT;Sito_istituzionale\nc_x;Comune di \xec;;L6;54001;a@b\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		d, err := ReadEnti(bytes.NewReader(file))
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, c := range d.Comuni {
			if len(c.Istat) != 6 || seen[c.Istat] {
				t.Fatalf("ISTAT code %q, seen %v", c.Istat, seen[c.Istat])
			}
			seen[c.Istat] = true
			if strings.ContainsFunc(c.Name+c.Denomination+c.IPA+c.TaxCode+c.PEC+c.Site.Raw, invisible) {
				t.Fatalf("invisible characters in %+v", c)
			}
		}
		if len(d.Comuni)+len(d.Bodies) > d.Rows {
			t.Fatalf("%d comuni, %d bodies, %d rows", len(d.Comuni), len(d.Bodies), d.Rows)
		}
		_, _ = NewCatalogue(d.Comuni).Find("Provafinta")
	})
}

func TestProfilesOfTheRowAreAddressesOnSocialNetworks(t *testing.T) {
	for given, want := range map[string]string{
		"https://www.facebook.com/comuneprova": "https://www.facebook.com/comuneprova",
		"www.youtube.com/@comuneprova":         "https://www.youtube.com/@comuneprova",
		"http://twitter.com/prova":             "https://twitter.com/prova",
		"":                                     "",
		"facebook":                             "",
		"https://www.facebook.com/":            "",
		"prova@comune.example":                 "",
		"https://x.com/a b":                    "",
	} {
		got := strings.Join(profiles(func(c int) string {
			if c == entiTwitter {
				return given
			}
			return ""
		}), " ")
		if got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
}
