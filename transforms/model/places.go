package model

import (
	"leadscore/transforms/diag"
	"leadscore/transforms/match"
)

// places remembers where in the file things stand whose types have no room for a position, keyed by pointers into the model:
//
//	*int64          an end of a range, or until_below
//	*Threshold      the number of a threshold
//	*Band           a band's or a grade's floor
//	*Points         what stands after points:
//	*string         channel or action of an engagement criterion
//	*match.Test     what stands after asset, url, question or answer
//	*match.Operand  an operand
//	operator        an operator, by its first operand
//	*All, *Any, *Not
//	timesOf, frameOf  what an engagement criterion says of occurrence and time
//	section         a key of the whole model, such as sets
//
// A model that was not parsed has none, and messages fall back on the position of the rule.
type places map[any]diag.Position

type (
	operator struct{ first *match.Operand }
	timesOf  struct{ *Engagement }
	frameOf  struct{ *Engagement }
	section  string
)

// placeOf gives the place of a criterion or a composition.
func (m *Model) placeOf(e Expr) diag.Position {
	switch e := e.(type) {
	case *Engagement:
		return e.Position
	case *Field:
		return e.Position
	case *ListMember:
		return e.Position
	}
	return m.places.of(e)
}

// of gives the first place that is known, of the keys in order.
func (p places) of(keys ...any) diag.Position {
	for _, key := range keys {
		if at, ok := key.(diag.Position); ok {
			return at
		}
		if at, ok := p[key]; ok {
			return at
		}
	}
	return diag.Position{}
}

// span is the place from the beginning of a to the end of b, where both stand on one line.
func span(a, b diag.Position) diag.Position {
	if a.Line == b.Line && b.Column > a.Column {
		a.Length = b.Column + b.Length - a.Column
	}
	return a
}
