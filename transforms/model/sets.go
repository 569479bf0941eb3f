package model

import (
	"fmt"
	"slices"

	"leadscore/transforms/diag"
	"leadscore/transforms/diag/yamltree"
)

// sets reads the list of score sets.
func (p *parser) sets(n *node) {
	if n.Null() {
		p.fault(n.Position, "sets is empty", "a model is made of score sets", "write - set: its name under it, with rules")
		return
	}
	if n.Kind != yamltree.List {
		p.fault(n.Position, "sets must be a list", saw(n), "begin each set with a hyphen: - set: its name")
		return
	}
	if len(n.Items) == 0 {
		p.fault(n.Position, "sets is empty", "a model is made of score sets", "write - set: its name under it, with rules")
		return
	}
	named := make(map[string]diag.Position)
	for i, item := range n.Items {
		s := p.set(item, i)
		if s == nil {
			continue
		}
		p.model.Sets = append(p.model.Sets, s)
		if s.Name == "" {
			continue
		}
		if first, twice := named[s.Name]; twice {
			p.clash(s.Position, first, "duplicate set name "+yamltree.Quote(s.Name),
				"outputs tell sets apart by their names", "rename one of the two, or join their rules in one set")
		} else {
			named[s.Name] = s.Position
		}
	}
}

// set reads one score set.
func (p *parser) set(n *node, index int) *Set {
	elsewhere := func(key string) string {
		switch key {
		case "rule", "points", "when":
			return "write it under rules:, as - rule: its name"
		case "min", "max":
			return "write range: {" + key + ": …}"
		case "grade":
			return "only the total score has a grade: write it under score:"
		case "until_below", "again_after":
			return inThreshold(key)
		case "suppress":
			return "write it without blanks before it, beside sets:"
		}
		return ""
	}
	if !p.fields(n, "a set", "- set: its name, with rules under it", names(setKeys), elsewhere) {
		return nil
	}
	s := &Set{Active: true, Position: n.Position}
	called := fmt.Sprintf("set number %d", index+1)
	if name := n.Get("set"); name == nil {
		p.missing(n.Position, "set", called, "has no name", "set: its name")
	} else {
		s.Position = name.Position
		if s.Name, _ = p.text(name, "the name of a set", "set: Engagement"); s.Name != "" {
			called = "set " + yamltree.Quote(s.Name)
		}
	}
	if active := n.Get("active"); active != nil {
		if value, ok := p.flag(active, "active"); ok {
			s.Active = value
		}
	}
	s.Range = p.limits(n.Get("range"))
	s.MQL = p.threshold(n.Get("mql"))
	s.Bands = p.bands(n.Get("bands"))
	rules := n.Get("rules")
	switch {
	case rules == nil:
		p.missing(s.Position, "rules", called, "has no rules", "rules: with - rule: its name, points and when; or rules: [] if it has none yet")
	case rules.Null():
	case rules.Kind != yamltree.List:
		p.fault(rules.Position, "rules must be a list", saw(rules), "begin each rule with a hyphen: - rule: its name")
	default:
		p.rules(s, rules)
	}
	return s
}

// rules reads the rules of a set.
func (p *parser) rules(s *Set, n *node) {
	named := make(map[string]diag.Position)
	for i, item := range n.Items {
		r := p.oneRule(item, i, s)
		p.rule = ""
		if r == nil {
			continue
		}
		s.Rules = append(s.Rules, r)
		if r.Name == "" {
			continue
		}
		if first, twice := named[r.Name]; twice {
			p.clash(r.Position, first, "duplicate rule name "+yamltree.Quote(r.Name),
				"outputs tell the rules of a set apart by their names", "rename one of the two")
		} else {
			named[r.Name] = r.Position
		}
	}
}

// oneRule reads one rule.
func (p *parser) oneRule(n *node, index int, s *Set) *Rule {
	elsewhere := func(key string) string {
		switch {
		case key == "active":
			return "only whole sets have it: move the rule to a set of its own with active: false, or put # before its lines"
		case slices.Contains(headNames, key):
			return "write it under when:, as when: {" + key + ": …}"
		case slices.Contains(narrowNames, key):
			return "write it in the criterion, as when: {email: clicked, " + key + ": …}"
		case slices.Contains(names(eachKeys, tiersKeys, fadeKeys, decayKeys), key):
			return "write it under points:, as points: {" + key + ": …}"
		}
		return ""
	}
	if !p.fields(n, "a rule", "- {rule: its name, points: 5, when: {email: clicked}}", names(ruleKeys), elsewhere) {
		return nil
	}
	r := &Rule{Position: n.Position}
	p.rule = fmt.Sprintf("rule number %d of set %s", index+1, yamltree.Quote(s.Name))
	if name := n.Get("rule"); name == nil {
		p.missing(n.Position, "rule", p.rule, "has no name", "rule: its name")
	} else {
		r.Position = name.Position
		if r.Name, _ = p.text(name, "the name of a rule", "rule: Clicked an email"); r.Name != "" {
			p.rule = "rule " + yamltree.Quote(r.Name)
		}
	}
	if when := n.Get("when"); when == nil {
		p.missing(r.Position, "when", p.rule, "has no criteria, so nobody could fulfil it", "when: with what must hold, for example when: {email: clicked, within: 90d}")
	} else {
		r.When = p.when(when, "a rule")
	}
	if points := n.Get("points"); points == nil {
		p.missing(r.Position, "points", p.rule, "is worth nothing", "points: 10, or fewer than 0 to take points away")
	} else {
		p.worth(r, points)
	}
	return r
}
