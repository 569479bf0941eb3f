package oracle

import (
	"fmt"
	"reflect"

	"leadscore/pipeline/publish"
	"leadscore/transforms/match"
	"leadscore/transforms/model"
)

// Night is what a run leaves to the runs of later dates: what it published of each contact, and the contacts as they were. All of it
// is kept in plain maps.
type Night struct {
	AsOf      int64
	Model     *model.Model
	Breakdown bool               // the breakdown was published
	Contacts  map[string]*Record // by contactKey; those that are gone too, if they ever were MQLs or were handed over
}

// Record is what is known of a contact once a night is over.
type Record struct {
	ID         Value
	Present    bool // it was among the contacts
	Score      int64
	Band       *string
	IsMQL      *bool
	FirstMQLAt *int64
	Times      int64 // how often it became an MQL
	Handed     bool  // it was in the mql table of this night
	EverHanded bool  // it was in that of any

	rules map[ruleName]int64 // points in the breakdown
	then  *question          // about the contact as it was
}

type ruleName struct{ set, rule string }

// wasMQL tells whether the last event left the contact an MQL; who is gone has lapsed.
func (r *Record) wasMQL() bool { return r.Present && r.IsMQL != nil && *r.IsMQL }

// record gives what was known of a contact before this night; what is known of none when there is no such night or no such contact.
func (n *Night) record(id Value) *Record {
	key, _ := contactKey(id)
	if n != nil && n.Contacts[key] != nil {
		return n.Contacts[key]
	}
	return &Record{ID: id}
}

// sinceThen adds what there is to say of a contact beside the earlier run, and keeps what the next one has to know of it.
func (r *Result) sinceThen(v *valuation, score Score, breakdown []Breakdown) {
	earlier, before := v.o.Earlier, v.o.Earlier.record(v.ID)
	now := &Record{ID: v.ID, Present: true, Score: score.Score, Band: score.Band, IsMQL: score.IsMQL,
		FirstMQLAt: before.FirstMQLAt, Times: before.Times, EverHanded: before.EverHanded,
		rules: map[ruleName]int64{}, then: v.question}
	for _, b := range breakdown {
		if b.Rule != nil {
			now.rules[ruleName{*b.Set, *b.Rule}] = b.Points
		}
	}
	var chain totals
	if earlier != nil {
		chain = v.chain(earlier, before)
		if row, ok := v.change(earlier, before, chain, score); ok {
			r.ScoreChanges = append(r.ScoreChanges, row)
		}
	}
	r.MQLEvents = append(r.MQLEvents, v.mqlEvents(earlier, before, now, chain)...)
	if v.isMQL(v.o.AsOf) && score.Suppressed == nil {
		if v.o.Publishes("mql") {
			now.Handed, now.EverHanded = true, true
		}
		r.MQL = append(r.MQL, v.mqlRow(score, before, now))
	}
	key, _ := contactKey(v.ID)
	r.Night.Contacts[key] = now
}

// Suppressed counts the contacts that each reason keeps out of hand-offs, and the MQLs among them.
func (r *Result) Suppressed() []publish.Suppressed {
	var counted []publish.Suppressed
	for _, s := range r.model.Suppress {
		count := publish.Suppressed{Reason: s.Reason}
		for _, row := range r.Scores {
			if row.Suppressed != nil && *row.Suppressed == s.Reason {
				count.Contacts++
				if row.IsMQL != nil && *row.IsMQL {
					count.MQLs++
				}
			}
		}
		counted = append(counted, count)
	}
	return counted
}

// gone tells of the contacts that the earlier run had and this one has not, and keeps those that ever were MQLs or were handed over.
func (r *Result) gone(o Options) {
	if o.Earlier == nil {
		return
	}
	for key, before := range o.Earlier.Contacts {
		if r.Night.Contacts[key] != nil {
			continue
		}
		now := &Record{ID: before.ID, FirstMQLAt: before.FirstMQLAt, Times: before.Times, EverHanded: before.EverHanded}
		if before.Present {
			r.ScoreChanges = append(r.ScoreChanges, ScoreChange{
				ContactID: before.ID, AsOf: o.AsOf, PreviousAsOf: o.Earlier.AsOf,
				PreviousScore: &before.Score, PreviousBand: before.Band, WasMQL: before.IsMQL, FieldChange: -before.Score,
			})
		}
		if before.wasMQL() {
			r.MQLEvents = append(r.MQLEvents, now.turn(MQLEvent{AsOf: o.AsOf, At: o.AsOf, Cause: byField}, false))
		}
		if now.Times > 0 || now.EverHanded {
			r.Night.Contacts[key] = now
		}
	}
}

