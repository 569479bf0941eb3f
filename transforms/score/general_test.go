package score_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"leadscore/transforms/model"
	"leadscore/transforms/score"
	"leadscore/transforms/timeline"
)

var equalEmpty = cmpopts.EquateEmpty()

// drawCriterion writes a criterion in the model language. A frame and counts beyond "at least" only where they are allowed.
func drawCriterion(t *rapid.T, depth int, fades, negated bool) string {
	kinds := []string{"engagement", "engagement", "field", "list", "timed"}
	if depth > 0 {
		kinds = append(kinds, "all", "any", "not")
	}
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case "engagement":
		if fades && negated {
			return "{field: f0}"
		}
		c := rapid.SampledFrom([]string{"email: clicked", "email: opened", "engagement: any", "website: visited", "email: clicked, asset: a"}).Draw(t, "what")
		if fades {
			return "{" + c + rapid.SampledFrom([]string{"", ", times: 2"}).Draw(t, "times") + "}"
		}
		c += rapid.SampledFrom([]string{"", ", times: 2", ", times: {at_most: 1}", ", times: {exactly: 0}", ", times: {at_least: 1, at_most: 2}"}).Draw(t, "times")
		c += rapid.SampledFrom([]string{"", ", within: 3d", ", within: 10d", ", from: 1970-01-05", ", from: 1970-01-05, until: 1970-01-15"}).Draw(t, "frame")
		return "{" + c + "}"
	case "field":
		return fmt.Sprintf("{field: f%d, in: [x, y]}", rapid.IntRange(0, 2).Draw(t, "field"))
	case "list":
		return "{list: l" + fmt.Sprint(rapid.IntRange(0, 1).Draw(t, "list")) + "}"
	case "timed":
		return "{field: born, within: 10d}"
	case "not":
		return "{not: " + drawCriterion(t, depth-1, fades, true) + "}"
	case "any":
		return "{any: [" + drawCriteria(t, depth-1, fades, negated) + "]}"
	}
	return "{all: [" + drawCriteria(t, depth-1, fades, negated) + "]}"
}

func drawCriteria(t *rapid.T, depth int, fades, negated bool) string {
	var parts []string
	for range rapid.IntRange(1, 3).Draw(t, "parts") {
		parts = append(parts, drawCriterion(t, depth, fades, negated))
	}
	return strings.Join(parts, ", ")
}

func drawPerson(t *rapid.T) person {
	who := person{fields: map[string]string{}, when: map[string][]timeline.Span{}}
	for range rapid.IntRange(0, 8).Draw(t, "engagements") {
		d := rapid.SampledFrom([]did{
			{0, "email", "clicked", "a"}, {0, "email", "clicked", ""}, {0, "email", "opened", ""}, {0, "website", "visited", ""}, {0, "fax", "sent", ""},
		}).Draw(t, "did")
		d.day = float64(rapid.IntRange(0, 40).Draw(t, "half days")) / 2
		who.did = append(who.did, d)
	}
	for i := range 3 {
		who.fields[fmt.Sprint("f", i)] = rapid.SampledFrom([]string{"", "x", "y", "z"}).Draw(t, "value")
	}
	for i := range 2 {
		if rapid.Bool().Draw(t, "member") {
			who.lists = append(who.lists, fmt.Sprint("l", i))
		}
	}
	if from := rapid.IntRange(-1, 30).Draw(t, "born"); from >= 0 {
		who.when["born"] = []timeline.Span{{Start: at(float64(from)), End: at(float64(from + 10))}}
	}
	return who
}

