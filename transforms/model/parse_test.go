package model_test

import (
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"leadscore/transforms/diag"
	"leadscore/transforms/match"
	"leadscore/transforms/model"
)

// meaning compares models by what they mean: positions, the text and its digest are left out.
var meaning = cmp.Options{
	cmpopts.IgnoreTypes(diag.Position{}),
	cmpopts.IgnoreUnexported(model.Model{}),
	cmpopts.IgnoreFields(model.Model{}, "Text", "Digest"),
	cmp.Comparer(func(a, b *big.Rat) bool { return a == b || a != nil && b != nil && a.Cmp(b) == 0 }),
	cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() }),
}

func ptr[T any](v T) *T { return &v }

func text(s string) match.Operand { return match.Operand{Kind: match.String, Text: s} }

func number(s string) match.Operand {
	r, _ := new(big.Rat).SetString(s)
	return match.Operand{Kind: match.Number, Text: s, Number: r}
}

func date(s string) match.Operand {
	at, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return match.Operand{Kind: match.Date, Text: s, Time: at}
}

func is(op match.Operator, operands ...match.Operand) match.Condition {
	return match.Condition{Operator: op, Operands: operands}
}

func test(conditions ...match.Condition) *match.Test { return &match.Test{Conditions: conditions} }

func field(column string, conditions ...match.Condition) *model.Field {
	return &model.Field{ColumnTest: model.ColumnTest{Column: column, Test: *test(conditions...)}}
}

// done is an engagement criterion that asks for it at least once.
func done(channel, action string, change func(e *model.Engagement)) *model.Engagement {
	e := &model.Engagement{AtLeast: 1}
	if channel != "" {
		e.Channel = &channel
	}
	if action != "" {
		e.Action = &action
	}
	if change != nil {
		change(e)
	}
	return e
}

const daySeconds = 24 * 3600

func within(days int64) func(e *model.Engagement) {
	return func(e *model.Engagement) { e.Frame.Within = days * daySeconds }
}

// parsed reads a model that must have no errors.
func parsed(t testing.TB, text string) *model.Model {
	t.Helper()
	m, list := model.Parse("model.yaml", []byte(text))
	if len(list) > 0 {
		var out strings.Builder
		if err := diag.Render(&out, func(string) []byte { return []byte(text) }, list); err != nil {
			t.Fatal(err)
		}
		t.Fatal(out.String())
	}
	return m
}

