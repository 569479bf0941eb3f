package jobs

import (
	"context"
	"errors"
	"time"

	"leadscore/pipeline"
	"leadscore/transforms/diag"
	"leadscore/transforms/model"
)

// Check finds everything that is wrong or suspicious in a model and, where one is named, in a job file. Where the inputs are known,
// by the job file or by the options, the columns of the data are looked at too, and where all else is in order its values. An error
// means that something could not be looked at; what is wrong with the files themselves is in the list, beside an error too.
func Check(ctx context.Context, o Options) (diag.List, error) {
	if o.Job == "" && o.Model == "" {
		return nil, usagef("leadscore check model.yaml, or leadscore check --job job.yaml", "neither a model nor a job file is named")
	}
	if o.Job == "" && (len(o.Contacts) > 0) != (len(o.Engagements) > 0) {
		return nil, usagef("give both or neither", "--contacts and --engagements belong together")
	}
	ctx, err := o.patient(ctx)
	if err != nil {
		return nil, err
	}
	job, list, err := o.job(ctx)
	if err != nil {
		return nil, err
	}
	if o.Job != "" {
		list = append(list, job.incomplete()...)
	}
	readable := len(job.Contacts.Paths) > 0 && len(job.Engagements.Paths) > 0
	m, found, err := job.model(ctx)
	if err != nil {
		return nil, err
	}
	list = append(list, found...)
	if readable {
		misfits, err := job.misfits(ctx)
		list = append(list, misfits...)
		if err != nil {
			return list, err
		}
	}
	switch {
	case m == nil || found.HasErrors():
		return list, nil
	case !readable || list.HasErrors():
		return append(list, model.Check(m, nil)...), nil
	}
	spec, err := o.spec(job)
	if err != nil {
		return list, err
	}
	spec.Model, spec.AsOf = m, time.Now()
	found, err = againstData(ctx, spec)
	return append(list, found...), err
}

// model reads the model, where one is named. It is nil where it cannot be read, and the list says why.
func (j *Job) model(ctx context.Context) (*model.Model, diag.List, error) {
	if j.Model == "" {
		return nil, nil, nil
	}
	m, found, err := readModel(ctx, j.Model, j.place("model"))
	if refusal := (*Refusal)(nil); errors.As(err, &refusal) {
		return nil, refusal.Diagnostics, nil
	}
	return m, found, err
}

// againstData finds what is wrong with a model given the columns of the data, and if nothing is, what is suspicious given its values.
func againstData(ctx context.Context, spec pipeline.Spec) (diag.List, error) {
	found, err := pipeline.Check(ctx, spec)
	list := diag.List(found)
	if err != nil || list.HasErrors() {
		return list, err
	}
	unseen, err := pipeline.Unseen(ctx, spec)
	list = append(list, unseen...)
	list.Sort()
	return list, err
}
