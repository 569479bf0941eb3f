package diag_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"leadscore/transforms/diag"
)

func TestRender(t *testing.T) {
	files := map[string]string{
		"model.yaml": "name: Acme\nsets:\n  - set: A\n    rules:\n  - rule: Mid-market\n    when: {field: employee_cnt, at_least: 50}\n",
		"wide.yaml":  "\ufeff\tname: 日本語 \u001b[31mred\r\n" + strings.Repeat("x", 300) + "KEY" + strings.Repeat("y", 300),
	}
	cases := []struct {
		name string
		list []diag.Diagnostic
		want string
	}{
		{"the form that the texts promise", []diag.Diagnostic{{
			Severity: diag.Error,
			Position: diag.Position{File: "model.yaml", Line: 6, Column: 19, Length: 12},
			What:     `unknown column "employee_cnt"`,
			Why:      `rule "Mid-market" reads it, but the contacts have no such column`,
			Fix:      `did you mean "employee_count" (int32)?`,
		}}, `model.yaml:6:19: error: unknown column "employee_cnt"
   6 |     when: {field: employee_cnt, at_least: 50}
     |                   ^^^^^^^^^^^^
  why: rule "Mid-market" reads it, but the contacts have no such column
  fix: did you mean "employee_count" (int32)?
`},
		{"two that clash, and a fix of two lines", []diag.Diagnostic{
			{
				Severity: diag.Warning,
				Position: diag.Position{File: "model.yaml", Line: 3, Column: 5, Length: 3},
				Related:  diag.Position{File: "model.yaml", Line: 1, Column: 1, Length: 4},
				What:     "they clash", Fix: "write\nless",
			},
			{Severity: diag.Error, What: "no place at all"},
		}, `model.yaml:3:5: warning: they clash
   3 |   - set: A
     |     ^^^
  see: model.yaml:1:1
   1 | name: Acme
     | ^^^^
  fix: write
       less

error: no place at all
`},
		{"past the end of the file, of the line, and in no file at hand", []diag.Diagnostic{
			{Position: diag.Position{File: "model.yaml", Line: 99, Column: 5}, What: "a"},
			{Position: diag.Position{File: "model.yaml", Line: 1, Column: 99, Length: 4}, What: "b"},
			{Position: diag.Position{File: "other.yaml", Line: 1, Column: 1}, What: "c"},
			{Position: diag.Position{File: "other.yaml"}, What: "d"},
		}, `model.yaml:99:5: warning: a

model.yaml:1:99: warning: b
   1 | name: Acme
     |           ^

other.yaml:1:1: warning: c

other.yaml: warning: d
`},
		{"wide characters, tabs, a byte order mark and escapes", []diag.Diagnostic{
			{Position: diag.Position{File: "wide.yaml", Line: 1, Column: 8, Length: 3}, What: "w"},
			{Position: diag.Position{File: "wide.yaml", Line: 1, Column: 17, Length: 3}, What: "x \u001b[0m"},
		}, "wide.yaml:1:8: warning: w\n   1 | \tname: 日本語 \ufffd[31mred\n     | \t      ^^^^^^\n\n" +
			"wide.yaml:1:17: warning: x \ufffd[0m\n   1 | \tname: 日本語 \ufffd[31mred\n     | \t                  ^^^\n"},
		{"a long line is cut around the place", []diag.Diagnostic{
			{Position: diag.Position{File: "wide.yaml", Line: 2, Column: 301, Length: 3}, What: "k"},
		}, "wide.yaml:2:301: warning: k\n   2 | …" + strings.Repeat("x", 40) + "KEY" + strings.Repeat("y", 77) + "…\n     | " +
			strings.Repeat(" ", 41) + "^^^\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			source := func(file string) []byte { return []byte(files[file]) }
			if err := diag.Render(&out, source, c.list); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, out.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRenderSurvivesAnyPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		place := diag.Position{
			File: "f", Line: rapid.IntRange(-1, 5).Draw(t, "line"),
			Column: rapid.IntRange(-1, 200).Draw(t, "column"), Length: rapid.IntRange(-1, 200).Draw(t, "length"),
		}
		var out strings.Builder
		if err := diag.Render(&out, func(string) []byte { return []byte(text) }, []diag.Diagnostic{{Position: place, What: text}}); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(out.String(), "\x1b\x00\r") {
			t.Fatalf("control characters in %q", out.String())
		}
	})
}

