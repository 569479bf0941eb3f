package encode

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"
	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"
)

// order compares values as a reader of statistics does, independently of the writer.
func order(a, b any) int {
	switch a := a.(type) {
	case int64:
		return cmp.Compare(a, b.(int64))
	case uint64:
		return cmp.Compare(a, b.(uint64))
	case float64:
		return cmp.Compare(a, b.(float64))
	case string:
		return strings.Compare(a, b.(string))
	case bool:
		return one(a) - one(b.(bool))
	}
	panic(fmt.Sprintf("%T", a))
}

// TestStatistics compares null counts and bounds, of chunks and of each page, with those of the values.
func TestStatistics(t *testing.T) {
	const rows, pageRows = 2000, 256
	var fields []Field
	var columns []Column
	var wants [][]any
	for _, s := range samples(rows, rand.New(rand.NewPCG(3, 3))) {
		if d, ok := s.field.Type.(DecimalType); ok && d.Precision > 18 {
			continue // TestDecimalBounds
		}
		fields, columns, wants = append(fields, s.field), append(columns, s.column), append(wants, s.want)
	}
	data := encoded(t, fields, Options{SortedBy: -1, Bloom: -1, PageRows: pageRows}, columns)
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	arrow, err := file.NewParquetReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for i, chunk := range f.RowGroups()[0].ColumnChunks() {
		name, l := fields[i].Name, leafOf(t, fields[i].Type)
		whole := f.Metadata().RowGroups[0].Columns[i].MetaData.Statistics
		check := func(where string, want []any, nulls int64, low, high any, bounded bool) {
			var least, most any
			missing := int64(0)
			for _, v := range elements(want) {
				if v == nil {
					missing++
					continue
				}
				if least == nil || order(v, least) < 0 {
					least = v
				}
				if most == nil || order(v, most) > 0 {
					most = v
				}
			}
			if nulls != missing {
				t.Errorf("%s %s: %d nulls, not %d", name, where, nulls, missing)
			}
			if bounded != (least != nil) || bounded && (order(low, least) != 0 || order(high, most) != 0) {
				t.Errorf("%s %s: bounds %v and %v, not %v and %v", name, where, low, high, least, most)
			}
		}
		stats, err := mustChunk(arrow, i).Statistics()
		if err != nil {
			t.Fatal(err)
		}
		if stats.HasMinMax() {
			kind := parquet.Kind(l.physical)
			check("chunk", wants[i], whole.NullCount,
				parquetGoValue(&l, kind.Value(stats.EncodeMin())), parquetGoValue(&l, kind.Value(stats.EncodeMax())), true)
		} else {
			check("chunk", wants[i], whole.NullCount, nil, nil, false)
		}
		columnIndex, err := chunk.ColumnIndex()
		if err != nil {
			t.Fatal(err)
		}
		offsetIndex, err := chunk.OffsetIndex()
		if err != nil {
			t.Fatal(err)
		}
		if want := (rows + pageRows - 1) / pageRows; columnIndex.NumPages() != want || offsetIndex.NumPages() != want {
			t.Fatalf("%s: indexes of %d and %d pages, not %d", name, columnIndex.NumPages(), offsetIndex.NumPages(), want)
		}
		ascending, before := true, any(nil)
		for p := range columnIndex.NumPages() {
			from := int(offsetIndex.FirstRowIndex(p))
			if from != p*pageRows {
				t.Errorf("%s: page %d starts at row %d", name, p, from)
			}
			page := wants[i][from:min(rows, from+pageRows)]
			if columnIndex.NullPage(p) {
				check("null page", page, columnIndex.NullCount(p), nil, nil, false)
				continue
			}
			low := parquetGoValue(&l, columnIndex.MinValue(p))
			check(fmt.Sprint("page ", p), page, columnIndex.NullCount(p), low, parquetGoValue(&l, columnIndex.MaxValue(p)), true)
			ascending = ascending && (before == nil || order(before, low) <= 0)
			before = low
		}
		if columnIndex.IsAscending() && !ascending {
			t.Errorf("%s: said to ascend, but does not", name)
		}
	}
}

