package registry

import (
	"encoding/json"
	"testing"
	"unsafe"
)

func TestWordsLaidTogetherSayTheSame(t *testing.T) {
	comuni := []Comune{
		{},
		{Istat: "990001"},
		{
			Istat: "990006", IPA: "c_z006", Denomination: "Comune di Pratolungo", Name: "Pratolungo", Aliases: []string{"Langwies", "Pratolungo"},
			Province: "ZZ", Region: "Altrove", Catasto: "Z006", TaxCode: "99000600991", PEC: "protocollo@pec.comune.pratolungo.zz.it",
			Site: Site{Raw: "www.comune.pratolungo.zz.it", URL: "https://www.comune.pratolungo.zz.it/"}, Updated: "2026-01-02",
			Social: []string{"https://social.example/pratolungo"},
			RTD:    Office{Known: true, Holders: []RTDHolder{{IPA: "c_z006", Name: "Una Persona", Office: "Ufficio", Updated: "2026-01-02"}}},
		},
	}
	before, err := json.Marshal(comuni)
	if err != nil {
		t.Fatal(err)
	}
	pack(comuni)
	after, err := json.Marshal(comuni)
	if err != nil {
		t.Fatal(err)
	}
	if string(before) != string(after) {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
	c := comuni[2]
	if from := unsafe.StringData(c.Denomination); unsafe.StringData(c.Name) != (*byte)(unsafe.Add(unsafe.Pointer(from), len("Comune di "))) {
		t.Error("a name that is part of the denomination lies elsewhere")
	}
}
