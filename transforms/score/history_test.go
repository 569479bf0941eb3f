package score_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"leadscore/transforms/score"
)

// The history and the instants since when are what evaluations at every instant of the past say: a score of today is the
// score of a run of that day. Engagements lie close together or years apart, so that sweeps have far to go.
func TestHistoryIsWhatRunsOfThePastSay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		frames := []int{rapid.IntRange(1, 40).Draw(rt, "short"), rapid.IntRange(100, 900).Draw(rt, "long")}
		m := parse(t, fmt.Sprintf(`
name: m
score: {mql: 9, range: {min: 0, max: 21}}
sets:
  - set: a
    range: {max: 16}
    rules:
      - {rule: each, points: {each: 2}, when: {email: clicked, within: %dd}}
      - {rule: long, points: 7, when: {email: clicked, times: 3, within: %dd}}
      - {rule: silent, points: -4, when: {not: {engagement: any, within: 15d}}}
  - set: b
    mql: 5
    rules:
      - {rule: fade, points: {fade: {5d: 6, 100d: 5, 400d: 1}}, when: {website: visited}}
`, frames[0], frames[1]))
		asOf := rapid.IntRange(1500, 3000).Draw(rt, "as of")
		var who person
		instants := []int{-1}
		for range rapid.IntRange(0, 90).Draw(rt, "engagements") {
			d := rapid.SampledFrom([]did{{0, "email", "clicked", ""}, {0, "website", "visited", ""}}).Draw(rt, "did")
			ago := rapid.IntRange(0, rapid.SampledFrom([]int{10, 100, 1500}).Draw(rt, "range")).Draw(rt, "ago")
			d.day = float64(asOf - ago)
			who.did = append(who.did, d)
			for _, later := range []int{0, 5, 15, 100, 400, frames[0], frames[1]} {
				if at := asOf - ago + later; at <= asOf {
					instants = append(instants, at)
				}
			}
		}
		slices.Sort(instants)
		instants = slices.Compact(instants)
		scores, setScores := []int64{}, []int64{}
		for _, day := range instants {
			var past person
			for _, d := range who.did {
				if d.day <= float64(day) {
					past.did = append(past.did, d)
				}
			}
			out, _ := evaluate(t, m, float64(day), score.Need{SetScores: true}, past)
			scores, setScores = append(scores, out.Score[0]), append(setScores, out.SetScore[1])
		}
		history := int64(rapid.IntRange(0, 3000).Draw(rt, "history")) * day
		p := score.Compile(m)
		b, s := bucketOf(t, p, who)
		got := &score.Results{}
		score.NewEvaluator(p, score.Options{AsOf: at(float64(asOf)), History: history, Need: everything}, score.NewStats(p)).Evaluate(b, s, got)

		want := [3][]int64{}
		for i := 1; i < len(instants); i++ {
			if when := at(float64(instants[i])); scores[i] != scores[i-1] && when > at(float64(asOf))-history {
				want[0], want[1], want[2] = append(want[0], when), append(want[1], scores[i]), append(want[2], scores[i-1])
			}
		}
		if d := cmp.Diff(want, [3][]int64{got.ChangedAt, got.ChangedTo, got.ChangedFrom}, equalEmpty); d != "" {
			rt.Fatalf("history: %s", d)
		}
		since := func(scores []int64, threshold int64) int64 {
			last := len(scores) - 1
			if scores[last] < threshold {
				return null
			}
			for last > 0 && scores[last-1] >= threshold {
				last--
			}
			if last == 0 {
				return null
			}
			return at(float64(instants[last]))
		}
		if want := since(scores, 9); got.MQLSince[0] != want {
			rt.Fatalf("MQL since %d, want %d", got.MQLSince[0], want)
		}
		if want := since(setScores, 5); got.SetMQLSince[1] != want {
			rt.Fatalf("MQL of the set since %d, want %d", got.SetMQLSince[1], want)
		}
	})
}

// More changes in one stretch than are sorted by insertion come in order too.
func TestManyChangesInOneStretch(t *testing.T) {
	m := parse(t, "name: m\nscore: {}\nsets: [{set: s, rules: [{rule: a, points: {each: 1}, when: {email: clicked}}, {rule: b, points: {each: 100}, when: {sms: clicked}}]}]\n")
	var who person
	for i := range 100 {
		who.did = append(who.did, did{90 + float64(i)/24, "email", "clicked", ""}, did{90 + float64(i)/24 + 0.01, "sms", "clicked", ""})
	}
	out, _ := evaluate(t, m, 100, everything, who)
	if len(out.ChangedAt) != 200 || !slices.IsSorted(out.ChangedAt) || !slices.IsSorted(out.ChangedTo) || out.ChangedTo[199] != 10100 || out.ChangedFrom[0] != 0 {
		t.Errorf("at %v the score became %v", out.ChangedAt, out.ChangedTo)
	}
}
