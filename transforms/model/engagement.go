package model

import (
	"slices"
	"strings"
	"time"

	"leadscore/transforms/diag"
	"leadscore/transforms/diag/yamltree"
	"leadscore/transforms/match"
)

// engagement reads an engagement criterion.
func (p *parser) engagement(n *node, head yamltree.Entry) Expr {
	before := len(p.list)
	e := &Engagement{AtLeast: 1, Position: span(head.Key.Position, head.Value.Position)}
	elsewhere := func(key string) string {
		if key == "at_least" || key == "at_most" || key == "exactly" {
			return "write times: {" + key + ": …}"
		}
		if _, operator := match.ParseOperator(key); operator || key == caseKey.name {
			return "say which value it tests: asset: {" + key + ": …}, url: {" + key + ": …} or where: {column: {" + key + ": …}}"
		}
		if key == "channel" || key == "action" {
			return "write engagement: {channel: …, action: …}"
		}
		return ""
	}
	p.fields(n, "an engagement criterion", "", append([]string{head.Key.Text}, names(narrowKeys)...), elsewhere)
	if head.Key.Text == engagementKey.name {
		p.anyEngagement(e, head.Value)
	} else {
		p.channelAction(e, head)
	}
	e.Asset = p.narrowed(n.Get("asset"), "asset")
	e.URL = p.narrowed(n.Get("url"), "url")
	e.Question = p.narrowed(n.Get("question"), "question")
	e.Answer = p.narrowed(n.Get("answer"), "answer")
	if e.Answer != nil && n.Get("question") == nil {
		p.fault(n.Key("answer").Position, "answer without question", "an answer belongs to a question", "add the question, such as question: Budget")
	}
	if where := n.Get("where"); where != nil {
		p.where(e, where)
	}
	if times := n.Get("times"); times != nil {
		e.Times = true
		p.model.places[timesOf{e}] = span(n.Key("times").Position, times.Position)
		p.times(e, times)
	}
	p.frame(e, n)
	if len(p.list) > before {
		return nil // no other message shall follow from what was not understood
	}
	return e
}

// channelAction reads email: opened and its like.
func (p *parser) channelAction(e *Engagement, head yamltree.Entry) {
	channel := head.Key.Text
	e.Channel = &channel
	p.model.places[e.Channel] = head.Key.Position
	actions := knownActions[channel]
	example := channel + ": " + actions[0]
	if head.Value.Kind == yamltree.List && len(head.Value.Items) > 0 {
		p.fault(head.Value.Position, channel+" takes one action", "this is a list", "write any: [{"+channel+": "+actions[0]+"}, …], or all: of them")
		return
	}
	action, ok := p.text(head.Value, "the action of "+channel, example)
	if !ok {
		return
	}
	e.Action = &action
	p.model.places[e.Action] = head.Value.Position
	if slices.Contains(actions, action) {
		return
	}
	fix := "for an action of your own write engagement: {channel: " + channel + ", action: " + action + "}"
	for _, other := range channelKeys {
		if slices.Contains(knownActions[other.name], action) {
			fix = "did you mean " + other.name + ": " + action + "? Otherwise, " + fix
			break
		}
	}
	if near, ok := nearAction(action, actions); ok {
		fix = "did you mean " + channel + ": " + near + "?"
	} else if strings.EqualFold(action, "any") {
		fix = "for any action write engagement: {channel: " + channel + "}"
	}
	p.fault(head.Value.Position, "unknown action "+yamltree.Quote(action), channel+" has the "+plural("action", len(actions))+" "+words(actions, "and"), fix)
}

// nearAction gives the action that was probably meant: a slip, or another word or tense of it.
func nearAction(typed string, actions []string) (string, bool) {
	if near, ok := diag.Nearest(typed, actions); ok {
		return near, true
	}
	other := map[string]string{
		"open": "opened", "click": "clicked", "visit": "visited", "view": "visited", "viewed": "visited", "read": "opened",
		"submit": "submitted", "filled": "submitted", "sent": "submitted", "answer": "answered",
	}[strings.ToLower(typed)]
	return other, slices.Contains(actions, other)
}

