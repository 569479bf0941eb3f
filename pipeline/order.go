package pipeline

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"leadscore/transforms/match"
)

// orderKeys gives what appends, for a row, bytes that sort as the column's values do; nothing for a null.
func orderKeys(values arrow.Array, zone *time.Location) (func(dst []byte, row int) []byte, error) {
	var key func(dst []byte, i int) []byte
	switch a := values.(type) {
	case *array.Null:
	case *array.Dictionary:
		inner, err := orderKeys(a.Dictionary(), zone)
		if err != nil {
			return nil, err
		}
		key = func(dst []byte, i int) []byte { return inner(dst, a.GetValueIndex(i)) }
	case *array.Float16:
		key = func(dst []byte, i int) []byte { return floatOrder(dst, float64(a.Value(i).Float32())) }
	case *array.Float32:
		key = func(dst []byte, i int) []byte { return floatOrder(dst, float64(a.Value(i))) }
	case *array.Float64:
		key = func(dst []byte, i int) []byte { return floatOrder(dst, a.Value(i)) }
	case *array.Timestamp:
		t := a.DataType().(*arrow.TimestampType)
		key = func(dst []byte, i int) []byte {
			seconds, nanos := match.InstantOf(int64(a.Value(i)), t.Unit, t.TimeZone != "", zone)
			return binary.BigEndian.AppendUint32(integerKey(dst, seconds), uint32(nanos))
		}
	case *array.Date32:
		key = func(dst []byte, i int) []byte {
			seconds, _ := match.InstantOf(int64(a.Value(i))*24*60*60, arrow.Second, false, zone)
			return binary.BigEndian.AppendUint32(integerKey(dst, seconds), 0)
		}
	case *array.Date64:
		key = func(dst []byte, i int) []byte {
			seconds, nanos := match.InstantOf(int64(a.Value(i)), arrow.Millisecond, false, zone)
			return binary.BigEndian.AppendUint32(integerKey(dst, seconds), uint32(nanos))
		}
	default:
		ids, err := keysOf(values)
		if err != nil {
			return nil, fmt.Errorf("the latest row cannot be told by a column of %s: it has to hold dates, numbers or text", values.DataType())
		}
		if kindOfValues(values) == textID {
			key = func(dst []byte, i int) []byte { dst, _ = ids.of(dst, i); return dst }
			break
		}
		var buf []byte
		key = func(dst []byte, i int) []byte {
			buf, _ = ids.of(buf[:0], i)
			return integerOrder(dst, buf)
		}
	}
	return func(dst []byte, i int) []byte {
		if key == nil || values.IsNull(i) {
			return dst
		}
		return key(dst, i)
	}, nil
}

// Numbers of all types sort together: by the nearest float64, then by what an integer differs from it.

func floatOrder(dst []byte, v float64) []byte {
	if math.IsNaN(v) {
		return dst
	}
	return integerKey(appendFloat(dst, v), 0)
}

// integerOrder orders an integer by its key.
func integerOrder(dst, key []byte) []byte {
	v, big := integerOf(key)
	if big {
		near := float64(uint64(v))
		if near >= 1<<64 {
			return integerKey(appendFloat(dst, near), v) // v - 2^64, as a signed number
		}
		return integerKey(appendFloat(dst, near), int64(uint64(v)-uint64(near)))
	}
	near := float64(v)
	if near >= 1<<63 {
		return integerKey(appendFloat(dst, near), v+math.MinInt64)
	}
	return integerKey(appendFloat(dst, near), v-int64(near))
}

func appendFloat(dst []byte, v float64) []byte {
	bits := math.Float64bits(v + 0) // -0 becomes 0
	if bits>>63 == 1 {
		bits = ^bits
	} else {
		bits |= 1 << 63
	}
	return binary.BigEndian.AppendUint64(dst, bits)
}

// sortSpans orders spans by row, static and start, and joins those of one static that touch.
func sortSpans(spans []rowSpan) []rowSpan {
	slices.SortFunc(spans, func(a, b rowSpan) int {
		return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.static, b.static), cmp.Compare(a.start, b.start))
	})
	joined := spans[:0]
	for _, s := range spans {
		if s.end <= s.start {
			continue
		}
		if n := len(joined); n > 0 && joined[n-1].row == s.row && joined[n-1].static == s.static && s.start <= joined[n-1].end {
			joined[n-1].end = max(joined[n-1].end, s.end)
			continue
		}
		joined = append(joined, s)
	}
	return joined
}

// listMembers calls member for the rows whose list has the named element; name is as texts are compared.
func listMembers(values arrow.Array, name string, member func(row int)) {
	lists, ok := values.(array.ListLike)
	if !ok {
		return
	}
	elements := listTexts(lists.ListValues())
	var folded []byte
	for row := range values.Len() {
		if values.IsNull(row) {
			continue
		}
		for i, end := lists.ValueOffsets(row); i < end; i++ {
			text, ok := elements(int(i))
			if !ok {
				continue
			}
			if folded = match.Normalize(folded[:0], text, false); string(folded) == name && name != "" {
				member(row)
				break
			}
		}
	}
}

// kindOfValues tells what the keys of an array are; binary values are text that does not say so.
func kindOfValues(values arrow.Array) idKind {
	switch t := values.DataType(); t.ID() {
	case arrow.BINARY, arrow.LARGE_BINARY:
		return textID
	case arrow.DICTIONARY:
		return kindOfValues(values.(*array.Dictionary).Dictionary())
	default:
		return kindOfID(match.TypeOf(t))
	}
}

// listTexts gives what reads an array of list names or numbers as text; ok is false for a null.
func listTexts(values arrow.Array) func(i int) (text []byte, ok bool) {
	if a, ok := values.(*array.Dictionary); ok {
		inner := listTexts(a.Dictionary())
		return func(i int) ([]byte, bool) {
			if a.IsNull(i) {
				return nil, false
			}
			return inner(a.GetValueIndex(i))
		}
	}
	ids, err := keysOf(values)
	if err != nil {
		return func(int) ([]byte, bool) { return nil, false }
	}
	kind := kindOfValues(values)
	var key, text []byte
	return func(i int) ([]byte, bool) {
		var ok bool
		if key, ok = ids.of(key[:0], i); !ok {
			return nil, false
		}
		if kind == textID {
			return key, true
		}
		v, big := integerOf(key)
		if big {
			text = strconv.AppendUint(text[:0], uint64(v), 10)
		} else {
			text = strconv.AppendInt(text[:0], v, 10)
		}
		return text, true
	}
}
