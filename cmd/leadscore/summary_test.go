package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadscore/jobs"
	"leadscore/pipeline"
	"leadscore/transforms/diag"
)

func someSummary() *pipeline.Summary {
	mqls, rejected := int64(1234), int64(4)
	return &pipeline.Summary{
		RunID: "0123456789abcdef", AsOf: time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC), Date: "2026-11-01", Output: "published",
		Tables: []pipeline.TableSummary{{Table: "scores", Rows: 1_000_000, Parts: 8, Bytes: 12_345_678}, {Table: "rejects", Rows: 0, Parts: 1, Bytes: 800}},
		Extracts: []pipeline.ExtractSummary{
			{Extract: "Hot\x1b leads", TableSummary: pipeline.TableSummary{Table: "extracts/hot_leads", Rows: 500, Parts: 1, Bytes: 70_000}, Matching: &mqls},
			{Extract: "CRM", TableSummary: pipeline.TableSummary{Table: "extracts/crm", Rows: 1_230, Parts: 1, Bytes: 9_000}, Matching: &mqls, Rejected: &rejected}},
		Contacts: 1_000_000, Engagements: 20_000_000, MQLs: &mqls, NewMQLs: 34,
		Bands: []pipeline.BandCount{{Band: "cold", Contacts: 900_000}, {Band: "hot\x1b[31m", Contacts: 1}, {Band: "none", Contacts: 0}},
		Rules: []pipeline.RuleCount{{Set: "A", Rule: "Small", Active: true, Contacts: 5, Points: 10}, {Set: "A", Rule: "Big", Active: true, Contacts: 5, Points: -100, DecidesMQL: 7},
			{Set: "B", Rule: "Inactive", Contacts: 5, Points: 1000}, {Set: "A", Rule: "Nobody", Active: true}},
		Counts: map[string]map[string]int64{"engagements": {"rows": 20_000_000, "null_id": 12, "null_time": 0}, "contacts": {"rows": 1_000_000}},
		Stages: []pipeline.StageTiming{{Stage: "engagements", Seconds: 3.21}, {Stage: "evaluate", Seconds: 2}},
	}
}

// TestSummaryForPeople holds what a person sees at the end of a run.
func TestSummaryForPeople(t *testing.T) {
	var stdout bytes.Buffer
	ui := newUI([]string{"NO_COLOR=1"}, strings.NewReader(""), &stdout, &stdout)
	ui.outIsTerminal = true
	if err := ui.summary(someSummary()); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "summary.txt")
	if *update {
		if err := os.WriteFile(golden, stdout.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), stdout.String()); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(stdout.String(), "\x1b") {
		t.Error("a control character got through")
	}
}

