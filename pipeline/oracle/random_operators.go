package oracle

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"leadscore/transforms/match"
)

// field writes a field criterion.
func (d *drawer) field() string {
	c := oneOf(d, "field", d.tables.Fields)
	e := entries{"field: " + c.Name}
	if d.chance("any value", 15) {
		return e.flow()
	}
	return append(e, d.operators(c.Name, c.Type, true)...).flow()
}

// tested writes the test of an asset, url, answer or where column: a bare scalar, a bare sequence or operators.
func (d *drawer) tested(pool string, t match.Type) string {
	switch d.number("bare", 0, 5) {
	case 1, 2:
		return d.operand(pool, t)
	case 3:
		return d.sequence(pool, t)
	}
	return d.operators(pool, t, false).flow()
}

func (d *drawer) sequence(pool string, t match.Type) string {
	var parts []string
	for range d.number("sequence", 1, 3) {
		part := d.operand(pool, t)
		if strings.Contains(part, "T") && strings.Contains(part, ":") && !strings.HasPrefix(part, `"`) {
			part = part[:len(time.DateOnly)] // goccy/go-yaml takes an instant in a sequence within a flow mapping for a mapping
		}
		parts = append(parts, part)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// operators writes one or more operators that fit a type and can be met together.
func (d *drawer) operators(pool string, t match.Type, inField bool) entries {
	if d.chance("exists", 12) {
		return entries{"exists: " + strconv.FormatBool(d.number("exists", 0, 1) == 1)}
	}
	if t.Kind == match.List {
		t = *t.Elem
	}
	var e entries
	switch t.Kind {
	case match.Text:
		e = d.textOperators(pool)
		if d.chance("case", 15) {
			e.add("case_sensitive", oneOf(d, "case", []string{"true", "true", "false"}))
		}
	case match.Boolean:
		e.add("equals", d.operand(pool, t))
	case match.DateOnly, match.Timestamp:
		if inField && d.chance("by age", 45) {
			return d.byAge()
		}
		e = d.order(pool, t, func() (string, string) { return d.edge(-10, -30), d.edge(20, -9) })
	default:
		e = d.order(pool, t, func() (string, string) {
			low := d.number("low", -2, 4)
			return strconv.Itoa(low * 10), d.scaled(low + d.number("above low", 1, 4))
		})
	}
	return e
}

func (d *drawer) textOperators(pool string) entries {
	var e entries
	values := pools[pool]
	fragment := func() string {
		runes := []rune(oneOf(d, "fragment of", values))
		from := d.number("fragment from", 0, len(runes)-1)
		text := string(runes[from:min(len(runes), from+d.number("fragment length", 1, 5))])
		if strings.TrimSpace(text) == "" {
			return "e"
		}
		return text
	}
	switch d.number("text operator", 0, 6) {
	case 0:
		e.add("equals", d.operand(pool, textType))
	case 1:
		e.add("in", d.sequence(pool, textType))
	case 2:
		e.add("contains", quoted(d.variant(fragment())))
	case 3:
		e.add("starts_with", quoted(fragment()))
	case 4:
		e.add("ends_with", quoted(fragment()))
	case 5:
		e.add("matches", singleQuoted(oneOf(d, "pattern", []string{`\.pdf$`, `^demo`, `caf(e|é)$`, `pricing|careers`, `[0-9]+`, `^\S+$`, `straße`, `k`, `(?-i)K`, `.*`})))
	case 6:
		e.add("contains", quoted(fragment()))
		e.add("starts_with", quoted(fragment()))
	}
	return e
}

// order writes an equality, a bound or an interval.
func (d *drawer) order(pool string, t match.Type, interval func() (low, high string)) entries {
	low, high := interval()
	switch d.number("order", 0, 9) {
	case 0, 9:
		return entries{"equals: " + d.operand(pool, t)}
	case 1:
		return entries{"in: " + d.sequence(pool, t)}
	case 2:
		return entries{"above: " + low}
	case 3:
		return entries{"at_least: " + low}
	case 4:
		return entries{"below: " + high}
	case 5:
		return entries{"at_most: " + high}
	case 6:
		return entries{"from: " + low, "until: " + high}
	case 7:
		return entries{"above: " + low, "at_most: " + high}
	}
	return entries{"at_least: " + low, "below: " + high}
}

func (d *drawer) byAge() entries {
	switch d.number("by age", 0, 3) {
	case 1:
		return entries{"older_than: " + d.length()}
	case 2: // younger than the long one, older than the short one
		d.frames = append(d.frames, 3600, 30*day)
		return entries{"within: 30d", "older_than: 1h"}
	}
	return entries{"within: " + d.length()}
}

// operand writes one value to compare with.
func (d *drawer) operand(pool string, t match.Type) string {
	for t.Kind == match.List {
		t = *t.Elem
	}
	switch t.Kind {
	case match.Text:
		text := oneOf(d, "operand", pools[pool])
		if pool == "code" || pool == "answer" { // plain, so that it may read as a number, a boolean or a date
			if !strings.Contains(text, ">") && d.chance("plain", 70) {
				return text
			}
		}
		return quoted(d.variant(text))
	case match.Boolean:
		return oneOf(d, "operand", []string{"true", "false"})
	case match.DateOnly, match.Timestamp:
		return d.edge(20, -30)
	}
	if t.Kind == match.Float && d.chance("no binary fraction", 40) {
		return oneOf(d, "no binary fraction", []string{"0.1", "0.3", "1e-1"})
	}
	if d.chance("odd number", 25) {
		return oneOf(d, "number", []string{"0.1", "0.5", "9223372036854775807", "18446744073709551615", "9007199254740993", "-0.0", "1e1", "9.99"})
	}
	return d.scaled(d.number("operand", -2, 6))
}

// scaled writes ten times n as a whole number or with a fraction that is none.
func (d *drawer) scaled(n int) string {
	if d.chance("fraction", 20) {
		return fmt.Sprintf("%d.0", n*10)
	}
	return strconv.Itoa(n * 10)
}
