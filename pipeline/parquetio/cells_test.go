package parquetio

import (
	"context"
	"fmt"
	"io"
	"math"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// A cell is one value of one row in the plainest form: nil, bool, int32, int64, float bits as uint32 or uint64, or a string.
// An INT96 is its nanoseconds since 1970.

// pageCells gives the cells of a page.
func pageCells(p *Page) []any {
	values, n := &p.Values, p.Present()
	if p.Dict != nil {
		values = &p.Dict.Values
	}
	cells := make([]any, 0, p.Rows)
	next := 0
	for row := range p.Rows {
		if p.Valid != nil && p.Valid[row] == 0 {
			cells = append(cells, nil)
			continue
		}
		i := next
		if p.Dict != nil {
			i = int(p.Codes[next])
		}
		next++
		cells = append(cells, valueCell(values, i))
	}
	if next != n {
		return append(cells, fmt.Sprintf("page says %d present, has %d", next, n))
	}
	return cells
}

func valueCell(v *Values, i int) any {
	switch {
	case len(v.Int32) > 0:
		return v.Int32[i]
	case len(v.Int64) > 0:
		return v.Int64[i]
	case len(v.Int96) > 0:
		s, n := v.Int96[i].Unix()
		return s*1e9 + int64(n)
	case len(v.Float32) > 0:
		return math.Float32bits(v.Float32[i])
	case len(v.Float64) > 0:
		return math.Float64bits(v.Float64[i])
	case len(v.Bools) > 0:
		return v.Bools[i]
	default:
		return string(v.At(i))
	}
}

// arrowCell gives the cell at row i.
func arrowCell(a arrow.Array, i int) any {
	if a.IsNull(i) {
		return nil
	}
	switch a := a.(type) {
	case *array.Boolean:
		return a.Value(i)
	case *array.Int32:
		return a.Value(i)
	case *array.Uint32:
		return int32(a.Value(i))
	case *array.Date32:
		return int32(a.Value(i))
	case *array.Int64:
		return a.Value(i)
	case *array.Timestamp:
		return int64(a.Value(i))
	case *array.Float32:
		return math.Float32bits(a.Value(i))
	case *array.Float64:
		return math.Float64bits(a.Value(i))
	case *array.Binary:
		return string(a.Value(i))
	case *array.FixedSizeBinary:
		return string(a.Value(i))
	case *array.String:
		return a.Value(i)
	case *array.Dictionary:
		return arrowCell(a.Dictionary(), a.GetValueIndex(i))
	default:
		return a.ValueStr(i)
	}
}

// pagesOf reads a column of all row groups by Pages.
func pagesOf(r *Reader, f *File, src io.ReaderAt, column int) ([]any, error) {
	cells := []any{}
	for g := range f.RowGroups() {
		err := r.Pages(f, src, g, column, func(p *Page) error {
			cells = append(cells, pageCells(p)...)
			return nil
		})
		if err != nil {
			return cells, err
		}
	}
	return cells, nil
}

// recordsOf reads a column of all row groups by Records, and tells whether any batch had it as a dictionary.
func recordsOf(f *File, src io.ReaderAt, column, batch int) (cells []any, coded bool, err error) {
	cells = []any{}
	for g := range f.RowGroups() {
		err := f.Records(context.Background(), src, []int{column}, g, batch, func(b arrow.RecordBatch) error {
			c := b.Column(0)
			coded = coded || c.DataType().ID() == arrow.DICTIONARY
			for i := range c.Len() {
				cells = append(cells, arrowCell(c, i))
			}
			return nil
		})
		if err != nil {
			return cells, coded, err
		}
	}
	return cells, coded, nil
}

// same compares cells and shows the first difference.
func same(t *testing.T, what string, got, want []any) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Errorf("%s: row %d is %#v, want %#v", what, i, got[i], want[i])
			return
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d rows, want %d", what, len(got), len(want))
	}
}
