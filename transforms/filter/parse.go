package filter

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"

	"leadscore/transforms/diag"
)

// longest is how long a filter may be: beyond it nobody wrote it, and a parser that descends would go deep.
const longest = 10_000

// parse is the state of reading one text.
type parse struct {
	where  string // what the text is called in messages
	schema *Schema
	list   diag.List
	refs   []Ref
}

// Parse reads a filter. Where names what it stands in for messages, such as a flag. The list has every error; without any there is a Filter.
func Parse(where, text string, s *Schema) (*Filter, diag.List) {
	p := &parse{where: where, schema: s}
	tree := p.tree(text, text, 0)
	if tree == nil {
		return nil, p.list
	}
	root := p.truth(tree)
	if len(p.list) > 0 {
		p.list.Sort()
		return nil, p.list
	}
	return &Filter{text: text, root: root, refs: p.refs}, nil
}

// Columns reads a list of columns with commas between them.
func Columns(where, text string, s *Schema) ([]Ref, diag.List) {
	p := &parse{where: where, schema: s}
	var refs []Ref
	for _, n := range p.elements(text) {
		if r, ok := p.ref(n); ok {
			refs = append(refs, r)
		}
	}
	return refs, p.list
}

// Order is a column to order by.
type Order struct {
	Ref        Ref
	Descending bool
}

// Orders reads a list of columns to order by; a minus before one means that its greatest value comes first.
func Orders(where, text string, s *Schema) ([]Order, diag.List) {
	p := &parse{where: where, schema: s}
	var orders []Order
	for _, n := range p.elements(text) {
		descending := false
		if minus, ok := n.(*ast.UnaryNode); ok && minus.Operator == "-" {
			n, descending = minus.Node, true
		}
		if r, ok := p.ref(n); ok {
			orders = append(orders, Order{r, descending})
		}
	}
	return orders, p.list
}

// elements parses a list.
func (p *parse) elements(text string) []ast.Node {
	tree := p.tree("["+text+"]", text, 1)
	if tree == nil {
		return nil
	}
	array, ok := tree.(*ast.ArrayNode)
	if !ok {
		p.list = append(p.list, diag.Diagnostic{Severity: diag.Error, Position: diag.Position{File: p.where, Line: 1, Column: 1},
			What: "this is no list of columns", Fix: "write names with commas between them, such as contact_id, score, band"})
		return nil
	}
	var nodes []ast.Node
	for _, n := range array.Nodes {
		if unary, ok := n.(*ast.UnaryNode); ok {
			unary.Node = moved(unary.Node, 1)
		}
		nodes = append(nodes, moved(n, 1))
	}
	return nodes
}

// moved takes the bracket that was put before a text out of the places of a node.
func moved(n ast.Node, by int) ast.Node {
	ast.Walk(&n, mover(by))
	return n
}

type mover int

// Visit moves one node.
func (m mover) Visit(n *ast.Node) {
	at := (*n).Location()
	(*n).SetLocation(file.Location{From: at.From - int(m), To: at.To - int(m)})
}

// tree parses text, of which shown is what a person wrote, offset characters on.
func (p *parse) tree(text, shown string, offset int) ast.Node {
	at := diag.Position{File: p.where, Line: 1, Column: 1}
	if len(text) > longest {
		p.list = append(p.list, diag.Diagnostic{Severity: diag.Error, Position: at, What: fmt.Sprintf("this has %d characters, more than %d", len(text), longest)})
		return nil
	}
	tree, err := parser.Parse(text)
	if err == nil {
		return tree.Node
	}
	what, fix := err.Error(), ""
	if fault := (*file.Error)(nil); errors.As(err, &fault) {
		at.Line, at.Column, at.Length = max(fault.Line, 1), max(fault.Column+1-offset, 1), max(fault.To-fault.From, 1)
		what, _, _ = strings.Cut(fault.Message, "\n")
		fix = syntaxFix(what)
		what = plainFault(what)
	}
	if strings.TrimSpace(shown) == "" {
		what, fix = "there is nothing here", "write something such as score >= 50"
	}
	p.list = append(p.list, diag.Diagnostic{Severity: diag.Error, Position: at, What: what, Fix: fix})
	return nil
}

var tokenForm = regexp.MustCompile(`^unexpected token ([A-Za-z]+)(?:\("(.*)"\))?$`)

// plainFault says in plain words what the parser met.
func plainFault(what string) string {
	form := tokenForm.FindStringSubmatch(what)
	switch {
	case form == nil:
		return what
	case form[1] == "EOF":
		return "something is missing at the end"
	}
	return form[2] + " does not belong here"
}

// syntaxFix knows what people write who know other languages.
func syntaxFix(what string) string {
	form := tokenForm.FindStringSubmatch(what)
	if form == nil {
		if strings.Contains(what, "literal not terminated") {
			return "close the quotes"
		}
		return ""
	}
	if form[1] == "EOF" {
		return "write a whole comparison, such as score >= 50, and close what was opened"
	}
	switch strings.ToLower(form[2]) {
	case "=":
		return "write == to compare"
	case "<>":
		return "write !="
	case "and", "or", "not":
		return "write " + strings.ToLower(form[2]) + " in lower case"
	case "is":
		return "write == nil where there must be no value, != nil where there must be one"
	case "like", "starts_with", "ends_with":
		return "write contains, startsWith or endsWith"
	case "between":
		return "write score in 20..50, or score >= 20 and score <= 50"
	}
	return ""
}

// fault notes an error at a node.
func (p *parse) fault(n ast.Node, what, why, fix string) {
	at := n.Location()
	p.list = append(p.list, diag.Diagnostic{Severity: diag.Error, What: what, Why: why, Fix: fix,
		Position: diag.Position{File: p.where, Line: 1, Column: at.From + 1, Length: max(at.To-at.From, 1)}})
}