func plural(word string, n int) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// anyEngagement reads engagement: any, and engagement: {channel: …, action: …}.
func (p *parser) anyEngagement(e *Engagement, n *node) {
	const example = "engagement: any, or engagement: {channel: webinar, action: attended}"
	if n.Kind != yamltree.Map {
		if n.Text == "any" && n.Kind == yamltree.Scalar {
			return
		}
		fix := "write " + example
		if n.Kind == yamltree.Scalar && !n.Null() {
			fix = "write engagement: {channel: " + n.Text + "} for whatever is done there, or engagement: {action: " + n.Text + "}"
		}
		for _, actions := range knownActions {
			if slices.Contains(actions, n.Text) {
				fix = "write engagement: {action: " + n.Text + "} for whatever it is done with"
			}
		}
		if actions, ok := knownActions[n.Text]; ok {
			fix = "write " + n.Text + ": " + actions[0] + ", or engagement: {channel: " + n.Text + "} for whatever is done there"
		}
		p.fault(n.Position, "engagement must be any, or a map", saw(n), fix)
		return
	}
	p.fields(n, "engagement", example, names(whatKeys), nil)
	if len(n.Entries) == 0 {
		p.fault(n.Position, "engagement without channel and action", "this is an empty map", "write "+example)
	}
	for _, part := range []struct {
		key  string
		into **string
	}{{"channel", &e.Channel}, {"action", &e.Action}} {
		value := n.Get(part.key)
		if value == nil {
			continue
		}
		name, ok := p.text(value, part.key, part.key+": and its name in the data")
		if !ok {
			continue
		}
		if name == "any" && !value.Quoted {
			p.fault(value.Position, part.key+": any means nothing here", "without "+part.key+" any "+part.key+" counts", `leave it out; for one that is really named so write "any" in quotes`)
			continue
		}
		*part.into = &name
		p.model.places[&name] = value.Position
	}
}

// narrowed reads the test of a column that every engagement may have.
func (p *parser) narrowed(n *node, what string) *match.Test {
	if n == nil {
		return nil
	}
	test, ok := p.test(n, what)
	if !ok {
		return nil
	}
	p.model.places[&test] = n.Position
	return &test
}

// ownKeys has the columns of engagements that where does not read, and what to write for them.
var ownKeys = map[string]string{
	"contact_id": "take it away", "occurred_at": "write within, from or until in the criterion",
	"channel": "write engagement: {channel: …}", "action": "write engagement: {action: …}",
	"asset": "write asset: in the criterion", "url": "write url: in the criterion", "event_id": "take it away",
	"question": "write question: in the criterion", "answer": "write answer: in the criterion", "answers": "write question: and answer: in the criterion",
}

// where reads tests of other columns.
func (p *parser) where(e *Engagement, n *node) {
	const example = "where: {campaign: Spring, value: {above: 100}}"
	if n.Kind != yamltree.Map || len(n.Entries) == 0 {
		p.fault(n.Position, "where must be a map of columns and tests", saw(n), "write "+example)
		return
	}
	for _, entry := range n.Entries {
		column := strings.TrimSpace(entry.Key.Text)
		if fix, own := ownKeys[column]; own {
			p.fault(entry.Key.Position, "where does not read "+column, "it is for columns that have no key of their own", fix)
			continue
		}
		if column == "" {
			p.fault(entry.Key.Position, "a column without a name", "where tests columns of the engagements", "write "+example)
			continue
		}
		if test, ok := p.test(entry.Value, "the column "+column); ok {
			e.Where = append(e.Where, ColumnTest{Column: column, Test: test, Position: entry.Key.Position})
		}
	}
}

