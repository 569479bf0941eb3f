package filter

import (
	"fmt"

	"github.com/expr-lang/expr/ast"

	"leadscore/transforms/match"
)

// amount is what can be calculated with.
type amount uint8

const (
	unknown amount = iota // an error was reported
	whole                 // a whole number
	moment                // an instant
)

// calculated reads a comparison of columns with each other, or of what is calculated from them.
func (p *parse) calculated(operator string, left, right ast.Node, n *ast.BinaryNode) node {
	a, of := p.number(left)
	b, with := p.number(right)
	switch {
	case of == unknown || with == unknown:
		return nothing
	case of != with:
		p.fault(n, "a number and a date are compared", "", "compare numbers with numbers, and dates with dates")
		return nothing
	}
	return &comparison{operator: operator, a: a, b: b}
}

// number reads what gives a whole number or an instant for each row.
func (p *parse) number(n ast.Node) (number, amount) {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return fixed(n.Value), whole
	case *ast.CallNode:
		if t, ok := p.instant(n); ok {
			return fixed(t.UnixMicro()), moment
		}
		return nil, unknown
	case *ast.UnaryNode:
		if v, of := p.number(n.Node); of == whole && n.Operator == "-" {
			return &sum{"-", fixed(0), v}, whole
		} else if of == unknown {
			return nil, unknown
		}
	case *ast.BinaryNode:
		if n.Operator == "+" || n.Operator == "-" || n.Operator == "*" {
			a, of := p.number(n.Left)
			b, with := p.number(n.Right)
			if of == unknown || with == unknown {
				return nil, unknown
			}
			if of == whole && with == whole {
				return &sum{n.Operator, a, b}, whole
			}
			p.fault(n, "dates cannot be calculated with", "", `write ago("7d") or ahead("7d") for an instant before or after the run`)
			return nil, unknown
		}
	case *ast.IdentifierNode, *ast.MemberNode, *ast.ChainNode:
		r, ok := p.ref(n)
		if !ok {
			return nil, unknown
		}
		typ, _ := p.schema.TypeOf(r)
		switch typ.Kind {
		case match.Int, match.Uint:
			return columnNumber{r}, whole
		case match.Timestamp, match.DateOnly:
			return columnNumber{r}, moment
		}
		p.fault(n, fmt.Sprintf("%s is %s, and can only be compared with a value", r, kindName(typ)), "only whole numbers and dates can be compared with other columns",
			"write the value after the operator")
		return nil, unknown
	}
	p.fault(n, "this cannot be compared", "", "write a column, a value, or whole numbers with +, - or * between them")
	return nil, unknown
}
