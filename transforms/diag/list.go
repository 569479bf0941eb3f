package diag

import (
	"cmp"
	"encoding/json"
	"io"
	"slices"
)

// List is everything there is to say about one or more files.
type List []Diagnostic

// Errors gives the diagnostics that stop the run, in their order.
func (l List) Errors() List { return l.only(Error) }

// Warnings gives the diagnostics that do not stop the run, in their order.
func (l List) Warnings() List { return l.only(Warning) }

// HasErrors tells whether anything in the list stops the run.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// Sort orders the list by file, line and column; at one place errors come before warnings, and what was found first stays
// first. Diagnostics without a line come before all others of their file.
func (l List) Sort() {
	slices.SortStableFunc(l, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Position.File, b.Position.File),
			cmp.Compare(a.Position.Line, b.Position.Line),
			cmp.Compare(a.Position.Column, b.Position.Column),
			cmp.Compare(b.Severity, a.Severity),
		)
	})
}

// WriteJSON writes the list as one JSON array, indented, and "[]" where there is nothing to say.
func WriteJSON(w io.Writer, list []Diagnostic) error {
	if list == nil {
		list = []Diagnostic{}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(list)
}

func (l List) only(s Severity) List {
	var some List
	for _, d := range l {
		if d.Severity == s {
			some = append(some, d)
		}
	}
	return some
}
