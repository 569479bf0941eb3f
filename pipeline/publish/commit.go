package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sourcegraph/conc/pool"

	"leadscore/pipeline/storage"
)

// swapTries bounds how often the commit is asked for when the store neither takes nor refuses it.
const swapTries = 4

// Commit publishes the run. All parts must be finished. The manifest's RunID, ContentKey, Date, Attempt and Outputs are
// filled in here, and warnings of Begin are added.
//
// nil and ErrUnfinished mean that the run is published. ErrSuperseded means that another was published meanwhile
// (ErrAlreadyDone: of the same content), ErrUnknown that the store did not tell. After any other error
// nothing is published and Abort removes the parts. A context that ends before the commit point stops the commit;
// after it, what remains is still done, within seconds.
func (p *Publication) Commit(ctx context.Context, manifest Manifest) error {
	p.mu.Lock()
	ended := p.ended
	p.mu.Unlock()
	if ended {
		return errors.New("commit: the publication has ended")
	}
	pointer, err := p.prepare(ctx, manifest)
	if err == nil {
		err = p.swapPointer(ctx, pointer)
	}
	if err != nil {
		return fmt.Errorf("publish to %s: %w", p.address(), err)
	}
	after, cancel := outlive(ctx, cleanUpTime)
	defer cancel()
	err = errors.Join(p.settle(after, pointer), p.Abort()) // Abort only lets go of the date now
	if err != nil {
		return fmt.Errorf("publish to %s: run %s: %w; run again to finish: %w", p.address(), p.RunID(), ErrUnfinished, err)
	}
	return nil
}

// outlive gives a context that ends some time after ctx does.
func outlive(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	after, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(grace, cancel)
		context.AfterFunc(after, func() { timer.Stop() })
	})
	return after, func() { stop(); cancel() }
}

// prepare verifies the parts as the store has them and writes the manifest.
func (p *Publication) prepare(ctx context.Context, manifest Manifest) (Pointer, error) {
	outputs, err := p.outputs()
	if err != nil {
		return Pointer{}, err
	}
	verifying := pool.New().WithContext(ctx).WithMaxGoroutines(4).WithCancelOnError().WithFirstError()
	for _, output := range outputs {
		verifying.Go(func(ctx context.Context) error { return p.verify(ctx, p.staged(p.date, p.attempt, output), output) })
	}
	if err := verifying.Wait(); err != nil {
		return Pointer{}, fmt.Errorf("verify what was written: %w", err)
	}

	manifest.RunID, manifest.ContentKey, manifest.Date, manifest.Attempt = p.RunID(), p.contentKey, p.date, p.attempt
	manifest.Outputs = outputs
	manifest.Warnings = append(append([]string{}, manifest.Warnings...), p.warnings...)
	if manifest.Inputs == nil {
		manifest.Inputs = []Input{}
	}
	if manifest.Timings == nil {
		manifest.Timings = []Timing{}
	}
	if manifest.Counts == nil {
		manifest.Counts = map[string]map[string]int64{}
	}
	data, err := encode(manifest)
	if err != nil {
		return Pointer{}, fmt.Errorf("manifest: %w", err)
	}
	if err := p.ready(ctx, tablesOf(outputs)); err != nil {
		if other := p.overtaken(ctx); other != nil {
			return Pointer{}, other
		}
		return Pointer{}, err
	}
	name := manifestName(p.date, p.attempt)
	p.manifest = p.at(name)
	if err := p.writeOnce(ctx, p.manifest, data); err != nil {
		return Pointer{}, err
	}
	pointer := Pointer{
		Date: p.date, RunID: p.RunID(), ContentKey: p.contentKey,
		Manifest: name, Attempt: p.attempt, PublishedAt: time.Now().UTC(),
	}
	if p.standing != nil {
		pointer.Replaces = p.standing.Attempt
	}
	return pointer, nil
}

// swapPointer is the commit point. Refused, failed or timed out, it reads back: the pointer is this run's, another's, or
// as it was. Only in the last case it asks again, and only when that is certain something may be deleted afterwards.
func (p *Publication) swapPointer(ctx context.Context, pointer Pointer) error {
	data, err := encode(pointer)
	if err != nil {
		return err
	}
	if !p.lock.Valid() || p.turn != nil && !p.turn.Valid() {
		return fmt.Errorf("%w: the hold on %s ran out while this run was at a standstill", ErrBusy, p.date)
	}
	path := p.pointer(p.date)
	for try := 1; ; try++ {
		if ctx.Err() != nil {
			return fmt.Errorf("commit %s: %w", p.store.Address(path), context.Cause(ctx))
		}
		p.keep(true)
		_, err := p.store.Swap(ctx, path, data, p.version)
		if err == nil {
			return nil
		}
		if !storage.OutcomeUnknown(err) && !errors.Is(err, storage.ErrPrecondition) {
			p.keep(false)
			return err
		}
		asking, cancel := outlive(ctx, cleanUpTime)
		standing, version, readErr := p.store.Read(asking, path, pointerLimit)
		cancel()
		if errors.Is(readErr, storage.ErrNotFound) {
			standing, version, readErr = nil, storage.None, nil
		}
		switch {
		case readErr != nil:
			return fmt.Errorf("%w: %w; and when asked: %w", ErrUnknown, err, readErr)
		case bytes.Equal(standing, data):
			return nil
		case version != p.version:
			p.keep(false)
			return p.superseded(path, standing)
		case errors.Is(err, storage.ErrNoSpace):
			p.keep(false)
			return err
		case try == swapTries:
			// A request that is still on its way may yet arrive and publish the run, so its parts stay, out of sight,
			// until a later run clears them.
			return fmt.Errorf("nothing is published, as far as the store tells: %w", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(try) * 20 * time.Millisecond):
		}
	}
}

func (p *Publication) keep(kept bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = kept
}

// overtaken tells whether another run was published since Begin, whose swap may be what is in the way.
func (p *Publication) overtaken(ctx context.Context) error {
	path := p.pointer(p.date)
	standing, version, err := p.store.Read(ctx, path, pointerLimit)
	if err != nil || version == p.version {
		return nil // what was in the way is the better error
	}
	return p.superseded(path, standing)
}

// superseded tells whose pointer stands where this run's should.
func (p *Publication) superseded(path string, standing []byte) error {
	other, err := decodePointer(p.store.Address(path), standing)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrSuperseded, err)
	case other.ContentKey == p.contentKey:
		return fmt.Errorf("%w: another process published run %s for %s meanwhile", ErrAlreadyDone, other.RunID, p.date)
	}
	return fmt.Errorf("%w: run %s was published for %s meanwhile", ErrSuperseded, other.RunID, p.date)
}
