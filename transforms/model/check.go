package model

import (
	"fmt"
	"slices"
	"strings"

	"leadscore/transforms/diag"
	"leadscore/transforms/diag/yamltree"
	"leadscore/transforms/match"
)

// checker collects what is to be said about a model that was read.
type checker struct {
	model  *Model
	schema *Schema
	list   diag.List
	rule   string // what messages call the rule, or the entry of suppress, that is looked at
}

// Check says what is wrong with a model given the columns of the inputs, and what is suspicious about it, sorted by place. With
// a nil schema it says only what can be told from the model alone, and that is warnings. The model must have been read without
// errors, or built to the same rules.
func Check(m *Model, s *Schema) []diag.Diagnostic {
	c := &checker{model: m, schema: s}
	for _, set := range m.Sets {
		for _, r := range set.Rules {
			c.rule = "rule " + yamltree.Quote(r.Name)
			if s != nil {
				c.columns(r.When, r.Position)
			}
			c.suspectRule(r)
		}
		c.suspectSet(set)
	}
	for _, sup := range m.Suppress {
		c.rule = sup.called()
		if s != nil {
			c.columns(sup.When, sup.Position)
		}
		c.constant(sup.When, sup.Position)
	}
	c.suspectModel()
	c.list.Sort()
	return c.list
}

func (c *checker) fault(at diag.Position, what, why, fix string) {
	c.list = append(c.list, diag.Diagnostic{Severity: diag.Error, Position: at, What: what, Why: why, Fix: fix})
}

func (c *checker) warn(at, related diag.Position, what, why, fix string) {
	c.list = append(c.list, diag.Diagnostic{Position: at, Related: related, What: what, Why: why, Fix: fix})
}

// columns holds the criteria of what stands at a place to the columns that the inputs have.
func (c *checker) columns(when Expr, at diag.Position) {
	Walk(when, func(e Expr, _ bool) {
		switch e := e.(type) {
		case *Field:
			c.column(&e.ColumnTest, at, c.schema.Contacts, "contacts")
		case *ListMember:
			if !c.schema.Lists {
				c.fault(c.model.places.of(e.Position, at), "there are no lists to look in",
					c.rule+" tests a list, but the inputs have neither list memberships nor a contacts column that stands in for them",
					"add lists: {path: …} to the inputs of the job, or name a list-typed column of the contacts with columns: {lists: …}")
			}
		case *Engagement:
			c.engagement(e, at)
		}
	})
}

// engagement holds an engagement criterion to the columns of the engagements.
func (c *checker) engagement(e *Engagement, whole diag.Position) {
	for _, part := range []struct {
		key     string
		test    *match.Test
		columns []string // the first of them that is there is read
	}{
		{"asset", e.Asset, []string{"asset"}},
		{"url", e.URL, []string{"url"}},
		{"question", e.Question, []string{"question", "answers"}},
		{"answer", e.Answer, []string{"answer", "answers"}},
	} {
		if part.test == nil {
			continue
		}
		at := c.model.places.of(part.test, e.Position, whole)
		column := find(c.schema.Engagements, part.columns...)
		if column == nil {
			c.fault(at, "the data has no "+part.key, c.rule+" tests "+part.key+", but the engagements have no column "+words(part.columns, "or"),
				c.mapping(part.columns[0]))
			continue
		}
		typ := column.Type
		if column.Name == "answers" {
			typ = match.Type{Kind: match.Text, Name: "text"}
		}
		c.operators(part.test, at, column.Name, typ)
	}
	for i := range e.Where {
		c.column(&e.Where[i], whole, c.schema.Engagements, "engagements")
	}
}

// mapping says how the job file makes a column of the engagements known.
func (c *checker) mapping(wanted string) string {
	theirs := "their name"
	var names []string
	for _, column := range c.schema.Engagements {
		names = append(names, column.Name)
	}
	if near, ok := diag.Nearest(wanted, names); ok {
		theirs = near
	} else if i := slices.IndexFunc(names, func(name string) bool { return strings.Contains(strings.ToLower(name), wanted) }); i >= 0 {
		theirs = names[i]
	}
	return "if another column holds it, name it in the job file under engagements: columns: {" + wanted + ": " + theirs + "}"
}

// column holds a test to a column and its type.
func (c *checker) column(t *ColumnTest, whole diag.Position, columns []Column, table string) {
	at := c.model.places.of(t.Position)
	if at == (diag.Position{}) {
		at = whole
	}
	column := find(columns, t.Column)
	if column == nil {
		c.fault(at, "unknown column "+yamltree.Quote(t.Column), c.rule+" reads it, but the "+table+" have no such column", instead(t.Column, columns, table))
		return
	}
	c.operators(&t.Test, at, column.Name, column.Type)
}

