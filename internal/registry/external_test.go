package registry_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"github.com/vigile-it/vigile/internal/registry"
)

const candidatures = `codice_ipa,ente,tipologia_ente,comune,cod_comune,avviso,stato_candidatura,data_stato_candidatura,misura
C_X001,Comune di Montefinto,Comune,Montefinto,990001,1.4.3 - app IO - Comuni - Aprile 2022,E,2024-03-01,1.4.3 Adozione PagoPA e AppIO
c_x001,Comune di Montefinto,Comune,Montefinto,990001,1.4.3 - pagoPA - Comuni - Aprile 2022,R,2023-01-09T10:00:00.000+0000,1.4.3 Adozione PagoPA e AppIO
istsc_x,Scuola di Montefinto,Scuole,Montefinto,990001,1.4.4 - SPID CIE - Scuole,E,2024-01-01,1.4.4
c_x002,Comune di Pianofinto,Comune,Pianofinto,990002,1.4.4 - SPID CIE - Comuni - Maggio 2022,e,non si sa,1.4.4
c_x002,Comune di Pianofinto,Comune,Pianofinto,990002,1.4.4 - SPID CIE - Comuni - Maggio 2022,e,non si sa,1.4.4
c_x003,,,,,,,,
,,,,senza,1.4.1 - Sito,A,2023-01-01,1.4.1
c_x004,troppo corta
`

