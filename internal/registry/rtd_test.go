package registry

// The data set of RTDs, on invented rows.

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const rtdHeader = "_id,Codice_IPA,Codice_fiscale_ente,Codice_uni_uo,Descrizione_uo,Nome_responsabile,Cognome_responsabile,Mail_responsabile,Data_aggiornamento\n"

func readRTD(t *testing.T, rows string) RTDs {
	t.Helper()
	r, err := ReadRTD(strings.NewReader("\ufeff" + rtdHeader + rows))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReadRTDRefusesPlaceholders(t *testing.T) {
	for _, row := range []string{
		"1,c_z001,1,AA,Ufficio,da_indicare,da_indicare,x@y.it,2026-01-01\n",
		"1,c_z001,1,AA,Ufficio,da compilare,,x@y.it,2026-01-01\n",
		"1,c_z001,1,AA,Ufficio,Non Indicato,-,x@y.it,2026-01-01\n",
		"1,c_z001,1,AA,Ufficio,n.d.,N.D.,x@y.it,2026-01-01\n",
		"1,c_z001,1,AA,Ufficio,n/d,nc,x@y.it,2026-01-01\n",
		"1,c_z001,1,AA,Ufficio,,,x@y.it,2026-01-01\n",
		"1,,1,AA,Ufficio,Ada,Rossi,x@y.it,2026-01-01\n",
	} {
		if r := readRTD(t, row); len(r.Holders) != 0 || r.Placeholders != 1 || r.Rows != 1 {
			t.Errorf("%q: %+v", row, r)
		}
	}
}

func TestReadRTDReadsHolders(t *testing.T) {
	r := readRTD(t, "1,C_Z001,1,AA,Ufficio per la transizione al Digitale,Ada,Finta,x@y.it,2026-01-01\n2,c_z002,1,BB,Ufficio,*,*,x@y.it,2026-01-02\nshort\n")
	want := map[string][]RTDHolder{
		"c_z001": {{IPA: "C_Z001", Name: "Ada Finta", Office: "Ufficio per la transizione al Digitale", Updated: "2026-01-01"}},
		"c_z002": {{IPA: "c_z002", Office: "Ufficio", Updated: "2026-01-02"}},
	}
	if diff := cmp.Diff(want, r.Holders); diff != "" || r.Gaps.Rows != 1 {
		t.Errorf("ragged %d (-want +got):\n%s", r.Gaps.Rows, diff)
	}
}

func TestAttachTellsNoRowFromNotRead(t *testing.T) {
	r := readRTD(t, "1,C_Z001,1,AA,UTD,Ada,Finta,x@y.it,2026-01-01\n2,UC_PROVA,1,BB,UTD,Ugo,Finto,x@y.it,2026-01-02\n")
	r.AsOf = time.Date(2026, 11, 20, 3, 17, 0, 0, time.UTC)
	comuni := []Comune{
		{Istat: "054901", IPA: "c_z001"},
		{Istat: "054902", IPA: "c_z002"},
		{Istat: "054903", IPA: "c_z003", RTD: Office{Unions: []string{"uc_prova"}}},
	}
	if comuni[0].RTD.Known {
		t.Error("known before the data set was read")
	}
	r.Attach(comuni)
	want := []Office{
		{Known: true, AsOf: r.AsOf, Holders: []RTDHolder{{IPA: "C_Z001", Name: "Ada Finta", Office: "UTD", Updated: "2026-01-01"}}},
		{Known: true, AsOf: r.AsOf},
		{Known: true, AsOf: r.AsOf, Unions: []string{"uc_prova"}, Holders: []RTDHolder{{IPA: "UC_PROVA", Union: true, Name: "Ugo Finto", Office: "UTD", Updated: "2026-01-02"}}},
	}
	for i, c := range comuni {
		if diff := cmp.Diff(want[i], c.RTD); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.IPA, diff)
		}
	}
}

