package pipeline

import (
	"context"
	"time"

	"leadscore/pipeline/publish"
	"leadscore/pipeline/storage"
)

// RunInfo is what is published for one date. The JSON names are those of leadscore runs.
type RunInfo struct {
	Date         string         `json:"date"`
	RunID        string         `json:"run_id"`
	AsOf         time.Time      `json:"as_of"`
	Model        string         `json:"model"`
	ModelVersion string         `json:"model_version"`
	Latest       bool           `json:"latest"` // LATEST.json names it
	State        string         `json:"state"`  // published, unfinished or damaged
	Damage       []string       `json:"damage,omitempty"`
	Scores       *int64         `json:"scores"` // rows of that table; nil: it is not published
	MQLs         *int64         `json:"mqls"`   // likewise of mql
	Tables       []TableSummary `json:"tables"`
	Bytes        int64          `json:"bytes"`
	PublishedAt  time.Time      `json:"published_at"`
}

// The states of a published run.
const (
	RunPublished  = "published"
	RunUnfinished = "unfinished" // readers of globs may not see it whole yet; the next run, or a clean-up, finishes it
	RunDamaged    = "damaged"    // its manifest or parts are missing, or have another size
)

// Runs tells what is published in a folder, oldest date first. It does not read the parts; Verify does.
func Runs(ctx context.Context, output string) ([]RunInfo, error) {
	store, path, err := storage.Open(ctx, output)
	if err != nil {
		return nil, withCode(err)
	}
	states, err := publish.Survey(ctx, store, path)
	if err != nil {
		return nil, withCode(err)
	}
	runs := []RunInfo{}
	for _, s := range states {
		run := RunInfo{
			Date: s.Pointer.Date, RunID: s.Pointer.RunID, AsOf: s.Manifest.AsOf, Model: s.Manifest.Model.Name, ModelVersion: s.Manifest.Model.Version,
			Latest: s.Latest, State: RunPublished, Damage: s.Damage, Tables: tableSummaries(s.Manifest.Outputs), PublishedAt: s.Pointer.PublishedAt,
		}
		switch {
		case len(s.Damage) > 0:
			run.State = RunDamaged
		case s.Unfinished:
			run.State = RunUnfinished
		}
		for _, o := range s.Manifest.Outputs {
			run.Bytes += o.Bytes
		}
		run.Scores, run.MQLs = rowsOf(run.Tables, scoresTable), rowsOf(run.Tables, mqlTable)
		runs = append(runs, run)
	}
	return runs, nil
}

// Cleaned is what a clean-up removed and what it left.
type Cleaned struct {
	Output    string             `json:"output"`
	DryRun    bool               `json:"dry_run"` // nothing was removed; removed says what would be
	Runs      int                `json:"runs"`    // leftovers that were removed
	Objects   int                `json:"objects"`
	Bytes     int64              `json:"bytes"`
	Leftovers []publish.Leftover `json:"leftovers"` // those that were removed, and those that stay
}

// Clean removes from a folder what no reader needs any more and is at least keep old. See publish.Clean.
func Clean(ctx context.Context, output string, keep time.Duration, dry bool) (*Cleaned, error) {
	store, path, err := storage.Open(ctx, output)
	if err != nil {
		return nil, withCode(err)
	}
	left, err := publish.Clean(ctx, store, path, keep, dry)
	c := &Cleaned{Output: store.Address(path), DryRun: dry, Leftovers: left}
	if c.Leftovers == nil {
		c.Leftovers = []publish.Leftover{}
	}
	for _, l := range left {
		if l.Removed {
			c.Runs, c.Objects, c.Bytes = c.Runs+1, c.Objects+l.Objects, c.Bytes+l.Bytes
		}
	}
	return c, withCode(err)
}
