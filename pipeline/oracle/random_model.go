package oracle

import (
	"fmt"
	"strconv"
	"strings"

	"leadscore/transforms/match"
)

// entries are the keys of a YAML mapping, with their values written already.
type entries []string

func (e *entries) add(key, value string) { *e = append(*e, key+": "+value) }

func (e entries) flow() string { return "{" + strings.Join(e, ", ") + "}" }

func quoted(s string) string { return strconv.QuoteToGraphic(s) }

// singleQuoted keeps backslashes as they are.
func singleQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// limits writes the range of a score; empty: none.
func (d *drawer) limits() string {
	low, high := d.number("min", -30, 5), d.number("max", 6, 50)
	switch d.number("range", 0, 6) {
	case 1:
		return fmt.Sprintf("{min: %d, max: %d}", low, high)
	case 2:
		return fmt.Sprintf("{min: %d}", low)
	case 3, 4:
		return fmt.Sprintf("{max: %d}", high)
	}
	return ""
}

func (d *drawer) bands() string {
	var e entries
	floor := d.number("first band", -10, 10)
	for i := range d.number("bands", 1, 3) {
		e.add(quoted(d.name("band")), strconv.Itoa(floor))
		floor += d.number("band "+strconv.Itoa(i), 1, 20)
	}
	return e.flow()
}

func (d *drawer) floors(names ...string) string {
	var e entries
	floor := d.number("top floor", 0, 40)
	for _, name := range names[:d.number("floors", 1, len(names))] {
		e.add(name, strconv.Itoa(floor))
		floor -= d.number("floor below", 1, 30)
	}
	return e.flow()
}

// lengths are the frames to choose from, as the model writes them.
var lengths = []struct {
	text    string
	seconds int64
}{
	{"1h", 3600}, {"12h", 12 * 3600}, {"1d", day}, {"24h", day}, {"7d", 7 * day}, {"1w", 7 * day}, {"30d", 30 * day}, {"90d", 90 * day},
}

func (d *drawer) length() string {
	l := oneOf(d, "length", lengths)
	d.frames = append(d.frames, l.seconds)
	return l.text
}

// rule writes a rule's points and criteria.
func (d *drawer) rule() (points, when string) {
	if d.values {
		return strconv.Itoa(d.points()), d.valueTest()
	}
	switch d.number("form", 0, 11) {
	case 6:
		if d.hasLists() {
			return strconv.Itoa(d.points()), d.listMember()
		}
	case 7:
		sign := oneOf(d, "sign", []int{1, -1})
		var e entries
		e.add("each", strconv.Itoa(sign*d.number("each", 1, 9)))
		if d.chance("max", 60) {
			e.add("max", strconv.Itoa(sign*d.number("max", 1, 30)))
		}
		return e.flow(), d.lone(d.engagement(engagementForm{frame: true}))
	case 8:
		var e entries
		tier := 0
		for range d.number("tiers", 1, 4) {
			tier += d.number("tier", 1, 3)
			e.add(strconv.Itoa(tier), strconv.Itoa(d.points()))
		}
		return "{tiers: " + e.flow() + "}", d.lone(d.engagement(engagementForm{frame: true}))
	case 9, 10:
		var e entries
		for _, i := range d.ascending(len(lengths)) {
			d.frames = append(d.frames, lengths[i].seconds)
			e.add(lengths[i].text, strconv.Itoa(d.points()))
		}
		return "{fade: " + e.flow() + "}", d.fading()
	case 11:
		every := d.number("every", 1, 40)
		for k := 1; k <= 3; k++ {
			d.frames = append(d.frames, int64(every*k)*day)
		}
		start := oneOf(d, "sign", []int{1, -1}) * d.number("start", 1, 40)
		lose := oneOf(d, "lose", []int{25, 50, 75, 90, 100, 33})
		return fmt.Sprintf("{start: %d, lose: %d%%, every: %dd}", start, lose, every), d.fading()
	}
	return strconv.Itoa(d.points()), d.composition(2)
}

// valueTest writes a criterion that hangs on one test of a value.
func (d *drawer) valueTest() string {
	e := entries{"engagement: any"}
	switch d.number("value of", 0, 5) {
	case 0:
		if d.hasOptional("asset") {
			e.add("asset", d.tested("asset", textType))
		}
	case 1:
		if d.hasOptional("answer") || d.tables.HasAnswers {
			e.add("question", quoted(d.variant(oneOf(d, "question", pools["question"]))))
			e.add("answer", d.tested("answer", textType))
		}
	case 2:
		if len(d.tables.Where) > 0 {
			c := oneOf(d, "where", d.tables.Where)
			e.add("where", "{"+c.Name+": "+d.tested(c.Name, c.Type)+"}")
		}
	default:
		if len(d.tables.Fields) > 0 {
			return d.field()
		}
	}
	return e.flow()
}

func (d *drawer) points() int { return d.number("points", -12, 25) }

// ascending draws some of n places of lengths that differ in seconds.
func (d *drawer) ascending(n int) []int {
	var places []int
	for i := range n {
		last := len(places) - 1
		if d.chance("bracket", 40) && (last < 0 || lengths[places[last]].seconds < lengths[i].seconds) {
			places = append(places, i)
		}
	}
	if len(places) == 0 {
		return []int{n / 2}
	}
	return places
}

// lone wraps a criterion into a list of one now and then.
func (d *drawer) lone(criterion string) string {
	if d.chance("list of one", 20) {
		return "[" + criterion + "]"
	}
	return criterion
}

