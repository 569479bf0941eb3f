package encode

import (
	"fmt"
	"math"
)

// Field describes one column of a table. A Nullable field is written as optional, any other as required.
type Field struct {
	Name     string
	Type     Type
	Nullable bool
}

// Type is what the values of a column are. The set is closed: the constants below, IntType and DecimalType.
type Type interface {
	// String gives the type's name as a person would write it, for example "timestamp (UTC, microseconds)".
	String() string
	leaf() (leaf, error)
}

type basicType uint8

// The types without parameters.
const (
	Text      basicType = iota // UTF-8 text
	Int64                      // signed, 64 bits
	Int32                      // signed, 32 bits
	Double                     // IEEE 754, 64 bits
	Float                      // IEEE 754, 32 bits
	Boolean                    // true or false
	Timestamp                  // given in seconds since 1970 UTC, written in microseconds; beyond what those can hold it saturates
	Instant                    // given and written in microseconds since 1970 UTC
	Date                       // days since 1970
	TimeOfDay                  // microseconds since midnight
	Binary                     // bytes without a meaning
	TextList                   // a list of UTF-8 texts, none of them null
)

// IntType is an integer of 8, 16, 32 or 64 bits.
type IntType struct {
	Bits   int
	Signed bool
}

// DecimalType is a decimal number of up to 38 digits, Scale of them after the point. Up to 18 digits its values are given
// as unscaled int64 (Int64s), beyond that as Texts whose bytes are the unscaled number in two's complement, the highest
// byte first, decimalBytes(Precision) long each.
type DecimalType struct {
	Precision, Scale int
}

// physical types of the Parquet format.
const (
	physicalBoolean   = 0
	physicalInt32     = 1
	physicalInt64     = 2
	physicalFloat     = 4
	physicalDouble    = 5
	physicalByteArray = 6
	physicalFixed     = 7
)

// kinds of values as this package handles them.
type kind uint8

const (
	kindInt kind = iota
	kindFloat
	kindBytes
	kindBoolean
)

// annotations of the Parquet format: what the values of a physical type mean.
type annotation uint8

const (
	annotateNothing annotation = iota
	annotateText
	annotateInteger
	annotateTimestamp
	annotateDate
	annotateTimeOfDay
	annotateDecimal
)

// leaf is a type as the format knows it.
type leaf struct {
	name     string
	kind     kind
	physical int32
	meaning  annotation
	list     bool
	seconds  bool // values come in seconds and are written in microseconds
	unsigned bool
	width    int   // bytes of a value; 0 where it varies
	low      int64 // the least and the greatest integer that the type can hold
	high     int64
	bits     int // of an integer
	digits   int // of a decimal
	scale    int
}

func (l *leaf) isText() bool { return l.meaning == annotateText }

var basicLeaves = [...]leaf{
	Text:      {name: "text", kind: kindBytes, physical: physicalByteArray, meaning: annotateText},
	Int64:     {name: "int64", kind: kindInt, physical: physicalInt64, width: 8, low: math.MinInt64, high: math.MaxInt64},
	Int32:     {name: "int32", kind: kindInt, physical: physicalInt32, width: 4, low: math.MinInt32, high: math.MaxInt32},
	Double:    {name: "double", kind: kindFloat, physical: physicalDouble, width: 8},
	Float:     {name: "float", kind: kindFloat, physical: physicalFloat, width: 4},
	Boolean:   {name: "boolean", kind: kindBoolean, physical: physicalBoolean},
	Timestamp: {name: "timestamp (UTC, microseconds)", kind: kindInt, physical: physicalInt64, meaning: annotateTimestamp, width: 8, low: math.MinInt64, high: math.MaxInt64, seconds: true},
	Instant:   {name: "timestamp (UTC, microseconds)", kind: kindInt, physical: physicalInt64, meaning: annotateTimestamp, width: 8, low: math.MinInt64, high: math.MaxInt64},
	Date:      {name: "date", kind: kindInt, physical: physicalInt32, meaning: annotateDate, width: 4, low: math.MinInt32, high: math.MaxInt32},
	TimeOfDay: {name: "time (microseconds)", kind: kindInt, physical: physicalInt64, meaning: annotateTimeOfDay, width: 8, low: 0, high: 86_400_000_000},
	Binary:    {name: "binary", kind: kindBytes, physical: physicalByteArray},
	TextList:  {name: "list of text", kind: kindBytes, physical: physicalByteArray, meaning: annotateText, list: true},
}

// String gives the type's name.
func (t basicType) String() string {
	if int(t) < len(basicLeaves) {
		return basicLeaves[t].name
	}
	return fmt.Sprintf("type %d", uint8(t))
}

func (t basicType) leaf() (leaf, error) {
	if int(t) < len(basicLeaves) {
		return basicLeaves[t], nil
	}
	return leaf{}, fmt.Errorf("unknown type %d", uint8(t))
}

// String gives the type's name, for example "uint16".
func (t IntType) String() string {
	if t.Signed {
		return fmt.Sprintf("int%d", t.Bits)
	}
	return fmt.Sprintf("uint%d", t.Bits)
}

func (t IntType) leaf() (leaf, error) {
	l := leaf{name: t.String(), kind: kindInt, physical: physicalInt32, width: 4, bits: t.Bits, unsigned: !t.Signed}
	switch t.Bits {
	case 8, 16, 32:
	case 64:
		l.physical, l.width = physicalInt64, 8
	default:
		return leaf{}, fmt.Errorf("an integer cannot have %d bits; choose 8, 16, 32 or 64", t.Bits)
	}
	// Signed integers as wide as their physical type need no annotation, and every reader knows them without one.
	if !t.Signed || t.Bits < 32 {
		l.meaning = annotateInteger
	}
	switch {
	case t.Signed:
		l.high = int64(uint64(1)<<(t.Bits-1) - 1)
		l.low = -l.high - 1
	case t.Bits == 64:
		l.high = math.MaxInt64 // as far as an int64 reaches; Uint64s reaches further
	default:
		l.high = int64(1)<<t.Bits - 1
	}
	return l, nil
}

// String gives the type's name, for example "decimal(12,2)".
func (t DecimalType) String() string { return fmt.Sprintf("decimal(%d,%d)", t.Precision, t.Scale) }

func (t DecimalType) leaf() (leaf, error) {
	if t.Precision < 1 || t.Precision > 38 || t.Scale < 0 || t.Scale > t.Precision {
		return leaf{}, fmt.Errorf("%s is not a decimal: it takes 1 to 38 digits, and at most all of them after the point", t)
	}
	l := leaf{name: t.String(), kind: kindInt, meaning: annotateDecimal, digits: t.Precision, scale: t.Scale}
	switch {
	case t.Precision <= 9:
		l.physical, l.width = physicalInt32, 4
	case t.Precision <= 18:
		l.physical, l.width = physicalInt64, 8
	default:
		l.kind, l.physical, l.width = kindBytes, physicalFixed, decimalBytes(t.Precision)
		return l, nil
	}
	l.high = 1
	for range t.Precision {
		l.high *= 10
	}
	l.high--
	l.low = -l.high
	return l, nil
}

// Bytes is how long each value of a decimal of more than 18 digits is: two's complement, the highest byte first.
func (t DecimalType) Bytes() int { return decimalBytes(t.Precision) }

// decimalBytes gives how many bytes hold any number of so many digits in two's complement: ceil((digits·log2(10)+1)/8).
func decimalBytes(digits int) int {
	return int(math.Ceil((float64(digits)*math.Log2(10) + 1) / 8))
}