// note keeps a column that is read.
func (p *parse) note(r Ref) {
	if !slices.Contains(p.refs, r) {
		p.refs = append(p.refs, r)
	}
}

// ref reads a column's name.
func (p *parse) ref(n ast.Node) (Ref, bool) {
	r, ok := p.name(n)
	if ok {
		p.note(r)
	}
	return r, ok
}

func (p *parse) name(n ast.Node) (Ref, bool) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		switch n.Value {
		case "set", "rule":
			p.fault(n, n.Value+" stands alone", "", "write "+n.Value+`["its name"]`)
			return Ref{}, false
		}
		return p.known(n, Ref{Column: n.Value})
	case *ast.ChainNode:
		return p.name(n.Node)
	case *ast.MemberNode:
		return p.member(n)
	}
	p.fault(n, "this is no column", "", "write the name of a column, such as score")
	return Ref{}, false
}

// member reads set["…"].column, rule["…"].column and set["…"].rule["…"].column.
func (p *parse) member(n *ast.MemberNode) (Ref, bool) {
	key, ok := n.Property.(*ast.StringNode)
	if !ok {
		p.fault(n, "a name in quotes must stand in the brackets", "", `write set["its name"] or rule["its name"]`)
		return Ref{}, false
	}
	if r, ok, fine := p.container(n); ok {
		if !fine {
			return r, false
		}
		r.Column = setColumn
		if r.Scope == OfRule {
			r.Column = ruleColumn
		}
		return p.known(n, r)
	}
	of, isMember := n.Node.(*ast.MemberNode)
	if isMember {
		if r, ok, fine := p.container(of); ok {
			r.Column = key.Value
			if !fine {
				return r, false
			}
			return p.known(key, r)
		}
	}
	p.fault(n, "this is no column", "only sets and rules have columns of their own", `write set["its name"].score or rule["its name"].points`)
	return Ref{}, false
}

// container reads what is left of a column: a set or a rule. ok tells that it is one, fine that it exists.
func (p *parse) container(n *ast.MemberNode) (r Ref, ok, fine bool) {
	key, isText := n.Property.(*ast.StringNode)
	if !isText {
		return r, false, false
	}
	switch of := n.Node.(type) {
	case *ast.IdentifierNode:
		switch of.Value {
		case "set":
			r = Ref{Scope: OfSet, Set: key.Value}
			return r, true, p.knownSet(key, r.Set)
		case "rule":
			r = Ref{Scope: OfRule, Rule: key.Value}
			return r, true, p.knownRule(key, &r)
		}
	case *ast.MemberNode: // set["…"].rule["…"]: the parser sees the member rule of a set
		word, isWord := of.Property.(*ast.StringNode)
		inner, isMember := of.Node.(*ast.MemberNode)
		if isWord && isMember && word.Value == "rule" {
			if set, ok, fine := p.container(inner); ok && set.Scope == OfSet {
				r = Ref{Scope: OfRule, Set: set.Set, Rule: key.Value}
				return r, true, fine && p.knownRule(key, &r)
			}
		}
	}
	return r, false, false
}

func (p *parse) knownSet(n ast.Node, set string) bool {
	if p.schema.SetNames == nil || slices.Contains(p.schema.SetNames, set) {
		return true
	}
	fix := "the sets are " + strings.Join(p.schema.SetNames, ", ")
	if near, ok := diag.Nearest(set, p.schema.SetNames); ok {
		fix = fmt.Sprintf("did you mean %q?", near)
	}
	p.fault(n, fmt.Sprintf("unknown set %q", set), "the model of the run has no such set", fix)
	return false
}

// knownRule holds that there is exactly one such rule.
func (p *parse) knownRule(n ast.Node, r *Ref) bool {
	if p.schema.RuleList == nil {
		return true
	}
	var names, sets []string
	for _, known := range p.schema.RuleList {
		if r.Set == "" || known.Set == r.Set {
			names = append(names, known.Rule)
			if known.Rule == r.Rule {
				sets = append(sets, known.Set)
			}
		}
	}
	switch {
	case len(sets) == 1:
		return true
	case len(sets) > 1:
		p.fault(n, fmt.Sprintf("%d sets have a rule %q", len(sets), r.Rule), strings.Join(sets, ", "), fmt.Sprintf("write set[%q].rule[%q]", sets[0], r.Rule))
		return false
	}
	fix := `the table rule_stats lists all rules`
	if near, ok := diag.Nearest(r.Rule, names); ok {
		fix = fmt.Sprintf("did you mean %q?", near)
	}
	p.fault(n, fmt.Sprintf("unknown rule %q", r.Rule), "the model of the run has no such rule", fix)
	return false
}

// known holds that a scope has the column.
func (p *parse) known(n ast.Node, r Ref) (Ref, bool) {
	if _, ok := p.schema.TypeOf(r); ok {
		return r, true
	}
	for _, absent := range p.schema.Missing {
		if absent.Column == r.Column && r.Scope == OfContact {
			p.fault(n, fmt.Sprintf("there is no column %q", r.Column), absent.Why, absent.Fix)
			return r, false
		}
	}
	var names []string
	for _, c := range p.schema.columns(r.Scope) {
		names = append(names, c.Name)
	}
	what, fix := fmt.Sprintf("unknown column %q", r.Column), "the columns are "+strings.Join(names, ", ")
	if len(names) == 0 {
		p.fault(n, what, "the run has published no table that has it", "")
		return r, false
	}
	if near, ok := diag.Nearest(r.Column, names); ok {
		fix = fmt.Sprintf("did you mean %s?", near)
	}
	p.fault(n, what, "", fix)
	return r, false
}

// zone is that of dates.
func (s *Schema) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}
