// Package timeline is the arithmetic of time that everything is made of: sets of half-open intervals, and step functions.
//
//	instants of engagements ──▶ Spans in which a criterion holds ──▶ Intersect, Union, Complement ──▶ Steps of points
//
// Instants are unix seconds. Functions append to dst and return it, so that a caller that keeps its buffers allocates
// nothing; the operands must not share memory with what is appended.
package timeline

import "math"

// Ever and Never are the ends of time: a span that starts at Ever has no beginning, one that ends at Never no end.
const (
	Ever  = math.MinInt64
	Never = math.MaxInt64
)

// Span is the half-open interval [Start, End). A set of instants is a list of spans that ascend and do not touch.
type Span struct{ Start, End int64 }

// Always is the set of all instants.
var Always = []Span{{Ever, Never}}

// Add gives t + d, or the end of time where there is no such instant.
func Add(t, d int64) int64 {
	sum := t + d
	if uint64(t)-Never <= 1 || (t^sum)&(d^sum) < 0 { // an end of time (Ever follows Never, as numbers wrap around), or beyond one
		return end(t, d)
	}
	return sum
}

// end gives the end of time that t + d comes to.
func end(t, d int64) int64 {
	if t == Ever || t != Never && d < 0 {
		return Ever
	}
	return Never
}

// Extend appends [start, end) to the set that begins at dst[base], whose spans start no later than start does. A span that
// touches the last one becomes part of it.
func Extend(dst []Span, base int, start, end int64) []Span {
	if end <= start {
		return dst
	}
	if n := len(dst); n > base && start <= dst[n-1].End {
		dst[n-1].End = max(dst[n-1].End, end)
		return dst
	}
	return append(dst, Span{start, end})
}

// Intersect appends the instants that are in both sets.
func Intersect(dst, a, b []Span) []Span {
	for len(a) > 0 && len(b) > 0 {
		if start, end := max(a[0].Start, b[0].Start), min(a[0].End, b[0].End); start < end {
			dst = append(dst, Span{start, end})
		}
		if a[0].End < b[0].End {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return dst
}

// Union appends the instants that are in at least one of the sets.
func Union(dst, a, b []Span) []Span {
	base := len(dst)
	for len(a) > 0 || len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && a[0].Start <= b[0].Start {
			dst = Extend(dst, base, a[0].Start, a[0].End)
			a = a[1:]
		} else {
			dst = Extend(dst, base, b[0].Start, b[0].End)
			b = b[1:]
		}
	}
	return dst
}

// Complement appends the instants that are not in the set.
func Complement(dst, a []Span) []Span {
	from := int64(Ever)
	for _, s := range a {
		if from < s.Start {
			dst = append(dst, Span{from, s.Start})
		}
		if from = s.End; from == Never {
			return dst
		}
	}
	return append(dst, Span{from, Never})
}
