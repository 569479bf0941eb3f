package timeline

// Step says that a value becomes Value at the instant At. A step function is a list of steps that ascend strictly and
// change the value each; before the first step it is 0.
type Step struct{ At, Value int64 }

// Push appends a step to the function that begins at dst[base]. Its instant must not be before the last step's; at the same
// instant the later step counts.
func Push(dst []Step, base int, at, value int64) []Step {
	if n := len(dst); n > base && dst[n-1].At == at {
		dst = dst[:n-1]
	}
	if n := len(dst); n == base && value == 0 || n > base && dst[n-1].Value == value {
		return dst
	}
	return append(dst, Step{at, value})
}

// Constant appends the function that is value in the set and 0 outside of it.
func Constant(dst []Step, spans []Span, value int64) []Step {
	if value == 0 {
		return dst
	}
	for _, s := range spans {
		dst = append(dst, Step{s.Start, value})
		if s.End != Never {
			dst = append(dst, Step{s.End, 0})
		}
	}
	return dst
}

// Reading is a step function at an instant.
type Reading struct {
	Value   int64
	Since   int64 // the instant from which it has been Value without a break; Ever where there is none
	Expires int64 // the first later instant at which it is not; Never where there is none
	After   int64 // what it becomes at Expires; Value where there is none
}

// Read reads a step function at t. Position is the number of steps at or before t.
func Read(steps []Step, t int64) (r Reading, position int) {
	r.Since, r.Expires = Ever, Never
	position = len(steps)
	for position > 0 && steps[position-1].At > t {
		position--
	}
	if position > 0 {
		r.Value, r.Since = steps[position-1].Value, steps[position-1].At
	}
	r.After = r.Value
	if position < len(steps) {
		r.Expires, r.After = steps[position].At, steps[position].Value
	}
	return r, position
}
