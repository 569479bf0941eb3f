package score_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadscore/transforms/model"
	"leadscore/transforms/score"
	"leadscore/transforms/timeline"
)

// eventsOf shows the events of a contact: day, what, score, cause.
func eventsOf(out *score.Results, c int) []string {
	list := []string{}
	for i := out.EventStart[c]; i < out.EventStart[c+1]; i++ {
		what := "lapsed"
		if out.EventBecame[i] == 1 {
			what = "became"
		}
		cause := []string{"engagement", "expiry", "field_change", "list_change", "model_change"}[out.EventCause[i]]
		list = append(list, fmt.Sprintf("%g %s %d %s", float64(out.EventAt[i])/day, what, out.EventScore[i], cause))
	}
	return list
}

const eventsModel = `
name: m
score: {mql: 20}
sets:
  - set: s
    rules:
      - {rule: click, points: {each: 10}, when: {email: clicked, within: 10d}}
      - {rule: boss, points: 20, when: {field: title, equals: CEO}}
      - {rule: member, points: 20, when: {list: l}}
`

// Each cause, alone: what happened at an instant, or what brought another past.
func TestCausesOfEvents(t *testing.T) {
	m := parse(t, eventsModel)
	lower := parse(t, "name: m\nscore: {mql: 10}\nsets:\n  - set: s\n    rules:\n      - {rule: click, points: {each: 10}, when: {email: clicked, within: 10d}}\n")
	boss := map[string]string{"title": "CEO"}
	for _, c := range []struct {
		name            string
		oldModel, model *model.Model
		was, is         person
		unknown         bool
		want            []string
		parts           map[string]int64
	}{
		{name: "nothing happens", oldModel: m, model: m, was: person{did: click(18, 19)}, is: person{did: click(18, 19)}},
		{name: "a click", oldModel: m, model: m, was: person{did: click(19)}, is: person{did: click(19, 21)},
			want: []string{"21 became 20 engagement"}, parts: map[string]int64{"new engagement": 10}},
		{name: "up and down in between", oldModel: m, model: m, was: person{did: click(12)}, is: person{did: click(12, 21)},
			want: []string{"21 became 20 engagement", "22 lapsed 10 expiry"}},
		{name: "clicks fade", oldModel: m, model: m, was: person{did: click(12, 13)}, is: person{did: click(12, 13)},
			want: []string{"22 lapsed 10 expiry"}, parts: map[string]int64{"expiry": -20}},
		{name: "a new title", oldModel: m, model: m, is: person{fields: boss},
			want: []string{"24 became 20 field_change"}, parts: map[string]int64{"field change": 20}},
		{name: "on the list since yesterday", oldModel: m, model: m, is: person{when: map[string][]timeline.Span{"l": {{Start: at(23), End: timeline.Never}}}},
			want: []string{"23 became 20 list_change"}, parts: map[string]int64{"list change": 20}},
		{name: "on the list, nobody knows since when", oldModel: m, model: m, is: person{lists: []string{"l"}},
			want: []string{"24 became 20 list_change"}, parts: map[string]int64{"list change": 20}},
		{name: "off the list, but a boss now", oldModel: m, model: m, was: person{lists: []string{"l"}}, is: person{fields: boss}},
		{name: "a click that came late", oldModel: m, model: m, was: person{did: click(19)}, is: person{did: click(18, 19)},
			want: []string{"24 became 20 engagement"}, parts: map[string]int64{"late data": 10}},
		{name: "late clicks, and their end", oldModel: m, model: m, is: person{did: click(12, 13)}},
		{name: "a lower threshold", oldModel: m, model: lower, was: person{did: click(19)}, is: person{did: click(19)},
			want: []string{"24 became 10 model_change"}},
		{name: "a rule is gone", oldModel: m, model: lower, was: person{fields: boss}, is: person{fields: boss},
			want: []string{"24 lapsed 0 model_change"}, parts: map[string]int64{"model change": -20}},
		{name: "no threshold any more", oldModel: m, model: parse(t, "name: m\nsets: [{set: s, rules: []}]\n"), was: person{fields: boss}, is: person{fields: boss},
			want: []string{"24 lapsed 0 model_change"}, parts: map[string]int64{"model change": -20}},
		{name: "a new contact", oldModel: m, model: m, is: person{did: click(18, 19)}, unknown: true,
			want: []string{"24 became 20 field_change"}, parts: map[string]int64{"field change": 20}},
		{name: "a new contact that comes to be one", oldModel: m, model: m, is: person{did: click(19, 22)}, unknown: true,
			want: []string{"22 became 20 engagement"}, parts: map[string]int64{"field change": 10, "new engagement": 10}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := &nights{oldModel: c.oldModel, model: c.model, before: at(20), asOf: at(24), was: []person{c.was}, is: []person{c.is}, known: []bool{!c.unknown}}
			_, _, out := n.second(t)
			if d := cmp.Diff(append([]string{}, c.want...), eventsOf(out, 0)); d != "" {
				t.Error(d)
			}
			got := parts(out, 0)
			for part, points := range got {
				if points == 0 {
					delete(got, part)
				}
			}
			if d := cmp.Diff(c.parts, got, equalEmpty); d != "" && c.name != "up and down in between" {
				t.Error(d)
			}
		})
	}
}

// Without an earlier run every MQL becomes one, when it did.
func TestEventsOfAFirstRun(t *testing.T) {
	for _, mql := range []string{"20", "{at: 20, until_below: 5}"} {
		m := parse(t, "name: m\nscore: {mql: "+mql+eventsModel[len("\nname: m\nscore: {mql: 20"):])
		out, _ := evaluate(t, m, 24, score.Need{Events: true, Changes: true},
			person{did: click(18, 19, 21)}, person{}, person{fields: map[string]string{"title": "CEO"}},
			person{when: map[string][]timeline.Span{"l": {{Start: at(3), End: timeline.Never}}}, did: click(19)})
		want := [][]string{{"19 became 20 engagement"}, {}, {"24 became 20 field_change"}, {"3 became 20 list_change"}}
		for c := range want {
			if d := cmp.Diff(want[c], eventsOf(out, c)); d != "" {
				t.Errorf("mql %s, contact %d: %s", mql, c, d)
			}
		}
		if d := cmp.Diff([]int64{0, 0, 0, 0}, out.NewEngagement); d != "" {
			t.Error(d)
		}
	}
}

// A contact whose score stays, but is called another band now, is one that score_changes speaks of.
func TestAnotherBandHasParts(t *testing.T) {
	m := parse(t, eventsModel)
	n := &nights{oldModel: m, model: m, before: at(20), asOf: at(24), was: []person{{did: click(12)}}, is: []person{{did: click(12, 23)}}, known: []bool{true}}
	p := score.Compile(m)
	for _, other := range []bool{false, true} {
		b, s := bucketOf(t, p, n.is...)
		b.Prior = n.prior(t, p)
		b.Prior.OtherBand = []bool{other}
		out := &score.Results{}
		score.NewEvaluator(p, score.Options{AsOf: n.asOf, Need: both}, score.NewStats(p)).Evaluate(b, s, out)
		want := map[bool][2]int64{false: {0, 0}, true: {10, -10}}[other]
		if got := [2]int64{out.NewEngagement[0], out.Expiry[0]}; got != want {
			t.Errorf("other band %v: new engagement and expiry are %v, want %v", other, got, want)
		}
	}
}
