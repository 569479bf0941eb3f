package match

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func test(caseSensitive bool, pairs ...any) Test {
	t := Test{CaseSensitive: caseSensitive}
	for i := 0; i < len(pairs); i += 2 {
		c := Condition{Operator: pairs[i].(Operator)}
		switch v := pairs[i+1].(type) {
		case string:
			c.Operands = []Operand{{Kind: String, Text: v}}
		case bool:
			c.Operands = []Operand{boolOperand(v)}
		case []string:
			for _, text := range v {
				c.Operands = append(c.Operands, Operand{Kind: String, Text: text})
			}
		}
		t.Conditions = append(t.Conditions, c)
	}
	return t
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		test  Test
		value string
		want  bool
	}{
		{test(false, Equals, "CEO"), " ceo\t\n", true},
		{test(false, Equals, "CEO"), "\u00a0CEO\u3000", true},
		{test(false, Equals, "CEO"), "CEO\u200b", false}, // a zero-width space is no White_Space
		{test(true, Equals, "CEO"), "ceo", false},
		{test(true, Equals, "CEO"), " CEO ", true},
		{test(true, Equals, " CEO "), "CEO", true},
		{test(false, Equals, "Straße"), "STRASSE", false}, // ß is not ss
		{test(false, Equals, "Straße"), "STRAẞE", true},
		{test(false, Equals, "i"), "İ", false},
		{test(false, Equals, "i"), "ı", false},
		{test(false, Equals, "k"), "\u212a", true},
		{test(false, Equals, "ſ"), "S", true},
		{test(false, Equals, "σ"), "ς", true},
		{test(false, Equals, "é"), "E\u0301", true},
		{test(true, Equals, "é"), "e\u0301", true},
		{test(false, In, []string{"SE", "NO"}), "no", true},
		{test(false, In, []string{"SE", "NO"}), "nor", false},
		{test(false, Contains, "STUDENT"), "a student", true},
		{test(false, Contains, " student "), "astudents", true},
		{test(false, Contains, "e"), "caf\u00e9", false},
		{test(false, StartsWith, "https://acme.example/pricing"), "HTTPS://ACME.example/Pricing?x", true},
		{test(false, StartsWith, "ⱥ"), "Ⱥb", true}, // two bytes against three
		{test(false, EndsWith, ".pdf"), "Guide.PDF  ", true},
		{test(false, EndsWith, "guide.pdf"), ".pdf", false},
		{test(false, Matches, `\.pdf$`), "guide.PDF ", true},
		{test(true, Matches, `\.pdf$`), "guide.PDF", false},
		{test(true, Matches, `\.pdf$`), "guide.pdf", true},
		{test(false, Matches, `ide`), "guide.pdf", true},
		{test(false, Matches, ` pdf`), "pdf", false}, // a pattern is kept as written
		{test(false, Matches, `^caf.$`), "cafe\u0301", true},
		{test(false, Matches, `\x{fffd}`), "a\xff", true},
		{test(false, Matches, `(?-i)CEO`), "ceo", false},
		{test(false, Matches, `K`), "\u212a", true},
		{test(false, Matches, `ceo|cto`), "CTO", true},
		{test(false, StartsWith, "a", EndsWith, "z"), "abcz", true},
		{test(false, StartsWith, "a", EndsWith, "z"), "abc", false},
		{test(false, Exists, true), "x", true},
		{test(false, Exists, true), " \u2003", false},
		{test(false, Exists, false), " ", true},
		{test(false, Exists, false), "x", false},
		{test(false, Exists, false, Equals, "x"), "x", false},
		{test(false, Exists, false, Equals, "x"), "", false},
		{test(false, Exists, true, Equals, "x"), "X", true},
		{test(false), "x", true},
		{test(false), "", false},
		{Test{Conditions: []Condition{{Equals, []Operand{{Kind: Number, Text: "007", Number: rat("7")}}}}}, "007", true},
		{Test{Conditions: []Condition{{Equals, []Operand{{Kind: Number, Text: "007", Number: rat("7")}}}}}, "7", false},
		{Test{Conditions: []Condition{{In, []Operand{boolOperand(true), {Kind: Date, Text: "2026-09-01"}}}}}, "TRUE", true},
		{Test{Conditions: []Condition{{In, []Operand{boolOperand(true), {Kind: Date, Text: "2026-09-01"}}}}}, "2026-09-01", true},
	} {
		m, err := Compile(c.test, Type{Kind: Text}, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Text([]byte(c.value)); got != c.want {
			t.Errorf("%+v on %q: %v", c.test, c.value, got)
		}
		set, out := NewSet([]*Matcher{m}), []uint64{^uint64(0)}
		if set.Text([]byte(c.value), out); (out[0] == 1) != c.want {
			t.Errorf("in a set %+v on %q: %v", c.test, c.value, out)
		}
	}
}

// Two characters have one folded form exactly when Unicode's simple case folding says that they are the same.
func TestFoldedFormIsOneForEachClass(t *testing.T) {
	forms := map[rune]rune{}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		form := foldRune(r)
		if again := foldRune(form); again != form {
			t.Fatalf("%U folds to %U, that to %U", r, form, again)
		}
		if !strings.EqualFold(string(r), string(form)) {
			t.Fatalf("%U folds to %U, which is another character", r, form)
		}
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			if foldRune(next) != form {
				t.Fatalf("%U folds to %U, %U to %U", r, form, next, foldRune(next))
			}
		}
		forms[r] = form
	}
	for r, form := range map[rune]rune{'A': 'a', 'z': 'z', '[': '[', '@': '@', 'İ': 'İ', 'ı': 'ı', 'Å': 'å', 'ẞ': 'ß'} {
		if forms[r] != form {
			t.Errorf("%c folds to %c", r, forms[r])
		}
	}
}

func TestNormalizeAgreesWithReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.SampledFrom(someTexts), rapid.String(), rapid.StringMatching(`[ -~\t]{0,40}é?[ -~]{0,9}`))
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		if rapid.Bool().Draw(t, "other case") {
			b = strings.ToUpper(a)
		}
		for _, caseSensitive := range []bool{true, false} {
			same := string(Normalize([]byte("x"), []byte(a), caseSensitive)) == "x"+NormalizeString(b, caseSensitive)
			if want := sameText(a, b, caseSensitive); same != want {
				t.Fatalf("%q and %q, case-sensitive %v: %v", a, b, caseSensitive, same)
			}
		}
		if Missing([]byte(a)) != (tidy(a) == "") {
			t.Fatalf("%q", a)
		}
	})
}

func TestTextDoesNotAllocate(t *testing.T) {
	long := []byte(strings.Repeat("Https://Acme.example/Straße/", 40))
	var tests []*Matcher
	for _, c := range []Test{
		test(false, Equals, string(long)), test(false, StartsWith, "https"), test(false, EndsWith, "e/"), test(false, Contains, "ße"),
		test(true, In, []string{"a", "b"}), test(true, Contains, "Straße"), test(false, StartsWith, "h", Contains, "zzz"),
	} {
		m, err := Compile(c, Type{Kind: Text}, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		tests = append(tests, m)
		if n := testing.AllocsPerRun(100, func() { m.Text(long) }); n >= 1 {
			t.Errorf("%+v allocates %v times", c.Conditions, n)
		}
	}
	set, out := NewSet(tests).WithNulls([]string{"n/a"}), make([]uint64, 1)
	if n := testing.AllocsPerRun(100, func() { set.Text(long, out) }); n >= 1 {
		t.Errorf("a set allocates %v times", n)
	}
}
