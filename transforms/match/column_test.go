package match

import (
	"fmt"
	"math"
	"math/big"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/decimal256"
	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// plainTypes are the types of column that values come in.
var plainTypes = []arrow.DataType{
	arrow.BinaryTypes.String, arrow.BinaryTypes.LargeString, arrow.BinaryTypes.StringView,
	arrow.FixedWidthTypes.Boolean,
	arrow.PrimitiveTypes.Int8, arrow.PrimitiveTypes.Int16, arrow.PrimitiveTypes.Int32, arrow.PrimitiveTypes.Int64,
	arrow.PrimitiveTypes.Uint8, arrow.PrimitiveTypes.Uint16, arrow.PrimitiveTypes.Uint32, arrow.PrimitiveTypes.Uint64,
	arrow.FixedWidthTypes.Float16, arrow.PrimitiveTypes.Float32, arrow.PrimitiveTypes.Float64,
	&arrow.Decimal32Type{Precision: 9, Scale: 2}, &arrow.Decimal64Type{Precision: 18, Scale: 0},
	&arrow.Decimal128Type{Precision: 38, Scale: 10}, &arrow.Decimal256Type{Precision: 76, Scale: 38},
	&arrow.Decimal128Type{Precision: 10, Scale: -3},
	arrow.FixedWidthTypes.Date32, arrow.FixedWidthTypes.Date64,
	&arrow.TimestampType{Unit: arrow.Second, TimeZone: "UTC"}, &arrow.TimestampType{Unit: arrow.Millisecond, TimeZone: "America/New_York"},
	&arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, &arrow.TimestampType{Unit: arrow.Nanosecond, TimeZone: "UTC"},
	&arrow.TimestampType{Unit: arrow.Second}, &arrow.TimestampType{Unit: arrow.Millisecond},
	&arrow.TimestampType{Unit: arrow.Microsecond}, &arrow.TimestampType{Unit: arrow.Nanosecond},
}

// listTypes wrap a plain type.
func listTypes(elem arrow.DataType) []arrow.DataType {
	return []arrow.DataType{arrow.ListOf(elem), arrow.LargeListOf(elem), arrow.FixedSizeListOf(2, elem), arrow.ListViewOf(elem)}
}

// arrayOf builds an array of cells.
func arrayOf(t arrow.DataType, cells []any) arrow.Array {
	b := array.NewBuilder(memory.DefaultAllocator, t)
	defer b.Release()
	for _, c := range cells {
		appendCell(b, c)
	}
	return b.NewArray()
}

func appendCell(b array.Builder, cell any) {
	if cell == nil {
		b.AppendNull()
		return
	}
	number := func() int64 { return cell.(*big.Rat).Num().Int64() }
	switch b := b.(type) {
	case *array.StringBuilder:
		b.Append(cell.(string))
	case *array.LargeStringBuilder:
		b.Append(cell.(string))
	case *array.StringViewBuilder:
		b.Append(cell.(string))
	case *array.BooleanBuilder:
		b.Append(cell.(bool))
	case *array.Int8Builder:
		b.Append(int8(number()))
	case *array.Int16Builder:
		b.Append(int16(number()))
	case *array.Int32Builder:
		b.Append(int32(number()))
	case *array.Int64Builder:
		b.Append(number())
	case *array.Uint8Builder:
		b.Append(uint8(number()))
	case *array.Uint16Builder:
		b.Append(uint16(number()))
	case *array.Uint32Builder:
		b.Append(uint32(number()))
	case *array.Uint64Builder:
		b.Append(cell.(*big.Rat).Num().Uint64())
	case *array.Float16Builder:
		b.Append(float16.FromBits(halfBits(floatOf(cell))))
	case *array.Float32Builder:
		b.Append(float32(floatOf(cell)))
	case *array.Float64Builder:
		b.Append(floatOf(cell))
	case *array.Decimal32Builder:
		b.Append(decimal.Decimal32(unscaled(b.Type(), cell).Int64()))
	case *array.Decimal64Builder:
		b.Append(decimal.Decimal64(unscaled(b.Type(), cell).Int64()))
	case *array.Decimal128Builder:
		b.Append(decimal128.FromBigInt(unscaled(b.Type(), cell)))
	case *array.Decimal256Builder:
		b.Append(decimal256.FromBigInt(unscaled(b.Type(), cell)))
	case *array.Date32Builder:
		b.Append(arrow.Date32(cell.(int64)))
	case *array.Date64Builder:
		b.Append(arrow.Date64(cell.(int64)))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(cell.(int64)))
	case *array.ListViewBuilder:
		elements := cell.([]any)
		b.AppendWithSize(true, len(elements))
		for _, e := range elements {
			appendCell(b.ValueBuilder(), e)
		}
	case array.ListLikeBuilder:
		b.Append(true)
		for _, e := range cell.([]any) {
			appendCell(b.ValueBuilder(), e)
		}
	default:
		panic(fmt.Sprintf("%T", b))
	}
}