// instead says which column may be meant.
func instead(typed string, columns []Column, table string) string {
	const most = 12
	var names, shown []string
	for _, column := range columns {
		names = append(names, column.Name)
		if len(shown) < most {
			shown = append(shown, column.Name)
		}
	}
	if near, ok := diag.Nearest(typed, names); ok {
		return fmt.Sprintf("did you mean %q (%s)?", near, typeName(find(columns, near).Type))
	}
	switch {
	case len(names) == 0:
		return "check the path of the " + table + ": no columns were found"
	case len(names) > most:
		return fmt.Sprintf("write one of their %d columns, such as %s", len(names), words(shown, "or"))
	}
	return "write one of their columns: " + words(shown, "or")
}

// operators holds the operators of a test to the type of a column. Of the operands of one operator only the first that does
// not fit is reported.
func (c *checker) operators(t *match.Test, at diag.Position, column string, typ match.Type) {
	for i := range t.Conditions {
		condition := &t.Conditions[i]
		for j := range condition.Operands {
			operand := &condition.Operands[j]
			err := match.Fits(condition.Operator, *operand, typ)
			if err == nil {
				continue
			}
			place := c.model.places.of(operand, at)
			what := fmt.Sprintf("%s does not fit %q (%s)", shownOperand(operand), column, typeName(typ))
			fix := operandFix(operand, typ)
			if allowed := operatorsFor(typ); !slices.Contains(allowed, condition.Operator.String()) {
				place = c.model.places.of(operator{&condition.Operands[0]}, operand, at)
				what = fmt.Sprintf("%s does not fit %q (%s)", condition.Operator, column, typeName(typ))
				fix = "use " + words(allowed, "or")
				if len(allowed) == 1 {
					fix = "ask for " + allowed[0] + ": true or " + allowed[0] + ": false, or test another column"
				}
			}
			c.fault(place, what, err.Error(), fix)
			break
		}
	}
}

// shownOperand writes an operand as it stands in the model.
func shownOperand(o *match.Operand) string {
	if o.Kind == match.String {
		return yamltree.Quote(o.Text)
	}
	return o.Text
}

// leaf is a type, or what a list of it holds in the end.
func leaf(t match.Type) match.Type {
	for t.Kind == match.List && t.Elem != nil {
		t = *t.Elem
	}
	return t
}

// operatorsFor lists the operators that some operand of fits a type, in the order of the language.
func operatorsFor(t match.Type) []string {
	probes := []match.Operand{
		{Kind: match.String, Text: "x"}, {Kind: match.Number, Text: "1", Number: one}, {Kind: match.Bool, Text: "true"},
		{Kind: match.Date, Text: "2026-01-01"}, {Kind: match.Duration, Text: "1d", Seconds: day},
	}
	var fitting []string
	for _, name := range match.OperatorNames() {
		op, _ := match.ParseOperator(name)
		for _, o := range probes {
			if match.Fits(op, o, t) == nil {
				fitting = append(fitting, name)
				break
			}
		}
	}
	return fitting
}

// operandFix says how to write an operand for a type.
func operandFix(o *match.Operand, t match.Type) string {
	bare := &node{Text: strings.TrimSpace(o.Text)}
	unquoted := "write " + bare.Text + ", without quotes"
	switch leaf(t).Kind {
	case match.Int, match.Uint, match.Float, match.Decimal:
		if _, ok := bare.Number(); ok && o.Kind == match.String {
			return unquoted
		}
		return "write a number such as 50"
	case match.Boolean:
		if _, ok := bare.Bool(); ok && o.Kind == match.String {
			return unquoted
		}
		return "write true or false"
	case match.DateOnly, match.Timestamp:
		_, isDate := yamltree.Date(bare.Text)
		_, isInstant := yamltree.Instant(bare.Text)
		if o.Kind == match.String && (isDate || isInstant) {
			return unquoted
		}
		_, fix := wrongDate(bare)
		return fix
	}
	return "write another value, or test another column"
}

func typeName(t match.Type) string {
	if t.Name != "" {
		return t.Name
	}
	return "type unknown"
}

// find gives the first of the named columns that is there, nil where none is.
func find(columns []Column, names ...string) *Column {
	for _, name := range names {
		for i := range columns {
			if columns[i].Name == name {
				return &columns[i]
			}
		}
	}
	return nil
}
