package publish

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	"leadscore/pipeline/storage"
)

// advanceLatest moves LATEST to the newest published date. It never moves back: the newest of all pointers is taken,
// after LATEST's version is, so that a swap in the meantime is refused.
func (a area) advanceLatest(ctx context.Context) error {
	var last error
	for range swapTries {
		latest, version, err := a.readPointer(ctx, a.latest())
		if errors.Is(err, storage.ErrNotFound) {
			latest, version, err = Pointer{}, storage.None, nil
		}
		if err != nil {
			return err
		}
		dates, err := a.dates(ctx)
		if err != nil {
			return err
		}
		if len(dates) == 0 || dates[len(dates)-1] < latest.Date {
			return nil
		}
		newest, _, err := a.readPointer(ctx, a.pointer(dates[len(dates)-1]))
		if err != nil {
			return err
		}
		if newest.Attempt == latest.Attempt {
			return nil
		}
		data, err := encode(newest)
		if err != nil {
			return err
		}
		if _, last = a.store.Swap(ctx, a.latest(), data, version); last == nil {
			return nil
		}
		if !storage.OutcomeUnknown(last) && !errors.Is(last, storage.ErrPrecondition) {
			return last
		}
	}
	return last
}

// dates gives the dates that have a pointer, ascending.
func (a area) dates(ctx context.Context) ([]string, error) {
	objects, err := a.list(ctx, runsFolder+"/*.json")
	if err != nil {
		return nil, err
	}
	dates := []string{}
	for _, object := range objects {
		date := strings.TrimSuffix(path.Base(object.Path), ".json")
		if checkDate(date) == nil {
			dates = append(dates, date)
		}
	}
	slices.Sort(dates)
	return dates, nil
}