func TestARowThatCannotBeReadIsHeldAgainstNobody(t *testing.T) {
	const after = "3,c_z003,1,CC,Ufficio,Lea,Finta,x@y.it,2026-01-01\n4,c_z004,1,DD,\"Ufficio \"\"Alfa\"\"\nprimo piano, stanza 2\",Ugo,Finto,x@y.it,2026-01-01\n"
	tests := []struct {
		name   string
		rows   string
		known  string // of c_z001 to c_z005: those of whom something is known
		unread int
	}{
		{"rows that are whole", "1,c_z001,1,AA,UTD,da_indicare,,x@y.it,2026-01-01\n", "12345", 0},
		{"a comma too many", "1,C_Z001,1,AA,Ufficio, per la transizione,Ada,Finta,x@y.it,2026-01-01\n", "2345", 1},
		{"a row that ends too soon", "1,c_z001,1,AA,UTD\n", "2345", 1},
		{"a row too short to tell whose it is", "1\n", "34", 1},
		{"a row that lost its first cell", "c_z001,80012345678,AA,UTD,Ada,Finta,x@y.it,2026-01-01\n", "34", 1},
		{"a stray quote", "1,c_z001,1,AA,\"Ufficio \"Transizione,Ada,Finta,x@y.it,2026-01-01\n2,c_z002,1,BB,UTD,Ugo,Finto,x@y.it,2026-01-01\n", "2345", 1},
		{"a quote within a cell", "1,c_z001,1,AA,Ufficio \"Transizione\",Ada,Finta,x@y.it,2026-01-01\n", "2345", 1},
		{"a quote that takes in the rows after it", "1,c_z001,1,AA,\"Ufficio,Ada,Finta,x@y.it,2026-01-01\n2,c_z002,1,BB,UTD,Ugo,Finto,x@y.it,2026-01-01\n", "", 2},
		{"two quotes that make one row of two", "1,c_z001,1,AA,\"Ufficio,Ada,Finta,x@y.it,2026-01-01\n2,c_z002,1,BB,UTD\",Ugo,Finto,x@y.it,2026-01-01\n", "34", 1},
		{"a quote that is never closed", "5,c_z001,1,AA,UTD,Ada,Finta,x@y.it,\"2026-01-01", "2345", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rows := tt.rows + after
			if strings.HasSuffix(tt.rows, "2026-01-01") { // the last of the file
				rows = after + tt.rows
			}
			r := readRTD(t, rows)
			known := ""
			for _, n := range "12345" {
				if r.Office("c_z00"+string(n), nil).Known {
					known += string(n)
				}
			}
			if known != tt.known || r.Gaps.Rows != tt.unread {
				t.Errorf("known of %s, want %s; %d rows unread, want %d: %+v", known, tt.known, r.Gaps.Rows, tt.unread, r.Gaps)
			}
		})
	}
}

func TestAnUnreadRowOfAUnionsIsHeldAgainstNoMember(t *testing.T) {
	r := readRTD(t, "1,uc_prova,1,AA,UTD\n2,c_z002,1,BB,UTD,Ugo,Finto,x@y.it,2026-01-01\n")
	if o := r.Office("c_z001", []string{"UC_PROVA"}); o.Known {
		t.Errorf("%+v", o)
	}
	if o := r.Office("c_z002", []string{"UC_PROVA"}); !o.Known {
		t.Errorf("it has a row of its own: %+v", o)
	}
	comuni := []Comune{{Istat: "054901"}}
	r.AttachUnions(comuni, []Body{{IPA: "uc_prova", Name: "Unione Prova", Category: CategoryUnion, Seat: "054901"}})
	if near := comuni[0].RTD.Nearby; len(near) != 1 || !near[0].Unread {
		t.Errorf("the union near by: %+v", near)
	}
}

func TestReadRTDNamesMissingColumns(t *testing.T) {
	_, err := ReadRTD(strings.NewReader("Codice_IPA,Altro\n"))
	var missing *MissingColumnsError
	if !errors.As(err, &missing) || missing.What != "RTD" {
		t.Errorf("got %v", err)
	}
}
