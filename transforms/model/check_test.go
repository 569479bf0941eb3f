package model_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"leadscore/transforms/diag"
	"leadscore/transforms/match"
	"leadscore/transforms/model"
)

// whats lists what is said, as line: what.
func whats(list []diag.Diagnostic) []string {
	var all []string
	for _, d := range list {
		all = append(all, fmt.Sprintf("%d: %s", d.Position.Line, d.What))
	}
	return all
}

// TestCheckFits says nothing about a model that the columns can answer.
func TestCheckFits(t *testing.T) {
	m := parsed(t, `
name: A
sets:
  - set: S
    rules:
      - {rule: 1, points: 5, when: {field: country, in: [SE, 5, true, 2026-01-01]}}
      - {rule: 2, points: -6, when: {field: employee_count, at_least: 50, below: 1e3}}
      - {rule: 3, points: 7, when: {field: created_at, within: 30d, from: 2026-01-01}}
      - {rule: 4, points: 8, when: {field: interests, contains: cars}}
      - {rule: 5, points: 9, when: {field: address}}
      - {rule: 6, points: 9, when: {field: address, exists: false}}
      - {rule: 7, points: 1, when: {list: B}}
      - rule: 8
        points: 2
        when: {email: clicked, within: 9d, asset: {contains: x}, where: {value: {above: 1.5}, campaign: 7}}
      - {rule: 9, points: 2, when: {form: answered, within: 9d, question: {contains: budget}, answer: {matches: '^\d+k'}}}
`)
	schema := inputs()
	schema.Lists = true
	if list := model.Check(m, schema); len(list) > 0 {
		t.Error(whats(list))
	}
}

// TestUnseen asks for what the data contains.
func TestUnseen(t *testing.T) {
	m := parsed(t, `
name: A
sets:
  - set: S
    rules:
      - {rule: 1, points: 1, when: {email: clicked, asset: [Spring, Sumer, Autumn]}}
      - {rule: 2, points: 1, when: {any: [{sms: clicked}, {sms: clicked, asset: Spring}]}}
      - {rule: 3, points: 1, when: {email: opened, asset: {starts_with: Winter}}}
      - {rule: 4, points: 1, when: {not: {list: partners}}}
      - {rule: 5, points: 1, when: {list: Partner}}
      - {rule: 6, points: 1, when: {engagement: {action: shared}}}
      - {rule: 7, points: 1, when: {engagement: any}}
`)
	data := map[string][]string{
		model.MentionChannel: {"Email", "web"},
		model.MentionAction:  {"clicked", "opened"},
		model.MentionAsset:   {"Spring", "Summer", "Autumn"},
		model.MentionList:    {"Partners"},
	}
	seen := func(mention model.Mention) bool {
		matcher, err := match.Compile(mention.Test, match.Type{Kind: match.Text}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range data[mention.Kind] {
			if matcher.Text([]byte(value)) {
				return true
			}
		}
		return false
	}
	var got []string
	for _, d := range model.Unseen(m, seen, data) {
		if d.Severity != diag.Warning {
			t.Errorf("%v is no warning", d)
		}
		got = append(got, fmt.Sprintf("%d:%d %s; %s", d.Position.Line, d.Position.Column, d.What, d.Fix))
	}
	want := []string{
		`6:69 the data has no asset "Sumer"; did you mean "Summer"?`,
		`7:44 the data has no channel "sms"; check how the data calls it`,
		`8:59 the data has no such asset; check how the data calls it`,
		`10:43 the data has no list "Partner"; did you mean "Partners"?`,
		`11:58 the data has no action "shared"; check how the data calls it`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestConstantCriteria holds the warnings about criteria that always or never hold to trying every combination.
func TestConstantCriteria(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var draw func(depth int) (text string, holds func(world uint) bool)
		draw = func(depth int) (string, func(uint) bool) {
			form := rapid.IntRange(0, 3).Draw(t, "form")
			if depth == 0 || form == 0 {
				i := rapid.IntRange(0, 3).Draw(t, "criterion")
				return fmt.Sprintf("{list: L%d}", i), func(world uint) bool { return world>>i&1 == 1 }
			}
			if form == 1 {
				text, holds := draw(depth - 1)
				return "{not: " + text + "}", func(world uint) bool { return !holds(world) }
			}
			var texts []string
			var parts []func(uint) bool
			for range rapid.IntRange(2, 3).Draw(t, "parts") {
				text, holds := draw(depth - 1)
				texts, parts = append(texts, text), append(parts, holds)
			}
			key := map[int]string{2: "all", 3: "any"}[form]
			return "{" + key + ": [" + strings.Join(texts, ", ") + "]}", func(world uint) bool {
				for _, holds := range parts {
					if holds(world) == (form == 3) {
						return form == 3
					}
				}
				return form == 2
			}
		}
		text, holds := draw(4)
		m, list := model.Parse("m", []byte("name: A\nsets: [{set: S, rules: [{rule: R, points: -1, when: "+text+"}]}]"))
		if len(list) > 0 {
			t.Fatal(list)
		}
		fulfilled := 0
		for world := range uint(16) {
			if holds(world) {
				fulfilled++
			}
		}
		warned := false
		for _, d := range model.Check(m, nil) {
			warned = warned || d.What == "this can never hold" || d.What == "this always holds"
		}
		if constant := fulfilled == 0 || fulfilled == 16; constant && !warned {
			t.Fatalf("%s is fulfilled in %d of 16 worlds, and nothing was said", text, fulfilled)
		}
	})
}

// TestManyCriteria checks rules with more criteria than combinations can be tried of, and in time.
func TestManyCriteria(t *testing.T) {
	var all strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&all, "{list: L%d}, ", i)
	}
	m := parsed(t, "name: A\nsets: [{set: S, rules: [{rule: R, points: -1, when: ["+all.String()+"{any: [{list: A}, {not: {list: A}}]}]}]}]")
	if diff := cmp.Diff([]string{"2: this always holds"}, whats(model.Check(m, nil))); diff != "" {
		t.Error(diff)
	}
}

// TestCheckOfBuiltModels survives models that were not read from a file.
func TestCheckOfBuiltModels(t *testing.T) {
	email := "email"
	m := &model.Model{Score: model.Score{MQL: &model.Threshold{At: 80, UntilBelow: 80}}, Sets: []*model.Set{{Name: "S", Active: true, Rules: []*model.Rule{
		{Name: "R", When: &model.All{Parts: []model.Expr{
			&model.Engagement{Channel: &email, Asset: test(is(match.Above, number("5"))), AtLeast: 1},
			field("x", is(match.Equals, text("y"))),
			&model.ListMember{List: "L"},
		}}},
		{Name: "without anything"},
	}}}}
	want := []string{
		`0: above does not fit "asset" (text)`,
		`0: unknown column "x"`,
		`0: there are no lists to look in`,
		`0: rule "R" is worth 0`,
		`0: no time frame`,
		`0: rule "without anything" is worth 0`,
		`0: nobody can reach the threshold 80`,
		`0: no rule takes points away`,
	}
	got := whats(model.Check(m, inputs()))
	less := cmp.Transformer("set", func(all []string) map[string]bool {
		set := make(map[string]bool)
		for _, one := range all {
			set[one] = true
		}
		return set
	})
	if diff := cmp.Diff(want, got, less); diff != "" {
		t.Error(diff)
	}
	if n := len(model.Unseen(m, func(model.Mention) bool { return false }, nil)); n != 2 {
		t.Errorf("%d things were not seen, want the channel and the list", n)
	}
}
