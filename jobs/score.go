package jobs

import (
	"context"
	"errors"

	"leadscore/pipeline"
)

// Score runs the main job: everything that the plan asks for is published, or nothing is. A model or a job that does not fit the data is
// a Refusal.
func Score(ctx context.Context, plan *Plan, watch pipeline.Watcher) (*pipeline.Summary, error) {
	summary, err := pipeline.Run(ctx, plan.Spec, watch)
	if misfit := (*pipeline.DiagnosticsError)(nil); errors.As(err, &misfit) {
		return nil, &Refusal{Diagnostics: misfit.List}
	}
	if err != nil && ExitCode(err) == ExitUsage {
		// The run knows what is wrong, the job file where it is written.
		if list, looking := plan.Job.misfits(ctx); looking == nil && list.HasErrors() {
			return nil, &Refusal{Diagnostics: list}
		}
	}
	return summary, err
}
