package match

import (
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// leafRows reads arrays of plain values. The loops run over all values, nulls included, and what a null gives is set after.
func (m *Matcher) leafRows(values arrow.Array, r *reading, out []bool) {
	switch a := values.(type) {
	case *array.String:
		textRows(m, a, r, out)
	case *array.LargeString:
		textRows(m, a, r, out)
	case *array.StringView:
		textRows(m, a, r, out)
	case *array.Binary:
		binaryRows(m, a, r, out)
	case *array.LargeBinary:
		binaryRows(m, a, r, out)
	case *array.BinaryView:
		binaryRows(m, a, r, out)
	case *array.FixedSizeBinary:
		binaryRows(m, a, r, out)
	case *array.Boolean:
		for i := range out {
			out[i] = m.truth[0] && !a.Value(i) || m.truth[1] && a.Value(i)
		}
	case *array.Int8:
		signedRows(&m.numbers.signed, a.Int8Values(), out)
	case *array.Int16:
		signedRows(&m.numbers.signed, a.Int16Values(), out)
	case *array.Int32:
		signedRows(&m.numbers.signed, a.Int32Values(), out)
	case *array.Int64:
		signedRows(&m.numbers.signed, a.Int64Values(), out)
	case *array.Uint8:
		unsignedRows(&m.numbers.unsigned, a.Uint8Values(), out)
	case *array.Uint16:
		unsignedRows(&m.numbers.unsigned, a.Uint16Values(), out)
	case *array.Uint32:
		unsignedRows(&m.numbers.unsigned, a.Uint32Values(), out)
	case *array.Uint64:
		unsignedRows(&m.numbers.unsigned, a.Uint64Values(), out)
	case *array.Float16:
		for i, v := range a.Values() {
			f := float16Value(v.Uint16())
			out[i] = inside(&m.numbers.float16, f) || m.missing && f != f
		}
	case *array.Float32:
		floatRows(&m.numbers.float32, a.Float32Values(), m.missing, out)
	case *array.Float64:
		floatRows(&m.numbers.float64, a.Float64Values(), m.missing, out)
	case *array.Decimal32:
		signedRows(&m.decimals(a).short, a.Values(), out)
	case *array.Decimal64:
		signedRows(&m.decimals(a).short, a.Values(), out)
	case *array.Decimal128:
		decimalRows(&m.decimals(a).d128, a.Values(), out)
	case *array.Decimal256:
		decimalRows(&m.decimals(a).d256, a.Values(), out)
	case *array.Date32, *array.Date64:
		clock := m.clockOf(r)
		for i := range out {
			out[i] = m.dates.holds(dayAt(values, i), clock)
		}
	case *array.Timestamp:
		m.timeRows(a, r, out)
	default:
		fill(out, !m.never)
	}
	if values.NullN() > 0 {
		for i := range out {
			if values.IsNull(i) {
				out[i] = m.missing
			}
		}
	}
}

// decimals gives the limits for an array's scale.
func (m *Matcher) decimals(a arrow.Array) *decimalLimits {
	return m.numbers.ofScale(int(a.DataType().(arrow.DecimalType).GetScale()))
}

func textRows[A interface {
	IsNull(int) bool
	Value(int) string
}](m *Matcher, a A, r *reading, out []bool) {
	for i := range out {
		if !a.IsNull(i) {
			s := a.Value(i)
			out[i] = m.textRow(unsafe.Slice(unsafe.StringData(s), len(s)), r) // read only, and not kept
		}
	}
}

func binaryRows[A interface {
	IsNull(int) bool
	Value(int) []byte
}](m *Matcher, a A, r *reading, out []bool) {
	if m.typ.Kind != Text {
		fill(out, !m.never)
		return
	}
	for i := range out {
		if !a.IsNull(i) {
			out[i] = m.textRow(a.Value(i), r)
		}
	}
}

// textRow is Text with texts that mean missing.
func (m *Matcher) textRow(value []byte, r *reading) bool {
	text := trim(value)
	if len(text) == 0 {
		return m.missing
	}
	text = compose(text)
	var folded []byte
	if m.text.folded || r.nulls != nil {
		r.folded = fold(r.folded[:0], text)
		folded = r.folded
	}
	if r.nulls != nil && r.nulls(folded) {
		return m.missing
	}
	return m.text.holds(text, folded)
}

func signedRows[T ~int8 | ~int16 | ~int32 | ~int64](l *limits[int64], values []T, out []bool) {
	if l.set != nil {
		for i, v := range values {
			out[i] = inside(l, int64(v))
		}
		return
	}
	lo, hi := l.lo, l.hi
	for i, v := range values {
		out[i] = int64(v) >= lo && int64(v) <= hi
	}
}

func unsignedRows[T ~uint8 | ~uint16 | ~uint32 | ~uint64](l *limits[uint64], values []T, out []bool) {
	if l.set != nil {
		for i, v := range values {
			out[i] = inside(l, uint64(v))
		}
		return
	}
	lo, hi := l.lo, l.hi
	for i, v := range values {
		out[i] = uint64(v) >= lo && uint64(v) <= hi
	}
}

func floatRows[T ~float32 | ~float64](l *limits[float64], values []T, missing bool, out []bool) {
	for i, v := range values {
		out[i] = inside(l, float64(v)) || missing && v != v
	}
}

func decimalRows[T comparer[T]](l *limits[T], values []T, out []bool) {
	for i, v := range values {
		out[i] = between(l, v)
	}
}

// dayAt reads a date of either width as days since 1970.
func dayAt(values arrow.Array, row int) int64 {
	switch a := values.(type) {
	case *array.Date32:
		return int64(a.Value(row))
	case *array.Date64:
		day, _ := floorDivide(int64(a.Value(row)), secondsPerDay*1000)
		return day
	}
	return 0
}

// timeRows compares instants with the limits in the column's own unit; local times become instants first.
func (m *Matcher) timeRows(a *array.Timestamp, r *reading, out []bool) {
	t := a.DataType().(*arrow.TimestampType)
	if t.TimeZone != "" {
		signedRows(&m.times.zoned[t.Unit], a.TimestampValues(), out)
		return
	}
	clock, per, l := m.clockOf(r), perSecond(t.Unit), &m.times.local[t.Unit]
	for i, v := range a.TimestampValues() {
		second, fraction := floorDivide(int64(v), per)
		out[i] = between(l, moment{clock.Seconds(second), fraction})
	}
}
