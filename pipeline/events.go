package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"leadscore/pipeline/parquetio/encode"
	"leadscore/transforms/score"
)

// What happens to an MQL.
const (
	eventBecame = iota
	eventReturned
	eventLapsed
)

// The words of mql_events: what happened, and why, by score.Cause.
var (
	MQLEvents = []string{"became", "returned", "lapsed"}
	MQLCauses = []string{"engagement", "expiry", "field_change", "list_change", "model_change"}
)

// eventID names an event of a contact for all time: it is the same when the date is published again, and when the same happens at
// another instant by what is known later. That is the first half of the SHA-256 of the words, with line feeds between them: "lapsed" or
// "became", how often the contact became an MQL by then, and its id as text.
func eventID(lapsed bool, times int64, contact string) string {
	what := MQLEvents[eventBecame]
	if lapsed {
		what = MQLEvents[eventLapsed]
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%s", what, times, contact))
	return hex.EncodeToString(sum[:16])
}

// eventRows are rows of mql_events under way.
type eventRows struct {
	members                 []member
	lengths                 []uint32 // rows of each member
	at, score, first, times []int64
	event, cause            []uint32
	suppressed              []uint32
	ids                     encode.Texts
}

func (e *eventRows) reset() {
	e.members, e.lengths = e.members[:0], e.lengths[:0]
	e.at, e.score, e.first, e.times = e.at[:0], e.score[:0], e.first[:0], e.times[:0]
	e.event, e.cause, e.suppressed = e.event[:0], e.cause[:0], e.suppressed[:0]
	e.ids = encode.Texts{Offsets: append(e.ids.Offsets[:0], 0), Bytes: e.ids.Bytes[:0]}
}

func (e *eventRows) add(contact string, event int, cause score.Cause, at, points, first, times int64, suppressed uint32) {
	e.at, e.score, e.first, e.times = append(e.at, at), append(e.score, points), append(e.first, first), append(e.times, times)
	e.event, e.cause, e.suppressed = append(e.event, uint32(event)), append(e.cause, uint32(cause)), append(e.suppressed, suppressed)
	e.ids.Bytes = append(e.ids.Bytes, eventID(event == eventLapsed, times, contact)...)
	e.ids.Offsets = append(e.ids.Offsets, uint32(len(e.ids.Bytes)))
}

// events writes how the MQL states changed since the earlier run.
func (w *tableWriter) events(p *partState, all []member, out *encode.Writer) error {
	rows := &w.eventRows
	rows.reset()
	for i, m := range all {
		before := len(rows.at)
		w.eventsOf(p, m, rows)
		if n := len(rows.at) - before; n > 0 {
			rows.members, rows.lengths = append(rows.members, m), append(rows.lengths, uint32(n))
		}
		if len(rows.at) == 0 || len(rows.at) < rowGroupRows && i < len(all)-1 {
			continue
		}
		err := out.Write([]encode.Column{
			w.contacts(p, rows.members, rows.lengths), w.asOf(), encode.Int64s{Values: rows.at},
			encode.Codes[uint32]{Codes: rows.event, Dictionary: MQLEvents}, encode.Int64s{Values: rows.score},
			encode.Int64s{Values: rows.first}, encode.Int64s{Values: rows.times},
			encode.Codes[uint32]{Codes: rows.cause, Dictionary: MQLCauses}, w.reasons(rows.suppressed), rows.ids,
		})
		if err != nil {
			return err
		}
		rows.reset()
	}
	return nil
}

// eventsOf adds a contact's rows.
func (w *tableWriter) eventsOf(p *partState, m member, rows *eventRows) {
	l, r, c := p.lives[m.bucket], p.results[m.bucket], int(m.place)
	if c >= l.n {
		if l.leaves(c) {
			rows.add(w.idText(p, m), eventLapsed, score.FieldChange, w.run.asOf, encode.Null, l.first[c], l.times[c], 0)
		}
		return
	}
	for e := r.EventStart[c]; e < r.EventStart[c+1]; e++ {
		rows.add(w.idText(p, m), l.event(r, e), r.EventCause[e], r.EventAt[e], r.EventScore[e], l.eventFirst[e], l.eventTimes[e], suppressedBy(r, c))
	}
}

// event tells what an event of the results is.
func (l *life) event(out *score.Results, e uint32) int {
	switch {
	case out.EventBecame[e] == 0:
		return eventLapsed
	case l.eventTimes[e] == 1:
		return eventBecame
	}
	return eventReturned
}

// idText is the id of a member as text.
func (w *tableWriter) idText(p *partState, m member) string {
	return showID(w.run.ids, p.people[m.bucket].id(int(m.place)))
}

// reasons gives the column of what keeps contacts out of hand-offs, as results have it.
func (w *tableWriter) reasons(suppressed []uint32) encode.Column {
	if len(w.names.reasons) == 0 {
		return encode.Constant{}
	}
	return encode.Codes[uint32]{Codes: suppressed, Entries: w.names.reason, Dictionary: w.names.reasons}
}
