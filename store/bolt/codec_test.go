package bolt

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store/storetest"
)

func newTestCodec(t testing.TB) *codec {
	t.Helper()
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDictionaryIsFrozen(t *testing.T) {
	const want = "8fd63f42943b5884b6bbe3c30461363bbb4b7ecb6fab7cfcedbb3675716aace9"
	if sum := sha256.Sum256(dictionary1); hex.EncodeToString(sum[:]) != want {
		t.Errorf("dictionary 1 has changed to %x: what was stored with it cannot be read; add a dictionary 2 and a format 2", sum)
	}
}

func TestABombIsRefused(t *testing.T) {
	c := newTestCodec(t)
	e, err := zstd.NewWriter(nil, zstd.WithEncoderDictRaw(format, dictionary1))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	bomb := e.EncodeAll(make([]byte, 4*maxRecord), []byte{format})
	var broken *brokenError
	if _, err := c.plain(bomb); !errors.As(err, &broken) {
		t.Errorf("%d bytes that become %d: %v", len(bomb), 4*maxRecord, err)
	}
}

func TestAnAssessmentShrinks(t *testing.T) {
	c := newTestCodec(t)
	text, err := marshal(storetest.Assessment(7, 0, "notte-2026-11-22", storetest.Dawn))
	if err != nil {
		t.Fatal(err)
	}
	packed := c.compress(nil, text)
	t.Logf("%d bytes of JSON, %d packed", len(text), len(packed))
	if len(packed)*8 > len(text) {
		t.Errorf("%d bytes of %d", len(packed), len(text))
	}
}

func FuzzReadValues(f *testing.F) {
	c := newTestCodec(f)
	l, _ := record.Latest{}.Take(storetest.Small(0, 0, "run", storetest.Dawn), "2026-11-22")
	for _, pack := range []func([]byte, record.Latest) ([]byte, error){c.packLatest, c.packBrief} {
		b, err := pack(viewHead("PG", "Umbria"), l)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte{kindPointer, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, err := range readAll(c, b) {
			var broken *brokenError
			if err != nil && !errors.As(err, &broken) {
				t.Fatalf("an error of another kind: %v", err)
			}
		}
	})
}

// readAll reads b as every kind of value there is.
func readAll(c *codec, b []byte) []error {
	_, _, packed, err := splitView(b)
	_, whole := c.unpackLatest(packed)
	_, brief := c.unpackBrief(packed)
	var l record.Latest
	bare := c.unpackBare(packed, &l)
	e, entry := readEntry(b)
	if entry == nil && e.kind == kindPointer {
		e.times()
	}
	_, run := readRun(b)
	return []error{err, whole, brief, bare, entry, run}
}
