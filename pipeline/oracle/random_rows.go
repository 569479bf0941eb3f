package oracle

import (
	"math"
	"math/big"
	"time"

	"leadscore/transforms/match"
)

// The pools of texts. Some of them are equal only once folded (Straße is not STRASSE, but the signs K and K are one letter).
var pools = map[string][]string{
	"channel": {"email", "form", "landing_page", "sms", "website", "webinar", "web", "lp"},
	"action":  {"opened", "clicked", "visited", "submitted", "answered", "attended", "view"},
	"asset":   {"Demo", "Contact sales", "Webinar 2026", "Café", "Crème", "Straße", "STRASSE", "ΟΔΟΣ", "οδος", "5", "5.0", "\u212Aelvin"},
	"url": {"https://acme.example/pricing", "https://acme.example/careers/x", "https://acme.example/a.pdf",
		"HTTPS://ACME.example/Pricing?x=1", "mailto:x"},
	"question":  {"Budget", "Team size", "Café?"},
	"answer":    {"> 100k", "50-100k", "5", "true", "none"},
	"country":   {"SE", "NO", "Österreich", "España", "Åland"},
	"job_title": {"CEO", "Student", "Chief Straße Officer", "Kellnér", "\u212Aellnér", "PhD student"},
	"code":      {"1", "1.0", "0x1", "true", "2026-09-01", "007"},
	"tags":      {"VIP", "vip customér", "Café", "öld"},
	"lists":     {"Partners", "Newsletter", "Café", "12"},
	"device":    {"phone", "laptop", "tv"},
	"labels":    {"red", "Blue", "green"},
}

// usualKinds are the channels and actions that most events have.
var usualKinds = [][2]string{{"email", "opened"}, {"email", "clicked"}, {"form", "submitted"}, {"website", "visited"}, {"webinar", "attended"}}

const (
	pastYear1900 = -2208988800
	year2100     = 4102444800
)

// oddHours are times that clocks of Stockholm or New York show twice or never, and a day that Apia never had.
var oddHours = []int64{
	time.Date(2026, 10, 25, 2, 30, 0, 0, time.UTC).Unix(), time.Date(2026, 3, 29, 2, 30, 0, 0, time.UTC).Unix(),
	time.Date(2026, 11, 1, 1, 30, 0, 0, time.UTC).Unix(), time.Date(2026, 3, 8, 2, 30, 0, 0, time.UTC).Unix(),
	time.Date(2011, 12, 30, 12, 0, 0, 0, time.UTC).Unix(),
}

// instant draws a time at or beside an edge of what the model looks at.
func (d *drawer) instant(label string) int64 {
	if d.tables.EventAt.Kind == match.DateOnly && d.chance(label+" any day", 30) {
		return d.asOf - int64(d.number(label+" days", -2, 100))*day
	}
	beside := oneOf(d, label+" beside", []int64{0, 0, -1, 1})
	if d.before != 0 && d.chance(label+" since the night before", 40) {
		return d.before + (d.asOf-d.before)*int64(d.number(label+" of the time since", 0, 8))/8 + beside
	}
	switch d.number(label+" where", 0, 11) {
	case 0, 1, 2:
		if len(d.frames) > 0 {
			return d.asOf - oneOf(d, label+" frame", d.frames) + beside
		}
	case 3, 8, 9:
		if len(d.edges) > 0 {
			return oneOf(d, label+" edge", d.edges) + beside
		}
	case 4:
		return d.asOf + beside
	case 5:
		return d.asOf - d.history + beside
	case 6:
		return d.asOf - 3600*int64(d.number(label+" hours", -30, 24))
	case 7:
		return oneOf(d, label+" far", []int64{pastYear1900, -1, 0, year2100, d.asOf + 8*day, d.asOf + 30*day})
	}
	return d.asOf - 43200*int64(d.number(label+" half days", 0, 250))
}

// time draws a value for a column of dates or timestamps. Fractions are whole milliseconds, so that every unit can hold them.
func (d *drawer) time(label string, t match.Type, zone *time.Location) Value {
	at := Instant{d.instant(label), int64(oneOf(d, label+" fraction", []int{0, 0, 0, 1e6, 500e6, 999e6}))}
	if t.Zoned {
		return at
	}
	_, offset := time.Unix(at.Second, 0).In(zone).Zone()
	if d.chance(label+" any clock", 15) { // a clock may show what it never does, in the gap of a spring night
		offset = 0
	}
	local := Local{at.Second + int64(offset), at.Nano}
	if d.chance(label+" odd hour", 15) {
		local.Second = oneOf(d, label+" odd hour", oddHours)
	}
	if t.Kind == match.DateOnly {
		return Day(floorDiv(local.Second, day))
	}
	return local
}

// value draws a value for any column; pool names its texts.
func (d *drawer) value(pool string, t match.Type) Value {
	if t.Kind == match.Text {
		return d.text(pool, pools[pool])
	}
	if d.chance(pool+" null", 15) {
		return nil
	}
	switch t.Kind {
	case match.Int:
		if t.Bits == 64 && d.chance(pool+" huge", 10) {
			return oneOf(d, pool+" huge", []int64{math.MaxInt64, math.MinInt64, 1<<53 + 1})
		}
		return int64(d.number(pool, -2, 6)) * 10
	case match.Uint:
		if t.Bits == 64 && d.chance(pool+" huge", 10) {
			return uint64(math.MaxUint64)
		}
		return uint64(d.number(pool, 0, 6)) * 10
	case match.Float:
		f := oneOf(d, pool, []float64{0, math.Copysign(0, -1), 0.1, 0.1, 0.3, 0.5, 10, 30, -5, math.NaN(), math.Inf(1), math.Inf(-1)})
		if t.Bits == 32 {
			return float32(f)
		}
		return f
	case match.Decimal:
		return big.NewRat(int64(oneOf(d, pool, []int{0, 10, 50, 99, 1000, 3000, -500})), 100)
	case match.Boolean:
		return d.number(pool, 0, 1) == 1
	case match.List:
		list := []Value{}
		for range d.number(pool+" length", 0, 3) {
			list = append(list, d.value(pool, *t.Elem))
		}
		return list
	}
	return d.time(pool, t, d.zone)
}