// TestSummaryForPrograms holds that where stdout is no terminal there is exactly one line, which reads back as the summary.
func TestSummaryForPrograms(t *testing.T) {
	for _, c := range []struct {
		terminal, json, quiet bool
		lines                 int
	}{{false, false, false, 1}, {false, true, false, 1}, {true, true, false, 1}, {false, true, true, 1}, {false, false, true, 0}, {true, false, true, 0}} {
		var stdout bytes.Buffer
		ui := newUI(nil, strings.NewReader(""), &stdout, &stdout)
		ui.outIsTerminal, ui.json, ui.quiet = c.terminal, c.json, c.quiet
		if err := ui.summary(someSummary()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(stdout.String(), "\n"); got != c.lines {
			t.Errorf("%+v: %d lines", c, got)
			continue
		}
		if c.lines == 0 {
			continue
		}
		var back pipeline.Summary
		if err := json.Unmarshal(stdout.Bytes(), &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(someSummary(), &back); diff != "" {
			t.Error(diff)
		}
	}
}

// TestLogs holds what a run says of itself where nobody looks on.
func TestLogs(t *testing.T) {
	var stderr bytes.Buffer
	ui := newUI(nil, strings.NewReader(""), &bytes.Buffer{}, &stderr)
	ui.json = true
	w := ui.watch()
	w.Stage("engagements", 100, "rows")
	w.Advance("engagements", 60)
	w.Advance("engagements", 40)
	w.Advance("unheard of", 1)
	w.Done("engagements")
	w.Stage("publish", 0, "")
	w.Done("publish")
	w.Warn("of the data")
	w.Diagnose(diag.Diagnostic{What: "no time frame", Why: "it counts for ever", Fix: "add within: 90d", Position: diag.Position{File: "m.yaml", Line: 2, Column: 3}})
	w.Diagnose(diag.Diagnostic{What: "two of one name", Position: diag.Position{File: "m.yaml"}, Related: diag.Position{File: "m.yaml", Line: 4, Column: 5}})
	w.finish()
	var got []map[string]any
	for line := range strings.Lines(stderr.String()) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		delete(entry, "time")
		delete(entry, "seconds")
		got = append(got, entry)
	}
	want := []map[string]any{
		{"level": "INFO", "msg": "begin", "stage": "engagements", "total": 100.0, "unit": "rows"},
		{"level": "INFO", "msg": "done", "stage": "engagements", "done": 100.0, "total": 100.0, "unit": "rows"},
		{"level": "INFO", "msg": "begin", "stage": "publish"},
		{"level": "INFO", "msg": "done", "stage": "publish"},
		{"level": "WARN", "msg": "of the data"},
		{"level": "WARN", "msg": "no time frame", "at": "m.yaml:2:3", "why": "it counts for ever", "fix": "add within: 90d"},
		{"level": "WARN", "msg": "two of one name", "at": "m.yaml", "see": "m.yaml:4:5"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestBars holds that bars come to an end whatever the run did, and that the warnings stand below them, each once and not too many.
func TestBars(t *testing.T) {
	var stderr bytes.Buffer
	ui := newUI(nil, strings.NewReader(""), &bytes.Buffer{}, &stderr)
	ui.errIsTerminal = true
	w := ui.watch()
	w.Stage("engagements", 100, "rows")
	w.Stage("never ends", 0, "rows")
	w.Stage("publish", 0, "")
	w.Advance("engagements", 100)
	w.Done("engagements")
	w.Warn("of the data")
	for range mostShown + 1 {
		w.Diagnose(diag.Diagnostic{What: "in a file", Why: "so", Position: diag.Position{File: "m.yaml", Line: 2, Column: 3}})
	}
	done := make(chan bool)
	go func() { w.finish(); close(done) }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("the bars never end")
	}
	for text, want := range map[string]int{"warning: of the data\n": 1, "warning: m.yaml:2:3: in a file (so)\n": mostShown - 1, "warning: 2 more warnings; with --json all are logged\n": 1} {
		if got := strings.Count(stderr.String(), text); got != want {
			t.Errorf("%q is said %d times, want %d:\n%s", text, got, want, stderr.String())
		}
	}
}

// TestManyDiagnostics holds that of thousands of errors a person sees the first and how many more there are, a program all.
func TestManyDiagnostics(t *testing.T) {
	var list diag.List
	for i := range 1000 {
		list = append(list, diag.Diagnostic{What: "suspicious", Position: diag.Position{File: "m.yaml", Line: 2*i + 1, Column: 1}},
			diag.Diagnostic{Severity: diag.Error, What: "wrong", Position: diag.Position{File: "m.yaml", Line: 2*i + 2, Column: 1}})
	}
	for _, c := range []struct {
		list             diag.List
		errors, warnings int
		rest             string
	}{
		{list, mostShown, 0, "\n… and 950 more errors and 1000 more warnings; --json lists all\n"},
		{list[:2*mostShown-20], mostShown - 10, 10, "\n… and 30 more warnings; --json lists all\n"},
		{list[:mostShown], mostShown / 2, mostShown / 2, "wrong\n"},
	} {
		var out bytes.Buffer
		ui := newUI(nil, strings.NewReader(""), &out, &out)
		ui.diagnostics(&out, c.list)
		if e, w := strings.Count(out.String(), "error: wrong"), strings.Count(out.String(), "warning: suspicious"); e != c.errors || w != c.warnings || !strings.HasSuffix(out.String(), c.rest) {
			t.Errorf("%d diagnostics: %d errors and %d warnings are shown, then %q", len(c.list), e, w, out.String()[max(0, out.Len()-100):])
		}
	}
	var out bytes.Buffer
	ui := newUI(nil, strings.NewReader(""), &out, &out)
	ui.json = true
	ui.fail(&jobs.Refusal{Diagnostics: list})
	if got := strings.Count(out.String(), `"what":"wrong"`); got != 1000 {
		t.Errorf("a program is told %d errors", got)
	}
}

func TestExitOfRun(t *testing.T) {
	ui := newUI(nil, strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{})
	ui.fail(silent{code: jobs.ExitUsage})
	if got := ui.stderr.(*bytes.Buffer).String(); got != "" {
		t.Errorf("a silent end says %q", got)
	}
}
