package score

import (
	"slices"

	"leadscore/transforms/timeline"
)

// events appends how the MQL state changed after T0. Where this run finds the state at T0 to be what was published, these are the
// changes of the state until T1, each at its instant. Where it does not, because the past is seen differently now, the first of them
// brings the state back to what was published and is none; if there is none, the state changes at T1. So the events always lead from the
// published state to the state at T1. Without an earlier run every MQL becomes one, at the instant since which it is.
func (e *Evaluator) events(prior *Prior, c int, mql bool, out *Results) {
	if prior == nil {
		if mql {
			e.firstEvent(out)
		}
		return
	}
	was := prior.Was(c)
	if l := e.leadOf(-1); l != nil {
		_, then := timeline.SpanAt(l.spans, e.before)
		skip := then != was
		turn := func(at int64, became bool) {
			if at <= e.before || at > e.o.AsOf {
				return
			}
			if !skip {
				reading, _ := timeline.Read(l.steps, at)
				e.event(out, at, became, reading.Value, e.causeAt(at))
				was = became
			}
			skip = false
		}
		for _, s := range l.spans {
			turn(s.Start, true)
			turn(s.End, false)
		}
	}
	if was != mql {
		e.event(out, e.o.AsOf, mql, e.now.total, e.causeOfChange(prior, c, mql))
	}
}

// firstEvent appends that an MQL has become one, where no earlier run is known. Whoever was one ever is so by its fields.
func (e *Evaluator) firstEvent(out *Results) {
	_, since, _ := e.mqlOf(-1)
	if since == Null {
		e.event(out, e.o.AsOf, true, e.now.total, FieldChange)
		return
	}
	total := e.found(theMQL, 0).total
	if l := e.leadOf(-1); l != nil {
		reading, _ := timeline.Read(l.steps, since)
		total = reading.Value
	}
	e.event(out, since, true, total, e.causeAt(since))
}

func (e *Evaluator) event(out *Results, at int64, became bool, score int64, cause Cause) {
	out.EventAt = append(out.EventAt, at)
	out.EventBecame = append(out.EventBecame, byte(number(became)))
	out.EventScore = append(out.EventScore, score)
	out.EventCause = append(out.EventCause, cause)
}

// causeAt tells what made the state change at an instant: an engagement of that second, or a membership that begins in it, or else that
// time passed.
func (e *Evaluator) causeAt(at int64) Cause {
	k := e.contact
	if _, ok := slices.BinarySearch(k.at, at); ok {
		return Engagement
	}
	for i := range k.timed {
		if s := &k.timed[i]; s.Start == at && e.lists[s.Static/64]&(1<<(s.Static%64)) != 0 {
			return ListChange
		}
	}
	return Expiry
}

var causes = [parts]Cause{
	newEngagement: Engagement, expiry: Expiry, fieldChange: FieldChange, listChange: ListChange, modelChange: ModelChange, lateData: Engagement,
}

// causeOfChange tells why the state at T0 is another than the published one: the link of the chain up to T0 with which it became what
// it is. Where the scores of the links do not tell, as the state depends on the past too, it is another model, else the first link that changes
// the score, else late data. All that a new contact brings along is a change of its fields.
func (e *Evaluator) causeOfChange(prior *Prior, c int, mql bool) Cause {
	if !prior.Known[c] {
		return FieldChange
	}
	t := e.p.Model.Score.MQL
	state, total := prior.Was(c), prior.Before(c)
	turned, first := parts, parts
	for _, l := range e.links {
		if l.total != total || l.part == modelChange {
			before := state
			if state {
				state = t != nil && l.total >= t.UntilBelow
			} else {
				state = t.Reached(l.total)
			}
			if state != before {
				turned = l.part
			}
			if first == parts && l.total != total {
				first = l.part
			}
			total = l.total
		}
		if l.part == fieldChange {
			break // the rest comes after T0
		}
	}
	switch {
	case state == mql && turned != parts:
		return causes[turned]
	case prior.ModelChanged:
		return ModelChange
	case first != parts:
		return causes[first]
	}
	return Engagement
}
