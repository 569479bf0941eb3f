package oracle

import (
	"math"
	"slices"
	"sort"

	"leadscore/transforms/match"
	"leadscore/transforms/model"
)

// beforeAll stands for an instant before everything, with room for frames below it.
const beforeAll = math.MinInt64 / 4

// points gives what a rule is worth to the person at instant t.
func (q *question) points(r *model.Rule, t int64) int64 {
	switch r.Points.Kind {
	case model.Constant:
		if q.holds(r.When, t, 0) {
			return r.Points.Value
		}
		return 0
	case model.Each:
		points := r.Points.Value * int64(len(q.counted(single(r.When), t, 0)))
		if limit := r.Points.Max; limit != nil {
			if *limit < 0 {
				return max(points, *limit)
			}
			return min(points, *limit)
		}
		return points
	case model.Tiers:
		count := int64(len(q.counted(single(r.When), t, 0)))
		var points int64
		for _, tier := range r.Points.Steps {
			if count >= tier.From {
				points = tier.Points
			}
		}
		return points
	case model.Fade:
		if step := q.bracket(r, t); step != nil {
			return step.Points
		}
	}
	return 0
}

// bracket gives the smallest bracket of a fade within which the rule holds at t, nil when it holds in none.
func (q *question) bracket(r *model.Rule, t int64) *model.Step {
	for i, step := range r.Points.Steps {
		if q.holds(r.When, t, step.From) {
			return &r.Points.Steps[i]
		}
	}
	return nil
}

// single is the engagement criterion of a rule that is nothing but that; a list of one criterion is that criterion.
func single(e model.Expr) *model.Engagement {
	switch e := e.(type) {
	case *model.All:
		return single(e.Parts[0])
	case *model.Any:
		return single(e.Parts[0])
	}
	return e.(*model.Engagement)
}

// behind gives the events behind a rule's points at instant t: those that at least one of its engagement criteria outside of not counts.
func (q *question) behind(r *model.Rule, t int64) []Event {
	var bracket int64
	if r.Points.Kind == model.Fade {
		step := q.bracket(r, t)
		if step == nil {
			return nil
		}
		bracket = step.From
	}
	counted := map[int]bool{}
	model.Walk(r.When, func(e model.Expr, negated bool) {
		if criterion, ok := e.(*model.Engagement); ok && !negated {
			for _, place := range q.counted(criterion, t, bracket) {
				counted[place] = true
			}
		}
	})
	var events []Event
	for place, event := range q.person.events {
		if counted[place] {
			events = append(events, event)
		}
	}
	return events
}

// candidates gives, ascending, one instant before everything, T itself, and every instant at which anything about the person can change.
func (q *question) candidates(m *model.Model, asOf int64) []int64 {
	at := []int64{beforeAll, asOf}
	for _, member := range q.person.members {
		if added, dated := instantOf(member.Added, q.lists.input); dated {
			at = append(at, added.Second)
		}
	}
	frames := map[int64]bool{}
	for _, set := range m.Sets {
		for _, rule := range set.Rules {
			for _, step := range rule.Points.Steps {
				if rule.Points.Kind == model.Fade {
					frames[step.From] = true
				}
			}
			model.Walk(rule.When, func(e model.Expr, _ bool) {
				switch e := e.(type) {
				case *model.Engagement:
					if e.Frame.Within > 0 {
						frames[e.Frame.Within] = true
					}
				case *model.Field:
					at = append(at, q.fieldCandidates(e)...)
				}
			})
		}
	}
	for _, event := range q.person.events {
		e := q.second(event)
		at = append(at, e)
		for frame := range frames {
			at = append(at, e+frame)
		}
	}
	slices.Sort(at)
	return slices.Compact(at)
}

// fieldCandidates gives the instants at which a field comes into a frame or leaves it.
func (q *question) fieldCandidates(f *model.Field) []int64 {
	values, isList := q.Fields[f.Column].([]Value)
	if !isList {
		values = []Value{q.Fields[f.Column]}
	}
	var at []int64
	for _, c := range f.Test.Conditions {
		if c.Operator != match.Within && c.Operator != match.OlderThan {
			continue
		}
		for _, v := range values {
			if instant, ok := instantOf(v, q.fields.input); ok {
				at = append(at, instant.Second, instant.Second+c.Operands[0].Seconds)
			}
		}
	}
	return at
}

// steps is something of a person as a function of time: values[i] from at[i] until at[i+1].
type steps struct {
	at     []int64
	values []int64
}

// plot asks for the value at every candidate.
func plot(at []int64, value func(t int64) int64) steps {
	s := steps{at: at}
	for _, t := range at {
		s.values = append(s.values, value(t))
	}
	return s
}

// valueAt is the value at instant t: that of the last candidate that is not after it.
func (s steps) valueAt(t int64) int64 {
	after := sort.Search(len(s.at), func(i int) bool { return s.at[i] > t })
	return s.values[max(after-1, 0)]
}

// since is the instant from which the value has been what it is at t, without a break; nil: it always was.
func (s steps) since(t int64) *int64 {
	var since *int64
	for i := 1; i < len(s.at) && s.at[i] <= t; i++ {
		if s.values[i] != s.values[i-1] {
			since = &s.at[i]
		}
	}
	return since
}

// expires is the first instant after t at which the value will be another, and that other value; nil: never.
func (s steps) expires(t int64) (at, becomes *int64) {
	now := s.valueAt(t)
	for i := range s.at {
		if s.at[i] > t && s.values[i] != now {
			return &s.at[i], &s.values[i]
		}
	}
	return nil, nil
}
