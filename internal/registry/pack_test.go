package registry

import (
	"encoding/json"
	"fmt"
	"runtime"
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

// BenchmarkPack is what the words of a country take in memory, and in how many pieces,
// as rows were read and laid together.
func BenchmarkPack(b *testing.B) {
	const country = 7_900
	taken := func() (bytes, pieces float64) {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc), float64(m.HeapObjects)
	}
	for b.Loop() {
		b.StopTimer()
		bytes, pieces := taken()
		comuni := make([]Comune, 0, country)
		for i := range country {
			comuni = append(comuni, Comune{
				Istat: fmt.Sprintf("%06d", i), IPA: fmt.Sprintf("c_z%04d", i), Denomination: fmt.Sprintf("Comune di Pratolungo %d", i),
				Name: fmt.Sprintf("Pratolungo %d", i), Catasto: fmt.Sprintf("Z%04d", i), TaxCode: fmt.Sprintf("%011d", i), Updated: fmt.Sprintf("2026-01-%02d", 1+i%28),
				PEC:  fmt.Sprintf("protocollo@pec.comune.pratolungo%d.zz.it", i),
				Site: Site{Raw: fmt.Sprintf("www.comune.pratolungo%d.zz.it", i), URL: fmt.Sprintf("https://www.comune.pratolungo%d.zz.it/", i)},
				RTD: Office{Known: true, Holders: []RTDHolder{{
					IPA: fmt.Sprintf("c_z%04d", i), Name: fmt.Sprintf("Una Persona %d", i), Office: fmt.Sprintf("Ufficio %d", i), Updated: fmt.Sprintf("2026-01-%02d", 1+i%28),
				}}},
			})
		}
		readBytes, readPieces := taken()
		b.StartTimer()
		pack(comuni)
		b.StopTimer()
		packedBytes, packedPieces := taken()
		runtime.KeepAlive(comuni)
		b.ReportMetric((readBytes-bytes)/1e6, "MB-read")
		b.ReportMetric((packedBytes-bytes)/1e6, "MB-packed")
		b.ReportMetric(readPieces-pieces, "pieces-read")
		b.ReportMetric(packedPieces-pieces, "pieces-packed")
		b.StartTimer()
	}
}
