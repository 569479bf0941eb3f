package encode

import (
	"bytes"
	"context"
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/parquet-go/parquet-go"
)

// tester is what tests and properties have in common.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// readArrow reads all columns with arrow-go.
func readArrow(t tester, data []byte) [][]any {
	t.Helper()
	f, err := file.NewParquetReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	reader, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{BatchSize: 1 << 16}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := reader.ReadTable(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer table.Release()
	columns := make([][]any, table.NumCols())
	for i := range columns {
		columns[i] = []any{}
		for _, chunk := range table.Column(i).Data().Chunks() {
			for row := range chunk.Len() {
				columns[i] = append(columns[i], arrowValue(t, chunk, row))
			}
		}
	}
	return columns
}

func arrowValue(t tester, a arrow.Array, row int) any {
	t.Helper()
	if a.IsNull(row) {
		return nil
	}
	switch a := a.(type) {
	case *array.Int8:
		return int64(a.Value(row))
	case *array.Int16:
		return int64(a.Value(row))
	case *array.Int32:
		return int64(a.Value(row))
	case *array.Int64:
		return a.Value(row)
	case *array.Uint8:
		return uint64(a.Value(row))
	case *array.Uint16:
		return uint64(a.Value(row))
	case *array.Uint32:
		return uint64(a.Value(row))
	case *array.Uint64:
		return a.Value(row)
	case *array.Float64:
		return a.Value(row)
	case *array.Float32:
		return float64(a.Value(row))
	case *array.Boolean:
		return a.Value(row)
	case *array.String:
		return a.Value(row)
	case *array.Binary:
		return string(a.Value(row))
	case *array.Date32:
		return int64(a.Value(row))
	case *array.Time64:
		return int64(a.Value(row))
	case *array.Timestamp:
		if at := a.DataType().(*arrow.TimestampType); at.Unit != arrow.Microsecond || at.TimeZone != "UTC" {
			t.Fatalf("timestamps are read as %v", at)
		}
		return int64(a.Value(row))
	case *array.Decimal128:
		v := a.Value(row)
		if a.DataType().(*arrow.Decimal128Type).Precision <= 18 {
			return int64(v.LowBits())
		}
		var b [16]byte
		binary.BigEndian.PutUint64(b[:], uint64(v.HighBits()))
		binary.BigEndian.PutUint64(b[8:], v.LowBits())
		return string(b[16-decimalBytes(30):])
	case *array.List:
		low, high := a.ValueOffsets(row)
		list := []string{}
		for i := low; i < high; i++ {
			list = append(list, a.ListValues().(*array.String).Value(int(i)))
		}
		return list
	}
	t.Fatalf("arrow-go reads a %T", a)
	return nil
}

// readParquetGo reads all columns with parquet-go.
func readParquetGo(t tester, data []byte, fields []Field) [][]any {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	columns := make([][]any, len(fields))
	for i := range columns {
		columns[i] = []any{}
	}
	buf := make([]parquet.Value, 1000)
	for _, group := range f.RowGroups() {
		for i, chunk := range group.ColumnChunks() {
			pages := chunk.Pages()
			for {
				p, err := pages.ReadPage()
				if err != nil {
					break
				}
				values := p.Values()
				for {
					n, err := values.ReadValues(buf)
					for _, v := range buf[:n] {
						columns[i] = appendParquetGo(columns[i], fields[i], v)
					}
					if err != nil {
						break
					}
				}
				parquet.Release(p)
			}
			pages.Close()
		}
	}
	return columns
}

func appendParquetGo(rows []any, f Field, v parquet.Value) []any {
	l, _ := f.Type.leaf()
	if l.list {
		element := 1
		if f.Nullable {
			element = 2
		}
		switch {
		case v.RepetitionLevel() > 0:
			rows[len(rows)-1] = append(rows[len(rows)-1].([]string), string(v.ByteArray()))
			return rows
		case v.DefinitionLevel() == element:
			return append(rows, []string{string(v.ByteArray())})
		case v.DefinitionLevel() == element-1:
			return append(rows, []string{})
		}
		return append(rows, nil)
	}
	if v.IsNull() {
		return append(rows, nil)
	}
	return append(rows, parquetGoValue(&l, v))
}

func parquetGoValue(l *leaf, v parquet.Value) any {
	switch {
	case l.physical == physicalInt32 && l.unsigned:
		return uint64(v.Uint32())
	case l.physical == physicalInt32:
		return int64(v.Int32())
	case l.physical == physicalInt64 && l.unsigned:
		return v.Uint64()
	case l.physical == physicalInt64:
		return v.Int64()
	case l.physical == physicalFloat:
		return float64(v.Float())
	case l.physical == physicalDouble:
		return v.Double()
	case l.physical == physicalBoolean:
		return v.Boolean()
	}
	return string(v.ByteArray())
}
