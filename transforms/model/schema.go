package model

import "leadscore/transforms/match"

// Column is a column of an input under its name after mapping.
type Column struct {
	Name string
	Type match.Type
}

// Schema is what the inputs can answer: their columns after mapping. Lists tells whether list memberships can be read
// (a lists input, or a contacts column that stands in). A nil *Schema means that it is not known.
type Schema struct {
	Contacts    []Column
	Engagements []Column
	Lists       bool
}
