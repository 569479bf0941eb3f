package encode

import (
	"encoding/binary"
	"math"
	"unsafe"
)

// bound is one value of a column: in which member it stands depends on the leaf's kind. Integers stand as they are written,
// unsigned ones with the same bits, truth values as 0 and 1.
type bound struct {
	number int64
	float  float64
	text   string
}

// less orders values as the format defines it for the leaf's type.
func (l *leaf) less(a, b bound) bool {
	switch {
	case l.kind == kindFloat:
		return a.float < b.float
	case l.kind == kindBytes && l.physical == physicalFixed:
		return lessTwosComplement(a.text, b.text)
	case l.kind == kindBytes:
		return a.text < b.text
	case l.unsigned:
		return uint64(a.number) < uint64(b.number)
	default:
		return a.number < b.number
	}
}

// lessTwosComplement compares numbers of the same length that have their highest byte first.
func lessTwosComplement(a, b string) bool {
	if a == "" || b == "" {
		return a < b
	}
	if x, y := a[0]^0x80, b[0]^0x80; x != y {
		return x < y
	}
	return a[1:] < b[1:]
}

// appendBound appends a value as statistics hold it: PLAIN, but texts without their length.
func (l *leaf) appendBound(dst []byte, b bound) []byte {
	switch {
	case l.kind == kindBytes:
		return append(dst, b.text...)
	case l.kind == kindBoolean:
		return append(dst, byte(b.number))
	case l.physical == physicalFloat:
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(b.float)))
	case l.kind == kindFloat:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(b.float))
	case l.width == 4:
		return binary.LittleEndian.AppendUint32(dst, uint32(b.number))
	default:
		return binary.LittleEndian.AppendUint64(dst, uint64(b.number))
	}
}

// appendPlain appends a value as PLAIN pages and dictionaries hold it.
func (l *leaf) appendPlain(dst []byte, b bound) []byte {
	if l.physical == physicalByteArray {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(b.text)))
	}
	return l.appendBound(dst, b)
}

// plainSize gives the bytes that appendPlain would append.
func (l *leaf) plainSize(b bound) int {
	if l.physical == physicalByteArray {
		return 4 + len(b.text)
	}
	return l.width
}

// mostSeconds are the most that microseconds can hold.
const mostSeconds = math.MaxInt64 / 1_000_000

// micros turns seconds into microseconds, as far as they can be held.
func micros(seconds int64) int64 {
	switch {
	case seconds > mostSeconds:
		return math.MaxInt64
	case seconds < -mostSeconds:
		return math.MinInt64
	}
	return seconds * 1_000_000
}

// stored turns an integer as it is given into the one that is written.
func (l *leaf) stored(v int64) int64 {
	if l.seconds {
		return micros(v)
	}
	return v
}

// values is a sequence of values of one leaf, none of them null: a dictionary, or the ids of runs.
type values struct {
	leaf    *leaf
	numbers []int64
	floats  []float64
	texts   []string
	offsets []uint32 // with bytes, instead of texts
	bytes   []byte
}

// at gives a value as it is written.
func (v *values) at(i int) bound {
	switch {
	case v.leaf.kind == kindInt:
		return bound{number: v.leaf.stored(v.numbers[i])}
	case v.leaf.kind == kindFloat:
		return bound{float: v.floats[i]}
	case v.texts != nil:
		return bound{text: v.texts[i]}
	default:
		return bound{text: textOf(v.bytes[v.offsets[i]:v.offsets[i+1]])}
	}
}

// textOf looks at bytes as a text without copying them. Columns are only read during Write, so the text does not outlive them.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// signedOf looks at unsigned integers as signed ones of the same bits.
func signedOf(v []uint64) []int64 {
	return unsafe.Slice((*int64)(unsafe.Pointer(unsafe.SliceData(v))), len(v))
}