func read(t testing.TB, kind registry.ExternalKind, text string) registry.ExternalData {
	t.Helper()
	d, err := registry.ReadExternal(kind, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCandidaturesAreReadByName(t *testing.T) {
	d := read(t, registry.ExternalPNRR, candidatures)
	want := []registry.ExternalRow{
		{IPA: "c_x001", Istat: "990001", Measure: "1.4.3", Topic: registry.TopicAppIO, Notice: "1.4.3 - app IO - Comuni - Aprile 2022", State: "E", Day: "2024-03-01"},
		{IPA: "c_x001", Istat: "990001", Measure: "1.4.3", Topic: registry.TopicPagoPA, Notice: "1.4.3 - pagoPA - Comuni - Aprile 2022", State: "R", Day: "2023-01-09"},
		{IPA: "istsc_x", Measure: "1.4.4", Topic: registry.TopicIdentity, Notice: "1.4.4 - SPID CIE - Scuole", State: "E", Day: "2024-01-01"},
		{IPA: "c_x002", Istat: "990002", Measure: "1.4.4", Topic: registry.TopicIdentity, Notice: "1.4.4 - SPID CIE - Comuni - Maggio 2022", State: "E"},
	}
	if diff := cmp.Diff(want, d.Rows); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int{"twice": 1, "empty": 1, "no_code": 1, "ragged": 1}, d.Dropped); diff != "" {
		t.Error(diff)
	}
	if d.Read != 8 || d.Bodies() != 3 {
		t.Errorf("%d rows, %d bodies", d.Read, d.Bodies())
	}
}

func TestASchoolsCandidatureIsNotItsComunes(t *testing.T) {
	e := registry.NewExternal(read(t, registry.ExternalPNRR, candidatures))
	if got := e.Of(registry.Comune{IPA: "C_x001", Istat: "990001"}).Candidatures; len(got) != 2 || got[0].Topic != registry.TopicAppIO {
		t.Errorf("%v", got)
	}
}

func TestTablesComeInEveryShape(t *testing.T) {
	for name, text := range map[string]string{
		"comma":          "istat,popolazione\n990001,12345\n",
		"semicolon":      "istat;popolazione\n990001;12345\n",
		"tab":            "istat\tpopolazione\n990001\t12345\n",
		"BOM and CRLF":   "\ufeffistat;popolazione\r\n990001;12345\r\n",
		"thousands":      "istat;popolazione\n990001;12.345\n",
		"a decimal part": "istat;popolazione\n990001;12345.0\n",
		"by IPA":         "codice_ipa;abitanti\nC_X001;12345\n",
		"windows-1252":   "istat;nome;popolazione\n990001;Citt\xe0;12345\n",
		"quoted":         "\"istat\",\"popolazione\"\n\"990001\",\"12345\"\n",
		"a lost zero":    "istat,popolazione\n90001,12345\n",
		"control bytes":  "istat,popolazione\n\x00990001\x1b,12345\n",
		"further column": "anno,istat,popolazione\n2026,990001,12345\n",
	} {
		t.Run(name, func(t *testing.T) {
			e := registry.NewExternal(read(t, registry.ExternalPopulation, text))
			istat := "990001"
			if name == "a lost zero" {
				istat = "090001"
			}
			if n := e.Of(registry.Comune{Istat: istat, IPA: "c_x001"}).Population; n != 12345 {
				t.Errorf("%d", n)
			}
		})
	}
}

func TestWhatIsNoNumberIsLeftOut(t *testing.T) {
	for kind, text := range map[registry.ExternalKind]string{
		registry.ExternalPopulation:  "istat,popolazione\n990001,molti\n990001,-3\n990001,0\n990001,99999999999999999999\n990001,=1+1\n",
		registry.ExternalCoordinates: "istat,lat,lng\n990001,NaN,12\n990001,91,12\n990001,43,181\n990001,Inf,12\n990001,0,0\n",
	} {
		if d := read(t, kind, text); len(d.Rows) != 0 || d.Dropped["bad_value"] != 5 {
			t.Errorf("%s: %v %v", kind, d.Rows, d.Dropped)
		}
	}
	d := read(t, registry.ExternalCoordinates, "istat;lat;lon\n990001;43,11;12,39\n")
	if len(d.Rows) != 1 || math.Abs(d.Rows[0].Lat-43.11) > 1e-9 {
		t.Errorf("%v", d.Rows)
	}
}

func TestABodyIsToldOnceOfWhatItHasOnce(t *testing.T) {
	d := read(t, registry.ExternalPopulation, "istat;popolazione\n990001;500\n990001;600\n990002;7\n999999;3\n")
	if len(d.Rows) != 3 || d.Rows[0].Population != 500 || d.Dropped["twice"] != 1 {
		t.Errorf("%+v, left out %v", d.Rows, d.Dropped)
	}
	if d := read(t, registry.ExternalCourt, "istat;domanda;risposta\n990001;SPID?;sì\n990001;CIE?;no\n990001;CIE?;no\n"); len(d.Rows) != 2 {
		t.Errorf("%+v, left out %v", d.Rows, d.Dropped)
	}
	known, others := registry.NewExternal(d).Known([]registry.Comune{{Istat: "990001"}, {Istat: "111111", Aliases: []string{"990002"}}, {Istat: "990003"}})
	if known != 2 || !slices.Equal(others, []string{"999999"}) {
		t.Errorf("%d known, others %v", known, others)
	}
}

func TestUnicodeTextOfASpreadsheetIsRead(t *testing.T) {
	for _, order := range []unicode.Endianness{unicode.LittleEndian, unicode.BigEndian} {
		text, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().String("istat\tpopolazione\tcomune\r\n990001\t500\tForlì\r\n")
		if err != nil {
			t.Fatal(err)
		}
		if d := read(t, registry.ExternalPopulation, text); len(d.Rows) != 1 || d.Rows[0].Population != 500 {
			t.Errorf("%v: %+v, left out %v", order, d.Rows, d.Dropped)
		}
	}
}

func TestAFileOfAnotherKindIsRefused(t *testing.T) {
	var missing *registry.MissingColumnsError
	for kind, text := range map[registry.ExternalKind]string{
		registry.ExternalPNRR:       "istat,popolazione\n990001,1\n",
		registry.ExternalPopulation: "popolazione\n1\n", // of whom?
		registry.ExternalCourt:      "istat,domanda\n990001,SPID\n",
	} {
		if _, err := registry.ReadExternal(kind, strings.NewReader(text)); !errors.As(err, &missing) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if _, err := registry.ReadExternal("altro", strings.NewReader("a\n")); err == nil {
		t.Error("an unknown kind was read")
	}
}

func TestAnImportReplacesItsMeasureAlone(t *testing.T) {
	f := registry.NewExternalFolder(filepath.Join(t.TempDir(), "external"))
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	if e, err := f.Current(); err != nil || len(e.States()) != 0 {
		t.Fatalf("%v %v", e, err)
	}
	if _, err := f.Keep(read(t, registry.ExternalPNRR, candidatures), "/home/x/cand.csv", at, false); err != nil {
		t.Fatal(err)
	}
	again := "codice_ipa,avviso,stato_candidatura\nc_x001,1.4.3 - app IO - Comuni,A\n"
	state, err := f.Keep(read(t, registry.ExternalPNRR, again), "cand.csv", at, false)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"1.4.3": 1, "1.4.4": 2}, state.Measures); diff != "" || state.File != "cand.csv" {
		t.Errorf("%s %v", diff, state)
	}
	e, err := f.Current()
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Of(registry.Comune{IPA: "c_x001"}).Candidatures; len(got) != 1 || got[0].State != "A" {
		t.Errorf("%v", got)
	}
	if same, _ := f.Current(); same != e {
		t.Error("what has not changed was read again")
	}
}

