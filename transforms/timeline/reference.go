package timeline

// A reference is a step function whose value at t is the instant that a fading criterion is measured from: the oldest of the
// n latest engagements at t. Ever means that the criterion does not hold at all, Never that it holds and does not age.
// `all` takes the lesser of two references, `any` the greater; so it holds within D exactly when t < reference + D.
// A reference starts at Ever with the value Ever unless a first step says otherwise.

// Reference appends the reference of a criterion that asks for n (>= 1) of the ascending instants.
func Reference(dst []Step, at []int64, n int) []Step {
	base := len(dst)
	for i := n - 1; i < len(at); i++ {
		dst = pushReference(dst, base, at[i], at[i-n+1])
	}
	return dst
}

// Ageless appends the reference of a criterion that holds in the set and never ages.
func Ageless(dst []Step, spans []Span) []Step {
	for _, s := range spans {
		dst = append(dst, Step{s.Start, Never})
		if s.End != Never {
			dst = append(dst, Step{s.End, Ever})
		}
	}
	return dst
}

// Least appends the lesser of two references at every instant, Greatest the greater.
func Least(dst, a, b []Step) []Step {
	return merge(dst, a, b, func(x, y int64) int64 { return min(x, y) })
}

// Greatest appends the greater of two references at every instant.
func Greatest(dst, a, b []Step) []Step {
	return merge(dst, a, b, func(x, y int64) int64 { return max(x, y) })
}

func merge(dst, a, b []Step, choose func(x, y int64) int64) []Step {
	base := len(dst)
	x, y := int64(Ever), int64(Ever)
	for len(a) > 0 || len(b) > 0 {
		at := int64(Never)
		if len(a) > 0 {
			at = a[0].At
		}
		if len(b) > 0 {
			at = min(at, b[0].At)
		}
		if len(a) > 0 && a[0].At == at {
			x, a = a[0].Value, a[1:]
		}
		if len(b) > 0 && b[0].At == at {
			y, b = b[0].Value, b[1:]
		}
		dst = pushReference(dst, base, at, choose(x, y))
	}
	return dst
}

// pushReference is Push for functions whose value before the first step is Ever.
func pushReference(dst []Step, base int, at, value int64) []Step {
	if n := len(dst); n > base && dst[n-1].At == at {
		dst = dst[:n-1]
	}
	last := int64(Ever)
	if n := len(dst); n > base {
		last = dst[n-1].Value
	}
	if last == value {
		return dst
	}
	return append(dst, Step{at, value})
}

// Bracket is a bracket of a fade: Points while the age is less than Below seconds and not less than the bracket before it.
type Bracket struct{ Below, Points int64 }

// Fade appends the points of a reference by its age, in ascending brackets; beyond the last they are 0.
func Fade(dst, reference []Step, brackets []Bracket) []Step {
	base := len(dst)
	for i, r := range reference {
		end := int64(Never)
		if i+1 < len(reference) {
			end = reference[i+1].At
		}
		switch r.Value {
		case Ever:
			dst = Push(dst, base, r.At, 0)
			continue
		case Never:
			dst = Push(dst, base, r.At, brackets[0].Points)
			continue
		}
		start := r.At
		for _, b := range brackets {
			if stop := Add(r.Value, b.Below); stop > start {
				dst = Push(dst, base, start, b.Points)
				start = stop
			}
			if start >= end {
				break
			}
		}
		if start < end {
			dst = Push(dst, base, start, 0)
		}
	}
	return dst
}

// BracketAt gives the bracket that a reference of the value ref falls into at t, or -1.
func BracketAt(ref, t int64, brackets []Bracket) int {
	if ref == Ever {
		return -1
	}
	for i, b := range brackets {
		if t < Add(ref, b.Below) || ref == Never {
			return i
		}
	}
	return -1
}
