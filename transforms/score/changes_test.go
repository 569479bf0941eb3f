package score_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"leadscore/transforms/model"
	"leadscore/transforms/reach"
	"leadscore/transforms/score"
	"leadscore/transforms/timeline"
)

// nights are two runs, and what a contact was known to be at each.
type nights struct {
	oldModel, model *model.Model
	before, asOf    int64
	was, is         []person // nobody did anything after the instant of the run
	known           []bool
}

// both asks for what two runs together tell.
var both = score.Need{Scores: true, Breakdown: true, Events: true, Changes: true, Statics: true}

// first gives what the earlier run found, and prior what the later one needs to know of it.
func (n *nights) first(t testing.TB) (*score.Program, *score.Results) {
	p := score.Compile(n.oldModel)
	b, s := bucketOf(t, p, n.was...)
	out := &score.Results{}
	score.NewEvaluator(p, score.Options{AsOf: n.before, Need: both}, score.NewStats(p)).Evaluate(b, s, out)
	return p, out
}

func (n *nights) prior(t testing.TB, p *score.Program) *score.Prior {
	oldProgram, old := n.first(t)
	prior := &score.Prior{
		AsOf: n.before, ModelChanged: n.model.Digest != n.oldModel.Digest, Known: n.known, Score: old.Score,
		Statics: make([]uint64, len(n.is)*p.StaticWords()), StaticsKnown: make([]uint64, p.StaticWords()), Same: score.SameRules(p, n.oldModel),
		RowStart: []uint32{0},
	}
	for i := range p.Statics {
		for j := range oldProgram.Statics {
			if p.Statics[i].Key() != oldProgram.Statics[j].Key() {
				continue
			}
			prior.StaticsKnown[i/64] |= 1 << (i % 64)
			for c := range n.is {
				bit := old.Statics[c*oldProgram.StaticWords()+j/64] >> (j % 64) & 1
				prior.Statics[c*p.StaticWords()+i/64] |= bit << (i % 64)
			}
		}
	}
	for c := range n.is {
		prior.MQL = append(prior.MQL, old.IsMQL[c] == 1)
		for i := old.RowStart[c]; i < old.RowStart[c+1]; i++ {
			if int(old.Code[i]) >= len(oldProgram.Rules) {
				continue
			}
			r := &oldProgram.Rules[old.Code[i]]
			at := slices.IndexFunc(p.Rules, func(x score.Rule) bool { return p.Sets[x.Set].Name == oldProgram.Sets[r.Set].Name && x.Name == r.Name })
			if at >= 0 {
				prior.Rule, prior.Points = append(prior.Rule, uint32(at)), append(prior.Points, old.Points[i])
			}
		}
		prior.RowStart = append(prior.RowStart, uint32(len(prior.Rule)))
	}
	return prior
}

// second gives what the later run finds.
func (n *nights) second(t testing.TB) (*score.Program, *score.Prior, *score.Results) {
	p := score.Compile(n.model)
	prior := n.prior(t, p)
	b, s := bucketOf(t, p, n.is...)
	b.Prior = prior
	out := &score.Results{}
	e := score.NewEvaluator(p, score.Options{AsOf: n.asOf, Need: both}, score.NewStats(p))
	for range 2 { // into buffers that were used before
		e.Evaluate(b, s, out)
	}
	return p, prior, out
}

// parts gives the parts of a contact's change.
func parts(out *score.Results, c int) map[string]int64 {
	return map[string]int64{
		"new engagement": out.NewEngagement[c], "expiry": out.Expiry[c], "field change": out.FieldChange[c],
		"list change": out.ListChange[c], "model change": out.ModelChange[c], "late data": out.LateData[c],
	}
}

// plainRun evaluates one contact anew, with statics that are what the bits say.
func plainRun(t testing.TB, p *score.Program, who person, at int64, bits []uint64) *score.Results {
	b, s := bucketOf(t, p, who.until(at))
	b.Holds, b.TimedStart, b.Timed = bits, nil, nil
	out := &score.Results{}
	score.NewEvaluator(p, score.Options{AsOf: at, Need: score.Need{Breakdown: true}}, score.NewStats(p)).Evaluate(b, s, out)
	return out
}

