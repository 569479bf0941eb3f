package parquetio

import (
	"io"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// int96Column is an INT96 column of a row group. arrow-go turns INT96 into nanoseconds and refuses years before 1677 and
// after 2262, such as the 9999-12-31 that stands for "never" in many a table. So these columns go by Pages, and
// become microseconds in a row group that holds such a year.
type int96Column struct {
	typ    *arrow.TimestampType
	values []int64
	valid  []bool
}

// readInt96 reads a flat INT96 column of one row group.
func readInt96(f *File, src io.ReaderAt, rowGroup, column int) (*int96Column, error) {
	rows := f.RowGroupRows(rowGroup)
	if rows > f.limits.MaxPageBytes/bytesPerValue {
		return nil, (&Error{File: f.name, RowGroup: rowGroup, Column: f.columns[column].Name, Row: -1}).with(
			tooBig("the row group has %d INT96 values, more than the limit of %d", rows, f.limits.MaxPageBytes/bytesPerValue))
	}
	c := &int96Column{typ: &arrow.TimestampType{Unit: arrow.Nanosecond, TimeZone: "UTC"}}
	// Whether nanoseconds will do is known only after the last value.
	seconds, nanos := []int64(nil), []int32(nil)
	err := NewReader().Pages(f, src, rowGroup, column, func(p *Page) error {
		values, next := p.Int96, 0
		if p.Dict != nil {
			values = p.Dict.Values.Int96
		}
		for row := range p.Rows {
			var s int64
			var n int32
			present := p.Valid == nil || p.Valid[row] == 1
			if present {
				i := next
				if p.Dict != nil {
					i = int(p.Codes[next])
				}
				s, n = values[i].Unix()
				next++
			}
			const mostInNanos = math.MaxInt64/1_000_000_000 - 1
			if s < -mostInNanos || s > mostInNanos {
				c.typ.Unit = arrow.Microsecond
			}
			seconds, nanos, c.valid = append(seconds, s), append(nanos, n), append(c.valid, present)
		}
		return nil
	})
	c.values = seconds
	for i, s := range seconds {
		if c.typ.Unit == arrow.Nanosecond {
			c.values[i] = s*1_000_000_000 + int64(nanos[i])
		} else {
			c.values[i] = s*1_000_000 + int64(nanos[i])/1000
		}
	}
	return c, err
}

// slice gives n rows from row from on.
func (c *int96Column) slice(from, n int64) arrow.Array {
	b := array.NewTimestampBuilder(memory.DefaultAllocator, c.typ)
	defer b.Release()
	b.Reserve(int(n))
	for i := from; i < from+n; i++ {
		if c.valid[i] {
			b.UnsafeAppend(arrow.Timestamp(c.values[i]))
		} else {
			b.AppendNull()
		}
	}
	return b.NewArray()
}
