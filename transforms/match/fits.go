package match

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"regexp/syntax"
	"strconv"
	"time"
)

// Fits says whether an operator with that operand can be asked of a column of the type; the error is the reason in words
// for the person who wrote the model, without the column's name. In takes one operand at a time.
//
//	                             text  numbers  boolean  dates  list             other  null
//	exists                        ✓      ✓        ✓       ✓     ✓                 ✓      ✓
//	equals, in                    ✓      ✓        ✓       ✓     as its elements          ✓
//	contains, starts_with,
//	  ends_with, matches          ✓                             as its elements          ✓
//	above, at_least, below,
//	  at_most, from, until               ✓                ✓     as its elements          ✓
//	within, older_than                                    ✓     as its elements          ✓
//
// Text takes any scalar, as written. Numbers take numbers, booleans true or false, dates take dates and instants, none of
// them in quotes. A column without any value (null) takes what any other column would.
func Fits(op Operator, operand Operand, typ Type) error {
	if err := wellFormed(op, operand); err != nil || op == Exists {
		return err
	}
	leaf := typ
	for leaf.Kind == List && leaf.Elem != nil {
		leaf = *leaf.Elem
	}
	held := fmt.Sprintf("columns of type %s hold %s", typeName(typ), contents(typ))
	switch {
	case leaf.Kind == Null:
		return nil
	case leaf.Kind == Other || leaf.Kind == List || leaf.Kind == 0:
		return fmt.Errorf("%s cannot read columns of type %s; exists is all that can be asked of them", op, typeName(typ))
	case op.textual() && leaf.Kind != Text:
		return fmt.Errorf("%s compares text, but %s", op, held)
	case op.timed() && !isDate(leaf.Kind):
		return fmt.Errorf("%s measures time from a date, but %s", op, held)
	case op.ordered() && leaf.Kind == Text:
		return fmt.Errorf("%s compares numbers and dates, but %s, which has no order here", op, held)
	case op.ordered() && leaf.Kind == Boolean:
		return fmt.Errorf("%s compares numbers and dates, but %s", op, held)
	case op.timed():
		return nil
	}
	return operandFits(op, operand, leaf.Kind, held)
}

// wellFormed checks what an operator asks of its operand whatever the column is.
func wellFormed(op Operator, operand Operand) error {
	switch {
	case op == 0 || int(op) >= len(names):
		return fmt.Errorf("%s is not an operator", op)
	case op == Exists && operand.Kind != Bool:
		return fmt.Errorf("exists takes true or false, not %s", written(operand))
	case op.timed() && operand.Kind != Duration:
		return fmt.Errorf("%s takes a length of time such as 12h, 90d or 4w, not %s", op, written(operand))
	case operand.Kind == Number && operand.Number == nil:
		return fmt.Errorf("%s is not a number that can be compared", written(operand))
	case op == Matches:
		if _, err := regexp.Compile(operand.Text); err != nil {
			return fmt.Errorf("the pattern %s cannot be read: %s", written(operand), patternFault(err))
		}
	}
	if operand.Kind == String && Missing([]byte(operand.Text)) {
		return fmt.Errorf("%s is empty once the white space around it is taken away, and no value is; to ask for a missing value write exists: false",
			written(operand))
	}
	return nil
}

// operandFits checks that the operand is of the column's kind.
func operandFits(op Operator, operand Operand, kind Kind, held string) error {
	quoted := operand.Kind == String
	switch {
	case kind == Text:
		return nil
	case kind == Boolean:
		if operand.Kind == Bool {
			return nil
		}
		if _, err := strconv.ParseBool(operand.Text); quoted && err == nil {
			return fmt.Errorf("%s in quotes is text, but %s; leave the quotes out", written(operand), held)
		}
		return fmt.Errorf("%s is neither true nor false, but %s", written(operand), held)
	case isDate(kind):
		if operand.Kind == Date || operand.Kind == Instant {
			return nil
		}
		if quoted && readsAsTime(operand.Text) {
			return fmt.Errorf("%s in quotes is text, but %s; leave the quotes out", written(operand), held)
		}
		return fmt.Errorf("%s is not a date, but %s; write a date such as 2026-09-01 or an instant such as 2026-09-01T08:00:00Z", written(operand), held)
	case operand.Kind == Number:
		return nil
	}
	if _, ok := new(big.Rat).SetString(shortNumber(operand.Text)); quoted && ok {
		return fmt.Errorf("%s in quotes is text, but %s; leave the quotes out", written(operand), held)
	}
	return fmt.Errorf("%s is not a number, but %s", written(operand), held)
}

// written shows an operand as it stands in the model.
func written(o Operand) string {
	if o.Kind == String {
		return strconv.Quote(o.Text)
	}
	return o.Text
}

// shortNumber keeps big.Rat from unfolding exponents such as 1e999999999 only to see whether text is a number.
func shortNumber(text string) string {
	if len(text) > 40 {
		return ""
	}
	if f, err := strconv.ParseFloat(text, 64); err != nil || f != f {
		return ""
	}
	return text
}

func readsAsTime(text string) bool {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if _, err := time.Parse(layout, text); err == nil {
			return true
		}
	}
	return false
}

// patternFault is the regexp package's reason without its preamble.
func patternFault(err error) string {
	var fault *syntax.Error
	if errors.As(err, &fault) {
		return fmt.Sprintf("%s at %q", fault.Code, fault.Expr)
	}
	return err.Error()
}

func isDate(k Kind) bool { return k == DateOnly || k == Timestamp }

func isNumber(k Kind) bool { return k == Int || k == Uint || k == Float || k == Decimal }

// contents says in the plural what the values of a column are.
func contents(t Type) string {
	switch {
	case t.Kind == List && t.Elem != nil:
		return "lists of " + contents(*t.Elem)
	case t.Kind == Text:
		return "text"
	case isNumber(t.Kind):
		return "numbers"
	case t.Kind == Boolean:
		return "true or false"
	case isDate(t.Kind):
		return "dates"
	}
	return "values of their own kind"
}

// typeName is the type's name, or a word for its kind where it came without one.
func typeName(t Type) string {
	if t.Name != "" {
		return t.Name
	}
	if t.Kind == List && t.Elem != nil {
		return "list of " + typeName(*t.Elem)
	}
	words := [...]string{"unknown", "text", "integer", "unsigned integer", "float", "decimal", "boolean", "date", "timestamp", "list", "other", "null"}
	if int(t.Kind) < len(words) {
		return words[t.Kind]
	}
	return words[0]
}
