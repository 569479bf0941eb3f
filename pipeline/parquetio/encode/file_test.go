package encode

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
)

// TestBloomFilter: every id passes, and hardly any other, for each type of id and form of column, by two readers.
func TestBloomFilter(t *testing.T) {
	const ids, each = 5000, 3
	var signed, others []int64
	var unsigned []uint64
	var floats []float64
	var names []any
	for i := range ids {
		signed = append(signed, int64(i)*7)
		others = append(others, int64(i)*7+3)
		unsigned = append(unsigned, uint64(i)*7)
		floats = append(floats, float64(i)*7)
		names = append(names, fmt.Sprintf("contact %08d", i*7))
	}
	lengths := constants[uint32](ids, each)
	name := func(v int64) parquet.Value { return parquet.ByteArrayValue(fmt.Appendf(nil, "contact %08d", v)) }
	tests := map[string]struct {
		t      Type
		column Column
		value  func(int64) parquet.Value
	}{
		"texts":           {Text, texts(names, false), name},
		"runs of texts":   {Text, Runs{lengths, texts(names, false)}, name},
		"int64":           {Int64, Int64s{Values: signed}, parquet.Int64Value},
		"runs of int64":   {Int64, Runs{lengths, Int64s{Values: signed}}, parquet.Int64Value},
		"runs of int32":   {Int32, Runs{lengths, Int64s{Values: signed}}, func(v int64) parquet.Value { return parquet.Int32Value(int32(v)) }},
		"runs of uint64":  {IntType{64, false}, Runs{lengths, Uint64s{Values: unsigned}}, parquet.Int64Value},
		"runs of doubles": {Double, Runs{lengths, Doubles{Values: floats}}, func(v int64) parquet.Value { return parquet.DoubleValue(float64(v)) }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			data := encoded(t, []Field{{Name: "contact_id", Type: test.t}}, Options{}, []Column{test.column})
			f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				t.Fatal(err)
			}
			filter := f.RowGroups()[0].ColumnChunks()[0].BloomFilter()
			if filter == nil {
				t.Fatal("no bloom filter")
			}
			count := func(values []int64) (n int) {
				for _, v := range values {
					ok, err := filter.Check(test.value(v))
					if err != nil {
						t.Fatal(err)
					}
					n += one(ok)
				}
				return n
			}
			if n := count(signed); n != ids {
				t.Errorf("%d of %d ids pass", n, ids)
			}
			if n := count(others); n > ids*2/100 {
				t.Errorf("%d of %d absent ids pass", n, ids)
			}
			arrow, err := file.NewParquetReader(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			chunk, err := arrow.MetaData().RowGroup(0).ColumnChunk(0)
			if err != nil {
				t.Fatal(err)
			}
			if chunk.BloomFilterOffset() == 0 {
				t.Error("arrow-go sees no bloom filter")
			}
		})
	}
}

// TestFooter holds what readers and analysts find beside the columns.
func TestFooter(t *testing.T) {
	fields := []Field{{Name: "as_of", Type: Timestamp}, {Name: "contact_id", Type: Int64}, {Name: "reasons", Type: TextList, Nullable: true}}
	group := func(first int64) []Column {
		return []Column{Constant{Value: int64(5)}, Int64s{Values: []int64{first, first + 1}}, Constant{}}
	}
	o := Options{SortedBy: 1, Bloom: 1, Metadata: [][2]string{{"b", "2"}, {"a", "1"}}, CreatedBy: "leadscore version 1.2.3 (build abc)"}
	data := encoded(t, fields, o, group(0), group(10))
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	want := `message schema {
	required int64 as_of (TIMESTAMP(isAdjustedToUTC=true,unit=MICROS));
	required int64 contact_id (INT(64,true));
	optional group reasons (LIST) {
		repeated group list {
			required binary element (STRING);
		}
	}
}`
	if diff := cmp.Diff(want, f.Schema().String()); diff != "" {
		t.Errorf("schema (-want +got):\n%s", diff)
	}
	for key, value := range map[string]string{"a": "1", "b": "2"} {
		if got, _ := f.Lookup(key); got != value {
			t.Errorf("%s is %q, not %q", key, got, value)
		}
	}
	m := f.Metadata()
	if m.CreatedBy != o.CreatedBy || m.NumRows != 4 || len(m.RowGroups) != 2 || len(m.ColumnOrders) != 3 {
		t.Errorf("footer: %q, %d rows, %d row groups, %d orders", m.CreatedBy, m.NumRows, len(m.RowGroups), len(m.ColumnOrders))
	}
	for i, g := range m.RowGroups {
		if len(g.SortingColumns) != 1 || g.SortingColumns[0].ColumnIdx != 1 || g.SortingColumns[0].Descending || int(g.Ordinal) != i {
			t.Errorf("row group %d: sorting %v, ordinal %d", i, g.SortingColumns, g.Ordinal)
		}
	}
}

// TestEmptyTable: a table without rows is a file with the schema and no row groups, also after a Write without rows.
func TestEmptyTable(t *testing.T) {
	never := encoded(t, breakdownFields, Options{})
	b := &breakdown{ids: Texts{}, sets: []string{}, rules: []string{}}
	without := encoded(t, breakdownFields, Options{}, b.columns())
	if !bytes.Equal(never, without) {
		t.Error("a write without rows changes the file")
	}
	f, err := parquet.OpenFile(bytes.NewReader(never), int64(len(never)))
	if err != nil {
		t.Fatal(err)
	}
	if f.NumRows() != 0 || len(f.RowGroups()) != 0 || len(f.Schema().Fields()) != len(breakdownFields) {
		t.Errorf("%d rows, %d row groups, %d fields", f.NumRows(), len(f.RowGroups()), len(f.Schema().Fields()))
	}
	for i, column := range readArrow(t, never) {
		if len(column) != 0 {
			t.Errorf("column %d has rows", i)
		}
	}
}