// split is the definition: the chain of totals by runs of their own.
func (n *nights) split(t testing.TB, p *score.Program, prior *score.Prior, c int) map[string]int64 {
	who, words := n.is[c], p.StaticWords()
	b, _ := bucketOf(t, p, who)
	holds := func(at int64, newMembers bool) []uint64 {
		bits := slices.Clone(b.Holds)
		for _, s := range b.Timed {
			if s.Start <= at && at < s.End && (newMembers || p.Statics[s.Static].List == "" || s.Start <= n.before) {
				bits[s.Static/64] |= 1 << (s.Static % 64)
			}
		}
		return bits
	}
	then, mixed, old := holds(n.before, true), make([]uint64, words), make([]uint64, words)
	for i := range p.Statics {
		w, bit := i/64, uint64(1)<<(i%64)
		old[w] |= then[w] & bit
		if prior.StaticsKnown[w]&bit != 0 {
			old[w] = old[w]&^bit | prior.Statics[c*words+w]&bit
		}
		mixed[w] |= old[w] & bit
		if p.Statics[i].List != "" {
			mixed[w] = mixed[w]&^bit | then[w]&bit
		}
	}
	total := func(at int64, bits []uint64) int64 { return plainRun(t, p, who.until(n.before), at, bits).Score[0] }
	x3 := total(n.before, then)
	got := map[string]int64{"model change": 0, "late data": 0, "list change": 0, "field change": x3}
	if n.known[c] {
		x1Run := plainRun(t, p, who.until(n.before), n.before, old)
		x0, x1, x2 := prior.Score[c], x1Run.Score[0], total(n.before, mixed)
		if prior.ModelChanged {
			points := map[reach.Name]int64{}
			for i := x1Run.RowStart[0]; i < x1Run.RowStart[1]; i++ {
				if r := int(x1Run.Code[i]); r < len(p.Rules) && !prior.Same[r] {
					points[reach.Name{Set: p.Sets[p.Rules[r].Set].Name, Rule: p.Rules[r].Name}] = x1Run.Points[i]
				}
			}
			for i := prior.RowStart[c]; i < prior.RowStart[c+1]; i++ {
				if r := prior.Rule[i]; prior.Same[r] {
					points[reach.Name{Set: p.Sets[p.Rules[r].Set].Name, Rule: p.Rules[r].Name}] = prior.Points[i]
				}
			}
			x0 = reach.Total(n.model, points)
		}
		got = map[string]int64{"model change": x0 - prior.Score[c], "late data": x1 - x0, "list change": x2 - x1, "field change": x3 - x2}
	}
	x4 := total(n.asOf, holds(n.asOf, false))
	with := total(n.asOf, holds(n.asOf, true))
	got["expiry"] = x4 - x3
	got["list change"] += with - x4
	got["new engagement"] = plainRun(t, p, who, n.asOf, holds(n.asOf, true)).Score[0] - with
	return got
}

// drawNights makes up two runs: the same model or another, other fields and lists, engagements that came late, new contacts.
func drawNights(t *rapid.T, tb testing.TB) *nights {
	n := &nights{before: int64(rapid.IntRange(5, 30).Draw(t, "before")) * half}
	n.asOf = n.before + int64(rapid.IntRange(1, 12).Draw(t, "later"))*half
	text := drawModel(t)
	n.model = parse(tb, text)
	n.oldModel = n.model
	switch rapid.IntRange(0, 3).Draw(t, "model") {
	case 0:
		n.oldModel = parse(tb, drawModel(t))
	case 1:
		n.oldModel = parse(tb, text+"      - {rule: gone, points: 7, when: "+drawCriterion(t, 1, false, false)+"}\n")
	}
	person := rapid.Custom(func(t *rapid.T) person {
		who := drawPerson(t)
		for i := range 2 {
			if name := fmt.Sprint("l", i); !slices.Contains(who.lists, name) && rapid.Bool().Draw(t, "joined") {
				from := int64(rapid.IntRange(0, 40).Draw(t, "joined at")) * half
				who.when[name] = []timeline.Span{{Start: from, End: timeline.Never}}
			}
		}
		return who
	})
	for range rapid.IntRange(1, 4).Draw(t, "people") {
		is := person.Draw(t, "is")
		was := is
		if rapid.Bool().Draw(t, "other fields") {
			other := person.Draw(t, "was")
			was.fields, was.lists, was.when = other.fields, other.lists, other.when
		}
		if rapid.Bool().Draw(t, "late data") && len(is.did) > 0 {
			was.did = is.did[1:]
		}
		n.is, n.was = append(n.is, is.until(n.asOf)), append(n.was, was.until(n.before))
		n.known = append(n.known, rapid.IntRange(0, 4).Draw(t, "known") > 0)
	}
	return n
}