// keep writes down what the next run has to know, where it is to be told anything.
func (r *Result) keep(o Options) {
	if !o.Publishes("mql", "mql_events", "score_changes") {
		r.Night = nil
		return
	}
	for _, c := range r.Night.Contacts {
		no := false
		row := State{IsMQL: &no, ContactID: c.ID, Present: c.Present, FirstMQLAt: c.FirstMQLAt, TimesMQL: c.Times, Handed: c.Handed, EverHanded: c.EverHanded}
		if c.Present {
			row.Score, row.Band, row.IsMQL = &c.Score, c.Band, c.IsMQL
		}
		r.State = append(r.State, row)
	}
}

// tests gives the tests of fields and lists that the model of the night made, as texts.
func (n *Night) tests() map[string]bool {
	made := map[string]bool{}
	for _, when := range conditions(n.Model) {
		model.Walk(when, func(e model.Expr, _ bool) {
			switch e.(type) {
			case *model.Field, *model.ListMember:
				made[exprText(e)] = true
			}
		})
	}
	return made
}

// hasRule tells whether the model of the night had a rule exactly so: in a set of the same name, active or not alike, under the same
// name, with the same points and criteria.
func (n *Night) hasRule(set *model.Set, rule *model.Rule) bool {
	for _, s := range n.Model.Sets {
		for _, r := range s.Rules {
			if n.Breakdown && s.Name == set.Name && s.Active == set.Active && r.Name == rule.Name &&
				reflect.DeepEqual(r.Points, rule.Points) && exprText(r.When) == exprText(rule.When) {
				return true
			}
		}
	}
	return false
}

// conditions gives all criteria of a model, those of suppressions too.
func conditions(m *model.Model) []model.Expr {
	var all []model.Expr
	for _, set := range m.Sets {
		for _, rule := range set.Rules {
			all = append(all, rule.When)
		}
	}
	for _, s := range m.Suppress {
		all = append(all, s.When)
	}
	return all
}

// exprText writes a criterion so that criteria which say the same, wherever in a file, are equal texts.
func exprText(e model.Expr) string {
	list := func(parts []model.Expr) string {
		text := ""
		for _, part := range parts {
			text += " " + exprText(part)
		}
		return text
	}
	switch e := e.(type) {
	case *model.All:
		return "(all" + list(e.Parts) + ")"
	case *model.Any:
		return "(any" + list(e.Parts) + ")"
	case *model.Not:
		return "(not " + exprText(e.Part) + ")"
	case *model.Field:
		return fmt.Sprintf("(field %q %s)", e.Column, testText(&e.Test))
	case *model.ListMember:
		return fmt.Sprintf("(list %q)", folded(e.List, false))
	case *model.Engagement:
		text := fmt.Sprintf("(engagement %s %s asset %s url %s question %s answer %s", optional(e.Channel), optional(e.Action),
			testText(e.Asset), testText(e.URL), testText(e.Question), testText(e.Answer))
		for _, w := range e.Where {
			text += fmt.Sprintf(" where %q %s", w.Column, testText(&w.Test))
		}
		return text + fmt.Sprintf(" times %d to %s within %d from %s until %s)",
			e.AtLeast, optional(e.AtMost), e.Frame.Within, optional(e.Frame.From), optional(e.Frame.Until))
	}
	return ""
}

func optional[V any](v *V) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%#v", *v)
}

func testText(test *match.Test) string {
	if test == nil {
		return "-"
	}
	text := fmt.Sprintf("{%v", test.CaseSensitive)
	for _, c := range test.Conditions {
		text += " " + c.Operator.String()
		for _, o := range c.Operands {
			text += fmt.Sprintf(" %d %q", o.Kind, o.Text)
		}
	}
	return text + "}"
}
