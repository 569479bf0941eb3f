package score_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadscore/transforms/model"
	"leadscore/transforms/score"
	"leadscore/transforms/timeline"
)

// ledger shows the ledger of a contact, a line a row: what │ points since → expires: after │ occurrences first … last.
func ledger(m *model.Model, out *score.Results, contact int) string {
	p := score.Compile(m)
	days := func(at int64) string {
		if at == null {
			return "-"
		}
		return fmt.Sprintf("%.6g", float64(at)/day)
	}
	number := func(n int64) string {
		if n == null {
			return "-"
		}
		return fmt.Sprint(n)
	}
	var b strings.Builder
	for i := out.RowStart[contact]; i < out.RowStart[contact+1]; i++ {
		name := "total limit"
		if code := int(out.Code[i]); code < len(p.Rules) {
			name = p.Rules[code].Name
		} else if code < len(p.Rules)+len(p.Sets) {
			name = "limit of " + p.Sets[code-len(p.Rules)].Name
		}
		fmt.Fprintf(&b, "%s | %d %s → %s: %s | %s %s … %s\n", name, out.Points[i], days(out.Since[i]), days(out.Expires[i]),
			number(out.After[i]), number(out.Occurrences[i]), days(out.First[i]), days(out.LastBehind[i]))
	}
	return b.String()
}

func click(days ...float64) []did {
	var all []did
	for _, d := range days {
		all = append(all, did{day: d, channel: "email", action: "clicked"})
	}
	return all
}

// Every form of points, at an instant inside, and at the edges of what it says.
func TestPoints(t *testing.T) {
	clicked := "when: {email: clicked, within: 30d}"
	for _, c := range []struct {
		name, points string
		asOf         float64
		did          []did
		want         string
	}{
		{"constant", "points: 5, " + clicked, 100, click(80, 90), "r | 5 80 → 120: 0 | 2 80 … 90\n"},
		{"constant at its first second", "points: 5, " + clicked, 100, click(100), "r | 5 100 → 130: 0 | 1 100 … 100\n"},
		{"constant at its last second", "points: 5, " + clicked, 100, click(70 + 1./day), "r | 5 70 → 100: 0 | 1 70 … 70\n"},
		{"constant, over", "points: 5, " + clicked, 100, click(70), ""},
		{"each", "points: {each: 4, max: 12}, " + clicked, 100, click(75, 80, 90), "r | 12 90 → 105: 8 | 3 75 … 90\n"},
		{"each beyond its limit", "points: {each: 4, max: 12}, " + clicked, 100, click(75, 80, 85, 90), "r | 12 85 → 110: 8 | 4 75 … 90\n"},
		{"each, falling", "points: {each: -4, max: -10}, " + clicked, 100, click(75, 80, 85), "r | -10 85 → 105: -8 | 3 75 … 85\n"},
		{"two in a second", "points: {each: 3}, when: {email: clicked}", 100, click(80, 80), "r | 6 80 → -: - | 2 80 … 80\n"},
		{"one leaves as another comes", "points: {each: 3}, " + clicked, 100, click(60, 90), "r | 3 60 → 120: 0 | 1 90 … 90\n"},
		{"below the first tier", "points: {tiers: {2: 7}}, " + clicked, 100, click(80), ""},
		{"tiers", "points: {tiers: {1: 2, 3: 5}}, " + clicked, 100, click(75, 80, 90), "r | 5 90 → 105: 2 | 3 75 … 90\n"},
		{"tiers of equal points", "points: {tiers: {1: 2, 2: 2, 3: 5}}, " + clicked, 100, click(75, 80), "r | 2 75 → 110: 0 | 2 75 … 80\n"},
		{"fade", "points: {fade: {7d: 30, 30d: 20, 90d: 10}}, when: {email: clicked}", 100, click(50, 80), "r | 20 87 → 110: 10 | 1 80 … 80\n"},
		{"fade in the first bracket", "points: {fade: {7d: 30, 30d: 20}}, when: {email: clicked}", 100, click(95, 99), "r | 30 95 → 106: 20 | 2 95 … 99\n"},
		{"fade with times", "points: {fade: {10d: 30, 30d: 20}}, when: {email: clicked, times: 2}", 100, click(85, 95), "r | 20 95 → 115: 0 | 2 85 … 95\n"},
		{"fade, over", "points: {fade: {7d: 30, 30d: 20}}, when: {email: clicked}", 100, click(70), ""},
		{"decay", "points: {start: 20, lose: 25%, every: 30d}, when: {email: clicked}", 100, click(35), "r | 11 95 → 125: 8 | 1 35 … 35\n"},
		{"at most, none", "points: 3, when: {email: clicked, times: {at_most: 1}, within: 30d}", 100, nil, "r | 3 - → -: - | 0 - … -\n"},
		{"at most, once more than that in the past", "points: 3, when: {email: clicked, times: {at_most: 1}, within: 30d}", 100, click(60, 61), "r | 3 90 → -: - | 0 - … -\n"},
		{"exactly", "points: 3, when: {email: clicked, times: {exactly: 2}, within: 30d}", 100, click(75, 80, 81, 60), ""},
		{"exactly, met", "points: 3, when: {email: clicked, times: {exactly: 2}, within: 30d}", 100, click(65, 80, 81), "r | 3 95 → 110: 0 | 2 80 … 81\n"},
		{"not", "points: -10, when: {not: {email: clicked, within: 30d}}", 100, click(60), "r | -10 90 → -: - | 0 - … -\n"},
		{"fixed frame", "points: 5, when: {email: clicked, from: 1970-03-02, until: 1970-03-12}", 100, click(59, 60, 69, 70), "r | 5 60 → -: - | 2 60 … 69\n"},
		{"a row that two criteria count", "points: 5, when: [{email: clicked, within: 30d}, {engagement: any, within: 10d}]", 100,
			append(click(75, 95), did{day: 96, channel: "sms"}), "r | 5 95 → 106: 0 | 3 75 … 96\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := parse(t, "name: m\nscore: {}\nsets: [{set: s, rules: [{rule: r, "+c.points+"}]}]\n")
			out, _ := evaluate(t, m, c.asOf, everything, person{did: c.did}, person{})
			if d := cmp.Diff(c.want, ledger(m, out, 0)); d != "" {
				t.Error(d)
			}
			if got := out.Unbalanced(); got != -1 {
				t.Errorf("contact %d is unbalanced", got)
			}
		})
	}
}

