package finding_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/vigile-it/vigile/checks/finding"
)

// someFacts are facts of which some strings are those of the fact before.
func someFacts() *rapid.Generator[[]finding.Fact] {
	word := rapid.OneOf(rapid.SampledFrom([]string{"", "rtd", "https://comune.example.it/", "è"}), rapid.String())
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) finding.Fact {
		text := func() string { return word.Draw(t, "text") }
		return finding.Fact{
			Check: text(), Kind: text(), Value: text(), URL: text(), Place: text(), Snippet: text(), Rule: text(), Target: text(),
			Depth: rapid.Int().Draw(t, "depth"),
		}
	}), 0, 20)
}

func TestFactsPackedPageByPageAreTheSameUnpacked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p finding.Packed
		var all []finding.Fact
		for _, page := range rapid.SliceOf(someFacts()).Draw(t, "pages") {
			p.Append(page...)
			all = append(all, page...)
		}
		stored, err := p.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var again finding.Packed
		if err := again.UnmarshalBinary(stored); err != nil {
			t.Fatal(err)
		}
		clear(stored) // is the caller's
		for name, p := range map[string]finding.Packed{"packed": p, "stored": again} {
			if got := p.First(p.Len()); p.Len() != len(all) || !slices.Equal(got, all) {
				t.Fatalf("%s: %d %v, want %v", name, p.Len(), got, all)
			}
			if n := rapid.IntRange(-1, len(all)+1).Draw(t, "n"); !slices.Equal(p.First(n), all[:min(max(0, n), len(all))]) {
				t.Fatalf("%s: the first %d are %v", name, n, p.First(n))
			}
		}
		again.Append(all...)
		if got := again.First(again.Len()); !slices.Equal(got, append(slices.Clone(all), all...)) {
			t.Fatalf("appended to what was stored: %v", got)
		}
	})
}

func TestNothingOfAFactIsLeftOut(t *testing.T) {
	var f finding.Fact
	v := reflect.ValueOf(&f).Elem()
	for i := range v.NumField() {
		switch field := v.Field(i); field.Kind() {
		case reflect.String:
			field.SetString(v.Type().Field(i).Name)
		case reflect.Int:
			field.SetInt(int64(i))
		default:
			t.Fatalf("%s is of a kind that is not packed", v.Type().Field(i).Name)
		}
	}
	var p finding.Packed
	p.Append(f)
	if got := p.First(1); !slices.Equal(got, []finding.Fact{f}) {
		t.Errorf("%+v, want %+v", got, f)
	}
}

func TestFactsAlikeTakeLittleRoom(t *testing.T) {
	f := finding.Fact{Check: "rtd", Kind: "office", URL: "https://www.comune.spoleto.pg.it/", Place: "footer", Rule: "rtd-office"}
	var one, many finding.Packed
	one.Append(f)
	for range 100 {
		many.Append(f, f, f)
	}
	single, _ := one.MarshalBinary()
	all, _ := many.MarshalBinary()
	if len(all) > 110*len(single) {
		t.Errorf("one takes %d bytes, a hundred times three alike %d", len(single), len(all))
	}
}

func FuzzStoredFactsAreReadOrRefused(f *testing.F) {
	var p finding.Packed
	p.Append(finding.Fact{Check: "rtd", URL: "https://x.example.it/"}, finding.Fact{Check: "rtd", Value: "v", Depth: -1})
	good, _ := p.MarshalBinary()
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add(append(slices.Clone(good), 0))
	f.Add([]byte{0})
	f.Add(append(binary.AppendUvarint(nil, 1<<17), bytes.Repeat([]byte{0xff, 0}, 1<<17)...))
	f.Add([]byte{})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, b []byte) {
		var p finding.Packed
		if err := p.UnmarshalBinary(b); err != nil {
			if !errors.Is(err, finding.ErrPacked) || p.Len() != 0 {
				t.Fatalf("%d, %v", p.Len(), err)
			}
			return
		}
		facts := p.First(p.Len())
		var again finding.Packed
		again.Append(facts...)
		if len(facts) != p.Len() || !slices.Equal(again.First(again.Len()), facts) {
			t.Fatalf("%d of %d, packed anew another", len(facts), p.Len())
		}
	})
}
