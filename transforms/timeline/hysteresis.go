package timeline

// Hysteresis is a two-valued state that follows a value: off before everything, it turns on at the first instant at which the value
// is On or more, off at the first instant at which it is below Off (at most On), and after that not on again for Pause seconds: a
// value that is On or more when they have passed turns it on at that instant. So a stretch of values below Off that is as long as the pause
// forgets all that was before it.
type Hysteresis struct{ On, Off, Pause int64 }

// Follow appends the set of instants at which the state is on. Before the first step the state is off and not in a pause, whatever the
// value is; unlike elsewhere, a value that has always been there has a step at Ever.
func (h Hysteresis) Follow(dst []Span, steps []Step) []Span {
	base := len(dst)
	since, free, on := int64(0), int64(Ever), false
	for i, s := range steps {
		end := int64(Never)
		if i+1 < len(steps) {
			end = steps[i+1].At
		}
		switch {
		case on && s.Value < h.Off:
			dst = Extend(dst, base, since, s.At)
			on, free = false, Add(s.At, h.Pause)
		case !on && s.Value >= h.On && free < end:
			on, since = true, max(s.At, free)
		}
	}
	if on {
		dst = Extend(dst, base, since, Never)
	}
	return dst
}

// SpanAt gives the span of an ascending set that holds t.
func SpanAt(set []Span, t int64) (Span, bool) {
	for _, s := range set {
		if s.Start <= t && t < s.End {
			return s, true
		}
	}
	return Span{}, false
}
