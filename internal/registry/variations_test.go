package registry

import (
	"encoding/csv"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vigile-it/vigile/internal/need"
)

func TestTheVariationsOfTheProgram(t *testing.T) {
	v, err := KnownVariations()
	if err != nil {
		t.Fatal(err)
	}
	if len(v.All()) != 16 {
		t.Errorf("%d variations", len(v.All()))
	}
	names := func(istat string) (out []string) {
		for _, x := range v.Predecessors(istat) {
			out = append(out, x.Name+" "+x.Since)
		}
		return out
	}
	for istat, want := range map[string][]string{
		"005122": {"Moransengo 2023-01-01", "Tonengo 2023-01-01"},
		"012144": {"Bardello 2023-01-01", "Bregano 2023-01-01", "Malgesso 2023-01-01"},
		"018026": {"Albaredo Arnaboldi 2023-01-01"},
		"025075": {"Alano di Piave 2024", "Quero Vas 2024"},
		"099030": nil, // it was no merger
		"054051": nil,
	} {
		if d := cmp.Diff(want, names(istat)); d != "" {
			t.Errorf("%s: %s", istat, d)
		}
	}
	for istat, want := range map[string]string{"099030": "041033", "099031": "041060", "005122": "", "041033": ""} {
		if got := v.Former(istat); got != want {
			t.Errorf("%s was %q, want %q", istat, got, want)
		}
	}
	for istat, want := range map[string]string{"041033": "099030", "005110": "005122", "018002": "018026", "018026": "", "099030": ""} {
		if got := v.Heir(istat); got != want {
			t.Errorf("the heir of %s is %q, want %q", istat, got, want)
		}
	}
}

func TestWhichEndedComuniAQueryNames(t *testing.T) {
	v, err := KnownVariations()
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"Tonengo": "005110", "comune di TONENGO": "005110", "005110": "005110", "Vighizzolo d’Este": "028098", "uggiate trevano": "013228",
		"Sovizzo": "024103", "Tonen": "", "": "", "054051": "",
	} {
		var got []string
		for _, x := range v.Ended(query) {
			got = append(got, x.From)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q names %v, want %q", query, got, want)
		}
	}
}

// variationsHeader is that of ISTAT's table since 1991.
const variationsHeader = "Anno;Tipo variazione;Codice Regione;\"Codice dell'Unità territoriale sovracomunale\n(valida a fini statistici)\";" +
	"Codice Comune formato alfanumerico;Denominazione Comune;Codice Regione associato alla variazione;" +
	"Codice Unità territoriale sovracomunale associato alla variazione;Codice del Comune associato alla variazione o nuovo codice Istat del Comune ;" +
	"Denominazione Comune associata alla variazione o nuova denominazione;Provvedimento e Documento;Contenuto del provvedimento;" +
	"Data decorrenza validità amministrativa;Flag_note\n"

