package score

import (
	"slices"

	"leadscore/transforms/model"
	"leadscore/transforms/timeline"
)

// lead finds the spans of time in which a score makes an MQL, where its value at the as-of instant alone does not tell: for
// thresholds with hysteresis or a cool-down, and for events. The sweeps tell it how the score changes; the sweep into the past goes on
// until the lead knows the state at all instants after from, which takes a stretch below the threshold, or the whole past.
type lead struct {
	set    int // -1: the total
	t      *model.Threshold
	from   int64
	value  int64 // where a sweep is
	end    int64 // of the stretch below UntilBelow that the sweep into the past is in
	open   bool  // not known yet
	future []timeline.Step
	steps  []timeline.Step // of the score, as far as the sweeps went
	spans  []timeline.Span
}

// newLeads makes the leads that a program may need; the one of the total is the first.
func newLeads(p *Program, need Need) []lead {
	var leads []lead
	if t := p.Model.Score.MQL; t != nil && (need.Events || !t.Plain()) {
		leads = append(leads, lead{set: -1, t: t})
	}
	for i, s := range p.Sets {
		if need.SetScores && s.MQL != nil && !s.MQL.Plain() {
			leads = append(leads, lead{set: i, t: s.MQL})
		}
	}
	return leads
}

func (l *lead) hysteresis() timeline.Hysteresis {
	return timeline.Hysteresis{On: l.t.At, Off: l.t.UntilBelow, Pause: l.t.AgainAfter}
}

func (l *lead) score(s *state) int64 {
	if l.set < 0 {
		return s.total
	}
	return s.score[l.set]
}

// ahead takes the score from an instant after the as-of instant on.
func (l *lead) ahead(at int64, s *state) {
	if v := l.score(s); v != l.value {
		l.future = append(l.future, timeline.Step{At: at, Value: v})
		l.value = v
	}
}

// turn begins the sweep from the as-of instant into the past; from is the instant after which the state is asked for.
func (l *lead) turn(asOf, from int64, s *state) {
	l.value, l.end, l.from, l.open, l.steps = l.score(s), asOf, from, true, l.steps[:0]
	if from == asOf && l.value < l.t.UntilBelow {
		l.close(asOf) // it is none, and nothing else is asked for
	}
	l.back(asOf)
}

// back says that the score has been value from the instant at on.
func (l *lead) back(at int64) {
	known := int64(timeline.Ever)
	switch {
	case !l.open:
		return
	case l.t.Plain():
		known = l.from
	case l.value < l.t.UntilBelow:
		known = min(l.from, timeline.Add(l.end, -l.t.AgainAfter))
	}
	if known >= at && known != timeline.Ever {
		l.close(known)
	}
}

// undo says that the score was that of s until the instant at.
func (l *lead) undo(at int64, s *state) {
	l.back(at)
	v := l.score(s)
	if !l.open || v == l.value {
		return
	}
	l.steps = append(l.steps, timeline.Step{At: at, Value: l.value})
	if v < l.t.UntilBelow && l.value >= l.t.UntilBelow {
		l.end = at
	}
	l.value = v
}

// close says that the instant at is early enough: either the state is none there, with no cool-down left that matters, or it is that of
// the value.
func (l *lead) close(at int64) {
	l.steps = append(l.steps, timeline.Step{At: at, Value: l.value})
	l.open = false
}

// follow works the spans out once both sweeps are done.
func (l *lead) follow() {
	if l.open {
		l.close(timeline.Ever)
	}
	slices.Reverse(l.steps)
	l.steps = append(l.steps, l.future...)
	l.spans = l.hysteresis().Follow(l.spans[:0], l.steps)
}

// The sweeps call these where there are leads at all; most models have none, and pay nothing for it.

// leadsBegin begins the sweep into the future.
func (e *Evaluator) leadsBegin(s *state) {
	for i := range e.leads {
		l := &e.leads[i]
		l.value, l.future = l.score(s), l.future[:0]
	}
}

func (e *Evaluator) leadsAhead(at int64, s *state) {
	for i := range e.leads {
		e.leads[i].ahead(at, s)
	}
}

// leadsTurn begins the sweep into the past, which goes to start at least, and counts the leads that are open.
func (e *Evaluator) leadsTurn(start int64) (open int) {
	for i := range e.leads {
		l := &e.leads[i]
		from := start
		switch {
		case l.set >= 0:
			from = e.o.AsOf
		case l.t.Plain():
			from = e.before
		}
		l.turn(e.o.AsOf, from, e.now)
		open += int(number(l.open))
	}
	return open
}

// leadsUndo and leadsBack count the leads that they close.
func (e *Evaluator) leadsUndo(at int64, s *state) (closed int) {
	for i := range e.leads {
		if l := &e.leads[i]; l.open {
			l.undo(at, s)
			closed += int(number(!l.open))
		}
	}
	return closed
}

func (e *Evaluator) leadsBack(at int64) (closed int) {
	for i := range e.leads {
		if l := &e.leads[i]; l.open {
			l.back(at)
			closed += int(number(!l.open))
		}
	}
	return closed
}

// leadOf gives the lead of the total (-1) or of a set, which there is where its threshold is not plain.
func (e *Evaluator) leadOf(set int) *lead {
	for i := range e.leads {
		if l := &e.leads[i]; l.set == set {
			return l
		}
	}
	return nil
}

// mqlOf tells of the total (-1) or of a set whether its score makes an MQL at the as-of instant, since when and until when.
func (e *Evaluator) mqlOf(set int) (is bool, since, expires int64) {
	t, score, subject := e.p.Model.Score.MQL, e.now.total, theMQL
	if set >= 0 {
		t, score, subject = e.p.Sets[set].MQL, e.now.score[set], theSetMQL
	}
	if t == nil || t.Plain() {
		w := e.found(subject, max(set, 0))
		return t.Reached(score), w.since, w.expires
	}
	span, ok := timeline.SpanAt(e.leadOf(set).spans, e.o.AsOf)
	if !ok {
		return false, Null, Null
	}
	if span.End == timeline.Never {
		span.End = Null
	}
	return true, span.Start, span.End
}

// historyMQL gives the state at the instants of the history rows that have none yet.
func (e *Evaluator) historyMQL(out *Results) {
	first, n := len(out.ChangedMQL), len(out.ChangedAt)
	if first == n {
		return
	}
	t := e.p.Model.Score.MQL
	if t == nil || t.Plain() {
		out.ChangedMQL = slices.Grow(out.ChangedMQL, n-first)[:n]
		for i, score := range out.ChangedTo[first:] {
			out.ChangedMQL[first+i] = byte(number(t.Reached(score)))
		}
		return
	}
	spans := e.leadOf(-1).spans
	for _, at := range out.ChangedAt[first:] {
		for len(spans) > 0 && spans[0].End <= at {
			spans = spans[1:]
		}
		out.ChangedMQL = append(out.ChangedMQL, byte(number(len(spans) > 0 && spans[0].Start <= at)))
	}
}
