package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// work is a case whose data, model and job lie ready.
type work struct {
	benchCase
	Model       string   // path of the model file
	Job         string   // path of the job file
	Out         string   // folder that the job publishes to
	Engagements []string // paths
	ReadBytes   int64    // of all inputs
}

// contender does a case's work in a process of its own. All contenders of a case run in turn, on the same data. Another
// engine is another contender.
type contender struct {
	Name  string
	run   func(ctx context.Context, w work) (outcome, error)
	check func(ctx context.Context, w work) error // whether it published what the job did, after a run of both; nil: nothing to check
}

// outcome is what one run took, and what came of it.
type outcome struct {
	usage
	Rows   int64 // published; 0: the contender publishes nothing
	Bytes  int64 // published
	Stages string
}

// runSummary is what the bench needs of the summary line.
type runSummary struct {
	Engagements int64 `json:"engagements"`
	Tables      []struct {
		Rows  int64 `json:"rows"`
		Bytes int64 `json:"bytes"`
	} `json:"tables"`
	Stages []struct {
		Stage   string  `json:"stage"`
		Seconds float64 `json:"seconds"`
	} `json:"stages"`
}

// leadscore is the main job of this module.
func leadscore(program string) contender {
	return contender{Name: "leadscore", run: func(ctx context.Context, w work) (outcome, error) {
		if err := os.RemoveAll(w.Out); err != nil { // a run that was published before would be skipped
			return outcome{}, err
		}
		args := []string{"score", w.Job, "--as-of", asOf.Format(time.RFC3339), "--json", "--quiet"}
		if w.Threads > 0 {
			args = append(args, "--threads", strconv.Itoa(w.Threads))
		}
		if w.Memory != "" {
			args = append(args, "--memory", w.Memory)
		}
		took, out, err := measure(ctx, program, args...)
		if err != nil {
			return outcome{}, err
		}
		var summary runSummary
		if err := json.Unmarshal(out, &summary); err != nil {
			return outcome{}, fmt.Errorf("%s: its summary: %w", program, err)
		}
		if summary.Engagements != w.Data.Engagements {
			return outcome{}, fmt.Errorf("%s: read %d engagements of %d", program, summary.Engagements, w.Data.Engagements)
		}
		o := outcome{usage: took}
		for _, t := range summary.Tables {
			o.Rows += t.Rows
			o.Bytes += t.Bytes
		}
		for _, s := range summary.Stages {
			o.Stages += fmt.Sprintf(", %s %.2f", s.Stage, s.Seconds)
		}
		return o, nil
	}}
}

// bareScan is the page scan of this program, on as many goroutines as the job has threads.
func bareScan(program string) contender {
	return contender{Name: "page scan", run: func(ctx context.Context, w work) (outcome, error) {
		args := []string{"scan"}
		if w.Threads > 0 {
			args = append(args, "-goroutines", strconv.Itoa(w.Threads))
		}
		took, out, err := measure(ctx, program, append(args, w.Engagements...)...)
		if err != nil {
			return outcome{}, err
		}
		if rows := string(bytes.TrimSpace(out)); rows != strconv.FormatInt(w.Data.Engagements, 10) {
			return outcome{}, fmt.Errorf("the page scan read %s engagements of %d", rows, w.Data.Engagements)
		}
		return outcome{usage: took}, nil
	}}
}

// prepare writes the model and the job of a case whose data exists.
func (c benchCase) prepare(dir string) (work, error) {
	data := c.Data.folder(dir)
	folder := filepath.Join(dir, "run", strings.ReplaceAll(c.Name, " ", "_"))
	w := work{
		benchCase: c,
		Model:     filepath.Join(folder, "model.yaml"),
		Job:       filepath.Join(folder, "job.yaml"),
		Out:       filepath.Join(folder, "out"),
	}
	var err error
	if w.Engagements, err = c.Data.engagementPaths(dir); err != nil {
		return w, err
	}
	for _, path := range append([]string{filepath.Join(data, "contacts.parquet"), filepath.Join(data, "lists.parquet")}, w.Engagements...) {
		info, err := os.Stat(path)
		if err != nil {
			return w, err
		}
		w.ReadBytes += info.Size()
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return w, err
	}
	if err := os.WriteFile(w.Model, modelText(makeRules(c.Rules)), 0o644); err != nil {
		return w, err
	}
	return w, os.WriteFile(w.Job, jobText(w.Model, data, w.Out, c.Tables), 0o644)
}

// jobText writes a job file.
func jobText(model, data, out string, tables []string) []byte {
	quoted := func(parts ...string) string { return strconv.Quote(filepath.ToSlash(filepath.Join(parts...))) }
	text := fmt.Sprintf(`model: %s
inputs:
  contacts: {path: %s}
  engagements: {path: %s}
  lists: {path: %s, columns: {list: list_id}}
output:
  path: %s
`, quoted(model), quoted(data, "contacts.parquet"), quoted(data, "engagements", "*.parquet"), quoted(data, "lists.parquet"), quoted(out))
	if len(tables) > 0 {
		text += "  tables: [" + strings.Join(tables, ", ") + "]\n"
	}
	return []byte(text)
}
