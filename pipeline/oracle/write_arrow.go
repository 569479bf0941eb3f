package oracle

import (
	"fmt"
	"math/big"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"leadscore/transforms/match"
)

// decimalDigits is the precision of all decimal columns.
const decimalDigits = 9

func (f FileLayout) writeArrow(path string, columns []tableColumn, rows int, noise bool) error {
	var fields []arrow.Field
	for _, c := range columns {
		fields = append(fields, arrow.Field{Name: c.Name, Type: f.arrowType(c.Type), Nullable: !f.Required || hasNull(c.values)})
	}
	if noise {
		nested := arrow.StructOf(arrow.Field{Name: "list", Type: arrow.ListOf(arrow.PrimitiveTypes.Int32), Nullable: true},
			arrow.Field{Name: "contact_id", Type: arrow.BinaryTypes.String, Nullable: true})
		fields = append(fields, arrow.Field{Name: "nested extra", Type: nested, Nullable: true})
	}
	schema := arrow.NewSchema(fields, nil)
	builder := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer builder.Release()
	for i, c := range columns {
		for _, v := range c.values {
			if err := f.appendArrow(builder.Field(i), c.Type, v); err != nil {
				return fmt.Errorf("%s: %w", c.Name, err)
			}
		}
	}
	for row := 0; noise && row < rows; row++ {
		appendNoise(builder.Field(len(columns)).(*array.StructBuilder), row)
	}
	record := builder.NewRecordBatch()
	defer record.Release()

	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	arrowProperties := []pqarrow.WriterOption{pqarrow.WithDeprecatedInt96Timestamps(f.TimeUnit == "int96")}
	writer, err := pqarrow.NewFileWriter(schema, file, f.arrowProperties(columns), pqarrow.NewArrowWriterProperties(arrowProperties...))
	if err != nil {
		return err
	}
	if f.EmptyGroup {
		empty := record.NewSlice(0, 0)
		writer.NewRowGroup()
		for i := 0; i < int(empty.NumCols()); i++ {
			if err := writer.WriteColumnData(empty.Column(i)); err != nil {
				return err
			}
		}
		empty.Release()
	}
	for from := 0; from < rows; from += f.RowGroup {
		slice := record.NewSlice(int64(from), int64(min(rows, from+f.RowGroup)))
		err := writer.Write(slice)
		slice.Release()
		if err != nil {
			return err
		}
	}
	return writer.Close()
}

func (f FileLayout) arrowProperties(columns []tableColumn) *parquet.WriterProperties {
	codecs := map[string]compress.Compression{
		"none": compress.Codecs.Uncompressed, "snappy": compress.Codecs.Snappy, "zstd": compress.Codecs.Zstd,
		"gzip": compress.Codecs.Gzip, "brotli": compress.Codecs.Brotli, "lz4_raw": compress.Codecs.Lz4Raw,
	}
	page := parquet.DataPageV1
	if f.Page == 2 {
		page = parquet.DataPageV2
	}
	properties := []parquet.WriterProperty{
		parquet.WithCompression(codecs[f.Codec]),
		parquet.WithDictionaryDefault(f.Encoding == "dictionary"),
		parquet.WithDataPageVersion(page),
		parquet.WithDataPageSize(int64(f.PageBytes)),
		parquet.WithBatchSize(16),
		parquet.WithStoreDecimalAsInteger(f.DecimalAsInt),
		parquet.WithVersion(parquet.V2_LATEST),
	}
	if f.Encoding == "delta" {
		for _, c := range columns {
			if encoding, ok := f.delta(c.Type); ok {
				properties = append(properties, parquet.WithEncodingFor(c.Name, encoding))
			}
		}
	}
	return parquet.NewWriterProperties(properties...)
}

// delta is the delta encoding that a type can have.
func (f FileLayout) delta(t match.Type) (parquet.Encoding, bool) {
	switch t.Kind {
	case match.Text:
		return parquet.Encodings.DeltaByteArray, true
	case match.Int, match.Uint, match.DateOnly:
		return parquet.Encodings.DeltaBinaryPacked, true
	case match.Timestamp:
		return parquet.Encodings.DeltaBinaryPacked, f.TimeUnit != "int96"
	}
	return 0, false
}

