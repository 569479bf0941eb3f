package model

import (
	"math/big"
	"strings"

	"leadscore/transforms/match"
)

// contradicts reports operators of one test that can never hold together. It finds what can be told without the data:
// missing values, empty ranges, a value outside of the range or without the text that stands beside it.
func (p *parser) contradicts(t match.Test) bool {
	report := func(a, b *match.Condition, why, fix string) bool {
		p.clash(p.model.places.of(operator{&b.Operands[0]}), p.model.places.of(operator{&a.Operands[0]}),
			"these can never hold together: "+shown(a)+" and "+shown(b), why, fix)
		return true
	}
	for i := range t.Conditions {
		for j := range t.Conditions {
			a, b := &t.Conditions[i], &t.Conditions[j]
			switch {
			case i != j && a.Operator == match.Exists && !a.Operands[0].Bool:
				if i < j {
					return report(a, b, "exists: false holds only where there is no value", "keep one of the two, or write two criteria under any:")
				}
				return report(b, a, "exists: false holds only where there is no value", "keep one of the two, or write two criteria under any:")
			case i >= j:
			case ageless(a, b):
				return report(a, b, "no date is both as recent and as old as that", "older_than must be shorter than within")
			case kindsDiffer(a, b):
				return report(a, b, "one takes a number and the other a date, and no column has both", "write both as numbers or both as dates")
			case p.outside(a, b):
				return report(a, b, "no value is both", "correct one of the two; for the one or the other write two criteria under any:")
			}
		}
	}
	return p.textMisses(t, report)
}

// shown writes a condition as it stands in the model, a long list cut short.
func shown(c *match.Condition) string {
	const most = 4
	var operands []string
	for i := range c.Operands {
		if i == most {
			operands = append(operands, "…")
			break
		}
		operands = append(operands, shownOperand(&c.Operands[i]))
	}
	list := strings.Join(operands, ", ")
	if c.Operator == match.In {
		list = "[" + list + "]"
	}
	return c.Operator.String() + ": " + list
}

// ageless tells whether within and older_than leave no date.
func ageless(a, b *match.Condition) bool {
	if a.Operator == match.OlderThan {
		a, b = b, a
	}
	return a.Operator == match.Within && b.Operator == match.OlderThan && b.Operands[0].Seconds >= a.Operands[0].Seconds
}

func ordered(op match.Operator) bool { return op >= match.Above && op <= match.Until }

// kindsDiffer tells whether one of two order operators takes a number and the other a date.
func kindsDiffer(a, b *match.Condition) bool {
	return ordered(a.Operator) && ordered(b.Operator) &&
		(a.Operands[0].Kind == match.Number) != (b.Operands[0].Kind == match.Number)
}

// outside tells whether two conditions on numbers or dates leave no value.
func (p *parser) outside(a, b *match.Condition) bool {
	if set(b.Operator) {
		a, b = b, a
	}
	if set(a.Operator) {
		// The values of equals or in against one bound, or against the other's values: all of them must fail.
		for i := range a.Operands {
			for j := range b.Operands {
				if p.mayHold(&a.Operands[i], b.Operator, &b.Operands[j]) {
					return false
				}
			}
		}
		return ordered(b.Operator) || set(b.Operator)
	}
	if !ordered(a.Operator) || !ordered(b.Operator) || lower(a.Operator) == lower(b.Operator) {
		return false
	}
	if !lower(a.Operator) {
		a, b = b, a
	}
	low, ok := p.quantity(&a.Operands[0])
	high, fine := p.quantity(&b.Operands[0])
	if !ok || !fine {
		return false
	}
	order := low.Cmp(high)
	inclusive := a.Operator != match.Above && b.Operator == match.AtMost
	return order > 0 || order == 0 && !inclusive
}

func set(op match.Operator) bool { return op == match.Equals || op == match.In }

func lower(op match.Operator) bool {
	return op == match.Above || op == match.AtLeast || op == match.From
}

// mayHold tells whether a value may fulfil an operator; where it cannot be told, it may.
func (p *parser) mayHold(value *match.Operand, op match.Operator, bound *match.Operand) bool {
	if set(op) && value.Kind == match.String && bound.Kind == match.String {
		return match.NormalizeString(value.Text, false) == match.NormalizeString(bound.Text, false)
	}
	if set(op) && value.Kind == match.Bool && bound.Kind == match.Bool {
		return value.Bool == bound.Bool
	}
	v, ok := p.quantity(value)
	b, fine := p.quantity(bound)
	if !ok || !fine || (value.Kind == match.Number) != (bound.Kind == match.Number) {
		return true
	}
	order := v.Cmp(b)
	switch op {
	case match.Above:
		return order > 0
	case match.AtLeast, match.From:
		return order >= 0
	case match.Below, match.Until:
		return order < 0
	case match.AtMost:
		return order <= 0
	}
	// Numbers that differ may be the same text, or the same once they are rounded to a narrow float.
	return true
}

// quantity is what a number or a date is compared by: its value, or its seconds since 1970.
func (p *parser) quantity(o *match.Operand) (*big.Rat, bool) {
	switch o.Kind {
	case match.Number:
		return o.Number, true
	case match.Date:
		return new(big.Rat).SetInt64(p.clock.Seconds(o.Time.Unix())), true
	case match.Instant:
		at := new(big.Rat).SetFrac64(int64(o.Time.Nanosecond()), 1_000_000_000)
		return at.Add(at, new(big.Rat).SetInt64(o.Time.Unix())), true
	}
	return nil, false
}

// textMisses finds a value of equals or in that fulfils none of the text operators beside it.
func (p *parser) textMisses(t match.Test, report func(a, b *match.Condition, why, fix string) bool) bool {
	for i := range t.Conditions {
		values := &t.Conditions[i]
		if !set(values.Operator) {
			continue
		}
		for j := range t.Conditions {
			texts := &t.Conditions[j]
			if texts.Operator < match.Contains || texts.Operator > match.Matches {
				continue
			}
			matcher, err := match.Compile(match.Test{Conditions: []match.Condition{*texts}, CaseSensitive: t.CaseSensitive},
				match.Type{Kind: match.Text, Name: "text"}, p.model.Zone)
			if err != nil {
				continue
			}
			some := false
			for _, o := range values.Operands {
				some = some || matcher.Text([]byte(o.Text))
			}
			if !some {
				return report(values, texts, "the value that is asked for does not fulfil "+texts.Operator.String(), "keep one of the two; for the one or the other write two criteria under any:")
			}
		}
	}
	return false
}
