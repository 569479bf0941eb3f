package score_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"leadscore/transforms/score"
)

// Of many rules that ask for many lists and for engagements, each contact has those that ask for nothing but what it is and did.
func TestManyRules(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		type asked struct {
			must, mustNot []string
			asset         string
		}
		lists, rules := rapid.IntRange(1, 150).Draw(rt, "lists"), make([]asked, rapid.IntRange(1, 200).Draw(rt, "rules"))
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		some := func(most int) (names []string) {
			for range random.IntN(most + 1) {
				names = append(names, fmt.Sprint("l", random.IntN(lists)))
			}
			return names
		}
		var b strings.Builder
		b.WriteString("name: m\nscore: {}\nsets:\n  - set: s\n    rules:\n")
		for i := range rules {
			r := &rules[i]
			r.must, r.mustNot = some(2), some(1)
			if random.IntN(2) == 0 || len(r.must) == 0 {
				r.asset = fmt.Sprint("a", random.IntN(9))
			}
			var when []string
			for _, l := range r.must {
				when = append(when, "{list: "+l+"}")
			}
			for _, l := range r.mustNot {
				when = append(when, "{not: {list: "+l+"}}")
			}
			if r.asset != "" {
				when = append(when, "{email: clicked, asset: "+r.asset+", within: 30d}")
			}
			fmt.Fprintf(&b, "      - {rule: r%d, points: 1, when: [%s]}\n", i, strings.Join(when, ", "))
		}
		who := person{lists: some(2 * lists)}
		clicked := map[string]bool{"": true}
		for range random.IntN(9) {
			d := did{random.Float64() * 60, "email", "clicked", fmt.Sprint("a", random.IntN(9))}
			who.did = append(who.did, d)
			if at(d.day) > at(60)-30*day {
				clicked[d.asset] = true
			}
		}
		var want []uint32
		for i, r := range rules {
			isIn := func(l string) bool { return slices.Contains(who.lists, l) }
			if clicked[r.asset] && !slices.ContainsFunc(r.must, func(l string) bool { return !isIn(l) }) && !slices.ContainsFunc(r.mustNot, isIn) {
				want = append(want, uint32(i))
			}
		}
		out, _ := evaluate(t, parse(t, b.String()), 60, score.Need{Scores: true, Breakdown: true}, who)
		if !slices.Equal(out.Code, want) {
			rt.Fatalf("rules %v, want %v\n%v\n%s", out.Code, want, who, b.String())
		}
	})
}
