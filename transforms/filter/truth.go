package filter

import (
	"fmt"
	"strings"

	"github.com/expr-lang/expr/ast"

	"leadscore/transforms/match"
)

// nothing stands where an error was found, so that reading goes on and finds the others.
const nothing = constant(false)

// truth reads what is true or false.
func (p *parse) truth(n ast.Node) node {
	switch n := n.(type) {
	case *ast.BoolNode:
		return constant(n.Value)
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			return negation{p.truth(n.Node)}
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "&&":
			return all{p.truth(n.Left), p.truth(n.Right)}
		case "or", "||":
			return either{p.truth(n.Left), p.truth(n.Right)}
		case "==", "!=", "<", "<=", ">", ">=", "in", "contains", "startsWith", "endsWith", "matches":
			return p.relation(n)
		}
	case *ast.CallNode:
		return p.call(n)
	case *ast.IdentifierNode, *ast.MemberNode, *ast.ChainNode:
		return p.flag(n)
	}
	p.fault(n, "this is neither true nor false", "", "compare something, such as score >= 50")
	return nothing
}

// call reads fulfilled("rule").
func (p *parse) call(n *ast.CallNode) node {
	callee, _ := n.Callee.(*ast.IdentifierNode)
	if callee == nil || callee.Value != "fulfilled" {
		name := "this"
		if callee != nil {
			name = callee.Value
		}
		p.fault(n.Callee, fmt.Sprintf("unknown function %s", name), "", `the functions are fulfilled("rule"), and for instants ago("7d") and ahead("7d")`)
		return nothing
	}
	rule, ok := one[*ast.StringNode](n.Arguments)
	if !ok {
		p.fault(n.Callee, "fulfilled takes the name of one rule in quotes", "", `write fulfilled("its name")`)
		return nothing
	}
	r := Ref{Scope: OfRule, Rule: rule.Value, Column: ruleColumn}
	if !p.knownRule(rule, &r) {
		return nothing
	}
	if r, ok = p.known(rule, r); !ok {
		return nothing
	}
	p.note(r)
	return p.compile(n, r, match.Condition{Operator: match.Exists, Operands: []match.Operand{{Kind: match.Bool, Text: "true", Bool: true}}})
}

func one[T ast.Node](nodes []ast.Node) (T, bool) {
	var none T
	if len(nodes) != 1 {
		return none, false
	}
	n, ok := nodes[0].(T)
	return n, ok
}

// flag reads a column that is true or false by itself.
func (p *parse) flag(n ast.Node) node {
	r, ok := p.ref(n)
	if !ok {
		return nothing
	}
	if typ, _ := p.schema.TypeOf(r); typ.Kind != match.Boolean {
		fix := fmt.Sprintf("compare it, as in %s != nil", r)
		if r.Scope == OfRule && r.Column == ruleColumn {
			fix = fmt.Sprintf("write fulfilled(%q), or compare its points", r.Rule)
		}
		p.fault(n, fmt.Sprintf("%s is %s, neither true nor false", r, kindName(typ)), "", fix)
		return nothing
	}
	return p.compile(n, r, match.Condition{Operator: match.Equals, Operands: []match.Operand{{Kind: match.Bool, Text: "true", Bool: true}}})
}

// isName tells whether a node names a column, and does not calculate.
func isName(n ast.Node) bool {
	switch n.(type) {
	case *ast.IdentifierNode, *ast.MemberNode, *ast.ChainNode:
		return true
	}
	return false
}

