// Package filter reads questions about contacts that were scored, and answers them over columns:
//
//	score >= 50 and band != "cold" and mql_since >= "2026-10-01" and not fulfilled("Student")
//	set["Persona"] >= 20 or rule["Demo request fades"].expires_at < ahead("7d")
//
//	text ── expr-lang's parser ──▶ syntax tree ── Parse (with a Schema) ──▶ Filter ──▶ Eval     Arrow arrays: a bool for each row
//	                                                                          └──────▶ MayHold  bounds of columns: whether to read at all
//
// The syntax is that of expr-lang/expr, cut down to what can be asked of a row. The meaning is that of the model
// language (SPEC sections 2 and 6), so that a text that a rule matches is a text that a filter matches: text is compared without regard to
// case and white space around it, numbers and dates by value; a missing value meets no comparison; not is plain negation. That is why the
// tests are those of package match, and expr-lang's own evaluation, in which nil < 1 is a fault, is not used.
package filter

import (
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"leadscore/transforms/match"
)

// Scope says of what a column speaks.
type Scope uint8

// The scopes.
const (
	OfContact Scope = iota // one value a contact
	OfSet                  // one a contact and set
	OfRule                 // one a contact and rule with points other than 0
)

// Ref names a column: of contacts by its name alone, of a set or a rule by theirs too. The set of a rule is empty where only one set
// has a rule of that name.
type Ref struct {
	Scope     Scope
	Set, Rule string
	Column    string
}

// Column is a column that can be asked for.
type Column struct {
	Name string
	Type match.Type
}

// RuleName is a rule and the set it stands in.
type RuleName struct{ Set, Rule string }

// Schema is what can be asked for.
type Schema struct {
	AsOf     time.Time      // that ago and ahead count from
	Zone     *time.Location // of dates; nil: UTC
	Contacts []Column
	Sets     []Column   // of each set
	Rules    []Column   // of each rule
	SetNames []string   // nil: not known, so any will do
	RuleList []RuleName // nil: likewise
	Missing  []Absent   // columns that could be asked for if more had been published
}

// Absent is why a column cannot be asked for, and what to do about it; the latter may be empty.
type Absent struct{ Column, Why, Fix string }

// Filter is a question that fits its schema. It is immutable, and goroutines may share it.
type Filter struct {
	text string
	root node
	refs []Ref
}

// String is the filter as it was written.
func (f *Filter) String() string { return f.text }

// Refs gives the columns that the filter reads, each once.
func (f *Filter) Refs() []Ref { return f.refs }

// Eval tells for each row whether the filter holds. column gives the array of a Ref, of so many rows; it is called for Refs only, and
// any Arrow type of the kind that the schema has will do.
func (f *Filter) Eval(column func(Ref) arrow.Array, rows int) []bool {
	out := make([]bool, rows)
	f.root.eval(&batch{column: column, rows: rows}, out)
	return out
}

// Bounds is what is known of the values of a column in some rows: whole numbers, or microseconds since 1970. Known is false where
// nothing is; Vacant tells that all are missing.
type Bounds struct {
	Low, High int64
	Vacant    bool
	Known     bool
}

// MayHold tells whether the filter can hold in a row of a stretch whose values have these bounds: false is certain.
func (f *Filter) MayHold(bounds func(Ref) Bounds) bool { return f.root.mayHold(bounds) }

// batch is some rows.
type batch struct {
	column func(Ref) arrow.Array
	rows   int
}

// node is a part of a filter that is true or false for a row.
type node interface {
	eval(b *batch, out []bool)
	mayHold(bounds func(Ref) Bounds) bool
}
