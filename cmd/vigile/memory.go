package main

// How much memory garbage may take while many sites are read.

import (
	"os"
	"runtime/debug"
)

// While many comuni are read, which makes two megabytes of garbage a page, the heap
// may grow by this share of what is alive between two collections, half of what Go
// lets it (see docs/BENCHMARKS.md for what that costs and saves).
const (
	manyComuni    = 100
	percentOfMany = 50
)

// spareMemory has garbage collected more often while so many comuni are read, until
// the end is called. An operator who has set GOGC is left alone.
func spareMemory(comuni int) (end func()) {
	if _, set := os.LookupEnv("GOGC"); set || comuni < manyComuni {
		return func() {}
	}
	usual := debug.SetGCPercent(percentOfMany)
	return func() { debug.SetGCPercent(usual) }
}
