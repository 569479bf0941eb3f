package score_test

import (
	"fmt"
	"testing"

	"leadscore/transforms/score"
	"leadscore/transforms/timeline"
)

// Criteria that ask the same of an engagement share a selector, whatever their counts and frames; tests of fields and lists
// that ask the same share a static.
func TestCompileShares(t *testing.T) {
	for _, c := range []struct {
		name                      string
		rules                     string
		selectors, statics, tests int
	}{
		{"counts and frames differ", `
      - {rule: a, points: 1, when: {email: clicked, within: 30d}}
      - {rule: b, points: 1, when: {email: clicked, times: 3}}
      - {rule: c, points: {each: 2}, when: {email: clicked, from: 2026-01-01}}`, 1, 0, 2},
		{"the order of tests does not matter", `
      - {rule: a, points: 1, when: {email: clicked, asset: x, where: {country: SE, city: {exists: true}}}}
      - {rule: b, points: 1, when: {email: clicked, where: {city: {exists: true}, country: SE}, asset: x}}`, 1, 0, 5},
		{"channels written differently are compiled apart only where they differ", `
      - {rule: a, points: 1, when: {email: clicked}}
      - {rule: b, points: 1, when: {engagement: {channel: email, action: clicked}}}
      - {rule: c, points: 1, when: {engagement: {channel: email}}}
      - {rule: d, points: 1, when: {engagement: any}}`, 3, 0, 2},
		{"case sensitive is another test", `
      - {rule: a, points: 1, when: {email: clicked, asset: x}}
      - {rule: b, points: 1, when: {email: clicked, asset: {equals: x, case_sensitive: true}}}`, 2, 0, 4},
		{"question and answer belong together", `
      - {rule: a, points: 1, when: {form: answered, question: q, answer: x}}
      - {rule: b, points: 1, when: {form: answered, question: q, answer: y}}
      - {rule: c, points: 1, when: {form: answered, question: q}}`, 3, 0, 5},
		{"fields and lists", `
      - {rule: a, points: 1, when: {field: f, in: [x, y]}}
      - {rule: b, points: 1, when: {not: {field: f, in: [x, y]}}}
      - {rule: c, points: 1, when: {list: Partners}}
      - {rule: d, points: 1, when: {all: [{list: " partners "}, {field: g}]}}`, 0, 3, 0},
		{"a text that looks like another's key", `
      - {rule: a, points: 1, when: {field: f, in: ["x", "y"]}}
      - {rule: b, points: 1, when: {field: f, in: ["x,1\"y\"0"]}}
      - {rule: c, points: 1, when: {field: f, in: ["1"]}}
      - {rule: d, points: 1, when: {field: f, in: [1]}}`, 0, 4, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := score.Compile(parse(t, "name: m\nscore: {}\nsets:\n  - set: s\n    rules:"+c.rules+"\n"))
			if len(p.Selectors) != c.selectors || len(p.Statics) != c.statics || len(p.Tests) != c.tests {
				t.Errorf("%d selectors, %d statics, %d tests; want %d, %d, %d",
					len(p.Selectors), len(p.Statics), len(p.Tests), c.selectors, c.statics, c.tests)
			}
			if want := (c.statics + 63) / 64; p.StaticWords() != want {
				t.Errorf("%d words of statics, want %d", p.StaticWords(), want)
			}
		})
	}
}

// Rules keep the order of the model, and know whether they are implicit.
func TestCompileKeepsTheOrderOfTheModel(t *testing.T) {
	p := score.Compile(parse(t, `
name: m
score: {}
sets:
  - set: a
    rules:
      - {rule: x, points: 1, when: {field: f}}
      - {rule: y, points: 1, when: {any: [{field: f}, {not: {email: clicked}}]}}
  - set: empty
    rules: []
  - set: b
    active: false
    rules: [{rule: x, points: 1, when: {list: l}}]
`))
	type rule struct {
		name     string
		set      int
		implicit bool
	}
	want := []rule{{"x", 0, false}, {"y", 0, true}, {"x", 2, false}}
	if len(p.Rules) != len(want) {
		t.Fatalf("%d rules", len(p.Rules))
	}
	for i, r := range p.Rules {
		if got := (rule{r.Name, r.Set, r.Implicit}); got != want[i] {
			t.Errorf("rule %d is %v, want %v", i, got, want[i])
		}
	}
}

// More than 64 statics need more than a word; rules that need statics of both words are found.
func TestManyStatics(t *testing.T) {
	text := "name: m\nscore: {}\nsets:\n  - set: s\n    rules:\n"
	fields := map[string]string{}
	for i := range 130 {
		name := "f" + string(rune('a'+i/26)) + string(rune('a'+i%26))
		text += "      - {rule: r" + name + ", points: 1, when: {field: " + name + "}}\n"
		if i%2 == 0 {
			fields[name] = "x"
		}
	}
	text += "      - {rule: both, points: 1000, when: [{field: faa}, {field: fey}, {not: {field: fez}}]}\n"
	text += "      - {rule: neither, points: 5000, when: [{field: faa}, {field: fez}]}\n"
	text += "      - {rule: clicked, points: 10000, when: [{email: clicked}, {field: fey}, {not: {field: fex}}]}\n"
	m := parse(t, text)
	if words := score.Compile(m).StaticWords(); words != 3 {
		t.Fatalf("%d words", words)
	}
	out, _ := evaluate(t, m, 100, everything, person{fields: fields, did: click(50)}, person{})
	if out.Score[0] != 65+1000+10000 || out.Score[1] != 0 {
		t.Errorf("scores %v", out.Score)
	}
}

// A static beyond the first word that holds at some times only keeps its rule in the running.
func TestTimedStaticsBeyondTheFirstWord(t *testing.T) {
	text := "name: m\nscore: {}\nsets:\n  - set: s\n    rules:\n"
	for i := range 70 {
		text += fmt.Sprintf("      - {rule: r%d, points: 1, when: {field: f%d}}\n", i, i)
	}
	text += "      - {rule: young, points: 7, when: {field: born, within: 10d}}\n"
	text += "      - {rule: young and active, points: 20, when: [{field: born, within: 10d}, {email: clicked}]}\n"
	text += "      - {rule: not young, points: 300, when: [{not: {field: born, within: 10d}}, {email: clicked}]}\n"
	m := parse(t, text)
	who := person{when: map[string][]timeline.Span{"born": {{Start: at(90), End: at(100)}}}, did: click(50)}
	for asOf, want := range map[float64]int64{89: 300, 90: 27, 99: 27, 100: 300} {
		if out, _ := evaluate(t, m, asOf, everything, who); out.Score[0] != want {
			t.Errorf("on day %g the score is %d, want %d", asOf, out.Score[0], want)
		}
	}
}