func floatOf(cell any) float64 {
	if f, ok := cell.(float64); ok {
		return f
	}
	f, exact := cell.(*big.Rat).Float64()
	if !exact {
		panic("cell is no float")
	}
	return f
}

// halfBits encodes a value that is a half.
func halfBits(f float64) uint16 {
	switch {
	case math.IsNaN(f):
		return 0x7e00
	case math.IsInf(f, 1):
		return 0x7c00
	case math.IsInf(f, -1):
		return 0xfc00
	}
	var sign uint16
	if math.Signbit(f) {
		sign, f = 0x8000, -f
	}
	if f < math.Ldexp(1, -14) {
		return sign | uint16(math.Ldexp(f, 24))
	}
	fraction, exponent := math.Frexp(f) // f = fraction · 2^exponent, 0.5 <= fraction < 1
	return sign | uint16(exponent+14)<<10 | uint16(math.Ldexp(fraction, 11))&0x3ff
}

// unscaled is the integer that a decimal column keeps for a value it can hold.
func unscaled(t arrow.DataType, cell any) *big.Int {
	scale := t.(arrow.DecimalType).GetScale()
	v := new(big.Rat).Set(cell.(*big.Rat))
	power := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(scale, -scale))), nil))
	if scale < 0 {
		power.Inv(power)
	}
	if v.Mul(v, power); !v.IsInt() {
		panic("cell does not fit the decimal's scale")
	}
	return v.Num()
}

// layout is one way an array can hold the same cells.
type layout struct {
	name  string
	build func(t arrow.DataType, cells []any) arrow.Array
}

var layouts = []layout{
	{"dense", arrayOf},
	{"sliced", func(t arrow.DataType, cells []any) arrow.Array {
		padded := append(append([]any{nil, nil, nil}, cells...), cells...)
		return array.NewSlice(arrayOf(t, padded), 3, int64(3+len(cells)))
	}},
	{"dictionary", func(t arrow.DataType, cells []any) arrow.Array { return dictionaryOf(t, cells, 0) }},
	{"dictionary longer than rows", func(t arrow.DataType, cells []any) arrow.Array { return dictionaryOf(t, cells, 3) }},
	{"sliced dictionary", func(t arrow.DataType, cells []any) arrow.Array {
		return array.NewSlice(dictionaryOf(t, append([]any{nil}, cells...), 1), 1, int64(1+len(cells)))
	}},
	{"runs", func(t arrow.DataType, cells []any) arrow.Array { return runEndsOf(t, cells) }},
	{"sliced runs", func(t arrow.DataType, cells []any) arrow.Array {
		padded := append(append([]any{nil, nil, nil}, cells...), nil)
		return array.NewSlice(runEndsOf(t, padded), 3, int64(3+len(cells)))
	}},
}

// dictionaryOf has the cells backwards as its dictionary, with unused entries in front; the index is null for every other null.
func dictionaryOf(t arrow.DataType, cells []any, unused int) arrow.Array {
	var entries []any
	for range unused {
		entries = append(entries, nil)
	}
	for i := range cells {
		entries = append(entries, cells[len(cells)-1-i])
	}
	for range unused {
		entries = append(entries, nil)
	}
	indices := make([]any, len(cells))
	for i, c := range cells {
		if c != nil || i%2 == 0 {
			indices[i] = big.NewRat(int64(unused+len(cells)-1-i), 1)
		}
	}
	typ := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int16, ValueType: t}
	return array.NewDictionaryArray(typ, arrayOf(arrow.PrimitiveTypes.Int16, indices), arrayOf(t, entries))
}

// runEndsOf has a run of two rows for each second cell where the next is the same, else of one.
func runEndsOf(t arrow.DataType, cells []any) arrow.Array {
	var values, ends []any
	for i := 0; i < len(cells); i++ {
		if i+1 < len(cells) && fmt.Sprint(cells[i]) == fmt.Sprint(cells[i+1]) {
			i++
		}
		values, ends = append(values, cells[i]), append(ends, big.NewRat(int64(i+1), 1))
	}
	return array.NewRunEndEncodedArray(arrayOf(arrow.PrimitiveTypes.Int32, ends), arrayOf(t, values), len(cells), 0)
}
