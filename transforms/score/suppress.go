package score

// suppressed gives 1 + the place of the first entry of suppress that holds at t, 0 where none does.
func (k *contact) suppressed(p *Program, t int64) uint32 {
	for i, n := range p.suppress {
		if k.holdsAt(p, n, t) {
			return uint32(i + 1)
		}
	}
	return 0
}

// holdsAt tells whether the expression holds at t, after which there must be no engagement. It is holdsWhen at one instant.
func (k *contact) holdsAt(p *Program, n *node, t int64) bool {
	switch n.op {
	case opEngagement:
		c := &p.criteria[n.leaf]
		from, to := c.frame.Counted(k.instants(c.selector), t)
		return to-from >= c.atLeast && (c.atMost < 0 || to-from <= c.atMost)
	case opStatic:
		return k.staticAt(uint32(n.leaf), t)
	case opNot:
		return !k.holdsAt(p, n.parts[0], t)
	case opAny:
		for _, part := range n.parts {
			if k.holdsAt(p, part, t) {
				return true
			}
		}
		return false
	}
	for _, part := range n.parts {
		if !k.holdsAt(p, part, t) {
			return false
		}
	}
	return true
}

func (k *contact) staticAt(s uint32, t int64) bool {
	if bit := uint64(1) << (s % 64); k.holds[s/64]&bit != 0 || k.maybe[s/64]&bit == 0 {
		return k.holds[s/64]&bit != 0
	}
	for i := range k.timed {
		if span := &k.timed[i]; span.Static == s && span.Start <= t && t < span.End {
			return true
		}
	}
	return false
}

// staticsAt gives a bit for each static that holds at t, in words that the caller owns.
func (k *contact) staticsAt(words []uint64, t int64) {
	copy(words, k.holds)
	for i := range k.timed {
		if span := &k.timed[i]; span.Start <= t && t < span.End {
			words[span.Static/64] |= 1 << (span.Static % 64)
		}
	}
}
