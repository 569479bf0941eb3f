package jobs

import (
	"context"
	"time"

	"leadscore/pipeline"
)

// DefaultKeep is how long superseded and orphaned parts stay where nobody says.
const DefaultKeep = "24h"

// Runs tells what is published in a folder, oldest date first.
func Runs(ctx context.Context, out string) ([]pipeline.RunInfo, error) {
	return pipeline.Runs(ctx, out)
}

// Verify reads a published run again and holds it to its manifest. date is a date or empty for the latest.
func Verify(ctx context.Context, out, date string, watch Watcher) (*pipeline.Verification, error) {
	if err := checkDate(date); err != nil {
		return nil, err
	}
	return pipeline.Verify(ctx, out, date, watch)
}

// Clean removes what no reader of the folder needs any more and is at least keep old, or with dry only says what it would.
func Clean(ctx context.Context, out, keep string, dry bool) (*pipeline.Cleaned, error) {
	span, err := parseSpan(keep)
	if err != nil {
		return nil, usagef("write "+spanFix, "--keep: %q is not a span of time", keep)
	}
	return pipeline.Clean(ctx, out, span, dry)
}

// checkDate refuses what is no date of a run. Empty is the latest.
func checkDate(date string) error {
	if _, err := time.Parse(time.DateOnly, date); err != nil && date != "" {
		return usagef("write the date of a run, such as --date 2026-11-01, or leave it out for the latest", "--date: %q is not a date", date)
	}
	return nil
}
