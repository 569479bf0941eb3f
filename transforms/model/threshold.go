package model

import "leadscore/transforms/diag/yamltree"

// threshold reads mql: a number, or a map that also says how the state ends.
func (p *parser) threshold(n *node) *Threshold {
	if n == nil {
		return nil
	}
	at, below := n, (*node)(nil)
	t := &Threshold{}
	if n.Kind == yamltree.Map {
		const example = "mql: {at: 80, until_below: 60, again_after: 30d}"
		p.fields(n, "mql", example, names(thresholdKeys), nil)
		if at, below = n.Get("at"), n.Get("until_below"); at == nil {
			p.missing(n.Position, "at", "a threshold", "says from which score on a contact is an MQL, and this one does not", "at: 80")
			return nil
		}
		if again := n.Get("again_after"); again != nil {
			t.AgainAfter, _ = p.duration(again, "again_after")
		}
	}
	what := "mql"
	if at != n {
		what = "at"
	}
	value, ok := p.points(at, what)
	if !ok {
		return nil
	}
	t.At, t.UntilBelow = value, value
	p.model.places[t] = at.Position
	if below == nil {
		return t
	}
	if value, ok = p.points(below, "until_below"); !ok {
		return nil
	}
	if value > t.At {
		p.clash(below.Position, at.Position, "until_below is above at",
			"a contact with "+at.Text+" points would become an MQL and be none at once, as they are below "+below.Text,
			"write until_below: "+at.Text+" or less")
	}
	t.UntilBelow = value
	p.model.places[&t.UntilBelow] = below.Position
	return t
}

// inThreshold says where a key of the threshold belongs.
func inThreshold(key string) string { return "write it in mql, as mql: {at: 80, " + key + ": …}" }
