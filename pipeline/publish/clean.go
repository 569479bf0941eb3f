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
// what runs left that died before it, and what is older than the grace period of superseded ones. It never touches a
// run that is published or in progress.
func Repair(ctx context.Context, store storage.Store, out string, grace time.Duration) error {
	a := area{store: store, out: out}
	dates, err := a.dates(ctx)
	if err != nil {
		return fmt.Errorf("repair %s: %w", a.address(), err)
	}
	for _, date := range dates {
		err := a.withDate(ctx, date, func(storage.Lock) error {
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
	if err := a.clean(ctx, grace, time.Now(), "", nil); err != nil {
		return fmt.Errorf("clean up %s: %w", a.address(), err)
	}
	return nil
}

// withDate does something under a date's lock, or nothing when another process holds it.
func (a area) withDate(ctx context.Context, date string, do func(storage.Lock) error) error {
	lock, err := a.takeDate(ctx, date, "clean-up", 0)
	if errors.Is(err, ErrBusy) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(do(lock), lock.Unlock())
}

// clean finishes published runs whose mark says that they were not settled, and removes attempts that are not
// published and are dead or have not been touched for the grace period. The lock of the date held is the caller's; the
// others are taken one by one, and a date that another process holds is left alone.
func (a area) clean(ctx context.Context, grace time.Duration, now time.Time, held string, lock storage.Lock) error {
	touched, err := a.attempts(ctx)
	if err != nil {
		return err
	}
	for _, at := range touched {
		old := now.Sub(at.touched) >= grace
		if !old && !at.staged {
			continue
		}
		tend := func(lock storage.Lock) error { return a.tend(ctx, at, old, lock) }
		if at.date != held {
			err = a.withDate(ctx, at.date, tend)
		} else {
			err = tend(lock)
		}
		if err != nil {
			return err
		}
	}
	return a.prune(ctx, a.at(stagingFolder))
}

// tend does what is due for one attempt, under its date's lock.
func (a area) tend(ctx context.Context, at attempt, old bool, lock storage.Lock) error {
	// Read under the lock, as the attempt may have been published since it was listed.
	standing, _, err := a.readPointer(ctx, a.pointer(at.date))
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	if err == nil {
		// In the middle of a swap the published parts may lie in another attempt's folder.
		unsettled, err := a.list(ctx, stagingName(standing.Date, standing.Attempt)+"/**")
		if err == nil && len(unsettled) > 0 {
			err = a.settle(ctx, standing)
		}
		if err != nil || standing.Attempt == at.attempt {
			return err
		}
	}
	latest, _, err := a.readPointer(ctx, a.latest())
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	if err == nil && latest.Attempt == at.attempt {
		return nil
	}
	if !old && standing.Replaces != at.attempt && lock.EndsWithProcess() {
		if old, err = a.died(ctx, at); err != nil {
			return err
		}
	}
	if !old {
		return nil
	}
	if err := a.recall(ctx, at.date, at.attempt); err != nil {
		return err
	}
	if err := a.store.Delete(ctx, a.at(manifestName(at.date, at.attempt))); err != nil {
		return err
	}
	// A writer that was killed in the middle of the manifest leaves a hidden file of a name like it.
	hidden, err := a.list(ctx, runsFolder+"/"+at.date+"/."+at.attempt+".*")
	if err != nil {
		return err
	}
	for _, object := range hidden {
		if err := a.store.Delete(ctx, object.Path); err != nil {
			return err
		}
	}
	// Staging goes last: it is what tells that something was left.
	if err := a.removeTree(ctx, a.at(stagingName(at.date, at.attempt))); err != nil {
		return err
	}
	return a.prune(ctx, a.at(stagingFolder), a.at(runsFolder, at.date))
}

// died tells, of an attempt that is not published and whose date's lock is held, whether it never was: the mark of its
// beginning goes when a published run is settled, and a run that was superseded before that has the mark of it.
func (a area) died(ctx context.Context, at attempt) (bool, error) {
	begun, err := a.store.Exists(ctx, a.at(stagingName(at.date, at.attempt), begunMark))
	if err != nil || !begun {
		return false, err
	}
	superseded, err := a.store.Exists(ctx, a.at(stagingName(at.date, at.attempt), supersededMark))
	return !superseded, err
}

// attempt is what an attempt left.
type attempt struct {
	date, attempt string
	staged        bool      // something of it is in staging, not only its manifest
	touched       time.Time // the newest of it
}

// attempts lists what lies in staging, hidden files of killed writers too, and the manifests.
func (a area) attempts(ctx context.Context) ([]attempt, error) {
	var found []attempt
	add := func(date, name string, staged bool, modified time.Time) {
		if checkDate(date) != nil {
			return // not ours
		}
		i := slices.IndexFunc(found, func(f attempt) bool { return f.date == date && f.attempt == name })
		if i < 0 {
			found = append(found, attempt{date: date, attempt: name, staged: staged, touched: modified})
			return
		}
		found[i].staged = found[i].staged || staged
		if modified.After(found[i].touched) {
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
				add(names[0], names[1], true, object.Modified)
			}
		}
	}
	for _, pattern := range []string{"/*/*.json", "/*/.*"} {
		manifests, err := a.list(ctx, runsFolder+pattern)
		if err != nil {
			return nil, err
		}
		for _, object := range manifests {
			name, _, _ := strings.Cut(strings.TrimPrefix(path.Base(object.Path), "."), ".")
			add(path.Base(path.Dir(object.Path)), name, false, object.Modified)
		}
	}
	return found, nil
}
