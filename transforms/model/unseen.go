package model

import (
	"leadscore/transforms/diag"
	"leadscore/transforms/diag/yamltree"
	"leadscore/transforms/match"
)

// The kinds of a Mention.
const (
	MentionChannel = "channel"
	MentionAction  = "action"
	MentionAsset   = "asset"
	MentionList    = "list"
)

// Mention is something that a model expects the data to contain: a channel, an action, an asset or a list. Whoever reads the
// data finds out whether any of its values passes Test; for channels, actions and lists that is equality as text compares.
type Mention struct {
	Kind    string // MentionChannel …
	Value   string // what the model calls it; for an asset that is not named but tested, empty
	Test    match.Test
	Channel string // MentionAction and MentionAsset: the channel it is looked for in; empty: any
	// The rule, or the entry of suppress, that expects it; the other is nil.
	Rule        *Rule
	Suppression *Suppression
	Position    diag.Position
}

// Mentions lists what a model expects the data to contain, in the order of the file. An asset test with equals or in alone has a
// mention for each value. Mentions of inactive sets are among them.
func Mentions(m *Model) []Mention {
	var list []Mention
	add := func(when Expr, of Mention) {
		Walk(when, func(e Expr, _ bool) {
			var found []Mention
			switch e := e.(type) {
			case *ListMember:
				found = []Mention{{Kind: MentionList, Value: e.List, Test: named(e.List), Position: m.places.of(e.Position, of.Position)}}
			case *Engagement:
				found = m.mentions(e)
			}
			for i := range found {
				found[i].Rule, found[i].Suppression = of.Rule, of.Suppression
			}
			list = append(list, found...)
		})
	}
	for _, s := range m.Sets {
		for _, r := range s.Rules {
			add(r.When, Mention{Rule: r, Position: r.Position})
		}
	}
	for _, s := range m.Suppress {
		add(s.When, Mention{Suppression: s, Position: s.Position})
	}
	return list
}

// mentions lists what an engagement criterion expects.
func (m *Model) mentions(e *Engagement) []Mention {
	var list []Mention
	channel := ""
	if e.Channel != nil {
		channel = *e.Channel
		list = append(list, Mention{Kind: MentionChannel, Value: channel, Test: named(channel), Position: m.places.of(e.Channel, e.Position)})
	}
	if e.Action != nil {
		list = append(list, Mention{Kind: MentionAction, Value: *e.Action, Test: named(*e.Action), Channel: channel, Position: m.places.of(e.Action, e.Position)})
	}
	if e.Asset == nil {
		return list
	}
	if len(e.Asset.Conditions) == 1 && set(e.Asset.Conditions[0].Operator) {
		operands := e.Asset.Conditions[0].Operands
		for i := range operands {
			test := match.Test{
				Conditions:    []match.Condition{{Operator: match.Equals, Operands: operands[i : i+1]}},
				CaseSensitive: e.Asset.CaseSensitive,
			}
			list = append(list, Mention{Kind: MentionAsset, Value: operands[i].Text, Test: test, Channel: channel, Position: m.places.of(&operands[i], e.Asset, e.Position)})
		}
		return list
	}
	return append(list, Mention{Kind: MentionAsset, Test: *e.Asset, Channel: channel, Position: m.places.of(e.Asset, e.Position)})
}

// named is the test for a name.
func named(name string) match.Test {
	return match.Test{Conditions: []match.Condition{{Operator: match.Equals, Operands: []match.Operand{{Kind: match.String, Text: name}}}}}
}

// Unseen warns of what the model mentions and the data does not contain, sorted by place. seen tells whether any value of the
// data passes a mention's test; known has values of the data by kind, from which near names are suggested, and may be nil. An
// action or asset is not reported where its channel is not seen either, and the same thing only once a rule.
func Unseen(m *Model, seen func(Mention) bool, known map[string][]string) []diag.Diagnostic {
	type said struct {
		rule                 *Rule
		suppression          *Suppression
		kind, value, channel string
	}
	var list diag.List
	done := make(map[said]bool)
	absent := make(map[string]bool) // channels, as text compares
	for _, mention := range Mentions(m) {
		channel := match.NormalizeString(mention.Channel, false)
		if mention.Channel != "" && absent[channel] || seen(mention) {
			continue
		}
		if mention.Kind == MentionChannel {
			absent[match.NormalizeString(mention.Value, false)] = true
		}
		if key := (said{mention.Rule, mention.Suppression, mention.Kind, mention.Value, mention.Channel}); mention.Value != "" {
			if done[key] {
				continue
			}
			done[key] = true
		}
		list = append(list, mention.warning(known[mention.Kind]))
	}
	list.Sort()
	return list
}

// warning says that the data does not contain what is mentioned.
func (m Mention) warning(known []string) diag.Diagnostic {
	where := "the engagements"
	if m.Kind == MentionList {
		where = "the list memberships"
	} else if m.Channel != "" {
		where += " of the channel " + yamltree.Quote(m.Channel)
	}
	who := ""
	if m.Rule != nil {
		who = "rule " + yamltree.Quote(m.Rule.Name)
	} else {
		who = m.Suppression.called()
	}
	d := diag.Diagnostic{
		Position: m.Position,
		What:     "the data has no " + m.Kind + " " + yamltree.Quote(m.Value),
		Why:      who + " tests it, but it never occurs in " + where,
		Fix:      "check how the data calls it",
	}
	if m.Value == "" {
		d.What = "the data has no such " + m.Kind
	}
	if near, ok := diag.Nearest(m.Value, known); ok {
		d.Fix = "did you mean " + yamltree.Quote(near) + "?"
	}
	return d
}
