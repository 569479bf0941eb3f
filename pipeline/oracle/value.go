package oracle

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// Value is one value of an input table: nil (null), string, bool, int64, uint64, float32, float64, *big.Rat (decimal),
// Instant, Local, Day or []Value (list).
type Value any

// Instant is a point in time: unix seconds rounded down, and the nanoseconds above them.
type Instant struct {
	Second int64
	Nano   int64
}

// Local is a timestamp without a zone: what a wall clock showed, written as if the clock stood in UTC.
type Local struct {
	Second int64
	Nano   int64
}

// Day is a date without a time, in days since 1970-01-01.
type Day int64

// At makes the Instant of a time.
func At(t time.Time) Instant { return Instant{t.Unix(), int64(t.Nanosecond())} }

func (i Instant) String() string {
	return time.Unix(i.Second, i.Nano).UTC().Format(time.RFC3339Nano)
}

func (l Local) String() string {
	return time.Unix(l.Second, l.Nano).UTC().Format("2006-01-02T15:04:05.999999999")
}

func (d Day) String() string { return time.Unix(int64(d)*86400, 0).UTC().Format(time.DateOnly) }

// resolve finds the instant at which a clock in the zone shows what l says: the earlier one when it shows it twice; when it
// never does, the one that the offset before the gap gives.
func (l Local) resolve(zone *time.Location) Instant {
	offset := func(second int64) int64 {
		_, o := time.Unix(second, 0).In(zone).Zone()
		return int64(o)
	}
	before, after := offset(l.Second-86400), offset(l.Second+86400)
	found := false
	var earliest int64
	for _, o := range []int64{before, after} {
		second := l.Second - o
		if offset(second) == o && (!found || second < earliest) {
			found, earliest = true, second
		}
	}
	if !found {
		earliest = l.Second - before
	}
	return Instant{earliest, l.Nano}
}

// midnight is the instant at which the day begins in the zone.
func (d Day) midnight(zone *time.Location) Instant {
	return Local{Second: int64(d) * 86400}.resolve(zone)
}

// instantOf reads a date or timestamp as an instant; what has no zone is in the given one.
func instantOf(v Value, zone *time.Location) (Instant, bool) {
	switch v := v.(type) {
	case Instant:
		return v, true
	case Local:
		return v.resolve(zone), true
	case Day:
		return v.midnight(zone), true
	}
	return Instant{}, false
}

// missing tells whether a value is no value: null, text that is empty after trimming, or NaN. A list is missing when all of
// its elements are.
func missing(v Value) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(v) == ""
	case float32:
		return v != v
	case float64:
		return v != v
	case []Value:
		for _, element := range v {
			if !missing(element) {
				return false
			}
		}
		return true
	}
	return false
}

// number gives the exact value of a number; infinite is -1 or +1 for the infinities.
func number(v Value) (exact *big.Rat, infinite int, ok bool) {
	switch v := v.(type) {
	case int64:
		return new(big.Rat).SetInt64(v), 0, true
	case uint64:
		return new(big.Rat).SetUint64(v), 0, true
	case *big.Rat:
		return v, 0, true
	case float32:
		return number(float64(v))
	case float64:
		switch {
		case v != v:
			return nil, 0, false
		case math.IsInf(v, 0):
			return nil, int(math.Copysign(1, v)), true
		}
		return new(big.Rat).SetFloat64(v), 0, true
	}
	return nil, 0, false
}

// compareNumbers orders two numbers by value, whatever their types.
func compareNumbers(a, b Value) (int, bool) {
	x, xInfinite, ok := number(a)
	y, yInfinite, ok2 := number(b)
	switch {
	case !ok || !ok2:
		return 0, false
	case xInfinite != 0 || yInfinite != 0:
		return xInfinite - yInfinite, true
	}
	return x.Cmp(y), true
}

// contactKey gives a contact id in a form that is equal for equal ids: integers by value, texts as they are. Blank texts,
// NaN and floats that are no integer below 2^53 are null ids.
func contactKey(id Value) (key string, ok bool) {
	switch v := id.(type) {
	case string:
		return "text " + v, !missing(v)
	case int64:
		return "number " + strconv.FormatInt(v, 10), true
	case uint64:
		return "number " + strconv.FormatUint(v, 10), true
	case float32:
		return contactKey(float64(v))
	case float64:
		if v != math.Trunc(v) || math.Abs(v) >= 1<<53 {
			return "", false
		}
		return "number " + strconv.FormatInt(int64(v), 10), true
	}
	return "", false
}

// compareIDs orders contact ids: integers by value before texts by their bytes.
func compareIDs(a, b Value) int {
	if c, ok := compareNumbers(a, b); ok {
		return c
	}
	x, xText := a.(string)
	y, yText := b.(string)
	switch {
	case xText && yText:
		return strings.Compare(x, y)
	case xText:
		return 1
	}
	return -1
}

// show writes a value for people.
func show(v Value) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return strconv.Quote(v)
	case *big.Rat:
		return v.RatString()
	case []Value:
		parts := make([]string, len(v))
		for i, element := range v {
			parts[i] = show(element)
		}
		return "[" + strings.Join(parts, " ") + "]"
	}
	return fmt.Sprint(v)
}