func mustChunk(f *file.Reader, i int) *metadata.ColumnChunkMetaData {
	chunk, err := f.MetaData().RowGroup(0).ColumnChunk(i)
	if err != nil {
		panic(err)
	}
	return chunk
}

// elements gives the elements of lists, nil for each list that is null or empty; other values stay as they are.
func elements(want []any) (flat []any) {
	for _, v := range want {
		list, ok := v.([]string)
		switch {
		case !ok:
			flat = append(flat, v)
		case len(list) == 0:
			flat = append(flat, nil)
		}
		for _, text := range list {
			flat = append(flat, text)
		}
	}
	return flat
}

// TestLookup: the page index leads a reader that looks for one contact to the pages with its rows and to hardly any other.
func TestLookup(t *testing.T) {
	const pageRows = 1024
	table := newBreakdown(50_000)
	single := Texts{Offsets: []uint32{0}}
	for _, id := range table.idOf {
		single.Bytes = append(single.Bytes, id...)
		single.Offsets = append(single.Offsets, uint32(len(single.Bytes)))
	}
	for name, column := range map[string]Column{"runs": Runs{table.lengths, table.ids}, "texts": single} {
		data := encoded(t, breakdownFields[:1], Options{PageRows: pageRows}, []Column{column})
		f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		index, err := f.RowGroups()[0].ColumnChunks()[0].ColumnIndex()
		if err != nil {
			t.Fatal(err)
		}
		if !index.IsAscending() {
			t.Errorf("%s: pages are not said to ascend", name)
		}
		for p := range index.NumPages() {
			first, last := table.idOf[p*pageRows], table.idOf[min(table.rows, (p+1)*pageRows)-1]
			if low, high := index.MinValue(p).String(), index.MaxValue(p).String(); low != first || high != last {
				t.Errorf("%s: page %d goes from %s to %s, not from %s to %s", name, p, low, high, first, last)
			}
		}
	}
}

func leafOf(t testing.TB, of Type) leaf {
	l, err := of.leaf()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestCutBounds: whatever a long text is, the cut bounds enclose it and are characters still.
func TestCutBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Repeat(rapid.SampledFrom([]string{"", "a", "ö", "\U0010ffff", "\ud7ff", "😀"}).Draw(t, "r"), 300) +
			rapid.StringN(0, 300, -1).Draw(t, "tail")
		for _, l := range []leaf{basicLeaves[Text], basicLeaves[Binary]} {
			low, lowExact := l.lowest(nil, bound{text: text})
			high, highExact := l.highest(nil, bound{text: text})
			if string(low) > text || string(high) < text {
				t.Fatalf("%q is not between %q and %q", text, low, high)
			}
			if lowExact != (string(low) == text) || highExact != (string(high) == text) {
				t.Fatalf("wrongly said to be exact or not: %v %v", lowExact, highExact)
			}
			if l.isText() && utf8.ValidString(text) && !(utf8.Valid(low) && utf8.Valid(high)) {
				t.Fatalf("%q or %q is no text", low, high)
			}
			if len(low) > maxBoundBytes || len(high) > maxBoundBytes && !highExact {
				t.Fatalf("bounds of %d and %d bytes", len(low), len(high))
			}
		}
	})
}

func TestDecimalBounds(t *testing.T) {
	l := leafOf(t, DecimalType{30, 0})
	number := func(high byte, low byte) string {
		return string(append(bytes.Repeat([]byte{high}, l.width-1), low))
	}
	ordered := []string{number(0x80, 0), number(0xff, 0), number(0xff, 255), number(0, 0), number(0, 1), number(0x7f, 0)}
	for i, a := range ordered {
		for j, b := range ordered {
			if got := l.less(bound{text: a}, bound{text: b}); got != (i < j) {
				t.Errorf("%x < %x is %v", a, b, got)
			}
		}
	}
}
