package parquetio

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

// sample is a column to be written: what it holds and how it is to be encoded.
type sample struct {
	name     string
	wants    string // the encoding's short name
	typ      physical
	encoding parquet.Encoding
	dict     bool
	nulls    string // required, none, some, all
	distinct int
	cells    []any
}

const fixedWidth = 7

// newSample makes up rows cells of a column.
func newSample(s sample, rows int, rng *rand.Rand) sample {
	if s.distinct == 0 {
		s.distinct = 50
	}
	s.cells = make([]any, rows)
	for i := range s.cells {
		if s.nulls == "all" || s.nulls == "some" && rng.IntN(4) == 0 {
			continue
		}
		s.cells[i] = madeUp(s.typ, rng.IntN(s.distinct))
	}
	return s
}

func madeUp(t physical, k int) any {
	switch t {
	case typeBoolean:
		return k%3 == 0
	case typeInt32:
		return int32(k*2654435761) % 100003
	case typeInt64:
		return int64(k)*-7046029254386353131 + 5
	case typeInt96:
		return int64(k)*86_400_000_000_123 - 3_000_000_000_000_000_000/4
	case typeFloat:
		if k == 0 {
			return math.Float32bits(float32(math.NaN()))
		}
		return math.Float32bits(float32(k) / 3)
	case typeDouble:
		return math.Float64bits(float64(k) / -7)
	case typeFixed:
		return fmt.Sprintf("%07d", k*31)
	default:
		if k == 0 {
			return ""
		}
		return fmt.Sprintf("https://acme.example/%s/%d", strings.Repeat("ä", k%9), k)
	}
}

