package yamltree_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"leadscore/transforms/diag/yamltree"
)

// dump writes a tree on one line: every scalar with its place, quoted ones in quotes.
func dump(n *yamltree.Node) string {
	at := fmt.Sprintf("@%d:%d+%d", n.Position.Line, n.Position.Column, n.Position.Length)
	var parts []string
	switch n.Kind {
	case yamltree.Map:
		for _, e := range n.Entries {
			parts = append(parts, dump(e.Key)+"="+dump(e.Value))
		}
		return "{" + strings.Join(parts, " ") + "}" + at
	case yamltree.List:
		for _, item := range n.Items {
			parts = append(parts, dump(item))
		}
		return "[" + strings.Join(parts, " ") + "]" + at
	}
	if n.Quoted {
		return fmt.Sprintf("%q", n.Text) + at
	}
	return n.Text + at
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain and quoted", "a: b c  # d\n'e': \"f\\n\"\n", `{a@1:1+1=b c@1:4+3 "e"@2:1+3="f\n"@2:6+5}@1:1+1`},
		{"wide characters", "åä: {ö: ü, k: }\n", `{åä@1:1+2={ö@1:6+1=ü@1:9+1 k@1:12+1=@1:14+1}@1:5+11}@1:1+2`},
		{"lists", "- a\n-\n- [b, {c: d}]\n- - e\n  - f: g\n", `[a@1:3+1 @2:2+1 [b@3:4+1 {c@3:8+1=d@3:11+1}@3:7+6]@3:3+11 [e@4:5+1 {f@5:5+1=g@5:8+1}@5:5+1]@4:3+1]@1:1+1`},
		{"blocks", "a: |\n  b\n  c\nd: >-\n  e\n  f\n", `{a@1:1+1="b\nc\n"@1:4+1 d@4:1+1="e f"@4:4+2}@1:1+1`},
		{"several lines", "a: [b,\n  c]\nd: e\n  f\n", `{a@1:1+1=[b@1:5+1 c@2:3+1]@1:4+3 d@3:1+1=e f@3:4+1}@1:1+1`},
		{"nulls", "a:\nb: ~\nc: null\nd: \"\"\n", `{a@1:1+1=@1:3+1 b@2:1+1=~@2:4+1 c@3:1+1=null@3:4+4 d@4:1+1=""@4:4+2}@1:1+1`},
		{"anchors", "a: &x {b: 1}\nc: *x\nd: &y 2\ne: [*y, *x]\n",
			`{a@1:1+1={b@1:8+1=1@1:11+1}@1:7+6 c@2:1+1={b@1:8+1=1@1:11+1}@2:4+2 d@3:1+1=2@3:7+1 e@4:1+1=[2@4:5+2 {b@1:8+1=1@1:11+1}@4:9+2]@4:4+8}@1:1+1`},
		{"merge keys", "a: &x {b: 1, c: 2}\nd: &y {c: 3, e: 4}\nf: {<<: [*y, *x], b: 5}\n",
			`{a@1:1+1={b@1:8+1=1@1:11+1 c@1:14+1=2@1:17+1}@1:7+12 d@2:1+1={c@2:8+1=3@2:11+1 e@2:14+1=4@2:17+1}@2:7+12 f@3:1+1={b@3:19+1=5@3:22+1 c@2:8+1=3@2:11+1 e@2:14+1=4@2:17+1}@3:4+20}@1:1+1`},
		{"one scalar, one document mark", "---\na\n", `a@2:1+1`},
		{"keys of other types", "1: a\ntrue: b\n", `{1@1:1+1=a@1:4+1 true@2:1+4=b@2:7+1}@1:1+1`},
		{"a document with an end", "a: 1\n...\n", `{a@1:1+1=1@1:4+1}@1:1+1`},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, list := yamltree.Parse("f", []byte(c.text))
			if len(list) > 0 {
				t.Fatal(list)
			}
			if diff := cmp.Diff(c.want, dump(root)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "1:1 the file is empty"},
		{"a: [b", "1:4 the YAML cannot be read here: sequence end token ']' not found"},
		{"a: ]", "1:4 the YAML cannot be read here: could not find '[' character corresponding to ']'"},
		{"a: @b", "1:4 the YAML cannot be read here: '@' is a reserved character"},
		{"a: {b: [c] d: e}", "1:12 the YAML cannot be read here: ',' or '}' must be specified"},
		{"a: {b: c d: e}", "1:8 a comma is missing, or quotes"},
		{"a: {b: c:}", "1:8 a comma is missing, or quotes"},
		{"a: b\n  c: d", "1:4 the YAML cannot be read here: the line below is indented further, so that it seems to go on with this value"},
		{"a: b:", "1:4 the YAML cannot be read here: mapping value is not allowed in this context"},
		{"a: {<<: *b}", "1:9 unknown alias *b"},
		{"a: {<<: [5]}", "1:10 << has no map to take keys from"},
		{"a: b\na: c\na: d\n", "2:1 duplicate key \"a\" (1:1); 3:1 duplicate key \"a\" (1:1)"},
		{"? a\n: b\n", "1:1 a key must be plain text"},
		{"a: *b\n", "1:4 unknown alias *b"},
		{"a: !!int 5\n", "1:4 unexpected tag \"!!int\""},
		{"a: &b [*b]\n", "1:8 unknown alias *b"},
		{"a: 1\n---\nb: 1\n", "3:1 a second YAML document begins here"},
		{"a: \xff\n", "1:4 the file is not UTF-8"},
		{"ö\x00", "1:2 the file is not text"},
	} {
		root, list := yamltree.Parse("f", []byte(c.text))
		var got []string
		for _, d := range list {
			one := fmt.Sprintf("%d:%d %s", d.Position.Line, d.Position.Column, d.What)
			if strings.Contains(d.What, "cannot be read") {
				one += ": " + d.Why
			}
			if d.Related.Line > 0 {
				one += fmt.Sprintf(" (%d:%d)", d.Related.Line, d.Related.Column)
			}
			if d.Fix == "" {
				t.Errorf("%q: no fix for %s", c.text, one)
			}
			got = append(got, one)
		}
		if diff := cmp.Diff(c.want, strings.Join(got, "; ")); diff != "" {
			t.Errorf("%q: %s", c.text, diff)
		}
		if root == nil && len(list) == 0 {
			t.Errorf("%q: neither a tree nor an error", c.text)
		}
	}
}

