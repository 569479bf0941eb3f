package oracle

import (
	"fmt"
	"math/bits"
	"strings"
	"time"
	_ "time/tzdata" // zones must be there on every machine that runs the tests

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"leadscore/transforms/match"
)

// World is all that a run works on: a model as text, tables and options.
type World struct {
	Model   string
	Tables  Tables
	Options Options
}

// DrawWorld makes up a model that may use any construct of the language, and tables with every kind of dirt, whose values
// come from pools so small that things match often, and whose times lie at the very edges of the model's frames.
// The model has no errors, not even against the tables' columns.
func DrawWorld(t *rapid.T) World { return (&drawer{t: t}).world() }

func (d *drawer) world() World {
	d.zone = d.location("model zone")
	d.asOf = oneOf(d, "as of", asOfs) + int64(oneOf(d, "as of +", []int{0, 0, 1, -1, 3600}))
	d.drawSchema()
	d.values = d.chance("values", 30)
	w := World{Options: d.options()}
	d.draft = d.model()
	w.Model = d.draft.text()
	d.drawRows()
	w.Tables = d.tables
	w.Options.KeepLatest = d.keepLatest
	return w
}

// drawer holds what has been decided so far.
type drawer struct {
	t          *rapid.T
	zone       *time.Location
	asOf       int64
	before     int64 // the as-of instant of the night before; 0: none
	history    int64
	eventsIn   *time.Location // the zone of the engagements' wall clocks and days
	draft      *draft
	tables     Tables
	keepLatest string
	frames     []int64 // seconds, those that the model uses
	edges      []int64 // instants that the model names
	lists      []Value // that the model names
	names      int
	values     bool // the model is about tests of values rather than about time
}

// as-of instants: plain, beside both changes of the clock in Stockholm, a leap day, a year's end.
var asOfs = []int64{
	time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC).Unix(),
	time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC).Unix(),
	time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC).Unix(),
	time.Date(2024, 2, 29, 23, 59, 59, 0, time.UTC).Unix(),
	time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC).Unix(),
}

var zoneNames = []string{"UTC", "UTC", "Europe/Stockholm", "America/New_York", "Asia/Kolkata", "Pacific/Apia"}

// below draws a number from 0 up to n, each as likely as the others, which rapid's own integers are not.
func below(n int) *rapid.Generator[int] {
	bit := rapid.Bool()
	return rapid.Custom(func(t *rapid.T) int {
		drawn := 0
		for range bits.Len(uint(n)) + 2 {
			drawn <<= 1
			if bit.Draw(t, "bit") {
				drawn++
			}
		}
		return drawn % n
	})
}

func oneOf[V any](d *drawer, label string, values []V) V {
	return values[below(len(values)).Draw(d.t, label)]
}

func (d *drawer) number(label string, low, high int) int {
	return low + below(high-low+1).Draw(d.t, label)
}

// chance is true in about that many of a hundred cases, and false where rapid shrinks.
func (d *drawer) chance(label string, percent int) bool {
	return below(100).Draw(d.t, label) >= 100-percent
}

func (d *drawer) location(label string) *time.Location {
	zone, err := time.LoadLocation(oneOf(d, label, zoneNames))
	if err != nil {
		d.t.Fatal(err)
	}
	return zone
}

// name makes a name that no other thing of the model has.
func (d *drawer) name(kind string) string {
	d.names++
	return fmt.Sprintf("%s %d%s", kind, d.names, oneOf(d, "name", []string{"", "", " åäö", " <b>", `, "quoted"`, " - x: y"}))
}

var (
	textType  = match.Type{Kind: match.Text, Name: "text"}
	dayType   = match.Type{Kind: match.DateOnly, Name: "date"}
	zonedType = match.Type{Kind: match.Timestamp, Zoned: true, Name: "timestamp"}
	localType = match.Type{Kind: match.Timestamp, Name: "timestamp"}
)

func listOf(t match.Type) match.Type { return match.Type{Kind: match.List, Elem: &t} }

// possibleFields are the columns that contacts may have beside their id.
var possibleFields = []Column{
	{"country", textType}, {"job_title", textType}, {"code", textType},
	{"employees", match.Type{Kind: match.Int, Bits: 32}}, {"tiny", match.Type{Kind: match.Int, Bits: 8}},
	{"big", match.Type{Kind: match.Int, Bits: 64}}, {"visits", match.Type{Kind: match.Uint, Bits: 64}},
	{"small", match.Type{Kind: match.Uint, Bits: 16}},
	{"rating", match.Type{Kind: match.Float, Bits: 32}}, {"revenue", match.Type{Kind: match.Float, Bits: 64}},
	{"budget", match.Type{Kind: match.Decimal, Scale: 2}}, {"customer", match.Type{Kind: match.Boolean}},
	{"signed_up", dayType}, {"created_at", zonedType}, {"seen", localType},
	{"tags", listOf(textType)}, {"numbers", listOf(match.Type{Kind: match.Int, Bits: 64})}, {"meetings", listOf(dayType)},
	{"calls", listOf(zonedType)}, {"ratings", listOf(match.Type{Kind: match.Float, Bits: 64})},
}

