package score_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"leadscore/transforms/model"
	"leadscore/transforms/score"
)

// The tests of time look at every half day from just before the first engagement to when the last has faded.
const (
	half      = day / 2
	firstHalf = -1
	lastHalf  = 140
)

// drawThreshold writes what stands after mql.
func drawThreshold(t *rapid.T) string {
	at := rapid.IntRange(1, 18).Draw(t, "threshold")
	text := fmt.Sprintf("{at: %d", at)
	if rapid.Bool().Draw(t, "hysteresis") {
		text += fmt.Sprintf(", until_below: %d", at-rapid.IntRange(0, 12).Draw(t, "gap"))
	}
	if rapid.Bool().Draw(t, "cool-down") {
		text += fmt.Sprintf(", again_after: %dh", 12*rapid.IntRange(1, 30).Draw(t, "again after"))
	}
	return text + "}"
}

// drawModel writes a model whose scores change a lot.
func drawModel(t *rapid.T) string {
	text := fmt.Sprintf("name: m\nscore: {mql: %s, range: {min: 0, max: 60}}\nsets:\n  - set: a\n    range: {max: 40}\n    mql: %s\n    rules:\n",
		drawThreshold(t), drawThreshold(t))
	for i := range rapid.IntRange(1, 6).Draw(t, "rules") {
		if i == 3 {
			text += fmt.Sprintf("  - set: b\n    active: %v\n    rules:\n", rapid.IntRange(0, 3).Draw(t, "active") > 0)
		}
		points, when := fmt.Sprint(rapid.IntRange(-5, 20).Draw(t, "points")), drawCriterion(t, 2, false, false)
		switch rapid.IntRange(0, 3).Draw(t, "form") {
		case 0:
			points, when = "{fade: {2d: 15, 5d: 10, 12d: 8, 20d: 1}}", "[{email: clicked}, "+drawCriterion(t, 2, true, false)+"]"
		case 1:
			points, when = "{each: 6}", "{engagement: any, within: 7d}"
		}
		text += fmt.Sprintf("      - {rule: r%d, points: %s, when: %s}\n", i, points, when)
	}
	return text
}

// until gives the person without what it did after an instant.
func (p person) until(at int64) person {
	var kept []did
	for _, d := range p.did {
		if int64(d.day*day) <= at {
			kept = append(kept, d)
		}
	}
	p.did = kept
	return p
}

// scores gives the total and the score of the first set at every half day, the person doing nothing after the as-of instant.
func scores(t testing.TB, m *model.Model, who person, asOf int64) (total, set map[int64]int64) {
	total, set = map[int64]int64{}, map[int64]int64{}
	for i := int64(firstHalf); i <= lastHalf; i++ {
		at := i * half
		out, _ := evaluate(t, m, float64(at)/day, score.Need{SetScores: true}, who.until(min(at, asOf)))
		total[at], set[at] = out.Score[0], out.SetScore[0]
	}
	return total, set
}

// states follows a score half day by half day. It is since ever what it is at first.
func states(threshold *model.Threshold, scores map[int64]int64) map[int64]bool {
	is, state, free := map[int64]bool{}, false, int64(firstHalf*half)
	for i := int64(firstHalf); i <= lastHalf; i++ {
		at := i * half
		switch s := scores[at]; {
		case state && s < threshold.UntilBelow:
			state, free = false, at+threshold.AgainAfter
		case !state && s >= threshold.At && at >= free:
			state = true
		}
		is[at] = state
	}
	return is
}

// spanOf gives the span of the state around an instant.
func spanOf(is map[int64]bool, at int64) (since, expires int64) {
	since, expires = null, null
	if !is[at] {
		return since, expires
	}
	for t := at; t >= firstHalf*half; t -= half {
		if !is[t] {
			since = t + half
			break
		}
	}
	for t := at; t <= lastHalf*half; t += half {
		if !is[t] {
			expires = t
			break
		}
	}
	return since, expires
}

