package match

import (
	"fmt"
	"math"
	"sync/atomic"
	"time"
)

// Matcher is a test bound to the type of a column:
//
//	Test ── Compile (with the column's type) ──▶ Matcher ──▶ Text   one text
//	                                               │  ├─────▶ Array  an Arrow array: a bool for each row
//	                                               │  └─────▶ Spans  an Arrow array: intervals of time (within, older_than)
//	                                               └────────▶ Set    many matchers over the same text
//
// It is immutable, and goroutines may share it.
type Matcher struct {
	test Test
	typ  Type
	zone *time.Location

	missing bool  // what a missing value gives
	never   bool  // no value that is there passes
	timed   bool  // within or older_than is asked for
	ends    bool  // within is asked for
	within  int64 // seconds from the date on, where it ends
	older   int64 // seconds after the date

	elem    *Matcher // List: the test of one element, without exists
	text    textTest
	truth   [2]bool // Boolean: what false and true give
	numbers numberTest
	dates   dateTest
	times   timeTest
	clock   atomic.Pointer[Clock] // of the zone that was asked for last
}

// Compile binds a test to the type of a column. zone is the model's: a date in the model is its midnight there. The errors
// are those of Fits, with the operator that has them.
func Compile(t Test, typ Type, zone *time.Location) (*Matcher, error) {
	if zone == nil {
		zone = time.UTC
	}
	for _, c := range t.Conditions {
		if len(c.Operands) == 0 || len(c.Operands) > 1 && c.Operator != In {
			return nil, fmt.Errorf("%s stands with %d values", c.Operator, len(c.Operands))
		}
		for _, o := range c.Operands {
			if err := Fits(c.Operator, o, typ); err != nil {
				return nil, err
			}
		}
	}
	return bind(t, typ, zone), nil
}

// bind is Compile for a test that is known to fit.
func bind(t Test, typ Type, zone *time.Location) *Matcher {
	m := &Matcher{test: t, typ: typ, zone: zone, within: math.MaxInt64}
	var asked, elements []Condition // of the value itself; of an element of a list
	absent := 0
	for _, c := range t.Conditions {
		if c.Operator != Exists {
			elements = append(elements, c)
		}
		switch c.Operator {
		case Exists:
			if !c.Operands[0].Bool {
				absent++
			}
		case Within:
			m.timed, m.ends, m.within = true, true, min(m.within, c.Operands[0].Seconds)
		case OlderThan:
			m.timed, m.older = true, max(m.older, c.Operands[0].Seconds)
		default:
			asked = append(asked, c)
		}
	}
	m.missing = absent > 0 && absent == len(t.Conditions)
	m.never = absent > 0
	if typ.Kind == List && typ.Elem != nil {
		m.elem = bind(Test{Conditions: elements, CaseSensitive: t.CaseSensitive}, *typ.Elem, zone)
		return m
	}
	if m.never {
		asked = []Condition{nothing}
	}
	switch {
	case typ.Kind == Text:
		m.text = newTextTest(asked, t.CaseSensitive)
	case typ.Kind == Boolean:
		m.truth = truthOf(asked)
	case isNumber(typ.Kind):
		m.numbers = newNumberTest(asked, typ.Scale)
	case typ.Kind == DateOnly:
		m.dates = newDateTest(asked)
	case typ.Kind == Timestamp:
		m.times = newTimeTest(asked, zone)
	}
	return m
}

// nothing is a condition that no value meets: to be in an empty list.
var nothing = Condition{Operator: In}

// as gives the matcher for a column of another type than it was compiled for, as happens when files of one table differ.
// Where the test does not fit that type no value passes.
func (m *Matcher) as(typ Type) *Matcher {
	if other, err := Compile(m.test, typ, m.zone); err == nil {
		return other
	}
	other := bind(Test{Conditions: []Condition{nothing}}, typ, m.zone)
	other.missing = m.missing
	return other
}

// Missing is what the test says of a missing value: a null, a text that is empty after trimming, NaN, a list without an
// element that is not missing. Only exists: false holds, alone.
func (m *Matcher) Missing() bool { return m.missing }

// Timed tells whether the test has within or older_than, so that it holds in intervals of time (Spans) and not for good.
func (m *Matcher) Timed() bool { return m.timed }

// truthOf says what false and true give.
func truthOf(asked []Condition) [2]bool {
	truth := [2]bool{true, true}
	for _, c := range asked {
		var holds [2]bool
		for _, o := range c.Operands {
			if o.Bool {
				holds[1] = true
			} else {
				holds[0] = true
			}
		}
		truth[0], truth[1] = truth[0] && holds[0], truth[1] && holds[1]
	}
	return truth
}
