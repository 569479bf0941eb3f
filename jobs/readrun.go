package jobs

import (
	"context"
	"errors"
	"fmt"

	"leadscore/pipeline"
	"leadscore/pipeline/publish"
	"leadscore/pipeline/published"
	"leadscore/pipeline/storage"
	"leadscore/transforms/diag"
	"leadscore/transforms/model"
)

// DefaultOut is the folder whose run is read where no other is named.
const DefaultOut = "published"

// NotFound is what was asked for and is not there.
type NotFound struct {
	What string
	Fix  string // may be empty
}

// Error says what is not there.
func (n *NotFound) Error() string { return n.What }

// ExitCode is ExitFailed.
func (n *NotFound) ExitCode() int { return ExitFailed }

// modelOf reads the model of a run; nil: it is of an engine that knew another language.
func modelOf(run *published.Run) *model.Model {
	m, found := model.Parse("model", []byte(run.Manifest.Model.Text))
	if diag.List(found).HasErrors() {
		return nil
	}
	return m
}

// thresholdOf gives the score that makes an MQL; nil: none does.
func thresholdOf(m *model.Model) *int64 {
	if m.Score.MQL == nil {
		return nil
	}
	return &m.Score.MQL.At
}

// costOf tells what has been read of a run.
func costOf(run *published.Run) ReadCost {
	var c ReadCost
	c.Bytes, c.Reads = run.Cost()
	for _, o := range run.Manifest.Outputs {
		c.Of += o.Bytes
	}
	return c
}

// openRun opens the run that is published for a date, in a folder; empty: the newest date, and DefaultOut.
func openRun(ctx context.Context, out, date string) (*published.Run, error) {
	if out == "" {
		out = DefaultOut
	}
	if err := checkDate(date); err != nil {
		return nil, err
	}
	store, path, err := storage.Open(ctx, out)
	if err != nil {
		return nil, err
	}
	run, err := published.Open(ctx, store, path, date, pipeline.PartOf)
	if errors.Is(err, publish.ErrNoRun) {
		return nil, noRun(ctx, store, path, out, date)
	}
	return run, readFault(err)
}

// noRun says which runs there are in the place of the one that there is not.
func noRun(ctx context.Context, store storage.Store, path, out, date string) error {
	newest, err := published.Open(ctx, store, path, publish.Latest, nil)
	switch {
	case err == nil:
		return &NotFound{What: fmt.Sprintf("no run is published for %s in %s", date, out),
			Fix: fmt.Sprintf("the newest is that of %s; leave --date out for it", newest.Manifest.Date)}
	case errors.Is(err, publish.ErrNoRun):
		return &NotFound{What: "no run is published in " + out, Fix: "name the folder that leadscore score publishes to; leadscore contact takes it with --out"}
	}
	return readFault(err)
}

// readFault gives an error of reading the exit code for its kind.
func readFault(err error) error {
	if errors.Is(err, storage.ErrUnavailable) || errors.Is(err, storage.ErrBusy) {
		return &pipeline.Error{Code: ExitTryAgain, Err: err}
	}
	return err
}
