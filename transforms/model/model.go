// Package model reads the model file: everything that marketing decides, in YAML, as SPEC.md section 2 describes it.
//
//	YAML text ── Parse ──▶ Model ── Check (with the inputs' schema) ──▶ diagnostics
//
// A Model that Parse returned without errors means what it says; whether the data can answer it is for Check.
package model

import (
	"time"

	"leadscore/transforms/diag"
	"leadscore/transforms/match"
)

// Model is one model file.
type Model struct {
	Name    string
	Version string
	Zone    *time.Location // of dates without a zone
	Score   Score
	Sets    []*Set
	// Suppress keeps contacts out of every hand-off; of those that hold, the first counts.
	Suppress []*Suppression
	Text     []byte // the file as it was read
	Digest   string // SHA-256 of Text, in hex

	places places // of what has no Position of its own
}

// Score is how the total score is read.
type Score struct {
	Range    Range
	MQL      *Threshold // nil: none
	Bands    []Band     // ascending floors; empty: none
	Explicit []Band     // letters of the grade, descending floors; empty: no grade
	Implicit []Band     // digits of the grade, descending floors
}

// Threshold says when a score makes a contact an MQL, and when it no longer is one. The state is a function of time, and "no"
// before everything. It turns to yes at the first instant at which the score is At or more and no cool-down is left, to no at
// the first instant at which the score is below UntilBelow; that begins a cool-down of AgainAfter seconds.
type Threshold struct {
	At         int64
	UntilBelow int64 // At where the model does not say; never more
	AgainAfter int64 // 0: at once
}

// Plain tells that the state is a function of the score alone: yes exactly where it is At or more.
func (t *Threshold) Plain() bool { return t.UntilBelow == t.At && t.AgainAfter == 0 }

// Reached tells whether the score is enough to become an MQL; without a threshold none is.
func (t *Threshold) Reached(score int64) bool { return t != nil && score >= t.At }

// Suppression keeps the contacts for which When holds at the as-of instant out of every hand-off, for a reason that is unique in
// the model. It touches no score.
type Suppression struct {
	Reason   string
	When     Expr
	Position diag.Position
}

// Range limits a score; nil leaves a side open.
type Range struct{ Min, Max *int64 }

// Band is a name for the scores from Floor up to the next floor.
type Band struct {
	Name  string
	Floor int64
}

// Set is a score set.
type Set struct {
	Name     string
	Active   bool
	Range    Range
	MQL      *Threshold
	Bands    []Band
	Rules    []*Rule
	Position diag.Position
}

// Rule is a rule of a set.
type Rule struct {
	Name     string
	Points   Points
	When     Expr
	Position diag.Position
}

// Implicit tells whether any criterion of the rule is an engagement criterion.
func (r *Rule) Implicit() bool {
	implicit := false
	Walk(r.When, func(e Expr, _ bool) {
		if _, ok := e.(*Engagement); ok {
			implicit = true
		}
	})
	return implicit
}

// PointsKind is the form of a rule's points.
type PointsKind uint8

// The forms. A decay (start, lose, every) is read as the Fade that SPEC.md section 3 defines it to be.
const (
	Constant PointsKind = iota + 1
	Each
	Tiers
	Fade
)

// Points is what a rule is worth.
type Points struct {
	Kind  PointsKind
	Value int64  // Constant; Each: points an occurrence
	Max   *int64 // Each: limit with the sign of Value; nil: none
	Steps []Step // Tiers: From is the count; Fade: From is the bracket's length in seconds. Ascending
}

// Step is a tier or a bracket.
type Step struct {
	From   int64
	Points int64
}

// Expr is a criterion or a composition of criteria: *All, *Any, *Not, *Engagement, *Field or *ListMember.
type Expr interface{ expr() }

// All holds when every one of its parts does.
type All struct{ Parts []Expr }

// Any holds when at least one of its parts does.
type Any struct{ Parts []Expr }

// Not holds when its part does not.
type Not struct{ Part Expr }

// Engagement counts matching engagements in a time frame. AtLeast 1 without AtMost is the default occurrence.
type Engagement struct {
	Channel  *string // nil: any
	Action   *string // nil: any
	Asset    *match.Test
	URL      *match.Test
	Question *match.Test
	Answer   *match.Test // only with Question
	Where    []ColumnTest
	AtLeast  int64
	AtMost   *int64
	Times    bool // the model wrote times
	Frame    Frame
	Position diag.Position
}

// ColumnTest is a test of a column.
type ColumnTest struct {
	Column   string
	Test     match.Test
	Position diag.Position
}

// Frame is the time frame of an engagement criterion: Within seconds when above 0, else the fixed [From, Until) in unix
// seconds, where nil leaves a side open. A zero Frame is all time.
type Frame struct {
	Within      int64
	From, Until *int64
}

// Field tests a column of the contacts.
type Field struct{ ColumnTest }

// ListMember holds for contacts in the list, by name or id.
type ListMember struct {
	List     string
	Position diag.Position
}

func (*All) expr()        {}
func (*Any) expr()        {}
func (*Not) expr()        {}
func (*Engagement) expr() {}
func (*Field) expr()      {}
func (*ListMember) expr() {}

// Walk visits e and everything below it, top down; negated tells whether a visited part stands under any Not.
func Walk(e Expr, visit func(e Expr, negated bool)) { walk(e, false, visit) }

func walk(e Expr, negated bool, visit func(Expr, bool)) {
	visit(e, negated)
	switch e := e.(type) {
	case *All:
		for _, p := range e.Parts {
			walk(p, negated, visit)
		}
	case *Any:
		for _, p := range e.Parts {
			walk(p, negated, visit)
		}
	case *Not:
		walk(e.Part, true, visit)
	}
}