func TestIstatsTableOfVariations(t *testing.T) {
	all, err := ReadVariations(strings.NewReader(variationsHeader +
		"2031;ES;01;201;990001;Borgo Vecchio;01;201;990009;Borghi Uniti;L.R. 1/2031;\"fusione; tre comuni\";01/02/2031;\n" +
		"2031;CS;01;201;990009;Borghi Uniti;01;201;990001;Borgo Vecchio;L.R. 1/2031;fusione;01/02/2031;\n" + // founded: ends nothing
		"2032;AP;01;201;990009;Borghi Uniti;01;301;991009;Borghi Uniti;L. 7/2032;passa ad altra provincia;1/3/2032;\n" +
		"2032;CD;01;201;990003;Pieve;01;201;990003;Pieve Alta;L.R. 2/2032;altro nome;01/03/2032;\n" + // renamed
		"2032;CE;01;201;990003;Pieve;01;201;990004;Rocca;L.R. 3/2032;cede un po';01/03/2032;\n" + // ceded territory
		"2033;ES;01;201;;Senza codice;01;201;990004;Rocca;;;;\n" +
		"2033;ES;01;301;990004;Rocca;01;301;991009;Borghi Uniti;L.R. 4/2033;entra;;\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Variation{
		{From: "990001", Name: "Borgo Vecchio", To: "990009", Heir: "Borghi Uniti", Kind: VariationEnded, Since: "2031-02-01", Law: "L.R. 1/2031"},
		{From: "990009", Name: "Borghi Uniti", To: "991009", Heir: "Borghi Uniti", Kind: VariationMoved, Since: "2032-03-01", Law: "L. 7/2032"},
		{From: "990004", Name: "Rocca", To: "991009", Heir: "Borghi Uniti", Kind: VariationEnded, Law: "L.R. 4/2033"},
	}
	if d := cmp.Diff(want, all); d != "" {
		t.Fatal(d)
	}
	v := NewVariations(all, all)
	if len(v.All()) != 3 {
		t.Errorf("what is told twice counts twice: %d", len(v.All()))
	}
	if v.Heir("990001") != "991009" || v.Former("991009") != "990009" {
		t.Errorf("heir %q, former %q", v.Heir("990001"), v.Former("991009"))
	}
	var names []string
	for _, x := range v.Predecessors("991009") {
		names = append(names, x.Name)
	}
	if d := cmp.Diff([]string{"Rocca", "Borgo Vecchio"}, names); d != "" {
		t.Error(d)
	}
}

func TestACodeThatWasGivenOutAgainHasNotEnded(t *testing.T) {
	v := NewVariations([]Variation{
		{From: "091010", To: "105010", Kind: VariationMoved, Since: "2005"},
		{From: "105010", To: "091010", Kind: VariationMoved, Since: "2016"},
		{From: "990001", To: "990002", Kind: VariationEnded}, // and back, undated
		{From: "990002", To: "990001", Kind: VariationEnded},
	})
	if got := v.Heir("091010"); got != "" {
		t.Errorf("its heir is %q", got)
	}
	if got := v.Heir("105010"); got != "091010" {
		t.Errorf("the heir of the other is %q", got)
	}
	if v.Former("091010") != "105010" || len(v.Predecessors("990001")) != 1 {
		t.Errorf("former %q, predecessors %v", v.Former("091010"), v.Predecessors("990001"))
	}
}

func TestALineThatComesBackUponItselfHidesNobody(t *testing.T) {
	move := func(from, to, since string) Variation {
		return Variation{From: from, To: to, Kind: VariationMoved, Since: since}
	}
	for name, all := range map[string][]Variation{
		"there and back without a date":       {move("990001", "990002", ""), move("990002", "990001", "")},
		"there and back in one year":          {move("990001", "990002", "2031"), move("990002", "990001", "2031")},
		"three that lead to each other":       {move("990001", "990002", ""), move("990002", "990003", ""), move("990003", "990001", "")},
		"one that leads to two of each other": {move("990001", "990002", ""), move("990002", "990003", ""), move("990003", "990002", "")},
	} {
		t.Run(name, func(t *testing.T) {
			v := NewVariations(all)
			for _, x := range all {
				if heir := v.Heir(x.From); heir != "" {
					t.Errorf("%s stands behind %s", x.From, heir)
				}
			}
		})
	}
}

func TestTheDateOfAVariation(t *testing.T) {
	row := func(since string) string {
		return "da,nome,a,nuovo_nome,tipo,dal\n\n990001,Borgo,990009,Borghi,ES," + since + "\n"
	}
	for since, want := range map[string]string{
		"": "", "2031": "2031", "2031-02-01": "2031-02-01", "01/02/2031": "2031-02-01", "1/2/2031": "2031-02-01",
		"2031-02-01 00:00:00": "2031-02-01", "2031-02-01T00:00:00Z": "2031-02-01", "01/02/2031 00:00": "2031-02-01",
		"47880": "2031-02-01", // a workbook's
	} {
		if got, err := ReadVariations(strings.NewReader(row(since))); err != nil || len(got) != 1 || got[0].Since != want {
			t.Errorf("%q: %+v, %v", since, got, err)
		}
	}
	for _, since := range []string{"ieri", "31/02/2031", "1 febbraio 2031", "20310201", "12", "-"} {
		_, err := ReadVariations(strings.NewReader(row(since)))
		var cell *CellError
		if !errors.As(err, &cell) || cell.Row != 3 || cell.Value != since {
			t.Errorf("%q: %v", since, err)
		}
	}
}

func FuzzReadVariations(f *testing.F) {
	f.Add(variationsHeader + "2031;ES;01;201;990001;Borgo;01;201;990009;Borghi;L;x;01/02/2031;\n")
	f.Add(string(known))
	f.Fuzz(func(t *testing.T, text string) {
		all, err := ReadVariations(strings.NewReader(text))
		if err != nil {
			return
		}
		v := NewVariations(all)
		for _, x := range all {
			if len(x.From) != 6 || len(x.To) != 6 || x.From == x.To {
				t.Fatalf("%+v", x)
			}
			if heir := v.Heir(x.From); heir == x.From {
				t.Fatalf("%s is its own heir", heir)
			}
			v.Predecessors(x.To)
			v.Ended(x.Name)
		}
	})
}

// Every code of 2022 that ISTAT had no longer in 2026 leads to one that it has.
func TestRealCodesThatAreGoneHaveAnHeir(t *testing.T) {
	v, err := KnownVariations()
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(need.Data(t, "ipa", "comuni_2026.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	now := map[string]string{}
	for _, row := range rows[1:] {
		now[row[0]] = row[1]
	}
	dump, err := os.Open(need.Data(t, "ipa", "enti_2022-02.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer dump.Close()
	d, err := ReadEnti(dump)
	if err != nil {
		t.Fatal(err)
	}
	gone := 0
	for _, c := range d.Comuni {
		if now[c.Istat] != "" {
			continue
		}
		gone++
		if heir := v.Heir(c.Istat); now[heir] == "" {
			t.Errorf("%s %s is gone, and its heir is %q", c.Istat, c.Name, heir)
		}
	}
	for _, x := range v.All() {
		if foldKey(now[x.To]) != foldKey(x.Heir) || now[x.From] != "" {
			t.Errorf("%+v: ISTAT has %q, and %q under the old code", x, now[x.To], now[x.From])
		}
	}
	t.Logf("%d codes of 2022 are gone", gone)
}
