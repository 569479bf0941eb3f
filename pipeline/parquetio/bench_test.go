package parquetio

import (
	"bytes"
	"context"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
)

const benchRows = 200_000

func benchSamples() []sample {
	rng := rand.New(rand.NewPCG(3, 4))
	var out []sample
	for _, s := range []sample{
		{name: "text_dict", typ: typeByteArray, dict: true, distinct: 5000, nulls: "none"},
		{name: "text_dict_nulls", typ: typeByteArray, dict: true, distinct: 5000, nulls: "some"},
		{name: "text_plain", typ: typeByteArray, distinct: 1_000_000, nulls: "none"},
		{name: "text_sharing", typ: typeByteArray, encoding: parquet.Encodings.DeltaByteArray, distinct: 1_000_000, nulls: "none"},
		{name: "int64_plain", typ: typeInt64, distinct: 1_000_000, nulls: "none"},
		{name: "int64_delta", typ: typeInt64, encoding: parquet.Encodings.DeltaBinaryPacked, distinct: 1_000_000, nulls: "none"},
		{name: "int32_dict", typ: typeInt32, dict: true, distinct: 1000, nulls: "none"},
		{name: "double_split", typ: typeDouble, encoding: parquet.Encodings.ByteStreamSplit, distinct: 1_000_000, nulls: "none"},
		{name: "boolean", typ: typeBoolean, nulls: "some"},
		{name: "int96", typ: typeInt96, dict: true, distinct: 100_000, nulls: "none"},
	} {
		out = append(out, newSample(s, benchRows, rng))
	}
	return out
}

// BenchmarkPages reads one column of 200,000 rows, zstd, by pages.
func BenchmarkPages(b *testing.B) {
	samples := benchSamples()
	data := arrowFile(b, samples, benchRows, parquet.WithCompression(compress.Codecs.Zstd))
	src := bytes.NewReader(data)
	f, err := Open("bench.parquet", src, int64(len(data)), Limits{})
	if err != nil {
		b.Fatal(err)
	}
	r := NewReader()
	for i, s := range samples {
		b.Run(s.name, func(b *testing.B) {
			_, length := f.ChunkRange(0, i)
			b.SetBytes(length)
			b.ReportAllocs()
			for b.Loop() {
				if err := r.Pages(f, src, 0, i, func(*Page) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
		})
	}
}

// BenchmarkRecords reads all columns as Arrow batches.
func BenchmarkRecords(b *testing.B) {
	samples := benchSamples()
	data := arrowFile(b, samples, benchRows, parquet.WithCompression(compress.Codecs.Zstd))
	src := bytes.NewReader(data)
	f, err := Open("bench.parquet", src, int64(len(data)), Limits{})
	if err != nil {
		b.Fatal(err)
	}
	all := make([]int, len(samples))
	for i := range all {
		all[i] = i
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := f.Records(context.Background(), src, all, 0, 8192, func(arrow.RecordBatch) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
}

// BenchmarkOpen reads the footer of a file of 20 row groups.
func BenchmarkOpen(b *testing.B) {
	samples := benchSamples()
	data := arrowFile(b, samples, benchRows/20, parquet.WithCompression(compress.Codecs.Zstd))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Open("bench.parquet", bytes.NewReader(data), int64(len(data)), Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
