package main

import (
	"os"
	"runtime/debug"
	"testing"
)

func TestGarbageIsCollectedMoreOftenWhileManyAreRead(t *testing.T) {
	for _, tc := range []struct {
		name   string
		comuni int
		gogc   string // of the operator
		want   int
	}{
		{"a few comuni", 3, "", 100},
		{"a night", 7_900, "", percentOfMany},
		{"a night of an operator who knows better", 7_900, "200", 100},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv("GOGC", tc.gogc) // so that it is put back
			if tc.gogc == "" {
				os.Unsetenv("GOGC")
			}
			defer debug.SetGCPercent(debug.SetGCPercent(100))
			end := spareMemory(tc.comuni)
			during := debug.SetGCPercent(100)
			debug.SetGCPercent(during)
			end()
			if after := debug.SetGCPercent(100); during != tc.want || after != 100 {
				t.Errorf("%d while they are read, %d after", during, after)
			}
		})
	}
}