// Limits of sets and of the total have rows of their own, whose times are those of what the limit takes or gives.
func TestLimits(t *testing.T) {
	m := parse(t, `
name: m
score: {range: {min: 0, max: 50}, mql: 40}
sets:
  - set: behaviour
    range: {max: 30}
    rules:
      - {rule: clicks, points: {each: 20}, when: {email: clicked, within: 30d}}
  - set: profile
    range: {min: -5}
    rules:
      - {rule: boss, points: 25, when: {field: title, equals: CEO}}
      - {rule: student, points: -20, when: {field: title, equals: student}}
`)
	out, _ := evaluate(t, m, 100, everything,
		person{did: click(80, 90), fields: map[string]string{"title": "ceo"}},
		person{did: click(60), fields: map[string]string{"title": "student"}},
		person{},
	)
	for i, want := range []string{
		"clicks | 40 90 → 110: 20 | 2 80 … 90\n" +
			"boss | 25 - → -: - | 0 - … -\n" +
			"limit of behaviour | -10 90 → 110: 0 | - - … -\n" +
			"total limit | -5 90 → 110: 0 | - - … -\n",
		"student | -20 - → -: - | 0 - … -\n" +
			"limit of profile | 15 - → -: - | - - … -\n" +
			"total limit | 5 90 → -: - | - - … -\n",
		"",
	} {
		if d := cmp.Diff(want, ledger(m, out, i)); d != "" {
			t.Errorf("contact %d: %s", i, d)
		}
	}
	if d := cmp.Diff([]int64{50, 0, 0}, out.Score); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int64{at(80), null, null}, out.MQLSince); d != "" {
		t.Error("mql_since", d)
	}
	if d := cmp.Diff([]int64{at(120), null, null}, out.MQLExpires); d != "" {
		t.Error("mql_expires_at", d)
	}
}

