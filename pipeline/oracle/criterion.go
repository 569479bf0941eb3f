package oracle

import (
	"strconv"

	"leadscore/transforms/model"
)

// question asks the criteria of a model about one person.
type question struct {
	*person
	fields, events, lists zones
	kinds                 map[*model.Engagement][]bool // which events are of a criterion's kind, asked once

	// then gives the answer of an earlier night to a test of a field or list, where that one is to count; nil: nowhere.
	then func(e model.Expr) (held, counts bool)
}

func ask(m *model.Model, p *person, o Options) *question {
	return &question{
		person: p,
		fields: zones{o.Contacts.zone(m.Zone), m.Zone},
		events: zones{o.Engagements.zone(m.Zone), m.Zone},
		lists:  zones{o.Lists.zone(m.Zone), m.Zone},
		kinds:  map[*model.Engagement][]bool{},
	}
}

// second is the second in which an event of this person happened.
func (q *question) second(e Event) int64 { return e.second(q.events.input) }

// holds tells whether a criterion, or a composition of criteria, holds at instant t. Where bracket is above 0 all engagement
// criteria have the frame within bracket seconds instead of their own.
func (q *question) holds(e model.Expr, t, bracket int64) bool {
	if q.then != nil {
		if held, counts := q.then(e); counts {
			return held
		}
	}
	switch e := e.(type) {
	case *model.All:
		for _, part := range e.Parts {
			if !q.holds(part, t, bracket) {
				return false
			}
		}
		return true
	case *model.Any:
		for _, part := range e.Parts {
			if q.holds(part, t, bracket) {
				return true
			}
		}
		return false
	case *model.Not:
		return !q.holds(e.Part, t, bracket)
	case *model.Engagement:
		count := int64(len(q.counted(e, t, bracket)))
		return count >= e.AtLeast && (e.AtMost == nil || count <= *e.AtMost)
	case *model.Field:
		return passes(e.Test, q.Fields[e.Column], q.fields, t)
	case *model.ListMember:
		return q.isMember(e.List, t)
	}
	return false
}

// counted gives the places in q.person.events of those that an engagement criterion counts at instant t.
func (q *question) counted(c *model.Engagement, t, bracket int64) []int {
	frame := c.Frame
	if bracket > 0 {
		frame = model.Frame{Within: bracket}
	}
	kinds, known := q.kinds[c]
	if !known {
		for _, event := range q.person.events {
			kinds = append(kinds, q.matches(c, event))
		}
		q.kinds[c] = kinds
	}
	var places []int
	for i, event := range q.person.events {
		e := q.second(event)
		inFrame := e <= t
		if frame.Within > 0 {
			inFrame = inFrame && t < e+frame.Within
		} else {
			inFrame = inFrame && (frame.From == nil || *frame.From <= e) && (frame.Until == nil || e < *frame.Until)
		}
		if inFrame && kinds[i] {
			places = append(places, i)
		}
	}
	return places
}

// matches tells whether an event is of the kind that a criterion asks for, whenever it was.
func (q *question) matches(c *model.Engagement, e Event) bool {
	named := func(want *string, v Value) bool {
		text, ok := v.(string)
		return want == nil || ok && sameText(*want, text)
	}
	if !named(c.Channel, e.Channel) || !named(c.Action, e.Action) {
		return false
	}
	if c.Asset != nil && !passes(*c.Asset, e.Asset, q.events, 0) {
		return false
	}
	if c.URL != nil && !passes(*c.URL, e.URL, q.events, 0) {
		return false
	}
	if c.Question != nil && !q.answers(c, e) {
		return false
	}
	for _, w := range c.Where {
		if !passes(w.Test, e.Where[w.Column], q.events, 0) {
			return false
		}
	}
	return true
}

// answers tells whether one question of the event, with its answer, meets the criterion.
func (q *question) answers(c *model.Engagement, e Event) bool {
	entries := e.Answers
	if entries == nil {
		entries = []Answer{{e.Question, e.Answer}}
	}
	for _, entry := range entries {
		if passes(*c.Question, entry.Question, q.events, 0) &&
			(c.Answer == nil || passes(*c.Answer, entry.Answer, q.events, 0)) {
			return true
		}
	}
	return false
}

// isMember tells whether the contact is in the list at instant t: from added_at on, without one at all times.
func (q *question) isMember(list string, t int64) bool {
	for _, m := range q.person.members {
		if sameText(list, listText(m.List)) {
			added, dated := instantOf(m.Added, q.lists.input)
			if !dated || added.Second <= t {
				return true
			}
		}
	}
	return false
}

// listText is a list's name, or its id in digits.
func listText(v Value) string {
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	case string:
		return v
	}
	return ""
}
