package model

import (
	"slices"
	"strings"

	"leadscore/transforms/diag/yamltree"
	"leadscore/transforms/match"
)

// when reads the criteria of whose, a rule or an entry of suppress.
func (p *parser) when(n *node, whose string) Expr {
	if n.Null() || n.Kind == yamltree.Map && len(n.Entries) == 0 || n.Kind == yamltree.List && len(n.Items) == 0 {
		p.fault(n.Position, whose+" without criteria", p.rule+" says nothing that must hold, so it would hold for everybody or for nobody",
			"write what must hold, for example when: {email: clicked, within: 90d}")
		return nil
	}
	return p.expr(n)
}

// expr reads a criterion, a composition, or a list that means all of them. It is nil where that could not be read.
func (p *parser) expr(n *node) Expr {
	if n.Kind == yamltree.List {
		return p.joined(n, n, "all")
	}
	if n.Kind != yamltree.Map {
		why, fix := saw(n), "write a criterion such as {email: clicked}, {field: country, equals: SE} or {list: Partners}"
		if channel, action, ok := strings.Cut(n.Text, ":"); ok && n.Kind == yamltree.Scalar && !n.Quoted && action != "" && !strings.Contains(action, ":") {
			why, fix = "a colon needs a blank after it", "write {"+strings.TrimSpace(channel)+": "+strings.TrimSpace(action)+"}"
		}
		p.fault(n.Position, "a criterion must be a map", why, fix)
		return nil
	}
	var head *yamltree.Entry
	for i, e := range n.Entries {
		if !slices.Contains(headNames, e.Key.Text) {
			continue
		}
		if head != nil {
			p.clash(e.Key.Position, head.Key.Position, "two criteria in one map: "+head.Key.Text+" and "+e.Key.Text,
				"a criterion tests one thing", "write two criteria of a list, such as when: [{email: clicked}, {field: country, equals: SE}]")
			return nil
		}
		head = &n.Entries[i]
	}
	if head == nil {
		p.headless(n)
		return nil
	}
	switch head.Key.Text {
	case "all", "any", "not":
		return p.composition(n, *head)
	case "field":
		return p.field(n, *head)
	case "list":
		return p.listMember(n, *head)
	}
	return p.engagement(n, *head)
}

// headless reports a map that tests nothing.
func (p *parser) headless(n *node) {
	if len(n.Entries) == 0 {
		p.fault(n.Position, "an empty criterion", "it tests nothing", "write a criterion such as {email: clicked}, or take it away")
		return
	}
	for _, e := range n.Entries {
		if slices.Contains(narrowNames, e.Key.Text) {
			continue
		}
		if _, operator := match.ParseOperator(e.Key.Text); operator || e.Key.Text == caseKey.name {
			continue
		}
		fix := "begin with one of these keys, such as {email: clicked} or {field: country, equals: SE}"
		if near, ok := nearKey(e.Key.Text, headNames); ok {
			fix = "did you mean " + near + "?"
		} else if e.Value.Kind == yamltree.Scalar && !e.Value.Null() && len(n.Entries) == 1 {
			fix = "for a channel of your data write {engagement: {channel: " + e.Key.Text + ", action: " + e.Value.Text + "}}; for a column of the contacts {field: " + e.Key.Text + ", equals: " + e.Value.Text + "}"
		}
		p.fault(e.Key.Position, "unknown criterion "+yamltree.Quote(e.Key.Text), "a criterion has one of the keys "+words(headNames, "or"), fix)
		return
	}
	first := n.Entries[0].Key
	fix := "say which column of the contacts: {field: country, " + first.Text + ": …}"
	if slices.Contains(narrowNames, first.Text) && first.Text != "within" && first.Text != "from" && first.Text != "until" || n.Get("times") != nil {
		fix = "say what was done: {email: clicked, " + first.Text + ": …}, or {engagement: any, " + first.Text + ": …}"
	} else if first.Text == "within" || first.Text == "from" || first.Text == "until" {
		fix = "say what was done: {email: clicked, " + first.Text + ": …}; or which date of the contacts: {field: created_at, " + first.Text + ": …}"
	}
	p.fault(first.Position, "a criterion without a subject", "none of its keys says what is tested: "+words(headNames, "or"), fix)
}

