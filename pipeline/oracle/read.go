package oracle

import (
	"context"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// publishedPart is one part of a published table.
type publishedPart struct {
	path  string
	names []string
	types []arrow.DataType
	rows  [][]Value
}

// readTable reads the parts of a table of one date, in the order of their names.
func readTable(outDir, table, date string) ([]publishedPart, error) {
	folder := filepath.Join(outDir, table, "dt="+date)
	paths, err := filepath.Glob(filepath.Join(folder, "part-*.parquet"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no part in %s; a table without rows has one without rows", folder)
	}
	sort.Strings(paths)
	var parts []publishedPart
	for _, path := range paths {
		part, err := readPart(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		part.cut()
		parts = append(parts, part)
	}
	return parts, nil
}

// cut leaves the columns out that are not compared.
func (p *publishedPart) cut() {
	for i, name := range p.names {
		if strings.HasPrefix(name, statics) {
			p.names, p.types = p.names[:i], p.types[:i]
			for n := range p.rows {
				p.rows[n] = p.rows[n][:i]
			}
			return
		}
	}
}

// readPart reads a whole Parquet file.
func readPart(path string) (publishedPart, error) {
	part := publishedPart{path: path}
	opened, err := os.Open(path)
	if err != nil {
		return part, err
	}
	defer opened.Close()
	reader, err := file.NewParquetReader(opened, file.WithReadProps(parquet.NewReaderProperties(memory.DefaultAllocator)))
	if err != nil {
		return part, err
	}
	defer reader.Close()
	arrowReader, err := pqarrow.NewFileReader(reader, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		return part, err
	}
	table, err := arrowReader.ReadTable(context.Background())
	if err != nil {
		return part, err
	}
	defer table.Release()
	part.rows = make([][]Value, table.NumRows())
	for i, field := range table.Schema().Fields() {
		part.names = append(part.names, field.Name)
		part.types = append(part.types, field.Type)
		row := 0
		for _, chunk := range table.Column(i).Data().Chunks() {
			for n := range chunk.Len() {
				v, err := arrowValue(chunk, n)
				if err != nil {
					return part, fmt.Errorf("%s: %w", field.Name, err)
				}
				part.rows[row] = append(part.rows[row], v)
				row++
			}
		}
	}
	return part, nil
}

// arrowValue reads one value of an array.
func arrowValue(a arrow.Array, i int) (Value, error) {
	if a.IsNull(i) {
		return nil, nil
	}
	switch a := a.(type) {
	case *array.Dictionary:
		return arrowValue(a.Dictionary(), a.GetValueIndex(i))
	case array.StringLike:
		return a.Value(i), nil
	case *array.Int8:
		return int64(a.Value(i)), nil
	case *array.Int16:
		return int64(a.Value(i)), nil
	case *array.Int32:
		return int64(a.Value(i)), nil
	case *array.Int64:
		return a.Value(i), nil
	case *array.Uint8:
		return uint64(a.Value(i)), nil
	case *array.Uint16:
		return uint64(a.Value(i)), nil
	case *array.Uint32:
		return uint64(a.Value(i)), nil
	case *array.Uint64:
		return a.Value(i), nil
	case *array.Float32:
		return a.Value(i), nil
	case *array.Float64:
		return a.Value(i), nil
	case *array.Boolean:
		return a.Value(i), nil
	case *array.Decimal128:
		scale := a.DataType().(*arrow.Decimal128Type).Scale
		power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
		return new(big.Rat).SetFrac(a.Value(i).BigInt(), power), nil
	case *array.Date32:
		return Day(a.Value(i)), nil
	case *array.Timestamp:
		kind := a.DataType().(*arrow.TimestampType)
		at := At(a.Value(i).ToTime(kind.Unit))
		if kind.TimeZone == "" {
			return Local(at), nil
		}
		return at, nil
	case *array.Struct:
		values := []Value{}
		for f := range a.NumField() {
			v, err := arrowValue(a.Field(f), i)
			if err != nil {
				return nil, err
			}
			values = append(values, v)
		}
		return values, nil
	case array.ListLike:
		list := []Value{}
		from, until := a.ValueOffsets(i)
		for n := from; n < until; n++ {
			v, err := arrowValue(a.ListValues(), int(n))
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
	return nil, fmt.Errorf("no way to read %s", a.DataType())
}
