package storetest

import (
	"testing"
	"time"

	"github.com/vigile-it/vigile/internal/record"
)

// A repetition in the suite is one only if its digest says so.
func TestVariantsDifferAndRepetitionsDoNot(t *testing.T) {
	for name, build := range map[string]func(i, variant int, run string, at time.Time) record.Assessment{"whole": Assessment, "small": Small} {
		t.Run(name, func(t *testing.T) {
			digest := func(a record.Assessment) [32]byte {
				d, err := record.Digest(a)
				if err != nil {
					t.Fatal(err)
				}
				return d
			}
			first := digest(build(3, 1, "a", Dawn))
			if digest(build(3, 1, "b", Dawn.AddDate(0, 0, 1))) != first {
				t.Error("a repetition says something else")
			}
			if digest(build(3, 2, "a", Dawn)) == first {
				t.Error("another variant says the same")
			}
		})
	}
}
