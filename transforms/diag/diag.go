// Package diag holds what leadscore has to say about a file that a person wrote: errors and warnings as data.
// Where something is wrong, what, why and what to type instead are separate fields; rendering is elsewhere.
package diag

// Severity tells whether a diagnostic stops the run.
type Severity uint8

// The severities, mildest first.
const (
	Warning Severity = iota
	Error
)

// String gives the word that stands in a rendered message.
func (s Severity) String() string {
	if s == Error {
		return "error"
	}
	return "warning"
}

// Position is a place in a text file. Line and Column count from 1 (columns in characters); Length is the number of
// characters the place spans, at least 1. The zero Position means that no place is known.
type Position struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Length int    `json:"length,omitempty"`
}

// Diagnostic is one thing to say about a place of a file.
type Diagnostic struct {
	Severity Severity
	Position Position
	What     string   // one line, lower case, no full stop
	Why      string   // may be empty
	Fix      string   // what to type instead; may be empty
	Related  Position // the other place where two clash; zero where there is none
}