func TestScalars(t *testing.T) {
	plain := func(text string) *yamltree.Node { return &yamltree.Node{Text: text} }
	for text, want := range map[string]string{
		"5": "5", "-5": "-5", "+5": "5", "05": "5", "1.50": "3/2", ".5": "1/2", "5.": "5", "1e3": "1000", "1E-2": "1/100",
		"0x1F": "31", "0o17": "15", "1e400": "many", "1e401": "", "1_000": "", "1,000": "", "0b1": "", "5d": "", "": "", ".": "", "e5": "",
		"١": "", strings.Repeat("1", 401): "", "-0x1": "",
	} {
		number, ok := plain(text).Number()
		got := ""
		if ok {
			if got = number.RatString(); len(got) > 20 {
				got = "many"
			}
		}
		if got != want {
			t.Errorf("%q is the number %q, want %q", text, got, want)
		}
	}
	if _, ok := (&yamltree.Node{Text: "5", Quoted: true}).Number(); ok {
		t.Error("a quoted scalar is a number")
	}
	for text, want := range map[string]bool{"true": true, "True": true, "FALSE": true, "yes": false, "on": false, "1": false} {
		if _, ok := plain(text).Bool(); ok != want {
			t.Errorf("%q is a boolean: %v", text, ok)
		}
	}
	for text, want := range map[string]string{
		"2026-09-01": "2026-09-01 00:00:00 +0000 UTC", "2024-02-29": "2024-02-29 00:00:00 +0000 UTC", "2026-02-29": "", "2026-9-1": "", "20260901": "",
	} {
		got := ""
		if at, ok := yamltree.Date(text); ok {
			got = at.String()
		}
		if got != want {
			t.Errorf("%q is the date %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"2026-09-01T08:00:00Z": "2026-09-01 08:00:00 +0000 UTC", "2026-09-01T08:00:00.123456789+02:00": "2026-09-01 06:00:00.123456789 +0000 UTC",
		"2026-09-01T08:00:00": "", "2026-09-01 08:00:00Z": "", "2026-09-01T08:00Z": "", "2026-09-01T24:00:00Z": "", "2026-09-01T08:00:60Z": "",
		"2026-09-01T08:00:00,5Z": "",
	} {
		got := ""
		if at, ok := yamltree.Instant(text); ok {
			got = at.String()
		}
		if got != want {
			t.Errorf("%q is the instant %q, want %q", text, got, want)
		}
	}
}

// TestPlaces finds each scalar of random documents where its position says.
func TestPlaces(t *testing.T) {
	word := rapid.StringMatching(`[a-zåöü]{1,6}( [a-zü]{1,4})?`)
	rapid.Check(t, func(t *rapid.T) {
		var flow func(depth int) string
		flow = func(depth int) string {
			switch kind := rapid.IntRange(0, 3).Draw(t, "kind"); {
			case depth == 0 || kind == 0:
				return word.Draw(t, "word")
			case kind == 1:
				return `"` + word.Draw(t, "word") + `"`
			case kind == 2:
				return "[" + flow(depth-1) + ", " + flow(depth-1) + "]"
			default:
				return "{k: " + flow(depth-1) + ", l: " + flow(depth-1) + "}"
			}
		}
		var text strings.Builder
		text.WriteString("list:\n")
		for range rapid.IntRange(1, 4).Draw(t, "items") {
			indent := strings.Repeat(" ", 2)
			text.WriteString(indent + "- m: " + flow(3) + "\n" + indent + "  n: " + flow(3) + " # note\n\n")
		}
		root, list := yamltree.Parse("f", []byte(text.String()))
		if len(list) > 0 {
			t.Fatal(list)
		}
		lines := strings.Split(text.String(), "\n")
		var visit func(n *yamltree.Node)
		visit = func(n *yamltree.Node) {
			for _, e := range n.Entries {
				visit(e.Key)
				visit(e.Value)
			}
			for _, item := range n.Items {
				visit(item)
			}
			line := []rune(lines[n.Position.Line-1])
			got := string(line[n.Position.Column-1:][:n.Position.Length])
			switch want := n.Text; {
			case n.Quoted:
				if got != `"`+want+`"` {
					t.Fatalf("%q is where %q should be", got, want)
				}
			case n.Kind == yamltree.Scalar && got != want:
				t.Fatalf("%q is where %q should be", got, want)
			case n.Kind == yamltree.Map && strings.HasPrefix(got, "{") && !strings.HasSuffix(got, "}"):
				t.Fatalf("a map is where %q is", got)
			}
		}
		visit(root)
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "a: b", "- a\n- {b: [c]}\n", "a: &x {b: 1}\nc: {<<: *x}\n", "? a\n: b", "a: |\n  b\n", "%YAML 1.2\n---\na", "a: !!str 5",
		"\ufeffa: 1\r\nb: 2\r\n", "a: \"\\u00e9\\x41\"", "a:\n\t- b", "&a &b c", "*a : b", "{a, b: c, ? d}", "a: b: c", "[[[", "'", "- - - -", "<<: [*a]", "!a b: c"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		root, list := yamltree.Parse("f", text)
		if root == nil && len(list) == 0 {
			t.Fatal("neither a tree nor an error")
		}
		if root == nil {
			return
		}
		if !utf8.Valid(text) {
			t.Fatal("what is not UTF-8 was read")
		}
		var visit func(n *yamltree.Node)
		visit = func(n *yamltree.Node) {
			if n.Position.Line < 1 || n.Position.Column < 1 || n.Position.Length < 1 {
				t.Fatalf("no place: %s", dump(root))
			}
			for _, e := range n.Entries {
				visit(e.Key)
				visit(e.Value)
			}
			for _, item := range n.Items {
				visit(item)
			}
		}
		visit(root)
	})
}
