package encode

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// TestWriteRefuses holds the message of each mistake a caller can make.
func TestWriteRefuses(t *testing.T) {
	sorted, unsorted := Options{Bloom: -1}, Options{SortedBy: -1, Bloom: -1}
	field := func(t Type) []Field { return []Field{{Name: "x", Type: t}} }
	nullable := func(t Type) []Field { return []Field{{Name: "x", Type: t, Nullable: true}} }
	one := func(c Column) []Column { return []Column{c} }
	tests := []struct {
		fields  []Field
		o       Options
		columns []Column
		want    string
	}{
		{nil, sorted, nil, "a table needs at least one column"},
		{[]Field{{Name: "x", Type: Text}, {Name: "x", Type: Text}}, sorted, nil, `column "x" stands twice`},
		{field(nil), sorted, nil, `column "x" has no type`},
		{field(IntType{Bits: 12}), sorted, nil, `column "x": an integer cannot have 12 bits; choose 8, 16, 32 or 64`},
		{field(DecimalType{40, 2}), sorted, nil, `column "x": decimal(40,2) is not a decimal: it takes 1 to 38 digits, and at most all of them after the point`},
		{field(Text), Options{SortedBy: 1}, nil, "rows cannot be sorted by column 1: there are 1"},
		{field(Boolean), Options{SortedBy: -1}, nil, `no bloom filter for column "x": the format has none for booleans`},
		{field(Text), Options{PageRows: 9}, nil, "pages of 9 rows: it takes a multiple of 8, up to 1048576"},
		{field(Text), sorted, []Column{}, "0 columns for a table of 1"},
		{field(Text), sorted, one(nil), `column "x": there is no column for it`},
		{[]Field{{Name: "x", Type: Int64}, {Name: "y", Type: Int64}}, sorted, []Column{Int64s{Values: []int64{1}}, Int64s{Values: []int64{1, 2}}}, `column "y" has 2 rows, but "x" has 1`},
		{field(Text), sorted, one(Constant{Value: "a"}), "all columns are constants without a number of rows; one of them must give Rows"},
		{field(Int64), Options{RowGroupRows: 2, Bloom: -1}, one(Int64s{Values: []int64{1, 2, 3}}), "3 rows in one row group, but the most is 2; write fewer at a time"},
		{field(Text), unsorted, one(Int64s{Values: []int64{1}}), `column "x": a column of encode.Int64s cannot become text`},
		{field(Int64), unsorted, one(Runs{[]uint32{1}, texts([]any{"a"}, false)}), `column "x": a column of encode.Texts cannot become int64`},
		{field(Int64), unsorted, one(Constant{Value: "a", Rows: 1}), `column "x": a constant a (string) cannot become int64`},
		{field(Int64), unsorted, one(Constant{Rows: 2}), `column "x": row 0 is null, but the column is not nullable`},
		{field(Int64), unsorted, one(Int64s{[]int64{1, 2}, []bool{true, false}}), `column "x": row 1 is null, but the column is not nullable`},
		{nullable(Int64), unsorted, one(Int64s{[]int64{1, 2}, []bool{true}}), `column "x": 2 rows, but validity of 1`},
		{field(IntType{8, true}), unsorted, one(Int64s{Values: []int64{1, 128}}), `column "x": 128 is more than int8 can hold`},
		{field(IntType{32, false}), unsorted, one(Int64s{Values: []int64{-1}}), `column "x": -1 is less than uint32 can hold`},
		{field(DecimalType{3, 1}), unsorted, one(Int64s{Values: []int64{1000}}), `column "x": 1000 is more than decimal(3,1) can hold`},
		{field(DecimalType{20, 1}), unsorted, one(texts([]any{"abc"}, false)), `column "x": row 0 has 3 bytes, but decimal(20,1) takes 9`},
		{field(Text), unsorted, one(Codes[uint8]{[]uint8{0, 2}, []string{"a", "b"}, nil}), `column "x": row 1 has code 2, but the dictionary has 2 entries`},
		{field(Text), unsorted, one(Codes[uint8]{[]uint8{0, 255}, []string{"a"}, nil}), `column "x": row 1 is null, but the column is not nullable`},
		{nullable(Text), unsorted, one(Codes[uint16]{[]uint16{0, 7, 65535}, []string{"a"}, nil}), `column "x": row 1 has code 7, but the dictionary has 1 entries`},
		{field(Text), unsorted, one(Codes[uint8]{[]uint8{0, 1}, []string{"a"}, []uint32{0, ^uint32(0)}}), `column "x": row 1 is null, but the column is not nullable`},
		{field(Text), unsorted, one(Codes[uint8]{[]uint8{0}, []string{"a"}, []uint32{0, 1}}), `column "x": entry 1 is 1, but the dictionary has 1`},
		{field(Text), unsorted, one(Codes[uint8]{[]uint8{0, 2}, []string{"a"}, []uint32{0, 0}}), `column "x": row 1 has code 2, but the dictionary has 2 entries`},
		{field(Int64), sorted, one(Pieces{[][]int64{{1, 2}}, []Piece{{0, 0, 2}}}), `column "x": rows cannot be sorted by a column of encode.Pieces`},
		{field(Text), unsorted, one(Pieces{[][]int64{{1, 2}}, []Piece{{0, 0, 2}}}), `column "x": a column of encode.Pieces cannot become text`},
		{field(Int64), unsorted, one(Pieces{[][]int64{{1, 2}}, []Piece{{0, 1, 2}, {0, 1, 3}}}), `column "x": pieces of column 0 reach row 3, but it has 2`},
		{field(Int64), unsorted, one(Pieces{[][]int64{{1, 2}}, []Piece{{1, 0, 1}}}), `column "x": there are pieces of column 1, but there are 1 columns`},
		{field(Text), sorted, one(Codes[uint8]{[]uint8{0, 1}, []string{"a", "b"}, []uint32{1, 0}}), `column "x": rows must ascend, but value 1 is less than the one before it`},
		{field(Text), unsorted, one(Texts{Offsets: []uint32{0, 3, 2}, Bytes: []byte("abc")}), `column "x": the offsets of row 1 go back from 3 to 2`},
		{field(Text), unsorted, one(Texts{Offsets: []uint32{0, 4}, Bytes: []byte("abc")}), `column "x": the offsets reach 4, but there are only 3 entries`},
		{field(TextList), unsorted, one(TextLists{Offsets: []uint32{0, 1}, Codes: []uint32{1}, Dictionary: []string{"a"}}), `column "x": element 0 has code 1, but the dictionary has 1 entries`},
		{field(Boolean), unsorted, one(Flags{[]byte{3}}), `column "x": row 0 has flag 3; it is 0 for false, 1 for true, 2 for null`},
		{field(Text), unsorted, one(Runs{[]uint32{1, 2}, texts([]any{"a"}, false)}), `column "x": 2 run lengths for 1 values`},
		{nullable(Text), unsorted, one(Runs{[]uint32{1}, texts([]any{nil}, true)}), `column "x": the values of runs cannot be null`},
		{field(Int64), sorted, one(Int64s{Values: []int64{1, 3, 2}}), `column "x": rows must ascend, but value 2 is less than the one before it`},
		{field(Text), sorted, one(Runs{[]uint32{2, 0, 1}, texts([]any{"b", "c", "a"}, false)}), `column "x": rows must ascend, but value 2 is less than the one before it`},
		{field(Text), sorted, one(Codes[uint8]{[]uint8{0, 1}, []string{"b", "a"}, nil}), `column "x": rows must ascend, but value 1 is less than the one before it`},
		{nullable(Int64), sorted, one(Int64s{Values: []int64{Null, 3}}), `column "x": rows must ascend, nulls last, but row 1 follows a null`},
	}
	for _, test := range tests {
		w := NewWriter(new(bytes.Buffer), test.fields, test.o)
		err := w.Write(test.columns)
		if err == nil || err.Error() != test.want {
			t.Errorf("%v with %+v says %v\nnot %s", test.fields, test.columns, err, test.want)
			continue
		}
		if _, closed := w.Close(); closed == nil || closed.Error() != test.want {
			t.Errorf("after %q, Close says %v", test.want, closed)
		}
	}
}

// full fails at the n-th byte.
type full struct{ left int }

var errFull = errors.New("no space left")

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.left {
		return f.left, errFull
	}
	f.left -= len(p)
	return len(p), nil
}

// TestDestinationFails: wherever writing fails, the error comes back from Write or Close.
func TestDestinationFails(t *testing.T) {
	table := newBreakdown(30_000)
	size := len(encoded(t, breakdownFields, Options{}, table.columns()))
	for _, room := range []int{0, 3, 1000, size / 2, size - 1, size} {
		w := NewWriter(&full{left: room}, breakdownFields, Options{})
		w.Write(table.columns())
		if _, err := w.Close(); room < size && !errors.Is(err, errFull) || room == size && err != nil {
			t.Errorf("with room for %d of %d bytes Close says %v", room, size, err)
		}
		if err := w.Write(table.columns()); err == nil || !strings.Contains(err.Error(), "closed") {
			t.Errorf("a write after Close says %v", err)
		}
	}
}