// composition writes criteria joined in any way.
func (d *drawer) composition(depth int) string {
	if depth == 0 || d.chance("criterion", 45) {
		return d.criterion()
	}
	var parts []string
	for range d.number("parts", 1, 3) {
		parts = append(parts, d.composition(depth-1))
	}
	list := "[" + strings.Join(parts, ", ") + "]"
	switch d.number("join", 0, 3) {
	case 1:
		return "{any: " + list + "}"
	case 2:
		return "{not: " + parts[0] + "}"
	case 3:
		return list
	}
	return "{all: " + list + "}"
}

func (d *drawer) criterion() string {
	switch {
	case d.number("criterion", 0, 9) >= 4:
		return d.engagement(engagementForm{frame: true, times: true, atMost: true})
	case d.hasLists() && d.chance("list", 40):
		return d.listMember()
	case len(d.tables.Fields) > 0:
		return d.field()
	}
	return d.engagement(engagementForm{frame: true, times: true, atMost: true})
}

// fading writes criteria for a fade: engagement criteria without frames, none of them under not.
func (d *drawer) fading() string {
	first := d.engagement(engagementForm{times: true})
	switch d.number("fading", 0, 5) {
	case 1:
		return "[" + first + ", " + d.engagement(engagementForm{times: true}) + "]"
	case 2:
		return "{any: [" + first + ", " + d.engagement(engagementForm{times: true}) + "]}"
	case 3:
		if len(d.tables.Fields) > 0 {
			return "{any: [" + first + ", " + d.field() + "]}"
		}
	case 4:
		if len(d.tables.Fields) > 0 {
			return "[" + first + ", {not: " + d.field() + "}]"
		}
	}
	return first
}

func (d *drawer) hasLists() bool { return d.tables.HasLists || d.tables.ListField != "" }

func (d *drawer) listMember() string {
	if d.tables.HasLists && d.tables.ListID.Kind == match.Int {
		list := d.number("list id", -2, 6) * 10
		d.lists = append(d.lists, int64(list))
		return "{list: " + strconv.Itoa(list) + "}"
	}
	list := d.variant(oneOf(d, "list", pools["lists"]))
	d.lists = append(d.lists, list)
	return "{list: " + quoted(list) + "}"
}

// engagementForm says what an engagement criterion may have.
type engagementForm struct{ frame, times, atMost bool }

var kinds = []string{
	"email: opened", "email: clicked", "form: visited", "form: submitted", "form: answered", "landing_page: visited",
	"landing_page: clicked", "sms: clicked", "website: visited", "engagement: any", "engagement: any", "engagement: any", "engagement: any",
	"email: opened", "email: clicked", "form: submitted", "website: visited",
	"engagement: {channel: webinar, action: attended}", "engagement: {channel: Webinar}", "engagement: {channel: email}",
	"engagement: {channel: ' WEBSITE ', action: Opened}",
}

func (d *drawer) engagement(form engagementForm) string {
	e := entries{oneOf(d, "kind", kinds)}
	if d.hasOptional("asset") && d.chance("asset", 15) {
		e.add("asset", d.tested("asset", textType))
	}
	if d.hasOptional("url") && d.chance("url", 10) {
		e.add("url", d.tested("url", textType))
	}
	if (d.hasOptional("question") || d.tables.HasAnswers) && d.chance("question", 12) {
		e.add("question", quoted(d.variant(oneOf(d, "question", pools["question"]))))
		if d.chance("answer", 60) {
			e.add("answer", d.tested("answer", textType))
		}
	}
	if len(d.tables.Where) > 0 && d.chance("where", 12) {
		c := oneOf(d, "where", d.tables.Where)
		e.add("where", "{"+c.Name+": "+d.tested(c.Name, c.Type)+"}")
	}
	if form.times && d.chance("times", 40) {
		e.add("times", d.times(form.atMost))
	}
	if form.frame {
		e = append(e, d.frame()...)
	}
	return e.flow()
}

func (d *drawer) times(atMost bool) string {
	n := d.number("times", 1, 3)
	form := d.number("times form", 0, 4)
	switch {
	case form == 1:
		return fmt.Sprintf("{at_least: %d}", n)
	case form == 2 && atMost:
		return fmt.Sprintf("{at_least: %d, at_most: %d}", n, n+d.number("more", 0, 2))
	case form == 3 && atMost:
		return fmt.Sprintf("{exactly: %d}", n-1)
	case form == 4 && atMost:
		return fmt.Sprintf("{at_most: %d}", n)
	}
	return strconv.Itoa(n)
}

func (d *drawer) frame() entries {
	switch d.number("frame", 0, 6) {
	case 1, 2, 3:
		return entries{"within: " + d.length()}
	case 4:
		return entries{"from: " + d.edge(-20, -60)}
	case 5:
		return entries{"until: " + d.edge(10, -20)}
	case 6:
		return entries{"from: " + d.edge(-20, -60), "until: " + d.edge(10, -19)}
	}
	return nil
}

// edge writes a day or an instant some days from T, and remembers where it lies.
func (d *drawer) edge(high, low int) string {
	at := floorDiv(d.asOf, day) + int64(d.number("edge", low, high))
	switch d.number("edge form", 0, 2) {
	case 1:
		d.edges = append(d.edges, at*day+3600)
		return Instant{Second: at*day + 3600}.String()
	case 2:
		d.edges = append(d.edges, at*day+1800)
		return strings.Replace(Instant{Second: at*day + 1800 + 7200}.String(), "Z", "+02:00", 1)
	}
	d.edges = append(d.edges, Day(at).midnight(d.zone).Second)
	return Day(at).String()
}
