package jobs

import (
	"context"
	_ "embed" // the model and the job file of the demo
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"leadscore/pipeline"
)

//go:embed demo/model.yaml
var demoModel []byte

//go:embed demo/job.yaml
var demoJob []byte

// DemoAsOf is the date that the demo scores.
const DemoAsOf = "2026-11-01"

// DemoResult is what the demo did.
type DemoResult struct {
	Folder  string            `json:"folder"`
	Job     string            `json:"job"` // file
	Model   string            `json:"model"`
	Written bool              `json:"written"` // false: the base was there already
	Summary *pipeline.Summary `json:"summary"`
	Leads   []Lead            `json:"leads"` // the first by score
	Daily   []float64         `json:"daily"` // MQLs at the end of each of the last days, oldest first
}

// Demo writes a demo base, a model and a job file into a folder, and runs the main job on them. What is there already is used as
// it is, so that a model that was edited can be tried.
func Demo(ctx context.Context, folder string, replace bool, watch Watcher) (*DemoResult, error) {
	d := &DemoResult{Folder: folder, Job: filepath.Join(folder, "job.yaml"), Model: filepath.Join(folder, "model.yaml")}
	var err error
	if d.Written, err = d.write(ctx, watch); err != nil {
		return nil, err
	}
	plan, err := Prepare(ctx, Options{Job: d.Job, AsOf: DemoAsOf, Replace: replace})
	if err != nil {
		return nil, err
	}
	if d.Summary, err = Score(ctx, plan, watch); err != nil {
		return nil, err
	}
	if d.Leads, err = topLeads(d.Summary, 5); err != nil {
		return nil, err
	}
	if d.Summary.MQLs != nil && plan.Spec.Model.Score.MQL != nil {
		d.Daily, err = dailyMQLs(d.Summary, plan.Spec.Model.Score.MQL.At, int(plan.Spec.History.Hours()/24))
	}
	return d, err
}

// write puts the demo into its folder where it is not there yet. The exports come last and in one step: where they are, all is.
func (d *DemoResult) write(ctx context.Context, watch Watcher) (bool, error) {
	exports, partial := filepath.Join(d.Folder, "exports"), filepath.Join(d.Folder, "exports.partial")
	if exist(d.Model) && exist(d.Job) && exist(exports) {
		return false, nil
	}
	entries, err := os.ReadDir(d.Folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, usagef("name another folder", "cannot look into %s: %v", d.Folder, err)
	}
	for _, e := range entries {
		if n := e.Name(); n != "exports.partial" && n != "model.yaml" && n != "job.yaml" {
			return false, usagef("name a folder that is empty or does not exist: leadscore demo some-folder", "%s has other files in it, such as %s", d.Folder, n)
		}
	}
	const stage = "write demo base"
	watch.Stage(stage, 0, "rows")
	if err := os.RemoveAll(partial); err != nil {
		return false, fmt.Errorf("cannot write the demo base: %w", err)
	}
	if err := writeDemoBase(ctx, partial, demoFull, func(rows int) { watch.Advance(stage, int64(rows)) }); err != nil {
		return false, errors.Join(err, os.RemoveAll(partial))
	}
	for _, f := range []struct {
		file string
		text []byte
	}{{d.Model, demoModel}, {d.Job, demoJob}} {
		if exist(f.file) {
			continue
		}
		if err := writeWhole(f.file, f.text); err != nil {
			return false, err
		}
	}
	if err := os.Rename(partial, exports); err != nil {
		return false, fmt.Errorf("cannot write the demo base: %w", err)
	}
	watch.Done(stage)
	return true, nil
}

func exist(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