var mirrored = map[string]string{"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// relation reads an operator between two things.
func (p *parse) relation(n *ast.BinaryNode) node {
	operator, left, right := n.Operator, n.Left, n.Right
	if !isName(left) && isName(right) && mirrored[operator] != "" {
		operator, left, right = mirrored[operator], right, left
	}
	if operator == "!=" {
		return negation{p.asked("==", left, right, n)}
	}
	return p.asked(operator, left, right, n)
}

// asked reads operators but !=.
func (p *parse) asked(operator string, left, right ast.Node, n *ast.BinaryNode) node {
	if mirrored[operator] != "" && (!isName(left) || isName(right) || !isLiteral(right)) {
		return p.calculated(operator, left, right, n)
	}
	r, ok := p.ref(left)
	if !ok {
		return nothing
	}
	typ, _ := p.schema.TypeOf(r)
	if _, isNil := right.(*ast.NilNode); isNil && operator == "==" {
		return p.compile(n, r, match.Condition{Operator: match.Exists, Operands: []match.Operand{{Kind: match.Bool, Text: "false"}}})
	}
	if operator == "in" {
		return p.in(r, typ, right, n)
	}
	if !p.fits(n, operator, r, typ) {
		return nothing
	}
	o, ok := p.operand(right, r, typ)
	if !ok {
		return nothing
	}
	return p.compile(n, r, match.Condition{Operator: operators[operator], Operands: []match.Operand{o}})
}

var operators = map[string]match.Operator{
	"==": match.Equals, "<": match.Below, "<=": match.AtMost, ">": match.Above, ">=": match.AtLeast, "in": match.In,
	"contains": match.Contains, "startsWith": match.StartsWith, "endsWith": match.EndsWith, "matches": match.Matches,
}

// fits holds that an operator can be asked of a type, in the words of this language.
func (p *parse) fits(n ast.Node, operator string, r Ref, typ match.Type) bool {
	ordered := strings.Contains("< <= > >=", operator)
	textual := !ordered && operator != "==" && operator != "in"
	switch {
	case textual && typ.Kind != match.Text:
		p.fault(n, fmt.Sprintf("%s compares text, but %s is %s", operator, r, kindName(typ)), "", fmt.Sprintf("write %s with ==, <, <=, > or >=", r))
	case ordered && typ.Kind == match.Text:
		fix := fmt.Sprintf(`write %s == "…", or %s in ["…", "…"]`, r, r)
		p.fault(n, fmt.Sprintf("%s compares numbers and dates, but %s is text", operator, r), "text has no order here", fix)
	case ordered && typ.Kind == match.Boolean:
		p.fault(n, fmt.Sprintf("%s compares numbers and dates, but %s is true or false", operator, r), "", fmt.Sprintf("write %s, or not %s", r, r))
	default:
		return true
	}
	return false
}

// in reads a list of values, or a range of whole numbers.
func (p *parse) in(r Ref, typ match.Type, right ast.Node, n *ast.BinaryNode) node {
	if span, ok := right.(*ast.BinaryNode); ok && span.Operator == ".." {
		low, fine := p.operand(span.Left, r, typ)
		high, also := p.operand(span.Right, r, typ)
		if !fine || !also || !p.fits(n, ">=", r, typ) {
			return nothing
		}
		return p.compile(n, r, match.Condition{Operator: match.AtLeast, Operands: []match.Operand{low}}, match.Condition{Operator: match.AtMost, Operands: []match.Operand{high}})
	}
	list, ok := right.(*ast.ArrayNode)
	if !ok || len(list.Nodes) == 0 {
		p.fault(right, "in takes a list of values", "", fmt.Sprintf(`write %s in [1, 2, 3], ["a", "b"] or 1..3`, r))
		return nothing
	}
	var operands []match.Operand
	for _, value := range list.Nodes {
		o, ok := p.operand(value, r, typ)
		if !ok {
			return nothing
		}
		operands = append(operands, o)
	}
	return p.compile(n, r, match.Condition{Operator: match.In, Operands: operands})
}

// compile makes the test of a column.
func (p *parse) compile(n ast.Node, r Ref, conditions ...match.Condition) node {
	typ, _ := p.schema.TypeOf(r)
	exact := r.Scope == OfContact && r.Column == "contact_id" // ids differ by case
	m, err := match.Compile(match.Test{Conditions: conditions, CaseSensitive: exact}, typ, p.schema.zone())
	if err != nil {
		p.fault(n, err.Error(), "", "")
		return nothing
	}
	t := &test{ref: r, matcher: m, zone: p.schema.zone()}
	t.low, t.high, t.within = passing(conditions, typ, p.schema.zone())
	return t
}
