package filter

import (
	"fmt"
	"strconv"

	"leadscore/transforms/match"
)

// The column that stands for a set or a rule where none is named.
const (
	setColumn  = "score"
	ruleColumn = "points"
)

// String writes the ref as a filter has it.
func (r Ref) String() string {
	switch r.Scope {
	case OfSet:
		return fmt.Sprintf("set[%s].%s", strconv.Quote(r.Set), r.Column)
	case OfRule:
		text := fmt.Sprintf("rule[%s].%s", strconv.Quote(r.Rule), r.Column)
		if r.Set != "" {
			text = fmt.Sprintf("set[%s].%s", strconv.Quote(r.Set), text)
		}
		return text
	}
	return r.Column
}

// Title is a name for the column in a table that is made for people.
func (r Ref) Title() string {
	switch {
	case r.Scope == OfSet && r.Column == setColumn:
		return r.Set
	case r.Scope == OfSet:
		return r.Set + " " + r.Column
	case r.Scope == OfRule && r.Column == ruleColumn:
		return r.Rule
	case r.Scope == OfRule:
		return r.Rule + " " + r.Column
	}
	return r.Column
}

// columns gives the columns of a scope.
func (s *Schema) columns(scope Scope) []Column {
	return [...][]Column{OfContact: s.Contacts, OfSet: s.Sets, OfRule: s.Rules}[scope]
}

// TypeOf gives the type of a column, false where there is none of the name.
func (s *Schema) TypeOf(r Ref) (match.Type, bool) {
	for _, c := range s.columns(r.Scope) {
		if c.Name == r.Column {
			return c.Type, true
		}
	}
	return match.Type{}, false
}
