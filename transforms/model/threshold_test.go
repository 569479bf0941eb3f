package model_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadscore/transforms/model"
)

// A number is the same as a map that says nothing but at; a set may say all that the total may.
func TestThreshold(t *testing.T) {
	for text, want := range map[string]*model.Threshold{
		"80":                                         {At: 80, UntilBelow: 80},
		"{at: 80}":                                   {At: 80, UntilBelow: 80},
		"{at: 80, until_below: 60}":                  {At: 80, UntilBelow: 60},
		"{at: 80, until_below: 80}":                  {At: 80, UntilBelow: 80},
		"{at: -5, again_after: 2w}":                  {At: -5, UntilBelow: -5, AgainAfter: 14 * 86400},
		"{again_after: 12h, at: 1}":                  {At: 1, UntilBelow: 1, AgainAfter: 43200},
		"{until_below: -3, at: 7}":                   {At: 7, UntilBelow: -3},
		"{at: 9, again_after: 365d, until_below: 0}": {At: 9, UntilBelow: 0, AgainAfter: 365 * 86400},
	} {
		m := parsed(t, "name: A\nscore: {mql: "+text+"}\nsets: [{set: S, mql: "+text+", rules: []}]\n")
		for _, got := range []*model.Threshold{m.Score.MQL, m.Sets[0].MQL} {
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s: %s", text, d)
			}
			if plain := want.AgainAfter == 0 && want.UntilBelow == want.At; got.Plain() != plain {
				t.Errorf("%s is plain: %v", text, got.Plain())
			}
		}
	}
}

func TestSuppress(t *testing.T) {
	m := parsed(t, `
name: A
sets: [{set: S, rules: []}]
suppress:
  - {reason: " No consent ", when: {not: {field: consent, equals: true}}}
  - {reason: Competitor, when: [{list: Competitors}, {email: clicked}]}
`)
	var got []string
	for _, s := range m.Suppress {
		kinds := ""
		model.Walk(s.When, func(e model.Expr, negated bool) {
			switch e.(type) {
			case *model.Field:
				kinds += " field"
			case *model.ListMember:
				kinds += " list"
			case *model.Engagement:
				kinds += " engagement"
			}
			if negated {
				kinds += " negated"
			}
		})
		got = append(got, s.Reason+":"+kinds)
	}
	if d := cmp.Diff([]string{"No consent: field negated", "Competitor: list engagement"}, got); d != "" {
		t.Error(d)
	}
	for _, none := range []string{"", "[]"} {
		if m := parsed(t, "name: A\nsets: [{set: S, rules: []}]\nsuppress: "+none+"\n"); len(m.Suppress) > 0 {
			t.Errorf("%q: %v", none, m.Suppress)
		}
	}
}

// What suppress mentions is looked for in the data like what rules mention, and each entry has its own warning.
func TestUnseenOfSuppress(t *testing.T) {
	m := parsed(t, `
name: A
sets: [{set: S, rules: []}]
suppress:
  - {reason: Competitor, when: {any: [{list: Competitors}, {list: Competitors}]}}
  - {reason: Rival, when: {any: [{list: Competitors}, {engagement: {channel: email, action: bounced}}]}}
`)
	list := model.Unseen(m, func(mention model.Mention) bool { return mention.Kind == model.MentionChannel }, map[string][]string{"list": {"Competitor"}})
	var got []string
	for _, d := range list {
		got = append(got, d.What+"; "+d.Why+"; "+d.Fix)
	}
	want := []string{
		`the data has no list "Competitors"; suppress "Competitor" tests it, but it never occurs in the list memberships; did you mean "Competitor"?`,
		`the data has no list "Competitors"; suppress "Rival" tests it, but it never occurs in the list memberships; did you mean "Competitor"?`,
		`the data has no action "bounced"; suppress "Rival" tests it, but it never occurs in the engagements of the channel "email"; check how the data calls it`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