// composition reads all, any and not.
func (p *parser) composition(n *node, head yamltree.Entry) Expr {
	for _, e := range n.Entries {
		if e.Key.Text == head.Key.Text {
			continue
		}
		fix := "take it away"
		if slices.Contains(narrowNames, e.Key.Text) {
			fix = "write it in each of the criteria that it is meant for"
		}
		p.clash(e.Key.Position, head.Key.Position, "unknown key "+yamltree.Quote(e.Key.Text), head.Key.Text+" stands alone in its map", fix)
	}
	if head.Key.Text != "not" {
		return p.joined(head.Value, head.Key, head.Key.Text)
	}
	if head.Value.Null() {
		p.fault(head.Key.Position, "not without a criterion", "it says what must not hold", "write not: {list: Partners}")
		return nil
	}
	part := p.expr(head.Value)
	if part == nil {
		return nil
	}
	not := &Not{Part: part}
	p.model.places[not] = head.Key.Position
	return not
}

// joined reads a list of criteria. A list of one criterion is that criterion.
func (p *parser) joined(n, at *node, how string) Expr {
	if n.Kind != yamltree.List || len(n.Items) == 0 {
		what := how + " must be a list of criteria"
		if n.Kind == yamltree.List {
			what = how + " without criteria"
		}
		p.fault(at.Position, what, saw(n), "write "+how+": [{email: clicked}, {form: submitted}]")
		return nil
	}
	var parts []Expr
	whole := true
	for _, item := range n.Items {
		part := p.expr(item)
		whole = whole && part != nil
		parts = append(parts, part)
	}
	if !whole {
		return nil
	}
	if len(parts) == 1 {
		return parts[0]
	}
	var joined Expr
	if how == "any" {
		joined = &Any{Parts: parts}
	} else {
		joined = &All{Parts: parts}
	}
	p.model.places[joined] = at.Position
	return joined
}

// field reads a test of a column of the contacts.
func (p *parser) field(n *node, head yamltree.Entry) Expr {
	column, ok := p.text(head.Value, "field", "field: and the name of a column, such as field: country")
	if ok && column == "contact_id" {
		p.fault(head.Value.Position, "contact_id is no field", "it says whose row it is, and every contact has one", "name another column; for single contacts make a list and test list:")
	}
	elsewhere := func(key string) string {
		if slices.Contains([]string{"asset", "url", "question", "answer", "where", "times"}, key) {
			return "it narrows engagement criteria only, such as {email: clicked, " + key + ": …}"
		}
		return ""
	}
	var tested []yamltree.Entry
	for _, e := range n.Entries {
		if e.Key.Text != "field" {
			tested = append(tested, e)
		}
	}
	f := &Field{ColumnTest{Column: column, Position: head.Value.Position}}
	test, good := p.operators(tested, "a field criterion", []string{"field"}, true, elsewhere)
	f.Test = test
	if !ok || !good {
		return nil
	}
	return f
}

// listMember reads a list criterion.
func (p *parser) listMember(n *node, head yamltree.Entry) Expr {
	elsewhere := func(key string) string {
		if _, operator := match.ParseOperator(key); operator {
			return "a contact is in a list or not; take it away"
		}
		return ""
	}
	p.fields(n, "a list criterion", "", []string{"list"}, elsewhere)
	if head.Value.Kind == yamltree.List && len(head.Value.Items) > 0 && head.Value.Items[0].Kind == yamltree.Scalar {
		first := head.Value.Items[0].Text
		p.fault(head.Value.Position, "list takes one list", "this is a list of them", "write any: [{list: "+first+"}, {list: …}], or all: of them")
		return nil
	}
	name, ok := p.text(head.Value, "list", "list: and the name or id of a list, such as list: Partners")
	if !ok {
		return nil
	}
	return &ListMember{List: name, Position: head.Value.Position}
}
