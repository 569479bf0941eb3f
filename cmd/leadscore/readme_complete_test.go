package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"leadscore/jobs"
	"leadscore/pipeline"
	"leadscore/pipeline/parquetio/encode"
	"leadscore/transforms/match"
)

// The README is the manual, so what the code has and what the README names are held to each other.

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// section gives the text from a heading to the next one of its level or above.
func section(t *testing.T, text, heading string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, "\n"+heading+"\n")
	if !found {
		t.Fatalf("README.md has no heading %q", heading)
	}
	level := strings.IndexByte(heading, ' ')
	fenced := false
	for line, at := "", 0; at < len(rest); at += len(line) {
		line = rest[at : at+strings.IndexByte(rest[at:]+"\n", '\n')+1]
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		if hashes := len(line) - len(strings.TrimLeft(line, "#")); !fenced && hashes > 0 && hashes <= level {
			return rest[:at]
		}
	}
	return rest
}

// tables gives the tables of a text as cells, without the line of dashes. A bar with a backslash before it belongs to its cell.
func tables(text string) [][][]string {
	var all [][][]string
	inside := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			inside = false
			continue
		}
		if !inside {
			all = append(all, nil)
			inside = true
		}
		var row []string
		for cell := range strings.SplitSeq(strings.Trim(strings.ReplaceAll(line, `\|`, "\x00"), "|"), "|") {
			row = append(row, strings.ReplaceAll(strings.TrimSpace(cell), "\x00", "|"))
		}
		if strings.Trim(strings.Join(row, ""), "-:") != "" {
			all[len(all)-1] = append(all[len(all)-1], row)
		}
	}
	return all
}

func TestReadmeNamesEveryTableAndColumn(t *testing.T) {
	published := section(t, readme(t), "## The published tables")
	var headings []string
	for _, found := range regexp.MustCompile("(?m)^### `([a-z_]+)`$").FindAllStringSubmatch(published, -1) {
		headings = append(headings, found[1])
	}
	if diff := cmp.Diff(pipeline.Tables, headings); diff != "" {
		t.Fatalf("tables (- the code, + the README):\n%s", diff)
	}
	types := map[encode.Type]string{
		encode.Text: "text", encode.Int64: "int64", encode.Double: "double", encode.Boolean: "boolean", encode.Timestamp: "timestamp",
		encode.TextList: "list of text", encode.IntType{Bits: 16}: "id",
	}
	for _, table := range pipeline.Tables {
		var want, got [][]string
		for _, f := range pipeline.Fields(table, encode.IntType{Bits: 16}, nil) {
			null := map[bool]string{true: "yes", false: "no"}[f.Nullable]
			want = append(want, []string{"`" + f.Name + "`", types[f.Type], null})
		}
		found := tables(section(t, published, "### `"+table+"`"))
		if len(found) != 1 {
			t.Errorf("%s has %d tables", table, len(found))
			continue
		}
		for _, row := range found[0][1:] {
			if len(row) != 4 || row[3] == "" {
				t.Errorf("%s: %q has no meaning", table, row)
				continue
			}
			got = append(got, row[:3])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (- the code, + the README):\n%s", table, diff)
		}
	}
}

// TestReadmeNamesEveryKey takes the keys from the schemas that editors complete with, which other tests hold to the readers.
func TestReadmeNamesEveryKey(t *testing.T) {
	parts := map[string][]string{
		"model": {"## The model file"}, "job": {"## The job file", "## The input tables"},
	}
	for of, headings := range parts {
		text := ""
		for _, heading := range headings {
			text += section(t, readme(t), heading)
		}
		schema, err := jobs.Schema(of)
		if err != nil {
			t.Fatal(err)
		}
		var root any
		if err := json.Unmarshal(schema, &root); err != nil {
			t.Fatal(err)
		}
		found := 0
		var walk func(v any)
		walk = func(v any) {
			switch v := v.(type) {
			case map[string]any:
				if properties, ok := v["properties"].(map[string]any); ok {
					for key := range properties {
						found++
						// As code, at the beginning or with others: `range`, `{min: 0, max: 100}`.
						if !regexp.MustCompile("`[^`\n]*\\b" + regexp.QuoteMeta(key) + "\\b[^`\n]*`").MatchString(text) {
							t.Errorf("the %s has a key %s, which the README does not explain", of, key)
						}
					}
				}
				for _, inner := range v {
					walk(inner)
				}
			case []any:
				for _, inner := range v {
					walk(inner)
				}
			}
		}
		walk(root)
		if found < 20 {
			t.Errorf("the schema of the %s has %d keys", of, found)
		}
	}
}

