package oracle

import "leadscore/transforms/model"

// The ways in which an MQL's state changes, and why, as the tables name them.
const (
	became   = "became"
	returned = "returned"
	lapsed   = "lapsed"

	byEngagement = "engagement"
	byExpiry     = "expiry"
	byField      = "field_change"
	byList       = "list_change"
	byModel      = "model_change"
)

// anyDigest stands for the digest that tells contact, lapsed or not, and times apart; Compare takes all 32 hex digits for equal.
const anyDigest = "00000000000000000000000000000000"

// mqlEvents gives the changes of a contact's MQL state since the night before, and counts them in what is kept of it now.
func (v *valuation) mqlEvents(earlier *Night, before, now *Record, chain totals) []MQLEvent {
	if earlier == nil {
		return v.firstEvents(now)
	}
	var events []MQLEvent
	add := func(at int64, isMQL bool, cause string) {
		score := v.total.valueAt(at)
		events = append(events, now.turn(MQLEvent{AsOf: v.o.AsOf, At: at, Score: &score, Cause: cause, Suppressed: v.suppressed()}, isMQL))
	}
	was, turns := before.wasMQL(), v.turns(earlier.AsOf)
	switch {
	case v.isMQL(earlier.AsOf) == was:
	case len(turns) > 0: // the past is another than it was; the first turn brings the state back to what was published
		turns = turns[1:]
	case !before.Present:
		add(v.o.AsOf, !was, byField)
	default:
		add(v.o.AsOf, !was, chain.flip(v, was, earlier.Model.Digest != v.m.Digest))
	}
	for _, at := range turns {
		add(at, v.isMQL(at), v.cause(at))
	}
	return events
}

// firstEvents is what there is to say in the first night: every MQL became one, when it did. Whoever always was one came as one.
func (v *valuation) firstEvents(now *Record) []MQLEvent {
	if !v.isMQL(v.o.AsOf) {
		return nil
	}
	at, cause := v.o.AsOf, byField
	if since := v.state.since(at); since != nil {
		at, cause = *since, v.cause(*since)
	}
	score := v.total.valueAt(at)
	return []MQLEvent{now.turn(MQLEvent{AsOf: v.o.AsOf, At: at, Score: &score, Cause: cause, Suppressed: v.suppressed()}, true)}
}

// isMQL is the state at instant t; without a threshold nobody is one.
func (v *valuation) isMQL(t int64) bool { return v.state != nil && v.state.valueAt(t) == 1 }

// turns gives the instants after from, up to T, at which the state changes.
func (v *valuation) turns(from int64) []int64 {
	var turns []int64
	if v.state == nil {
		return nil
	}
	for i := 1; i < len(v.state.at); i++ {
		if at := v.state.at[i]; v.state.values[i] != v.state.values[i-1] && at > from && at <= v.o.AsOf {
			turns = append(turns, at)
		}
	}
	return turns
}

// cause tells why the state changes at an instant of the contact's own time: an engagement that the model asks for, else a membership, else
// that time passed.
func (v *valuation) cause(at int64) string {
	for _, event := range v.person.events {
		if v.second(event) == at && v.askedFor(event) {
			return byEngagement
		}
	}
	for _, m := range v.members {
		if added, dated := instantOf(m.Added, v.lists.input); dated && added.Second == at {
			return byList
		}
	}
	return byExpiry
}

// askedFor tells whether any criterion of the model is about events of this kind.
func (v *valuation) askedFor(event Event) bool {
	asked := false
	for _, when := range conditions(v.m) {
		model.Walk(when, func(e model.Expr, _ bool) {
			if criterion, ok := e.(*model.Engagement); ok && v.matches(criterion, event) {
				asked = true
			}
		})
	}
	return asked
}

// turn counts a change of the contact's state, and completes the event that tells of it.
func (r *Record) turn(e MQLEvent, isMQL bool) MQLEvent {
	e.Event = lapsed
	if isMQL {
		r.Times++
		e.Event = returned
		if r.Times == 1 {
			e.Event = became
			r.FirstMQLAt = &e.At
		}
	}
	e.ContactID, e.Times, e.FirstMQLAt, e.EventID = r.ID, r.Times, *r.FirstMQLAt, anyDigest
	return e
}
