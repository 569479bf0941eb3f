package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"leadscore/pipeline/storage"
)

// previousDate is the folder of an input's path that stands for the newest date before the run's which has files there. So a run
// takes in what the one before it published, or what another job wrote for the day before.
const previousDate = "dt=previous"

// IsDated tells whether an address depends on the date of the run that reads it.
func IsDated(address string) bool {
	return slices.Contains(strings.Split(address, "/"), previousDate)
}

// dated tells whether any input depends on the date of the run.
func (s Spec) dated() bool {
	paths := append(slices.Clone(s.Contacts.Paths), s.Engagements.Paths...)
	if s.Lists != nil {
		paths = append(paths, s.Lists.Paths...)
	}
	return slices.ContainsFunc(paths, IsDated)
}

// ListInput opens the store of an address of an input and lists what is there, for a run of a date: YYYY-MM-DD. The second text is the date
// that dt=previous stands for; where it stands for none there are no objects, which is no error.
func ListInput(ctx context.Context, address, date string) (store storage.Store, objects []storage.Object, previous string, err error) {
	store, path, err := storage.Open(ctx, storage.Absolute(address))
	if err != nil {
		return nil, nil, "", err
	}
	if !IsDated(path) {
		objects, err = store.List(ctx, path)
		return store, objects, "", err
	}
	segments := strings.Split(path, "/")
	at := slices.Index(segments, previousDate)
	if slices.Contains(segments[at+1:], previousDate) {
		return nil, nil, "", failed(exitUsage, "%s names %s twice; one folder of a path can depend on the date", store.Address(path), previousDate)
	}
	of := func(date string) string {
		segments := slices.Clone(segments)
		segments[at] = "dt=" + date
		return strings.Join(segments, "/")
	}
	objects, err = store.List(ctx, of("*"))
	if err != nil && !errors.Is(err, storage.ErrNoMatch) {
		return nil, nil, "", err
	}
	for _, o := range objects {
		previous = max(previous, newestDate(o.Path, of, date))
	}
	others := func(o storage.Object) bool { return previous == "" || newestDate(o.Path, of, date) != previous }
	return store, slices.DeleteFunc(objects, others), previous, nil
}

// newestDate gives the newest date before another, empty where there is none, for whose folder a glob finds the path.
func newestDate(path string, glob func(date string) string, before string) string {
	newest := ""
	for _, folder := range strings.Split(path, "/") {
		date, ok := strings.CutPrefix(folder, "dt=")
		if _, err := time.Parse(time.DateOnly, date); !ok || err != nil || date >= before || date <= newest {
			continue
		}
		if matches, err := storage.Match(glob(date), path); err == nil && matches {
			newest = date
		}
	}
	return newest
}

// find lists the files of an input. A path without a file is an error, but for one whose date there is not yet.
func (s *source) find(ctx context.Context, date string) error {
	seen := map[string]bool{}
	for _, address := range s.input.Paths {
		store, objects, previous, err := ListInput(ctx, address, date)
		if err != nil {
			return fmt.Errorf("%s: %w", s.table, err)
		}
		switch {
		case !IsDated(address):
		case previous == "":
			s.notes = append(s.notes, fmt.Sprintf("%s: nothing is read from %s, as it has no date before %s", s.table, address, date))
		default:
			s.previous = max(s.previous, previous)
		}
		for _, o := range objects {
			if !seen[o.Address] {
				seen[o.Address] = true
				s.files = append(s.files, &sourceFile{store: store, object: o, read: &s.read})
			}
		}
	}
	if len(s.files) == 0 && s.table != listsTable {
		return failed(exitUsage, "%s; a run cannot do without %s, so name files for the first date beside it", s.notes[0], s.table)
	}
	slices.SortFunc(s.files, func(a, b *sourceFile) int { return strings.Compare(a.object.Address, b.object.Address) })
	return nil
}

// oneByOne runs each instant of a backfill by itself, as each reads other inputs.
func oneByOne(ctx context.Context, spec Spec, instants []time.Time, watch Watcher, done func(*Summary) error) error {
	if err := checkInstants(instants, spec); err != nil {
		return withCode(err)
	}
	for i, at := range instants {
		spec.AsOf, spec.more = at, i < len(instants)-1
		summary, err := Run(ctx, spec, watch)
		if err == nil {
			err = done(summary)
		}
		if err != nil && i > 0 {
			err = &partlyError{err: err, published: i, of: len(instants), next: at.In(spec.Model.Zone).Format(time.DateOnly)}
		}
		if err != nil {
			return withCode(err)
		}
	}
	return nil
}