// Rules are looked at only for contacts that may fulfil them, and the simplest have a short cut. A rule under `any` of one
// means the same, but goes the long way; so does one that stands under two `not`.
func TestShortCutsAgreeWithTheLongWay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var b strings.Builder
		b.WriteString("name: m\nscore: {mql: 10, range: {min: 0, max: 60}}\nsets:\n  - set: a\n    range: {max: 40}\n    mql: 5\n    rules:\n")
		for i := range rapid.IntRange(1, 6).Draw(rt, "rules") {
			if i == 3 {
				b.WriteString("  - set: b\n    rules:\n")
			}
			fades := rapid.Bool().Draw(rt, "fades")
			points, when := fmt.Sprint(rapid.IntRange(-9, 20).Draw(rt, "points")), drawCriterion(rt, 2, fades, false)
			if fades {
				points = "{fade: {2d: 15, 5d: 10, 12d: 10, 20d: 1}}"
				when = "[{email: clicked}, " + when + "]"
			}
			fmt.Fprintf(&b, "      - {rule: r%d, points: %s, when: %s}\n", i, points, when)
		}
		short, long := parse(t, b.String()), parse(t, b.String())
		for _, s := range long.Sets {
			for _, r := range s.Rules {
				r.When = &model.Any{Parts: []model.Expr{r.When}}
				if r.Points.Kind == model.Constant && rapid.Bool().Draw(rt, "twice negated") {
					r.When = &model.All{Parts: []model.Expr{r.When, &model.Any{Parts: []model.Expr{&model.Not{Part: &model.All{}}, &model.All{}}}}}
				}
			}
		}
		people := rapid.SliceOfN(rapid.Custom(drawPerson), 1, 6).Draw(rt, "people")
		asOf := float64(rapid.IntRange(0, 60).Draw(rt, "as of")) / 2
		for i := range people { // a bucket ends at the as-of instant
			kept := people[i].did[:0:0]
			for _, d := range people[i].did {
				if d.day <= asOf {
					kept = append(kept, d)
				}
			}
			people[i].did = kept
		}
		want, wantStats := evaluate(t, long, asOf, everything, people...)
		got, gotStats := evaluate(t, short, asOf, everything, people...)
		if d := cmp.Diff(want, got, equalEmpty); d != "" {
			rt.Fatalf("%s\n%s", b.String(), d)
		}
		if d := cmp.Diff(wantStats, gotStats); d != "" {
			rt.Fatalf("%s\n%s", b.String(), d)
		}
		if c := got.Unbalanced(); c >= 0 {
			rt.Fatalf("contact %d is unbalanced\n%s", c, b.String())
		}
	})
}

// An evaluator keeps buffers from contact to contact and from bucket to bucket; nothing of one shows in the next.
func TestContactsDoNotShowInEachOther(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := "name: m\nscore: {mql: 5, range: {max: 30}}\nsets:\n  - set: a\n    range: {min: -3}\n    rules:\n" +
			"      - {rule: each, points: {each: 3, max: 7}, when: {email: clicked, within: 10d}}\n" +
			"      - {rule: tiers, points: {tiers: {1: 2, 3: 9}}, when: {engagement: any, within: 5d}}\n" +
			"      - {rule: fade, points: {fade: {3d: 8, 9d: 4}}, when: [{email: opened}, {field: f1}]}\n"
		for i := range rapid.IntRange(0, 3).Draw(rt, "rules") {
			text += fmt.Sprintf("      - {rule: r%d, points: 4, when: %s}\n", i, drawCriterion(rt, 2, false, false))
		}
		m := parse(t, text)
		p := score.Compile(m)
		people := rapid.SliceOfN(rapid.Custom(drawPerson), 2, 8).Draw(rt, "people")
		o := score.Options{AsOf: at(20), History: 10 * day, Need: everything}
		stats := score.NewStats(p)
		e, together := score.NewEvaluator(p, o, stats), &score.Results{}
		b, s := bucketOf(t, p, people...)
		for range 2 { // into buffers that were used before
			e.Evaluate(b, s, together)
		}
		alone := score.NewStats(p)
		for c, who := range people {
			out := &score.Results{}
			b, s := bucketOf(t, p, who)
			score.NewEvaluator(p, o, alone).Evaluate(b, s, out)
			if d := cmp.Diff(ledger(m, out, 0), ledger(m, together, c)); d != "" {
				rt.Fatalf("contact %d: %s\n%s", c, d, text)
			}
			from, to := together.HistoryStart[c], together.HistoryStart[c+1]
			if d := cmp.Diff(out.ChangedAt, together.ChangedAt[from:to], equalEmpty); d != "" {
				rt.Fatalf("contact %d: history: %s\n%s", c, d, text)
			}
			for name, columns := range map[string][2]int64{
				"score": {out.Score[0], together.Score[c]}, "since": {out.MQLSince[0], together.MQLSince[c]},
				"expires": {out.MQLExpires[0], together.MQLExpires[c]}, "in 30 days": {out.In30[0], together.In30[c]},
				"next change": {out.NextChange[0], together.NextChange[c]}, "last": {out.Last[0], together.Last[c]},
				"set": {out.SetScore[0], together.SetScore[c]}, "fulfilled": {out.Fulfilled[0], together.Fulfilled[c]},
			} {
				if columns[0] != columns[1] {
					rt.Fatalf("contact %d: %s is %d, alone %d\n%s", c, name, columns[1], columns[0], text)
				}
			}
		}
		alone.Add(alone)
		if d := cmp.Diff(alone, stats); d != "" {
			rt.Fatal(d)
		}
	})
}
