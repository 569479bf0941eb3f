package timeline

// Frame says which engagements a criterion counts at an instant t: with Within above 0 those at e with e <= t < e + Within;
// else those with From <= e < Until and e <= t, for all time where From is Ever and Until is Never.
type Frame struct{ Within, From, Until int64 }

// Clip gives the places [from, to) of the ascending instants that the frame can count at any time.
func (f Frame) Clip(at []int64) (from, to int) {
	to = len(at)
	if f.Within > 0 {
		return 0, to
	}
	if f.Until != Never {
		to = lowerBound(at, f.Until)
	}
	if f.From != Ever {
		from = min(to, lowerBound(at, f.From))
	}
	return from, to
}

// Counted gives the places [from, to) of the ascending instants, none after t, that the frame counts at t.
func (f Frame) Counted(at []int64, t int64) (from, to int) {
	if f.Within > 0 {
		return lowerBound(at, Add(t, 1-f.Within)), len(at)
	}
	return f.Clip(at)
}

// lowerBound is the number of instants before t. Frames reach back from the latest engagement, so it gallops from the end.
func lowerBound(at []int64, t int64) int {
	end, step := len(at), 1
	for step <= end && at[end-step] >= t {
		end -= step
		step *= 2
	}
	start := max(0, end-step)
	for start < end {
		if middle := int(uint(start+end) / 2); at[middle] < t {
			start = middle + 1
		} else {
			end = middle
		}
	}
	return start
}

// AtLeast appends the spans in which the frame counts n or more (n >= 1) of the ascending instants.
//
// From the instant of the i-th engagement on, the n latest are i-n+1 … i, and the oldest of them leaves the frame first:
// the criterion holds in [at[i], at[i-n+1] + Within), and the union of these spans over i is the answer.
func AtLeast(dst []Span, at []int64, n int, f Frame) []Span {
	from, to := f.Clip(at)
	at = at[from:to]
	if n > len(at) {
		return dst
	}
	if f.Within <= 0 {
		return append(dst, Span{at[n-1], Never})
	}
	base := len(dst)
	for i, start := range at[n-1:] {
		dst = Extend(dst, base, start, Add(at[i], f.Within))
	}
	return dst
}

// Current gives the span of AtLeast that holds t, none of whose ascending instants may be after t, and the places [from, to) that are
// counted at t. Where none does, ok is false and no span reaches beyond span.End; it is Ever where there is none at all. Current looks
// back from the latest instant only as far as the span reaches, which spares most of the work of AtLeast.
func (f Frame) Current(at []int64, n int, t int64) (span Span, from, to int, ok bool) {
	if f.Within <= 0 {
		if from, to = f.Clip(at); n > to-from {
			return Span{End: Ever}, 0, 0, false
		}
		return Span{at[from+n-1], Never}, from, to, true
	}
	from, to = len(at)-n, len(at)
	if from < 0 {
		return Span{End: Ever}, 0, 0, false
	}
	if span.End = Add(at[from], f.Within); span.End <= t {
		return span, 0, 0, false
	}
	for counted := Add(t, 1-f.Within); from > 0 && at[from-1] >= counted; {
		from--
	}
	span.Start = at[f.oldest(at, from, n)+n-1]
	return span, from, to, true
}

// oldest gives the oldest engagement of the span that holds while the n instants from a place on are counted. A span ends where those
// before it have left the frame when the n-th comes.
func (f Frame) oldest(at []int64, place, n int) int {
	for place > 0 && Add(at[place-1], f.Within) >= at[place+n-1] {
		place--
	}
	return place
}

// Last gives the last span of AtLeast of a frame with Within, and the instants that those before it come from. ok is false where
// there is none.
func (f Frame) Last(at []int64, n int) (span Span, earlier []int64, ok bool) {
	for oldest := len(at) - n; oldest >= 0; oldest-- {
		span = Span{at[oldest+n-1], Add(at[oldest], f.Within)}
		if span.End <= span.Start {
			continue
		}
		first := f.oldest(at, oldest, n) + n - 1
		span.Start = at[first]
		return span, at[:first], true
	}
	return Span{}, nil, false
}

// Count appends the steps of the number of instants that the frame counts.
func Count(dst []Step, at []int64, f Frame) []Step {
	from, to := f.Clip(at)
	at = at[from:to]
	base := len(dst)
	old := 0
	for i := 0; i < len(at); i++ {
		for f.Within > 0 && Add(at[old], f.Within) <= at[i] {
			leaves := Add(at[old], f.Within)
			old++
			dst = Push(dst, base, leaves, int64(i-old))
		}
		dst = Push(dst, base, at[i], int64(i-old+1))
	}
	for f.Within > 0 && old < len(at) {
		leaves := Add(at[old], f.Within)
		if old++; leaves == Never {
			break
		}
		dst = Push(dst, base, leaves, int64(len(at)-old))
	}
	return dst
}
