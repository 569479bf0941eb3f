package oracle

import (
	"fmt"

	"leadscore/transforms/model"
)

// totals are the contact's totals on the way from what was published the night before to what is published now. Each is worked out
// from the beginning, and the parts of the change are the differences of neighbours.
type totals struct {
	published   int64 // A0
	model       int64 // X0: this model at T0, on what the earlier run knew
	late        int64 // X1: and the engagements up to T0 as the data has them now
	lists       int64 // X2: and the lists as they are now
	fields      int64 // X3: and the fields
	expired     int64 // X4: and at T, without anything that began after T0
	memberships int64 // X4': and with the memberships that did
	now         int64 // X5
}

func (x totals) String() string {
	return fmt.Sprintf("published %d, model %d, late data %d, lists %d, fields %d, expired %d, memberships %d, now %d",
		x.published, x.model, x.late, x.lists, x.fields, x.expired, x.memberships, x.now)
}

// chain works the totals out.
func (v *valuation) chain(earlier *Night, r *Record) totals {
	old := v.supposing(earlier.AsOf, v.members)
	x := totals{published: r.Score, now: v.total.valueAt(v.o.AsOf)}
	x.fields = old.totalAt(v.m, earlier.AsOf, nil)
	x.expired = v.supposing(earlier.AsOf, v.begun(earlier.AsOf)).totalAt(v.m, v.o.AsOf, nil)
	x.memberships = old.totalAt(v.m, v.o.AsOf, nil)
	if !r.Present {
		x.published = 0
		return x
	}
	made := earlier.tests()
	asThen := func(e model.Expr) (held, known bool) { return r.then.holds(e, earlier.AsOf, 0), made[exprText(e)] }
	old.then = func(e model.Expr) (held, known bool) {
		if _, isField := e.(*model.Field); isField {
			return asThen(e)
		}
		return false, false
	}
	x.lists = old.totalAt(v.m, earlier.AsOf, nil)
	old.then = asThen
	x.late = old.totalAt(v.m, earlier.AsOf, nil)
	x.model = x.published
	if earlier.Model.Digest != v.m.Digest {
		x.model = old.totalAt(v.m, earlier.AsOf, func(set *model.Set, rule *model.Rule) (points int64, same bool) {
			return r.rules[ruleName{set.Name, rule.Name}], earlier.hasRule(set, rule)
		})
	}
	return x
}

// supposing is the question about the contact if it had not done anything after an instant, and had other memberships.
func (v *valuation) supposing(until int64, members []Member) *question {
	other := &person{Contact: v.Contact, members: members}
	for _, event := range v.person.events {
		if v.second(event) <= until {
			other.events = append(other.events, event)
		}
	}
	return ask(v.m, other, v.o)
}

// begun gives the memberships without those that begin after an instant.
func (v *valuation) begun(by int64) []Member {
	var members []Member
	for _, m := range v.members {
		if added, dated := instantOf(m.Added, v.lists.input); !dated || added.Second <= by {
			members = append(members, m)
		}
	}
	return members
}

// totalAt is the total score at instant t, where known gives the points of rules that are known already.
func (q *question) totalAt(m *model.Model, t int64, known func(*model.Set, *model.Rule) (int64, bool)) int64 {
	var total int64
	for _, set := range m.Sets {
		if !set.Active {
			continue
		}
		var sum int64
		for _, rule := range set.Rules {
			points, isKnown := int64(0), false
			if known != nil {
				points, isKnown = known(set, rule)
			}
			if !isKnown {
				points = q.points(rule, t)
			}
			sum += points
		}
		total += clamp(sum, set.Range)
	}
	return clamp(total, m.Score.Range)
}

// flip names the step of the chain up to T0 that left the state other than was published. Where the scores do not tell, because the
// state hangs on what was before, it is another model, else the first step that changes the score, else late data.
func (x totals) flip(v *valuation, was, anotherModel bool) string {
	steps := []struct {
		from, to int64
		cause    string
	}{
		{x.published, x.model, byModel}, {x.model, x.late, byEngagement}, {x.late, x.lists, byList}, {x.lists, x.fields, byField},
	}
	cause, is := "", was
	for _, step := range steps {
		turned := is
		if threshold := v.m.Score.MQL; is {
			turned = threshold != nil && step.to >= threshold.UntilBelow
		} else {
			turned = threshold.Reached(step.to)
		}
		if turned != is {
			cause = step.cause
		}
		is = turned
	}
	if is != was {
		return cause
	}
	if anotherModel {
		return byModel
	}
	for _, step := range steps {
		if step.from != step.to {
			return step.cause
		}
	}
	return byEngagement
}

// change is the row of score_changes for a contact that is there; ok is false where there is nothing to say.
func (v *valuation) change(earlier *Night, r *Record, x totals, now Score) (row ScoreChange, ok bool) {
	row = ScoreChange{
		ContactID: v.ID, AsOf: v.o.AsOf, PreviousAsOf: earlier.AsOf, Score: &now.Score, Band: now.Band, IsMQL: now.IsMQL,
		ModelChange: x.model - x.published, LateData: x.late - x.model,
		ListChange:  x.lists - x.late + x.memberships - x.expired,
		FieldChange: x.fields - x.lists, Expiry: x.expired - x.fields, NewEngagement: x.now - x.memberships,
	}
	if !r.Present {
		return row, true
	}
	row.PreviousScore, row.PreviousBand, row.WasMQL = &r.Score, r.Band, r.IsMQL
	return row, r.Score != now.Score || !same(r.Band, now.Band) || r.wasMQL() != v.isMQL(v.o.AsOf)
}

func same[V comparable](a, b *V) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}
