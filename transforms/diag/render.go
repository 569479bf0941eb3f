package diag

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// widest is the number of source characters that one rendered line shows at most; a longer line is cut around the place.
const widest = 120

// Render writes the diagnostics for people, in the order given, with an empty line between two:
//
//	model.yaml:6:19: error: unknown column "employee_cnt"
//	   6 |     when: {field: employee_cnt, at_least: 50}
//	     |                   ^^^^^^^^^^^^
//	  why: rule "Mid-market" reads it, but the contacts have no such column
//	  fix: did you mean "employee_count" (int32)?
//
// A related place is shown under the first one in the same way. source gives the text of a file, nil where it is not at hand:
// then only the place is named. What comes from a file is shown without control characters, so that no file can steer the
// terminal that shows it.
func Render(w io.Writer, source func(file string) []byte, list []Diagnostic) error {
	out := bufio.NewWriter(w)
	lines := make(map[string][][]byte)
	line := func(p Position) (string, bool) {
		if p.Line < 1 {
			return "", false
		}
		all, read := lines[p.File]
		if !read {
			all = bytes.Split(source(p.File), []byte("\n"))
			lines[p.File] = all
		}
		if p.Line > len(all) {
			return "", false
		}
		text := strings.TrimSuffix(string(all[p.Line-1]), "\r")
		if p.Line == 1 {
			text = strings.TrimPrefix(text, "\ufeff")
		}
		return text, text != ""
	}
	for i, d := range list {
		if i > 0 {
			fmt.Fprintln(out)
		}
		if place := d.Position.String(); place != "" {
			fmt.Fprintf(out, "%s: ", visible(place))
		}
		fmt.Fprintf(out, "%s: %s\n", d.Severity, visible(d.What))
		if text, ok := line(d.Position); ok {
			snippet(out, text, d.Position)
		}
		if d.Related != (Position{}) {
			fmt.Fprintf(out, "  see: %s\n", visible(d.Related.String()))
			if text, ok := line(d.Related); ok {
				snippet(out, text, d.Related)
			}
		}
		note(out, "why", d.Why)
		note(out, "fix", d.Fix)
	}
	return out.Flush()
}

// note writes a labelled text; further lines of it are indented to stand under the first.
func note(w io.Writer, label, text string) {
	if text == "" {
		return
	}
	for i, line := range strings.Split(text, "\n") {
		if i == 0 {
			fmt.Fprintf(w, "  %s: %s\n", label, visible(line))
		} else {
			fmt.Fprintf(w, "       %s\n", visible(line))
		}
	}
}

// snippet writes the source line with its number, and carets under the place.
func snippet(w io.Writer, text string, p Position) {
	runes := []rune(text)
	start := min(max(p.Column-1, 0), len(runes))
	end := min(start+max(p.Length, 1), max(len(runes), start+1))
	before, after := "", ""
	if len(runes) > widest {
		first := min(max(start-widest/3, 0), len(runes)-widest)
		last := first + widest
		if first > 0 {
			before = "…"
		}
		if last < len(runes) {
			after = "…"
		}
		end = min(end, last)
		runes, start, end = runes[first:last], start-first, end-first
	}
	number := fmt.Sprintf("%4d", p.Line)
	fmt.Fprintf(w, "%s | %s%s%s\n", number, before, visible(string(runes)), after)

	var pad strings.Builder
	pad.WriteString(strings.Repeat(" ", len([]rune(before))))
	for _, r := range runes[:min(start, len(runes))] {
		if r == '\t' {
			pad.WriteRune(r)
		} else {
			pad.WriteString(strings.Repeat(" ", cells(r)))
		}
	}
	carets := 0
	for i := start; i < end; i++ {
		if i < len(runes) {
			carets += cells(runes[i])
		} else {
			carets++
		}
	}
	fmt.Fprintf(w, "%s | %s%s\n", strings.Repeat(" ", len(number)), pad.String(), strings.Repeat("^", max(carets, 1)))
}

// visible replaces what would not show, or would steer a terminal, by U+FFFD; tabs stay.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029') {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// cells is the number of terminal cells that a character takes: 2 in East Asian scripts, 0 for marks that combine.
func cells(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}