// Hysteresis and cool-down as an evaluation at every instant and a simulation over them have it: the state, since when and until when, of
// the total and of sets, and along the history; whatever else is asked for.
func TestThresholdsFollowTheScore(t *testing.T) {
	mqls, held := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		m := parse(t, drawModel(rt))
		who := drawPerson(rt)
		asOf := int64(rapid.IntRange(0, 60).Draw(rt, "as of")) * half
		who = who.until(asOf)
		total, set := scores(t, m, who, asOf)
		want, wantSet := states(m.Score.MQL, total), states(m.Sets[0].MQL, set)
		if want[asOf] { // for the log
			mqls++
			if total[asOf] < m.Score.MQL.At {
				held++
			}
		}
		p := score.Compile(m)
		b, s := bucketOf(t, p, who)
		history := int64(rapid.IntRange(0, 40).Draw(rt, "history")) * day
		for _, need := range []score.Need{everything, {Scores: true, SetScores: true}, {MQL: true, History: true, SetScores: true}} {
			got := &score.Results{}
			score.NewEvaluator(p, score.Options{AsOf: asOf, History: history, Need: need}, score.NewStats(p)).Evaluate(b, s, got)
			compare := func(what string, is map[int64]bool, flag byte, since, expires int64) {
				wantSince, wantExpires := spanOf(is, asOf)
				if (flag == 1) != is[asOf] || since != wantSince || expires != wantExpires {
					rt.Fatalf("%s: %d since %d until %d, want %v since %d until %d\n%s", what, flag, since, expires, is[asOf], wantSince, wantExpires, m.Text)
				}
			}
			compare("total", want, got.IsMQL[0], got.MQLSince[0], got.MQLExpires[0])
			compare("set", wantSet, got.SetIsMQL[0], got.SetMQLSince[0], got.SetMQLExpires[0])
			var flags []byte
			for _, at := range got.ChangedAt {
				flag := byte(0)
				if want[at] {
					flag = 1
				}
				flags = append(flags, flag)
			}
			if d := cmp.Diff(flags, got.ChangedMQL, equalEmpty); d != "" {
				rt.Fatalf("history: %s\n%s", d, m.Text)
			}
		}
	})
	t.Logf("%d MQLs, %d of them below the threshold", mqls, held)
}

// The state at instants of a life that goes up, down slowly, and up again too soon.
func TestHysteresisAndCoolDown(t *testing.T) {
	m := parse(t, `
name: m
score: {mql: {at: 20, until_below: 10, again_after: 5d}}
sets: [{set: s, rules: [{rule: r, points: {each: 10}, when: {email: clicked, within: 10d}}]}]
`)
	whole := person{did: click(1, 2, 13, 14)}
	for _, c := range []struct {
		asOf           float64
		score          int64
		mql            byte
		since, expires int64
		what           string
	}{
		{1, 10, 0, null, null, "not enough yet"},
		{2, 20, 1, at(2), at(12), "enough"},
		{11.5, 10, 1, at(2), at(12), "less, but not below 10"},
		{12, 0, 0, null, null, "below"},
		{14, 20, 0, null, null, "enough again, but too soon"},
		{17, 20, 1, at(17), at(24), "the cool-down is over"},
		{23, 10, 1, at(17), at(24), "less again"},
		{24, 0, 0, null, null, "below again"},
	} {
		out, _ := evaluate(t, m, c.asOf, everything, whole.until(at(c.asOf)))
		got := []int64{out.Score[0], int64(out.IsMQL[0]), out.MQLSince[0], out.MQLExpires[0], int64(out.ReasonStart[1])}
		if d := cmp.Diff([]int64{c.score, int64(c.mql), c.since, c.expires, int64(c.mql)}, got); d != "" {
			t.Errorf("day %g, %s: %s", c.asOf, c.what, d)
		}
	}
}

// decides_mql asks whether the score without the rule would be below what keeps an MQL.
func TestDecidesWithHysteresis(t *testing.T) {
	m := parse(t, `
name: m
score: {mql: {at: 30, until_below: 20}}
sets:
  - set: s
    rules:
      - {rule: ten, points: 10, when: {field: f}}
      - {rule: twenty, points: 20, when: {field: f}}
`)
	_, stats := evaluate(t, m, 100, everything, person{fields: map[string]string{"f": "x"}})
	if d := cmp.Diff([]int64{0, 1}, stats.Decides); d != "" {
		t.Error(d)
	}
}

// suppress speaks of the as-of instant, and the first entry that holds counts; it means what a rule with the same criteria means.
func TestSuppressIsWhatARuleSays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 3).Draw(rt, "entries")
		rules, suppress := "", ""
		for i := range n {
			when := drawCriterion(rt, 2, false, false)
			rules += fmt.Sprintf("      - {rule: r%d, points: %d, when: %s}\n", i, 1<<i, when)
			suppress += fmt.Sprintf("  - {reason: s%d, when: %s}\n", i, when)
		}
		asRules := parse(t, "name: m\nscore: {}\nsets:\n  - set: s\n    rules:\n"+rules)
		m := parse(t, "name: m\nscore: {}\nsets: [{set: s, rules: []}]\nsuppress:\n"+suppress)
		who := drawPerson(rt)
		asOf := float64(rapid.IntRange(0, 60).Draw(rt, "as of")) / 2
		who = who.until(at(asOf))
		out, _ := evaluate(t, asRules, asOf, everything, who)
		want := uint32(0)
		for i := range n {
			if out.Score[0]>>i&1 == 1 {
				want = uint32(i + 1)
				break
			}
		}
		got, _ := evaluate(t, m, asOf, score.Need{Suppressed: true}, who)
		if got.Suppressed[0] != want || got.Score[0] != 0 {
			rt.Fatalf("suppressed by %d, want %d\n%s", got.Suppressed[0], want, suppress)
		}
	})
}
