package match

import (
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"pgregory.net/rapid"
)

func TestSetAgreesWithMatchers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tests []*Matcher
		for range rapid.IntRange(0, 140).Draw(t, "tests") {
			typ := Type{Kind: Text}
			if rapid.IntRange(0, 20).Draw(t, "type") == 0 {
				typ = Type{Kind: List, Elem: &Type{Kind: Text}}
			}
			m, err := Compile(drawTest(t, arrow.BinaryTypes.String), typ, time.UTC)
			if err != nil {
				t.Fatal(err)
			}
			tests = append(tests, m)
		}
		nulls := rapid.SampledFrom([][]string{nil, {}, {"N/A", " Select"}}).Draw(t, "null texts")
		isNull := NullTexts(nulls)
		set := NewSet(tests)
		if nulls != nil {
			set = set.WithNulls(nulls)
		}
		set = set.Clone()
		out := make([]uint64, Words(len(tests)))
		for range rapid.IntRange(1, 8).Draw(t, "texts") {
			value := []byte(rapid.OneOf(rapid.SampledFrom(someTexts), rapid.StringMatching(`[acehpstxß/]{0,9}`), rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 9), func(b []byte) string { return string(b) })).Draw(t, "text"))
			set.Text(value, out)
			null := isNull(Normalize(nil, value, false))
			for i, m := range tests {
				want := m.Text(value)
				if null {
					want = m.Missing()
				}
				if got := out[i>>6]>>(i&63)&1 == 1; got != want {
					t.Fatalf("%q with nulls %q: %+v gives %v in the set, %v by itself", value, nulls, m.test, got, want)
				}
			}
		}
	})
}

func TestSetTakesOneTestManyTimes(t *testing.T) {
	m := textTestOf(StartsWith, "ab")
	shorter, other := textTestOf(StartsWith, "a"), textTestOf(StartsWith, "abd")
	out := []uint64{0}
	NewSet([]*Matcher{m, m, shorter, other}).Text([]byte("ABC"), out)
	if out[0] != 0b0111 {
		t.Errorf("%b", out[0])
	}
}

func FuzzText(f *testing.F) {
	for _, s := range someTexts {
		f.Add([]byte(s), "a", uint8(Contains))
	}
	for _, p := range somePatterns {
		f.Add([]byte("a\xff\xfeé"), p, uint8(Matches))
	}
	f.Fuzz(func(t *testing.T, value []byte, operand string, op uint8) {
		operator := Operator(op)
		o := Operand{Kind: String, Text: operand}
		var tests []*Matcher
		for _, caseSensitive := range []bool{false, true} {
			m, err := Compile(Test{CaseSensitive: caseSensitive, Conditions: []Condition{{operator, []Operand{o}}}}, Type{Kind: Text}, time.UTC)
			if err != nil {
				return
			}
			tests = append(tests, m)
		}
		out := []uint64{0}
		NewSet(tests).Text(value, out)
		for i, m := range tests {
			if got := m.Text(value); got != (out[0]>>i&1 == 1) {
				t.Fatalf("%s %q on %q, test %d: %v by itself, set %b", operator, operand, value, i, got, out[0])
			}
			if operator == Matches { // the literals looked for first must not lose a match
				want := len(trim(value)) > 0 && m.text.conditions[0].pattern.Match(compose(trim(value)))
				if got := m.Text(value); got != want {
					t.Fatalf("pattern %q on %q: %v", operand, value, got)
				}
			}
		}
		folded := Normalize(nil, value, false)
		if again := fold(nil, folded); string(again) != string(folded) {
			t.Fatalf("folding %q twice gives %q, then %q", value, folded, again)
		}
	})
}
