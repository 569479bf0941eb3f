package score

import (
	"cmp"
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
	expires int64 // Null: never
	after   int64
	open    bool // not found yet, in the sweep under way
}

func (w *watch) value(p *Program, s *state) int64 {
	switch w.subject {
	case theMQL:
		return number(reached(s.total, p.Model.Score.MQL))
	case theSetMQL:
		return number(reached(s.score[w.set], p.Sets[w.set].MQL))
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
	if reached(s.total, p.Model.Score.MQL) && (e.o.Need.Scores || e.o.Need.MQL) {
		e.watches = append(e.watches, watch{subject: theMQL})
	}
	for i, set := range p.Sets {
		if e.o.Need.SetScores && reached(s.score[i], set.MQL) {
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
	e.changes = e.changes[:0]
	for i := range e.functions {
		f := &e.functions[i]
		for j := f.position; j < len(f.steps); j++ {
			e.changes = append(e.changes, change{f.steps[j].At, int32(e.p.Rules[f.rule].Set), f.steps[j].Value - f.before(j)})
		}
	}
	slices.SortFunc(e.changes, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	for i := range e.watches {
		e.watches[i].open = true
	}
	s, rest, next := e.moving, e.changes, 0
	s.copyFrom(e.now)
	for len(rest) > 0 {
		at := rest[0].at
		for next < len(instants) && instants[next] < at {
			totals[next] = s.total
			next++
		}
		n := sameInstant(rest)
		s.apply(e.p, rest[:n], 1)
		rest = rest[n:]
		for i := range e.watches {
			if w := &e.watches[i]; w.open {
				if v := w.value(e.p, s); v != w.was {
					w.open, w.expires, w.after = false, at, v
				}
			}
		}
	}
	for ; next < len(instants); next++ {
		totals[next] = s.total
	}
}

// back sweeps from the as-of instant into the past: it closes the watches' since, and appends the history of the total. It
// stops where nothing is left to find. What is looked for mostly lies near, so the changes are taken and sorted stretch by
// stretch, each four times as long as all before it.
func (e *Evaluator) back(out *Results) {
	open := len(e.watches) - 1 // the total's past is the history
	start := e.o.AsOf
	if e.o.Need.History {
		start = timeline.Add(e.o.AsOf, -e.o.History)
	}
	if open == 0 && start == e.o.AsOf {
		return
	}
	for i := range e.watches {
		e.watches[i].open = i > 0
	}
	s, first := e.moving, len(out.ChangedAt)
	s.copyFrom(e.now)
	for reach := int64(firstReach); ; reach *= 4 {
		until := int64(timeline.Ever)
		if reach <= lastReach {
			until = timeline.Add(e.o.AsOf, -reach)
		}
		if open == 0 {
			until = max(until, start)
		}
		rest, more := e.changesBack(until)
		for len(rest) > 0 {
			at := rest[0].at
			inHistory := at > start
			if open == 0 && !inHistory {
				break
			}
			n := sameInstant(rest)
			score := s.total
			s.apply(e.p, rest[:n], -1)
			rest = rest[n:]
			if inHistory && s.total != score {
				out.ChangedAt = append(out.ChangedAt, at)
				out.ChangedTo = append(out.ChangedTo, score)
				out.ChangedFrom = append(out.ChangedFrom, s.total)
			}
			for i := 1; i < len(e.watches); i++ {
				if w := &e.watches[i]; w.open && w.value(e.p, s) != w.was {
					w.open, w.since = false, at
					open--
				}
			}
		}
		if !more || open == 0 && until <= start {
			break
		}
	}
	slices.Reverse(out.ChangedAt[first:])
	slices.Reverse(out.ChangedTo[first:])
	slices.Reverse(out.ChangedFrom[first:])
}

const (
	firstReach = 64 * day
	lastReach  = 1 << 40 // seconds; beyond all that a word of engagements or a date of a calendar holds
)

// changesBack takes the changes after the instant until that were not taken yet, the latest first; more tells whether there
// are any before that.
func (e *Evaluator) changesBack(until int64) (changes []change, more bool) {
	e.changes = e.changes[:0]
	for i := range e.functions {
		f := &e.functions[i]
		set := int32(e.p.Rules[f.rule].Set)
		for ; f.taken > 0 && f.steps[f.taken-1].At > until; f.taken-- {
			step := f.steps[f.taken-1]
			e.changes = append(e.changes, change{step.At, set, step.Value - f.before(f.taken-1)})
		}
		more = more || f.taken > 0 && f.steps[f.taken-1].At != timeline.Ever
	}
	changes = e.changes
	if len(changes) > 40 {
		slices.SortFunc(changes, func(a, b change) int { return cmp.Compare(b.at, a.at) })
		return changes, more
	}
	for i := 1; i < len(changes); i++ {
		c, j := changes[i], i
		for ; j > 0 && changes[j-1].at < c.at; j-- {
			changes[j] = changes[j-1]
		}
		changes[j] = c
	}
	return changes, more
}

// sameInstant is the number of changes at the instant of the first. In what order they are applied does not matter.
func sameInstant(changes []change) int {
	n := 1
	for n < len(changes) && changes[n].at == changes[0].at {
		n++
	}
	return n
}
