package score

import (
	"math/bits"
	"sort"

	"leadscore/transforms/model"
	"leadscore/transforms/timeline"
)

// points gives a rule's points as a step function of all time.
func (k *contact) points(p *Program, rule int) []timeline.Step {
	r := &p.Rules[rule]
	switch r.Points.Kind {
	case model.Each, model.Tiers:
		c := &p.criteria[r.root.leaf]
		base := len(k.steps)
		k.steps = timeline.Count(k.steps, k.instants(c.selector), c.frame)
		counts := k.steps[base:len(k.steps):len(k.steps)]
		base = len(k.steps)
		for _, s := range counts {
			k.steps = timeline.Push(k.steps, base, s.At, worth(&r.Points, s.Value))
		}
		return k.steps[base:len(k.steps):len(k.steps)]
	case model.Fade:
		reference := k.reference(p, r.root)
		base := len(k.steps)
		k.steps = timeline.Fade(k.steps, reference, r.brackets)
		return k.steps[base:len(k.steps):len(k.steps)]
	}
	set := k.holdsWhen(p, r.root)
	base := len(k.steps)
	k.steps = timeline.Constant(k.steps, set, r.Points.Value)
	return k.steps[base:len(k.steps):len(k.steps)]
}

// pointsAt gives a rule's points at t, after which there must be no engagement.
func (k *contact) pointsAt(p *Program, rule int, t int64) int64 {
	if r := &p.briefs[rule]; r.direct && k.settled(p, rule) {
		if _, _, _, ok := k.current(r, t); ok {
			return r.value
		}
		return 0
	}
	reading, _ := timeline.Read(k.points(p, rule), t)
	return reading.Value
}

// settled tells of a rule that may have points that the statics it must and must not have are as they have to be at all times.
func (k *contact) settled(p *Program, rule int) bool {
	// Without spans they are never anything else, and choose has looked at them.
	return len(k.timed) == 0 || k.always(&p.Rules[rule])
}

func (k *contact) always(r *Rule) bool {
	for w, must := range r.must {
		if k.holds[w]&must != must || k.maybe[w]&r.mustNot[w] != 0 {
			return false
		}
	}
	return true
}

// worth gives the points of a count (SPEC section 3.4: each and max, tiers).
func worth(p *model.Points, count int64) int64 {
	if p.Kind == model.Each {
		points := count * p.Value
		switch {
		case p.Max == nil:
		case p.Value > 0:
			points = min(points, *p.Max)
		default:
			points = max(points, *p.Max)
		}
		return points
	}
	reached := sort.Search(len(p.Steps), func(i int) bool { return p.Steps[i].From > count })
	if reached == 0 {
		return 0
	}
	return p.Steps[reached-1].Points
}

// behind finds the engagements behind a rule's points at t: how many, the first and the last.
func (k *contact) behind(p *Program, rule int, t int64) (occurrences, first, last int64) {
	r := &p.Rules[rule]
	first, last = Null, Null
	fade := int64(-1)
	if r.Points.Kind == model.Fade {
		reference := k.reference(p, r.root)
		ref := int64(timeline.Ever)
		for i := len(reference) - 1; i >= 0; i-- {
			if reference[i].At <= t {
				ref = reference[i].Value
				break
			}
		}
		fade = r.brackets[timeline.BracketAt(ref, t, r.brackets)].Below
	}
	counted := func(criterion int32) (at []int64, met []uint32) {
		c := &p.criteria[criterion]
		frame := c.frame
		if fade > 0 {
			frame.Within = fade
		}
		all := k.instants(c.selector)
		from, to := frame.Counted(all, t)
		return all[from:to], k.met[c.selector].places[from:to]
	}
	if len(r.counts) == 1 {
		if at, _ := counted(r.counts[0]); len(at) > 0 {
			return int64(len(at)), at[0], at[len(at)-1]
		}
		return 0, Null, Null
	}
	// An engagement that several criteria count is one row: each place is marked once.
	k.marks = grow(k.marks, (len(k.at)+63)/64)
	clear(k.marks)
	for _, criterion := range r.counts {
		_, met := counted(criterion)
		for _, place := range met {
			k.marks[place/64] |= 1 << (place % 64)
		}
	}
	for w, marks := range k.marks {
		if marks == 0 {
			continue
		}
		if occurrences == 0 {
			first = k.at[64*w+bits.TrailingZeros64(marks)]
		}
		last = k.at[64*w+bits.Len64(marks)-1]
		occurrences += int64(bits.OnesCount64(marks))
	}
	return occurrences, first, last
}