func TestJSON(t *testing.T) {
	list := []diag.Diagnostic{
		{Severity: diag.Error, Position: diag.Position{File: "m", Line: 1, Column: 2, Length: 3}, What: "a > b", Why: "c", Fix: "d",
			Related: diag.Position{File: "m", Line: 4, Column: 5}},
		{What: "e"},
	}
	var out strings.Builder
	if err := diag.WriteJSON(&out, list); err != nil {
		t.Fatal(err)
	}
	want := `[
  {
    "severity": "error",
    "position": {
      "file": "m",
      "line": 1,
      "column": 2,
      "length": 3
    },
    "what": "a > b",
    "why": "c",
    "fix": "d",
    "related": {
      "file": "m",
      "line": 4,
      "column": 5
    }
  },
  {
    "severity": "warning",
    "position": {
      "file": "",
      "line": 0,
      "column": 0
    },
    "what": "e"
  }
]
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	var back []diag.Diagnostic
	if err := json.Unmarshal([]byte(out.String()), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(list, back); diff != "" {
		t.Error(diff)
	}
	if err := json.Unmarshal([]byte(`{"severity": "grave"}`), &diag.Diagnostic{}); err == nil {
		t.Error("an unknown severity was read")
	}
	out.Reset()
	if err := diag.WriteJSON(&out, nil); err != nil || out.String() != "[]\n" {
		t.Errorf("nothing to say is %q, %v", out.String(), err)
	}
}

func TestList(t *testing.T) {
	at := func(file string, line, column int) diag.Position {
		return diag.Position{File: file, Line: line, Column: column}
	}
	list := diag.List{
		{What: "f", Position: at("b", 1, 1)},
		{What: "d", Position: at("a", 2, 9)},
		{What: "c", Position: at("a", 2, 9), Severity: diag.Error},
		{What: "e", Position: at("a", 10, 1)},
		{What: "b", Position: at("a", 2, 1)},
		{What: "a", Position: diag.Position{File: "a"}, Severity: diag.Error},
	}
	list.Sort()
	var got string
	for _, d := range list {
		got += d.What
	}
	if got != "abcdef" {
		t.Errorf("sorted to %q", got)
	}
	if n := len(list.Errors()); n != 2 {
		t.Errorf("%d errors", n)
	}
	if n := len(list.Warnings()); n != 4 || !list.HasErrors() || list.Warnings().HasErrors() {
		t.Errorf("%d warnings", n)
	}
}

func TestNearest(t *testing.T) {
	cases := []struct {
		name       string
		candidates []string
		want       string
	}{
		{"opend", []string{"clicked", "opened"}, "opened"},
		{"employee_cnt", []string{"country", "employee_count", "employees"}, "employee_count"},
		{"Job Title", []string{"job_title"}, "job_title"},
		{"job-titel", []string{"job_title"}, "job_title"},
		{"ponits", []string{"points"}, "points"},
		{"al", []string{"all", "any"}, "all"},
		{"x", []string{"y", "any", "all"}, ""},
		{"colour", []string{"clicked", "opened"}, ""},
		{"within", []string{"within"}, ""},
		{"", []string{"a"}, ""},
		{strings.Repeat("a", 81), []string{strings.Repeat("a", 80)}, ""},
	}
	for _, c := range cases {
		if got, ok := diag.Nearest(c.name, c.candidates); got != c.want || ok != (c.want != "") {
			t.Errorf("Nearest(%q, %v) = %q, %v; want %q", c.name, c.candidates, got, ok, c.want)
		}
	}
}
