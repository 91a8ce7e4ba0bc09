package report

// The export for notebooks and databases: Parquet.

import (
	"io"
	"reflect"
	"time"

	"github.com/parquet-go/parquet-go"
)

// rowGroup is how many rows are kept until they are written, some megabytes.
const rowGroup = 16 << 10

// parquetSink writes a column for each of the export's, in their order: text is
// UTF-8, numbers are 32 bits, times are milliseconds in UTC. A number or time
// without a value is null.
type parquetSink struct {
	w       *parquet.GenericWriter[any]
	columns []column
	cells   parquet.Row
}

func newParquetSink(w io.Writer) *parquetSink {
	cols := columns()
	return &parquetSink{
		w:       parquet.NewGenericWriter[any](w, parquetSchema(cols), parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(rowGroup)),
		columns: cols,
	}
}

// parquetSchema is made by way of a struct: a group of nodes forgets the order.
func parquetSchema(cols []column) *parquet.Schema {
	fields := make([]reflect.StructField, len(cols))
	for i, c := range cols {
		kind, tag := reflect.TypeFor[string](), ",dict"
		switch c.cell(exportRow{}).(type) {
		case int:
			kind, tag = reflect.TypeFor[int32](), ",optional"
		case time.Time:
			kind, tag = reflect.TypeFor[int64](), ",optional,timestamp(millisecond)"
		}
		fields[i] = reflect.StructField{
			Name: "C" + string(rune('A'+i)), Type: kind, Tag: reflect.StructTag(`parquet:"` + c.name + tag + `"`),
		}
	}
	return parquet.SchemaOf(reflect.New(reflect.StructOf(fields)).Interface())
}

func (s *parquetSink) begin() error { return nil }

func (s *parquetSink) row(r exportRow) error {
	s.cells = s.cells[:0]
	for i, c := range s.columns {
		s.cells = append(s.cells, parquetCell(c.cell(r), i))
	}
	_, err := s.w.WriteRows([]parquet.Row{s.cells})
	return err
}

func (s *parquetSink) end() error { return s.w.Close() }

// parquetCell is a value with its levels: 1 says of an optional column that
// there is one.
func parquetCell(v any, column int) parquet.Value {
	switch v := v.(type) {
	case time.Time:
		if !v.IsZero() {
			return parquet.Int64Value(v.UnixMilli()).Level(0, 1, column)
		}
	case int:
		if v != 0 {
			return parquet.Int32Value(int32(v)).Level(0, 1, column)
		}
	case string:
		return parquet.ByteArrayValue([]byte(cleanCell(v))).Level(0, 0, column)
	}
	return parquet.NullValue().Level(0, 0, column)
}
