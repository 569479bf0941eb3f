// Package diag holds what leadscore has to say about a file that a person wrote: errors and warnings as data.
// Where something is wrong, what, why and what to type instead are separate fields.
//
//	a parser finds ──▶ Diagnostic ──▶ List (sorted) ──▶ Render, for people
//	                                                └─▶ JSON, for programs
//
// Whoever finds something wrong never formats it, and whoever formats it never decides anything.
package diag

import "fmt"

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

// MarshalText gives the word of String.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads "warning" or "error".
func (s *Severity) UnmarshalText(text []byte) error {
	switch string(text) {
	case "warning":
		*s = Warning
	case "error":
		*s = Error
	default:
		return fmt.Errorf("severity %q is neither warning nor error", text)
	}
	return nil
}

// Position is a place in a text file. Line and Column count from 1 (columns in characters); Length is the number of
// characters the place spans, at least 1. The zero Position means that no place is known.
type Position struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Length int    `json:"length,omitempty"`
}

// String gives file:line:column, or as much of it as is known.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Diagnostic is one thing to say about a place of a file. Its JSON has the fields severity, position, what, and where they
// are known why, fix and related.
type Diagnostic struct {
	Severity Severity `json:"severity"`
	Position Position `json:"position"`
	What     string   `json:"what"`             // one line, lower case, no full stop
	Why      string   `json:"why,omitempty"`    // may be empty
	Fix      string   `json:"fix,omitempty"`    // what to type instead; may be empty
	Related  Position `json:"related,omitzero"` // the other place where two clash; zero where there is none
}
