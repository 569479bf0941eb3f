package oracle

import (
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"leadscore/transforms/match"
)

// gaps are the times from one night to the next.
var gaps = []int64{day, day, day, 2 * day, 7 * day, 30 * day, 90 * day}

// DrawChain makes up some nights at ascending dates, some of which are made anew, each a world of its own that people left as they do: between two of them
// contacts come, go and change, lists change, engagements come, come late or vanish, and the model is another now and then.
func DrawChain(t *rapid.T) []World {
	d := &drawer{t: t}
	w := d.world()
	chain := []World{w}
	for range d.number("further nights", 1, 5) {
		if !d.chance("the same date again", 15) {
			d.before = d.asOf
			d.asOf += oneOf(d, "gap", gaps) + int64(oneOf(d, "gap +", []int{0, 0, 1, 3600, -3600}))
			for d.date(d.asOf) <= d.date(d.before) {
				d.asOf += 3600
			}
		}
		w.Options.AsOf = d.asOf
		if d.chance("another model", 50) {
			d.revise(d.draft)
			w.Model = d.draft.text()
		}
		d.reviseRows()
		w.Tables = d.tables
		chain = append(chain, w)
	}
	return chain
}

// date is the date under which a run is published.
func (d *drawer) date(at int64) string { return time.Unix(at, 0).In(d.zone).Format(time.DateOnly) }

// reviseRows lets a night pass over the tables. Earlier nights keep theirs.
func (d *drawer) reviseRows() {
	t := &d.tables
	defer t.number()
	var contacts []Contact
	for _, c := range t.Contacts {
		if d.chance("contact goes", 8) {
			continue
		}
		if len(t.Fields) > 0 && d.chance("field changes", 40) {
			c.Fields = maps.Clone(c.Fields)
			f := oneOf(d, "changed field", t.Fields)
			c.Fields[f.Name] = d.value(f.Name, f.Type)
		}
		contacts = append(contacts, c)
	}
	t.Contacts = contacts
	d.drawContacts(2)

	t.Events = slices.DeleteFunc(slices.Clone(t.Events), func(Event) bool { return d.chance("event vanishes", 4) })
	for range d.number("new events", 0, 12) {
		d.drawEvent()
	}
	if t.HasLists {
		d.reviseMembers()
	}
}

func (d *drawer) reviseMembers() {
	t := &d.tables
	t.Members = slices.DeleteFunc(slices.Clone(t.Members), func(Member) bool { return d.chance("member leaves", 15) })
	d.drawMembers(6)
	if !d.chance("added_at", 8) {
		return
	}
	if t.AddedAt == nil { // the export tells from when on now
		t.AddedAt = oneOf(d, "added type", []*match.Type{&zonedType, &localType, &dayType})
	} else {
		t.AddedAt = nil
	}
	for i := range t.Members {
		t.Members[i].Added = nil
		if t.AddedAt != nil {
			t.Members[i].Added = d.time("added", *t.AddedAt, d.zone)
		}
	}
}