// arrowFile writes samples with arrow-go, in row groups of at most groupRows rows.
func arrowFile(t testing.TB, samples []sample, groupRows int, options ...parquet.WriterProperty) []byte {
	t.Helper()
	fields := schema.FieldList{}
	for _, s := range samples {
		repetition := parquet.Repetitions.Optional
		if s.nulls == "required" {
			repetition = parquet.Repetitions.Required
		}
		var logical schema.LogicalType = schema.NoLogicalType{}
		if s.typ == typeByteArray {
			logical = schema.StringLogicalType{}
		}
		node, err := schema.NewPrimitiveNodeLogical(s.name, repetition, logical, parquet.Type(s.typ), fixedWidth, -1)
		if err != nil {
			t.Fatal(err)
		}
		fields = append(fields, node)
		options = append(options, parquet.WithDictionaryFor(s.name, s.dict))
		if !s.dict {
			options = append(options, parquet.WithEncodingFor(s.name, s.encoding))
		}
	}
	root, err := schema.NewGroupNode("root", parquet.Repetitions.Required, fields, -1)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := file.NewParquetWriter(&out, root, file.WithWriterProps(parquet.NewWriterProperties(options...)))
	rows := len(samples[0].cells)
	for from := 0; from < rows; from += groupRows {
		g, err := w.AppendRowGroupChecked()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range samples {
			c, err := g.NextColumn()
			if err != nil {
				t.Fatal(err)
			}
			writeCells(t, c, s.cells[from:min(rows, from+groupRows)], s.nulls != "required")
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if err := g.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func writeCells(t testing.TB, w file.ColumnChunkWriter, cells []any, nullable bool) {
	t.Helper()
	var levels []int16
	var present []any
	for _, c := range cells {
		if nullable {
			level := int16(1)
			if c == nil {
				level = 0
			}
			levels = append(levels, level)
		}
		if c != nil {
			present = append(present, c)
		}
	}
	var err error
	switch w := w.(type) {
	case *file.BooleanColumnChunkWriter:
		_, err = w.WriteBatch(each(present, func(c any) bool { return c.(bool) }), levels, nil)
	case *file.Int32ColumnChunkWriter:
		_, err = w.WriteBatch(each(present, func(c any) int32 { return c.(int32) }), levels, nil)
	case *file.Int64ColumnChunkWriter:
		_, err = w.WriteBatch(each(present, func(c any) int64 { return c.(int64) }), levels, nil)
	case *file.Int96ColumnChunkWriter:
		_, err = w.WriteBatch(each(present, func(c any) parquet.Int96 { return int96(c.(int64)) }), levels, nil)
	case *file.Float32ColumnChunkWriter:
		_, err = w.WriteBatch(each(present, func(c any) float32 { return math.Float32frombits(c.(uint32)) }), levels, nil)
	case *file.Float64ColumnChunkWriter:
		_, err = w.WriteBatch(each(present, func(c any) float64 { return math.Float64frombits(c.(uint64)) }), levels, nil)
	case *file.ByteArrayColumnChunkWriter:
		_, err = w.WriteBatch(each(present, func(c any) parquet.ByteArray { return parquet.ByteArray(c.(string)) }), levels, nil)
	case *file.FixedLenByteArrayColumnChunkWriter:
		_, err = w.WriteBatch(each(present, func(c any) parquet.FixedLenByteArray { return parquet.FixedLenByteArray(c.(string)) }), levels, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func each[T any](cells []any, f func(any) T) []T {
	out := make([]T, len(cells))
	for i, c := range cells {
		out[i] = f(c)
	}
	return out
}

// int96 is the INT96 of so many nanoseconds since 1970.
func int96(nanos int64) (v parquet.Int96) {
	const day = 86_400_000_000_000
	days, rest := nanos/day, nanos%day
	if rest < 0 {
		days, rest = days-1, rest+day
	}
	binary.LittleEndian.PutUint64(v[:], uint64(rest))
	binary.LittleEndian.PutUint32(v[8:], uint32(days+julianEpoch))
	return v
}

// encodingsOf gives a sample for every encoding that the format allows for a type, and every kind of nulls.
func encodingsOf(t physical) []sample {
	all := []sample{{name: "plain", encoding: parquet.Encodings.Plain}}
	if t != typeBoolean {
		all = append(all, sample{name: "dict", dict: true}, sample{name: "fallback", dict: true, distinct: 100_000}, sample{name: "one", dict: true, distinct: 1})
	}
	add := func(name string, e parquet.Encoding) { all = append(all, sample{name: name, encoding: e}) }
	switch t {
	case typeBoolean:
		add("rle", parquet.Encodings.RLE)
	case typeInt32, typeInt64:
		add("delta", parquet.Encodings.DeltaBinaryPacked)
		add("split", parquet.Encodings.ByteStreamSplit)
	case typeFloat, typeDouble:
		add("split", parquet.Encodings.ByteStreamSplit)
	case typeByteArray:
		add("lengths", parquet.Encodings.DeltaLengthByteArray)
		add("sharing", parquet.Encodings.DeltaByteArray)
	case typeFixed:
		add("split", parquet.Encodings.ByteStreamSplit)
	}
	var out []sample
	for _, s := range all {
		for _, nulls := range []string{"required", "none", "some", "all"} {
			s.typ, s.nulls = t, nulls
			c := s
			c.wants = s.name
			c.name = fmt.Sprintf("%s_%s_%s", strings.ToLower(t.String()), s.name, nulls)
			out = append(out, c)
		}
	}
	return out
}

var arrowCodecs = map[string]compress.Compression{
	"none": compress.Codecs.Uncompressed, "snappy": compress.Codecs.Snappy, "gzip": compress.Codecs.Gzip,
	"brotli": compress.Codecs.Brotli, "zstd": compress.Codecs.Zstd, "lz4_raw": compress.Codecs.Lz4Raw,
}

var pageVersions = map[string]parquet.DataPageVersion{"v1": parquet.DataPageV1, "v2": parquet.DataPageV2}

// rareFile has a column amount, DECIMAL(9,2) in BYTE_ARRAY, and a column at, INT96.
func rareFile(t testing.TB, amounts [][]byte, ats []Int96) []byte {
	t.Helper()
	amount, err := schema.NewPrimitiveNodeLogical("amount", parquet.Repetitions.Optional, schema.NewDecimalLogicalType(9, 2), parquet.Types.ByteArray, -1, -1)
	if err != nil {
		t.Fatal(err)
	}
	root, err := schema.NewGroupNode("root", parquet.Repetitions.Required, schema.FieldList{amount, schema.NewInt96Node("at", parquet.Repetitions.Required, -1)}, -1)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := file.NewParquetWriter(&out, root)
	g, err := w.AppendRowGroupChecked()
	if err != nil {
		t.Fatal(err)
	}
	c, err := g.NextColumn()
	if err != nil {
		t.Fatal(err)
	}
	cells := make([]any, len(amounts))
	for i, a := range amounts {
		if a != nil {
			cells[i] = string(a)
		}
	}
	writeCells(t, c, cells, true)
	if c, err = g.NextColumn(); err != nil {
		t.Fatal(err)
	}
	values := make([]parquet.Int96, len(ats))
	for i, at := range ats {
		binary.LittleEndian.PutUint64(values[i][:], uint64(at.Nanos))
		binary.LittleEndian.PutUint32(values[i][8:], at.Day)
	}
	if _, err := c.(*file.Int96ColumnChunkWriter).WriteBatch(values, nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
