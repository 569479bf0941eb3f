package filter

import (
	"math"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"leadscore/transforms/match"
)

// all, either and negation join other nodes.
type (
	all      struct{ a, b node }
	either   struct{ a, b node }
	negation struct{ a node }
	constant bool
)

func (n all) eval(b *batch, out []bool) {
	n.a.eval(b, out)
	other := make([]bool, len(out))
	n.b.eval(b, other)
	for i, v := range other {
		out[i] = out[i] && v
	}
}

func (n all) mayHold(bounds func(Ref) Bounds) bool { return n.a.mayHold(bounds) && n.b.mayHold(bounds) }

func (n either) eval(b *batch, out []bool) {
	n.a.eval(b, out)
	other := make([]bool, len(out))
	n.b.eval(b, other)
	for i, v := range other {
		out[i] = out[i] || v
	}
}

func (n either) mayHold(bounds func(Ref) Bounds) bool {
	return n.a.mayHold(bounds) || n.b.mayHold(bounds)
}

func (n negation) eval(b *batch, out []bool) {
	n.a.eval(b, out)
	for i := range out {
		out[i] = !out[i]
	}
}

func (n negation) mayHold(func(Ref) Bounds) bool { return true }

func (n constant) eval(_ *batch, out []bool) {
	for i := range out {
		out[i] = bool(n)
	}
}

func (n constant) mayHold(func(Ref) Bounds) bool { return bool(n) }

// test asks one column something.
type test struct {
	ref     Ref
	matcher *match.Matcher
	zone    *time.Location // of dates
	// Values that can pass, where they are whole numbers or microseconds; only where within is set.
	low, high int64
	within    bool
}

func (n *test) eval(b *batch, out []bool) { n.matcher.Array(b.column(n.ref), n.zone, nil, out) }

func (n *test) mayHold(bounds func(Ref) Bounds) bool {
	if n.matcher.Missing() {
		return true
	}
	known := bounds(n.ref)
	switch {
	case !known.Known:
		return true
	case known.Vacant:
		return false
	}
	return !n.within || n.low <= known.High && n.high >= known.Low
}

// comparison compares two sums of whole numbers, or two instants.
type comparison struct {
	operator string
	a, b     number
}

func (n *comparison) eval(b *batch, out []bool) {
	x, y := n.a.values(b), n.b.values(b)
	for i := range out {
		out[i] = x.has(i) && y.has(i) && holds(n.operator, x.at(i), y.at(i))
	}
}

func (n *comparison) mayHold(func(Ref) Bounds) bool { return true }

func holds(operator string, a, b int64) bool {
	switch operator {
	case "==":
		return a == b
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	}
	return a >= b
}

// number is a whole number for each row.
type number interface{ values(b *batch) numbers }

// numbers are whole numbers, some missing. One value stands for all rows.
type numbers struct {
	list []int64
	null func(int) bool // nil: none is missing
}

func (v numbers) at(i int) int64 {
	if len(v.list) == 1 {
		return v.list[0]
	}
	return v.list[i]
}

func (v numbers) has(i int) bool { return v.null == nil || !v.null(i) }

type fixed int64

func (n fixed) values(*batch) numbers { return numbers{list: []int64{int64(n)}} }

type columnNumber struct{ ref Ref }

func (n columnNumber) values(b *batch) numbers {
	a := b.column(n.ref)
	v := numbers{list: make([]int64, max(a.Len(), 2))} // never taken for one value
	if a.NullN() > 0 {
		v.null = a.IsNull
	}
	for i := range a.Len() {
		v.list[i] = wholeNumber(a, i)
	}
	return v
}

// wholeNumber gives a value of a column of numbers or dates; dates are microseconds.
func wholeNumber(a arrow.Array, i int) int64 {
	switch a := a.(type) {
	case *array.Int64:
		return a.Value(i)
	case *array.Int32:
		return int64(a.Value(i))
	case *array.Int16:
		return int64(a.Value(i))
	case *array.Int8:
		return int64(a.Value(i))
	case *array.Uint64:
		return int64(min(a.Value(i), math.MaxInt64))
	case *array.Uint32:
		return int64(a.Value(i))
	case *array.Uint16:
		return int64(a.Value(i))
	case *array.Uint8:
		return int64(a.Value(i))
	case *array.Date32:
		return int64(a.Value(i)) * 86400e6
	case *array.Timestamp:
		return int64(a.Value(i))
	}
	return 0
}

// sum is an operation on two numbers. Beyond 64 bits it saturates.
type sum struct {
	operator string
	a, b     number
}

func (n *sum) values(b *batch) numbers {
	x, y := n.a.values(b), n.b.values(b)
	v := numbers{list: make([]int64, max(b.rows, 2)), null: func(i int) bool { return !x.has(i) || !y.has(i) }}
	for i := range b.rows {
		v.list[i] = calculate(n.operator, x.at(i), y.at(i))
	}
	return v
}

func calculate(operator string, a, b int64) int64 {
	exact := float64(a) * float64(b)
	switch operator {
	case "+":
		exact = float64(a) + float64(b)
	case "-":
		exact = float64(a) - float64(b)
	}
	switch {
	case exact >= math.MaxInt64:
		return math.MaxInt64
	case exact <= math.MinInt64:
		return math.MinInt64
	case operator == "+":
		return a + b
	case operator == "-":
		return a - b
	}
	return a * b
}
