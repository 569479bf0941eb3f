package published

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"leadscore/pipeline/parquetio"
)

// Column is a column of some rows. Of Ints, Floats and Texts one has a value a row; a row that is null has a zero value there.
//
//	Ints     integers (unsigned ones by their bits), booleans (0, 1), days, microseconds since 1970 or midnight, unscaled decimals
//	Floats   floats
//	Texts    text, binary, decimals of more than 18 digits in two's complement, the highest byte first, and lists of text, joined
type Column struct {
	Name   string
	Type   arrow.DataType // as in the table; of a list of text that of text
	Ints   []int64
	Floats []float64
	Texts  []string
	Null   []bool // one a row; nil: none is null
	n      int

	entries []string // of the dictionary of the row group that is being read; nil: not asked for yet
}

// listSeparator stands between the texts of a list that became one text.
const listSeparator = "; "

// NewColumn gives a column without rows.
func NewColumn(name string, typ arrow.DataType) *Column { return &Column{Name: name, Type: typ} }

// Len is the number of rows.
func (c *Column) Len() int { return c.n }

// IsNull tells whether a row has no value.
func (c *Column) IsNull(row int) bool { return c.Null != nil && c.Null[row] }

// form says which of a column's slices holds its values.
type form uint8

const (
	ints form = iota
	floats
	texts
)

func formOf(t arrow.DataType) form {
	switch t.ID() {
	case arrow.FLOAT32, arrow.FLOAT64:
		return floats
	case arrow.STRING, arrow.LARGE_STRING, arrow.BINARY, arrow.FIXED_SIZE_BINARY:
		return texts
	case arrow.DECIMAL128:
		if t.(*arrow.Decimal128Type).Precision > 18 {
			return texts
		}
	}
	return ints
}

// grow makes room for so many rows, if there is none yet.
func (c *Column) grow(rows int) {
	if c.n > 0 {
		return
	}
	switch formOf(c.Type) {
	case ints:
		c.Ints = slices.Grow(c.Ints, rows)
	case floats:
		c.Floats = slices.Grow(c.Floats, rows)
	default:
		c.Texts = slices.Grow(c.Texts, rows)
	}
}

// AppendNull appends rows without a value.
func (c *Column) AppendNull(rows int) {
	if c.Null == nil {
		c.Null = make([]bool, c.n, c.n+rows)
	}
	for range rows {
		c.Null = append(c.Null, true)
	}
	switch formOf(c.Type) {
	case ints:
		c.Ints = append(c.Ints, make([]int64, rows)...)
	case floats:
		c.Floats = append(c.Floats, make([]float64, rows)...)
	default:
		c.Texts = append(c.Texts, make([]string, rows)...)
	}
	c.n += rows
}

// AppendInt appends a value to a column of Ints.
func (c *Column) AppendInt(v int64) {
	c.Ints = append(c.Ints, v)
	c.present(1)
}

// AppendText appends a value to a column of Texts.
func (c *Column) AppendText(v string) {
	c.Texts = append(c.Texts, v)
	c.present(1)
}

func (c *Column) present(rows int) {
	c.n += rows
	if c.Null != nil {
		c.Null = append(c.Null, make([]bool, rows)...)
	}
}

// AppendRows appends rows of another column of the same type, in the order given; a row below 0 stands for one without a value.
func (c *Column) AppendRows(from *Column, rows []int32) {
	if c.Null == nil && (from.Null != nil || slices.ContainsFunc(rows, func(row int32) bool { return row < 0 })) {
		c.Null = make([]bool, c.n, c.n+len(rows))
	}
	switch formOf(c.Type) {
	case ints:
		c.Ints = appendRows(c.Ints, from.Ints, rows)
	case floats:
		c.Floats = appendRows(c.Floats, from.Floats, rows)
	default:
		c.Texts = appendRows(c.Texts, from.Texts, rows)
	}
	if c.Null != nil {
		for _, row := range rows {
			c.Null = append(c.Null, row < 0 || from.IsNull(int(row)))
		}
	}
	c.n += len(rows)
}

func appendRows[T any](to, from []T, rows []int32) []T {
	to = slices.Grow(to, len(rows))
	for _, row := range rows {
		var v T
		if row >= 0 {
			v = from[row]
		}
		to = append(to, v)
	}
	return to
}

// Take gives rows of columns, in the order asked for, as columns of their own.
func Take(columns []*Column, rows []int32) []*Column {
	taken := make([]*Column, len(columns))
	for i, c := range columns {
		taken[i] = NewColumn(c.Name, c.Type)
		taken[i].AppendRows(c, rows)
	}
	return taken
}

