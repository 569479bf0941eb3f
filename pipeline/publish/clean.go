package publish

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"leadscore/pipeline/storage"
)

// Repair finishes what runs that died after their commit left undone, for every date that no process holds, and removes
// what is older than the grace period of runs that died before it, and of superseded ones. It never touches a run
// that is published or in progress.
func Repair(ctx context.Context, store storage.Store, out string, grace time.Duration) error {
	a := area{store: store, out: out}
	dates, err := a.dates(ctx)
	if err != nil {
		return fmt.Errorf("repair %s: %w", a.address(), err)
	}
	for _, date := range dates {
		err := a.withDate(ctx, date, func() error {
			pointer, _, err := a.readPointer(ctx, a.pointer(date))
			if err != nil {
				return err
			}
			return a.settle(ctx, pointer)
		})
		if err != nil {
			return fmt.Errorf("repair %s of %s: %w", date, a.address(), err)
		}
	}
	if err := a.clean(ctx, grace, time.Now(), ""); err != nil {
		return fmt.Errorf("clean up %s: %w", a.address(), err)
	}
	return nil
}

// withDate does something under a date's lock, or nothing when another process holds it.
func (a area) withDate(ctx context.Context, date string, do func() error) error {
	lock, err := a.takeDate(ctx, date, "clean-up", 0)
	if errors.Is(err, ErrBusy) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(do(), lock.Unlock())
}

// clean removes attempts that are not published and have not been touched for the grace period. The lock of the date
// held is the caller's; the others are taken one by one.
func (a area) clean(ctx context.Context, grace time.Duration, now time.Time, held string) error {
	touched, err := a.attempts(ctx)
	if err != nil {
		return err
	}
	latest, _, err := a.readPointer(ctx, a.latest())
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	for _, at := range touched {
		if now.Sub(at.touched) < grace || at.attempt == latest.Attempt {
			continue
		}
		remove := func() error {
			// Read under the lock, as the attempt may have been published since.
			standing, _, err := a.readPointer(ctx, a.pointer(at.date))
			if err != nil && !errors.Is(err, storage.ErrNotFound) {
				return err
			}
			if err == nil && standing.Attempt == at.attempt {
				return nil
			}
			if err := a.removeTree(ctx, a.at(stagingName(at.date, at.attempt))); err != nil {
				return err
			}
			if err := a.store.Delete(ctx, a.at(manifestName(at.date, at.attempt))); err != nil {
				return err
			}
			return a.prune(ctx, a.at(stagingFolder, at.date), a.at(stagingFolder), a.at(runsFolder, at.date))
		}
		if at.date != held {
			err = a.withDate(ctx, at.date, remove)
		} else {
			err = remove()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// attempt is what an attempt left in staging and as a manifest, and when it was last touched.
type attempt struct {
	date, attempt string
	touched       time.Time
}

// attempts lists what lies in staging, hidden files of killed writers too, and the manifests.
func (a area) attempts(ctx context.Context) ([]attempt, error) {
	var found []attempt
	add := func(date, name string, modified time.Time) {
		if checkDate(date) != nil {
			return // not ours
		}
		i := slices.IndexFunc(found, func(f attempt) bool { return f.date == date && f.attempt == name })
		if i < 0 {
			found = append(found, attempt{date: date, attempt: name, touched: modified})
		} else if modified.After(found[i].touched) {
			found[i].touched = modified
		}
	}
	for _, pattern := range []string{"**", "**/.*"} {
		objects, err := a.list(ctx, stagingFolder+"/"+pattern)
		if err != nil {
			return nil, err
		}
		root := a.at(stagingFolder) + "/"
		for _, object := range objects {
			names := strings.Split(strings.TrimPrefix(object.Path, root), "/")
			if len(names) > 2 {
				add(names[0], names[1], object.Modified)
			}
		}
	}
	manifests, err := a.list(ctx, runsFolder+"/*/*.json")
	if err != nil {
		return nil, err
	}
	for _, object := range manifests {
		add(path.Base(path.Dir(object.Path)), strings.TrimSuffix(path.Base(object.Path), ".json"), object.Modified)
	}
	return found, nil
}