// times reads how often.
func (p *parser) times(e *Engagement, n *node) {
	const example = "times: 3 for at least three, times: {at_least: 2, at_most: 5}, or times: {exactly: 2}"
	if n.Kind == yamltree.Scalar && !n.Null() {
		if number, ok := n.Number(); ok && number.Sign() == 0 {
			p.fault(n.Position, "times: 0 holds for everybody", "a number means at least so many times", "write times: {exactly: 0} for never")
			return
		}
		if count, ok := p.whole(n, "times", 1, mostTimes); ok {
			e.AtLeast = count
		}
		return
	}
	if n.Kind != yamltree.Map {
		p.fault(n.Position, "times must be a number or a map", saw(n), "write "+example)
		return
	}
	p.fields(n, "times", example, names(timesKeys), nil)
	least, most, exact := n.Get("at_least"), n.Get("at_most"), n.Get("exactly")
	switch {
	case len(n.Entries) == 0:
		p.fault(n.Position, "times without a number", "this is an empty map", "write "+example)
	case exact != nil && (least != nil || most != nil):
		other := n.Key("at_least")
		if other == nil {
			other = n.Key("at_most")
		}
		p.clash(other.Position, n.Key("exactly").Position, other.Text+" stands beside exactly", "exactly leaves nothing to say", "keep one of the two")
	case exact != nil:
		if count, ok := p.whole(exact, "exactly", 0, mostTimes); ok {
			e.AtLeast, e.AtMost = count, &count
		}
	default:
		e.AtLeast = 0
		if least != nil {
			if number, ok := least.Number(); ok && number.Sign() == 0 {
				p.fault(least.Position, "at_least: 0 says nothing", "everything happens at least 0 times", "leave it out; for never write times: {exactly: 0}")
				return
			}
			e.AtLeast, _ = p.whole(least, "at_least", 1, mostTimes)
		}
		if most != nil {
			count, ok := p.whole(most, "at_most", 0, mostTimes)
			e.AtMost = &count
			if ok && least != nil && e.AtLeast > count {
				p.clash(least.Position, most.Position, "at_least is above at_most", "no number is both", "write the smaller number as at_least")
			}
		}
	}
}

// frame reads the time frame.
func (p *parser) frame(e *Engagement, n *node) {
	within, from, until := n.Get("within"), n.Get("from"), n.Get("until")
	for _, key := range []string{"within", "from", "until"} {
		if k := n.Key(key); k != nil {
			p.model.places[frameOf{e}] = span(k.Position, n.Get(key).Position)
			break
		}
	}
	for _, key := range []string{"from", "until"} {
		if within != nil && n.Get(key) != nil {
			p.clash(n.Key("within").Position, n.Key(key).Position, "within stands beside "+key,
				"within is measured from the day of the run, and "+key+" is fixed", "keep one of the two")
			return
		}
	}
	if within != nil {
		e.Frame.Within, _ = p.duration(within, "within")
		return
	}
	e.Frame.From, e.Frame.Until = p.instant(from, "from"), p.instant(until, "until")
	if f, u := e.Frame.From, e.Frame.Until; f != nil && u != nil && *f >= *u {
		p.clash(n.Key("from").Position, n.Key("until").Position, "a time frame that is never met",
			"it begins at "+from.Text+" and ends before "+until.Text, "write the earlier one as from; until is the first instant that no longer counts")
	}
}

// instant reads a date, as its midnight in the model's zone, or an instant of RFC 3339, as unix seconds. Engagements have whole
// seconds, so that a fraction of a second, before which or from which they count, is rounded up.
func (p *parser) instant(n *node, what string) *int64 {
	if n == nil {
		return nil
	}
	written := strings.TrimSpace(n.Text)
	if n.Kind == yamltree.Scalar {
		if day, ok := yamltree.Date(written); ok {
			second := p.clock.Seconds(day.Unix())
			return &second
		}
		if at, ok := yamltree.Instant(written); ok {
			second := at.Unix()
			if at.Nanosecond() > 0 {
				second++
			}
			return &second
		}
	}
	why, fix := wrongDate(n)
	p.fault(n.Position, what+" must be a date or an instant", why, fix)
	return nil
}

// wrongDate says what is wrong with a date and what was probably meant.
func wrongDate(n *node) (why, fix string) {
	const example = "write a date such as 2026-09-01, or an instant such as 2026-09-01T08:00:00Z"
	written := strings.TrimSpace(n.Text)
	if n.Kind != yamltree.Scalar || n.Null() {
		return saw(n), example
	}
	if yamltree.LooksLikeDate(written) {
		return "the calendar has no such day", example
	}
	if yamltree.LooksLikeInstant(written) {
		return "there is no such time", example
	}
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if at, err := time.Parse(layout, written); err == nil {
			return "a time of day needs a time zone", "write " + at.Format("2006-01-02T15:04:05") + "Z for UTC, or an offset such as +02:00 in place of Z"
		}
	}
	for _, layout := range []string{"2006/1/2", "2.1.2006", "2006-1-2", "20060102", "2006.1.2", "2 January 2006", "January 2, 2006", "2 Jan 2006"} {
		if at, err := time.Parse(layout, written); err == nil {
			return "dates are written year-month-day", "write " + at.Format(time.DateOnly)
		}
	}
	return saw(n), example
}
