package published

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Array gives the column as an Arrow array, for filters. Numbers of any width become int64 or uint64, floats float64.
func (c *Column) Array() arrow.Array {
	switch c.Type.ID() {
	case arrow.INT64, arrow.INT32, arrow.INT16, arrow.INT8, arrow.UINT32, arrow.UINT16, arrow.UINT8:
		return c.fixed(arrow.PrimitiveTypes.Int64, arrow.Int64Traits.CastToBytes(c.Ints))
	case arrow.UINT64:
		return c.fixed(arrow.PrimitiveTypes.Uint64, arrow.Int64Traits.CastToBytes(c.Ints))
	case arrow.TIMESTAMP, arrow.TIME64:
		return c.fixed(c.Type, arrow.Int64Traits.CastToBytes(c.Ints))
	case arrow.FLOAT32, arrow.FLOAT64:
		return c.fixed(arrow.PrimitiveTypes.Float64, arrow.Float64Traits.CastToBytes(c.Floats))
	}
	b := array.NewBuilder(memory.DefaultAllocator, c.Type)
	b.Reserve(c.n)
	for row := range c.n {
		if c.IsNull(row) {
			b.AppendNull()
			continue
		}
		switch b := b.(type) {
		case *array.StringBuilder:
			b.Append(c.Texts[row])
		case *array.BooleanBuilder:
			b.Append(c.Ints[row] != 0)
		case *array.Date32Builder:
			b.Append(arrow.Date32(c.Ints[row]))
		case *array.Decimal128Builder:
			scale := c.Type.(*arrow.Decimal128Type).Scale
			v, err := decimal128.FromString(string(decimal(c, row, int(scale))), c.Type.(*arrow.Decimal128Type).Precision, scale)
			if err != nil {
				b.AppendNull()
			} else {
				b.Append(v)
			}
		default: // what no operator but a test for a value can read
			b.AppendEmptyValue()
		}
	}
	return b.NewArray()
}

// fixed wraps values of 8 bytes each.
func (c *Column) fixed(typ arrow.DataType, values []byte) arrow.Array {
	var valid *memory.Buffer
	nulls := 0
	if c.Null != nil {
		bits := make([]byte, bitutil.BytesForBits(int64(c.n)))
		for row, null := range c.Null {
			if null {
				nulls++
			} else {
				bitutil.SetBit(bits, row)
			}
		}
		valid = memory.NewBufferBytes(bits)
	}
	data := array.NewData(typ, c.n, []*memory.Buffer{valid, memory.NewBufferBytes(values)}, nil, nulls, 0)
	return array.MakeFromData(data)
}