// possibleWhere are the further columns that engagements may have.
var possibleWhere = []Column{
	{"device", textType}, {"seconds", match.Type{Kind: match.Int, Bits: 32}}, {"price", match.Type{Kind: match.Float, Bits: 64}},
	{"amount", match.Type{Kind: match.Decimal, Scale: 2}}, {"mobile", match.Type{Kind: match.Boolean}}, {"planned", dayType},
	{"sent", zonedType}, {"labels", listOf(textType)}, {"scroll", match.Type{Kind: match.Float, Bits: 32}},
}

// drawSchema decides on the tables' columns.
func (d *drawer) drawSchema() {
	t := &d.tables
	for _, c := range possibleFields {
		if d.chance("field "+c.Name, 50) {
			t.Fields = append(t.Fields, c)
		}
	}
	for _, c := range possibleWhere {
		if d.chance("where "+c.Name, 30) {
			t.Where = append(t.Where, c)
		}
	}
	id := oneOf(d, "id type", []match.Type{textType, {Kind: match.Int, Bits: 64}, {Kind: match.Int, Bits: 32}, {Kind: match.Uint, Bits: 64}})
	t.ContactID, t.EventKey, t.MemberKey = id, id, id
	t.EventAt = oneOf(d, "occurred_at", []match.Type{zonedType, zonedType, localType, dayType})
	for _, name := range []string{"asset", "url", "event_id"} {
		if d.chance(name, 75) {
			t.Optional = append(t.Optional, Column{name, textType})
		}
	}
	switch d.number("questions", 0, 4) {
	case 1, 2:
		t.Optional = append(t.Optional, Column{"question", textType}, Column{"answer", textType})
	case 3, 4:
		t.HasAnswers = true
	}
	switch d.number("lists", 0, 4) {
	case 1, 2, 3:
		t.HasLists = true
		t.ListID = oneOf(d, "list type", []match.Type{textType, {Kind: match.Int, Bits: 64}})
		if added := oneOf(d, "added type", []*match.Type{nil, &zonedType, &localType, &dayType}); added != nil {
			t.AddedAt = added
		}
	case 4:
		t.ListField = "lists"
		t.Fields = append(t.Fields, Column{"lists", listOf(textType)})
	}
}

func (d *drawer) hasOptional(name string) bool {
	for _, c := range d.tables.Optional {
		if c.Name == name {
			return true
		}
	}
	return false
}

func (d *drawer) options() Options {
	d.history = oneOf(d, "history", []int64{0, day, 7 * day, 90 * day, 400 * day})
	o := Options{AsOf: d.asOf, History: d.history}
	for _, r := range []*Reading{&o.Contacts, &o.Engagements, &o.Lists} {
		if d.chance("own zone", 30) {
			r.Zone = d.location("zone")
		}
		if d.chance("null values", 40) {
			r.NullValues = []string{"N/A", " select "}
		}
	}
	d.eventsIn = o.Engagements.zone(d.zone)
	if d.chance("mapped", 30) {
		o.Engagements.Values = map[string]map[string]string{
			"channel": {"web": "website", "LP": "landing_page"}, "action": {"view": "visited"},
		}
		if d.hasOptional("asset") {
			o.Engagements.Values["asset"] = map[string]string{"demo": "Contact sales"}
		}
	}
	for _, c := range d.tables.Fields {
		if c.Type.Kind != match.List && d.chance("mql column", 25) {
			o.MQLColumns = append(o.MQLColumns, c.Name)
		}
		if c.Name == "created_at" && d.chance("keep latest", 50) {
			d.keepLatest = c.Name
		}
	}
	if d.chance("tolerant", 30) {
		o.Tolerated = map[string]bool{"null_id": true}
	}
	return o
}

// variant writes a text as another system might have: cased, padded or composed in another way.
func (d *drawer) variant(text string) string {
	switch d.number("variant", 0, 12) {
	case 8:
		return strings.ToUpper(text)
	case 9:
		return strings.ToLower(text)
	case 10:
		return " \t" + text + "\u00a0"
	case 11:
		return norm.NFD.String(text)
	case 12:
		return "\u3000" + strings.ToUpper(norm.NFD.String(text)) + "\n"
	}
	return text
}

// text draws from a pool, sometimes nothing at all.
func (d *drawer) text(label string, pool []string) Value {
	switch d.number(label+" there", 0, 11) {
	case 9:
		return nil
	case 10:
		return oneOf(d, label+" blank", []string{"", "  ", "\u2003"})
	case 11:
		return oneOf(d, label+" null text", []string{"n/a", "Select"})
	}
	return d.variant(oneOf(d, label, pool))
}
