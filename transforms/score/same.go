package score

import (
	"fmt"
	"slices"
	"strings"

	"leadscore/transforms/match"
	"leadscore/transforms/model"
)

// SameRules tells of each rule of p whether an older model had exactly that rule: in a set of the same name that was active or
// inactive as it is now, under the same name, with the same points, and criteria that ask the same. Places in the file and the order
// of rules do not matter, nor in which order an engagement is tested.
func SameRules(p *Program, old *model.Model) []bool {
	before := Compile(old)
	known := map[string]bool{}
	for i := range before.Rules {
		known[before.ruleKey(&before.Rules[i])] = true
	}
	same := make([]bool, len(p.Rules))
	moved := p.Model.Zone.String() != old.Zone.String()
	for i := range p.Rules {
		r := &p.Rules[i]
		same[i] = known[p.ruleKey(r)] && !(moved && p.local(r.root))
	}
	return same
}

// ruleKey is the same for two rules, of any two programs, that are the same.
func (p *Program) ruleKey(r *Rule) string {
	var b strings.Builder
	limit := "-"
	if r.Points.Max != nil {
		limit = fmt.Sprint(*r.Points.Max)
	}
	fmt.Fprintf(&b, "%q %v %q %d %d %s %v ", p.Sets[r.Set].Name, r.active, r.Name, r.Points.Kind, r.Points.Value, limit, r.Points.Steps)
	p.writeKey(&b, r.root)
	return b.String()
}

func (p *Program) writeKey(b *strings.Builder, n *node) {
	switch n.op {
	case opStatic:
		b.WriteString(p.Statics[n.leaf].Key())
		return
	case opEngagement:
		c := &p.criteria[n.leaf]
		s := &p.Selectors[c.selector]
		var tests []string
		for _, t := range s.Tests {
			tests = append(tests, p.Tests[t].key())
		}
		slices.Sort(tests)
		for _, t := range []int32{s.Question, s.Answer} {
			if t >= 0 {
				tests = append(tests, p.Tests[t].key())
			}
		}
		fmt.Fprintf(b, "engagement%q %d %d %v", tests, c.atLeast, c.atMost, c.frame)
		return
	}
	fmt.Fprintf(b, "%d(", n.op)
	for _, part := range n.parts {
		p.writeKey(b, part)
		b.WriteByte(' ')
	}
	b.WriteByte(')')
}

// local tells whether what is asked for may depend on the model's time zone: dates without one do.
func (p *Program) local(n *node) bool {
	dated := func(t *match.Test) bool {
		return slices.ContainsFunc(t.Conditions, func(c match.Condition) bool {
			return slices.ContainsFunc(c.Operands, func(o match.Operand) bool { return o.Kind == match.Date || o.Kind == match.Duration })
		})
	}
	switch n.op {
	case opStatic:
		return dated(&p.Statics[n.leaf].Test)
	case opEngagement:
		for _, t := range p.Selectors[p.criteria[n.leaf].selector].Tests {
			if dated(&p.Tests[t].Test) {
				return true
			}
		}
		return false
	}
	return slices.ContainsFunc(n.parts, p.local)
}
