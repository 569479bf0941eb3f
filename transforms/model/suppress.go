package model

import (
	"fmt"
	"slices"

	"leadscore/transforms/diag"
	"leadscore/transforms/diag/yamltree"
)

// suppress reads who is kept out of the hand-offs.
func (p *parser) suppress(n *node) {
	if n.Null() {
		return
	}
	if n.Kind != yamltree.List {
		p.fault(n.Position, "suppress must be a list", saw(n), "begin each entry with a hyphen: - {reason: No consent, when: {field: consent, equals: false}}")
		return
	}
	reasons := make(map[string]diag.Position)
	for i, item := range n.Items {
		s := p.suppression(item, i)
		p.rule = ""
		if s == nil {
			continue
		}
		p.model.Suppress = append(p.model.Suppress, s)
		if first, twice := reasons[s.Reason]; twice && s.Reason != "" {
			p.clash(s.Position, first, "duplicate reason "+yamltree.Quote(s.Reason),
				"outputs and counts tell the entries of suppress apart by their reasons", "join the two with any: under one reason, or rename one of them")
		} else {
			reasons[s.Reason] = s.Position
		}
	}
}

// suppression reads one entry of suppress.
func (p *parser) suppression(n *node, index int) *Suppression {
	elsewhere := func(key string) string {
		switch {
		case slices.Contains(headNames, key):
			return "write it under when:, as when: {" + key + ": …}"
		case slices.Contains(narrowNames, key):
			return "write it in the criterion, as when: {email: clicked, " + key + ": …}"
		case key == "points":
			return "suppress changes no score: write a rule in a set for points"
		}
		return ""
	}
	if !p.fields(n, "an entry of suppress", "- {reason: No consent, when: {field: consent, equals: false}}", names(suppressionKeys), elsewhere) {
		return nil
	}
	s := &Suppression{Position: n.Position}
	p.rule = fmt.Sprintf("entry number %d of suppress", index+1)
	if reason := n.Get("reason"); reason == nil {
		p.missing(n.Position, "reason", p.rule, "does not say why", "reason: No consent")
	} else {
		s.Position = reason.Position
		if s.Reason, _ = p.text(reason, "the reason", "reason: No consent"); s.Reason != "" {
			p.rule = s.called()
		}
	}
	if when := n.Get("when"); when == nil {
		p.missing(s.Position, "when", p.rule, "has no criteria, so it could hold for nobody", "when: with what must hold, for example when: {list: Competitors}")
	} else {
		s.When = p.when(when, "an entry of suppress")
	}
	return s
}

// called is what messages call the entry.
func (s *Suppression) called() string { return "suppress " + yamltree.Quote(s.Reason) }
