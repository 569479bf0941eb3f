package jobs

import (
	"context"
	"errors"

	"leadscore/pipeline"
	"leadscore/transforms/diag"
)

// Watcher is told how a job gets on, and what is suspicious about the files that people wrote.
type Watcher interface {
	pipeline.Watcher

	// Diagnose passes on a warning that has a place in a file.
	Diagnose(diag.Diagnostic)
}

// Unwatched is a Watcher that ignores everything.
type Unwatched struct{ pipeline.Unwatched }

// Diagnose does nothing.
func (Unwatched) Diagnose(diag.Diagnostic) {}

// Score runs the main job: everything that the plan asks for is published, or nothing is. A model or a job that does not fit the data is
// a Refusal. Every warning is passed on once: what the files say of themselves before the run, so that it is said of runs that fail
// too; what the data adds, after it.
func Score(ctx context.Context, plan *Plan, watch Watcher) (*pipeline.Summary, error) {
	said := make(map[diag.Diagnostic]bool)
	warn := func(list diag.List) {
		for _, d := range list.Warnings() {
			if !said[d] {
				said[d] = true
				watch.Diagnose(d)
			}
		}
	}
	warn(plan.Warnings)
	ctx = plan.Spec.Patient(ctx)
	if text := hidden(ctx, plan.Spec); text != "" {
		watch.Warn(text)
	}
	summary, err := pipeline.Run(ctx, plan.Spec, watch)
	if misfit := (*pipeline.DiagnosticsError)(nil); errors.As(err, &misfit) {
		warn(misfit.List)
		return nil, &Refusal{Diagnostics: diag.List(misfit.List).Errors()}
	}
	if err != nil && ExitCode(err) == ExitUsage {
		// The run knows what is wrong, the job file where it is written.
		if list, looking := plan.Job.misfits(ctx); looking == nil && list.HasErrors() {
			return nil, &Refusal{Diagnostics: list}
		}
	}
	if summary != nil {
		warn(summary.Warnings)
	}
	return summary, err
}
