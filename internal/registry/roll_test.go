package registry

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestRowsLaidTogetherAreAsTheyWere(t *testing.T) {
	near := []Union{{IPA: "uc_z", Name: "Unione Finta"}}
	full := Comune{
		Istat: "990006", IPA: "c_z006", Denomination: "Comune di Pratolungo", Name: "Pratolungo", Aliases: []string{"Langwies", "<b>&\u2028"},
		Province: "ZZ", Region: "Altrove", Catasto: "Z006", TaxCode: "99000600991", PEC: "protocollo@pec.comune.pratolungo.zz.it",
		Population: 1234, Lat: 42.74, Lng: -0.1, Doubtful: true, Quirks: []Quirk{QuirkBlank}, Updated: "2026-01-02",
		Site:   Site{Raw: "www.comune.pratolungo.zz.it", URL: "https://www.comune.pratolungo.zz.it/", Explicit: true, Quirks: []Quirk{QuirkBlank}},
		Social: []string{"https://social.example/pratolungo"},
		RTD: Office{
			Known: true, AsOf: time.Date(2026, 11, 22, 3, 4, 5, 6, time.UTC), Unions: []string{"uc_z"}, UnionNames: map[string]string{"uc_z": "Unione Finta"},
			Holders: []RTDHolder{{IPA: "c_z006", Name: "Una Persona", Office: "Ufficio", Updated: "2026-01-02"}}, Nearby: near, Named: near,
		},
	}
	rapid.Check(t, func(t *rapid.T) {
		comuni := make([]Comune, rapid.IntRange(0, 3*rollBlock).Draw(t, "comuni"))
		for i := range comuni {
			switch rapid.IntRange(0, 2).Draw(t, "row") {
			case 0:
				comuni[i] = full
			case 1:
				comuni[i].Name = rapid.String().Draw(t, "name")
			}
			comuni[i].Istat = rapid.StringMatching(`[0-9]{0,6}`).Draw(t, "istat")
		}
		r, err := NewRoll(comuni)
		if err != nil || r.Len() != len(comuni) {
			t.Fatalf("%d of %d comuni: %v", r.Len(), len(comuni), err)
		}
		for i, c := range r.All() {
			if d := cmp.Diff(comuni[i], c); d != "" || r.Istat(i) != comuni[i].Istat {
				t.Fatal(d)
			}
			if d := cmp.Diff(c, r.Comune(i)); d != "" {
				t.Fatalf("by itself: %s", d)
			}
		}
	})
}

func TestARowThatCannotBeLaidByIsNamed(t *testing.T) {
	_, err := NewRoll([]Comune{{Istat: "990001"}, {Istat: "990002", Lat: math.NaN()}})
	if err == nil || !strings.Contains(err.Error(), "990002") {
		t.Error(err)
	}
}

// BenchmarkRoll is what a country takes in memory, and in how many pieces, as rows and
// laid together, and what it takes to have one of them.
func BenchmarkRoll(b *testing.B) {
	const country = 7_900
	taken := func() (bytes, pieces float64) {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc), float64(m.HeapObjects)
	}
	rows := func() []Comune {
		comuni := make([]Comune, 0, country)
		for i := range country {
			sum := uint32(i+1) * 2654435761 // names that do not repeat each other
			name := fmt.Sprintf("%s%x", []string{"Prato", "Monte", "Castel", "Borgo"}[i%4], sum)
			comuni = append(comuni, Comune{
				Istat: fmt.Sprintf("%06d", i), IPA: fmt.Sprintf("c_z%04d", i), Denomination: "Comune di " + name, Name: name, Province: "ZZ", Region: "Altrove",
				Catasto: fmt.Sprintf("Z%04d", i), TaxCode: fmt.Sprintf("%011d", sum), Updated: fmt.Sprintf("2026-01-%02d", 1+i%28), PEC: fmt.Sprintf("protocollo@pec.comune.%s.zz.it", name),
				Population: int(sum % 20_000), Lat: float64(sum%1_000_000) / 20_000, Lng: float64(sum%999_983) / 60_000,
				Site: Site{Raw: fmt.Sprintf("www.comune.%s.zz.it", name), URL: fmt.Sprintf("https://www.comune.%s.zz.it/", name)},
				RTD:  Office{Known: true, Holders: []RTDHolder{{IPA: fmt.Sprintf("c_z%04d", i), Name: fmt.Sprintf("Persona %x", sum), Office: "Ufficio per la transizione digitale"}}},
			})
		}
		return comuni
	}
	b.Run("rows", func(b *testing.B) {
		for b.Loop() {
			bytes, pieces := taken()
			comuni := rows()
			more, others := taken()
			b.ReportMetric((more-bytes)/country, "B/comune")
			b.ReportMetric((others-pieces)/country, "pieces/comune")
			runtime.KeepAlive(comuni)
		}
	})
	var r Roll
	b.Run("laid together", func(b *testing.B) {
		for b.Loop() {
			r = Roll{}
			bytes, pieces := taken()
			var err error
			if r, err = NewRoll(rows()); err != nil {
				b.Fatal(err)
			}
			more, others := taken()
			b.ReportMetric((more-bytes)/country, "B/comune")
			b.ReportMetric((others-pieces)/country, "pieces/comune")
		}
	})
	b.Run("one of them", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			r.Comune(i % country)
			i++
		}
	})
}