func TestAnImportThatLosesHalfIsRefused(t *testing.T) {
	f := registry.NewExternalFolder(t.TempDir())
	var text strings.Builder
	text.WriteString("istat,popolazione\n")
	for i := range 10 {
		fmt.Fprintf(&text, "99000%d,100\n", i)
	}
	now := time.Now()
	if _, err := f.Keep(read(t, registry.ExternalPopulation, text.String()), "p.csv", now, false); err != nil {
		t.Fatal(err)
	}
	few := read(t, registry.ExternalPopulation, "istat,popolazione\n990001,200\n")
	var shrunken *registry.ExternalShrunkenError
	if _, err := f.Keep(few, "p.csv", now, false); !errors.As(err, &shrunken) || shrunken.Before != 10 {
		t.Fatalf("%v", err)
	}
	e, _ := f.Current()
	if e.States()[0].Rows != 10 {
		t.Error("what was kept has gone")
	}
	if _, err := f.Keep(few, "p.csv", now, true); err != nil {
		t.Error(err)
	}
}

func TestADamagedImportIsSaid(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "pnrr.json"), []byte(`{"rows": [{"ipa"`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := registry.NewExternalFolder(dir).Current(); err == nil {
		t.Error("half a file was read")
	}
}

// Whatever the file, rows add up and a row is of a body.
func TestRowsOfAnImportAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.OneOf(rapid.SampledFrom([]string{"", "c_x001", "C_X002", "990001", "12", "1.4.3 - app IO", "E", "sì", "43.1"}), rapid.StringMatching(`[a-z;"'=éà ]{0,6}`))
		var b strings.Builder
		b.WriteString("codice_ipa,istat,avviso,stato_candidatura,popolazione,lat,lng,domanda,risposta\n")
		for range rapid.IntRange(0, 12).Draw(t, "rows") {
			b.WriteString(strings.Join(rapid.SliceOfN(cell, 9, 9).Draw(t, "row"), ",") + "\n")
		}
		kind := rapid.SampledFrom(registry.ExternalKinds()).Draw(t, "kind")
		d, err := registry.ReadExternal(kind, strings.NewReader(b.String()))
		if err != nil {
			t.Fatal(err)
		}
		addsUp(t, d)
	})
}

func addsUp(t rapid.TB, d registry.ExternalData) {
	t.Helper()
	sum := len(d.Rows)
	for _, n := range d.Dropped {
		sum += n
	}
	if sum != d.Read {
		t.Fatalf("%d kept and %v dropped of %d", len(d.Rows), d.Dropped, d.Read)
	}
	for _, r := range d.Rows {
		if r.IPA == "" && len(r.Istat) != 6 {
			t.Fatalf("a row of nobody: %+v", r)
		}
		if r.Population < 0 || r.Lat > 90 || len(r.Question) > 500 || len(r.Notice) > 500 {
			t.Fatalf("out of bounds: %+v", r)
		}
	}
}

func FuzzReadExternal(f *testing.F) {
	for i, text := range []string{
		candidatures, "istat;popolazione\n990001;12.345\n", "\ufeffistat,lat,lng\r\n990001,\"43,1\",12\r\n",
		"codice_ipa;domanda;risposta\nc_x001;SPID?;sì\nc_x001;\"mai chiuso", "istat,popolazione\n990001,=cmd|' /C calc'!A0\n", "\x1f\x8b", "PK\x03\x04",
	} {
		f.Add(uint8(i), []byte(text))
	}
	f.Fuzz(func(t *testing.T, kind uint8, text []byte) {
		kinds := registry.ExternalKinds()
		d, err := registry.ReadExternal(kinds[int(kind)%len(kinds)], strings.NewReader(string(text)))
		if err == nil {
			addsUp(t, d)
			registry.NewExternal(d).Of(registry.Comune{IPA: "c_x001", Istat: "990001"})
		}
	})
}
