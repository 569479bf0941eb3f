package yamltree

import (
	"math/big"
	"regexp"
	"strings"
	"time"
)

// The plain scalars of the YAML 1.2 core schema, and the dates and instants that the languages of leadscore add.
var (
	decimal = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
	octal   = regexp.MustCompile(`^0o[0-7]+$`)
	hex     = regexp.MustCompile(`^0x[0-9a-fA-F]+$`)
	date    = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
	instant = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[-+][0-9]{2}:[0-9]{2})$`)
)

// The longest number that is read as one, and its largest exponent: an exact number of 1e999999999 would fill the memory.
const (
	longestNumber   = 400
	largestExponent = 400
)

// Bool reads a plain true or false.
func (n *Node) Bool() (value, ok bool) {
	if n.Kind != Scalar || n.Quoted {
		return false, false
	}
	switch n.Text {
	case "true", "True", "TRUE":
		return true, true
	case "false", "False", "FALSE":
		return false, true
	}
	return false, false
}

// Number reads a plain number, exactly. Numbers of more than 400 characters, or with an exponent beyond 400, are none.
func (n *Node) Number() (*big.Rat, bool) {
	if n.Kind != Scalar || n.Quoted || len(n.Text) > longestNumber {
		return nil, false
	}
	if octal.MatchString(n.Text) || hex.MatchString(n.Text) {
		whole, ok := new(big.Int).SetString(n.Text, 0)
		if !ok {
			return nil, false
		}
		return new(big.Rat).SetInt(whole), true
	}
	if !decimal.MatchString(n.Text) {
		return nil, false
	}
	if _, exponent, scientific := strings.Cut(strings.ToLower(n.Text), "e"); scientific {
		power, ok := new(big.Int).SetString(strings.TrimPrefix(exponent, "+"), 10)
		if !ok || power.CmpAbs(big.NewInt(largestExponent)) > 0 {
			return nil, false
		}
	}
	return new(big.Rat).SetString(strings.TrimPrefix(n.Text, "+"))
}

// LooksLikeNumber tells whether the text has the form of a number, whether or not Number reads it.
func LooksLikeNumber(text string) bool {
	return decimal.MatchString(text) || octal.MatchString(text) || hex.MatchString(text)
}

// LooksLikeDate tells whether the text has the form YYYY-MM-DD, whether or not there is such a day.
func LooksLikeDate(text string) bool { return date.MatchString(text) }

// LooksLikeInstant tells whether the text has the form of RFC 3339, whether or not there is such a time.
func LooksLikeInstant(text string) bool { return instant.MatchString(text) }

// Date reads YYYY-MM-DD as that day's midnight in UTC. Quotes do not matter here; a caller to whom they do looks at Quoted.
func Date(text string) (time.Time, bool) {
	if !LooksLikeDate(text) {
		return time.Time{}, false
	}
	day, err := time.Parse(time.DateOnly, text)
	return day, err == nil
}

// Instant reads an instant of RFC 3339, with up to nine digits of a second's fraction.
func Instant(text string) (time.Time, bool) {
	if !LooksLikeInstant(text) {
		return time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	return at.UTC(), err == nil
}