// appendPage appends the rows [from, to) of a page.
func (c *Column) appendPage(p *parquetio.Page, from, to int) {
	values := &p.Values
	if p.Dict != nil {
		values = &p.Dict.Values
	}
	at := from // among the present rows
	if p.Valid != nil {
		at = 0
		for _, v := range p.Valid[:from] {
			at += int(v)
		}
	}
	for row := from; row < to; row++ {
		if p.Valid != nil && p.Valid[row] == 0 {
			c.AppendNull(1)
			continue
		}
		switch {
		case p.Dict == nil:
			c.appendValue(values, at)
		case formOf(c.Type) == texts:
			if c.entries == nil {
				for i := range p.Dict.Len() {
					c.entries = append(c.entries, string(p.Dict.Bytes(i)))
				}
			}
			c.AppendText(c.entries[p.Codes[at]])
		default:
			c.appendValue(values, int(p.Codes[at]))
		}
		at++
	}
}

func (c *Column) appendValue(v *parquetio.Values, i int) {
	switch {
	case len(v.Int64) > 0:
		c.Ints = append(c.Ints, v.Int64[i])
	case len(v.Int32) > 0:
		n := int64(v.Int32[i])
		if c.Type.ID() == arrow.UINT32 {
			n = int64(uint32(v.Int32[i]))
		}
		c.Ints = append(c.Ints, n)
	case len(v.Bools) > 0:
		n := int64(0)
		if v.Bools[i] {
			n = 1
		}
		c.Ints = append(c.Ints, n)
	case len(v.Float64) > 0:
		c.Floats = append(c.Floats, v.Float64[i])
	case len(v.Float32) > 0:
		c.Floats = append(c.Floats, float64(v.Float32[i]))
	default:
		c.Texts = append(c.Texts, string(v.At(i)))
	}
	c.present(1)
}

// read appends rows [from, to) of a column of a row group.
func (p *part) read(ctx context.Context, r *parquetio.Reader, group int, c *Column, from, to int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	column, ok := p.columns[c.Name]
	if !ok {
		c.AppendNull(int(to - from))
		return nil
	}
	if p.file.Columns()[column].Leaf < 0 {
		return p.readLists(ctx, group, column, c, from, to)
	}
	c.entries = nil
	visit := func(first int64, page *parquetio.Page) error {
		low, high := max(first, from)-first, min(first+int64(page.Rows), to)-first
		if low < high {
			c.grow(int(to - from))
			c.appendPage(page, int(low), int(high))
		}
		return nil
	}
	return p.pages(r, group, column, from, to, visit)
}

// pages visits the pages of a flat column that hold rows [from, to), with the row that each begins at.
func (p *part) pages(r *parquetio.Reader, group, column int, from, to int64, visit func(first int64, page *parquetio.Page) error) error {
	index, err := p.indexes.Column(group, column)
	if err != nil {
		return err
	}
	if index != nil && (from > 0 || to < p.file.RowGroupRows(group)) {
		return r.Rows(p.file, p.src, group, column, index, from, to, visit)
	}
	first := int64(0)
	return r.Pages(p.file, p.src, group, column, func(page *parquetio.Page) error {
		err := visit(first, page)
		first += int64(page.Rows)
		return err
	})
}

// readLists appends rows of a column of lists of text.
func (p *part) readLists(ctx context.Context, group, column int, c *Column, from, to int64) error {
	row := int64(0)
	return p.file.Records(ctx, p.src, []int{column}, group, 0, func(batch arrow.RecordBatch) error {
		lists, ok := batch.Column(0).(*array.List)
		if !ok {
			return fmt.Errorf("%s: column %q is %s, which cannot be read here", p.file.Name(), c.Name, batch.Column(0).DataType())
		}
		elements := lists.ListValues()
		for i := range lists.Len() {
			switch {
			case row < from || row >= to:
			case lists.IsNull(i):
				c.AppendNull(1)
			default:
				start, end := lists.ValueOffsets(i)
				all := make([]string, 0, end-start)
				for k := start; k < end; k++ {
					all = append(all, elements.ValueStr(int(k)))
				}
				c.AppendText(strings.Join(all, listSeparator))
			}
			row++
		}
		return nil
	})
}

// newColumn gives a column of a part's type, false where the part has none of the name.
func (p *part) newColumn(name string) (*Column, bool) {
	i, ok := p.columns[name]
	if !ok {
		return nil, false
	}
	typ := p.file.Columns()[i].Arrow
	if p.file.Columns()[i].Leaf < 0 {
		typ = arrow.BinaryTypes.String
	}
	return NewColumn(name, typ), true
}
