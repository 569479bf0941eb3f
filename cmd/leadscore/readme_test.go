package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"leadscore/jobs"
	"leadscore/transforms/diag"
	"leadscore/transforms/model"
)

// The examples of the README are executed, in their order, in a folder of their own:
//
//	```sh      every line that begins with "leadscore" or "go run ./cmd/leadscore" is run and must succeed. A line that says
//	           "# not run" is not, nor is one with a | > or $( in it that a shell would have to understand
//	```yaml    a model (it begins with name:), a job (model:), sets or rules are read and must have no errors; so is what begins with
//	           "# file: NAME", which is also written to that file for the commands that follow
//	```console begins with such a line behind a $. What stands below it, up to the next line of "…", it has printed in this order
//	```sql     is run by DuckDB in the same folder, and must find rows; with "-- no rows" it must find none
//
// Other blocks are for the eye. Without DuckDB the queries are skipped, but not where CI=true.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("there is no README")
	} else if err != nil {
		t.Fatal(err)
	}
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	database := findDuckDB(t)
	t.Chdir(t.TempDir())
	ran, printed := map[string]int{}, map[string]string{} // printed: by command
	for _, b := range blocks(string(text)) {
		switch b.language {
		case "sh":
			for _, line := range commands(b.text) {
				ran["sh"]++
				output, code := call(line.args)
				printed[strings.Join(line.args, " ")] = output
				if code != 0 {
					t.Errorf("README.md:%d: %s\nexit code %d\n%s", b.line+line.number, line.text, code, output)
				}
			}
		case "console":
			ran["console"]++
			first, shown, _ := strings.Cut(b.text, "\n")
			lines := commands(first)
			if len(lines) != 1 {
				t.Errorf("README.md:%d: no command", b.line)
				continue
			}
			output, done := printed[strings.Join(lines[0].args, " ")]
			if !done {
				output, _ = call(lines[0].args) // of a command that fails, what it says is shown
			}
			for part := range strings.SplitSeq(shown, "…\n") {
				_, after, found := strings.Cut(output, strings.TrimRight(part, " "))
				if !found {
					t.Errorf("README.md:%d: %s does not print\n%s\nin\n%s", b.line, first, part, output)
					break
				}
				output = after
			}
		case "yaml":
			ran["yaml"]++
			name, list := readYAML(b.text)
			if diag.List(list).HasErrors() {
				var out bytes.Buffer
				_ = diag.Render(&out, func(string) []byte { return []byte(b.text) }, list) // a buffer takes everything
				t.Errorf("README.md:%d:\n%s", b.line, out.String())
			}
			if name != "" {
				if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(name, []byte(b.text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		case "sql":
			ran["sql"]++
			t.Run(fmt.Sprintf("query of line %d", b.line), func(t *testing.T) { database.hold(t, b.text) })
		}
	}
	if ran["sh"] == 0 || ran["yaml"] == 0 || ran["sql"] == 0 || ran["console"] == 0 {
		t.Errorf("ran %v: the README has no examples, or they are not found", ran)
	}
}

// call runs leadscore and gives what it printed, results before the rest.
func call(args []string) (output string, code int) {
	var stdout, stderr bytes.Buffer
	code = run(context.Background(), args, nil, strings.NewReader(""), &stdout, &stderr)
	return stdout.String() + stderr.String(), code
}

// block is a fenced block of the README.
type block struct {
	language, text string
	line           int // of its fence
}

func blocks(text string) []block {
	var all []block
	inside := false
	for i, line := range strings.Split(text, "\n") {
		fence, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case isFence && !inside:
			all = append(all, block{language: fence, line: i + 1})
			inside = true
		case isFence:
			inside = false
		case inside:
			all[len(all)-1].text += line + "\n"
		}
	}
	return all
}

// command is a line of a block that calls leadscore.
type command struct {
	text   string
	args   []string
	number int // of the line within the block, from 1
}

// quoted is what a shell takes as it is.
var quoted = regexp.MustCompile(`'[^']*'`)

func commands(text string) []command {
	var all []command
	for i, line := range strings.Split(text, "\n") {
		if strings.Contains(line, "# not run") {
			continue
		}
		line, _, _ = strings.Cut(line, " #")
		args := fields(strings.TrimPrefix(strings.TrimSpace(line), "$ "))
		switch {
		case strings.ContainsAny(quoted.ReplaceAllString(line, ""), "|>;&") || strings.Contains(line, "$("):
		case len(args) > 0 && args[0] == "leadscore":
			all = append(all, command{line, args[1:], i + 1})
		case len(args) > 2 && args[0] == "go" && args[1] == "run" && args[2] == "./cmd/leadscore":
			all = append(all, command{line, args[3:], i + 1})
		}
	}
	return all
}

// fields splits a line as a shell does, as far as quotes go.
func fields(line string) []string {
	var all []string
	var word strings.Builder
	quote, begun := rune(0), false
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote, begun = r, true
		case quote == 0 && (r == ' ' || r == '\t'):
			if begun {
				all = append(all, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if begun {
		all = append(all, word.String())
	}
	return all
}

// readYAML reads an example of a model, of a job, or of a part of a model; name is the file that it shall become.
func readYAML(text string) (name string, list []diag.Diagnostic) {
	first := ""
	for line := range strings.Lines(text) {
		if file, ok := strings.CutPrefix(strings.TrimSpace(line), "# file: "); ok {
			name = file
		}
		if t := strings.TrimSpace(line); first == "" && t != "" && !strings.HasPrefix(t, "#") {
			first = t
		}
	}
	indented := func(by string) string { return by + strings.ReplaceAll(text, "\n", "\n"+by) }
	switch {
	case strings.HasPrefix(first, "model:"), strings.HasPrefix(first, "inputs:"), strings.HasPrefix(first, "limits:"), strings.HasPrefix(first, "output:"):
		_, list = jobs.ParseJob("example.yaml", []byte(text))
	case strings.HasPrefix(first, "name:"):
		_, list = model.Parse("example.yaml", []byte(text))
	case strings.HasPrefix(first, "score:"), strings.HasPrefix(first, "sets:"), strings.HasPrefix(first, "suppress:"):
		whole := "name: Example\n" + text
		if !strings.Contains(text, "\nsets:") && !strings.HasPrefix(first, "sets:") {
			whole += "\nsets: [{set: A, rules: []}]\n"
		}
		_, list = model.Parse("example.yaml", []byte(whole))
	case strings.HasPrefix(first, "- set:"):
		_, list = model.Parse("example.yaml", []byte("name: Example\nsets:\n"+text))
	case strings.HasPrefix(first, "- rule:"), strings.HasPrefix(first, "- {rule:"):
		_, list = model.Parse("example.yaml", []byte("name: Example\nsets:\n  - set: A\n    rules:\n"+indented("    ")))
	case strings.HasPrefix(first, "when:"):
		_, list = model.Parse("example.yaml", []byte("name: Example\nsets:\n  - set: A\n    rules:\n      - rule: R\n        points: 1\n"+indented("        ")))
	default:
		list = []diag.Diagnostic{{Severity: diag.Error, What: fmt.Sprintf("nobody knows what an example is that begins with %q", first)}}
	}
	return name, list
}

// TestReadmeReader holds that the reader of examples finds what is wrong with one.
func TestReadmeReader(t *testing.T) {
	found := blocks("x\n```yaml\n- {rule: A, points: 1, when: {email: clicked}}\n```\n```sh\n$ leadscore score 'a b.yaml' # why\nls\nleadscore demo # not run\ngo run ./cmd/leadscore version\nleadscore x | y\n```\n")
	if len(found) != 2 || found[1].line != 5 {
		t.Fatalf("found %+v", found)
	}
	if _, list := readYAML(found[0].text); len(list) > 0 {
		t.Errorf("a right rule is refused: %v", list)
	}
	if _, list := readYAML(strings.Replace(found[0].text, "email", "emial", 1)); len(list) == 0 {
		t.Error("a wrong rule is let through")
	}
	lines := commands(found[1].text)
	if len(lines) != 2 || len(lines[0].args) != 2 || lines[0].args[1] != "a b.yaml" || lines[1].args[0] != "version" || lines[1].number != 4 {
		t.Errorf("found %+v", lines)
	}
}
