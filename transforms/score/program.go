// Package score turns engagements and fields into points, and points into scores.
//
//	Model ── Compile ──▶ Program: selectors │ statics │ criteria │ rules
//	                                 │           │
//	            which engagements ◀──┘           └──▶ which fields and lists
//	                                 ▼
//	Bucket (contacts, statics, engagements by signature) ── Evaluator ──▶ Results (columns of every table)
//	       (what an earlier run published of them) ────────────┘
//
// A selector is what an engagement criterion asks of one engagement (channel, action, asset …), apart from how often and
// when: many criteria share one. The set of selectors that an engagement meets is its signature. A static is a test of
// a field or a list, which needs no engagement; it is known for a contact once and for all, as a bit or as spans.
package score

import (
	"fmt"

	"leadscore/transforms/match"
	"leadscore/transforms/model"
	"leadscore/transforms/timeline"
)

// Program is a model made ready to evaluate. It is immutable: any number of Evaluators share it.
type Program struct {
	Model     *model.Model
	Tests     []ColumnTest // distinct tests of engagement columns
	Selectors []Selector
	Statics   []Static
	Rules     []Rule // of all sets, in model order
	Sets      []*model.Set

	briefs   []brief // of Rules
	suppress []*node // of the model's Suppress, in order
	criteria []criterion
	watched  rulesOf  // selector → rules that cannot hold unless it was met, and are looked at only then
	unbound  []uint64 // bit a rule: it may hold without any engagement
	needs    []screen // by statics that hold at some time: rules cannot have points without them
	bars     []screen // by statics that hold at all times: rules cannot have points with them
}

// Selector is a set of tests of one engagement; all must hold. No tests: any engagement. Tests, Question and Answer are
// indexes into the program's Tests.
type Selector struct {
	Tests []int32
	// Question and Answer must hold for the same answer of an engagement that has many; -1: not asked.
	Question, Answer int32
}

// ColumnTest is a test of one engagement column, under its name after mapping.
type ColumnTest struct {
	Column string
	Test   match.Test
}

// Static is a test of a contact's field, or its membership in a list when List is not empty.
type Static struct {
	Column string
	Test   match.Test
	List   string
}

// Key is the same for two statics exactly when they ask the same in the same words, in this model or another. It names a static
// in what a run keeps for the next one.
func (s *Static) Key() string {
	if s.List != "" {
		return fmt.Sprintf("list %q", s.List)
	}
	return fmt.Sprintf("field %q%s", s.Column, testKey(&s.Test))
}

// Rule is one rule, ready to evaluate.
type Rule struct {
	Name     string
	Set      int // index into Sets
	Implicit bool
	Points   model.Points

	root     *node
	brackets []timeline.Bracket // of a fade
	counts   []int32            // engagement criteria outside of not: those behind occurrences
	must     []uint64           // statics that have to hold at some time
	mustNot  []uint64           // statics that must not hold at all times
	active   bool               // of an active set
}

// term is an engagement criterion without an upper limit.
type term struct {
	selector int32
	atLeast  int
	frame    timeline.Frame
}

// brief is what the evaluation looks at of one rule after the other, for every contact: 80 bytes, so that those of hundreds of rules
// stay in the processor's first cache, where the rules themselves do not.
type brief struct {
	value            int64 // the points, where they are constant
	set              int32
	active, implicit bool
	direct           bool   // nothing but must, mustNot and terms joined with all, for constant points other than 0
	single           bool   // direct, with one term
	term                    // of a single rule
	terms            []term // of a direct one
}

// criterion is an engagement criterion.
type criterion struct {
	selector int32
	atLeast  int
	atMost   int // -1: no limit
	frame    timeline.Frame
}

// rulesOf is a set of rules for each selector: so few words say which rules are worth a look, for a contact that met some.
type rulesOf struct {
	words int      // of a set
	sets  []uint64 // bit a rule
}

func newRulesOf(selectors, rules int) rulesOf {
	words := (rules + 63) / 64
	return rulesOf{words, make([]uint64, selectors*words)}
}

func (r *rulesOf) of(selector uint32) []uint64 { return r.sets[int(selector)*r.words:][:r.words] }

// screen is a few statics that stand side by side in a word, from bit shift on, and for every state of these bits the rules that pass.
// Sets of rules begin with their word first, as rules before that ask for none of the few, and so do those behind their end. To look at
// one static after the other took more than twice as long.
type screen struct {
	word, shift int
	first       int
	allow       [1 << screenBits][]uint64 // bit a rule
}

const screenBits = 4

type operation uint8

const (
	opAll operation = iota
	opAny
	opNot
	opEngagement // leaf is an index into criteria
	opStatic     // leaf is an index into Statics
)

type node struct {
	op    operation
	parts []*node
	leaf  int32
}

// StaticWords is the number of 64-bit words that hold a bit for each static.
func (p *Program) StaticWords() int { return (len(p.Statics) + 63) / 64 }
