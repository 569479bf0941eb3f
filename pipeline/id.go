package pipeline

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/cespare/xxhash/v2"

	"leadscore/transforms/match"
)

// A contact id is a key: bytes that are equal exactly when the ids are, and that sort as the ids do. A text is its own
// key. An integer of any width is 8 bytes, highest first, the sign bit turned over; one beyond int64 has 8 bytes of ones
// before its own 8.

// idKind is what the contact ids of a table are; ids of the same kind can be compared.
type idKind uint8

const (
	textID idKind = iota + 1
	integerID
)

func (k idKind) String() string {
	if k == textID {
		return "text"
	}
	return "integers"
}

// kindOfID tells the kind of id that a column holds; 0: such a column can hold none.
func kindOfID(t match.Type) idKind {
	switch t.Kind {
	case match.Text:
		return textID
	case match.Int, match.Uint, match.Float:
		return integerID
	case match.Decimal:
		if t.Scale == 0 { // as warehouses export NUMBER columns
			return integerID
		}
	}
	return 0
}

// hashID spreads keys over buckets. It is a fixed function, since which part a contact stands in must never change.
func hashID(key []byte) uint64 {
	if len(key) > 8 {
		return xxhash.Sum64(key)
	}
	return hashShort(shortKey(key), len(key))
}

// shortKey packs a key of up to 8 bytes, the first lowest.
func shortKey(key []byte) uint64 {
	if len(key) == 8 {
		return binary.LittleEndian.Uint64(key)
	}
	var b [8]byte
	copy(b[:], key)
	return binary.LittleEndian.Uint64(b[:])
}

// prefixOf gives the first bytes of a key, which sort as the keys do unless they are the same.
func prefixOf(key []byte) uint64 { return bits.ReverseBytes64(shortKey(key[:min(8, len(key))])) }

func hashShort(short uint64, length int) uint64 {
	hi, lo := bits.Mul64(short^0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9+uint64(length))
	h := hi ^ lo
	return (h ^ h>>29) * 0x94d049bb133111eb
}

// hashPacked is hashShort of a key that packs.
func hashPacked(short uint64) uint64 { return hashShort(short, packedLength(short)) }

// packedLength is the length of the key that is packed into a word.
func packedLength(short uint64) int { return 8 - bits.LeadingZeros64(short)/8 }

func integerKey(dst []byte, v int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(v)^1<<63)
}

func unsignedKey(dst []byte, v uint64) []byte {
	if v <= math.MaxInt64 {
		return integerKey(dst, int64(v))
	}
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(dst, math.MaxUint64), v)
}

// floatKey gives the key of an integral number below 2^53; ok is false for any other, which is no id.
func floatKey(dst []byte, v float64) (key []byte, ok bool) {
	if v != math.Trunc(v) || math.Abs(v) >= 1<<53 {
		return dst, false
	}
	return integerKey(dst, int64(v)), true
}

// bigKey gives the key of a whole number; ok is false for one beyond 64 bits, which is no id.
func bigKey(dst []byte, v *big.Int) (key []byte, ok bool) {
	if !v.IsInt64() {
		return dst, false
	}
	return integerKey(dst, v.Int64()), true
}

// integerOf gives an integer key's value; big tells that it is beyond int64, and v holds the bits of a uint64.
func integerOf(key []byte) (v int64, big bool) {
	if len(key) == 16 {
		return int64(binary.BigEndian.Uint64(key[8:])), true
	}
	return int64(binary.BigEndian.Uint64(key) ^ 1<<63), false
}

// showID writes a key as text, as it stands in rejects and in messages.
func showID(kind idKind, key []byte) string {
	if kind == textID {
		return string(key)
	}
	v, big := integerOf(key)
	if big {
		return strconv.FormatUint(uint64(v), 10)
	}
	return strconv.FormatInt(v, 10)
}

// keys reads contact ids from an Arrow array.
type keys struct {
	null func(row int) bool
	key  func(dst []byte, row int) ([]byte, bool)
}

// of gives the key of a row; ok is false for a null id (also a blank text, NaN, or a number that is not integral).
func (k *keys) of(dst []byte, row int) (key []byte, ok bool) {
	if k.null(row) {
		return dst, false
	}
	return k.key(dst, row)
}