// id draws a contact id out of few; of one that the contacts may not have too.
func (d *drawer) id() Value {
	n := d.number("id", 0, 9)
	switch d.tables.ContactID.Kind {
	case match.Int:
		return int64(n - 2)
	case match.Uint:
		if n == 9 {
			return uint64(1 << 31)
		}
		return uint64(n)
	}
	return []string{"c1", "C1", " c1", "c2", "c10", "ü", "u\u0308", "n/a", "a b", "z"}[n]
}

// blankID is a null id of the id's type.
func (d *drawer) blankID() Value {
	if d.tables.ContactID.Kind == match.Text {
		return oneOf(d, "blank id", []Value{nil, "", " \u00a0"})
	}
	return nil
}

func (d *drawer) drawRows() {
	defer d.tables.number()
	d.drawContacts(9)
	for range d.number("events", 0, 90) {
		d.drawEvent()
	}
	if d.tables.HasLists {
		d.drawMembers(15)
	}
}

func (d *drawer) drawMembers(most int) {
	for range d.number("members", 0, most) {
		m := Member{ID: d.id(), List: d.value("lists", d.tables.ListID)}
		if len(d.lists) > 0 && d.chance("list of the model", 60) {
			m.List = oneOf(d, "list of the model", d.lists)
		}
		if len(d.tables.Contacts) > 0 && d.chance("known member", 60) {
			m.ID = oneOf(d, "known member", d.tables.Contacts).ID
		}
		if d.chance("member without id", 5) {
			m.ID = d.blankID()
		}
		if d.tables.AddedAt != nil && !d.chance("null added", 15) {
			m.Added = d.time("added", *d.tables.AddedAt, d.zone)
		}
		d.tables.Members = append(d.tables.Members, m)
	}
}

// number gives every row a place, as if each table were one file in this order.
func (t *Tables) number() {
	for i := range t.Contacts {
		t.Contacts[i].File, t.Contacts[i].Row = "contacts", int64(i)+FirstRow
	}
	for i := range t.Events {
		t.Events[i].File, t.Events[i].Row = "engagements", int64(i)+FirstRow
	}
	for i := range t.Members {
		t.Members[i].File, t.Members[i].Row = "lists", int64(i)+FirstRow
	}
}

func (d *drawer) drawContacts(most int) {
	seen := map[string]bool{}
	for _, c := range d.tables.Contacts {
		key, _ := contactKey(c.ID)
		seen[key] = true
	}
	for range d.number("contacts", 0, most) {
		c := Contact{ID: d.id(), Fields: map[string]Value{}}
		key, _ := contactKey(c.ID)
		if seen[key] && d.keepLatest == "" && !d.chance("twice", 1) {
			continue
		}
		seen[key] = true
		if d.chance("contact without id", 1) {
			c.ID = d.blankID()
		}
		for _, f := range d.tables.Fields {
			c.Fields[f.Name] = d.value(f.Name, f.Type)
		}
		d.tables.Contacts = append(d.tables.Contacts, c)
	}
}

func (d *drawer) drawEvent() {
	t := &d.tables
	e := Event{ID: d.id(), Channel: d.text("channel", pools["channel"]), Action: d.text("action", pools["action"]), Where: map[string]Value{}}
	if d.chance("usual kind", 75) {
		kind := oneOf(d, "usual kind", usualKinds)
		e.Channel, e.Action = d.variant(kind[0]), d.variant(kind[1])
	}
	if len(t.Contacts) > 0 && d.chance("known contact", 85) {
		e.ID = oneOf(d, "known contact", t.Contacts).ID
	}
	if d.chance("event without id", 4) {
		e.ID = d.blankID()
	}
	if !d.chance("event without time", 4) {
		e.At = d.time("at", t.EventAt, d.eventsIn)
	}
	if n := len(t.Events); n > 0 && d.chance("same time", 15) {
		e.At = t.Events[d.number("as event", 0, n-1)].At
	}
	for _, c := range t.Optional {
		switch c.Name {
		case "asset":
			e.Asset = d.text("asset", pools["asset"])
		case "url":
			e.URL = d.text("url", pools["url"])
		case "question":
			e.Question = d.text("question", pools["question"])
		case "answer":
			e.Answer = d.text("answer", pools["answer"])
		case "event_id":
			e.EventID = d.text("event id", []string{"e1", "e2", "e3", "E3", "e4", "e5", "e6", "e7", "e8", "e9", "e10"})
		}
	}
	if t.HasAnswers && !d.chance("null answers", 20) {
		e.Answers = []Answer{}
		asked := map[string]bool{}
		for range d.number("answers", 0, 3) {
			q := d.variant(oneOf(d, "question", pools["question"]))
			if !asked[q] {
				asked[q] = true
				e.Answers = append(e.Answers, Answer{q, d.text("answer", pools["answer"])})
			}
		}
	}
	for _, c := range t.Where {
		e.Where[c.Name] = d.value(c.Name, c.Type)
	}
	t.Events = append(t.Events, e)
}
