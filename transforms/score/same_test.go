package score_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadscore/transforms/score"
)

// A rule is the same when it means the same, wherever it stands; what its set limits does not matter.
func TestSameRules(t *testing.T) {
	const old = `
name: m
score: {mql: 5}
sets:
  - set: a
    rules:
      - {rule: clicks, points: {each: 2, max: 10}, when: {email: clicked, asset: x, where: {city: Oslo, land: no}, within: 30d}}
      - {rule: young, points: 3, when: [{field: born, within: 30d}, {not: {list: Partners}}]}
      - {rule: fade, points: {fade: {7d: 30, 30d: 20}}, when: {form: submitted}}
      - {rule: dated, points: 1, when: {field: born, from: 2026-01-01}}
  - set: off
    active: false
    rules: [{rule: clicks, points: 1, when: {email: clicked}}]
`
	for _, c := range []struct {
		name, text string
		want       []bool
	}{
		{"nothing is new", old, []bool{true, true, true, true, true}},
		{"order, spelling and limits", `
name: other
score: {mql: 7, range: {max: 3}}
sets:
  - set: off
    active: false
    rules: [{rule: clicks, points: 1, when: {email: clicked}}]
  - set: a
    range: {max: 5}
    rules:
      - {rule: dated, points: 1, when: {field: born, from: 2026-01-01}}
      - {rule: fade, points: {fade: {7d: 30, 30d: 20}}, when: [{form: submitted}]}
      - {rule: young, points: 3, when: {all: [{field: born, within: 30d}, {not: {list: " partners"}}]}}
      - {rule: clicks, points: {each: 2, max: 10}, when: {email: clicked, within: 720h, where: {land: no, city: Oslo}, asset: x}}
`, []bool{true, true, true, true, true}},
		{"something else each", `
name: m
sets:
  - set: a
    rules:
      - {rule: clicks, points: {each: 2, max: 11}, when: {email: clicked, asset: x, where: {city: Oslo, land: no}, within: 30d}}
      - {rule: young, points: 3, when: [{field: born, within: 31d}, {not: {list: Partners}}]}
      - {rule: faded, points: {fade: {7d: 30, 30d: 20}}, when: {form: submitted}}
      - {rule: dated, points: 1, when: {field: born, from: 2026-01-02}}
  - set: off
    rules: [{rule: clicks, points: 1, when: {email: clicked}}]
`, []bool{false, false, false, false, false}},
		{"another time zone", "time_zone: Asia/Tokyo" + old, []bool{true, false, true, false, true}},
	} {
		if d := cmp.Diff(c.want, score.SameRules(score.Compile(parse(t, c.text)), parse(t, old))); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// The key of a static is what it asks, in whatever model.
func TestStaticKey(t *testing.T) {
	keys := func(text string) map[string]bool {
		p := score.Compile(parse(t, "name: m\nsets:\n  - set: s\n    rules:\n"+text))
		all := map[string]bool{}
		for i := range p.Statics {
			all[p.Statics[i].Key()] = true
		}
		return all
	}
	a := keys("      - {rule: a, points: 1, when: [{field: f, in: [x, y]}, {list: Partners}, {field: born, within: 30d}]}\n")
	b := keys("      - {rule: z, points: 7, when: {any: [{list: \" PARTNERS\"}, {field: born, within: 30d}, {field: f, in: [x, y]}]}}\n")
	c := keys("      - {rule: a, points: 1, when: [{field: f, in: [x]}, {list: Partner}, {field: born, within: 31d}, {field: Partners}]}\n")
	if d := cmp.Diff(a, b); d != "" || len(a) != 3 {
		t.Errorf("%d keys: %s", len(a), d)
	}
	shared := 0
	for key := range a {
		if c[key] {
			shared++
		}
	}
	if shared > 0 {
		t.Errorf("%d keys of other statics", shared)
	}
}
