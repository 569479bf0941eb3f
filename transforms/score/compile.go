package score

import (
	"fmt"
	"slices"

	"leadscore/transforms/match"
	"leadscore/transforms/model"
	"leadscore/transforms/timeline"
)

// Compile makes a program of a model that has no errors. Criteria that ask the same of an engagement share a selector,
// fields and lists that are asked the same share a static.
func Compile(m *model.Model) *Program {
	c := compiler{
		program: &Program{Model: m, Sets: m.Sets},
		tests:   map[string]int32{}, selectors: map[string]int32{}, statics: map[string]int32{}, criteria: map[string]int32{},
	}
	for i, s := range m.Sets {
		for _, r := range s.Rules {
			c.rule(i, r)
		}
	}
	for _, s := range m.Suppress {
		c.program.suppress = append(c.program.suppress, c.node(s.When))
	}
	c.bind()
	p := c.program
	p.needs = p.screens(func(r *Rule) []uint64 { return r.must }, func(asked, held uint64) bool { return asked&^held == 0 })
	p.bars = p.screens(func(r *Rule) []uint64 { return r.mustNot }, func(asked, held uint64) bool { return asked&held == 0 })
	return p
}

type compiler struct {
	program                             *Program
	tests, selectors, statics, criteria map[string]int32
}

func (c *compiler) rule(set int, r *model.Rule) {
	p := c.program
	rule := Rule{Name: r.Name, Set: set, Implicit: r.Implicit(), Points: r.Points, active: c.program.Sets[set].Active}
	rule.root = c.node(r.When)
	for _, s := range r.Points.Steps {
		if r.Points.Kind == model.Fade {
			rule.brackets = append(rule.brackets, timeline.Bracket{Below: s.From, Points: s.Points})
		}
	}
	collectCounts(rule.root, &rule.counts)
	p.Rules = append(p.Rules, rule)
}

// collectCounts gathers the distinct engagement criteria outside of not.
func collectCounts(n *node, into *[]int32) {
	switch n.op {
	case opEngagement:
		if !slices.Contains(*into, n.leaf) {
			*into = append(*into, n.leaf)
		}
	case opAll, opAny:
		for _, part := range n.parts {
			collectCounts(part, into)
		}
	}
}

func (c *compiler) node(e model.Expr) *node {
	switch e := e.(type) {
	case *model.All:
		return c.compose(opAll, e.Parts)
	case *model.Any:
		return c.compose(opAny, e.Parts)
	case *model.Not:
		return c.compose(opNot, []model.Expr{e.Part})
	case *model.Engagement:
		return &node{op: opEngagement, leaf: c.criterion(e)}
	case *model.Field:
		return &node{op: opStatic, leaf: c.static(Static{Column: e.Column, Test: e.Test})}
	case *model.ListMember:
		return &node{op: opStatic, leaf: c.static(Static{List: string(match.Normalize(nil, []byte(e.List), false))})}
	}
	return &node{op: opAny} // holds never; Parse makes no other expression
}

func (c *compiler) compose(op operation, parts []model.Expr) *node {
	n := &node{op: op}
	for _, part := range parts {
		kid := c.node(part)
		if kid.op == op && op != opNot {
			n.parts = append(n.parts, kid.parts...)
			continue
		}
		n.parts = append(n.parts, kid)
	}
	return n
}

// intern gives v's place in list, appending it when its key is new.
func intern[T any](places map[string]int32, list *[]T, v T, key string) int32 {
	at, ok := places[key]
	if !ok {
		at = int32(len(*list))
		places[key] = at
		*list = append(*list, v)
	}
	return at
}

func (c *compiler) static(s Static) int32 {
	return intern(c.statics, &c.program.Statics, s, s.Key())
}

func (c *compiler) criterion(e *model.Engagement) int32 {
	k := criterion{selector: c.selector(e), atLeast: int(e.AtLeast), atMost: -1}
	if e.AtMost != nil {
		k.atMost = int(*e.AtMost)
	}
	k.frame = timeline.Frame{Within: e.Frame.Within, From: timeline.Ever, Until: timeline.Never}
	if e.Frame.From != nil {
		k.frame.From = *e.Frame.From
	}
	if e.Frame.Until != nil {
		k.frame.Until = *e.Frame.Until
	}
	return intern(c.criteria, &c.program.criteria, k, fmt.Sprint(k))
}

