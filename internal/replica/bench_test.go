package replica

// This file measures what the replica itself costs.

import (
	"fmt"
	"testing"
)

// BenchmarkPage is what one page costs the replica: it bounds what a crawl of
// it can measure on the same machine.
func BenchmarkPage(b *testing.B) {
	it, err := New(Options{Scale: 200})
	if err != nil {
		b.Fatal(err)
	}
	all := it.all()
	b.ReportAllocs()
	bytes := 0
	for i := 0; b.Loop(); i++ {
		p, err := all[i%len(all)].html([]string{"home", "at", "privacy", "at-1-2"}[i%4])
		if err != nil {
			b.Fatal(err)
		}
		bytes += len(p)
	}
	b.ReportMetric(float64(bytes)/float64(b.N), "page-bytes")
}

// BenchmarkNew is what a whole country costs to build.
func BenchmarkNew(b *testing.B) {
	for _, n := range []int{100, 7_900} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := New(Options{Scale: n}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