// TestEverything holds the example that shows every form to what each of its forms means.
func TestEverything(t *testing.T) {
	source, err := os.ReadFile(filepath.Join(testdata, "good", "everything.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	constant := func(points int64) model.Points { return model.Points{Kind: model.Constant, Value: points} }
	want := &model.Model{
		Name: "Acme B2B", Version: "2026-11", Zone: zone,
		Score: model.Score{
			Range:    model.Range{Min: ptr[int64](0), Max: ptr[int64](100)},
			MQL:      &model.Threshold{At: 80, UntilBelow: 80},
			Bands:    []model.Band{{Name: "cold", Floor: 0}, {Name: "warm", Floor: 40}, {Name: "hot", Floor: 80}},
			Explicit: []model.Band{{Name: "A", Floor: 30}, {Name: "B", Floor: 10}, {Name: "C", Floor: 0}},
			Implicit: []model.Band{{Name: "1", Floor: 50}, {Name: "2", Floor: 20}, {Name: "3", Floor: 0}},
		},
		Sets: []*model.Set{
			{Name: "Default engagement", Active: true, Rules: []*model.Rule{
				{Name: "Clicked any link in an email", Points: constant(5), When: done("email", "clicked", within(90))},
				{Name: "Webinar registration", Points: constant(20), When: done("form", "submitted", func(e *model.Engagement) {
					e.Asset = test(is(match.Equals, text("Webinar 2026")))
				})},
				{Name: "Says the budget is big", Points: constant(25), When: done("form", "answered", func(e *model.Engagement) {
					e.Question = test(is(match.Equals, text("Budget")))
					e.Answer = test(is(match.In, text("> 100k"), text("50-100k")))
				})},
				{Name: "Shows real interest", Points: constant(15), When: &model.All{Parts: []model.Expr{
					done("email", "opened", within(30)),
					done("email", "clicked", within(30)),
					done("landing_page", "visited", func(e *model.Engagement) {
						e.AtLeast, e.Times, e.Frame.Within = 3, true, 30*daySeconds
					}),
				}}},
				{Name: "Came back in the campaign", Points: constant(10), When: done("website", "visited", func(e *model.Engagement) {
					e.URL = test(is(match.StartsWith, text("https://acme.example/pricing")))
					e.Frame.From = ptr(time.Date(2026, 8, 31, 22, 0, 0, 0, time.UTC).Unix())
					e.Frame.Until = ptr(time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC).Unix())
				})},
				{Name: "Has gone silent", Points: constant(-10), When: &model.Not{Part: done("", "", within(60))}},
				{Name: "Looks at jobs", Points: constant(-20), When: &model.Any{Parts: []model.Expr{
					done("website", "visited", func(e *model.Engagement) { e.URL = test(is(match.Contains, text("/careers"))) }),
					done("email", "clicked", func(e *model.Engagement) { e.Asset = test(is(match.Equals, text("Job newsletter"))) }),
				}}},
				{Name: "Every webinar counts", Points: model.Points{Kind: model.Each, Value: 4, Max: ptr[int64](12)},
					When: done("webinar", "attended", within(180))},
				{Name: "Visits add up", Points: model.Points{Kind: model.Tiers, Steps: []model.Step{{From: 1, Points: 2}, {From: 4, Points: 5}, {From: 10, Points: 8}}},
					When: done("website", "visited", within(30))},
				{Name: "Demo request fades", Points: model.Points{Kind: model.Fade, Steps: []model.Step{
					{From: 7 * daySeconds, Points: 30}, {From: 30 * daySeconds, Points: 20}, {From: 90 * daySeconds, Points: 10}}},
					When: done("form", "submitted", func(e *model.Engagement) {
						e.Asset = test(is(match.In, text("Demo"), text("Contact sales")))
					})},
				// 20, 15, 11.25, 8.4375, 6.328, 4.746, 3.560, 2.670, 2.002, 1.502, 1.126, 0.845, 0.634, 0.475
				{Name: "Download decays", Points: model.Points{Kind: model.Fade, Steps: brackets(30*daySeconds, 20, 15, 11, 8, 6, 5, 4, 3, 2, 2, 1, 1, 1)},
					When: done("landing_page", "clicked", func(e *model.Engagement) { e.URL = test(is(match.Matches, text(`\.pdf$`))) })},
			}},
			{Name: "Persona", Active: true, Range: model.Range{Max: ptr[int64](40)}, Rules: []*model.Rule{
				{Name: "Has a phone number", Points: constant(5), When: field("phone")},
				{Name: "Chief executive", Points: constant(15), When: field("job_title", is(match.Equals, text("CEO")))},
				{Name: "Student", Points: constant(-50), When: field("job_title", is(match.Contains, text("student")))},
				{Name: "Cannot ship there", Points: constant(-30), When: &model.Not{
					Part: field("country", is(match.In, text("SE"), text("NO"), text("DK"), text("FI")))}},
				{Name: "Mid-market", Points: constant(10), When: field("employees", is(match.From, number("50")), is(match.Until, number("500")))},
				{Name: "New contact", Points: constant(3), When: field("created_at",
					is(match.Within, match.Operand{Kind: match.Duration, Text: "30d", Seconds: 30 * daySeconds}))},
				{Name: "Partner", Points: constant(-40), When: &model.ListMember{List: "Partners"}},
			}},
			{Name: "Product Beta", MQL: &model.Threshold{At: 25, UntilBelow: 25}, Bands: []model.Band{{Name: "cold", Floor: 0}, {Name: "hot", Floor: 25}}},
		},
	}
	m := parsed(t, string(source))
	if diff := cmp.Diff(want, m, meaning, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if string(m.Text) != string(source) || len(m.Digest) != 64 {
		t.Errorf("text of %d bytes, digest %q", len(m.Text), m.Digest)
	}
	for _, set := range m.Sets {
		for _, rule := range set.Rules {
			lines := strings.Split(string(source), "\n")
			line := []rune(lines[rule.Position.Line-1])
			if got := string(line[rule.Position.Column-1:][:rule.Position.Length]); got != rule.Name {
				t.Errorf("the position of %q is that of %q", rule.Name, got)
			}
		}
	}
}

func brackets(every int64, points ...int64) []model.Step {
	var steps []model.Step
	for i, p := range points {
		steps = append(steps, model.Step{From: every * int64(i+1), Points: p})
	}
	return steps
}

// TestCriteria reads one criterion at a time.
func TestCriteria(t *testing.T) {
	mixed := test(is(match.Contains, text("a")))
	mixed.CaseSensitive = true
	cases := []struct {
		when string
		want model.Expr
	}{
		{"[{email: clicked}]", done("email", "clicked", nil)},
		{"{all: [{any: [[{email: clicked}]]}]}", done("email", "clicked", nil)},
		{"{not: [{list: A}, {list: 7}]}", &model.Not{Part: &model.All{Parts: []model.Expr{&model.ListMember{List: "A"}, &model.ListMember{List: "7"}}}}},
		{"{engagement: {channel: 7, action: x}}", done("7", "x", nil)},
		{`{engagement: {channel: "any"}}`, done("any", "", nil)},
		{"{engagement: {action: shared}}", done("", "shared", nil)},
		{"{email: opened, times: {at_most: 2}}", done("email", "opened", func(e *model.Engagement) {
			e.AtLeast, e.AtMost, e.Times = 0, ptr[int64](2), true
		})},
		{"{email: opened, times: {exactly: 0}}", done("email", "opened", func(e *model.Engagement) {
			e.AtLeast, e.AtMost, e.Times = 0, ptr[int64](0), true
		})},
		{"{email: opened, times: {at_least: 2, at_most: 5}}", done("email", "opened", func(e *model.Engagement) {
			e.AtLeast, e.AtMost, e.Times = 2, ptr[int64](5), true
		})},
		{"{email: opened, times: 1}", done("email", "opened", func(e *model.Engagement) { e.Times = true })},
		{"{email: opened, within: 12h}", done("email", "opened", func(e *model.Engagement) { e.Frame.Within = 12 * 3600 })},
		{`{email: opened, within: "4w"}`, done("email", "opened", within(28))},
		{"{email: opened, from: 2026-01-01T00:00:00.5+01:00}", done("email", "opened", func(e *model.Engagement) {
			e.Frame.From = ptr(time.Date(2025, 12, 31, 23, 0, 1, 0, time.UTC).Unix())
		})},
		{"{email: opened, asset: 2026}", done("email", "opened", func(e *model.Engagement) { e.Asset = test(is(match.Equals, number("2026"))) })},
		{"{email: opened, asset: {contains: a, case_sensitive: true}}", done("email", "opened", func(e *model.Engagement) { e.Asset = mixed })},
		{"{email: opened, where: {b: x, a: {above: 1.50}}}", done("email", "opened", func(e *model.Engagement) {
			e.Where = []model.ColumnTest{
				{Column: "b", Test: *test(is(match.Equals, text("x")))},
				{Column: "a", Test: *test(is(match.Above, number("1.50")))},
			}
		})},
		{`{field: zip, equals: "0123"}`, field("zip", is(match.Equals, text("0123")))},
		{`{field: zip, equals: 0123}`, field("zip", is(match.Equals, number("0123")))},
		{`{field: zip, equals: 1_000}`, field("zip", is(match.Equals, text("1_000")))},
		{`{field: n, equals: 1e3}`, field("n", is(match.Equals, number("1e3")))},
		{`{field: n, equals: 0x1F}`, field("n", is(match.Equals, match.Operand{Kind: match.Number, Text: "0x1F", Number: big.NewRat(31, 1)}))},
		{`{field: n, equals: 9007199254740993}`, field("n", is(match.Equals, number("9007199254740993")))},
		{`{field: country, in: [NO, on, Yes]}`, field("country", is(match.In, text("NO"), text("on"), text("Yes")))},
		{`{field: b, equals: True}`, field("b", is(match.Equals, match.Operand{Kind: match.Bool, Text: "True", Bool: true}))},
		{`{field: d, equals: 2026-09-01}`, field("d", is(match.Equals, date("2026-09-01")))},
		{`{field: d, equals: "2026-09-01"}`, field("d", is(match.Equals, text("2026-09-01")))},
		{`{field: d, until: 2026-09-01T00:00:00.25-05:00}`, field("d", is(match.Until, match.Operand{
			Kind: match.Instant, Text: "2026-09-01T00:00:00.25-05:00", Time: time.Date(2026, 9, 1, 5, 0, 0, 250_000_000, time.UTC)}))},
		{`{field: d, exists: false}`, field("d", is(match.Exists, match.Operand{Kind: match.Bool, Text: "false"}))},
		{`{field: d, within: 60d, older_than: 30d}`, field("d",
			is(match.Within, match.Operand{Kind: match.Duration, Text: "60d", Seconds: 60 * daySeconds}),
			is(match.OlderThan, match.Operand{Kind: match.Duration, Text: "30d", Seconds: 30 * daySeconds}))},
		{`{field: t, equals: !!str 5}`, field("t", is(match.Equals, text("5")))},
		{`{field: n, at_least: 5, at_most: 5}`, field("n", is(match.AtLeast, number("5")), is(match.AtMost, number("5")))},
	}
	for _, c := range cases {
		t.Run(c.when, func(t *testing.T) {
			m := parsed(t, "name: A\nsets: [{set: S, rules: [{rule: R, points: 1, when: "+c.when+"}]}]")
			if diff := cmp.Diff(c.want, m.Sets[0].Rules[0].When, meaning); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestWindows reads a file as Windows editors write it.
func TestWindows(t *testing.T) {
	source := "name: A\nsets:\n  - set: S\n    rules:\n      - rule: R\n        points: 1\n        when:\n          - {email: clicked}\n          - {list: \"B\"}\n"
	m := parsed(t, source)
	windows := parsed(t, "\ufeff"+strings.ReplaceAll(source, "\n", "\r\n"))
	if diff := cmp.Diff(m, windows, cmpopts.IgnoreUnexported(model.Model{}), cmpopts.IgnoreFields(model.Model{}, "Text", "Digest"),
		cmp.Comparer(func(a, b *time.Location) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	if m.Digest == windows.Digest {
		t.Error("different texts have the same digest")
	}
}

// TestMidnight reads dates that begin at other times than 0:00, or twice.
func TestMidnight(t *testing.T) {
	for _, c := range []struct{ zone, day, want string }{
		{"UTC", "2026-09-01", "2026-09-01T00:00:00Z"},
		{"Asia/Kolkata", "2026-09-01", "2026-08-31T18:30:00Z"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"}, // 0:00 was skipped: the offset before is -3
		{"America/Havana", "2025-11-02", "2025-11-02T04:00:00Z"},    // 0:00 came twice: the earlier one is at -4
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"},      // the whole day was skipped: the offset before is -10
	} {
		m := parsed(t, "name: A\ntime_zone: "+c.zone+"\nsets: [{set: S, rules: [{rule: R, points: 1, when: {email: opened, from: "+c.day+"}}]}]")
		got := time.Unix(*m.Sets[0].Rules[0].When.(*model.Engagement).Frame.From, 0).UTC().Format(time.RFC3339)
		if got != c.want {
			t.Errorf("%s in %s begins at %s, want %s", c.day, c.zone, got, c.want)
		}
	}
}

// TestDecay unfolds decays to brackets.
func TestDecay(t *testing.T) {
	for _, c := range []struct {
		points string
		want   []model.Step
	}{
		{"{start: 20, lose: 100%, every: 1d}", brackets(daySeconds, 20)},
		{"{start: 1, lose: 50%, every: 1h}", brackets(3600, 1, 1)},                  // 0.5 rounds to 1, 0.25 to 0
		{"{start: -10, lose: 50%, every: 1h}", brackets(3600, -10, -5, -3, -1, -1)}, // -2.5 to -3, -1.25, -0.625, -0.3125
		{"{start: 0, lose: 10%, every: 2d}", brackets(2*daySeconds, 0)},
		{"{start: 3, lose: 33.333333%, every: 1w}", brackets(7*daySeconds, 3, 2, 1, 1, 1)}, // 2.00000001, 1.33, 0.89, 0.59, 0.395
	} {
		m := parsed(t, "name: A\nsets: [{set: S, rules: [{rule: R, points: "+c.points+", when: {email: opened}}]}]")
		if diff := cmp.Diff(model.Points{Kind: model.Fade, Steps: c.want}, m.Sets[0].Rules[0].Points); diff != "" {
			t.Errorf("%s: %s", c.points, diff)
		}
	}
}

// TestDecayStepByStep holds the brackets to their definition, computed in whole numbers.
func TestDecayStepByStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := rapid.Int64Range(-1000, 1000).Draw(t, "start")
		lose := rapid.Int64Range(5, 100).Draw(t, "lose")
		m, list := model.Parse("m", fmt.Appendf(nil,
			"name: A\nsets: [{set: S, rules: [{rule: R, points: {start: %d, lose: %d%%, every: 1h}, when: {email: opened}}]}]", start, lose))
		if len(list) > 0 {
			t.Fatal(list)
		}
		steps := m.Sets[0].Rules[0].Points.Steps
		power, whole := big.NewInt(start), big.NewInt(1)
		for k := int64(0); ; k++ {
			// 2·power + whole over 2·whole, cut off, rounds half away from zero.
			twice := new(big.Int).Mul(new(big.Int).Abs(power), big.NewInt(2))
			want := twice.Add(twice, whole).Quo(twice, new(big.Int).Mul(whole, big.NewInt(2))).Int64()
			if start < 0 {
				want = -want
			}
			if want == 0 {
				if int64(len(steps)) != max(k, 1) {
					t.Fatalf("%d brackets, want %d", len(steps), k)
				}
				return
			}
			if steps[k] != (model.Step{From: 3600 * (k + 1), Points: want}) {
				t.Fatalf("bracket %d is %v, want %d points", k, steps[k], want)
			}
			power.Mul(power, big.NewInt(100-lose))
			whole.Mul(whole, big.NewInt(100))
		}
	})
}

// TestAliases holds anchors, aliases and merge keys to the model that spells everything out.
func TestAliases(t *testing.T) {
	short := parsed(t, `
name: A
sets:
  - set: S
    rules:
      - {rule: One, points: 5, when: &clicked {email: clicked, within: 90d}}
      - {rule: Two, points: 6, when: [*clicked, {list: &b B}]}
      - {rule: Three, points: 7, when: {<<: *clicked, asset: *b, within: 30d}}
`)
	long := parsed(t, `
name: A
sets:
  - set: S
    rules:
      - {rule: One, points: 5, when: {email: clicked, within: 90d}}
      - {rule: Two, points: 6, when: [{email: clicked, within: 90d}, {list: B}]}
      - {rule: Three, points: 7, when: {email: clicked, asset: B, within: 30d}}
`)
	if diff := cmp.Diff(long, short, meaning); diff != "" {
		t.Error(diff)
	}
}

// TestImplicit tells the two kinds of rule apart.
func TestImplicit(t *testing.T) {
	m := parsed(t, `
name: A
sets:
  - set: S
    rules:
      - {rule: explicit, points: 5, when: [{field: a}, {not: {list: B}}]}
      - {rule: implicit, points: 5, when: [{field: a}, {not: {engagement: any}}]}
`)
	for i, want := range []bool{false, true} {
		if got := m.Sets[0].Rules[i].Implicit(); got != want {
			t.Errorf("rule %d: implicit is %v", i, got)
		}
	}
}
