package parquetio

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	parquetgo "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/compress/lz4"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding"
)

var goEncodings = map[string]encoding.Encoding{
	"plain": &parquetgo.Plain, "dict": &parquetgo.RLEDictionary, "delta": &parquetgo.DeltaBinaryPacked,
	"lengths": &parquetgo.DeltaLengthByteArray, "sharing": &parquetgo.DeltaByteArray, "split": &parquetgo.ByteStreamSplit,
}

var goCodecs = map[string]compress.Codec{
	"none": &parquetgo.Uncompressed, "snappy": &parquetgo.Snappy, "gzip": &parquetgo.Gzip,
	"brotli": &parquetgo.Brotli, "zstd": &parquetgo.Zstd, "lz4_raw": &lz4.Codec{Level: lz4.Fastest},
}

func goType(t physical) parquetgo.Type {
	switch t {
	case typeBoolean:
		return parquetgo.BooleanType
	case typeInt32:
		return parquetgo.Int32Type
	case typeInt64:
		return parquetgo.Int64Type
	case typeInt96:
		return parquetgo.Int96Type
	case typeFloat:
		return parquetgo.FloatType
	case typeDouble:
		return parquetgo.DoubleType
	case typeFixed:
		return parquetgo.FixedLenByteArrayType(fixedWidth)
	default:
		return parquetgo.ByteArrayType
	}
}

func goValue(c any, t physical) parquetgo.Value {
	switch c := c.(type) {
	case bool:
		return parquetgo.BooleanValue(c)
	case int32:
		return parquetgo.Int32Value(c)
	case int64:
		if t == typeInt96 {
			v := int96(c)
			return parquetgo.Int96Value(deprecated.Int96{
				binary.LittleEndian.Uint32(v[:]), binary.LittleEndian.Uint32(v[4:]), binary.LittleEndian.Uint32(v[8:]),
			})
		}
		return parquetgo.Int64Value(c)
	case uint32:
		return parquetgo.FloatValue(math.Float32frombits(c))
	case uint64:
		return parquetgo.DoubleValue(math.Float64frombits(c))
	case string:
		if t == typeFixed {
			return parquetgo.FixedLenByteArrayValue([]byte(c))
		}
		return parquetgo.ByteArrayValue([]byte(c))
	}
	return parquetgo.NullValue()
}

// goFile writes samples with parquet-go.
func goFile(t *testing.T, samples []sample, groupRows int, codec compress.Codec, version int) []byte {
	t.Helper()
	group := parquetgo.Group{}
	byName := map[string]sample{}
	for _, s := range samples {
		node := parquetgo.Leaf(goType(s.typ))
		node = parquetgo.Encoded(node, goEncodings[s.encodingName()])
		node = parquetgo.Compressed(node, codec)
		if s.nulls != "required" {
			node = parquetgo.Optional(node)
		}
		group[s.name] = node
		byName[s.name] = s
	}
	schema := parquetgo.NewSchema("root", group)
	var out bytes.Buffer
	w := parquetgo.NewWriter(&out, schema, parquetgo.DataPageVersion(version), parquetgo.PageBufferSize(1500), parquetgo.MaxRowsPerRowGroup(int64(groupRows)))
	row := parquetgo.Row{}
	for i := range samples[0].cells {
		row = row[:0]
		for column, path := range schema.Columns() {
			s := byName[path[0]]
			v, level := goValue(s.cells[i], s.typ), 0
			if s.nulls != "required" && s.cells[i] != nil {
				level = 1
			}
			row = append(row, v.Level(0, level, column))
		}
		if _, err := w.WriteRows([]parquetgo.Row{row}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// encodingName is how goEncodings names the sample's encoding.
func (s sample) encodingName() string {
	if s.dict {
		return "dict"
	}
	return s.wants
}

// The same for files that parquet-go writes, which lays out pages, levels and delta blocks in its own ways.
func TestRoundTripParquetGo(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var samples []sample
	for typ := typeBoolean; typ <= typeFixed; typ++ {
		for _, s := range encodingsOf(typ) {
			if s.wants == "rle" {
				continue // parquet-go writes no such booleans
			}
			samples = append(samples, newSample(s, 1203, rng))
		}
	}
	r := NewReader()
	for name, codec := range goCodecs {
		for version := 1; version <= 2; version++ {
			t.Run(name+"/"+[]string{"", "v1", "v2"}[version], func(t *testing.T) {
				check(t, r, goFile(t, samples, 700, codec, version), samples)
			})
		}
	}
}

// Fixed-width values that share prefixes, which arrow-go can neither write nor read.
func TestFixedSharingPrefixes(t *testing.T) {
	for _, nulls := range []string{"required", "some", "all"} {
		s := newSample(sample{name: "f", typ: typeFixed, wants: "sharing", nulls: nulls}, 5000, rand.New(rand.NewPCG(7, 8)))
		b := goFile(t, []sample{s}, 5000, &parquetgo.Zstd, 2)
		src := bytes.NewReader(b)
		f, err := Open("fixed.parquet", src, int64(len(b)), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		cells, err := pagesOf(NewReader(), f, src, 0)
		if err != nil {
			t.Fatal(err)
		}
		same(t, nulls, cells, s.cells)
	}
}