// The sweep ahead reads what the score becomes if nothing more happens; the sweep back the history, as far as it is asked for.
func TestSweeps(t *testing.T) {
	m := parse(t, `
name: m
score: {range: {max: 9}}
sets:
  - set: s
    rules:
      - {rule: clicks, points: {each: 4}, when: {email: clicked, within: 30d}}
      - {rule: silent, points: -3, when: {not: {email: clicked, within: 90d}}}
      - {rule: young, points: 2, when: {field: born, within: 20d}}
`)
	who := person{
		did:  click(75, 98, 98, 99),
		when: map[string][]timeline.Span{"born": {{Start: at(95), End: at(115)}}},
	}
	p := score.Compile(m)
	b, s := bucketOf(t, p, who, person{})
	out := &score.Results{}
	for _, c := range []struct {
		history                   int64
		changedAt, changed, first []int64
	}{
		{1000 * day, []int64{at(75), at(95), at(98)}, []int64{4, 6, 9}, []int64{-3, 4, 6}},
		{5*day + 1, []int64{at(95), at(98)}, []int64{6, 9}, []int64{4, 6}},
		{5 * day, []int64{at(98)}, []int64{9}, []int64{6}},
		{0, nil, nil, nil},
	} {
		score.NewEvaluator(p, score.Options{AsOf: at(100), History: c.history, Need: everything}, score.NewStats(p)).Evaluate(b, s, out)
		if d := cmp.Diff([]int64{9, -3}, out.Score); d != "" {
			t.Error(d)
		}
		got := [][]int64{out.ChangedAt, out.ChangedTo, out.ChangedFrom}
		for i, want := range [][]int64{c.changedAt, c.changed, c.first} {
			if d := cmp.Diff(append([]int64{}, want...), append([]int64{}, got[i]...)); d != "" {
				t.Errorf("history of %d seconds: %s", c.history, d)
			}
		}
		// 107: the first click has gone, 14 points are limited to 9. 130: all clicks have gone. 190: silence since 189.
		if d := cmp.Diff([]int64{9, 0, -3, -3, 0, -3}, []int64{out.In7[0], out.In30[0], out.In90[0], out.In7[1], 0, out.In90[1]}); d != "" {
			t.Error("in 7, 30 and 90 days", d)
		}
		if d := cmp.Diff([]int64{at(128), null}, out.NextChange); d != "" {
			t.Error("next_change_at", d)
		}
	}
}

// A change that another change of the same instant takes back is no change.
func TestChangesOfOneInstantAreOne(t *testing.T) {
	m := parse(t, `
name: m
score: {mql: 5}
sets:
  - set: a
    rules: [{rule: clicked, points: 5, when: {email: clicked, within: 10d}}]
  - set: b
    rules: [{rule: no longer, points: 5, when: {not: {email: clicked, within: 10d}}}]
`)
	out, _ := evaluate(t, m, 100, everything, person{did: click(50, 95)})
	if len(out.ChangedAt) > 0 || out.NextChange[0] != null || out.MQLSince[0] != null || out.MQLExpires[0] != null {
		t.Errorf("the score changed at %v, will at %d, MQL since %d until %d", out.ChangedAt, out.NextChange[0], out.MQLSince[0], out.MQLExpires[0])
	}
	if d := cmp.Diff("clicked | 5 95 → 105: 0 | 1 95 … 95\n", ledger(m, out, 0)); d != "" {
		t.Error(d)
	}
}

