package reach

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadscore/transforms/model"
)

const text = `
name: Reach
score: {range: {max: 100}, mql: 50}
sets:
  - set: Deeds
    range: {max: 60}
    rules:
      - {rule: Clicked, points: 5, when: {email: clicked}}
      - {rule: Demo, points: {fade: {7d: 30, 30d: 20}}, when: {form: submitted, asset: Demo}}
      - {rule: Webinars, points: {each: 4, max: 12}, when: {engagement: {channel: webinar, action: attended}}}
      - {rule: Visits, points: {tiers: {1: 2, 4: 10, 10: 18}}, when: {website: visited}}
      - {rule: Silent, points: -10, when: {not: {engagement: any, within: 60d}}}
  - set: Persona
    rules:
      - {rule: CEO, points: 25, when: {field: job_title, equals: CEO}}
  - set: Trial
    active: false
    rules:
      - {rule: Huge, points: 500, when: {field: job_title}}
`

func TestWays(t *testing.T) {
	m, found := model.Parse("model.yaml", []byte(text))
	if m == nil {
		t.Fatal(found)
	}
	deed := func(rule string) Name { return Name{"Deeds", rule} }
	for name, c := range map[string]struct {
		points map[Name]int64
		want   []Way
	}{
		"reached": {map[Name]int64{deed("Demo"): 30, {"Persona", "CEO"}: 25}, nil},
		"one rule is enough, the one that gives least first": {map[Name]int64{deed("Demo"): 30, deed("Clicked"): 5}, []Way{
			{[]Gain{{"Deeds", "Visits", 18, 10}}, 53}, {[]Gain{{"Persona", "CEO", 25, 0}}, 60},
		}},
		"as many occurrences as it takes": {map[Name]int64{{"Persona", "CEO"}: 25, deed("Demo"): 20}, []Way{
			{[]Gain{{"Deeds", "Clicked", 5, 0}}, 50}, {[]Gain{{"Deeds", "Webinars", 8, 2}}, 53}, {[]Gain{{"Deeds", "Visits", 10, 4}}, 55},
		}},
		"the fewest": {map[Name]int64{}, []Way{{[]Gain{{"Deeds", "Demo", 30, 0}, {"Persona", "CEO", 25, 0}}, 55}}},
		"silence counts": {map[Name]int64{deed("Silent"): -10}, []Way{
			{[]Gain{{"Deeds", "Demo", 30, 0}, {"Persona", "CEO", 25, 0}, {"Deeds", "Clicked", 5, 0}}, 50},
		}},
	} {
		if d := cmp.Diff(c.want, Ways(m, c.points)); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
	}
}

// Limits cut what rules give: a set that is full gains nothing, and a total that cannot reach the threshold has no way.
func TestLimits(t *testing.T) {
	m, _ := model.Parse("model.yaml", []byte(text))
	ten := int64(10)
	m.Sets[0].Range.Max = &ten
	if ways := Ways(m, map[Name]int64{}); ways != nil {
		t.Errorf("10 and 25 are never 50: %+v", ways)
	}
	if total := Total(m, map[Name]int64{{"Deeds", "Demo"}: 30, {"Persona", "CEO"}: 25, {"Trial", "Huge"}: 500}); total != 35 {
		t.Errorf("total %d, want 35", total)
	}
}
