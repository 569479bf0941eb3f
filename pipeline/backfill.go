package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"leadscore/transforms/diag"
)

// Backfill executes the job for many as-of instants, which have to ascend and to fall on different dates, from one reading of the
// inputs:
//
//	inputs ─ read ─▶ buckets, up to the latest instant ─▶ run of the first instant  ─ publish
//	                                                   ─▶ run of the second instant ─ publish …
//
// Each is a run of its own, with the bytes that Run would give, and published before the next one begins, which takes it
// for the run before. done is called for each, and may end the backfill with an error. One that is published already is
// passed over, so that a backfill that was broken off goes on where it stood; when all are, nothing is read. An error ends
// it, and those before it stay published.
//
// Where an input has a path of dt=previous, each instant reads inputs of its own, and is a Run by itself.
func Backfill(ctx context.Context, spec Spec, instants []time.Time, watch Watcher, done func(*Summary) error) error {
	if len(instants) > 1 && spec.dated() {
		return oneByOne(ctx, spec, instants, watch, done)
	}
	return runAll(ctx, spec, instants, watch, done)
}

func runAll(ctx context.Context, spec Spec, instants []time.Time, watch Watcher, done func(*Summary) error) (err error) {
	ctx = spec.Patient(ctx)
	spec.AsOf = instants[len(instants)-1]
	first, err := open(ctx, spec, watch)
	if err != nil {
		return withCode(err)
	}
	last := first
	defer func() { last.observe() }()
	// What is left behind by a run that is published is no reason to say that it is not.
	ended := func(published bool, err, left error) error {
		if published && left != nil {
			watch.Warn(fmt.Sprintf("the run is published, but did not tidy up behind itself: %v", left))
			left = nil
		}
		return errors.Join(err, left)
	}
	published := 0
	defer func() {
		left := first.close()
		if err != nil && published > 0 && published < len(instants) {
			err = &partlyError{err: err, published: published, of: len(instants), next: instants[published].In(spec.Model.Zone).Format(time.DateOnly)}
		}
		err = withCode(ended(published > 0, err, left))
	}()
	if first.several = len(instants) > 1; first.several {
		if err := checkInstants(instants, spec); err != nil {
			return err
		}
	}
	found, err := first.check()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(found, func(d diag.Diagnostic) bool { return d.Severity == diag.Error }) {
		return &DiagnosticsError{found}
	}
	defer first.tuneCollector()()
	if err := first.prepare(); err != nil {
		return err
	}
	read := false
	for _, at := range instants {
		r := first
		if first.several {
			r = first.of(at)
			last = r
		}
		summary, err := r.begin(ctx)
		if summary == nil && err == nil && !read {
			read, err = true, first.read(ctx)
			if first.several {
				first.letGo() // each instant assembles its own
			}
		}
		if summary == nil && err == nil {
			if r != first {
				r.share(first)
			}
			summary, err = r.publish(ctx, found)
		}
		var left error
		if r != first {
			left = r.closeOwn()
		}
		if r.publication != nil {
			left = errors.Join(left, r.publication.Abort())
		}
		if err := ended(err == nil, err, left); err != nil {
			return err
		}
		published++
		if err := done(summary); err != nil {
			return err
		}
	}
	return nil
}

// checkInstants refuses instants that could not be published side by side.
func checkInstants(instants []time.Time, spec Spec) error {
	date := func(t time.Time) string { return t.In(spec.Model.Zone).Format(time.DateOnly) }
	for i, t := range instants {
		if t.Before(time.Unix(0, 0)) {
			return failed(exitUsage, "the as-of instant %s is before 1970", t.Format(time.RFC3339))
		}
		if i > 0 && (!instants[i-1].Before(t) || date(instants[i-1]) == date(t)) {
			return failed(exitUsage, "%s and %s are of one date, and a date has one run; leave a day or more between the instants",
				instants[i-1].Format(time.RFC3339), t.Format(time.RFC3339))
		}
	}
	return nil
}

// of gives the run of another instant, which shares the intake.
func (r *run) of(at time.Time) *run {
	other := &run{
		intake: r.intake, spec: r.spec, asOf: at.Unix(), options: r.options,
		counts: r.counts, rejects: &rejects{}, written: &written{tables: map[string]*TableSummary{}},
	}
	other.spec.AsOf, other.options.AsOf = at, at.Unix()
	other.own()
	return other
}

// share takes over what was counted, rejected and timed while the inputs were read.
func (r *run) share(first *run) {
	r.counts = first.counts.clone()
	if first.rejects.out != nil {
		r.rejects.shared = first.rejects
	}
	r.timings, first.timings = first.timings, nil
}

// take visits what a bucket holds, and lets go of it unless the runs of other instants want it too.
func (i *intake) take(s *spool, bucket int, unpacked *[]byte, visit func(block []byte) error) error {
	if i.several {
		return s.visit(bucket, unpacked, visit)
	}
	return s.take(bucket, unpacked, visit)
}

// letGo forgets the people of the scan.
func (i *intake) letGo() {
	i.people = nil
	i.memory.used.Add(-i.held.Swap(0))
}

// scratch gives a run whose counts and rejects nobody reads, for what is done again for each instant.
func (r *run) scratch() *run {
	return &run{intake: r.intake, spec: r.spec, asOf: r.asOf, options: r.options, counts: r.counts.clone(), rejects: &rejects{}}
}

// partlyError says how far a backfill came.
type partlyError struct {
	err           error
	published, of int
	next          string // the date that failed
}

func (e *partlyError) Error() string {
	return fmt.Sprintf("%s: %v\n%d of %d dates are published; the same command goes on with the others", e.next, e.err, e.published, e.of)
}

func (e *partlyError) Unwrap() error { return e.err }