// TestReadmeSaysWhichOperatorFits asks the code for every operator and type of the table.
func TestReadmeSaysWhichOperatorFits(t *testing.T) {
	table := tables(section(t, readme(t), "### Operators"))[0]
	number := match.Operand{Kind: match.Number, Text: "1", Number: big.NewRat(1, 1)}
	probes := []match.Operand{
		{Kind: match.String, Text: "x"}, number, {Kind: match.Bool, Text: "true"}, {Kind: match.Date, Text: "2026-01-01"},
		{Kind: match.Duration, Text: "1d", Seconds: 24 * 60 * 60},
	}
	types := map[string][]match.Kind{
		"text": {match.Text}, "number": {match.Int, match.Uint, match.Float, match.Decimal}, "boolean": {match.Boolean},
		"date": {match.DateOnly, match.Timestamp}, "other": {match.Other},
	}
	var want []string
	for _, name := range match.OperatorNames() {
		want = append(want, "`"+name+"`")
	}
	var got []string
	for _, row := range table[1:] {
		got = append(got, row[0])
		op, _ := match.ParseOperator(strings.Trim(row[0], "`"))
		for column, heading := range table[0] {
			for _, kind := range types[heading] {
				leaf := match.Type{Kind: kind}
				for _, typ := range []match.Type{leaf, {Kind: match.List, Elem: &leaf}} {
					fits := slices.ContainsFunc(probes, func(o match.Operand) bool { return match.Fits(op, o, typ) == nil })
					if fits != (row[column] == "✓") {
						t.Errorf("the README says %q of %s on %s, and the code says %v", row[column], row[0], heading, fits)
					}
				}
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("operators (- the code, + the README):\n%s", diff)
	}
}

// TestReadmeNamesEveryWarning takes the warnings from the golden files, one of each kind at least.
func TestReadmeNamesEveryWarning(t *testing.T) {
	files, err := filepath.Glob("../../testdata/model/warnings/*.golden")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden warnings: %v", err)
	}
	named := map[string]bool{}
	for _, row := range tables(section(t, readme(t), "### Errors and warnings"))[0][1:] {
		named[row[0]] = false
	}
	particular := regexp.MustCompile(`"[^"]*"|(the band |the threshold )\S+`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`(?m)^\S+: warning: (.*)$`).FindAllStringSubmatch(string(text), -1) {
			general := particular.ReplaceAllString(found[1], "${1}…")
			if _, ok := named[general]; !ok {
				t.Errorf("%s warns %q, and the README has no %q", filepath.Base(file), found[1], general)
			}
			named[general] = true
		}
	}
	for name, found := range named {
		if !found && !strings.HasPrefix(name, "the data has no") { // which takes data
			t.Errorf("the README has a warning %q, which no golden file has", name)
		}
	}
}

