package jobs

import (
	"context"

	"leadscore/pipeline"
)

// Score runs the main job: everything that the plan asks for is published, or nothing is.
func Score(ctx context.Context, plan *Plan, watch pipeline.Watcher) (*pipeline.Summary, error) {
	return pipeline.Run(ctx, plan.Spec, watch)
}
