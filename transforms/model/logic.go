package model

import (
	"fmt"
	"slices"
	"strings"

	"leadscore/transforms/diag"
	"leadscore/transforms/match"
)

// mostAtoms is the largest number of different criteria whose combinations are all tried.
const mostAtoms = 12

// constant warns of criteria that contradict each other, or that hold whatever a contact is: it tries every combination of
// what the different criteria may say. Parts of a composition that is not constant itself are looked at one by one.
func (c *checker) constant(e Expr, whole diag.Position) {
	var parts []Expr
	switch e := e.(type) {
	case *All:
		parts = e.Parts
	case *Any:
		parts = e.Parts
	case *Not:
		c.constant(e.Part, whole)
		return
	default:
		return
	}
	found := collect(e)
	if len(found.atoms) <= mostAtoms {
		never, always := true, true
		for word := range max(1<<len(found.atoms)>>6, 1) {
			holds := found.evaluate(e, word)
			tried := ^uint64(0)
			if len(found.atoms) < 6 {
				tried = 1<<(1<<len(found.atoms)) - 1
			}
			never = never && holds&tried == 0
			always = always && holds&tried == tried
		}
		if never || always {
			c.reportConstant(e, whole, found.atoms, never)
			return
		}
	}
	for _, part := range parts {
		c.constant(part, whole)
	}
}

// reportConstant warns of a composition that never or always holds, naming a criterion that stands both as it is and negated.
func (c *checker) reportConstant(e Expr, whole diag.Position, atoms []*atom, never bool) {
	at, related := c.model.places.of(e, whole), diag.Position{}
	for _, a := range atoms {
		if a.plain != nil && a.negated != nil {
			at, related = c.model.placeOf(a.negated), c.model.placeOf(a.plain)
			break
		}
	}
	if never {
		c.warn(at, related, "this can never hold", c.rule+" asks for a criterion and for its opposite, and no contact fulfils both", "take one of the two away, or join them with any:")
		return
	}
	c.warn(at, related, "this always holds", c.rule+" is content with a criterion or with its opposite, and every contact fulfils one of the two", "take one of the two away, or join them with all:")
}

// atom is a criterion that stands for itself in the combinations; equal criteria are one atom.
type atom struct {
	plain, negated Expr // where it stands as it is, and negated; nil: nowhere
}

// atoms are the different criteria of a composition, and which of them each of its criteria is.
type atoms struct {
	atoms []*atom
	leafs map[Expr]literal
}

// literal is an atom, by its index, or the opposite of it.
type literal struct {
	atom     int
	opposite bool
}

// collect finds the different criteria under e.
func collect(e Expr) atoms {
	found := atoms{leafs: make(map[Expr]literal)}
	byKey := make(map[string]int)
	var visit func(e Expr, negated bool)
	visit = func(e Expr, negated bool) {
		switch e := e.(type) {
		case *All:
			for _, p := range e.Parts {
				visit(p, negated)
			}
		case *Any:
			for _, p := range e.Parts {
				visit(p, negated)
			}
		case *Not:
			visit(e.Part, !negated)
		default:
			key, opposite := identity(e)
			i, known := byKey[key]
			if !known {
				i = len(found.atoms)
				byKey[key] = i
				found.atoms = append(found.atoms, &atom{})
			}
			found.leafs[e] = literal{i, opposite}
			if negated != opposite {
				found.atoms[i].negated = e
			} else {
				found.atoms[i].plain = e
			}
		}
	}
	visit(e, false)
	return found
}

// table has the columns of a truth table of six criteria, one bit a combination.
var table = [6]uint64{0xAAAAAAAAAAAAAAAA, 0xCCCCCCCCCCCCCCCC, 0xF0F0F0F0F0F0F0F0, 0xFF00FF00FF00FF00, 0xFFFF0000FFFF0000, 0xFFFFFFFF00000000}

// evaluate tells for 64 combinations at a time, those from 64·word on, whether e holds.
func (a atoms) evaluate(e Expr, word int) uint64 {
	switch e := e.(type) {
	case *All:
		holds := ^uint64(0)
		for _, p := range e.Parts {
			holds &= a.evaluate(p, word)
		}
		return holds
	case *Any:
		holds := uint64(0)
		for _, p := range e.Parts {
			holds |= a.evaluate(p, word)
		}
		return holds
	case *Not:
		return ^a.evaluate(e.Part, word)
	}
	leaf := a.leafs[e]
	holds := uint64(0)
	switch {
	case leaf.atom < len(table):
		holds = table[leaf.atom]
	case word>>(leaf.atom-len(table))&1 == 1:
		holds = ^uint64(0)
	}
	if leaf.opposite {
		return ^holds
	}
	return holds
}

// identity gives a text that is the same for criteria that say the same. opposite tells that the criterion is the negation
// of what the text says, as exists: false is.
func identity(e Expr) (key string, opposite bool) {
	switch e := e.(type) {
	case *Field:
		test, opposite := testIdentity(&e.Test)
		return fmt.Sprintf("field %q %s", e.Column, test), opposite
	case *ListMember:
		return fmt.Sprintf("list %q", match.NormalizeString(e.List, false)), false
	case *Engagement:
		var b strings.Builder
		named := func(what string, name *string) {
			if name != nil {
				fmt.Fprintf(&b, " %s %q", what, match.NormalizeString(*name, false))
			}
		}
		tested := func(what string, t *match.Test) {
			if t != nil {
				test, opposite := testIdentity(t)
				fmt.Fprintf(&b, " %s %s %v", what, test, opposite)
			}
		}
		named("channel", e.Channel)
		named("action", e.Action)
		tested("asset", e.Asset)
		tested("url", e.URL)
		tested("question", e.Question)
		tested("answer", e.Answer)
		var where []string
		for i := range e.Where {
			test, opposite := testIdentity(&e.Where[i].Test)
			where = append(where, fmt.Sprintf(" where %q %s %v", e.Where[i].Column, test, opposite))
		}
		slices.Sort(where)
		least, most := e.AtLeast, e.AtMost
		opposite := least == 0 && most != nil // at most 2 times is not at least 3 times
		if opposite {
			least, most = *most+1, nil
		}
		fmt.Fprintf(&b, "%v times %d to %s within %d from %s until %s", where,
			least, number(most), e.Frame.Within, number(e.Frame.From), number(e.Frame.Until))
		return "engagement" + b.String(), opposite
	}
	return fmt.Sprintf("%p", e), false
}

// number writes a number that may be left out.
func number(n *int64) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprint(*n)
}

// testIdentity is identity for a test.
func testIdentity(t *match.Test) (key string, opposite bool) {
	if len(t.Conditions) == 0 {
		return "exists", false
	}
	if len(t.Conditions) == 1 && t.Conditions[0].Operator == match.Exists {
		return "exists", !t.Conditions[0].Operands[0].Bool
	}
	var conditions []string
	for _, c := range t.Conditions {
		var operands []string
		for _, o := range c.Operands {
			operands = append(operands, fmt.Sprintf("%d %q", o.Kind, match.NormalizeString(o.Text, t.CaseSensitive || c.Operator == match.Matches)))
		}
		slices.Sort(operands)
		op := c.Operator
		if op == match.Equals {
			op = match.In // of one value
		}
		conditions = append(conditions, fmt.Sprintf("%s %v", op, slices.Compact(operands)))
	}
	slices.Sort(conditions)
	return fmt.Sprintf("%v %v", t.CaseSensitive, conditions), false
}
