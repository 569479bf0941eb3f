package score

import (
	"slices"

	"leadscore/transforms/timeline"
)

// contact is what is known of the contact in hand, and the buffers that are used again for the next one.
type contact struct {
	holds, maybe []uint64 // statics that hold at all times; at some time
	timed        []TimedSpan
	at           []int64    // engagements, ascending
	met          []meetings // selector → the engagements that met it
	touched      []uint32   // selectors that any met

	candidates []uint64 // bit a rule: it may have points at some time

	spans []timeline.Span // arena of the sets in use
	steps []timeline.Step // arena of the step functions in use
	known []slot          // criterion → its spans, when it was looked at for this contact
	turn  uint32          // the number of this contact, which tells fresh slots from stale ones

	marks []uint64 // scratch of behind: bit a place
}

// meetings are engagements: count of them, the rest is room for more. That was less work than to count first and put those of all
// selectors side by side.
type meetings struct {
	at     []int64
	places []uint32 // in the contact's at
	count  int
}

func (m *meetings) grow() {
	n := max(16, 2*len(m.at))
	m.at = slices.Grow(m.at, n-len(m.at))[:n]
	m.places = slices.Grow(m.places, n-len(m.places))[:n]
}

// slot is a piece of an arena, fresh when turn is the contact's.
type slot struct{ turn, from, to uint32 }

func newContact(p *Program) *contact {
	return &contact{
		maybe:      make([]uint64, max(1, p.StaticWords())),
		touched:    make([]uint32, 0, len(p.Selectors)+1),
		met:        make([]meetings, len(p.Selectors)),
		candidates: make([]uint64, (len(p.Rules)+63)/64),
		known:      make([]slot, len(p.criteria)),
	}
}

// load takes contact c of the bucket in hand and sorts its engagements by selector.
func (k *contact) load(p *Program, b *Bucket, signatures *Signatures, c int) {
	k.turn++
	k.spans, k.steps = k.spans[:0], k.steps[:0]
	words := p.StaticWords()
	if k.holds = b.Holds[c*words : (c+1)*words]; words == 0 {
		k.holds = noStatics
	}
	k.timed = nil
	copy(k.maybe, k.holds)
	if b.TimedStart != nil {
		k.timed = b.Timed[b.TimedStart[c]:b.TimedStart[c+1]]
		for _, t := range k.timed {
			k.maybe[t.Static/64] |= 1 << (t.Static % 64)
		}
	}
	for _, s := range k.touched {
		k.met[s].count = 0
	}
	first, end := b.EngagementStart[c], b.EngagementStart[c+1]
	k.at = b.At[first:end]
	signature := b.Signature[first:end]
	touched := 0
	list := k.touched[:cap(k.touched)]
	for i, g := range signature {
		at := k.at[i]
		for _, s := range signatures.Of(g) {
			m := &k.met[s]
			n := m.count
			if n >= len(m.at) {
				m.grow()
			}
			m.at[n], m.places[n] = at, uint32(i)
			m.count = n + 1
			// Whether it is the first of its selector cannot be foretold, so nothing branches on it.
			list[touched] = s
			isFirst := 0
			if n == 0 {
				isFirst = 1
			}
			touched += isFirst
		}
	}
	k.touched = list[:touched]
}

// noStatics is what holds where the model has none: rules look at a word all the same.
var noStatics = make([]uint64, 1)

// cut puts the engagements after t away, for all that is worked out until the next load.
func (k *contact) cut(t int64) {
	k.turn++
	k.spans, k.steps = k.spans[:0], k.steps[:0]
	for _, s := range k.touched {
		m := &k.met[s]
		for m.count > 0 && m.at[m.count-1] > t {
			m.count--
		}
	}
}

// assume takes other statics for the contact's: those that hold at all times, as no other instant is looked at.
func (k *contact) assume(statics []uint64) {
	copy(k.maybe, statics)
	k.holds = k.maybe
}

// choose marks the wanted rules that may have points at some time.
func (k *contact) choose(p *Program, wanted []uint64) {
	chosen := k.candidates
	copy(chosen, p.unbound)
	for _, s := range k.touched {
		for w, rules := range p.watched.of(s)[:len(chosen)] {
			chosen[w] |= rules
		}
	}
	for w := range chosen {
		chosen[w] &= wanted[w]
	}
	pass(chosen, p.needs, k.maybe)
	pass(chosen, p.bars, k.holds)
}

// pass takes the rules away that do not pass the screens.
func pass(chosen []uint64, screens []screen, statics []uint64) {
	for i := range screens {
		s := &screens[i]
		allow := s.allow[statics[s.word]>>s.shift%(1<<screenBits)]
		some := chosen[s.first:][:len(allow)]
		for w, rules := range allow {
			some[w] &= rules
		}
	}
}

// instants gives the instants of the engagements that met the selector, ascending.
func (k *contact) instants(selector int32) []int64 {
	m := &k.met[selector]
	return m.at[:m.count]
}

