package match

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// compilePattern compiles the pattern of a matches operator, which Fits has accepted, and finds literals that every text it
// matches must contain, the longest first: looking for those keeps the regular expression away from most values.
// Literals are folded and to be looked for in folded text; folding text and literal alike can only add matches.
func compilePattern(pattern string, caseSensitive bool) (*regexp.Regexp, [][]byte) {
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
	literals := requiredLiterals(parsed, nil)
	slices.SortStableFunc(literals, func(a, b []byte) int { return len(b) - len(a) })
	return compiled, literals
}

// requiredLiterals appends the literals that stand on every way through the expression.
func requiredLiterals(e *syntax.Regexp, literals [][]byte) [][]byte {
	switch e.Op {
	case syntax.OpLiteral:
		var literal []byte
		for _, r := range e.Rune {
			if r == utf8.RuneError {
				return literals // the regexp package takes invalid bytes for this character, folding keeps them
			}
			literal = utf8.AppendRune(literal, foldRune(r))
		}
		return append(literals, literal)
	case syntax.OpCapture, syntax.OpPlus:
		return requiredLiterals(e.Sub[0], literals)
	case syntax.OpRepeat:
		if e.Min > 0 {
			return requiredLiterals(e.Sub[0], literals)
		}
	case syntax.OpConcat:
		for _, part := range e.Sub {
			literals = requiredLiterals(part, literals)
		}
	}
	return literals
}
