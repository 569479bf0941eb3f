package parquetio

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/pierrec/lz4/v4"

	"leadscore/transforms/match"
)

// A column annotated in a way that was invented later keeps its physical type, as the format asks.
func TestUnknownAnnotation(t *testing.T) {
	b := withFooter(small(t), func(f *tree) {
		url := f.at(2, 1)
		url.at(10).ids[0] = 99
		for i, id := range url.ids { // the older annotation, which writers add for old readers
			if id == 6 {
				url.ids, url.kids = append(url.ids[:i:i], url.ids[i+1:]...), append(url.kids[:i:i], url.kids[i+1:]...)
				break
			}
		}
	})
	f, err := Open("f", bytes.NewReader(b), int64(len(b)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if c := f.Columns()[0]; c.Type.Kind != match.Other || c.Leaf != 0 {
		t.Errorf("%+v", c)
	}
}

// A column that has no Arrow type is refused when it is read, and harms no other.
func TestColumnLeftOut(t *testing.T) {
	b, err := os.ReadFile(fixtures + "/pyarrow_engagements_snappy_v1.parquet")
	if err != nil {
		t.Fatal(err)
	}
	b = withFooter(b, func(f *tree) {
		for _, e := range f.at(2).kids {
			if string(e.at(4).raw) == "key" {
				e.at(3).number = int64(optional)
			}
		}
	})
	src := bytes.NewReader(b)
	f, err := Open("f", src, int64(len(b)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := expected(t, "engagements")
	for i, c := range f.Columns() {
		if c.Name != "answers" {
			sameTexts(t, c.Name, recordTexts(t, f, src, i), want, c.Name)
			continue
		}
		err := f.Records(context.Background(), src, []int{i}, 0, 0, nil)
		if err == nil || !strings.HasPrefix(err.Error(), `f, row group 0, column "answers": the column's type cannot be read: `) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// The deprecated levels: one bit a row, highest bit first, without a length.
func TestBitPackedLevels(t *testing.T) {
	var r runs
	r.reset(bitLevels(nil, []byte{0b1010_0000, 0b1100_0000}), 1)
	present, valid, err := r.levels(10, make([]byte, 10))
	if want := []byte{1, 0, 1, 0, 0, 0, 0, 0, 1, 1}; err != nil || present != 4 || !bytes.Equal(valid, want) {
		t.Errorf("%d present, %v, %v", present, valid, err)
	}
}

// Hadoop's LZ4: frames of one or more blocks, and the bare block of writers that did not know of them.
func TestHadoopLZ4(t *testing.T) {
	want := []byte(strings.Repeat("https://acme.example/", 100))
	block := func(b []byte) []byte {
		out := make([]byte, lz4.CompressBlockBound(len(b)))
		n, err := lz4.CompressBlock(b, out, nil)
		if err != nil || n == 0 {
			t.Fatal(n, err)
		}
		return out[:n]
	}
	frame := func(b []byte) []byte {
		packed := block(b)
		out := binary.BigEndian.AppendUint32(nil, uint32(len(b)))
		return append(binary.BigEndian.AppendUint32(out, uint32(len(packed))), packed...)
	}
	for name, src := range map[string][]byte{
		"one frame": frame(want), "two frames": append(frame(want[:1000]), frame(want[1000:])...), "bare": block(want),
	} {
		got := make([]byte, len(want))
		if err := new(unpacker).unpack(codecLZ4, got, src); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v", name, err)
		}
		if err := new(unpacker).unpack(codecLZ4, got[:len(got)-1], src); err == nil {
			t.Errorf("%s: a wrong size passed", name)
		}
	}
}

// Many goroutines read one File at once.
func TestConcurrentReaders(t *testing.T) {
	f, src := openFixture(t, fixtures+"/spark_engagements_snappy_int96.parquet")
	want := expected(t, "engagements")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			r := NewReader()
			for i, c := range f.Columns() {
				if c.Leaf >= 0 {
					if cells, err := pagesOf(r, f, src, i); err != nil || len(cells) != len(want) {
						t.Errorf("%s: %d rows, %v", c.Name, len(cells), err)
					}
				}
				rows := 0
				err := f.Records(context.Background(), src, []int{i}, 0, 16, func(b arrow.RecordBatch) error {
					rows += int(b.NumRows())
					return nil
				})
				if err != nil || rows != len(want) {
					t.Errorf("%s: %d rows, %v", c.Name, rows, err)
				}
			}
		})
	}
	all.Wait()
}
