package oracle

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"leadscore/transforms/model"
)

// person is a contact with all that counts for it: null texts are nil, mapped values mapped, zone-less timestamps resolved.
type person struct {
	Contact
	events  []Event // not taken out, at or before T
	members []Member
}

// second is the second in which an event that was not taken out happened.
func (e Event) second(zone *time.Location) int64 {
	at, _ := instantOf(e.At, zone)
	return at.Second
}

// admission is what is left of the tables once everything that does not count is taken out.
type admission struct {
	people  []*person // by contact id
	counts  map[string]map[string]int64
	rejects []Reject
	refused string // why the run publishes nothing; empty when it does
}

// admit takes the rows out that do not count, in the order of SPEC.md section 6.
func admit(m *model.Model, in Tables, o Options) *admission {
	a := &admission{counts: map[string]map[string]int64{"contacts": {}, "engagements": {}, "lists": {}}}
	people := a.contacts(m, in.Contacts, o)
	a.engagements(m, in.Events, o, people)
	if in.HasLists {
		a.lists(m, in.Members, o, people)
	} else if in.ListField != "" {
		listsFromField(in.ListField, people)
	}
	for _, p := range people {
		a.people = append(a.people, p)
	}
	sort.Slice(a.people, func(i, j int) bool { return compareIDs(a.people[i].ID, a.people[j].ID) < 0 })
	return a
}

// reject leaves a row out: counted, and with its reason among the rejects.
func (a *admission) reject(table, reason, file string, row int64, id Value) {
	a.counts[table][reason]++
	r := Reject{Table: table, File: file, Row: row, Reason: reason}
	if _, ok := contactKey(id); ok {
		text := idText(id)
		r.ContactID = &text
	}
	a.rejects = append(a.rejects, r)
}

func idText(id Value) string {
	key, _ := contactKey(id)
	return key[strings.Index(key, " ")+1:]
}

func (a *admission) contacts(m *model.Model, rows []Contact, o Options) map[string]*person {
	people := map[string]*person{}
	for _, c := range inFileOrder(rows, func(c Contact) (string, int64) { return c.File, c.Row }) {
		key, ok := contactKey(c.ID)
		if !ok {
			a.reject("contacts", "null_id", c.File, c.Row, c.ID)
			if !o.Tolerated["null_id"] {
				a.refused = fmt.Sprintf("contacts: null id in %s row %d", c.File, c.Row)
			}
			continue
		}
		fields := map[string]Value{}
		for name, v := range c.Fields {
			fields[name] = o.Contacts.read(name, v, m.Zone)
		}
		c.Fields = fields
		other, twice := people[key]
		if !twice {
			people[key] = &person{Contact: c}
			continue
		}
		if o.KeepLatest == "" && !o.Tolerated["duplicate"] {
			a.refused = fmt.Sprintf("contacts: %s stands twice", show(c.ID))
		}
		loser := c
		if o.KeepLatest != "" && later(c.Fields[o.KeepLatest], other.Fields[o.KeepLatest], o.Contacts.zone(m.Zone)) {
			loser, other.Contact = other.Contact, c
		}
		a.reject("contacts", "duplicate", loser.File, loser.Row, loser.ID)
	}
	return people
}

// later tells whether a is above b, where a missing value is below all others.
func later(a, b Value, zone *time.Location) bool {
	if missing(a) || missing(b) {
		return !missing(a) && missing(b)
	}
	if c, ok := compareNumbers(a, b); ok {
		return c > 0
	}
	if x, ok := instantOf(a, zone); ok {
		c, _ := compareInstants(b, x, zones{input: zone})
		return c < 0
	}
	x, _ := a.(string)
	y, _ := b.(string)
	return x > y
}

