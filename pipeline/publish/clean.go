package publish

import (
	"context"
	"errors"
	"fmt"
	"time"

	"leadscore/pipeline/storage"
)

// Clean finishes what runs that died after their commit left undone, and removes what no reader needs any more: runs that were
// superseded at least keep ago, what runs left that never were published, and orphaned parts at least as old that stand
// among the published ones. It never touches a run that is published or in progress, and a date that another process
// holds is left alone, as Left says.
//
// What runs left is removed as soon as they are known to be dead. A store whose locks are only leases cannot prove that, so
// there they stay for DefaultGrace at least, however short keep is.
//
// With dry nothing is written or taken, not even a lock: Left says what would be removed.
func Clean(ctx context.Context, store storage.Store, out string, keep time.Duration, dry bool) (left []Leftover, err error) {
	c := cleaning{area: area{store: store, out: out}, keep: keep, now: time.Now(), dry: dry}
	if !dry {
		err = c.advanceLatest(ctx)
	}
	if err == nil {
		err = errors.Join(c.attempts(ctx), c.orphans(ctx))
	}
	if err == nil && !dry { // what a clean-up left that ended between two steps
		err = c.prune(ctx, c.at(runsFolder))
	}
	if err != nil {
		return c.left, fmt.Errorf("clean up %s: %w", c.address(), err)
	}
	return c.left, nil
}

// Leftover is what a run left, or parts that no run has.
type Leftover struct {
	Date    string    `json:"date"`
	Kind    string    `json:"kind"`              // Superseded, Unfinished or Orphaned
	Attempt string    `json:"attempt,omitempty"` // of orphaned parts none is known
	Objects int       `json:"objects"`
	Bytes   int64     `json:"bytes"`
	Touched time.Time `json:"touched"` // the newest of it, by the store's clock
	Removed bool      `json:"removed"` // in a dry run: it would be
	Why     string    `json:"why"`     // it is removed, or not
}

// The kinds of leftovers.
const (
	Superseded = "superseded" // a run that was published until another was for its date
	Unfinished = "unfinished" // a run that is in progress, or has died
	Orphaned   = "orphaned"   // parts among the published ones that the date's run does not have
)

// cleaning is one clean-up.
type cleaning struct {
	area
	keep time.Duration
	now  time.Time
	dry  bool
	held string       // a date whose lock is the caller's; empty: none
	lock storage.Lock // that lock
	left []Leftover
}

func (c *cleaning) old(l *Leftover) bool { return c.now.Sub(l.Touched) >= c.keep }

// dated does something under a date's lock (nil in a dry run), and tells whether another process holds the date.
func (c *cleaning) dated(ctx context.Context, date string, do func(storage.Lock) error) (busy bool, err error) {
	switch {
	case c.dry:
		return false, do(nil)
	case date == c.held:
		return false, do(c.lock)
	}
	lock, err := c.takeDate(ctx, date, "clean-up", 0)
	if errors.Is(err, ErrBusy) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, errors.Join(do(lock), lock.Unlock())
}

// attempts finishes published runs whose mark says that they were not settled, and removes attempts that are not
// published and are dead or older than what is kept. One date that cannot be cleaned does not keep the others from it.
func (c *cleaning) attempts(ctx context.Context) error {
	found, err := c.findAttempts(ctx)
	if err != nil {
		return err
	}
	var problems []error
	for _, at := range found {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !at.staged {
			// Mostly the manifest of a published run, which is not worth a lock.
			pointer, _, err := c.readPointer(ctx, c.pointer(at.Date))
			if err == nil && pointer.Attempt == at.Attempt || !c.old(&at.Leftover) {
				continue
			}
		}
		live := false
		busy, err := c.dated(ctx, at.Date, func(lock storage.Lock) (err error) {
			live, err = c.tend(ctx, at, lock)
			return err
		})
		if busy {
			at.Why = "another process holds the date"
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", at.Date, err))
		}
		if !live && err == nil {
			c.left = append(c.left, at.Leftover)
		}
	}
	if !c.dry {
		problems = append(problems, c.prune(ctx, c.at(stagingFolder)))
	}
	return errors.Join(problems...)
}

