package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/robfig/cron/v3"
)

// The examples of scripts/schedule: each is parsed, and each command line in it is one that leadscore understands.

func example(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../scripts/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// understood holds a line that calls leadscore, in a shell or not, to the commands and flags that there are, and gives the command.
func understood(t *testing.T, words []string) string {
	t.Helper()
	at := slices.Index(words, "leadscore")
	if at < 0 {
		t.Fatalf("no leadscore is called: %q", words)
	}
	root := newRoot(newUI(nil, strings.NewReader(""), io.Discard, io.Discard))
	cmd, args, err := root.Find(words[at+1:])
	if err != nil || cmd == root {
		t.Fatalf("%q: there is no such command (%v)", words, err)
	}
	if err := cmd.ParseFlags(args); err != nil {
		t.Fatalf("%q: %v", words, err)
	}
	if err := cmd.Args(cmd, cmd.Flags().Args()); err != nil {
		t.Errorf("%q: %v", words, err)
	}
	if cmd.Name() == "score" && !cmd.Flags().Changed("as-of") {
		t.Errorf("%q: without --as-of a second attempt is another run", words)
	}
	return cmd.Name()
}

func TestCrontab(t *testing.T) {
	setting := regexp.MustCompile(`^[A-Z]+=\S+$`)
	var called []string
	for line := range strings.Lines(example(t, "schedule/crontab")) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") || setting.MatchString(line) {
			continue
		}
		words := strings.Fields(line)
		if len(words) < 7 {
			t.Fatalf("%q is no line of a crontab", line)
		}
		if _, err := cron.ParseStandard(strings.Join(words[:5], " ")); err != nil {
			t.Errorf("%q: %v", line, err)
		}
		command := strings.Join(words[5:], " ")
		if regexp.MustCompile(`(^|[^\\])%`).MatchString(command) {
			t.Errorf("%q: %% ends the command unless a backslash stands before it", line)
		}
		called = append(called, understood(t, fields(command)))
	}
	if want := []string{"score", "score", "verify", "clean"}; !slices.Equal(called, want) {
		t.Errorf("calls %v, want %v", called, want)
	}
}

// under goes down into YAML by keys and, with 0, into the first of a list.
func under(t *testing.T, v any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch x := v.(type) {
		case map[string]any:
			v = x[step.(string)]
		case []any:
			if len(x) != 1 {
				t.Fatalf("%v: there are %d of them", path, len(x))
			}
			v = x[0]
		default:
			t.Fatalf("there is nothing at %v: %T", path, v)
		}
	}
	return v
}

func TestKubernetesAndCloudRun(t *testing.T) {
	for _, test := range []struct {
		file, version, kind string
		pod                 []any
	}{
		{"schedule/cronjob.yaml", "batch/v1", "CronJob", []any{"spec", "jobTemplate", "spec", "template", "spec"}},
		{"schedule/cloudrun.yaml", "run.googleapis.com/v1", "Job", []any{"spec", "template", "spec", "template", "spec"}},
	} {
		var file any
		if err := yaml.UnmarshalWithOptions([]byte(example(t, test.file)), &file, yaml.Strict()); err != nil {
			t.Fatalf("%s: %v", test.file, err)
		}
		if under(t, file, "apiVersion") != test.version || under(t, file, "kind") != test.kind || under(t, file, "metadata", "name") != "leadscore" {
			t.Errorf("%s is something else", test.file)
		}
		container := under(t, file, append(slices.Clone(test.pod), "containers", 0)...)
		if got := under(t, container, "command"); !slices.Equal(got.([]any), []any{"/bin/sh", "-c"}) {
			t.Errorf("%s runs %v", test.file, got)
		}
		words := fields(under(t, container, "args", 0).(string))
		if words[0] != "exec" {
			t.Errorf("%s: without exec the shell gets the signals, not leadscore", test.file)
		}
		if got := understood(t, words); got != "score" {
			t.Errorf("%s calls %s", test.file, got)
		}
		if test.kind != "CronJob" {
			continue
		}
		if _, err := cron.ParseStandard(under(t, file, "spec", "schedule").(string)); err != nil {
			t.Errorf("%s: %v", test.file, err)
		}
		if under(t, file, "spec", "concurrencyPolicy") != "Forbid" || under(t, file, append(slices.Clone(test.pod), "restartPolicy")...) != "Never" {
			t.Errorf("%s: two nights may meet, or failures that stay are tried again", test.file)
		}
	}
}

// airflowCalls prints what a DAG calls leadscore with, a JSON array a call; what is no text is null.
const airflowCalls = `
import ast, json, sys
for node in ast.walk(ast.parse(sys.stdin.read())):
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "leadscore":
        print(json.dumps([a.value if isinstance(a, ast.Constant) else None for a in node.args]))
`

func TestAirflow(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("there is no python3 to parse the DAG")
	} else if err != nil {
		t.Skip("there is no python3 to parse the DAG: put it on the PATH")
	}
	cmd := exec.Command(python, "-c", airflowCalls)
	cmd.Stdin = strings.NewReader(example(t, "schedule/airflow.py"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var called []string
	for line := range strings.Lines(string(out)) {
		var args []*string
		if err := json.Unmarshal([]byte(line), &args); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		words := []string{"leadscore"}
		for _, a := range args {
			if a == nil {
				words = append(words, "something")
			} else {
				words = append(words, *a)
			}
		}
		called = append(called, understood(t, words))
	}
	slices.Sort(called)
	if want := []string{"score", "verify"}; !slices.Equal(called, want) {
		t.Errorf("calls %v, want %v", called, want)
	}
}
