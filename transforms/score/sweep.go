package score

import (
	"cmp"
	"math"
	"slices"

	"leadscore/transforms/timeline"
)

// change says that the points of a set change by delta at an instant.
type change struct {
	at    int64
	set   int32
	delta int64
}

// function is the points of one rule as a step function; position steps are at or before the as-of instant.
type function struct {
	rule     int
	steps    []timeline.Step
	position int
	taken    int // steps that a sweep into the past has not come to
}

// before is the value that holds until step i.
func (f *function) before(i int) int64 {
	if i == 0 {
		return 0
	}
	return f.steps[i-1].Value
}

// subject is what a watch looks at.
type subject uint8

const (
	theTotal      subject = iota
	theMQL                // whether the total has reached the threshold
	theSetMQL             // whether a set's score has reached its threshold
	theSetLimit           // what a set's limit takes or gives
	theTotalLimit         // what the model's limit takes or gives
)

// watch finds out since when a value has been what it is at the as-of instant, until when it stays so, and what comes then.
type watch struct {
	subject subject
	set     int
	was     int64
	since   int64 // Null: ever
	total   int64 // at since
	expires int64 // Null: never
	after   int64
	open    bool // not found yet, in the sweep under way
}

func (w *watch) value(p *Program, s *state) int64 {
	switch w.subject {
	case theMQL:
		return number(p.Model.Score.MQL.Reached(s.total))
	case theSetMQL:
		return number(p.Sets[w.set].MQL.Reached(s.score[w.set]))
	case theSetLimit:
		return s.score[w.set] - s.raw[w.set]
	case theTotalLimit:
		return s.total - s.sum
	}
	return s.total
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// watched makes the watches for what the contact is at the as-of instant: the total first, then whatever the tables speak of.
func (e *Evaluator) watched() {
	p, s := e.p, e.now
	e.watches = append(e.watches[:0], watch{subject: theTotal})
	if t := p.Model.Score.MQL; t.Reached(s.total) && t.Plain() && (e.o.Need.Scores || e.o.Need.MQL || e.o.Need.Events) {
		e.watches = append(e.watches, watch{subject: theMQL})
	}
	for i, set := range p.Sets {
		if e.o.Need.SetScores && set.MQL.Reached(s.score[i]) && set.MQL.Plain() {
			e.watches = append(e.watches, watch{subject: theSetMQL, set: i})
		}
		if e.o.Need.Breakdown && set.Active && s.score[i] != s.raw[i] {
			e.watches = append(e.watches, watch{subject: theSetLimit, set: i})
		}
	}
	if e.o.Need.Breakdown && s.total != s.sum {
		e.watches = append(e.watches, watch{subject: theTotalLimit})
	}
	for i := range e.watches {
		w := &e.watches[i]
		w.was = w.value(p, s)
		w.since, w.expires, w.after = Null, Null, Null
	}
}

// found gives the watch of a subject, or a watch that has found nothing.
func (e *Evaluator) found(subject subject, set int) *watch {
	for i := range e.watches {
		if w := &e.watches[i]; w.subject == subject && w.set == set {
			return w
		}
	}
	return &nothing
}

var nothing = watch{since: Null, expires: Null, after: Null}

// ahead sweeps from the as-of instant into the time in which the contact does nothing more: it closes the watches' expires
// and reads the total at each of the instants.
func (e *Evaluator) ahead(instants *[3]int64, totals *[3]int64) {
	for i := range e.functions {
		f := &e.functions[i]
		for j := f.position; j < len(f.steps); j++ {
			e.changes = append(e.changes, change{f.steps[j].At, e.p.briefs[f.rule].set, f.steps[j].Value - f.before(j)})
		}
	}
	e.arrange()
	for i := range e.watches {
		e.watches[i].open = true
	}
	s, next := e.moving, 0
	s.copyFrom(e.now)
	leads := len(e.leads) > 0
	if leads {
		e.leadsBegin(s)
	}
	for i := 0; i < len(e.order); {
		at := e.change(i).at
		for next < len(instants) && instants[next] < at {
			totals[next] = s.total
			next++
		}
		for ; i < len(e.order) && e.change(i).at == at; i++ {
			c := e.change(i)
			s.add(e.p, int(c.set), c.delta)
		}
		s.limit(e.p)
		for i := range e.watches {
			if w := &e.watches[i]; w.open {
				if v := w.value(e.p, s); v != w.was {
					w.open, w.expires, w.after = false, at, v
				}
			}
		}
		if leads {
			e.leadsAhead(at, s)
		}
	}
	for ; next < len(instants); next++ {
		totals[next] = s.total
	}
}

// back sweeps from the as-of instant into the past: it closes the watches' since, and appends the history of the total. It
// stops where nothing is left to find. What is looked for mostly lies near, so the changes are taken and sorted stretch by
// stretch, each four times as long as all before it; a rule that was only read at the as-of instant is worked out in the
// stretch in which it changed last. Most of the past is so never looked at. (A heap of the rules by their next change, which
// stops at the very instant, was a fifth slower.)
func (e *Evaluator) back(out *Results) {
	open := len(e.watches) - 1 // the total's past is the history
	history := e.o.AsOf
	if e.o.Need.History {
		history = timeline.Add(e.o.AsOf, -e.o.History)
	}
	start := min(history, e.before)
	leads := len(e.leads) > 0
	if leads {
		open += e.leadsTurn(start)
	}
	then, before := e.now.total, e.before
	e.then = then
	if open == 0 && start == e.o.AsOf {
		return
	}
	for i := range e.watches {
		e.watches[i].open = i > 0
	}
	s, first, done := e.moving, len(out.ChangedAt), e.o.AsOf
	e.older = e.older[:0]
	s.copyFrom(e.now)
	for reach := int64(firstReach); ; reach *= 4 {
		until := int64(timeline.Ever)
		if reach <= lastReach {
			until = timeline.Add(e.o.AsOf, -reach)
		}
		if open == 0 || leads && done > start {
			until = max(until, start) // where a lead may find that it knows enough
		}
		done = until
		more := e.changesBack(until)
		for i := 0; i < len(e.order); {
			at := e.change(i).at
			if open == 0 && at <= start {
				break
			}
			score := s.total
			for ; i < len(e.order) && e.change(i).at == at; i++ {
				c := e.change(i)
				s.add(e.p, int(c.set), -c.delta)
			}
			s.limit(e.p)
			if at > before {
				then = s.total
			}
			if at > history && s.total != score {
				out.ChangedAt = append(out.ChangedAt, at)
				out.ChangedTo = append(out.ChangedTo, score)
				out.ChangedFrom = append(out.ChangedFrom, s.total)
			}
			for i := 1; i < len(e.watches); i++ {
				if w := &e.watches[i]; w.open && w.value(e.p, s) != w.was {
					w.open, w.since, w.total = false, at, score
					open--
				}
			}
			if leads {
				open -= e.leadsUndo(at, s)
			}
		}
		if leads {
			open -= e.leadsBack(until)
		}
		if !more || open == 0 && until <= start {
			break
		}
	}
	e.then = then
	slices.Reverse(out.ChangedAt[first:])
	slices.Reverse(out.ChangedTo[first:])
	slices.Reverse(out.ChangedFrom[first:])
}

const (
	firstReach = 16 * day
	lastReach  = 1 << 38 // seconds; beyond all that a word of engagements holds
	placeBits  = 24      // of a change, in the numbers that order them
)

// changesBack takes the changes after the instant until that were not taken yet, and orders them, the latest first; more tells
// whether there are any before that.
func (e *Evaluator) changesBack(until int64) (more bool) {
	e.changes = e.changes[:0]
	older := e.older[:0]
	for _, c := range e.older {
		if c.at > until {
			e.changes = append(e.changes, c)
		} else {
			older = append(older, c)
		}
	}
	e.older = older
	e.recollect(until)
	more = len(e.past) > 0 || len(e.older) > 0
	for i := range e.functions {
		f := &e.functions[i]
		set := e.p.briefs[f.rule].set
		for ; f.taken > 0 && f.steps[f.taken-1].At > until; f.taken-- {
			step := f.steps[f.taken-1]
			e.changes = append(e.changes, change{step.At, set, step.Value - f.before(f.taken-1)})
		}
		more = more || f.taken > 0 && f.steps[f.taken-1].At != timeline.Ever
	}
	e.arrange()
	return more
}

// arrange puts the changes in the order of a sweep, those next to the as-of instant first. All are on one side of it.
func (e *Evaluator) arrange() {
	e.order = e.order[:0]
	far := uint64(0)
	for i := range e.changes {
		distance := e.distance(&e.changes[i])
		far |= distance
		e.order = append(e.order, distance<<placeBits|uint64(i))
	}
	if e.places = 1<<placeBits - 1; far>>(64-placeBits) == 0 && len(e.changes) <= 1<<placeBits {
		e.order, e.unordered = spread(e.order, e.unordered)
		return
	}
	// Distances do not fit beside the places. That many changes are rare, and so is so long ago.
	slices.SortFunc(e.changes, func(a, b change) int { return cmp.Compare(e.distance(&a), e.distance(&b)) })
	e.places = math.MaxUint64
	for i := range e.changes {
		e.order[i] = uint64(i)
	}
}

// distance is how far from the as-of instant a change is, in seconds.
func (e *Evaluator) distance(c *change) uint64 {
	if c.at < e.o.AsOf {
		return uint64(e.o.AsOf) - uint64(c.at)
	}
	return uint64(c.at) - uint64(e.o.AsOf)
}

// change gives change i of those that arrange has put in order.
func (e *Evaluator) change(i int) *change { return &e.changes[e.order[i]&e.places] }

// recollect takes the changes of the rules that change after the instant until. All of them are direct, and their statics are as they
// have to be: they change where the spans of their terms begin and end.
func (e *Evaluator) recollect(until int64) {
	left := e.past[:0]
	for _, r := range e.past {
		if r.last <= until {
			left = append(left, r)
			continue
		}
		b := &e.p.briefs[r.rule]
		if b.single && b.frame.Within > 0 {
			e.recollectSingle(b, until)
			continue
		}
		for _, span := range e.contact.holdsWhenTerms(b.terms) {
			e.takeSpan(span, b, until)
		}
	}
	e.past = left
}

// recollectSingle does it for most rules, without the set of spans.
func (e *Evaluator) recollectSingle(b *brief, until int64) {
	at := e.contact.instants(b.selector)
	for {
		span, earlier, ok := b.frame.Last(at, b.atLeast)
		if !ok {
			return
		}
		e.takeSpan(span, b, until)
		at = earlier
	}
}

// takeSpan takes the changes until the as-of instant of a rule that holds in a span.
func (e *Evaluator) takeSpan(span timeline.Span, b *brief, until int64) {
	e.takeBack(change{span.Start, b.set, b.value}, until)
	if span.End <= e.o.AsOf {
		e.takeBack(change{span.End, b.set, -b.value}, until)
	}
}

// takeBack takes a change of the past.
func (e *Evaluator) takeBack(c change, until int64) {
	if c.at > until {
		e.changes = append(e.changes, c)
	} else {
		e.older = append(e.older, c)
	}
}