func (c *compiler) selector(e *model.Engagement) int32 {
	test := func(column string, t *match.Test) int32 {
		if t == nil {
			return -1
		}
		asked := ColumnTest{column, *t}
		return intern(c.tests, &c.program.Tests, asked, asked.key())
	}
	s := Selector{Question: test("question", e.Question), Answer: test("answer", e.Answer)}
	add := func(column string, t *match.Test) {
		if i := test(column, t); i >= 0 && !slices.Contains(s.Tests, i) {
			s.Tests = append(s.Tests, i)
		}
	}
	add("channel", named(e.Channel))
	add("action", named(e.Action))
	add("asset", e.Asset)
	add("url", e.URL)
	for _, w := range e.Where {
		add(w.Column, &w.Test)
	}
	slices.Sort(s.Tests)
	return intern(c.selectors, &c.program.Selectors, s, fmt.Sprint(s))
}

func named(name *string) *match.Test {
	if name == nil {
		return nil
	}
	return &match.Test{Conditions: []match.Condition{{
		Operator: match.Equals,
		Operands: []match.Operand{{Kind: match.String, Text: *name}},
	}}}
}

func (t *ColumnTest) key() string { return fmt.Sprintf("%q%s", t.Column, testKey(&t.Test)) }

// testKey is the same for two tests exactly when they ask the same in the same words.
func testKey(t *match.Test) string {
	key := fmt.Sprint("=", t.CaseSensitive)
	for _, c := range t.Conditions {
		key += ";" + c.Operator.String()
		for _, o := range c.Operands {
			key += fmt.Sprintf(",%d%q%d", o.Kind, o.Text, o.Seconds)
		}
	}
	return key
}

// bind works out what each rule cannot hold without, so that most rules are not looked at for most contacts.
func (c *compiler) bind() {
	p := c.program
	n := len(p.Rules)
	p.watched, p.unbound = newRulesOf(len(p.Selectors), n), make([]uint64, (n+63)/64)
	for i := range p.Rules {
		r := &p.Rules[i]
		r.must, r.mustNot = make([]uint64, p.StaticWords()), make([]uint64, p.StaticWords())
		parts := []*node{r.root}
		if r.root.op == opAll {
			parts = r.root.parts
		}
		b := brief{value: r.Points.Value, set: int32(r.Set), active: r.active, implicit: r.Implicit}
		b.direct = r.Points.Kind == model.Constant && r.Points.Value != 0
		watch := int32(-1)
		for _, n := range parts {
			switch {
			case n.op == opStatic:
				r.must[n.leaf/64] |= 1 << (n.leaf % 64)
			case n.op == opNot && n.parts[0].op == opStatic:
				r.mustNot[n.parts[0].leaf/64] |= 1 << (n.parts[0].leaf % 64)
			default:
				if n.op != opEngagement || p.criteria[n.leaf].atLeast < 1 {
					b.direct = false
					continue
				}
				// The selector with the most tests is likely to be the one that the fewest contacts have met.
				c := &p.criteria[n.leaf]
				s := c.selector
				b.direct = b.direct && c.atMost < 0
				b.terms = append(b.terms, term{s, c.atLeast, c.frame})
				if watch < 0 || len(p.Selectors[s].Tests) > len(p.Selectors[watch].Tests) {
					watch = s
				}
			}
		}
		if b.single = b.direct && len(b.terms) == 1; b.single {
			b.term = b.terms[0]
		}
		p.briefs = append(p.briefs, b)
		if watch >= 0 {
			p.watched.of(uint32(watch))[i/64] |= 1 << (i % 64)
		} else {
			p.unbound[i/64] |= 1 << (i % 64)
		}
	}
}

// screens makes the screens of what rules ask of statics, a few statics after the other; passes tells whether a rule that asks for some
// of the few passes when some of them hold.
func (p *Program) screens(of func(*Rule) []uint64, passes func(asked, held uint64) bool) []screen {
	var screens []screen
	for static := 0; static < len(p.Statics); static += screenBits {
		s := screen{word: static / 64, shift: static % 64, first: len(p.Rules)}
		asked := func(rule int) uint64 { return of(&p.Rules[rule])[s.word] >> s.shift % (1 << screenBits) }
		end := 0
		for i := range p.Rules {
			if asked(i) != 0 {
				s.first, end = min(s.first, i/64), i/64+1
			}
		}
		if end == 0 {
			continue
		}
		for held := range s.allow {
			s.allow[held] = make([]uint64, end-s.first)
			for i := 64 * s.first; i < min(64*end, len(p.Rules)); i++ {
				if passes(asked(i), uint64(held)) {
					s.allow[held][i/64-s.first] |= 1 << (i % 64)
				}
			}
		}
		screens = append(screens, s)
	}
	return screens
}
