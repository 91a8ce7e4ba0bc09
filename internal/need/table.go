package need

import (
	"encoding/csv"
	"os"
	"testing"
)

// Table returns the rows of a CSV file of the real data by the names in its
// header; see Data.
func Table(t testing.TB, path ...string) []map[string]string {
	t.Helper()
	f, err := os.Open(Data(t, path...))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 {
		t.Fatalf("%s has no header", f.Name())
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		r := map[string]string{}
		for i, name := range rows[0] {
			r[name] = row[i]
		}
		out = append(out, r)
	}
	return out
}
