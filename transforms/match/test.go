// Package match tests values: the operators of the model language over text, numbers, booleans, dates and lists of those.
// A Test is what the model says; Compile binds it to the type of a column and yields a Matcher, which can fail no more.
// Matchers run once per dictionary entry where a column has a dictionary, and over whole Arrow arrays elsewhere.
package match

import (
	"math/big"
	"time"
)

// Operator is one of the operators of SPEC.md section 2.
type Operator uint8

// The operators, under their names in the model language.
const (
	Equals Operator = iota + 1
	In
	Contains
	StartsWith
	EndsWith
	Matches
	Above
	AtLeast
	Below
	AtMost
	From
	Until
	Within
	OlderThan
	Exists
)

// OperandKind says how an operand was written in the model.
type OperandKind uint8

// The kinds of operand. A quoted scalar is always String; a plain one is what YAML 1.2 core schema makes of it, and
// Date or Instant where it reads as YYYY-MM-DD or as RFC 3339.
const (
	String OperandKind = iota + 1
	Number
	Bool
	Date
	Instant
	Duration
)

// Operand is one value of an operator. Text is always the scalar as written, without quotes.
type Operand struct {
	Kind    OperandKind
	Text    string
	Number  *big.Rat  // Number: its exact value
	Bool    bool      // Bool
	Time    time.Time // Date: that date's midnight in UTC, to be read in the model's zone; Instant: the instant
	Seconds int64     // Duration (within, older_than): whole seconds
}

// Condition is one operator with its operands: In has one or more, every other operator has exactly one.
type Condition struct {
	Operator Operator
	Operands []Operand
}

// Test is a map of operators: every condition must hold. Without conditions it asks for any value at all
// (the same as exists: true). CaseSensitive turns case folding off.
type Test struct {
	Conditions    []Condition
	CaseSensitive bool
}

// Kind is the kind of a column's values.
type Kind uint8

// The kinds of column. List columns have an element type of any other kind but List; Other is everything that no
// operator but exists can read (structs, maps, binary …).
const (
	Text  Kind = iota + 1
	Int        // signed integers of any width
	Uint       // unsigned integers of any width
	Float      // 16, 32 or 64 bits
	Decimal
	Boolean
	DateOnly  // days without a time
	Timestamp // of any unit; Zoned tells whether values are instants
	List
	Other
	Null // a column without any value: every operator fits, only exists: false holds
)

// Type is the type of a column as far as operators care.
type Type struct {
	Kind  Kind
	Bits  int    // Int, Uint, Float: width
	Scale int    // Decimal
	Zoned bool   // Timestamp: values are UTC instants; false: local times of the input's zone
	Elem  *Type  // List
	Name  string // how messages name it: text, int32, decimal(10,2), timestamp, list of text …
}