func TestReasons(t *testing.T) {
	m := parse(t, `
name: m
score: {mql: 10}
sets:
  - set: a
    rules:
      - {rule: one, points: 1, when: {field: f}}
      - {rule: first ten, points: 10, when: {field: f}}
      - {rule: loss, points: -10, when: {field: f}}
      - {rule: two, points: 2, when: {field: f}}
      - {rule: three, points: 3, when: {field: f}}
  - set: off
    active: false
    rules: [{rule: hidden, points: 50, when: {field: f}}]
  - set: b
    rules:
      - {rule: second ten, points: 10, when: {field: f}}
      - {rule: four, points: 4, when: {field: f}}
      - {rule: other, points: 90, when: {field: g}}
`)
	out, _ := evaluate(t, m, 100, everything,
		person{}, person{fields: map[string]string{"f": "x"}}, person{fields: map[string]string{"g": "x"}})
	p := score.Compile(m)
	var got [][]string
	for c := range out.Contacts {
		names := []string{}
		for _, r := range out.Reason[out.ReasonStart[c]:out.ReasonStart[c+1]] {
			names = append(names, p.Rules[r].Name)
		}
		got = append(got, names)
	}
	if d := cmp.Diff([][]string{{}, {"first ten", "second ten", "four", "three", "two"}, {"other"}}, got); d != "" {
		t.Error(d)
	}
}

// decides_mql asks what the score would be without the rule, all limits applied anew.
func TestDecidesMQL(t *testing.T) {
	m := parse(t, `
name: m
score: {range: {max: 100}, mql: 30}
sets:
  - set: limited
    range: {max: 20}
    rules:
      - {rule: a, points: 20, when: {field: f}}
      - {rule: b, points: 20, when: {field: f}}
  - set: open
    rules:
      - {rule: c, points: 15, when: {field: f}}
      - {rule: loss, points: -5, when: {field: f}}
  - set: off
    active: false
    rules: [{rule: d, points: 50, when: {field: f}}]
`)
	full := person{fields: map[string]string{"f": "x"}}
	_, stats := evaluate(t, m, 100, everything, full, full, person{})
	want := &score.Stats{Contacts: []int64{2, 2, 2, 2, 2}, Points: []int64{40, 40, 30, -10, 100}, Decides: []int64{0, 0, 2, 0, 0}}
	if d := cmp.Diff(want, stats); d != "" {
		t.Error(d)
	}
	stats.Add(want)
	if stats.Points[4] != 200 || stats.Contacts[0] != 4 || stats.Decides[2] != 4 {
		t.Errorf("stats do not add up: %v", stats)
	}
}

func TestUnbalancedFindsTheContact(t *testing.T) {
	m := parse(t, "name: m\nscore: {}\nsets: [{set: s, rules: [{rule: r, points: 5, when: {field: f}}]}]\n")
	full := person{fields: map[string]string{"f": "x"}}
	out, _ := evaluate(t, m, 100, everything, full, full, full)
	if got := out.Unbalanced(); got != -1 {
		t.Fatalf("contact %d is unbalanced", got)
	}
	out.Points[1]++
	if got := out.Unbalanced(); got != 1 {
		t.Errorf("contact %d is unbalanced, want 1", got)
	}
}

// What is not asked for is not there, and what is asked for does not depend on what else is.
func TestNeed(t *testing.T) {
	for _, mql := range []string{"10", "{at: 10, until_below: 3, again_after: 4d}"} {
		t.Run(mql, func(t *testing.T) { needs(t, mql) })
	}
}

