package publish

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"leadscore/pipeline/storage"
)

// lockWait is how long Begin waits for a date that another holds: a clean-up lets go within it, a run does not.
const lockWait = 2 * time.Second

// cleanUpTime is how long undoing or finishing may take once the run's context has ended.
const cleanUpTime = 8 * time.Second

// Publication is a run on its way to be published. Create may be called from many goroutines at once.
type Publication struct {
	area
	date       string
	contentKey string
	attempt    string
	lock       storage.Lock
	turn       storage.Lock // nil: not taken
	madeOut    bool         // the output folder did not exist before

	standing *Pointer        // what was published for the date at Begin
	version  storage.Version // of that pointer
	warnings []string
	probing  bool     // a probe may lie outside staging (see Ready)
	visited  []string // folders right below OUT that a probe was in

	conditional bool // the store was seen to refuse what it has to (see conditions)

	mu       sync.Mutex
	parts    map[string]*PartWriter // by path relative to OUT
	manifest string                 // path of the manifest once it may exist
	ended    bool
	kept     bool // published, or perhaps: nothing of it may be deleted
}

// Begin takes the date for a run of this content. Another process that holds it is ErrBusy. What an earlier run of the
// date left undone is done first. Then the same content published already is ErrAlreadyDone, and other content
// without replace ErrDatePublished. A published run that lacks parts is damaged and may be published again.
//
// Either Commit or Abort ends a Publication.
func Begin(ctx context.Context, store storage.Store, out, date, contentKey string, replace bool) (*Publication, error) {
	p, err := begin(ctx, store, out, date, contentKey, replace)
	if err != nil && !errors.Is(err, ErrAlreadyDone) {
		return nil, fmt.Errorf("publish to %s: %w", store.Address(out), err)
	}
	return p, err
}

func begin(ctx context.Context, store storage.Store, out, date, contentKey string, replace bool) (_ *Publication, err error) {
	if err := checkDate(date); err != nil {
		return nil, err
	}
	if len(contentKey) < 16 || strings.ContainsAny(contentKey, "/.\\ ") {
		return nil, fmt.Errorf("%q is no content key", contentKey)
	}
	p := &Publication{
		area:       area{store: store, out: out},
		date:       date,
		contentKey: contentKey,
		attempt:    RunID(contentKey) + "-" + strings.ToLower(rand.Text()[:10]),
		parts:      map[string]*PartWriter{},
	}
	if p.madeOut, err = p.makeFolder(ctx, out); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Abort())
		}
	}()
	p.lock, err = p.takeDate(ctx, date, "run "+RunID(contentKey), lockWait)
	if errors.Is(err, storage.ErrUnsupported) { // the first conditional write
		err = fmt.Errorf("%w. %s", err, chooseStore)
	}
	if err != nil {
		return nil, err
	}
	found := p.look(ctx, replace)
	if found != nil && !errors.Is(found, ErrAlreadyDone) && !errors.Is(found, ErrDatePublished) {
		return nil, found
	}
	// Leftovers of others are no reason not to run.
	c := cleaning{area: p.area, keep: DefaultGrace, now: time.Now(), held: date, lock: p.lock}
	if err := c.attempts(ctx); err != nil {
		p.warnings = append(p.warnings, "clean-up of "+p.address()+": "+err.Error())
	}
	if found != nil {
		return nil, found
	}
	// The mark shows clean-ups that the folder is there, from its first moment on.
	return p, p.writeMark(ctx, date, p.attempt, begunMark, map[string]any{"begun_at": time.Now().UTC(), "process": os.Getpid()})
}

// look finds out what is published for the date, finishes it, and decides whether there is anything to do.
func (p *Publication) look(ctx context.Context, replace bool) error {
	standing, version, err := p.readPointer(ctx, p.pointer(p.date))
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	p.standing, p.version = &standing, version
	same := standing.ContentKey == p.contentKey
	err = p.settle(ctx, standing)
	switch {
	case errors.Is(err, ErrDamaged) && (same || replace):
		p.warnings = append(p.warnings, err.Error()+"; published again")
		return nil
	case err != nil && !errors.Is(err, ErrDamaged):
		return err
	case same:
		return fmt.Errorf("%w: run %s has the same content for %s", ErrAlreadyDone, standing.RunID, p.date)
	case !replace:
		return fmt.Errorf("%w: run %s was published for %s from other inputs, model or job; use --replace to publish over it",
			ErrDatePublished, standing.RunID, p.date)
	}
	return nil
}

// takeDate locks a date.
func (a area) takeDate(ctx context.Context, date, who string, wait time.Duration) (storage.Lock, error) {
	lock, err := a.take(ctx, a.lock(date), who, wait)
	if errors.Is(err, storage.ErrBusy) {
		err = fmt.Errorf("%w %s: %w", ErrBusy, date, err)
	}
	return lock, err
}

// take takes a lock, for which it waits a while.
func (a area) take(ctx context.Context, path, who string, wait time.Duration) (storage.Lock, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "an unknown host"
	}
	note := fmt.Sprintf("%s (process %d on %s, since %s)", who, os.Getpid(), host, time.Now().UTC().Format(time.RFC3339))
	for until := time.Now().Add(wait); ; {
		lock, err := storage.TryLock(ctx, a.store, path, note)
		if err == nil || !errors.Is(err, storage.ErrBusy) {
			return lock, err
		}
		if time.Now().After(until) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// RunID is the short name of the run, which stands in the names of its parts.
func (p *Publication) RunID() string { return RunID(p.contentKey) }

// PreviousRun gives the newest run published for an earlier date than this one's; ErrNoRun when there is none.
func (p *Publication) PreviousRun(ctx context.Context) (*Published, error) {
	return PreviousRun(ctx, p.store, p.out, p.date)
}

// Abort ends a Publication that is not to be published and removes everything of it, also when the run's context has
// ended. After a Commit that published, or may have, it only lets go of the date. It may be repeated and deferred.
func (p *Publication) Abort() error {
	p.mu.Lock()
	open := slices.Collect(maps.Values(p.parts))
	ended, kept := p.ended, p.kept
	p.ended = true
	p.mu.Unlock()
	if ended {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), cleanUpTime)
	defer cancel()
	var problems []error
	for _, w := range open {
		problems = append(problems, w.Abort())
	}
	if !kept && p.lock != nil {
		var outside []error
		if p.probing {
			outside = append(outside, p.recall(ctx, p.date, p.attempt))
		}
		if p.manifest != "" {
			outside = append(outside, p.store.Delete(ctx, p.manifest))
		}
		// Staging goes last: it is what tells the next run of the date that something was left.
		err := errors.Join(outside...)
		if err == nil {
			err = p.removeTree(ctx, p.at(stagingName(p.date, p.attempt)))
		}
		problems = append(problems, err)
	}
	if p.turn != nil {
		problems = append(problems, p.turn.Unlock())
	}
	if p.lock != nil {
		problems = append(problems, p.lock.Unlock())
	}
	if !kept {
		// Whoever emptied a table's folder while the probe was in it, or on its way there, had to leave the folder to this one.
		problems = append(problems, p.prune(ctx, p.visited...), p.prune(ctx, p.at(stagingFolder), p.at(runsFolder)))
		if p.madeOut {
			problems = append(problems, p.prune(ctx, p.out))
		}
	}
	return errors.Join(problems...)
}