func (f FileLayout) arrowType(t match.Type) arrow.DataType {
	ints := map[int]arrow.DataType{8: arrow.PrimitiveTypes.Int8, 16: arrow.PrimitiveTypes.Int16, 32: arrow.PrimitiveTypes.Int32, 64: arrow.PrimitiveTypes.Int64}
	uints := map[int]arrow.DataType{8: arrow.PrimitiveTypes.Uint8, 16: arrow.PrimitiveTypes.Uint16, 32: arrow.PrimitiveTypes.Uint32, 64: arrow.PrimitiveTypes.Uint64}
	switch t.Kind {
	case match.Int:
		return ints[t.Bits]
	case match.Uint:
		return uints[t.Bits]
	case match.Float:
		if t.Bits == 32 {
			return arrow.PrimitiveTypes.Float32
		}
		return arrow.PrimitiveTypes.Float64
	case match.Decimal:
		return &arrow.Decimal128Type{Precision: decimalDigits, Scale: int32(t.Scale)}
	case match.Boolean:
		return arrow.FixedWidthTypes.Boolean
	case match.DateOnly:
		return arrow.FixedWidthTypes.Date32
	case match.Timestamp:
		zone := ""
		if t.Zoned {
			zone = "UTC"
		}
		return &arrow.TimestampType{Unit: f.arrowUnit(t), TimeZone: zone}
	case match.List:
		return arrow.ListOf(f.arrowType(*t.Elem))
	case match.Other:
		return arrow.MapOf(arrow.BinaryTypes.String, arrow.BinaryTypes.String)
	}
	return arrow.BinaryTypes.String
}

// unit is the unit in which timestamps of a type are written: INT96 is UTC, so it cannot hold wall clocks.
func (f FileLayout) unit(t match.Type) string {
	if f.TimeUnit == "int96" && !t.Zoned {
		return "us"
	}
	return f.TimeUnit
}

func (f FileLayout) arrowUnit(t match.Type) arrow.TimeUnit {
	return map[string]arrow.TimeUnit{"ms": arrow.Millisecond, "us": arrow.Microsecond}[f.unit(t)] + map[string]arrow.TimeUnit{
		"ns": arrow.Nanosecond, "int96": arrow.Nanosecond}[f.unit(t)]
}

// ticks gives an instant or wall clock in a unit.
func ticks(v Value, unit string) int64 {
	var second, nano int64
	switch v := v.(type) {
	case Instant:
		second, nano = v.Second, v.Nano
	case Local:
		second, nano = v.Second, v.Nano
	}
	switch unit {
	case "ms":
		return second*1000 + nano/1e6
	case "us":
		return second*1e6 + nano/1000
	}
	return second*1e9 + nano
}

func (f FileLayout) appendArrow(b array.Builder, t match.Type, v Value) error {
	if v == nil {
		b.AppendNull()
		return nil
	}
	switch b := b.(type) {
	case *array.StringBuilder:
		b.Append(v.(string))
	case *array.Int8Builder:
		b.Append(int8(integer(v)))
	case *array.Int16Builder:
		b.Append(int16(integer(v)))
	case *array.Int32Builder:
		b.Append(int32(integer(v)))
	case *array.Int64Builder:
		b.Append(integer(v))
	case *array.Uint8Builder:
		b.Append(uint8(integer(v)))
	case *array.Uint16Builder:
		b.Append(uint16(integer(v)))
	case *array.Uint32Builder:
		b.Append(uint32(integer(v)))
	case *array.Uint64Builder:
		b.Append(uint64(integer(v)))
	case *array.Float32Builder:
		b.Append(float32(float(v)))
	case *array.Float64Builder:
		b.Append(float(v))
	case *array.BooleanBuilder:
		b.Append(v.(bool))
	case *array.Decimal128Builder:
		b.Append(decimal128.FromBigInt(unscaled(v.(*big.Rat), t.Scale)))
	case *array.Date32Builder:
		b.Append(arrow.Date32(v.(Day)))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(ticks(v, f.unit(t))))
	case *array.MapBuilder: // before ListBuilder: a map's entries are a list
		b.Append(true)
		for _, a := range v.([]Answer) {
			b.KeyBuilder().(*array.StringBuilder).Append(a.Question.(string))
			if err := f.appendArrow(b.ItemBuilder(), match.Type{Kind: match.Text}, a.Answer); err != nil {
				return err
			}
		}
	case *array.ListBuilder:
		b.Append(true)
		for _, element := range v.([]Value) {
			if err := f.appendArrow(b.ValueBuilder(), *t.Elem, element); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("no way to write %T", b)
	}
	return nil
}

func appendNoise(b *array.StructBuilder, row int) {
	b.Append(true)
	list := b.FieldBuilder(0).(*array.ListBuilder)
	list.Append(row%3 > 0)
	for i := range row % 3 {
		list.ValueBuilder().(*array.Int32Builder).Append(int32(i))
	}
	b.FieldBuilder(1).(*array.StringBuilder).Append("x")
}

// unscaled is a decimal times 10^scale.
func unscaled(v *big.Rat, scale int) *big.Int {
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	return new(big.Rat).Mul(v, new(big.Rat).SetInt(power)).Num()
}

func hasNull(values []Value) bool {
	for _, v := range values {
		if v == nil {
			return true
		}
	}
	return false
}
