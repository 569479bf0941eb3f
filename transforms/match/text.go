package match

import (
	"bytes"
	"regexp"
	"slices"
	"sync"
)

// textTest is what a test asks of a text. All of its conditions must hold.
type textTest struct {
	conditions []textCondition
	folded     bool // operands are folded, so texts are to be
}

// textCondition is one operator with its operands normalized.
type textCondition struct {
	operator Operator
	operand  []byte              // of every operator but in and matches
	set      map[string]struct{} // in
	pattern  *regexp.Regexp      // matches
	literals [][]byte            // matches: folded texts without which the pattern matches nothing, the longest first
}

func newTextTest(asked []Condition, caseSensitive bool) textTest {
	t := textTest{folded: !caseSensitive}
	for _, c := range asked {
		condition := textCondition{operator: c.Operator}
		switch c.Operator {
		case Matches:
			condition.pattern, condition.literals = compilePattern(c.Operands[0].Text, caseSensitive)
		case In:
			condition.set = make(map[string]struct{}, len(c.Operands))
			for _, o := range c.Operands {
				condition.set[NormalizeString(o.Text, caseSensitive)] = struct{}{}
			}
		default:
			condition.operand = Normalize(nil, []byte(c.Operands[0].Text), caseSensitive)
		}
		t.conditions = append(t.conditions, condition)
	}
	// Cheap conditions first: regular expressions cost a thousand times what a prefix does.
	slices.SortStableFunc(t.conditions, func(a, b textCondition) int { return a.cost() - b.cost() })
	return t
}

func (c *textCondition) cost() int {
	switch c.operator {
	case Contains:
		return 1
	case Matches:
		return 2
	}
	return 0
}

// holds evaluates one condition. text is the trimmed text in NFC, compared is that text as the test compares it, folded
// is that text folded (nil when it is not at hand).
func (c *textCondition) holds(text, compared, folded []byte) bool {
	switch c.operator {
	case Equals:
		return bytes.Equal(compared, c.operand)
	case In:
		_, ok := c.set[string(compared)]
		return ok
	case Contains:
		return bytes.Contains(compared, c.operand)
	case StartsWith:
		return bytes.HasPrefix(compared, c.operand)
	case EndsWith:
		return bytes.HasSuffix(compared, c.operand)
	case Matches:
		if folded != nil {
			for _, literal := range c.literals {
				if !bytes.Contains(folded, literal) {
					return false
				}
			}
		}
		return c.pattern.Match(text)
	}
	return false
}

// Text tells whether the test holds for a text. The value is as the data has it; an empty one (after trimming) is
// missing. A matcher of another type than text knows no texts, only whether one is missing.
func (m *Matcher) Text(value []byte) bool {
	if m.elem != nil && m.typ.Kind == List {
		if Missing(value) {
			return m.missing
		}
		return !m.never && m.elem.Text(value)
	}
	text := trim(value)
	if len(text) == 0 {
		return m.missing
	}
	if m.never || m.typ.Kind != Text {
		return false
	}
	if len(m.text.conditions) == 0 {
		return true
	}
	text = compose(text)
	if !m.text.folded {
		return m.text.holds(text, nil)
	}
	s := scratches.Get().(*scratch)
	s.folded = fold(s.folded[:0], text)
	holds := m.text.holds(text, s.folded)
	scratches.Put(s)
	return holds
}

// scratch is where texts are folded.
type scratch struct{ folded []byte }

// scratches lets Text work without allocation although a matcher is immutable.
var scratches = sync.Pool{New: func() any { return &scratch{folded: make([]byte, 0, 512)} }}

// holds evaluates the conditions on a trimmed text in NFC that is not empty. folded is that text folded; a case-sensitive
// test can do without.
func (t *textTest) holds(text, folded []byte) bool {
	compared := folded
	if !t.folded {
		compared = text
	}
	for i := range t.conditions {
		if !t.conditions[i].holds(text, compared, folded) {
			return false
		}
	}
	return true
}