// current gives the span in which a direct rule holds around t, when its statics hold at all times; ok is false where there is
// none, and span.End then an instant from which on the rule did not hold. Nothing that an engagement criterion counts is
// after t, so it never will again without another engagement. Of a single rule it also gives the places [from, to) of the engagements
// that it counts at t; of others to is 0.
func (k *contact) current(b *brief, t int64) (span timeline.Span, from, to int, ok bool) {
	if b.single {
		return b.frame.Current(k.instants(b.selector), b.atLeast, t)
	}
	span = timeline.Span{Start: timeline.Ever, End: timeline.Never}
	for i := range b.terms {
		term := &b.terms[i]
		at := k.instants(term.selector)
		if len(at) < term.atLeast {
			return timeline.Span{End: timeline.Ever}, 0, 0, false
		}
		s, _, _, ok := term.frame.Current(at, term.atLeast, t)
		if !ok {
			return s, 0, 0, false
		}
		span.Start, span.End = max(span.Start, s.Start), min(span.End, s.End)
	}
	return span, 0, 0, true
}

// holdsWhenTerms gives the set of instants at which all terms hold.
func (k *contact) holdsWhenTerms(terms []term) []timeline.Span {
	set := timeline.Always
	for i := range terms {
		base := len(k.spans)
		k.spans = timeline.AtLeast(k.spans, k.instants(terms[i].selector), terms[i].atLeast, terms[i].frame)
		holds := k.tail(base)
		if i == 0 || len(holds) == 0 {
			set = holds
		} else {
			base = len(k.spans)
			k.spans = timeline.Intersect(k.spans, set, holds)
			set = k.tail(base)
		}
		if len(set) == 0 {
			return nil
		}
	}
	return set
}

// tail is the arena's part from base on. It stays what it is however the arena grows later.
func (k *contact) tail(base int) []timeline.Span { return k.spans[base:len(k.spans):len(k.spans)] }

// holdsWhen gives the set of instants at which the expression holds.
func (k *contact) holdsWhen(p *Program, n *node) []timeline.Span {
	switch n.op {
	case opEngagement:
		return k.engagement(p, n.leaf)
	case opStatic:
		return k.static(uint32(n.leaf))
	case opNot:
		part := k.holdsWhen(p, n.parts[0])
		base := len(k.spans)
		k.spans = timeline.Complement(k.spans, part)
		return k.tail(base)
	case opAny:
		var set []timeline.Span
		for _, part := range n.parts {
			other := k.holdsWhen(p, part)
			if len(set) == 0 {
				set = other
				continue
			}
			base := len(k.spans)
			k.spans = timeline.Union(k.spans, set, other)
			set = k.tail(base)
		}
		return set
	}
	set := timeline.Always
	for i, part := range n.parts {
		other := k.holdsWhen(p, part)
		if i == 0 {
			set = other
		} else {
			base := len(k.spans)
			k.spans = timeline.Intersect(k.spans, set, other)
			set = k.tail(base)
		}
		if len(set) == 0 {
			return nil
		}
	}
	return set
}

func (k *contact) static(s uint32) []timeline.Span {
	if k.holds[s/64]&(1<<(s%64)) != 0 {
		return timeline.Always
	}
	if k.maybe[s/64]&(1<<(s%64)) == 0 {
		return nil
	}
	base := len(k.spans)
	for _, t := range k.timed {
		if t.Static == s {
			k.spans = append(k.spans, t.Span)
		}
	}
	return k.tail(base)
}

func (k *contact) engagement(p *Program, criterion int32) []timeline.Span {
	known := &k.known[criterion]
	if known.turn == k.turn {
		return k.spans[known.from:known.to:known.to]
	}
	c := &p.criteria[criterion]
	at := k.instants(c.selector)
	base := len(k.spans)
	if c.atLeast > 0 {
		k.spans = timeline.AtLeast(k.spans, at, c.atLeast, c.frame)
	} else {
		k.spans = append(k.spans, timeline.Always...)
	}
	if c.atMost >= 0 {
		enough := k.tail(base)
		base = len(k.spans)
		k.spans = timeline.AtLeast(k.spans, at, c.atMost+1, c.frame)
		tooMany := k.tail(base)
		base = len(k.spans)
		k.spans = timeline.Complement(k.spans, tooMany)
		few := k.tail(base)
		base = len(k.spans)
		k.spans = timeline.Intersect(k.spans, enough, few)
	}
	*known = slot{k.turn, uint32(base), uint32(len(k.spans))}
	return k.tail(base)
}

// reference gives the reference of a fading rule's expression: what its points are measured from at every instant.
func (k *contact) reference(p *Program, n *node) []timeline.Step {
	var result []timeline.Step
	switch n.op {
	case opEngagement:
		c := &p.criteria[n.leaf]
		base := len(k.steps)
		k.steps = timeline.Reference(k.steps, k.instants(c.selector), c.atLeast)
		return k.steps[base:len(k.steps):len(k.steps)]
	case opAll, opAny:
		for i, part := range n.parts {
			other := k.reference(p, part)
			if i == 0 {
				result = other
				continue
			}
			base := len(k.steps)
			if n.op == opAll {
				k.steps = timeline.Least(k.steps, result, other)
			} else {
				k.steps = timeline.Greatest(k.steps, result, other)
			}
			result = k.steps[base:len(k.steps):len(k.steps)]
		}
		return result
	}
	set := k.holdsWhen(p, n)
	base := len(k.steps)
	k.steps = timeline.Ageless(k.steps, set)
	return k.steps[base:len(k.steps):len(k.steps)]
}

func grow[T any](s []T, n int) []T {
	return slices.Grow(s[:0], n)[:n]
}