func (a *admission) engagements(m *model.Model, rows []Event, o Options, people map[string]*person) {
	zone := o.Engagements.zone(m.Zone)
	counts := a.counts["engagements"]
	type eventKey struct{ contact, event string }
	var dated []Event
	for _, e := range inFileOrder(rows, func(e Event) (string, int64) { return e.File, e.Row }) {
		if _, ok := contactKey(e.ID); !ok {
			a.reject("engagements", "null_id", e.File, e.Row, e.ID)
		} else if missing(e.At) {
			a.reject("engagements", "null_time", e.File, e.Row, e.ID)
		} else {
			dated = append(dated, o.Engagements.readEvent(e, m.Zone))
		}
	}
	sort.SliceStable(dated, func(i, j int) bool { return dated[i].second(zone) < dated[j].second(zone) })
	seen := map[eventKey]bool{}
	for _, e := range dated {
		contact, _ := contactKey(e.ID)
		if !missing(e.EventID) {
			key := eventKey{contact, fmt.Sprintf("%T %v", e.EventID, e.EventID)}
			if seen[key] {
				a.reject("engagements", "repeated_event_id", e.File, e.Row, e.ID)
				continue
			}
			seen[key] = true
		}
		p, known := people[contact]
		switch {
		case !known:
			counts["unknown_contact"]++
		case e.second(zone) > o.AsOf:
			counts["after_as_of"]++
		default:
			p.events = append(p.events, e)
		}
	}
}

func (a *admission) lists(m *model.Model, rows []Member, o Options, people map[string]*person) {
	counts := a.counts["lists"]
	for _, row := range rows {
		contact, ok := contactKey(row.ID)
		if !ok {
			a.reject("lists", "null_id", row.File, row.Row, row.ID)
			continue
		}
		row.List = o.Lists.read("list", row.List, m.Zone)
		row.Added = o.Lists.read("added_at", row.Added, m.Zone)
		if missing(row.List) {
			a.reject("lists", "null_list", row.File, row.Row, row.ID)
			continue
		}
		p, known := people[contact]
		if !known {
			counts["unknown_contact"]++
			continue
		}
		if added, ok := instantOf(row.Added, o.Lists.zone(m.Zone)); ok && added.Second > o.AsOf {
			counts["after_as_of"]++
			continue
		}
		p.members = append(p.members, row)
	}
}

// listsFromField makes memberships of all time out of a list-typed column of the contacts.
func listsFromField(field string, people map[string]*person) {
	for _, p := range people {
		elements, _ := p.Fields[field].([]Value)
		for _, element := range elements {
			if !missing(element) {
				p.members = append(p.members, Member{ID: p.ID, List: element})
			}
		}
	}
}

// inFileOrder gives the rows by file name, then row.
func inFileOrder[R any](rows []R, place func(R) (string, int64)) []R {
	ordered := append([]R(nil), rows...)
	sort.SliceStable(ordered, func(i, j int) bool {
		file, row := place(ordered[i])
		file2, row2 := place(ordered[j])
		if file != file2 {
			return file < file2
		}
		return row < row2
	})
	return ordered
}

func (r Reading) zone(model *time.Location) *time.Location {
	if r.Zone != nil {
		return r.Zone
	}
	return model
}

// read gives what a value of the data means: null texts are null, mapped values their replacement, wall clocks instants.
func (r Reading) read(column string, v Value, model *time.Location) Value {
	switch v := v.(type) {
	case string:
		for _, null := range r.NullValues {
			if sameText(v, null) {
				return nil
			}
		}
		for from, to := range r.Values[column] {
			if sameText(v, from) {
				return to
			}
		}
	case Local:
		return v.resolve(r.zone(model))
	case []Value:
		elements := make([]Value, len(v))
		for i, element := range v {
			elements[i] = r.read(column, element, model)
		}
		return elements
	}
	return v
}

func (r Reading) readEvent(e Event, model *time.Location) Event {
	e.At = r.read("occurred_at", e.At, model)
	e.Channel = r.read("channel", e.Channel, model)
	e.Action = r.read("action", e.Action, model)
	e.Asset = r.read("asset", e.Asset, model)
	e.URL = r.read("url", e.URL, model)
	e.Question = r.read("question", e.Question, model)
	e.Answer = r.read("answer", e.Answer, model)
	e.EventID = r.read("event_id", e.EventID, model)
	var answers []Answer
	for _, a := range e.Answers {
		answers = append(answers, Answer{r.read("question", a.Question, model), r.read("answer", a.Answer, model)})
	}
	e.Answers = answers
	where := map[string]Value{}
	for name, v := range e.Where {
		where[name] = r.read(name, v, model)
	}
	e.Where = where
	return e
}
