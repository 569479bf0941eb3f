package yamltree

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"leadscore/transforms/diag"
)

// converter turns the library's tree into ours.
type converter struct {
	file    string
	lines   []string
	anchors map[string]*Node
	list    []diag.Diagnostic
	full    bool // a limit was reached and reported
}

func (c *converter) fault(at diag.Position, what, why, fix string) {
	c.clash(at, diag.Position{}, what, why, fix)
}

func (c *converter) clash(at, other diag.Position, what, why, fix string) {
	if len(c.list) < mostFaults {
		c.list = append(c.list, diag.Diagnostic{Severity: diag.Error, Position: at, Related: other, What: what, Why: why, Fix: fix})
	}
}

// faulted tells whether something was said about a place.
func (c *converter) faulted(at diag.Position) bool {
	return slices.ContainsFunc(c.list, func(d diag.Diagnostic) bool { return d.Position == at })
}

// nothing stands in for what could not be read.
func nothing(at diag.Position) *Node { return &Node{Position: at, nodes: 1, height: 1} }

// node converts n, which stands at the given depth.
func (c *converter) node(n ast.Node, depth int) *Node {
	if n == nil {
		return nothing(diag.Position{File: c.file, Line: 1, Column: 1, Length: 1})
	}
	at := position(c.file, n.GetToken())
	if depth > deepest {
		return c.refuse(at, "too deeply nested", fmt.Sprintf("at most %d levels are read", deepest), "write the same with fewer levels")
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		return c.mapping(n, at, depth)
	case *ast.MappingValueNode:
		return c.mapping(&ast.MappingNode{Values: []*ast.MappingValueNode{n}}, at, depth)
	case *ast.SequenceNode:
		list := &Node{Kind: List, Position: c.span(at, n.Start, n.End), nodes: 1, height: 1}
		for _, item := range n.Values {
			list.Items = append(list.Items, c.below(list, c.node(item, depth+1)))
		}
		return c.bounded(list)
	case *ast.AnchorNode:
		value := c.node(n.Value, depth)
		if n.Name != nil {
			c.anchors[n.Name.GetToken().Value] = value
		}
		return value
	case *ast.AliasNode:
		return c.alias(n, at, depth)
	case *ast.TagNode:
		value := c.node(n.Value, depth)
		if tag := n.GetToken().Value; tag == "!!str" && value.Kind == Scalar {
			value.Quoted = true
		} else {
			c.fault(at, "unexpected tag "+Quote(tag), "tags are no part of this file's language", "take it away; to make a text of a value put it in quotes")
		}
		return value
	case *ast.LiteralNode:
		return &Node{Text: n.Value.Value, Quoted: true, Position: at, nodes: 1, height: 1}
	}
	t := n.GetToken()
	switch t.Type {
	case token.ImplicitNullType:
		return nothing(at)
	case token.SingleQuoteType, token.DoubleQuoteType:
		return &Node{Text: t.Value, Quoted: true, Position: at, nodes: 1, height: 1}
	}
	c.colon(t.Value, at)
	return &Node{Text: t.Value, Position: at, nodes: 1, height: 1}
}

// colon refuses a plain scalar with a colon before a blank, or at its end. YAML has no such scalars, but the library reads them
// between braces, where they mean a comma that was forgotten: {email: clicked within: 30d}.
func (c *converter) colon(text string, at diag.Position) {
	before, _, found := strings.Cut(text, ": ")
	if !found {
		if before, found = strings.CutSuffix(text, ":"); !found {
			return
		}
	}
	word := before[strings.LastIndexByte(before, ' ')+1:]
	c.fault(at, "a comma is missing, or quotes", "a colon with a blank after it ends a key, and here one stands inside of a value",
		"put a comma before "+word+":, or put the whole text in quotes")
}