// The parts are what runs of their own say, and add up; the events lead from what was published to what is.
func TestChangesAddUp(t *testing.T) {
	counts := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		n := drawNights(rt, t)
		p, prior, out := n.second(t)
		for c := range n.is {
			was, wasMQL := int64(0), false
			if n.known[c] {
				was, wasMQL = prior.Score[c], prior.MQL[c]
			}
			got, want := parts(out, c), n.split(t, p, prior, c)
			if n.known[c] && was == out.Score[c] && wasMQL == (out.IsMQL[c] == 1) {
				want = map[string]int64{"new engagement": 0, "expiry": 0, "field change": 0, "list change": 0, "model change": 0, "late data": 0}
			}
			if d := cmp.Diff(want, got); d != "" {
				rt.Fatalf("contact %d, %d to %d: %s\n%s\n%s", c, was, out.Score[c], d, n.oldModel.Text, n.model.Text)
			}
			sum := int64(0)
			for part, points := range got {
				sum += points
				if points != 0 {
					counts[part]++
				}
			}
			if sum != out.Score[c]-was {
				rt.Fatalf("contact %d: %v add up to %d, from %d to %d", c, got, sum, was, out.Score[c])
			}
			n.checkAbsent(rt, c, got)
			n.checkEvents(rt, t, out, c, wasMQL, counts)
		}
	})
	t.Log(counts)
}

// checkAbsent holds the parts to 0 whose cause is not there.
func (n *nights) checkAbsent(rt *rapid.T, c int, got map[string]int64) {
	is, was := n.is[c], n.was[c]
	joined := false
	for name, spans := range is.when {
		for _, s := range spans {
			joined = joined || name[0] == 'l' && s.Start > n.before
		}
	}
	sameFacts := n.known[c] && cmp.Equal([]any{is.fields, is.lists, is.when}, []any{was.fields, was.lists, was.when})
	sameDeeds := n.known[c] && cmp.Equal(is.until(n.before).did, was.did, cmp.AllowUnexported(did{}), equalEmpty)
	for part, absent := range map[string]bool{
		"new engagement": len(is.did) == len(is.until(n.before).did),
		"model change":   n.model == n.oldModel || !n.known[c],
		"late data":      sameDeeds || !n.known[c],
		"field change":   sameFacts,
		"list change":    sameFacts && !joined,
	} {
		if absent && got[part] != 0 {
			rt.Fatalf("contact %d: %s is %d, and there is none\n%s\n%s", c, part, got[part], n.oldModel.Text, n.model.Text)
		}
	}
}

// checkEvents holds the events of a contact to the states of its score, half day by half day.
func (n *nights) checkEvents(rt *rapid.T, t testing.TB, out *score.Results, c int, was bool, counts map[string]int) {
	total, _ := scores(t, n.model, n.is[c], n.asOf)
	is := states(n.model.Score.MQL, total)
	type event struct {
		at     int64
		became bool
		score  int64
	}
	var want, got []event
	for at := n.before + half; at <= n.asOf; at += half {
		if is[at] != is[at-half] {
			want = append(want, event{at, is[at], total[at]})
		}
	}
	switch {
	case is[n.before] == was:
	case len(want) > 0:
		want = want[1:]
	default:
		want = []event{{n.asOf, is[n.asOf], total[n.asOf]}}
		counts["change of the past"]++
	}
	state := was
	for i := out.EventStart[c]; i < out.EventStart[c+1]; i++ {
		counts[fmt.Sprint("cause ", out.EventCause[i])]++
		got = append(got, event{out.EventAt[i], out.EventBecame[i] == 1, out.EventScore[i]})
		if state == (out.EventBecame[i] == 1) {
			rt.Fatalf("contact %d: %v does not change the state", c, got)
		}
		state = !state
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(event{}), equalEmpty); d != "" {
		rt.Fatalf("contact %d, was %v: %s\n%s", c, was, d, n.model.Text)
	}
	if state != (out.IsMQL[c] == 1) {
		rt.Fatalf("contact %d: the events lead to %v", c, state)
	}
}
