package model

import (
	"slices"
	"strings"

	"leadscore/transforms/diag/yamltree"
	"leadscore/transforms/match"
)

// test reads what stands for a value: a scalar (equals), a list (in), or a map of operators. what names the value.
func (p *parser) test(n *node, what string) (match.Test, bool) {
	switch {
	case n.Kind == yamltree.Map && len(n.Entries) == 0:
		p.fault(n.Position, "no operator for "+what, "this is an empty map", "write a value or an operator; for any value at all write {exists: true}")
		return match.Test{}, false
	case n.Kind == yamltree.Map:
		return p.operators(n.Entries, "a test of "+what, nil, false, nil)
	}
	op := match.Equals
	if n.Kind == yamltree.List {
		op = match.In
	}
	condition, ok := p.condition(op, n, n, what)
	if !ok {
		return match.Test{}, false
	}
	return match.Test{Conditions: []match.Condition{condition}}, true
}

// operators reads operators and case_sensitive. dated allows the operators that measure time from a date; beside are keys
// that stand in the same map and are read elsewhere.
func (p *parser) operators(entries []yamltree.Entry, what string, beside []string, dated bool, elsewhere func(string) string) (match.Test, bool) {
	var test match.Test
	known := append(slices.Clone(beside), append(match.OperatorNames(), caseKey.name)...)
	good := true
	var sensitive *node
	for _, e := range entries {
		if e.Key.Text == caseKey.name {
			sensitive = e.Key
			value, ok := p.flag(e.Value, caseKey.name)
			test.CaseSensitive, good = value, good && ok
			continue
		}
		op, ok := match.ParseOperator(e.Key.Text)
		if !ok {
			good = false
			p.unknown(e.Key, what, known, func(key string) string { return otherOperator(key, elsewhere) })
			continue
		}
		if !dated && (op == match.Within || op == match.OlderThan) {
			good = false
			fix := "write field: and a date of the contacts beside it"
			if op == match.Within {
				fix = "write within in the criterion itself, such as {email: clicked, asset: Newsletter, within: 30d}"
			}
			p.fault(e.Key.Position, op.String()+" tests only fields", "it measures time from a date of the contacts, and the time of an engagement has its own within, from and until", fix)
			continue
		}
		condition, ok := p.condition(op, e.Key, e.Value, op.String())
		if !ok {
			good = false
			continue
		}
		test.Conditions = append(test.Conditions, condition)
	}
	if sensitive != nil && len(entries) == 1 {
		p.fault(sensitive.Position, caseKey.name+" without an operator", "it says how an operator compares text", "add an operator, such as equals: CEO")
		return test, false
	}
	if good && p.contradicts(test) {
		good = false
	}
	return test, good
}

// otherOperator says how to write what other tools have an operator for.
func otherOperator(key string, elsewhere func(string) string) string {
	switch strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(key)) {
	case "not", "not_equals", "not_equal", "ne", "is_not", "not_in", "not_contains", "does_not_contain", "excludes":
		return "write not: around the whole criterion, such as not: {field: country, in: [SE, NO]}"
	case "empty", "is_empty", "is_null", "missing", "unknown", "null":
		return "write exists: false"
	case "between", "range":
		return "write at_least: and at_most:"
	case "ignore_case", "case_insensitive":
		return "case makes no difference unless case_sensitive: true says so; take it away"
	}
	if elsewhere != nil {
		return elsewhere(key)
	}
	return ""
}

// condition reads one operator with its operands.
func (p *parser) condition(op match.Operator, at, value *node, what string) (match.Condition, bool) {
	c := match.Condition{Operator: op}
	values := []*node{value}
	switch {
	case op == match.In && value.Kind != yamltree.List:
		fix := "write in: [SE, NO], or equals: for a single value"
		if value.Kind == yamltree.Scalar && !value.Null() {
			fix = "write equals: " + value.Text + ", or in: [" + value.Text + ", …]"
		}
		p.fault(value.Position, "in takes a list", saw(value), fix)
		return c, false
	case op == match.In && len(value.Items) == 0:
		p.fault(value.Position, "an empty list of values", "no value is in it, so it could never hold", "write the values, such as [SE, NO]")
		return c, false
	case op == match.In:
		values = value.Items
	case value.Kind == yamltree.List:
		fix := "write any: with one criterion for each value"
		if op == match.Equals {
			fix = "write in: in place of equals:"
		}
		p.fault(value.Position, op.String()+" takes one value", "this is a list", fix)
		return c, false
	}
	good := true
	for _, v := range values {
		operand, ok := p.operand(op, v, what)
		good = good && ok
		c.Operands = append(c.Operands, operand)
	}
	if !good {
		return c, false
	}
	for i := range c.Operands {
		p.model.places[&c.Operands[i]] = values[i].Position
	}
	p.model.places[operator{&c.Operands[0]}] = at.Position
	return c, true
}