// TestNullPage: a page of nulls still has the width of dictionary positions, which DuckDB reads first, if and only if the column
// has a dictionary.
func TestNullPage(t *testing.T) {
	const rows = 32
	codes, offsets := constants[uint8](rows, 255), constants[uint32](rows+1, 4)
	codes[0], codes[1], codes[2], codes[3] = 1, 1, 0, 1
	copy(offsets, []uint32{0, 1, 2, 3})
	levels := []byte{2, 0, 0, 0, 16 << 1, 0} // one run of 16 zeros
	for name, test := range map[string]struct {
		t      Type
		column Column
		want   []byte
	}{
		"codes":   {Text, Codes[uint8]{codes, []string{"a long text", "another long text"}, nil}, append(levels[:6:6], 1)},
		"numbers": {Int64, Int64s{Values: append([]int64{1, 2}, constants[int64](rows-2, Null)...)}, levels},
		"lists": {TextList, TextLists{offsets, []uint32{0, 1, 1, 0}, []string{"a", "b"}, append(constants(rows/2, true), constants(rows/2, false)...)},
			append(append(levels[:6:6], levels...), 1)},
	} {
		l := leafOf(t, test.t)
		s := new(scratch)
		src, err := open(target{leaf: &l, nullable: true}, test.column, rows, s)
		if err != nil {
			t.Fatal(err)
		}
		p := page{s: s}
		if err := src.page(&p, rows/2, rows); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, p.body); diff != "" || p.present != 0 || p.entries != rows/2 || p.bounded {
			t.Errorf("%s: %d values of %d, %s", name, p.present, p.entries, diff)
		}
	}
}

// TestSaturation: instants that microseconds cannot hold become the nearest that they can.
func TestSaturation(t *testing.T) {
	in := []int64{math.MinInt64 + 1, -9_223_372_036_855, -9_223_372_036_854, -1, 0, 9_223_372_036_854, 9_223_372_036_855, math.MaxInt64}
	want := []any{int64(math.MinInt64), int64(math.MinInt64), int64(-9_223_372_036_854_000_000), int64(-1_000_000), int64(0),
		int64(9_223_372_036_854_000_000), int64(math.MaxInt64), int64(math.MaxInt64)}
	for _, column := range []Column{Int64s{Values: in}, Runs{constants[uint32](8, 1), Int64s{Values: in}}} {
		data := encoded(t, []Field{{Name: "at", Type: Timestamp}}, Options{Bloom: -1}, []Column{column})
		if diff := cmp.Diff(want, readArrow(t, data)[0]); diff != "" {
			t.Error(diff)
		}
	}
}

// TestSameBytes: the file depends on the columns alone: not on what was written before with the same buffers, on how many
// write at the same time, or on how the given dictionary was put together.
func TestSameBytes(t *testing.T) {
	small, large := newBreakdown(3000), newBreakdown(70_000)
	for _, codec := range []Codec{ZstdFast, ZstdFastest, ZstdDefault, ZstdBetter} {
		o := Options{Codec: codec, Metadata: [][2]string{{"run", "1"}}}
		scratches = sync.Pool{New: func() any { return new(scratch) }}
		want := encoded(t, breakdownFields, o, small.columns())
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				r := rand.New(rand.NewPCG(5, 5))
				for range 3 {
					encoded(t, breakdownFields, o, large.columns())
					all := samples(r.IntN(3000), r)
					for _, s := range all[:20] {
						encoded(t, []Field{s.field}, Options{SortedBy: -1, Bloom: -1}, []Column{s.column})
					}
					if got := encoded(t, breakdownFields, o, small.columns()); !bytes.Equal(got, want) {
						t.Errorf("codec %d: other bytes after other work", codec)
					}
				}
			})
		}
		group.Wait()
	}
	turned := small.columns()
	codes := Codes[uint32]{Dictionary: []string{"never used"}}
	for i := range small.rules {
		codes.Dictionary = append(codes.Dictionary, small.rules[len(small.rules)-1-i])
	}
	for _, rule := range small.rule {
		codes.Codes = append(codes.Codes, uint32(len(small.rules))-uint32(rule))
	}
	turned[4] = codes
	if !bytes.Equal(encoded(t, breakdownFields, Options{}, turned), encoded(t, breakdownFields, Options{}, small.columns())) {
		t.Error("another order of the dictionary gives other bytes")
	}
}

// TestAscendingAcrossRowGroups: Footer says whether row groups follow each other in order.
func TestAscendingAcrossRowGroups(t *testing.T) {
	fields := []Field{{Name: "x", Type: Text}}
	for _, test := range []struct {
		groups [][]any
		want   bool
	}{
		{nil, true},
		{[][]any{{"a", "b"}}, true},
		{[][]any{{"a", "b"}, {"b", "c"}}, true},
		{[][]any{{"a", "c"}, {"b", "d"}}, false},
	} {
		w := NewWriter(new(bytes.Buffer), fields, Options{})
		for _, g := range test.groups {
			if err := w.Write([]Column{texts(g, false)}); err != nil {
				t.Fatal(err)
			}
		}
		if footer, err := w.Close(); err != nil || footer.Ascending != test.want {
			t.Errorf("%v ascends: %v (%v)", test.groups, footer.Ascending, err)
		}
	}
}
