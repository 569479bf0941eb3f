package main

import (
	"context"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// rowGroupRows is DuckDB's default, and one of the smallest that writers choose: dictionaries repeat often.
const rowGroupRows = 122_880

// column is a column of a generated table.
type column struct {
	name  string
	typ   arrow.DataType
	plain bool // without a dictionary, as writers leave columns whose values mostly differ
	add   func(to array.Builder, row uint64)
}

// tableFile writes one Parquet file, one row group at a time.
type tableFile struct {
	file   *pqarrow.FileWriter
	schema *arrow.Schema
}

// createTable starts a file that must not exist yet.
func createTable(path string, columns []column) (*tableFile, error) {
	fields := make([]arrow.Field, len(columns))
	properties := []parquet.WriterProperty{
		parquet.WithCompression(compress.Codecs.Zstd),
		parquet.WithDictionaryPageSizeLimit(4 << 20), // a row group's 17,000 urls stay in their dictionary
		parquet.WithBatchSize(rowGroupRows),
	}
	for i, c := range columns {
		fields[i] = arrow.Field{Name: c.name, Type: c.typ, Nullable: true}
		if c.plain {
			properties = append(properties, parquet.WithDictionaryFor(c.name, false))
		}
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	schema := arrow.NewSchema(fields, nil)
	writer, err := pqarrow.NewFileWriter(schema, file, parquet.NewWriterProperties(properties...), pqarrow.DefaultWriterProps())
	if err != nil {
		file.Close()
		return nil, err
	}
	return &tableFile{file: writer, schema: schema}, nil
}

// rowGroup writes arrays of equal length as one row group and lets go of them.
func (t *tableFile) rowGroup(ctx context.Context, arrays []arrow.Array) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	batch := array.NewRecordBatch(t.schema, arrays, int64(arrays[0].Len()))
	defer batch.Release()
	for _, a := range arrays {
		a.Release()
	}
	return t.file.Write(batch)
}

// close ends the file, which closes it for the operating system too.
func (t *tableFile) close() error { return t.file.Close() }

// writeRows makes a table of which every cell is a function of its row.
func writeRows(ctx context.Context, path string, rows uint64, columns []column) (err error) {
	to, err := createTable(path, columns)
	if err != nil {
		return err
	}
	defer func() {
		if closed := to.close(); err == nil {
			err = closed
		}
	}()
	builders := make([]array.Builder, len(columns))
	for i, c := range columns {
		builders[i] = array.NewBuilder(memory.DefaultAllocator, c.typ)
	}
	arrays := make([]arrow.Array, len(columns))
	for first := uint64(0); first < rows; first += rowGroupRows {
		last := min(first+rowGroupRows, rows)
		for i, c := range columns {
			for row := first; row < last; row++ {
				c.add(builders[i], row)
			}
			arrays[i] = builders[i].NewArray()
		}
		if err := to.rowGroup(ctx, arrays); err != nil {
			return err
		}
	}
	return nil
}
