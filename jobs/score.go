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
	warn := warner(watch)
	warn(plan.Warnings)
	ctx = plan.Spec.Patient(ctx)
	if text := hidden(ctx, plan.Spec); text != "" {
		watch.Warn(text)
	}
	summary, err := pipeline.Run(ctx, plan.Spec, watch)
	if summary != nil {
		warn(summary.Warnings)
	}
	return summary, plan.refusal(ctx, err, warn)
}

// Backfill scores for each of the plan's instants, from one reading of the inputs, and publishes them one after the other. done is
// called for each that is published, and may end it with an error. Errors and warnings are those of Score; what was published
// before an error stays.
func Backfill(ctx context.Context, plan *Plan, watch Watcher, done func(*pipeline.Summary) error) error {
	warn := warner(watch)
	warn(plan.Warnings)
	ctx = plan.Spec.Patient(ctx)
	for one := range plan.Each() {
		if text := hidden(ctx, one.Spec); text != "" {
			watch.Warn(text)
		}
	}
	err := pipeline.Backfill(ctx, plan.Spec, plan.Instants, watch, func(s *pipeline.Summary) error {
		warn(s.Warnings)
		return done(s)
	})
	return plan.refusal(ctx, err, warn)
}

// Foresee says what Score would read and publish, and writes nothing. What is wrong with model or job is the same Refusal.
func Foresee(ctx context.Context, plan *Plan, watch Watcher) (*pipeline.Outlook, error) {
	warn := warner(watch)
	warn(plan.Warnings)
	ctx = plan.Spec.Patient(ctx)
	if text := hidden(ctx, plan.Spec); text != "" {
		watch.Warn(text)
	}
	outlook, err := pipeline.Foresee(ctx, plan.Spec)
	if outlook != nil {
		warn(outlook.Warnings)
	}
	return outlook, plan.refusal(ctx, err, warn)
}

// warner passes on each warning once.
func warner(watch Watcher) func(diag.List) {
	said := make(map[diag.Diagnostic]bool)
	return func(list diag.List) {
		for _, d := range list.Warnings() {
			if !said[d] {
				said[d] = true
				watch.Diagnose(d)
			}
		}
	}
}

// refusal makes a Refusal of an error that is about the files that people wrote.
func (plan *Plan) refusal(ctx context.Context, err error, warn func(diag.List)) error {
	if misfit := (*pipeline.DiagnosticsError)(nil); errors.As(err, &misfit) {
		warn(misfit.List)
		return &Refusal{Diagnostics: diag.List(misfit.List).Errors()}
	}
	if err != nil && ExitCode(err) == ExitUsage {
		// The run knows what is wrong, the job file where it is written.
		if list, looking := plan.Job.misfits(ctx); looking == nil && list.HasErrors() {
			return &Refusal{Diagnostics: list}
		}
	}
	return err
}