// alias follows *name. The node has the place of the alias, what is below it the places of what it names.
func (c *converter) alias(n *ast.AliasNode, at diag.Position, depth int) *Node {
	name := n.Value.GetToken().Value
	at.Length = utf8.RuneCountInString(name) + 1
	named, ok := c.anchors[name]
	if !ok {
		fix := "write &" + name + " before the value that is meant, above this line"
		var names []string
		for known := range c.anchors {
			names = append(names, known)
		}
		slices.Sort(names)
		if near, found := diag.Nearest(name, names); found {
			fix = "did you mean *" + near + "?"
		}
		c.fault(at, "unknown alias *"+name, "no value above is named &"+name, fix)
		return nothing(at)
	}
	if depth+named.height > deepest {
		return c.refuse(at, "too deeply nested", fmt.Sprintf("with aliases followed, at most %d levels are read", deepest), "write the same with fewer levels")
	}
	copied := *named
	copied.Position = at
	return &copied
}

// mapping converts a map, follows its merge keys and finds keys that stand twice.
func (c *converter) mapping(n *ast.MappingNode, at diag.Position, depth int) *Node {
	m := &Node{Kind: Map, Position: at, nodes: 1, height: 1}
	if n.IsFlowStyle {
		m.Position = c.span(at, n.Start, n.End)
	}
	places := make(map[string]diag.Position)
	var merges []*Node
	for i, entry := range n.Values {
		value := c.node(entry.Value, depth+1)
		if entry.Key != nil && entry.Key.IsMergeKey() {
			merges = append(merges, value)
			continue
		}
		key, ok := c.key(entry.Key)
		if !ok {
			continue
		}
		if i == 0 && !n.IsFlowStyle {
			m.Position = key.Position
		}
		if first, twice := places[key.Text]; twice {
			c.clash(key.Position, first, "duplicate key "+Quote(key.Text),
				"a map has each key once, and it would not be clear which of the two counts", "take one of the two away, or join their values")
			continue
		}
		places[key.Text] = key.Position
		m.Entries = append(m.Entries, Entry{key, c.below(m, value)})
	}
	for _, merge := range merges {
		sources := []*Node{merge}
		if merge.Kind == List {
			sources = merge.Items
		}
		for _, source := range sources {
			if source.Kind != Map && !c.faulted(source.Position) {
				c.fault(source.Position, "<< has no map to take keys from", "it takes the keys of another map over, and this is "+source.String(), "write <<: *name, where &name stands before a map")
			}
			for _, e := range source.Entries {
				if _, has := places[e.Key.Text]; !has {
					places[e.Key.Text] = e.Key.Position
					m.Entries = append(m.Entries, Entry{e.Key, c.below(m, e.Value)})
				}
			}
		}
	}
	return c.bounded(m)
}

// key converts a map's key, which has to be plain text.
func (c *converter) key(n ast.MapKeyNode) (*Node, bool) {
	if n == nil {
		return nil, false
	}
	at := position(c.file, n.GetToken())
	switch n.(type) {
	case *ast.MappingKeyNode, *ast.AliasNode, *ast.AnchorNode, *ast.TagNode, *ast.LiteralNode:
		c.fault(at, "a key must be plain text", "this file's language has no other keys", "write key: value")
		return nil, false
	}
	return c.node(n, 1), true
}

// below counts child as a part of parent and gives it back.
func (c *converter) below(parent, child *Node) *Node {
	parent.nodes = min(parent.nodes+child.nodes, 2*mostNodes)
	parent.height = max(parent.height, child.height+1)
	return child
}

// bounded refuses a node that has too much below it once aliases are followed.
func (c *converter) bounded(n *Node) *Node {
	if n.nodes <= mostNodes {
		return n
	}
	return c.refuse(n.Position, "too large", fmt.Sprintf("with aliases followed, at most %d values are read", mostNodes), "write fewer values, or use fewer aliases")
}

// refuse reports a limit, once, and stands in for what is beyond it.
func (c *converter) refuse(at diag.Position, what, why, fix string) *Node {
	if !c.full {
		c.full = true
		c.fault(at, what, why, fix)
	}
	return nothing(at)
}

// span is the place from the start token to the end token, as far as it stands on one line.
func (c *converter) span(at diag.Position, start, end *token.Token) diag.Position {
	if start == nil || end == nil || start.Position.Line != at.Line {
		return at
	}
	if end.Position.Line == at.Line {
		at.Length = max(end.Position.Column-at.Column+1, 1)
	} else if at.Line <= len(c.lines) {
		at.Length = max(utf8.RuneCountInString(strings.TrimRight(c.lines[at.Line-1], " \r\t"))-at.Column+1, 1)
	}
	return at
}