// tend does what is due for one attempt, under its date's lock, and tells whether it is a published one.
func (c *cleaning) tend(ctx context.Context, at *attempt, lock storage.Lock) (live bool, err error) {
	// Read under the lock, as the attempt may have been published since it was listed.
	standing, err := c.settled(ctx, at.Date)
	if err != nil || standing.Attempt == at.Attempt {
		return true, err
	}
	latest, _, err := c.readPointer(ctx, c.latest())
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return false, err
	}
	if err == nil && latest.Attempt == at.Attempt {
		return true, nil
	}
	due, err := c.due(ctx, at, standing, lock)
	if err != nil || !due {
		return false, err
	}
	at.Removed = true
	if c.dry {
		return false, nil
	}
	return false, c.removeAttempt(ctx, at)
}

// settled gives the date's pointer, after what its run left undone is done. The zero Pointer: nothing is published.
func (c *cleaning) settled(ctx context.Context, date string) (Pointer, error) {
	standing, _, err := c.readPointer(ctx, c.pointer(date))
	if errors.Is(err, storage.ErrNotFound) {
		return Pointer{}, nil
	}
	if err != nil || c.dry {
		return standing, err
	}
	// In the middle of a swap the published parts may lie in another attempt's folder.
	unsettled, err := c.list(ctx, stagingName(standing.Date, standing.Attempt)+"/**")
	if err == nil && len(unsettled) > 0 {
		err = c.settle(ctx, standing)
	}
	return standing, err
}

// due tells whether an attempt that is not published goes, and says why or why not.
func (c *cleaning) due(ctx context.Context, at *attempt, standing Pointer, lock storage.Lock) (bool, error) {
	if at.Kind == Superseded || standing.Replaces == at.Attempt {
		at.Kind = Superseded
		if c.old(&at.Leftover) {
			at.Why = "nobody is expected to read it any more"
			return true, nil
		}
		at.Why = "readers of its manifest are served until " + at.Touched.Add(c.keep).UTC().Format(time.RFC3339)
		return false, nil
	}
	switch {
	case lock == nil && c.now.Sub(at.Touched) < max(c.keep, DefaultGrace):
		at.Why = "a dry run cannot tell whether its process is alive"
		return false, nil
	case lock != nil && lock.EndsWithProcess():
		at.Why = "its process is dead"
		died, err := c.died(ctx, at)
		if died || err != nil || c.old(&at.Leftover) {
			return true, err
		}
	case c.now.Sub(at.Touched) >= max(c.keep, DefaultGrace):
		at.Why = "its process has not touched it for " + c.now.Sub(at.Touched).Round(time.Minute).String()
		return true, nil
	}
	at.Why = "its process may be alive until " + at.Touched.Add(max(c.keep, DefaultGrace)).UTC().Format(time.RFC3339)
	return false, nil
}

// died tells, of an attempt that is not published and whose date's lock is held, whether it never was: the mark of its
// beginning goes when a published run is settled, and a run that was superseded before that has the mark of it.
func (c *cleaning) died(ctx context.Context, at *attempt) (bool, error) {
	begun, err := c.store.Exists(ctx, c.at(stagingName(at.Date, at.Attempt), begunMark))
	if err != nil || !begun {
		return false, err
	}
	superseded, err := c.store.Exists(ctx, c.at(stagingName(at.Date, at.Attempt), supersededMark))
	return !superseded, err
}

// removeAttempt removes all of an attempt. Staging goes last: it is what tells that something was left.
func (c *cleaning) removeAttempt(ctx context.Context, at *attempt) error {
	if err := c.recall(ctx, at.Date, at.Attempt); err != nil {
		return err
	}
	if err := c.store.Delete(ctx, c.at(manifestName(at.Date, at.Attempt))); err != nil {
		return err
	}
	// A writer that was killed in the middle of the manifest leaves a hidden file of a name like it.
	hidden, err := c.list(ctx, runsFolder+"/"+at.Date+"/."+at.Attempt+".*")
	if err != nil {
		return err
	}
	for _, object := range hidden {
		if err := c.store.Delete(ctx, object.Path); err != nil {
			return err
		}
	}
	if err := c.removeTree(ctx, c.at(stagingName(at.Date, at.Attempt))); err != nil {
		return err
	}
	return c.prune(ctx, c.at(stagingFolder), c.at(runsFolder, at.Date))
}
