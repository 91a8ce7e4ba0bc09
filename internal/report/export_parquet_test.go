package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/vigile-it/vigile/internal/record"
)

// ofParquet reads a Parquet file as the rows that the lines of JSON are.
func ofParquet(t *testing.T, raw []byte) []map[string]any {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range f.Root().Columns() {
		names = append(names, c.Name())
	}
	if d := cmp.Diff(Columns(), names); d != "" {
		t.Error(d)
	}
	var out []map[string]any
	r := parquet.NewGenericReader[any](f)
	defer r.Close()
	for {
		rows := make([]parquet.Row, 10)
		n, err := r.ReadRows(rows)
		for _, row := range rows[:n] {
			one := map[string]any{}
			for _, v := range row {
				name := names[v.Column()]
				switch {
				case v.IsNull():
					one[name] = nil
				case v.Kind() == parquet.ByteArray:
					one[name] = string(v.ByteArray())
				case v.Kind() == parquet.Int32:
					one[name] = float64(v.Int32())
				default:
					one[name] = time.UnixMilli(v.Int64()).UTC().Format(time.RFC3339)
				}
			}
			out = append(out, one)
		}
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestParquetHoldsWhatTheLinesOfJSONHold(t *testing.T) {
	hostile, _ := record.Latest{}.Take(hostileAssessment(), "2026-11-22")
	many := append(exported(), hostile)
	for range 3 * rowGroup / 4 { // more than one group of rows
		many = append(many, exported()...)
	}
	for name, ls := range map[string][]record.Latest{"nothing": nil, "some": many[:3], "many": many} {
		t.Run(name, func(t *testing.T) {
			var want []map[string]any
			for line := range bytes.Lines(export(t, ExportOptions{Format: JSONL}, ls...)) {
				var row map[string]any
				if err := json.Unmarshal(line, &row); err != nil {
					t.Fatal(err)
				}
				want = append(want, row)
			}
			if d := cmp.Diff(want, ofParquet(t, export(t, ExportOptions{Format: Parquet}, ls...))); d != "" {
				t.Errorf("%.3000s", d)
			}
		})
	}
}