// operand reads one operand and holds it to what the operator takes whatever the column is.
func (p *parser) operand(op match.Operator, n *node, what string) (match.Operand, bool) {
	o := match.Operand{Kind: match.String, Text: n.Text}
	refuse := func(what, why, fix string) (match.Operand, bool) {
		p.fault(n.Position, what, why, fix)
		return o, false
	}
	if op == match.Within || op == match.OlderThan {
		seconds, ok := p.duration(n, op.String())
		o.Kind, o.Seconds, o.Text = match.Duration, seconds, strings.TrimSpace(n.Text)
		return o, ok
	}
	switch {
	case n.Kind != yamltree.Scalar:
		return refuse(op.String()+" takes a single value", saw(n), "write a text, a number, true, false or a date")
	case op == match.Exists:
		value, ok := p.flag(n, "exists")
		o.Kind, o.Bool = match.Bool, value
		return o, ok
	case n.Null():
		return refuse("a value is missing for "+what, "nothing stands here", "write a value; for a field without any value write exists: false, and for the word null put it in quotes")
	case n.Blank():
		return refuse("an empty value for "+what, "white space is trimmed, and an empty text counts as missing", "write a value; for a missing one write exists: false")
	}
	if !n.Quoted {
		if what, why := plain(&o, n); what != "" {
			return refuse(what, why, "correct it, or put it in quotes if it is a text")
		}
	}
	switch op {
	case match.Above, match.AtLeast, match.Below, match.AtMost, match.From, match.Until:
		if o.Kind == match.Number || o.Kind == match.Date || o.Kind == match.Instant {
			return o, true
		}
		why, fix := saw(n), "write a number such as 50, or a date such as 2026-09-01"
		unquoted := &node{Text: strings.TrimSpace(n.Text)}
		bare := match.Operand{}
		if what, _ := plain(&bare, unquoted); n.Quoted && what == "" && (bare.Kind == match.Number || bare.Kind == match.Date || bare.Kind == match.Instant) {
			why, fix = "in quotes it is a text", "write "+unquoted.Text+", without quotes"
		} else if _, meant := wrongDate(n); strings.HasPrefix(meant, "write 2") || strings.HasPrefix(meant, "write 1") {
			fix = meant
		}
		return refuse(op.String()+" takes a number or a date", why, fix)
	case match.Matches:
		if err := match.Fits(op, o, match.Type{Kind: match.Text, Name: "text"}); err != nil {
			return refuse("a pattern that cannot be read", err.Error(), `write a regular expression of RE2, in single quotes, such as '\.pdf$'; for a plain text use contains`)
		}
	}
	return o, true
}

// plain reads an unquoted scalar as what YAML makes of it, or as a date or an instant; otherwise it says what is wrong, and why.
func plain(o *match.Operand, n *node) (what, why string) {
	text := strings.TrimSpace(n.Text)
	if value, ok := n.Bool(); ok {
		o.Kind, o.Bool = match.Bool, value
		return "", ""
	}
	if number, ok := n.Number(); ok {
		o.Kind, o.Number = match.Number, number
		return "", ""
	}
	if day, ok := yamltree.Date(text); ok {
		o.Kind, o.Time = match.Date, day
		return "", ""
	}
	if at, ok := yamltree.Instant(text); ok {
		o.Kind, o.Time = match.Instant, at
		return "", ""
	}
	switch {
	case yamltree.LooksLikeDate(text):
		return "there is no day " + text, "without quotes it is a date, and the calendar has no such day"
	case yamltree.LooksLikeInstant(text):
		return "there is no instant " + text, "without quotes it is an instant, and no clock ever shows it"
	}
	if yamltree.LooksLikeNumber(text) {
		return "a number that is too long", "numbers have at most 400 characters, and exponents go up to 400"
	}
	switch strings.ToLower(strings.TrimLeft(text, "+-")) {
	case ".nan", ".inf":
		return text + " cannot be compared", "without quotes it is no number but infinity, or not a number"
	}
	o.Kind = match.String
	return "", ""
}
