// Package yamltree reads a YAML file that a person wrote into a tree in which every node knows its place.
//
//	text ─▶ guard (size, UTF-8, nesting) ─▶ goccy/go-yaml ─▶ tree of Nodes, aliases and merge keys followed
//	                    └──────────────────────────┴──────────▶ diagnostics
//
// It knows nothing of what the file is about. Whoever does asks a Node what it is (Kind, Get, Number …) and says in
// the words of its own subject what is wrong. Nothing here stops at the first error but a text that is no YAML at all.
package yamltree

import (
	"fmt"
	"strings"

	"leadscore/transforms/diag"
)

// Kind is what a node is.
type Kind uint8

// The kinds.
const (
	Scalar Kind = iota
	Map
	List
)

// Node is one node of the tree. An alias is a node with the place of the alias and the content of what it names, so nodes
// below it may be shared; the tree as it is walked has at most 200,000 nodes and is at most 64 deep.
type Node struct {
	Kind     Kind
	Text     string // Scalar: its text as written, without quotes
	Quoted   bool   // Scalar: it stood in quotes or in a block, so it is always text
	Entries  []Entry
	Items    []*Node
	Position diag.Position

	nodes  int // with everything below, an alias counted as what it names
	height int
}

// Entry is a key of a map and its value.
type Entry struct {
	Key   *Node // a scalar
	Value *Node
}

// Get gives the value of a key, nil where the map does not have it.
func (n *Node) Get(key string) *Node {
	for _, e := range n.Entries {
		if e.Key.Text == key {
			return e.Value
		}
	}
	return nil
}

// Key gives the node of a key, nil where the map does not have it.
func (n *Node) Key(key string) *Node {
	for _, e := range n.Entries {
		if e.Key.Text == key {
			return e.Key
		}
	}
	return nil
}

// Blank tells whether a scalar has no text but white space.
func (n *Node) Blank() bool { return n.Kind == Scalar && strings.TrimSpace(n.Text) == "" }

// Null tells whether there is no value: nothing at all, ~, or null.
func (n *Node) Null() bool {
	if n.Kind != Scalar || n.Quoted {
		return false
	}
	switch n.Text {
	case "", "~", "null", "Null", "NULL":
		return true
	}
	return false
}

// String says what the node is, for messages: the text "x", the number 5, a list …
func (n *Node) String() string {
	switch {
	case n.Kind == Map:
		return "a map"
	case n.Kind == List:
		return "a list"
	case n.Null():
		return "nothing"
	}
	if !n.Quoted {
		if _, ok := n.Bool(); ok {
			return n.Text
		}
		if _, ok := n.Number(); ok {
			return "the number " + n.Text
		}
	}
	return "the text " + Quote(n.Text)
}

// Quote puts a text in quotes for a message, shortened where it is long.
func Quote(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return fmt.Sprintf("%q", text)
}
