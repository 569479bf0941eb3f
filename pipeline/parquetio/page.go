package parquetio

import "math"

// Page is a stretch of rows of a flat column, at most 32,768: a data page of the file, or a part of one that is longer.
// It and all it points to belong to the Reader and are overwritten as soon as visit returns.
//
// Values stand for the rows that are present only. They are either Codes into Dict, or the one slice of Values that
// the column's physical type fills; a chunk may begin with codes and go on with values.
type Page struct {
	Rows  int         // nulls included
	Valid []byte      // one byte a row, 1: present; nil: all are
	Codes []int32     // one a present row, each in [0, Dict.Len())
	Dict  *Dictionary // nil: the values stand in Values
	Values
}

// Present is the number of rows that are not null.
func (p *Page) Present() int {
	if p.Dict != nil {
		return len(p.Codes)
	}
	return p.Values.len()
}

// Dictionary is the dictionary of a column chunk. The pointer stays the same through a chunk; the next call of Pages
// overwrites what it points to.
type Dictionary struct {
	Values Values
	n      int
}

// Len is the number of entries.
func (d *Dictionary) Len() int { return d.n }

// Bytes gives entry i of a text, binary or fixed-width dictionary.
func (d *Dictionary) Bytes(i int) []byte { return d.Values.At(i) }

// Values holds decoded values of one physical type; all other slices are empty.
type Values struct {
	Offsets []uint32 // BYTE_ARRAY: value i is Bytes[Offsets[i]:Offsets[i+1]-Gap]
	Bytes   []byte
	Gap     uint32 // bytes between values, which stand as they do in the page: to copy them together took 5 ns a value
	Fixed   []byte // FIXED_LEN_BYTE_ARRAY: value i is Fixed[i*Width:(i+1)*Width]
	Width   int
	Int32   []int32
	Int64   []int64
	Int96   []Int96
	Float32 []float32
	Float64 []float64
	Bools   []bool
}

// At gives the bytes of value i of a BYTE_ARRAY or FIXED_LEN_BYTE_ARRAY column.
func (v *Values) At(i int) []byte {
	if v.Width > 0 {
		return v.Fixed[i*v.Width : (i+1)*v.Width]
	}
	return v.Bytes[v.Offsets[i] : v.Offsets[i+1]-v.Gap]
}

func (v *Values) len() int {
	n := len(v.Int32) + len(v.Int64) + len(v.Int96) + len(v.Float32) + len(v.Float64) + len(v.Bools)
	if len(v.Offsets) > 0 {
		n += len(v.Offsets) - 1
	}
	if v.Width > 0 {
		n += len(v.Fixed) / v.Width
	}
	return n
}

// clear empties all slices and keeps their memory, except for what is a page's.
func (v *Values) clear() {
	if v.Gap > 0 {
		v.Bytes, v.Gap = nil, 0
	}
	v.Offsets, v.Bytes, v.Fixed, v.Width = v.Offsets[:0], v.Bytes[:0], v.Fixed[:0], 0
	v.Int32, v.Int64, v.Int96 = v.Int32[:0], v.Int64[:0], v.Int96[:0]
	v.Float32, v.Float64, v.Bools = v.Float32[:0], v.Float64[:0], v.Bools[:0]
}

// Int96 is the timestamp of old Spark, Hive and Impala: a Julian day and the nanoseconds since its midnight, in UTC.
type Int96 struct {
	Nanos int64
	Day   uint32
}

// julianEpoch is the Julian day of 1970-01-01.
const julianEpoch = 2440588

// Unix gives the whole seconds since 1970, rounded down, and the nanoseconds beyond them. Beyond what 64 bits of
// microseconds hold it wraps around, as Spark does when it reads and writes such days.
func (t Int96) Unix() (seconds int64, nanos int32) {
	const second, latest = 1_000_000_000, math.MaxInt64/1_000_000 - 1
	s, n := t.Nanos/second, t.Nanos%second
	if n < 0 {
		s, n = s-1, n+second
	}
	if s += (int64(int32(t.Day)) - julianEpoch) * 86400; s > latest || s < -latest {
		micros := s*1_000_000 + n/1000
		s, n = micros/1_000_000, micros%1_000_000
		if n < 0 {
			s, n = s-1, n+1_000_000
		}
		n *= 1000
	}
	return s, int32(n)
}
