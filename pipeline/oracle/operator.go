package oracle

import (
	"math/big"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"leadscore/transforms/match"
)

// zones says how to read what has no zone: input is that of the table's values, model that of the model's operands.
type zones struct{ input, model *time.Location }

// folded brings text into the form in which it is compared.
func folded(s string, caseSensitive bool) string {
	s = norm.NFC.String(strings.TrimSpace(s))
	if caseSensitive {
		return s
	}
	return strings.Map(foldRune, s)
}

// foldRune maps all characters that are equal under simple case folding to one of them, the lowest.
func foldRune(r rune) rune {
	lowest := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		lowest = min(lowest, next)
	}
	return lowest
}

// sameText compares two texts as names are compared: channels, actions, lists, null texts.
func sameText(a, b string) bool { return folded(a, false) == folded(b, false) }

// passes tells whether a value passes a test at instant t (which only within and older_than look at). Of a list one
// element must meet all operators.
func passes(test match.Test, v Value, z zones, t int64) bool {
	conditions := test.Conditions
	if len(conditions) == 0 {
		return !missing(v)
	}
	var others []match.Condition
	for _, c := range conditions {
		if c.Operator != match.Exists {
			others = append(others, c)
		} else if c.Operands[0].Bool == missing(v) {
			return false
		}
	}
	if len(others) == 0 {
		return true
	}
	elements, isList := v.([]Value)
	if !isList {
		elements = []Value{v}
	}
	for _, element := range elements {
		all := !missing(element)
		for _, c := range others {
			all = all && meets(c, test.CaseSensitive, element, z, t)
		}
		if all {
			return true
		}
	}
	return false
}

// meets tells whether a value that is neither missing nor a list meets one condition other than exists.
func meets(c match.Condition, caseSensitive bool, v Value, z zones, t int64) bool {
	operand := c.Operands[0]
	switch c.Operator {
	case match.Equals, match.In:
		for _, o := range c.Operands {
			if equals(v, o, caseSensitive, z) {
				return true
			}
		}
		return false
	case match.Contains, match.StartsWith, match.EndsWith, match.Matches:
		text, isText := v.(string)
		return isText && meetsText(c.Operator, text, operand.Text, caseSensitive)
	case match.Within, match.OlderThan:
		instant, ok := instantOf(v, z.input)
		if !ok {
			return false
		}
		end := instant.Second + operand.Seconds
		if c.Operator == match.OlderThan {
			return t >= end
		}
		return instant.Second <= t && t < end
	}
	order, ok := compare(v, operand, z)
	if !ok {
		return false
	}
	switch c.Operator {
	case match.Above:
		return order > 0
	case match.AtLeast, match.From:
		return order >= 0
	case match.Below, match.Until:
		return order < 0
	case match.AtMost:
		return order <= 0
	}
	return false
}

var patterns sync.Map // pattern → *regexp.Regexp, because compiling is slow even for an oracle

func meetsText(operator match.Operator, text, operand string, caseSensitive bool) bool {
	if operator == match.Matches {
		if !caseSensitive {
			operand = "(?i)" + operand
		}
		pattern, known := patterns.Load(operand)
		if !known {
			pattern = regexp.MustCompile(operand) // the parser has refused what does not compile
			patterns.Store(operand, pattern)
		}
		return pattern.(*regexp.Regexp).MatchString(norm.NFC.String(strings.TrimSpace(text)))
	}
	text, operand = folded(text, caseSensitive), folded(operand, caseSensitive)
	switch operator {
	case match.Contains:
		return strings.Contains(text, operand)
	case match.StartsWith:
		return strings.HasPrefix(text, operand)
	}
	return strings.HasSuffix(text, operand)
}

// equals compares with one operand: texts as text (a number in the model is its text as written), the rest by value.
func equals(v Value, o match.Operand, caseSensitive bool, z zones) bool {
	switch v := v.(type) {
	case string:
		return folded(v, caseSensitive) == folded(o.Text, caseSensitive)
	case bool:
		return o.Kind == match.Bool && v == o.Bool
	}
	order, ok := compare(v, o, z)
	return ok && order == 0
}

// compare orders a number or date against an operand.
func compare(v Value, o match.Operand, z zones) (int, bool) {
	switch o.Kind {
	case match.Number:
		return compareNumbers(v, rounded(o.Number, v))
	case match.Date:
		if day, ok := v.(Day); ok { // two days are the same by their dates, not by their midnights
			return sign(int64(day) - floorDiv(o.Time.Unix(), 86400)), true
		}
		midnight := Local{Second: o.Time.Unix()}.resolve(z.model)
		return compareInstants(v, midnight, z)
	case match.Instant:
		return compareInstants(v, At(o.Time), z)
	}
	return 0, false
}

// rounded brings a number of the model to the width of a float column.
func rounded(n *big.Rat, column Value) Value {
	switch column.(type) {
	case float32:
		f, _ := n.Float32()
		return f
	case float64:
		f, _ := n.Float64()
		return f
	}
	return n
}

func compareInstants(v Value, b Instant, z zones) (int, bool) {
	a, ok := instantOf(v, z.input)
	if !ok {
		return 0, false
	}
	if a.Second != b.Second {
		return sign(a.Second - b.Second), true
	}
	return sign(a.Nano - b.Nano), true
}

func sign(n int64) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
