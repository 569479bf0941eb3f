package match

import (
	"regexp"
	"regexp/syntax"
	"unicode/utf8"
)

// compilePattern compiles the pattern of a matches operator, which Fits has accepted, and finds the longest literal that
// every text it matches must contain: looking for that first keeps the regular expression away from most values.
// The literal is folded and to be looked for in folded text; folding text and literal alike can only add matches.
func compilePattern(pattern string, caseSensitive bool) (*regexp.Regexp, []byte) {
	if !caseSensitive {
		pattern = "(?i)" + pattern
	}
	compiled, err := regexp.Compile(pattern)
	if err != nil {
		// The flag adds nothing that can fail but size; a pattern at the edge of the permitted size is left to match nothing.
		return regexp.MustCompile(`[^\x00-\x{10FFFF}]`), nil
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return compiled, nil
	}
	return compiled, requiredLiteral(parsed)
}

// requiredLiteral gives the longest literal that stands on every way through the expression, nil when there is none.
func requiredLiteral(e *syntax.Regexp) []byte {
	switch e.Op {
	case syntax.OpLiteral:
		var literal []byte
		for _, r := range e.Rune {
			if r == utf8.RuneError {
				return nil // the regexp package takes invalid bytes for this character, folding keeps them
			}
			literal = utf8.AppendRune(literal, foldRune(r))
		}
		return literal
	case syntax.OpCapture, syntax.OpPlus:
		return requiredLiteral(e.Sub[0])
	case syntax.OpRepeat:
		if e.Min > 0 {
			return requiredLiteral(e.Sub[0])
		}
	case syntax.OpConcat:
		var longest []byte
		for _, part := range e.Sub {
			if literal := requiredLiteral(part); len(literal) > len(longest) {
				longest = literal
			}
		}
		return longest
	}
	return nil
}
