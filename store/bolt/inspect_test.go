package bolt

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/vigile-it/vigile/store"
)

// Whatever has become of a file, looking through it ends with an answer.
func TestInspectingADamagedFileEndsWithAnAnswer(t *testing.T) {
	whole, err := os.ReadFile(filled(t))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	path := filepath.Join(t.TempDir(), "vigile.db")
	found, tried := 0, 0
	for at := 0; at+4096 <= len(whole); at += 4096 {
		for _, damage := range []func([]byte){
			func(b []byte) { copy(b, garbage(4096)) },
			func(b []byte) { clear(b) },
			func(b []byte) { b[r.IntN(16)] ^= 0xff },             // the page's head
			func(b []byte) { b[16+r.IntN(64)] ^= 0xff },          // its first elements
			func(b []byte) { b[r.IntN(4096)] ^= 1 << r.IntN(8) }, // anywhere
		} {
			b := append([]byte(nil), whole...)
			damage(b[at : at+4096])
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			tried++
			s, err := Open(path, Options{ReadOnly: true, Thorough: true})
			if err == nil {
				_, err = s.Inspect(context.Background())
				s.Close()
			}
			var corrupt *store.CorruptError
			var newer *store.NewerError
			if err != nil && !errors.As(err, &corrupt) && !errors.As(err, &newer) {
				t.Errorf("page %d: %v", at/4096, err)
			}
			if err != nil {
				found++
			}
		}
	}
	if found < tried/3 {
		t.Errorf("only %d of %d were noticed", found, tried)
	}
	t.Logf("%d of %d noticed", found, tried)
}