// TestReadmeNamesEveryProblem takes the problems from the schema of the job's limits.
func TestReadmeNamesEveryProblem(t *testing.T) {
	schema, err := jobs.Schema("job")
	if err != nil {
		t.Fatal(err)
	}
	var job struct {
		Properties struct {
			Limits struct{ Properties map[string]any }
		}
	}
	if err := json.Unmarshal(schema, &job); err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, row := range tables(section(t, readme(t), "### Limits on dirty data"))[0][1:] {
		named[strings.Trim(row[0], "`")] = true
	}
	known := map[string]bool{}
	for name := range job.Properties.Limits.Properties {
		known[name] = true
	}
	if diff := cmp.Diff(known, named); diff != "" || len(known) == 0 {
		t.Errorf("problems (- the code, + the README):\n%s", diff)
	}
}

func TestReadmeNamesEveryCommandAndFlag(t *testing.T) {
	text := readme(t)
	found := tables(section(t, text, "## Commands and flags"))
	commands, flags := map[string]bool{}, map[string]map[string]bool{} // flag → commands
	for _, c := range newRoot(newUI(nil, strings.NewReader(""), io.Discard, io.Discard)).Commands() {
		if c.Name() == "help" {
			continue
		}
		commands[c.Name()] = true
		c.InitDefaultHelpFlag()
		c.Flags().VisitAll(func(f *pflag.Flag) { note(flags, f.Name, c) })
	}
	named := map[string]bool{}
	for _, row := range found[0][1:] {
		named[strings.Fields(strings.Trim(row[0], "`"))[1]] = true
	}
	if diff := cmp.Diff(commands, named); diff != "" {
		t.Errorf("commands (- the code, + the README):\n%s", diff)
	}
	explained := map[string]map[string]bool{}
	for _, row := range found[1][1:] {
		name := strings.TrimPrefix(strings.Fields(strings.Trim(row[0], "`"))[0], "--")
		explained[name] = map[string]bool{}
		if strings.HasPrefix(row[1], "all") {
			explained[name] = flags[name]
			continue
		}
		for of := range strings.SplitSeq(row[1], ", ") {
			explained[name][of] = true
		}
	}
	if diff := cmp.Diff(flags, explained); diff != "" {
		t.Errorf("flags (- the code, + the README):\n%s", diff)
	}
	for _, used := range regexp.MustCompile("[ `]--([a-z][a-z-]*)").FindAllStringSubmatch(text, -1) {
		if used[1] != "prefix" && flags[used[1]] == nil { // npm's
			t.Errorf("the README speaks of --%s, which there is not", used[1])
		}
	}
}

func note(flags map[string]map[string]bool, flag string, c *cobra.Command) {
	if flags[flag] == nil {
		flags[flag] = map[string]bool{}
	}
	flags[flag][c.Name()] = true
}

func TestReadmeNamesEveryExitCode(t *testing.T) {
	var named []string
	for _, table := range tables(section(t, readme(t), "## Every night")) {
		if table[0][0] != "exit code" {
			continue
		}
		for _, row := range table[1:] {
			named = append(named, row[0])
		}
	}
	want := []string{
		fmt.Sprint(jobs.ExitDone), fmt.Sprint(jobs.ExitFailed), fmt.Sprint(jobs.ExitUsage), fmt.Sprint(jobs.ExitOverLimits),
		fmt.Sprint(jobs.ExitTryAgain), fmt.Sprint(jobs.ExitInterrupted, ", 143"),
	}
	if diff := cmp.Diff(want, named); diff != "" {
		t.Errorf("exit codes (- the code, + the README):\n%s", diff)
	}
}

// TestReadmeLinksWithin holds that links to headings and files lead somewhere.
func TestReadmeLinksWithin(t *testing.T) {
	text := readme(t)
	anchors := map[string]bool{}
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		anchor := regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		anchors["#"+strings.ReplaceAll(anchor, " ", "-")] = true
	}
	for _, link := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(text, -1) {
		switch target := link[1]; {
		case strings.HasPrefix(target, "#"):
			if !anchors[target] {
				t.Errorf("no heading is %s", target)
			}
		case !strings.HasPrefix(target, "https://"):
			if _, err := os.Stat(filepath.Join("../..", target)); err != nil {
				t.Error(err)
			}
		}
	}
}
