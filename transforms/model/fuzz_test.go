package model_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"leadscore/transforms/diag"
	"leadscore/transforms/model"
)

// FuzzParse reads anything: it never panics, it comes to an end, what it says has a place in the file, and a model that it
// has nothing against can be checked.
func FuzzParse(f *testing.F) {
	for _, kind := range []string{"good", "errors", "warnings"} {
		files, err := filepath.Glob(filepath.Join(testdata, kind, "*.yaml"))
		if err != nil || len(files) == 0 {
			f.Fatal(kind, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, list := model.Parse("m", text)
		if m == nil {
			t.Fatal("no model")
		}
		lines := strings.Count(string(text), "\n") + strings.Count(string(text), "\r") + 1
		for _, d := range list {
			if d.Severity != diag.Error || d.What == "" || d.Why == "" || d.Fix == "" {
				t.Fatalf("half an error: %+v", d)
			}
			if d.Position.Line > lines+1 {
				t.Fatalf("line %d of %d: %+v", d.Position.Line, lines, d)
			}
		}
		var out strings.Builder
		if err := diag.Render(&out, func(string) []byte { return text }, list); err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			if m.Name == "" || m.Zone == nil {
				t.Fatalf("half a model without errors: %+v", m)
			}
			model.Check(m, inputs())
			model.Mentions(m)
		}
	})
}

// TestHostile reads what is made to cost time or memory.
func TestHostile(t *testing.T) {
	rule := func(when string) string {
		return "name: A\nsets: [{set: S, rules: [{rule: R, points: 1, when: " + when + "}]}]"
	}
	bomb := "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 30 {
		from, to := string(rune('a'+i%26))+string(rune('0'+i/26)), string(rune('a'+(i+1)%26))+string(rune('0'+(i+1)/26))
		bomb += to + ": &" + to + " [" + strings.Repeat("*"+from+", ", 9) + "*" + from + "]\n"
	}
	for name, text := range map[string]string{
		"deep lists":       strings.Repeat("[", 300_000),
		"deep maps":        strings.Repeat("{a: ", 200_000),
		"deep blocks":      strings.Repeat("- ", 400_000),
		"many keys":        strings.Repeat("a: 1\n", 150_000),
		"many other keys":  "name: A\n" + manyKeys(4_000),
		"keys in a list":   "- a: 1\n" + strings.Repeat("  a: 1\n", 100_000),
		"many items":       "name: A\nsets:\n" + strings.Repeat("  - x\n", 100_000),
		"many empty rules": "name: A\nsets:\n  - set: S\n    rules:\n" + strings.Repeat("      - {}\n", 50_000),
		"alias bomb":       bomb,
		"many sins":        rule("[" + strings.Repeat("{email: opend}, ", 9000) + "]"),
		"long scalar":      "name: " + strings.Repeat("x", 1_000_000),
		"long key":         strings.Repeat("x", 1_000_000) + ": 1",
		"huge number":      rule("{field: a, equals: 1e999999999}"),
		"long number":      rule("{field: a, equals: " + strings.Repeat("9", 100_000) + "}"),
		"huge pattern":     rule("{field: a, matches: '" + strings.Repeat("(a{1,1000}){1,1000}", 100) + "'}"),
		"many values":      rule("{field: a, in: [" + strings.Repeat("b, ", 150_000) + "c], contains: x}"),
		"too large":        strings.Repeat(" ", 2<<20),
		"carriage returns": strings.Repeat("\r", 500_000),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, list := model.Parse("m", []byte(text))
			if len(list) == 0 {
				t.Error("nothing was said")
			}
			if len(list) > 1001 {
				t.Errorf("%d diagnostics", len(list))
			}
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %v", took)
			} else {
				t.Logf("%d bytes in %v: %s", len(text), took, whats(list[:min(len(list), 2)]))
			}
		})
	}
}

func manyKeys(n int) string {
	var all strings.Builder
	for i := range n {
		all.WriteString("k")
		all.WriteString(strings.Repeat("x", i%70))
		all.WriteString(time.Duration(i).String() + ": 1\n")
	}
	return all.String()
}