// isBlank tells whether a text is no id; only its first byte is looked at where that decides.
func isBlank[T string | []byte](s T) bool {
	return len(s) == 0 || (s[0] <= ' ' || s[0] >= 0x80) && match.Missing([]byte(s))
}

func textKey(dst []byte, s string) ([]byte, bool) {
	if isBlank(s) {
		return dst, false
	}
	return append(dst, s...), true
}

// keysOf makes the reader for an array of ids.
func keysOf(values arrow.Array) (*keys, error) {
	k := &keys{null: values.IsNull}
	switch a := values.(type) {
	case *array.Null:
		k.key = func(dst []byte, _ int) ([]byte, bool) { return dst, false }
	case *array.String:
		k.key = func(dst []byte, i int) ([]byte, bool) { return textKey(dst, a.Value(i)) }
	case *array.LargeString:
		k.key = func(dst []byte, i int) ([]byte, bool) { return textKey(dst, a.Value(i)) }
	case *array.StringView:
		k.key = func(dst []byte, i int) ([]byte, bool) { return textKey(dst, a.Value(i)) }
	case *array.Binary:
		k.key = func(dst []byte, i int) ([]byte, bool) { return textKey(dst, a.ValueString(i)) }
	case *array.LargeBinary:
		k.key = func(dst []byte, i int) ([]byte, bool) { return textKey(dst, a.ValueString(i)) }
	case *array.Int8:
		k.key = func(dst []byte, i int) ([]byte, bool) { return integerKey(dst, int64(a.Value(i))), true }
	case *array.Int16:
		k.key = func(dst []byte, i int) ([]byte, bool) { return integerKey(dst, int64(a.Value(i))), true }
	case *array.Int32:
		k.key = func(dst []byte, i int) ([]byte, bool) { return integerKey(dst, int64(a.Value(i))), true }
	case *array.Int64:
		k.key = func(dst []byte, i int) ([]byte, bool) { return integerKey(dst, a.Value(i)), true }
	case *array.Uint8:
		k.key = func(dst []byte, i int) ([]byte, bool) { return integerKey(dst, int64(a.Value(i))), true }
	case *array.Uint16:
		k.key = func(dst []byte, i int) ([]byte, bool) { return integerKey(dst, int64(a.Value(i))), true }
	case *array.Uint32:
		k.key = func(dst []byte, i int) ([]byte, bool) { return integerKey(dst, int64(a.Value(i))), true }
	case *array.Uint64:
		k.key = func(dst []byte, i int) ([]byte, bool) { return unsignedKey(dst, a.Value(i)), true }
	case *array.Float16:
		k.key = func(dst []byte, i int) ([]byte, bool) { return floatKey(dst, float64(a.Value(i).Float32())) }
	case *array.Float32:
		k.key = func(dst []byte, i int) ([]byte, bool) { return floatKey(dst, float64(a.Value(i))) }
	case *array.Float64:
		k.key = func(dst []byte, i int) ([]byte, bool) { return floatKey(dst, a.Value(i)) }
	case *array.Decimal32:
		k.key = func(dst []byte, i int) ([]byte, bool) { return integerKey(dst, int64(a.Value(i))), true }
	case *array.Decimal64:
		k.key = func(dst []byte, i int) ([]byte, bool) { return integerKey(dst, int64(a.Value(i))), true }
	case *array.Decimal128:
		k.key = func(dst []byte, i int) ([]byte, bool) { return bigKey(dst, a.Value(i).BigInt()) }
	case *array.Decimal256:
		k.key = func(dst []byte, i int) ([]byte, bool) { return bigKey(dst, a.Value(i).BigInt()) }
	case *array.Dictionary:
		inner, err := keysOf(a.Dictionary())
		if err != nil {
			return nil, err
		}
		k.key = func(dst []byte, i int) ([]byte, bool) { return inner.of(dst, a.GetValueIndex(i)) }
	default:
		return nil, fmt.Errorf("%s cannot be a contact id: it has to be text or integers", values.DataType())
	}
	return k, nil
}
