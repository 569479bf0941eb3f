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
// by the job file or by the options, the columns of the data are looked at too. An error means that something could not be
// looked at; what is wrong with the files themselves is in the list.
func Check(ctx context.Context, o Options) (diag.List, error) {
	if o.Job == "" && o.Model == "" {
		return nil, usagef("leadscore check model.yaml, or leadscore check --job job.yaml", "neither a model nor a job file is named")
	}
	if o.Job == "" && (len(o.Contacts) > 0) != (len(o.Engagements) > 0) {
		return nil, usagef("give both or neither", "--contacts and --engagements belong together")
	}
	job, list, err := o.job()
	if err != nil {
		return nil, err
	}
	if o.Job != "" {
		list = append(list, job.incomplete()...)
	}
	if job.Model == "" {
		return list, nil
	}
	m, found, err := readModel(job.Model, job.place("model"))
	if refusal := (*Refusal)(nil); errors.As(err, &refusal) {
		return append(list, refusal.Diagnostics...), nil
	} else if err != nil {
		return nil, err
	}
	list = append(list, found...)
	if list.HasErrors() {
		return list, nil
	}
	if len(job.Contacts.Paths) == 0 || len(job.Engagements.Paths) == 0 {
		return append(list, model.Check(m, nil)...), nil
	}
	misfits, err := job.misfits(ctx)
	if err != nil || misfits.HasErrors() {
		return append(list, misfits...), err
	}
	spec, err := o.spec(job)
	if err != nil {
		return nil, err
	}
	spec.Model, spec.AsOf = m, time.Now()
	found, err = pipeline.Check(ctx, spec)
	return append(list, found...), err
}