func needs(t *testing.T, mql string) {
	m := parse(t, `
name: m
score: {range: {max: 20}, mql: `+mql+`}
sets:
  - set: a
    mql: 5
    range: {max: 15}
    rules:
      - {rule: clicks, points: {each: 4}, when: {email: clicked, within: 30d}}
      - {rule: field, points: 9, when: {field: f}}
  - set: off
    active: false
    rules: [{rule: silent, points: 50, when: {not: {email: clicked, within: 5d}}}]
suppress: [{reason: r, when: {not: {field: f}}}]
`)
	people := []person{{did: click(80, 90), fields: map[string]string{"f": "x"}}, {did: click(97)}, {}}
	all := everything
	all.Suppressed, all.Events, all.Changes, all.Statics = true, true, true, true
	whole, wholeStats := evaluate(t, m, 100, all, people...)
	if d := cmp.Diff([]uint32{0, 1, 1}, whole.Suppressed); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]uint64{1, 0, 0}, whole.Statics); d != "" {
		t.Error(d)
	}
	for word := range 1024 {
		need := score.Need{
			Scores: word&1 > 0, SetScores: word&2 > 0, Breakdown: word&4 > 0, MQL: word&8 > 0, History: word&16 > 0, RuleStats: word&32 > 0,
			Suppressed: word&64 > 0, Events: word&128 > 0, Changes: word&256 > 0, Statics: word&512 > 0,
		}
		got, stats := evaluate(t, m, 100, need, people...)
		want := score.Results{Contacts: 3, Score: whole.Score, IsMQL: whole.IsMQL, RowStart: []uint32{0}, ReasonStart: []uint32{0}, HistoryStart: []uint32{0}, EventStart: []uint32{0}}
		if need.Scores || need.MQL {
			want.MQLSince, want.MQLExpires, want.Explicit, want.Implicit = whole.MQLSince, whole.MQLExpires, whole.Explicit, whole.Implicit
		}
		if need.Scores {
			want.In7, want.In30, want.In90 = whole.In7, whole.In30, whole.In90
			want.NextChange, want.Last, want.Fulfilled = whole.NextChange, whole.Last, whole.Fulfilled
		}
		if need.SetScores {
			want.SetScore, want.SetMQLSince, want.SetMQLExpires = whole.SetScore, whole.SetMQLSince, whole.SetMQLExpires
			want.SetIsMQL = whole.SetIsMQL
		}
		if need.Breakdown {
			want.RowStart, want.Code, want.Points, want.Since = whole.RowStart, whole.Code, whole.Points, whole.Since
			want.Expires, want.After = whole.Expires, whole.After
			want.Occurrences, want.First, want.LastBehind = whole.Occurrences, whole.First, whole.LastBehind
		}
		if need.MQL {
			want.ReasonStart, want.Reason = whole.ReasonStart, whole.Reason
		}
		if need.History {
			want.HistoryStart, want.ChangedAt, want.ChangedTo, want.ChangedFrom = whole.HistoryStart, whole.ChangedAt, whole.ChangedTo, whole.ChangedFrom
			want.ChangedMQL = whole.ChangedMQL
		}
		if need.Suppressed {
			want.Suppressed = whole.Suppressed
		}
		if need.Events {
			want.EventStart, want.EventAt, want.EventBecame = whole.EventStart, whole.EventAt, whole.EventBecame
			want.EventScore, want.EventCause = whole.EventScore, whole.EventCause
		}
		if need.Changes {
			want.NewEngagement, want.Expiry, want.FieldChange = whole.NewEngagement, whole.Expiry, whole.FieldChange
			want.ListChange, want.ModelChange, want.LateData = whole.ListChange, whole.ModelChange, whole.LateData
		}
		if need.Statics {
			want.Statics = whole.Statics
		}
		if d := cmp.Diff(&want, got, equalEmpty); d != "" {
			t.Errorf("%+v: %s", need, d)
		}
		if !need.RuleStats {
			wholeStats := score.NewStats(score.Compile(m))
			if d := cmp.Diff(wholeStats, stats); d != "" {
				t.Errorf("%+v: %s", need, d)
			}
		} else if d := cmp.Diff(wholeStats, stats); d != "" {
			t.Errorf("%+v: %s", need, d)
		}
	}
}

// What changes at the very instant of a forecast has changed by then.
func TestForecastAtTheInstantOfAChange(t *testing.T) {
	m := parse(t, "name: m\nscore: {}\nsets: [{set: s, rules: [{rule: r, points: {each: 1}, when: {email: clicked, within: 100d}}]}]\n")
	out, _ := evaluate(t, m, 100, everything, person{did: click(7, 7+1./day, 30, 90, 90+1./day)})
	if d := cmp.Diff([]int64{5, 4, 2, 1}, []int64{out.Score[0], out.In7[0], out.In30[0], out.In90[0]}); d != "" {
		t.Error(d)
	}
}
